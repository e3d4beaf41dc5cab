"""Ties the numbers of a worked solution to the quantities of its text: `48 / 2` with "half as many" is `* n0 n1`.

A worked solution says 0.2 where the text says 20 %, 48 / 2 where it says half, 3 * 12 where it says three dozen. A
number that is no reading of a quantity, and no constant that everybody knows, is not guessed: `UntiedError`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.numerals import Quantity
from app.translator.expression import CONSTANTS, Constant, Expression, Operation, Operator, Slot


@dataclass(frozen=True, slots=True)
class Number:
    """A number as the solution writes it."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Tied:
    """What is an expression already: an earlier step, or a number that the solution names by its place."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Calculation:
    operator: Operator
    left: "Written"
    right: "Written"


Written = Number | Tied | Calculation


class UntiedError(ValueError):
    """A number of the solution is no reading of a quantity of the text; the message says why not."""


_WHOLE = Fraction(100)
_HOUR = Fraction(60)
_FEW = 2
"""Up to here a number that no word of the text says is common: a half, both sides, one more."""


class Tying:
    """Ties the steps of one solution, in their order; what has not been used yet goes before what has."""

    def __init__(self, found: Sequence[Quantity]) -> None:
        self._found = found
        self._used: Counter[int] = Counter()

    def tie(self, written: Written) -> Expression:
        """The expression that `written` computes.

        Raises:
            UntiedError: a number of it is neither a reading of a quantity nor a constant.
        """
        match written:
            case Number(value):
                return self._number(value, inverted=False)[1]
            case Tied(expression):
                return expression
        if written.operator in ("+", "-"):
            return self._sum(written)
        return self._product(written)

    def _sum(self, written: Written) -> Expression:
        parts = [part for part in _flat(written, "+", "-") if part[1] != Number(Fraction(0))]
        if not parts:
            raise UntiedError("a sum of nothing")
        return _chain([(negative, self.tie(part)) for negative, part in parts], "+", "-")

    def _product(self, written: Written) -> Expression:
        factors = self._fold(list(_flat(written, "*", "/")))
        tied: list[tuple[bool, Expression]] = []
        for inverted, factor in factors:
            match factor:
                case Number(value) if value == 1 and not any(item.value == 1 for item in self._found):
                    continue
                case Number(value):
                    tied.append(self._number(value, inverted))
                case _:
                    tied.append((inverted, self.tie(factor)))
        return _chain(tied, "*", "/")

    def _fold(self, factors: list[tuple[bool, Written]]) -> list[tuple[bool, Written]]:
        """3 / 4 of a solution becomes the quantity "three quarters", and 3 * 12 the quantity "three dozen"."""
        for index, item in enumerate(self._found):
            for pair in _pairs(item):
                if pair[0] != pair[1] and all(factor in factors for factor in pair):
                    factors[factors.index(pair[0])] = (False, Tied(self._slot(index)))
                    factors.remove(pair[1])
                    break
        return factors

    def _number(self, value: Fraction, inverted: bool) -> tuple[bool, Expression]:
        """Whether it is divided by, and what: the plainest reading, then one not used yet, then the first."""
        readings = [
            (cost, self._used[index] > 0, index, turned, expression)
            for index, item in enumerate(self._found)
            for cost, turned, expression in _readings(item, index, value, inverted)
        ]
        if readings:
            *_, index, turned, expression = min(readings, key=lambda reading: reading[:3])
            self._slot(index)
            return inverted ^ turned, expression
        if value > _FEW and any(value in item.parts for item in self._found if item.form != "fraction"):
            raise UntiedError("a number of the solution is part of a quantity")
        if (constant := _constant(value)) is not None:
            return inverted, constant
        raise UntiedError("a number of the solution is no quantity of the text")

    def _slot(self, index: int) -> Slot:
        self._used[index] += 1
        return Slot(index)


def _readings(item: Quantity, index: int, value: Fraction, inverted: bool) -> Iterator[tuple[int, bool, Expression]]:
    """How `item` may be read as `value`: what that costs, whether it turns a product into a quotient, what it is."""
    slot, hundred = Slot(index), Constant(100)
    if item.value == value:
        yield (3 if item.is_ordinal else 0), False, slot
    if item.is_ordinal:
        return
    if item.form == "fraction" and item.value and 1 / item.value == value:
        yield (0 if inverted else 1), True, slot
    if item.form == "fraction" and item.value < 1:
        if 1 - item.value == value:
            yield 2, False, Operation("-", Constant(1), slot)
        if 1 + item.value == value:
            yield 2, False, Operation("+", Constant(1), slot)
    if item.unit == "percent":
        share = item.value / _WHOLE
        less, more = Operation("-", hundred, slot), Operation("+", hundred, slot)
        if share == value:
            yield 1, False, Operation("/", slot, hundred)
        if 1 - share == value:
            yield 2, False, Operation("/", less, hundred)
        if 1 + share == value:
            yield 2, False, Operation("/", more, hundred)
        if _WHOLE - item.value == value:
            yield 2, False, less
        if _WHOLE + item.value == value:
            yield 2, False, more
    if item.unit == "cent" and item.value / _WHOLE == value:
        yield 1, False, Operation("/", slot, hundred)
    if item.unit == "dollar" and item.value * _WHOLE == value:
        yield 1, False, Operation("*", slot, hundred)
    if item.unit in ("clock", "minute") and item.value / _HOUR == value and (item.unit == "clock" or value < 1):
        yield 1, False, Operation("/", slot, Constant(60))


def _pairs(item: Quantity) -> Iterator[tuple[tuple[bool, Written], tuple[bool, Written]]]:
    """Two factors that together say what `item` says."""
    parts = [item.parts] if len(item.parts) == 2 else []
    if item.form == "fraction":
        parts.append((Fraction(item.value.numerator), Fraction(item.value.denominator)))
    for first, second in parts:
        if first * second == item.value and second > 1:
            yield (False, Number(first)), (False, Number(second))
        if second and first / second == item.value and second != 1:
            yield (False, Number(first)), (True, Number(second))
        if second and first * second == item.value and second < 1:
            yield (False, Number(first)), (True, Number(1 / second))


def _constant(value: Fraction) -> Expression | None:
    """A constant, or a fraction of two."""
    if str(value) in CONSTANTS:
        return Constant(int(value))
    if value.denominator == 1 or value < 0:
        return None
    for under in (value.denominator, 100, 1000):
        over = value * under
        if over.denominator == 1 and str(over) in CONSTANTS and str(under) in CONSTANTS:
            return Operation("/", Constant(int(over)), Constant(under))
    return None


def _flat(written: Written, direct: Operator, inverse: Operator) -> Iterator[tuple[bool, Written]]:
    """The terms of a sum, or factors of a product, in their order, each with whether it is subtracted or divided by."""
    if isinstance(written, Calculation) and written.operator in (direct, inverse):
        yield from _flat(written.left, direct, inverse)
        for inverted, part in _flat(written.right, direct, inverse):
            yield inverted ^ (written.operator == inverse), part
    else:
        yield False, written


def _chain(parts: Sequence[tuple[bool, Expression]], direct: Operator, inverse: Operator) -> Expression:
    ordered = sorted(parts, key=lambda part: part[0])
    if not ordered or ordered[0][0]:
        if direct == "+":
            raise UntiedError("a sum that begins below zero")
        ordered = [(False, Constant(1)), *ordered]
    result = ordered[0][1]
    for inverted, part in ordered[1:]:
        result = Operation(inverse if inverted else direct, result, part)
    return result
