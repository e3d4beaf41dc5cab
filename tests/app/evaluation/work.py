"""An evaluation to work on in a real database, and what is wrong with a database at times."""

import time
from collections.abc import Callable
from dataclasses import replace

from app.errors import StoreUnavailableError
from app.evaluation.engine import SampleTask
from app.evaluation.runner import Pace, run_evaluation
from app.evaluation.scoring import score
from app.evaluation.slots import Slots
from app.lm.types import Sampling
from app.reasoning.types import Assurance, Budget
from app.store.evaluation_types import Evaluation, EvaluationConfig, Lease
from app.store.evaluations import EvaluationStore
from solvers.types import Limits
from tests.app.evaluation.scripted import samples, solved

QUICK = Pace(
    beat_seconds=0.05,
    gather_seconds=0.01,
    retry_seconds=0.01,
    retry_most_seconds=0.05,
    drain_seconds=120.0,
    end_seconds=300.0,
    progress_seconds=0.05,
)
"""Everything at once; busy machines have time all the same."""

SHA256 = "5" * 64


def begin(store, number, *, evaluation_id="evl_1", attended=False, **config) -> Evaluation:
    """A new evaluation of so many samples."""
    store.add_dataset("made up", "here", "CC0-1.0", SHA256, samples(number))
    wanted = EvaluationConfig(**{"lm": "scripted:", "concurrency": 16, "patience_seconds": 60.0, **config})
    return store.create(evaluation_id, SHA256, wanted, attended=attended)


def take(store, evaluation_id="evl_1", owner="me") -> Lease:
    lease = store.take(evaluation_id, owner, store.heartbeat(evaluation_id))
    assert lease is not None
    return lease


async def work(store, engine, lease=None, **how) -> Evaluation:
    return await run_evaluation(
        lease or take(store), **{"store": store, "engine": engine, "slots": Slots(64), "pace": QUICK, **how}
    )


def every_result(store, evaluation_id="evl_1"):
    """All results, in the order in which they were recorded."""
    found, after, more = [], 0, True
    while more:
        page, more = store.results(evaluation_id, 500, after)
        found += page
        after = page[-1].sequence if page else after
    return found


def scores(store, evaluation_id="evl_1"):
    """What an evaluation found out, whenever and in whatever order."""
    return sorted(
        (result.position, result.epoch, result.outcome, result.answer) for result in every_result(store, evaluation_id)
    )


def undisturbed(number, epochs=1):
    """The scores that `ScriptedEngine`'s samples earn when nothing goes wrong."""
    every = [(sample, position) for position, sample in enumerate(samples(number))]
    results = [
        score(sample, solved(task_of(sample), position), epoch, position)
        for epoch in range(1, epochs + 1)
        for sample, position in every
    ]
    return sorted((result.position, result.epoch, result.outcome, result.answer) for result in results)


def task_of(sample) -> SampleTask:
    return SampleTask(
        "evl_0", "0", sample.problem, "scripted:", "trc_0", False, Sampling(), Budget(), Limits(), Assurance()
    )


class FaultyStore(EvaluationStore):
    """The real store; before a call of one of its methods, `before` may raise or wait. It gets the method's name."""

    def __init__(self, database, before: Callable[[str], None]) -> None:
        super().__init__(database)
        self.before = before

    def __getattribute__(self, name):
        found = super().__getattribute__(name)
        if name.startswith("_") or name == "before" or not callable(found):
            return found

        def called(*args, **kwargs):
            self.before(name)
            return found(*args, **kwargs)

        return called


class Away:
    """A database that is away, or whose disk is full, while `now` is set."""

    def __init__(self, *methods: str) -> None:
        self.methods = methods
        self.now = False
        self.refused = 0

    def __call__(self, method: str) -> None:
        if self.now and (not self.methods or method in self.methods):
            self.refused += method != "beat"
            raise StoreUnavailableError("the disk is full: make room")


async def until(condition, seconds=60.0):
    """Wait for what a test is about to look at."""
    import asyncio

    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        await asyncio.sleep(0.005)


def patient(**changes) -> Pace:
    return replace(QUICK, **changes)
