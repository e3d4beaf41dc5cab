"""Exact arithmetic on integers and rationals, every number held against the budget before it is made.

Source: SMT-LIB 2.6, theories Ints and Reals; `div` and `mod` leave a remainder that is not negative.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from solvers.checking.budget import Budget, NotCheckableError

Number = int | Fraction
_Number = TypeVar("_Number", int, Fraction)


def bits(number: Number) -> int:
    if isinstance(number, int):
        return number.bit_length()
    return number.numerator.bit_length() + number.denominator.bit_length()


def total(op: str, values: Sequence[_Number], budget: Budget) -> _Number:
    """`+`, `-` and `*`, from left to right; `-` of one is its negation."""
    result = values[0]
    if op == "-" and len(values) == 1:
        return -result
    for value in values[1:]:
        size = bits(result) + bits(value)
        budget.size(size)
        budget.spend(1 + size // 500)
        match op:
            case "+":
                result = result + value
            case "-":
                result = result - value
            case "*":
                result = result * value
            case _:
                raise NotCheckableError(f"the checker does not evaluate {op}")
    return result


def quotient(left: Fraction, right: Fraction, budget: Budget) -> Fraction:
    """`/`; `right` is not 0."""
    budget.size(bits(left) + bits(right))
    return left / right


def divide(left: int, right: int) -> int:
    """`div`; `right` is not 0."""
    return left // right if right > 0 else -(left // -right)


def remainder(left: int, right: int) -> int:
    """`mod`; `right` is not 0."""
    return left % abs(right)


def ordered(op: str, values: Sequence[Number]) -> bool:
    pairs = list(pairwise(values))
    match op:
        case "<":
            return all(left < right for left, right in pairs)
        case "<=":
            return all(left <= right for left, right in pairs)
        case ">":
            return all(left > right for left, right in pairs)
        case ">=":
            return all(left >= right for left, right in pairs)
    raise NotCheckableError(f"the checker does not evaluate {op}")
