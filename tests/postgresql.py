"""A real PostgreSQL server for a test run: its own folder, no port, gone when the run has ended, however that ended.

`TEST_DATABASE_URL` names another one, as a user who may create databases. Binaries are looked for on PATH and where
Debian has them, as scripts/postgresql.sh does.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

OLDEST = 15

# Of a test run nothing has to outlive the power. (`jit`: it costs more than it saves on small tables.)
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "jit": "off",
}

_LASTING = {"synchronous_commit": "on"}
"""So that what was committed outlives a server that is stopped at once, the power apart."""

# Waits for the end of its input, which comes when whoever started it has ended, by itself or by SIGKILL.
_GUARDED = """
folder=$1; shift
"$@" >"$folder/log" 2>&1 </dev/null & server=$!
cat >/dev/null
kill -QUIT $server; wait $server; rm -rf "$folder"
"""


class NoServerError(Exception):
    """No server can be had; the sentence says what to install."""


class Server:
    """Makes databases and drops them."""

    def __init__(self, url: URL) -> None:
        self._url = url
        # CREATE DATABASE does not run in a transaction.
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)

    def create(self, template: str | None = None) -> str:
        """A new database, empty or a copy of the one with the URL `template`, which nobody may be connected to.

        Returns: its URL.
        """
        name = f"quod_test_{uuid4().hex[:16]}"
        copied = "" if template is None else f" TEMPLATE {make_url(template).database}"
        self._execute(f"CREATE DATABASE {name}{copied}")
        return self._url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)


@contextmanager
def running_server() -> Iterator[Server]:
    """The server of TEST_DATABASE_URL, or one that is started now and ended at the end.

    Raises:
        NoServerError: there is none, and no binaries to start one.
    """
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        yield Server(make_url(named).set(drivername="postgresql+psycopg"))
        return
    binaries = find_binaries()
    folder = _initialised(binaries)
    with _guarded(binaries, folder, _GUARDED, _SETTINGS):
        yield Server(_url(folder))
        # Popen closes the input and waits.


class RestartableServer(Server):
    """One that can be stopped as a crash would stop it, and started again. What was committed stays."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        super().__init__(_url(folder))
        self._binaries = binaries
        self._folder = folder
        self._running = ExitStack()

    def start(self) -> None:
        kept = _GUARDED.replace('rm -rf "$folder"', "")
        self._running.enter_context(_guarded(self._binaries, self._folder, kept, {**_SETTINGS, **_LASTING}))

    def stop_at_once(self) -> None:
        """Every connection breaks, in whatever it was doing."""
        self._running.close()


@contextmanager
def restartable_server() -> Iterator[RestartableServer]:
    """A server of one test's own, which runs.

    Raises:
        NoServerError: no binaries to start one.
    """
    binaries = find_binaries()
    folder = _initialised(binaries)
    server = RestartableServer(binaries, folder)
    try:
        server.start()
        yield server
    finally:
        server.stop_at_once()
        shutil.rmtree(folder)


def _initialised(binaries: Path) -> Path:
    """The folder of a new server: its data, its socket, its log."""
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="quod-postgresql-", dir="/tmp"))  # a socket's path has 107 bytes at most
    if user is not None:
        shutil.chown(folder, user, user)
    initialise = [binaries / "initdb", "--no-sync", "--auth=trust", "--username=quod", "--encoding=UTF8"]
    # A collation that is not that of the bytes: who relies on the order of bytes has to say so.
    collation = ["--locale-provider=icu", "--icu-locale=en", "--locale=C"]
    _run_as(user, [*initialise, *collation, "-D", folder / "data"])
    return folder


@contextmanager
def _guarded(binaries: Path, folder: Path, script: str, settings: Mapping[str, str]) -> Iterator[None]:
    """The server of `folder`, which answers; it ends at the end, or with this process."""
    options = [f"--{name}={value}" for name, value in {**settings, "unix_socket_directories": str(folder)}.items()]
    command = ["sh", "-c", script, "sh", folder, binaries / "postgres", "-D", folder / "data", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=folder, start_new_session=True, **_as(_user())) as guard:
        _wait_for(_url(folder), folder / "log", guard)
        yield


def _url(folder: Path) -> URL:
    return URL.create("postgresql+psycopg", "quod", database="postgres", query={"host": str(folder)})


def find_binaries() -> Path:
    """The folder of `initdb` and `postgres`, of the newest version there is."""
    on_path = shutil.which("initdb")
    found = [Path(on_path)] if on_path else list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    versions = {version: path.parent for path in found if (version := _version(path)) >= OLDEST}
    if not versions:
        raise NoServerError(
            f"no PostgreSQL server of version {OLDEST} or newer is installed: `make test` does that on Debian, as root "
            "or with sudo; elsewhere install your system's package `postgresql`, or name a server in TEST_DATABASE_URL"
        )
    return versions[max(versions)]


def _version(initdb: Path) -> int:
    said = subprocess.run([initdb, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def _user() -> str | None:
    """Who the server runs as: it refuses root."""
    return "postgres" if os.geteuid() == 0 else None


def _as(user: str | None) -> dict[str, object]:
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


def _run_as(user: str | None, command: Sequence[object]) -> None:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    ended = subprocess.run(command, capture_output=True, text=True, cwd="/", env=environment, check=False, **_as(user))
    if ended.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{ended.stdout}{ended.stderr}")


def _wait_for(url: URL, log: Path, guard: subprocess.Popen) -> None:
    engine = create_engine(url, poolclass=NullPool)
    end = time.monotonic() + 60
    while not _answers(engine):
        if time.monotonic() > end:
            os.killpg(guard.pid, signal.SIGKILL)
            raise RuntimeError(f"the PostgreSQL server does not start; its log:\n{log.read_text()}")
        time.sleep(0.05)


def _answers(engine: Engine) -> bool:
    try:
        with engine.connect():
            return True
    except DBAPIError:
        return False
