"""The losses of a training: kept as JSON lines, drawn as one SVG."""

import importlib
import io
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from app.training.checkpoints import write_file

LOSSES, CURVES = "losses.jsonl", "curves.svg"
SMOOTHED_OVER = 50
"""Points of the moving average that is drawn over the training losses."""


@dataclass(frozen=True, slots=True)
class Point:
    """A loss.

    Args:
        of: `training`, a mean over the updates since the point before; or `evaluation`, of rows held out.
        group: what part of the data it is of; empty: all of it.
        seconds: wall time since the training began, pauses before a resumption left out.
    """

    update: int
    loss: float
    of: Literal["training", "evaluation"] = "training"
    group: str = ""
    learning_rate: float | None = None
    seconds: float = 0.0


class Losses:
    """The points of one run, written as they come, and its curves, drawn now and then.

    A point that is no number (a loss that overflowed) is kept as null and left out of the curves.
    """

    def __init__(
        self, out: Path, title: str, *, from_update: int = 0, every_seconds: float = 120.0, clock: Callable[[], float]
    ) -> None:
        """Take up the losses that are in `out` up to `from_update`; those after it come again.

        Args:
            clock: seconds; `time.monotonic`.
        """
        self._out, self._title, self._every, self._clock = out, title, every_seconds, clock
        self._points = [point for point in read_losses(out / LOSSES) if point.update <= from_update]
        self._seconds_before = max((point.seconds for point in self._points), default=0.0)
        self._began = self._drawn = clock()
        write_file(out / LOSSES, "".join(_line(point) for point in self._points))

    @property
    def points(self) -> tuple[Point, ...]:
        return tuple(self._points)

    @property
    def seconds(self) -> float:
        """Wall time of the run so far."""
        return self._seconds_before + self._clock() - self._began

    def add(
        self,
        update: int,
        loss: float,
        of: Literal["training", "evaluation"] = "training",
        *,
        group: str = "",
        learning_rate: float | None = None,
    ) -> None:
        point = Point(update, loss, of, group, learning_rate, round(self.seconds, 3))
        self._points.append(point)
        with (self._out / LOSSES).open("a", encoding="utf-8") as stream:
            stream.write(_line(point))
        if self._clock() - self._drawn >= self._every:
            self.draw()

    def draw(self) -> None:
        """Write the curves."""
        self._drawn = self._clock()
        write_file(self._out / CURVES, curves_svg(self._points, self._title))


def read_losses(file: Path) -> list[Point]:
    """The points of a file; its last line may be cut off by a crash, and then it is left out."""
    try:
        lines = file.read_text("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    points = []
    for line in lines:
        try:
            body: Any = json.loads(line)
            points.append(Point(**{**body, "loss": math.nan if body["loss"] is None else float(body["loss"])}))
        except (ValueError, TypeError, KeyError):
            break
    return points


def _line(point: Point) -> str:
    loss = point.loss if math.isfinite(point.loss) else None
    return json.dumps({**asdict(point), "loss": loss}) + "\n"


def curves_svg(points: Sequence[Point], title: str) -> str:
    """Training and evaluation losses over the updates, as SVG. The same points give the same text."""
    matplotlib, figures = importlib.import_module("matplotlib"), importlib.import_module("matplotlib.figure")
    finite = [point for point in points if math.isfinite(point.loss)]
    # Text stays text, so that a page can be searched; ids do not depend on chance.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "quod"}):
        figure = figures.Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.subplots()
        for group in dict.fromkeys(point.group for point in finite):
            training = [p for p in finite if p.of == "training" and p.group == group]
            evaluation = [p for p in finite if p.of == "evaluation" and p.group == group]
            said = f" ({group})" if group else ""
            if training:
                updates = [point.update for point in training]
                losses = [point.loss for point in training]
                many = len(losses) > SMOOTHED_OVER
                (line,) = axes.plot(updates, losses, alpha=0.3 if many else 1, label="" if many else f"training{said}")
                if many:
                    axes.plot(updates, _smoothed(losses), color=line.get_color(), label=f"training{said}, smoothed")
            if evaluation:
                axes.plot(
                    [p.update for p in evaluation], [p.loss for p in evaluation], marker="o", label=f"evaluation{said}"
                )
        if finite:
            axes.legend()
            # Spikes at the beginning would flatten the rest.
            if len(finite) > 2 * SMOOTHED_OVER and min(point.loss for point in finite) > 0:
                axes.set_yscale("log")
        axes.set_title(title)
        axes.set_xlabel("update")
        axes.set_ylabel("loss")
        axes.grid(alpha=0.3)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    return drawn.getvalue()


def _smoothed(values: Sequence[float]) -> list[float]:
    """Mean of each value and those before it, `SMOOTHED_OVER` in all."""
    total, smoothed = 0.0, []
    for index, value in enumerate(values):
        total += value - (values[index - SMOOTHED_OVER] if index >= SMOOTHED_OVER else 0.0)
        smoothed.append(total / min(index + 1, SMOOTHED_OVER))
    return smoothed
