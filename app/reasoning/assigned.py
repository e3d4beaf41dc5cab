"""Finds out whether a program states the value of its answer outright, with nothing to compute or to choose.

For puzzles, whose answers may be names and may need no number. Followed: equations of one name with another, and
predicates of one clause. Where there is a choice, of clauses or by `;`, nothing is stated outright.
"""

import re
from collections.abc import Iterator, Sequence

from app.reasoning.literals import LONGEST_PROGRAM, PrologToken, prolog_arguments, prolog_clauses, prolog_tokens
from app.reasoning.types import Formalisation
from solvers.smt.sexpr import Node, Sexpr, SexprError, Token, TokenKind, flatten, read, symbol_name, write
from solvers.types import Language

_MOST_STEPS = 20
_DEEPEST = 10
_MOST_UNKNOWNS = 20
_OPEN, _CLOSE = "([{", ")]}"
_EQUATIONS = frozenset({"=", "is", "#=", "=:=", "=="})
_CHOICE = frozenset({";", "->", "*->", "|"})
_COUNTING = re.compile(r"[-+*/^]|//|\*\*")


def assigned(formalisation: Formalisation) -> str | None:
    """The words of the program that state the answer outright; None where none do, or the program cannot be read."""
    if len(formalisation.program.text) + len(formalisation.query) > LONGEST_PROGRAM:
        return None
    if formalisation.program.language is Language.PROLOG:
        return _prolog(formalisation)
    try:
        return _smt(formalisation)
    except SexprError:
        return None


# Prolog

_Tokens = Sequence[PrologToken]


def _prolog(formalisation: Formalisation) -> str | None:
    clauses: dict[tuple[str, int], list[tuple[list[_Tokens], list[_Tokens]]]] = {}
    for clause in prolog_clauses(prolog_tokens(formalisation.program.text)):
        head, body = _split_clause(clause)
        if head and head[0].text not in (":-", "?-"):
            name, arguments = _call(head)
            clauses.setdefault((name, len(arguments)), []).append((arguments, body))
    goals = _goals([token for token in prolog_tokens(formalisation.query) if token.kind != "end"])
    variables = {token.text for goal in goals for token in goal if _is_variable(token)}
    for variable in sorted(variables)[:_MOST_UNKNOWNS]:
        goals_now, wanted = goals, variable
        for _ in range(_MOST_STEPS):
            found = _in_goals(goals_now, wanted)
            if found is None:
                break
            if not isinstance(found, tuple):
                return found
            key, place = found
            if len(clauses.get(key, ())) != 1:
                break
            arguments, goals_now = clauses[key][0]
            argument = arguments[place]
            if _is_ground(argument):
                return f"{key[0]}({', '.join(_text(item) for item in arguments)})"
            if len(argument) != 1:
                break
            wanted = argument[0].text
    return None


def _in_goals(goals: Sequence[_Tokens], variable: str) -> str | tuple[tuple[str, int], int] | None:
    """How `variable` gets its value: the goal that states it, or the predicate and argument that must be followed."""
    names = {variable}
    calls: list[tuple[tuple[str, int], int]] = []
    equations = [sides for goal in goals if (sides := _equation(goal)) is not None]
    for _ in range(_MOST_STEPS):
        more = {
            other[0].text
            for sides in equations
            for one, other in (sides, sides[::-1])
            if len(one) == len(other) == 1 and one[0].text in names and _is_variable(other[0])
        } - names
        if not more:
            break
        names |= more
    for left, right in equations:
        for one, other in ((left, right), (right, left)):
            if len(one) == 1 and one[0].text in names and _is_ground(other):
                return f"{_text(one)} = {_text(other)}"
    for goal in goals:
        if _equation(goal) is None and any(token.text in names for token in goal if _is_variable(token)):
            name, arguments = _call(goal)
            places = [i for i, argument in enumerate(arguments) if len(argument) == 1 and argument[0].text in names]
            if len(places) != 1:
                return None
            calls.append(((name, len(arguments)), places[0]))
    return calls[0] if len(calls) == 1 else None


def _split_clause(clause: _Tokens) -> tuple[_Tokens, list[_Tokens]]:
    for index, token in enumerate(clause):
        if token.text == ":-" and index:
            return clause[:index], _goals(clause[index + 1 :])
    return clause, []


def _goals(body: _Tokens, depth: int = 0) -> list[_Tokens]:
    """The goals of a body; those in `{}` and in plain parentheses too. One with a choice is left as it is."""
    if depth == _DEEPEST or _has(body, _CHOICE):
        return [body] if body else []
    found: list[_Tokens] = []
    for goal in prolog_arguments(body):
        inner = len(goal) > 2 and goal[0].text in ("{", "(") and goal[-1].text == _CLOSE[_OPEN.index(goal[0].text)]
        if inner and _closes(goal) == len(goal) - 1:
            found += _goals(goal[1:-1], depth + 1)
        else:
            found.append(goal)
    return found


def _has(found: _Tokens, symbols: frozenset[str]) -> bool:
    depth = 0
    for token in found:
        depth += (token.text in _OPEN) - (token.text in _CLOSE) if token.kind == "mark" else 0
        if depth == 0 and token.text in symbols and token.kind in ("symbol", "mark"):
            return True
    return False


def _closes(found: _Tokens) -> int:
    """The place of the bracket that closes the one at the beginning."""
    depth = 0
    for index, token in enumerate(found):
        depth += (token.text in _OPEN) - (token.text in _CLOSE) if token.kind == "mark" else 0
        if depth == 0:
            return index
    return -1


def _call(goal: _Tokens) -> tuple[str, list[_Tokens]]:
    """Name and arguments of a goal; for what is no plain call, no arguments."""
    if len(goal) == 1:
        return goal[0].text, []
    if len(goal) > 3 and goal[1].text == "(" and goal[0].end == goal[1].start and _closes(goal[1:]) == len(goal) - 2:
        return goal[0].text, list(prolog_arguments(goal[2:-1]))
    return "", []


def _equation(goal: _Tokens) -> tuple[_Tokens, _Tokens] | None:
    depth = 0
    for index, token in enumerate(goal):
        depth += (token.text in _OPEN) - (token.text in _CLOSE) if token.kind == "mark" else 0
        if depth == 0 and token.text in _EQUATIONS and 0 < index < len(goal) - 1:
            return goal[:index], goal[index + 1 :]
    return None


def _is_variable(token: PrologToken) -> bool:
    return token.kind == "variable"


def _is_ground(found: _Tokens) -> bool:
    """Whether it is a value: no variable in it, and no number to be computed."""
    counted = any(token.kind == "number" for token in found) and any(
        token.kind == "symbol" and _COUNTING.fullmatch(token.text) for token in found
    )
    return bool(found) and not counted and not any(_is_variable(token) for token in found)


def _text(found: _Tokens) -> str:
    return " ".join(token.text for token in found).replace("( ", "(").replace(" )", ")").replace(" ,", ",")


# SMT-LIB


def _smt(formalisation: Formalisation) -> str | None:
    commands = [item for item in read(formalisation.program.text) if isinstance(item, Node) and len(item.items) > 1]
    declared = {_name(c.items[1]) for c in commands if _name(c.items[0]) in ("declare-const", "declare-fun")}
    equations: list[tuple[Sexpr, Sexpr]] = []  # both ways round
    for command in commands:
        kind = _name(command.items[0])
        if kind == "assert":
            for one, other in _equations(command.items[1]):
                equations += [(one, other), (other, one)]
        elif kind in ("define-fun", "define-const") and _is_constant(command, kind):
            equations.append((command.items[1], command.items[-1]))
            declared.add(_name(command.items[1]))
    sides = [(_written(one), other) for one, other in equations]
    for term in read(formalisation.query)[:_MOST_UNKNOWNS]:
        names = {_written(term)}
        for _ in range(_MOST_STEPS):
            before = len(names)
            for written, other in sides:
                if written not in names:
                    continue
                if _is_value(other, declared):
                    return f"(= {written} {_written(other)})"
                if isinstance(other, Token):
                    names.add(_written(other))
            if len(names) == before:
                break
    return None


def _is_constant(command: Node, kind: str) -> bool:
    return len(command.items) == (5 if kind == "define-fun" else 4) and (
        kind == "define-const" or (isinstance(command.items[2], Node) and not command.items[2].items)
    )


def _equations(formula: Sexpr) -> Iterator[tuple[Sexpr, Sexpr]]:
    """The equations of two terms that a formula asserts, by itself or as a part of `and`."""
    waiting = [formula]
    while waiting:
        item = waiting.pop()
        if not isinstance(item, Node) or not item.items:
            continue
        match _name(item.items[0]):
            case "!":
                waiting.append(item.items[1])
            case "and":
                waiting += item.items[1:]
            case "=" if len(item.items) == 3:
                yield item.items[1], item.items[2]


def _is_value(term: Sexpr, declared: set[str]) -> bool:
    if isinstance(term, Node):
        return False
    if term.kind in (TokenKind.SYMBOL, TokenKind.QUOTED):
        return symbol_name(term) not in declared
    return True


def _name(item: Sexpr) -> str:
    return symbol_name(item) if isinstance(item, Token) else ""


def _written(term: Sexpr) -> str:
    return write(flatten(term))
