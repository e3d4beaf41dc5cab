"""Reads which words of the problem a program cites for what it states, and looks for them in the problem.

A citation is a comment behind a fact or an assertion with words of the problem in double quotes: `% "12 trays"`. White
space, case, and typographic quotes and dashes do not count; `...` leaves out what stands between two pieces.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.reasoning.extract import comments
from app.reasoning.literals import PrologToken, prolog_clauses, prolog_tokens
from solvers.smt.sexpr import Lines, SexprError, commands, symbol_name, tokens
from solvers.types import Language, Program

MAX_CITATIONS = 500
"""Further ones are not looked for."""
_TRIES = 50

_QUOTED = re.compile(r'"([^"\n]{1,500})"')
_ONLY_QUOTED = re.compile(r'[%;]+[ \t]*"[^"\n]+"[ \t]*(?:,?[ \t]*"[^"\n]+"[ \t]*)*')
_GAP = re.compile("\\s*(?:\\.\\.\\.|\u2026)\\s*")
_ALIKE = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u2032`\u00b4", "'")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
)


@dataclass(frozen=True, slots=True)
class Citation:
    """Words that a comment quotes; `spans` is where they stand in the problem, empty where they do not."""

    words: str
    line: int
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A clause, an assertion or the conclusion of a program, with what it cites.

    Args:
        is_fact: a Prolog clause without a body, or any assertion.
    """

    start: int
    end: int
    line: int
    text: str
    is_fact: bool
    citations: tuple[Citation, ...]


def cited_statements(
    text: str, program: Program, clauses: Iterable[Sequence[PrologToken]] | None = None
) -> tuple[Statement, ...]:
    """What `program` states, in its order, each with its citations of the problem `text`.

    Nothing where the program cannot be read as tokens: then the run says what is wrong with it.

    Args:
        clauses: of a Prolog program, if it is cut into them already.
    """
    try:
        stated = list(_stated(program, clauses))
    except SexprError:
        return ()
    lines = Lines(program.text)
    quoted = _quotations(program, stated, lines)
    search = _Search(text if quoted else "")
    found: list[Statement] = []
    for index, (start, end, is_fact) in enumerate(stated):
        citations = tuple(Citation(words, line, search.spans(words)) for words, line in quoted.get(index, ()))
        shown = " ".join(program.text[start:end].split())
        found.append(Statement(start, end, lines.at(start)[0], shown, is_fact, citations))
    return tuple(found)


def _stated(program: Program, clauses: Iterable[Sequence[PrologToken]] | None) -> Iterator[tuple[int, int, bool]]:
    """From where to where each statement stands, and whether it is a fact."""
    if program.language is Language.PROLOG:
        for clause in prolog_clauses(prolog_tokens(program.text)) if clauses is None else clauses:
            if clause and clause[0].text not in (":-", "?-"):
                has_body = any(token.kind == "symbol" and token.text in (":-", "-->") for token in clause)
                yield clause[0].start, clause[-1].end, not has_body
        return
    for command in commands(tokens(program.text)):
        name = command[1].text if len(command) > 2 else ""
        if name in ("assert", "assert-soft") or (name == "define-fun" and symbol_name(command[2]) == "conclusion"):
            yield command[0].start, command[-1].start + 1, True


def _quotations(
    program: Program, stated: Sequence[tuple[int, int, bool]], lines: Lines
) -> dict[int, list[tuple[str, int]]]:
    """The words quoted in comments, with their lines, by the number of the statement that they belong to.

    That is the statement on the same line; a line with nothing but quoted words belongs to the statement that it
    stands in or before.
    """
    found: dict[int, list[tuple[str, int]]] = {}
    ends = [lines.at(end)[0] for _, end, _ in stated]
    index = count = 0
    for start, end in comments(program.text, program.language):
        comment = program.text[start:end].translate(_ALIKE)
        line = lines.at(start)[0]
        while index < len(stated) and (stated[index][1] <= start and ends[index] < line):
            index += 1
        # Several statements may stand on the line: the last of them that begins before the comment.
        owner = index
        while owner + 1 < len(stated) and stated[owner + 1][0] < start:
            owner += 1
        if owner >= len(stated) or '"' not in comment:
            continue
        if stated[owner][0] > start and not _ONLY_QUOTED.fullmatch(comment):
            continue
        for match in _QUOTED.finditer(comment):
            if count < MAX_CITATIONS and re.search(r"\w", match[1]):
                count += 1
                found.setdefault(owner, []).append((match[1].strip(), line))
    return found


class _Search:
    """Looks for words in a text, whose characters are made alike once."""

    def __init__(self, text: str) -> None:
        self._text, self._places = _alike(text)
        self._next: dict[str, int] = {}
        self._end = len(text)

    def spans(self, words: str) -> tuple[tuple[int, int], ...]:
        """Where the pieces of `words` stand in the text, in order; cited once more, where they stand next."""
        pieces = [piece for piece in (_alike(part)[0].strip(" .,;:!?-") for part in _GAP.split(words)) if piece]
        if not pieces:
            return ()
        whole = " ... ".join(pieces)
        found = self._from(pieces, self._next.get(whole, 0)) or self._from(pieces, 0)
        if found:
            self._next[whole] = found[0][1]
        return tuple((self._places[start], self._places[end - 1] + 1) for start, end in found)

    def _from(self, pieces: Sequence[str], position: int) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for piece in pieces:
            start = self._find(piece, position)
            if start < 0:
                return []
            position = start + len(piece)
            found.append((start, position))
        return found

    def _find(self, piece: str, position: int) -> int:
        """The first place from `position` on at which no word or number is cut in two; -1: none."""
        for _ in range(_TRIES):
            position = self._text.find(piece, position)
            if position < 0:
                return -1
            end = position + len(piece)
            cut_before = piece[0].isalnum() and position > 0 and self._text[position - 1].isalnum()
            cut_behind = piece[-1].isalnum() and end < len(self._text) and self._text[end].isalnum()
            if not cut_before and not cut_behind:
                return position
            position += 1
        return -1


def _alike(text: str) -> tuple[str, list[int]]:
    """The text in small letters, with single blanks and plain marks, without double quotes, and the place of each
    character that is left.
    """
    kept: list[str] = []
    places: list[int] = []
    blank = True
    for place, character in enumerate(text.translate(_ALIKE)):
        if character == '"':
            continue
        if character.isspace():
            if not blank:
                kept.append(" ")
                places.append(place)
            blank = True
            continue
        small = character.lower()
        kept.append(small if len(small) == 1 else character)
        places.append(place)
        blank = False
    return "".join(kept), places
