"""Reads the test sets of the embedded translator, and the texts that it was trained on, for the search for duplicates.

A problem is posed by its text; where a set means a closed world, or labels as logic programming derives them, that is
said too, as a user would with `--world` and `--language`. The gold answer stays beside it and is compared afterwards.
"""

import csv
import gzip
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

from app.problem import Problem, World
from app.training import solve
from app.training.duplicates import find_duplicates
from app.training.problem_files import read_problems
from app.training.recipe import EmbeddedRecipe, FromFile
from solvers.types import Language
from tests.benchmarks import data


class Answers(StrEnum):
    """What a gold answer is compared with."""

    NUMBER = "number"
    VERDICT = "verdict"
    """A: proved, B: refuted, C: undetermined."""
    OPTION = "option"
    """The letter of the option that was answered."""


@dataclass(frozen=True, slots=True)
class Question:
    """A problem of a test set. Only `problem` is handed on."""

    id: str
    problem: Problem
    gold: str
    answers: Answers = Answers.NUMBER


# Word problems


def mawps() -> Iterator[Question]:
    """Fold 0, dev. The file has `number0` for each number, and the numbers beside the text."""
    for row in _table("mawps/fold0_dev.csv"):
        yield _numeric(f"mawps:{row['line']}", with_numbers(row["Question"], row["Numbers"]), row["Answer"])


def multiarith() -> Iterator[Question]:
    yield from _of_pal("mawpsmultiarith")


def svamp() -> Iterator[Question]:
    yield from _of_pal("svamp")


def gsm8k() -> Iterator[Question]:
    for line, row in enumerate(data.json_lines("gsm8k/test.jsonl"), 1):
        gold = data.number(row["answer"].rpartition("####")[2])
        yield Question(f"gsm8k:{line}", Problem(row["question"]), str(gold))


def _of_pal(name: str) -> Iterator[Question]:
    for line, row in enumerate(data.json_lines(f"pal/{name}.jsonl"), 1):
        yield _numeric(f"{name}:{line}", row["input"], str(row["target"]))


def _numeric(id_: str, text: str, gold: str) -> Question:
    return Question(id_, Problem(text), str(exact(gold)))


def with_numbers(text: str, numbers: str) -> str:
    """A text of MAWPS with its numbers: `number1` is the second of `numbers`, which are separated by blanks."""
    written = [_written(exact(number)) for number in numbers.split()]
    return re.sub(r"number(\d+)", lambda match: written[int(match[1])], text)


def exact(number: str) -> Fraction:
    """A decimal as it stands; 2.3333333333333335 is the fraction that the float was made from."""
    value = Fraction(number)
    near = value.limit_denominator(100)
    return near if len(number.partition(".")[2]) >= 12 and abs(near - value) < Fraction(1, 10**12) else value


def _written(value: Fraction) -> str:
    """8.0 as 8, 28.30 as 28.3, 7/3 as 2 1/3."""
    if value.denominator == 1:
        return str(value.numerator)
    if (10**12 * value).denominator == 1:
        return f"{float(value):.12f}".rstrip("0")
    whole, rest = divmod(value, 1)
    return f"{whole} {rest}" if whole else str(rest)


# Logic


def proofwriter() -> Iterator[Question]:
    yield from _logic("ProofWriter", Answers.VERDICT, Language.PROLOG, World.OPEN)


def prontoqa() -> Iterator[Question]:
    yield from _logic("ProntoQA", Answers.VERDICT, None, World.CLOSED)


def logical_deduction() -> Iterator[Question]:
    yield from _logic("LogicalDeduction", Answers.OPTION, None, World.OPEN)


def _logic(name: str, answers: Answers, language: Language | None, world: World) -> Iterator[Question]:
    for row in json.loads((data.FOLDER / "logic" / name / "dev.json").read_text("utf-8")):
        text = f"{row['context']}\n\n{row['question']}"
        if answers is Answers.OPTION:
            text = "\n".join([text, *row["options"]])
        yield Question(row["id"], Problem(text, language=language, world=world), row["answer"], answers)


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


def _table(name: str) -> Sequence[dict[str, Any]]:
    with (data.FOLDER / name).open(encoding="utf-8", newline="") as file:
        return [{**row, "line": line} for line, row in enumerate(csv.DictReader(file), 1)]
