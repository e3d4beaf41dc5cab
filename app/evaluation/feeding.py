"""Says which sample of a run is begun next: one that is missing, one that failed, or one that finds out whether
anything can be solved.

Samples are read from the database as they are needed, so memory is bounded whatever their number.
"""

import asyncio
import heapq
import time
from collections import deque
from collections.abc import Callable, Sequence

from app.errors import DatasetNotFoundError
from app.evaluation.breaker import Backoff, Breaker
from app.evaluation.engine import SampleRun
from app.evaluation.run_tasks import End, RunTasks
from app.evaluation.store_calls import StoreCalls
from app.evaluation.tries import Solved, Work
from app.store.evaluation_types import Evaluation, Outcome, ResultFilter, Sample, State
from app.store.evaluations import EvaluationStore

CHUNK = 256
"""So many samples are read at once."""

REFUSALS = 5
"""After so many refused requests in a row it is found out whether any is taken."""


class Feed:
    """What is left to begin. It stops the run where the dataset is gone, or every request is refused.

    Args:
        missing: position and epoch, in the order of the work.
        has_room: whether what is begun now can be recorded.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        missing: Sequence[tuple[int, int]],
        has_room: Callable[[], bool],
        *,
        store: EvaluationStore,
        calls: StoreCalls,
        tasks: RunTasks,
        breaker: Breaker,
        backoff: Backoff,
    ) -> None:
        self._evaluation = evaluation
        self._missing = missing
        self._has_room = has_room
        self._store = store
        self._calls = calls
        self._tasks = tasks
        self._breaker = breaker
        self._backoff = backoff
        self._read_to = 0
        self._fresh: deque[Work] = deque()
        self._again: list[tuple[float, int, Work]] = []
        """What failed in a way that may pass, by the time at which it is due."""
        self._failures = 0
        """So far; orders what is due at the same moment."""
        self._refused: list[tuple[float, Solved]] = []
        """By the time; it was for them alone if one is solved that began later."""
        self.spare: Work | None = None
        """A sample that was solved: to be solved again where nothing else is."""
        self.is_probing = False
        """Whether a probe is under way: then no other is begun."""

    async def next(self) -> Work | None:
        """What to begin with now; waits while there is a reason to. None: nothing is left."""
        while True:
            await self._tasks.until(self._has_room)
            await self._read_ahead()
            waits = bool(self._fresh or self._again)
            if not (waits or self._refused or self._tasks.under_way):
                return None
            moment: float | None = None
            if self._breaker.is_open:
                if not self.is_probing and (waits or self._refused):
                    moment = self._breaker.next_probe
                    if moment <= time.monotonic():
                        probe = await self._probe()
                        if probe is not None or self._tasks.end is not None:
                            return probe
                        continue
            elif self._refused and (len(self._refused) >= REFUSALS or not waits):
                if not self._tasks.under_way:
                    if spare := self.spare or await self._read_spare():
                        return spare
                    self.all_refused(self._refused[-1][1].run)
                    return None
            elif self._again and self._again[0][0] <= time.monotonic():
                return heapq.heappop(self._again)[2]
            elif self._fresh:
                return self._fresh.popleft()
            elif self._again:
                moment = self._again[0][0]
            await self._tasks.until_woken(moment)

    def again(self, work: Work) -> None:
        """It failed in a way that may pass: try it again, after a while."""
        self._failures += 1
        due = time.monotonic() + self._backoff.seconds(work.tries)
        heapq.heappush(self._again, (due, self._failures, work))

    def hold_back(self, solved: Solved) -> None:
        """It was refused. Nothing is recorded of it before it is known that not every request is."""
        self._refused.append((time.monotonic(), solved))

    def let_go(self, began: float) -> list[Solved]:
        """A request was taken of a sample that began at this moment: what was refused before was for itself alone, and
        is held back no more.
        """
        alone = [solved for at, solved in self._refused if at < began]
        self._refused = [each for each in self._refused if each[0] >= began]
        return alone

    def all_refused(self, run: SampleRun) -> None:
        """Pause for what is held back, if anything is: `run` was refused too, and so is every request."""
        if not self._refused:
            return
        assert run.failure is not None
        self._tasks.stop(
            End(
                State.PAUSED,
                f"every request is refused, {len(self._refused)} in a row, of which nothing was recorded: "
                f"{run.failure.message}",
            )
        )

    async def _probe(self) -> Work | None:
        """What is sent out to see whether anything can be solved: what has not failed, if there is such a sample. If
        there is none, one that was solved before: so those that are left can be told from a server that is down.

        None: only refused ones are left, and the run stops, or none is left since one under way was solved.
        """
        if self._fresh and not self._refused:
            return self._fresh.popleft()
        if spare := self.spare or await self._read_spare():
            return spare
        if self._fresh:
            return self._fresh.popleft()
        if self._again:
            return heapq.heappop(self._again)[2]
        if self._refused:
            self.all_refused(self._refused[-1][1].run)
        return None

    async def _read_ahead(self) -> None:
        if self._fresh or self._read_to >= len(self._missing):
            return
        wanted = self._missing[self._read_to : self._read_to + CHUNK]
        samples = await self._samples([position for position, _ in wanted])
        self._fresh.extend(Work(position, epoch, samples[position]) for position, epoch in wanted)
        self._read_to += len(wanted)

    async def _read_spare(self) -> Work | None:
        """One of an earlier owner's that was answered."""
        for outcome in (Outcome.CORRECT, Outcome.WRONG):
            found, _ = await self._calls.ask(
                self._store.results, self._evaluation.id, 1, 0, ResultFilter(outcome=outcome)
            )
            for result in found:
                return Work(result.position, 1, (await self._samples([result.position]))[result.position], spare=True)
        return None

    async def _samples(self, positions: list[int]) -> dict[int, Sample]:
        sha256 = self._evaluation.dataset.sha256
        try:
            samples = await self._calls.ask(self._store.samples_at, sha256, positions)
            if not samples.keys() >= set(positions):
                raise DatasetNotFoundError(sha256)
        except DatasetNotFoundError as error:
            self._tasks.stop(End(State.FAILED, f"its dataset is gone: {error}"))
            await asyncio.Event().wait()  # until this task is ended
            raise
        return samples
