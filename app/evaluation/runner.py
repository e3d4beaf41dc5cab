"""Works on one evaluation as the owner of its lease, until it is done, paused, cancelled or given back.

Covered: a result is recorded once, in batches, as samples end; what fails in a way that may pass is tried again and
nothing is recorded of it; a language model's server that refuses every request; a database that is away for a while;
pause, cancel, the cap on tokens; samples under way are bounded, and so is memory, whatever the number of samples. Only
monotonic clocks are read.
Not covered: where a sample is solved (`app.evaluation.engine`), and which evaluation to work on
(`app.evaluation.coordinator`).

Here is the life of a run, from the lease to the state in which it is left. A sample goes from `app.evaluation.feeding`,
which says what is begun next, through `app.evaluation.solving`, which decides what becomes of a try, to
`app.evaluation.recording`.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.errors import LeaseLostError, StoreError, StoreUnavailableError
from app.evaluation.breaker import Backoff, Breaker
from app.evaluation.engine import Engine
from app.evaluation.feeding import Feed
from app.evaluation.progress import Progress
from app.evaluation.recording import Recorder
from app.evaluation.run_tasks import End, RunTasks, cancel
from app.evaluation.slots import Slots
from app.evaluation.solving import Solving
from app.evaluation.store_calls import StoreCalls
from app.store.evaluation_types import Evaluation, Lease, State, Wanted
from app.store.evaluations import EvaluationStore

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a run looks, tries again and gives up; what is no matter of the evaluation itself.

    Args:
        beat_seconds: between two heartbeats.
        gather_seconds: how long a result waits for others to be recorded with, while samples are under way. A
            transaction takes the processor time of five results, however many are in it.
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
    gather_seconds: float = 0.25
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
        await run.leave(End(State.PAUSED, f"a fault of this program: {type(error).__name__}: {error}"))
        raise
    finally:
        await run.close()


class _Run:
    """One evaluation under way. One task feeds, one records, one beats, one looks after the time."""

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
        self._tasks = RunTasks()
        self._backoff = Backoff(pace.retry_seconds, pace.retry_most_seconds)
        self._breaker = Breaker(self._backoff)
        self._calls = StoreCalls(lease.evaluation_id, self._tasks, self._backoff)
        self._recorder: Recorder | None = None
        """None until it is known what there is to do."""
        self._leaving: asyncio.Task[Evaluation] | None = None

    async def go(self) -> Evaluation:
        """Solve what is missing until everything is recorded or there is a reason to end, and give the lease back."""
        self._tasks.start(self._beat)
        evaluation = await self._calls.ask(self._store.get, self._lease.evaluation_id)
        self._calls.patience_seconds = evaluation.config.patience_seconds
        missing = await self._calls.ask(self._store.missing, evaluation.id)
        recorder = self._recorder = Recorder(
            self._lease,
            evaluation,
            store=self._store,
            calls=self._calls,
            tasks=self._tasks,
            gather_seconds=self._pace.gather_seconds,
        )
        solving = self._solving(evaluation, missing, recorder)
        self._tasks.start(recorder.record)
        self._tasks.start(self._watch, recorder, solving)
        await self._solve(solving, evaluation.config.concurrency)
        await self._tasks.until(recorder.is_done)
        left = await self.leave(self._tasks.end or await self._finalised(evaluation))
        self._tell(recorder, solving)
        return left

    async def give_back(self, state: State) -> None:
        """Leave the evaluation to whoever takes it next. What is solved is recorded, if the database is there."""
        self._tasks.stop(end := End(state, drains=False))
        try:
            async with asyncio.timeout(self._pace.end_seconds):
                if self._recorder is not None:
                    await self._tasks.until(self._recorder.is_done)
                await self.leave(self._tasks.end or end)
        except (TimeoutError, StoreError) as error:
            _log.warning(
                "evaluation %s: its lease could not be given back (%s); it becomes stale",
                self._lease.evaluation_id,
                error,
            )

    async def leave(self, end: End) -> Evaluation:
        """Give the lease back, once."""
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._released(end))
        return await asyncio.shield(self._leaving)

    async def close(self) -> None:
        """End every task."""
        await cancel(*self._tasks.standing, *([] if self._leaving is None else [self._leaving]))
        self._calls.close()

    # The samples

    def _solving(self, evaluation: Evaluation, missing: Sequence[tuple[int, int]], recorder: Recorder) -> Solving:
        feed = Feed(
            evaluation,
            missing,
            recorder.has_room,
            store=self._store,
            calls=self._calls,
            tasks=self._tasks,
            breaker=self._breaker,
            backoff=self._backoff,
        )
        return Solving(
            evaluation,
            engine=self._engine,
            feed=feed,
            recorder=recorder,
            breaker=self._breaker,
            tasks=self._tasks,
            tries=self._pace.tries,
            grace_seconds=self._pace.grace_seconds,
            end_seconds=self._pace.end_seconds,
        )

    async def _solve(self, solving: Solving, most: int) -> None:
        """Begin samples until there is none left or a reason to end; when it returns or raises, none is under way."""
        with self._slots.share(most) as share:
            beginning = self._tasks.start(solving.begin_all, share)
            try:
                await self._tasks.until(lambda: solving.is_done or self._tasks.end is not None)
                await cancel(beginning)
                await self._drain()
            except asyncio.CancelledError:
                await cancel(beginning)
                await self._give_up()
                raise
            finally:
                await cancel(beginning, *self._tasks.under_way)

    async def _drain(self) -> None:
        """Let samples under way end, for a bounded time and as long as nobody cancels; give up the others."""
        until = time.monotonic() + self._pace.drain_seconds
        await self._tasks.until(lambda: not self._tasks.under_way or self._tasks.is_hurried, until)
        if not self._tasks.under_way:
            return
        if self._tasks.end is not None and self._tasks.end.state is State.CANCELLED:
            await self._calls.ask(self._store.set_state, self._lease, State.CANCELLING)
        await self._give_up()

    async def _give_up(self) -> None:
        """End what is under way, all of it at once. Solvers that do not end in time are left to their engine: nothing
        of theirs is recorded, and whoever takes the lease next need not wait for them.
        """
        if not self._tasks.under_way:
            return
        if not isinstance(self._tasks.error, LeaseLostError):  # or those of the new owner would end, too
            try:
                async with asyncio.timeout(self._pace.end_seconds):
                    await self._engine.cancel_run(self._lease.evaluation_id)
            except TimeoutError:
                _log.error("evaluation %s: its solvers did not end in time", self._lease.evaluation_id)
        await cancel(*self._tasks.under_way)

    # The lease

    async def _beat(self) -> None:
        """Say every second that the owner lives, and hear what is wanted. A database that is away is no reason to end
        here: whoever watches cannot read it either.
        """
        while True:
            try:
                wanted = await self._calls.in_thread(self._store.beat, self._lease)
            except StoreUnavailableError:
                pass
            else:
                if wanted is Wanted.PAUSE:
                    self._tasks.stop(End(State.PAUSED, "somebody asked for a pause"))
                elif wanted is Wanted.CANCEL:
                    self._tasks.stop(End(State.CANCELLED, drains=False))
            await asyncio.sleep(self._pace.beat_seconds)

    async def _finalised(self, begun: Evaluation) -> End:
        """Whether the rows are all there that `begun` had and was to get."""
        await self._calls.ask(self._store.set_state, self._lease, State.FINALIZING)
        missing = await self._calls.ask(self._store.missing, begun.id)
        counts = await self._calls.ask(self._store.counts, begun.id)
        expected = begun.counts.recorded + begun.counts.waiting
        if missing or counts.recorded != expected:
            return End(
                State.FAILED,
                f"{counts.recorded} of {expected} results are recorded and {len(missing)} missing, though all were "
                "solved: a fault of this program, please report it; to resume solves what is missing",
            )
        return End(State.COMPLETED)

    async def _released(self, end: End) -> Evaluation:
        try:
            return await self._calls.ask(self._store.release, self._lease, end.state, end.reason)
        except LeaseLostError:
            # Given back, where the database did it and its reply was lost: then nobody holds it.
            left = await self._calls.ask(self._store.get, self._lease.evaluation_id)
            if left.owned:
                raise
            return left

    # The time

    async def _watch(self, recorder: Recorder, solving: Solving) -> None:
        """Tell the progress, and end the run when nothing could be solved for too long."""
        while True:
            self._tell(recorder, solving)
            failing = self._breaker.failing_seconds
            if failing and failing >= self._calls.patience_seconds:
                reason = f"nothing could be solved for {failing:.0f} s, and the last reason was: {self._breaker.reason}"
                self._tasks.stop(End(State.PAUSED, reason))
            await asyncio.sleep(self._pace.progress_seconds)

    def _tell(self, recorder: Recorder, solving: Solving) -> None:
        if self._on_progress is None:
            return
        try:
            self._on_progress(self._progress(recorder, solving))
        except Exception:  # noqa: BLE001  # whatever shows it, the results matter more
            _log.exception("evaluation %s: its progress could not be shown", self._lease.evaluation_id)
            self._on_progress = None

    def _progress(self, recorder: Recorder, solving: Solving) -> Progress:
        rate = recorder.per_second
        return Progress(
            evaluation_id=self._lease.evaluation_id,
            counts=recorder.counts,
            tokens=solving.tokens,
            samples_per_second=rate,
            seconds_left=recorder.counts.waiting / rate if rate else None,
            under_way=len(self._tasks.under_way),
            trouble=self._calls.away or (self._breaker.reason if self._breaker.is_open else ""),
        )
