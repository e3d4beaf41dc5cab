"""Solves samples in one process: its language models and one solver runtime, opened when they are needed.

Covered: whatever the work on a sample raises is a `Failure`, and it ends at a deadline, its solvers with it. What a
sample loses because the language model's server fails is a failure that passes, also where its verdict hides that.
Not covered: how many are under way, and what is recorded. A station knows no database and no gold answer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, fields
from types import TracebackType
from typing import TypeVar

from app.errors import LmError, LmUnavailableError, QuodError, StoreUnavailableError
from app.evaluation.baseline import baseline_request, require_baseline
from app.evaluation.engine import Failure, SampleRun, SampleTask
from app.lm.cache import CachedLM, CompletionCache
from app.lm.types import Completion, LanguageModel, LmIdentity, LmRequest
from app.parts import open_lm, quod_version, runtime_config, versions_of_engines
from app.reasoning.certify import CheckConfig
from app.reasoning.events import Event
from app.reasoning.pipeline import solve_problem
from app.reasoning.types import OnRepeat
from app.settings import Settings
from solvers.errors import (
    EngineMissingError,
    RuntimeClosedError,
    SandboxUnavailableError,
    SolverError,
    WorkerCrashedError,
)
from solvers.runtime import EngineHealth, Runtime
from solvers.types import Engine, Job, Layers, Limits, Run

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

MARGIN_SECONDS = 20.0
"""After its budget a sample has this long for what it owes: the end of a check, the record of its verdict."""

OPEN_SECONDS = 180.0
"""What engines and language model have to open. No sample pays for it."""


class DeadlineError(QuodError):
    """A sample went on beyond its deadline and was given up."""


class NotOpenedError(QuodError):
    """Engines or language model did not open in time."""


_PASSING = (
    LmUnavailableError,
    StoreUnavailableError,  # where completions are kept
    NotOpenedError,
    EngineMissingError,
    SandboxUnavailableError,
    RuntimeClosedError,
    WorkerCrashedError,
)
"""Faults of what surrounds a sample, or may be. Every other would come again."""


_troubles: ContextVar[list[LmError]] = ContextVar("troubles")
"""The failed tries of the sample under way, the one whose request it was."""


def deadline_seconds(task: SampleTask) -> float:
    """From the start of a sample to when it is given up; the baseline has a budget of its own."""
    return task.budget.seconds * (2 if task.baseline else 1) + MARGIN_SECONDS


class _Solvers:
    """The solvers for one sample. The work on it goes on where a run about its answer had no result, with less
    evidence; here such a sample is tried again, so that scores depend on nobody's kills.
    """

    def __init__(self, runtime: Runtime, turns: asyncio.Semaphore) -> None:
        self._runtime = runtime
        self._turns = turns
        self.crashed: WorkerCrashedError | None = None

    async def solve(self, job: Job, limits: Limits) -> Run:
        try:
            return await self._runtime.solve(job, limits, self._turns)
        except WorkerCrashedError as error:
            self.crashed = error
            raise


class Station:
    """Used from one event loop. Whoever makes one closes it; nothing that it opened is left then."""

    def __init__(
        self, settings: Settings, cache: CompletionCache | None = None, runtime: Runtime | None = None
    ) -> None:
        """Opens nothing yet.

        Args:
            cache: where completions are kept, if anywhere.
            runtime: one that outlives the station, whose engines are used instead of others. Programs of samples have
                turns of their own there, so nobody else waits behind them.
        """
        self._settings = settings
        self._cache = cache
        self._lms: dict[str, asyncio.Task[LanguageModel]] = {}
        self._runtime = runtime or Runtime(runtime_config(settings))
        self._owns_runtime = runtime is None
        self._turns = asyncio.Semaphore(settings.concurrency)
        self._engines: asyncio.Task[_Engines] | None = None

    async def __aenter__(self) -> "Station":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def solve(self, task: SampleTask, on_start: Callable[[], None] = lambda: None) -> SampleRun:
        """What came of `task`. It raises `asyncio.CancelledError` alone, when it is cancelled; its solvers end then.

        Args:
            on_start: called when all is open and `deadline_seconds` begin.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        events: list[Event] = []
        baseline: Completion | None = None
        failure: Failure | None = None
        sandbox: Mapping[str, bool] = {}
        try:
            if task.baseline:
                require_baseline(task.lm)
            late = NotOpenedError(f"engines and language model did not open within {OPEN_SECONDS:g} seconds")
            lm, engines = await _within(OPEN_SECONDS, self._opened(task.lm), late)
            sandbox = engines.sandbox
            if task.uncached and isinstance(lm, CachedLM):
                lm = lm.uncached
            on_start()
            began, seconds = loop.time(), deadline_seconds(task)
            late_itself = DeadlineError(f"it went on {seconds:g} seconds after its start and was given up")
            baseline = await _within(seconds, self._solved(task, lm, engines.versions, events), late_itself)
        except Exception as error:  # noqa: BLE001  # whatever it is, the other samples go on
            failure = _failure(task, error)
        return SampleRun(tuple(events), failure, baseline, loop.time() - began, sandbox)

    def open_engines(self) -> None:
        """Begin with it now, rather than with the first sample."""
        self._asked_engines()

    async def close(self) -> None:
        """End every program and engine, and close the language models."""
        opening = list(self._lms.values())
        self._lms.clear()
        if self._owns_runtime:
            await self._runtime.close()
        for lm in await asyncio.gather(*opening, return_exceptions=True):
            if not isinstance(lm, BaseException):
                await lm.close()
        if self._engines is not None:
            await asyncio.gather(self._engines, return_exceptions=True)

    async def _solved(
        self, task: SampleTask, lm: LanguageModel, engines: Mapping[str, str], events: list[Event]
    ) -> Completion | None:
        """Work on the problem, adding to `events`; then the reply without a solver, where it is asked for."""
        settings, solvers = self._settings, _Solvers(self._runtime, self._turns)
        asked = _Asked(lm)
        troubles: list[LmError] = []
        _troubles.set(troubles)

        async def record(event: Event) -> None:
            events.append(event)

        trace = await solve_problem(
            task.problem,
            lm=asked,
            solver=solvers,
            record=record,
            quod=quod_version(),
            engines=engines,
            budget=task.budget,
            limits=task.limits,
            on_repeat=OnRepeat(settings.on_repeat.value),
            sampling=task.sampling,
            assurance=task.assurance,
            checks=CheckConfig(settings.check_seconds, settings.proof_checker_cmd),
            trace_id=task.trace_id,
        )
        if solvers.crashed is not None:
            raise solvers.crashed
        seconds = task.budget.seconds
        if asked.unavailable is not None:  # for the second reading, without which there is a verdict all the same
            raise asked.unavailable
        if troubles and trace.spent.seconds >= seconds:
            raise LmUnavailableError(f"the budget of {seconds:g} seconds was spent while it failed: {troubles[-1]}")
        if not task.baseline:
            return None
        late = LmUnavailableError(f"no answer without a solver came within the budget of {seconds:g} seconds")
        return await _within(seconds, lm.complete(baseline_request(task.problem, task.sampling)), late)

    async def _opened(self, spec: str) -> tuple[LanguageModel, "_Engines"]:
        lm, engines = self._lm(spec), self._asked_engines()
        return await asyncio.shield(lm), await asyncio.shield(engines)

    def _lm(self, spec: str) -> asyncio.Task[LanguageModel]:
        """The language model `spec`. All that wait for it share one opening; one that failed is tried again."""
        opening = self._lms.get(spec)
        if opening is None or (opening.done() and opening.exception() is not None):
            opening = asyncio.create_task(asyncio.to_thread(open_lm, self._settings, spec, self._cache, _keep_trouble))
            self._lms[spec] = opening
        return opening

    def _asked_engines(self) -> "asyncio.Task[_Engines]":
        """Asked once, or again where an engine had no answer."""
        asked = self._engines
        if asked is None or (asked.done() and (asked.exception() is not None or not asked.result().complete)):
            asked = self._engines = asyncio.create_task(self._ask_engines())
        return asked

    async def _ask_engines(self) -> "_Engines":
        found = await self._runtime.health()
        return _Engines(versions_of_engines(found), _sandbox(list(found.values())))


@dataclass(frozen=True, slots=True)
class _Engines:
    """What they say of themselves: `sandbox` as `SampleRun` has it."""

    versions: Mapping[str, str]
    sandbox: Mapping[str, bool]

    @property
    def complete(self) -> bool:
        return len(self.versions) == len(Engine)


def _sandbox(engines: Sequence[EngineHealth]) -> dict[str, bool]:
    known = [engine.layers for engine in engines if engine.layers is not None]
    names = [field.name for field in fields(Layers)] if known else []
    return {name: all(getattr(layers, name) for layers in known) for name in names}


class _Asked:
    """A language model as one sample asks it.

    `unavailable`: why the last completion did not come, where it was the server's fault.
    """

    def __init__(self, lm: LanguageModel) -> None:
        self._lm = lm
        self.unavailable: LmUnavailableError | None = None

    @property
    def identity(self) -> LmIdentity:
        return self._lm.identity

    async def complete(self, request: LmRequest) -> Completion:
        self.unavailable = None
        try:
            return await self._lm.complete(request)
        except LmUnavailableError as error:
            self.unavailable = error
            raise

    async def close(self) -> None:
        """Whoever opened it closes it."""


def _keep_trouble(error: LmError) -> None:
    if (troubles := _troubles.get(None)) is not None:
        troubles.append(error)


async def _within(seconds: float, work: Awaitable[_T], late: Exception) -> _T:
    """What `work` gives; raises `late` where it takes longer, after it was cancelled."""
    scope = asyncio.timeout(seconds)
    try:
        async with scope:
            return await work
    except TimeoutError:
        if not scope.expired():
            raise
        raise late from None


def _failure(task: SampleTask, error: Exception) -> Failure:
    if not isinstance(error, QuodError | SolverError):
        _log.exception("%s: a fault of ours", task.key)
    return Failure(type(error).__name__, str(error), passing=isinstance(error, _PASSING))
