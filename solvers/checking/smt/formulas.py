"""Formulas as a proof checker needs them: well-sorted terms of first-order logic with arithmetic, each made once.

Equal terms are the same object, so that a term with much sharing stays small, and "is the same" is `is`. What is not
well-sorted is not made. Terms are made in a normal form of their notation, and no more: `(< a b c)` is a conjunction,
`(=> a b c)` nests, `(and a)` is a, `(- 3)` is a number, and an integer where a real is wanted is a real.

Source: SMT-LIB 2.6, theories Core, Ints, Reals and Reals_Ints.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from solvers.checking.budget import Budget, NotCheckableError

BOOL, INT, REAL = "Bool", "Int", "Real"

MAX_DEPTH = 100
"""Terms are gone through recursively, so deeper ones are not made."""

NUMBER, VARIABLE = " number", " variable"
"""What `op` says of a numeral and of a bound variable: no symbol begins with a blank."""

BINDERS = frozenset({"forall", "exists", "choice"})
COMPARISONS = frozenset({"<", "<=", ">", ">="})
CONNECTIVES = frozenset({"not", "and", "or", "=>", "xor"})
_CHAINED = COMPARISONS | {"="}
_LEFT_ASSOCIATIVE = frozenset({"-", "/", "div", "xor"})
_ARITHMETIC = frozenset({"+", "-", "*", "/"})
_INTEGER = frozenset({"div", "mod", "abs"})


class Term:
    """A term, made by `Terms` alone.

    Args:
        op: a function symbol, `NUMBER`, `VARIABLE` or a binder.
        args: of a binder, its body alone.
        value: of a number.
        name: of a variable.
        bound: the variables of a binder.
        free: the variables that occur free.
    """

    __slots__ = ("args", "bound", "depth", "free", "id", "name", "op", "sort", "value")

    def __init__(self, op: str, args: tuple["Term", ...], sort: str, identity: int) -> None:
        self.op = op
        self.args = args
        self.sort = sort
        self.id = identity
        self.value: Fraction | None = None
        self.name = ""
        self.bound: tuple[Term, ...] = ()
        self.free: frozenset[Term] = frozenset()
        self.depth = 0

    def __repr__(self) -> str:
        return shown(self)


def shown(term: Term, limit: int = 200) -> str:
    """As text, for messages; cut off where it is long."""
    parts: list[str] = []
    stack: list[Term | str] = [term]
    length = 0
    while stack and length < limit:
        item = stack.pop()
        if isinstance(item, Term):
            if item.op == NUMBER:
                item = str(item.value)
            elif item.op == VARIABLE:
                item = item.name
            elif item.op in BINDERS:
                variables = " ".join(f"({variable.name} {variable.sort})" for variable in item.bound)
                stack += [")", item.args[0], " "]
                item = f"({item.op} ({variables})"
            elif item.args:
                stack.append(")")
                for argument in reversed(item.args):
                    stack += [argument, " "]
                item = f"({item.op}"
            else:
                item = item.op
        parts.append(item)
        length += len(item)
    text = "".join(parts)
    return text if not stack and len(text) <= limit else text[:limit] + "..."


class Terms:
    """Makes terms over a signature: the sorts of declared symbols as `(arguments, result)`."""

    def __init__(self, signature: Mapping[str, tuple[tuple[str, ...], str]], budget: Budget) -> None:
        self.signature = dict(signature)
        self.budget = budget
        self._made: dict[tuple[object, ...], Term] = {}
        self.true = self._term("true", (), BOOL)
        self.false = self._term("false", (), BOOL)

    def number(self, value: Fraction, sort: str) -> Term:
        self.budget.size(value.numerator.bit_length() + value.denominator.bit_length())
        made = self._made.get((NUMBER, value, sort))
        if made is None:
            made = self._new((NUMBER, value, sort), NUMBER, (), sort)
            made.value = value
        return made

    def variable(self, name: str, sort: str) -> Term:
        made = self._made.get((VARIABLE, name, sort))
        if made is None:
            made = self._new((VARIABLE, name, sort), VARIABLE, (), sort)
            made.name = name
            made.free = frozenset({made})
        return made

    def bind(self, op: str, bound: Sequence[Term], body: Term) -> Term:
        """`forall`, `exists`, or `choice` of one variable: some value of which the body is true, if there is one."""
        if body.sort != BOOL:
            raise NotCheckableError(f"the body of {op} is no formula: {shown(body)}")
        if not bound or len(set(bound)) != len(bound):
            raise NotCheckableError(f"{op} binds no variable, or one twice")
        if op == "choice" and len(bound) != 1:
            raise NotCheckableError("choice binds one variable")
        key = (op, tuple(bound), body)
        made = self._made.get(key)
        if made is None:
            made = self._new(key, op, (body,), bound[0].sort if op == "choice" else BOOL)
            made.bound = tuple(bound)
            made.free = body.free - set(bound)
        return made

    def negation(self, term: Term) -> Term:
        return self.make("not", (term,))

    def make(self, op: str, args: Sequence[Term]) -> Term:
        """An application. Raises `NotCheckableError` if it is not well-sorted or of an unknown function."""
        self.budget.spend(1 + len(args))
        args = tuple(args)
        if op in self.signature:
            domain, result = self.signature[op]
            if len(args) != len(domain):
                raise NotCheckableError(f"{op} takes {len(domain)} arguments, not {len(args)}")
            fitted = tuple(self._fit(op, argument, sort) for argument, sort in zip(args, domain, strict=True))
            return self._term(op, fitted, result)
        if op in {"true", "false"} and not args:
            return self._term(op, (), BOOL)
        if not args:
            raise NotCheckableError(f"the symbol {op} is not declared")
        return self._interpreted(op, args)

    def _interpreted(self, op: str, args: tuple[Term, ...]) -> Term:
        if op in CONNECTIVES:
            return self._connective(op, args)
        if op in _CHAINED or op == "distinct":
            return self._relation(op, args)
        if op == "ite":
            if len(args) != 3 or args[0].sort != BOOL:
                raise NotCheckableError("ite takes a formula and two terms")
            then, otherwise = self._alike(op, args[1:])
            return self._term(op, (args[0], then, otherwise), then.sort)
        if op in _ARITHMETIC:
            return self._arithmetic(op, args)
        if op in _INTEGER:
            for argument in args:
                self._fit(op, argument, INT)
            if len(args) != (1 if op == "abs" else 2):
                return self._nested(op, args)
            return self._term(op, args, INT)
        if op in {"to_real", "to_int", "is_int"} and len(args) == 1:
            return self._conversion(op, self._fit(op, args[0], REAL))
        raise NotCheckableError(f"the function {op} is not known to the checker")

    def _connective(self, op: str, args: tuple[Term, ...]) -> Term:
        for argument in args:
            self._fit(op, argument, BOOL)
        if op == "not":
            if len(args) != 1:
                raise NotCheckableError("not takes one formula")
        elif op == "=>" and len(args) != 2:
            if len(args) < 2:
                raise NotCheckableError("=> takes two formulas")
            return self.make(op, (args[0], self.make(op, args[1:])))
        elif op == "xor" and len(args) != 2:
            return self._nested(op, args)
        elif len(args) == 1:
            return args[0]
        return self._term(op, args, BOOL)

    def _relation(self, op: str, args: tuple[Term, ...]) -> Term:
        if len(args) < 2:
            raise NotCheckableError(f"{op} takes two terms")
        args = self._alike(op, args)
        if op in COMPARISONS and args[0].sort not in {INT, REAL}:
            raise NotCheckableError(f"{op} compares numbers, not {shown(args[0])}")
        if op == "distinct" or len(args) == 2:
            return self._term(op, args, BOOL)
        return self.make("and", [self._term(op, pair, BOOL) for pair in pairwise(args)])

    def _arithmetic(self, op: str, args: tuple[Term, ...]) -> Term:
        args = self._alike(op, args) if op != "/" else tuple(self._fit(op, argument, REAL) for argument in args)
        if args[0].sort not in {INT, REAL}:
            raise NotCheckableError(f"{op} takes numbers, not {shown(args[0])}")
        if op == "-" and len(args) == 1:
            value = args[0].value
            return self.number(-value, args[0].sort) if value is not None else self._term(op, args, args[0].sort)
        if len(args) == 1:
            raise NotCheckableError(f"{op} takes two numbers")
        if op in _LEFT_ASSOCIATIVE and len(args) > 2:
            return self._nested(op, args)
        return self._term(op, args, args[0].sort)

    def _conversion(self, op: str, argument: Term) -> Term:
        """`to_real` is added, or dropped, where an argument is fitted."""
        if op == "to_real":
            return argument
        return self._term(op, (argument,), INT if op == "to_int" else BOOL)

    def _nested(self, op: str, args: tuple[Term, ...]) -> Term:
        if op not in _LEFT_ASSOCIATIVE or len(args) < 2:
            raise NotCheckableError(f"{op} with {len(args)} arguments")
        made = args[0]
        for argument in args[1:]:
            made = self.make(op, (made, argument))
        return made

    def _alike(self, op: str, args: tuple[Term, ...]) -> tuple[Term, ...]:
        """The same terms with one sort; integers among reals become reals."""
        sort = REAL if any(argument.sort == REAL for argument in args) else args[0].sort
        return tuple(self._fit(op, argument, sort) for argument in args)

    def _fit(self, op: str, argument: Term, sort: str) -> Term:
        if argument.sort == sort:
            return argument
        if argument.sort == INT and sort == REAL:
            if argument.value is not None:
                return self.number(argument.value, REAL)
            return self._term("to_real", (argument,), REAL)
        raise NotCheckableError(f"{op} takes a {sort} where {shown(argument)} is of sort {argument.sort}")

    def _term(self, op: str, args: tuple[Term, ...], sort: str) -> Term:
        key = (op, args)
        made = self._made.get(key)
        return made if made is not None else self._new(key, op, args, sort)

    def _new(self, key: tuple[object, ...], op: str, args: tuple[Term, ...], sort: str) -> Term:
        made = Term(op, args, sort, len(self._made))
        if args:
            made.depth = 1 + max(argument.depth for argument in args)
            if made.depth > MAX_DEPTH:
                raise NotCheckableError(f"a term is nested deeper than {MAX_DEPTH}")
            made.free = args[0].free.union(*(argument.free for argument in args[1:]))
            self.budget.spend(1 + len(made.free))
        self._made[key] = made
        return made

    def fitted(self, term: Term, sort: str) -> Term:
        """`term` as a term of `sort`: the same, or an integer as a real. Raises `NotCheckableError`."""
        return self._fit("a definition", term, sort)

    def substitute(self, term: Term, values: Mapping[Term, Term]) -> Term:
        """`term` with its free variables replaced, all at once.

        Raises `NotCheckableError` where a variable of a value would be captured, or a value has another sort.
        """
        for variable, value in values.items():
            if variable.sort != value.sort:
                raise NotCheckableError(f"{shown(value)} does not have the sort {variable.sort} of {variable.name}")
        return self._substitute(term, dict(values), {})

    def _substitute(self, term: Term, values: dict[Term, Term], done: dict[Term, Term]) -> Term:
        if term.free.isdisjoint(values):
            return term
        found = done.get(term)
        if found is not None:
            return found
        self.budget.spend(2)
        if term.op == VARIABLE:
            result = values[term]
        elif term.op in BINDERS:
            inner = {variable: value for variable, value in values.items() if variable in term.free}
            if any(not value.free.isdisjoint(term.bound) for value in inner.values()):
                raise NotCheckableError(f"a substitution into {shown(term)} would capture a variable")
            result = self.bind(term.op, term.bound, self._substitute(term.args[0], inner, {}))
        else:
            result = self.make(term.op, [self._substitute(argument, values, done) for argument in term.args])
        done[term] = result
        return result


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
