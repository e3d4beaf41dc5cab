"""A Dask cluster of processes on this machine: a scheduler and some workers, for `--dask` without an address."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from distributed import Client

from app.errors import QuodError

THREADS = 32
"""Of a worker: the places for samples, which wait for their language model most of the time."""

_START_SECONDS = 120.0
_STOP_SECONDS = 20.0

# They go with whoever started them, even if he is killed.
_BOOT = (
    "import sys; from solvers.sandbox.privileges import die_with_parent; die_with_parent(int(sys.argv.pop(1))); "
    "from dask.__main__ import main; main()"
)

_QUIET = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "false",
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "60s",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__GIL__ENABLED": "false",
    # Of Dask's own, every 0.02 and 0.5 s: 12 ms of processor time a second for each process that does nothing.
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "5s",
}


class LocalClusterError(QuodError):
    """The processes of a local cluster did not start: what they said."""


@dataclass(frozen=True, slots=True)
class LocalCluster:
    """One that runs. `nannies`: each looks after one worker process and starts it again when it dies."""

    address: str
    scheduler: subprocess.Popen[bytes]
    nannies: tuple[subprocess.Popen[bytes], ...]

    async def worker_pids(self) -> dict[str, int]:
        """Process ids of the workers by their addresses."""
        async with Client(self.address, asynchronous=True, set_as_default=False) as client:
            return dict(await client.run(os.getpid))


@asynccontextmanager
async def local_cluster(
    workers: int = 2, threads: int = THREADS, environment: Mapping[str, str] | None = None, port: int = 0
) -> AsyncIterator[LocalCluster]:
    """Start a scheduler on the loopback interface and `workers`; none of them is left at the end.

    Args:
        port: of the scheduler; 0: a free one.
        environment: of these processes, and so the workers' settings; None: that of this one.

    Raises:
        LocalClusterError: they did not start.
    """
    with tempfile.TemporaryDirectory(prefix="quod-cluster-") as folder:
        processes: list[subprocess.Popen[bytes]] = []
        given = {**(os.environ if environment is None else environment), **_QUIET}
        try:
            cluster = await _started(Path(folder), processes, workers, threads, given, port)
            yield cluster
        finally:
            await asyncio.to_thread(_stop, processes)


async def _started(
    folder: Path,
    processes: list[subprocess.Popen[bytes]],
    workers: int,
    threads: int,
    environment: Mapping[str, str],
    port: int,
) -> LocalCluster:
    file, log = folder / "scheduler.json", folder / "log"
    local = ["--host", "127.0.0.1", "--no-dashboard"]

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", _BOOT, str(os.getpid()), *arguments]
        with log.open("ab") as out:
            # A session of its own: Ctrl-C is for whoever started it.
            process = subprocess.Popen(
                command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        processes.append(process)
        return process

    scheduler = start("scheduler", *local, "--port", str(port), "--scheduler-file", str(file))
    # What solves is loaded at the start and not by the first sample.
    loaded = ["--preload", "app.evaluation.worker"]
    places = [*loaded, "--nthreads", str(threads), "--memory-limit", "0", "--death-timeout", "60"]
    nannies = tuple(
        start("worker", *local, *places, "--scheduler-file", str(file), "--local-directory", str(folder / str(number)))
        for number in range(workers)
    )
    try:
        async with asyncio.timeout(_START_SECONDS):
            while not file.exists():
                _require_alive(processes, log)
                await asyncio.sleep(0.05)
            async with Client(scheduler_file=str(file), asynchronous=True, set_as_default=False) as client:
                address = str(client.scheduler.address)
                while len((await client.scheduler.identity(n_workers=-1))["workers"]) < workers:
                    _require_alive(processes, log)
                    await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise LocalClusterError(f"the local cluster did not start in time: {_said(log)}") from error
    return LocalCluster(address, scheduler, nannies)


def _require_alive(processes: list[subprocess.Popen[bytes]], log: Path) -> None:
    if any(process.poll() is not None for process in processes):
        raise LocalClusterError(f"a process of the local cluster ended: {_said(log)}")


def _said(log: Path) -> str:
    return log.read_text(errors="replace")[-4000:] if log.exists() else "nothing was said"


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Workers first, which close their stations."""
    for process in reversed(processes):
        process.terminate()
    for process in reversed(processes):
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
