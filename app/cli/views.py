"""What a person sees of a run, a list, a replay, and of work under way; `trace_view` shows one trace.

Results go to standard output, progress to standard error.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from app.api.bodies import (
    AnswersRead,
    DiagnosticRead,
    InfoRead,
    ItemStatus,
    NoAnswerRead,
    OutcomeRead,
    ReplayRead,
    RunRead,
    SatisfiableRead,
    TracesRead,
    UnknownRead,
    UnsatisfiableRead,
    VerdictSummary,
)
from app.cli.batch import BatchRead
from app.cli.terminal import counted, err, indented, line_of, out, text_of
from app.reasoning.certify import NOT_COVERED
from app.reasoning.events import AttemptEnded, Event, TraceBegun
from app.reasoning.types import Trust
from app.settings import MASK, PREFIX, Settings

if TYPE_CHECKING:
    from app.store.moving import MovedTable

STYLES = {
    "answered": "bold green",
    "proved": "bold green",
    "refuted": "bold green",
    "undetermined": "bold yellow",
    "inconsistent": "bold yellow",
    "unresolved": "bold red",
    "finished": "green",
    "stopped": "yellow",
    "rejected": "yellow",
    "error": "red",
}
OUTPUT_SHOWN = 2_000
"""Characters of a program's output; `--json` has all of it."""

SILENT_SECONDS = 2.0
"""Before it is said that something is being loaded."""

PROBLEM_SHOWN = 100
"""Characters of a problem in a list."""

_CERTIFIED = frozenset({Trust.CERTIFIED, Trust.CORROBORATED})


# Progress


class Solving:
    """What is going on while a problem is solved, as one line for a terminal.

    Attributes:
        is_loading: whether the language model is being loaded at this moment.
    """

    def __init__(self) -> None:
        self.is_loading: Callable[[], bool] = lambda: False
        self._doing = "opening"
        self._began = time.monotonic()

    def hear(self, event: Event) -> None:
        match event:
            case TraceBegun():
                self._doing = f"{event.kind.value}, in {event.language.value}: attempt 1"
            case AttemptEnded():
                self._doing = f"attempt {event.attempt.number} ended, going on"

    def __rich__(self) -> Text:
        waited = time.monotonic() - self._began
        if waited > SILENT_SECONDS and self.is_loading():
            return text_of(f"{self._doing}; loading the translator, {waited:.0f} s")
        return text_of(self._doing)


@contextmanager
def progress_of_solving() -> Iterator[Solving]:
    """A line on standard error that says what is going on, if that is a terminal; nothing is left of it."""
    console, solving = err(), Solving()
    if console.is_terminal:
        with console.status(solving, spinner="dots"):
            yield solving
    else:
        yield solving


@contextmanager
def waiting(what: str) -> Iterator[None]:
    console = err()
    if console.is_terminal:
        with console.status(what, spinner="dots"):
            yield
    else:
        yield


@contextmanager
def progress_of_moving() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on a terminal, and elsewhere a line every ten seconds."""
    console = err()
    said = time.monotonic()

    def tell(table: str, done: int, total: int) -> None:
        nonlocal said
        if time.monotonic() - said >= 10:
            said = time.monotonic()
            console.print(f"{table}: {done} of {counted(total, 'row')}")

    if not console.is_terminal:
        yield tell
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda table, done, total: bar.update(task, description=table, completed=done, total=total)


@contextmanager
def progress_of_batch() -> Iterator[Callable[[int, int | None, Counter[ItemStatus]], None]]:
    """A bar on a terminal, and elsewhere a line every ten seconds."""
    console = err()
    started = said = time.monotonic()

    def tell(done: int, total: int | None, counts: Counter[ItemStatus]) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= 10:
            said = now
            of = f" of {total}" if total is not None else ""
            console.print(f"{done}{of} programs after {now - started:.0f} s: {_counts(counts)}")

    if not console.is_terminal:
        yield tell
        return
    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[counts]}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("programs", total=None, counts="")

        def show(done: int, total: int | None, counts: Counter[ItemStatus]) -> None:
            bar.update(task, completed=done, total=total, counts=_counts(counts))

        yield show


def _counts(counts: Counter[ItemStatus]) -> str:
    return ", ".join(f"{number} {status.value}" for status, number in sorted(counts.items()))


# Runs


def print_run(run: RunRead) -> None:
    console = out()
    console.show(shown_run(run))


def shown_run(run: RunRead) -> Group:
    limit = f" at its limit {run.limit.value}" if run.limit else ""
    shown: list[RenderableType] = [
        line_of(
            (run.status.value, STYLES[run.status.value]),
            f"{limit} after {run.usage.wall_seconds:.3f} s ({run.usage.cpu_seconds:.3f} s CPU, "
            f"{run.usage.peak_memory_mib:.0f} MiB)",
        )
    ]
    if run.outcome is not None:
        shown.append(indented(_outcome(run.outcome)))
    shown += [indented(shown_diagnostic(diagnostic)) for diagnostic in run.diagnostics]
    if run.output:
        cut = run.output[:OUTPUT_SHOWN]
        more = f"\n... and {len(run.output) - OUTPUT_SHOWN} characters more" if len(run.output) > OUTPUT_SHOWN else ""
        shown += [indented(text_of("printed:", "dim")), indented(text_of(cut + more), 4)]
    missing = [name for name, there in run.sandbox.items() if not there]
    if missing:
        shown.append(indented(text_of(f"without these layers of the sandbox: {', '.join(missing)}", "yellow")))
    return Group(*shown)


def _outcome(outcome: OutcomeRead) -> Group:
    shown: list[RenderableType] = []
    match outcome:
        case AnswersRead():
            for answer, residual in zip(outcome.answers, outcome.residual, strict=True):
                bindings = [f"{name} = {value}" for name, value in answer.items()] + list(residual)
                shown.append(text_of(", ".join(bindings) or "true", "bold"))
            shown.append(text_of("no other answer" if outcome.exhausted else "there may be other answers", "dim"))
        case NoAnswerRead():
            shown.append(text_of("no answer: the query fails finitely", "bold"))
        case SatisfiableRead():
            shown.append(text_of("satisfiable: the assertions are consistent", "bold"))
            parts = {"model": outcome.model, "values": outcome.values, "objectives": outcome.objectives}
            for part, named in parts.items():
                shown += [text_of(f"{part}: {symbol} = {value}") for symbol, value in named.items()]
        case UnsatisfiableRead():
            shown.append(text_of("unsatisfiable: the assertions cannot all hold", "bold"))
            if outcome.core:
                shown.append(text_of(f"core: {', '.join(outcome.core)}"))
        case UnknownRead():
            shown.append(text_of(f"unknown: {outcome.reason}", "bold"))
    return Group(*shown)


def shown_diagnostic(diagnostic: DiagnosticRead) -> Text:
    place = f"{diagnostic.part.value}:{diagnostic.line}:{diagnostic.column}: " if diagnostic.line is not None else ""
    hint = f" ({diagnostic.suggestion})" if diagnostic.suggestion else ""
    return line_of((diagnostic.error_class.value, "yellow"), f": {place}{diagnostic.message}{hint}")


# Traces


def print_traces(page: TracesRead) -> None:
    console = out()
    if not page.data:
        console.show("no traces")
        return
    # A pipe has no width to keep to; a narrow terminal leaves out what `quod traces ID` shows.
    medium, wide = console.width >= 100, console.width >= 130
    verdicts = [_verdict(trace.verdict, with_trust=medium) for trace in page.data]
    # The verdict is what the list is read for, so it gets its room before the problem does.
    room = min(max(len("verdict"), *(verdict.cell_len for verdict in verdicts)), max(22, console.width // 4))
    widths = {"id": 30, "verdict": room}
    widths |= {"made (UTC)": 16} if medium else {}
    widths |= {"kind": 12, "language": 8, "tries": 5} if wide else {}
    gap = 2
    widths["problem"] = max(10, min(PROBLEM_SHOWN, console.width - sum(widths.values()) - gap * len(widths)))
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="dim")
    shown = [name for name in ("id", "made (UTC)", "kind", "language", "verdict", "tries", "problem") if name in widths]
    for name in shown:
        table.add_column(name, overflow="ellipsis", no_wrap=True, width=widths[name])
    for trace, verdict in zip(page.data, verdicts, strict=True):
        cells = {
            "id": text_of(trace.id),
            "made (UTC)": text_of(f"{trace.created_at:%Y-%m-%d %H:%M}"),
            "kind": text_of(trace.kind.value),
            "language": text_of(trace.language.value),
            "verdict": verdict,
            "tries": text_of(trace.attempts),
            "problem": text_of(" ".join(trace.problem.split())),
        }
        table.add_row(*(cells[name] for name in shown))
    console.show(table)
    if any(trace.verdict.trust in _CERTIFIED for trace in page.data):
        console.show(text_of(f"what a certificate does not cover: {NOT_COVERED}", "dim"))
    if page.has_more:
        console.show(text_of(f"there are more: the same with --after {page.last_id}", "dim"))


def _verdict(verdict: VerdictSummary, with_trust: bool) -> Text:
    answer = f" {' '.join(verdict.answer.split())}" if verdict.answer is not None else ""
    trust = f" ({verdict.trust.value})" if verdict.trust is not None and with_trust else ""
    return line_of((verdict.kind.value, STYLES[verdict.kind.value]), answer + trust)


def print_replay(replayed: ReplayRead) -> None:
    console = out()
    console.show(
        line_of(
            ("same", STYLES["proved"]) if replayed.same else ("different", STYLES["unresolved"]), f"  {replayed.id}"
        )
    )
    for attempt in replayed.attempts:
        for run in attempt.runs:
            said = "same" if run.same else f"differs in {', '.join(run.differs)}"
            console.show(text_of(f"attempt {attempt.number}, run {run.name.value.replace('_', ' ')}: {said}"))
            if not run.same:
                for when, one in (("recorded", run.recorded), ("now", run.replayed)):
                    shown = shown_run(one) if one is not None else text_of("no such run")
                    console.show(indented(Group(text_of(when, "dim"), indented(shown))))
    for version in replayed.versions:
        console.show(text_of(f"{version.name}: {version.recorded} when recorded, {version.now} now"))


# Everything else


def print_batch(summary: BatchRead) -> None:
    console = out()
    # Of a few programs, the rate would be that of starting the engines.
    rate = f" ({summary.programs / summary.seconds:.0f} a second)" if summary.programs >= 100 else ""
    console.show(
        text_of(
            f"{counted(summary.programs, 'program')} in {summary.seconds:.1f} s{rate}: {summary.finished} "
            f"finished, {summary.stopped} stopped, {summary.rejected} rejected, {counted(summary.error, 'error')}; "
            f"results in {summary.out}"
        )
    )


def print_moved(tables: Sequence["MovedTable"], target: str) -> None:
    console = out()
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("table", "rows", "checksum"):
        shown.add_column(name, justify="right" if name == "rows" else "left")
    for table in tables:
        shown.add_row(text_of(table.name), text_of(table.rows), text_of(table.checksum[:16]))
    console.show(shown)
    rows = counted(sum(table.rows for table in tables), "row")
    console.show(text_of(f"{rows} are in {target}, the same as before; now name it in QUOD_DATABASE_URL"))


def print_info(info: InfoRead) -> None:
    console = out()
    table = Table.grid(padding=(0, 2))
    lm = info.lm
    table.add_row("quod", text_of(f"{info.quod}, Python {info.python}"))
    table.add_row("language model", text_of(f"{lm.backend}: {lm.name} {lm.revision or ''}"))
    for language, engine in info.engines.items():
        layers = [name.replace("_", " ") for name, there in (engine.sandbox or {}).items() if there]
        said = f"{engine.version}, sandbox: {', '.join(layers)}" if engine.error is None else f"fails: {engine.error}"
        table.add_row(language.value, text_of(said, "" if engine.error is None else "red"))
    for prompt in info.prompts:
        table.add_row("prompt", text_of(f"{prompt.name} v{prompt.version}, sha256 {prompt.sha256[:12]}"))
    for name, default in info.limits.default:
        table.add_row("limit", text_of(f"{name} {default}, at most {getattr(info.limits.maximum, name)}"))
    for name, default in info.budget.default:
        table.add_row(
            "budget",
            text_of(
                f"{name} {'no limit' if default is None else default}, at most {getattr(info.budget.maximum, name)}"
            ),
        )
    table.add_row("concurrency", text_of(f"{info.concurrency} programs at the same time"))
    table.add_row("database", text_of(info.database))
    console.show(table)


def print_settings(settings: Settings) -> None:
    console = out()
    shown = settings.describe()
    for name, field in Settings.model_fields.items():
        value = MASK if isinstance(shown[name], str) and shown[name].startswith("***") else shown[name]
        console.show(line_of((f"{PREFIX}{name.upper()}", "bold"), f" = {value}"))
        console.show(indented(text_of(field.description or "", "dim")))
