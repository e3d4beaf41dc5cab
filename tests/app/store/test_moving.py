"""A database that is moved arrives whole, or not at all, and the old one stays as it was."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from app.errors import DatabaseVersionError, StoreUnavailableError
from app.lm.types import Completion
from app.reasoning.events import AttemptEnded
from app.store import moving
from app.store.completions import SqlCompletionCache
from app.store.idempotency import Claim, IdempotencyStore, fingerprint_of
from app.store.moving import NotMovedError, move
from app.store.rows import Row, sha256_of
from app.store.session import Database
from app.store.traces import TraceStore
from tests.app.store.examples import attempt, trace_id
from tests.app.store.strategies import values_of
from tests.app.store.test_session import begin
from tests.app.store.test_traces import record, traces

# Each direction, and SQLite to SQLite. The database that is moved comes first.
ways = pytest.mark.parametrize("way", ["sqlite postgresql", "postgresql sqlite", "sqlite sqlite"])


@pytest.fixture
def source(request, way):
    with Database.open(request.getfixturevalue(f"{way.split()[0]}_url")) as database:
        yield database


@pytest.fixture
def target_url(request, way, tmp_path):
    if way.split()[1] == "sqlite":
        return f"sqlite:///{tmp_path}/new/quod.db"
    return request.getfixturevalue("empty_postgresql_url")


@pytest.fixture
def target(target_url):
    with Database.open(target_url) as database:
        yield database


def rows_of(database):
    """Every row of every table, as the store reads it."""
    with database.reading() as session:
        return {
            table.name: sorted((tuple(row) for row in session.connection().execute(select(table))), key=repr)
            for table in Row.metadata.sorted_tables
        }


def some_rows(database, traces=3):
    store = TraceStore(database)
    for number in range(traces):
        begin(store, number)
        store.record(AttemptEnded(trace_id(number), attempt(1, text=f"text {number}")))
    IdempotencyStore(database).claim(Claim("ke\x00y \ud800", fingerprint_of("body"), trace_id(0)), lease_seconds=60)


@ways
def test_whatever_a_trace_may_hold_arrives_as_it_was(source, target):
    kept = []

    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(trace=traces(), completion=values_of(Completion), key=st.text(st.characters(), min_size=1, max_size=40))
    def gather(trace, completion, key):
        record(TraceStore(source), trace)
        SqlCompletionCache(source).put(sha256_of(key), completion)
        IdempotencyStore(source).claim(Claim(key, fingerprint_of(key), trace.id), lease_seconds=600)
        kept.append(trace)

    gather()
    before = rows_of(source)
    moved = move(source, target)
    assert rows_of(target) == rows_of(source) == before
    assert {table.name: table.rows for table in moved} == {name: len(rows) for name, rows in before.items()}
    assert [TraceStore(target).get(trace.id) for trace in kept] == kept


@ways
def test_the_new_database_is_worked_on_like_the_old_one(source, target):
    some_rows(source)
    move(source, target)
    target.require_newest()
    store = TraceStore(target)
    store.record(AttemptEnded(trace_id(0), attempt(2)))
    begin(store, 99)
    assert len(store.get(trace_id(0)).attempts) == 2
    assert len(TraceStore(source).get(trace_id(0)).attempts) == 1


@ways
def test_there_and_back_gives_the_same_checksums(source, target, tmp_path):
    some_rows(source)
    moved = move(source, target)
    with Database.open(f"sqlite:///{tmp_path}/back.db") as back:
        assert move(target, back) == moved


@ways
def test_a_target_that_holds_rows_is_refused_and_left_alone(source, target):
    some_rows(source)
    target.upgrade()
    begin(TraceStore(target), 7)
    before = rows_of(target)
    with pytest.raises(NotMovedError, match=r"holds rows already, in .*traces"):
        move(source, target)
    assert rows_of(target) == before


@ways
def test_a_move_that_is_cut_short_leaves_the_target_empty_and_can_be_done_again(source, target):
    some_rows(source)

    def pull_the_plug(table, done, total):
        if table == "attempts" and done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move(source, target, pull_the_plug)
    assert not any(rows_of(target).values())
    move(source, target)
    assert rows_of(target) == rows_of(source)


@ways
def test_rows_that_come_otherwise_are_noticed_and_undone(source, target, monkeypatch):
    some_rows(source)
    stream = moving._stream

    def altered(connection, table):
        for row in stream(connection, table):
            came = table.name == "traces" and not connection.get_execution_options().get("of_the_source")
            yield {**row, "reason": "bent"} if came else row

    source._writing_engine = source._writing_engine.execution_options(of_the_source=True)
    monkeypatch.setattr(moving, "_stream", altered)
    with pytest.raises(NotMovedError, match="table traces"):
        move(source, target)
    assert not any(rows_of(target).values())


@ways
def test_nobody_writes_to_the_source_while_it_is_moved(source, target):
    some_rows(source)
    refused = []

    def write(table, done, total):
        if table == "attempts" and done:
            with Database.open(url_of(source), busy_seconds=0.2) as other, pytest.raises(StoreUnavailableError) as said:
                begin(TraceStore(other), 50)
            refused.append(str(said.value))

    move(source, target, write)
    assert len(refused) == 1
    assert rows_of(target) == rows_of(source)


def url_of(database):
    engine = database._engine
    if engine.dialect.name == "sqlite":
        return f"sqlite:///{database._backend._path}"
    return engine.url.render_as_string(hide_password=False)


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
def test_a_database_is_not_moved_into_itself(database_url, tmp_path):
    with Database.open(database_url) as database:
        some_rows(database)
    other = database_url
    if database_url.startswith("sqlite"):
        (tmp_path / "link.db").symlink_to(tmp_path / "quod.db")
        other = f"sqlite:///{tmp_path}/link.db"
    with Database.open(database_url) as source, Database.open(other) as same:
        for target in (source, same):
            with pytest.raises(NotMovedError, match="are the same"):
                move(source, target)


def test_a_source_of_another_migration_is_refused_before_the_target_is_made(sqlite_url, tmp_path):
    with closing(sqlite3.connect(tmp_path / "quod.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    with (
        Database.open(sqlite_url) as source,
        Database.open(f"sqlite:///{tmp_path}/new.db") as target,
        pytest.raises(DatabaseVersionError, match=r"older version.*quod db upgrade"),
    ):
        move(source, target)
    assert not (tmp_path / "new.db").exists()


def test_a_target_of_another_program_is_not_touched(sqlite_url, tmp_path):
    with closing(sqlite3.connect(tmp_path / "places.db")) as connection:
        connection.execute("CREATE TABLE places (url TEXT)")
    before = (tmp_path / "places.db").read_bytes()
    with (
        Database.open(sqlite_url) as source,
        Database.open(f"sqlite:///{tmp_path}/places.db") as target,
        pytest.raises(DatabaseVersionError, match="not Quod's"),
    ):
        move(source, target)
    assert (tmp_path / "places.db").read_bytes() == before


def quod(*arguments, **environment):
    ended = subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_the_command_moves_the_database_of_the_settings(sqlite_url, empty_postgresql_url):
    with Database.open(sqlite_url) as source:
        some_rows(source)
        before = rows_of(source)
    status, said, _ = quod("db", "move", "--to", empty_postgresql_url, "--json", QUOD_DATABASE_URL=sqlite_url)
    assert status == 0
    tables = {table["name"]: table["rows"] for table in json.loads(said)["tables"]}
    assert tables == {name: len(rows) for name, rows in before.items()}
    with Database.open(empty_postgresql_url) as target:
        assert rows_of(target) == before
    status, _, complaint = quod("db", "move", "--to", empty_postgresql_url, "--from", sqlite_url)
    assert status == 1
    assert "holds rows already" in complaint
    assert "Traceback" not in complaint
