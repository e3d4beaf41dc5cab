"""What the symbols of a script stand for: sorts, datatypes, constants and functions, in scopes.

A name has one meaning: declaring it twice, or declaring what a theory defines, is not checkable.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from solvers.checking.budget import NotCheckableError
from solvers.checking.smt.terms import BOOL, INT, REAL, STRING, Constructor, Function, Sort, Term, Terms
from solvers.checking.smt.theories import NAMES
from solvers.smt.sexpr import Node, Sexpr, Token, TokenKind, symbol_name

_SYMBOLS = frozenset({TokenKind.SYMBOL, TokenKind.QUOTED})
_BUILT_IN_SORTS = {"Bool": BOOL, "Int": INT, "Real": REAL, "String": STRING}
_RESERVED_SORTS = _BUILT_IN_SORTS.keys() | {"Array", "BitVec", "Seq", "RegLan", "RoundingMode", "FloatingPoint", "Set"}
_DEEPEST_SORT = 100
_THEORIES = ("str.", "re.", "fp.")
"""How names of theories begin that are not all known here."""


class SortMacro(NamedTuple):
    """`(define-sort name (params) body)`."""

    params: tuple[str, ...]
    body: Sexpr


class Datatype(NamedTuple):
    """Constructors as written: each with its selectors and their sorts, which may mention `params`."""

    params: tuple[str, ...]
    constructors: tuple[tuple[str, tuple[tuple[str, Sexpr], ...]], ...]


class Scope:
    """The names of one level of assertions, those of the levels below included."""

    def __init__(self, below: "Scope | None" = None) -> None:
        self.sorts: dict[str, int | SortMacro | Datatype] = dict(below.sorts) if below else {}
        """A declared sort by its number of arguments."""
        self.functions: dict[str, Function] = dict(below.functions) if below else {}
        self.constructors: dict[str, str] = dict(below.constructors) if below else {}
        """The datatype that each constructor belongs to."""
        self.selectors: dict[str, str] = dict(below.selectors) if below else {}

    def __len__(self) -> int:
        return len(self.sorts) + len(self.functions) + len(self.constructors) + len(self.selectors)


class Signature:
    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.scope = Scope()
        self._below: list[Scope] = []
        self._constructors: dict[Sort, tuple[Constructor, ...]] = {}
        self._datatypes: dict[Sort, Datatype] = {}

    def push(self) -> None:
        self.terms.budget.spend(10 + len(self.scope))
        self._below.append(self.scope)
        self.scope = Scope(self.scope)

    def pop(self) -> None:
        if not self._below:
            raise NotCheckableError("more levels are popped than were pushed")
        self.scope = self._below.pop()

    def knows(self, name: str) -> bool:
        """Whether a term `name` could mean something."""
        scope = self.scope
        tester = name.startswith("is-") and name[3:] in scope.constructors
        return name in scope.functions or name in scope.constructors or name in scope.selectors or tester

    def declare(self, function: Function) -> None:
        self._new(function.name)
        self.scope.functions[function.name] = function

    def _new(self, name: str) -> None:
        if name in NAMES or name.startswith(_THEORIES) or self.knows(name):
            raise NotCheckableError(f"{name[:60]} is declared, and has a meaning already")

    def declare_sort(self, name: str, meaning: int | SortMacro | Datatype) -> None:
        if name in _RESERVED_SORTS or name in self.scope.sorts:
            raise NotCheckableError(f"the sort {name[:60]} is declared, and has a meaning already")
        self.scope.sorts[name] = meaning

    def declare_constructors(self, name: str, datatype: Datatype) -> None:
        for constructor, selectors in datatype.constructors:
            self._new(constructor)
            if f"is-{constructor}" in self.scope.functions:
                raise NotCheckableError(f"is-{constructor[:60]} is declared, and is the name of a test as well")
            self.scope.constructors[constructor] = name
            for selector, _ in selectors:
                self._new(selector)
                self.scope.selectors[selector] = name
        if not datatype.constructors:
            raise NotCheckableError(f"the datatype {name[:60]} has no constructor")

    def sort(self, expression: Sexpr, params: dict[str, Sort] | None = None, depth: int = 0) -> Sort:
        """The sort that is written there, where `params` stand for sorts."""
        self.terms.budget.spend()
        if depth > _DEEPEST_SORT:
            raise NotCheckableError("a sort is nested deeper than the checker follows")
        if isinstance(expression, Token):
            name = symbol(expression)
            if params and name in params:
                return params[name]
            return _BUILT_IN_SORTS.get(name) or self._applied(name, (), depth)
        match expression.items:
            case (Token(text="_"), Token(text="BitVec"), Token(kind=TokenKind.NUMERAL) as width):
                return self.terms.bitvec(index(width))
            case (Token(text="Array"), first, second):
                return self.terms.array(self.sort(first, params, depth + 1), self.sort(second, params, depth + 1))
            case (Token() as head, _, *_) if head.text != "_":
                args = tuple(self.sort(item, params, depth + 1) for item in expression.items[1:])
                return self._applied(symbol(head), args, depth)
        raise NotCheckableError("the checker does not know a sort that occurs")

    def plain_sort(self, name: str) -> Sort:
        """The sort `name` without arguments."""
        return self._applied(name, (), 0)

    def _applied(self, name: str, args: tuple[Sort, ...], depth: int) -> Sort:
        match self.scope.sorts.get(name):
            case SortMacro(params, body) if len(params) == len(args):
                return self.sort(body, dict(zip(params, args, strict=True)), depth + 1)
            case Datatype() as datatype if len(datatype.params) == len(args):
                sort = self.terms.sort(name, args)
                if self._datatypes.setdefault(sort, datatype) is not datatype:
                    raise NotCheckableError(f"two datatypes have the name {name[:60]}")
                return sort
            case int(arity) if arity == len(args):
                sort = self.terms.sort(name, args)
                if sort in self._datatypes:
                    raise NotCheckableError(f"two sorts have the name {name[:60]}")
                return sort
        raise NotCheckableError(f"the checker does not know the sort {name[:60]} of {len(args)} arguments")

    def constructors(self, sort: Sort) -> tuple[Constructor, ...] | None:
        """Those of a datatype; None for any other sort."""
        datatype = self._datatypes.get(sort)
        if datatype is None:
            return None
        if sort not in self._constructors:
            params = dict(zip(datatype.params, sort.args, strict=True))
            found = []
            for name, fields in datatype.constructors:
                names = tuple(selector for selector, _ in fields)
                sorts = tuple(self.sort(field, params) for _, field in fields)
                found.append(Constructor(name, sort, names, sorts))
            self._constructors[sort] = tuple(found)
        return self._constructors[sort]

    def enumerations(self) -> Iterator[tuple[Term, ...]]:
        """The elements of each datatype, in scope, that has no other than its constants."""
        for name, meaning in self.scope.sorts.items():
            if isinstance(meaning, Datatype) and not meaning.params:
                constructors = self.constructors(self.plain_sort(name)) or ()
                if not any(constructor.fields for constructor in constructors):
                    yield tuple(self.terms.make("constructor", (), found.sort, found) for found in constructors)

    def constructed_sort(self, constructor: str, args: Sequence[Sort]) -> Sort:
        """The datatype that a constructor makes of arguments of these sorts, which say what its parameters are."""
        name = self.scope.constructors[constructor]
        datatype = self.scope.sorts[name]
        assert isinstance(datatype, Datatype)
        fields = dict(datatype.constructors)[constructor]
        found: dict[str, Sort] = {}
        stack = [(pattern, sort) for (_, pattern), sort in zip(fields, args, strict=False)]
        while stack:
            pattern, sort = stack.pop()
            self.terms.budget.spend()
            if isinstance(pattern, Node):
                stack.extend(zip(pattern.items[1:], sort.args, strict=False))
            elif symbol(pattern) in datatype.params:
                found.setdefault(symbol(pattern), sort)
        if len(found) != len(datatype.params):
            raise NotCheckableError(f"which {name[:60]} the constructor {constructor[:60]} makes is not said")
        return self._applied(name, tuple(found[param] for param in datatype.params), 0)

    def declared_sort(self, sort: Sort) -> bool:
        """Whether nothing is known of the elements of `sort`."""
        return sort.name not in _RESERVED_SORTS and sort not in self._datatypes


def symbol(expression: Sexpr) -> str:
    if not isinstance(expression, Token) or expression.kind not in _SYMBOLS:
        raise NotCheckableError("a symbol is expected, and something else stands there")
    return symbol_name(expression)


def symbols(expression: Sexpr) -> tuple[str, ...]:
    """A list of different symbols."""
    if not isinstance(expression, Node):
        raise NotCheckableError("a list of symbols is expected")
    names = tuple(map(symbol, expression.items))
    if len(set(names)) != len(names):
        raise NotCheckableError("a name stands twice in one list")
    return names


def index(token: Sexpr) -> int:
    """A numeral between `_` and `)`."""
    if not isinstance(token, Token) or token.kind is not TokenKind.NUMERAL or len(token.text) > 9:
        raise NotCheckableError("an index is a numeral of nine digits at most")
    number = int(token.text)
    if number < 0:
        raise NotCheckableError("an index is not negative")
    return number


def one_list(expression: Sexpr) -> Sequence[Sexpr]:
    if not isinstance(expression, Node):
        raise NotCheckableError("a list is expected, and a single word stands there")
    return expression.items
