"""Finds the numbers that are written in a program and its query, and writes others in their place.

By tokens: what stands in a comment, a directive, a declaration or an index is no number of the program. A number in
quotes is one that a program may read, and is marked. Two whole numbers with a `/` between them are one fraction.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from app.reasoning.types import Formalisation
from solvers.smt import sexpr
from solvers.smt.sexpr import SexprError, TokenKind
from solvers.types import Language, Part, Program

LONGEST_PROGRAM = 60_000
"""Characters of a program that is examined. What a problem gives has no need of more."""
_LONGEST = 40
"""Characters of a number that is looked at; a longer one is none that a problem gives."""


class Style(StrEnum):
    """How a number is written."""

    WHOLE = "whole"
    DECIMAL = "decimal"
    RATIONAL = "rational"
    """`1r3`, SWI-Prolog."""
    FRACTION = "fraction"
    """`1 / 3`, or `(/ 1 3)`: two pieces."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number of a program.

    Args:
        value: negative only in SMT-LIB, where `-5` may be one token.
        part: whether it stands in the program or in the query.
        pieces: from where to where in that text; two for a fraction.
        quoted: it stands between quotes, or is the code of a character: a number only if the program reads it.
        halves: of a fraction, its two numbers by themselves.
    """

    value: Fraction
    style: Style
    part: Part
    pieces: tuple[tuple[int, int], ...]
    quoted: bool = False
    halves: tuple["Literal", ...] = ()


class PrologToken(NamedTuple):
    """One token of Prolog text; `kind` is the name of the group of `_PROLOG` that it matched."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


_PROLOG = re.compile(
    r"""
    (?P<blank>(?:\s++ | %[^\n]*+ | /\*.*?(?:\*/|\Z))++)
  | (?P<mark>[()\[\]{},|])
  | (?P<code>0'(?:\\x[0-9a-fA-F]+\\?|\\[0-7]+\\?|\\.|''|[^\\]))
  | (?P<number>0x[0-9a-fA-F]+ | 0o[0-7]+ | 0b[01]+ | [0-9]+'[0-9a-zA-Z]+ | [0-9](?:_?[0-9])*
        (?: r[0-9]+ | (?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)? ))
  | (?P<variable>[A-Z_]\w*)
  | (?P<quoted>'(?:[^'\\]|\\.|'')*+(?:'|\Z))
  | (?P<string>"(?:[^"\\]|\\.|"")*+(?:"|\Z) | `(?:[^`\\]|\\.)*+(?:`|\Z))
  | (?P<name>[^\W\d_]\w* | ! )
  | (?P<end>\.(?=\s|%|\Z))
  | (?P<symbol>[-+*/\\^<>=~:.?@\#&$]+ | ; )
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def prolog_tokens(text: str) -> list[PrologToken]:
    """The tokens of Prolog text, without blanks and comments. Never raises: what begins no token is one of its own."""
    return [
        PrologToken(match.lastgroup or "other", match.group(), match.start())
        for match in _PROLOG.finditer(text)
        if match.lastgroup != "blank"
    ]


def prolog_clauses(found: Sequence[PrologToken]) -> Iterator[Sequence[PrologToken]]:
    """Cut tokens into clauses and directives, without their full stops."""
    first = 0
    for index, token in enumerate(found):
        if token.kind == "end":
            yield found[first:index]
            first = index + 1
    if first < len(found):
        yield found[first:]


def prolog_goals(clause: Sequence[PrologToken]) -> Iterator[Sequence[PrologToken]]:
    """The goals of the body of a clause, cut at the commas outside of brackets; none of a directive or a fact."""
    neck = next((index for index, token in enumerate(clause) if token.text == ":-"), 0)
    if neck:
        yield from prolog_arguments(clause[neck + 1 :])


def prolog_arguments(found: Sequence[PrologToken]) -> Iterator[Sequence[PrologToken]]:
    """Cut tokens at the commas outside of brackets; what is empty is left out."""
    depth = first = 0
    for index, token in enumerate(found):
        if token.kind == "mark":
            depth += (token.text in "([{") - (token.text in ")]}")
            if token.text == "," and depth == 0:
                if first < index:
                    yield found[first:index]
                first = index + 1
    if first < len(found):
        yield found[first:]


def literals(
    formalisation: Formalisation, clauses: Iterable[Sequence[PrologToken]] | None = None
) -> tuple[Literal, ...]:
    """The numbers of a formalisation, in the order in which they stand; none where it cannot be read as tokens.

    Args:
        clauses: of a Prolog program, if it is cut into them already.
    """
    program, query = formalisation.program, formalisation.query
    if program.language is Language.PROLOG:
        clauses = prolog_clauses(prolog_tokens(program.text)) if clauses is None else clauses
        asked = prolog_clauses(prolog_tokens(query))
        return (*_prolog(clauses, Part.PROGRAM), *_prolog(asked, Part.QUERY))
    try:
        return (*_smt(program.text, Part.PROGRAM), *_smt(query, Part.QUERY))
    except SexprError:
        return ()


def with_literals(formalisation: Formalisation, values: Mapping[Literal, Fraction]) -> Formalisation:
    """The formalisation with other values in the place of some of its numbers."""
    changes: dict[Part, list[tuple[int, int, str]]] = {Part.PROGRAM: [], Part.QUERY: []}
    for literal, value in values.items():
        for (start, end), text in zip(literal.pieces, _written(literal, value), strict=True):
            changes[literal.part].append((start, end, text))
    program = formalisation.program
    return replace(
        formalisation,
        program=Program(program.language, _changed(program.text, changes[Part.PROGRAM])),
        query=_changed(formalisation.query, changes[Part.QUERY]),
    )


def _changed(text: str, changes: list[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    position = 0
    for start, end, new in sorted(changes):
        parts += [text[position:start], new]
        position = end
    return "".join([*parts, text[position:]])


def _written(literal: Literal, value: Fraction) -> tuple[str, ...]:
    """The texts of the pieces of `literal` when it has this value."""
    match literal.style:
        case Style.FRACTION:
            return str(value.numerator), str(value.denominator)
        case Style.RATIONAL:
            return (f"{value.numerator}r{value.denominator}",)
        case Style.DECIMAL:
            return (_decimal(value),)
        case _:
            return (str(value.numerator) if value.denominator == 1 else _decimal(value),)


def _decimal(value: Fraction) -> str:
    """A decimal fraction; the moves of a decimal fraction are ones."""
    places = 1
    while value * 10**places % 1 and places < _LONGEST:
        places += 1
    digits = f"{int(abs(value) * 10**places):0{places + 1}d}"
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


# Prolog


_NUMERIC = frozenset({"number", "code", "quoted", "string"})
"""Kinds of tokens that may be a number, or hold one."""
_INDEXED = frozenset({"nth0", "nth1"})
_QUOTED_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def _prolog(clauses: Iterable[Sequence[PrologToken]], part: Part) -> Iterator[Literal]:
    for clause in clauses:
        if clause and clause[0].text in (":-", "?-"):
            continue  # a directive: arities, options
        taken = -1
        for index, token in enumerate(clause):
            if token.kind not in _NUMERIC or index <= taken or _is_index(clause, index):
                continue
            if (literal := _prolog_literal(token, part)) is None:
                continue
            second = _denominator(clause, index, part)
            if second is not None and literal.style is Style.WHOLE and second.value:
                taken = index + 2
                pieces = literal.pieces + second.pieces
                value = literal.value / second.value
                literal = Literal(value, Style.FRACTION, part, pieces, halves=(literal, second))
            yield literal


def _prolog_literal(token: PrologToken, part: Part) -> Literal | None:
    place = ((token.start, token.end),)
    match token.kind:
        case "number":
            number = _prolog_number(token.text)
            return None if number is None else Literal(number[0], number[1], part, place)
        case "code":
            inner = token.text[2:]
            return Literal(Fraction(ord(inner)), Style.WHOLE, part, place, quoted=True) if len(inner) == 1 else None
        case "quoted" | "string":
            inner = token.text[1:-1]
            if not _QUOTED_NUMBER.fullmatch(inner) or len(inner) > _LONGEST:
                return None
            style = Style.DECIMAL if "." in inner else Style.WHOLE
            return Literal(Fraction(inner), style, part, ((token.start + 1, token.end - 1),), quoted=True)
        case _:
            return None


def _prolog_number(text: str) -> tuple[Fraction, Style] | None:
    if len(text) > _LONGEST:
        return None
    text = text.replace("_", "")
    try:
        if text[:2] in ("0x", "0o", "0b"):
            return Fraction(int(text, 0)), Style.WHOLE
        if "'" in text:
            base, _, digits = text.partition("'")
            return Fraction(int(digits, int(base))), Style.WHOLE
        if "r" in text:
            return Fraction(text.replace("r", "/")), Style.RATIONAL
        if text.isdecimal():
            return Fraction(int(text)), Style.WHOLE
        exponent = re.search(r"[eE]([+-]?[0-9]+)$", text)
        if exponent and abs(int(exponent[1])) > _LONGEST:
            return None
        return Fraction(text), Style.DECIMAL
    except (ValueError, ZeroDivisionError):
        return None


def _is_index(clause: Sequence[PrologToken], index: int) -> bool:
    return index >= 2 and clause[index - 1].text == "(" and clause[index - 2].text in _INDEXED


def _denominator(clause: Sequence[PrologToken], index: int, part: Part) -> Literal | None:
    """The number behind the `/` behind a number, where the two are a fraction: `A / 3 / 4` holds none."""
    if index + 2 >= len(clause) or clause[index + 1].text != "/":
        return None
    if index and clause[index - 1].text in ("/", "^", "**", "//"):
        return None
    second = clause[index + 2]
    found = _prolog_literal(second, part) if second.kind == "number" else None
    return found if found is not None and found.style is Style.WHOLE else None


# SMT-LIB


_STATING = frozenset("assert assert-soft define-fun define-const define-fun-rec minimize maximize".split())


def _smt(text: str, part: Part) -> Iterator[Literal]:
    found = sexpr.tokens(text)
    if part is Part.QUERY:
        yield from _smt_literals(found, part)
        return
    for command in sexpr.commands(found):
        if len(command) > 1 and command[1].text in _STATING:
            yield from _smt_literals(command, part)


def _smt_literals(found: Sequence[sexpr.Token], part: Part) -> Iterator[Literal]:
    taken = -1
    indexed: list[bool] = []  # of each list that is open, whether it is an indexed symbol: `(_ extract 7 2)`
    for index, token in enumerate(found):
        if token.kind is TokenKind.OPEN:
            indexed.append(index + 1 < len(found) and found[index + 1].text == "_")
        elif token.kind is TokenKind.CLOSE and indexed:
            indexed.pop()
        literal = _smt_literal(token, part)
        if index <= taken or literal is None or (indexed and indexed[-1]):
            continue
        if index >= 2 and found[index - 1].text == "/" and found[index - 2].kind is TokenKind.OPEN:
            second = _smt_literal(found[index + 1], part)
            if second is not None and second.value and found[index + 2].kind is TokenKind.CLOSE:
                taken = index + 1
                pieces = literal.pieces + second.pieces
                literal = Literal(literal.value / second.value, Style.FRACTION, part, pieces, halves=(literal, second))
        yield literal


def _smt_literal(token: sexpr.Token, part: Part) -> Literal | None:
    if len(token.text) > _LONGEST:
        return None
    place = ((token.start, token.start + len(token.text)),)
    match token.kind:
        case TokenKind.NUMERAL:
            return Literal(Fraction(token.text), Style.WHOLE, part, place)
        case TokenKind.DECIMAL:
            return Literal(Fraction(token.text), Style.DECIMAL, part, place)
        case TokenKind.STRING if _QUOTED_NUMBER.fullmatch(token.text[1:-1]):
            inside = ((token.start + 1, token.start + len(token.text) - 1),)
            style = Style.DECIMAL if "." in token.text else Style.WHOLE
            return Literal(Fraction(token.text[1:-1]), style, part, inside, quoted=True)
        case _:
            return None
