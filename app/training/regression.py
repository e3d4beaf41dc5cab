"""Fits the probability that an answer of the embedded translator is right, on problems that were held out."""

from collections.abc import Sequence

import torch
from torch import Tensor

from app.translator.confidence import FEATURES, Regression, Signs

Judged = tuple[Signs, bool]
"""Of an answer to a held-out problem, and whether it is right."""
PENALTY = 1.0
"""On the squares of the weights, of features with variance 1: as if each were known to be about 1 at most."""
PARTS = 10
_ITERATIONS = 500
_SUPPORTING = ("log_odds", "log_probability")
"""Features of which more cannot make an answer less likely."""


def fit(judged: Sequence[Judged]) -> Regression:
    """The regression of which `judged` is likeliest, with its weights held small. Deterministic.

    It has an answer where all are right, all are wrong, or there are none: then little is known, and the probability
    stays within what so few can tell. A supporting feature that would count against an answer counts nothing.
    """
    kept = list(FEATURES)
    while True:
        intercept, weights = _fitted(judged, kept)
        against = [name for name in _SUPPORTING if weights.get(name, 0.0) < 0]
        if not against:
            return Regression(intercept, {name: weights.get(name, 0.0) for name in FEATURES})
        kept.remove(min(against, key=lambda name: weights[name]))


def cross_fitted(judged: Sequence[Judged]) -> list[float]:
    """The probability of each by a regression that was fitted on the nine tenths without it."""
    probabilities = [0.0] * len(judged)
    for part in range(PARTS):
        regression = fit([each for place, each in enumerate(judged) if place % PARTS != part])
        for place in range(part, len(judged), PARTS):
            probabilities[place] = regression.probability(judged[place][0])
    return probabilities


def brier(probabilities: Sequence[float], right: Sequence[bool]) -> float:
    """The mean square of what is missing from each probability to 1 where it is right, to 0 where it is not."""
    pairs = zip(probabilities, right, strict=True)
    return sum((probability - is_right) ** 2 for probability, is_right in pairs) / max(1, len(right))


def _fitted(judged: Sequence[Judged], names: Sequence[str]) -> tuple[float, dict[str, float]]:
    """Intercept and weights for features as they are."""
    if not judged:
        return 0.0, {}
    by_name = [signs.features() for signs, _ in judged]
    features = torch.tensor([[each[name] for name in names] for each in by_name], dtype=torch.float64)  # (rows, names)
    right = torch.tensor([is_right for _, is_right in judged], dtype=torch.float64)  # (rows,)
    mean, spread = features.mean(0), features.std(0, unbiased=False)
    spread[spread < 1e-9] = 1.0
    ones = torch.ones(len(features), 1, dtype=torch.float64)
    weights = _descend(torch.cat([ones, (features - mean) / spread], dim=1), right)
    slopes = weights[1:] / spread
    return float(weights[0] - slopes @ mean), dict(zip(names, slopes.tolist(), strict=True))


def _descend(features: Tensor, right: Tensor) -> Tensor:
    """features: (rows, weights); right: (rows,), 0 or 1. The loss is convex, so there is one minimum."""
    weights = torch.zeros(features.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [weights], max_iter=_ITERATIONS, tolerance_grad=1e-9, tolerance_change=1e-12, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimiser.zero_grad()
        misfit = torch.nn.functional.binary_cross_entropy_with_logits(features @ weights, right, reduction="sum")
        total = misfit + PENALTY / 2 * weights.square().sum()
        total.backward()
        return total

    optimiser.step(loss)
    return weights.detach()
