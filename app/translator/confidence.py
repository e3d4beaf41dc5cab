"""How sure a translator has to be: to translate at all, and to do so without a doubt."""

import math
from dataclasses import dataclass

_NOISE = 1e-6
"""What a share of probability may lose to arithmetic in single precision."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Shares of probability, from 0 to 1, in this order.

    Args:
        answer: below it the translator abstains.
        sure: below it, what it translates comes with a doubt.

    Raises:
        ValueError: they are not 0 <= answer <= sure <= 1.
    """

    answer: float
    sure: float

    def __post_init__(self) -> None:
        if not 0 <= self.answer <= self.sure <= 1:
            raise ValueError(f"0 <= answer <= sure <= 1 does not hold of answer {self.answer} and sure {self.sure}")


def reaches(share: float, needed: float) -> bool:
    return share >= needed - _NOISE


def in_per_cent(share: float, needed: float) -> tuple[str, str]:
    """Both for people; one that falls short never looks as if it did not."""
    return f"{math.floor(round(100 * share, 3))} %", f"{math.ceil(round(100 * needed, 3))} %"
