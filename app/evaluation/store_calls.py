"""Calls the store for one run, in threads, and asks again while the database is away, as long as patience allows."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from app.errors import StoreUnavailableError
from app.evaluation.breaker import Backoff
from app.evaluation.run_tasks import RunTasks

_log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 60.0
"""Before the database has told the patience of the evaluation."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


class StoreCalls:
    """Threads of its own: a heartbeat never waits behind the work of others."""

    def __init__(self, evaluation_id: str, tasks: RunTasks, backoff: Backoff) -> None:
        self._evaluation_id = evaluation_id
        self._tasks = tasks
        self._backoff = backoff
        self._threads = ThreadPoolExecutor(3, thread_name_prefix=evaluation_id)
        self.patience_seconds = _PATIENCE_SECONDS
        self.away = ""
        """Why the database cannot be used at the moment."""

    async def in_thread(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What `call` returns or raises, at the first try."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: call(*args, **kwargs))

    async def ask(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What `call` returns once the database is there.

        Raises:
            StoreUnavailableError: it was away for longer than `patience_seconds`.
            Whatever else `call` raises.
        """
        tries, since = 0, time.monotonic()
        while True:
            try:
                said = await self.in_thread(call, *args, **kwargs)
            except StoreUnavailableError as error:
                tries += 1
                if tries == 1:
                    _log.warning("evaluation %s: %s", self._evaluation_id, error)
                if time.monotonic() - since > self.patience_seconds:
                    raise StoreUnavailableError(
                        f"the database was away for {time.monotonic() - since:.0f} s: {error} Then resume evaluation "
                        f"{self._evaluation_id}: it goes on from what is recorded."
                    ) from error
                self.away = str(error)
                await asyncio.sleep(self._backoff.seconds(tries))
            else:
                self.away = ""
                self._tasks.wake()
                return said

    def close(self) -> None:
        """A transaction under way in a thread comes to its end by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
