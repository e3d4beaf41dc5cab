"""A real scheduler and two real workers; what is killed here was started here."""

import asyncio
import os
import signal
import time

import psutil
import pytest

from app.evaluation import cluster as module
from app.evaluation.cluster import ClusterEngine, Patience
from app.evaluation.engines import open_engine
from app.evaluation.local_cluster import local_cluster
from app.evaluation.station import Station
from tests.app.api.serving import environment
from tests.app.evaluation.processes import fork_servers, gone, solver_children, until
from tests.app.evaluation.tasks import UNKNOWN, endless, pencils, settings, task, verdict_of, write_recording
from tests.ports import free_port

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def lm(tmp_path_factory):
    return write_recording(tmp_path_factory.mktemp("recording") / "recording.jsonl", range(3, 203))


@pytest.fixture(scope="module")
async def cluster(anyio_backend):
    async with local_cluster(2, threads=8, environment=environment(QUOD_CONCURRENCY="4")) as started:
        yield started


@pytest.fixture
async def engine(anyio_backend, cluster):
    found = open_engine(settings(), cluster.address)
    assert isinstance(found, ClusterEngine)
    yield found
    await found.close()


def programs(cluster):
    """Process ids of the programs under way on the workers."""
    return {pid for nanny in cluster.nannies for pid in solver_children(nanny.pid)}


async def test_verdicts_are_those_of_one_process_and_equal_samples_are_each_solved(engine, lm):
    texts = [*(pencils(number) for number in range(3, 53)), pencils(3), pencils(3), UNKNOWN]
    runs = await asyncio.gather(*(engine.submit(task(lm, text)) for text in texts))
    async with Station(settings()) as station:
        alone = [await station.solve(task(lm, text)) for text in texts]

    def shown(run):
        return run.failure or verdict_of(run), [type(event) for event in run.events]

    assert [shown(run) for run in runs] == [shown(run) for run in alone]
    assert len({run.events[0].trace_id for run in runs}) == len(texts)


async def test_cancelling_a_run_ends_what_runs_and_what_waits_and_leaves_the_other_run(engine, cluster, lm):
    cancelled = [engine.submit(endless(lm, evaluation="evl_a")) for _ in range(30)]
    other = engine.submit(endless(lm, evaluation="evl_b"))
    await until(lambda: len(programs(cluster)) >= 4)
    await engine.cancel_run("evl_a")
    assert all(solving.cancelled() for solving in cancelled)
    await until(lambda: len(programs(cluster)) == 1)
    await asyncio.sleep(2)
    assert len(programs(cluster)) <= 1, "what was cancelled began again"
    await until(lambda: len(programs(cluster)) == 1)
    assert not other.done()
    await engine.cancel_run("evl_b")
    await until(lambda: not programs(cluster))


async def test_a_cancelled_sample_ends_its_solver(engine, cluster, lm):
    solving = engine.submit(endless(lm))
    await until(lambda: programs(cluster))
    solving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await solving
    await until(lambda: not programs(cluster))


async def test_another_coordinator_ends_what_the_first_one_left(engine, cluster, lm):
    gone_one = ClusterEngine(cluster.address)
    lost = gone_one.submit(endless(lm, evaluation="evl_left"))
    await until(lambda: programs(cluster))
    await engine.submit(task(lm, pencils(3)))
    await engine.cancel_run("evl_left")
    await until(lambda: not programs(cluster))
    run = await lost
    assert (run.failure.type, run.failure.passing) == ("GivenUpError", True)
    await gone_one.close()


async def test_a_sample_whose_solver_children_are_killed_fails_for_now(engine, cluster, lm):
    solving, killed = engine.submit(endless(lm)), set()
    for _ in range(2):
        for child in await until(lambda: programs(cluster) - killed):
            os.kill(child, signal.SIGKILL)
            killed.add(child)
    run = await solving
    assert (run.failure.type, run.failure.passing) == ("WorkerCrashedError", True)


async def test_a_scheduler_that_was_killed_between_samples_and_came_back_is_noticed(lm):
    port = free_port()
    async with local_cluster(1, threads=4, environment=environment(), port=port) as own:
        engine = ClusterEngine(own.address, Patience(connect=20.0))
        try:
            assert verdict_of(await engine.submit(task(lm, pencils(3)))).answer == "7"
            before = engine._client()
            own.scheduler.kill()
            own.scheduler.wait()
            async with local_cluster(1, threads=4, environment=environment(), port=port) as new:
                solving = engine.submit(endless(lm))
                flight = engine._flights[solving]
                await until(lambda: flight.begun or solving.done())
                if not solving.done():  # it went to the new one, and its start is heard
                    assert engine._client() is not before
                    solving.cancel()
                    await asyncio.wait({solving})
                    await until(lambda: not programs(new))
                run = await passing_through(engine, lm)
                assert verdict_of(run).answer == "7"
                assert engine._client() is not before
        finally:
            await engine.close()


async def passing_through(engine, lm):
    """A sample's run, tried again as an evaluation does."""
    while (run := await engine.submit(task(lm, pencils(3)))).failure is not None:
        assert run.failure.passing
        await asyncio.sleep(0.5)
    return run


async def test_a_worker_of_another_version_is_said(engine, lm, monkeypatch):
    monkeypatch.setattr(module, "quod_version", lambda: "0.0.1")
    run = await engine.submit(task(lm, pencils(3)))
    assert (run.failure.type, run.failure.passing) == ("VersionError", True)
    assert "0.0.1" in run.failure.message


async def test_a_killed_worker_takes_its_processes_along_and_its_samples_are_solved_elsewhere(engine, cluster, lm):
    solving = [engine.submit(endless(lm, evaluation="evl_k")) for _ in range(4)]
    await until(lambda: len(programs(cluster)) >= 4)
    pids = await cluster.worker_pids()
    victim = next(pid for pid in pids.values() if solver_children(pid))
    family = solver_children(victim) | fork_servers(victim)
    assert len(family) > 1
    os.kill(victim, signal.SIGKILL)
    await until(lambda: gone(family))
    # Dask begins them again on a worker that is there.
    await until(lambda: len(programs(cluster)) >= 4)
    assert not any(each.done() for each in solving)
    await engine.cancel_run("evl_k")
    assert verdict_of(await engine.submit(task(lm, pencils(4)))).answer == "11"


async def test_a_worker_that_stands_still_is_restarted_and_the_failure_passes(cluster, lm, monkeypatch):
    monkeypatch.setattr(module, "deadline_seconds", lambda task: 10.0)
    engine = ClusterEngine(cluster.address, Patience(overdue=1.0, answer=3.0))
    try:
        solving = engine.submit(endless(lm))
        await until(lambda: programs(cluster))
        pids = await cluster.worker_pids()
        victim = next(pid for pid in pids.values() if solver_children(pid))
        os.kill(victim, signal.SIGSTOP)
        run = await asyncio.wait_for(solving, 60)
        assert (run.failure.type, run.failure.passing) == ("OverdueError", True)
        await until(lambda: gone([victim]))
        await until(lambda: not programs(cluster))
        monkeypatch.undo()
        assert verdict_of(await engine.submit(task(lm, pencils(3)))).answer == "7"
    finally:
        await engine.close()


async def no_station(dask_worker):
    raise ImportError("there is no Quod here")


async def test_workers_that_take_no_samples_are_said_and_asked_again(cluster, lm, monkeypatch):
    monkeypatch.setattr(module, "open_station", no_station)
    engine = ClusterEngine(cluster.address, Patience(workers=2.0, retry_most=1.0))
    try:
        run = await asyncio.wait_for(engine.submit(task(lm, pencils(3))), 300)
        assert (run.failure.type, run.failure.passing) == ("NoWorkerError", True)
        assert "none that takes samples" in run.failure.message
        monkeypatch.undo()
        assert verdict_of(await asyncio.wait_for(passing_through(engine, lm), 300)).answer == "7"
    finally:
        await engine.close()


async def test_a_sample_under_which_every_worker_dies_is_a_failure_that_passes(engine, cluster, lm, monkeypatch):
    monkeypatch.setattr(module, "DEATHS", 2)
    solving, killed = engine.submit(endless(lm)), set()
    for _ in range(2):
        await until(lambda: programs(cluster))
        pids = set((await cluster.worker_pids()).values())
        victim = next(pid for pid in pids - killed if solver_children(pid))
        killed.add(victim)
        os.kill(victim, signal.SIGKILL)
        await until(lambda victim=victim: gone([victim]))
    run = await asyncio.wait_for(solving, 300)
    assert (run.failure.type, run.failure.passing) == ("WorkerDiedError", True)
    # A nanny that starts a worker does not hear that it is to end.
    while len(await cluster.worker_pids()) < 2:  # noqa: ASYNC110  # other processes
        await asyncio.sleep(0.1)


async def test_where_no_scheduler_is_a_sample_fails_soon_and_passing(lm):
    engine = ClusterEngine("tcp://127.0.0.1:9", Patience(connect=1.0))
    began = time.monotonic()
    runs = await asyncio.gather(*(engine.submit(task(lm, pencils(3))) for _ in range(5)))
    assert all(run.failure.passing for run in runs)
    assert "tcp://127.0.0.1:9" in runs[0].failure.message
    assert time.monotonic() - began < 30
    await engine.close()


async def test_a_killed_scheduler_fails_everything_and_a_new_one_is_found_at_its_address(lm):
    port = free_port()
    async with local_cluster(1, threads=4, environment=environment(), port=port) as own:
        engine = ClusterEngine(own.address, Patience(connect=10.0, workers=3.0))
        try:
            assert verdict_of(await engine.submit(task(lm, pencils(3)))).answer == "7"
            solving = [engine.submit(endless(lm)) for _ in range(3)]
            await until(lambda: programs(own))
            processes = psutil.Process(own.nannies[0].pid).children(recursive=True)
            own.scheduler.kill()
            runs = await asyncio.wait_for(asyncio.gather(*solving), 60)
            assert {(run.failure.type, run.failure.passing) for run in runs} == {("SchedulerLostError", True)}
            # Its workers leave, and nothing of theirs stays.
            await until(lambda: not any(process.is_running() for process in processes))
            run = await asyncio.wait_for(engine.submit(task(lm, pencils(3))), 60)
            assert run.failure.passing

            async with local_cluster(0, environment=environment(), port=port):
                run = await asyncio.wait_for(engine.submit(task(lm, pencils(3))), 300)
                assert (run.failure.type, run.failure.passing) == ("NoWorkerError", True)
            async with local_cluster(1, threads=4, environment=environment(), port=port):
                run = await asyncio.wait_for(engine.submit(task(lm, pencils(3))), 300)
                assert verdict_of(run).answer == "7"
        finally:
            await engine.close()


async def test_a_cluster_that_ends_leaves_no_process(lm):
    async with local_cluster(1, threads=4, environment=environment()) as own:
        engine = ClusterEngine(own.address)
        await engine.submit(task(lm, pencils(3)))
        tree = [process for each in (own.scheduler, *own.nannies) for process in _tree(each.pid)]
        await engine.close()
    await until(lambda: gone([process.pid for process in tree]))


def _tree(pid):
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]
