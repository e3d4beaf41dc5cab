"""Collects requests that come close together and works them off in one thread, a batch at a time.

For work that is much cheaper together than one by one, such as generating text. Knows nothing of language models.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class BatcherClosedError(Exception):
    """The batcher was closed before, or while, it worked on this item."""


class _Waiting(Generic[Item, Result]):
    def __init__(self, item: Item) -> None:
        self.item = item
        self.dropped = False
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Result] = self._loop.create_future()

    def settle(self, result: Result | Exception) -> None:
        """From any thread."""
        # A closed loop has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._settle, result)

    def _settle(self, result: Result | Exception) -> None:
        if self.future.done():
            return
        if isinstance(result, Exception):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)


class MicroBatcher(Generic[Item, Result]):
    """One thread that calls `work` with up to `size` items of equal `key`, those that came first before the others.

    A batch begins when it is full, or `wait_seconds` after the thread turned to its first item. `work` gets the items
    and a function that says whether nobody waits for the item of that index any more; it returns a result or an
    exception for each. What it raises goes to each of them.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item], Callable[[int], bool]], Sequence[Result | Exception]],
        *,
        key: Callable[[Item], Hashable],
        size: int,
        wait_seconds: float,
        name: str,
    ) -> None:
        self._work = work
        self._key = key
        self._size = size
        self._wait_seconds = wait_seconds
        self._name = name
        self._changed = threading.Condition()
        self._queue: list[_Waiting[Item, Result]] = []
        self._batch: list[_Waiting[Item, Result]] = []
        self._thread: threading.Thread | None = None
        self._closed = False

    async def submit(self, item: Item) -> Result:
        """The result of `item`. Cancelled, it is taken out of the queue, or left out of its batch's results.

        Raises:
            BatcherClosedError: no result will come.
        """
        waiting: _Waiting[Item, Result] = _Waiting(item)
        with self._changed:
            if self._closed:
                raise BatcherClosedError("it is closed")
            if self._thread is None:
                # A daemon: a process that ends without close() must not wait for a batch.
                self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
                self._thread.start()
            self._queue.append(waiting)
            self._changed.notify()
        try:
            return await waiting.future
        finally:
            if not waiting.future.done() or waiting.future.cancelled():
                waiting.dropped = True
                with self._changed:
                    self._changed.notify()

    async def close(self) -> None:
        """Give up what waits, tell `work` that nobody waits for its batch, and wait until it has returned."""
        with self._changed:
            self._closed = True
            given_up = self._queue + self._batch
            self._queue = []
            for waiting in given_up:
                waiting.dropped = True
            self._changed.notify()
        for waiting in given_up:
            waiting.settle(BatcherClosedError("it was closed"))
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _serve(self) -> None:
        while batch := self._next_batch():
            results: Sequence[Result | Exception]
            try:
                results = self._work([waiting.item for waiting in batch], lambda index: batch[index].dropped)
            except Exception as error:  # noqa: BLE001 - it belongs to those who wait, and the thread to those who come
                results = [error] * len(batch)
            for waiting, result in zip(batch, results, strict=True):
                waiting.settle(result)

    def _next_batch(self) -> list[_Waiting[Item, Result]]:
        """Waits for one; empty when closed."""
        with self._changed:
            self._batch = []
            begin: float | None = None
            while not self._closed:
                self._queue = [waiting for waiting in self._queue if not waiting.dropped]
                if not self._queue:
                    begin = None
                    self._changed.wait()
                    continue
                begin = begin or time.monotonic() + self._wait_seconds
                key = self._key(self._queue[0].item)
                batch = [waiting for waiting in self._queue if self._key(waiting.item) == key][: self._size]
                left = begin - time.monotonic()
                if len(batch) == self._size or left <= 0:
                    self._queue = [waiting for waiting in self._queue if waiting not in batch]
                    self._batch = batch
                    return batch
                self._changed.wait(left)
            return []
