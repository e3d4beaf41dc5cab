"""Solves samples on a Dask cluster: `dask scheduler` and any number of `dask worker`, each with a station of its own.

Covered: a worker that dies, hangs or has another version; a scheduler that dies, hangs or comes back; a cluster without
workers. Whatever happens, what `submit` gave comes to an end: all of these are failures that pass.
Not covered: several runs that compete for the workers. Dask's wire is pickles without a password: it belongs on the
loopback interface or a network of its own.

The scheduler says which workers there are, carries what is said to all of them, and has them restarted. Samples go to
the workers directly (`app.evaluation.worker`), as many to each as it has threads (`--nthreads`), and are ended there by
a word, `end_samples`.
"""

import asyncio
import logging
import pickle
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from distributed import Client
from distributed.comm import Comm
from ulid import ULID

from app.evaluation.engine import Failure, SampleRun, SampleTask
from app.evaluation.places import Places
from app.evaluation.station import deadline_seconds
from app.evaluation.worker import BEGUN, SOLVE, end_samples, open_station
from app.parts import quod_version

_log = logging.getLogger(__name__)

DEATHS = 4
"""After so many workers that died under a sample it may be the cause, and is given back as a failure."""

_CONNECTIONS = 20_000
"""More than samples can be under way; each has one to its worker."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the cluster is waited for, in seconds.

    Args:
        connect: for a scheduler to take a client.
        silent: for one to answer; ten seconds were seen where the machine was busy.
        retry_most: longest pause between two tries to connect.
        look: between two looks at the scheduler, its workers and the deadlines.
        workers: for a worker, where there is none.
        queue: for the start of a sample; a worker that stands still may have it.
        overdue: after the deadline of a sample, at which its worker should have given it up.
        answer: for a worker to end samples. One that does not is restarted.
        restart: for that.
        close: for all that is to be said to the cluster when the engine closes.
    """

    connect: float = 15.0
    silent: float = 60.0
    retry_most: float = 10.0
    look: float = 1.0
    workers: float = 60.0
    queue: float = 900.0
    overdue: float = 15.0
    answer: float = 15.0
    restart: float = 60.0
    close: float = 5.0


@dataclass(slots=True, eq=False)
class _Flight:
    """A sample under way.

    Args:
        lost: gets the failure that ends it from here.
        due: when it is lost, by the loop's clock.
        sent: to which worker; empty: to none yet.
        begun: its deadline runs there.
        comm: the connection to that worker, while it is open.
        swept: it is ended together with others, so it need not end itself.
    """

    task: SampleTask
    lost: asyncio.Future[Failure]
    due: float
    client: Client | None = None
    sent: str = ""
    begun: bool = False
    comm: Comm | None = None
    swept: bool = False


class ClusterEngine:
    """An `Engine` on the cluster whose scheduler listens at `address`. It connects with the first sample."""

    def __init__(self, address: str, patience: Patience = Patience()) -> None:
        self._address = address
        self._patience = patience
        self._flights: dict[asyncio.Task[SampleRun], _Flight] = {}
        self._connecting: asyncio.Task[Client] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._places = Places()
        self._threads: Mapping[str, int] = {}
        """Of the workers that there are."""
        self._opening: dict[str, asyncio.Task[None]] = {}
        """By worker; done: it takes samples."""
        self._pause = 0.0
        self._background: set[asyncio.Task[None]] = set()
        self._closed = False

    def submit(self, task: SampleTask) -> asyncio.Task[SampleRun]:
        loop = asyncio.get_running_loop()
        flight = _Flight(task, loop.create_future(), loop.time() + self._patience.queue)
        solving = asyncio.create_task(self._solve(flight), name=task.key)
        self._flights[solving] = flight
        solving.add_done_callback(lambda _: self._flights.pop(solving, None))
        return solving

    async def cancel_run(self, evaluation_id: str) -> None:
        await self._end(evaluation_id, lambda flight: flight.task.evaluation_id == evaluation_id)

    async def close(self) -> None:
        self._closed = True
        await self._end(None, lambda _: True)
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        if (client := self._client()) is not None:
            self._leave(client, "the engine is closed")
        if self._background:
            _, late = await asyncio.wait(self._background, timeout=self._patience.close)
            if late:
                _log.warning("the cluster at %s did not hear in time that this engine closes", self._address)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    # One sample

    async def _solve(self, flight: _Flight) -> SampleRun:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            found = await self._on_cluster(flight)
        except Exception as error:  # noqa: BLE001  # a scheduler has many ways not to be there
            why = f"the cluster at {self._address} did not take it: {type(error).__name__}: {error}"
            found = Failure("SchedulerLostError", why, True)
        return SampleRun((), found, None, loop.time() - began) if isinstance(found, Failure) else found

    async def _on_cluster(self, flight: _Flight) -> SampleRun | Failure:
        if self._closed:
            return Failure("EngineClosedError", "the engine is closed", passing=True)
        client = await self._connected()
        flight.client = client
        answer = asyncio.create_task(self._answer(client, flight))
        ends: set[asyncio.Future[Any]] = {answer, flight.lost}
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            answer.cancel()
            if not flight.swept:
                await asyncio.shield(self._in_background(self._sweep(client, None, [flight])))
            raise
        finally:
            answer.cancel()
        return answer.result() if answer.done() else flight.lost.result()

    async def _answer(self, client: Client, flight: _Flight) -> SampleRun | Failure:
        """What a worker makes of it; another one, where the first dies."""
        packed = pickle.dumps(flight.task)
        deaths = 0
        while deaths < DEATHS:
            worker = await self._places.take()
            flight.sent, flight.begun = "", False
            try:
                return await self._ask(client, worker, flight, packed)
            except OSError as error:
                _log.info("the worker %s was lost: %s", worker, error)
                deaths += bool(flight.sent)
                self._forget(worker)
            finally:
                self._places.give_back(worker)
        message = f"every worker that had it died, the last one at {flight.sent}"
        return Failure("WorkerDiedError", message, passing=True)

    async def _ask(self, client: Client, worker: str, flight: _Flight, packed: bytes) -> SampleRun | Failure:
        """
        Raises:
            OSError: it is not there, or not any more.
        """
        now = asyncio.get_running_loop().time
        comm = await client.rpc.connect(worker, timeout=self._patience.connect)
        try:
            flight.sent, flight.comm, flight.due = worker, comm, now() + self._patience.queue
            await comm.write({"op": SOLVE, "coordinator": quod_version(), "packed": packed})
            said = await comm.read()
            if said == BEGUN:
                flight.due, flight.begun = now() + deadline_seconds(flight.task) + self._patience.overdue, True
                said = await comm.read()
        except BaseException:
            comm.abort()  # what it says later is no answer to somebody else
            raise
        finally:
            flight.comm = None
            client.rpc.reuse(worker, comm)
        if not isinstance(said, bytes):
            _log.error("a sample failed on the worker %s outside of its work: %s", worker, said)
            return Failure("WorkerFaultError", f"it failed on the worker {worker}, whose log says why", passing=True)
        run: SampleRun = pickle.loads(said)  # noqa: S301  # what goes between Dask's processes is pickled
        return run

    # Ending samples

    async def _end(self, evaluation_id: str | None, chosen: Callable[[_Flight], bool]) -> None:
        """End the chosen samples, and those of the evaluation that somebody else left on the workers."""
        ending = {solving: flight for solving, flight in self._flights.items() if chosen(flight)}
        for solving, flight in ending.items():
            flight.swept = True
            solving.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        if (client := self._client()) is not None and (ending or evaluation_id is not None):
            await self._sweep(client, evaluation_id, ending.values())

    async def _sweep(self, client: Client, evaluation_id: str | None, flights: Collection[_Flight]) -> None:
        """End them on the workers, and wait for that."""
        try:
            async with asyncio.timeout(self._patience.silent):
                workers = set(await self._workers(client))
        except Exception as error:  # noqa: BLE001  # no scheduler: its workers end by themselves
            self._leave(client, f"{type(error).__name__}: {error}")
            return
        if evaluation_id is None:
            workers &= {flight.sent for flight in flights}
        traces = [flight.task.trace_id for flight in flights]
        await asyncio.gather(*(self._end_at(client, worker, evaluation_id, traces) for worker in workers))

    async def _end_at(self, client: Client, worker: str, evaluation_id: str | None, traces: Collection[str]) -> None:
        """A worker that does not answer is restarted: its samples and their solvers end with it."""
        try:
            async with asyncio.timeout(self._patience.answer):
                await client.run(end_samples, evaluation_id, traces, workers=[worker])
        except TimeoutError:
            await self._restart(client, worker)
        except Exception as error:  # noqa: BLE001  # it is gone meanwhile
            _log.info("the worker %s could not be told to end samples: %s", worker, error)

    async def _restart(self, client: Client, worker: str) -> None:
        _log.warning("the worker %s does not answer and is restarted", worker)
        try:
            async with asyncio.timeout(self._patience.restart):
                await client.scheduler.restart_workers(
                    workers=[worker],
                    timeout=self._patience.restart,
                    wait_for_workers=False,
                    on_error="return",
                    stimulus_id=f"quod-{ULID()}",
                )
        except Exception as error:  # noqa: BLE001  # its time to live, which the scheduler looks after, is left
            _log.warning("the worker %s could not be restarted: %s", worker, error)

    # The connection

    def _client(self) -> Client | None:
        connecting = self._connecting
        if connecting is None or not connecting.done() or connecting.cancelled() or connecting.exception() is not None:
            return None
        return connecting.result()

    async def _connected(self) -> Client:
        """All that wait share one try. The first one after a failure waits a little longer each time.

        A client that lost its scheduler connects to the next one at the same address by itself, where nobody knows what
        it asked of the last one, so it is left at once.
        """
        if (client := self._client()) is not None and client.status != "running":
            self._leave(client, f"its connection is {client.status}")
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect())
        connecting = self._connecting
        try:
            return await asyncio.shield(connecting)
        except Exception:
            if self._connecting is connecting:
                self._connecting = None
            raise

    async def _connect(self) -> Client:
        await asyncio.sleep(self._pause)
        self._pause = min(max(2 * self._pause, 0.5), self._patience.retry_most)
        client = await Client(
            self._address,
            asynchronous=True,
            set_as_default=False,
            timeout=self._patience.connect,
            name="quod",
            connection_limit=_CONNECTIONS,
        )
        self._pause = 0.0
        self._watching = asyncio.create_task(self._watch(client, client.scheduler_info()["id"]))
        return client

    def _leave(self, client: Client, why: str) -> None:
        """Have no more to do with it; what it has under way is lost."""
        if client is not self._client():
            return
        if not self._closed:
            _log.warning("leaving the scheduler at %s: %s", self._address, why)
        self._connecting = None
        if self._watching is not None and self._watching is not asyncio.current_task():
            self._watching.cancel()
        for worker in list(self._opening):
            self._forget(worker)
        self._lose(client, "SchedulerLostError", f"the scheduler at {self._address} went away: {why}")
        self._in_background(self._close(client))

    async def _close(self, client: Client) -> None:
        try:
            async with asyncio.timeout(self._patience.connect):
                await client.close()
        except Exception as error:  # noqa: BLE001  # there may be nobody to say farewell to
            _log.info("the client of %s did not close: %s", self._address, error)

    def _lose(self, client: Client, kind: str, message: str) -> None:
        for flight in self._flights.values():
            if flight.client is client and not flight.lost.done():
                flight.lost.set_result(Failure(kind, message, passing=True))

    # Looking after it

    async def _watch(self, client: Client, scheduler: str) -> None:
        """`scheduler`: the id of the one that it connected to."""
        loop = asyncio.get_running_loop()
        seen = loop.time()
        while True:
            try:
                async with asyncio.timeout(self._patience.silent):
                    identity = await client.scheduler.identity(n_workers=-1)
            except Exception as error:  # noqa: BLE001  # whatever it is, this connection is of no use
                self._leave(client, f"it does not answer ({type(error).__name__}: {error})")
                return
            if identity["id"] != scheduler:
                self._leave(client, "another one has taken its place")
                return
            workers = identity["workers"]
            self._look_at(client, {name: worker["nthreads"] for name, worker in workers.items()})
            if self._places:
                seen = loop.time()
            elif loop.time() - seen > self._patience.workers:
                none = "has no worker: start `dask worker`"
                what = f"has {len(workers)} workers, and none that takes samples: the log says why" if workers else none
                self._lose(client, "NoWorkerError", f"the cluster at {self._address} {what}")
            self._end_overdue(client, loop.time())
            await asyncio.sleep(self._patience.look)

    def _look_at(self, client: Client, threads: Mapping[str, int]) -> None:
        """`threads`: of each worker that is there."""
        for worker in self._opening.keys() - threads.keys():
            self._forget(worker)
        for worker in threads.keys() - self._opening.keys():
            self._opening[worker] = opening = asyncio.create_task(self._open(client, worker))
            opening.add_done_callback(lambda _: self._offer())
        for flight in self._flights.values():
            if flight.client is client and flight.comm is not None and flight.sent not in threads:
                flight.comm.abort()
        self._threads = threads
        self._offer()

    async def _open(self, client: Client, worker: str) -> None:
        """Have it take samples."""
        while True:
            try:
                async with asyncio.timeout(self._patience.answer):
                    await client.run(open_station, workers=[worker])
                    # Samples go there directly, and not everybody whom the scheduler reaches can be reached from here.
                    client.rpc.reuse(worker, await client.rpc.connect(worker))
                return
            except Exception as error:  # noqa: BLE001  # it may be gone, or have no Quod, or another one
                _log.warning("the worker %s takes no samples: %s: %s", worker, type(error).__name__, error)
            await asyncio.sleep(self._patience.retry_most)

    def _forget(self, worker: str) -> None:
        """It gets nothing more, unless it is found there again."""
        if (opening := self._opening.pop(worker, None)) is not None:
            opening.cancel()
        self._offer()

    def _offer(self) -> None:
        opened = {worker for worker, opening in self._opening.items() if opening.done() and not opening.cancelled()}
        self._places.offer({worker: places for worker, places in self._threads.items() if worker in opened})

    async def _workers(self, client: Client) -> list[str]:
        identity = await client.scheduler.identity(n_workers=-1)
        return list(identity["workers"])

    def _end_overdue(self, client: Client, now: float) -> None:
        for flight in list(self._flights.values()):
            if flight.client is client and flight.due < now and not flight.lost.done():
                where = f"the worker {flight.sent}" if flight.begun else "the cluster, where it never began,"
                failure = Failure("OverdueError", f"{where} did not bring it to its end in time", passing=True)
                flight.lost.set_result(failure)
                if flight.begun:
                    self._in_background(self._end_at(client, flight.sent, None, [flight.task.trace_id]))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task
