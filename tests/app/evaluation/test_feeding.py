import pytest

from app.evaluation.breaker import OPENS_AFTER, Backoff, Breaker
from app.evaluation.engine import Failure, SampleRun
from app.evaluation.feeding import Feed
from app.evaluation.run_tasks import RunTasks
from app.evaluation.store_calls import StoreCalls
from app.evaluation.tries import Solved, Work
from app.store.evaluation_types import State
from app.store.evaluations import EvaluationStore
from app.store.session import Database
from tests.app.evaluation.work import SHA256, begin

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]


async def test_where_only_refused_samples_are_left_and_none_was_solved_to_probe_with_the_run_pauses(tmp_path):
    with Database.open(f"sqlite:///{tmp_path}/quod.db") as database:
        database.upgrade()
        store, tasks, backoff = EvaluationStore(database), RunTasks(), Backoff(0.001, 0.001)
        breaker, calls = Breaker(backoff), StoreCalls("evl_1", tasks, backoff)
        evaluation = begin(store, 1)
        feed = Feed(
            evaluation, (), lambda: True, store=store, calls=calls, tasks=tasks, breaker=breaker, backoff=backoff
        )
        refused = SampleRun((), Failure("LmRefusedError", "the key is wrong", passing=False), None, 0.1)
        feed.hold_back(Solved(Work(0, 1, store.samples(SHA256)[0]), refused))
        for _ in range(OPENS_AFTER):
            breaker.failed("the server does not answer")
        assert await feed.next() is None
        calls.close()
    assert tasks.end is not None
    assert tasks.end.state is State.PAUSED
    assert "the key is wrong" in tasks.end.reason
