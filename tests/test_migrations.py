"""The migrations, from nothing to the newest and back, by `Database.upgrade` and by the command line of Alembic."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from app.errors import DatabaseVersionError
from app.reasoning.events import AttemptEnded, TraceBegun
from app.reasoning.types import Kind, VerdictKind
from app.store.completions import SqlCompletionCache
from app.store.session import Database, alembic_config
from app.store.traces import TraceFilter, TraceStore
from solvers.types import Diagnostic, ErrorClass, Language
from tests.app.store.examples import NOW, attempt, problem, trace_id, versions

ROOT = Path(__file__).parent.parent
SCRIPTS = ScriptDirectory.from_config(alembic_config())
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]


@pytest.fixture
def empty_url(request, backend, tmp_path):
    """Of each kind in turn, with nothing in it."""
    return f"sqlite:///{tmp_path}/quod.db" if backend == "sqlite" else request.getfixturevalue("empty_postgresql_url")


@pytest.fixture
def database(empty_url):
    with Database.open(empty_url) as database:
        yield database


def migrate(database, revision):
    with database.migrating() as connection:
        configuration = alembic_config()
        configuration.attributes["connection"] = connection
        go = command.upgrade if revision == "head" else command.downgrade
        go(configuration, revision)


def schema(database):
    """Of each table its columns, keys and indexes, as the database tells them."""
    with database.migrating() as connection:
        found = inspect(connection)
        return {
            table: [
                [{**column, "type": str(column["type"])} for column in found.get_columns(table)],
                found.get_pk_constraint(table),
                *(sorted(each(table), key=str) for each in (found.get_foreign_keys, found.get_indexes)),
                *(sorted(each(table), key=str) for each in (found.get_unique_constraints, found.get_check_constraints)),
            ]
            for table in sorted(found.get_table_names())
        }


def test_there_is_one_line_of_migrations():
    assert SCRIPTS.get_heads() == [REVISIONS[-1]]
    assert [script for script in SCRIPTS.walk_revisions() if script.is_branch_point or script.is_merge_point] == []


def test_up_down_and_up_again_gives_the_same_database(database):
    database.upgrade()
    newest = schema(database)
    migrate(database, "base")
    assert list(schema(database)) == ["alembic_version"]
    with pytest.raises(DatabaseVersionError, match="quod db upgrade"):
        database.require_newest()
    database.upgrade()
    assert schema(database) == newest


def test_the_migrations_make_what_the_rows_say(database):
    database.upgrade()
    with database.migrating() as connection:
        configuration = alembic_config()
        configuration.attributes["connection"] = connection
        command.check(configuration)


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_older_database_says_how_to_upgrade_and_keeps_its_traces(database, revision):
    database.upgrade()
    store = TraceStore(database)
    store.record(TraceBegun(trace_id(1), problem(), Kind.ARITHMETIC, Language.PROLOG, NOW, versions()))
    store.record(AttemptEnded(trace_id(1), attempt(diagnostics=(Diagnostic(ErrorClass.SYNTAX, "no full stop"),))))
    before = store.get(trace_id(1))
    migrate(database, revision)
    with pytest.raises(DatabaseVersionError, match=r"older.*quod db upgrade"):
        database.require_newest()
    database.upgrade()
    database.require_newest()
    assert store.get(trace_id(1)) == before
    syntax = TraceFilter(error_class=ErrorClass.SYNTAX)
    for narrowed in (syntax, replace(syntax, verdict=VerdictKind.UNRESOLVED, kind=Kind.ARITHMETIC)):
        assert [each.id for each in store.list(narrowed).summaries] == [trace_id(1)]


def test_a_doubt_is_what_the_fourth_migration_adds(database):
    database.upgrade()
    store, cache = TraceStore(database), SqlCompletionCache(database)
    sure = attempt()
    doubted = replace(sure, completion=replace(sure.completion, doubt="it is not sure"))
    store.record(TraceBegun(trace_id(1), problem(), Kind.ARITHMETIC, Language.PROLOG, NOW, versions()))
    store.record(AttemptEnded(trace_id(1), doubted))
    cache.put("a" * 64, doubted.completion)
    migrate(database, "0003")
    database.upgrade()
    # What the older version knows is all there, runs and messages included.
    assert store.get(trace_id(1)).attempts == (sure,)
    assert cache.get("a" * 64) == replace(sure.completion, cached=True)


def test_a_migration_that_fails_leaves_the_database_as_it_was(database):
    database.upgrade()
    before = schema(database)
    with pytest.raises(RuntimeError), database.migrating() as connection:  # noqa: PT012
        connection.exec_driver_sql("DROP TABLE runs")
        connection.exec_driver_sql("CREATE TABLE half (done INTEGER)")
        raise RuntimeError("out of power")
    assert schema(database) == before
    database.require_newest()


def test_the_command_line_of_alembic_migrates_the_database_of_the_settings(empty_url):
    def alembic(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *arguments],
            cwd=ROOT, env={"QUOD_DATABASE_URL": empty_url}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    alembic("upgrade", "head")
    assert REVISIONS[-1] in alembic("current")
    alembic("downgrade", "base")
    assert alembic("current") == ""
    assert "CREATE TABLE traces" in alembic("upgrade", "head", "--sql")
