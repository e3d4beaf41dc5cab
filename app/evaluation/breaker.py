"""Says when to try again what failed, and stops a run from asking while everything fails."""

import random
import time

OPENS_AFTER = 5
"""Passing failures in a row, with no sample solved in between."""


class Backoff:
    """Waits that double up to a bound, with jitter: nobody comes at the same moment as everybody else."""

    def __init__(self, first_seconds: float, most_seconds: float) -> None:
        self._first = first_seconds
        self._most = most_seconds

    def seconds(self, tries: int) -> float:
        """How long to wait after `tries`, from 1, in vain."""
        longest = min(self._most, self._first * 2.0 ** min(tries - 1, 30))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, no secret


class Breaker:
    """Open while everything fails: then one sample at a time goes out as a probe, and the first success closes it."""

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._in_a_row = 0
        self._failing_since: float | None = None
        self._probes = 0
        self._next_probe = 0.0
        self.reason = ""
        """The last passing failure, in a sentence."""
        self.solved_from = float("-inf")
        """When the last begun of the samples began that were solved. What began before a failure says nothing of it."""

    @property
    def is_open(self) -> bool:
        return self._in_a_row >= OPENS_AFTER

    @property
    def next_probe(self) -> float:
        """By the monotonic clock."""
        return self._next_probe

    @property
    def failing_seconds(self) -> float:
        """How long nothing has been solved; 0 while it is closed."""
        if not self.is_open or self._failing_since is None:
            return 0.0
        return time.monotonic() - self._failing_since

    def succeeded(self, began: float) -> None:
        """A sample was solved that began at this moment."""
        self.solved_from = max(self.solved_from, began)
        self.answered()

    def answered(self) -> None:
        """No success, and a sign of life all the same: what is asked can be asked."""
        self._in_a_row = self._probes = 0
        self._failing_since = None
        self.reason = ""

    def failed(self, reason: str) -> None:
        """A sample failed in a way that may pass."""
        self.reason = reason
        self._in_a_row += 1
        if self._failing_since is None:
            self._failing_since = time.monotonic()
        if self._in_a_row == OPENS_AFTER:
            self._wait()

    def probe_failed(self, reason: str) -> None:
        self.failed(reason)
        self._wait()

    def _wait(self) -> None:
        self._probes += 1
        self._next_probe = time.monotonic() + self._backoff.seconds(self._probes)
