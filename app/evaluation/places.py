"""Shares out samples among the workers of a cluster: each one goes where the largest share of the places is free."""

import asyncio
from collections import Counter, deque
from collections.abc import Mapping


class Places:
    """So many places at each worker. Used from one event loop."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._taken: Counter[str] = Counter()
        self._waiting: deque[asyncio.Future[str]] = deque()

    def __bool__(self) -> bool:
        """Whether there is any worker."""
        return bool(self._places)

    def offer(self, places: Mapping[str, int]) -> None:
        """These workers are there, with so many places, and no others. What is taken elsewhere stays taken."""
        self._places = dict(places)
        self._grant()

    async def take(self) -> str:
        """Wait for a place; returns at which worker. Cancelled, it holds none."""
        waiter: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._grant()
        try:
            return await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():  # it was granted in the moment of being cancelled
                self.give_back(waiter.result())
            raise

    def give_back(self, worker: str) -> None:
        self._taken[worker] -= 1
        if not self._taken[worker]:
            del self._taken[worker]
        self._grant()

    def _grant(self) -> None:
        while self._waiting:
            if self._waiting[0].done():  # who waited was cancelled
                self._waiting.popleft()
                continue
            free = [worker for worker, places in self._places.items() if self._taken[worker] < places]
            if not free:
                return
            worker = min(free, key=lambda each: self._taken[each] / self._places[each])
            self._taken[worker] += 1
            self._waiting.popleft().set_result(worker)
