"""Polynomials over exact rationals, and what a comparison says in terms of them.

A term that is no sum, product or quotient by a number is a letter of the polynomial. Division by a term, or by zero, is
a letter too: SMT-LIB leaves its value open.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import NamedTuple

from solvers.checking.smt.normal import COMPARISONS, NormalTerms
from solvers.checking.smt.terms import INT, REAL, Term

Monomial = tuple[int, ...]
"""The letters' numbers, sorted, one for each time it is a factor; `()` is 1."""
Polynomial = dict[Monomial, Fraction]
"""Without zeros."""
Form = tuple[tuple[Monomial, Fraction], ...]
"""A polynomial without a constant, its coefficients whole, without a common factor, and the first one positive."""

_MOST_MONOMIALS = 2_000


class Bound(NamedTuple):
    """`form <= limit` ("le"), `form < limit` ("lt") or `form = limit` ("eq").

    `whole`: the form is an integer whatever its letters are; then so is the limit, and the kind is never "lt".
    """

    kind: str
    form: Form
    limit: Fraction
    whole: bool


class Arithmetic:
    """Reads terms as polynomials; remembers what it has read."""

    def __init__(self, terms: NormalTerms) -> None:
        self._terms = terms
        self._budget = terms.budget
        self._polynomials: dict[Term, Polynomial] = {}
        self._letters: dict[Term, int] = {}
        self._whole: list[bool] = []
        """Of each letter, whether it is an integer."""

    def polynomial(self, term: Term) -> Polynomial:
        found = self._polynomials.get(term)
        if found is None:
            found = self._read(term)
            self._budget.spend(1 + len(found))
            self._polynomials[term] = found
        return found

    def difference(self, left: Term, right: Term) -> Polynomial:
        return self.sum([(Fraction(1), self.polynomial(left)), (Fraction(-1), self.polynomial(right))])

    def sum(self, parts: Sequence[tuple[Fraction, Polynomial]]) -> Polynomial:
        total: Polynomial = {}
        for factor, polynomial in parts:
            for monomial, coefficient in polynomial.items():
                self._budget.spend(2)
                self._budget.size(_bits(factor) + _bits(coefficient))
                value = total.get(monomial, Fraction(0)) + factor * coefficient
                self._budget.size(_bits(value))
                if value:
                    total[monomial] = value
                else:
                    total.pop(monomial, None)
        return total

    def product(self, left: Polynomial, right: Polynomial) -> Polynomial:
        total: Polynomial = {}
        for first, a in left.items():
            for second, b in right.items():
                self._budget.spend(3 + len(first) + len(second))
                self._budget.size(_bits(a) + _bits(b))
                monomial = tuple(sorted(first + second))
                value = total.get(monomial, Fraction(0)) + a * b
                if value:
                    total[monomial] = value
                else:
                    total.pop(monomial, None)
            # Each monomial costs memory as well as time.
            self._budget.spend(len(total) // _MOST_MONOMIALS * 1000)
        return total

    def constant(self, term: Term) -> Fraction | None:
        """The number that a term always is, if that shows."""
        if term.sort not in {INT, REAL}:
            return None
        polynomial = self.polynomial(term)
        if polynomial.keys() <= {()}:
            return polynomial.get((), Fraction(0))
        return None

    def _read(self, term: Term) -> Polynomial:
        match term.op:
            case "literal":
                return {(): Fraction(term.data)} if term.data else {}
            case "+":
                return self.sum([(Fraction(1), self.polynomial(argument)) for argument in term.args])
            case "-" if len(term.args) == 1:
                return self.sum([(Fraction(-1), self.polynomial(term.args[0]))])
            case "-":
                return self.difference(*term.args)
            case "*":
                total: Polynomial = {(): Fraction(1)}
                for argument in term.args:
                    total = self.product(total, self.polynomial(argument))
                return total
            case "/" if (divisor := self.constant(term.args[1])) is not None and divisor:
                return self.sum([(1 / divisor, self.polynomial(term.args[0]))])
            case "to_real":
                return self.polynomial(term.args[0])
            case "div" | "mod" | "abs" | "to_int":
                value = self._of_numbers(term.op, [self.constant(argument) for argument in term.args])
                if value is not None:
                    return {(): value} if value else {}
                if term.op == "mod" and (divisor := self.constant(term.args[1])):
                    quotient = self._terms.make("div", term.args)
                    return self.sum(
                        [(Fraction(1), self.polynomial(term.args[0])), (-divisor, self.polynomial(quotient))]
                    )
            case "ite" if (condition := self.truth(term.args[0])) is not None:
                return self.polynomial(term.args[1] if condition else term.args[2])
        letter = self._letters.setdefault(term, len(self._letters))
        if letter == len(self._whole):
            self._whole.append(term.sort is INT)
        return {(letter,): Fraction(1)}

    def _of_numbers(self, op: str, args: Sequence[Fraction | None]) -> Fraction | None:
        values = [value for value in args if value is not None]
        if len(values) != len(args):
            return None
        match op, values:
            case "abs", [value]:
                return abs(value)
            case "to_int", [value]:
                return Fraction(floor(value))
            case (("div" | "mod"), [value, divisor]) if divisor:
                # The remainder is never negative. Source: SMT-LIB 2.6, theory Ints.
                quotient = Fraction(floor(value / divisor) if divisor > 0 else ceil(value / divisor))
                return quotient if op == "div" else value - divisor * quotient
        return None

    def truth(self, term: Term) -> bool | None:
        """Of a formula of numbers alone, whether it is true; None where that does not show."""
        self._budget.spend()
        match term.op:
            case "literal":
                return bool(term.data)
            case "not":
                value = self.truth(term.args[0])
                return None if value is None else not value
            case "and" | "or":
                values = [self.truth(argument) for argument in term.args]
                if term.op == "and":
                    return False if False in values else None if None in values else True
                return True if True in values else None if None in values else False
            case "is_int":
                number = self.constant(term.args[0])
                return None if number is None else number.denominator == 1
        if self.is_comparison(term):
            read = self.bound(term)
            return read if isinstance(read, bool) else None
        return None

    def is_comparison(self, term: Term) -> bool:
        """Of two numbers."""
        return term.op in COMPARISONS or (term.op == "=" and term.args[0].sort in {INT, REAL})

    def bound(self, term: Term) -> tuple[Bound, bool] | bool:
        """What a comparison says: a bound, and whether it is the bound or its negation; or that it is always true or
        never.
        """
        left, right = term.args
        if term.op in {">", ">="}:
            left, right = right, left
        difference = self.difference(left, right)
        constant = -difference.pop((), Fraction(0))
        kind = {"=": "eq", "<": "lt", ">": "lt", "<=": "le", ">=": "le"}[term.op]
        if not difference:
            return {"eq": constant == 0, "lt": constant > 0, "le": constant >= 0}[kind]
        ordered = sorted(difference.items())
        whole = lcm(*(coefficient.denominator for _, coefficient in ordered))
        self._budget.size(whole.bit_length() + max(_bits(coefficient) for _, coefficient in ordered))
        common = gcd(*(int(coefficient * whole) for _, coefficient in ordered))
        scale = Fraction(whole, common) * (1 if ordered[0][1] > 0 else -1)
        form = tuple((monomial, coefficient * scale) for monomial, coefficient in ordered)
        limit = constant * scale
        self._budget.spend(len(form))
        self._budget.size(_bits(limit))
        positive = True
        if scale < 0 and kind != "eq":  # form > limit is not form <= limit
            kind, positive = ("le", False) if kind == "lt" else ("lt", False)
        whole_form = self.is_whole([monomial for monomial, _ in form])
        if whole_form:
            if kind == "eq" and limit.denominator != 1:
                return False
            if kind == "lt":
                kind, limit = "le", Fraction(ceil(limit) - 1)
            elif kind == "le":
                limit = Fraction(floor(limit))
        return Bound(kind, form, limit, whole_form), positive

    def is_whole(self, monomials: Sequence[Monomial]) -> bool:
        """Whether every letter is an integer."""
        return all(self._whole[letter] for monomial in monomials for letter in monomial)


def contradict(bounds: Sequence[tuple[Bound, bool]]) -> bool:
    """Whether bounds of one form, each as it stands or negated, cannot all hold: no number lies within them."""
    low: tuple[Fraction, bool] | None = None  # the number, and whether it is excluded itself
    high: tuple[Fraction, bool] | None = None
    equal: set[Fraction] = set()
    excluded: set[Fraction] = set()
    for bound, holds in bounds:
        if bound.kind == "eq":
            (equal if holds else excluded).add(bound.limit)
            continue
        strict = (bound.kind == "lt") == holds
        if holds and (high is None or (bound.limit, not strict) < (high[0], not high[1])):
            high = bound.limit, strict
        if not holds and (low is None or (bound.limit, strict) > low):
            low = bound.limit, strict
    if low is not None and low[1] and bounds[0][0].whole:
        low = low[0] + 1, False
    if len(equal) > 1 or equal & excluded:
        return True
    for value in equal:
        if high is not None and (value > high[0] or (value == high[0] and high[1])):
            return True
        if low is not None and (value < low[0] or (value == low[0] and low[1])):
            return True
    if low is not None and high is not None:
        if low[0] > high[0]:
            return True
        if low[0] == high[0]:
            return low[1] or high[1] or low[0] in excluded
    return False


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def farkas(arithmetic: Arithmetic, literals: Sequence[tuple[Term, bool]], multipliers: Sequence[Fraction]) -> bool:
    """Whether the comparisons, each true or false as said, cannot all be so: multiplied and added up they say that
    0 > 0, or something as wrong.

    An inequality counts with the size of its multiplier; an equation with its sign, and as all equations are `= 0`, the
    signs of all may be the other way round.
    """
    inequalities: list[tuple[Fraction, Polynomial]] = []
    equations: list[tuple[Fraction, Polynomial]] = []
    strict = False
    for (term, holds), multiplier in zip(literals, multipliers, strict=True):
        if not multiplier:
            continue
        left, right = term.args
        if term.op == "=":
            if not holds:
                return False
            equations.append((multiplier, arithmetic.difference(left, right)))
            continue
        if term.op in {"<", "<="}:
            left, right = right, left
        if not holds:
            left, right = right, left
        # Now left >= right, or left > right.
        is_strict = (term.op in {"<", ">"}) == holds
        polynomial, is_strict = _tightened(arithmetic, arithmetic.difference(left, right), is_strict)
        inequalities.append((abs(multiplier), polynomial))
        strict = strict or is_strict
    for sign in (1, -1):
        total = arithmetic.sum(inequalities + [(sign * factor, polynomial) for factor, polynomial in equations])
        if total.keys() <= {()}:
            value = total.get((), Fraction(0))
            # The sum says value >= 0, or > 0. Equations alone say that it is 0.
            if value < 0 or (strict and value == 0) or (not inequalities and value != 0):
                return True
    return False


def _tightened(arithmetic: Arithmetic, polynomial: Polynomial, strict: bool) -> tuple[Polynomial, bool]:
    """`polynomial >= 0` or `> 0`, with the largest constant taken off that leaves the integers that satisfy it."""
    letters = {monomial: coefficient for monomial, coefficient in polynomial.items() if monomial}
    if not letters or not arithmetic.is_whole(list(letters)):
        return polynomial, strict
    if any(coefficient.denominator != 1 for coefficient in letters.values()):
        return polynomial, strict
    common = gcd(*(int(coefficient) for coefficient in letters.values()))
    # letters >= low, or > low; letters are a multiple of common.
    low = -polynomial.get((), Fraction(0)) / common
    limit = Fraction(floor(low) + 1 if strict else ceil(low)) * common
    return {**letters, **({(): -limit} if limit else {})}, False
