import asyncio
import contextlib
import random

import pytest

from app.errors import EvaluationStateError, LeaseLostError, StoreError, StoreUnavailableError
from app.evaluation import recording
from app.evaluation.engine import Failure, SampleRun
from app.evaluation.slots import Slots
from app.lm.types import LmIdentity, Sampling
from app.reasoning.types import Budget
from app.store.evaluation_types import Outcome, State, Wanted
from app.store.evaluations import EvaluationStore
from app.store.session import Database
from tests.app.evaluation.scripted import TOKENS, ScriptedEngine
from tests.app.evaluation.work import (
    Away,
    FaultyStore,
    begin,
    every_result,
    patient,
    scores,
    take,
    undisturbed,
    until,
    work,
)

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]


@pytest.fixture
def database(tmp_path):
    with Database.open(f"sqlite:///{tmp_path}/quod.db", busy_seconds=30) as database:
        database.upgrade()
        yield database


@pytest.fixture
def store(database):
    return EvaluationStore(database)


# Exactly once


async def test_2000_samples_are_recorded_once_each_whatever_fails_and_score_as_in_a_run_without_faults(store):
    engine = ScriptedEngine(seconds=0.02, fails=0.1, seed=1)
    begin(store, 2_000, concurrency=32)

    async def deaths():
        while True:
            await asyncio.sleep(0.3)
            engine.die()

    dying = asyncio.create_task(deaths())
    ended = await work(store, engine)
    dying.cancel()
    assert ended.state is State.COMPLETED
    found = every_result(store)
    assert len(found) == 2_000
    assert len({(result.position, result.epoch) for result in found}) == 2_000
    assert ended.counts == store.counts("evl_1")
    assert ended.counts.recorded == 2_000
    assert sum(engine.tries.values()) > 2_150, "nothing failed, so nothing was tested"
    assert engine.most_at_once <= 32
    assert scores(store) == undisturbed(2_000)


async def test_results_are_recorded_in_the_order_in_which_samples_end(store):
    engine = ScriptedEngine(seconds=0.02)
    begin(store, 60, concurrency=8)
    ended = []
    run = engine.submit

    async def submit(task):
        found = await run(task)
        ended.append(int(task.key.split("-")[-2]))
        return found

    engine.submit = submit
    await work(store, engine)
    assert [result.position for result in every_result(store)] == ended
    assert ended != sorted(ended)


@pytest.mark.parametrize("seed", range(4))
async def test_paused_resumed_given_back_and_cancelled_at_random_moments_nothing_is_lost_or_done_twice(store, seed):
    chance = random.Random(seed)
    engine = ScriptedEngine(seconds=0.02, fails=0.05, seed=seed)
    begin(store, 300, epochs=2, concurrency=8)
    stops = 0
    while True:
        running = asyncio.create_task(work(store, engine))
        await asyncio.sleep(chance.random() * 0.4)
        if chance.random() < 0.5 and not running.done():
            running.cancel()
        elif not running.done():
            with contextlib.suppress(EvaluationStateError):  # it ended already, and is closing
                store.ask("evl_1", Wanted.PAUSE)
        left = (await asyncio.gather(running, return_exceptions=True))[0]
        evaluation = store.get("evl_1")
        assert not evaluation.owned
        if evaluation.state is State.COMPLETED:
            break
        stops += 1
        assert isinstance(left, asyncio.CancelledError) or left.state is State.PAUSED
        if evaluation.state is State.PAUSED:
            assert store.ask("evl_1", Wanted.RUN).state is State.QUEUED
        if stops > 6:
            chance = random.Random("long enough to end")
            await work(store, engine)
            break
    assert stops
    assert len(every_result(store)) == 600
    assert scores(store) == undisturbed(300, epochs=2)


async def test_cancelled_it_ends_at_once_and_what_was_recorded_stays(store):
    engine = ScriptedEngine(seconds=0.01)
    engine.hangs = {40, 41}
    begin(store, 200, concurrency=4)
    running = asyncio.create_task(work(store, engine, pace=patient(drain_seconds=3_600.0)))
    await until(lambda: store.counts("evl_1").recorded > 60)
    store.ask("evl_1", Wanted.CANCEL)
    ended = await running
    assert ended.state is State.CANCELLED
    assert engine.run_cancelled == ["evl_1"]
    assert engine.given_up >= 2
    assert engine.at_once == 0
    assert 60 < ended.counts.recorded == len(every_result(store)) < 200


async def test_retried_only_what_errored_is_solved_again(store):
    begin(store, 100)
    await work(store, ScriptedEngine())
    errored = {result.position for result in every_result(store) if result.outcome is Outcome.ERRORED}
    assert len(errored) >= 4
    store.retry_errored("evl_1")
    again = ScriptedEngine()
    ended = await work(store, again)
    assert ended.state is State.COMPLETED
    assert set(again.tries) == {f"evl_1-{position}-1" for position in errored}
    assert len(every_result(store)) == 100


async def test_who_was_taken_over_records_nothing_more_and_ends_his_samples(store, database):
    begin(store, 400, concurrency=8)
    older, newer = ScriptedEngine(seconds=0.03), ScriptedEngine(seconds=0.005)
    stopped = FaultyStore(database, Stalled())
    running = asyncio.create_task(work(stopped, older, take(store, owner="older")))
    await until(lambda: store.counts("evl_1").recorded > 20)
    stopped.before.now = True  # as a process that stands still: no heartbeat, results in hand
    await asyncio.sleep(0.1)
    lease = take(store, owner="newer")
    recorded_by_older = len(every_result(store))
    second = asyncio.create_task(work(store, newer, lease))
    stopped.before.now = False
    with pytest.raises(LeaseLostError):
        await running
    ended = await second
    assert ended.state is State.COMPLETED
    assert older.at_once == 0
    assert older.run_cancelled == [], "it would end the samples of the new owner too"
    assert sum(newer.tries.values()) == 400 - recorded_by_older
    assert len(every_result(store)) == 400
    assert scores(store) == undisturbed(400)


class Stalled:
    """Holds up every call but those for reading, while `now` is set."""

    now = False

    def __call__(self, method):
        import time

        while self.now:
            time.sleep(0.01)


# What is bounded


async def test_so_many_are_under_way_as_is_configured_and_no_task_waits_for_each_sample(store):
    engine = ScriptedEngine(seconds=0.01)
    begin(store, 1_000, concurrency=5)
    most_tasks = 0

    def look(_):
        nonlocal most_tasks
        most_tasks = max(most_tasks, len(asyncio.all_tasks()))

    await work(store, engine, on_progress=look)
    assert engine.most_at_once == 5
    assert most_tasks < 30


async def test_two_runs_share_the_places_of_their_process(store):
    both_began = asyncio.Event()

    class Held(ScriptedEngine):
        async def _solve(self, task):
            await both_began.wait()
            return await super()._solve(task)

    engine, slots = Held(seconds=0.01), Slots(6)
    for evaluation_id in ("evl_1", "evl_2"):
        begin(store, 150, evaluation_id=evaluation_id, concurrency=5)
    running = [asyncio.create_task(work(store, engine, take(store, each), slots=slots)) for each in ("evl_1", "evl_2")]
    await until(lambda: engine.at_once == 6)  # more than one of them may have
    both_began.set()
    await asyncio.gather(*running)
    assert engine.most_at_once == 6
    order = [task.evaluation_id for task in engine.seen]
    both = order[max(order.index("evl_1"), order.index("evl_2")) + 12 :][:100]
    assert 35 < both.count("evl_1") < 65
    assert slots.free == 6


async def test_while_recording_falls_behind_no_sample_is_begun(database, store, monkeypatch):
    monkeypatch.setattr(recording, "BACKLOG", 20)
    held = Stalled()
    slow = FaultyStore(database, lambda method: held(method) if method == "record" else None)
    engine = ScriptedEngine()
    begin(store, 500, concurrency=8)
    held.now = True
    running = asyncio.create_task(work(slow, engine))
    await until(lambda: engine.ended >= 20)
    await asyncio.sleep(0.3)
    assert engine.ended <= 20 + 8
    held.now = False
    assert (await running).counts.recorded == 500


# The database


@pytest.mark.parametrize("methods", [(), ("record",)], ids=["away altogether", "disk full"])
async def test_a_database_that_is_away_for_a_while_costs_no_result_and_no_second_try(database, store, methods):
    away = Away(*methods)
    engine, heard = ScriptedEngine(seconds=0.005), []
    begin(store, 600, concurrency=8)
    running = asyncio.create_task(work(FaultyStore(database, away), engine, on_progress=heard.append))
    for _ in range(3):
        before = engine.ended
        await until(lambda before=before: engine.ended > before + 40)
        away.now = True
        await until(lambda seen=away.refused: away.refused > seen)
        told = len(heard)
        await until(lambda told=told: any(progress.trouble for progress in heard[told:]))
        await asyncio.sleep(0.1)
        held = len(engine.seen)
        await asyncio.sleep(0.2)
        assert len(engine.seen) == held, "samples were begun whose results nobody can keep"
        away.now = False
    ended = await running
    assert ended.state is State.COMPLETED
    assert set(engine.tries.values()) == {1}
    assert len(every_result(store)) == 600


async def test_a_database_that_stays_away_ends_the_run_with_a_clear_error_and_it_goes_on_later(database, store):
    away, engine = Away(), ScriptedEngine(seconds=0.005)
    begin(store, 200, concurrency=8, patience_seconds=0.3)
    running = asyncio.create_task(work(FaultyStore(database, away), engine))
    await until(lambda: engine.ended > 60)
    away.now = True
    with pytest.raises(
        StoreUnavailableError, match=r"away for .*: the disk is full: make room.* resume evaluation evl_1"
    ):
        await running
    assert engine.at_once == 0
    ended = await work(store, engine)  # by whoever finds the lease stale
    assert ended.state is State.COMPLETED
    assert len(every_result(store)) == 200


async def test_a_trace_that_the_database_does_not_take_is_that_samples_error_alone(database, store):
    begin(store, 50)

    class Refusing(EvaluationStore):
        def record(self, lease, results):
            if any(result.position == 7 and events for result, events in results):
                raise StoreError("a number is too large")
            super().record(lease, results)

    ended = await work(Refusing(database), ScriptedEngine())
    assert ended.state is State.COMPLETED
    (errored,) = [result for result in every_result(store) if result.position == 7]
    assert (errored.outcome, errored.error_type) == (Outcome.ERRORED, "StoreError")
    assert "a number is too large" in errored.error
    assert errored.trace_id is None
    assert len(every_result(store)) == 50


# Failures that may pass


async def test_when_everything_fails_it_pauses_with_the_reason_and_has_not_asked_much(store):
    engine = ScriptedEngine(seconds=0.001)
    engine.down = True
    begin(store, 1_000, concurrency=8, patience_seconds=1.0)
    ended = await work(store, engine)
    assert ended.state is State.PAUSED
    assert "the server does not answer" in ended.reason
    assert every_result(store) == []
    assert sum(engine.tries.values()) < 100
    assert not ended.owned


async def test_an_outage_that_passes_leaves_no_trace_in_the_results(store):
    engine = ScriptedEngine(seconds=0.005)
    begin(store, 400, concurrency=8)
    running = asyncio.create_task(work(store, engine))
    await until(lambda: engine.ended > 100)
    engine.down = True
    asked = len(engine.seen)
    await asyncio.sleep(1.0)
    assert len(engine.seen) - asked < 80, "while everything fails, one at a time is tried"
    engine.down = False
    assert (await running).state is State.COMPLETED
    assert scores(store) == undisturbed(400)


@pytest.mark.parametrize("total", [100, 3], ids=["among others", "nearly alone"])
async def test_a_sample_that_kills_every_worker_is_recorded_as_errored_and_the_others_are_not(store, total):
    engine = ScriptedEngine(seconds=0.001)
    engine.kills = {1}
    begin(store, total)
    ended = await work(store, engine)
    assert ended.state is State.COMPLETED
    (killer,) = [result for result in every_result(store) if result.position == 1]
    assert killer.outcome is Outcome.ERRORED
    assert killer.error_type == "WorkerDiedError"
    assert "failed 8 times while others were solved" in killer.error
    assert engine.tries["evl_1-1-1"] == 8
    assert len(every_result(store)) == total


async def test_a_killer_that_is_all_that_is_left_is_told_from_a_server_that_is_down(store):
    engine = ScriptedEngine(seconds=0.001)
    engine.kills = {3}
    begin(store, 20)
    running = asyncio.create_task(work(store, engine, pace=patient(tries=1_000_000)))
    await until(lambda: store.counts("evl_1").waiting == 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    tried = engine.tries["evl_1-3-1"]
    # For this owner every try fails from the first one on; a sample solved before shows whose fault it is.
    ended = await work(store, engine)
    assert ended.state is State.COMPLETED
    assert engine.tries["evl_1-3-1"] == tried + 8
    assert len(every_result(store)) == 20


async def test_a_sample_that_hangs_is_given_up_and_the_others_are_solved(store):
    engine = ScriptedEngine(seconds=0.001)
    engine.hangs = {2}
    begin(store, 30, concurrency=3, budget=Budget(seconds=0.05))
    ended = await work(store, engine, pace=patient(grace_seconds=-19.9, tries=2))
    assert ended.state is State.COMPLETED
    (hanging,) = [result for result in every_result(store) if result.position == 2]
    assert (hanging.outcome, hanging.error_type) == (Outcome.ERRORED, "TimeoutError")
    assert engine.given_up >= 2
    assert engine.at_once == 0


async def test_a_fault_of_the_engine_is_tried_again_and_then_recorded(store):
    engine = ScriptedEngine()
    engine.raises = {4}
    begin(store, 30)
    assert (await work(store, engine)).state is State.COMPLETED
    (result,) = [result for result in every_result(store) if result.position == 4]
    assert (result.outcome, result.error_type) == (Outcome.ERRORED, "RuntimeError")


# How it ends


async def test_the_cap_on_tokens_pauses_it_with_no_more_beyond_than_was_under_way(store):
    engine = ScriptedEngine(seconds=0.005)
    begin(store, 500, concurrency=8, token_cap=1_000)
    ended = await work(store, engine)
    assert ended.state is State.PAUSED
    assert "the cap is 1000" in ended.reason
    assert 1_000 <= ended.tokens <= 1_000 + 8 * TOKENS
    assert ended.counts.recorded == len(every_result(store))


async def test_a_pause_lets_samples_under_way_end_and_records_them(store):
    engine = ScriptedEngine(seconds=0.3)
    begin(store, 100, concurrency=8)
    running = asyncio.create_task(work(store, engine))
    await until(lambda: engine.ended >= 8)
    store.ask("evl_1", Wanted.PAUSE)
    ended = await running
    assert ended.state is State.PAUSED
    assert engine.given_up == 0
    assert ended.counts.recorded == sum(engine.tries.values())


async def test_a_pause_does_not_wait_for_ever(store):
    engine = ScriptedEngine()
    engine.hangs = {0}
    begin(store, 100, concurrency=2)
    running = asyncio.create_task(work(store, engine, pace=patient(drain_seconds=0.2)))
    await until(lambda: engine.ended == 99)  # all but the one that hangs
    store.ask("evl_1", Wanted.PAUSE)
    assert (await running).state is State.PAUSED
    assert engine.given_up == 1


async def test_who_is_told_to_stop_records_what_is_solved_and_gives_the_lease_back(store):
    engine = ScriptedEngine(seconds=0.05)
    begin(store, 300, concurrency=8)
    running = asyncio.create_task(work(store, engine, pace=patient(gather_seconds=0.2)))
    await until(lambda: engine.ended >= 30)
    ended_before = engine.ended
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    left = store.get("evl_1")
    assert left.state is State.QUEUED
    assert not left.owned
    assert left.counts.recorded >= ended_before - 8, "at most those that ended in the same moment"
    assert engine.at_once == 0
    assert store.heartbeat("evl_1")[1] == 0, "the next one need not wait"


async def test_results_wait_for_others_only_while_there_are_any(store):
    begin(store, 20, concurrency=4)
    ended = await asyncio.wait_for(work(store, ScriptedEngine(), pace=patient(gather_seconds=3600)), 60)
    assert ended.state is State.COMPLETED
    assert ended.counts.recorded == 20


async def test_a_language_model_that_cannot_be_opened_fails_the_run_at_once(store):
    engine = ScriptedEngine()

    async def submit(task):
        return SampleRun((), Failure("LmSpecError", "no such folder: name another", passing=False), None, 0.0)

    engine.submit = submit
    begin(store, 100)
    ended = await work(store, engine)
    assert ended.state is State.FAILED
    assert "no such folder" in ended.reason
    assert every_result(store) == []


async def test_results_of_two_language_models_are_never_mixed(store):
    begin(store, 100, concurrency=4)
    first = ScriptedEngine(seconds=0.01)
    first.hangs = {50}
    running = asyncio.create_task(work(store, first))
    await until(lambda: store.counts("evl_1").recorded > 10)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    before = every_result(store)
    other = ScriptedEngine(lm=LmIdentity("scripted", "another", "2"))
    ended = await work(store, other)
    assert ended.state is State.PAUSED
    assert "language model" in ended.reason
    assert every_result(store) == before


async def test_a_sample_that_cannot_be_scored_errored_and_the_others_go_on(store, monkeypatch):
    score = recording.score

    def faulty(sample, run, epoch, position):
        if position == 9:
            raise ZeroDivisionError("of ours")
        return score(sample, run, epoch, position)

    monkeypatch.setattr(recording, "score", faulty)
    begin(store, 40)
    assert (await work(store, ScriptedEngine())).state is State.COMPLETED
    (result,) = [result for result in every_result(store) if result.position == 9]
    assert (result.outcome, result.error_type) == (Outcome.ERRORED, "ZeroDivisionError")


# What it says and hands out


async def test_the_progress_counts_up_and_knows_when_it_will_be_done(store):
    heard = []
    begin(store, 400, concurrency=8)
    await work(store, ScriptedEngine(seconds=0.02), on_progress=heard.append)
    recorded = [progress.counts.recorded for progress in heard]
    assert recorded == sorted(recorded)
    assert recorded[-1] == 400
    assert heard[-1].tokens == 400 * TOKENS
    assert heard[-1].seconds_left == 0
    early = next(progress for progress in heard if progress.counts.recorded >= 100)
    assert early.seconds_left == pytest.approx(early.counts.waiting / early.samples_per_second)


async def test_a_progress_that_cannot_be_shown_does_not_end_the_run(store):
    def broken(progress):
        raise BrokenPipeError

    begin(store, 40)
    assert (await work(store, ScriptedEngine(), on_progress=broken)).state is State.COMPLETED


async def test_epochs_that_draw_without_a_seed_get_one_each(store):
    engine = ScriptedEngine()
    begin(store, 2, epochs=2, sampling=Sampling(temperature=0.7))
    await work(store, engine)
    assert {(task.key.split("-")[-1], task.sampling.seed) for task in engine.seen} == {("1", 0), ("2", 1)}


async def test_a_single_epoch_draws_without_a_seed_where_none_is_given(store):
    engine = ScriptedEngine()
    begin(store, 2, sampling=Sampling(temperature=0.7))
    await work(store, engine)
    assert {task.sampling.seed for task in engine.seen} == {None}


async def test_each_epoch_draws_with_a_seed_of_its_own_and_each_try_has_a_trace_of_its_own(store):
    engine = ScriptedEngine(fails=0.3)
    begin(store, 20, epochs=3, sampling=Sampling(temperature=0.7, seed=5))
    await work(store, engine)
    seeds = {task.key.split("-")[-1]: task.sampling.seed for task in engine.seen}
    assert seeds == {"1": 5, "2": 6, "3": 7}
    assert len({task.trace_id for task in engine.seen}) == len(engine.seen) > 60
