"""Says which numbers of a program may stand for a quantity of the text, and which need no quantity at all."""

import re
from collections.abc import Collection, Iterator, Mapping
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
        found |= {part, 1 + part, abs(1 - part), 100 + value, abs(100 - value)}
        found |= {1 / part} if part else set()
    elif quantity.is_ordinal:
        found.add(abs(value - 1))
    elif quantity.form == "fraction":
        found |= {abs(1 - value), 1 + value, 100 * value, Fraction(value.numerator), Fraction(value.denominator)}
        found |= {1 / value} if value else set()
    elif quantity.form == "multiple":
        found |= {value + 1, abs(value - 1), 100 * value}
        found |= {1 / value} if value else set()
    elif quantity.form == "time":
        hours, minutes = quantity.parts
        found |= {hours * 60 + minutes, hours + minutes / 60}
        found |= {hours + 12, (hours + 12) * 60 + minutes, hours + 12 + minutes / 60}
    found |= {value * factor for factor in _CONVERSIONS.get(quantity.unit or "", ())}
    if quantity.unit == "companion":
        found.add(value + 1)  # "Henry and 3 of his friends" are four
    return frozenset(found)


def explains(quantity: Quantity, number: Fraction) -> bool:
    """Whether `number`, of a program, may stand for `quantity`. A sign does not count."""
    return abs(number) in readings(quantity)


class Constant(NamedTuple):
    """Numbers that a program may hold though the text does not give them: why, and what in the text calls for them.

    One of `words`, in small letters, or what `pattern` finds, with no letter before or behind it; no words: it may
    always be held.
    """

    numbers: tuple[str, ...]
    reason: str
    words: str = ""
    pattern: str = ""


_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_ANY_DAY = "|".join(_DAYS)
_DAY_WORDS = " ".join(_DAYS)
_MONTHS = "january february march april may june july august september october november december"

COMMON = (
    Constant(("0", "1"), "nothing, and the whole"),
    Constant(("2",), "two halves, both ways, the average of two"),
    Constant(
        ("100",),
        "per cent",
        "percent percents percentage percentages likelihood probability chance odds",
        r"%|per\scents?",
    ),
    Constant(
        ("100", "0.01"),
        "cents in a dollar",
        "cent cents dollar dollars euro euros penny pennies",
        r"[$¢€£]",
    ),
    Constant(("5", "0.05"), "a nickel", "nickel nickels"),
    Constant(("10", "0.1"), "a dime", "dime dimes"),
    Constant(("25", "0.25", "4"), "a quarter", "quarter quarters quarterly"),
    Constant(("7",), "days in a week", f"week weeks weekly daily {_DAY_WORDS}", r"(?:every|each|per|a) day"),
    Constant(
        ("5", "2"),
        "working days and the week-end",
        f"week weeks weekday weekdays weekend weekends {_DAY_WORDS}",
    ),
    Constant(("4",), "weeks in a month, seasons", "month months monthly season seasons"),
    Constant(("52",), "weeks in a year, cards", "week weeks weekly year years yearly annual annually cards"),
    Constant(("12",), "months in a year", "year years yearly annual annually month months monthly"),
    Constant(
        ("12",),
        "a dozen, inches in a foot, hours of a clock",
        "dozen dozens inch inches foot feet noon midnight am pm",
        r"[ap]\.m",
    ),
    Constant(("28", "29", "30", "31"), "days in a month", f"month months monthly {_MONTHS}"),
    Constant(("365", "366"), "days in a year", "year years yearly annual annually"),
    Constant(("24",), "hours in a day", "hour hours hourly day days daily"),
    Constant(
        ("60",),
        "minutes in an hour, seconds in a minute",
        "hour hours hourly minute minutes second seconds mph kph",
    ),
    Constant(("3600",), "seconds in an hour", "second seconds"),
    Constant(("10", "100"), "years in a decade or a century", "decade decades century centuries"),
    Constant(("3", "36"), "feet and inches in a yard", "yard yards"),
    Constant(("5280", "1760"), "feet and yards in a mile", "mile miles"),
    Constant(("16",), "ounces in a pound", "ounce ounces pound pounds oz lb lbs"),
    Constant(("2000",), "pounds in a ton", "ton tons"),
    Constant(
        ("2", "4", "8", "16", "128"),
        "quarts, pints, cups and ounces in a gallon",
        "gallon gallons quart quarts pint pints",
    ),
    Constant(
        ("1000",),
        "a thousand of the small unit",
        "km kg mg ml mm liter liters litre litres gram grams ton tons tonne tonnes meter meters metre metres",
        r"(?:kilo|milli)\w+",
    ),
    Constant(
        ("100", "10"),
        "centimetres in a metre, millimetres in a centimetre",
        "cm centimeter centimeters centimetre centimetres meter meters metre metres",
    ),
    Constant(("4", "2"), "legs, wheels and eyes", "leg legs feet paw paws wheel wheels tire tires eye eyes hooves"),
    Constant(("10",), "fingers and toes", "finger fingers toe toes"),
    Constant(("6",), "sides of a die or a cube", "die dice cube cubes hexagon hexagons"),
    Constant(("3", "180"), "sides and angles of a triangle", "triangle triangles triangular"),
    Constant(("4",), "sides of a square", "square squares rectangle rectangles rectangular perimeter"),
    Constant(
        ("90", "180", "360"), "degrees of an angle, a circle", "angle angles degree degrees circle circles", r"rotat\w+"
    ),
    Constant(("9", "10", "100", "1000"), "digits of a number", "digit digits"),
    Constant(("26",), "letters of the alphabet", "alphabet letter letters"),
)
"""The legitimate constants, each with its reason. A number that stands neither here nor in the text was made up."""


_COMMON = tuple(
    (
        frozenset(Fraction(number) for number in constant.numbers),
        constant.reason,
        frozenset(constant.words.split()),
        re.compile(rf"(?<![a-z])(?:{constant.pattern})(?![a-z])", re.IGNORECASE) if constant.pattern else None,
    )
    for constant in COMMON
)
_WORD = re.compile("[a-z]+")
_LIST = re.compile(
    r"(?<![A-Za-z'])[A-Za-z']++(?: [A-Za-z']++){0,2}"
    r"(?:, (?:(?:his|her|their|the|an?) )?[A-Za-z']++(?: [A-Za-z']++)?){1,9},? (?:and|or) "
)
_FROM_TO = re.compile(rf"\b({_ANY_DAY})s?,? (?:to|through|till|until|thru|-) ({_ANY_DAY})", re.IGNORECASE)


def known_numbers(text: str, found: Mapping[Quantity, frozenset[Fraction]] | None = None) -> dict[Fraction, str]:
    """The numbers that a program about `text` may hold, each with its reason: words of the text or a fact of `COMMON`.

    Args:
        found: `quantities(text)`, each with its `readings`, if they are there already.
    """
    if found is None:
        found = {item: readings(item) for item in quantities(text)}
    reasons: list[tuple[Collection[Fraction], str]] = [(numbers, f'"{item.text}"') for item, numbers in found.items()]
    reasons += [((Fraction(count),), f'"{words}"') for count, words in _counted(text)]
    times = [item for item in found if item.form == "time"]
    for earlier, later in pairwise(times):
        minutes = (later.value - earlier.value) % (24 * 60)
        reasons.append(((minutes, minutes / 60), f'from "{earlier.text}" to "{later.text}"'))
    reasons += _called_for(text)
    known: dict[Fraction, str] = {}
    for numbers, reason in reversed(reasons):  # the first reason of a number stays
        known.update(dict.fromkeys(numbers, reason))
    return known


def _called_for(text: str) -> Iterator[tuple[Collection[Fraction], str]]:
    """The constants of `COMMON` that `text` calls for, with their reasons."""
    found = frozenset(_WORD.findall(text.lower()))
    for numbers, reason, words, pattern in _COMMON:
        if not words or not found.isdisjoint(words) or (pattern is not None and pattern.search(text)):
            yield numbers, reason


def _counted(text: str) -> Iterator[tuple[int, str]]:
    """How many things an enumeration names ("Ida, Jon and Kim"), and days from one to another: no text says it."""
    for match in _LIST.finditer(text):
        commas = match[0].count(",")
        before_and = match[0].rsplit(" ", 2)[0].endswith(",")
        yield (commas if before_and else commas + 1) + 1, match[0].strip()
    for match in _FROM_TO.finditer(text):
        first, last = _DAYS.index(match[1].lower()), _DAYS.index(match[2].lower())
        yield (last - first) % 7 + 1, match[0]
