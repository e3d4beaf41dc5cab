"""What one check may cost. A checker asks before each piece of work, so that no input can make it run on.

Python has no limit of its own on the size of a number: whoever multiplies asks `size` first.
"""

import time

SECONDS = 5.0
STEPS = 2_000_000
BITS = 20_000
"""Of one number: 6,000 decimal digits."""


class NotCheckableError(Exception):
    """The evidence can neither be confirmed nor refuted, for this reason: a construct that the checker does not know,
    or its limit.
    """


class RefutedError(Exception):
    """The evidence does not show what is claimed, for this reason."""


class Budget:
    """Counts steps, looks at the clock now and then, and ends the check with `NotCheckableError`."""

    __slots__ = ("_deadline", "steps")

    def __init__(self, seconds: float = SECONDS, steps: int = STEPS) -> None:
        self._deadline = time.monotonic() + seconds
        self.steps = steps
        """Left."""

    def spend(self, steps: int = 1) -> None:
        """Take `steps` off; one is about a microsecond of work, a resolution step about ten."""
        before = self.steps
        self.steps = left = before - steps
        if left < 0:
            raise NotCheckableError("the check takes more steps than it may")
        if before >> 10 != left >> 10 and time.monotonic() > self._deadline:
            raise NotCheckableError("the check takes longer than it may")

    def part(self, steps: int) -> "Budget":
        """A budget for a part of the check: as many steps at most, the same deadline."""
        part = Budget.__new__(Budget)
        part._deadline = self._deadline
        part.steps = min(steps, self.steps)
        return part

    def size(self, bits: int) -> None:
        """Called before a number of so many bits is made."""
        if bits > BITS:
            raise NotCheckableError(f"a number of more than {BITS} bits is beyond the check")
