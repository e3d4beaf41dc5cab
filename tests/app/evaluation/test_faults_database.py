"""The database is restarted under load, its disk is full, so is that of the report: nothing recorded is lost."""

import asyncio
import os
import signal
import subprocess

import pytest
from sqlalchemy import event

from app.errors import ExportError
from app.evaluation.in_process import InProcessEngine
from app.evaluation.station import Station
from app.lm.types import Sampling
from app.new_file import new_file
from app.store.completions import SqlCompletionCache
from app.store.evaluations import EvaluationStore
from app.store.session import Database
from tests.app.evaluation.faults import PACE, assert_whole, begin, write_answers
from tests.app.evaluation.tasks import settings
from tests.app.evaluation.work import until, work
from tests.postgresql import NoServerError, restartable_server
from tests.stand_in import Faults, Script, StandIn

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

NUMBER = 64


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    return Script(None, write_answers(tmp_path_factory.mktemp("answers") / "answers.jsonl", NUMBER))


async def running_on(database, script, meanwhile):
    """A run whose completions are kept in the database, too, and what is done to it meanwhile."""
    store, heard = EvaluationStore(database), []
    engine = InProcessEngine(Station(settings(lm_retries=0, lm_concurrency=32), SqlCompletionCache(database)))
    try:
        async with StandIn(script, Faults(latency=0.1)) as server:
            begin(store, NUMBER, f"http:stand-in@{server.address}", sampling=Sampling())
            running = asyncio.create_task(work(store, engine, pace=PACE, on_progress=heard.append))
            await meanwhile(store, heard)
            await running
    finally:
        await engine.close()
    assert_whole(store, NUMBER)
    return heard


def recorded(heard):
    return heard[-1].counts.recorded if heard else 0


async def test_a_postgresql_server_that_is_stopped_and_started_twice_under_a_run_costs_no_result(script):
    try:
        with restartable_server() as server, Database.open(server.create(), busy_seconds=30) as database:
            database.upgrade()

            async def restarts(store, heard):
                for least in (8, 30):
                    await until(lambda least=least: recorded(heard) >= least, 300)
                    await asyncio.to_thread(server.stop_at_once)
                    await until(lambda: heard[-1].trouble, 300)
                    await asyncio.sleep(0.5)
                    await asyncio.to_thread(server.start)

            heard = await running_on(database, script, restarts)
    except NoServerError as error:
        pytest.skip(str(error))
    assert any("cannot be used" in progress.trouble for progress in heard)


async def test_a_database_without_room_holds_a_run_up_and_with_room_it_goes_on(sqlite_url, script):
    pages = {"most": 1 << 30}
    with Database.open(sqlite_url, busy_seconds=60) as database:

        def limit(driver, *_):
            driver.execute(f"PRAGMA max_page_count={pages['most']}")

        # SQLite's own way to a full disk: no page more than there are.
        event.listen(database._engine, "checkout", limit)

        async def fills(store, heard):
            await until(lambda: recorded(heard) >= 8, 300)
            pages["most"] = 1
            await until(lambda: "no room is left" in heard[-1].trouble, 300)
            held = recorded(heard)
            await asyncio.sleep(0.5)
            assert recorded(heard) == held
            pages["most"] = 1 << 30

        await running_on(database, script, fills)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, of 24 MiB, which has room for the longest write-ahead log."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", disk], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a file system cannot be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


async def test_a_disk_that_is_full_holds_a_run_up_and_with_room_it_goes_on(small_disk, script):
    ballast = small_disk / "ballast"
    with Database.open(f"sqlite:///{small_disk}/quod.db", busy_seconds=60) as database:
        database.upgrade()

        async def fills(store, heard):
            await until(lambda: recorded(heard) >= 8, 300)
            fill(ballast)
            await until(lambda: heard[-1].trouble, 300)
            await asyncio.sleep(0.5)
            ballast.unlink()

        heard = await running_on(database, script, fills)
    assert any("disk" in progress.trouble for progress in heard)


def fill(file):
    """With as much as there is room for."""
    with file.open("wb", buffering=0) as written:
        try:
            while True:
                written.write(bytes(4_096))
        except OSError:
            pass


def test_a_report_that_the_disk_has_no_room_for_leaves_the_one_before_and_nothing_else(small_disk):
    out = small_disk / "report.html"
    out.write_text("before")
    fill(small_disk / "ballast")
    with pytest.raises(ExportError, match="No space left"), new_file(out, overwrite=True) as file:
        file.write(bytes(1 << 20))
    assert out.read_text() == "before"
    assert sorted(os.listdir(small_disk)) == ["ballast", "report.html"]


def test_a_report_beyond_the_size_that_a_file_may_have_is_said_and_leaves_nothing(tmp_path):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, hard))
    try:
        with pytest.raises(ExportError, match="cannot be written"), new_file(tmp_path / "r.html", False) as file:
            file.write(bytes(1 << 20))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert not os.listdir(tmp_path)
