"""Arithmetic as the translator writes it: a prefix expression over the quantities of the problem.

`- n0 * n1 n2` is n0 - n1 * n2. A leaf is a quantity, `n0`, or one of the `CONSTANTS` that everybody knows. Two
expressions that differ only in the order of terms and factors have the same `canonical` form.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Operator = Literal["+", "-", "*", "/"]
OPERATORS: tuple[Operator, ...] = ("+", "-", "*", "/")
CONSTANTS = tuple("1 2 3 4 5 6 7 8 9 10 12 15 16 24 30 32 36 50 52 60 100 180 360 365 1000 3600".split())
MAX_LEAVES = 24
MAX_MAGNITUDE = Fraction(10**30)
_SLOT = re.compile(r"n(0|[1-9][0-9]{0,3})")


class ExpressionError(ValueError):
    """The tokens are no expression, or it has no value."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The quantity `n<index>` of the problem."""

    index: int


@dataclass(frozen=True, slots=True)
class Constant:
    value: int


@dataclass(frozen=True, slots=True)
class Operation:
    operator: Operator
    left: "Expression"
    right: "Expression"


Expression = Slot | Constant | Operation


def parse(tokens: Sequence[str]) -> Expression:
    """The expression that `tokens` spell.

    Raises:
        ExpressionError: they spell none, or one with more than `MAX_LEAVES` numbers, or something follows it.
    """
    # Before it is read: how deep it is follows from how long it is.
    if len(tokens) > 2 * MAX_LEAVES - 1:
        raise ExpressionError(f"more than {MAX_LEAVES} numbers")
    stream = iter(tokens)
    expression = _parse(stream)
    if (rest := next(stream, None)) is not None:
        raise ExpressionError(f"{rest!r} follows a whole expression")
    return expression


def _parse(stream: Iterator[str]) -> Expression:
    token = next(stream, None)
    if token is None:
        raise ExpressionError("it ends before it is whole")
    for operator in OPERATORS:
        if token == operator:
            return Operation(operator, _parse(stream), _parse(stream))
    if token in CONSTANTS:
        return Constant(int(token))
    if match := _SLOT.fullmatch(token):
        return Slot(int(match[1]))
    raise ExpressionError(f"{token!r} is no operator, quantity or constant")


def spell(expression: Expression) -> tuple[str, ...]:
    """The tokens of `expression`, which `parse` reads."""
    match expression:
        case Slot(index):
            return (f"n{index}",)
        case Constant(value):
            return (str(value),)
        case Operation(operator, left, right):
            return (operator, *spell(left), *spell(right))


def evaluate(expression: Expression, values: Sequence[Fraction]) -> Fraction:
    """Its exact value.

    Raises:
        ExpressionError: division by zero, a quantity that is not there, or a number beyond `MAX_MAGNITUDE`.
    """
    match expression:
        case Slot(index):
            if index >= len(values):
                raise ExpressionError(f"there is no quantity n{index}")
            return values[index]
        case Constant(value):
            return Fraction(value)
    left, right = evaluate(expression.left, values), evaluate(expression.right, values)
    match expression.operator:
        case "+":
            result = left + right
        case "-":
            result = left - right
        case "*":
            result = left * right
        case "/":
            if right == 0:
                raise ExpressionError("division by zero")
            result = left / right
    if abs(result) > MAX_MAGNITUDE or result.denominator > MAX_MAGNITUDE:
        raise ExpressionError("the numbers grow beyond all bounds")
    return result


def slots(expression: Expression) -> frozenset[int]:
    """The quantities it uses."""
    match expression:
        case Slot(index):
            return frozenset([index])
        case Constant():
            return frozenset()
    return slots(expression.left) | slots(expression.right)


def size(expression: Expression) -> int:
    """How many operations it has."""
    match expression:
        case Operation(_, left, right):
            return 1 + size(left) + size(right)
    return 0


def canonical(expression: Expression) -> Expression:
    """The same value wherever it has one, terms and factors in one order: what is added before what is subtracted, and
    each in the order of the quantities.
    """
    if not isinstance(expression, Operation):
        return expression
    inverse: Operator
    direct: Operator
    direct, inverse = ("+", "-") if expression.operator in ("+", "-") else ("*", "/")
    parts = sorted(_parts(expression, direct, inverse), key=lambda part: (part[0], _order(part[1])))
    # What stands leftmost is added, and sorted before what is subtracted.
    (_, result), *others = parts
    for inverted, part in others:
        result = Operation(inverse if inverted else direct, result, part)
    return result


def _parts(expression: Expression, direct: Operator, inverse: Operator) -> list[tuple[bool, Expression]]:
    """The terms of a sum, or factors of a product, each with whether it is subtracted, or divided by."""
    if isinstance(expression, Operation) and expression.operator in (direct, inverse):
        right = _parts(expression.right, direct, inverse)
        if expression.operator == inverse:
            right = [(not inverted, part) for inverted, part in right]
        return _parts(expression.left, direct, inverse) + right
    return [(False, canonical(expression))]


def _order(expression: Expression) -> tuple[int, tuple[str, ...]]:
    first = min(slots(expression), default=1_000)
    return (first, spell(expression))


def infix(expression: Expression, names: Sequence[str]) -> str:
    """As Prolog writes it, with `names` for the quantities and no bracket too many."""
    return _infix(expression, names)[0]


def _infix(expression: Expression, names: Sequence[str]) -> tuple[str, int]:
    match expression:
        case Slot(index):
            return names[index], 3
        case Constant(value):
            return str(value), 3
    level = 1 if expression.operator in ("+", "-") else 2
    left, left_level = _infix(expression.left, names)
    right, right_level = _infix(expression.right, names)
    if left_level < level:
        left = f"({left})"
    # a - (b - c), a - (b + c), a / (b * c); and a + (b + c) needs none, but is never canonical.
    if right_level <= level:
        right = f"({right})"
    return f"{left} {expression.operator} {right}", level
