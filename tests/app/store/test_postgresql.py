"""What a user meets when a PostgreSQL server cannot be used: a sentence that says what to do; nothing recorded is lost.

What both databases do alike stands in the other tests, which run on each. Of files and disks: test_session.py.
"""

import contextlib
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from app.errors import DatabaseVersionError, StoreUnavailableError
from app.reasoning.events import AttemptEnded
from app.store.session import Database
from app.store.traces import TraceStore
from tests.app.store.examples import attempt, trace_id
from tests.app.store.test_session import begin


@pytest.fixture
def database_url(postgresql_url):
    return postgresql_url


@contextlib.contextmanager
def connected(url):
    """Another program, each of whose statements is a transaction."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


_UPGRADE = """
import sys
from app.store.session import Database
print('ready', flush=True); sys.stdin.readline()
with Database.open(sys.argv[1]) as database: database.upgrade(); database.require_newest()
"""


def test_processes_that_start_at_once_all_find_the_newest_database(empty_postgresql_url):
    with contextlib.ExitStack() as stack:
        command = [sys.executable, "-c", _UPGRADE, empty_postgresql_url]
        processes = [
            stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for _ in range(3)
        ]
        assert [process.stdout.readline() for process in processes] == ["ready\n"] * 3
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
    assert [process.returncode for process in processes] == [0, 0, 0]


def test_an_empty_database_says_how_to_fill_it(empty_postgresql_url):
    with Database.open(empty_postgresql_url) as database:
        with pytest.raises(DatabaseVersionError, match=r"is empty.*quod db upgrade"):
            database.require_newest()
        with pytest.raises(DatabaseVersionError, match="quod db upgrade"):
            TraceStore(database).list()


def test_a_database_of_a_newer_version_or_of_another_program_is_not_touched(database_url, empty_postgresql_url):
    with connected(database_url) as other:
        other.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with connected(empty_postgresql_url) as other:
        other.exec_driver_sql("CREATE TABLE places (url TEXT)")
    for url, said in ((database_url, "upgrade Quod"), (empty_postgresql_url, "not Quod's")):
        with Database.open(url) as database:
            for use in (database.require_newest, database.upgrade):
                with pytest.raises(DatabaseVersionError, match=said):
                    use()


def test_a_server_that_is_not_there_is_said_without_the_password(tmp_path):
    with Database.open(f"postgresql://quod:geheim@/quod?host={tmp_path}") as database:
        for use in (database.require_newest, database.upgrade, TraceStore(database).list):
            with pytest.raises(StoreUnavailableError, match=r"no connection.*QUOD_DATABASE_URL") as caught:
                use()
            assert "geheim" not in str(caught.value)


def test_a_database_that_is_not_there_is_said(postgresql_url):
    url = make_url(postgresql_url).set(database="nowhere").render_as_string(hide_password=False)
    with Database.open(url) as database, pytest.raises(StoreUnavailableError, match="nowhere"):
        database.upgrade()


def test_connections_that_the_server_ended_are_made_anew(database, database_url):
    store = TraceStore(database)
    begin(store)
    with connected(database_url) as other:
        other.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    store.record(AttemptEnded(trace_id(0), attempt(1)))
    assert store.get(trace_id(0)).attempts == (attempt(1),)


def test_a_connection_that_ends_within_a_transaction_undoes_it_and_says_so(database, database_url):
    store = TraceStore(database)
    begin(store)

    def cut_off():
        with database.writing() as session:
            session.connection().exec_driver_sql("DELETE FROM traces")
            pid = session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar()
            with connected(database_url) as other:
                other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 10000)")
            session.connection().exec_driver_sql("SELECT 1")

    with pytest.raises(StoreUnavailableError, match="ends or refuses connections"):
        cut_off()
    assert store.get(trace_id(0)).id == trace_id(0)


def test_a_lock_of_another_program_is_waited_for_and_then_said(database_url):
    with Database.open(database_url, busy_seconds=0.2) as database, connected(database_url) as other:
        store = TraceStore(database)
        begin(store)
        other.exec_driver_sql("BEGIN")
        other.exec_driver_sql("LOCK TABLE attempts")
        with pytest.raises(StoreUnavailableError, match=r"another writer held a lock for 0\.2 s"):
            store.record(AttemptEnded(trace_id(0), attempt(1)))
        other.exec_driver_sql("ROLLBACK")
        store.record(AttemptEnded(trace_id(0), attempt(1)))
        assert store.get(trace_id(0)).attempts == (attempt(1),)


def test_a_read_only_database_is_read_and_says_that_it_cannot_be_written(database_url):
    with Database.open(database_url) as database:
        begin(TraceStore(database))
    with connected(database_url) as other:
        name = make_url(database_url).database
        other.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with Database.open(database_url) as database:
        store = TraceStore(database)
        assert store.get(trace_id(0)).attempts == ()
        with pytest.raises(StoreUnavailableError, match="read-only"):
            store.record(AttemptEnded(trace_id(0), attempt(1)))


def test_what_is_read_in_one_go_is_of_one_moment(database):
    store = TraceStore(database)
    begin(store, 1)
    count = "SELECT count(*) FROM traces"
    with database.reading() as session:
        assert session.connection().exec_driver_sql(count).scalar() == 1
        begin(store, 2)
        assert session.connection().exec_driver_sql(count).scalar() == 1
    with database.reading() as session:
        assert session.connection().exec_driver_sql(count).scalar() == 2
