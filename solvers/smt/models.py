"""Reads what the engine replies: models, values, cores and objectives. Standard library only.

Numbers stay text from end to end, so a numeral of a hundred thousand digits costs nothing and a float never appears.

Source: SMT-LIB 2.6, the responses to `get-model`, `get-value` and `get-unsat-core`; objectives as z3 prints them.
"""

import re
from collections.abc import Collection, Iterable
from fractions import Fraction
from math import inf

from solvers.smt.sexpr import Node, Sexpr, Token, TokenKind, flatten, read, symbol_name, write
from solvers.types import Value, ValueKind

_ESCAPE = re.compile(r"\\u\{([0-9A-Fa-f]{1,5})\}|\\u([0-9A-Fa-f]{4})")
SOFT_ASSERTIONS = "assert-soft"
"""The objective that soft assertions without an `:id` form together."""
_ZERO_FRACTION = re.compile(r"\.0+\Z")


def text_of(expression: Sexpr) -> str:
    """An s-expression as SMT-LIB text on one line."""
    return write(flatten(expression))


def value_of(expression: Sexpr) -> Value:
    """A value as z3 prints it, exact: `(- 5)` is "-5", `(/ 10.0 3.0)` is "10/3", `4.0` is "4".

    A string is its content; a symbol (a constructor, an element of a declared sort) an atom; what has no plain form,
    such as a bit vector, an algebraic number or an infinite optimum, is text of kind `other`, and a list `compound`.
    """
    number = _number(expression)
    if number is not None:
        return Value(number, ValueKind.RATIONAL if "/" in number else ValueKind.INTEGER)
    if isinstance(expression, Token):
        return _atom(expression)
    if _is_infinity(expression):
        return Value("-oo", ValueKind.OTHER)
    head = expression.items[0] if expression.items else None
    if isinstance(head, Token) and head.text in {"root-obj", "_", "+", "-", "*", "interval"}:
        return Value(text_of(expression), ValueKind.OTHER)
    return Value(text_of(expression), ValueKind.COMPOUND)


def _atom(token: Token) -> Value:
    if token.kind is TokenKind.STRING:
        return Value(_unescape(token.text[1:-1].replace('""', '"')), ValueKind.STRING)
    if token.kind in {TokenKind.SYMBOL, TokenKind.QUOTED}:
        if token.text in {"true", "false"}:
            return Value(token.text, ValueKind.BOOLEAN)
        if token.text in {"oo", "epsilon"}:
            return Value(token.text, ValueKind.OTHER)
        return Value(symbol_name(token), ValueKind.ATOM)
    return Value(token.text, ValueKind.OTHER)


def _unescape(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = int(match[1] or match[2], 16)
        # Half of a character cannot leave as UTF-8; z3's strings may hold it, so it stays an escape.
        return match[0] if 0xD800 <= code <= 0xDFFF or code > 0x2FFFF else chr(code)

    return _ESCAPE.sub(character, text)


def _number(expression: Sexpr) -> str | None:
    """An integer "n" or a rational "n/d" in lowest terms, as text; None for anything else."""
    if isinstance(expression, Token):
        if expression.kind is TokenKind.NUMERAL:
            return expression.text
        if expression.kind is TokenKind.DECIMAL:
            whole = _ZERO_FRACTION.sub("", expression.text)
            return whole if "." not in whole else str(Fraction(whole))
        return None
    match expression.items:
        case (Token(text="-"), operand):
            inner = _number(operand)
            return None if inner is None else _negated(inner)
        case (Token(text="/"), upper, lower):
            numerator, denominator = _number(upper), _number(lower)
            if numerator is None or denominator is None or "/" in numerator + denominator or denominator == "0":
                return None
            if denominator.startswith("-"):
                numerator, denominator = _negated(numerator), denominator[1:]
            # z3 prints lowest terms, so nothing is left to reduce and no digit has to be read.
            return numerator if denominator == "1" else f"{numerator}/{denominator}"
    return None


def _negated(number: str) -> str:
    if number == "0":
        return number
    return number[1:] if number.startswith("-") else f"-{number}"


def _is_infinity(expression: Node) -> bool:
    """z3 prints minus infinity as `(* (- 1) oo)`."""
    return text_of(expression) in {"(* (- 1) oo)", "(- oo)", "(* (- 1.0) oo)"}


def read_model(reply: str, leave_out: Collection[str]) -> dict[str, Value]:
    """The reply to `get-model`: constants with their value, functions with the text of their definition.

    Args:
        leave_out: names that z3 lists beside the model: labels of assertions, functions that the script defines itself.
    """
    model: dict[str, Value] = {}
    for entry in _entries(reply):
        match entry:
            case Node(items=(Token(text="define-fun" | "define-fun-rec"), Token() as name, Node(items=()), _, value)):
                if symbol_name(name) not in leave_out:
                    model[symbol_name(name)] = value_of(value)
            case Node(items=(Token(text="define-fun" | "define-fun-rec"), Token() as name, *_)):
                if symbol_name(name) not in leave_out:
                    model[symbol_name(name)] = Value(text_of(entry), ValueKind.COMPOUND)
    return model


def read_values(reply: str, terms: Iterable[str]) -> dict[str, Value]:
    """The reply to `get-value`, keyed by the terms as the script wrote them."""
    values: dict[str, Value] = {}
    for term, pair in zip(terms, _entries(reply), strict=True):
        if not isinstance(pair, Node) or len(pair.items) != 2:
            raise ValueError(f"get-value replied {reply[:200]!r}")
        values[term] = value_of(pair.items[1])
    return values


def read_core(reply: str) -> tuple[str, ...]:
    """The reply to `get-unsat-core` or `get-unsat-assumptions`: labels without bars, assumed terms as text."""
    return tuple(
        symbol_name(item) if isinstance(item, Token) and item.kind is TokenKind.QUOTED else text_of(item)
        for item in _entries(reply)
    )


def read_objectives(reply: str, written: Iterable[str]) -> dict[str, Value]:
    """The reply to `get-objectives`, in the order the script states them.

    Args:
        written: each objective as the script wrote it; where these do not pair up, z3's own form stands.
    """
    # `(objectives (term optimum) ...)`; the sum of soft assertions without an :id has no term.
    pairs = [item.items for item in _entries(reply) if isinstance(item, Node) and 1 <= len(item.items) <= 2]
    names = list(written)
    if len(names) != len(pairs):
        names = [text_of(pair[0]) if len(pair) == 2 else SOFT_ASSERTIONS for pair in pairs]
    return {name: value_of(pair[-1]) for name, pair in zip(names, pairs, strict=True)}


def _entries(reply: str) -> tuple[Sexpr, ...]:
    # As deep as the engine likes: a function of 3,000 points is 3,000 times `ite`.
    expressions = read(reply, max_depth=inf)
    if len(expressions) != 1 or not isinstance(expressions[0], Node):
        raise ValueError(f"the engine replied {reply[:200]!r}")
    return expressions[0].items
