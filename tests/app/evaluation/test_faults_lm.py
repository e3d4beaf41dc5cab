"""The language model's server goes away, asks to come later, fails, writes nonsense or refuses; a run survives it."""

import asyncio
from dataclasses import replace

import pytest

from app.evaluation.in_process import InProcessEngine
from app.evaluation.station import Station
from app.lm.types import Sampling
from app.problem import Kind, Problem
from app.reasoning.types import Assurance, Budget
from app.store.completions import SqlCompletionCache
from app.store.evaluation_types import Outcome, State, Wanted
from app.store.evaluations import EvaluationStore
from app.store.session import Database
from tests.app.evaluation.faults import PACE, assert_whole, begin, problem, scores, undisturbed, write_answers
from tests.app.evaluation.tasks import settings, task
from tests.app.evaluation.work import every_result, take, until, work
from tests.ports import free_port
from tests.stand_in import Faults, Script, StandIn

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

NUMBER = 48


@pytest.fixture
def database(sqlite_url):
    with Database.open(sqlite_url, busy_seconds=60) as database:
        yield database


@pytest.fixture
def store(database):
    return EvaluationStore(database)


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    return Script(None, write_answers(tmp_path_factory.mktemp("answers") / "answers.jsonl", NUMBER))


@pytest.fixture(scope="module")
async def station(anyio_backend):
    """One try for each completion: what fails comes back to the run."""
    async with Station(settings(lm_retries=0, lm_concurrency=32)) as station:
        yield station


@pytest.fixture
def engine(station):
    return InProcessEngine(station)  # not closed: its station serves the other tests, too


@pytest.fixture
async def caching(database):
    """An engine that keeps completions in the database, as that of a command line does."""
    engine = InProcessEngine(Station(settings(lm_retries=0, lm_concurrency=32), SqlCompletionCache(database)))
    yield engine
    await engine.close()


def lm_at(server):
    return f"http:stand-in@{server.address}"


# Away


async def test_a_server_that_goes_away_for_a_while_costs_no_result_and_is_not_asked_much(store, engine, script):
    heard = []
    async with StandIn(script, Faults(latency=0.02, down_after=15, down_for=4.0)) as server:
        begin(store, NUMBER, lm_at(server))
        await work(store, engine, pace=PACE, on_progress=heard.append)
        assert 0 < server.counts["down"] < 8 + 4.0 / (0.5 * PACE.retry_most_seconds) + 8
    assert_whole(store, NUMBER)
    assert any("cannot be reached" in progress.trouble for progress in heard)


async def test_a_server_that_goes_away_at_the_end_is_not_taken_for_a_fault_of_the_samples_that_are_left(
    store, caching, script
):
    # Nothing new is left to try then, and what is solved again to see whether anything can be is in the cache.
    async with StandIn(script, Faults(latency=0.02, down_after=NUMBER - 6, down_for=5.0)) as server:
        begin(store, NUMBER, lm_at(server), sampling=Sampling())
        await work(store, caching, pace=replace(PACE, tries=3))
        assert server.counts["down"] > 6
    assert_whole(store, NUMBER)


async def test_a_server_that_is_never_there_pauses_the_run_with_the_reason_and_nothing_is_recorded(
    store, engine, script
):
    port = free_port()
    begin(store, NUMBER, f"http:stand-in@http://127.0.0.1:{port}/v1", patience_seconds=2.0)
    ended = await work(store, engine, pace=PACE)
    assert ended.state is State.PAUSED
    assert "cannot be reached" in ended.reason
    assert not every_result(store)
    async with StandIn(script) as again:
        await again.close()
        await again.start(port=port)
        store.ask("evl_1", Wanted.RUN)
        await work(store, engine, pace=PACE)
    assert_whole(store, NUMBER)


# Too much, and too late


async def test_a_server_that_limits_the_rate_makes_a_run_slower_and_no_sample_is_blamed(store, engine, script):
    async with StandIn(script, Faults(rate_limit=4.0)) as server:
        begin(store, NUMBER, lm_at(server), concurrency=24)
        await work(store, engine, pace=replace(PACE, tries=2))
        assert server.counts["rate_limited"] > 10
    assert_whole(store, NUMBER)


async def test_time_in_which_a_server_asks_to_wait_is_not_taken_from_a_sample(store, script):
    async with (
        StandIn(script, Faults(rate_limit=1.0, retry_after=4)) as server,
        Station(settings(lm_retries=20, lm_concurrency=8)) as waiting,
    ):
        begin(store, 6, lm_at(server), budget=Budget(seconds=7.0))
        running = asyncio.create_task(work(store, InProcessEngine(waiting), pace=PACE))
        await until(lambda: server.counts["rate_limited"] >= 10, 300)
        server.faults = Faults()
        await running
    assert_whole(store, 6)


async def test_a_second_reading_that_the_server_keeps_back_is_not_recorded_as_one_that_there_is_not(station, script):
    async with StandIn(script, Faults(down_after=1, down_for=600.0)) as server:
        asked = task(lm_at(server), problem(3), assurance=Assurance(corroborate=True))
        run = await station.solve(replace(asked, problem=Problem(problem(3), Kind.ARITHMETIC)))
    assert run.failure is not None
    assert (run.failure.type, run.failure.passing) == ("LmUnavailableError", True)


# Wrong


async def test_garbage_for_one_sample_in_twenty_among_errors_and_resets_is_those_samples_alone(
    database, store, engine, script
):
    nonsense = Faults(garbage=0.1)
    async with StandIn(script, nonsense, seed=2) as server:
        begin(store, NUMBER, lm_at(server), "evl_0")
        await work(store, engine, take(store, "evl_0"), pace=PACE)
        garbled = server.counts["garbage"]
    quiet = scores(store, "evl_0")
    changed = {each[0] for each in quiet} - {each[0] for each in set(quiet) & set(undisturbed(NUMBER))}
    assert 1 <= len(changed) <= NUMBER / 5
    assert garbled >= len(changed)
    faults = replace(nonsense, errors=0.1, resets=0.1, slow_streams=0.1, slow_seconds=0.2, latency=0.02, jitter=1.0)
    async with StandIn(script, faults, seed=2) as server:
        begin(store, NUMBER, lm_at(server))
        await work(store, engine, pace=PACE)
        assert min(server.counts[name] for name in ("garbage", "errors", "resets", "slow")) > 0
    assert_whole(store, NUMBER, quiet)


# Refused


@pytest.mark.parametrize("status", [401, 404])
async def test_a_server_that_refuses_every_request_pauses_the_run_at_once_and_nothing_is_recorded(
    store, engine, script, status
):
    async with StandIn(script, Faults(refuses=status)) as server:
        begin(store, NUMBER, lm_at(server))
        ended = await work(store, engine, pace=PACE)
        assert ended.state is State.PAUSED
        assert f"answers {status}" in ended.reason
        assert "every request is refused" in ended.reason
        assert (every_result(store), ended.counts.errored) == ([], 0)
        assert server.counts["requests"] <= 5 + 8
        server.faults = Faults()
        store.ask("evl_1", Wanted.RUN)
        await work(store, engine, pace=PACE)
    assert_whole(store, NUMBER)


async def test_a_key_that_is_taken_back_in_the_middle_pauses_the_run_and_no_sample_errored(store, caching, script):
    async with StandIn(script, Faults(latency=0.05)) as server:
        begin(store, NUMBER, lm_at(server))
        running = asyncio.create_task(work(store, caching, pace=PACE))
        await until(lambda: store.counts("evl_1").recorded >= 10)
        server.faults = Faults(refuses=401)
        ended = await running
        assert (ended.state, ended.counts.errored) == (State.PAUSED, 0)
        assert "the key" in ended.reason or "QUOD_LM_API_KEY" in ended.reason
        server.faults = Faults()
        store.ask("evl_1", Wanted.RUN)
        await work(store, caching, pace=PACE)
    assert_whole(store, NUMBER)


async def test_samples_that_are_refused_while_others_are_taken_errored_wherever_they_stand(store, engine, tmp_path):
    unknown = {*range(10, 18), NUMBER - 1}
    script = Script(None, write_answers(tmp_path / "answers.jsonl", NUMBER, unknown))
    async with StandIn(script, Faults(latency=0.02)) as server:
        begin(store, NUMBER, lm_at(server), concurrency=4)
        ended = await work(store, engine, pace=PACE)
    assert ended.state is State.COMPLETED
    errored = {result.position for result in every_result(store) if result.outcome is Outcome.ERRORED}
    assert errored == unknown
    assert {each for each in scores(store) if each[0] not in unknown} <= set(undisturbed(NUMBER))


async def test_what_an_evaluation_is_made_with_names_the_layers_of_the_sandbox(store, engine, script):
    async with StandIn(script) as server:
        begin(store, 2, lm_at(server))
        ended = await work(store, engine, pace=PACE)
    run = next(each for each in (await engine_health(engine)).values())
    assert ended.versions["sandbox"] == {name: getattr(run.layers, name) for name in type(run.layers).__slots__}
    assert any(ended.versions["sandbox"].values())


async def engine_health(engine):
    return await engine._station._runtime.health()
