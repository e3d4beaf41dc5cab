"""What a user meets when the database cannot be used: a sentence that says what to do, and nothing recorded is lost."""

import contextlib
import ctypes
import importlib.util
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import event

from app.errors import DatabaseVersionError, StoreUnavailableError
from app.reasoning.events import AttemptEnded, TraceBegun, VerdictReached
from app.reasoning.types import Kind
from app.store.session import Database
from app.store.traces import TraceStore
from solvers.types import Language
from tests.app.store.examples import ANSWERED, EVIDENCE, NOW, SPENT, attempt, problem, trace_id, versions


@pytest.fixture
def database_url(sqlite_url):
    """Files, their rights and their disks are SQLite's; of PostgreSQL: test_postgresql.py."""
    return sqlite_url


def begin(store, number=0):
    store.record(TraceBegun(trace_id(number), problem(number), Kind.ARITHMETIC, Language.PROLOG, NOW, versions()))


def record_until_it_fails(store, most=5_000):
    """Attempts, until the store takes no more. How many it took, and what it said."""
    for number in range(1, most):
        try:
            store.record(AttemptEnded(trace_id(0), attempt(number, text=f"{number} " * 500)))
        except StoreUnavailableError as error:
            return number - 1, str(error)
    raise AssertionError(f"{most} attempts were recorded and nothing failed")


# Opening and upgrading


def test_an_upgrade_makes_the_database_and_its_directory(tmp_path):
    url = f"sqlite:///{tmp_path}/some/where/quod.db"
    with Database.open(url) as database:
        database.upgrade()
        database.upgrade()
        database.require_newest()
        begin(TraceStore(database))
    assert sqlite3.connect(tmp_path / "some/where/quod.db").execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_path_may_hold_any_character_that_is_percent_encoded_in_the_url(tmp_path):
    path = tmp_path / "ein Ordner %20 #1? ü'&" / "quod.db"
    with Database.open(f"sqlite:///{quote(str(path))}") as database:
        database.upgrade()
        database.require_newest()
    assert path.exists()


def test_a_relative_path_stays_the_same_database_when_the_directory_changes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Database.open("sqlite:///quod.db") as database:
        monkeypatch.chdir("/")
        database.upgrade()
    assert (tmp_path / "quod.db").exists()


def test_processes_that_start_at_once_all_find_the_newest_database(tmp_path):
    work = (
        "import sys; from app.store.session import Database\n"
        "for url in sys.argv[1:]:\n"
        "    print('ready', flush=True); sys.stdin.readline()\n"
        "    with Database.open(url) as database: database.upgrade(); database.require_newest()\n"
    )
    urls = [f"sqlite:///{tmp_path}/{number}/quod.db" for number in range(8)]
    with contextlib.ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", work, *urls], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
            for _ in range(3)
        ]
        for _ in urls:
            assert [process.stdout.readline() for process in processes] == ["ready\n"] * 3
            for process in processes:
                process.stdin.write("go\n")
                process.stdin.flush()
    assert [process.returncode for process in processes] == [0, 0, 0]


def test_no_database_says_how_to_make_one_and_makes_none(tmp_path):
    with Database.open(f"sqlite:///{tmp_path}/quod.db") as database:
        with pytest.raises(DatabaseVersionError, match="quod db upgrade"):
            database.require_newest()
        with pytest.raises(StoreUnavailableError, match="quod db upgrade"):
            TraceStore(database).get(trace_id(0))
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_a_database_to_be(tmp_path):
    (tmp_path / "quod.db").touch()
    with Database.open(f"sqlite:///{tmp_path}/quod.db") as database:
        with pytest.raises(DatabaseVersionError, match="quod db upgrade"):
            database.require_newest()
        with pytest.raises(DatabaseVersionError, match="quod db upgrade"):
            TraceStore(database).list()
        database.upgrade()
        database.require_newest()


def test_a_database_of_a_newer_version_is_not_touched(database, database_url, tmp_path):
    begin(TraceStore(database))
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    before = (tmp_path / "quod.db").read_bytes()
    with Database.open(database_url) as newer:
        for use in (newer.require_newest, newer.upgrade):
            with pytest.raises(DatabaseVersionError, match="upgrade Quod"):
                use()
    assert (tmp_path / "quod.db").read_bytes() == before


def test_the_database_of_another_program_is_not_touched(tmp_path):
    path = tmp_path / "places.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE places (url TEXT)")
    before = path.read_bytes()
    with Database.open(f"sqlite:///{path}") as database:
        for use in (database.require_newest, database.upgrade):
            with pytest.raises(DatabaseVersionError, match="not Quod's"):
                use()
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_not_touched(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("Buy milk. " * 1000)
    with Database.open(f"sqlite:///{path}") as database:
        for use in (database.require_newest, database.upgrade, lambda: begin(TraceStore(database))):
            with pytest.raises(StoreUnavailableError, match="no SQLite database"):
                use()
    assert path.read_text() == "Buy milk. " * 1000


def test_a_directory_is_no_database(tmp_path):
    with Database.open(f"sqlite:///{tmp_path}") as database:
        for use in (database.require_newest, database.upgrade):
            with pytest.raises(StoreUnavailableError, match="cannot be opened"):
                use()


def test_a_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with (
        Database.open(f"sqlite:///{tmp_path}/file/quod.db") as database,
        pytest.raises(StoreUnavailableError, match="QUOD_DATABASE_URL"),
    ):
        database.upgrade()


@pytest.mark.parametrize(
    "url",
    [
        "", "quod.db", "/var/lib/quod.db", "sqlite://", "sqlite:///:memory:", "sqlite:///file:quod.db?uri=true",
        "sqlite:///quod.db?mode=ro", "sqlite+aiosqlite:///quod.db", "sqlite://host/quod.db", "sqlite:///a\x00b",
        "mysql://root:geheim@localhost/quod", "postgresql+asyncpg://quod:geheim@localhost/quod", "nonsense://geheim@x",
        "postgresql://quod:geheim@localhost:port/quod", "postgres://quod:geheim@localhost/quod",
    ],
)  # fmt: skip
def test_a_url_we_cannot_use_says_what_one_looks_like(url):
    with pytest.raises(StoreUnavailableError, match="sqlite:////absolute/path") as caught:
        Database.open(url)
    assert "geheim" not in str(caught.value)


def test_a_missing_postgresql_driver_says_how_to_install_it(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "psycopg" else find(name))
    with pytest.raises(StoreUnavailableError, match=r"quod\[postgres\]"):
        Database.open("postgresql+psycopg://quod@localhost/quod")


# Disks


def test_a_full_database_keeps_what_was_recorded_and_goes_on_when_there_is_room(database):
    store = TraceStore(database)
    begin(store)
    with database.reading() as session:
        pages = [session.connection().exec_driver_sql("PRAGMA page_count").scalar_one() + 20]
    event.listen(
        database._engine, "checkout", lambda driver, *_: driver.execute(f"PRAGMA max_page_count={pages[0]}").close()
    )
    recorded, message = record_until_it_fails(store)
    assert recorded > 2
    assert "no room is left" in message
    assert [each.number for each in store.get(trace_id(0)).attempts] == list(range(1, recorded + 1))
    pages[0] = 1_000_000
    store.record(AttemptEnded(trace_id(0), attempt(recorded + 1)))
    store.record(VerdictReached(trace_id(0), ANSWERED, EVIDENCE, SPENT))
    read = store.get(trace_id(0))
    assert len(read.attempts) == recorded + 1
    assert read.attempts[0] == attempt(1, text="1 " * 500)
    assert read.verdict == ANSWERED


_UNTIL_THE_DISK_REFUSES = """
import resource, signal, sys
from app.store.session import Database
from app.store.traces import TraceStore
from tests.app.store.test_session import begin, record_until_it_fails

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
database = Database.open(sys.argv[1])
store = TraceStore(database)
begin(store)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
recorded, message = record_until_it_fails(store)
print(recorded)
print(message)
"""


def test_a_disk_that_refuses_to_write_loses_nothing(database, database_url):
    ended = subprocess.run(
        [sys.executable, "-c", _UNTIL_THE_DISK_REFUSES, database_url], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    recorded, message = ended.stdout.splitlines()
    assert int(recorded) > 2
    assert "disk" in message
    store = TraceStore(database)
    assert len(store.get(trace_id(0)).attempts) == int(recorded)
    store.record(AttemptEnded(trace_id(0), attempt(int(recorded) + 1)))
    assert len(store.get(trace_id(0)).attempts) == int(recorded) + 1


@contextlib.contextmanager
def as_nobody():
    """File permissions bind this thread even where the tests run as root; without root nothing changes."""
    libc = ctypes.CDLL(None)
    before = os.geteuid()
    libc.setfsuid(65534)
    try:
        yield
    finally:
        libc.setfsuid(before)


@pytest.fixture
def public_folder():
    """A directory that others may enter: those above pytest's are closed to them."""
    folder = Path(tempfile.mkdtemp(prefix="quod-test-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def recorded_in(folder):
    url = f"sqlite:///{folder}/quod.db"
    with Database.open(url) as database:
        database.upgrade()
        store = TraceStore(database)
        begin(store)
        store.record(AttemptEnded(trace_id(0), attempt(1)))
        assert store.get(trace_id(0)).attempts == (attempt(1),)
    return url


def test_a_read_only_database_file_says_so(public_folder):
    url = recorded_in(public_folder)
    (public_folder / "quod.db").chmod(0o444)
    public_folder.chmod(0o777)
    with Database.open(url) as database, as_nobody():
        database.require_newest()
        assert TraceStore(database).get(trace_id(0)).attempts == (attempt(1),)
        with pytest.raises(StoreUnavailableError, match=r"read-only.*writable"):
            TraceStore(database).record(AttemptEnded(trace_id(0), attempt(2)))


def test_a_read_only_directory_says_so(public_folder):
    url = recorded_in(public_folder)
    (public_folder / "quod.db").chmod(0o444)
    public_folder.chmod(0o555)
    with Database.open(url) as database, as_nobody(), pytest.raises(StoreUnavailableError, match="writable"):
        TraceStore(database).record(AttemptEnded(trace_id(0), attempt(2)))
    with (
        Database.open(f"sqlite:///{public_folder}/new/quod.db") as database,
        as_nobody(),
        pytest.raises(StoreUnavailableError, match="make it, or name another path"),
    ):
        database.upgrade()
    with (
        Database.open(f"sqlite:///{public_folder}/new.db") as database,
        as_nobody(),
        pytest.raises(StoreUnavailableError, match=r"cannot be made.*not writable.*QUOD_DATABASE_URL"),
    ):
        database.upgrade()
    public_folder.chmod(0o755)
    with Database.open(url) as database:
        assert TraceStore(database).get(trace_id(0)).attempts == (attempt(1),)


def test_a_database_locked_by_another_program_says_so_and_takes_what_comes_later(database_url):
    with Database.open(database_url, busy_seconds=0.2) as database:
        database.upgrade()
        store = TraceStore(database)
        begin(store)
        with contextlib.closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailableError, match=r"locked by another writer for 0\.2 s"):
                store.record(AttemptEnded(trace_id(0), attempt(1)))
            assert store.get(trace_id(0)).attempts == ()
            other.execute("ROLLBACK")
        store.record(AttemptEnded(trace_id(0), attempt(1)))
        assert store.get(trace_id(0)).attempts == (attempt(1),)


@pytest.mark.parametrize("lost", ["file", "directory"])
def test_a_lost_database_is_noticed_and_not_begun_anew(tmp_path, lost):
    folder = tmp_path / "data"
    with Database.open(f"sqlite:///{folder}/quod.db") as database:
        database.upgrade()
        store = TraceStore(database)
        begin(store)
        kept = tmp_path / "kept"
        if lost == "directory":
            folder.rename(kept)
        else:
            shutil.copytree(folder, kept)
            for file in folder.iterdir():
                file.unlink()
        with pytest.raises(StoreUnavailableError, match="gone"):
            store.record(AttemptEnded(trace_id(0), attempt(1)))
        with pytest.raises(StoreUnavailableError, match="gone"):
            store.get(trace_id(0))
        with pytest.raises(DatabaseVersionError, match="quod db upgrade"):
            database.require_newest()
        assert not (folder / "quod.db").exists()
        shutil.rmtree(folder, ignore_errors=True)
        kept.rename(folder)
        store.record(AttemptEnded(trace_id(0), attempt(1)))
        assert store.get(trace_id(0)).attempts == (attempt(1),)


def test_a_damaged_database_says_so(database, database_url, tmp_path):
    store = TraceStore(database)
    begin(store)
    for number in range(1, 40):
        store.record(AttemptEnded(trace_id(0), attempt(number, text=str(number) * 500)))
    database.close()
    path = tmp_path / "quod.db"
    data = bytearray(path.read_bytes())
    data[4096 * 4 :] = b"\xa5" * (len(data) - 4096 * 4)
    path.write_bytes(data)
    with Database.open(database_url) as damaged, pytest.raises(StoreUnavailableError, match="damaged"):
        TraceStore(damaged).get(trace_id(0))


def lowest_free_descriptor():
    descriptor = os.open(os.devnull, os.O_RDONLY)
    os.close(descriptor)
    return descriptor


def test_an_open_file_limit_is_survived(database):
    store = TraceStore(database)
    begin(store)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    database.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free_descriptor(), hard))
    try:
        with pytest.raises(StoreUnavailableError, match="cannot be opened"):
            store.get(trace_id(0))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert store.get(trace_id(0)).attempts == ()
