"""Elementary word problems: short stories with one to three operations, many with numbers that do not matter.

Every story keeps its amounts itself; the expression over the numbers of the text is checked against them. The same
dice give the same problems.
"""

import random

from app.training.generators import (
    elementary_doings,
    elementary_groups,
    elementary_ledgers,
    elementary_parts,
    elementary_rates,
)
from app.training.generators.elementary_change import change
from app.training.generators.elementary_telling import Tale, tell
from app.training.generators.elementary_vignette import Vignette, tale_of, with_noise
from app.training.rows import ArithmeticProblem

VIGNETTES: tuple[Vignette, ...] = (
    *elementary_parts.VIGNETTES,
    *elementary_groups.VIGNETTES,
    *elementary_rates.VIGNETTES,
    *elementary_ledgers.VIGNETTES,
    *elementary_doings.VIGNETTES,
)
_WEIGHTS = [vignette.weight for vignette in VIGNETTES]
_CHANGES = 0.25
"""The share of stories in which amounts change: the most common ones in schoolbooks."""


def elementary(rng: random.Random) -> ArithmeticProblem:
    """One problem.

    Raises:
        TaleError: a template and its formula do not agree.
    """
    while True:
        if (problem := tell(rng, with_noise(rng, _tale(rng)), rng.getrandbits(32))) is not None:
            return problem


def _tale(rng: random.Random) -> Tale:
    if rng.random() < _CHANGES:
        return change(rng)
    return tale_of(rng, rng.choices(VIGNETTES, _WEIGHTS)[0])
