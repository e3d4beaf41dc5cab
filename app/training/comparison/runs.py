"""One run of the comparison, from its recipe to its answers on the test sets, kept as one JSON file in its folder.

A run that was ended goes on from its newest checkpoint, and one whose answers are there is not made again.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from app.training.align import example_pair
from app.training.card import machine
from app.training.checkpoints import write_file
from app.training.comparison.answers import BEAMS, Answered, Outcome, answer_all
from app.training.comparison.sets import TestSet, left_out
from app.training.job import Job, TrainingError
from app.training.progress import say
from app.training.recipe import EmbeddedRecipe, Pairs, RecipeError, differences, load_recipe, read_recipe, write_recipe
from app.training.rows import ArithmeticProblem
from app.translator.forms import Form
from app.translator.vocabulary import Vocabulary

if TYPE_CHECKING:
    from app.translator.model import TranslatorModel

_T = TypeVar("_T")
ANSWERS, RECIPE = "answers.json", "recipe.toml"
_FORMAT = 1
"""Of the JSON file: counts up when its content means something else."""


@dataclass(frozen=True, slots=True)
class SetAnswers:
    """Of one run on one test set.

    Args:
        near, again: places of the problems that do not count, as `LeftOut` says.
        answers: of all problems, by their places.
    """

    name: str
    file: str
    sha256: str
    unread: int
    near: tuple[int, ...]
    again: tuple[int, ...]
    answers: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run gave.

    Args:
        words: SHA-256 over the vocabulary: two runs that read alike have the same.
        data: of each source its size and the SHA-256 of its examples.
        dropped: of each source how many of its rows were not used, by reason.
        aligned: right and all of the pairs held out, where ALIGN was trained; else None.
        seconds: wall time of the training.
    """

    recipe: str
    seed: int
    updates: int
    parameters: int
    words: str
    data: Mapping[str, tuple[int, str]]
    dropped: Mapping[str, Mapping[str, int]]
    loss: float
    seconds: float
    machine: str
    aligned: tuple[int, int] | None
    sets: tuple[SetAnswers, ...]


def folder_of(out: Path, recipe: str, seed: int) -> Path:
    return out / f"{recipe}-{seed}"


def embedded_recipe(name_or_file: str) -> EmbeddedRecipe:
    """A recipe that can be compared.

    Raises:
        RecipeError: there is none, or it cannot be used.
    """
    recipe = load_recipe(name_or_file)
    if not isinstance(recipe, EmbeddedRecipe):
        raise RecipeError(name_or_file, "kind", "the comparison trains recipes of the kind embedded")
    return recipe


def same_solving(alone: EmbeddedRecipe, cocktail: EmbeddedRecipe) -> list[str]:
    """In what the recipes differ besides their names and what the second one adds; empty: in nothing."""
    bare = replace(
        cocktail,
        name=alone.name,
        seed=alone.seed,
        phases=tuple(replace(phase, beside={}) for phase in cocktail.phases),
        sources={
            name: source
            for name, source in cocktail.sources.items()
            if any(name in phase.mix for phase in cocktail.phases)
        },
    )
    return list(differences(alone, bare))


def run_one(
    recipe: EmbeddedRecipe, data: Path, out: Path, read: Callable[[Path], tuple[TestSet, ...]], threads: int = 1
) -> RunResult:
    """Train as `recipe` says, with its seed, and answer the test sets; `out` is the folder of all runs.

    Raises:
        TrainingError: a file is missing, or the folder holds a run of another recipe.
        CheckpointError, TrainingInterrupted: as `app.training.embedded.fit`.
    """
    folder = folder_of(out, recipe.name, recipe.seed)
    _take_up(folder, recipe)
    if (folder / ANSWERS).is_file():
        return read_result(folder / ANSWERS)
    sets = read(data)
    import torch

    from app.training import embedded
    from app.training.bulk import right_ones
    from app.training.corpus import Problems
    from app.training.pools import prepare
    from app.translator.decoding import candidates

    torch.set_num_threads(threads)
    job = Job(recipe, folder, data, resume=True, device="cpu", executions=out / "executions")
    prepared = prepare(job, recipe)
    vocabulary = embedded.choose_vocabulary(job, recipe, prepared.pools)
    fitted = embedded.fit(job, recipe, prepared.pools, vocabulary, {}, torch.device("cpu"))
    model = fitted.model.eval()

    def write(sources: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
        say(f"answering {len(sources)} problems")
        return _in_parts(sources, 64, partial(_greedy, model, vocabulary))

    def beam(sources: Sequence[Sequence[str]]) -> list[list[tuple[str, ...]]]:
        say(f"repairing {len(sources)}")
        return _in_parts(
            sources,
            16,
            lambda part: [
                [candidate.tokens for candidate in found]
                for found in candidates(model, vocabulary, Form.ARITHMETIC, part, BEAMS)
            ],
        )

    asked = [problem for each in sets for problem in each.problems]
    answers = iter(answer_all(asked, vocabulary, write, beam, right_ones))
    training = [
        problem.text for pool in prepared.pools.values() if isinstance(pool, Problems) for problem in pool.problems
    ]
    result = RunResult(
        recipe=recipe.name,
        seed=recipe.seed,
        updates=fitted.updates,
        parameters=embedded.parameters(model),
        words=vocabulary.fingerprint,
        data={count.name: (count.rows, count.sha256) for count in prepared.counts},
        dropped={count.name: dict(count.dropped) for count in prepared.counts},
        loss=round(fitted.loss, 4),
        seconds=round(fitted.seconds, 1),
        machine=machine(None),
        aligned=_aligned(model, vocabulary, recipe, prepared.held_out),
        sets=tuple(
            SetAnswers(
                name=each.name,
                file=each.file,
                sha256=each.sha256,
                unread=each.unread,
                near=tuple(sorted(apart.near)),
                again=tuple(sorted(apart.again)),
                answers=tuple(next(answers) for _ in each.problems),
            )
            for each, apart in zip(sets, left_out(sets, training), strict=True)
        ),
    )
    write_file(folder / ANSWERS, json.dumps(_to_json(result)) + "\n")
    return result


def _take_up(folder: Path, recipe: EmbeddedRecipe) -> None:
    """Makes the folder of a run, or sees that it is one of this recipe."""
    place = folder / RECIPE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = read_recipe(place.read_text("utf-8"), str(place)) if place.is_file() else None
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{folder} cannot be used: {error}") from error
    if before is None:
        write_file(place, write_recipe(recipe))
    elif changed := differences(before, recipe):
        raise TrainingError(
            f"{folder} holds a run of another recipe: they differ in {', '.join(changed[:5])}. Take another --out"
        )


def _in_parts(
    sources: Sequence[Sequence[str]], size: int, ask: Callable[[Sequence[Sequence[str]]], Sequence[_T]]
) -> list[_T]:
    """What `ask` says of each of `sources`, in their order; it is given those together that are about as long."""
    order = sorted(range(len(sources)), key=lambda place: len(sources[place]))
    found: dict[int, _T] = {}
    for start in range(0, len(order), size):
        places = order[start : start + size]
        found.update(zip(places, ask([sources[place] for place in places]), strict=True))
    return [found[place] for place in range(len(sources))]


def _greedy(
    model: "TranslatorModel", vocabulary: Vocabulary, sources: Sequence[Sequence[str]]
) -> list[tuple[str, ...]]:
    from app.training.corpus import Batch
    from app.training.embedded import greedy, tensors

    batch = Batch(tuple(tuple(vocabulary.read(Form.ARITHMETIC, source)) for source in sources), ((2,),) * len(sources))
    return [vocabulary.spell(ids) for ids in greedy(model, tensors(batch, model.device)[0])]


def _aligned(
    model: "TranslatorModel",
    vocabulary: Vocabulary,
    recipe: EmbeddedRecipe,
    held_out: Mapping[str, Sequence[ArithmeticProblem]],
) -> tuple[int, int] | None:
    """How many pairs it judges rightly, half of them true, made of problems that were held out of its sources."""
    from app.training.embedded import HeldOut, accuracy

    sources = [source for source in recipe.sources.values() if isinstance(source, Pairs)]
    if not sources:
        return None
    rng = Random(f"{recipe.seed}/aligned")
    pairs = [
        HeldOut(example)
        for name, problems in held_out.items()
        if any(name in source.of for source in sources)
        for problem in problems
        for example in example_pair(problem, rng, vocabulary.known) or ()
    ]
    return round(accuracy(model, vocabulary, pairs) * len(pairs)), len(pairs)


# As JSON


def _to_json(result: RunResult) -> dict[str, Any]:
    body = asdict(result)
    for made, each in zip(body["sets"], result.sets, strict=True):
        made["answers"] = [[a.first, a.refused, a.last, a.given, a.attempts] for a in each.answers]
    return {"format": _FORMAT, **body}


def read_result(file: Path) -> RunResult:
    """What a run kept.

    Raises:
        TrainingError: the file is damaged, or of another version.
    """
    try:
        body = json.loads(file.read_bytes())
        if body.pop("format") != _FORMAT:
            raise ValueError("it is of another version")
        aligned = body.pop("aligned")
        data = {name: (int(rows), str(digest)) for name, (rows, digest) in body.pop("data").items()}
        sets = tuple(_set_of(each) for each in body.pop("sets"))
        return RunResult(**body, aligned=(aligned[0], aligned[1]) if aligned else None, data=data, sets=sets)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise TrainingError(f"{file} cannot be read: {error}. Delete it, and the run answers again") from error


def _set_of(body: dict[str, Any]) -> SetAnswers:
    answers = tuple(
        Answered(Outcome(first), bool(refused), Outcome(last), bool(given), int(attempts))
        for first, refused, last, given, attempts in body.pop("answers")
    )
    return SetAnswers(**{**body, "near": tuple(body["near"]), "again": tuple(body["again"])}, answers=answers)
