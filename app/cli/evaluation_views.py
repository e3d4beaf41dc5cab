"""What a person sees of evaluations: while one is worked on, its result, lists and comparisons.

Results go to standard output, progress to standard error.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from app.cli.terminal import Out, counted, err, indented, line_of, out, text_of
from app.evaluation.compare import Change, Comparison, Side
from app.evaluation.datasets.sources import SOURCES
from app.evaluation.metrics import Metrics, Share, share
from app.evaluation.progress import Progress
from app.reasoning.certify import NOT_COVERED
from app.reasoning.types import Trust
from app.store.evaluation_types import Counts, DatasetSummary, Evaluation, Outcome, Result, State

LINE_SECONDS = 5.0
"""Between two lines of progress where there is no terminal."""

CHANGES_SHOWN = 20
"""Samples that changed, of a comparison; `--json` has all of them."""

_STYLES = {
    State.COMPLETED: "bold green",
    State.FAILED: "bold red",
    State.CANCELLED: "bold red",
    State.PAUSED: "bold yellow",
}
_OUTCOMES = {Outcome.CORRECT: "green", Outcome.WRONG: "red", Outcome.ABSTAINED: "yellow", Outcome.ERRORED: "red"}

_CERTIFIED = frozenset({Trust.CERTIFIED, Trust.CORROBORATED})

_RUNGS = {
    Trust.CORROBORATED: "certified, and a second reading of the problem agrees",
    Trust.CERTIFIED: "the only answer, and a checker has confirmed that it follows from the program",
    Trust.DETERMINATE: "the only answer of a program without contradictions",
    Trust.EXECUTED: "the program ran and gave an answer",
}


# Progress


class EvaluationProgress:
    """How far an evaluation is: lines that change on a terminal, and elsewhere one every few seconds."""

    def __init__(self, console: Console, counts: Counts, epochs: int) -> None:
        self._console = console
        self._epochs = epochs
        self._counts = counts
        self._said = self._began = time.monotonic()
        self._progress: Progress | None = None

    def tell(self, progress: Progress) -> None:
        self._progress, self._counts = progress, progress.counts
        now = time.monotonic()
        if not self._console.is_terminal and now - self._said >= LINE_SECONDS:
            self._said = now
            done, total = self._done()
            self.say("; ".join([f"{done} of {total}", *self._parts()]))

    def say(self, sentence: str) -> None:
        self._console.print(text_of(sentence), soft_wrap=not self._console.is_terminal)

    def __rich__(self) -> Group:
        done, total = self._done()
        head = Table.grid(padding=(0, 1))
        head.add_row(ProgressBar(total=max(1, total), completed=done, width=40), text_of(f"{done} of {total}"))
        return Group(head, *(text_of(part, "dim") for part in self._parts()))

    def _done(self) -> tuple[int, int]:
        return self._counts.recorded, self._counts.recorded + self._counts.waiting

    def _parts(self) -> list[str]:
        counts, progress = self._counts, self._progress
        parts = [outcomes_of(counts)]
        if counts.recorded:
            parts.append(f"accuracy so far {_with_interval(share(counts.correct, counts.recorded, self._epochs))}")
        if progress is None:
            return [*parts, f"opening, {time.monotonic() - self._began:.0f} s"]
        rate = [] if progress.samples_per_second is None else [f"{progress.samples_per_second:.3g} a second"]
        left = [] if progress.seconds_left is None else [f"{duration(progress.seconds_left)} left"]
        parts.append(
            ", ".join([*rate, *left, f"{progress.under_way} under way", f"{counted(progress.tokens, 'token')} so far"])
        )
        return [*parts, *([f"nothing gets on: {progress.trouble}"] if progress.trouble else [])]


@contextmanager
def progress_of_evaluation(counts: Counts, epochs: int) -> Iterator[EvaluationProgress]:
    """On standard error; of the lines on a terminal nothing is left."""
    console = err()
    shown = EvaluationProgress(console, counts, epochs)
    if console.is_terminal:
        with Live(shown, console=console, transient=True, refresh_per_second=4):
            yield shown
    else:
        yield shown


def outcomes_of(counts: Counts) -> str:
    return f"{counts.correct} correct, {counts.wrong} wrong, {counts.abstained} abstained, {counts.errored} errored"


def duration(seconds: float) -> str:
    """Of an estimate: two units at most."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


# One evaluation


def print_evaluation(evaluation: Evaluation, metrics: Metrics) -> None:
    """Its state and its result; what to do next, if there is something to do."""
    console = out()
    config, dataset, counts = evaluation.config, evaluation.dataset, evaluation.counts
    state = evaluation.state
    console.show(line_of((state.value.replace("_", " "), _STYLES.get(state, "bold")), f"  {evaluation.id}"))
    if evaluation.reason:
        console.show(indented(text_of(evaluation.reason)))
    total = counts.recorded + counts.waiting
    times = f", each {config.epochs} times" if config.epochs > 1 else ""
    problems = f"{counted(total // config.epochs, 'problem')} of {dataset.name}{times}"
    if counts.waiting:
        problems += f"; {counts.recorded} of {counted(total, 'result')} there"
    console.show(indented(text_of(problems)))
    used = f"{counted(evaluation.tokens, 'token')}, {duration(evaluation.seconds)}"
    console.show(indented(text_of(f"{_lm(evaluation)}; {used}")))
    if counts.recorded:
        console.show()
        _print_metrics(console, metrics)
    console.show()
    for line in _next_steps(evaluation):
        console.show(text_of(line, "dim"))


def _lm(evaluation: Evaluation) -> str:
    lm = evaluation.lm
    return evaluation.config.lm if lm is None else f"{lm.backend}: {lm.name} {(lm.revision or '')[:19]}".rstrip()


def _next_steps(evaluation: Evaluation) -> Iterator[str]:
    if evaluation.state in (State.PAUSED, State.FAILED, State.QUEUED):
        yield f"to go on: quod eval resume {evaluation.id}"
    elif evaluation.state is State.COMPLETED and evaluation.counts.errored:
        yield f"to solve what errored again: quod eval retry-errored {evaluation.id}"
    if evaluation.counts.recorded:
        yield f"for the whole report: quod eval report {evaluation.id} --out report.html"


def _print_metrics(console: Out, metrics: Metrics) -> None:
    counts = metrics.counts
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name, justify in (("", "left"), ("", "right"), ("share", "right"), ("95 % interval", "left"), ("", "left")):
        table.add_column(name, justify="right" if justify == "right" else "left")
    _add(table, "accuracy", metrics.accuracy, "correct, of all")
    _add(table, "coverage", metrics.coverage, "answered at all, right or wrong")
    _add(table, "accuracy of what was answered", metrics.accuracy_of_answered, "correct, of the answers")
    for level in metrics.by_trust:
        if level.exactly.of:
            _add(table, f"  {level.trust.value}", level.exactly, _RUNGS[level.trust])
    if metrics.baseline is not None:
        baseline = metrics.baseline
        chance = f"correct without a solver; McNemar's p {_p(baseline.paired.p)}"
        _add(table, "baseline", baseline.accuracy, chance)
    console.show(table)
    errors = ", ".join(f"{n} {name}" for name, n in metrics.errors.items())
    console.show(text_of(f"{outcomes_of(counts)}{f' ({errors})' if errors else ''}"))
    if any(level.exactly.of and level.trust in _CERTIFIED for level in metrics.by_trust):
        console.show(text_of(f"what a certificate does not cover: {NOT_COVERED}", "dim"))


def _add(table: Table, name: str, value: Share, meaning: str) -> None:
    table.add_row(
        text_of(name),
        text_of(f"{value.part} of {value.of}"),
        text_of(_percent(value.value)),
        text_of(_range(value)),
        text_of(meaning, "dim"),
    )


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _range(value: Share) -> str:
    return "-" if value.low is None or value.high is None else f"{100 * value.low:.1f} to {100 * value.high:.1f} %"


def _with_interval(value: Share) -> str:
    return f"{_percent(value.value)} ({_range(value)})"


def _p(p: float) -> str:
    return "below 0.0001" if p < 0.0001 else f"{p:.4f}"


# Lists


def _table(*names: str, right: Sequence[str] = ()) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in names:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return table


def print_evaluations(evaluations: Sequence[Evaluation], more: bool) -> None:
    console = out()
    if not evaluations:
        console.show("no evaluations")
        return
    table = _table("id", "made (UTC)", "state", "dataset", "done", "accuracy so far", right=("done",))
    for each in evaluations:
        counts = each.counts
        so_far = share(counts.correct, counts.recorded, each.config.epochs)
        table.add_row(
            text_of(each.id),
            text_of(f"{each.created_at:%Y-%m-%d %H:%M}"),
            text_of(each.state.value, _STYLES.get(each.state, "")),
            text_of(each.dataset.name),
            text_of(f"{counts.recorded} of {counts.recorded + counts.waiting}"),
            text_of(_with_interval(so_far)),
        )
    console.show(table)
    if more:
        console.show(text_of(f"there are more: the same with --after {evaluations[-1].id}", "dim"))


def print_datasets(kept: Sequence[DatasetSummary], more: bool) -> None:
    console = out()
    table = _table("SHA-256", "problems", "name", "source", "licence", right=("problems",))
    for each in kept:
        table.add_row(
            text_of(each.sha256[:12]),
            text_of(each.samples),
            text_of(each.name),
            text_of(each.source),
            text_of(each.licence or "not known"),
        )
    console.show("in the database" if kept else "none is in the database yet")
    if kept:
        console.show(indented(table))
    if more:
        console.show(text_of(f"there are more: quod eval datasets --after {kept[-1].sha256}", "dim"))
    public = _table("name", "downloaded", "licence", "where it is")
    for name, source in SOURCES.items():
        fetched = "no" if source.address is None else "yes"
        public.add_row(text_of(name), text_of(fetched), text_of(source.licence or "not known"), text_of(source.page))
    console.show("public sets by name")
    console.show(indented(public))


def print_results(results: Sequence[Result], more: bool) -> None:
    console = out()
    if not results:
        console.show("no results")
        return
    with_epoch = any(result.epoch > 1 for result in results)
    names = ["sample", *(["epoch"] if with_epoch else []), "outcome", "trust", "answer", "target", "trace"]
    table = _table(*names)
    for each in results:
        cells = [text_of(each.sample_id), *([text_of(each.epoch)] if with_epoch else [])]
        answer = each.error if each.outcome is Outcome.ERRORED else each.answer or (each.verdict and each.verdict.value)
        table.add_row(
            *cells,
            text_of(each.outcome.value, _OUTCOMES[each.outcome]),
            text_of("-" if each.trust is None else each.trust.value),
            _short(answer),
            _short(each.target),
            text_of(each.trace_id or "-"),
        )
    console.show(table)
    if more:
        console.show(text_of(f"there are more: the same with --after {results[-1].sequence}", "dim"))


def _short(text: str | None) -> Text:
    whole = " ".join((text or "-").split())
    return text_of(whole if len(whole) <= 60 else f"{whole[:59]}\N{HORIZONTAL ELLIPSIS}")


# Two of them


def print_comparison(comparison: Comparison) -> None:
    console = out()
    table = _table("", "correct", "share", "95 % interval", right=("correct", "share"))
    for name, value in (("first", comparison.first_accuracy), ("second", comparison.second_accuracy)):
        called = f"{name}, {getattr(comparison, name)}"
        table.add_row(
            text_of(called),
            text_of(f"{value.part} of {value.of}"),
            text_of(_percent(value.value)),
            text_of(_range(value)),
        )
    console.show(table)
    console.show()
    pairs = comparison.table
    console.show(
        text_of(
            f"{pairs.both} right in both, {pairs.only_first} in the first alone, {pairs.only_second} in the second "
            f"alone, {pairs.neither} in neither"
        )
    )
    within = "every sample differs by the same"
    if comparison.low is not None and comparison.high is not None:
        within = f"95 % interval {100 * comparison.low:+.1f} to {100 * comparison.high:+.1f}, by bootstrap"
    console.show(
        line_of(
            (f"second less first: {100 * comparison.difference:+.1f} percentage points", "bold"),
            f" ({within}); McNemar's exact test: p {_p(pairs.p)}",
        )
    )
    for line in _left_aside(comparison):
        console.show(text_of(line, "yellow"))
    if comparison.settings:
        console.show("what else differs")
        different = _table("", "first", "second")
        for each in comparison.settings:
            different.add_row(text_of(each.name), _short(_setting(each.first)), _short(_setting(each.second)))
        console.show(indented(different))
    _print_changes(console, comparison.changes)


def _setting(value: object) -> str:
    return "-" if value is None else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _left_aside(comparison: Comparison) -> Iterator[str]:
    for name in ("first", "second"):
        if alone := getattr(comparison, f"only_in_{name}"):
            yield f"{counted(alone, 'result')} of the {name} without a partner, left out"
        if unfinished := getattr(comparison, f"unfinished_{name}"):
            yield f"{counted(unfinished, 'result')} of the {name} still to come"


def _print_changes(console: Out, changes: Sequence[Change]) -> None:
    if not changes:
        console.show("no sample changed")
        return
    console.show(text_of(f"{counted(len(changes), 'sample')} changed"))
    table = _table("sample", "target", "first", "second", "traces")
    for each in changes[:CHANGES_SHOWN]:
        table.add_row(
            text_of(each.sample_id), _short(each.target), _side(each.first), _side(each.second), _traces(each)
        )
    console.show(indented(table))
    if len(changes) > CHANGES_SHOWN:
        console.show(text_of(f"and {len(changes) - CHANGES_SHOWN} more: --json has all of them", "dim"))


def _side(side: Side) -> Text:
    return line_of((side.outcome.value, _OUTCOMES[side.outcome]), f" {_short(side.answer).plain}")


def _traces(change: Change) -> Text:
    found: Iterable[str | None] = (change.first.trace_id, change.second.trace_id)
    return text_of(" ".join(trace_id or "-" for trace_id in found))
