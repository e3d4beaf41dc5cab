"""Runs programs of the scripted engine, and looks at the processes of this machine."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import anyio

from solvers import Answers, Finished, Job, Language, Layers, Limits, Program, Run, Runtime, RuntimeConfig

SCRIPTED = {Language.PROLOG: "tests.solvers.engines.scripted"}
BUSY_SECONDS = 10.0
"""How much later something may come on a machine that has other things to do, where that it comes is tested."""
NO_LAYERS = Layers(
    policy=False, seccomp=False, landlock=False, no_new_privileges=False, rlimits=False, empty_environment=True
)


def script(text: str) -> Job:
    return Job(Program(Language.PROLOG, dedent(text)))


@asynccontextmanager
async def scripted_runtime(layers: Layers | None = None, **config: object) -> AsyncIterator[Runtime]:
    """A runtime whose only engine is the scripted one; open where `layers` leave it so."""
    settings = {"concurrency": 2, "engines": SCRIPTED, "allow_open": layers is not None, **config}
    async with Runtime(RuntimeConfig(layers=layers or Layers(), **settings)) as runtime:
        yield runtime


async def result_of(runtime: Runtime, text: str, limits: Limits | None = None) -> str:
    """What the program set `outcome` to."""
    return answer_of(await runtime.solve(script(text), limits or Limits()))


def answer_of(run: Run) -> str:
    assert isinstance(run.ending, Finished), run
    assert isinstance(run.ending.outcome, Answers), run
    return run.ending.outcome.substitutions[0].bindings["X"].text


async def server_pid(runtime: Runtime) -> int:
    """Process id of the fork server, which is started if need be."""
    pid = (await runtime.health())[Language.PROLOG].pid
    assert pid is not None
    return pid


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    parent: int
    state: str


def processes() -> dict[int, Process]:
    """Every process of this machine, zombies included."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            found[int(entry.name)] = Process(int(entry.name), int(fields[1]), fields[0])
    return found


def alive() -> set[int]:
    """Zombies left out: an orphan's waits for whoever is process 1, and does nothing meanwhile."""
    return {process.pid for process in processes().values() if process.state not in "ZX"}


def children_of(pid: int) -> list[Process]:
    return [process for process in processes().values() if process.parent == pid]


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something that happens in another process. Fails when it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await anyio.sleep(0.01)
