"""The command line: `quod solve`, `execute`, `serve`, `traces`, `replay`, `check`, `info`, `db upgrade` and `db move`.

Results go to standard output, everything else to standard error. Exit status 0: answered or finished; 1: not; 2: wrong
usage. With `--json` exactly one JSON document is printed, whatever happens; its shapes are those of the HTTP service.

Engines, database and language model are imported where they are needed, so that `quod --help` stays quick.
"""

import asyncio
import json
import sys
import traceback
from collections.abc import Coroutine
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from app.errors import QuodError
from solvers.errors import SolverError

if TYPE_CHECKING:
    from app.settings import Settings

KindName = Literal["auto", "arithmetic", "entailment", "constraint", "optimisation"]
LanguageName = Literal["prolog", "smt"]
WorldName = Literal["open", "closed"]
WantedName = Literal["any", "one", "number"]
VerdictName = Literal["answered", "proved", "refuted", "undetermined", "inconsistent", "unresolved"]
TrustName = Literal["executed", "determinate", "certified", "corroborated"]
KnownKindName = Literal["arithmetic", "entailment", "constraint", "optimisation"]

SUFFIXES: dict[str, LanguageName] = {".pl": "prolog", ".pro": "prolog", ".smt2": "smt", ".smt": "smt"}

FINISHED, NOT_FINISHED, USAGE, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="quod",
    help="Ask in plain language, get an answer with evidence that a machine has checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
db = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(db, name="db")

JsonOption = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document.")]
LmOption = Annotated[
    str | None,
    typer.Option(
        "--lm",
        metavar="SPEC",
        help="http:MODEL@BASE_URL, transformers:PATH_OR_ID, embedded:FOLDER or recorded:FILE; else QUOD_LM; else the "
        "small translator that ships.",
    ),
]
WallOption = Annotated[float | None, typer.Option("--wall-seconds", help="Wall-clock time of each run.")]
CpuOption = Annotated[float | None, typer.Option("--cpu-seconds", help="CPU time of each run.")]
MemoryOption = Annotated[int | None, typer.Option("--memory-mib", help="Memory of each run, on top of the engine.")]
OutputOption = Annotated[int | None, typer.Option("--output-bytes", help="What each run may print and reply.")]
AnswersOption = Annotated[int | None, typer.Option("--max-answers", help="Answers after which a search ends.")]


class UsageFault(Exception):
    """The command line cannot be understood as given. Exit status 2."""


class NotDone(Exception):
    """What was asked could not be done; the sentence says why. Exit status 1."""


@app.command()
def solve(
    problem: Annotated[
        str, typer.Argument(metavar="TEXT", help="The problem in plain language; `-` reads it from standard input.")
    ],
    lm: LmOption = None,
    kind: Annotated[KindName, typer.Option(help="`auto`: decided by its text.")] = "auto",
    language: Annotated[LanguageName | None, typer.Option(help="Of the program; else by the kind.")] = None,
    world: Annotated[
        WorldName, typer.Option(help="What is not derivable is unknown (open) or false (closed).")
    ] = "open",
    attempts: Annotated[int | None, typer.Option(help="Formalisations, the first included.")] = None,
    tokens: Annotated[int | None, typer.Option(help="Tokens of the language model.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Seconds, the language model's included.")] = None,
    min_trust: Annotated[
        TrustName | None,
        typer.Option(
            "--min-trust",
            help="Below it nothing is concluded. Certified: it follows from the program; whether that says what the "
            "problem says is not covered.",
        ),
    ] = None,
    corroborate: Annotated[
        bool | None,
        typer.Option("--corroborate/--no-corroborate", help="Have it formalised twice; else QUOD_CORROBORATE."),
    ] = None,
    wall_seconds: WallOption = None,
    cpu_seconds: CpuOption = None,
    memory_mib: MemoryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Solve a problem and show its verdict, the evidence, and the id of the trace that keeps everything.

    Exit status 0: there is a verdict. 1: it is unresolved, or something failed.
    """
    text = _standard_input("problem") if problem == "-" else _argument(problem, "the problem")
    settings = _settings(lm)
    from app.api.bodies import ProblemCreate, TraceRead
    from app.api.limits import choose_budget, choose_limits, require_length
    from app.api.service import open_service
    from app.cli.trace_view import print_trace
    from app.cli.views import progress_of_solving

    asked = _checked(
        ProblemCreate,
        problem=text,
        kind=kind,
        language=language,
        world=world,
        limits=_given(wall_seconds=wall_seconds, cpu_seconds=cpu_seconds, memory_mib=memory_mib),
        budget=_given(attempts=attempts, tokens=tokens, seconds=seconds),
        min_trust=min_trust,
        corroborate=corroborate,
    )
    require_length(asked.problem, settings, "max_problem_bytes", "problem")
    limits = choose_limits(asked.limits, settings, "limits")
    budget = choose_budget(asked.budget, settings, "budget")

    async def work() -> TraceRead:
        with progress_of_solving() as shown:
            async with open_service(settings, prepared=True) as service:
                shown.is_loading = lambda: service.loading
                assurance = asked.to_assurance(settings.corroborate)
                work = service.prepare(asked.to_problem(), limits, budget, assurance)
                return service.trace_read(await service.solve(work, shown.hear))

    trace = _run(work())
    if as_json:
        _print_json(trace)
    else:
        print_trace(trace, brief=True)
    raise typer.Exit(NOT_FINISHED if trace.verdict.kind == "unresolved" else FINISHED)


@app.command()
def execute(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A program, .pl or .smt2; `-` reads standard input.")
    ] = None,
    query: Annotated[
        str | None,
        typer.Option("--query", help="A Prolog goal, else the program is only loaded; or further SMT-LIB commands."),
    ] = None,
    language: Annotated[LanguageName | None, typer.Option(help="Else by the file's name.")] = None,
    wanted: Annotated[WantedName, typer.Option(help="What the outcome is held against.")] = "any",
    answer: Annotated[str | None, typer.Option(help="Variable or term whose value answers.")] = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Have the run carry evidence for a checker; --json shows it.")
    ] = False,
    batch: Annotated[
        Path | None, typer.Option(metavar="IN.jsonl", help="Many programs: {id, language, program, query}.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="OUT.jsonl", help="Where the results of --batch go.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over OUT.jsonl if it is there.")] = False,
    wall_seconds: WallOption = None,
    cpu_seconds: CpuOption = None,
    memory_mib: MemoryOption = None,
    output_bytes: OutputOption = None,
    max_answers: AnswersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a program, or a list of them, without a language model.

    Exit status of one program, 0: it finished; 1: it was stopped or rejected. Of a batch, 0: every line was run,
    whatever came of it; 1: a line was no program, or could not be run.
    """
    settings = _settings(None)
    from app.api.bodies import LimitsCreate

    limits = _given(
        wall_seconds=wall_seconds,
        cpu_seconds=cpu_seconds,
        memory_mib=memory_mib,
        output_bytes=output_bytes,
        max_answers=max_answers,
    )
    asked_limits = _checked(LimitsCreate, **limits) if limits else None
    if (file is None) == (batch is None):
        raise UsageFault("give either a FILE or --batch IN.jsonl")
    if batch is not None:
        if out is None:
            raise UsageFault("--batch needs --out OUT.jsonl")
        if str(out) == "-":
            raise UsageFault("--out names a file: standard output gets the summary")
        if query is not None or answer is not None or language is not None or wanted != "any" or evidence:
            raise UsageFault("with --batch each line brings its own language, query, wanted, answer and evidence")
        _execute_batch(batch, out, force, asked_limits, settings, as_json)
    if out is not None or force:
        raise UsageFault("--out and --force belong to --batch")
    assert file is not None
    _execute_one(file, query, language, wanted, answer, evidence, asked_limits, settings, as_json)


def _execute_one(
    file: Path,
    query: str | None,
    language: LanguageName | None,
    wanted: WantedName,
    answer: str | None,
    evidence: bool,
    asked_limits: Any,
    settings: "Settings",
    as_json: bool,
) -> NoReturn:
    from app.api.bodies import ProgramCreate, RunRead
    from app.api.limits import choose_limits, require_length
    from app.cli.views import print_run
    from app.parts import open_runtime

    language = language or SUFFIXES.get(file.suffix.lower())
    if language is None:
        raise UsageFault(f"{file} does not end in .pl or .smt2; say --language prolog or --language smt")
    text = _standard_input("program") if str(file) == "-" else _text_of(file)
    asked = _checked(
        ProgramCreate, language=language, program=text, query=query, wanted=wanted, answer=answer, evidence=evidence
    )
    require_length(asked.program, settings, "max_program_bytes", "program")
    require_length(asked.query, settings, "max_program_bytes", "query")
    limits = choose_limits(asked_limits, settings, "limits")

    async def work() -> RunRead:
        async with open_runtime(settings) as runtime:
            return RunRead.of(await runtime.solve(asked.to_job(), limits))

    run = _run(work())
    if as_json:
        _print_json(run)
    else:
        print_run(run)
    raise typer.Exit(FINISHED if run.status == "finished" else NOT_FINISHED)


def _execute_batch(
    source: Path, out: Path, force: bool, asked_limits: Any, settings: "Settings", as_json: bool
) -> NoReturn:
    from app.cli.batch import BatchFault, run_batch
    from app.cli.views import print_batch, progress_of_batch

    try:
        with progress_of_batch() as progress:
            summary = _run(run_batch(source, out, force, asked_limits, settings, progress))
    except BatchFault as error:
        raise NotDone(str(error)) from error
    if as_json:
        _print_json(summary)
    else:
        print_batch(summary)
    raise typer.Exit(NOT_FINISHED if summary.error else FINISHED)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0 takes a free one.")] = 8000,
    lm: LmOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document: the address once it is ready, or what is wrong.")
    ] = False,
) -> None:
    """Run the HTTP service until Ctrl-C or SIGTERM; requests under way get QUOD_SHUTDOWN_SECONDS to end."""
    settings = _settings(lm)
    from app.main import serve as run_service

    def announce(url: str) -> None:
        if as_json:
            typer.echo(json.dumps({"url": url}))

    run_service(settings, host, port, announce)


class _Traces(TyperCommand):
    """`export` behind `traces` is a command of its own: it looks like no id."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        if args[:1] == ["export"]:
            from app.cli.exporting import command

            return command().make_context(f"{info_name} export", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@app.command(cls=_Traces, epilog="`quod traces export` writes verified traces to a file, as training data.")
def traces(
    trace_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Show this one in full.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Most traces of the list.")] = 20,
    after: Annotated[str | None, typer.Option(metavar="ID", help="Begin behind this one.")] = None,
    oldest_first: Annotated[bool, typer.Option("--oldest-first", help="Else the newest comes first.")] = False,
    verdict: Annotated[VerdictName | None, typer.Option()] = None,
    trust: Annotated[TrustName | None, typer.Option()] = None,
    kind: Annotated[KnownKindName | None, typer.Option()] = None,
    language: Annotated[LanguageName | None, typer.Option()] = None,
    error_class: Annotated[str | None, typer.Option(help="An attempt has a diagnostic of this class.")] = None,
    created_after: Annotated[
        str | None, typer.Option(metavar="TIME", help="Made then or later: 2026-11-22, or 2026-11-22T10:30:00Z.")
    ] = None,
    created_before: Annotated[str | None, typer.Option(metavar="TIME", help="Made earlier. Else UTC is meant.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List traces, or show one with its problem, attempts, programs, runs and evidence."""
    settings = _settings(None)
    from app.api.bodies import TraceRead, TracesRead, TraceStatus
    from app.cli.trace_view import print_trace
    from app.cli.views import print_traces
    from app.reasoning.calibration import load_calibration
    from app.reasoning.types import Kind, Trust, VerdictKind
    from app.store.session import Database
    from app.store.traces import INTERRUPTED as NO_VERDICT
    from app.store.traces import Order, TraceFilter, TraceStore
    from solvers.types import ErrorClass, Language

    if error_class is not None and error_class not in list(ErrorClass):
        raise UsageFault(f"--error-class is one of {', '.join(ErrorClass)}")
    created = {"--created-after": created_after, "--created-before": created_before}
    begin, end = (_moment(option, given) if given is not None else None for option, given in created.items())
    with Database.open(settings.database_url) as database:
        database.require_newest()
        store = TraceStore(database)
        if trace_id is not None:
            found = store.get(trace_id)
            status = TraceStatus.INTERRUPTED if found.verdict == NO_VERDICT else TraceStatus.FINISHED
            trace = TraceRead.of(found, status, load_calibration(settings.calibration))
            if as_json:
                _print_json(trace)
            else:
                print_trace(trace)
            return
        page = store.list(
            TraceFilter(
                verdict=VerdictKind(verdict) if verdict else None,
                trust=Trust(trust) if trust else None,
                kind=Kind(kind) if kind else None,
                language=Language(language) if language else None,
                error_class=ErrorClass(error_class) if error_class else None,
                created_from=begin,
                created_before=end,
            ),
            after=after,
            limit=limit,
            order=Order.OLDEST_FIRST if oldest_first else Order.NEWEST_FIRST,
        )
    listed = TracesRead.of(page)
    if as_json:
        _print_json(listed)
    else:
        print_traces(listed)


@app.command()
def replay(trace_id: Annotated[str, typer.Argument(metavar="ID")], as_json: JsonOption = False) -> None:
    """Run the symbolic part of a trace again and say what differs. Exit status 0: nothing does; 1: something."""
    settings = _settings(None)
    from app.api.bodies import ReplayRead
    from app.api.replay import replay_trace
    from app.cli.views import print_replay, waiting
    from app.parts import open_runtime, quod_version, versions_of_engines
    from app.store.session import Database
    from app.store.traces import TraceStore

    # No language model takes part, so whether there is one does not matter.
    with Database.open(settings.database_url) as database:
        if settings.database_url.startswith("sqlite"):
            database.upgrade()
        trace = TraceStore(database).get(trace_id)

    async def work() -> ReplayRead:
        async with open_runtime(settings) as runtime:
            with waiting("running the programs again"):
                versions = versions_of_engines(await runtime.health())
                return await replay_trace(trace, runtime, quod_version(), versions)

    replayed = _run(work())
    if as_json:
        _print_json(replayed)
    else:
        print_replay(replayed)
    raise typer.Exit(FINISHED if replayed.same else NOT_FINISHED)


@app.command()
def check(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A trace or a certificate, as JSON; `-`: standard input.")
    ],
    seconds: Annotated[float, typer.Option(help="Longest check of one certificate.", min=0.001)] = 5.0,
    as_json: JsonOption = False,
) -> None:
    """Check a trace or a certificate from anywhere. Exit status 0: confirmed; 1: refuted, or not checkable.

    Neither solver nor database nor language model takes part. Confirmed means that the outcome follows from the
    program; whether the program says what the problem says is not covered.
    """
    # Nothing here may import an engine, a database or a web framework: the checker runs where none is installed.
    from app.api.text import printable
    from app.errors import NotATraceError
    from app.reasoning.certify import NOT_COVERED
    from app.reasoning.recheck import recheck

    text = _standard_input("trace") if str(file) == "-" else _text_of(file)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotDone(f"{file} is not JSON: {error}") from error
    try:
        found = recheck(body, seconds)
    except NotATraceError as error:
        raise NotDone(f"{file}: {printable(str(error))}") from error
    report = found.report
    if as_json:
        parts = {name.value: asdict(part) for name, part in found.parts.items()}
        typer.echo(json.dumps({**asdict(report), "what": found.what, "parts": parts, "does_not_cover": NOT_COVERED}))
    else:
        for said in (f"{report.result.value}: {report.reason}", *(f"assumes: {each}" for each in report.assumptions)):
            typer.echo(" ".join(printable(said).split()))  # what stands in a file cannot write a line of its own
        typer.echo(f"not covered: {NOT_COVERED}")
    raise typer.Exit(FINISHED if report.result.value == "confirmed" else NOT_FINISHED)


@app.command()
def info(
    lm: LmOption = None,
    settings_too: Annotated[bool, typer.Option("--settings", help="Every setting with its meaning, instead.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Versions, engines, sandbox, limits, language model and database. Exit status 1: an engine does not answer."""
    settings = _settings(lm)
    from app.cli.views import print_info, print_settings, waiting

    if settings_too:
        if as_json:
            typer.echo(json.dumps(settings.describe()))
        else:
            print_settings(settings)
        return
    from app.api.bodies import InfoRead
    from app.api.service import open_service

    async def work() -> InfoRead:
        async with open_service(settings) as service:
            with waiting("asking the engines"):
                return await service.info(private=True)

    found = _run(work())
    if as_json:
        _print_json(found)
    else:
        print_info(found)
    raise typer.Exit(NOT_FINISHED if any(engine.error for engine in found.engines.values()) else FINISHED)


@db.command()
def upgrade(as_json: JsonOption = False) -> None:
    """Bring the database of QUOD_DATABASE_URL to the newest migration; an SQLite file that is not there is made."""
    settings = _settings(None)
    from app.store.session import Database

    with Database.open(settings.database_url) as database:
        database.upgrade()
        name = database.name
    if as_json:
        from app.settings import without_password

        typer.echo(json.dumps({"database": without_password(settings.database_url), "status": "newest"}))
    else:
        typer.echo(f"{name} is at the newest migration")


@db.command()
def move(
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="URL",
            help="postgresql+psycopg://user@host/database, or sqlite:////absolute/path; nothing is in it yet. A "
            "password is better kept in PGPASSWORD or ~/.pgpass than on a command line.",
        ),
    ],
    source: Annotated[str | None, typer.Option("--from", metavar="URL", help="Else QUOD_DATABASE_URL.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Copy all of a database into an empty one, and compare the two: everything arrives, or nothing.

    End the service first: nobody can write to either meanwhile, and what is written to the old one later is not moved.
    The old one stays as it is.
    """
    settings = _settings(None)
    from app.cli.views import print_moved, progress_of_moving
    from app.settings import without_password
    from app.store.moving import move as move_all
    from app.store.session import Database

    began = source or settings.database_url
    with Database.open(began) as old, Database.open(to) as new, progress_of_moving() as progress:
        moved = move_all(old, new, progress)
        name = new.name
    if as_json:
        tables = [asdict(table) for table in moved]
        typer.echo(json.dumps({"from": without_password(began), "to": without_password(to), "tables": tables}))
    else:
        print_moved(moved, name)


def _settings(lm: str | None) -> "Settings":
    from app.api.logging import configure_logging
    from app.settings import LogLevel, read_settings

    settings = read_settings(**({"lm": lm} if lm else {}))
    # One command is no service: its user wants to hear of faults, not of each step.
    configure_logging(settings.log_format, max(settings.log_level, LogLevel.WARNING, key=list(LogLevel).index))
    return settings


def _moment(option: str, text: str) -> datetime:
    """The moment in UTC; without an offset, as `quod traces` shows it, UTC is meant."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageFault(f"{option} takes a time such as 2026-11-22 or 2026-11-22T10:30:00Z, not {text!r}") from error


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def _given(**options: Any) -> dict[str, Any] | None:
    """The options that were given; None where none was."""
    return {name: value for name, value in options.items() if value is not None} or None


def _checked(body: Any, **values: Any) -> Any:
    """A body of the HTTP service made of options, so that both check the same."""
    from pydantic import ValidationError

    try:
        return body.model_validate(values)
    except ValidationError as error:
        places = [
            ".".join(str(step) for step in fault["loc"]) + ": " + str(fault["msg"]).removeprefix("Value error, ")
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise UsageFault("; ".join(places)) from None


def _argument(text: str, name: str) -> str:
    """Python reads bytes of the command line that are not UTF-8 as lone surrogates; we say what they are."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageFault(f"{name} is not UTF-8 text at character {error.start + 1}") from error
    return text


def _standard_input(what: str) -> str:
    if sys.stdin.isatty():
        typer.echo(f"reading the {what} from the keyboard; end it with Ctrl-D", err=True)
    return _decoded(sys.stdin.buffer.read(), "standard input")


def _text_of(file: Path) -> str:
    try:
        return _decoded(file.read_bytes(), str(file))
    except OSError as error:
        raise UsageFault(f"{file} cannot be read: {error.strerror or error}") from error


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageFault(f"{name} is not UTF-8 text: byte 0x{data[error.start]:02x} at offset {error.start}") from error


def _print_json(body: Any) -> None:
    typer.echo(body.model_dump_json())


def main() -> None:
    """Entry point of `quod`: runs a command and turns what it raises into a sentence and an exit status."""
    as_json = "--json" in sys.argv[1:]
    for stream in (sys.stdout, sys.stderr):
        # A terminal or pipe that is not UTF-8 shows what it can instead of ending the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = app(prog_name="quod", standalone_mode=False)
    except TyperException as error:
        status = error.exit_code
        said = error.format_message().replace("Value error, ", "")
        if said.startswith("Usage:"):  # a command without its subcommand: typer's help
            typer.echo(said, err=True)
        else:
            _complain("usage", said, as_json, "`quod --help` lists commands and options.")
    except UsageFault as error:
        status = USAGE
        _complain("usage", str(error), as_json)
    except NotDone as error:
        status = NOT_FINISHED
        _complain("not-done", str(error), as_json)
    except (QuodError, SolverError) as error:
        from app.api.limits import AboveMaximumError, TooLongError
        from app.api.problem_types import problem_of
        from app.errors import LmError, LmSpecError
        from app.settings import SettingsError

        asked_wrongly = isinstance(error, SettingsError | LmSpecError | AboveMaximumError | TooLongError)
        status = USAGE if asked_wrongly else NOT_FINISHED
        problem, detail = problem_of(error)
        trace_id = error.trace_id if isinstance(error, LmError) else None
        hint = f"What was done until then is kept: quod traces {trace_id}" if trace_id else ""
        _complain(problem.name, detail, as_json, hint, trace_id)
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
        _complain("interrupted", "interrupted", as_json)
    except BrokenPipeError:
        # Whoever read our output has enough of it.
        sys.stderr.close()
        status = NOT_FINISHED
    except Exception:  # noqa: BLE001  # a fault of ours: its traceback, and still one document for a program
        traceback.print_exc()
        status = NOT_FINISHED
        _complain("internal", "an error of Quod itself; please report it with the traceback", as_json)
    sys.exit(status)


def _complain(name: str, detail: str, as_json: bool, hint: str = "", trace_id: str | None = None) -> None:
    if as_json:
        typer.echo(json.dumps({"type": f"urn:quod:problem:{name}", "detail": detail, "trace_id": trace_id}))
    else:
        typer.echo(f"quod: {detail}" + (f"\n{hint}" if hint else ""), err=True)
