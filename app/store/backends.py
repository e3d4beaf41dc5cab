"""All that differs between SQLite and PostgreSQL: connecting, beginning, inserting once, locking, what errors mean.

SQLite: one file in WAL mode on a local disk. `synchronous=NORMAL`: what was committed survives the end of the process;
a power cut can take the last commits, never the file.
"""

import fcntl
import importlib.util
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, Insert, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, IntegrityError
from sqlalchemy.pool import NullPool, QueuePool
from sqlmodel import Session

from app.errors import DatabaseVersionError, StoreError, StoreUnavailableError
from app.store.rows import Row

WRITES = "quod_writes"
"""Execution option of a connection that is going to write."""

UPGRADE = "run `quod db upgrade`"


class Backend(Protocol):
    name: str
    """What messages call the database; without a password."""

    def engine(self) -> Engine:
        """For work. It never makes a database: one that is gone is an error, not a new empty one."""
        ...

    def exists(self) -> bool: ...

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Only one process at a time makes or migrates the database. Not to be nested."""
        ...

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for this process's turn to write."""
        ...

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """One transaction for migrations, inside `alone`. Makes an SQLite file that is not there."""
        ...

    def identity(self, connection: Connection) -> str:
        """The same for whatever names the same database."""
        ...

    def explain(self, error: DBAPIError) -> StoreError: ...


def backend_for(address: str, busy_seconds: float) -> Backend:
    """The backend that a database URL names.

    Raises:
        StoreUnavailableError: it names none, or its driver is not installed.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        raise StoreUnavailableError(f"the database URL cannot be read: {_ADDRESSES}") from error
    if url.drivername in ("sqlite", "sqlite+pysqlite"):
        return SqliteBackend(_sqlite_path(url), busy_seconds)
    if url.drivername in ("postgresql", "postgresql+psycopg"):
        return PostgresBackend(url, busy_seconds)
    raise StoreUnavailableError(f"Quod keeps no traces in {url.drivername!r}: {_ADDRESSES}")


_ADDRESSES = (
    "set QUOD_DATABASE_URL to sqlite:////absolute/path/quod.db or to postgresql+psycopg://user:password@host/database"
)


def _sqlite_path(url: URL) -> Path:
    database = url.database or ""
    if database in ("", ":memory:") or database.startswith("file:") or url.query or url.host:
        raise StoreUnavailableError(f"an SQLite database is a file, given by its path alone: {_ADDRESSES}")
    if "\x00" in database:
        raise StoreUnavailableError(f"a path has no NUL character: {_ADDRESSES}")
    # Absolute, so that a later change of the working directory does not change the database.
    return Path(database).expanduser().absolute()


def insert_if_absent(session: Session, row: type[Row], values: Sequence[Mapping[str, Any]]) -> None:
    """Insert what is not there yet by its primary key; what is there stays as it is."""
    if values:
        connection = session.connection()
        connection.execute(_insert_if_absent(row, connection.dialect.name), list(values))


@lru_cache
def _insert(row: type[Row]) -> Insert:
    """Kept, since to build a statement and to find what it was compiled to takes as long as to execute it."""
    return _table(row).insert()


@lru_cache
def _insert_if_absent(row: type[Row], dialect: str) -> Insert:
    """Kept, as `_insert`."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(_table(row)).on_conflict_do_nothing()


def insert_rows(session: Session, row: type[Row], values: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that must not be there yet. Past the unit of work, which costs more than the database does."""
    if values:
        session.connection().execute(_insert(row), list(values))


def insert_kept(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert very many rows, whose values are as the database keeps them: JSON as text."""
    if connection.dialect.name != "postgresql":
        connection.execute(table.insert(), list(rows))
        return
    import psycopg

    names = [column.name for column in table.columns]
    quote_name = connection.dialect.identifier_preparer.quote
    statement = f"COPY {table.name} ({', '.join(quote_name(name) for name in names)}) FROM STDIN"
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([row[name] for name in names])
    except psycopg.Error as error:
        raise DBAPIError.instance(statement, None, error, psycopg.Error, dialect=connection.dialect) from error


def keep_writers_out(connection: Connection, tables: Sequence[Table]) -> None:
    """Nobody else writes to `tables` until this transaction, one that writes, has ended. So it is in SQLite anyway."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in tables)
        connection.exec_driver_sql(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")


def _table(row: type[Row]) -> Table:
    return Row.metadata.tables[str(row.__tablename__)]


class SqliteBackend:
    def __init__(self, path: Path, busy_seconds: float) -> None:
        self.name = f"the database {path}"
        self._path = path
        self._busy_seconds = busy_seconds
        # SQLite has one writer at a time and polls for the lock; threads of one process wait here instead.
        self._turn = threading.Lock()

    def engine(self) -> Engine:
        engine = create_engine(
            "sqlite+pysqlite://", creator=self._connect, poolclass=QueuePool, pool_size=5, max_overflow=35
        )
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "checkout", self._refuse_a_replaced_file)
        return engine

    def exists(self) -> bool:
        return os.path.lexists(self._path)

    @contextmanager
    def alone(self) -> Iterator[None]:
        # SQLite's own locks do not do: while one process turns a new file to WAL, others are refused without a wait.
        # The lock is on the directory, because closing a second descriptor of the file would drop SQLite's locks.
        folder = self._path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise StoreUnavailableError(
                f"the directory {folder} for the database cannot be made or read ({error.strerror}): "
                "make it, or name another path in QUOD_DATABASE_URL"
            ) from error
        try:
            self._lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        end = time.monotonic() + self._busy_seconds
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > end:
                    raise self._locked() from error
            time.sleep(0.02)

    @contextmanager
    def turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._busy_seconds):
            raise self._locked()
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        engine = create_engine("sqlite+pysqlite://", creator=self._connect_to_migrate, poolclass=NullPool)
        event.listen(engine, "begin", _begin_sqlite)
        try:
            # Foreign keys are off, because a table that is rebuilt is dropped; they are checked at the end instead.
            with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
                yield connection
                broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
                if broken:
                    raise StoreError(f"undone: it leaves {len(broken)} rows of {self.name} without what they refer to")
        finally:
            engine.dispose()

    def identity(self, connection: Connection) -> str:
        status = os.stat(self._path)
        return f"sqlite {status.st_dev} {status.st_ino}"

    def explain(self, error: DBAPIError) -> StoreError:
        code = getattr(error.orig, "sqlite_errorname", "")
        match code.split("_")[1] if code.startswith("SQLITE_") else "":
            case "FULL":
                what = "no room is left on its disk. Free some; what was recorded before is kept"
            case "READONLY":
                what = "it is read-only. Make the file and its directory writable for this user"
            case "BUSY" | "LOCKED":
                return self._locked()
            case "CANTOPEN" if not self.exists():
                what = f"its file or directory is gone. Put it back, or {UPGRADE} to begin a new one"
            case "CANTOPEN":
                what = "it cannot be opened. Make the file and its directory readable and writable for this user"
            case "NOTADB":
                what = "the file is no SQLite database. Name another in QUOD_DATABASE_URL; nothing in it was touched"
            case "CORRUPT":
                what = "the file is damaged. Restore a copy, or save what can be read with `sqlite3 FILE .recover`"
            case "IOERR":
                what = "its disk refuses to read or write: full, over a quota, or failing. What was recorded is kept"
            case "ERROR" if "no such table" in str(error.orig) or "no such column" in str(error.orig):
                return DatabaseVersionError(
                    f"{self.name} lacks what this version of Quod needs ({error.orig}): {UPGRADE}"
                )
            case _:
                return _unexpected(self.name, error)
        return StoreUnavailableError(f"{self.name} cannot be used: {what} ({error.orig}).")

    def _locked(self) -> StoreUnavailableError:
        return StoreUnavailableError(
            f"{self.name} was locked by another writer for {self._busy_seconds:g} s. Try again; if it stays locked, "
            "end the program that holds it."
        )

    def _connect(self, mode: str = "rw", foreign_keys: bool = True) -> sqlite3.Connection:
        # isolation_level None: the driver begins nothing by itself, `_begin_sqlite` does.
        connection = sqlite3.connect(
            f"file:{quote(str(self._path))}?mode={mode}",
            uri=True,
            timeout=self._busy_seconds,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            for pragma in (
                "synchronous=NORMAL",
                f"foreign_keys={int(foreign_keys)}",
                "temp_store=MEMORY",
                "cache_size=-8000",
            ):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _connect_to_migrate(self) -> sqlite3.Connection:
        try:
            connection = self._connect(mode="rwc", foreign_keys=False)
        except sqlite3.OperationalError as error:
            if self.exists() or not str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_CANTOPEN"):
                raise
            raise StoreUnavailableError(
                f"{self.name} cannot be made: its directory is not writable for this user. Make it so, or name another "
                f"path in QUOD_DATABASE_URL ({error})."
            ) from error
        try:
            # Kept in the file.
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _refuse_a_replaced_file(self, driver: sqlite3.Connection, record: Any, _: Any) -> None:
        """A deleted file can still be written to through an open connection, and nobody would ever read it."""
        try:
            status = os.stat(self._path)
            found = (status.st_dev, status.st_ino)
        except OSError:
            found = None
        if record.info.setdefault("file", found) != found or found is None:
            # SQLAlchemy connects anew, which says what is wrong.
            raise DisconnectionError(f"{self.name} is no longer the file that was opened")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes fails at once if another wrote in between; IMMEDIATE waits instead.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class PostgresBackend:
    def __init__(self, url: URL, busy_seconds: float) -> None:
        self._url = url.set(drivername="postgresql+psycopg")
        self._busy_seconds = busy_seconds
        self.name = f"the database {url.database or ''} at {url.host or 'the local socket'}"
        if importlib.util.find_spec("psycopg") is None:
            raise StoreUnavailableError(
                "the PostgreSQL driver is not installed: `pip install 'quod[postgres]'`, or use an sqlite:/// URL"
            )

    def engine(self) -> Engine:
        engine = self._create(pool_pre_ping=True, pool_size=5, max_overflow=35)
        event.listen(engine, "begin", _begin_postgres)
        return engine

    def exists(self) -> bool:
        return True

    @contextmanager
    def alone(self) -> Iterator[None]:
        # The lock that `migrating` takes in the database binds other machines, too.
        with nullcontext():
            yield

    @contextmanager
    def turn(self) -> Iterator[None]:
        with nullcontext():
            yield

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        engine = self._create(poolclass=NullPool)
        try:
            with engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
                yield connection
        finally:
            engine.dispose()

    def identity(self, connection: Connection) -> str:
        cluster = connection.scalar(text("SELECT system_identifier FROM pg_control_system()"))
        database = connection.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
        return f"postgresql {cluster} {database}"

    def explain(self, error: DBAPIError) -> StoreError:
        state = getattr(error.orig, "sqlstate", None) or ""
        match state:
            case "":
                # The driver gives no code to what happens before there is a connection.
                what = "no connection. Is the server running, and does QUOD_DATABASE_URL name the right host and user?"
            case "53100":
                what = "the server's disk is full. Free some; what was recorded before is kept"
            case "25006":
                what = "it is read-only. Name the primary server in QUOD_DATABASE_URL"
            case "55P03" | "40P01" | "40001":
                what = f"another writer held a lock for {self._busy_seconds:g} s. Try again"
            case "42P01" | "42703":
                return DatabaseVersionError(f"{self.name} lacks what this version of Quod needs: {UPGRADE}")
            case "22003":
                return StoreError(f"a number is too large for {self.name}: {_one_line(error)}")
            case "42501":
                what = "the user of QUOD_DATABASE_URL lacks a right on it. Make that user its owner"
            case _ if state[:2] in ("08", "53", "57"):
                what = "the server ends or refuses connections. Try again, or look at its log"
            case _:
                return _unexpected(self.name, error)
        return StoreUnavailableError(f"{self.name} cannot be used: {what} ({_one_line(error)}).")

    def _create(self, **options: Any) -> Engine:
        wait = {"connect_timeout": 10, "options": f"-c lock_timeout={int(self._busy_seconds * 1000)}"}
        given = {name: value for name, value in wait.items() if name not in self._url.query}
        return create_engine(self._url, connect_args=given, **options)


_MIGRATION_LOCK = 0x71756F64
"""`quod` in ASCII: the advisory lock that migrations of one database wait for."""


def _begin_postgres(connection: Connection) -> None:
    # A trace is read with several queries; they must see one state.
    if not connection.get_execution_options().get(WRITES, False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _unexpected(name: str, error: DBAPIError) -> StoreError:
    if isinstance(error, IntegrityError):
        return StoreError(f"{name} refuses a row that contradicts what it holds: {_one_line(error)}")
    return StoreUnavailableError(f"{name} refuses: {_one_line(error)}. Please report this.")


def _one_line(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())
