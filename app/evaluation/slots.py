"""Shares the places of one process, samples under way at the same time, fairly among its runs."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Slots:
    """So many places. Used from one event loop.

    A place that becomes free goes to the run whose turn it is, round robin among those that wait: a run that came late,
    or has much less to do, gets as many as one that fills the process.
    """

    def __init__(self, places: int) -> None:
        if places < 1:
            raise ValueError(f"{places} places: at least one is needed")
        self._free = places
        self._turns: deque[Share] = deque()
        """Those that wait and may have one more place, each once; the next one first."""

    @property
    def free(self) -> int:
        return self._free

    @contextmanager
    def share(self, most: int) -> Iterator["Share"]:
        """The share of one run, which never holds more than `most` places. What it still holds at the end is free."""
        share = Share(self, most)
        try:
            yield share
        finally:
            share._close()

    def _queue(self, share: "Share") -> None:
        if share._may_have_one() and share not in self._turns:
            self._turns.append(share)
        while self._free and self._turns:
            self._grant(self._turns.popleft())

    def _grant(self, share: "Share") -> None:
        if not share._may_have_one():  # who waited was cancelled
            return
        self._free -= 1
        share._granted()
        if share._may_have_one():
            self._turns.append(share)

    def _returned(self, share: "Share", places: int) -> None:
        self._free += places
        self._queue(share)


class Share:
    """What one run holds of the places of its process. Made by `Slots.share`."""

    def __init__(self, slots: Slots, most: int) -> None:
        if most < 1:
            raise ValueError(f"{most} places at most: at least one is needed")
        self._slots = slots
        self._most = most
        self._held = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def held(self) -> int:
        return self._held

    async def take(self) -> None:
        """Wait for a place. Cancelled, it holds none more than before."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._slots._queue(self)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.cancelled():
                self._forget(waiter)
            else:  # it was granted in the moment of being cancelled
                self.give_back()
            raise

    def give_back(self) -> None:
        if not self._held:
            raise RuntimeError("a place was given back that was not held")
        self._held -= 1
        self._slots._returned(self, 1)

    def _forget(self, waiter: asyncio.Future[None]) -> None:
        if waiter in self._waiting:
            self._waiting.remove(waiter)

    def _may_have_one(self) -> bool:
        while self._waiting and self._waiting[0].done():
            self._waiting.popleft()
        return bool(self._waiting) and self._held < self._most

    def _granted(self) -> None:
        self._held += 1
        self._waiting.popleft().set_result(None)

    def _close(self) -> None:
        for waiter in self._waiting:
            waiter.cancel()
        self._waiting.clear()
        held, self._held = self._held, 0
        self._slots._returned(self, held)
