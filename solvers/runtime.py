"""Runs programs: bounded, in turn, each in a child of its own, with one fork server per engine that is replaced when
it fails.

Covered: concurrency and fairness, limits, cancellation, repetition after a fault of ours.
Not covered: several machines; one `Runtime` belongs to one event loop.
"""

import asyncio
import logging
import math
import os
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from types import TracebackType

from solvers.ending import Execution, KilledByOthersError, ending_of
from solvers.engine_process import EngineProcess, RunFailedError, RunOrder
from solvers.errors import (
    InvalidLimitsError,
    RuntimeClosedError,
    SandboxUnavailableError,
    SolverError,
    UnsupportedLanguageError,
    WorkerCrashedError,
)
from solvers.logical import judge
from solvers.types import Ending, Engine, Finished, Job, Language, Layers, Limits, Program, Run, Usage
from solvers.wire import encode_job

_log = logging.getLogger(__name__)

_GRACE_SECONDS = 0.8
"""How long after its wall-clock limit a run is answered at the latest, whatever became of the fork server."""

_LARGEST = 10**9
"""No limit goes beyond this.

A thousand million seconds or MiB is nobody's intention, and the kernel's numbers have an end.
"""

_ENGINES = {
    Engine.PROLOG: "solvers.prolog.worker",
    Engine.SMT: "solvers.smt.worker",
    Engine.CVC5: "solvers.cvc5.worker",
}

_PROBES = {
    Engine.PROLOG: Job(Program(Language.PROLOG, ""), query="true"),
    Engine.SMT: Job(Program(Language.SMT, "(check-sat)")),
    Engine.CVC5: Job(Program(Language.SMT, "(check-sat)"), engine=Engine.CVC5),
}


@dataclass(frozen=True, slots=True)
class RuntimeConfig:
    """How programs are run.

    Args:
        concurrency: programs that run at the same time, of all languages together.
        layers: what shall stand between a program and the machine. What the kernel does not offer is left out and
            reported with each run.
        allow_open: run even where files, processes or network stay open. For programs that are all trusted, and for
            tests.
        fork_server_timeout: seconds an engine may take to load.
        engines: module that serves each engine; its `__main__` calls `solvers.forkserver.serve`.
    """

    concurrency: int = field(default_factory=lambda: os.cpu_count() or 1)
    layers: Layers = field(default_factory=Layers)
    allow_open: bool = False
    fork_server_timeout: float = 60.0
    engines: Mapping[Engine, str] = field(default_factory=lambda: dict(_ENGINES))


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """Of one engine: its version, the layers its children have, the seconds a trivial program took; or the error.

    `pid` is that of its fork server at the time.
    """

    version: str | None = None
    layers: Layers | None = None
    seconds: float | None = None
    error: str | None = None
    pid: int | None = None


class Runtime:
    """Runs programs under limits. Use it with `async with`, in one event loop."""

    def __init__(self, config: RuntimeConfig | None = None) -> None:
        self.config = config or RuntimeConfig()
        if self.config.concurrency < 1:
            raise ValueError(f"concurrency must be at least 1, not {self.config.concurrency}")
        self._slots = asyncio.Semaphore(self.config.concurrency)
        self._engines: dict[Engine, asyncio.Task[EngineProcess]] = {}
        self._discarded: set[asyncio.Task[None]] = set()
        self._closed = False

    async def __aenter__(self) -> "Runtime":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def solve(
        self,
        job: Job,
        limits: Limits = Limits(),  # noqa: B008  # frozen
        turns: asyncio.Semaphore | None = None,
    ) -> Run:
        """Run one program. Waits for its turn; cancelling ends it at once, waiting or running.

        Args:
            turns: of somebody who has turns of his own on the same engines; None: those of `concurrency`.

        Returns:
            The run. A faulty, hostile or endless program is a value: `Rejected` or `Stopped`. The wall clock starts
            with the program's process, and the answer comes at most a second after its limit.

        Raises:
            InvalidLimitsError: a limit is no positive number.
            UnsupportedLanguageError, EngineMissingError, SandboxUnavailableError: this machine cannot run it.
            WorkerCrashedError: the fork server failed twice on it, or its process was killed by others.
            EngineFaultError, ProtocolError: a fault of ours that only this program meets.
            RuntimeClosedError: the runtime is closed, or was while this ran.
        """
        self._check_open()
        check_limits(limits)
        name = job.engine or Engine(job.program.language.value)
        if name not in self.config.engines:
            raise UnsupportedLanguageError(name)
        encoded = encode_job(job)
        async with turns or self._slots:
            engine, execution, ending = await self._execute(name, job.program.language, encoded, limits)
        if isinstance(ending, Finished):
            ending = replace(ending, diagnostics=ending.diagnostics + judge(job, ending.outcome))
        return Run(
            ending=ending,
            output=execution.output.decode(errors="replace"),
            usage=Usage(execution.wall_seconds, execution.cpu_seconds, execution.peak_memory_mib),
            sandbox=engine.ready.layers,
        )

    async def solve_many(
        self,
        jobs: Iterable[Job],
        limits: Limits = Limits(),  # noqa: B008  # frozen
    ) -> AsyncIterator[tuple[int, Run | SolverError]]:
        """Run many programs; yields each one's place in `jobs` with its run, or the error that `solve` raised, as
        they end.

        Never more than `concurrency` of them wait for a turn, so a single `solve` beside a long list is served soon.
        Closing the iterator ends what runs.
        """
        numbered = enumerate(jobs)
        ended: asyncio.Queue[tuple[int, Run | SolverError] | BaseException | None] = asyncio.Queue()

        async def work() -> None:
            try:
                for index, job in numbered:
                    try:
                        ended.put_nowait((index, await self.solve(job, limits)))
                    except SolverError as error:
                        ended.put_nowait((index, error))
                ended.put_nowait(None)
            except Exception as error:  # noqa: BLE001  # whoever iterates shall see it
                ended.put_nowait(error)

        workers = [asyncio.create_task(work()) for _ in range(self.config.concurrency)]
        try:
            at_work = len(workers)
            while at_work:
                item = await ended.get()
                if item is None:
                    at_work -= 1
                elif isinstance(item, BaseException):
                    raise item
                else:
                    yield item
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def health(self) -> dict[Engine, EngineHealth]:
        """Whether each engine answers, found out by running a trivial program.

        Starts engines that were not needed so far.
        """
        engines = list(self.config.engines)
        found = await asyncio.gather(*(self._examine(name) for name in engines))
        return dict(zip(engines, found, strict=True))

    async def close(self) -> None:
        """End every program and engine; what still waits raises `RuntimeClosedError`. No process is left."""
        self._closed = True
        engines = list(self._engines.values())
        self._engines.clear()
        for engine in engines:
            loaded = _loaded(engine)
            if loaded is not None:
                self._end(loaded)
            else:
                engine.cancel()
        await asyncio.gather(*engines, *self._discarded, return_exceptions=True)

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeClosedError

    async def _execute(
        self, name: Engine, language: Language, job: bytes, limits: Limits
    ) -> tuple[EngineProcess, Execution, Ending]:
        """Run the job, and once more if the fork server fails or somebody kills the program's process."""
        failures: list[str] = []
        deadline = 0.0
        while len(failures) < 2:
            engine: EngineProcess | None = None
            try:
                engine = await self._engine(name)
                deadline = deadline or time.monotonic() + limits.wall_seconds + _GRACE_SECONDS
                execution = await engine.run(RunOrder(job, limits, deadline, repeated=bool(failures)))
                return engine, execution, ending_of(language, execution)
            except KilledByOthersError:
                failures.append("somebody killed its process")
            except RunFailedError as failure:
                self._check_open()
                failures.append(failure.detail)
                if engine is not None and not failure.sound:
                    self._discard(name, engine)
            _log.warning("%s: a run failed: %s", name, failures[-1])
        raise WorkerCrashedError(name, "; then: ".join(failures))

    async def _engine(self, name: Engine) -> EngineProcess:
        """The fork server of `name`, started if there is none. All that wait for it share one start.

        Raises:
            RunFailedError: somebody killed it while it was starting.
        """
        self._check_open()
        starting = self._engines.get(name)
        if starting is not None and starting.done():
            loaded = _loaded(starting)
            if loaded is None:
                starting = None
            elif loaded.lost is not None:
                self._end(loaded)
                starting = None
        if starting is None:
            starting = asyncio.create_task(self._start(name))
            self._engines[name] = starting
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            if self._closed and starting.cancelled():
                raise RuntimeClosedError from None
            raise

    async def _start(self, name: Engine) -> EngineProcess:
        config = self.config
        engine = await EngineProcess.start(name, config.engines[name], config.layers, config.fork_server_timeout)
        if engine.ready.open and not config.allow_open:
            await engine.close()
            raise SandboxUnavailableError(engine.ready.open)
        return engine

    def _discard(self, name: Engine, engine: EngineProcess) -> None:
        current = self._engines.get(name)
        if _loaded(current) is engine:
            del self._engines[name]
        self._end(engine)

    def _end(self, engine: EngineProcess) -> None:
        """Close `engine` without waiting for it; `close` waits."""
        closing = asyncio.create_task(engine.close())
        self._discarded.add(closing)
        closing.add_done_callback(self._discarded.discard)

    async def _examine(self, name: Engine) -> EngineHealth:
        try:
            run = await self.solve(_PROBES[name])
            engine = await self._engine(name)
        except (SolverError, RunFailedError) as error:
            return EngineHealth(error=str(error))
        if not isinstance(run.ending, Finished):
            what = f"a trivial program ended with {run.ending}"
            return EngineHealth(engine.ready.version, run.sandbox, error=what, pid=engine.pid)
        return EngineHealth(engine.ready.version, run.sandbox, seconds=run.usage.wall_seconds, pid=engine.pid)


def _loaded(starting: asyncio.Task[EngineProcess] | None) -> EngineProcess | None:
    """The fork server, if its start has ended and ended well."""
    if starting is None or not starting.done() or starting.cancelled() or starting.exception() is not None:
        return None
    return starting.result()


def check_limits(limits: Limits) -> None:
    """Raises `InvalidLimitsError` for the first limit that is not what a limit can be."""
    for one in fields(limits):
        value = getattr(limits, one.name)
        whole = one.type is int
        number = isinstance(value, int) if whole else isinstance(value, int | float)
        if not number or isinstance(value, bool) or not math.isfinite(value) or not 0 < value <= _LARGEST:
            wanted = f"a {'whole' if whole else 'finite'} number above 0, {_LARGEST} at most"
            raise InvalidLimitsError(one.name, value, wanted)
