"""Shows how far a training is, on standard error: a bar on a terminal, elsewhere a line every ten seconds."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LINE_SECONDS = 10.0


class Tell(Protocol):
    def __call__(self, update: int, loss: float, evaluation_loss: float | None = None) -> None:
        """`update` is made, with this loss; the last evaluation's, if there was one."""
        ...


def say(text: str) -> None:
    """A line on standard error."""
    print(f"train: {text}", file=sys.stderr, flush=True)  # noqa: T201  # standard error is where progress goes


@contextmanager
def progress_of_training(total: int, done: int = 0) -> Iterator[Tell]:
    """Of `total` updates `done` were made before."""
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    began = said = time.monotonic()

    def tell_in_lines(update: int, loss: float, evaluation_loss: float | None = None) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= LINE_SECONDS or update == total:
            said = now
            made = max(update - done, 1)
            left = (now - began) / made * (total - update)
            losses = _losses(loss, evaluation_loss)
            say(f"{update} of {total} updates after {now - began:.0f} s, {left:.0f} s left: {losses}")

    if not console.is_terminal:
        yield tell_in_lines
        return
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[losses]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("updates", total=total, completed=done, losses="")

        def show(update: int, loss: float, evaluation_loss: float | None = None) -> None:
            bar.update(task, completed=update, losses=_losses(loss, evaluation_loss))

        yield show


def _losses(loss: float, evaluation_loss: float | None) -> str:
    return f"loss {loss:.4f}" + (f", evaluation {evaluation_loss:.4f}" if evaluation_loss is not None else "")
