import asyncio

import pytest

from app.evaluation.engines import open_engine
from app.evaluation.in_process import InProcessEngine
from app.evaluation.station import Station
from tests.app.evaluation.processes import fork_servers, gone, solver_children, until
from tests.app.evaluation.tasks import UNKNOWN, endless, pencils, settings, task, verdict_of, write_recording

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def lm(tmp_path_factory):
    return write_recording(tmp_path_factory.mktemp("recording") / "recording.jsonl")


@pytest.fixture(scope="module")
async def engine(anyio_backend):
    found = open_engine(settings(), None)
    assert isinstance(found, InProcessEngine)
    yield found
    await found.close()


async def test_many_samples_are_solved_side_by_side_and_a_failure_harms_no_other(engine, lm):
    tasks = [task(lm, pencils(number)) for number in range(3, 9)]
    *runs, failed = await asyncio.gather(*(engine.submit(each) for each in [*tasks, task(lm, UNKNOWN)]))
    assert [verdict_of(run).answer for run in runs] == [str(number * 4 - 5) for number in range(3, 9)]
    assert failed.failure.type == "NoRecordedCompletionError"


async def test_equal_samples_are_each_solved(engine, lm):
    tasks = [task(lm, pencils(3)) for _ in range(3)]
    runs = await asyncio.gather(*(engine.submit(each) for each in tasks))
    assert [run.events[0].trace_id for run in runs] == [each.trace_id for each in tasks]


async def test_cancelling_a_run_ends_its_solvers_and_leaves_the_other_run(engine, lm):
    cancelled = [engine.submit(endless(lm, evaluation="evl_a")) for _ in range(4)]
    other = engine.submit(endless(lm, evaluation="evl_b", seconds=40.0))
    await until(solver_children)
    await engine.cancel_run("evl_a")
    assert all(solving.cancelled() for solving in cancelled)
    await until(lambda: len(solver_children()) == 1)  # those that were killed take a moment to go
    assert not other.done()
    await engine.cancel_run("evl_b")
    await until(lambda: not solver_children())


async def test_a_cancelled_sample_ends_its_solver(engine, lm):
    solving = engine.submit(endless(lm))
    await until(solver_children)
    solving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await solving
    await until(lambda: not solver_children())


async def test_cancelling_a_run_that_nobody_knows_does_nothing(engine):
    await engine.cancel_run("evl_nobody")


async def test_a_closed_engine_leaves_no_process_and_takes_nothing_more(lm):
    before = fork_servers()
    engine = InProcessEngine(Station(settings()))
    solving = engine.submit(endless(lm))
    mine = await until(lambda: (fork_servers() - before) if solver_children() else set())
    await engine.close()
    assert solving.cancelled()
    assert gone(mine)
    run = await engine.submit(task(lm, pencils(3)))
    assert (run.failure.type, run.failure.passing) == ("EngineClosedError", True)
