"""Two series of answers to the same problems: how often each is right, and whether the difference could be chance."""

import importlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

RESAMPLES = 20_000


@dataclass(frozen=True, slots=True)
class Discordant:
    """Answers where one of the two is right and the other wrong; `p` is McNemar's."""

    only_first: int
    only_second: int

    @property
    def p(self) -> float:
        """McNemar's exact test, two-sided: how probable a split at least as uneven is if both are right as often.

        It takes the answers for independent.
        """
        of = self.only_first + self.only_second
        if of == 0:
            return 1.0
        return float(importlib.import_module("scipy.stats").binomtest(self.only_first, of).pvalue)


def discordant(pairs: Iterable[tuple[bool, bool]]) -> Discordant:
    counted = Counter(pairs)
    return Discordant(counted[True, False], counted[False, True])


def difference_interval(differences: Sequence[float], seed: int = 1) -> tuple[float, float]:
    """95 % interval of the mean of paired differences, one for each problem, by bootstrap over the problems.

    Percentiles of `RESAMPLES` resamples. A problem is drawn with all its answers, since those of several seeds to one
    problem are not independent.
    """
    if not differences:
        return 0.0, 0.0
    numpy = importlib.import_module("numpy")
    counted = Counter(differences)
    values = numpy.array(list(counted))
    shares = numpy.array(list(counted.values())) / len(differences)
    drawn = numpy.random.default_rng(seed).multinomial(len(differences), shares, size=RESAMPLES)  # (resamples, values)
    low, high = numpy.quantile(drawn @ values / len(differences), [0.025, 0.975])
    return float(low), float(high)
