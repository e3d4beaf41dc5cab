"""What runs inside a `dask worker`: its one station, and the samples under way there.

Covered: the station is made by the settings of the worker's environment and closes with the worker; a word of whoever
sent samples ends them.

Samples do not come as tasks of Dask, which took its scheduler 2.9 ms of processor time each: a coordinator sends them
to the worker itself, on a connection that has no other use meanwhile, and hears there that the sample begins and what
came of it.
"""

import asyncio
import pickle
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress

from distributed import Worker, WorkerPlugin
from distributed.comm import Comm

from app.evaluation.engine import Failure, SampleRun, SampleTask
from app.evaluation.station import Station
from app.parts import quod_version
from app.settings import SettingsError, read_settings

SOLVE = "quod-solve"
"""The message with a sample: what `_Place.solve` takes, by name. Answered by `BEGUN` and a pickled `SampleRun`, or the
latter alone."""
BEGUN = "begun"
"""The deadline of the sample begins."""

STATION = "quod-station"
"""What the plugin of a worker that takes samples is called there."""

_REMEMBERED = 100_000
"""So many samples that were given up are known, in case one of them arrives later."""


async def open_station(dask_worker: Worker) -> None:
    """Have this worker take samples; its solvers are opened beside. Does nothing where it does already."""
    if STATION not in dask_worker.plugins:
        # It is in `plugins` before anything else has its turn: nobody makes a second one.
        await dask_worker.plugin_add(_Place(), STATION)


async def dask_setup(worker: Worker) -> None:
    """The same at the start of a worker with `--preload app.evaluation.worker`."""
    await open_station(worker)


async def end_samples(evaluation_id: str | None, trace_ids: Collection[str], dask_worker: Worker) -> None:
    """End the samples of an evaluation here, and those with these traces; returns when their solvers are killed.

    One of them that arrives later does not begin: it may be on its way while this overtakes it.
    """
    place = dask_worker.plugins.get(STATION)
    if isinstance(place, _Place):
        await place.end(evaluation_id, trace_ids)


class _Place(WorkerPlugin):
    """The station of a worker process with what is under way there. A plugin, since it closes with the worker."""

    def __init__(self) -> None:
        self._station: Station | None = None
        self._under_way: dict[asyncio.Task[SampleRun], SampleTask] = {}
        self._given_up: dict[str, None] = {}
        self._closes = False
        self.solved = 0
        """Samples that came to their end here, whatever it was."""

    def setup(self, worker: Worker) -> None:
        self._address = worker.address
        self._threads = asyncio.Semaphore(worker.state.nthreads)
        worker.handlers[SOLVE] = self.solve
        with suppress(SettingsError):  # each sample is told
            self._opened().open_engines()

    async def solve(self, comm: Comm, coordinator: str, packed: bytes) -> bytes:
        """Solve one sample on this worker.

        Args:
            coordinator: the version of Quod that it has; what another one packed is not read.
            packed: the `SampleTask`, pickled.
        """
        if coordinator != quod_version():
            message = f"the worker {self._address} has Quod {quod_version()}, whoever sends samples has {coordinator}"
            return pickle.dumps(_failed("VersionError", f"{message}: install the same version on both"))
        begun: list[asyncio.Future[object]] = []

        def begin() -> None:
            begun.append(asyncio.ensure_future(comm.write(BEGUN)))

        run = await self._run(pickle.loads(packed), begin)  # noqa: S301  # what goes between Dask's processes is pickled
        self.solved += 1
        await asyncio.gather(*begun, return_exceptions=True)
        if self._closes:
            comm.abort()  # that is heard as the death of a worker, and the sample goes to another one
        return pickle.dumps(run)

    async def end(self, evaluation_id: str | None, trace_ids: Collection[str]) -> None:
        """As `end_samples`."""
        self._given_up.update(dict.fromkeys(trace_ids))
        while len(self._given_up) > _REMEMBERED:
            del self._given_up[next(iter(self._given_up))]
        await self._end(
            solving
            for solving, task in self._under_way.items()
            if task.evaluation_id == evaluation_id or task.trace_id in self._given_up
        )

    async def teardown(self, worker: Worker) -> None:
        self._closes = True
        await self._end(self._under_way)
        if self._station is not None:
            await self._station.close()

    def _opened(self) -> Station:
        """Raises `SettingsError`."""
        if self._station is None:
            self._station = Station(read_settings())
        return self._station

    async def _run(self, task: SampleTask, on_start: Callable[[], None]) -> SampleRun:
        if task.trace_id in self._given_up:
            return _given_up()
        # A task of its own: whoever sent it may be gone, and `end` ends it.
        solving = asyncio.create_task(self._solve(task, on_start), name=task.key)
        self._under_way[solving] = task
        try:
            await asyncio.wait({solving})
        finally:  # Dask cancels what runs when the worker closes
            solving.cancel()
            del self._under_way[solving]
        return _given_up() if solving.cancelled() else solving.result()

    async def _solve(self, task: SampleTask, on_start: Callable[[], None]) -> SampleRun:
        try:
            station = self._opened()
        except SettingsError as error:
            return _failed("SettingsError", f"the worker {self._address} has settings that are not valid: {error}")
        async with self._threads:  # coordinators that share a worker do not know of each other
            return await station.solve(task, on_start)

    @staticmethod
    async def _end(solving: Iterable[asyncio.Task[SampleRun]]) -> None:
        ending = list(solving)
        for each in ending:
            each.cancel()
        await asyncio.gather(*ending, return_exceptions=True)


def _given_up() -> SampleRun:
    return _failed("GivenUpError", "the sample was given up")


def _failed(kind: str, message: str) -> SampleRun:
    """It lies outside the sample, which is tried again."""
    return SampleRun((), Failure(kind, message, passing=True), None, 0.0)
