"""Records what a run solved: in the order in which it came, in batches, each result once.

Covered: a sample that cannot be scored, or whose trace the database does not take, errored, and the others go on. What
the evaluation is made with is kept before its first result; results of two language models are never mixed.
"""

import logging
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import islice

from app.errors import EvaluationStateError, LeaseLostError, StoreUnavailableError
from app.evaluation.baseline import baseline_prompt
from app.evaluation.engine import SampleRun
from app.evaluation.progress import Rate
from app.evaluation.run_tasks import End, RunTasks
from app.evaluation.scoring import score
from app.evaluation.store_calls import StoreCalls
from app.evaluation.tries import Solved, Work
from app.reasoning.events import Event, TraceBegun
from app.reasoning.formalise import formalisation_prompts
from app.reasoning.repair import repair_prompt
from app.reasoning.types import Versions
from app.store.evaluation_types import Counts, Evaluation, EvaluationConfig, Lease, Outcome, Result, State
from app.store.evaluations import EvaluationStore

_log = logging.getLogger(__name__)

BATCH = 200
"""Most results recorded in one transaction."""
BACKLOG = 2 * BATCH
"""While so many results wait to be recorded, no sample is begun."""


class Recorder:
    """What is solved and waits to be recorded, and how much is recorded. It stops the run where the language model is
    another than at first.

    Args:
        gather_seconds: how long a result waits for others to be recorded with, while samples are under way.
    """

    def __init__(
        self,
        lease: Lease,
        evaluation: Evaluation,
        *,
        store: EvaluationStore,
        calls: StoreCalls,
        tasks: RunTasks,
        gather_seconds: float,
    ) -> None:
        self._lease = lease
        self._config = evaluation.config
        self._store = store
        self._calls = calls
        self._tasks = tasks
        self._gather_seconds = gather_seconds
        self._solved: deque[Solved] = deque()
        self._versions: Versions | None = None
        self._sandbox: Mapping[str, bool] = {}
        self._is_opened = False
        self._counts = evaluation.counts
        self._rate = Rate(evaluation.config.concurrency)

    @property
    def counts(self) -> Counts:
        return self._counts

    @property
    def per_second(self) -> float | None:
        """Results of late; None: nothing has been recorded yet."""
        return self._rate.per_second()

    def is_done(self) -> bool:
        """Whether all that was added is recorded."""
        return not self._solved

    def has_room(self) -> bool:
        """Whether what is begun now can be recorded."""
        return len(self._solved) < BACKLOG and not self._calls.away

    def is_made_with(self, run: SampleRun) -> bool:
        """Whether `run` is of the same language model as those before; of the first one it is learned. If not, the run
        stops, and nothing is to be added.
        """
        versions = next((event.versions for event in run.events if isinstance(event, TraceBegun)), None)
        if versions is not None and self._versions is not None and versions.lm != self._versions.lm:
            reason = f"the language model is {versions.lm} now, and was {self._versions.lm}: they are not mixed"
            self._tasks.stop(End(State.PAUSED, reason, drains=False))
            return False
        self._versions = self._versions or versions
        self._sandbox = self._sandbox or run.sandbox
        return True

    def add(self, solved: Iterable[Solved]) -> None:
        """Record them in their turn."""
        self._solved.extend(solved)

    async def record(self) -> None:
        """Record what is added, until this is cancelled."""
        while True:
            await self._tasks.until(lambda: bool(self._solved))
            await self._tasks.until(self._is_gathered, time.monotonic() + self._gather_seconds)
            batch = await self._calls.in_thread(_scored, list(islice(self._solved, BATCH)))
            if not await self._opened():
                self._solved.clear()
                continue
            results = await self._calls.ask(self._keep, batch)
            for _ in batch:
                self._solved.popleft()
            self._count(results)
            self._tasks.wake()

    def _is_gathered(self) -> bool:
        """Whether there is nothing to wait for: a whole batch is there, no other result is on its way, or a fault ends
        the run.
        """
        return len(self._solved) >= BATCH or not self._tasks.under_way or self._tasks.error is not None

    async def _opened(self) -> bool:
        """Keep what the evaluation is made with, before its first result. False: it was made with something else."""
        if self._is_opened or self._versions is None:
            return True
        try:
            await self._calls.ask(
                self._store.opened,
                self._lease,
                self._versions.lm,
                _as_json(self._versions, self._config, self._sandbox),
            )
        except EvaluationStateError as error:
            self._tasks.stop(End(State.PAUSED, str(error), drains=False))
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
        self._rate.add(len(results))


def _scored(batch: Sequence[Solved]) -> list[tuple[Result, Sequence[Event]]]:
    return [(_score(each.work, each.run), each.run.events) for each in batch]


def _score(work: Work, run: SampleRun) -> Result:
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
