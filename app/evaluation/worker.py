"""What runs inside a `dask worker`: its one station, and the samples under way there.

Covered: the station is made with the first sample, by the settings of the worker's environment, and closes with the
worker; a word of whoever sent samples ends them.
"""

import asyncio
import pickle
from collections.abc import Callable, Collection

from distributed import Worker, WorkerPlugin, get_worker

from app.evaluation.engine import Failure, SampleRun, SampleTask
from app.evaluation.station import Station
from app.parts import quod_version
from app.settings import SettingsError, read_settings

_NAME = "quod-station"

_REMEMBERED = 100_000
"""So many samples that were given up are known, in case one of them arrives later."""


async def solve_sample(coordinator: str, topic: str, packed: bytes) -> SampleRun:
    """Solve one sample on this worker.

    Args:
        coordinator: the version of Quod that it has; what another one packed is not read.
        topic: where the coordinator hears that the deadline of the sample begins, and on which worker.
        packed: the `SampleTask`, pickled.
    """
    worker = get_worker()
    if coordinator != quod_version():
        message = f"the worker {worker.address} has Quod {quod_version()}, whoever sends samples has {coordinator}"
        return _failed("VersionError", f"{message}: install the same version on both")
    task: SampleTask = pickle.loads(packed)  # noqa: S301  # everything between Dask's processes is pickled
    try:
        place = await _place(worker)
    except SettingsError as error:
        return _failed("SettingsError", f"the worker {worker.address} has settings that are not valid: {error}")
    return await place.solve(task, lambda: worker.log_event(topic, {"trace_id": task.trace_id, "at": worker.address}))


async def end_samples(evaluation_id: str | None, trace_ids: Collection[str], dask_worker: Worker) -> None:
    """End the samples of an evaluation here, and those with these traces; returns when their solvers are killed.

    One of them that arrives later does not begin: it may be on its way while this overtakes it.
    """
    place = await _place(dask_worker)
    await place.end(evaluation_id, trace_ids)


class _Place(WorkerPlugin):
    """The station of a worker process with what is under way there. A plugin, since it closes with the worker."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._under_way: dict[asyncio.Task[SampleRun], SampleTask] = {}
        self._given_up: dict[str, None] = {}

    async def solve(self, task: SampleTask, on_start: Callable[[], None]) -> SampleRun:
        if task.trace_id in self._given_up:
            return _given_up()
        # A task of its own, since Dask's is not ours to cancel.
        solving = asyncio.create_task(self._station.solve(task, on_start), name=task.key)
        self._under_way[solving] = task
        try:
            await asyncio.wait({solving})
        finally:  # Dask cancels what runs when the worker closes
            solving.cancel()
            del self._under_way[solving]
        return _given_up() if solving.cancelled() else solving.result()

    async def end(self, evaluation_id: str | None, trace_ids: Collection[str]) -> None:
        self._given_up.update(dict.fromkeys(trace_ids))
        while len(self._given_up) > _REMEMBERED:
            del self._given_up[next(iter(self._given_up))]
        ending = [
            solving
            for solving, task in self._under_way.items()
            if task.evaluation_id == evaluation_id or task.trace_id in self._given_up
        ]
        for solving in ending:
            solving.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    async def teardown(self, worker: Worker) -> None:
        await self._station.close()


async def _place(worker: Worker) -> _Place:
    """Raises `SettingsError`."""
    found = worker.plugins.get(_NAME)
    if found is None:
        found = _Place(Station(read_settings()))
        # It is in `plugins` before anything else has its turn: nobody makes a second one.
        await worker.plugin_add(found, _NAME)
    assert isinstance(found, _Place)
    return found


def _given_up() -> SampleRun:
    return _failed("GivenUpError", "the sample was given up")


def _failed(kind: str, message: str) -> SampleRun:
    """It lies outside the sample, which is tried again."""
    return SampleRun((), Failure(kind, message, passing=True), None, 0.0)
