"""Whether the difference of two series of paired results could be chance."""

import importlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

RESAMPLES = 20_000
_SEED = 1


@dataclass(frozen=True, slots=True)
class Paired:
    """The same samples twice: how often each of two is correct.

    Args:
        p: McNemar's exact test, two-sided, over the first epoch of each sample alone: it takes pairs for independent.
    """

    both: int
    only_first: int
    only_second: int
    neither: int
    p: float

    @property
    def pairs(self) -> int:
        return self.both + self.only_first + self.only_second + self.neither


def paired(pairs: Mapping[tuple[bool, bool], int], tested: Mapping[tuple[bool, bool], int]) -> Paired:
    """The table of `pairs`, and the test of those of them that are independent; both by whether the first and the
    second are correct.
    """
    return Paired(
        both=pairs.get((True, True), 0),
        only_first=pairs.get((True, False), 0),
        only_second=pairs.get((False, True), 0),
        neither=pairs.get((False, False), 0),
        p=mcnemar(tested.get((True, False), 0), tested.get((False, True), 0)),
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """McNemar's exact test, two-sided: how probable a split at least as uneven is if both are right as often."""
    if only_first + only_second == 0:
        return 1.0
    stats = importlib.import_module("scipy.stats")  # takes seconds to load, and most evaluations have no pairs
    return float(stats.binomtest(only_first, only_first + only_second).pvalue)


def difference_interval(differences: Sequence[float]) -> tuple[float, float] | None:
    """95 % interval of the mean of paired differences, one for each sample, by the BCa bootstrap (Efron 1987).

    The same differences give the same interval, whatever their order. Differences take few values, so a resample is a
    draw of how often each occurs, and a million samples take no longer than a thousand.

    Returns:
        None where all are the same: then no resample differs from another, and nothing can be said.
    """
    counted = Counter(differences)
    if len(counted) < 2:
        return None
    numpy = importlib.import_module("numpy")
    n, values = len(differences), sorted(counted)
    shares = [counted[value] / n for value in values]
    draws = numpy.random.default_rng(_SEED).multinomial(n, shares, size=RESAMPLES)  # (resamples, values)
    means = draws @ numpy.array(values) / n
    mean = math.fsum(value * counted[value] for value in values) / n
    # Of a mean, leaving out one value at a time moves it by its own distance from the mean.
    squares = math.fsum(counted[value] * (value - mean) ** 2 for value in values)
    cubes = math.fsum(counted[value] * (mean - value) ** 3 for value in values)
    acceleration = -cubes / (6 * squares**1.5)
    near = 1e-12
    below = float((means < mean - near).mean() + (abs(means - mean) <= near).mean() / 2)
    normal = NormalDist()
    bias = normal.inv_cdf(min(max(below, 1 / RESAMPLES), 1 - 1 / RESAMPLES))
    ends = []
    for z in (normal.inv_cdf(0.025), normal.inv_cdf(0.975)):
        level = normal.cdf(bias + (bias + z) / (1 - acceleration * (bias + z)))
        ends.append(float(numpy.quantile(means, level)))
    return ends[0], ends[1]
