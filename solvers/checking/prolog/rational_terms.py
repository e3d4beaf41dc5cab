"""The expressions of CLP(Q) and CLP(R), read as linear ones."""

import math
from collections.abc import Mapping
from fractions import Fraction

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.linear import Linear, Number, bits, quotient
from solvers.checking.prolog.terms import Struct, Term, Var, deref

MAX_DEPTH = 120
"""Of an expression."""


class NoValueError(Exception):
    """An expression that has no value, such as a division by zero: no constraint with it has a solution."""


def read_linear(
    term: Term,
    rows: Mapping[Var, Linear],
    budget: Budget,
    seen: set[Var] | None = None,
    as_written: bool = True,
    depth: int = 0,
) -> Linear | None:
    """An expression in unknowns without a row; None where it is not linear, as things stand.

    Args:
        seen: gets every variable of the expression.
        as_written: whether a float is the decimal number that is written, or the number that the machine has.

    Raises:
        NoValueError: it has no value.
    """
    budget.spend()
    if depth > MAX_DEPTH:
        raise NotCheckableError("an expression nested too deep")
    term = deref(term)
    if type(term) is Var:
        if seen is not None:
            seen.add(term)
        return rows.get(term) or Linear(0, {term: 1})
    if type(term) is int:
        return Linear(term)
    if type(term) is float:
        return Linear(decimal(term) if as_written else _finite(term))
    if type(term) is not Struct:
        if not isinstance(term, Fraction):
            raise NotCheckableError("a constraint on what is no number")
        return Linear(quotient(term.numerator, term.denominator))
    if not 1 <= len(term.args) <= 2:
        raise NotCheckableError("a constraint on what is no number")
    left = read_linear(term.args[0], rows, budget, seen, as_written, depth + 1)
    if len(term.args) == 1:
        return _of_one(term.name, left, budget)
    right = read_linear(term.args[1], rows, budget, seen, as_written, depth + 1)
    return _of_two(term.name, left, right, budget)


def _of_one(name: str, operand: Linear | None, budget: Budget) -> Linear | None:
    match name:
        case "+":
            return operand
        case "-":
            return operand and operand.times(-1, budget)
        case "abs":
            return None if operand is None or operand.coefficients else Linear(abs(Fraction(operand.constant)))
    raise NotCheckableError(f"{name}/1 in a constraint is unknown to the checker")


def _of_two(name: str, left: Linear | None, right: Linear | None, budget: Budget) -> Linear | None:
    match name:
        case "+":
            return left and right and left.plus(right, 1, budget)
        case "-":
            return left and right and left.plus(right, -1, budget)
        case "*":
            return _product(left, right, budget)
        case "/":
            if right is None or right.coefficients:
                return None
            if right.constant == 0:
                raise NoValueError
            return left and left.times(quotient(1, right.constant), budget)
        case "^" | "pow" | "exp":
            return _power(left, right, budget)
        case "min" | "max":
            if left is None or right is None or left.coefficients or right.coefficients:
                return None
            constants: list[Number] = [left.constant, right.constant]
            return Linear(min(constants) if name == "min" else max(constants))
    raise NotCheckableError(f"{name}/2 in a constraint is unknown to the checker")


def _product(left: Linear | None, right: Linear | None, budget: Budget) -> Linear | None:
    if left is None or right is None:
        return None
    if not left.coefficients:
        return right.times(left.constant, budget)
    return None if right.coefficients else left.times(right.constant, budget)


def _power(base: Linear | None, exponent: Linear | None, budget: Budget) -> Linear | None:
    if base is None or exponent is None or exponent.coefficients:
        return None
    number = exponent.constant
    if number.denominator != 1:
        raise NotCheckableError("a power whose exponent is not whole")
    if base.coefficients:
        return base if number == 1 else Linear(1) if number == 0 else None
    if base.constant == 0 and number < 0:
        raise NotCheckableError("a negative power of 0")
    budget.size(bits(base.constant) * abs(number.numerator))
    return Linear(Fraction(base.constant) ** number.numerator)


def decimal(number: float) -> Fraction:
    """A float as the decimal number that stands in the program.

    The engine takes the simplest of the fractions that give this float. Where that is another one than what is
    written, the checker does not choose.
    """
    exact, written = _finite(number), Fraction(repr(number))
    # The continued fraction of the float, until what it has come to gives the float.
    before, last = (0, 1), (1, 0)
    rest = exact
    while True:
        whole = math.floor(rest)
        before, last = last, (whole * last[0] + before[0], whole * last[1] + before[1])
        if last[0] / last[1] == number:
            break
        rest = 1 / (rest - whole)
    if Fraction(*last) != written:
        raise NotCheckableError(f"the engine may read {number!r} as another number than is written")
    return written


def _finite(number: float) -> Fraction:
    if not math.isfinite(number):
        raise NotCheckableError("a constraint on what is no number")
    return Fraction(number)
