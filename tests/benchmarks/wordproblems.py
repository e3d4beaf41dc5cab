"""Reads the test sets of the embedded translator, and the texts that it was trained on, for the search for duplicates.

A problem is posed by its text; where a set means a closed world, or labels as logic programming derives them, that is
said too, as a user would with `--world` and `--language`. The gold answer stays beside it and is compared afterwards.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from app.evaluation.datasets import load_dataset
from app.evaluation.datasets.targets import exact as exact
from app.evaluation.datasets.word_problems import with_numbers as with_numbers
from app.problem import Problem
from app.reasoning.types import VerdictKind
from app.store.evaluation_types import Answers
from app.training import solve
from app.training.duplicates import find_duplicates
from app.training.problem_files import read_problems
from app.training.recipe import EmbeddedRecipe, FromFile
from tests.benchmarks import data
from tests.benchmarks.logic import LETTERS


@dataclass(frozen=True, slots=True)
class Question:
    """A problem of a test set. Only `problem` is handed on.

    Args:
        gold: of a verdict the letter, A: proved, B: refuted, C: undetermined.
    """

    id: str
    problem: Problem
    gold: str
    answers: Answers = Answers.NUMBER


def questions(name: str) -> Iterator[Question]:
    """A public set, by the name that `quod eval run` knows it by."""
    for sample in load_dataset(name, data.FOLDER).samples:
        gold = LETTERS[VerdictKind(sample.target)] if sample.answers is Answers.VERDICT else sample.target
        yield Question(sample.id, sample.problem, gold, sample.answers)


def mawps() -> Iterator[Question]:
    """Fold 0, dev."""
    return questions("mawps")


def multiarith() -> Iterator[Question]:
    return questions("multiarith")


def svamp() -> Iterator[Question]:
    return questions("svamp")


def gsm8k() -> Iterator[Question]:
    return questions("gsm8k")


def proofwriter() -> Iterator[Question]:
    return questions("proofwriter")


def prontoqa() -> Iterator[Question]:
    return questions("prontoqa")


def logical_deduction() -> Iterator[Question]:
    return questions("logical-deduction")


# What was trained on

_READERS = {"mawps": solve.mawps, "gsm8k": solve.gsm8k, "mathqa": solve.mathqa}


def trained_on(recipe: EmbeddedRecipe) -> dict[str, list[str]]:
    """Of each builder that reads what people wrote the texts that the recipe trains on, and a few more: those held out,
    and those whose programs proved to be wrong.
    """
    texts: dict[str, list[str]] = {}
    for source in recipe.sources.values():
        if isinstance(source, FromFile):
            path = data.FOLDER / source.file
            read = _proofwriter_texts(path) if source.builder == "proofwriter" else _texts(source, path)
            texts.setdefault(source.builder, []).extend(read)
    return texts


def _texts(source: FromFile, path: Path) -> list[str]:
    texts = [problem.text for problem in _READERS[source.builder](path)]
    evaluated = [problem.text for file in source.exclude for problem in read_problems(data.FOLDER / file)]
    left_out = {duplicate.training for duplicate in find_duplicates(texts, evaluated)} if evaluated else set()
    return [text for place, text in enumerate(texts) if place not in left_out]


def _proofwriter_texts(path: Path) -> list[str]:
    """Whole documents, although the translator is trained on their sentences."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [f"{row['context']}\n\n{row['question']}" for row in json.load(file)]


def made_up(builder: str, seed: str, number: int) -> list[str]:
    """The first texts that a generator makes up. Of deductions and puzzles the translator is trained on sentences; here
    they are whole, as a duplicate would be.
    """
    # Generators take seconds to import, and most runs of a benchmark need none.
    from app.training.generators import deduction, elementary, multistep, ordering

    rng = Random(seed)
    styles = list(deduction.Style)
    make: dict[str, Callable[[], str]] = {
        "elementary": lambda: elementary.elementary(rng).text,
        "multistep": lambda: multistep.multistep(rng).text,
        "deduction": lambda: deduction.problem(rng, rng.choice(styles)).text,
        "ordering": lambda: ordering.puzzle(rng).text,
    }
    return [make[builder]() for _ in range(number)]
