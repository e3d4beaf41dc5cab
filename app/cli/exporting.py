"""`quod traces export`: verified traces as training data, for trl's trainers and for recipes of `quod train`."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.main import get_command

from app.cli.commands import JsonOption, KnownKindName, LanguageName, NotDone, TrustName, UsageFault, _moment, _settings

if TYPE_CHECKING:
    from app.training.export import Exported
    from app.training.traces import Guard

FormatName = Literal["sft", "preference", "reward"]

_SILENT_SECONDS = 2.0
"""Before anything is said of how far it is; then once in ten of these."""


@cache
def command() -> Any:
    """The command, which `quod traces` hands over to."""
    only = typer.Typer(
        add_completion=False, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
    )
    only.command()(export)
    return get_command(only)


def export(
    format: Annotated[
        FormatName,
        typer.Option(
            "--format",
            help="sft: messages; preference: prompt, chosen and rejected; reward: prompts for GRPO with "
            "app.training.reward.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="JSON lines; there when all of it is.")],
    min_trust: Annotated[
        TrustName,
        typer.Option(
            "--min-trust",
            help="The least trust of a verdict. Certified: it follows from the program; whether that says what the "
            "problem says is not covered.",
        ),
    ] = "certified",
    kind: Annotated[KnownKindName | None, typer.Option()] = None,
    language: Annotated[LanguageName | None, typer.Option()] = None,
    created_after: Annotated[
        str | None, typer.Option(metavar="TIME", help="Made then or later: 2026-11-22, or 2026-11-22T10:30:00Z.")
    ] = None,
    exclude: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Problems of an evaluation (.jsonl, .json, .csv, .tsv, or a line each; .gz): traces of these and of "
            "ones nearly alike are left out. Can be given again.",
        ),
    ] = None,
    targets: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Problems with their answers, for --format reward.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over FILE if it is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write verified traces to a file, as training data.

    Exit status 0: it is written, and has lines. 1: it could not be written, or no trace gives a line.
    """
    if str(out) == "-":
        raise UsageFault("--out names a file: standard output gets the summary")
    if targets is not None and format != "reward":
        raise UsageFault("--targets belongs to --format reward: the others take the answers of the traces")
    created_from = None if created_after is None else _moment("--created-after", created_after)
    settings = _settings(None)
    from app.reasoning.types import Kind, Trust
    from app.store.session import Database
    from app.store.traces import TraceStore
    from app.training.export import Format
    from app.training.export import export as write
    from app.training.traces import Selection
    from solvers.types import Language

    selection = Selection(
        min_trust=Trust(min_trust),
        kind=Kind(kind) if kind else None,
        language=Language(language) if language else None,
        created_from=created_from,
    )
    guard = _guard(exclude or [])
    answers = _targets(targets) if targets is not None else None
    with Database.open(settings.database_url) as database:
        database.require_newest()
        with _progress() as progress:
            written = write(
                TraceStore(database),
                Format(format),
                out,
                selection,
                guard=guard,
                targets=answers,
                overwrite=force,
                progress=progress,
            )
    if guard is None:
        typer.echo("no --exclude was given: problems of an evaluation may be among these", err=True)
    if as_json:
        typer.echo(json.dumps(asdict(written)))
    else:
        _print(written)
    raise typer.Exit(0 if written.rows else 1)


def _guard(files: list[Path]) -> "Guard | None":
    if not files:
        return None
    from app.training.problem_files import read_problems
    from app.training.traces import guard_against

    return guard_against([problem.text for file in files for problem in read_problems(file)])


def _targets(file: Path) -> dict[str, str]:
    from app.training.export import target_key
    from app.training.problem_files import read_problems

    answers = {
        target_key(problem.text): problem.answer for problem in read_problems(file) if problem.answer is not None
    }
    if not answers:
        raise NotDone(f"{file} has problems, but no answers: they stand beside `problem` as `answer` or `target`")
    return answers


def _print(written: "Exported") -> None:
    from app.cli.terminal import counted, line_of, out, text_of

    console = out()
    lines = f"{counted(written.rows, 'line')} of {counted(written.traces, 'verified trace')}"
    console.show(line_of((lines, "bold"), f" in {written.seconds:.1f} s: {written.out}"))
    if written.format == "reward":
        console.show(text_of(f"  {written.with_target} with a target"))
    for reason, number in written.left_out.items():
        console.show(text_of(f"  {number} left out: {_REASONS.get(reason, reason)}"))
    console.show(text_of(f"  sha256 {written.sha256}"))


_REASONS = {
    "evaluated": "an evaluation uses the problem, or one nearly alike",
    "repeated": "the same was there before",
    "no_pair": "no reply to the problem failed",
    "no_attempt": "the attempt that the verdict rests on is not recorded",
    "not_text": "NUL or half of a character stands in it",
}


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A line on standard error that says how far it is, if it takes longer than two seconds."""
    from app.cli.terminal import err

    console = err()
    started = time.monotonic()
    next_at = started + _SILENT_SECONDS
    status = console.status("", spinner="dots") if console.is_terminal else None

    def tell(traces: int, rows: int) -> None:
        nonlocal next_at
        now = time.monotonic()
        if now < next_at:
            return
        said = f"{traces} traces read, {rows} lines written after {now - started:.0f} s"
        if status is not None:
            status.update(said)
            status.start()
        else:
            next_at = now + 10 * _SILENT_SECONDS
            console.print(said)

    try:
        yield tell
    finally:
        if status is not None:
            status.stop()
