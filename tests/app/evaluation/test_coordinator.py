import asyncio
import json
import subprocess
import sys
import threading

import pytest

from app.errors import EvaluationStateError, StoreUnavailableError
from app.evaluation import coordinator as coordinating
from app.evaluation.coordinator import Coordinator, Watch, attend
from app.evaluation.slots import Slots
from app.store.evaluation_types import State, Wanted
from app.store.evaluations import EvaluationStore
from app.store.session import Database
from tests.app.evaluation.scripted import ScriptedEngine
from tests.app.evaluation.work import QUICK, Away, FaultyStore, begin, every_result, patient, take, until, work

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path}/quod.db"


@pytest.fixture
def database(database_url):
    with Database.open(database_url, busy_seconds=60) as database:
        database.upgrade()
        yield database


@pytest.fixture
def store(database):
    return EvaluationStore(database)


def coordinating_in(store, engine, slots=None, **how):
    how = {"look_seconds": 0.05, "stale_seconds": 1.0, "pace": QUICK, **how}
    return Coordinator(store, engine, slots or Slots(16), **how)


def state(store, evaluation_id="evl_1"):
    return store.get(evaluation_id).state


# Heartbeats that stand still


@pytest.fixture
def clock(monkeypatch):
    """The monotonic clock of a watcher, moved by hand."""

    class Clock:
        now = 1_000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(coordinating, "time", clock)
    return clock


def test_who_beats_is_left_alone_and_who_stands_still_for_long_enough_is_followed(clock):
    watch = Watch(stale_seconds=15.0, look_seconds=1.0)
    for second in range(15):
        assert watch.look({"alive": (1, second + 1), "gone": (4, 7)}) == []
        clock.now += 1
    assert watch.look({"alive": (1, 99), "gone": (4, 7)}) == ["gone"]


def test_a_lease_that_nobody_holds_is_free_at_once(clock):
    assert Watch().look({"new": (0, 0), "given back": (3, 0), "held": (1, 1)}) == ["new", "given back"]


def test_time_in_which_the_watcher_stood_still_does_not_count(clock):
    watch = Watch(stale_seconds=15.0, look_seconds=1.0)
    watch.look({"a": (1, 5)})
    clock.now += 3_600  # the machine slept, and the owner with it
    assert watch.look({"a": (1, 5)}) == []


def test_time_in_which_the_database_could_not_be_read_does_not_count(clock):
    watch = Watch(stale_seconds=3.0, look_seconds=1.0)
    for _ in range(10):
        assert watch.look({"a": (1, 5)}) == []
        clock.now += 2
        watch.blind()


# A service


async def test_what_is_queued_is_begun_and_several_share_the_places_of_the_process(store):
    engine = ScriptedEngine(seconds=0.01)
    for number in range(3):
        begin(store, 60, evaluation_id=f"evl_{number}", concurrency=8)
    begin(store, 5, evaluation_id="evl_attended", attended=True)
    async with coordinating_in(store, engine, Slots(6)):
        await until(lambda: all(state(store, f"evl_{number}") is State.COMPLETED for number in range(3)), 300)
    assert engine.most_at_once == 6
    assert state(store, "evl_attended") is State.QUEUED
    assert store.counts("evl_attended").recorded == 0


async def test_called_it_begins_at_once_with_what_is_new(store):
    async with coordinating_in(store, ScriptedEngine(), look_seconds=3_600.0) as coordinator:
        for number in range(3):
            begin(store, 5, evaluation_id=f"evl_{number}")
            coordinator.look_now()
            await until(lambda number=number: state(store, f"evl_{number}") is State.COMPLETED)


async def test_one_that_is_resumed_goes_on_by_itself(store):
    engine = ScriptedEngine(seconds=0.5)  # it must not end before it is paused
    begin(store, 200, concurrency=4)
    async with coordinating_in(store, engine):
        await until(lambda: store.counts("evl_1").recorded > 10)
        store.ask("evl_1", Wanted.PAUSE)
        await until(lambda: state(store) is State.PAUSED)
        recorded = store.counts("evl_1").recorded
        await asyncio.sleep(0.3)
        assert store.counts("evl_1").recorded == recorded
        engine.seconds = 0.01
        store.ask("evl_1", Wanted.RUN)
        await until(lambda: state(store) is State.COMPLETED, 300)
    assert len(every_result(store)) == 200


async def test_at_its_end_it_gives_every_lease_back_and_the_next_start_goes_on_at_once(store):
    engine = ScriptedEngine(seconds=0.05)
    engine.hangs = {199}  # neither has ended before both are under way
    for number in range(2):
        begin(store, 200, evaluation_id=f"evl_{number}", concurrency=4)
    async with coordinating_in(store, engine) as coordinator:
        await until(lambda: min(store.counts(f"evl_{number}").recorded for number in range(2)) > 10)
        assert coordinator.running == {"evl_0", "evl_1"}
    assert engine.at_once == 0
    for number in range(2):
        left = store.get(f"evl_{number}")
        assert (left.state, left.owned) == (State.QUEUED, False)
    async with coordinating_in(store, ScriptedEngine(), stale_seconds=3_600.0):
        await until(lambda: all(state(store, f"evl_{number}") is State.COMPLETED for number in range(2)), 300)
    assert len(every_result(store, "evl_0")) == len(every_result(store, "evl_1")) == 200


async def test_solvers_that_do_not_end_do_not_keep_it_from_giving_the_lease_back(store):
    class Stuck(ScriptedEngine):
        async def cancel_run(self, evaluation_id):
            await asyncio.Event().wait()

    begin(store, 200, concurrency=4)
    engine = Stuck(seconds=0.05)
    async with coordinating_in(store, engine, pace=patient(end_seconds=1.0)):
        await until(lambda: store.counts("evl_1").recorded > 10)
        recorded = store.counts("evl_1").recorded
    left = store.get("evl_1")
    assert (left.state, left.owned) == (State.QUEUED, False)
    assert left.counts.recorded >= recorded
    assert engine.at_once == 0


async def test_a_lease_whose_return_is_not_confirmed_is_given_back_all_the_same(store, database):
    class Deaf(EvaluationStore):
        """The database does what it is asked, and its reply is lost."""

        def release(self, *how):
            super().release(*how)
            raise StoreUnavailableError("the connection was lost")

    begin(store, 20)
    left = await work(Deaf(database), ScriptedEngine())
    assert (left.state, left.owned, left.counts.recorded) == (State.COMPLETED, False, 20)


async def test_the_work_of_an_owner_who_is_gone_goes_on_here(store):
    begin(store, 50)
    take(store, owner="killed")
    async with coordinating_in(store, ScriptedEngine()):
        await until(lambda: state(store) is State.COMPLETED, 300)
    assert len(every_result(store)) == 50


async def test_a_database_that_is_away_is_asked_again(store, database):
    away = Away()
    away.now = True
    begin(store, 20)
    async with coordinating_in(FaultyStore(database, away), ScriptedEngine()):
        await until(lambda: away.refused >= 3)
        away.now = False
        await until(lambda: state(store) is State.COMPLETED, 300)


_PROCESS = """
import asyncio, json, sys
from app.evaluation.coordinator import Coordinator
from app.evaluation.slots import Slots
from app.store.evaluation_types import State
from app.store.evaluations import EvaluationStore
from app.store.session import Database
from tests.app.evaluation.scripted import ScriptedEngine
from tests.app.evaluation.work import QUICK

async def main(url):
    with Database.open(url, busy_seconds=60) as database:
        store, engine = EvaluationStore(database), ScriptedEngine(seconds=0.05)
        names = [f"evl_{number}" for number in range(6)]
        print("ready", flush=True)
        sys.stdin.readline()
        async with Coordinator(store, engine, Slots(4), look_seconds=0.05, stale_seconds=600.0, pace=QUICK):
            while any(store.get(name).state is not State.COMPLETED for name in names):
                await asyncio.sleep(0.1)
        print(json.dumps(sorted(engine.tries.items())), flush=True)

asyncio.run(main(sys.argv[1]))
"""


def test_two_processes_on_one_database_never_work_on_the_same_evaluation(store, database_url):
    for number in range(6):
        begin(store, 30, evaluation_id=f"evl_{number}", concurrency=2)
    command = [sys.executable, "-c", _PROCESS, database_url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as one, subprocess.Popen(command, **pipes) as two:
        for process in (one, two):
            assert process.stdout.readline() == "ready\n"
        for process in (one, two):
            process.stdin.write("go\n")
            process.stdin.flush()
        tried = [dict(json.loads(process.stdout.readline())) for process in (one, two)]
    assert not tried[0].keys() & tried[1].keys()
    evaluations = [{key.split("-")[0] for key in each} for each in tried]
    assert not evaluations[0] & evaluations[1]
    assert set(tried[0].values()) | set(tried[1].values()) == {1}
    assert len(tried[0]) + len(tried[1]) == 180
    for number in range(6):
        assert len(every_result(store, f"evl_{number}")) == 30


# A command line


async def attending(store, engine, said, **how):
    how = {"look_seconds": 0.05, "stale_seconds": 0.5, "pace": QUICK, **how}
    return await attend("evl_1", store=store, engine=engine, slots=Slots(8), say=said.append, **how)


async def test_a_new_one_is_worked_on_at_once(store):
    said = []
    begin(store, 30, attended=True)
    assert (await attending(store, ScriptedEngine(), said)).state is State.COMPLETED
    assert said == []


async def test_after_a_process_that_was_killed_it_says_why_it_waits_and_goes_on(store):
    said = []
    begin(store, 30, attended=True)
    take(store, owner="killed")
    assert (await attending(store, ScriptedEngine(), said)).state is State.COMPLETED
    (sentence,) = said
    assert "has an owner" in sentence


async def test_one_whose_owner_lives_is_left_to_him(store):
    begin(store, 30, attended=True)
    lease = take(store, owner="alive")

    async def live():
        while True:
            store.beat(lease)
            await asyncio.sleep(0.02)

    living = asyncio.create_task(live())
    with pytest.raises(EvaluationStateError, match="another process, which is alive"):
        await attending(store, ScriptedEngine(), [], stale_seconds=600.0)
    living.cancel()


async def test_interrupted_while_it_is_taken_it_gives_the_lease_back(store, database):
    taken, cancelled = threading.Event(), threading.Event()

    class Slow(EvaluationStore):
        def take(self, *asked):
            lease = super().take(*asked)
            taken.set()
            assert cancelled.wait(60)
            return lease

    begin(store, 30, attended=True)
    attending_it = asyncio.create_task(attending(Slow(database), ScriptedEngine(), []))
    await until(taken.is_set)
    attending_it.cancel()
    await asyncio.sleep(0)
    cancelled.set()
    with pytest.raises(asyncio.CancelledError):
        await attending_it
    assert store.get("evl_1").state is State.PAUSED
    assert store.heartbeat("evl_1")[1] == 0, "nobody waits until the lease is stale"


@pytest.mark.parametrize("owned", [False, True])
async def test_one_that_is_cancelled_while_it_waits_to_be_taken_is_not_worked_on(store, owned):
    begin(store, 30, attended=True)
    engine, said = ScriptedEngine(), []
    if owned:
        take(store, owner="killed")
        waiting = asyncio.create_task(attending(store, engine, said, stale_seconds=2.0))
        await until(lambda: said)
        store.ask("evl_1", Wanted.CANCEL)
        assert (await waiting).state is State.CANCELLED
    else:
        store.ask("evl_1", Wanted.CANCEL)
        with pytest.raises(EvaluationStateError, match="cancelled"):
            await attending(store, engine, said)
    assert store.get("evl_1").state is State.CANCELLED


async def test_interrupted_it_is_paused_and_what_was_solved_is_kept(store):
    begin(store, 300, attended=True, concurrency=4)
    running = asyncio.create_task(attending(store, ScriptedEngine(seconds=0.02), []))
    await until(lambda: store.counts("evl_1").recorded > 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    left = store.get("evl_1")
    assert (left.state, left.owned) == (State.PAUSED, False)
    with pytest.raises(EvaluationStateError, match="quod eval resume"):
        await attending(store, ScriptedEngine(), [])
    store.ask("evl_1", Wanted.RUN)
    assert (await attending(store, ScriptedEngine(), [])).state is State.COMPLETED
    assert len(every_result(store)) == 300
