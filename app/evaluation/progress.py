"""How far an evaluation is, and when it will be done."""

import itertools
import statistics
import time
from collections import deque
from dataclasses import dataclass

from app.store.evaluation_types import Counts

_BLOCKS = 9
_LEAST_BLOCK = 8


@dataclass(frozen=True, slots=True)
class Progress:
    """What a run tells of itself, a few times a second.

    Args:
        tokens: of prompts and completions, those of tries that failed included as far as known.
        samples_per_second: of late; None: nothing has been recorded by this owner yet.
        seconds_left: at this rate; None: not known.
        under_way: samples that are being solved.
        trouble: why nothing gets on at the moment, in a sentence; empty: all is well.
    """

    evaluation_id: str
    counts: Counts
    tokens: int
    samples_per_second: float | None
    seconds_left: float | None
    under_way: int
    trouble: str


class Rate:
    """Samples a second of late: the median over the last blocks of samples, so that one outage does not count."""

    def __init__(self, in_flight: int) -> None:
        """A block is what is in flight: samples that began together end together."""
        self._block = max(_LEAST_BLOCK, in_flight)
        self._ends: deque[float] = deque(maxlen=_BLOCKS + 1)
        self._began = time.monotonic()
        self._ends.append(self._began)
        self._recorded = 0

    def add(self, samples: int) -> None:
        """So many were recorded just now."""
        before = self._recorded // self._block
        self._recorded += samples
        blocks = self._recorded // self._block - before
        if blocks:
            now, last = time.monotonic(), self._ends[-1]
            self._ends.extend(last + (now - last) * number / blocks for number in range(1, blocks + 1))

    def per_second(self) -> float | None:
        if not self._recorded:
            return None
        ends = list(self._ends)
        if len(ends) < 2:
            return self._recorded / max(time.monotonic() - self._began, 1e-6)
        taken = statistics.median(end - begin for begin, end in itertools.pairwise(ends))
        return self._block / max(taken, 1e-6)
