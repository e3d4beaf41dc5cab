"""The tasks of one run: how they wait for each other, and the one reason for which they end."""

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, replace
from typing import Any, ParamSpec

from app.store.evaluation_types import State

_P = ParamSpec("_P")


@dataclass(frozen=True, slots=True)
class End:
    """How a run ends. `drains`: samples under way may end first, for a bounded time."""

    state: State
    reason: str = ""
    drains: bool = True


class RunTasks:
    """Those that stand from the first to the last moment of a run, and one for each sample under way."""

    def __init__(self) -> None:
        self._standing: list[asyncio.Task[None]] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._error: Exception | None = None
        self._end: End | None = None

    @property
    def standing(self) -> Collection[asyncio.Task[None]]:
        """What `start` gave."""
        return self._standing

    @property
    def under_way(self) -> Collection[asyncio.Task[None]]:
        """The samples that were begun and have not ended."""
        return self._under_way

    @property
    def error(self) -> Exception | None:
        """What ended one of the tasks, the first."""
        return self._error

    @property
    def end(self) -> End | None:
        """Why the run is to end; None: it goes on."""
        return self._end

    @property
    def is_hurried(self) -> bool:
        """Whether samples under way are not waited for."""
        return self._end is not None and not self._end.drains

    def start(
        self, work: Callable[_P, Coroutine[Any, Any, None]], *args: _P.args, **kwargs: _P.kwargs
    ) -> asyncio.Task[None]:
        """A task until the end of the run, which a fault of it ends."""
        task = asyncio.create_task(self._guarded(work, *args, **kwargs))
        self._standing.append(task)
        return task

    def begin(self, work: Callable[_P, Coroutine[Any, Any, None]], *args: _P.args, **kwargs: _P.kwargs) -> None:
        """The same for one sample."""
        task = asyncio.create_task(self._guarded(work, *args, **kwargs))
        self._under_way.add(task)
        task.add_done_callback(self._landed)

    def stop(self, end: End) -> None:
        """End like this, unless there is a reason already; to cancel comes before any other."""
        if self._end is None or end.state is State.CANCELLED:
            self._end = end
        elif not end.drains:
            self._end = replace(self._end, drains=False)
        self.wake()

    def wake(self) -> None:
        """Everybody who waits looks again."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def until(self, met: Callable[[], bool], moment: float | None = None) -> None:
        """Until `met`, or the monotonic clock reaches `moment`.

        Raises:
            What ended one of the tasks.
        """
        while not met():
            if self._error is not None:
                raise self._error
            left = None if moment is None else moment - time.monotonic()
            if left is not None and left <= 0:
                return
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                return

    async def until_woken(self, moment: float | None = None) -> None:
        """The same until something changes, whatever it is."""
        await self.until(self._changed.is_set, moment)

    async def _guarded(
        self, work: Callable[_P, Coroutine[Any, Any, None]], *args: _P.args, **kwargs: _P.kwargs
    ) -> None:
        try:
            await work(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  # raised again by `until`, in the run's own task
            self._error = self._error or error
        self.wake()

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self.wake()


async def cancel(*tasks: asyncio.Task[Any]) -> None:
    """Cancel them, and wait until they have ended, however they do."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
