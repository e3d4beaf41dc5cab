"""Reads text as s-expressions, and s-expressions as terms. For scripts, and for proofs, where `-1/3` is a number.

Recursive, so what is nested deeper than a term may be is not read.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.smt.formulas import BINDERS, CONNECTIVES, INT, MAX_DEPTH, REAL, Term, Terms
from solvers.smt.sexpr import symbol_text

Sexpr = str | list["Sexpr"]

_TOKEN = re.compile(r'[ \t\r\n]+|;[^\r\n]*|([()]|\|[^|\\]*\||"(?:[^"]|"")*"|[^ \t\r\n()|";]+)|(.)', re.DOTALL)
_NUMBER = re.compile(r"-?[0-9]+(?:/[0-9]+|\.[0-9]+)?")
_LONGEST_NUMBER = 2_000
_BUILT_IN_SORTS = frozenset({"Bool", INT, REAL})

BUILT_IN = (
    CONNECTIVES
    | frozenset("true false = distinct ite + - * / < <= > >= div mod abs to_real to_int is_int".split())
    | frozenset("let forall exists choice lambda match par as ! _ cl Bool Int Real".split())
)
"""Names that mean something already."""


def read_sexprs(text: str, budget: Budget) -> list[Sexpr]:
    """Everything in `text`. A symbol between bars that needs none loses them.

    Raises `NotCheckableError` for what is not balanced or nested too deeply.
    """
    top: list[Sexpr] = []
    current = top
    waiting: list[list[Sexpr]] = []
    for match in _TOKEN.finditer(text):
        found = match[1]
        if found is None:
            if match[2] is not None:
                raise NotCheckableError(f"the text cannot be read from {text[match.start() : match.start() + 20]!r} on")
            continue
        budget.spend()
        if found == "(":
            waiting.append(current)
            if len(waiting) > MAX_DEPTH:
                raise NotCheckableError(f"parentheses are nested deeper than {MAX_DEPTH}")
            current.append([])
            current = current[-1]  # type: ignore[assignment]  # the list just made
        elif found == ")":
            if not waiting:
                raise NotCheckableError("a `)` closes nothing")
            current = waiting.pop()
        else:
            current.append(symbol_text(found[1:-1]) if found[0] == "|" else found)
    if waiting:
        raise NotCheckableError("a `)` is missing at the end")
    return top


@dataclass(slots=True)
class Reader:
    """Reads terms over what is declared and defined so far.

    Args:
        named: what `(! t :named n)` and definitions without arguments named.
        definitions: parameters and body of functions with arguments.
        sorts: declared sorts, and what defined ones stand for.
    """

    terms: Terms
    named: dict[str, Term] = field(default_factory=dict)
    definitions: dict[str, tuple[tuple[Term, ...], Term]] = field(default_factory=dict)
    sorts: dict[str, str] = field(default_factory=dict)

    def sort(self, expression: Sexpr) -> str:
        if isinstance(expression, str):
            if expression in _BUILT_IN_SORTS:
                return expression
            if expression in self.sorts:
                return self.sorts[expression]
        raise NotCheckableError(f"the sort {_text(expression)} is not known to the checker")

    def variables(self, expression: Sexpr) -> list[Term]:
        """Of `((x Int) (y Real))`."""
        if not isinstance(expression, list):
            raise NotCheckableError(f"variables with their sorts are expected, not {_text(expression)}")
        return [self.variable(item) for item in expression]

    def variable(self, expression: Sexpr) -> Term:
        match expression:
            case [str(name), sort]:
                return self.terms.variable(new_symbol(name), self.sort(sort))
        raise NotCheckableError(f"a variable with its sort is expected, not {_text(expression)}")

    def term(self, expression: Sexpr, scope: Mapping[str, Term]) -> Term:
        """`scope`: what a symbol stands for here, before all else."""
        self.terms.budget.spend()
        if isinstance(expression, str):
            return self._atom(expression, scope)
        match expression:
            case ["!", inner, *attributes]:
                return self._annotated(self.term(inner, scope), attributes)
            case ["let", list(bindings), body]:
                return self.term(body, {**scope, **self._let(bindings, scope)})
            case [str(binder), variables, body] if binder in BINDERS:
                bound = self.variables(variables)
                self.terms.budget.spend(len(scope))
                inner_scope = {**scope, **{variable.name: variable for variable in bound}}
                return self.terms.bind(binder, bound, self.term(body, inner_scope))
            case [str(op), _, *_] if op not in {"_", "as", "match", "!", "let"} and op not in BINDERS:
                if op in scope or op in self.named:
                    raise NotCheckableError(f"{op} is applied, and it is no function")
                return self._application(op, [self.term(item, scope) for item in expression[1:]])
        raise NotCheckableError(f"the checker does not know the term {_text(expression)}")

    def _atom(self, text: str, scope: Mapping[str, Term]) -> Term:
        found = scope.get(text) or self.named.get(text)
        if found is not None:
            return found
        if text[0] in "-0123456789" and _NUMBER.fullmatch(text):
            return self._number(text)
        return self.terms.make(symbol(text), ())

    def _number(self, text: str) -> Term:
        if len(text) > _LONGEST_NUMBER:
            raise NotCheckableError("a number is longer than the checker reads")
        try:
            value = Fraction(text)
        except ZeroDivisionError:
            raise NotCheckableError(f"{text} is no number") from None
        return self.terms.number(value, REAL if "." in text or "/" in text else INT)

    def _application(self, op: str, args: Sequence[Term]) -> Term:
        if op not in self.definitions:
            return self.terms.make(op, args)
        parameters, body = self.definitions[op]
        if len(parameters) != len(args):
            raise NotCheckableError(f"{op} takes {len(parameters)} arguments, not {len(args)}")
        pairs = zip(parameters, args, strict=True)
        values = {parameter: self.terms.fitted(argument, parameter.sort) for parameter, argument in pairs}
        return self.terms.substitute(body, values)

    def _annotated(self, term: Term, attributes: Sequence[Sexpr]) -> Term:
        if len(attributes) % 2:
            raise NotCheckableError("an annotation has no value")
        for keyword, value in zip(attributes[::2], attributes[1::2], strict=True):
            if not isinstance(keyword, str) or not keyword.startswith(":"):
                raise NotCheckableError(f"an annotation has no keyword but {_text(keyword)}")
            if keyword == ":named":
                name = new_symbol(value)
                # cvc5 repeats the name and its term where a subproof begins.
                if self.is_taken(name) and self.named.get(name) is not term:
                    raise NotCheckableError(f"the name {name} is given twice")
                self.named[name] = term
        return term

    def _let(self, bindings: Sequence[Sexpr], scope: Mapping[str, Term]) -> dict[str, Term]:
        self.terms.budget.spend(len(scope))
        bound: dict[str, Term] = {}
        for binding in bindings:
            match binding:
                case [str(name), value] if name not in bound:
                    bound[new_symbol(name)] = self.term(value, scope)
                case _:
                    raise NotCheckableError(f"let cannot bind {_text(binding)}")
        return bound

    def is_taken(self, name: str) -> bool:
        return name in self.named or name in self.definitions or name in self.terms.signature


def symbol(expression: Sexpr) -> str:
    """A symbol, as itself. Raises `NotCheckableError` for anything else."""
    if isinstance(expression, str) and expression[0] not in '":-0123456789':
        return expression
    if isinstance(expression, str) and expression[0] == "-" and not _NUMBER.match(expression):
        return expression
    raise NotCheckableError(f"a symbol is expected, not {_text(expression)}")


def new_symbol(expression: Sexpr) -> str:
    """A symbol that may be given a meaning."""
    name = symbol(expression)
    if name in BUILT_IN:
        raise NotCheckableError(f"the name {name} has a meaning already")
    return name


def _text(expression: Sexpr) -> str:
    return repr(expression)[:100].replace("'", "").replace(",", "")
