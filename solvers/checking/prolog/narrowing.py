"""What a CLP(FD) formula takes out of the domains of its variables, by interval arithmetic there and back."""

import math
from typing import Protocol

from solvers.checking.budget import Budget
from solvers.checking.prolog import formulas, intervals
from solvers.checking.prolog.formulas import (
    Comparison,
    Connective,
    Expression,
    Formula,
    Membership,
    Operation,
    Sum,
    UndefinedError,
    is_total,
)
from solvers.checking.prolog.intervals import Bound, Domain, Interval
from solvers.checking.prolog.terms import Var, deref

BOOLEAN: Domain = ((0, 1),)


class Store(Protocol):
    """What the domains are kept in."""

    budget: Budget

    def bounds(self, var: Var) -> Interval: ...

    def domain(self, var: Var) -> Domain: ...

    def bounds_of(self, expression: Sum) -> Interval: ...

    def restrict(self, var: Var, domain: Domain) -> bool: ...


def truth(formula: Formula, store: Store) -> bool | None:
    """Whether the formula is true whatever its variables become; None where that is open."""
    match formula:
        case Var():
            low, high = store.bounds(formula)
            return bool(low) if low == high else None
        case int():
            return bool(formula)
        case Comparison(inner, relation):
            return _truth_of_comparison(inner, relation, store)
        case Membership(number, domain):
            before = _domain_of(number, store)
            possible = intervals.intersection(domain, before, store.budget)
            return False if not possible else True if possible == before else None
        case Connective(name, parts):
            return _truth_of_connective(name, [truth(part, store) for part in parts])


def _domain_of(number: Sum, store: Store) -> Domain:
    """Of a variable or an integer."""
    for _, var in number.parts:
        value = deref(var) if isinstance(var, Var) else None
        if isinstance(value, Var):
            return store.domain(value)
    low, high = store.bounds_of(number)
    return intervals.interval(low, high)


def _truth_of_comparison(inner: Sum, relation: str, store: Store) -> bool | None:
    try:
        low, high = store.bounds_of(inner)
    except UndefinedError:
        return False
    match relation:
        case "=":
            never, always = low > 0 or high < 0, low == 0 == high
        case "!=":
            never, always = low == 0 == high, low > 0 or high < 0
        case _:
            never, always = high < 0, low >= 0
    if never:
        return False
    return True if always and is_total(inner) else None


def _truth_of_connective(name: str, parts: list[bool | None]) -> bool | None:
    match name:
        case "and":
            return False if False in parts else None if None in parts else True
        case "or":
            return True if True in parts else None if None in parts else False
        case "not":
            return None if parts[0] is None else not parts[0]
        case "implies":
            return _truth_of_connective("or", [_truth_of_connective("not", parts[:1]), parts[1]])
    if None in parts:
        return None
    return (parts[0] == parts[1]) == (name == "iff")


def narrow(formula: Formula, wanted: bool, store: Store) -> bool:
    """Take out of the domains what makes the formula other than wanted; False where nothing else is left."""
    store.budget.spend()
    match formula:
        case Var():
            return store.restrict(formula, ((int(wanted), int(wanted)),))
        case int():
            return bool(formula) == wanted
        case Comparison(inner, relation):
            return _narrow_comparison(inner, relation, wanted, store)
        case Membership(inner, domain):
            wanted_domain = domain if wanted else intervals.complement(domain, store.budget)
            return _narrow_to(inner, wanted_domain, store)
        case Connective("not", (part,)):
            return narrow(part, not wanted, store)
        case Connective("implies", (left, right)):
            return _narrow_junction([(left, False), (right, True)], wanted, store)
        case Connective("or", parts):
            return _narrow_junction([(part, True) for part in parts], wanted, store)
        case Connective("and", parts):
            return _narrow_junction([(part, False) for part in parts], not wanted, store)
        case Connective(name, (left, right)):
            equal = (name == "iff") == wanted
            for known, other in ((left, right), (right, left)):
                value = truth(known, store)
                if value is not None and not narrow(other, value == equal, store):
                    return False
    return True


def _narrow_junction(parts: list[tuple[Formula, bool]], wanted: bool, store: Store) -> bool:
    """Of `at least one part is as said with it`, which is to be as wanted."""
    if not wanted:
        return all(narrow(part, not said, store) for part, said in parts)
    open_parts = []
    for part, said in parts:
        value = truth(part, store)
        if value is said:
            return True
        if value is None:
            open_parts.append((part, said))
    if not open_parts:
        return False
    if len(open_parts) == 1:
        return narrow(*open_parts[0], store)
    found = _either(open_parts, store)
    return found is None or store.restrict(*found)


def _narrow_comparison(inner: Sum, relation: str, wanted: bool, store: Store) -> bool:
    if truth(Comparison(inner, relation), store) is (not wanted):
        return False
    if not wanted:
        if not is_total(inner):
            return True  # it may be false for want of a value
        if relation == ">=":
            return _narrow_sum(inner, (-math.inf, -1), store)
        relation = "!=" if relation == "=" else "="
    if relation == "!=":
        return _narrow_to(inner, _SATISFYING["!="], store)
    return _narrow_sum(inner, _SATISFYING[relation][0], store)


def _narrow_to(inner: Sum, domain: Domain, store: Store) -> bool:
    """To a domain; in between its ends only where the sum is a variable and a number."""
    if not domain:
        return False
    found = _of_one_variable(inner, domain)
    if found is not None:
        return store.restrict(*found)
    return _narrow_sum(inner, intervals.hull(domain), store)


def _of_one_variable(inner: Sum, domain: Domain) -> tuple[Var, Domain] | None:
    """Where the sum is a variable and a number: the variable, and the domain that puts the sum into this one."""
    sign, var = inner.parts[0] if len(inner.parts) == 1 else (0, None)
    if sign not in (1, -1) or not isinstance(var, Var):
        return None
    shift = (-inner.constant, -inner.constant)
    return var, tuple(sorted(intervals.scale(intervals.add(part, shift), sign) for part in domain))


_SATISFYING: dict[str, Domain] = {
    "=": ((0, 0),),
    "!=": ((-math.inf, -1), (1, math.inf)),
    ">=": ((0, math.inf),),
}


def _allowed(formula: Formula, said: bool, store: Store) -> tuple[Var, Domain] | None:
    """Where the formula is about one variable: what it may be for the formula to be as said."""
    match formula:
        case Comparison(inner, relation):
            found = _of_one_variable(inner, _SATISFYING[relation])
        case Membership(number, domain):
            found = _of_one_variable(number, domain)
        case Connective("or", (left, right)) if said:
            return _either([(left, True), (right, True)], store)
        case _:
            return None
    if found is None or said:
        return found
    return found[0], intervals.complement(found[1], store.budget)


def _either(parts: list[tuple[Formula, bool]], store: Store) -> tuple[Var, Domain] | None:
    """What one variable may be where all the parts are about it alone, and one is as said with it."""
    together: Domain = intervals.NOTHING
    var: Var | None = None
    for part, said in parts:
        found = _allowed(part, said, store)
        if found is None or (var is not None and deref(var) is not deref(found[0])):
            return None
        var, together = found[0], intervals.union(together, found[1], store.budget)
    return None if var is None else (var, together)


def _narrow_sum(inner: Sum, wanted: Interval, store: Store) -> bool:
    """Each part to what the others leave of the interval."""
    try:
        found = [
            intervals.scale(formulas.bound(part, store.bounds, store.budget), coefficient)
            for coefficient, part in inner.parts
        ]
    except UndefinedError:
        return False
    lows = _Total(inner.constant, [low for low, _ in found])
    highs = _Total(inner.constant, [high for _, high in found])
    for (coefficient, part), (low, high) in zip(inner.parts, found, strict=True):
        # coefficient * part is in wanted - rest.
        least = intervals.plus(wanted[0], -highs.without(high))
        most = intervals.plus(wanted[1], -lows.without(low))
        if coefficient and not _narrow_part(part, _divided((least, most), coefficient), store):
            return False
    return True


class _Total:
    """A sum of bounds, to take one out of again."""

    def __init__(self, constant: int, ends: list[Bound]) -> None:
        self._finite = constant + sum(end for end in ends if type(end) is int)
        self._infinite = [end for end in ends if type(end) is float]

    def without(self, end: Bound) -> Bound:
        if type(end) is float:
            return self._infinite[0] if len(self._infinite) > 1 else self._finite
        return self._infinite[0] if self._infinite else self._finite - end


def _divided(of: Interval, by: int) -> Interval:
    """The integers that, times `by`, are in the interval; perhaps none: low above high."""
    low, high = of if by > 0 else (-of[1], -of[0])
    by = abs(by)
    return (low if type(low) is float else -(-int(low) // by)), (high if type(high) is float else int(high) // by)


def _narrow_part(part: Expression, wanted: Interval, store: Store) -> bool:
    low, high = wanted
    if low > high:
        return False
    if isinstance(part, Var):
        if isinstance(deref(part), Var):
            return store.restrict(part, ((low, high),))
        return low <= formulas.number(part) <= high
    return _narrow_operation(part, wanted, store)


def _narrow_operation(part: Operation, wanted: Interval, store: Store) -> bool:
    try:
        parts = [store.bounds_of(inner) for inner in part.parts]
    except UndefinedError:
        return False
    low, high = wanted
    match part.name:
        case "abs":
            if high < 0:
                return False
            side = (
                (max(low, 0), high)
                if parts[0][0] >= 0
                else (-high, min(-low, 0))
                if parts[0][1] <= 0
                else (-high, high)
            )
            return _narrow_sum(part.parts[0], side, store)
        case "min" | "max":
            return _narrow_extremum(part, parts, wanted, store)
        case "*":
            return all(_narrow_factor(part.parts[this], parts[1 - this], wanted, store) for this in (0, 1))
        case "^":
            exponent = parts[1][0]
            if exponent == parts[1][1] and type(exponent) is int and exponent > 0:
                most = intervals.root(intervals.magnitude(wanted), exponent, store.budget)
                return _narrow_sum(part.parts[0], (-most, most), store)
        case "//" | "div":
            divisor = parts[1][0]
            if divisor == parts[1][1] and type(divisor) is int and divisor > 0:
                # The quotient is less than 1 away from the exact one.
                least = intervals.plus(intervals.times(intervals.plus(low, -1), divisor), 1)
                most = intervals.plus(intervals.times(intervals.plus(high, 1), divisor), -1)
                return _narrow_sum(part.parts[0], (least, most), store)
    return True


def _narrow_extremum(part: Operation, parts: list[Interval], wanted: Interval, store: Store) -> bool:
    low, high = wanted
    for this in (0, 1):
        other = parts[1 - this]
        if part.name == "max":
            side = (low if other[1] < low else -math.inf, high)
        else:
            side = (low, high if other[0] > high else math.inf)
        if not _narrow_sum(part.parts[this], side, store):
            return False
    return True


def _narrow_factor(factor: Sum, other: Interval, product: Interval, store: Store) -> bool:
    """Of a product: what times the other factor is in the interval."""
    low, high = product
    if low <= 0 <= high:
        if other[0] <= 0 <= other[1]:
            return True
    elif other[0] == 0 == other[1]:
        return False
    # The other is at least 1 in size here: either it has no 0, or the product has none.
    least = min(abs(end) for end in other) if other[0] > 0 or other[1] < 0 else 1
    most = intervals.magnitude(product)
    if type(most) is float:
        return True
    size = int(most) // int(least)
    side: Interval = (-size, size)
    if other[0] > 0:
        side = (0 if low >= 0 else -size, 0 if high <= 0 else size)
    elif other[1] < 0:
        side = (0 if high <= 0 else -size, 0 if low >= 0 else size)
    return _narrow_sum(factor, side, store)
