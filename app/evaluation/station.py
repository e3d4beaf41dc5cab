"""Solves samples in one process: its language models and one solver runtime, opened when they are needed.

Covered: whatever the work on a sample raises is a `Failure`, and it ends at a deadline, its solvers with it.
Not covered: how many are under way, and what is recorded. A station knows no database and no gold answer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import TypeVar

from app.errors import LmUnavailableError, QuodError
from app.evaluation.baseline import baseline_request, require_baseline
from app.evaluation.engine import Failure, SampleRun, SampleTask
from app.lm.cache import CompletionCache
from app.lm.types import Completion, LanguageModel
from app.parts import open_lm, quod_version, runtime_config, versions_of_engines
from app.reasoning.certify import CheckConfig
from app.reasoning.events import Event
from app.reasoning.pipeline import solve_problem
from app.reasoning.types import OnRepeat
from app.settings import Settings
from solvers.errors import EngineMissingError, RuntimeClosedError, SandboxUnavailableError, SolverError
from solvers.runtime import Runtime
from solvers.types import Engine

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


_PASSING = (LmUnavailableError, NotOpenedError, EngineMissingError, SandboxUnavailableError, RuntimeClosedError)
"""Faults of what surrounds a sample. Every other would come again."""


def deadline_seconds(task: SampleTask) -> float:
    """From the start of a sample to when it is given up; the baseline has a budget of its own."""
    return task.budget.seconds * (2 if task.baseline else 1) + MARGIN_SECONDS


class Station:
    """Used from one event loop. Whoever makes one closes it; nothing that it opened is left then."""

    def __init__(self, settings: Settings, cache: CompletionCache | None = None) -> None:
        """Opens nothing yet. `cache`: where completions are kept, if anywhere."""
        self._settings = settings
        self._cache = cache
        self._lms: dict[str, asyncio.Task[LanguageModel]] = {}
        self._runtime = Runtime(runtime_config(settings))
        self._engines: asyncio.Task[Mapping[str, str]] | None = None

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
        try:
            if task.baseline:
                require_baseline(task.lm)
            late = NotOpenedError(f"engines and language model did not open within {OPEN_SECONDS:g} seconds")
            lm, engines = await _within(OPEN_SECONDS, self._opened(task.lm), late)
            on_start()
            began, seconds = loop.time(), deadline_seconds(task)
            late_itself = DeadlineError(f"it went on {seconds:g} seconds after its start and was given up")
            baseline = await _within(seconds, self._solved(task, lm, engines, events), late_itself)
        except Exception as error:  # noqa: BLE001  # whatever it is, the other samples go on
            failure = _failure(task, error)
        return SampleRun(tuple(events), failure, baseline, loop.time() - began)

    async def close(self) -> None:
        """End every program and engine, and close the language models."""
        opening = list(self._lms.values())
        self._lms.clear()
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
        settings = self._settings

        async def record(event: Event) -> None:
            events.append(event)

        await solve_problem(
            task.problem,
            lm=lm,
            solver=self._runtime,
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
        if not task.baseline:
            return None
        seconds = task.budget.seconds
        late = LmUnavailableError(f"no answer without a solver came within the budget of {seconds:g} seconds")
        return await _within(seconds, lm.complete(baseline_request(task.problem, task.sampling)), late)

    async def _opened(self, spec: str) -> tuple[LanguageModel, Mapping[str, str]]:
        return await self._lm(spec), await self._versions_of_engines()

    async def _lm(self, spec: str) -> LanguageModel:
        """The language model `spec`. All that wait for it share one opening; one that failed is tried again."""
        opening = self._lms.get(spec)
        if opening is None or (opening.done() and opening.exception() is not None):
            opening = asyncio.create_task(asyncio.to_thread(open_lm, self._settings, spec, self._cache))
            self._lms[spec] = opening
        return await asyncio.shield(opening)

    async def _versions_of_engines(self) -> Mapping[str, str]:
        """Asked once, or again where an engine had no answer."""
        asked = self._engines
        if asked is None or (asked.done() and (asked.exception() is not None or len(asked.result()) < len(Engine))):
            asked = self._engines = asyncio.create_task(self._ask_engines())
        return await asyncio.shield(asked)

    async def _ask_engines(self) -> Mapping[str, str]:
        return versions_of_engines(await self._runtime.health())


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
