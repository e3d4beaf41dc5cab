"""An engine that solves nothing, and says at once, late, never or wrongly what a test wants; and the samples for it."""

import asyncio
import hashlib
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from app.evaluation.engine import Failure, SampleRun, SampleTask
from app.lm.types import LmIdentity
from app.problem import Kind, Problem
from app.reasoning.events import AttemptEnded, TraceBegun, VerdictReached
from app.reasoning.types import Evidence, Spent, Trust, Verdict, VerdictKind
from app.store.evaluation_types import Answers, Sample
from solvers.types import Language
from tests.app.store.examples import attempt, versions

LM = LmIdentity("scripted", "scripted", "1")
TOKENS = 10
"""Of each sample that is solved."""

DOWN = Failure("LmUnavailableError", "the server does not answer", passing=True)
DIED = Failure("WorkerDiedError", "the worker that had it is gone", passing=True)


def samples(number: int) -> list[Sample]:
    return [
        Sample(f"s{index}", Problem(f"Problem {index}: how many?"), str(index), Answers.NUMBER)
        for index in range(number)
    ]


def number_of(problem: Problem) -> int:
    return int(problem.text.split()[1].rstrip(":"))


class ScriptedEngine:
    """An `Engine`. A sample's result depends on its number alone: right, wrong, without a verdict or with a fault.

    Args:
        seconds: the longest a sample takes; they end in another order than they began in.
        fails: share of tries that fail in a way that may pass, by chance.
    """

    def __init__(self, *, seconds: float = 0.0, fails: float = 0.0, seed: int = 0, lm: LmIdentity = LM) -> None:
        self.seconds, self.fails, self.lm = seconds, fails, lm
        self.down = False
        self.hangs: set[int] = set()
        self.kills: set[int] = set()
        self.raises: set[int] = set()
        self.unscorable: set[int] = set()
        self.tries: Counter[str] = Counter()
        self.at_once = self.most_at_once = self.ended = self.given_up = 0
        self.run_cancelled: list[str] = []
        self.seen: list[SampleTask] = []
        self._chance = random.Random(seed)
        self._dead = asyncio.Event()

    async def submit(self, task: SampleTask) -> SampleRun:
        self.tries[task.key] += 1
        self.seen.append(task)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._solve(task)
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        finally:
            self.at_once -= 1
            self.ended += 1

    async def cancel_run(self, evaluation_id: str) -> None:
        self.run_cancelled.append(evaluation_id)

    async def close(self) -> None: ...

    def die(self) -> None:
        """Every sample under way is lost, as with its worker."""
        dead, self._dead = self._dead, asyncio.Event()
        dead.set()

    async def _solve(self, task: SampleTask) -> SampleRun:
        number = number_of(task.problem)
        failing = self._chance.random() < self.fails
        seconds = self.seconds * self._chance.random()
        if number in self.raises:
            raise RuntimeError("a fault of the engine")
        try:
            async with asyncio.timeout(3_600.0 if number in self.hangs else seconds):
                await self._dead.wait()
            return SampleRun((), DIED, None, seconds)
        except TimeoutError:
            pass
        if number in self.kills:
            return SampleRun((), DIED, None, seconds)
        if self.down or failing:
            return SampleRun(solved(task, number, self.lm).events[:2], DOWN, None, seconds)
        return solved(task, number, self.lm)


def solved(task: SampleTask, number: int, lm: LmIdentity = LM) -> SampleRun:
    begun = TraceBegun(
        task.trace_id, task.problem, Kind.ARITHMETIC, Language.PROLOG, datetime.now(UTC), replace(versions(), lm=lm)
    )
    tried = attempt(text=f"program of problem {number}")
    spent = Spent(1, TOKENS - 3, 3, 0.01, 0.001, 0.02)
    if number % 23 == 5:
        failure = Failure("WorkerCrashedError", "the solver crashed", passing=False)
        why = Verdict(VerdictKind.UNRESOLVED, "the solvers failed: the solver crashed")
        return SampleRun((begun, VerdictReached(task.trace_id, why, Evidence(), spent)), failure, None, 0.02)
    verdict = Verdict(VerdictKind.ANSWERED, "the only answer", str(answer_to(number)), Trust.DETERMINATE)
    if number % 17 == 3:
        verdict = Verdict(VerdictKind.UNRESOLVED, "the budget is spent")
    events = (begun, AttemptEnded(task.trace_id, tried), VerdictReached(task.trace_id, verdict, Evidence(), spent))
    return SampleRun(events, None, None, 0.02)


def answer_to(number: int) -> int:
    """Wrong for a fifth of them, and always the same."""
    return number + (hashlib.sha256(str(number).encode()).digest()[0] % 5 == 0)
