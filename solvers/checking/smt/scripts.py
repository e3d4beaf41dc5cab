"""Reads a script: what it declares and defines, and what it asserts when it comes to its one check.

Objectives and soft assertions are passed over: what a model satisfies does not depend on them.

Source: SMT-LIB 2.6, "Commands"; the older form of `declare-datatypes`, minimize, maximize, assert-soft after z3.
"""

from dataclasses import dataclass

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.smt.signature import Datatype, Signature, SortMacro, index, one_list, symbol, symbols
from solvers.checking.smt.term_reader import TermReader
from solvers.checking.smt.terms import BOOL, Function, Term, Terms
from solvers.smt.sexpr import Node, Sexpr, SexprError, Token, TokenKind, read

_PASSED_OVER = frozenset(
    """
    set-logic set-option set-info echo minimize maximize assert-soft
    get-model get-value get-unsat-core get-unsat-assumptions get-objectives get-info get-option
    """.split()
)
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Assertion:
    """`text` names it for people: its label, or how it begins."""

    term: Term
    text: str


@dataclass(frozen=True, slots=True)
class Script:
    """What is asserted at the check, and what it assumes; `reader` reads further terms as the script would there.

    `assumes`: the check has assumptions of its own, which stand last among `assertions`.
    """

    assertions: tuple[Assertion, ...]
    assumes: bool
    signature: Signature
    reader: TermReader


def read_script(text: str, budget: Budget) -> Script:
    """Raises `NotCheckableError` for whatever the checker does not know, or does not know to mean one thing only."""
    return _Reading(text, budget).script()


def read_expressions(text: str, budget: Budget, *, fractions: bool = False) -> list[Sexpr]:
    """`fractions`: `-1/3` is a number, as in proofs."""
    budget.spend(len(text) // 4)
    try:
        return read(text, fractions=fractions)
    except SexprError as error:
        raise NotCheckableError(f"the text cannot be read: {error.message}") from error


class _Reading:
    def __init__(self, text: str, budget: Budget) -> None:
        self._text = text
        self._budget = budget
        self._signature = Signature(Terms(budget))
        self._reader = TermReader(self._signature, budget)
        self._assertions: list[Assertion] = []
        self._levels: list[int] = []
        self._checked: tuple[Assertion, ...] | None = None
        self._assumes = False

    def script(self) -> Script:
        for expression in read_expressions(self._text, self._budget):
            if not isinstance(expression, Node) or not expression.items:
                raise NotCheckableError("a command is expected, and something else stands there")
            if symbol(expression.items[0]) == "exit":
                break
            self._command(expression)
        if self._checked is None:
            raise NotCheckableError("the script makes no check")
        return Script(self._checked, self._assumes, self._signature, self._reader)

    def _command(self, command: Node) -> None:
        head, *rest = command.items
        name = symbol(head)
        self._budget.spend(10)
        if name in _PASSED_OVER or (self._checked is not None and name in {"push", "pop"}):
            return
        if self._checked is not None:
            # Its names would be in the way of the model's, and the values asked for would be of something else.
            raise NotCheckableError(f"the checker does not follow {name[:40]} behind the check")
        match name, rest:
            case "assert", [formula]:
                term = self._reader.read(formula, BOOL)
                self._assertions.append(Assertion(term, self._shown(formula)))
            case "check-sat", []:
                self._checked = tuple(self._assertions)
            case "check-sat-assuming", [Node(items=assumed)]:
                terms = (Assertion(self._reader.read(item, BOOL), self._shown(item)) for item in assumed)
                self._checked = (*self._assertions, *terms)
                self._assumes = True
            case "push", _:
                for _ in range(_levels(rest)):
                    self._signature.push()
                    self._levels.append(len(self._assertions))
            case "pop", _:
                for _ in range(_levels(rest)):
                    self._signature.pop()
                    del self._assertions[self._levels.pop() :]
            case _:
                self._declaration(name, rest)

    def _shown(self, formula: Sexpr) -> str:
        match formula:
            case Node(items=(Token(text="!"), _, Token(text=":named"), Token() as label)):
                return symbol(label)
        end = formula.end if isinstance(formula, Node) else formula.start + len(formula.text)
        text = " ".join(self._text[formula.start : min(end, formula.start + 2 * _SHOWN)].split())
        return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."

    def _declaration(self, name: str, rest: list[Sexpr]) -> None:
        signature = self._signature
        match name, rest:
            case "declare-const", [Token() as constant, sort]:
                signature.declare(Function(symbol(constant), (), signature.sort(sort)))
            case "declare-fun", [Token() as function, domain, sort]:
                domain_sorts = tuple(signature.sort(item) for item in one_list(domain))
                signature.declare(Function(symbol(function), domain_sorts, signature.sort(sort)))
            case "declare-sort", [Token() as sort]:
                signature.declare_sort(symbol(sort), 0)
            case "declare-sort", [Token() as sort, arity]:
                signature.declare_sort(symbol(sort), index(arity))
            case "define-sort", [Token() as sort, params, body]:
                signature.declare_sort(symbol(sort), SortMacro(symbols(params), body))
            case "define-const", [Token() as constant, sort, body]:
                self._define(constant, Node((), 0, 0), sort, body)
            case "define-fun", [Token() as function, params, sort, body]:
                self._define(function, params, sort, body)
            case "define-fun-rec", [Token() as function, params, sort, body]:
                self._define_recursive([Node((function, params, sort), 0, 0)], [body])
            case "define-funs-rec", [Node(heads), Node(bodies)]:
                self._define_recursive(list(heads), list(bodies))
            case "declare-datatype", [Token() as datatype, body]:
                self._declare_datatypes([(symbol(datatype), 0)], [body])
            case "declare-datatypes", [Node(items=heads), Node(items=bodies)]:
                if all(isinstance(head, Node) for head in heads) and heads:
                    self._declare_datatypes([_name_and_arity(head) for head in heads], list(bodies))
                else:
                    self._declare_old_datatypes(tuple(map(symbol, heads)), list(bodies))
            case _:
                raise NotCheckableError(f"the checker does not know this use of the command {name[:40]}")

    def _define(self, name: Token, params: Sexpr, sort: Sexpr, body: Sexpr) -> None:
        function, variables = self._head(name, params, sort)
        function.body = self._reader.read(body, function.range)
        self._reader.unbind(variables)
        self._signature.declare(function)

    def _define_recursive(self, heads: list[Sexpr], bodies: list[Sexpr]) -> None:
        functions = []
        for head in heads:
            match head:
                case Node(items=(Token() as name, params, sort)):
                    function, variables = self._head(name, params, sort)
                case _:
                    raise NotCheckableError("a function is defined by a name, its parameters and a sort")
            self._reader.unbind(variables)
            function.recursive = True
            self._signature.declare(function)
            functions.append((function, params))
        for (function, params), body in zip(functions, bodies, strict=False):
            variables = self._reader.bind(params)
            function.body = self._reader.read(body, function.range)
            self._reader.unbind(variables)
        if len(functions) != len(bodies):
            raise NotCheckableError("as many bodies as functions are expected")

    def _head(self, name: Token, params: Sexpr, sort: Sexpr) -> tuple[Function, tuple[Term, ...]]:
        variables = self._reader.bind(params)
        function = Function(symbol(name), tuple(variable.sort for variable in variables), self._signature.sort(sort))
        function.params = variables
        return function, variables

    def _declare_datatypes(self, heads: list[tuple[str, int]], bodies: list[Sexpr]) -> None:
        if len(heads) != len(bodies):
            raise NotCheckableError("as many datatypes as names are expected")
        found = []
        for (name, arity), body in zip(heads, bodies, strict=True):
            match body:
                case Node(items=(Token(text="par"), params, Node(items=constructors))):
                    names = symbols(params)
                case Node(items=constructors):
                    names = ()
                case _:
                    raise NotCheckableError("a list of constructors is expected")
            if len(names) != arity:
                raise NotCheckableError(f"{name[:60]} has not as many parameters as its declaration says")
            found.append((name, Datatype(names, tuple(map(_constructor, constructors)))))
        self._add_datatypes(found)

    def _declare_old_datatypes(self, params: tuple[str, ...], bodies: list[Sexpr]) -> None:
        """`(declare-datatypes (T) ((List nil (cons (hd T) (tl List)))))`, here without parameters."""
        if params:
            raise NotCheckableError("the older form of datatypes with parameters is beyond the checker")
        found = []
        for body in bodies:
            name, *constructors = one_list(body)
            found.append((symbol(name), Datatype((), tuple(map(_constructor, constructors)))))
        self._add_datatypes(found)

    def _add_datatypes(self, found: list[tuple[str, Datatype]]) -> None:
        for name, datatype in found:
            self._signature.declare_sort(name, datatype)
        for name, datatype in found:
            self._signature.declare_constructors(name, datatype)


def _constructor(expression: Sexpr) -> tuple[str, tuple[tuple[str, Sexpr], ...]]:
    if isinstance(expression, Token):
        return symbol(expression), ()
    name, *fields = expression.items or (None,)
    found = []
    for field in fields:
        match field:
            case Node(items=(Token() as selector, sort)):
                found.append((symbol(selector), sort))
            case _:
                raise NotCheckableError("a field of a constructor is a selector and a sort")
    if name is None:
        raise NotCheckableError("a constructor has a name")
    return symbol(name), tuple(found)


def _name_and_arity(head: Sexpr) -> tuple[str, int]:
    match head:
        case Node(items=(Token() as name, arity)):
            return symbol(name), index(arity)
    raise NotCheckableError("a datatype is declared by its name and the number of its parameters")


def _levels(arguments: list[Sexpr]) -> int:
    match arguments:
        case []:
            return 1
        case [Token(kind=TokenKind.NUMERAL) as levels]:
            return index(levels)
    raise NotCheckableError("push and pop take one number")
