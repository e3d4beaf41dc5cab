"""Reads Prolog text as SWI-Prolog 9 does: tokens by one regular expression, terms by operator precedence.

What the engine reads in a way that is not plain, or does not read at all, is not checkable: dicts, quoted `'[]'`,
comments within comments, characters of other alphabets outside names and quotes, and every error of syntax.
"""

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.program import Operators
from solvers.checking.prolog.terms import CURLY, LIST, NIL, PIECE, Atom, Struct, Term, Text, Var, make_list

_LAYOUT = r"(?: [ \t\r\n\f\v]++ | %[^\n]*+ | /\*(?!/) (?: (?!/\*) . )*? \*/ )*+"
TOKEN = re.compile(
    _LAYOUT
    + r"""(?:
      (?P<name> [a-z]\w*+ )
    | (?P<variable> [A-Z_]\w*+ )
    | (?P<punctuation> [][(){}|,] )
    | (?P<end> \. (?= [ \t\r\n\f\v%] | \Z ) )
    | (?P<symbol> [-+*/\\^<>=~:.?@\#&$]++ | [!;] )
    | (?P<number> 0'(?: '' | \\[abefnrstv\\'"`] | [^\\'\x00-\x1f] ) | 0x[0-9a-fA-F]+ | 0o[0-7]+ | 0b[01]+
        | [0-9]+ (?: \.[0-9]+ (?: [eE][-+]?[0-9]+ | Inf | NaN )? | [eE][-+]?[0-9]+ | r[0-9]+ | (?:_[0-9]+)+ )? )
    | (?P<atom> '(?: [^'\\]++ | '' | \\x[0-9a-fA-F]++\\? | \\[0-7]++\\? | \\. )*+' )
    | (?P<string> "(?: [^"\\]++ | "" | \\x[0-9a-fA-F]++\\? | \\[0-7]++\\? | \\. )*+" )
    | (?P<codes> `(?: [^`\\]++ | `` | \\x[0-9a-fA-F]++\\? | \\[0-7]++\\? | \\. )*+` )
    | (?P<letters> [^\W\d_]\w*+ )
    )""",
    re.VERBOSE | re.DOTALL,
)
"""A token behind its layout."""
LAYOUT = re.compile(_LAYOUT, re.VERBOSE | re.DOTALL)
AFTER_NUMBER = re.compile(r"[\w']|[ ][0-9]|\.\w")
"""What makes of a number something else, or nothing: `1x`, `1 000`, `2'101`, `1.e`."""

ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]+)\\?|([0-7]+)\\?|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|''|\"\"|``", re.DOTALL
)
ESCAPES = {
    "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "s": " ", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "`": "`",
}  # fmt: skip

MAX_DIGITS = 4_000
"""Of one number in a text; Python itself takes no more than 4,300."""


class _Operator:
    """An operator that waits for its right operand. `left` is None for a prefix operator."""

    __slots__ = ("left", "name", "priority", "right")

    def __init__(self, name: str, priority: int, left: int | None, right: int) -> None:
        self.name = name
        self.priority = priority
        self.left = left
        self.right = right


class _Frame:
    """What has been read since an opening bracket.

    Args:
        close: the bracket that ends it; "" for a whole clause.
        name: of the compound term whose arguments these are; None for other brackets.
    """

    __slots__ = ("args", "close", "complete", "name", "operands", "operators", "tail")

    def __init__(self, close: str, name: str | None = None) -> None:
        self.close = close
        self.name = name
        self.args: list[Term] = []
        self.tail = False
        """A list whose `|` has been read."""
        self.operators: list[_Operator] = []
        self.operands: list[tuple[Term, int]] = []
        """With the priority of each."""
        self.complete = False
        """An operand was read last: an infix operator may follow, or the end."""

    def empty(self) -> bool:
        return not (self.complete or self.operators or self.args)

    def operand(self, term: Term) -> None:
        if self.complete:
            raise NotCheckableError("an operator is expected")
        self.operands.append((term, 0))
        self.complete = True

    def atom(self, name: str, known: Operators) -> None:
        """An atom that may be an operator. The engine decides from what stands before it alone."""
        if not self.complete and (prefix := known.prefix.get(name)):
            self.operators.append(_Operator(name, prefix[0], None, prefix[1]))
            return
        if self.infix(name, known):
            return
        if name in known.postfix:
            raise NotCheckableError("a postfix operator")
        self.operand(Atom(name))

    def infix(self, name: str, known: Operators) -> bool:
        """Whether the name is an infix operator that can stand here; it is taken if so."""
        infix = known.infix.get(name)
        if infix is None:
            return False
        priority, left, right = infix
        self._prefix_as_atom(left)
        if not self.complete:
            return False
        self._reduce(left)
        self.operators.append(_Operator(name, priority, left, right))
        self.complete = False
        return True

    def finish(self) -> Term:
        """The term that was read; the frame is ready for the next one."""
        if not self.complete:
            self._prefix_as_atom(1201)
        if not self.complete:
            raise NotCheckableError("a term is expected")
        if self.operators:
            self._reduce(1201)
        if len(self.operands) != 1:
            raise NotCheckableError("operators and operands do not fit")
        self.complete = False
        return self.operands.pop()[0]

    def _prefix_as_atom(self, priority: int) -> None:
        """A prefix operator without an operand, in front of something that binds less, is an atom."""
        if not self.complete and self.operators:
            last = self.operators[-1]
            if last.left is None and priority > last.priority:
                self.operators.pop()
                self.operand(Atom(last.name))

    def _reduce(self, priority: int) -> None:
        """Give the operators that bind as much as `priority` or more their operands."""
        while self.operators and self.operators[-1].priority <= priority:
            last = self.operators.pop()
            right, above = self.operands.pop()
            if above > last.right:
                raise NotCheckableError(f"an operand of `{last.name}` needs brackets")
            if last.left is None:
                self.operands.append((Struct(last.name, (right,)), last.priority))
                continue
            left, above = self.operands.pop()
            if above > last.left:
                raise NotCheckableError(f"an operand of `{last.name}` needs brackets")
            self.operands.append((Struct(last.name, (left, right)), last.priority))


@dataclass(frozen=True, slots=True)
class Passage:
    """The text of one term, from the end of the one before to its full stop.

    Args:
        line: where the passage begins; the term begins `begins` characters later, in `line_of_term`.
        behind: the character behind the full stop; "" at the end of the text.
    """

    text: str
    behind: str
    line: int
    begins: int
    line_of_term: int


class Reader:
    """Reads the terms of a text one after the other; `operators` and `double_quotes` may change in between."""

    def __init__(self, text: str, operators: Operators, budget: Budget, double_quotes: str = "string") -> None:
        self.operators = operators
        self.double_quotes = double_quotes
        self.line = 1
        """Where the term that was read last begins."""
        self._text = text
        self._budget = budget
        self._position = 0
        self._counted = 0

    def read(self, names: dict[str, Var]) -> Term | None:
        """The next term; None at the end of the text. `names`: its variables by name, which it adds to.

        Raises:
            NotCheckableError: with the line.
        """
        try:
            return self._read(names)
        except NotCheckableError as error:
            raise NotCheckableError(f"line {self.line} cannot be read: {error}") from error

    def place(self) -> tuple[int, int]:
        """How far the text has been read: the position in it, and its line."""
        self.line += self._text.count("\n", self._counted, self._position)
        self._counted = self._position
        return self._position, self.line

    def passage(self, position: int, line: int) -> Passage:
        """Of the term that was read last, whose passage began at this `place`."""
        end = self._position
        text, behind = self._text[position:end], self._text[end : end + 1]
        return Passage(text, behind, line, self._counted - position, self.line)

    def passes(self, passage: Passage) -> bool:
        """Whether this passage comes next, in the same line; it is passed over if so."""
        position, line = self.place()
        end = position + len(passage.text)
        if (
            line != passage.line
            or not self._text.startswith(passage.text, position)
            or self._text[end : end + 1] != passage.behind
        ):
            return False
        self._position = end
        self.line, self._counted = passage.line_of_term, position + passage.begins
        return True

    def at_end(self) -> bool:
        """Whether nothing but layout is left, or one more full stop."""
        return self._text[self._position :].strip() in ("", ".")

    def _read(self, names: dict[str, Var]) -> Term | None:
        text = self._text
        frame = _Frame("")
        outer: list[_Frame] = []
        begun = False
        steps = 0
        while match := TOKEN.match(text, self._position):
            kind = match.lastgroup
            start, end = match.span(match.lastindex or 0)
            piece = text[start:end]
            self._position = end
            steps += 2 + (end - start) // 8
            if steps >= PIECE:
                self._budget.spend(steps)
                steps = 0
            if not begun:
                begun = True
                self.line += text.count("\n", self._counted, start)
                self._counted = start
            if kind == "punctuation":
                frame = self._punctuation(piece, frame, outer)
                continue
            if kind == "number":
                frame.operand(self._number(piece, end))
                continue
            if kind == "letters":
                kind = _kind_of_name(piece)
            elif not piece.isascii() and kind in ("name", "variable"):
                _check_name(piece)

            follows = text[end : end + 1]
            if kind == "variable":
                if follows == "{":
                    raise NotCheckableError("a dict")
                frame.operand(self._variable(piece, names))
            elif kind in ("name", "symbol", "atom"):
                written = piece
                if kind == "atom":
                    piece = _unquoted(piece)
                elif piece == "." or piece.startswith("/*") or text.endswith("*/", 0, start):
                    raise NotCheckableError("a full stop that ends nothing, or a comment that does not end here")
                if follows == "(" and not frame.complete:
                    self._position += 1
                    outer.append(frame)
                    frame = _Frame(")", piece)
                    continue
                if follows == "{" and not (kind == "symbol" and frame.complete):
                    raise NotCheckableError("a dict")
                if written == "-" and follows.isdecimal() and follows.isascii() and not frame.complete:
                    frame.operand(-self._number_after_minus())
                elif kind != "atom":
                    frame.atom(piece, self.operators)
                elif piece == "[]":
                    raise NotCheckableError("an atom that looks like the empty list")
                else:
                    frame.operand(Atom(piece))
            elif kind == "end":
                if outer or frame.close:
                    raise NotCheckableError(f"`{frame.close}` is missing")
                self._budget.spend(steps)
                return frame.finish()
            else:
                frame.operand(self._quoted_text(kind, piece))
        self._position = LAYOUT.match(text, self._position).end()  # type: ignore[union-attr]  # there may be none of it
        if self._position < len(text) or begun:
            raise NotCheckableError(f"at {text[self._position : self._position + 20]!r}")
        return None

    def _punctuation(self, piece: str, frame: _Frame, outer: list[_Frame]) -> _Frame:
        """Takes a bracket, comma or bar; what is read next belongs to the frame returned."""
        if piece in "([{":
            if frame.complete:
                raise NotCheckableError("an operator is expected")
            outer.append(frame)
            return _Frame({"(": ")", "[": "]", "{": "}"}[piece])
        if piece == ",":
            if frame.tail:
                raise NotCheckableError("a comma after the rest of a list")
            if frame.name is not None or frame.close == "]":
                frame.args.append(frame.finish())
            else:
                self._separator(",", frame)
            return frame
        if piece == "|":
            if frame.close == "]":
                if frame.tail:
                    raise NotCheckableError("a second rest of a list")
                frame.args.append(frame.finish())
                frame.tail = True
            else:
                self._separator("|", frame)
            return frame
        if piece != frame.close or not outer:
            raise NotCheckableError(f"`{piece}` without an opening bracket")
        term = self._closed(frame)
        frame = outer.pop()
        if term is CURLY and self._text.startswith("(", self._position) and not frame.complete:
            self._position += 1
            outer.append(frame)
            return _Frame(")", "{}")
        frame.operand(term)
        return frame

    def _separator(self, piece: str, frame: _Frame) -> None:
        # The engine takes an operator before a comma for an atom, before a bar not.
        if (piece == "|" and not frame.complete) or not frame.infix(piece, self.operators):
            raise NotCheckableError(f"a term is expected before `{piece}`")

    def _closed(self, frame: _Frame) -> Term:
        """The term between the brackets of a frame, with them."""
        if frame.close == "]":
            if frame.empty():
                return NIL
            term = frame.finish()
            if not frame.tail:
                term = Struct(LIST, (term, NIL))
            for item in reversed(frame.args):
                term = Struct(LIST, (item, term))
            return term
        if frame.close == "}":
            return CURLY if frame.empty() else Struct("{}", (frame.finish(),))
        if frame.name is None:
            return frame.finish()
        frame.args.append(frame.finish())
        return Struct(frame.name, tuple(frame.args))

    def _variable(self, name: str, names: dict[str, Var]) -> Var:
        if name == "_":
            return Var()
        if name not in names:
            names[name] = Var(name)
        return names[name]

    def _number_after_minus(self) -> int | Fraction | float:
        match = TOKEN.match(self._text, self._position)
        assert match is not None, "a digit follows"
        self._position = match.end()
        return self._number(match.group(), match.end())

    def _number(self, piece: str, end: int) -> int | Fraction | float:
        if AFTER_NUMBER.match(self._text, end):
            raise NotCheckableError(f"{piece!r} with what follows is no plain number")
        if piece.isdecimal() and len(piece) <= MAX_DIGITS:
            return int(piece)
        if piece.startswith("0'"):
            character = piece[2:]
            return ord("'" if character == "''" else ESCAPES[character[1]] if character[0] == "\\" else character)
        if len(piece) > MAX_DIGITS:
            raise NotCheckableError(f"a number of more than {MAX_DIGITS} digits")
        if piece[:2] in ("0x", "0o", "0b"):
            return int(piece, 0)
        if piece.endswith(("Inf", "NaN")):
            if piece not in ("1.0Inf", "1.5NaN"):
                raise NotCheckableError(f"{piece} is no plain number")
            return float(piece[3:])
        if "r" in piece:
            above, below = map(int, piece.split("r"))
            if below == 0:
                raise NotCheckableError("a rational number with the denominator 0")
            exact = Fraction(above, below)
            return exact if exact.denominator != 1 else exact.numerator
        if piece.replace("_", "").isdecimal():
            return int(piece)
        value = float(piece)
        if value in (float("inf"), float("-inf")):
            raise NotCheckableError("a float that is too large")
        return value

    def _quoted_text(self, kind: str | None, piece: str) -> Term:
        text = _unquoted(piece)
        wanted = "codes" if kind == "codes" else self.double_quotes
        match wanted:
            case "string":
                return Text(text)
            case "atom" if text != "[]":
                return Atom(text)
            case "codes":
                items: list[Term] = [ord(character) for character in text]
            case "chars":
                items = [Atom(character) for character in text]
            case _:
                raise NotCheckableError(f"text between double quotes as {wanted}")
        return make_list(items)


def _kind_of_name(piece: str) -> str:
    """Of a name that begins with a letter of another alphabet."""
    _check_name(piece)
    category = unicodedata.category(piece[0])
    if category not in ("Lu", "Ll", "Lo"):
        raise NotCheckableError(f"the letter {piece[0]!r}")
    return "variable" if category == "Lu" else "name"


def _check_name(piece: str) -> None:
    if not piece.isidentifier():
        raise NotCheckableError(f"the name {piece!r}")


def _unquoted(piece: str) -> str:
    """The text between quotes, with what is escaped or doubled in it."""
    quote, text = piece[0], piece[1:-1]
    if "\\" not in text and quote not in text:
        return text

    def plain(found: re.Match[str]) -> str:
        if found[0][0] != "\\":
            return quote if found[0][0] == quote else found[0]
        hexadecimal, octal, short, long, letter = found.groups()
        if letter == "\n" and text[found.end() : found.end() + 1] not in (" ", "\t"):
            return ""
        if letter is not None:
            if letter not in ESCAPES:
                raise NotCheckableError(f"the escape {found[0]!r}")
            return ESCAPES[letter]
        code = int(octal, 8) if octal else int(hexadecimal or short or long, 16)
        if code > 0x10FFFF or 0xD800 <= code < 0xE000:
            raise NotCheckableError(f"the escape {found[0]!r}")
        return chr(code)

    return ESCAPE.sub(plain, text)
