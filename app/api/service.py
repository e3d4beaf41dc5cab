"""Puts the parts together for one process: settings go in, problems and programs are worked on, traces come out.

HTTP and the command line both work through a `Service`. Nothing here knows about requests or terminals.
"""

import asyncio
import importlib.metadata
import platform
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import structlog

from app.api.bodies import (
    BudgetBounds,
    BudgetRead,
    CertificatesRead,
    EngineRead,
    EvidenceRead,
    InfoRead,
    LimitBounds,
    LimitsRead,
    LmRead,
    ProblemRead,
    PromptRead,
    ReadyRead,
    ReplayRead,
    SizesRead,
    TraceRead,
    TraceStatus,
    VerdictRead,
)
from app.api.limits import TooBusyError
from app.api.replay import replay_trace
from app.api.runtime import engines_read
from app.errors import LmError, NoRecordedCompletionError, QuodError, StoreError, TraceNotFoundError
from app.lm.embedded import EmbeddedLM
from app.lm.types import LanguageModel, Sampling
from app.parts import open_lm, open_runtime, quod_version, versions_of_engines
from app.reasoning.calibration import CalibrationTable, load_calibration
from app.reasoning.certify import NOT_COVERED, CheckConfig, certificates_of_trace
from app.reasoning.events import AttemptEnded, Event
from app.reasoning.formalise import formalisation_prompts
from app.reasoning.pipeline import new_trace_id, solve_problem
from app.reasoning.recheck import Recheck, recheck
from app.reasoning.repair import repair_prompt
from app.reasoning.types import Assurance, Budget, OnRepeat, Problem, Trace, VerdictKind
from app.settings import Settings, without_password
from app.store.calibrating import MeasuredRungs
from app.store.completions import SqlCompletionCache
from app.store.idempotency import IdempotencyStore
from app.store.session import Database
from app.store.traces import INTERRUPTED, TraceStore
from solvers.certificates import certificate_to_json
from solvers.errors import SolverError
from solvers.runtime import Runtime
from solvers.types import Engine, Job, Limits, Run

if TYPE_CHECKING:
    # A command line has none, and starts sooner without its library.
    from app.api.meters import Meters

log = structlog.get_logger("quod.service")

SAMPLES = "recorded:"
"""A language model that knows the recorded samples alone."""

HEALTH_SECONDS = 5.0
"""How long a question after the engines' health waits for its turn behind programs."""

KEPT_FAILURES = 10_000
"""How many background failures without a trace in the database are remembered."""


@dataclass(frozen=True, slots=True)
class Work:
    """A problem with what it may use, the evidence it needs, and the id that its trace will have."""

    problem: Problem
    limits: Limits
    budget: Budget
    assurance: Assurance
    trace_id: str
    created_at: datetime


class Service:
    """The parts of one process. Made by `open_service`; used from one event loop."""

    def __init__(
        self,
        settings: Settings,
        runtime: Runtime,
        lm: LanguageModel,
        database: Database,
        engines: Mapping[Engine, EngineRead],
        meters: "Meters | None" = None,
    ) -> None:
        self.settings = settings
        self._meters = meters
        self.runtime = runtime
        self.lm = lm
        self.database = database
        self.traces = TraceStore(database)
        self.keys = IdempotencyStore(database)
        self._calibrated = load_calibration(settings.calibration)
        self._measured = MeasuredRungs(database)
        self.calibration = self._calibrated
        self._checking = asyncio.Semaphore(1)
        """A check is Python at work in this process: one of a stranger's at a time."""
        self._engines = dict(engines)
        self._under_way: dict[str, Work] = {}
        self._solving: set[asyncio.Task[Any]] = set()
        self._later: dict[str, asyncio.Task[None]] = {}
        self._later_slots = asyncio.Semaphore(settings.background_concurrency)
        self._failed: OrderedDict[str, tuple[Work, str]] = OrderedDict()

    def prepare(self, problem: Problem, limits: Limits, budget: Budget, assurance: Assurance) -> Work:
        return Work(problem, limits, budget, assurance, new_trace_id(), datetime.now(UTC))

    def trace_read(self, trace: Trace, status: TraceStatus = TraceStatus.FINISHED) -> TraceRead:
        """The trace as it is shown, with how often its trust was right so far."""
        return TraceRead.of(trace, status, self.calibration)

    async def calibrate(self) -> None:
        """Take what the completed evaluations of the database say of each rung of trust, beside what the settings name.

        A set that is in the table of the settings already is not counted twice. Where the database does not answer,
        what was known before stays.
        """
        try:
            measured = await asyncio.to_thread(self._measured.entries)
        except StoreError as error:
            log.warning("completed evaluations cannot be read for calibration", detail=str(error))
            return
        given = {(entry.set, entry.lm, entry.trust_rule) for entry in self._calibrated.entries}
        further = [entry for entry in measured if (entry.set, entry.lm, entry.trust_rule) not in given]
        self.calibration = CalibrationTable((*self._calibrated.entries, *further))

    async def recheck(self, body: object) -> Recheck:
        """What the checkers make of a trace or a certificate from anywhere.

        Raises:
            NotATraceError: it is neither.
        """
        async with self._checking:
            return await asyncio.to_thread(recheck, body, self.settings.check_seconds)

    async def solve(self, work: Work, listener: Callable[[Event], None] | None = None) -> Trace:
        """The trace of `work`, recorded as it comes; `listener` hears each event after it was recorded.

        Raises:
            LmError, SolverError, PromptError: what was done until then is recorded, with the reason for its verdict.
            StoreError: the database does not take the trace.
            ProblemError: the text is none. Nothing is recorded.
        """

        attempted = False

        async def record(event: Event) -> None:
            nonlocal attempted
            attempted = attempted or isinstance(event, AttemptEnded)
            await self.traces.record_in_thread(event)
            if self._meters is not None:
                self._meters.happened(event)
            if listener is not None:
                listener(event)

        task = asyncio.current_task()
        assert task is not None
        self._solving.add(task)
        self._under_way[work.trace_id] = work
        try:
            return await solve_problem(
                work.problem,
                lm=self.lm,
                solver=self.runtime,
                record=record,
                quod=quod_version(),
                engines=self._versions_of_engines(),
                budget=work.budget,
                limits=work.limits,
                on_repeat=OnRepeat(self.settings.on_repeat.value),
                sampling=Sampling(temperature=self.settings.lm_temperature, max_tokens=self.settings.lm_max_tokens),
                assurance=work.assurance,
                checks=CheckConfig(self.settings.check_seconds, self.settings.proof_checker_cmd),
                trace_id=work.trace_id,
            )
        except LmError as error:
            if self._meters is not None:
                self._meters.lm_failed(error)
            raise self._told(error, attempted) from error
        finally:
            self._under_way.pop(work.trace_id, None)
            self._solving.discard(task)

    def solve_later(self, work: Work) -> asyncio.Task[None]:
        """Start on `work` in the background, as soon as a place is free. Its task never raises; the trace tells.

        Raises:
            TooBusyError: too many wait already.
        """
        waiting = len(self._later)
        if waiting >= self.settings.background_concurrency + self.settings.background_queue:
            raise TooBusyError(waiting)
        self._under_way[work.trace_id] = work
        task = asyncio.create_task(self._solve_in_turn(work), name=work.trace_id)
        self._later[work.trace_id] = task
        task.add_done_callback(lambda _: self._later.pop(work.trace_id, None))
        return task

    async def _solve_in_turn(self, work: Work) -> None:
        structlog.contextvars.bind_contextvars(trace_id=work.trace_id)
        try:
            async with self._later_slots:
                await self.solve(work)
        except (QuodError, SolverError) as error:
            log.error("background work failed", error=type(error).__name__)
            self._remember_failure(work, str(error))
        except Exception as error:  # a fault of ours; a background task has nobody else to tell
            log.exception("background work failed", error=type(error).__name__)
            self._remember_failure(work, "an error of this service; its log has it under the trace's id")
        finally:
            self._under_way.pop(work.trace_id, None)

    def _remember_failure(self, work: Work, reason: str) -> None:
        self._failed[work.trace_id] = (work, reason)
        while len(self._failed) > KEPT_FAILURES:
            self._failed.popitem(last=False)

    async def wait(self, task: asyncio.Task[None], seconds: float) -> None:
        """Until `task` ends, but no longer than `seconds`."""
        if seconds > 0:
            await asyncio.wait({task}, timeout=seconds)

    async def read(self, trace_id: str) -> TraceRead:
        """The trace as far as it has come, with whether it goes on.

        Raises:
            TraceNotFoundError: there is none.
        """
        # Asked before the database: work that ends in between is then read again as "running", never as "interrupted".
        work = self._under_way.get(trace_id)
        try:
            trace = await asyncio.to_thread(self.traces.get, trace_id)
        except TraceNotFoundError:
            if work is not None:
                return _without_row(work, TraceStatus.RUNNING, "waits for its turn")
            if trace_id in self._failed:
                failed, reason = self._failed[trace_id]
                return _without_row(failed, TraceStatus.INTERRUPTED, reason)
            raise
        if trace.verdict != INTERRUPTED:
            return self.trace_read(trace)
        if work is not None:
            running = replace(trace, verdict=replace(INTERRUPTED, reason="is being worked on"))
            return self.trace_read(running, TraceStatus.RUNNING)
        return self.trace_read(trace, TraceStatus.INTERRUPTED)

    async def certificates(self, trace_id: str) -> CertificatesRead:
        """The certificates that the verdict of a trace rests on.

        Raises:
            TraceNotFoundError: there is none.
        """
        trace = await asyncio.to_thread(self.traces.get, trace_id)
        found = certificates_of_trace(trace)
        return CertificatesRead(
            id=trace_id,
            certificates={name: certificate_to_json(each) for name, each in found.items()},
            does_not_cover=NOT_COVERED,
        )

    async def execute(self, jobs: Sequence[tuple[Job, Limits]]) -> list[Run | SolverError]:
        """The runs of `jobs` in their order; never more than a few wait at a time, so that others get their turn."""
        results: dict[int, Run | SolverError] = {}
        async with aclosing(self._execute_as_they_end(jobs)) as ended:
            async for index, result in ended:
                results[index] = result
                self._ran(jobs[index][0], result)
        return [results[index] for index in range(len(jobs))]

    async def execute_one(self, job: Job, limits: Limits) -> Run:
        """
        Raises:
            SolverError: it could not be run.
        """
        try:
            run = await self.runtime.solve(job, limits)
        except SolverError as error:
            self._ran(job, error)
            raise
        self._ran(job, run)
        return run

    def _ran(self, job: Job, result: Run | SolverError) -> None:
        if self._meters is not None:
            self._meters.ran(job.engine or Engine(job.program.language.value), result)

    async def _execute_as_they_end(
        self, jobs: Sequence[tuple[Job, Limits]]
    ) -> AsyncGenerator[tuple[int, Run | SolverError], None]:
        """Each run with its place in `jobs`, as it ends."""
        by_limits: dict[Limits, list[int]] = {}
        for index, (_, limits) in enumerate(jobs):
            by_limits.setdefault(limits, []).append(index)
        for limits, places in by_limits.items():
            # An async generator, which ends what it has under way when it is closed.
            many = cast(
                AsyncGenerator[tuple[int, Run | SolverError], None],
                self.runtime.solve_many([jobs[place][0] for place in places], limits),
            )
            async with aclosing(many) as runs:
                async for number, result in runs:
                    yield places[number], result

    async def replay(self, trace_id: str) -> ReplayRead:
        """The symbolic part of a trace once more, beside what was recorded.

        Raises:
            TraceNotFoundError, NotReplayableError
        """
        trace = await asyncio.to_thread(self.traces.get, trace_id)
        return await replay_trace(trace, self.runtime, quod_version(), self._versions_of_engines())

    async def readiness(self) -> ReadyRead:
        """Each part, asked now."""
        try:
            await asyncio.to_thread(self.database.require_newest)
            database = "ok"
        except StoreError as error:
            database = str(error)
        engines = await self._health()
        ready = database == "ok" and all(engine.error is None for engine in engines.values())
        return ReadyRead(ready=ready, database=database, engines=engines, lm=LmRead.of(self.lm.identity))

    async def _health(self) -> dict[Engine, EngineRead]:
        """Each engine, asked now; while long programs take every place, the answers that they gave last."""
        try:
            self._engines = engines_read(await asyncio.wait_for(self.runtime.health(), HEALTH_SECONDS))
        except TimeoutError:
            log.info("the engines are busy; their last answers are given")
        return self._engines

    async def info(self, *, private: bool = False) -> InfoRead:
        """What this service is made of. `private`: with the address of the database, its operator's business."""
        settings = self.settings
        budget = Budget(settings.budget_attempts, settings.budget_tokens, settings.budget_seconds)
        most = Budget(settings.budget_attempts_max, settings.budget_tokens_max, settings.budget_seconds_max)
        return InfoRead(
            quod=quod_version(),
            python=platform.python_version(),
            libraries={name: importlib.metadata.version(name) for name in ("fastapi", "pydantic", "sqlmodel")},
            lm=LmRead.of(self.lm.identity),
            engines=await self._health(),
            prompts=[PromptRead(**asdict(prompt)) for prompt in (*formalisation_prompts(), repair_prompt())],
            limits=LimitBounds(default=LimitsRead.of(settings.limits), maximum=LimitsRead.of(settings.max_limits)),
            budget=BudgetBounds(default=BudgetRead.of(budget), maximum=BudgetRead.of(most)),
            sizes=SizesRead(
                body_bytes=settings.max_body_bytes,
                problem_bytes=settings.max_problem_bytes,
                program_bytes=settings.max_program_bytes,
                programs=settings.max_programs,
            ),
            concurrency=settings.concurrency,
            database=without_password(settings.database_url) if private else settings.database_url.partition(":")[0],
        )

    async def close(self) -> None:
        """End the work under way; what it recorded stays."""
        tasks = {*self._later.values(), *self._solving}
        for task in tasks:
            task.cancel()
        # Each records why it has no verdict; the database is closed after that.
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def solving(self) -> int:
        """Problems that are worked on."""
        return len(self._solving)

    @property
    def waiting(self) -> int:
        """Problems in the background that wait for their turn."""
        return max(0, len(self._under_way) - len(self._solving))

    @property
    def loading(self) -> bool:
        """Whether the language model is being loaded into this process at this moment."""
        return isinstance(self.lm, EmbeddedLM) and self.lm.loading

    def _told(self, error: LmError, attempted: bool) -> LmError:
        """`error`; where the language model knows the samples alone, one that says what to do about that."""
        if not isinstance(error, NoRecordedCompletionError) or attempted or self.settings.lm != SAMPLES:
            return error
        told = NoRecordedCompletionError(
            "The language model `recorded:` replays the samples that ship with Quod, and this problem is none of them. "
            "Choose another with --lm or QUOD_LM: QUOD_LM=embedded: for the small translator that ships, or for "
            "example QUOD_LM=http:qwen2.5:7b@http://localhost:11434/v1 for a local server."
        )
        told.trace_id = error.trace_id
        return told

    def _versions_of_engines(self) -> dict[str, str]:
        return versions_of_engines(self._engines)


def _without_row(work: Work, status: TraceStatus, reason: str) -> TraceRead:
    return TraceRead(
        id=work.trace_id,
        status=status,
        problem=ProblemRead.of(work.problem),
        kind=work.problem.kind,
        language=work.problem.language,
        verdict=VerdictRead(kind=VerdictKind.UNRESOLVED, answer=None, trust=None, reason=reason),
        evidence=EvidenceRead(execution={}, inference={}, certificate={}, translation={}),
        attempts=[],
        usage=None,
        versions=None,
        created_at=work.created_at,
    )


@asynccontextmanager
async def open_service(
    settings: Settings, *, prepared: bool = False, meters: "Meters | None" = None
) -> AsyncIterator[Service]:
    """Open database, language model and solvers, and close them at the end. An SQLite database is brought up to date.

    Args:
        prepared: problems will follow, so the embedded translator is loaded while the engines start. Without it, that
            takes place when the first problem comes.
        meters: told what the service does.

    Raises:
        StoreError: the database cannot be opened.
        LmSpecError: `settings.lm` names no language model.
    """
    with Database.open(settings.database_url) as database:
        if settings.database_url.startswith("sqlite"):
            await asyncio.to_thread(database.upgrade)
        lm = open_lm(settings, cache=SqlCompletionCache(database))
        if prepared and isinstance(lm, EmbeddedLM):
            lm.prepare()
        try:
            async with open_runtime(settings) as runtime:
                service = Service(settings, runtime, lm, database, engines_read(await runtime.health()), meters)
                if meters is not None:
                    meters.show("problems_under_way", "Problems asked for that are worked on.", lambda: service.solving)
                    meters.show("problems_waiting", "Problems that wait in the background.", lambda: service.waiting)
                await service.calibrate()
                try:
                    yield service
                finally:
                    await service.close()
        finally:
            await lm.close()
