"""`make stack`: the stack of docker-compose.yml as plain processes on this machine, one evaluation through its API, and
an end that leaves nothing behind.

Commands, settings, secrets, health checks and the order of the start are read from docker-compose.yml; only addresses,
ports and paths are exchanged for those of this machine. PostgreSQL is a server of its own, by tests/postgresql.py.

Exit status 0: every step passed; 1: one did not, and the logs of what ran are shown; 130: Ctrl-C. Whichever it is, what
was begun has ended.
"""

import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import httpx
import psutil
from distributed import Client, Worker

from tests.ports import free_ports
from tests.postgresql import NoServerError, running_server

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
COMPOSE_FILE = ROOT / "docker-compose.yml"
SAMPLES = ROOT / "app" / "samples" / "problems.jsonl"

PORTS = ("8000", "8786", "8787", "8788")
"""Those of the compose file's commands: the api, the scheduler, its health, a worker's health."""
WORKER_PORT = "8788"
WORKERS = 2

DATABASE = "postgresql+psycopg://quod@postgres:5432/quod"

HEALTHY_SECONDS = 300.0
EVALUATION_SECONDS = 900.0
END_SECONDS = 90.0

ENDED = frozenset({"completed", "failed", "cancelled", "paused"})


class StackFault(Exception):
    """A step did not pass; the sentence says why."""


# What the compose file says


def load_services(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The services outside of profiles, but for the database, by name. `environment` fills in variables of the file."""
    command: list[str | Path] = [
        BIN / "docker-compose",
        "--env-file",
        os.devnull,
        "-f",
        COMPOSE_FILE,
        "config",
        "--format",
        "json",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=False, env={**_bare(ROOT), **environment})
    if said.returncode:
        raise StackFault(f"docker-compose.yml cannot be read: {said.stderr.strip()}")
    services: dict[str, dict[str, Any]] = json.loads(said.stdout)["services"]
    return {name: service for name, service in services.items() if name != "postgres"}


def in_order(services: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Names, each behind what it depends on."""
    needs = {name: set(service.get("depends_on", {})) & services.keys() for name, service in services.items()}
    return list(TopologicalSorter(needs).static_order())


def runs_once(name: str, services: Mapping[str, Mapping[str, Any]]) -> bool:
    conditions = (service.get("depends_on", {}).get(name, {}).get("condition") for service in services.values())
    return "service_completed_successfully" in conditions


def here(words: Sequence[str], exchanged: Mapping[str, str]) -> list[str]:
    """`words` with each key of `exchanged` replaced, in one pass; a number only where it stands alone."""
    keys = "|".join(re.escape(key) for key in sorted(exchanged, key=len, reverse=True))
    pattern = re.compile(rf"(?<![0-9])(?:{keys})(?![0-9])")
    return [pattern.sub(lambda found: exchanged[found[0]], word) for word in words]


# Processes


@dataclass(slots=True)
class Stack:
    """What runs. `exchanged`: what of the compose file stands for what of this machine."""

    folder: Path
    exchanged: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    logs: list[Path] = field(default_factory=list)

    def start(self, name: str, service: Mapping[str, Any], own: Mapping[str, str] = {}) -> None:
        home = self.folder / name
        home.mkdir()
        exchanged = {**self.exchanged, "/tmp": str(home), **own}  # noqa: S108  # what is exchanged, not where
        given = service.get("environment") or {}
        environment = dict(zip(given, here([str(value) for value in given.values()], exchanged), strict=True))
        log = self.folder / f"{name}.log"
        self.logs.append(log)
        with log.open("wb") as out, uninterrupted():
            self.running[name] = subprocess.Popen(
                here(service["command"], exchanged),
                cwd=home,
                env={**_bare(home), **environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for this script, which ends them in their order
            )

    def finish(self, name: str) -> None:
        """Wait for a command that does its work and ends."""
        if status := self.running[name].wait(HEALTHY_SECONDS):
            raise StackFault(f"{name} ended with status {status}")
        del self.running[name]

    def until_healthy(self, name: str, service: Mapping[str, Any], own: Mapping[str, str] = {}) -> None:
        """By the health check of the compose file."""
        kind, *check = here(service["healthcheck"]["test"], {**self.exchanged, **own})
        assert kind == "CMD"
        end = time.monotonic() + HEALTHY_SECONDS
        while subprocess.run(check, env=_bare(self.folder), capture_output=True, check=False).returncode:
            if (status := self.running[name].poll()) is not None:
                raise StackFault(f"{name} ended with status {status}")
            if time.monotonic() > end:
                raise StackFault(f"{name} is not healthy after {HEALTHY_SECONDS:.0f} s")
            time.sleep(0.5)

    def end(self) -> None:
        """The last that was started first, each with SIGTERM.

        Raises:
            StackFault: one had to be killed.
        """
        killed = []
        while self.running:
            name, process = self.running.popitem()
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                killed.append(name)
        if killed:
            raise StackFault(f"did not end within {END_SECONDS:.0f} s of SIGTERM: {', '.join(killed)}")

    def show_logs(self) -> None:
        for log in self.logs:
            lines = log.read_text(errors="replace").splitlines()[-40:]
            say("", f"stack: the end of {log.name}:", *lines)


def _bare(home: Path) -> dict[str, str]:
    """What a container would have, and nothing of whoever runs this."""
    return {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(home), "TMPDIR": str(home), "QUOD_LOG_FORMAT": "json"}


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C and SIGTERM come when it has ended, so that no process begins without being known."""
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda number, _: came.append(number)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
    if came:
        raise KeyboardInterrupt


# Steps


def say(*lines: str, end: str = "\n") -> None:
    sys.stdout.write("\n".join(lines) + end)
    sys.stdout.flush()


@contextmanager
def step(what: str) -> Iterator[list[str]]:
    """Prints `what` with its seconds when it has passed, and what was put into the list."""
    say(f"stack: {what} ...", end="")
    began = time.monotonic()
    notes: list[str] = []
    try:
        yield notes
    except BaseException:
        say(f" failed after {time.monotonic() - began:.1f} s")
        raise
    say(f" {time.monotonic() - began:.1f} s", *(f"         {note}" for note in notes))


def start_all(stack: Stack, services: Mapping[str, Mapping[str, Any]], worker_ports: Sequence[str]) -> None:
    for name in in_order(services):
        service = services[name]
        if runs_once(name, services):
            with step(f"{name}: {' '.join(service['command'])}"):
                stack.start(name, service)
                stack.finish(name)
        elif name == "worker":
            owned = {f"{name}-{number}": {WORKER_PORT: port} for number, port in enumerate(worker_ports, 1)}
            with step(f"{name}, {len(owned)} of them: {' '.join(service['command'][:3])} ..."):
                for instance, own in owned.items():
                    stack.start(instance, service, own)
                for instance, own in owned.items():
                    stack.until_healthy(instance, service, own)
        else:
            with step(f"{name}: {' '.join(service['command'][:2])} ..."):
                stack.start(name, service)
                stack.until_healthy(name, service)


def sandboxes(client: httpx.Client) -> dict[str, dict[str, bool]]:
    """The layers of each engine of the api."""
    ready = client.get("/readyz").raise_for_status().json()
    found: dict[str, dict[str, bool]] = {name: engine["sandbox"] for name, engine in ready["engines"].items()}
    if not found or not all(found.values()):
        raise StackFault(f"/readyz names no sandbox: {ready}")
    return found


def evaluate(client: httpx.Client) -> tuple[str, str]:
    """The project's own samples, to the end. Returns the evaluation's id and what came of it."""
    samples = SAMPLES.read_bytes()
    sent = client.post(
        "/v1/datasets", params={"name": "samples"}, content=samples, headers={"content-type": "application/jsonl"}
    )
    dataset = _read(sent)
    evaluation = _read(client.post("/v1/evaluations", json={"dataset": dataset["sha256"]}))
    end = time.monotonic() + EVALUATION_SECONDS
    while evaluation["state"] not in ENDED:
        if time.monotonic() > end:
            raise StackFault(f"the evaluation is {evaluation['state']} after {EVALUATION_SECONDS:.0f} s")
        time.sleep(1)
        evaluation = _read(client.get(f"/v1/evaluations/{evaluation['id']}"))
    counts = evaluation["counts"]
    recorded = sum(counts.values()) - counts["waiting"]
    if evaluation["state"] != "completed" or recorded != len(samples.splitlines()) or counts["errored"]:
        raise StackFault(f"the evaluation is {evaluation['state']} {evaluation['reason']} with {counts}")
    return evaluation["id"], ", ".join(f"{number} {name}" for name, number in counts.items() if number)


def _read(reply: httpx.Response) -> dict[str, Any]:
    if reply.is_error:
        raise StackFault(f"{reply.request.method} {reply.request.url.path}: {reply.status_code} {reply.text}")
    body: dict[str, Any] = reply.json()
    return body


async def _sandbox_of_worker(dask_worker: Worker) -> tuple[bool, dict[str, dict[str, bool]]]:
    """Runs in a worker: whether it solved samples, and the layers of its engines."""
    from app.parts import open_runtime
    from app.settings import read_settings

    async with open_runtime(read_settings()) as runtime:
        health = await runtime.health()
    layers = {name.value: asdict(engine.layers) for name, engine in health.items() if engine.layers}
    return "quod-station" in dask_worker.plugins, layers


def check_workers(scheduler: str, expected: Mapping[str, Mapping[str, bool]]) -> str:
    with Client(scheduler, set_as_default=False, timeout=60) as client:
        client.wait_for_workers(WORKERS, timeout=60)
        said = client.run(_sandbox_of_worker)
    for worker, (_, layers) in said.items():
        if layers != expected:
            raise StackFault(f"the worker {worker} has the sandbox {layers}, the api {expected}")
    solved = sum(solves for solves, _ in said.values())
    if len(said) != WORKERS or not solved:
        raise StackFault(f"{len(said)} workers answered, and {solved} of them solved samples")
    return f"{solved} of {len(said)} solved samples"


def check_trace(client: httpx.Client, evaluation_id: str, expected: Mapping[str, Mapping[str, bool]]) -> None:
    """The runs that a worker sent back were locked in as well."""
    page = _read(client.get(f"/v1/evaluations/{evaluation_id}/samples", params={"limit": 1}))
    trace = _read(client.get(page["data"][0]["trace"]))
    layers = [attempt["run"]["sandbox"] for attempt in trace["attempts"] if attempt["run"]]
    if not layers or any(each not in expected.values() for each in layers):
        raise StackFault(f"the runs of {trace['id']} had the sandbox {layers}, the api has {expected}")


def check_report(client: httpx.Client, evaluation_id: str) -> str:
    page = client.get(f"/evaluations/{evaluation_id}/report")
    if page.status_code != 200 or "<svg" not in page.text or "</html>" not in page.text:
        raise StackFault(f"the report is no page: {page.status_code} {page.text[:500]}")
    return f"{len(page.content) / 1000:.0f} kB"


def check_nothing_is_left(ports: Sequence[str]) -> None:
    """Neither a process, whoever its parent was (see `_adopt_orphans`), nor a port."""
    end = time.monotonic() + 60
    while left := _others():
        if time.monotonic() > end:
            raise StackFault(f"processes are left: {left}")
        time.sleep(0.1)
    for port in ports:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                raise StackFault(f"somebody still listens at port {port}")


def _others() -> list[str]:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    left = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            left.append(f"{child.pid} {' '.join(child.cmdline())}")
    return left


def _adopt_orphans() -> None:
    """As `init: true` does in a container: what loses its parent comes to us (PR_SET_CHILD_SUBREAPER)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def run(folder: Path) -> None:
    """All steps; ends what it began, whatever happens.

    Raises:
        StackFault, NoServerError, httpx.HTTPError
    """
    secrets = folder / "secrets"
    secrets.mkdir()
    (secrets / "database_password").write_text("stack\n")
    (secrets / "lm_api_key").write_text("")
    ports = [str(port) for port in free_ports(len(PORTS) - 1 + WORKERS)]
    at = dict(zip(PORTS, ports, strict=False))
    services = load_services({"QUOD_LM": "recorded:"})
    with ExitStack() as ending:
        with step("postgres: a server of its own"), uninterrupted():
            server = ending.enter_context(running_server())
            database = server.create()
        exchanged = {
            **at,
            DATABASE: database,
            "dask-scheduler": "127.0.0.1",
            "0.0.0.0": "127.0.0.1",  # noqa: S104  # what is exchanged, not where
            "/run/secrets": str(secrets),
        }
        stack = Stack(folder, exchanged)
        try:
            start_all(stack, services, ports[-WORKERS:])
            with httpx.Client(base_url=f"http://127.0.0.1:{at['8000']}", timeout=120) as client:
                _check(client, f"tcp://127.0.0.1:{at['8786']}")
        except BaseException as fault:
            if not isinstance(fault, KeyboardInterrupt):
                stack.show_logs()
            raise
        finally:
            with step("the end: SIGTERM, the last one first"), uninterrupted():
                stack.end()
    with step("no process and no port is left"):
        check_nothing_is_left(ports)


def _check(client: httpx.Client, scheduler: str) -> None:
    with step("/readyz names the layers of the sandbox") as notes:
        layers = sandboxes(client)
        notes += [f"{name}: {', '.join(which for which, on in each.items() if on)}" for name, each in layers.items()]
    with step("an evaluation of the samples over HTTP, on the workers") as notes:
        evaluation_id, counts = evaluate(client)
        notes.append(f"{evaluation_id}: {counts}")
    with step("its report") as notes:
        notes.append(check_report(client, evaluation_id))
    with step("the workers have the same sandbox, and so had their runs") as notes:
        notes.append(check_workers(scheduler, layers))
        check_trace(client, evaluation_id, layers)


def main() -> int:
    os.environ.pop("TEST_DATABASE_URL", None)  # the database's server belongs to what is tried
    _adopt_orphans()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="quod-stack-") as folder:
            run(Path(folder))
    except KeyboardInterrupt:
        say("stack: interrupted; what was started has ended")
        return 130
    except (StackFault, NoServerError, httpx.HTTPError, subprocess.TimeoutExpired) as fault:
        say(f"stack: failed: {fault}")
        return 1
    say(f"stack: passed after {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
