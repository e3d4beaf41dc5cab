"""Draws the figures of a report as SVG that stands in a page: text as text, no script, the colours of the page.

The same metrics give the same text. What is drawn are numbers and words of this program, no text of a problem.
"""

import importlib
import io
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from app.evaluation.metrics import RUNGS, Bucket, Metrics, Share, State

Paint = Callable[[Any], None]

_INK = "#010203"
"""Stands for the colour of the page's text, which depends on who looks: light, dark or printed."""
_WIDTH = 5.6
"""Inches; the page stretches a figure, and on a telephone shrinks it by no more than a third."""
_BLUE, _GREEN, _RED, _GREY = "#0072B2", "#009E73", "#D55E00", "#8C8C8C"
# Okabe and Ito's, which the colour-blind tell apart; hatches tell them apart in print.
_OTHERS = (
    ("#E69F00", ""),
    ("#56B4E9", "//"),
    ("#CC79A7", ""),
    ("#F0E442", "\\\\"),
    ("#0072B2", ""),
)
_REST = "other"
_MARKERS = ("D", "o", "s", "^")
_STYLE = {
    "axes.edgecolor": _INK,
    "axes.facecolor": "none",
    "axes.labelcolor": _INK,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "none",
    "font.size": 9,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "quod",
    "text.color": _INK,
    "text.parse_math": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
}
_drawing = threading.Lock()
"""The style of matplotlib is one for the whole process."""


def accuracy_plot(metrics: Metrics) -> str | None:
    """Accuracy with intervals, over all and at each trust level; None: there is no result."""
    if metrics.accuracy.value is None:
        return None
    rows = [("all results", metrics.accuracy, _INK), ("all answers", metrics.accuracy_of_answered, _INK)]
    rows += [
        (level.trust.value + (" or better" if level.trust is not RUNGS[0] else ""), level.at_least, _BLUE)
        for level in reversed(metrics.by_trust)
    ]
    shown = [row for row in rows if row[1].of]

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        for place, (_, share, colour) in enumerate(shown):
            _interval(axes, place, share, colour)
        axes.set_yticks(range(len(shown)), [name for name, _, _ in shown])
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.set_xlim(0, 100)
        axes.set_xlabel("right, per cent (line: 95 % interval)")
        axes.grid(axis="x", alpha=0.25)

    described = "; ".join(f"{name}: {_in_words(share)}" for name, share, _ in shown)
    return _svg("accuracy", "Accuracy with 95 % intervals", described, 0.7 + 0.33 * len(shown), paint)


def risk_plot(metrics: Metrics) -> str | None:
    """Risk against coverage; None: nothing was answered."""
    points = metrics.risk_coverage.points
    if not points:
        return None

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        coverage, risk = [100 * each.coverage for each in points], [100 * each.risk for each in points]
        axes.plot([0, *coverage], [risk[0], *risk], color=_GREY, linewidth=1)
        for trust, marker in zip((*RUNGS, None), (*_MARKERS, "x"), strict=True):
            of = [place for place, each in enumerate(points) if each.trust is trust]
            name = "no trust" if trust is None else trust.value
            if of:
                axes.plot(
                    [coverage[place] for place in of],
                    [risk[place] for place in of],
                    marker,
                    color=_BLUE,
                    markersize=5,
                    label=f"down to {name}",
                    clip_on=False,
                )
        axes.set_xlim(0, 100)
        axes.set_ylim(0, max(5.0, 1.15 * max(risk)))
        axes.set_xlabel("coverage: answered, per cent of all results")
        axes.set_ylabel("risk: wrong, per cent")
        axes.grid(alpha=0.25)
        figure.legend(loc="outside lower center", ncols=2)

    last = points[-1]
    described = (
        f"At full coverage, {_percent(last.coverage)} of all results, {_percent(last.risk)} of the answers are wrong"
    )
    return _svg("risk", "Risk against coverage", described, 2.9, paint)


def attempts_plot(metrics: Metrics) -> str | None:
    """What the results stand at after each attempt; None: no attempt was made."""
    rows = metrics.after_attempts
    if not rows:
        return None
    look = _look(rows)

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        ends = [0.0] * len(rows)
        for state, (colour, hatch) in look.items():
            counts = [_of_state(row, state, look) for row in rows]
            shares = [100 * n / metrics.results for n in counts]
            axes.barh(range(len(rows)), shares, 0.7, ends, color=colour, hatch=hatch, label=words(state))
            for place, (n, share) in enumerate(zip(counts, shares, strict=True)):
                if share >= 7:
                    _on_bar(axes, ends[place] + share / 2, place, f"{n:,}", colour)
            ends = [end + share for end, share in zip(ends, shares, strict=True)]
        axes.set_yticks(range(len(rows)), [f"after attempt {number}" for number in range(1, len(rows) + 1)])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(0, 100)
        axes.set_xlabel("per cent of all results")
        figure.legend(loc="outside lower center", ncols=3)

    described = "; ".join(
        f"after attempt {number}: " + ", ".join(f"{n} {words(state)}" for state, n in row.items())
        for number, row in enumerate(rows, 1)
    )
    height = 0.8 + 0.38 * len(rows) + 0.2 * -(-len(look) // 3)
    return _svg("attempts", "Error classes by attempt", described, height, paint)


def repair_plot(metrics: Metrics) -> str | None:
    """The repair matrix; None: no attempt followed another."""
    rows = metrics.repairs
    if not rows:
        return None
    columns = repair_columns(metrics)

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        shares = [[row.after.get(column, 0) / row.ran.of for column in columns] for row in rows]
        axes.pcolormesh(shares, cmap="Blues", vmin=0, vmax=1, edgecolors=_GREY, linewidth=0.3)
        for place, row in enumerate(rows):
            for column, name in enumerate(columns):
                colour = "white" if shares[place][column] > 0.55 else "black"
                text = f"{row.after.get(name, 0):,}" if row.after.get(name) else "·"
                axes.text(column + 0.5, place + 0.5, text, ha="center", va="center", color=colour)
        axes.set_yticks([place + 0.5 for place in range(len(rows))], [words(row.before) for row in rows])
        axes.set_xticks(
            [place + 0.5 for place in range(len(columns))], [words(name) for name in columns], rotation=40, ha="right"
        )
        axes.set_ylim(len(rows), 0)
        axes.tick_params(length=0)
        axes.set_xlabel("what the next attempt came to")
        axes.set_ylabel("fault before")

    described = "; ".join(
        f"{words(row.before)}, {row.ran.of} times: then " + ", ".join(f"{n} {words(s)}" for s, n in row.after.items())
        for row in rows
    )
    return _svg("repairs", "Repair matrix", described, 1.5 + 0.32 * len(rows), paint)


def cost_plot(metrics: Metrics) -> str | None:
    """Seconds and tokens of each result; None: there is no result."""
    shown = [
        (name, quantity)
        for name, quantity in (("seconds", metrics.seconds), ("tokens", metrics.tokens))
        if quantity.n and quantity.total
    ]
    if not shown:
        return None

    def paint(figure: Any) -> None:
        for axes, (name, quantity) in zip(figure.subplots(len(shown), 1, squeeze=False)[:, 0], shown, strict=True):
            _histogram(axes, name, quantity.buckets)

    described = "; ".join(
        f"{name}: mean {number(each.mean)}, half within {number(each.p50)}, 95 % within {number(each.p95)}"
        for name, each in shown
    )
    return _svg("cost", "Time and tokens of each result", described, 0.2 + 1.6 * len(shown), paint)


def stages_plot(metrics: Metrics) -> str | None:
    """Where results fail that are not correct; None: there is none."""
    stages = list(metrics.stages.items())
    if not stages:
        return None

    def paint(figure: Any) -> None:
        axes = figure.subplots()
        axes.barh(range(len(stages)), [n for _, n in stages], 0.65, color=_BLUE)
        for place, (_, n) in enumerate(stages):
            axes.annotate(f"{n:,}", (n, place), (3, 0), textcoords="offset points", va="center")
        axes.set_yticks(range(len(stages)), [stage.value for stage, _ in stages])
        axes.set_ylim(len(stages) - 0.5, -0.5)
        axes.margins(x=0.12)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_xlabel("results")

    described = "; ".join(f"{stage.value}: {n}" for stage, n in stages)
    return _svg("stages", "Where problems fail", described, 0.7 + 0.3 * len(stages), paint)


def repair_columns(metrics: Metrics) -> tuple[str, ...]:
    """States after a repair: right and wrong first, the others by their number."""
    counted = Counter[str]()
    for row in metrics.repairs:
        counted.update(row.after)
    first = [state.value for state in (State.RIGHT, State.WRONG) if counted[state]]
    return (
        *first,
        *(state for state, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0])) if state not in first),
    )


def words(state: str) -> str:
    """An error class or state as people read it."""
    return state.replace("_", " ")


def number(value: float | None) -> str:
    """With three digits, and thousands apart; what is next to nothing as such."""
    if value is None:
        return "-"
    if 0 < value < 0.001:
        return "< 0.001"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{float(f'{value:.3g}'):g}"


# Parts of figures


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _in_words(share: Share) -> str:
    if share.value is None or share.low is None or share.high is None:
        return "none"
    return f"{_percent(share.value)} of {share.of} ({100 * share.low:.1f} to {_percent(share.high)})"


def _interval(axes: Any, place: int, share: Share, colour: str) -> None:
    if share.value is None or share.low is None or share.high is None:
        return
    value, low, high = 100 * share.value, 100 * share.low, 100 * share.high
    axes.errorbar(
        value,
        place,
        xerr=[[value - low], [high - value]],
        fmt="o",
        color=colour,
        capsize=3,
        markersize=5,
        clip_on=False,
    )
    text = f"{value:.1f} % of {share.of:,}"
    axes.text(1.03, place, text, transform=axes.get_yaxis_transform(), va="center")


def _histogram(axes: Any, name: str, buckets: Sequence[Bucket]) -> None:
    axes.bar(range(len(buckets)), [bucket.n for bucket in buckets], 1.0, align="edge", color=_BLUE, edgecolor="white")
    edges = [*(bucket.low for bucket in buckets), buckets[-1].high]
    every = 1 + len(edges) // 12
    axes.set_xticks(range(0, len(edges), every), [f"{edge:,g}" for edge in edges[::every]])
    axes.set_xlabel(name)
    axes.set_ylabel("results")
    axes.yaxis.get_major_locator().set_params(integer=True)


def _on_bar(axes: Any, x: float, y: float, text: str, colour: str) -> None:
    is_dark = colour in (_BLUE, _GREEN, _RED)
    box = {"boxstyle": "round,pad=0.15", "facecolor": colour, "edgecolor": "none"}
    axes.text(x, y, text, ha="center", va="center", color="white" if is_dark else "black", bbox=box)


def _look(rows: Sequence[Mapping[str, int]]) -> dict[str, tuple[str, str]]:
    """Colour and hatch of each state, in the order in which they are stacked."""
    counted = Counter[str]()
    for row in rows:
        counted.update(row)
    look = {State.RIGHT.value: (_GREEN, ""), State.WRONG.value: (_RED, "")}
    others = sorted((state for state in counted if state not in look), key=lambda state: (-counted[state], state))
    look = {state: each for state, each in look.items() if counted[state]}
    look |= dict(zip(others, _OTHERS, strict=False))
    return look | {_REST: (_GREY, "")} if len(others) > len(_OTHERS) else look


def _of_state(row: Mapping[str, int], state: str, look: Mapping[str, object]) -> int:
    if state == _REST:
        return sum(n for other, n in row.items() if other not in look)
    return row.get(state, 0)


# SVG


def _svg(name: str, title: str, description: str, height: float, paint: Paint) -> str:
    """What `paint` draws, fit to stand in a page beside others."""
    matplotlib, figures = importlib.import_module("matplotlib"), importlib.import_module("matplotlib.figure")
    with _drawing, matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        figure = figures.Figure(figsize=(_WIDTH, height), layout="constrained")
        paint(figure)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    text = drawn.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"<[^>]*>", lambda tag: _in_page(tag[0], name), text)
    text = re.sub(r"\s*\n\s*", "\n", text)
    box = re.search(r'viewBox="[^"]*"', text)
    assert box is not None, "matplotlib gives every figure a view box"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box.group()} role="img" '
        f'aria-labelledby="{name}-title {name}-desc">\n<title id="{name}-title">{escape(title)}</title>\n'
        f'<desc id="{name}-desc">{escape(description)}</desc>'
    )
    return head + text[text.index(">") + 1 :]


def _in_page(tag: str, name: str) -> str:
    """A tag with the colour and the font of the page, ids that no other figure has, and hundredths of a point."""
    tag = re.sub(r'\b(id="|href="#)|(url\(#)', rf"\g<0>{name}-", tag.replace(_INK, "currentColor"))
    tag = re.sub(r" ?font-family: [^;\"]*;?| transform=\"rotate\(-0 [^)]*\)\"", "", tag)
    return re.sub(r"(\d\.\d\d)\d+", r"\1", tag)
