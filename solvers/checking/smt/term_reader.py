"""Reads s-expressions as sorted terms, in the scope of a `Signature`.

`let` and annotations are resolved here, and `match` becomes `ite` over testers and selectors, which says the same.

Source: SMT-LIB 2.6, "Terms".
"""

import re
from collections.abc import Generator, Iterable
from fractions import Fraction
from typing import Any

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.smt.signature import Signature, index, one_list, symbol
from solvers.checking.smt.terms import BINDERS, INT, REAL, STRING, Constructor, Function, Sort, Term, without_recursion
from solvers.checking.smt.theories import INDEXED, NAMES, PLAIN, as_sort, coerced, operation
from solvers.smt.sexpr import Node, Sexpr, Token, TokenKind

_ESCAPE = re.compile(r"\\u\{([0-9A-Fa-f]{1,5})\}|\\u([0-9A-Fa-f]{4})")
_LARGEST_CHARACTER = 0x2FFFF
_LONGEST_NUMERAL = 2000
_HINTS = frozenset({":pattern", ":no-pattern", ":weight", ":qid", ":skolemid"})
_NOT_APPLIED = BINDERS | {"let", "!", "match", "_", "as"}
_BIT_LITERAL = re.compile(r"bv(0|[1-9][0-9]*)")

_Reading = Generator[Any, Any, Any]
"""Of a `Term`, by way of others: see `without_recursion`."""


class TermReader:
    """Reads terms: of a script, a model or a claim, and, as `alethe` extends it, of a proof."""

    def __init__(self, signature: Signature, budget: Budget) -> None:
        self.signature = signature
        self.terms = signature.terms
        self._budget = budget
        self._local: dict[str, list[Term]] = {}
        """What each local name stands for, the innermost last."""
        self._binders: dict[tuple[str, Sort], int] = {}
        """How many binders of a name and sort are around the place being read."""

    def read(self, expression: Sexpr, expected: Sort | None = None) -> Term:
        """The term, of the sort `expected` where one is given. It may be open in what `bind` has bound."""
        if isinstance(expression, Token):
            term = self._atom(expression, expected)
        else:
            term = without_recursion(self._term(expression, expected), self._budget)
        return term if expected is None else as_sort(self.terms, term, expected)

    def bind(self, expression: Sexpr) -> tuple[Term, ...]:
        """The variables of a list `((name Sort) ...)`, which are local names from here to `unbind`."""
        variables = tuple(map(self.variable, one_list(expression)))
        if len({variable.data[0] for variable in variables}) != len(variables):
            raise NotCheckableError("a name stands twice in one list of variables")
        self.enter(variables)
        return variables

    def variable(self, expression: Sexpr) -> Term:
        """The variable that `(name Sort)` would bind here."""
        match expression:
            case Node(items=(Token() as token, written)):
                name, sort = symbol(token), self.signature.sort(written)
                return self.terms.variable(name, sort, self._level(name, sort))
        raise NotCheckableError("a variable with its sort is expected, and something else stands there")

    def _level(self, name: str, sort: Sort) -> int:
        return self._binders.get((name, sort), 0)

    def enter(self, variables: Iterable[Term]) -> None:
        for variable in variables:
            self._bind(variable.data[0], variable)
            self._binders[variable.data[0], variable.sort] = variable.data[1] + 1

    def unbind(self, variables: Iterable[Term]) -> None:
        for variable in variables:
            self._local[variable.data[0]].pop()
            self._binders[variable.data[0], variable.sort] -= 1

    def _bind(self, name: str, term: Term) -> None:
        if name in NAMES and name != "_":
            raise NotCheckableError(f"{name} cannot be a local name: it has a meaning already, where it is applied")
        self._local.setdefault(name, []).append(term)

    def _term(self, expression: Sexpr, expected: Sort | None = None) -> _Reading:
        if isinstance(expression, Token):
            return self._atom(expression, expected)
        match expression.items:
            case (Token(text=name) as head, _, *_) if name not in _NOT_APPLIED:
                return (yield from self._applied(head, expression.items[1:], expected))
            case (Token(text="let"), bindings, body):
                return (yield self._let(one_list(bindings), body, expected))
            case (Token(text=binder), variables, body) if binder in BINDERS and not self.signature.knows(binder):
                return (yield self._binder(binder, variables, body))
            case (Token(text="!"), body, *attributes):
                return (yield self._annotated(body, attributes, expected))
            case (Token(text="match"), scrutinee, cases):
                return (yield self._match(scrutinee, one_list(cases), expected))
            case (Token(text="_"), *_):
                return self._indexed(expression.items)
            case (Token(text="as"), name, sort):
                return self._constructed(symbol(name), self.signature.sort(sort), ())
            case (head, _, *_):
                return (yield from self._applied(head, expression.items[1:], expected))
        raise NotCheckableError("an empty list is no term")

    def _atom(self, token: Token, expected: Sort | None) -> Term:
        match token.kind:
            case TokenKind.SYMBOL | TokenKind.QUOTED:
                return self._named(symbol(token), expected)
            case TokenKind.STRING:
                return self.terms.literal(_characters(token.text[1:-1].replace('""', '"')), STRING)
            case TokenKind.HEXADECIMAL | TokenKind.BINARY:
                each, base = (4, 16) if token.kind is TokenKind.HEXADECIMAL else (1, 2)
                digits = token.text[2:]
                sort = self.terms.bitvec(each * len(digits))
                return self.terms.literal(int(digits, base), sort)
            case TokenKind.NUMERAL | TokenKind.DECIMAL if len(token.text) <= _LONGEST_NUMERAL:
                if token.kind is TokenKind.NUMERAL:
                    return self.terms.literal(int(token.text), INT)
                return self.terms.literal(_real(token.text), REAL)
            case TokenKind.NUMERAL | TokenKind.DECIMAL:
                raise NotCheckableError(f"the checker does not read {token.text[:40]}...: it is longer than it may be")
        raise NotCheckableError(f"the checker does not read {token.text[:40]} as a term")

    def _named(self, name: str, expected: Sort | None) -> Term:
        if self._local.get(name):
            return self._local[name][-1]
        if name in {"true", "false"}:
            return self.terms.true if name == "true" else self.terms.false
        function = self.signature.scope.functions.get(name)
        if function is not None and not function.domain:
            return self.terms.apply(function)
        datatype = self.signature.scope.constructors.get(name)
        if datatype is not None:
            return self._constructed(name, expected or self._plain_sort(datatype), ())
        raise NotCheckableError(f"the checker does not know what {name[:60]} stands for: it is not declared, or not so")

    def _plain_sort(self, datatype: str) -> Sort:
        meaning = self.signature.scope.sorts[datatype]
        if getattr(meaning, "params", ()):
            raise NotCheckableError(f"which {datatype[:60]} a constructor belongs to is not said")
        return self.signature.plain_sort(datatype)

    def _let(self, bindings: Any, body: Sexpr, expected: Sort | None) -> _Reading:
        bound: list[tuple[str, Term]] = []
        for binding in bindings:
            match binding:
                case Node(items=(Token() as name, value)):
                    bound.append((symbol(name), (yield self._term(value))))
                case _:
                    raise NotCheckableError("a list of names with their values is expected after let")
        if len({name for name, _ in bound}) != len(bound):
            raise NotCheckableError("a name stands twice in one let")
        for local, term in bound:
            self._bind(local, term)
        read: Term = yield self._term(body, expected)
        for local, _ in bound:
            self._local[local].pop()
        return read

    def _binder(self, op: str, variables: Sexpr, body: Sexpr) -> _Reading:
        bound = self.bind(variables)
        read: Term = yield self._term(body)
        self.unbind(bound)
        return self.terms.bind(op, bound, read)

    def _annotated(self, body: Sexpr, attributes: Any, expected: Sort | None) -> _Reading:
        read: Term = yield self._term(body, expected)
        position = 0
        while position < len(attributes):
            keyword = attributes[position]
            if not isinstance(keyword, Token) or keyword.kind is not TokenKind.KEYWORD:
                raise NotCheckableError("an annotation begins with a :keyword")
            if position + 1 == len(attributes):
                raise NotCheckableError(f"the annotation {keyword.text[:40]} has no value")
            if keyword.text == ":named":
                self._name(symbol(attributes[position + 1]), read)
            elif keyword.text not in _HINTS:
                raise NotCheckableError(f"the checker does not know the annotation {keyword.text[:40]}")
            position += 2
        return read

    def _name(self, name: str, term: Term) -> None:
        if term.free:
            raise NotCheckableError(f"{name[:60]} names a term with variables")
        if self._local.get(name):
            raise NotCheckableError(f"{name[:60]} is a local name and a label")
        function = Function(name, (), term.sort)
        function.body = term
        self.signature.declare(function)

    def _indexed(self, items: tuple[Sexpr, ...]) -> Term:
        match items:
            case (_, Token(text="as-array"), name):
                function = self.signature.scope.functions.get(symbol(name))
                if function is not None and len(function.domain) == 1:
                    sort = self.terms.array(function.domain[0], function.range)
                    return self.terms.make("as-array", (), sort, function)
            case (_, Token(kind=TokenKind.SYMBOL) as name, width):
                match = _BIT_LITERAL.fullmatch(name.text)
                if match is not None and len(match[1]) <= _LONGEST_NUMERAL:
                    sort = self.terms.bitvec(index(width))
                    value = int(match[1])
                    if value.bit_length() > sort.indices[0]:
                        raise NotCheckableError(f"{name.text[:40]} does not fit its width")
                    return self.terms.literal(value, sort)
        raise NotCheckableError("an indexed identifier that the checker does not know")

    def _applied(self, head: Sexpr, items: tuple[Sexpr, ...], expected: Sort | None) -> _Reading:
        if isinstance(head, Token):
            applied = symbol(head)
            if self._local.get(applied):
                raise NotCheckableError(f"{applied[:60]} is a local name, and is applied")
            if applied in self.signature.scope.constructors:
                return (yield self._construction(applied, items, expected))
            return self._application(applied, (yield from self._all(items)))
        match head:
            case Node(items=(Token(text="as"), Token(text="const"), sort)) if len(items) == 1:
                array = self.signature.sort(sort)
                if array.name != "Array":
                    raise NotCheckableError("const is for arrays")
                element: Term = yield self._term(items[0], array.args[1])
                return self.terms.make("const", (as_sort(self.terms, element, array.args[1]),), array)
            case Node(items=(Token(text="as"), name, sort)):
                return (yield self._construction(symbol(name), items, self.signature.sort(sort)))
            case Node(items=(Token(text="_"), Token(text="is"), name)):
                return self._test(_constructor_name(name), (yield self._all(items)))
            case Node(items=(Token(text="_"), Token() as name, *indices)):
                args = yield self._all(items)
                if symbol(name) in INDEXED:
                    return operation(self.terms, symbol(name), tuple(map(index, indices)), args)
        raise NotCheckableError("the checker does not know what is applied here")

    def _all(self, items: tuple[Sexpr, ...]) -> Generator[Any, Any, tuple[Term, ...]]:
        terms = []
        for item in items:
            # What most arguments are: names and numbers.
            terms.append(self._atom(item, None) if isinstance(item, Token) else (yield self._term(item)))
        return tuple(terms)

    def _application(self, name: str, args: tuple[Term, ...]) -> Term:
        function = self.signature.scope.functions.get(name)
        if function is not None:
            if not function.domain:
                raise NotCheckableError(f"{name[:60]} is a constant, and is applied")
            return self.terms.apply(function, coerced(self.terms, name, args, function.domain))
        if name in self.signature.scope.selectors:
            return self._selected(name, args)
        if name in PLAIN:
            return operation(self.terms, name, (), args)
        if name.startswith("is-") and name[3:] in self.signature.scope.constructors:
            return self._test(name[3:], args)
        raise NotCheckableError(f"the checker does not know what {name[:60]} stands for")

    def _constructors(self, sort: Sort) -> tuple[Constructor, ...]:
        found = self.signature.constructors(sort)
        if found is None:
            raise NotCheckableError(f"{sort!r} is no datatype")
        return found

    def _selected(self, name: str, args: tuple[Term, ...]) -> Term:
        if len(args) == 1:
            for constructor in self._constructors(args[0].sort):
                if name in constructor.selectors:
                    place = constructor.selectors.index(name)
                    return self.terms.make("selector", args, constructor.fields[place], (constructor, place))
        raise NotCheckableError(f"{name[:60]} does not select of that")

    def _constructor(self, name: str, sort: Sort) -> Constructor:
        for constructor in self._constructors(sort):
            if constructor.name == name:
                return constructor
        raise NotCheckableError(f"{name[:60]} is no constructor of {sort!r}")

    def _test(self, name: str, args: tuple[Term, ...]) -> Term:
        if len(args) != 1:
            raise NotCheckableError("a tester takes one argument")
        return self._tested(self._constructor(name, args[0].sort), args[0])

    def _tested(self, constructor: Constructor, term: Term) -> Term:
        return self.terms.make("tester", (term,), self.terms.true.sort, constructor)

    def _constructed(self, name: str, sort: Sort, args: tuple[Term, ...]) -> Term:
        constructor = self._constructor(name, sort)
        return self.terms.make("constructor", coerced(self.terms, name, args, constructor.fields), sort, constructor)

    def _construction(self, name: str, items: tuple[Sexpr, ...], expected: Sort | None) -> _Reading:
        """A constructor with arguments. Where its datatype has parameters, the sort comes from outside or from them."""
        datatype = self.signature.scope.constructors.get(name, "")
        if expected is None or expected.name != datatype:
            expected = None
            meaning: Any = self.signature.scope.sorts.get(datatype)
            if meaning is None:
                raise NotCheckableError(f"{name[:60]} is no constructor")
            if not meaning.params:
                expected = self._plain_sort(datatype)
        if expected is not None:
            args = []
            fields = self._constructor(name, expected).fields
            for position, item in enumerate(items):
                field = fields[position] if position < len(fields) else None
                args.append((yield self._term(item, field)))
            return self._constructed(name, expected, tuple(args))
        args = yield self._all(items)
        return self._constructed(name, self.signature.constructed_sort(name, [arg.sort for arg in args]), args)

    def _match(self, scrutinee: Sexpr, cases: Any, expected: Sort | None) -> _Reading:
        term: Term = yield self._term(scrutinee)
        constructors = self._constructors(term.sort)
        found: list[tuple[Constructor | None, Term]] = []
        for case in cases:
            match case:
                case Node(items=(pattern, body)):
                    constructor, names = self._pattern(pattern, constructors)
                case _:
                    raise NotCheckableError("a case of match is a pattern and a term")
            for place, name in enumerate(names):
                value = term
                if constructor is not None:
                    value = self.terms.make("selector", (term,), constructor.fields[place], (constructor, place))
                self._bind(name, value)
            found.append((constructor, (yield self._term(body, expected))))
            for name in names:
                self._local[name].pop()
        covered = [constructor for constructor, _ in found]
        if not found or (None not in covered and not set(constructors) <= set(covered)):
            raise NotCheckableError("the cases of a match do not cover everything")
        result = found[-1][1]
        for constructor, read in reversed(found):
            # The last case that is left is the right one where no other applies.
            if constructor is None:
                result = read
            else:
                result = operation(self.terms, "ite", (), (self._tested(constructor, term), read, result))
        return result

    def _pattern(
        self, pattern: Sexpr, constructors: tuple[Constructor, ...]
    ) -> tuple[Constructor | None, tuple[str, ...]]:
        """The constructor of a pattern and the names it binds; without constructor: the one name for any value."""
        by_name = {constructor.name: constructor for constructor in constructors}
        head, *rest = pattern.items if isinstance(pattern, Node) else (pattern,)
        name, names = symbol(head), tuple(map(symbol, rest))
        if name in by_name:
            if len(names) != len(by_name[name].fields) or len(set(names) - {"_"}) != len(names) - names.count("_"):
                raise NotCheckableError("a pattern names each field once")
            return by_name[name], names
        if names or name in self.signature.scope.constructors:
            raise NotCheckableError("a pattern of another datatype")
        return None, (name,)


def _constructor_name(expression: Sexpr) -> str:
    """`cons`, or z3's `(cons (Int (List Int)) (List Int))`."""
    match expression:
        case Node(items=(Token() as name, Node(), _)):
            return symbol(name)
    return symbol(expression)


def _real(text: str) -> Fraction:
    """Of a decimal, or of a fraction as proofs write it."""
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise NotCheckableError(f"{text[:40]} is no number") from None


def _characters(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = int(match[1] or match[2], 16)
        return chr(code) if code <= _LARGEST_CHARACTER else match[0]

    return _ESCAPE.sub(character, text)
