"""Writes the definitions of functions out where they are used, so that a proof speaks of declared symbols only.

Standard library only. What would capture a variable, or grow too long, stays as it is: then a proof may name what a
checker does not know, and that is all that comes of it.

Source: SMT-LIB 2.6, `define-fun`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from solvers.smt import sexpr
from solvers.smt.sexpr import Node, Sexpr, Token, TokenKind, symbol_name

_MOST_TOKENS = 100_000
_DEEPEST = 200
_SYMBOLS = frozenset({TokenKind.SYMBOL, TokenKind.QUOTED})
_BINDERS = frozenset({"let", "forall", "exists", "match", "lambda", "choice", "!", "_", "as"})


class _CannotInlineError(Exception): ...


@dataclass(frozen=True, slots=True)
class _Definition:
    parameters: tuple[str, ...]
    reals: frozenset[str]
    """Parameters that are reals: an integer numeral given for one is written as a real."""
    body: Sexpr


def inline_definitions(commands: Sequence[Sequence[Token]]) -> list[Sequence[Token]]:
    """The same commands without definitions of functions with arguments; or unchanged where that is not possible."""
    if not any(_is_function(command) for command in commands):
        return list(commands)
    if any(command[1].text == "pop" for command in commands):
        return list(commands)  # a name may have had another meaning before
    try:
        return _inlined(commands)
    except (_CannotInlineError, RecursionError, sexpr.SexprError):
        return list(commands)


def _is_function(command: Sequence[Token]) -> bool:
    return len(command) > 5 and command[1].text == "define-fun" and command[4].text != ")"


def _inlined(commands: Sequence[Sequence[Token]]) -> list[Sequence[Token]]:
    definitions: dict[str, _Definition] = {}
    found: list[Sequence[Token]] = []
    length = 0
    for command in commands:
        (read,) = sexpr.build(command, _DEEPEST)
        assert isinstance(read, Node)
        if _is_function(command):
            _define(read, definitions)
            continue
        tokens = sexpr.flatten(Node(tuple(_expand(item, definitions, {}) for item in read.items), 0, 0))
        length += len(tokens)
        if length > _MOST_TOKENS:
            raise _CannotInlineError
        found.append(tokens)
    return found


def _define(command: Node, definitions: dict[str, _Definition]) -> None:
    if len(command.items) != 5:
        raise _CannotInlineError
    _, name, parameters, _, body = command.items
    if not isinstance(name, Token) or not isinstance(parameters, Node) or name.kind not in _SYMBOLS:
        raise _CannotInlineError
    names, reals = [], set()
    for parameter in parameters.items:
        match parameter:
            case Node((Token() as variable, sort), _, _) if variable.kind in _SYMBOLS:
                names.append(symbol_name(variable))
                if isinstance(sort, Token) and sort.text == "Real":
                    reals.add(names[-1])
            case _:
                raise _CannotInlineError
    expanded = _expand(body, definitions, {})
    if _length(expanded) > _MOST_TOKENS // 10:
        raise _CannotInlineError
    definitions[symbol_name(name)] = _Definition(tuple(names), frozenset(reals), expanded)


def _expand(item: Sexpr, definitions: Mapping[str, _Definition], values: Mapping[str, Sexpr]) -> Sexpr:
    """`item` with definitions written out, and the symbols in `values` replaced."""
    if isinstance(item, Token):
        return values.get(symbol_name(item), item) if item.kind in _SYMBOLS else item
    head = item.items[0] if item.items else None
    if values and isinstance(head, Token) and head.text in _BINDERS:
        # Whether a variable is captured is not looked into: most definitions bind none.
        raise _CannotInlineError
    if isinstance(head, Token) and head.text in _BINDERS:
        _refuse_rebinding(item, definitions)
    parts = tuple(_expand(part, definitions, values) for part in item.items)
    name = symbol_name(head) if isinstance(head, Token) and head.kind in _SYMBOLS else None
    if name is None or name not in definitions:
        return Node(parts, item.start, item.end)
    definition = definitions[name]
    if len(parts) - 1 != len(definition.parameters):
        raise _CannotInlineError
    arguments: dict[str, Sexpr] = {}
    for parameter, part in zip(definition.parameters, parts[1:], strict=True):
        if parameter in definition.reals and isinstance(part, Token) and part.kind is TokenKind.NUMERAL:
            part = Token(TokenKind.DECIMAL, part.text + ".0", part.start)
        arguments[parameter] = part
    expanded = _expand(definition.body, {}, arguments)
    if _length(expanded) > _MOST_TOKENS:
        raise _CannotInlineError
    return expanded


def _refuse_rebinding(binder: Node, definitions: Mapping[str, _Definition]) -> None:
    """A local variable named like a defined function: `(f 3)` is a binding of it then, and no application."""
    bound = binder.items[1:2] if _word(binder.items[0]) != "match" else binder.items[2:3]
    for group in bound:
        for item in group.items if isinstance(group, Node) else ():
            pattern = item.items[:1] if isinstance(item, Node) else ()
            for part in pattern:
                names = part.items if isinstance(part, Node) else (part,)
                if not definitions.keys().isdisjoint(map(_word, names)):
                    raise _CannotInlineError


def _word(item: Sexpr) -> str | None:
    return symbol_name(item) if isinstance(item, Token) and item.kind in _SYMBOLS else None


def _length(item: Sexpr) -> int:
    """Of the text, in tokens; stops counting where it is too long anyway."""
    count = 0
    stack = [item]
    while stack and count <= _MOST_TOKENS:
        part = stack.pop()
        count += 1
        if isinstance(part, Node):
            stack.extend(part.items)
    return count
