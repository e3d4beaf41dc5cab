"""The database: opened by its URL, brought to the newest migration, and sessions that read or write."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Self

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

import app
from app.errors import DatabaseVersionError, StoreError, StoreUnavailableError
from app.store.backends import UPGRADE, WRITES, Backend, backend_for
from solvers.errors import ProtocolError


class _State(Enum):
    NEWEST = "newest"
    OLDER = "older"
    EMPTY = "empty"
    NEWER = "newer"
    FOREIGN = "foreign"


class Database:
    """One database. Thread-safe; open it once and close it at the end.

    Every method raises `StoreUnavailableError` where the database cannot be used, with a sentence that says what to do.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._engine = backend.engine()
        self._writing_engine = self._engine.execution_options(**{WRITES: True})

    @classmethod
    def open(cls, url: str, *, busy_seconds: float = 10.0) -> Self:
        """The database that `url` names; nothing is connected yet.

        Args:
            url: `sqlite:////absolute/path.db` or `postgresql+psycopg://user:password@host/database`.
            busy_seconds: how long to wait for another writer.

        Raises:
            StoreUnavailableError: the URL is not one of these, or its driver is not installed.
        """
        return cls(backend_for(url, busy_seconds))

    @property
    def name(self) -> str:
        """What messages call it; without a password."""
        return self._backend.name

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session whose queries all see one state of the database."""
        with self.faults(), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in one transaction: committed at the end, or rolled back as a whole where anything is raised."""
        with self.faults(), self._backend.turn(), Session(self._writing_engine) as session, session.begin():
            yield session

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """One transaction for Alembic, which no other migration runs beside. Makes an SQLite file that is not there."""
        with self.faults(), self._backend.alone(), self._backend.migrating() as connection:
            yield connection

    def upgrade(self) -> None:
        """Bring the database to the newest migration, making it first if it is an SQLite file.

        Several processes may start at once: one migrates, the others wait and find it done.

        Raises:
            DatabaseVersionError: it belongs to a newer Quod, or to another program. Nothing is touched.
        """
        with self.faults(), self._backend.alone():
            # Before the transaction for migrations, which turns the file into one of ours.
            if self._backend.exists() and self._checked_state() is _State.NEWEST:
                return
            with self._backend.migrating() as connection:
                if self._state(connection) is not _State.NEWEST:
                    configuration = alembic_config()
                    configuration.attributes["connection"] = connection
                    command.upgrade(configuration, "head")

    def require_newest(self) -> None:
        """Find the database at the newest migration.

        Raises:
            DatabaseVersionError: it is not, and what to do.
        """
        if not self._backend.exists():
            raise DatabaseVersionError(f"there is no database yet ({self.name}): {UPGRADE}")
        with self.faults():
            state = self._checked_state()
        if state is _State.EMPTY:
            raise DatabaseVersionError(f"{self.name} is empty: {UPGRADE}")
        if state is _State.OLDER:
            raise DatabaseVersionError(f"{self.name} is of an older version of Quod: {UPGRADE}")

    def identity(self) -> str:
        """The same for two URLs of one database, which is there."""
        with self.faults(), self._engine.connect() as connection:
            return self._backend.identity(connection)

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turns what the database raises into a `StoreError` that says what to do."""
        try:
            yield
        except DBAPIError as error:
            raise self._backend.explain(error) from error
        except PoolTimeoutError as error:
            raise StoreUnavailableError(f"{self.name} is busy: every connection is in use. Try again.") from error
        except OverflowError as error:
            raise StoreError(f"a number is too large for {self.name}: {error}") from error

    @contextmanager
    def legible(self, what: str) -> Iterator[None]:
        """Turns what reading rows as values of ours raises into a `StoreError`: something else wrote them."""
        try:
            yield
        except (ValueError, TypeError, KeyError, ProtocolError) as error:
            raise StoreError(
                f"{what} in {self.name} cannot be read: {error}. "
                "Was it written by a newer version of Quod, or changed by hand?"
            ) from error

    def _state(self, connection: Connection) -> _State:
        found = set(MigrationContext.configure(connection).get_current_heads())
        if not found:
            tables = set(inspect(connection).get_table_names())
            return _State.FOREIGN if tables - {"alembic_version"} else _State.EMPTY
        scripts = ScriptDirectory.from_config(alembic_config())
        if found == set(scripts.get_heads()):
            return _State.NEWEST
        known = {script.revision for script in scripts.walk_revisions()}
        return _State.OLDER if found <= known else _State.NEWER

    def _checked_state(self) -> _State:
        """Raises `DatabaseVersionError` where no migration of ours helps."""
        with self._engine.connect() as connection:
            state = self._state(connection)
        if state is _State.NEWER:
            raise DatabaseVersionError(
                f"{self.name} is of a newer version of Quod than this one: upgrade Quod, or name another database in "
                "QUOD_DATABASE_URL. Nothing in it was touched."
            )
        if state is _State.FOREIGN:
            raise DatabaseVersionError(
                f"{self.name} holds tables that are not Quod's: name another database in QUOD_DATABASE_URL. "
                "Nothing in it was touched."
            )
        return state


def alembic_config() -> Config:
    """Alembic's configuration for the migrations that came with this program: in the wheel, or beside the source."""
    package = Path(app.__file__).parent
    installed = package / "_data" / "migrations"
    folder = installed if installed.is_dir() else package.parent / "migrations"
    configuration = Config()
    configuration.set_main_option("script_location", str(folder).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    return configuration
