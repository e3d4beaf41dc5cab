"""A training from its recipe to its card: what `quod train` does.

The folder of a run holds

    recipe.toml      with every default
    rows.jsonl       what a language model is trained on; sources.json: where it comes from
    losses.jsonl     and curves.svg, drawn of it
    checkpoints/     the newest ones
    model/           the result, with card.md
"""

import importlib
import importlib.util
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from app.training.card import Card, SourceCount, machine, write_card
from app.training.checkpoints import write_file
from app.training.execute import execute_all
from app.training.job import CHECKPOINTS, MODEL, Job, Trained, TrainingError
from app.training.mix import hold_out
from app.training.progress import say
from app.training.recipe import EmbeddedRecipe, LoraRecipe, differences, read_recipe, write_recipe
from app.training.row_files import hash_rows, read_rows, write_rows
from app.training.sources import Collected, Run, collect, require_files

RECIPE, ROWS, SOURCES, CARD = "recipe.toml", "rows.jsonl", "sources.json", "card.md"

_PACKAGES = {
    "embedded": ("torch", "transformers", "safetensors", "llguidance", "matplotlib"),
    "lora": ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "matplotlib"),
}


def train(job: Job, *, run: Run | None = None, database_url: str | None = None) -> Trained:
    """Do what the recipe of `job` says, and leave everything in its folder.

    Args:
        run: runs the programs of the rows; None: the real engines.
        database_url: of the database that a source of traces reads, unless it names one.

    Raises:
        TrainingError, RowFileError: it cannot begin, or go on.
        CheckpointError: something could not be written. What was whole before is whole.
        TrainingInterrupted: somebody ended it; what was done is kept.
    """
    for package in _PACKAGES[job.recipe.kind]:
        if importlib.util.find_spec(package) is None:
            raise TrainingError(
                f"training needs the package {package}, which is not installed: run `make setup` in the repository, or "
                "`pip install 'quod[local,train]'`"
            )
    if not job.resume:
        require_files(job.recipe, job.data)
    _take_up(job)
    match job.recipe:
        case LoraRecipe() as recipe:
            return _train_lora(job, recipe, run, database_url)
        case EmbeddedRecipe() as recipe:
            trained: Trained = importlib.import_module("app.training.embedded").train(job, recipe)
            return trained


def build_rows(job: Job, *, run: Run | None = None, database_url: str | None = None) -> Collected:
    """The rows of a recipe, kept in the folder of the run; a run that is resumed goes on with those it kept.

    Raises:
        TrainingError, RowFileError: a source cannot be read or gives nothing, or the rows kept were changed.
        CheckpointError: they could not be written.
    """
    if job.resume and (job.out / SOURCES).is_file():
        return _rows_kept(job.out)
    executed = run or partial(execute_all, cache=job.executions)
    collected = collect(job.recipe, job.data, executed, database_url)
    write_file(job.out / ROWS, "".join(write_rows(collected.rows)))
    # Written last: where it is, the rows are whole.
    body = {"sha256": hash_rows(collected.rows), "sources": [asdict(source) for source in collected.sources]}
    write_file(job.out / SOURCES, json.dumps(body, indent=1) + "\n")
    return collected


def _rows_kept(out: Path) -> Collected:
    try:
        body = json.loads((out / SOURCES).read_bytes())
        sources = tuple(
            SourceCount(**{**each, "dropped": tuple((str(why), int(number)) for why, number in each["dropped"])})
            for each in body["sources"]
        )
        wanted = str(body["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{out / SOURCES} cannot be read: {error}. Begin again, in another folder") from error
    rows = tuple(read_rows(out / ROWS))
    if hash_rows(rows) != wanted:
        raise TrainingError(f"{out / ROWS} is not what this run was begun with. Begin again, in another folder")
    return Collected(rows, sources)


def _take_up(job: Job) -> None:
    """Makes the folder of a run, or sees that it is the one to go on with.

    Raises:
        TrainingError: there is a run in the folder, or none, or another one.
        CheckpointError: the folder cannot be written.
    """
    place = job.out / RECIPE
    if not job.resume:
        # A run that never came to its first checkpoint is nothing to keep.
        if any((job.out / folder).exists() for folder in (CHECKPOINTS, MODEL)):
            raise TrainingError(f"{job.out} holds a run already: go on with it by --resume, or give another --out")
        try:
            job.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingError(f"{job.out} cannot be made: {error.strerror or error}") from error
        write_file(place, write_recipe(job.recipe))
        return
    try:
        before = read_recipe(place.read_text("utf-8"), str(place))
    except FileNotFoundError:
        raise TrainingError(f"there is no run in {job.out} to go on with: it holds no {RECIPE}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{place} cannot be read: {error}") from error
    if changed := differences(before, job.recipe):
        raise TrainingError(
            f"the run in {job.out} was begun with another recipe: they differ in {', '.join(changed[:5])}. A run goes "
            "on as it was begun; another one needs another --out"
        )


def _train_lora(job: Job, recipe: LoraRecipe, run: Run | None, database_url: str | None) -> Trained:
    collected = build_rows(job, run=run, database_url=database_url)
    split = hold_out(collected.rows, recipe.evaluation.rows, recipe.seed)
    say(f"{len(split.training)} rows to train on, {len(split.evaluation)} held out; loading the language model")
    # Imports torch and trl, ten seconds or so.
    from app.training.lora import fine_tune

    tuned = fine_tune(job, recipe, split.training, split.evaluation)
    trained = tuned.trained
    left_out: Sequence[tuple[str, int]] = (
        ("held out for the evaluation", len(split.evaluation)),
        ("show a problem that is held out", split.dropped),
        ("longer than the language model or training.longest allows", tuned.too_long),
    )
    card = Card(
        title=recipe.name,
        about=f"{tuned.base}, fine-tuned with LoRA to write the programs that Quod runs.",
        recipe=recipe,
        base=tuned.base,
        sources=collected.sources,
        left_out=left_out,
        shown=tuned.shown,
        updates=trained.updates,
        loss=trained.loss,
        evaluation_loss=trained.evaluation_loss,
        seconds=trained.seconds,
        machine=machine(tuned.gpu),
    )
    write_file(trained.model / CARD, write_card(card))
    return trained
