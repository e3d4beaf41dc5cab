"""What a word of order says: along which axes it compares, and towards which end.

Position 1 of an axis is the end named first in `AXES`. A word may serve several axes ("higher" a price, a shelf, a
rank); a puzzle is about one, which is the axis that all its words of order have in common.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_QUANTIFIERS = {"more": 1, "most": 1, "less": -1, "least": -1, "fewer": -1, "fewest": -1}


@dataclass(frozen=True, slots=True)
class Axis:
    """`low` and `high` name the things at its two ends, for people."""

    name: str
    low: str
    high: str


_SEQUENCE = "sequence"
_TABLE: tuple[tuple[str, str, str, str, str], ...] = (
    # axis, its low end, its high end, words that point to the low end, words that point to the high end
    ("row", "leftmost", "rightmost", "left leftmost leftward", "right rightmost rightward"),
    (
        "height above ground",
        "highest",
        "lowest",
        "above over top topmost uppermost upper higher highest high up atop",
        "below under beneath underneath bottom bottommost lowermost lower lowest low down floor storey story level",
    ),
    (
        _SEQUENCE,
        "first",
        "last",
        "first before ahead front frontmost foremost earlier earliest early sooner soonest preceding precedes preceded"
        " precede prior above higher highest top faster fastest better best beat beats place position spot rank",
        "last after behind back rear hindmost later latest late below lower lowest bottom slower slowest worse worst",
    ),
    (
        "age",
        "oldest",
        "youngest or newest",
        "old older oldest elder eldest ancient senior",
        "young younger youngest new newer newest junior recent modern",
    ),
    ("height", "tallest", "shortest", "tall taller tallest", "short shorter shortest"),
    ("length", "longest", "shortest", "long longer longest", "short shorter shortest"),
    (
        "size",
        "largest",
        "smallest",
        "big bigger biggest large larger largest great greater greatest huge",
        "small smaller smallest little littler littlest tiny tinier tiniest",
    ),
    (
        "weight",
        "heaviest",
        "lightest",
        "heavy heavier heaviest weigh weighs weighed",
        "light lighter lightest",
    ),
    (
        "price",
        "most expensive",
        "cheapest",
        "expensive costly costlier costliest dear dearer dearest pricey pricier priciest cost costs higher highest",
        "cheap cheaper cheapest lower lowest",
    ),
    ("speed", "fastest", "slowest", "fast faster fastest quick quicker quickest swift swifter", "slow slower slowest"),
    ("temperature", "hottest", "coldest", "hot hotter hottest warm warmer warmest", "cold colder coldest cool cooler"),
    ("strength", "strongest", "weakest", "strong stronger strongest", "weak weaker weakest"),
    ("wealth", "richest", "poorest", "rich richer richest wealthy wealthier wealthiest", "poor poorer poorest"),
    ("loudness", "loudest", "quietest", "loud louder loudest noisier noisiest", "quiet quieter quietest"),
    (
        "brightness",
        "brightest",
        "darkest",
        "bright brighter brightest",
        "dark darker darkest dim dimmer dimmest",
    ),
    ("depth", "deepest", "shallowest", "deep deeper deepest", "shallow shallower shallowest"),
    ("width", "widest", "narrowest", "wide wider widest broad broader broadest", "narrow narrower narrowest"),
    ("thickness", "thickest", "thinnest", "thick thicker thickest", "thin thinner thinnest"),
    (
        "distance",
        "closest",
        "farthest",
        "close closer closest near nearer nearest",
        "far farther farthest further furthest distant",
    ),
    ("north to south", "northernmost", "southernmost", "north northern northernmost", "south southern southernmost"),
    ("west to east", "westernmost", "easternmost", "west western westernmost", "east eastern easternmost"),
    ("difficulty", "hardest", "easiest", "hard harder hardest difficult tough tougher toughest", "easy easier easiest"),
    ("cleverness", "cleverest", "least clever", "clever cleverer cleverest smart smarter smartest", ""),
    ("popularity", "most popular", "least popular", "popular", ""),
    ("value", "most valuable", "least valuable", "valuable", ""),
    ("score", "highest", "lowest", "higher highest better best top", "lower lowest worse worst bottom"),
)


def _entries() -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for axis, _, _, low, high in _TABLE:
        for words, sign in ((low, -1), (high, 1)):
            for word in words.split():
                found.setdefault(word, {})[axis] = sign
    return found


AXES = {axis: Axis(axis, low, high) for axis, low, high, _, _ in _TABLE}
_WORDS = _entries()

QUANTIFIERS = tuple(_QUANTIFIERS)
"""They stand before another word of order, before a counted noun, or alone ("earns more")."""
ORDER_WORDS = (*_WORDS, *QUANTIFIERS)

COUNTED_FROM_THE_START = frozenset("first last place position spot rank".split())
"""What they count from can be stated apart: "Position 1 is the leftmost"."""

_AMOUNT = "amount"
_SCORED = frozenset("point mark goal".split())
_SCORE = ("score", _SEQUENCE)
"""Who has more points is better."""


def directions(order: Sequence[str], nouns: Sequence[str] = ()) -> Mapping[str, int]:
    """For each axis that `order` can be about: -1 where it points to position 1, 1 where it points to the other end.

    Args:
        order: `("older",)`, `("more", "expensive")`, `("most",)`.
        nouns: what is counted, behind a quantifier: "more stamps". It names an axis of its own.

    Returns:
        empty where the words say no order.
    """
    if not order:
        return {}
    if order[0] not in _QUANTIFIERS:
        return _WORDS.get(order[0], {}) if len(order) == 1 and not nouns else {}
    sign = _QUANTIFIERS[order[0]]
    if nouns:
        axes = (f"{_AMOUNT} of {' '.join(nouns)}", *(_SCORE if nouns[0] in _SCORED else ()))
        return dict.fromkeys(axes, -sign) if len(order) == 1 else {}
    if len(order) == 1:
        return {_AMOUNT: -sign}
    if len(order) > 2:
        return {}
    return {axis: sign * way for axis, way in _WORDS.get(order[1], {}).items()}


def axis(name: str) -> Axis:
    """The axis of a name that `directions` gave."""
    if name in AXES:
        return AXES[name]
    counted = name.removeprefix(_AMOUNT).removeprefix(" of ") or "of it"
    return Axis(name, f"one with most {counted}", f"one with least {counted}")
