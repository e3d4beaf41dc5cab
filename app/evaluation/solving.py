"""Solves what is fed, as far as there are places, and decides what becomes of each try: it is recorded, made again
later, or ends the run.
"""

import time
from dataclasses import replace

from app.evaluation.breaker import Breaker
from app.evaluation.engine import Engine, Failure, SampleRun
from app.evaluation.feeding import Feed
from app.evaluation.recording import Recorder
from app.evaluation.run_tasks import End, RunTasks
from app.evaluation.slots import Share
from app.evaluation.tries import (
    Solved,
    Work,
    is_blameless,
    is_refused,
    is_unopened,
    passing_failure,
    sample_task,
    solve_once,
    tokens_spent,
    was_asked,
)
from app.store.evaluation_types import Evaluation, State


class Solving:
    """The samples of one run, on their way from the feed to the recorder.

    Args:
        tries: failures that may pass, after which a sample counts as the cause itself, if others were solved meanwhile.
        grace_seconds, end_seconds: as for `solve_once`.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        *,
        engine: Engine,
        feed: Feed,
        recorder: Recorder,
        breaker: Breaker,
        tasks: RunTasks,
        tries: int,
        grace_seconds: float,
        end_seconds: float,
    ) -> None:
        self._evaluation_id = evaluation.id
        self._config = evaluation.config
        self._engine = engine
        self._feed = feed
        self._recorder = recorder
        self._breaker = breaker
        self._tasks = tasks
        self._tries = tries
        self._grace_seconds = grace_seconds
        self._end_seconds = end_seconds
        self.tokens = evaluation.tokens
        """Of all tries, those in vain included as far as known."""
        self.is_done = False
        """Nothing is left to begin or to try again."""

    async def begin_all(self, share: Share) -> None:
        """Begin with one sample after the other, until none is left to begin or to try again, or the cap on tokens is
        reached.
        """
        while (work := await self._feed.next()) is not None:
            await share.take()
            while not self._recorder.has_room():
                share.give_back()
                await self._tasks.until(self._recorder.has_room)
                await share.take()
            cap = self._config.token_cap
            if cap is not None and self.tokens >= cap:
                share.give_back()
                self._tasks.stop(End(State.PAUSED, f"{self.tokens} tokens were used, and the cap is {cap}"))
                return
            probe = self._feed.is_probing = self._breaker.is_open
            self._tasks.begin(self._solve, work, share, probe)
        self.is_done = True

    async def _solve(self, work: Work, share: Share, probe: bool) -> None:
        began = time.monotonic()
        try:
            run = await solve_once(
                self._engine,
                sample_task(self._evaluation_id, work, self._config),
                grace_seconds=self._grace_seconds,
                end_seconds=self._end_seconds,
            )
        finally:
            share.give_back()
            if probe:
                self._feed.is_probing = False
            self._tasks.wake()
        self.tokens += tokens_spent(run)
        if (failure := passing_failure(work, run)) is not None:
            self._failed(work, run, failure, probe)
        else:
            self._ended(work, run, began)
        self._tasks.wake()

    def _ended(self, work: Work, run: SampleRun, began: float) -> None:
        """It is not tried again."""
        if run.failure is not None and is_unopened(run):
            self._tasks.stop(End(State.FAILED, run.failure.message, drains=False))
            return
        if not self._recorder.is_made_with(run):
            return
        if is_refused(run):
            self._was_refused(work, run)
            return
        if was_asked(run):
            self._breaker.succeeded(began)
            self._recorder.add(self._feed.let_go(began))
        if not work.spare:
            self._recorder.add([Solved(work, run)])
            if run.failure is None:
                self._feed.spare = replace(work, spare=True)

    def _was_refused(self, work: Work, run: SampleRun) -> None:
        self._breaker.answered()
        if work.spare:
            self._feed.all_refused(run)
        else:
            self._feed.hold_back(Solved(work, run))

    def _failed(self, work: Work, run: SampleRun, failure: Failure, probe: bool) -> None:
        """Nothing is recorded of a failure that may pass, unless the sample seems to be its cause."""
        reason = f"{failure.type}: {failure.message}"
        if probe:
            self._breaker.probe_failed(reason)
        else:
            self._breaker.failed(reason)
        if work.spare:
            self._feed.spare = None
            return
        work.tries += 1
        if not is_blameless(failure):
            if work.failures == 0:
                work.failing_since = time.monotonic()
            work.failures += 1
        if work.failures >= self._tries and self._breaker.solved_from > work.failing_since:
            message = f"it failed {work.failures} times while others were solved, the last time so: {failure.message}"
            ended = replace(run, failure=replace(failure, message=message, passing=False))
            self._recorder.add([Solved(work, ended)])
            return
        self._feed.again(work)
