"""`quod eval export`: the results of an evaluation in the files of other tools."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.commands import JsonOption, UsageFault, _settings
from app.cli.evaluation import IdArgument, LastOption, _chosen, _store, evaluations

FormatName = Literal["lm-eval", "lm-eval-results", "inspect", "openai", "csv"]


@evaluations.command()
def export(
    format: Annotated[
        FormatName,
        typer.Option(
            "--format",
            help="lm-eval: results_*.json and samples_*.jsonl as lm-evaluation-harness writes them, lm-eval-results: "
            "the first alone; inspect: a log of Inspect; openai: the output of a batch; csv: a row for each result.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="PATH", help="A file, or a folder, where it gets a name of its own; for lm-eval a folder."
        ),
    ],
    evaluation_id: IdArgument = None,
    last: LastOption = False,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the results that there are, with the gold answers, for another tool."""
    if str(out) == "-":
        raise UsageFault("--out names a file or a folder: standard output gets the names of what is written")
    from app.evaluation.exports import Format, write_export

    with _store(_settings(None)) as (store, _):
        evaluation = _chosen(store, evaluation_id, last)
        written = write_export(store, evaluation, Format(format), out, overwrite=force)
    if as_json:
        typer.echo(json.dumps({"id": evaluation.id, "format": format, "files": [str(file) for file in written]}))
    else:
        for file in written:
            typer.echo(file)
