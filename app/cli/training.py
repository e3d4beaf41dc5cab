"""`quod train`: a translator from a recipe."""

import json
import os
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from app.cli.commands import INTERRUPTED, JsonOption, NotDone, UsageFault, _complain, _settings, app


@app.command()
def train(
    recipe: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE", help="A TOML file, or one that ships: embedded, cocktail-lora, solve-only-lora."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the run; else runs/NAME-SEED.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FOLDER", help="Where the files are that the recipe names.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="PATH_OR_ID", help="The language model that is fine-tuned; else the recipe's."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**32 - 1, help="Else the recipe's.")] = None,
    max_steps: Annotated[
        int | None,
        typer.Option("--max-steps", min=1, help="End after so many updates; --resume goes on from there."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in DIR.")] = False,
    device: Annotated[
        str | None, typer.Option(metavar="DEVICE", help="cpu, cuda or cuda:N; else a GPU if there is one.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Train a translator as a recipe says, and write its card.

    Ctrl-C ends it after the update under way and keeps what was done. Exit status 0: trained. 1: not; the sentence says
    why. 2: the recipe or an option cannot be used. 130: interrupted.
    """
    settings = _settings(None)
    from app.errors import QuodError
    from app.settings import cache_folder
    from app.training.job import Job, TrainingInterrupted
    from app.training.recipe import LoraRecipe, RecipeError, load_recipe
    from app.training.train import train as run_training

    try:
        wanted = load_recipe(recipe)
    except RecipeError as error:
        raise UsageFault(str(error)) from error
    if seed is not None:
        wanted = replace(wanted, seed=seed)
    if model is not None:
        if not isinstance(wanted, LoraRecipe):
            raise UsageFault(f"--model belongs to recipes that fine-tune: {wanted.name} trains from nothing")
        wanted = replace(wanted, model=replace(wanted.model, path_or_id=model))
    if data is not None and not data.is_dir():
        raise UsageFault(f"--data {data} is not a folder")
    job = Job(
        recipe=wanted,
        out=out or Path("runs") / f"{wanted.name}-{wanted.seed}",
        data=data,
        resume=resume,
        device=_device(device),
        max_updates=max_steps,
        executions=cache_folder() / "executions",
    )
    try:
        trained = run_training(job, database_url=settings.database_url)
    except TrainingInterrupted as error:
        _complain("interrupted", str(error), as_json)
        raise typer.Exit(INTERRUPTED) from error
    except QuodError as error:
        raise NotDone(str(error)) from error
    if as_json:
        typer.echo(json.dumps({**asdict(trained), "model": str(trained.model), "out": str(job.out)}))
    else:
        evaluated = (
            f", of the rows held out {trained.evaluation_loss:.4f}" if trained.evaluation_loss is not None else ""
        )
        typer.echo(
            f"{trained.updates} updates in {trained.seconds:.0f} s, loss {trained.loss:.4f}{evaluated}\n{trained.model}"
        )


def _device(named: str | None) -> str | None:
    """Of several GPUs the one that is named is the only one that torch sees; it is not yet loaded."""
    if named is None or named in ("cpu", "cuda"):
        return named
    match = re.fullmatch(r"cuda:(\d{1,3})", named)
    if match is None:
        raise UsageFault(f"--device is cpu, cuda or cuda:N, not {named!r}")
    os.environ["CUDA_VISIBLE_DEVICES"] = match[1]
    return "cuda"
