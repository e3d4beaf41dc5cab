"""`quod serve` as its users run it: a process of its own, on a free port."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

_LISTENING = re.compile(r"(http://[0-9.]+:[0-9]+).*listening|listening.*(http://[0-9.]+:[0-9]+)")


@dataclass
class Served:
    process: subprocess.Popen
    lines: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def log(self):
        return "".join(self.lines)

    def stop(self, how=signal.SIGINT, seconds=60):
        self.process.send_signal(how)
        return self.process.wait(seconds)

    def children(self):
        return descendants(self.process.pid)


def descendants(pid):
    """Ids of all processes that this one started, and that these started."""
    parents = {}
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{number}/stat") as stat:
                parents[int(number)] = int(stat.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, new = set(), {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def environment(**values):
    """The machine's, without any setting of Quod but `values`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QUOD_")}
    return kept | {name: str(value) for name, value in values.items()}


@contextmanager
def serving(**settings):
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", "0"],
        env=environment(**settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    served = Served(process)

    def read():
        for line in process.stderr:
            served.lines.append(line)
            if found := _LISTENING.search(line):
                served.url = found[1] or found[2]

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        deadline = time.monotonic() + 90
        while not _ready(served):
            assert process.poll() is None, served.log
            assert time.monotonic() < deadline, served.log
            time.sleep(0.05)
        yield served
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        reader.join()
        process.stderr.close()


def _ready(served):
    if not served.url:
        return False
    try:
        return httpx.get(f"{served.url}/readyz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def gone(pids, seconds=20.0):
    """Whether every one of these processes has ended."""
    deadline = time.monotonic() + seconds
    while any(os.path.exists(f"/proc/{pid}") for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
