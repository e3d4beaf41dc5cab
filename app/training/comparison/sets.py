"""The test sets on which translators are compared: problems with the number that is the answer, by path."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from app.reasoning.targets import number_in
from app.training.duplicates import find_duplicates
from app.training.job import TrainingError
from app.training.problem_files import ProblemFileError, read_problems
from app.training.sources import file_hash

FILES = {
    "MultiArith": "pal/mawpsmultiarith.jsonl",
    "MAWPS fold 0 dev": "mawps/fold0_dev.csv",
    "SVAMP": "pal/svamp.jsonl",
    "GSM8K test": "gsm8k/test.jsonl",
}
"""By their places in the data folder. MAWPS holds MultiArith, which the recipes leave out of their training: first."""


@dataclass(frozen=True, slots=True)
class Asked:
    text: str
    answer: Fraction


@dataclass(frozen=True, slots=True)
class TestSet:
    """Problems that are not trained on.

    Args:
        sha256: of the file.
        unread: problems of the file whose answer is not one number; they are not asked.
    """

    name: str
    file: str
    sha256: str
    problems: tuple[Asked, ...]
    unread: int = 0

    # Not a test case, whatever its name says to pytest.
    __test__ = False


def read_sets(data: Path, files: dict[str, str] = FILES) -> tuple[TestSet, ...]:
    """The test sets of a data folder.

    Raises:
        TrainingError: a file is missing, or is none of problems.
    """
    if missing := [file for file in files.values() if not (data / file).is_file()]:
        raise TrainingError(f"test sets that are not in {data}: {', '.join(missing)}")
    return tuple(_read(name, file, data / file) for name, file in files.items())


def _read(name: str, file: str, path: Path) -> TestSet:
    try:
        stated = list(_masked(path) if path.suffix == ".csv" else _plain(path))
    except (ProblemFileError, OSError, csv.Error, KeyError, IndexError, ValueError) as error:
        raise TrainingError(f"the test set {path}: {error!r}") from error
    problems = tuple(Asked(text, answer) for text, answer in stated if answer is not None)
    if not problems:
        raise TrainingError(f"the test set {path} has no problem whose answer is a number")
    return TestSet(name, file, file_hash(path), problems, len(stated) - len(problems))


def _plain(path: Path) -> Iterator[tuple[str, Fraction | None]]:
    for problem in read_problems(path):
        yield problem.text, None if problem.answer is None else number_in(problem.answer)


def _masked(path: Path) -> Iterator[tuple[str, Fraction | None]]:
    """MAWPS as the SVAMP repository has it: `Question` with `number0`..., `Numbers`, `Answer`."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            numbers = [_spelled(_exact(number)) for number in row["Numbers"].split()]
            pieces = re.split(r"number(\d+)", row["Question"])
            pieces[1::2] = [numbers[int(index)] for index in pieces[1::2]]
            yield "".join(pieces), _exact(row["Answer"])


def _exact(written: str) -> Fraction:
    """A decimal as it stands; one of so many digits that it was a fraction, such as 2.3333333333333335, as that."""
    value = Fraction(written)
    near = value.limit_denominator(100)
    return near if abs(near - value) < Fraction(1, 10**12) else value


def _spelled(value: Fraction) -> str:
    """8 as 8, 28.3 as 28.3, 7/3 as 2 1/3."""
    for digits in range(12):
        if (value * 10**digits).denominator == 1:
            return f"{float(value):.{digits}f}"
    whole, rest = divmod(value, 1)
    return f"{whole} {rest}" if whole else str(rest)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Places of the problems of a set that do not count.

    Args:
        near: a text that was trained on is the same problem, or nearly.
        again: a set before this one, or this one before, asks the same.
    """

    near: frozenset[int]
    again: frozenset[int]


def left_out(sets: tuple[TestSet, ...], training: list[str]) -> tuple[LeftOut, ...]:
    """What does not count of each set, where these texts were trained on."""
    evaluated = [(number, place) for number, each in enumerate(sets) for place in range(len(each.problems))]
    texts = [sets[number].problems[place].text for number, place in evaluated]
    near = {evaluated[found.evaluated] for found in find_duplicates(training, texts)}
    # Those of the same words and other numbers are two problems.
    first: dict[str, tuple[int, int]] = {}
    again = set()
    for text, where in zip(texts, evaluated, strict=True):
        if first.setdefault(" ".join(re.findall(r"\w+", text.casefold())), where) != where:
            again.add(where)
    return tuple(
        LeftOut(
            frozenset(place for which, place in near if which == number),
            frozenset(place for which, place in again if which == number),
        )
        for number in range(len(sets))
    )
