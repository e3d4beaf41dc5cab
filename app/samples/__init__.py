"""The sample problems that Quod ships: 60 written for it, each with its answer, and completions recorded for them.

An answer stays here and in the tests. `Sample.as_problem` is all that goes to `solve_problem`, and it has no place
for one.
"""

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files

from app.reasoning.types import Kind, Problem, Verdict, VerdictKind, World
from solvers.types import Language

_FIELDS = frozenset({"id", "kind", "language", "world", "problem", "answer"})
_NUMBER = re.compile(r"[-+]?\d+(?:/\d+|\.\d+)?")


@dataclass(frozen=True, slots=True)
class Sample:
    """A problem and its answer: a number, the verdict on an entailment, a name or a list of names."""

    id: str
    kind: Kind
    problem: str
    answer: str
    language: Language | None = None
    world: World = World.OPEN

    def as_problem(self, *, decide: bool = False) -> Problem:
        """The problem as it is posted, without the answer. `decide`: without the kind too."""
        return Problem(self.problem, None if decide else self.kind, self.language, self.world)


def load_samples() -> tuple[Sample, ...]:
    """The samples in their order.

    Raises:
        ValueError: the file was damaged. Our fault.
    """
    text = files("app.samples").joinpath("problems.jsonl").read_text(encoding="utf-8")
    return tuple(_read(line, number) for number, line in enumerate(text.splitlines(), 1) if line.strip())


def _read(line: str, number: int) -> Sample:
    row = json.loads(line)
    if (
        not isinstance(row, dict)
        or not row.keys() <= _FIELDS
        or not all(isinstance(value, str) for value in row.values())
    ):
        raise ValueError(f"app/samples/problems.jsonl, line {number}: not a sample, whose fields are {sorted(_FIELDS)}")
    return Sample(
        id=row["id"],
        kind=Kind(row["kind"]),
        problem=row["problem"],
        answer=row["answer"],
        language=Language(row["language"]) if "language" in row else None,
        world=World(row.get("world", World.OPEN)),
    )


def answer_of(verdict: Verdict) -> str | None:
    """What is to be compared: the answer, or the verdict on an entailment; None where nothing is concluded."""
    if verdict.kind is VerdictKind.UNRESOLVED:
        return None
    return verdict.answer if verdict.kind is VerdictKind.ANSWERED else verdict.kind.value


def same_answer(kind: Kind, answer: str | None, target: str) -> bool:
    """Whether an answer is the one that was expected.

    Numbers are compared exactly, however they are written (`9.6`, `48/5`); a decimal fraction that a floating-point
    engine gave may be off by one part in a million. Names and lists of names are compared word by word: case,
    brackets, quotes, commas and underscores do not count. An entailment's answer is its verdict, in one word.
    """
    if answer is None:
        return False
    given, wanted = _number(answer), _number(target)
    if given is not None and wanted is not None:
        if given == wanted:
            return True
        return "." in answer and abs(given - wanted) <= abs(wanted) / 1_000_000
    return kind in (Kind.ENTAILMENT, Kind.CONSTRAINT, Kind.OPTIMISATION) and _words(answer) == _words(target)


def _number(text: str) -> Fraction | None:
    text = text.strip()
    if re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Fraction(text)
    except ZeroDivisionError:
        return None


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())
