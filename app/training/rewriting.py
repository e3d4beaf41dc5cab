"""Puts the text of a problem together anew, and its expression with it: nothing is believed of the new text that
`app.numerals` does not find in it again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from app.numerals import Quantity, quantities
from app.training.rows import ArithmeticProblem
from app.translator.expression import (
    Constant,
    Expression,
    ExpressionError,
    Operation,
    Slot,
    canonical,
    evaluate,
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A stretch of the old text, with the quantities in it."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Exchanged:
    """New words for the quantity `index`."""

    index: int
    text: str


Piece = str | Kept | Exchanged
"""New words have no quantities, unless `rewritten` is told."""


def rewritten(
    problem: ArithmeticProblem,
    pieces: Iterable[Piece],
    *,
    values: Mapping[int, Fraction] | None = None,
    added: int = 0,
) -> ArithmeticProblem | None:
    """The problem with the text that `pieces` make.

    Args:
        values: of quantities that change.
        added: how many quantities the new words bring along.

    Returns:
        None where a quantity is not found again as it was, one is lost or comes in addition, or the answer cannot be
        computed. The answer is computed anew where `values` change, and else must be the old one.
    """
    old = quantities(problem.text)
    text, starts = _joined(problem.text, pieces, old)
    found = quantities(text)
    if len(found) != len(old) + added:
        return None
    places = {item.start: place for place, item in enumerate(found)}
    moved: dict[int, int] = {}
    for index, item in enumerate(old):
        place = places.get(starts.get(index, -1))
        if place is None or not _is_same(item, found[place], (values or {}).get(index, item.value)):
            return None
        moved[index] = place
    try:
        expression = canonical(_renumbered(problem.expression, moved))
        answer = evaluate(expression, [item.value for item in found])
    except ExpressionError:
        return None
    if values is None and answer != problem.answer:
        return None
    return replace(problem, text=text, expression=expression, answer=answer)


def with_edits(problem: ArithmeticProblem, edits: Sequence[tuple[int, int, str]]) -> list[Piece]:
    """The pieces of a text, some stretches of which (start, end) get other words; they do not overlap."""
    pieces: list[Piece] = []
    last = 0
    for start, end, words in sorted(edits):
        pieces += [Kept(last, start), words]
        last = end
    pieces.append(Kept(last, len(problem.text)))
    return pieces


def _joined(text: str, pieces: Iterable[Piece], old: Sequence[Quantity]) -> tuple[str, dict[int, int]]:
    """The new text, and where in it each quantity should begin."""
    parts: list[str] = []
    starts: dict[int, int] = {}
    length = 0
    for piece in pieces:
        match piece:
            case Kept(start, end):
                part = text[start:end]
                for index, item in enumerate(old):
                    if start <= item.start and item.end <= end:
                        starts[index] = item.start - start + length
            case Exchanged(index, part):
                starts[index] = length
            case str():
                part = piece
        parts.append(part)
        length += len(part)
    return "".join(parts), starts


def _is_same(old: Quantity, new: Quantity, value: Fraction) -> bool:
    return new.value == value and (new.unit, new.form, new.is_ordinal) == (old.unit, old.form, old.is_ordinal)


def _renumbered(expression: Expression, moved: Mapping[int, int]) -> Expression:
    match expression:
        case Slot(index):
            return Slot(moved[index])
        case Constant():
            return expression
        case Operation(operator, left, right):
            return Operation(operator, _renumbered(left, moved), _renumbered(right, moved))
