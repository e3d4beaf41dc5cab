"""Solves samples in this process: nothing to start, nothing to reach."""

import asyncio
from collections import defaultdict
from collections.abc import Collection

from app.evaluation.engine import Failure, SampleRun, SampleTask
from app.evaluation.station import Station


class InProcessEngine:
    """An `Engine` with the station of this process, which it closes at its end."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._under_way: defaultdict[str, set[asyncio.Task[SampleRun]]] = defaultdict(set)
        self._closed = False

    def submit(self, task: SampleTask) -> asyncio.Task[SampleRun]:
        solving = asyncio.create_task(self._solve(task), name=task.key)
        self._under_way[task.evaluation_id].add(solving)
        solving.add_done_callback(lambda _: self._forget(task.evaluation_id, solving))
        return solving

    async def cancel_run(self, evaluation_id: str) -> None:
        await _end(self._under_way.get(evaluation_id, ()))

    async def close(self) -> None:
        self._closed = True
        await _end({solving for run in self._under_way.values() for solving in run})
        await self._station.close()

    async def _solve(self, task: SampleTask) -> SampleRun:
        if self._closed:
            return SampleRun((), Failure("EngineClosedError", "the engine is closed", passing=True), None, 0.0)
        return await self._station.solve(task)

    def _forget(self, evaluation_id: str, solving: asyncio.Task[SampleRun]) -> None:
        run = self._under_way[evaluation_id]
        run.discard(solving)
        if not run:
            del self._under_way[evaluation_id]


async def _end(tasks: Collection[asyncio.Task[SampleRun]]) -> None:
    ending = list(tasks)
    for solving in ending:
        solving.cancel()
    await asyncio.gather(*ending, return_exceptions=True)
