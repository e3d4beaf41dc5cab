"""Fixtures that more than one folder of tests uses."""

import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from app.store.session import Database
from solvers import Language, Runtime
from tests.postgresql import NoServerError, Server, running_server

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A job in the background of a shell is started so, and would hand it on to the programs that Ctrl-C is tried on.
    signal.signal(signal.SIGINT, signal.default_int_handler)


# A busy machine is no failure: no deadline by the clock, and the same examples each time. New ones are drawn with
# `--hypothesis-profile default`, where a machine has nothing else to do.
settings.load_profile("ci")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """asyncio alone, since the runtime is built on it.

    One loop for the session, so that fixtures of the session can be async.
    """
    return "asyncio"


@pytest.fixture(scope="session")
async def runtime(anyio_backend: str) -> AsyncIterator[Runtime]:
    """The real runtime: both engines, the whole sandbox.

    Its fork servers start with the first program and serve the session.
    """
    async with Runtime() as running:
        yield running


@pytest.fixture(params=list(Language), ids=str)
def language(request: pytest.FixtureRequest) -> Language:
    """Each language in turn, for what every engine must do alike."""
    return request.param


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server; where there is none, tests of it are skipped, and the summary says so."""
    try:
        with running_server() as server:
            yield server
    except NoServerError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: Server) -> Iterator[str]:
    """A database at the newest migration, to be copied: nobody may be connected to it."""
    url = postgresql.create()
    with Database.open(url) as database:
        database.upgrade()
    yield url
    postgresql.drop(url)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the newest migration, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "quod.db"
    with Database.open(f"sqlite:///{path}") as database:
        database.upgrade()
    return path


@pytest.fixture
def postgresql_url(postgresql: Server, migrated_postgresql: str) -> Iterator[str]:
    """A PostgreSQL database at the newest migration, for one test."""
    url = postgresql.create(migrated_postgresql)
    yield url
    postgresql.drop(url)


@pytest.fixture
def empty_postgresql_url(postgresql: Server) -> Iterator[str]:
    """A PostgreSQL database with nothing in it, for one test."""
    url = postgresql.create()
    yield url
    postgresql.drop(url)


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """An SQLite database at the newest migration, `quod.db` in `tmp_path`."""
    return f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path)}"


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Each database in turn, for what both must do alike."""
    return request.param


@pytest.fixture
def database_url(request: pytest.FixtureRequest, backend: str) -> str:
    """A database at the newest migration, for one test."""
    return request.getfixturevalue(f"{backend}_url")
