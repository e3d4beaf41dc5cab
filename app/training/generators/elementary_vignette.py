"""A vignette: amounts that belong together, and the ways in which they are told and asked for."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from app.training.generators.elementary_amounts import Amounts, small, some
from app.training.generators.elementary_cast import NOISE, PLAIN, draw_cast
from app.training.generators.elementary_telling import Tale, TaleError

Ask = tuple[str, str, str]
"""Template, name of the amount that is asked for, formula."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Facts, and what can be asked of who knows them."""

    facts: tuple[str, ...]
    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class Vignette:
    """See `Tale` for what is not explained here.

    Args:
        cast: who and what it is about: `draw_cast`.
        tellings: one is told; the more can be asked, the more often.
    """

    schema: str
    cast: str
    draw: Callable[[random.Random], Amounts]
    tellings: tuple[Telling, ...]
    ordered: bool = True
    noise: tuple[str, ...] = ()
    avoid: frozenset[str] = frozenset()
    written: dict[str, str] = field(default_factory=dict)
    weight: float = 1.0


def tale_of(rng: random.Random, vignette: Vignette) -> Tale:
    telling = rng.choices(vignette.tellings, [len(telling.asks) for telling in vignette.tellings])[0]
    # What takes two steps is asked more often: it is rarer, and harder.
    ask, answer, formula = rng.choices(telling.asks, [1 + len(re.findall("[-+*/]", ask[2])) for ask in telling.asks])[0]
    for _ in range(100):
        values = vignette.draw(rng)
        if values[answer] > 0:
            break
    else:
        raise TaleError(f"{vignette.schema}: {answer} is never positive")
    return Tale(
        vignette.schema,
        draw_cast(rng, vignette.cast),
        with_spare(rng, values),
        telling.facts,
        ask,
        formula,
        answer,
        vignette.ordered,
        _written(rng, vignette, values),
        vignette.noise,
        vignette.avoid,
    )


def with_spare(rng: random.Random, values: Amounts) -> Amounts:
    """With amounts that only noise tells: u few, v any, w an age."""
    return {**values, "u": Fraction(small(rng)), "v": Fraction(some(rng)), "w": Fraction(rng.randint(5, 70))}


_FRACTION_WORDS = {
    Fraction(1, 2): ("half", "1/2", "half"),
    Fraction(1, 3): ("1/3", "one third", "one-third"),
    Fraction(2, 3): ("2/3", "two thirds", "two-thirds"),
    Fraction(1, 4): ("1/4", "one fourth", "one quarter"),
    Fraction(3, 4): ("3/4", "three quarters", "three-fourths"),
}
_FREQUENCIES = {2: ("twice", "two times", "2 times"), 3: ("three times", "3 times")}
_MULTIPLE_WORDS = {2: ("twice", "twice", "2 times"), 3: ("three times", "3 times", "triple")}


def _written(rng: random.Random, vignette: Vignette, values: Amounts) -> dict[str, str]:
    """`fraction` and `multiple` written as such; `percent` with its sign, `dozen` in dozens."""
    out: dict[str, str] = {}
    for name, sort in vignette.written.items():
        value = values[name]
        if sort == "fraction":
            out[name] = rng.choice(_FRACTION_WORDS.get(value, (f"{value.numerator}/{value.denominator}",)))
        elif sort == "dozen":
            out[name] = f"{value / 12} dozen"
        elif sort == "percent":
            out[name] = rng.choice([f"{value}%", f"{value} percent"])
        else:
            out[name] = rng.choice(
                (_FREQUENCIES if sort == "frequency" else _MULTIPLE_WORDS).get(int(value), (f"{value} times",))
            )
    return out


_WITH_NOISE = 0.3
_WITH_A_PLAIN_FACT = 0.1


def with_noise(rng: random.Random, tale: Tale) -> Tale:
    """`tale`, perhaps with a fact that has nothing to do with it."""
    chance = rng.random()
    if chance < _WITH_NOISE:
        sort, noise = rng.choice(NOISE)
        if sort not in tale.avoid:
            return replace(tale, noise=(*tale.noise, noise, noise))
    elif chance < _WITH_NOISE + _WITH_A_PLAIN_FACT:
        return replace(tale, noise=(*tale.noise, rng.choice(PLAIN)))
    return tale
