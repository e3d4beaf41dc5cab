"""Masks a text for the translator: numbers, names and unknown words become place-holders that know where they stood.

`Natalia sold clips to 48 of her friends, and then half as many.` is read as
`p0 sold clips to n0 of her friends , and then half n1 as many .` A place-holder is numbered by its first appearance;
what the translator writes with it is put back from its span, so that every number it uses has a citation.

    n0 n1 ...   quantities: digits, number words, fractions, per cent, "twice", clock times
    p0 p1 ...   names: capitalised words that are no common ones
    w0 w1 ...   words that are not in the vocabulary; the same word, its plural too, is the same place-holder
"""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

from app.numerals import Quantity, quantities

MAX_NUMBERS = 24
MAX_NAMES = 12
MAX_WORDS = 24
"""A text with more of them is not for this translator: `TooManyError`."""

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?|\d+|[^\w\s]")
_CALENDAR = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august"
    " september october november december christmas halloween easter thanksgiving i".split()
)
_MARKS = {"fraction": "part", "multiple": "", "time": "o'clock"}
_SENTENCE_END = frozenset('.?!:"\u201c\u201d')


class _EveryWord:
    def __contains__(self, word: object) -> bool:
        return True


EVERY_WORD = _EveryWord()
"""Known words before there is a vocabulary: nothing is hidden, and only what is capitalised midway is a name."""


class TooManyError(ValueError):
    """The text has more place-holders of one sort than the translator knows."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A masked text.

    Args:
        tokens: what the translator reads, lower case.
        numbers: the quantity of n0, n1, ...
        names: p0, p1, ... as they stand in the text; `words`: w0, w1, ... in lower case, as they first stand there.
        spans: of each token, its start and end in the text.
    """

    tokens: tuple[str, ...]
    numbers: tuple[Quantity, ...] = ()
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = field(default=(), repr=False)


def mask(text: str, known: Container[str]) -> Masked:
    """Mask `text` in the order of its words.

    Args:
        known: the words that the translator knows, in lower case. One of them is no name where a sentence merely begins
            with it, and every other word becomes w0, w1, ...

    Raises:
        TooManyError: there are more place-holders than `MAX_NUMBERS`, `MAX_NAMES` or `MAX_WORDS`.
    """
    found = quantities(text)
    if len(found) > MAX_NUMBERS:
        raise TooManyError(f"{len(found)} quantities, and {MAX_NUMBERS} are the most")
    masker = _Masker(text, known)
    position = 0
    for index, quantity in enumerate(found):
        masker.read(position, quantity.start)
        masker.number(index, quantity)
        position = quantity.end
    masker.read(position, len(text))
    tokens, words = hide(masker.tokens, known)
    return Masked(tokens, found, tuple(masker.names), words, tuple(masker.spans))


def hide(tokens: Iterable[str], known: Container[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`tokens` with w0, w1, ... for the words that are not `known`, and those words. A plural is its singular's.

    Raises:
        TooManyError: there are more than `MAX_WORDS`.
    """
    hidden: dict[str, int] = {}
    first: list[str] = []
    result = []
    for token in tokens:
        if token in known or not token.isalpha():
            result.append(token)
            continue
        index = hidden.setdefault(singular(token), len(hidden))
        if index == len(first):
            first.append(token)
        result.append(f"w{index}")
    if len(hidden) > MAX_WORDS:
        raise TooManyError(f"more than {MAX_WORDS} unknown words")
    return tuple(result), tuple(first)


class _Masker:
    def __init__(self, text: str, known: Container[str]) -> None:
        self.text, self.known = text, known
        self.tokens: list[str] = []
        self.spans: list[tuple[int, int]] = []
        self.names: dict[str, int] = {}
        self._first = True
        """Whether the next word is the first of a sentence."""
        self._midway = _names_midway(text)

    def read(self, start: int, end: int) -> None:
        for match in _WORD.finditer(self.text, start, end):
            self._word(match[0], *match.span())

    def number(self, index: int, quantity: Quantity) -> None:
        """`n0`, behind the word or before the mark that says how the quantity is written."""
        span, written = (quantity.start, quantity.end), quantity.text.lower()
        before, after = "", ""
        if quantity.unit == "percent" and "%" in written:
            after = "percent"
        elif written.startswith(("$", "\u20ac", "\u00a3")):
            before = "$"
        elif quantity.is_ordinal:
            after = "th"
        elif quantity.form != "number":
            before, after = (written, "") if written.isalpha() else ("", _MARKS[quantity.form])
        elif quantity.value != int(quantity.value) or written in ("dozen", "pair", "couple", "both"):
            before = written if written.isalpha() else ""
        for token in (before, f"n{index}", after):
            if token:
                self._append(token, span)
        self._first = False

    def _word(self, word: str, start: int, end: int) -> None:
        lower = word.lower().replace("\u2019", "'")
        first, self._first = self._first, word in _SENTENCE_END
        possessive = lower.endswith("'s")
        # Not cut by the length of `lower`: a capital can have a small letter of two characters.
        base, stem = (lower[:-2], word[:-2]) if possessive else (lower, word)
        if lower == "let's":
            self._append(lower, (start, end))
            return
        is_name = stem in self._midway or (first and base not in self.known)
        if word[0].isupper() and base not in _CALENDAR and is_name:
            base = self._name(stem)
        self._append(base, (start, start + len(stem)))
        if possessive:
            self._append("'s", (start + len(stem), end))

    def _name(self, name: str) -> str:
        index = self.names.setdefault(name, len(self.names))
        if index >= MAX_NAMES:
            raise TooManyError(f"more than {MAX_NAMES} names")
        return f"p{index}"

    def _append(self, token: str, span: tuple[int, int]) -> None:
        self.tokens.append(token)
        self.spans.append(span)


def singular(word: str) -> str:
    """One form for a noun and its plural. It need not be a word: it only has to be the same for both."""
    if len(word) > 3 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _names_midway(text: str) -> frozenset[str]:
    """Capitalised words that stand within a sentence somewhere: names, wherever else they stand."""
    return frozenset(word for word in re.findall(r"(?<=[a-z,;] )[A-Z][^\W\d_]+", text) if word.lower() not in _CALENDAR)
