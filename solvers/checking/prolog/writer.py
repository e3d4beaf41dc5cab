"""Writes terms as text that the reader reads back: quoted where needed, operators between their operands."""

import re
from fractions import Fraction

from solvers.checking.budget import Budget
from solvers.checking.prolog.program import Operators
from solvers.checking.prolog.reader import DEFAULT_OPERATORS
from solvers.checking.prolog.terms import LIST, NIL, Atom, Struct, Term, Text, Var, deref

PLAIN = re.compile(r"[a-z][a-zA-Z0-9_]*|(?!/\*)[-+*/\\^<>=~:?@#&$]+|[!;]|\[\]|\{\}")
"""Atoms that need no quotes."""

VARIABLE = re.compile(r"[A-Z][a-zA-Z0-9_]*|_[a-zA-Z0-9_]+")
ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t"}

MAX_PARTS = 100_000

_Part = str | tuple[Term, int]
"""What is still to be written: text as it is, or a term with the highest priority it may have without brackets."""


def text_of(term: Term, operators: Operators = DEFAULT_OPERATORS, budget: Budget | None = None) -> str:
    """The term as text. An unbound variable keeps its name where no other has it, and is numbered where one does.

    Raises `NotCheckableError` for a term that is too large for the budget, by default for any person.
    """
    budget = budget or Budget(steps=MAX_PARTS)
    names: dict[Var, str] = {}
    taken: set[str] = set()
    written: list[str] = []
    todo: list[_Part] = [(term, 1200)]
    while todo:
        budget.spend()
        part = todo.pop()
        if isinstance(part, str):
            written.append(part)
            continue
        found = deref(part[0])
        if isinstance(found, Struct):
            todo.extend(reversed(_parts(found, part[1], operators)))
        elif isinstance(found, Var):
            written.append(_name(found, names, taken))
        else:
            written.append(_constant(found, part[1], operators))
    return "".join(written)


def _parts(term: Struct, highest: int, operators: Operators) -> list[_Part]:
    name, args = term.name, term.args
    if name == LIST and len(args) == 2:
        return _list(term)
    if name == "{}" and len(args) == 1:
        return ["{", (args[0], 1200), "}"]
    if len(args) == 2 and name in operators.infix:
        priority, left, right = operators.infix[name]
        sign = ", " if name == "," else f" {name} " if PLAIN.fullmatch(name) else None
        if sign is not None:
            inner: list[_Part] = [(args[0], left), sign, (args[1], right)]
            return inner if priority <= highest else ["(", *inner, ")"]
    if len(args) == 1 and name in operators.prefix and PLAIN.fullmatch(name):
        priority, right = operators.prefix[name]
        operand = deref(args[0])
        if not (name in "+-" and isinstance(operand, int | Fraction | float)):
            inner = [f"{name} ", (args[0], right)]
            return inner if priority <= highest else ["(", *inner, ")"]
    parts: list[_Part] = [_quoted(name), "("]
    for index, arg in enumerate(args):
        parts += [", " if index else "", (arg, 999)]
    return [*parts, ")"]


def _list(cell: Struct) -> list[_Part]:
    parts: list[_Part] = ["[", (cell.args[0], 999)]
    seen = {id(cell)}
    rest = deref(cell.args[1])
    while isinstance(rest, Struct) and rest.name == LIST and len(rest.args) == 2 and id(rest) not in seen:
        seen.add(id(rest))
        parts += [", ", (rest.args[0], 999)]
        rest = deref(rest.args[1])
    if rest != NIL:
        parts += ["|", (rest, 999)]
    return [*parts, "]"]


def _constant(term: Atom | Text | int | Fraction | float, highest: int, operators: Operators) -> str:
    match term:
        case Atom(name):
            is_operator = name in operators.infix or name in operators.prefix or name in operators.postfix
            return f"({_quoted(name)})" if is_operator and highest < 1200 else _quoted(name)
        case Text(value):
            return _between('"', value)
        case Fraction():
            return f"{term.numerator}r{term.denominator}"
        case float():
            return _float(term)
    return str(term)


def _float(value: float) -> str:
    if value != value:
        return "1.5NaN"
    if value in (float("inf"), float("-inf")):
        return "1.0Inf" if value > 0 else "-1.0Inf"
    return repr(value)


def _quoted(name: str) -> str:
    return name if PLAIN.fullmatch(name) else _between("'", name)


def _between(quote: str, text: str) -> str:
    plain = [
        "\\" + character
        if character == quote
        else ESCAPES.get(character) or (character if character.isprintable() else f"\\x{ord(character):x}\\")
        for character in text
    ]
    return quote + "".join(plain) + quote


def _name(variable: Var, names: dict[Var, str], taken: set[str]) -> str:
    if variable not in names:
        name = variable.name
        if not VARIABLE.fullmatch(name) or name in taken:
            name = next(each for number in range(len(taken), 2 * len(taken) + 2) if (each := f"_{number}") not in taken)
        names[variable] = name
        taken.add(name)
    return names[variable]
