"""Terms in one notation, so that what a script asserts can be found again in a proof about it, written otherwise.

Definitions and labels are written out (the reader has done so with `let`); `(< a b c)` is a conjunction of pairs,
`(=> a b c)` and `(- a b c)` nest, `(and a)` is a. A variable is known by its name and sort alone; where that would
confuse two, there is no such term. That `(- 3)` is a number, and 1 among reals is 1.0, is so of all terms: `theories`.

Known are Core, Ints and Reals, and functions of which nothing is known: constructors and selectors are such too.
Whatever contradicts itself then, contradicts itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import pairwise

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.smt.terms import BOOL, INT, REAL, Sort, Term, Terms
from solvers.checking.smt.theories import as_sort, operation

MAX_DEPTH = 100
"""Rules go through terms recursively, so deeper ones are not made."""

COMPARISONS = frozenset({"<", "<=", ">", ">="})
CONNECTIVES = frozenset({"not", "and", "or", "=>", "xor"})
_QUANTIFIERS = frozenset({"forall", "exists", "choice"})
_CHAINED = COMPARISONS | {"="}
_LEFT_ASSOCIATIVE = frozenset({"-", "/", "div", "xor"})
_ARITHMETIC = frozenset("+ - * / div mod abs to_real to_int is_int".split())
_INTERPRETED = CONNECTIVES | _CHAINED | _ARITHMETIC | {"distinct", "ite"}
_OPAQUE = frozenset({"apply", "constructor", "selector", "tester"})


class NormalTerms:
    """Makes terms in the one notation: those that are read, by `of`, and others of the same kind."""

    def __init__(self, terms: Terms) -> None:
        self.budget: Budget = terms.budget
        self.true, self.false = terms.true, terms.false
        self._terms = terms
        self._known: dict[Term, Term] = {}

    def of(self, term: Term) -> Term:
        """`term` in the one notation. Raises `NotCheckableError` where it has none."""
        known = self._known
        stack = [term]
        while stack:
            item = stack[-1]
            self.budget.spend()
            if item in known:
                stack.pop()
                continue
            parts = _parts(item)
            waiting = [part for part in parts if part not in known]
            if waiting:
                stack += waiting
            else:
                known[item] = self._rewritten(item, tuple(known[part] for part in parts))
        return known[term]

    def _rewritten(self, term: Term, parts: tuple[Term, ...]) -> Term:
        """`term`, whose parts are these in the one notation."""
        match term.op:
            case "literal" if term.sort in {BOOL, INT, REAL}:
                return term
            case "literal":
                raise NotCheckableError(f"the checker of proofs does not know values of the sort {term.sort!r}")
            case "variable":
                return self.variable(term.data[0], term.sort)
            case "apply" if term.data.body is not None:
                return self._called(term, parts)
        if term.op in _QUANTIFIERS:
            self._refuse_two_of_one_name(term)
            return self.bind(term.op, [self.variable(bound.data[0], bound.sort) for bound in term.bound], *parts)
        return self._again(term, parts)

    def _called(self, term: Term, parts: tuple[Term, ...]) -> Term:
        function = term.data
        if function.recursive:
            raise NotCheckableError(f"{function.name[:60]} is defined by recursion, and cannot be written out")
        *args, body = parts
        params = (self.variable(param.data[0], param.sort) for param in function.params)
        return self.substitute(body, dict(zip(params, args, strict=True)))

    def _refuse_two_of_one_name(self, term: Term) -> None:
        names = {(variable.data[0], variable.sort): variable for variable in term.bound}
        self.budget.spend(len(term.args[0].free))
        for variable in term.args[0].free:
            if names.get((variable.data[0], variable.sort), variable) is not variable:
                raise NotCheckableError(f"two variables are called {variable.data[0][:60]} in {term!r}")

    def _again(self, term: Term, args: tuple[Term, ...]) -> Term:
        """`term`, no binder, with other arguments of the same sorts."""
        if term.op in _OPAQUE:
            return self._shallow(self._terms.make(term.op, args, term.sort, term.data))
        if args == term.args and term.op in _INTERPRETED:
            return self._plain(term)
        return self.make(term.op, args)

    def make(self, op: str, args: Sequence[Term]) -> Term:
        """An operation of Core, Ints or Reals on terms in the one notation. Raises `NotCheckableError`."""
        if op not in _INTERPRETED:
            raise NotCheckableError(f"the checker of proofs does not know {op[:60]}")
        return self._plain(operation(self._terms, op, (), tuple(args)))

    def _plain(self, term: Term) -> Term:
        op, args = self._shallow(term).op, term.args
        if op in {"and", "or"} and len(args) == 1:
            return args[0]
        if len(args) > 2:
            if op in _CHAINED:
                return self.make("and", [self.make(op, pair) for pair in pairwise(args)])
            if op in _LEFT_ASSOCIATIVE:
                return reduce(lambda left, right: self.make(op, (left, right)), args)
            if op == "=>":
                return reduce(lambda right, left: self.make(op, (left, right)), reversed(args))
        return term

    def _shallow(self, term: Term) -> Term:
        if term.depth > MAX_DEPTH:
            raise NotCheckableError(f"a term is nested deeper than {MAX_DEPTH}")
        return term

    def number(self, value: int, sort: Sort) -> Term:
        return self.fitted(self._terms.literal(value, INT), sort)

    def variable(self, name: str, sort: Sort) -> Term:
        return self._terms.variable(name, sort)

    def bind(self, binder: str, variables: Iterable[Term], body: Term) -> Term:
        return self._shallow(self._terms.bind(binder, tuple(variables), body))

    def negation(self, term: Term) -> Term:
        return self.make("not", (term,))

    def fitted(self, term: Term, sort: Sort) -> Term:
        """`term` as a term of `sort`: the same, or an integer as a real. Raises `NotCheckableError`."""
        return as_sort(self._terms, term, sort)

    def substitute(self, term: Term, values: Mapping[Term, Term]) -> Term:
        """`term` with its free variables replaced, all at once.

        Raises `NotCheckableError` where a variable of a value would be captured, or a value has another sort.
        """
        for variable, value in values.items():
            if variable.sort is not value.sort:
                raise NotCheckableError(f"{value!r} does not have the sort {variable.sort!r} of {variable!r}")
        return self._substitute(term, values, {})

    def _substitute(self, term: Term, values: Mapping[Term, Term], done: dict[Term, Term]) -> Term:
        if term.free.isdisjoint(values):
            return term
        found = done.get(term)
        if found is not None:
            return found
        self.budget.spend(2)
        if term.op == "variable":
            result = values[term]
        elif term.bound:
            inner = {variable: value for variable, value in values.items() if variable in term.free}
            if any(not value.free.isdisjoint(term.bound) for value in inner.values()):
                raise NotCheckableError(f"a substitution into {term!r} would capture a variable")
            result = self.bind(term.op, term.bound, self._substitute(term.args[0], inner, {}))
        else:
            result = self._again(term, tuple(self._substitute(arg, values, done) for arg in term.args))
        done[term] = result
        return result


def _parts(term: Term) -> tuple[Term, ...]:
    """What has to be in the one notation before `term` can be: of what is defined, the body too."""
    if term.op == "apply" and term.data.body is not None and not term.data.recursive:
        return (*term.args, term.data.body)
    return term.args


def flattened(op: str, term: Term, budget: Budget) -> list[Term]:
    """The parts of nested `and` or `or`."""
    parts: list[Term] = []
    stack = [term]
    while stack:
        item = stack.pop()
        budget.spend()
        if item.op == op:
            stack.extend(reversed(item.args))
        else:
            parts.append(item)
    return parts
