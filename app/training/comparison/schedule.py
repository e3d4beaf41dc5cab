"""Makes many runs, each in a process of its own with one thread, some at a time.

Ctrl-C or SIGTERM is passed on: each run keeps a checkpoint, and the same command goes on from there. A run that fails
ends the others in the same way.
"""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.training.interruption import interruption
from app.training.job import TrainingError
from app.training.progress import say

LOG = "log.txt"
_LOOKED_EVERY_SECONDS = 0.5
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class Command:
    """A run as a command; what it says goes to `LOG` in its folder."""

    name: str
    folder: Path
    argv: tuple[str, ...]


def run_commands(commands: Sequence[Command], at_once: int) -> None:
    """All of them, in their order, `at_once` at a time.

    Raises:
        TrainingError: one failed, or somebody ended them; those under way were asked to end, and have.
    """
    waiting, running = list(commands), dict[str, tuple[Command, "subprocess.Popen[bytes]"]]()
    with interruption() as interrupted:
        try:
            while waiting or running:
                if interrupted.is_set():
                    raise TrainingError("interrupted; the same command goes on from here")
                while waiting and len(running) < at_once:
                    command = waiting.pop(0)
                    running[command.name] = command, _start(command)
                    say(f"{command.name} is under way: {command.folder / LOG}")
                for name, (command, process) in list(running.items()):
                    if (status := process.poll()) is not None:
                        del running[name]
                        if status:
                            raise TrainingError(f"{name} ended with status {status}: {_last_line(command)}")
                        say(f"{name} is done, {len(waiting) + len(running)} to go")
                time.sleep(_LOOKED_EVERY_SECONDS if running else 0)
        finally:
            for _, process in running.values():
                process.terminate()
            for _, process in running.values():
                process.wait()


def _start(command: Command) -> "subprocess.Popen[bytes]":
    try:
        command.folder.mkdir(parents=True, exist_ok=True)
        with (command.folder / LOG).open("ab") as log:
            # A group of its own: Ctrl-C comes from here, once.
            return subprocess.Popen(
                command.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | _ONE_THREAD,
                process_group=0,
            )
    except OSError as error:
        raise TrainingError(f"{command.name} cannot be started: {error}") from error


def _last_line(command: Command) -> str:
    lines = (command.folder / LOG).read_text("utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
