"""Finds the quantities of a text.

Digits, number words, fractions, per cent, money, clock times and words such as "twice" or "dozen" are quantities.
Number words are read by text2num; what it does not know (fractions, multiples, collective words) is added here.
English only. Reading takes time in proportion to the text, whatever stands in it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from text_to_num import find_numbers

MAX_DIGITS = 40
"""A number with more digits is no quantity that a person wrote down."""

MAX_QUANTITIES = 1_000
"""Further ones are not read: no person states so many, and each costs time."""

Form = Literal["number", "fraction", "multiple", "time"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity of a text: `text` is what stands there, from `start` to `end`.

    Args:
        value: exact; of "20 %" it is 20 with the unit "percent", of "9:40" the minutes since midnight.
        unit: "percent", "dollar", "cent", "minute" and the like, where the text says it right beside the number.
        form: "multiple" is "twice" or "3 times", "time" a clock time.
        is_ordinal: it numbers something ("the third house") and counts nothing.
        parts: what it was put together from: 3 and 12 for "three dozen", 2 and 1/2 for "two and a half".
    """

    value: Fraction
    start: int
    end: int
    text: str
    unit: str | None = None
    form: Form = "number"
    is_ordinal: bool = False
    parts: tuple[Fraction, ...] = ()

    def __hash__(self) -> int:
        return hash((self.start, self.end, self.text))  # where it stands is enough, and fractions are slow to hash


_HALF = Fraction(1, 2)
_DENOMINATORS = {"half": 2, "halves": 2, "quarter": 4, "quarters": 4}
_MULTIPLES = {
    **dict.fromkeys("twice double doubled doubles doubling twofold".split(), 2),
    **dict.fromkeys("thrice triple tripled triples tripling threefold".split(), 3),
    **dict.fromkeys("quadruple quadrupled quadruples quadrupling fourfold".split(), 4),
    **dict.fromkeys("quintuple quintupled quintuples fivefold".split(), 5),
    **dict.fromkeys("halve halved halving".split(), 2),
    "tenfold": 10,
    "once": 1,
}
_GROUPS = {
    **dict.fromkeys("pair pairs couple couples duo twin twins both".split(), 2),
    **dict.fromkeys("trio trios triplet triplets".split(), 3),
    **dict.fromkeys("quartet quartets quadruplets".split(), 4),
    **dict.fromkeys("quintuplets fives".split(), 5),
    **dict.fromkeys("sextuplets".split(), 6),
    **dict.fromkeys("octuplets".split(), 8),
    "tens": 10,
    "twenties": 20,
    "fifties": 50,
    **dict.fromkeys("dozen dozens".split(), 12),
    "fortnight": 14,
    "decade": 10,
    "decades": 10,
    "century": 100,
    "centuries": 100,
}
_ONLY_AFTER_A_NUMBER = {"score": 20, "gross": 144}
"""A score is twenty in "four score" alone, else it belongs to a game."""
_SCALES = frozenset({100, 1_000, 10**6, 10**9, 10**12})
_VULGAR = dict(
    zip("½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞", "1/2 1/3 2/3 1/4 3/4 1/5 2/5 3/5 4/5 1/6 5/6 1/8 3/8 5/8 7/8".split(), strict=True)
)
_CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound sterling", "¢": "cent"}
_UNIT_WORDS = {
    **dict.fromkeys("% percent percentage".split(), "percent"),
    **dict.fromkeys("dollar dollars buck bucks usd".split(), "dollar"),
    **dict.fromkeys("cent cents ¢".split(), "cent"),
    **dict.fromkeys("euro euros € eur".split(), "euro"),
    **dict.fromkeys("second seconds".split(), "second"),
    **dict.fromkeys("minute minutes".split(), "minute"),
    **dict.fromkeys("hour hours".split(), "hour"),
    **dict.fromkeys("day days".split(), "day"),
    **dict.fromkeys("week weeks".split(), "week"),
    **dict.fromkeys("month months".split(), "month"),
    **dict.fromkeys("year years".split(), "year"),
    **dict.fromkeys("time times".split(), "times"),
    **dict.fromkeys("foot feet ft".split(), "foot"),
    **dict.fromkeys("inch inches".split(), "inch"),
    **dict.fromkeys("yard yards".split(), "yard"),
    **dict.fromkeys("mile miles".split(), "mile"),
    **dict.fromkeys("pound pounds lb lbs".split(), "pound"),
    **dict.fromkeys("ounce ounces oz".split(), "ounce"),
    **dict.fromkeys("gallon gallons".split(), "gallon"),
    **dict.fromkeys(
        "kg km kilogram kilograms kilometer kilometers kilometre kilometres kilowatt kilowatts".split(), "kilo"
    ),
    **dict.fromkeys("liter liters litre litres".split(), "kilo"),
    **dict.fromkeys("ml mm mg milliliter milliliters millilitre millilitres millimeter millimeters".split(), "milli"),
    **dict.fromkeys(
        "friend friends sibling siblings brother brothers sister sisters other others".split(), "companion"
    ),
    **dict.fromkeys("cousin cousins classmate classmates colleague colleagues roommate roommates".split(), "companion"),
}

_TOKEN = re.compile(
    r"(?P<vulgar>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<time>(?<![\d:.,$])(?:\d{1,2}:[0-5]\d(?![\d:])|(?:1[0-2]|[1-9])(?=\s?(?:[ap]m\b|[ap]\.m\.|[AP]M\b|[AP]\.M\.))))"
    r"|(?P<ratio>(?<![\d./])\d{1,9}[ ]?/[ ]?[1-9]\d{0,8}(?![\d./]))"
    r"|(?P<digits>(?<=[$€£])\d{1,3}(?: \d{3})+(?!\d)|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?"
    r"|\d+(?:\.\d+)?[kK]?(?!\w)|\d+(?:\.\d+)?|(?<![\w.])\.\d+)"
)
_SPACE = re.compile(r"[\s\u00ad\u2010-\u2013-]{1,3}")
_AND = re.compile(r"[\s-]{1,3}(?:and[\s-]{1,3})?(?:an?[\s-]{1,3})?", re.IGNORECASE)
_A = re.compile(r"[\s-]{1,3}an?[\s-]{1,3}", re.IGNORECASE)
_UNIT = re.compile(
    r"[\s-]{0,3}(?:(%|¢|€)|(?:(?:an?|the|of|his|her|their|more|extra|additional|other|full)\s){0,2}(per[\s-]cent|[A-Za-z]+))",
    re.IGNORECASE,
)
_DAY_HALF = re.compile(r"\s{0,2}([ap])\.?m(?:\b\.?)", re.IGNORECASE)
_OF = re.compile(r"\s{1,3}(?:of|as|more|less|the|full|that|its|their|his|her)\b", re.IGNORECASE)


class _Word:
    """A word as text2num wants it: `apart` says that more than a blank or a hyphen stands before it."""

    __slots__ = ("apart", "end", "start", "word")

    def __init__(self, word: str, start: int, end: int, apart: bool) -> None:
        self.word, self.start, self.end, self.apart = word, start, end, apart

    def text(self) -> str:
        return self.word

    def nt_separated(self, previous: object) -> bool:
        return self.apart

    def not_a_number_part(self) -> bool:
        return self.word in ("o", "a", "an")


def quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities of `text`, in its order, `MAX_QUANTITIES` at most; no two share a character."""
    found: list[Quantity] = []
    for item in _atoms(text):
        _join(found, item, text)
        if len(found) > MAX_QUANTITIES:
            found.pop()
            break
    return tuple(_with_unit(item, text) for item in found if item.form != "number" or not _is_stray(item))


def _is_stray(item: Quantity) -> bool:
    return item.text.lower() in _ONLY_AFTER_A_NUMBER


# Atoms: what one token, or one run of number words, says by itself


def _atoms(text: str) -> list[Quantity]:
    found: list[Quantity] = []
    words: list[_Word] = []
    last = 0
    for match in _TOKEN.finditer(text):
        (start, end), kind = match.span(), match.lastgroup
        if kind == "word":
            word = match[0].lower()
            words.append(_Word(word, start, end, _is_apart(text, last, start)))
            if (item := _known_word(word, start, end, match[0])) is not None:
                found.append(item)
        else:
            words.append(_Word("", start, end, True))
            if end - start <= MAX_DIGITS:
                found.append(_digits(match[0], start, end, kind or ""))
        last = end
        if len(found) > 3 * MAX_QUANTITIES:
            break
    found += _number_words(words, text)
    found.sort(key=lambda item: item.start)
    return found


def _is_apart(text: str, last: int, start: int) -> bool:
    """Whether more than a blank or a hyphen stands between what ended at `last` and what begins at `start`."""
    if start == last or (start - last == 1 and text[last] == " "):
        return False
    return start - last > 3 or _SPACE.fullmatch(text, last, start) is None


_KNOWN_WORDS: Mapping[str, tuple[Fraction, Form]] = {
    **{word: (Fraction(value), "number") for word, value in (_ONLY_AFTER_A_NUMBER | _GROUPS).items()},
    **{word: (Fraction(value), "multiple") for word, value in _MULTIPLES.items()},
    **{word: (Fraction(1, value), "fraction") for word, value in _DENOMINATORS.items()},
}


def _known_word(word: str, start: int, end: int, written: str) -> Quantity | None:
    if word not in _KNOWN_WORDS:
        return None
    value, form = _KNOWN_WORDS[word]
    return Quantity(value, start, end, written, form=form)


def _digits(written: str, start: int, end: int, kind: str) -> Quantity:
    if kind == "time":
        hours, _, minutes = written.partition(":")
        both = (Fraction(int(hours)), Fraction(int(minutes or 0)))
        return Quantity(both[0] * 60 + both[1], start, end, written, unit="clock", form="time", parts=both)
    if kind == "ratio":
        over, under = (Fraction(int(part)) for part in written.split("/"))
        return Quantity(over / under, start, end, written, form="fraction", parts=(over, under))
    if kind == "vulgar":
        return Quantity(Fraction(_VULGAR[written]), start, end, written, form="fraction")
    plain = re.sub("[, kK]", "", written)
    scale = 1_000 if written[-1] in "kK" else 1
    whole, _, decimals = plain.partition(".")
    parts = (Fraction(int(whole + decimals)),) if decimals else ()  # 0.75 is written 75/100 in exact arithmetic
    return Quantity(Fraction(plain) * scale, start, end, written, parts=parts)


def _number_words(words: Sequence[_Word], text: str) -> Iterator[Quantity]:
    for hit in find_numbers(words, "en", threshold=0.0):
        start, end = words[hit.start].start, words[hit.end - 1].end
        figure = re.match(r"\d+(?:\.\d+)?", hit.text)
        if figure is None or len(figure[0]) > MAX_DIGITS:
            continue
        if hit.is_ordinal and text[start:end].lower() == "seconds":
            continue
        yield Quantity(Fraction(figure[0]), start, end, text[start:end], is_ordinal=hit.is_ordinal)


# Joining atoms: "three quarters", "two and a half", "3 dozen", "half a million"


def _join(found: list[Quantity], item: Quantity, text: str) -> None:
    """Put `item` behind what was found, or into the last of it."""
    last = found[-1] if found else None
    if last is not None and item.start < last.end:
        return  # a word that text2num knows as well
    if item.is_ordinal and (last is None or not _meet(last, item, text)) and _reads_as_fraction(item, text):
        item = replace(item, value=1 / item.value, is_ordinal=False, form="fraction")
    if last is not None and _counts_coins(last, item, text):
        return
    joined = None if last is None else _joined(last, item, text)
    if last is None or joined is None:
        found.append(item)
        return
    value, form = joined
    parts = (last.value, *last.parts, item.value, *item.parts)
    found[-1] = Quantity(value, last.start, item.end, text[last.start : item.end], form=form, parts=parts[:8])


def _counts_coins(last: Quantity, item: Quantity, text: str) -> bool:
    """`21 quarters` and `4 half-dollars` are so many coins; `two quarters of it` is a part, and so is `3 quarters`."""
    return (
        item.text.lower() in _DENOMINATORS
        and last.form == "number"
        and last.value * item.value >= 1
        and _meet(last, item, text)
        and _OF.match(text, item.end) is None
    )


def _joined(last: Quantity, item: Quantity, text: str) -> tuple[Fraction, Form] | None:
    """The value of two neighbours read as one quantity; None where they are two."""
    if last.is_ordinal or last.form in ("time", "multiple"):
        return None
    if item.start - last.end > 12:
        return None  # nothing that joins two numbers is longer
    word = item.text.lower()
    plural = word.endswith("s")
    if _meet(last, item, text):
        if item.is_ordinal and last.form == "number" and (plural or last.value == 1):
            return last.value / item.value, "fraction"
        if item.form == "fraction" and last.form == "number":
            if item.text[0].isalpha():
                return last.value * item.value, "fraction"
            return (last.value + item.value, "number") if last.value.denominator == 1 and item.value < 1 else None
        if item.form == "number" and (word in _GROUPS or word in _ONLY_AFTER_A_NUMBER):
            return last.value * item.value, "number"
        if item.form == "number" and item.value in _SCALES and item.text[0].isalpha():
            return last.value * item.value, "number"
        return None
    added = item.form == "fraction" and item.value < 1 and last.form == "number"
    if added and _AND.fullmatch(text, last.end, item.start):
        return last.value + item.value, "number"
    halved = last.form == "fraction" and _A.fullmatch(text, last.end, item.start) is not None
    if halved and item.form == "number" and (word in _GROUPS or item.value in _SCALES):
        return last.value * item.value, "number"
    return None


def _meet(last: Quantity, item: Quantity, text: str) -> bool:
    """Whether only a blank or a hyphen stands between the two, or nothing, as in 1½."""
    if item.start == last.end:
        return item.text in _VULGAR
    return item.start - last.end <= 3 and _SPACE.fullmatch(text, last.end, item.start) is not None


def _reads_as_fraction(item: Quantity, text: str) -> bool:
    before = text[max(0, item.start - 9) : item.start].lower().split()
    if item.value < 3 or not before:
        return False
    return before[-1] in ("a", "an", "another") and _OF.match(text, item.end) is not None


def _with_unit(item: Quantity, text: str) -> Quantity:
    before = text[max(0, item.start - 2) : item.start].rstrip()[-1:]
    unit, end, form = _CURRENCIES.get(before), item.end, item.form
    start = text.rindex(before, 0, item.start) if unit else item.start
    if item.form == "time":
        half = _DAY_HALF.match(text, item.end)
        if half is None:
            return item
        hours = item.parts[0] % 12 + (12 if half[1] in "pP" else 0)
        return replace(item, value=hours * 60 + item.parts[1], end=half.end(), text=text[item.start : half.end()])
    if unit is None and not item.is_ordinal and (match := _UNIT.match(text, item.end)):
        word = match[1] or match[2]
        unit = _UNIT_WORDS.get(re.sub(r"[\s-]", "", word.lower()))
        if unit in ("percent", "cent") and not word.isalpha():
            end = match.end()
        if unit == "times":
            form = "multiple"
    if unit is None:
        return item
    return replace(item, unit=unit, start=start, end=end, text=text[start:end], form=form)
