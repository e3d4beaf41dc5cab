"""Word problems with two to seven operations, made up: the structures of school books, in our own words.

A structure draws a story with its numbers, says it in one of many ways, and keeps its own sum. `multistep` gives a
problem only where `app.numerals.quantities` reads out of the text the very numbers that were written into it.
"""

import random
from collections.abc import Callable, Mapping

from app.training.generators import multistep_events, multistep_misc, multistep_money, multistep_rates
from app.training.generators.multistep_graph import comparison
from app.training.generators.multistep_story import MisfitError, Story, Told, conclude
from app.training.generators.multistep_texture import roughen
from app.training.rows import ArithmeticProblem

STRUCTURES: Mapping[str, tuple[int, Callable[[Story], Told]]] = {
    "comparison": (16, comparison),
    **multistep_events.STRUCTURES,
    **multistep_money.STRUCTURES,
    **multistep_rates.STRUCTURES,
    **multistep_misc.STRUCTURES,
}
"""Of each structure how often it is drawn, and what tells it."""

_NAMES = tuple(STRUCTURES)
_WEIGHTS = tuple(weight for weight, _ in STRUCTURES.values())
_ATTEMPTS = 10_000


def multistep(rng: random.Random) -> ArithmeticProblem:
    """One problem; the same for the same state of `rng`."""
    [structure] = rng.choices(_NAMES, _WEIGHTS)
    return tell(rng, structure)


def tell(rng: random.Random, structure: str) -> ArithmeticProblem:
    """One problem of the `structure` named.

    Raises:
        RuntimeError: the structure gives none: a fault of the generator.
    """
    narrate = STRUCTURES[structure][1]
    for _ in range(_ATTEMPTS):
        if (problem := attempt(rng, structure, narrate)) is not None:
            return problem
    raise RuntimeError(f"{structure}: no problem in {_ATTEMPTS} attempts")


def attempt(rng: random.Random, structure: str, narrate: Callable[[Story], Told]) -> ArithmeticProblem | None:
    """One draw of a story; None where its numbers or its text do not suit."""
    story = Story(rng)
    try:
        told = narrate(story)
    except MisfitError:
        return None
    if narrate is not comparison:  # It has an order and idle facts of its own.
        told = roughen(story, told)
    return conclude(story, told, f"{structure}-{rng.getrandbits(40):010x}")
