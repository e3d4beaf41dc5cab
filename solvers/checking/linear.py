"""Linear arithmetic with exact rationals: what follows from multiplying, adding and comparing (in)equalities.

A checker rests on these functions alone. What to add up is found elsewhere (`solvers.checking.simplex`, a proof).
Whole numbers may be `int`, which is several times as fast as `Fraction`. One is divided by `quotient` alone: `/` of two
`int` is a float. A float would not get through either: it has no numerator to measure.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import gcd, lcm

from solvers.checking.budget import Budget, RefutedError

Unknown = Hashable
Number = int | Fraction
Point = dict[Unknown, Number]


_WORD = 2**62
"""A whole number below it takes no more than one step."""


def bits(number: Number) -> int:
    return number.numerator.bit_length() + number.denominator.bit_length()


def quotient(number: Number, divisor: Number) -> Number:
    """Exactly; of two `int` an `int` where it is whole."""
    if divisor == 1:
        return number
    if divisor == -1:
        return -number
    found = Fraction(number, divisor)
    return found.numerator if found.denominator == 1 else found


class Linear:
    """`constant` plus the sum of each unknown times its coefficient. Never changed; no coefficient is 0."""

    __slots__ = ("coefficients", "constant")

    def __init__(self, constant: Number = 0, coefficients: Mapping[Unknown, Number] | None = None) -> None:
        self.constant = constant
        self.coefficients: dict[Unknown, Number] = (
            {unknown: value for unknown, value in coefficients.items() if value} if coefficients else {}
        )

    def plus(self, other: "Linear", factor: Number, budget: Budget) -> "Linear":
        """This and `factor` times the other."""
        budget.spend(1 + len(self.coefficients) // 8)
        result = Linear(_checked(self.constant + factor * other.constant, budget))
        result.coefficients.update(self.coefficients)
        if factor and other.coefficients:
            add_to(result.coefficients, other.coefficients, factor, budget)
        return result

    def times(self, factor: Number, budget: Budget) -> "Linear":
        budget.spend()
        result = Linear(_checked(factor * self.constant, budget))
        if factor and self.coefficients:
            add_to(result.coefficients, self.coefficients, factor, budget)
        return result

    def replace(self, unknown: Unknown, by: "Linear", budget: Budget) -> "Linear":
        coefficient = self.coefficients.get(unknown)
        if coefficient is None:
            return self
        budget.spend(1 + len(self.coefficients) // 4)
        rest = Linear(self.constant)
        rest.coefficients = {other: value for other, value in self.coefficients.items() if other != unknown}
        return rest.plus(by, coefficient, budget)

    def at(self, point: Mapping[Unknown, Number], budget: Budget) -> Number:
        """The value at a point; an unknown that the point does not name is 0."""
        total = self.constant
        for unknown, coefficient in self.coefficients.items():
            total = _checked(total + coefficient * point.get(unknown, 0), budget)
        return total

    def __repr__(self) -> str:
        return " + ".join([str(self.constant)] + [f"{value}*{name}" for name, value in self.coefficients.items()])


class Relation(StrEnum):
    """Of a linear expression to 0."""

    EQUAL = "="
    AT_LEAST = ">="
    ABOVE = ">"
    DIFFERENT = "!="


@dataclass(frozen=True, slots=True)
class Constraint:
    """`linear` stands in `relation` to 0."""

    linear: Linear
    relation: Relation

    def holds(self, value: Number) -> bool:
        """Whether it does where `linear` has this value."""
        match self.relation:
            case Relation.EQUAL:
                return value == 0
            case Relation.AT_LEAST:
                return value >= 0
            case Relation.ABOVE:
                return value > 0
            case Relation.DIFFERENT:
                return value != 0


def check_farkas(
    constraints: Sequence[Constraint],
    multipliers: Sequence[Number],
    budget: Budget,
    integers: Collection[Unknown] = (),
) -> None:
    """Check that the constraints, each times its multiplier, add up to a statement about numbers that is false.

    An inequality takes no negative multiplier; an equality takes any. A disequality is used alone, or with equalities
    alone: `e != 0` is false where equalities add up to `e = 0`. Where every unknown of a constraint is one of
    `integers`, the constraint is first made as tight as they allow (`tightened`).

    Raises:
        RefutedError: they do not.
    """
    if len(constraints) != len(multipliers):
        raise RefutedError(f"{len(constraints)} constraints take as many multipliers, not {len(multipliers)}")
    total = Linear()
    used = set()
    disequalities = 0
    for constraint, multiplier in zip(constraints, multipliers, strict=True):
        if multiplier == 0:
            continue
        if integers:
            constraint = tightened(constraint, integers, budget)
        if multiplier < 0 and constraint.relation in (Relation.AT_LEAST, Relation.ABOVE):
            raise RefutedError(f"an inequality is multiplied by {multiplier}, which turns it round")
        disequalities += constraint.relation is Relation.DIFFERENT
        used.add(constraint.relation)
        total = total.plus(constraint.linear, multiplier, budget)
    if disequalities > 1 or (disequalities and used - {Relation.DIFFERENT, Relation.EQUAL}):
        raise RefutedError("a disequality is added to what is no equality")
    if total.coefficients:
        raise RefutedError("the sum still has unknowns in it")
    for relation in (Relation.DIFFERENT, Relation.ABOVE, Relation.AT_LEAST, Relation.EQUAL):
        if relation in used:
            if Constraint(total, relation).holds(total.constant):
                raise RefutedError(f"the sum says {total.constant} {relation} 0, which is true")
            return
    raise RefutedError("nothing is added up")


def refutes(
    constraints: Sequence[Constraint],
    multipliers: Sequence[Number],
    budget: Budget,
    integers: Collection[Unknown] = (),
) -> bool:
    """Whether `check_farkas` accepts the multipliers."""
    try:
        check_farkas(constraints, multipliers, budget, integers)
    except RefutedError:
        return False
    return True


def bounds(
    value: Number,
    expression: Linear,
    constraints: Sequence[Constraint],
    multipliers: Sequence[Number],
    budget: Budget,
) -> bool:
    """Whether the constraints, each times its multiplier, add up to `value - expression >= 0`."""
    rest = Linear(value).plus(expression, -1, budget)
    for constraint, multiplier in zip(constraints, multipliers, strict=True):
        if constraint.relation is Relation.DIFFERENT or (multiplier < 0 and constraint.relation is not Relation.EQUAL):
            return False
        rest = rest.plus(constraint.linear, -multiplier, budget)
    return not rest.coefficients and rest.constant >= 0


def tightened(constraint: Constraint, integers: Collection[Unknown], budget: Budget) -> Constraint:
    """The constraint with whole coefficients that have no common divisor, its constant rounded towards fewer points.

    It has the same solutions among the integers. Unchanged where it has an unknown that is none of `integers`.
    """
    linear = constraint.linear
    if not linear.coefficients or not all(unknown in integers for unknown in linear.coefficients):
        return constraint
    denominator, divisor = 1, 0
    for value in linear.coefficients.values():
        budget.size(bits(denominator) + bits(value))
        budget.spend()
        denominator = lcm(denominator, value.denominator)
    for value in linear.coefficients.values():
        divisor = gcd(divisor, value.numerator * (denominator // value.denominator))
    scaled = linear.times(quotient(denominator, divisor), budget)
    whole = scaled.constant.numerator // scaled.constant.denominator
    is_whole = scaled.constant == whole
    match constraint.relation:
        case Relation.AT_LEAST:
            return Constraint(Linear(whole, scaled.coefficients), Relation.AT_LEAST)
        case Relation.ABOVE:
            return Constraint(Linear(whole - is_whole, scaled.coefficients), Relation.AT_LEAST)
        case Relation.EQUAL:
            # No integers make it 0: as the equality 1 = 0, it refutes alone.
            return Constraint(scaled if is_whole else Linear(1), Relation.EQUAL)
        case Relation.DIFFERENT:
            return constraint


def satisfied(constraints: Iterable[Constraint], point: Mapping[Unknown, Number], budget: Budget) -> bool:
    return all(constraint.holds(constraint.linear.at(point, budget)) for constraint in constraints)


def add_to(target: dict[Unknown, Number], source: Mapping[Unknown, Number], factor: Number, budget: Budget) -> None:
    """Add `factor` times `source`, leaving no 0 behind."""
    for name, value in source.items():
        total = _checked(target.get(name, 0) + factor * value, budget)
        if total:
            target[name] = total
        else:
            target.pop(name, None)


def _checked(number: Number, budget: Budget) -> Number:
    """The number, as `int` if it is whole. What it is made of was checked in its turn, so that it cannot be large
    beyond measure.
    """
    if type(number) is int and -_WORD < number < _WORD:
        budget.spend()
        return number
    size = bits(number)
    budget.size(size)
    budget.spend(1 + size // 64)
    return number.numerator if number.denominator == 1 else number
