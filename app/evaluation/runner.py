"""Works on one evaluation as the owner of its lease, until it is done, paused, cancelled or given back.

Covered: a result is recorded once, in batches, as samples end; what fails in a way that may pass is tried again and
nothing is recorded of it; a language model's server that refuses every request; a database that is away for a while;
pause, cancel, the cap on tokens; samples under way are bounded, and so is memory, whatever the number of samples. Only
monotonic clocks are read.
Not covered: where a sample is solved (`app.evaluation.engine`), and which evaluation to work on
(`app.evaluation.coordinator`).
"""

import asyncio
import heapq
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any, ParamSpec, TypeVar

from app.errors import (
    DatasetNotFoundError,
    EvaluationStateError,
    LeaseLostError,
    LmAwayError,
    LmRefusedError,
    LmReplyError,
    LmSpecError,
    LmUnavailableError,
    StoreError,
    StoreUnavailableError,
)
from app.evaluation.baseline import baseline_prompt
from app.evaluation.breaker import Backoff, Breaker
from app.evaluation.engine import Engine, Failure, SampleRun, SampleTask
from app.evaluation.progress import Progress, Rate
from app.evaluation.scoring import score
from app.evaluation.slots import Share, Slots
from app.evaluation.station import deadline_seconds
from app.reasoning.events import AttemptEnded, Event, TraceBegun, VerdictReached
from app.reasoning.formalise import formalisation_prompts
from app.reasoning.pipeline import new_trace_id
from app.reasoning.repair import repair_prompt
from app.reasoning.types import Versions
from app.store.evaluation_types import (
    Counts,
    Evaluation,
    EvaluationConfig,
    Lease,
    Outcome,
    Result,
    ResultFilter,
    Sample,
    State,
    Wanted,
)
from app.store.evaluations import EvaluationStore

_log = logging.getLogger(__name__)

BATCH = 200
"""Most results recorded in one transaction."""
BACKLOG = 2 * BATCH
"""While so many results wait to be recorded, no sample is begun."""
CHUNK = 256
"""So many samples are read at once."""

REFUSALS = 5
"""After so many refused requests in a row it is found out whether any is taken."""

_REFUSED = frozenset({LmRefusedError.__name__, LmReplyError.__name__})
"""Of the sample, such as a prompt that is too long, or of all: a wrong key, another model, an address that is none."""
_FOR_ALL = _REFUSED | {LmSpecError.__name__}
"""Failures that do not pass, and may be those of every sample."""
_BLAMELESS = frozenset(
    {LmAwayError.__name__, StoreUnavailableError.__name__, "SchedulerLostError", "NoWorkerError", "GivenUpError"}
)
"""Failures that may pass of which no sample is the cause."""

_PATIENCE_SECONDS = 60.0
"""With the database, before it has told the patience of the evaluation."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a run looks, tries again and gives up; what is no matter of the evaluation itself.

    Args:
        beat_seconds: between two heartbeats.
        gather_seconds: how long a result waits for others to be recorded with.
        retry_seconds, retry_most_seconds: the first and the longest wait before a failed sample is tried again, a
            probe is sent, or the database is asked again.
        tries: failures that may pass, after which a sample counts as the cause itself, if others were solved meanwhile.
        grace_seconds: how long after its deadline a sample is given up that was not given up where it is solved.
        drain_seconds: how long a run that stops waits for the samples under way.
        end_seconds: how long it waits for solvers to end, and as long again to record what was solved and to give the
            lease back.
        progress_seconds: between two reports of the progress.
    """

    beat_seconds: float = 1.0
    gather_seconds: float = 0.05
    retry_seconds: float = 0.5
    retry_most_seconds: float = 20.0
    tries: int = 8
    grace_seconds: float = 30.0
    drain_seconds: float = 60.0
    end_seconds: float = 30.0
    progress_seconds: float = 0.25


async def run_evaluation(
    lease: Lease,
    *,
    store: EvaluationStore,
    engine: Engine,
    slots: Slots,
    on_progress: Callable[[Progress], None] | None = None,
    when_cancelled: State = State.QUEUED,
    pace: Pace = Pace(),
) -> Evaluation:
    """Solve and record what is missing of an evaluation whose lease the caller took, and give the lease back.

    Args:
        slots: places of this process, shared with its other runs.
        on_progress: called a few times a second at most.
        when_cancelled: in which state the evaluation is left when this is cancelled. What was solved by then is
            recorded, the rest given up, and the lease given back before the cancellation goes on.

    Returns:
        The evaluation as it was left: `completed`, `paused`, `failed`, or `cancelled`.

    Raises:
        LeaseLostError: somebody else works on it now. Nothing more was recorded.
        StoreUnavailableError: the database was away for longer than `patience_seconds`. Results in hand are lost and
            will be solved again; the lease becomes stale.
    """
    run = _Run(lease, store, engine, slots, on_progress, pace)
    try:
        return await run.go()
    except asyncio.CancelledError:
        await run.give_back(when_cancelled)
        raise
    except (LeaseLostError, StoreUnavailableError):
        raise
    except Exception as error:
        _log.exception("evaluation %s: a fault of this program", lease.evaluation_id)
        await run.leave(_End(State.PAUSED, f"a fault of this program: {type(error).__name__}: {error}"))
        raise
    finally:
        await run.close()


@dataclass(slots=True)
class _Work:
    """A sample to be solved in one epoch, over all its tries."""

    position: int
    epoch: int
    sample: Sample
    tries: int = 0
    """In vain."""
    failures: int = 0
    """Tries in vain of which it may be the cause."""
    failing_since: float = 0.0
    """When it first failed so, by the monotonic clock."""
    spare: bool = False
    """It is solved only to find out whether anything can be solved, and nothing is recorded of it."""


@dataclass(frozen=True, slots=True)
class _Solved:
    work: _Work
    run: SampleRun


@dataclass(frozen=True, slots=True)
class _End:
    """How a run ends. `drains`: samples under way may end first, for a bounded time."""

    state: State
    reason: str = ""
    drains: bool = True


class _Run:
    """The state of one evaluation under way. One task feeds, one records, one beats, one looks after the time."""

    def __init__(
        self,
        lease: Lease,
        store: EvaluationStore,
        engine: Engine,
        slots: Slots,
        on_progress: Callable[[Progress], None] | None,
        pace: Pace,
    ) -> None:
        self._lease = lease
        self._store = store
        self._engine = engine
        self._slots = slots
        self._on_progress = on_progress
        self._pace = pace
        self._backoff = Backoff(pace.retry_seconds, pace.retry_most_seconds)
        self._breaker = Breaker(self._backoff)
        # Threads of its own: a heartbeat never waits behind the work of others.
        self._threads = ThreadPoolExecutor(3, thread_name_prefix=lease.evaluation_id)
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        self._error: Exception | None = None
        self._end: _End | None = None
        self._patience = _PATIENCE_SECONDS
        self._leaving: asyncio.Task[Evaluation] | None = None

        self._missing: Sequence[tuple[int, int]] = ()
        self._read_to = 0
        self._fresh: deque[_Work] = deque()
        self._again: list[tuple[float, int, _Work]] = []
        """What failed in a way that may pass, by the time at which it is due."""
        self._failures = 0
        """So far; orders what is due at the same moment."""
        self._spare: _Work | None = None
        self._refused: list[tuple[float, _Solved]] = []
        """By the time; it was for them alone if one is solved that began later."""
        self._under_way: set[asyncio.Task[None]] = set()
        self._probing = False
        self._fed = False

        self._solved: deque[_Solved] = deque()
        self._away = ""
        """Why the database cannot be used at the moment."""
        self._versions: Versions | None = None
        self._sandbox: Mapping[str, bool] = {}
        self._is_opened = False
        self._counts = Counts()
        self._tokens = 0
        self._rate: Rate | None = None

    # From the first to the last step

    async def go(self) -> Evaluation:
        """Solve what is missing until everything is recorded or there is a reason to end, and give the lease back."""
        self._start(self._beat)
        evaluation = await self._asking(self._store.get, self._lease.evaluation_id)
        self._evaluation, self._config = evaluation, evaluation.config
        self._patience = evaluation.config.patience_seconds
        self._counts, self._tokens = evaluation.counts, evaluation.tokens
        self._rate = Rate(self._config.concurrency)
        self._missing = await self._asking(self._store.missing, evaluation.id)
        self._start(self._record)
        self._start(self._watch)
        with self._slots.share(self._config.concurrency) as share:
            feeding = self._start(self._feed, share)
            try:
                await self._until(lambda: self._fed or self._end is not None)
                await _cancel(feeding)
                await self._drain()
            except asyncio.CancelledError:
                await _cancel(feeding)
                await self._give_up()
                raise
            finally:
                await _cancel(feeding, *self._under_way)
        await self._until(lambda: not self._solved)
        evaluation = await self.leave(self._end or await self._finalised())
        self._tell()
        return evaluation

    async def give_back(self, state: State) -> None:
        """Leave the evaluation to whoever takes it next. What is solved is recorded, if the database is there."""
        self._stop(end := _End(state, drains=False))
        try:
            async with asyncio.timeout(self._pace.end_seconds):
                await self._until(lambda: not self._solved)
                await self.leave(self._end or end)
        except (TimeoutError, StoreError) as error:
            _log.warning(
                "evaluation %s: its lease could not be given back (%s); it becomes stale",
                self._lease.evaluation_id,
                error,
            )

    async def leave(self, end: _End) -> Evaluation:
        """Give the lease back, once."""
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._released(end))
        return await asyncio.shield(self._leaving)

    async def _released(self, end: _End) -> Evaluation:
        try:
            return await self._asking(self._store.release, self._lease, end.state, end.reason)
        except LeaseLostError:
            # Given back, where the database did it and its reply was lost: then nobody holds it.
            left = await self._asking(self._store.get, self._lease.evaluation_id)
            if left.owned:
                raise
            return left

    async def close(self) -> None:
        """End every task; a transaction under way in a thread comes to its end by itself."""
        await _cancel(*self._tasks, *([] if self._leaving is None else [self._leaving]))
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _finalised(self) -> _End:
        """Whether the rows are all there."""
        await self._asking(self._store.set_state, self._lease, State.FINALIZING)
        missing = await self._asking(self._store.missing, self._lease.evaluation_id)
        counts = await self._asking(self._store.counts, self._lease.evaluation_id)
        expected = self._evaluation.counts.recorded + self._evaluation.counts.waiting
        if missing or counts.recorded != expected:
            return _End(
                State.FAILED,
                f"{counts.recorded} of {expected} results are recorded and {len(missing)} missing, though all were "
                "solved: a fault of this program, please report it; to resume solves what is missing",
            )
        return _End(State.COMPLETED)

    async def _drain(self) -> None:
        """Let samples under way end, for a bounded time and as long as nobody cancels; give up the others."""
        if not self._under_way:
            return
        until = time.monotonic() + self._pace.drain_seconds
        await self._until(lambda: not self._under_way or self._hurried(), until)
        if not self._under_way:
            return
        if self._end is not None and self._end.state is State.CANCELLED:
            await self._asking(self._store.set_state, self._lease, State.CANCELLING)
        await self._give_up()

    async def _give_up(self) -> None:
        """End what is under way, all of it at once. Solvers that do not end in time are left to their engine: nothing
        of theirs is recorded, and whoever takes the lease next need not wait for them.
        """
        if not self._under_way:
            return
        if not isinstance(self._error, LeaseLostError):  # or those of the new owner would end, too
            try:
                async with asyncio.timeout(self._pace.end_seconds):
                    await self._engine.cancel_run(self._lease.evaluation_id)
            except TimeoutError:
                _log.error("evaluation %s: its solvers did not end in time", self._lease.evaluation_id)
        await _cancel(*self._under_way)

    def _hurried(self) -> bool:
        return self._end is not None and not self._end.drains

    def _stop(self, end: _End) -> None:
        """End like this, unless there is a reason already; to cancel comes before any other."""
        if self._end is None or end.state is State.CANCELLED:
            self._end = end
        elif not end.drains:
            self._end = replace(self._end, drains=False)
        self._wake()

    # Tasks

    def _start(
        self, work: Callable[_P, Coroutine[Any, Any, None]], *args: _P.args, **kwargs: _P.kwargs
    ) -> asyncio.Task[None]:
        """A task until the end of the run, which a fault of it ends."""
        task = asyncio.create_task(self._guarded(work, *args, **kwargs))
        self._tasks.append(task)
        return task

    async def _guarded(
        self, work: Callable[_P, Coroutine[Any, Any, None]], *args: _P.args, **kwargs: _P.kwargs
    ) -> None:
        try:
            await work(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  # raised again by `_until`, in the run's own task
            self._error = self._error or error
        self._wake()

    def _wake(self) -> None:
        """Everybody in `_until` looks again."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _until(self, met: Callable[[], bool], moment: float | None = None) -> None:
        """Until `met`, or the monotonic clock reaches `moment`.

        Raises:
            What ended one of the tasks.
        """
        while not met():
            if self._error is not None:
                raise self._error
            left = None if moment is None else moment - time.monotonic()
            if left is not None and left <= 0:
                return
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                return

    async def _in_thread(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: call(*args, **kwargs))

    async def _asking(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What the store says, in a thread; while the database is away, it is asked again for as long as patience
        allows.
        """
        tries, since = 0, time.monotonic()
        while True:
            try:
                said = await self._in_thread(call, *args, **kwargs)
            except StoreUnavailableError as error:
                tries += 1
                if tries == 1:
                    _log.warning("evaluation %s: %s", self._lease.evaluation_id, error)
                if time.monotonic() - since > self._patience:
                    raise StoreUnavailableError(
                        f"the database was away for {time.monotonic() - since:.0f} s: {error} Then resume evaluation "
                        f"{self._lease.evaluation_id}: it goes on from what is recorded."
                    ) from error
                self._away = str(error)
                await asyncio.sleep(self._backoff.seconds(tries))
            else:
                self._away = ""
                self._wake()
                return said

    async def _beat(self) -> None:
        """Say every second that the owner lives, and hear what is wanted. A database that is away is no reason to end
        here: whoever watches cannot read it either.
        """
        while True:
            try:
                standing = await self._in_thread(self._store.beat, self._lease)
            except StoreUnavailableError:
                pass
            else:
                if standing.wanted is Wanted.PAUSE:
                    self._stop(_End(State.PAUSED, "somebody asked for a pause"))
                elif standing.wanted is Wanted.CANCEL:
                    self._stop(_End(State.CANCELLED, drains=False))
            await asyncio.sleep(self._pace.beat_seconds)

    async def _watch(self) -> None:
        """Tell the progress, and end the run when nothing could be solved for too long."""
        while True:
            self._tell()
            failing = self._breaker.failing_seconds
            if failing and failing >= self._patience:
                reason = f"nothing could be solved for {failing:.0f} s, and the last reason was: {self._breaker.reason}"
                self._stop(_End(State.PAUSED, reason))
            await asyncio.sleep(self._pace.progress_seconds)

    def _tell(self) -> None:
        if self._on_progress is None:
            return
        try:
            self._on_progress(self._progress())
        except Exception:  # noqa: BLE001  # whatever shows it, the results matter more
            _log.exception("evaluation %s: its progress could not be shown", self._lease.evaluation_id)
            self._on_progress = None

    def _progress(self) -> Progress:
        rate = self._rate.per_second() if self._rate else None
        return Progress(
            evaluation_id=self._lease.evaluation_id,
            counts=self._counts,
            tokens=self._tokens,
            samples_per_second=rate,
            seconds_left=self._counts.waiting / rate if rate else None,
            under_way=len(self._under_way),
            trouble=self._away or (self._breaker.reason if self._breaker.is_open else ""),
        )

    # Feeding

    async def _feed(self, share: Share) -> None:
        """Begin with one sample after the other, until none is left to begin or to try again."""
        while (work := await self._next()) is not None:
            await share.take()
            while not self._has_room():
                share.give_back()
                await self._until(self._has_room)
                await share.take()
            cap = self._config.token_cap
            if cap is not None and self._tokens >= cap:
                share.give_back()
                self._stop(_End(State.PAUSED, f"{self._tokens} tokens were used, and the cap is {cap}"))
                return
            probe = self._probing = self._breaker.is_open
            task = asyncio.create_task(self._guarded(self._solve, work, share, probe))
            self._under_way.add(task)
            task.add_done_callback(self._landed)
        self._fed = True

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._wake()

    def _has_room(self) -> bool:
        """Whether what is begun now can be recorded."""
        return len(self._solved) < BACKLOG and not self._away

    async def _next(self) -> _Work | None:
        """What to begin with now; waits while there is a reason to. None: nothing is left."""
        while True:
            await self._until(self._has_room)
            await self._read_ahead()
            waits = bool(self._fresh or self._again)
            if not (waits or self._refused or self._under_way):
                return None
            moment: float | None = None
            if self._breaker.is_open:
                if not self._probing and (waits or self._refused):
                    moment = self._breaker.next_probe
                    if moment <= time.monotonic():
                        return await self._probe()
            elif self._refused and (len(self._refused) >= REFUSALS or not waits):
                if not self._under_way:
                    if spare := self._spare or await self._read_spare():
                        return spare
                    self._stop(self._all_refused(self._refused[-1][1].run))
                    return None
            elif self._again and self._again[0][0] <= time.monotonic():
                return heapq.heappop(self._again)[2]
            elif self._fresh:
                return self._fresh.popleft()
            elif self._again:
                moment = self._again[0][0]
            changed = self._changed
            await self._until(changed.is_set, moment)

    async def _probe(self) -> _Work:
        """What is sent out to see whether anything can be solved: what has not failed, if there is such a sample. If
        there is none, one that was solved before: so those that are left can be told from a server that is down.
        """
        if self._fresh and not self._refused:
            return self._fresh.popleft()
        if spare := self._spare or await self._read_spare():
            return spare
        return self._fresh.popleft() if self._fresh else heapq.heappop(self._again)[2]

    async def _read_ahead(self) -> None:
        if self._fresh or self._read_to >= len(self._missing):
            return
        wanted = self._missing[self._read_to : self._read_to + CHUNK]
        samples = await self._samples([position for position, _ in wanted])
        self._fresh.extend(_Work(position, epoch, samples[position]) for position, epoch in wanted)
        self._read_to += len(wanted)

    async def _read_spare(self) -> _Work | None:
        """One of an earlier owner's that was answered."""
        for outcome in (Outcome.CORRECT, Outcome.WRONG):
            found, _ = await self._asking(
                self._store.results, self._lease.evaluation_id, 1, 0, ResultFilter(outcome=outcome)
            )
            for result in found:
                return _Work(result.position, 1, (await self._samples([result.position]))[result.position], spare=True)
        return None

    async def _samples(self, positions: list[int]) -> dict[int, Sample]:
        sha256 = self._evaluation.dataset.sha256
        try:
            samples = await self._asking(self._store.samples_at, sha256, positions)
            if not samples.keys() >= set(positions):
                raise DatasetNotFoundError(sha256)
        except DatasetNotFoundError as error:
            self._stop(_End(State.FAILED, f"its dataset is gone: {error}"))
            await asyncio.Event().wait()  # until this task is ended
            raise
        return samples

    # One sample

    async def _solve(self, work: _Work, share: Share, probe: bool) -> None:
        began = time.monotonic()
        try:
            run = await self._run(work)
        finally:
            share.give_back()
            if probe:
                self._probing = False
            self._wake()
        self._tokens += _tokens(run)
        if (failure := _passing(work, run)) is not None:
            self._failed(work, run, failure, probe)
        else:
            self._succeeded(work, run, began)
        self._wake()

    async def _run(self, work: _Work) -> SampleRun:
        """What the engine makes of it; a failure where it does not come back in time, or raises."""
        began = time.monotonic()
        task = _task(self._lease.evaluation_id, work, self._config)
        solving = asyncio.ensure_future(_submit(self._engine, task))
        seconds = deadline_seconds(task) + self._pace.grace_seconds
        try:
            await asyncio.wait({solving}, timeout=seconds)
        finally:
            if not solving.done():
                solving.cancel()
        if not solving.done():
            await asyncio.wait({solving}, timeout=self._pace.end_seconds)
            failure = Failure("TimeoutError", f"it did not come back within {seconds:.0f} s", passing=True)
        elif solving.cancelled():
            failure = Failure("CancelledError", "it was given up where it was solved", passing=True)
        elif (error := solving.exception()) is not None:
            failure = Failure(type(error).__name__, str(error), passing=True)
        else:
            return solving.result()
        return SampleRun((), failure, None, time.monotonic() - began)

    def _succeeded(self, work: _Work, run: SampleRun, began: float) -> None:
        if run.failure is not None and run.failure.type == LmSpecError.__name__:
            self._stop(_End(State.FAILED, run.failure.message, drains=False))
            return
        versions = next((event.versions for event in run.events if isinstance(event, TraceBegun)), None)
        if versions is not None and self._versions is not None and versions.lm != self._versions.lm:
            reason = f"the language model is {versions.lm} now, and was {self._versions.lm}: they are not mixed"
            self._stop(_End(State.PAUSED, reason, drains=False))
            return
        self._versions = self._versions or versions
        self._sandbox = self._sandbox or run.sandbox
        if run.failure is not None and run.failure.type in _REFUSED:
            return self._was_refused(work, run)
        if _asked(run):
            self._breaker.succeeded(began)
            self._solved.extend(solved for at, solved in self._refused if at < began)
            self._refused = [each for each in self._refused if each[0] >= began]
        if not work.spare:
            self._solved.append(_Solved(work, run))
            if run.failure is None:
                self._spare = replace(work, spare=True)

    def _was_refused(self, work: _Work, run: SampleRun) -> None:
        """Nothing is recorded of it before it is known that not every request is."""
        self._breaker.answered()
        if not work.spare:
            self._refused.append((time.monotonic(), _Solved(work, run)))
        elif self._refused:
            self._stop(self._all_refused(run))

    def _all_refused(self, run: SampleRun) -> _End:
        assert run.failure is not None
        return _End(
            State.PAUSED,
            f"every request is refused, {len(self._refused)} in a row, of which nothing was recorded: "
            f"{run.failure.message}",
        )

    def _failed(self, work: _Work, run: SampleRun, failure: Failure, probe: bool) -> None:
        """Nothing is recorded of a failure that may pass, unless the sample seems to be its cause."""
        reason = f"{failure.type}: {failure.message}"
        if probe:
            self._breaker.probe_failed(reason)
        else:
            self._breaker.failed(reason)
        if work.spare:
            self._spare = None
            return
        work.tries += 1
        if failure.type not in _BLAMELESS:
            if work.failures == 0:
                work.failing_since = time.monotonic()
            work.failures += 1
        if work.failures >= self._pace.tries and self._breaker.solved_from > work.failing_since:
            message = f"it failed {work.failures} times while others were solved, the last time so: {failure.message}"
            ended = replace(run, failure=replace(failure, message=message, passing=False))
            self._solved.append(_Solved(work, ended))
            return
        self._failures += 1
        due = time.monotonic() + self._backoff.seconds(work.tries)
        heapq.heappush(self._again, (due, self._failures, work))

    # Recording

    async def _record(self) -> None:
        """Record what was solved, in the order in which it came, in batches."""
        while True:
            await self._until(lambda: bool(self._solved))
            if len(self._solved) < BATCH:
                await asyncio.sleep(self._pace.gather_seconds)
            batch = await self._in_thread(_scored, list(islice(self._solved, BATCH)))
            if not await self._opened():
                self._solved.clear()
                continue
            results = await self._asking(self._keep, batch)
            for _ in batch:
                self._solved.popleft()
            self._count(results)
            self._wake()

    async def _opened(self) -> bool:
        """Keep what the evaluation is made with, before its first result. False: it was made with something else."""
        if self._is_opened or self._versions is None:
            return True
        try:
            await self._asking(
                self._store.opened,
                self._lease,
                self._versions.lm,
                _as_json(self._versions, self._config, self._sandbox),
            )
        except EvaluationStateError as error:
            self._stop(_End(State.PAUSED, str(error), drains=False))
            return False
        self._is_opened = True
        return True

    def _keep(self, batch: Sequence[tuple[Result, Sequence[Event]]]) -> list[Result]:
        """Record a batch. Where the database does not take one of its traces, this sample errored; the others are
        recorded as they are.
        """
        try:
            self._store.record(self._lease, batch)
        except (StoreUnavailableError, LeaseLostError):
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, it is one sample's, and the others go on
            if len(batch) > 1:
                return [result for one in batch for result in self._keep([one])]
            _log.exception("evaluation %s: a result could not be recorded", self._lease.evaluation_id)
            errored = _errored(batch[0][0], f"its trace could not be recorded: {error}", error)
            self._store.record(self._lease, [(errored, ())])
            return [errored]
        return [result for result, _ in batch]

    def _count(self, results: Sequence[Result]) -> None:
        found = Counter(result.outcome for result in results)
        counts = self._counts
        self._counts = Counts(
            correct=counts.correct + found[Outcome.CORRECT],
            wrong=counts.wrong + found[Outcome.WRONG],
            abstained=counts.abstained + found[Outcome.ABSTAINED],
            errored=counts.errored + found[Outcome.ERRORED],
            waiting=max(0, counts.waiting - len(results)),
        )
        if self._rate is not None:
            self._rate.add(len(results))


async def _submit(engine: Engine, task: SampleTask) -> SampleRun:
    return await engine.submit(task)


def _task(evaluation_id: str, work: _Work, config: EvaluationConfig) -> SampleTask:
    problem, sampling = work.sample.problem, config.sampling
    if sampling.seed is not None or (config.epochs > 1 and sampling.temperature > 0):
        # With one seed, or with none and a cache of completions, every epoch would get those of the first.
        sampling = replace(sampling, seed=(sampling.seed or 0) + work.epoch - 1)
    return SampleTask(
        evaluation_id=evaluation_id,
        key=f"{evaluation_id}-{work.position}-{work.epoch}",
        problem=replace(problem, kind=config.kind or problem.kind, language=config.language or problem.language),
        lm=config.lm,
        trace_id=new_trace_id(),
        baseline=config.baseline,
        sampling=sampling,
        budget=config.budget,
        limits=config.limits,
        assurance=config.assurance,
        uncached=work.spare,
    )


def _scored(batch: Sequence[_Solved]) -> list[tuple[Result, Sequence[Event]]]:
    return [(_score(each.work, each.run), each.run.events) for each in batch]


def _score(work: _Work, run: SampleRun) -> Result:
    try:
        return score(work.sample, run, work.epoch, work.position)
    except Exception as error:  # noqa: BLE001  # a fault of ours in one sample is not the end of the others
        _log.exception("sample %s could not be scored", work.sample.id)
        begun = next((event.trace_id for event in run.events if isinstance(event, TraceBegun)), None)
        result = Result(
            work.sample.id, work.position, work.epoch, Outcome.ERRORED, work.sample.target, seconds=run.seconds
        )
        return replace(_errored(result, f"it could not be scored: {error}", error), trace_id=begun)


def _errored(result: Result, why: str, error: Exception) -> Result:
    """`result` as that of a sample that errored, without its trace."""
    return Result(
        sample_id=result.sample_id,
        position=result.position,
        epoch=result.epoch,
        outcome=Outcome.ERRORED,
        target=result.target,
        error=why,
        error_type=type(error).__name__,
        prompt_tokens=result.prompt_tokens,
        completion_tokens=result.completion_tokens,
        seconds=result.seconds,
    )


def _passing(work: _Work, run: SampleRun) -> Failure | None:
    """Why it is tried again; None: it need not be."""
    if run.failure is not None and (run.failure.passing or run.failure.type in _FOR_ALL):
        return run.failure if run.failure.passing else None
    if work.spare and not _asked(run):
        why = run.failure.message if run.failure else "no completion came in time"
        return Failure(LmUnavailableError.__name__, f"of a sample that was solved before: {why}", passing=True)
    return None


def _asked(run: SampleRun) -> bool:
    """Whether the language model wrote anything for it: what was kept of it tells nothing of how it is now."""
    written = [event.attempt.completion for event in run.events if isinstance(event, AttemptEnded)]
    return any(not each.cached for each in [*written, *([run.baseline] if run.baseline else [])])


def _tokens(run: SampleRun) -> int:
    """What a try cost, as far as it came: also one that is tried again is paid for."""
    spent = 0
    for event in run.events:
        if isinstance(event, VerdictReached):
            spent = event.spent.prompt_tokens + event.spent.completion_tokens
        elif isinstance(event, AttemptEnded) and (usage := event.attempt.completion.usage) is not None:
            spent += usage.prompt_tokens + usage.completion_tokens
    if run.baseline is not None and run.baseline.usage is not None:
        spent += run.baseline.usage.prompt_tokens + run.baseline.usage.completion_tokens
    return spent


def _as_json(versions: Versions, config: EvaluationConfig, sandbox: Mapping[str, bool]) -> dict[str, object]:
    """As `Evaluation.versions` has it."""
    prompts = [*formalisation_prompts(), repair_prompt(), *([baseline_prompt()] if config.baseline else [])]
    return {
        "quod": versions.quod,
        "engines": dict(versions.engines),
        "prompts": [asdict(prompt) for prompt in prompts],
        "trust_rule": versions.trust_rule,
        **({"sandbox": dict(sandbox)} if sandbox else {}),
    }


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
