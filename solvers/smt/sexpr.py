"""Reads SMT-LIB 2.6 text as tokens and s-expressions, and writes them again. Imports the standard library only.

Strict, and never recursive: a nesting of any depth is a value or a `SexprError`. What it accepts is a subset of what z3
accepts, read the same way: what z3 reads in a manner of its own (a backslash in a quoted symbol, `#|` comments, `12x`
as two tokens) is an error here.

Source: SMT-LIB 2.6, "Lexicon" and "S-expressions". One extension, z3's: `-5` and `-2.5` are numbers, not symbols.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

MAX_DEPTH = 2_000
"""Deeper nesting is refused: the engine's own passes over terms recurse."""


class TokenKind(StrEnum):
    OPEN = "open"
    CLOSE = "close"
    SYMBOL = "symbol"
    QUOTED = "quoted"
    """A symbol between bars; `|a|` and `a` are the same symbol."""
    KEYWORD = "keyword"
    NUMERAL = "numeral"
    DECIMAL = "decimal"
    HEXADECIMAL = "hexadecimal"
    BINARY = "binary"
    STRING = "string"


class Token(NamedTuple):
    """One token. A named tuple, not a dataclass: a program has thousands, and these cost a third.

    `text` is as written, bars and quotation marks included; `start` is the offset of its first character.
    """

    kind: TokenKind
    text: str
    start: int


class Node(NamedTuple):
    """A list: `( items )`. `start` and `end` are the offsets of its first character and of the one after its last."""

    items: "tuple[Sexpr, ...]"
    start: int
    end: int


Sexpr = Token | Node


class SexprError(Exception):
    """The text is not a sequence of s-expressions.

    `offset` is where; `too_deep`: well-formed so far, but nested deeper than `MAX_DEPTH`.
    """

    def __init__(self, message: str, offset: int, *, too_deep: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.too_deep = too_deep


_SYMBOL_CHARACTERS = r"0-9A-Za-z~!@$%^&*_\-+=<>.?/"
_END = rf"(?![{_SYMBOL_CHARACTERS}:#|\"])"
_BLANK = r"(?:[ \t\r\n]+|;[^\r\n]*)*"
_LEADING = re.compile(_BLANK)
_PATTERNS = (
    (TokenKind.OPEN, r"\("),
    (TokenKind.CLOSE, r"\)"),
    (TokenKind.SYMBOL, rf"(?!-?[0-9])[{_SYMBOL_CHARACTERS}]+{_END}"),
    (TokenKind.DECIMAL, rf"-?(?:0|[1-9][0-9]*)\.[0-9]+{_END}"),
    (TokenKind.NUMERAL, rf"-?(?:0|[1-9][0-9]*){_END}"),
    (TokenKind.KEYWORD, rf":[{_SYMBOL_CHARACTERS}]+{_END}"),
    (TokenKind.STRING, rf'"(?:[\t\r\n\x20\x21\x23-\x7e\x80-\U0010ffff]|"")*"{_END}'),
    (TokenKind.QUOTED, rf"\|[\t\r\n\x20-\x5b\x5d-\x7b\x7d\x7e\x80-\U0010ffff]*\|{_END}"),
    (TokenKind.HEXADECIMAL, rf"#x[0-9A-Fa-f]+{_END}"),
    (TokenKind.BINARY, rf"#b[01]+{_END}"),
)
# One match for each token and the blanks behind it. Its group says which kind it is; the last one, that it is none.
_TOKEN = re.compile(f"(?:{'|'.join(f'({pattern})' for _, pattern in _PATTERNS)}){_BLANK}|(.)", re.DOTALL)
_TOKEN_OR_FRACTION = re.compile(_TOKEN.pattern.replace(r"\.[0-9]+", "[./][0-9]+"), re.DOTALL)
_KINDS = (None, *(kind for kind, _ in _PATTERNS))
_NO_TOKEN = len(_KINDS)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SIMPLE_SYMBOL = re.compile(rf"(?!-?[0-9])[{_SYMBOL_CHARACTERS}]+")
_RESERVED = frozenset("! _ as let exists forall match par BINARY DECIMAL HEXADECIMAL NUMERAL STRING".split())


class Lines:
    """Line and column, from 1, of an offset in a text. A line ends at LF, CR LF or CR."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]

    def at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def tokens(text: str, *, fractions: bool = False) -> list[Token]:
    """The tokens of `text`, without blanks and comments. With `fractions`, `-1/3` is a decimal.

    Raises:
        SexprError: at the first character that begins no token.
    """
    return list(_scan(text, fractions))


def _scan(text: str, fractions: bool) -> Iterator[Token]:
    surrogate = _SURROGATE.search(text)
    if surrogate:
        raise SexprError(f"U+{ord(surrogate.group()):04X} is half of a character", surrogate.start())
    leading = _LEADING.match(text)
    position = leading.end() if leading else 0
    make = tuple.__new__  # what Token() does, at a third of the price
    for match in (_TOKEN_OR_FRACTION if fractions else _TOKEN).finditer(text, position):
        group = match.lastindex or 0
        if group == _NO_TOKEN:
            raise SexprError(_what_is_wrong(text, position), position)
        yield make(Token, (_KINDS[group], match[group], position))
        position = match.end()


def _what_is_wrong(text: str, offset: int) -> str:
    character = text[offset]
    if character == '"':
        closed = re.compile(r'"(?:[^"]|"")*"').match(text, offset)
        if closed is None:
            return 'a string begins here and never ends: a `"` is missing'
        return "a string holds a control character, or nothing separates it from what follows"
    if character == "|":
        closed = re.compile(r"\|[^|]*\|").match(text, offset)
        if closed is None:
            return "a quoted symbol begins here and never ends: a `|` is missing"
        return "a quoted symbol holds a backslash or a control character, or nothing separates it from what follows"
    word = re.compile(rf"[{_SYMBOL_CHARACTERS}:#|\"]+").match(text, offset)
    if word and character in "-0123456789":
        return f"`{_short(word.group())}` is not a number: no leading zeros, nothing right behind the digits"
    if word and len(word.group()) > 1:
        return f"`{_short(word.group())}` is not a token of SMT-LIB"
    if character.isprintable():
        return f"`{character}` (U+{ord(character):04X}) may stand in comments, strings and |quoted symbols| only"
    return f"the character U+{ord(character):04X} does not belong into a program"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def commands(found: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Cut tokens into the top-level lists they form; each slice begins with its `(` and ends with its `)`.

    Raises:
        SexprError: unbalanced parentheses, an atom outside of any, or nesting deeper than `MAX_DEPTH`.
    """
    depth = 0
    first = 0
    opened: list[int] = []
    too_deep: int | None = None
    for index, (kind, text, start) in enumerate(found):
        if kind is TokenKind.OPEN:
            if depth == 0:
                first = index
            opened.append(start)
            depth += 1
            if depth == MAX_DEPTH + 1 and too_deep is None:
                too_deep = start
        elif kind is TokenKind.CLOSE:
            if depth == 0:
                raise SexprError("this `)` closes nothing", start)
            opened.pop()
            depth -= 1
            if depth == 0:
                if too_deep is not None:
                    raise SexprError(f"parentheses are nested deeper than {MAX_DEPTH}", too_deep, too_deep=True)
                yield found[first : index + 1]
        elif depth == 0:
            raise SexprError(f"`{_short(text)}` stands outside of any command: `(` expected", start)
    if depth:
        raise SexprError(
            f"{depth} `)` missing at the end of the text; the first `(` without its `)` is here", opened[0]
        )


def read(text: str, max_depth: float = MAX_DEPTH, *, fractions: bool = False) -> list[Sexpr]:
    """All s-expressions of `text`, atoms at the top included.

    Raises:
        SexprError: as `tokens` and `build`.
    """
    return build(_scan(text, fractions), max_depth)


def build(found: Iterable[Token], max_depth: float = MAX_DEPTH) -> list[Sexpr]:
    """The s-expressions that `found` forms.

    Raises:
        SexprError: unbalanced parentheses, or nesting deeper than `max_depth`.
    """
    top: list[Sexpr] = []
    current = top
    waiting: list[tuple[list[Sexpr], int]] = []
    opening, closing, make = TokenKind.OPEN, TokenKind.CLOSE, tuple.__new__  # as in `_scan`
    for token in found:
        kind = token[0]
        if kind is opening:
            if len(waiting) >= max_depth:
                raise SexprError(f"parentheses are nested deeper than {max_depth}", token.start, too_deep=True)
            waiting.append((current, token.start))
            current = []
        elif kind is closing:
            if not waiting:
                raise SexprError("this `)` closes nothing", token.start)
            items = tuple(current)
            current, start = waiting.pop()
            current.append(make(Node, (items, start, token.start + 1)))
        else:
            current.append(token)
    if waiting:
        raise SexprError(f"{len(waiting)} `)` missing at the end of the text", waiting[0][1])
    return top


def write(found: Sequence[Token]) -> str:
    """Tokens as text on one line; reads back as the same tokens.

    A character of a string that is not printable ASCII, or a line break, becomes `\\u{...}`, which means the same.
    """
    parts: list[str] = []
    blank = False
    for kind, text, _ in found:
        if kind is TokenKind.CLOSE:
            parts.append(")")
            blank = True
        elif kind is TokenKind.OPEN:
            parts.append(" (" if blank else "(")
            blank = False
        else:
            if kind is TokenKind.STRING and not (text.isascii() and text.isprintable()):
                text = escape(text)
            parts.append(" " + text if blank else text)
            blank = True
    return "".join(parts)


def write_spaced(found: Sequence[Token]) -> str:
    """As `write`, with a blank between any two tokens: quicker, and nobody reads it but an engine."""
    return " ".join([text if kind is not TokenKind.STRING else escape(text) for kind, text, _ in found])


def flatten(expression: Sexpr) -> list[Token]:
    """The tokens of an s-expression, parentheses included."""
    found: list[Token] = []
    stack: list[Sexpr] = [expression]
    while stack:
        item = stack.pop()
        if isinstance(item, Token):
            found.append(item)
        else:
            found.append(Token(TokenKind.OPEN, "(", item.start))
            stack.append(Token(TokenKind.CLOSE, ")", item.end - 1))
            stack.extend(reversed(item.items))
    return found


def escape(text: str) -> str:
    """`text` with every character outside of printable ASCII as `\\u{...}`."""
    return "".join(c if " " <= c <= "~" else f"\\u{{{ord(c):x}}}" for c in text)


def symbol_name(token: Token) -> str:
    """The symbol that a token of kind `SYMBOL` or `QUOTED` names, without bars."""
    return token.text[1:-1] if token.kind is TokenKind.QUOTED else token.text


def symbol_text(name: str) -> str:
    """How a symbol is written: with bars where it needs them."""
    return name if _SIMPLE_SYMBOL.fullmatch(name) and name not in _RESERVED else f"|{name}|"
