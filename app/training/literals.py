"""Ties the numbers of a worked solution to the quantities of its text: `48 / 2` with "half as many" is `* n0 n1`.

A worked solution says 0.2 where the text says 20 %, 48 / 2 where it says half, 3 * 12 where it says three dozen. What
it says without a word of the text must be a constant that everybody knows, and must not look like a calculation that
the solution left out. Nothing is guessed: `UntiedError`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Literal

from app.numerals import Quantity
from app.translator.expression import CONSTANTS, Constant, Expression, Operation, Operator, Slot


@dataclass(frozen=True, slots=True)
class Number:
    """A number as the solution writes it.

    Args:
        origin: what the solution says of it: "any" nothing; "unwritten", that the text does not have it in digits;
            "part", that it is a part of a quantity, such as the 3 of 3/4.
    """

    value: Fraction
    origin: Literal["any", "unwritten", "part"] = "any"


@dataclass(frozen=True, slots=True)
class Tied:
    """What is an expression already, because the solution names the quantity by its place."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Calculation:
    operator: Operator
    left: "Written"
    right: "Written"


Written = Number | Tied | Calculation


class UntiedError(ValueError):
    """A number of the solution is no reading of a quantity of the text; the message says why not."""


@dataclass(slots=True)
class _Step:
    """The result of an earlier step."""

    value: Fraction
    expression: Expression
    is_used: bool = False


_Part = tuple[bool, Written]
"""A term and whether it is subtracted, or a factor and whether it is divided by."""

_COMMON = frozenset({1, 2})
"""Said without a word: a half, both sides, one more."""
_SAID_WITH: Mapping[int, str] = {
    3: "yard|feet|foot|triang|quarter",
    4: "week|month|quarter|square|rectang|tires?\\b|wheel|season|legs?\\b|gallon",
    5: "workday|weekday|monday|school|nickel|finger",
    6: "dice|cube",
    7: "days?\\b|daily|weeks?\\b|weekly|everyday",
    10: "dime|decade|ten|percent|%|mm|cm|millimet|centimet",
    12: "month|year|annual|dozen|foot|feet|ft|inch",
    16: "ounce|pound|cup|gallon|oz",
    24: "hour|day|daily",
    30: "month|day|daily|minute|hour",
    36: "yard|inch",
    50: "cent|half|halves",
    52: "week|year|annual",
    60: "minute|hour|second|mph|rpm",
    100: "percent|%|cent|penn|dollar|\\$|met(?:er|re)|cm|century|out of",
    365: "day|daily|year",
    1000: "kilo|km|kg|gram|met(?:er|re)|lit(?:er|re)|ml|gm|mg|ton",
    3600: "hour|second|km|kmph",
}
"""Words, one of which a text has that needs the constant."""
_HUNDRED, _SIXTY = Constant(100), Constant(60)


class Tying:
    """Ties the steps of one solution, in their order; what has not been used yet goes before what has."""

    def __init__(self, text: str, found: Sequence[Quantity]) -> None:
        self._text, self._found = text.lower(), found
        self._used: Counter[int] = Counter()
        self._steps: list[_Step] = []

    def step(self, value: Fraction, written: Written) -> Expression:
        """As `tie`, of a step with this result: later steps may name it by its value.

        Raises:
            UntiedError: as `tie`; and where it states a number that the text does not.
        """
        if isinstance(written, Number):
            stated = [*(item.value for item in self._found), *(step.value for step in self._steps)]
            if written.value not in stated:
                raise UntiedError("a step states a number that the text does not")
        expression = self.tie(written)
        self._steps.append(_Step(value, expression))
        return expression

    def tie(self, written: Written) -> Expression:
        """The expression that `written` computes.

        Raises:
            UntiedError: a number of it is neither a reading of a quantity nor a constant.
        """
        match written:
            case Number():
                inverted, expression = self._number(written, inverted=False)
                return Operation("/", Constant(1), expression) if inverted else expression
            case Tied(expression):
                return expression
        if written.operator in ("+", "-"):
            parts = [part for part in _flat(written, "+", "-") if part[1] != Number(Fraction(0))]
            return _chain([(negative, self.tie(part)) for negative, part in parts], "+", "-")
        return self._product(written)

    def _product(self, written: Written) -> Expression:
        tied: list[tuple[bool, Expression]] = []
        for inverted, factor in self._fold(list(_flat(written, "*", "/"))):
            if isinstance(factor, Number):
                if factor.value != 1 or any(item.value == 1 for item in self._found):
                    tied.append(self._number(factor, inverted))
            else:
                tied.append((inverted, self.tie(factor)))
        return _chain(tied, "*", "/")

    def _fold(self, factors: list[_Part]) -> list[_Part]:
        """3 / 4 of a solution becomes the quantity "three quarters", and 3 * 12 the quantity "three dozen"."""
        numbers = {factor[1].value for factor in factors if isinstance(factor[1], Number)}
        for index, item in enumerate(self._found):
            for (first, inverted), (second, below), expression in _pairs(item, Slot(index)):
                if first in numbers and second in numbers:
                    one, two = _find(factors, inverted, first, None), _find(factors, below, second, first)
                    if one is not None and two is not None and one != two:
                        self._used[index] += 1
                        factors[one] = (False, Tied(expression))
                        del factors[two]
                        break
        return factors

    def _number(self, number: Number, inverted: bool) -> tuple[bool, Expression]:
        """Whether it is divided by, and what: the plainest reading, then one not used yet, then the first.

        A result that no step has used yet goes before a quantity of the same value, for it was made to be used.
        """
        value = number.value
        steps = [step for step in self._steps if step.value == value and number.origin == "any"]
        for step in steps:
            if not step.is_used:
                step.is_used = True
                return inverted, step.expression
        readings = [
            (cost, self._used[index] > 0, index, turned, expression)
            for index, item in enumerate(self._found)
            if number.origin != "unwritten" or not any(letter.isdigit() for letter in item.text)
            for cost, turned, expression in _readings(item, Slot(index), value, inverted)
        ]
        best = min(readings, key=lambda reading: reading[:3], default=None)
        if steps and (best is None or best[:2] != (0, False)):
            return inverted, steps[-1].expression
        if best is not None:
            *_, index, turned, expression = best
            self._used[index] += 1
            return inverted ^ turned, expression
        over, under = self._constant(number)
        if under.value == 1:
            return inverted, over
        return (not inverted, under) if over.value == 1 else (inverted, Operation("/", over, under))

    def _constant(self, number: Number) -> tuple[Constant, Constant]:
        """Two constants, whose quotient it is."""
        value = number.value
        if number.origin == "part" or (
            value not in _COMMON and any(value in item.parts for item in self._found if item.form == "number")
        ):
            raise UntiedError("a number of the solution is part of a quantity")
        for under in (1, value.denominator, 100, 1000):
            over = value * under
            if over.denominator == 1 and str(over) in CONSTANTS and str(under) in CONSTANTS:
                for constant in (int(over), under):
                    if not self._is_known(constant):
                        raise UntiedError("a number of the solution looks like a calculation that it left out")
                return Constant(int(over)), Constant(under)
        raise UntiedError("a number of the solution is no quantity of the text")

    def _is_known(self, constant: int) -> bool:
        """Whether the text has a word for it, or it is small and not what two quantities come to."""
        if constant in _COMMON:
            return True
        if constant in _SAID_WITH and re.search(_SAID_WITH[constant], self._text):
            return True
        if constant > 10:
            return False
        values = [item.value for item in self._found if not item.is_ordinal]
        if any(abs(value - constant) == 1 for value in values):
            return False
        return not any(
            constant in (one + two, abs(one - two), one * two, one / two if two else 0, two / one if one else 0)
            for one, two in combinations(values, 2)
        )


def _readings(item: Quantity, slot: Slot, value: Fraction, inverted: bool) -> Iterator[tuple[int, bool, Expression]]:
    """How `item` may be read as `value`: what that costs, whether it turns a product into a quotient, what it is."""
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
    if item.form == "multiple" and inverted and 1 + item.value == value:
        yield 2, False, Operation("+", Constant(1), slot)  # twice as many, and both together: three parts
    if item.unit == "percent":
        share = item.value / 100
        for reading, expression in (
            (1 - share, Operation("-", _HUNDRED, slot)),
            (1 + share, Operation("+", _HUNDRED, slot)),
        ):
            if reading == value:
                yield 2, False, Operation("/", expression, _HUNDRED)
            if reading * 100 == value:
                yield 2, False, expression
        if share == value:
            yield 1, False, Operation("/", slot, _HUNDRED)
    if item.unit == "cent" and item.value / 100 == value:
        yield 1, False, Operation("/", slot, _HUNDRED)
    if item.unit == "dollar" and item.value * 100 == value:
        yield 1, False, Operation("*", slot, _HUNDRED)
    if item.unit in ("clock", "minute") and item.value / 60 == value and (item.unit == "clock" or value < 1):
        yield 1, False, Operation("/", slot, _SIXTY)
    if item.form == "number" and len(item.parts) == 2 and item.parts[0] == value and str(item.parts[1]) in CONSTANTS:
        yield 2, False, Operation("/", slot, Constant(int(item.parts[1])))  # 6 pairs, bought by the pair


def _pairs(item: Quantity, slot: Slot) -> Iterator[tuple[tuple[Fraction, bool], tuple[Fraction, bool], Expression]]:
    """Two factors, each with whether it is divided by, that together say what `item` says, or what it leaves."""
    parts = [item.parts] if len(item.parts) == 2 else []
    if item.form == "fraction":
        parts.append((Fraction(item.value.numerator), Fraction(item.value.denominator)))
    for first, second in parts:
        if first * second == item.value and second > 1:
            yield (first, False), (second, False), slot
        if second > 1 and first / second == item.value:
            yield (first, False), (second, True), slot
        if 0 < second < 1 and first * second == item.value:
            yield (first, False), (1 / second, True), slot
    if item.form == "fraction" and 0 < item.value < 1:
        rest = 1 - item.value
        left = Operation("-", Constant(1), slot)
        yield (Fraction(rest.numerator), False), (Fraction(rest.denominator), True), left


def _find(factors: Sequence[_Part], inverted: bool, value: Fraction, other: Fraction | None) -> int | None:
    """The place of such a factor; of two alike, the second belongs to the second value."""
    places = [
        place
        for place, (is_inverted, factor) in enumerate(factors)
        if is_inverted == inverted and isinstance(factor, Number) and factor.value == value
    ]
    return places[-1 if value == other else 0] if places else None


def _flat(written: Written, direct: Operator, inverse: Operator) -> Iterator[_Part]:
    """The terms of a sum, or factors of a product, in their order."""
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
