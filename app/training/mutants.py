"""Puts one fault into a right expression, so that it gives another answer than the problem has."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import partial
from random import Random

from app.numerals import Quantity
from app.training.rows import ArithmeticProblem
from app.translator.expression import (
    CONSTANTS,
    OPERATORS,
    Constant,
    Expression,
    ExpressionError,
    Operation,
    Operator,
    Slot,
    canonical,
    evaluate,
    parse,
    slots,
    spell,
)

_UNLIKELY = 0.25
"""How often a wrong answer may be negative or broken where the right one is not, so that a sign gives nothing away."""
_DOES: dict[str, str] = {"+": "adds", "-": "subtracts", "*": "multiplies", "/": "divides"}
_DO: dict[str, str] = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide"}


class Fault(StrEnum):
    """What is put into a right program."""

    SWAPPED = "operands exchanged"
    OPERATOR = "another operator"
    QUANTITY = "another quantity"
    DROPPED = "a step left out"
    ADDED = "a quantity that plays no part"
    CONSTANT = "another constant"
    OFF_BY_ONE = "off by one"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong expression; `reason` says what is wrong, as what follows "it"."""

    expression: Expression
    fault: Fault
    reason: str


def does_instead(wrong: str, right: str) -> str:
    """What a program does with one operator in place of another, as what follows "it"."""
    return f"{_DOES[wrong]} where it should {_DO[right]}"


def mutate(problem: ArithmeticProblem, rng: Random, found: Sequence[Quantity]) -> Mutant | None:
    """The problem's expression with one fault. Its value, as `evaluate` has it, is not the answer; None: there is none.

    Faults of all kinds that are possible come up alike. What comes out is `canonical`, as right expressions are, so
    that nothing but its meaning tells the two apart.

    Args:
        found: the quantities of the text.
    """
    by_fault: dict[Fault, list[Mutant]] = {}
    for mutant in _mutants(problem.expression, found):
        by_fault.setdefault(mutant.fault, []).append(mutant)
    values = [quantity.value for quantity in found]
    faults = sorted(by_fault)
    rng.shuffle(faults)
    unlikely: Mutant | None = None
    for fault in faults:
        mutants = by_fault[fault]
        rng.shuffle(mutants)
        for mutant in mutants:
            checked = _checked(mutant, problem, values)
            if checked is None:
                continue
            if _is_likely(checked[1], problem.answer) or rng.random() < _UNLIKELY:
                return checked[0]
            unlikely = unlikely or checked[0]
    return unlikely


def _checked(mutant: Mutant, problem: ArithmeticProblem, values: Sequence[Fraction]) -> tuple[Mutant, Fraction] | None:
    """The mutant in its canonical form with its value; None: it has none, is too long, or is not wrong."""
    try:
        expression = parse(spell(canonical(mutant.expression)))
        value = evaluate(expression, values)
    except ExpressionError:
        return None
    if value == problem.answer or not slots(expression):
        return None
    return Mutant(expression, mutant.fault, mutant.reason), value


def _is_likely(value: Fraction, answer: Fraction) -> bool:
    return (value > 0 or answer <= 0) and (value.denominator == 1 or answer.denominator != 1)


def _mutants(expression: Expression, found: Sequence[Quantity]) -> Iterator[Mutant]:
    """Each expression with one fault; some of them may be right by chance."""
    yield Mutant(Operation("+", expression, Constant(1)), Fault.OFF_BY_ONE, "counts one too many")
    yield Mutant(Operation("-", expression, Constant(1)), Fault.OFF_BY_ONE, "counts one too few")
    unused = [index for index in range(len(found)) if index not in slots(expression)]
    for part, rebuilt in _parts(expression):
        match part:
            case Operation(operator, left, right):
                yield from _of_operation(operator, left, right, rebuilt)
            case Slot(index):
                for other in range(len(found)):
                    if other != index and index < len(found) and found[other].value != found[index].value:
                        reason = f'uses "{found[other].text}" where "{found[index].text}" belongs'
                        yield Mutant(rebuilt(Slot(other)), Fault.QUANTITY, reason)
            case Constant(value):
                for near in _neighbours(value):
                    yield Mutant(rebuilt(Constant(near)), Fault.CONSTANT, f"uses {near} where {value} belongs")
        for index in unused:
            for operator in OPERATORS:
                reason = f'uses "{found[index].text}", which plays no part'
                yield Mutant(rebuilt(Operation(operator, part, Slot(index))), Fault.ADDED, reason)


def _neighbours(constant: int) -> Iterator[int]:
    """The constants before and behind it among those that an expression may have."""
    place = CONSTANTS.index(str(constant))
    for near in (place - 1, place + 1):
        if 0 <= near < len(CONSTANTS):
            yield int(CONSTANTS[near])


def _of_operation(
    operator: Operator, left: Expression, right: Expression, rebuilt: Callable[[Expression], Expression]
) -> Iterator[Mutant]:
    if operator in ("-", "/"):
        what = "difference" if operator == "-" else "quotient"
        reason = f"takes a {what} the wrong way round"
        yield Mutant(rebuilt(Operation(operator, right, left)), Fault.SWAPPED, reason)
    for other in OPERATORS:
        if other != operator:
            reason = does_instead(other, operator)
            yield Mutant(rebuilt(Operation(other, left, right)), Fault.OPERATOR, reason)
    for kept in (left, right):
        reason = f"leaves a step out, where it should {_DO[operator]}"
        yield Mutant(rebuilt(kept), Fault.DROPPED, reason)


def _parts(expression: Expression) -> Iterator[tuple[Expression, Callable[[Expression], Expression]]]:
    """Every part of `expression`, itself included, with what puts another part in its place."""
    yield expression, lambda part: part
    if isinstance(expression, Operation):
        for part, rebuilt in _parts(expression.left):
            yield part, partial(_with_left, expression, rebuilt)
        for part, rebuilt in _parts(expression.right):
            yield part, partial(_with_right, expression, rebuilt)


def _with_left(whole: Operation, rebuilt: Callable[[Expression], Expression], part: Expression) -> Expression:
    return Operation(whole.operator, rebuilt(part), whole.right)


def _with_right(whole: Operation, rebuilt: Callable[[Expression], Expression], part: Expression) -> Expression:
    return Operation(whole.operator, whole.left, rebuilt(part))
