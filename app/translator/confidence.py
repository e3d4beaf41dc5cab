"""How sure a translator is of an answer, and has to be: to translate at all, and to do so without a doubt."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.settings import EmbeddedAnswers

_NOISE = 1e-6
"""What a share of probability may lose to arithmetic in single precision."""
_LEAST_SHARE = 1e-4
"""That is told from none: beam search leaves out what is as unlikely."""
_LEAST_LOG_PROBABILITY = -50.0
_LARGEST_WEIGHT = 1e6


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of an answer to a word problem when it is given, and tells how likely it is right.

    Args:
        support: its share of the probability of all candidates, from 0 to 1.
        rivals: that of the other answers that make sense, together.
        log_probability: of all its expressions together, at most 0.
        tokens: words and marks of the problem.
        unused: how many quantities of the problem its expression does not use.
        operations: of its expression.
    """

    support: float
    rivals: float
    log_probability: float
    tokens: int
    unused: int
    operations: int

    def features(self) -> dict[str, float]:
        """What a regression weighs, by name."""
        return {
            "log_odds": math.log(max(self.support, _LEAST_SHARE) / max(self.rivals, _LEAST_SHARE)),
            "log_probability": max(self.log_probability, _LEAST_LOG_PROBABILITY),
            "tokens": float(self.tokens),
            "unused": float(self.unused),
            "operations": float(self.operations),
        }


FEATURES = tuple(Signs(0.5, 0.5, 0.0, 0, 0, 0).features())


@dataclass(frozen=True, slots=True)
class Regression:
    """A logistic regression: the probability that an answer is right, by its signs.

    Args:
        intercept: the log-odds where all features are 0.
        weights: of `FEATURES`, by name.

    Raises:
        ValueError: a weight is missing, unknown, no number or too large, or more support would make an answer less
            likely.
    """

    intercept: float
    weights: Mapping[str, float]

    def __post_init__(self) -> None:
        # From a file: it may be anything.
        weights: Any = self.weights
        if not isinstance(weights, Mapping) or set(weights) != set(FEATURES):
            raise ValueError(f"a regression has a weight for each of {', '.join(FEATURES)}, and no other")
        given: dict[str, Any] = {"intercept": self.intercept, **weights}
        for name, number in given.items():
            is_number = isinstance(number, int | float) and not isinstance(number, bool)
            if not is_number or not abs(number) <= _LARGEST_WEIGHT:
                raise ValueError(f"{name} of a regression is {number!r}, and no number from -1000000 to 1000000")
        if min(self.weights["log_odds"], self.weights["log_probability"]) < 0:
            raise ValueError("by this regression an answer with more support would be less likely right")

    def probability(self, signs: Signs) -> float:
        """That an answer with these signs is right."""
        terms = (self.weights[name] * value for name, value in signs.features().items())
        return _logistic(self.intercept + sum(terms))


def _logistic(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds)) if log_odds > 0 else 1 - 1 / (1 + math.exp(max(log_odds, -700.0)))


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities, from 0 to 1, in this order.

    Args:
        answer: below it the translator abstains.
        sure: below it, what it translates comes with a doubt.
        regression: gives the probability that an answer to a word problem is right, which is compared with them. None:
            nothing was measured, and its share of the candidates' probability is.

    Raises:
        ValueError: they are not 0 <= answer <= sure <= 1.
    """

    answer: float
    sure: float
    regression: Regression | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.answer <= self.sure <= 1:
            raise ValueError(f"0 <= answer <= sure <= 1 does not hold of answer {self.answer} and sure {self.sure}")

    def asked_for(self, answers: EmbeddedAnswers) -> "Thresholds":
        """Those under which the translator gives the answers that are asked for. What is doubted stays the same."""
        match answers:
            case EmbeddedAnswers.SURE:
                return replace(self, answer=self.sure)
            case EmbeddedAnswers.LIKELY:
                return self
            case EmbeddedAnswers.ALL:
                return replace(self, answer=0.0)

    def confidence(self, signs: Signs) -> float:
        """In an answer to a word problem: what is compared with these thresholds."""
        return signs.support if self.regression is None else self.regression.probability(signs)


def thresholds_to_json(needed: Thresholds) -> dict[str, Any]:
    """For `json.dumps`."""
    body: dict[str, Any] = {"answer": needed.answer, "sure": needed.sure}
    if (regression := needed.regression) is not None:
        body["regression"] = {"intercept": regression.intercept, "weights": dict(regression.weights)}
    return body


def thresholds_from_json(body: Mapping[str, Any]) -> Thresholds:
    """What `thresholds_to_json` made.

    Raises:
        ValueError, TypeError: it is something else.
    """
    if "regression" not in body:
        return Thresholds(**body)
    return Thresholds(**{**body, "regression": Regression(**body["regression"])})


def reaches(share: float, needed: float) -> bool:
    return share >= needed - _NOISE


def in_per_cent(share: float, needed: float) -> tuple[str, str]:
    """Both for people; one that falls short never looks as if it did not."""
    return f"{math.floor(round(100 * share, 3))} %", f"{math.ceil(round(100 * needed, 3))} %"
