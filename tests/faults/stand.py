"""What an evaluation runs on, as processes that are started again when they die: services, a Dask cluster, and the
server of a language model.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from app.store.evaluations import EvaluationStore
from app.store.session import Database
from tests.app.api.serving import environment
from tests.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2

STOP_SECONDS = 60.0
GONE_SECONDS = 20.0
_START_SECONDS = 180.0

# They go with this script, even if it is killed.
_BOOT = (
    "import runpy, sys; from solvers.sandbox.privileges import die_with_parent; die_with_parent(int(sys.argv.pop(1))); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


class FaultsError(Exception):
    """It could not be measured; the sentence says why."""


@dataclass(slots=True)
class Part:
    """A process that is started again when it dies. `starts`: how often it was."""

    name: str
    module: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        self.starts += 1
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, str(os.getpid()), self.module, *self.arguments],
                cwd=ROOT,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def revive(self) -> None:
        if self.process is None or self.process.poll() is not None:
            self.start()


@dataclass(slots=True)
class Stand:
    """What runs, the database below it, and the families of those that were killed."""

    store: EvaluationStore
    database: Database
    services: tuple[Part, ...]
    urls: tuple[str, ...]
    scheduler: Part | None = None
    workers: tuple[Part, ...] = ()
    families: list[psutil.Process] = field(default_factory=list)

    @property
    def parts(self) -> tuple[Part, ...]:
        """In the order in which they start."""
        return (*([self.scheduler] if self.scheduler else []), *self.workers, *self.services)

    @property
    def solving(self) -> tuple[Part, ...]:
        """Below which the solvers are."""
        return self.workers or self.services

    def revive(self) -> None:
        for part in self.parts:
            part.revive()

    def stop(self) -> list[str]:
        """With SIGTERM, the services first; names of those that had to be killed."""
        killed = []
        for part in reversed(self.parts):
            if part.process is None:
                continue
            part.process.terminate()
            try:
                part.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                part.process.kill()
                part.process.wait()
                killed.append(part.name)
        return killed

    def orphans(self) -> list[str]:
        """Descendants of what was killed that still live, after they had some time."""
        _, alive = psutil.wait_procs(self.families, timeout=GONE_SECONDS)
        return [shown(process) for process in alive if is_alive(process)]


@contextmanager
def stand(folder: Path, database_url: str, lm: str, clustered: bool) -> Iterator[Stand]:
    """Everything that the run takes, started; it has ended afterwards."""
    folder.mkdir()
    ports = map(str, free_ports(3))
    given = {
        "QUOD_DATABASE_URL": database_url,
        "QUOD_LM": lm,
        "QUOD_LM_CACHE": "false",
        "QUOD_LM_CONCURRENCY": "64",
        "QUOD_LOG_FORMAT": "json",
        "PYTHONPATH": str(ROOT),
        "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "false",
    }
    scheduler, workers = None, []
    if clustered:
        address = f"127.0.0.1:{next(ports)}"
        host, port = address.split(":")
        quiet, own = ("--no-dashboard",), environment(**given)
        arguments = ("scheduler", "--host", host, "--port", port, *quiet)
        scheduler = Part("scheduler", "dask", arguments, own, folder / "scheduler.log")
        for number in range(WORKERS):
            name = f"worker-{number}"
            places = ("--nthreads", "32", "--nworkers", "1", "--memory-limit", "0", "--death-timeout", "60")
            where = ("--host", host, "--local-directory", str(folder / name))
            arguments = ("worker", f"tcp://{address}", *places, *where, *quiet)
            workers.append(Part(name, "dask", arguments, own, folder / f"{name}.log"))
        given["QUOD_DASK"] = f"tcp://{address}"
    services, urls = [], []
    for number, port in zip(range(2 if clustered else 1), ports, strict=False):
        name = f"service-{number}"
        arguments = ("serve", "--port", port)
        services.append(Part(name, "app.cli", arguments, environment(**given), folder / f"{name}.log"))
        urls.append(f"http://127.0.0.1:{port}")
    with Database.open(database_url, busy_seconds=60) as database:
        database.upgrade()
        found = Stand(EvaluationStore(database), database, tuple(services), tuple(urls), scheduler, tuple(workers))
        try:
            found.revive()
            for url in urls:
                _until_ready(found, url)
            yield found
        except BaseException:
            for part in found.parts:
                _show(part.log)
            raise
        finally:
            found.stop()


def _until_ready(found: Stand, url: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/readyz", timeout=30).status_code == 200:
                return
        found.revive()
        time.sleep(0.1)
    raise FaultsError(f"{url} is not ready after {_START_SECONDS:.0f} s")


@contextmanager
def language_model(recording: Path, faults: Mapping[str, float]) -> Iterator[str]:
    """The base URL of a server that replays the recording at once, but for its faults."""
    options = [word for name, value in faults.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "tests.stand_in", "--completions", str(recording), *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline().strip()
            if not said:
                raise FaultsError("the stand-in for a language model did not start")
            yield said.rpartition(" ")[2]
        finally:
            process.terminate()


def asked_again(base_url: str) -> int:
    """Requests to the language model that it had got before, word for word."""
    counts = httpx.get(f"{base_url.removesuffix('/v1')}/counts", timeout=30).raise_for_status().json()
    return int(counts["requests"]) - int(counts["distinct"])


# What is left


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def shown(process: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess):
        return f"{process.pid} {' '.join(process.cmdline())[:200]}"
    return str(process.pid)


# Around it


def _show(log: Path) -> None:
    if log.exists():
        say("", f"faults: the end of {log.name}:", *log.read_text(errors="replace").splitlines()[-30:])


def say(*lines: str) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines))
