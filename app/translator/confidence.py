"""How sure a translator has to be: to translate at all, and to do so without a doubt."""

import math
from dataclasses import dataclass

from app.settings import EmbeddedAnswers

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

    def asked_for(self, answers: EmbeddedAnswers) -> "Thresholds":
        """Those under which the translator gives the answers that are asked for. What is doubted stays the same."""
        match answers:
            case EmbeddedAnswers.SURE:
                return Thresholds(self.sure, self.sure)
            case EmbeddedAnswers.LIKELY:
                return self
            case EmbeddedAnswers.ALL:
                return Thresholds(0.0, self.sure)


def reaches(share: float, needed: float) -> bool:
    return share >= needed - _NOISE


def in_per_cent(share: float, needed: float) -> tuple[str, str]:
    """Both for people; one that falls short never looks as if it did not."""
    return f"{math.floor(round(100 * share, 3))} %", f"{math.ceil(round(100 * needed, 3))} %"
