"""Whom to kill: of each part of an evaluation, one of its processes that is there at the moment."""

import os
import random
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from app.store.rows import EvaluationRow
from tests.app.evaluation.processes import fork_servers
from tests.faults.stand import Stand

_NANNY_SHARE = 0.3
_YOUNGEST = 30
"""Process ids, the last one given first, among which a program is looked for."""


Chooser = Callable[[Stand, random.Random, str], int | None]
"""Whom to kill now: a process id; None: there is nobody at the moment."""


def _api(found: Stand, chance: random.Random, evaluation_id: str) -> int | None:
    """One that does not hold the lease, where there is a choice."""
    owner = _owner(found, evaluation_id)
    others = [part.pid for part in found.services if len(found.services) == 1 or part.pid != owner]
    return chance.choice(others)


def _coordinator(found: Stand, chance: random.Random, evaluation_id: str) -> int | None:
    owner = _owner(found, evaluation_id)
    return next((part.pid for part in found.services if part.pid == owner), None)


def _worker(found: Stand, chance: random.Random, evaluation_id: str) -> int | None:
    nanny = chance.choice(found.workers).pid
    if chance.random() < _NANNY_SHARE:
        return nanny
    with suppress(psutil.Error):
        for child in psutil.Process(nanny).children():
            if any("spawn_main" in word for word in child.cmdline()):
                return child.pid
    return None


def _scheduler(found: Stand, chance: random.Random, evaluation_id: str) -> int | None:
    return found.scheduler.pid if found.scheduler else None


def _fork_server(found: Stand, chance: random.Random, evaluation_id: str) -> int | None:
    with suppress(psutil.Error):
        servers = sorted(fork_servers(chance.choice(found.solving).pid))
        return chance.choice(servers) if servers else None
    return None


def _solver(found: Stand, chance: random.Random, evaluation_id: str) -> int | None:
    """A program lives for some milliseconds, so it is one of the youngest processes; it is held, to be there still when
    it is killed.
    """
    servers: set[int] = set()
    with suppress(psutil.Error):
        servers = {server for part in found.solving for server in fork_servers(part.pid)}
    end = time.monotonic() + 1.0
    while servers and time.monotonic() < end:
        newest = int(Path("/proc/loadavg").read_text().split()[4])
        for pid in range(newest, newest - _YOUNGEST, -1):
            parent, state = _parent_and_state(pid)
            if parent in servers and state not in "ZX":
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
                    if _parent_and_state(pid) == (parent, "T"):
                        return pid
                    os.kill(pid, signal.SIGCONT)
    return None


CHOOSERS: Mapping[str, Chooser] = {
    "api": _api,
    "coordinator": _coordinator,
    "worker": _worker,
    "scheduler": _scheduler,
    "fork-server": _fork_server,
    "solver": _solver,
}


def _owner(found: Stand, evaluation_id: str) -> int | None:
    """Process id of who holds the lease."""
    with found.database.reading() as session:
        row = session.get(EvaluationRow, evaluation_id)
        owner = row.owner if row else None
    return int(owner.rsplit("-", 2)[1]) if owner else None


def kill(found: Stand, pid: int) -> None:
    """With its descendants noted, who must be gone soon."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        found.families += [process, *process.children(recursive=True)]
    os.kill(pid, signal.SIGKILL)


def _parent_and_state(pid: int) -> tuple[int, str]:
    """Source: proc_pid_stat(5); nobody's and dead: there is no such process."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return 0, "X"
    return int(parent), state
