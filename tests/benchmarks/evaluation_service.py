"""What the benchmarks of evaluations run against: `quod serve` on a database of its own, a stand-in for the language
model's server, a Dask cluster; and what each of these processes takes.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import psutil

from tests.benchmarks.solving import ROOT

ENDED = frozenset({"completed", "failed", "cancelled", "paused"})
_READY_SECONDS = 120.0
_STOP_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What a part of the whole has taken so far. `peak_mib`: resident, of its largest process, up to now."""

    cpu_seconds: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Service:
    """A `quod serve` that is ready."""

    client: httpx.Client
    pid: int

    def evaluate(self, dataset: bytes, wait_seconds: float, **asked: object) -> "Running":
        """Upload JSON lines and begin with an evaluation of them."""
        kind = {"content-type": "application/jsonl"}
        sent = self.client.post("/v1/datasets", params={"name": "benchmark"}, content=dataset, headers=kind)
        body = {"dataset": _read(sent)["sha256"], **asked}
        evaluation = _read(self.client.post("/v1/evaluations", json=body))
        return Running(self.client, evaluation["id"], time.monotonic() + wait_seconds)


@dataclass(frozen=True, slots=True)
class Running:
    """An evaluation of a service; `until`: when it must have ended, by the monotonic clock."""

    client: httpx.Client
    id: str
    until: float

    def follow(self, every: float = 0.5) -> Iterator[dict[str, Any]]:
        """Its summary, which the service has at once, until the one in which it has ended."""
        while True:
            summary: dict[str, Any] = _read(self.client.get("/v1/evaluations", params={"limit": 1}))["data"][0]
            if summary["state"] not in ENDED and time.monotonic() > self.until:
                raise RuntimeError(f"evaluation {self.id} did not end in time: {summary['counts']}")
            yield summary
            if summary["state"] in ENDED:
                return
            time.sleep(every)

    def read(self) -> dict[str, Any]:
        """With the figures of its results.

        Raises:
            RuntimeError: it is not completed.
        """
        evaluation = _read(self.client.get(f"/v1/evaluations/{self.id}"))
        if evaluation["state"] != "completed":
            raise RuntimeError(f"evaluation {self.id} is {evaluation['state']}: {evaluation['reason']}")
        return evaluation


def _read(reply: httpx.Response) -> dict[str, Any]:
    if reply.is_error:
        raise RuntimeError(f"{reply.request.method} {reply.request.url.path}: {reply.status_code} {reply.text}")
    body: dict[str, Any] = reply.json()
    return body


def environment_of(**settings: object) -> dict[str, str]:
    """That of this process, with these settings of Quod by their names and no others; None: the default."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QUOD_")}
    return kept | {f"QUOD_{name.upper()}": str(value) for name, value in settings.items() if value is not None}


@contextmanager
def service(folder: Path, lm: str, **settings: object) -> Iterator[Service]:
    """`quod serve` with a database in `folder`, and settings by their names, `evaluation_concurrency=64`."""
    environment = environment_of(database_url=f"sqlite:///{folder}/quod.db", log_level="error", **settings)
    command = [Path(sys.executable).parent / "quod", "serve", "--port", "0", "--json", "--lm", lm]
    with _process(command, folder / "service.log", environment) as (process, said):
        url = json.loads(said)["url"]
        with httpx.Client(base_url=url, timeout=_READY_SECONDS) as client:
            client.get("/readyz").raise_for_status()  # every engine has answered
            yield Service(client, process.pid)


@contextmanager
def stand_in(folder: Path, *arguments: object) -> Iterator[tuple[httpx.Client, int]]:
    """A client of `tests.stand_in`, without the /v1 of its address, and its process id."""
    command = [sys.executable, "-m", "tests.stand_in", *map(str, arguments)]
    with (
        _process(command, folder / "stand_in.log", os.environ) as (process, said),
        httpx.Client(base_url=said.split()[-1].removesuffix("/v1"), timeout=_READY_SECONDS) as client,
    ):
        yield client, process.pid


@contextmanager
def _process(
    command: Sequence[object], log: Path, environment: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process with its first line, and SIGTERM for it at the end."""
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=dict(environment),
            cwd=ROOT,
            text=True,
        )
    with process:
        try:
            yield process, _first_line(process.stdout, log)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _first_line(out: IO[str] | None, log: Path) -> str:
    assert out is not None
    if line := out.readline():
        return line
    raise RuntimeError(f"a process ended before it was ready: {log.read_text(errors='replace')[-2000:]}")


def taken(parts: Mapping[str, int | Sequence[int]]) -> dict[str, Taken]:
    """What the named processes have taken so far, each with those that it began; solvers are a part of their own."""
    cpu: defaultdict[str, float] = defaultdict(float)
    peak: defaultdict[str, float] = defaultdict(float)
    for name, pids in parts.items():
        for pid in (pids,) if isinstance(pids, int) else pids:
            for process in _family(pid):
                with suppress(psutil.Error, OSError):
                    part = "solvers" if _is_solver(process) else name
                    times = process.cpu_times()
                    cpu[part] += times.user + times.system
                    if part == "solvers":  # programs are children that have ended
                        cpu[part] += times.children_user + times.children_system
                    peak[part] = max(peak[part], _peak_mib(process.pid))
    return {name: Taken(round(cpu[name], 2), round(peak[name], 1)) for name in cpu}


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _is_solver(process: psutil.Process) -> bool:
    return any(word.startswith("solvers.") for word in process.cmdline())


def _peak_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def wait_until(holds: Callable[[], bool], seconds: float, every: float = 0.02) -> None:
    """Raises RuntimeError where it does not come to hold."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"what was waited for did not come within {seconds:.0f} s")
        time.sleep(every)
