"""CLP(FD) expressions and reifiable constraints: read from terms, evaluated, bounded by intervals.

A comparison with an expression that has no value, such as a division by zero, is false, as in the engine; so its
negation is true.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Union

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog import intervals
from solvers.checking.prolog.intervals import Domain, Interval
from solvers.checking.prolog.terms import Atom, Struct, Term, Var, deref, list_of

MAX_DEPTH = 60
"""Of an expression or a formula."""


class UndefinedError(Exception):
    """The expression has no value."""


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """`constant` plus each part times its coefficient."""

    constant: int
    parts: "tuple[tuple[int, Expression], ...]"


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """`name` of one or two expressions, as in `_EVALUATE`."""

    name: str
    parts: "tuple[Sum, ...]"


Expression = Var | Operation
"""What a sum is made of."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """`sum` stands in `relation` to 0: `=`, `!=` or `>=`."""

    sum: Sum
    relation: str


@dataclass(frozen=True, slots=True, eq=False)
class Membership:
    var: Sum
    domain: Domain


@dataclass(frozen=True, slots=True, eq=False)
class Connective:
    """`name`: `and`, `or`, `xor`, `iff`, `implies`, `not`."""

    name: str
    parts: "tuple[Formula, ...]"


Formula = Union[Var, int, Comparison, Membership, Connective]  # noqa: UP007  # refers to itself

COMPARISONS = {"#=", "#\\=", "#<", "#>", "#=<", "#>="}
CONNECTIVES = {"#/\\": "and", "#\\/": "or", "#\\": "xor", "#<==>": "iff", "#==>": "implies", "#<==": "implied"}


def read_formula(term: Term, budget: Budget, depth: int = 0) -> Formula:
    """A reifiable constraint."""
    budget.spend()
    if depth > MAX_DEPTH:
        raise NotCheckableError("a constraint nested too deep")
    term = deref(term)
    if isinstance(term, Var):
        return term
    if type(term) is int and term in (0, 1):
        return term
    if type(term) is Struct and len(term.args) == 2:
        if term.name in COMPARISONS:
            return read_comparison(term.name, *term.args, budget)
        if term.name == "in":
            return Membership(read_number(term.args[0], budget), read_domain(term.args[1], budget))
        if term.name in CONNECTIVES:
            left, right = (read_formula(part, budget, depth + 1) for part in term.args)
            name = CONNECTIVES[term.name]
            return Connective("implies", (right, left)) if name == "implied" else Connective(name, (left, right))
    if type(term) is Struct and term.name == "#\\" and len(term.args) == 1:
        return Connective("not", (read_formula(term.args[0], budget, depth + 1),))
    raise NotCheckableError("a constraint over integers that the checker does not know")


def read_comparison(name: str, left: Term, right: Term, budget: Budget) -> Comparison:
    return compared(name, read_expression(left, budget), read_expression(right, budget), budget)


def compared(name: str, before: Sum, after: Sum, budget: Budget) -> Comparison:
    match name:
        case "#=":
            return Comparison(plus(before, after, -1, budget), "=")
        case "#\\=":
            return Comparison(plus(before, after, -1, budget), "!=")
        case "#>=":
            return Comparison(plus(before, after, -1, budget), ">=")
        case "#>":
            return Comparison(plus(plus(before, Sum(1, ()), -1, budget), after, -1, budget), ">=")
        case "#=<":
            return Comparison(plus(after, before, -1, budget), ">=")
        case "#<":
            return Comparison(plus(plus(after, Sum(1, ()), -1, budget), before, -1, budget), ">=")
    raise NotCheckableError(f"the relation {name} is unknown to the checker")


def read_expression(term: Term, budget: Budget, depth: int = 0) -> Sum:
    budget.spend()
    if depth > MAX_DEPTH:
        raise NotCheckableError("an expression nested too deep")
    term = deref(term)
    if isinstance(term, Var):
        return Sum(0, ((1, term),))
    if type(term) is int:
        return Sum(term, ())
    if type(term) is not Struct:
        raise NotCheckableError("a constraint over integers on what is none")
    parts = tuple([read_expression(part, budget, depth + 1) for part in term.args])
    match term.name, parts:
        case "+", [left, right]:
            return plus(left, right, 1, budget)
        case "-", [left, right]:
            return plus(left, right, -1, budget)
        case "-", [left]:
            return plus(Sum(0, ()), left, -1, budget)
        case "*", [left, right] if not left.parts:
            return plus(Sum(0, ()), right, left.constant, budget)
        case "*", [left, right] if not right.parts:
            return plus(Sum(0, ()), left, right.constant, budget)
        case "*" | "//" | "div" | "mod" | "rem" | "min" | "max" | "^", [_, _]:
            return _folded(Operation(term.name, parts), budget)
        case "abs", [_]:
            return _folded(Operation(term.name, parts), budget)
    raise NotCheckableError(f"{term.name}/{len(term.args)} in a constraint is unknown to the checker")


def _folded(operation: Operation, budget: Budget) -> Sum:
    if not any(part.parts for part in operation.parts):
        try:
            return Sum(evaluate(operation, budget), ())
        except UndefinedError:
            pass
    return Sum(0, ((1, operation),))


def plus(left: Sum, right: Sum, factor: int, budget: Budget) -> Sum:
    coefficients: dict[Expression, int] = {part: coefficient for coefficient, part in left.parts}
    budget.spend(len(left.parts) + len(right.parts))
    for coefficient, part in right.parts:
        budget.size(coefficient.bit_length() + factor.bit_length())
        total = coefficients.get(part, 0) + factor * coefficient
        if total or isinstance(part, Operation):
            # An operation stays even when nothing is left of it: it may have no value.
            coefficients[part] = total
        else:
            coefficients.pop(part, None)
    budget.size(right.constant.bit_length() + factor.bit_length())
    constant = left.constant + factor * right.constant
    return Sum(constant, tuple((coefficient, part) for part, coefficient in coefficients.items()))


def read_domain(term: Term, budget: Budget, depth: int = 0) -> Domain:
    """`1..3 \\/ 5`, with `inf` and `sup` where there is no end, or `{1,2}`."""
    term = deref(term)
    budget.spend()
    if type(term) is int:
        return ((term, term),)
    if type(term) is Struct and len(term.args) == 2 and depth < MAX_DEPTH:
        left, right = deref(term.args[0]), deref(term.args[1])
        if term.name == "..":
            low = -math.inf if left == Atom("inf") else left if type(left) is int else None
            high = math.inf if right == Atom("sup") else right if type(right) is int else None
            if low is not None and high is not None:
                return intervals.interval(low, high)
        elif term.name == "\\/":
            found = read_domain(left, budget, depth + 1), read_domain(right, budget, depth + 1)
            return intervals.union(*found, budget)
    raise NotCheckableError("a domain that the checker does not know")


def read_list(term: Term, budget: Budget) -> list[Sum]:
    """A list of variables and integers."""
    items = list_of(term, budget)
    if items is None:
        raise NotCheckableError("a constraint on what is no list")
    return [read_number(item, budget) for item in items]


def read_number(term: Term, budget: Budget) -> Sum:
    """A variable or an integer."""
    if isinstance(deref(term), Struct):
        raise NotCheckableError("a constraint over integers on what is none")
    return read_expression(term, budget)


def booleans(formula: Formula, into: dict[Var, None]) -> None:
    """Collect the variables that stand for truth values."""
    if isinstance(formula, Var):
        into[formula] = None
    elif isinstance(formula, Connective):
        for part in formula.parts:
            booleans(part, into)


def unknowns(node: "Formula | Sum | Expression", into: dict[Var, None], budget: Budget) -> None:
    """Collect the variables that have no value."""
    budget.spend()
    match node:
        case Var():
            value = deref(node)
            if isinstance(value, Var):
                into[value] = None
        case Sum(_, parts):
            for _, part in parts:
                unknowns(part, into, budget)
        case Operation(_, sums):
            for part_sum in sums:
                unknowns(part_sum, into, budget)
        case Comparison(inner, _) | Membership(inner, _):
            unknowns(inner, into, budget)
        case Connective(_, formulas):
            for formula in formulas:
                unknowns(formula, into, budget)


def is_total(node: Sum | Expression) -> bool:
    """Whether it has a value wherever its variables have one."""
    match node:
        case Sum(_, parts):
            return all(is_total(part) for _, part in parts)
        case Operation(name, sums):
            return name in ("*", "min", "max", "abs") and all(map(is_total, sums))
    return True


def _truncated(left: int, right: int) -> int:
    return left // right if (left >= 0) == (right >= 0) else -(-left // right)


def _floored(left: int, right: int) -> int:
    return left // right


_EVALUATE: dict[str, Callable[..., int]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "//": _truncated,
    "div": _floored,
    "mod": lambda left, right: left % right,
    "rem": lambda left, right: left - right * _truncated(left, right),
}


def number(var: Var) -> int:
    """The value of a variable that has one."""
    value = deref(var)
    if type(value) is not int:
        raise NotCheckableError("a variable of a constraint over integers is none")
    return value


def evaluate(node: Sum | Expression, budget: Budget) -> int:
    """The value, where every variable has one. Raises `UndefinedError`."""
    budget.spend()
    if isinstance(node, Var):
        return number(node)
    if isinstance(node, Sum):
        total = node.constant
        for coefficient, part in node.parts:
            value = evaluate(part, budget)
            budget.size(coefficient.bit_length() + value.bit_length())
            total += coefficient * value
        return total
    arguments = [evaluate(part, budget) for part in node.parts]
    match node.name, arguments:
        case "*", [left, right]:
            budget.size(left.bit_length() + right.bit_length())
            return left * right
        case "^", [left, right]:
            if right < 0:
                raise NotCheckableError("a negative power over integers")
            budget.size(left.bit_length() * right)
            return int(left**right)
        case (("//" | "div" | "mod" | "rem"), [_, 0]):
            raise UndefinedError
    return _EVALUATE[node.name](*arguments)


def holds(formula: Formula, budget: Budget) -> bool:
    """Whether it is true, where every variable has a value."""
    budget.spend()
    match formula:
        case Var():
            return _truth_of(number(formula))
        case int():
            return bool(formula)
        case Comparison(inner, relation):
            try:
                return compares(relation, evaluate(inner, budget))
            except UndefinedError:
                return False
        case Membership(inner, domain):
            return intervals.contains(domain, evaluate(inner, budget))
        case Connective(name, parts):
            return _CONNECT[name](*[holds(part, budget) for part in parts])


def _truth_of(value: int) -> bool:
    if value not in (0, 1):
        raise NotCheckableError("a truth value that is neither 0 nor 1")
    return value == 1


def compares(relation: str, value: int) -> bool:
    return value == 0 if relation == "=" else value != 0 if relation == "!=" else value >= 0


_CONNECT: dict[str, Callable[..., bool]] = {
    "and": lambda left, right: left and right,
    "or": lambda left, right: left or right,
    "xor": lambda left, right: left != right,
    "iff": lambda left, right: left == right,
    "implies": lambda left, right: right or not left,
    "not": lambda part: not part,
}


def bound(node: Sum | Expression, domain: Callable[[Var], Interval], budget: Budget) -> Interval:
    """Bounds of the values that the expression can have. Raises `UndefinedError` where it can have none."""
    budget.spend()
    if isinstance(node, Var):
        return domain(node)
    if isinstance(node, Sum):
        total: Interval = (node.constant, node.constant)
        for coefficient, part in node.parts:
            total = intervals.add(total, intervals.scale(bound(part, domain, budget), coefficient))
        _check_size(total, budget)
        return total
    parts = [bound(part, domain, budget) for part in node.parts]
    found = _bound_operation(node.name, parts, budget)
    _check_size(found, budget)
    return found


def _check_size(found: Interval, budget: Budget) -> None:
    for end in found:
        if type(end) is int:
            budget.size(end.bit_length())


def _bound_operation(name: str, parts: list[Interval], budget: Budget) -> Interval:
    match name, parts:
        case "abs", [left]:
            return intervals.absolute(left)
        case "*", [left, right]:
            return intervals.multiply(left, right)
        case "min", [left, right]:
            return min(left[0], right[0]), min(left[1], right[1])
        case "max", [left, right]:
            return max(left[0], right[0]), max(left[1], right[1])
        case "^", [left, right]:
            return intervals.power(left, right, budget)
    left, right = parts
    if right == (0, 0):
        raise UndefinedError
    match name:
        case "//":
            return intervals.quotient(left, right, _truncated)
        case "div":
            return intervals.quotient(left, right, _floored)
        case "mod":
            return intervals.modulo(left, right)
    return intervals.remainder(left, right)
