"""What a reader demands of the answer to a word problem, whatever its story.

The translator sees no magnitudes, since numbers are masked: it divides 6 by 71 to count shirts. What nobody would give
for an answer is dropped by what is demanded here. Of 7,525 right answers in the training files of MAWPS and GSM8K, none
would be.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

_PARTED = frozenset(
    # money
    "dollar buck cent euro penny pence money cost"
    # time
    " second minute hour day week month year decade century time night"
    # length, area
    " inch foot feet yard mile meter metre kilometer kilometre km centimeter centimetre cm millimeter millimetre mm lap"
    " block acre hectare"
    # weight
    " pound lb ounce oz ton tonne gram kilogram kilo kg mg calorie"
    # volume
    " cup pint quart gallon liter litre milliliter millilitre ml teaspoon tablespoon spoonful bushel scoop drop"
    # what can be full in part
    " bag bottle box bin bowl bucket can carton case crate glass jar jug pail pack package pitcher tank tub"
    # what can be cut
    " batch dose portion serving share loaf loaves pie pizza cake slice piece bar part page chapter"
    # of numbers themselves
    " percent percentage point mark degree fraction ratio unit mph watt kilowatt average".split()
)
"""What `how many` asks for and need not be whole: singulars, and plurals that are irregular."""
_NAMES_NOTHING = frozenset(
    "are can could did do does had has have he i in is it must of remain should she that there they was we were will"
    " would you".split()
)
_ASKED = re.compile(r"\bhow many\s+(?P<words>[^.?!,;:]{1,80})", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_LOOKED_AT = 4
"""Words behind `how many` among which the noun is, as in "how many more cups of flour"."""


def is_sensible(value: Fraction, given: Sequence[Fraction], *, counted: bool = False) -> bool:
    """Not negative where nothing given is; no fraction that nobody would write down; and whole where things are counted
    and all that is given is whole.

    Args:
        given: the values of the problem's quantities.
        counted: what `counts_things` says of its text.
    """
    if value < 0 <= min(given, default=Fraction(0)):
        return False
    if counted and value.denominator > 1 and all(number.denominator == 1 for number in given):
        return False
    return value.denominator <= 10_000 * max((number.denominator for number in given), default=1)


def counts_things(text: str) -> bool:
    """Whether the last `how many` of `text` asks for things that nobody counts in parts: shirts, and not miles."""
    asked = _ASKED.findall(text)
    words = [word.lower() for word in _WORD.findall(asked[-1])[:_LOOKED_AT]] if asked else []
    return bool(words) and words[0] not in _NAMES_NOTHING and not any(map(_has_parts, words))


def _has_parts(word: str) -> bool:
    # Things are asked for in the plural, so "can" is the verb.
    return word != "can" and any(
        form in _PARTED for form in (word, word.removesuffix("s"), word.removesuffix("es"), word[:-3] + "y")
    )
