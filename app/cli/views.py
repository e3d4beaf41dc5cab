"""What a person sees of a run, a trace, a list. Results on standard output, progress on standard error.

Text of problems, programs and language models is shown as text: no markup is read in it, and control characters are
escaped, so that none of it can play with the terminal.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from app.api.bodies import (
    AnswersRead,
    AttemptRead,
    DiagnosticRead,
    EvidenceRead,
    InfoRead,
    ItemStatus,
    NoAnswerRead,
    OutcomeRead,
    ReplayRead,
    RunRead,
    SatisfiableRead,
    TraceRead,
    TracesRead,
    UnknownRead,
    UnsatisfiableRead,
    VerdictSummary,
)
from app.api.text import printable
from app.cli.batch import BatchRead
from app.reasoning.events import AttemptEnded, Event, TraceBegun
from app.settings import MASK, PREFIX, Settings

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

PROBLEM_SHOWN = 100
"""Characters of a problem in a list."""


WIDTH_OF_A_PIPE = 100_000
"""Nothing is folded for a program that reads lines; a terminal has its own width."""


class _Out(Console):
    """Standard output: folds at the width of a terminal, cuts nothing off, leaves no blanks at the end of lines."""

    def __init__(self) -> None:
        super().__init__(highlight=False, markup=False, emoji=False)
        if not self.is_terminal:
            self.width = WIDTH_OF_A_PIPE

    def show(self, shown: RenderableType = "") -> None:
        if self.is_terminal:
            self.print(shown)
            return
        with self.capture() as captured:
            self.print(shown)
        self.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()) or "\n")
        self.file.flush()


def _out() -> _Out:
    return _Out()


def _err() -> Console:
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def _text(text: object, style: str = "") -> Text:
    return Text(printable(str(text)), style=style)


def _indented(shown: RenderableType, by: int = 2) -> Padding:
    return Padding(shown, (0, 0, 0, by), expand=False)


def _line(*parts: tuple[object, str] | str) -> Text:
    line = Text()
    for part in parts:
        line.append_text(_text(part) if isinstance(part, str) else _text(*part))
    return line


# Progress


@contextmanager
def progress_of_solving() -> Iterator[Callable[[Event], None]]:
    """A line on standard error that says what is going on, if that is a terminal; nothing is left of it."""
    console = _err()
    if not console.is_terminal:
        yield lambda event: None
        return
    with console.status("opening", spinner="dots") as status:

        def listen(event: Event) -> None:
            match event:
                case TraceBegun():
                    status.update(f"{event.kind.value}, in {event.language.value}: attempt 1")
                case AttemptEnded():
                    status.update(f"attempt {event.attempt.number} ended, going on")

        yield listen


@contextmanager
def waiting(what: str) -> Iterator[None]:
    console = _err()
    if console.is_terminal:
        with console.status(what, spinner="dots"):
            yield
    else:
        yield


@contextmanager
def progress_of_batch() -> Iterator[Callable[[int, int | None, Counter[ItemStatus]], None]]:
    """A bar on a terminal, and elsewhere a line every ten seconds."""
    console = _err()
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
    console = _out()
    console.show(_run(run))


def _run(run: RunRead) -> Group:
    limit = f" at its limit {run.limit.value}" if run.limit else ""
    shown: list[RenderableType] = [
        _line(
            (run.status.value, STYLES[run.status.value]),
            f"{limit} after {run.usage.wall_seconds:.3f} s ({run.usage.cpu_seconds:.3f} s CPU, "
            f"{run.usage.peak_memory_mib:.0f} MiB)",
        )
    ]
    if run.outcome is not None:
        shown.append(_indented(_outcome(run.outcome)))
    shown += [_indented(_diagnostic(diagnostic)) for diagnostic in run.diagnostics]
    if run.output:
        cut = run.output[:OUTPUT_SHOWN]
        more = f"\n... and {len(run.output) - OUTPUT_SHOWN} characters more" if len(run.output) > OUTPUT_SHOWN else ""
        shown += [_indented(_text("printed:", "dim")), _indented(_text(cut + more), 4)]
    missing = [name for name, there in run.sandbox.items() if not there]
    if missing:
        shown.append(_indented(_text(f"without these layers of the sandbox: {', '.join(missing)}", "yellow")))
    return Group(*shown)


def _outcome(outcome: OutcomeRead) -> Group:
    shown: list[RenderableType] = []
    match outcome:
        case AnswersRead():
            for answer, residual in zip(outcome.answers, outcome.residual, strict=True):
                bindings = [f"{name} = {value}" for name, value in answer.items()] + list(residual)
                shown.append(_text(", ".join(bindings) or "true", "bold"))
            shown.append(_text("no other answer" if outcome.exhausted else "there may be other answers", "dim"))
        case NoAnswerRead():
            shown.append(_text("no answer: the query fails finitely", "bold"))
        case SatisfiableRead():
            shown.append(_text("satisfiable: the assertions are consistent", "bold"))
            parts = {"model": outcome.model, "values": outcome.values, "objectives": outcome.objectives}
            for part, named in parts.items():
                shown += [_text(f"{part}: {symbol} = {value}") for symbol, value in named.items()]
        case UnsatisfiableRead():
            shown.append(_text("unsatisfiable: the assertions cannot all hold", "bold"))
            if outcome.core:
                shown.append(_text(f"core: {', '.join(outcome.core)}"))
        case UnknownRead():
            shown.append(_text(f"unknown: {outcome.reason}", "bold"))
    return Group(*shown)


def _diagnostic(diagnostic: DiagnosticRead) -> Text:
    place = f"{diagnostic.part.value}:{diagnostic.line}:{diagnostic.column}: " if diagnostic.line is not None else ""
    hint = f" ({diagnostic.suggestion})" if diagnostic.suggestion else ""
    return _line((diagnostic.error_class.value, "yellow"), f": {place}{diagnostic.message}{hint}")


# Traces


def print_trace(trace: TraceRead, *, brief: bool = False) -> None:
    """Verdict, evidence and the attempts; `brief`: of the attempts only the last one's program."""
    console = _out()
    verdict = trace.verdict
    headline = _line((verdict.kind.value, STYLES[verdict.kind.value]))
    if verdict.answer is not None:
        headline.append_text(_line("  ", (verdict.answer, "bold")))
    if verdict.trust is not None:
        headline.append_text(_line(f"  (trust: {verdict.trust.value})"))
    if not brief:
        console.show(_text(trace.problem.text))
        console.show()
    console.show(headline)
    console.show(_indented(_text(verdict.reason)))
    console.show(_evidence(trace.evidence))
    if brief:
        if trace.attempts:
            console.show(_attempt(trace.attempts[-1], of=len(trace.attempts)))
    else:
        for attempt in trace.attempts:
            console.show(_attempt(attempt, of=len(trace.attempts)))
        _print_versions(console, trace)
    if trace.usage is not None:
        usage = trace.usage
        console.show(
            _text(
                f"{_number(usage.attempts, 'attempt')}, {usage.prompt_tokens + usage.completion_tokens} tokens, "
                f"{usage.seconds:.2f} s "
                f"({usage.lm_seconds:.2f} s language model, {usage.solver_seconds:.2f} s solvers)",
                "dim",
            )
        )
    after = f"  (quod traces {trace.id} shows all of it)" if brief else f"  {trace.status.value}"
    console.show(_line(("trace ", "dim"), trace.id, (after, "dim")))


def _evidence(evidence: EvidenceRead) -> Group:
    table = Table.grid(padding=(0, 2))
    for name in ("execution", "inference", "certificate", "translation"):
        part: Mapping[str, Any] = getattr(evidence, name)
        table.add_row(_text(name, "bold"), _text("; ".join(_facts(part)) or "nothing"))
    return Group(_text("evidence", "dim"), _indented(table))


def _facts(part: Mapping[str, Any]) -> Iterator[str]:
    for name, value in part.items():
        name = name.replace("_", " ")
        match value:
            case None | [] | {} | "":
                continue
            case bool():
                yield name if value else f"not {name}"
            case list():
                yield f"{name}: {', '.join(_plain(member) for member in value)}"
            case _:
                yield f"{name}: {_plain(value)}"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(member)}" for name, member in value.items())
    return ", ".join(map(_plain, value)) if isinstance(value, list) else str(value)


def _attempt(attempt: AttemptRead, of: int) -> Tree:
    tree = Tree(
        _line(
            (f"attempt {attempt.number} of {of}", "bold"),
            f"  {attempt.completion.lm.name}, {attempt.prompt.name} v{attempt.prompt.version}",
        ),
        guide_style="dim",
    )
    if attempt.formalisation is not None:
        program = attempt.formalisation
        branch = tree.add(_text(f"program, {program.language.value}"))
        branch.add(_text(program.program.strip("\n")))
        tree.add(_line(("query  ", "dim"), program.query))
        if program.complement:
            tree.add(_line(("complement  ", "dim"), program.complement))
        for gloss in program.gloss:
            tree.add(_line(("symbol  ", "dim"), f"{gloss.symbol}: {gloss.words}"))
    first = [(attempt.run_name, attempt.run)]
    for name, run in [*first, *attempt.further_runs.items()]:
        if name is not None and run is not None:
            tree.add(Group(_text(f"run {name.value.replace('_', ' ')}", "dim"), _run(run)))
    for diagnostic in attempt.diagnostics:
        tree.add(_diagnostic(diagnostic))
    checker = f" by {attempt.check.checker}" if attempt.check.checker else ""
    tree.add(_line(("check  ", "dim"), f"{attempt.check.result.value}{checker}: {attempt.check.reason}"))
    return tree


def _print_versions(console: _Out, trace: TraceRead) -> None:
    if trace.versions is not None:
        versions = trace.versions
        engines = ", ".join(f"{name} {version}" for name, version in versions.engines.items())
        made = f"{trace.created_at:%Y-%m-%d %H:%M:%S} UTC"
        console.show(_text(f"{made}, quod {versions.quod}, {versions.lm.name}, {engines}", "dim"))


def print_traces(page: TracesRead) -> None:
    console = _out()
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
            "id": _text(trace.id),
            "made (UTC)": _text(f"{trace.created_at:%Y-%m-%d %H:%M}"),
            "kind": _text(trace.kind.value),
            "language": _text(trace.language.value),
            "verdict": verdict,
            "tries": _text(trace.attempts),
            "problem": _text(" ".join(trace.problem.split())),
        }
        table.add_row(*(cells[name] for name in shown))
    console.show(table)
    if page.has_more:
        console.show(_text(f"there are more: quod traces --after {page.last_id}", "dim"))


def _verdict(verdict: VerdictSummary, with_trust: bool) -> Text:
    answer = f" {' '.join(verdict.answer.split())}" if verdict.answer is not None else ""
    trust = f" ({verdict.trust.value})" if verdict.trust is not None and with_trust else ""
    return _line((verdict.kind.value, STYLES[verdict.kind.value]), answer + trust)


def print_replay(replayed: ReplayRead) -> None:
    console = _out()
    console.show(
        _line(("same", STYLES["proved"]) if replayed.same else ("different", STYLES["unresolved"]), f"  {replayed.id}")
    )
    for attempt in replayed.attempts:
        for run in attempt.runs:
            said = "same" if run.same else f"differs in {', '.join(run.differs)}"
            console.show(_text(f"attempt {attempt.number}, run {run.name.value.replace('_', ' ')}: {said}"))
            if not run.same:
                for when, one in (("recorded", run.recorded), ("now", run.replayed)):
                    shown = _run(one) if one is not None else _text("no such run")
                    console.show(_indented(Group(_text(when, "dim"), _indented(shown))))
    for version in replayed.versions:
        console.show(_text(f"{version.name}: {version.recorded} when recorded, {version.now} now"))


# Everything else


def print_batch(summary: BatchRead) -> None:
    console = _out()
    # Of a few programs, the rate would be that of starting the engines.
    rate = f" ({summary.programs / summary.seconds:.0f} a second)" if summary.programs >= 100 else ""
    console.show(
        _text(
            f"{_number(summary.programs, 'program')} in {summary.seconds:.1f} s{rate}: {summary.finished} "
            f"finished, {summary.stopped} stopped, {summary.rejected} rejected, {_number(summary.error, 'error')}; "
            f"results in {summary.out}"
        )
    )


def print_info(info: InfoRead) -> None:
    console = _out()
    table = Table.grid(padding=(0, 2))
    lm = info.lm
    table.add_row("quod", _text(f"{info.quod}, Python {info.python}"))
    table.add_row("language model", _text(f"{lm.backend}: {lm.name} {lm.revision or ''}"))
    for language, engine in info.engines.items():
        layers = [name.replace("_", " ") for name, there in (engine.sandbox or {}).items() if there]
        said = f"{engine.version}, sandbox: {', '.join(layers)}" if engine.error is None else f"fails: {engine.error}"
        table.add_row(language.value, _text(said, "" if engine.error is None else "red"))
    for prompt in info.prompts:
        table.add_row("prompt", _text(f"{prompt.name} v{prompt.version}, sha256 {prompt.sha256[:12]}"))
    for name, default in info.limits.default:
        table.add_row("limit", _text(f"{name} {default}, at most {getattr(info.limits.maximum, name)}"))
    for name, default in info.budget.default:
        table.add_row(
            "budget",
            _text(f"{name} {'no limit' if default is None else default}, at most {getattr(info.budget.maximum, name)}"),
        )
    table.add_row("concurrency", _text(f"{info.concurrency} programs at the same time"))
    table.add_row("database", _text(info.database))
    console.show(table)


def print_settings(settings: Settings) -> None:
    console = _out()
    shown = settings.describe()
    for name, field in Settings.model_fields.items():
        value = MASK if isinstance(shown[name], str) and shown[name].startswith("***") else shown[name]
        console.show(_line((f"{PREFIX}{name.upper()}", "bold"), f" = {value}"))
        console.show(_indented(_text(field.description or "", "dim")))
