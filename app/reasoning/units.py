"""Compares the unit that a question asks for with the unit that the gloss of the answer states.

Units are everyday words in a table. How two of them stand to each other says pint, which takes a second to load and is
not loaded before two units differ.
"""

import functools
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

Relation = Literal["same", "convertible", "incompatible"]

_MONEY = "dollar cent euro pound_sterling".split()
_UNITS = {
    **{word: word for word in ("second minute hour day week month year decade century mile yard").split()},
    **{f"{word}s": word for word in ("second minute hour day week month year decade mile yard").split()},
    **dict.fromkeys("centuries".split(), "century"),
    **dict.fromkeys("foot feet ft".split(), "foot"),
    **dict.fromkeys("inch inches".split(), "inch"),
    **dict.fromkeys("km kilometer kilometers kilometre kilometres".split(), "kilometer"),
    **dict.fromkeys("meter meters metre metres".split(), "meter"),
    **dict.fromkeys("cm centimeter centimeters centimetre centimetres".split(), "centimeter"),
    **dict.fromkeys("mm millimeter millimeters millimetre millimetres".split(), "millimeter"),
    **dict.fromkeys("kg kilogram kilograms kilo kilos".split(), "kilogram"),
    **dict.fromkeys("g gram grams gramme grammes".split(), "gram"),
    **dict.fromkeys("mg milligram milligrams".split(), "milligram"),
    **dict.fromkeys("pound pounds lb lbs".split(), "pound"),
    **dict.fromkeys("ounce ounces oz".split(), "ounce"),
    **dict.fromkeys("tonne tonnes".split(), "tonne"),
    **dict.fromkeys("liter liters litre litres".split(), "liter"),
    **dict.fromkeys("ml milliliter milliliters millilitre millilitres".split(), "milliliter"),
    **dict.fromkeys("gallon gallons".split(), "gallon"),
    **dict.fromkeys("quart quarts".split(), "quart"),
    **dict.fromkeys("pint pints".split(), "pint"),
    **dict.fromkeys("watt watts".split(), "watt"),
    **dict.fromkeys("kilowatt kilowatts kw".split(), "kilowatt"),
    **dict.fromkeys("dollar dollars bucks usd $".split(), "dollar"),
    **dict.fromkeys("cent cents".split(), "cent"),
    **dict.fromkeys("euro euros eur".split(), "euro"),
    **dict.fromkeys("percent percentage %".split(), "percent"),
}
_VAGUE: dict[str, tuple[str, ...]] = {
    "money": tuple(_MONEY),
    "time": ("second",),
    "length": ("meter",),
    "weight": ("kilogram",),
}
"""What a question may ask for without a unit, with units of that dimension."""

_WORDS = sorted((word for word in _UNITS if word.isalpha()), key=len, reverse=True)
_ANY = "|".join(_WORDS)
_MANY = "|".join(word for word in _WORDS if word.endswith("s") or word in ("feet", "percent") or len(word) == 2)
_ASKED: tuple[tuple[re.Pattern[str], str | None], ...] = (
    (re.compile(rf"\bin (?:full |whole |total )?(?P<unit>{_MANY})\b", re.IGNORECASE), None),
    (re.compile(rf"\bhow (?:many|much) (?:\w+ ){{0,2}}?(?P<unit>{_ANY})\b", re.IGNORECASE), None),
    (re.compile(r"\bwhat (?:is the )?(?P<unit>percent(?:age)?)\b", re.IGNORECASE), None),
    (re.compile(r"\bhow much (?P<unit>money)\b", re.IGNORECASE), "money"),
    (re.compile(r"\bhow much (?:more |less )?(?P<unit>time)\b", re.IGNORECASE), "time"),
    (re.compile(r"\bhow (?P<unit>long) (?:does|did|will|would|do)\b[^?]{0,40}\btake\b", re.IGNORECASE), "time"),
    (re.compile(r"\bhow (?P<unit>far)\b", re.IGNORECASE), "length"),
    (re.compile(r"\bhow much\b[^?]{0,60}\b(?P<unit>weighs?)\b", re.IGNORECASE), "weight"),
)
_LEADING = "the|an?|total|full|whole|number of|amount of|more|extra|additional|most|fewest|least|how many"
_STATED = (
    re.compile(rf"^\W*(?:(?:{_LEADING}) )*(?P<unit>{_ANY})\b", re.IGNORECASE),
    re.compile(rf"\bin (?P<unit>{_MANY})\b", re.IGNORECASE),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The unit that a question asks for, or "money", "time" and the like; `start` and `end` are its words."""

    unit: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two units stand to each other: one of the unit stated is `factor` of the unit asked for."""

    relation: Relation
    factor: Fraction | None = None


def unit_asked(text: str) -> Asked | None:
    """The unit in the last question of `text`; None where it names none that we know."""
    end = text.rfind("?") + 1 or len(text)
    start = max(text.rfind(mark, 0, max(0, end - 1)) for mark in (". ", "? ", "! ", "\n"))
    question = text[max(0, start, end - 600) : end]
    offset = end - len(question)
    for pattern, vague in _ASKED:
        if match := pattern.search(question):
            unit = vague or _UNITS[match["unit"].lower()]
            return Asked(unit, offset + match.start("unit"), offset + match.end("unit"))
    return None


def unit_stated(words: str) -> str | None:
    """The unit that a gloss begins with, or names behind "in"; None where it names none that we know."""
    for pattern in _STATED:
        if match := pattern.search(words[:500]):
            return _UNITS[match["unit"].lower()]
    return None


def compare_units(asked: str, stated: str) -> Comparison:
    """How the unit stated stands to the one asked for, which may be "money" and the like."""
    if asked == stated:
        return Comparison("same", Fraction(1))
    if asked == "money" or (asked in _MONEY and stated in _MONEY):
        if stated not in _MONEY:
            return Comparison("incompatible")
        if asked == "money":
            return Comparison("same", Fraction(1))
        return {
            ("dollar", "cent"): Comparison("convertible", Fraction(1, 100)),
            ("euro", "cent"): Comparison("convertible", Fraction(1, 100)),
            ("cent", "dollar"): Comparison("convertible", Fraction(100)),
            ("cent", "euro"): Comparison("convertible", Fraction(100)),
        }.get((asked, stated), Comparison("incompatible"))
    if asked in _MONEY or stated in _MONEY:
        return Comparison("incompatible")
    return _by_pint(asked, stated)


def _by_pint(asked: str, stated: str) -> Comparison:
    registry, error = _registry()
    try:
        if asked in _VAGUE:
            registry(stated).to(_VAGUE[asked][0])
            return Comparison("same", Fraction(1))
        return Comparison("convertible", Fraction(registry.Quantity(Fraction(1), stated).to(asked).magnitude))
    except error:
        return Comparison("incompatible")


@functools.cache
def _registry() -> tuple[Any, type[Exception]]:
    """pint's units, with exact factors, and the error that it raises where two do not fit."""
    import pint

    return pint.UnitRegistry(non_int_type=Fraction), pint.DimensionalityError
