"""Says which numbers of a program may stand for a quantity of the text, and which need no quantity at all."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from app.numerals import Quantity, quantities

__all__ = ["COMMON", "Constant", "Quantity", "explains", "known_numbers", "quantities", "readings"]

_CONVERSIONS: dict[str, tuple[int | Fraction, ...]] = {
    "dollar": (100,),
    "euro": (100,),
    "pound sterling": (100,),
    "cent": (Fraction(1, 100),),
    "second": (Fraction(1, 60),),
    "minute": (60, Fraction(1, 60)),
    "hour": (60, 3600, Fraction(1, 24)),
    "day": (24, Fraction(1, 7)),
    "week": (7, 5),
    "month": (30, 4, Fraction(1, 12)),
    "year": (12, 52, 365),
    "foot": (12, Fraction(1, 3)),
    "inch": (Fraction(1, 12),),
    "yard": (3, 36),
    "mile": (5280, 1760),
    "pound": (16,),
    "ounce": (Fraction(1, 16),),
    "gallon": (4, 8, 16),
    "kilo": (1000,),
    "milli": (Fraction(1, 1000),),
}
"""What a quantity of a unit is multiplied by to say it in another, where people do that without writing it down."""


def readings(quantity: Quantity) -> frozenset[Fraction]:
    """The numbers that may stand for `quantity` in a program, none of them negative.

    20 % is 20, 1/5, 6/5 (with it), 4/5 (without it) and 120, 80; a third is 1/3, 3, 2/3, 4/3; 2 hours are 120 minutes.
    """
    value = quantity.value
    found = {value, *quantity.parts}
    if quantity.unit == "percent":
        part = value / 100
        found |= {part, 1 + part, 1 - part, 100 + value, 100 - value}
        found |= {1 / part} if part else set()
    elif quantity.is_ordinal:
        found.add(value - 1)
    elif quantity.form == "fraction":
        found |= {1 - value, 1 + value, 100 * value, Fraction(value.numerator), Fraction(value.denominator)}
        found |= {1 / value} if value else set()
    elif quantity.form == "multiple":
        found |= {value + 1, value - 1, 100 * value}
        found |= {1 / value} if value else set()
    elif quantity.form == "time":
        hours, minutes = quantity.parts
        found |= {hours * 60 + minutes, hours + minutes / 60}
        found |= {hours + 12, (hours + 12) * 60 + minutes, hours + 12 + minutes / 60}
    found |= {value * factor for factor in _CONVERSIONS.get(quantity.unit or "", ())}
    if quantity.unit == "companion":
        found.add(value + 1)  # "Henry and 3 of his friends" are four
    return frozenset(abs(number) for number in found)


def explains(quantity: Quantity, number: Fraction) -> bool:
    """Whether `number`, of a program, may stand for `quantity`. A sign does not count."""
    return abs(number) in readings(quantity)


class Constant(NamedTuple):
    """Numbers that a program may hold though the text does not give them: why, and which words of the text call
    for them (a pattern; none: always).
    """

    numbers: tuple[str, ...]
    reason: str
    words: str = ""


_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_ANY_DAY = "|".join(_DAYS)

COMMON = (
    Constant(("0", "1"), "nothing, and the whole"),
    Constant(("2",), "two halves, both ways, the average of two"),
    Constant(("100",), "per cent", r"%|per\s?cents?|percentages?|likelihood|probability|chance|odds"),
    Constant(("100", "0.01"), "cents in a dollar", r"[$¢€£]|cents?|dollars?|euros?|penn(?:y|ies)"),
    Constant(("5", "0.05"), "a nickel", "nickels?"),
    Constant(("10", "0.1"), "a dime", "dimes?"),
    Constant(("25", "0.25", "4"), "a quarter", "quarters?|quarterly"),
    Constant(("7",), "days in a week", rf"weeks?|weekly|{_ANY_DAY}|daily|(?:every|each|per|a) day"),
    Constant(("5", "2"), "working days and the week-end", rf"week\s?-?(?:days?|ends?)|weeks?|{_ANY_DAY}"),
    Constant(("4",), "weeks in a month, seasons", r"months?|monthly|seasons?"),
    Constant(("52",), "weeks in a year, cards", r"weeks?|weekly|years?|yearly|annual(?:ly)?|cards"),
    Constant(("12",), "months in a year", r"years?|yearly|annual(?:ly)?|months?|monthly"),
    Constant(
        ("12",), "a dozen, inches in a foot, hours of a clock", r"dozens?|inch(?:es)?|foot|feet|noon|midnight|[ap]\.?m"
    ),
    Constant(
        ("28", "29", "30", "31"),
        "days in a month",
        r"months?|monthly|january|february|march|april|may|june|july"
        r"|august|september|october|november|december",
    ),
    Constant(("365", "366"), "days in a year", r"years?|yearly|annual(?:ly)?"),
    Constant(("24",), "hours in a day", r"hours?|hourly|days?|daily"),
    Constant(("60",), "minutes in an hour, seconds in a minute", r"hours?|hourly|minutes?|seconds?|[mk]ph"),
    Constant(("3600",), "seconds in an hour", r"seconds?"),
    Constant(("10", "100"), "years in a decade or a century", r"decades?|centur(?:y|ies)"),
    Constant(("3", "36"), "feet and inches in a yard", "yards?"),
    Constant(("5280", "1760"), "feet and yards in a mile", "miles?"),
    Constant(("16",), "ounces in a pound", r"ounces?|pounds?|oz|lbs?"),
    Constant(("2000",), "pounds in a ton", "tons?"),
    Constant(("2", "4", "8", "16", "128"), "quarts, pints, cups and ounces in a gallon", r"gallons?|quarts?|pints?"),
    Constant(
        ("1000",),
        "a thousand of the small unit",
        r"kilo\w+|milli\w+|km|kg|mg|ml|mm|lit(?:er|re)s?|grams?|tons?|tonnes?|met(?:er|re)s?",
    ),
    Constant(
        ("100", "10"), "centimetres in a metre, millimetres in a centimetre", r"cm|centimet(?:er|re)s?|met(?:er|re)s?"
    ),
    Constant(("4", "2"), "legs, wheels and eyes", r"legs?|feet|paws?|wheels?|tires?|eyes?|hooves"),
    Constant(("10",), "fingers and toes", r"fingers?|toes?"),
    Constant(("6",), "sides of a die or a cube", r"dic?e|cubes?|hexagons?"),
    Constant(("3", "180"), "sides and angles of a triangle", r"triangles?|triangular"),
    Constant(("4",), "sides of a square", r"squares?|rectang(?:le|les|ular)|perimeter"),
    Constant(("90", "180", "360"), "degrees of an angle, a circle", r"angles?|degrees?|circles?|rotat\w+"),
    Constant(("9", "10", "100", "1000"), "digits of a number", "digits?"),
    Constant(("26",), "letters of the alphabet", "alphabet|letters?"),
)
"""The legitimate constants, each with its reason. A number that stands neither here nor in the text was made up."""

_CALLED_FOR = tuple(
    (constant, re.compile(rf"(?<![a-z])(?:{constant.words})(?![a-z])", re.IGNORECASE) if constant.words else None)
    for constant in COMMON
)
_LIST = re.compile(
    r"(?<![A-Za-z'])[A-Za-z']++(?: [A-Za-z']++){0,2}"
    r"(?:, (?:(?:his|her|their|the|an?) )?[A-Za-z']++(?: [A-Za-z']++)?){1,9},? (?:and|or) "
)
_FROM_TO = re.compile(rf"\b({_ANY_DAY})s?,? (?:to|through|till|until|thru|-) ({_ANY_DAY})", re.IGNORECASE)


def known_numbers(text: str, found: Sequence[Quantity] | None = None) -> dict[Fraction, str]:
    """The numbers that a program about `text` may hold, each with its reason: words of the text or a fact of `COMMON`.

    Args:
        found: `quantities(text)`, if they are there already.
    """
    known: dict[Fraction, str] = {}
    seen: set[tuple[object, ...]] = set()
    found = quantities(text) if found is None else found
    for item in found:
        key = (item.value, item.unit, item.form, item.is_ordinal, item.parts)
        if key not in seen:
            seen.add(key)
            for number in readings(item):
                known.setdefault(number, f'"{item.text}"')
    for count, words in _counted(text):
        known.setdefault(Fraction(count), f'"{words}"')
    times = [item for item in found if item.form == "time"]
    for earlier, later in pairwise(times):
        minutes = (later.value - earlier.value) % (24 * 60)
        for number in (minutes, minutes / 60):
            known.setdefault(number, f'from "{earlier.text}" to "{later.text}"')
    for constant, words_of in _CALLED_FOR:
        if words_of is None or words_of.search(text):
            for written in constant.numbers:
                known.setdefault(Fraction(written), constant.reason)
    return known


def _counted(text: str) -> Iterator[tuple[int, str]]:
    """How many things an enumeration names ("Ida, Jon and Kim"), and days from one to another: no text says it."""
    for match in _LIST.finditer(text):
        commas = match[0].count(",")
        before_and = match[0].rsplit(" ", 2)[0].endswith(",")
        yield (commas if before_and else commas + 1) + 1, match[0].strip()
    for match in _FROM_TO.finditer(text):
        first, last = _DAYS.index(match[1].lower()), _DAYS.index(match[2].lower())
        yield (last - first) % 7 + 1, match[0]
