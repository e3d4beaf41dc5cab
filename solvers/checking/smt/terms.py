"""Sorted SMT-LIB terms. Two terms of one `Terms` are equal exactly when they are the same object.

A `let` is gone when a term stands here: its name was replaced by the term it stands for, which is then shared. A
quantified variable has a name, a sort and a level: the number of binders of the same name and sort around its own, so
that nothing is captured when terms are shared.
"""

from collections.abc import Callable, Generator
from fractions import Fraction
from typing import Any, TypeVar

from solvers.checking.budget import Budget, NotCheckableError

_T = TypeVar("_T")
_DEEPEST = 200_000
_SHOWN = 100
_SHOWN_BITS = 500

BINDERS = frozenset({"forall", "exists", "lambda", "choice"})

Literal = bool | int | Fraction | str
"""Of sort Bool, Int or BitVec, Real, String; an element of a declared sort by its name."""


class Sort:
    """A sort, by identity: `Terms.sort` makes each once. `args`: of `(Array Int Bool)`; `indices`: of a BitVec."""

    __slots__ = ("args", "indices", "name")

    def __init__(self, name: str, args: tuple["Sort", ...] = (), indices: tuple[int, ...] = ()) -> None:
        self.name = name
        self.args = args
        self.indices = indices

    def __repr__(self) -> str:
        return shown_sort(self)


BOOL, INT, REAL, STRING = Sort("Bool"), Sort("Int"), Sort("Real"), Sort("String")


class Function:
    """A constant (without `domain`) or function, by identity.

    Args:
        params, body: of one that the text defines; None where it is declared only.
        recursive: whether the body may call the function itself.
    """

    __slots__ = ("body", "domain", "name", "params", "range", "recursive")

    def __init__(self, name: str, domain: tuple[Sort, ...], range_: Sort) -> None:
        self.name = name
        self.domain = domain
        self.range = range_
        self.params: tuple[Term, ...] = ()
        self.body: Term | None = None
        self.recursive = False

    def __repr__(self) -> str:
        return self.name


class Constructor:
    """A constructor of the datatype `sort`, by identity: its selectors and their sorts, in order."""

    __slots__ = ("fields", "name", "selectors", "sort")

    def __init__(self, name: str, sort: Sort, selectors: tuple[str, ...], fields: tuple[Sort, ...]) -> None:
        self.name = name
        self.sort = sort
        self.selectors = selectors
        self.fields = fields

    def __repr__(self) -> str:
        return self.name


class Term:
    """One node, by identity: `Terms` makes each once.

    `op` and what goes with it:

    - "literal": `data` is the `Literal`.
    - "variable": `data` is (name, level).
    - "forall", "exists", "lambda", "choice": `data` is the tuple of variables, `args` the body alone.
    - "apply": `data` is the `Function`.
    - "constructor", "tester": `data` is the `Constructor`; "selector": (constructor, place of the field).
    - "const": the array of `sort` that has `args[0]` everywhere; "as-array": `data` is the `Function` it is of.
    - anything else: an operation of a theory by its SMT-LIB name; `data` is the tuple of its indices.
    """

    __slots__ = ("args", "data", "depth", "free", "op", "sort")

    def __init__(self, op: str, args: "tuple[Term, ...]", data: Any, sort: Sort) -> None:
        self.op = op
        self.args = args
        self.data = data
        self.sort = sort
        self.free: frozenset[Term] = frozenset()
        """Its free variables."""
        self.depth = 0
        """Of terms within it, one within the other."""

    @property
    def bound(self) -> "tuple[Term, ...]":
        """The variables of a binder; none of anything else."""
        return self.data if self.op in BINDERS else ()

    def __repr__(self) -> str:
        return shown(self)


class Terms:
    """Makes sorts and terms, each once."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._terms: dict[object, Term] = {}
        self._sorts: dict[object, Sort] = {(sort.name, (), ()): sort for sort in (BOOL, INT, REAL, STRING)}
        self.true = self.literal(True, BOOL)
        self.false = self.literal(False, BOOL)

    def sort(self, name: str, args: tuple[Sort, ...] = (), indices: tuple[int, ...] = ()) -> Sort:
        key = (name, args, indices)
        found = self._sorts.get(key)
        if found is None:
            found = self._sorts[key] = Sort(name, args, indices)
        return found

    def array(self, index: Sort, element: Sort) -> Sort:
        return self.sort("Array", (index, element))

    def bitvec(self, width: int) -> Sort:
        if width < 1:
            raise NotCheckableError("a bit vector has at least one bit")
        self.budget.size(width)
        return self.sort("BitVec", (), (width,))

    def make(self, op: str, args: tuple[Term, ...], sort: Sort, data: Any = ()) -> Term:
        """The node as it is: whoever calls this has seen to its sorts."""
        self.budget.spend(1 + len(args))
        key = (op, args, data, sort)
        found = self._terms.get(key)
        if found is None:
            found = self._terms[key] = Term(op, args, data, sort)
            free: frozenset[Term] = frozenset((found,)) if op == "variable" else frozenset()
            for arg in args:
                found.depth = max(found.depth, arg.depth + 1)
                if arg.free is not free and not arg.free <= free:
                    self.budget.spend(len(arg.free))
                    free = free | arg.free if free else arg.free
            if op in BINDERS:
                free = free.difference(data)
            found.free = free
        return found

    def literal(self, value: Literal, sort: Sort) -> Term:
        # True == 1 == Fraction(1) as a key of a dict; the sort tells them apart.
        return self.make("literal", (), sort, value)

    def variable(self, name: str, sort: Sort, level: int = 0) -> Term:
        return self.make("variable", (), sort, (name, level))

    def bind(self, binder: str, variables: tuple[Term, ...], body: Term) -> Term:
        """`choice`: some value of which the body is true, if there is one."""
        if not variables or len(set(variables)) != len(variables):
            raise NotCheckableError(f"{binder} binds no variable, or one twice")
        if binder in {"lambda", "choice"} and len(variables) != 1:
            raise NotCheckableError(f"{binder} of more than one variable is beyond the checker")
        if binder == "lambda":
            sort = self.array(variables[0].sort, body.sort)
        elif body.sort is not BOOL:
            raise NotCheckableError(f"the body of {binder} is no formula: {shown(body)}")
        else:
            sort = variables[0].sort if binder == "choice" else BOOL
        return self.make(binder, (body,), sort, variables)

    def apply(self, function: Function, args: tuple[Term, ...] = ()) -> Term:
        return self.make("apply", args, function.range, function)


def without_recursion(work: Generator[Any, Any, _T], budget: Budget) -> _T:
    """Run a generator that yields generators: what each returns is sent back to the one that yielded it.

    So a function over terms can be written as if it called itself, and Python's stack does not grow.
    """
    stack = [work]
    result: Any = None
    while stack:
        budget.spend()
        try:
            called = stack[-1].send(result)
        except StopIteration as end:
            stack.pop()
            result = end.value
        else:
            if len(stack) > _DEEPEST:
                raise NotCheckableError("nested deeper than the checker follows")
            stack.append(called)
            result = None
    finished: _T = result
    return finished


def shown_sort(sort: Sort) -> str:
    """For people: the beginning of the sort as SMT-LIB."""
    return _cut(_sort_pieces, sort)


def shown(term: Term) -> str:
    """For people: the beginning of the term as SMT-LIB."""
    return _cut(_term_pieces, term)


def shown_literal(value: Literal) -> str:
    """For people; Python itself refuses to write numbers of more than 4,300 digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value[:_SHOWN]
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _SHOWN_BITS:
        return "a number of many digits"
    return str(value)


def _cut(pieces_of: Callable[[Any], tuple[Any, ...]], whole: object) -> str:
    text = ""
    stack: list[object] = [whole]
    while stack and len(text) <= _SHOWN:
        item = stack.pop()
        if isinstance(item, str):
            text += item if item == ")" or not text or text.endswith("(") else " " + item
        else:
            stack.extend(reversed(pieces_of(item)))
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _sort_pieces(sort: Sort) -> tuple[object, ...]:
    if sort.indices:
        return ("(", "_", sort.name, *map(str, sort.indices), ")")
    return ("(", sort.name, *sort.args, ")") if sort.args else (sort.name,)


def _term_pieces(term: Term) -> tuple[object, ...]:
    match term.op:
        case "literal":
            name = shown_literal(term.data)
        case "variable":
            name = term.data[0]
        case "forall" | "exists" | "lambda" | "choice":
            name = f"{term.op} {' '.join(variable.data[0] for variable in term.data)}"
        case "selector":
            name = term.data[0].selectors[term.data[1]]
        case "tester":
            name = f"(_ is {term.data.name})"
        case "apply" | "constructor" | "as-array":
            name = term.data.name
        case _:
            name = " ".join((term.op, *map(str, term.data)))
    return ("(", name, *term.args, ")") if term.args else (name,)
