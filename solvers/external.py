"""Has a checker of the operator's own look at a proof: a command, run without a shell, with the script and the proof in
files of a private folder.

The operator vouches for the command. What it is given comes from strangers: it should run where that is no danger.
"""

import asyncio
import os
import shlex
import signal
import tempfile
from contextlib import suppress
from pathlib import Path

from solvers.certificates import CheckReport, CheckResult

_MOST_OUTPUT = 1_000_000
_TAIL = 300


async def check_externally(command: str, script: str, proof: str, seconds: float) -> CheckReport:
    """What the operator's checker says of a proof.

    Args:
        command: argv in one line, quoted as for a shell, which does not see it. `{problem}` and `{proof}` in it are the
            paths of the files.
        script: SMT-LIB, as it was run.
        proof: in the Alethe format.
        seconds: after that long it is killed, with all of its process group.

    Returns:
        Confirmed if it exits with 0 and its last line is `valid`, refuted if that is `invalid`; not checkable
        otherwise, with the end of what it printed.
    """
    try:
        arguments = shlex.split(command)
    except ValueError as error:
        return _undecided(f"the command of the external checker cannot be read: {error}", "external")
    if not arguments:
        return _undecided("the command of the external checker is empty", "external")
    name = f"external: {Path(arguments[0]).name}"
    # What it has made of the folder by then is not worth an exception.
    with tempfile.TemporaryDirectory(prefix="quod-proof-", ignore_cleanup_errors=True) as folder:
        problem, evidence = Path(folder, "problem.smt2"), Path(folder, "proof.alethe")
        await asyncio.to_thread(_write, {problem: script, evidence: proof})
        places = {"{problem}": str(problem), "{proof}": str(evidence)}
        return await _run([_filled(argument, places) for argument in arguments], folder, seconds, name)


def _write(texts: dict[Path, str]) -> None:
    for path, text in texts.items():
        path.write_bytes(text.encode(errors="replace"))


def _filled(argument: str, places: dict[str, str]) -> str:
    for mark, path in places.items():
        argument = argument.replace(mark, path)
    return argument


class _Tail(asyncio.Protocol):
    """The end of what it prints."""

    def __init__(self) -> None:
        self.output = b""
        self.complete = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.output = (self.output + data)[-_MOST_OUTPUT:]

    def connection_lost(self, _error: Exception | None) -> None:
        self.complete.set()


async def _run(arguments: list[str], folder: str, seconds: float, name: str) -> CheckReport:
    # A pipe of our own: asyncio's `wait` would wait for whoever holds the process's, and for ever where it is full.
    reading, writing = os.pipe()
    with open(reading, "rb", buffering=0) as pipe:  # noqa: ASYNC230  # a pipe that is open already
        try:
            process = await asyncio.create_subprocess_exec(
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                cwd=folder,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            return _undecided(f"the external checker cannot be started: {error}", name)
        finally:
            os.close(writing)
        transport, tail = await asyncio.get_running_loop().connect_read_pipe(_Tail, pipe)
        try:
            async with asyncio.timeout(seconds):
                status = await process.wait()
                # What it leaves behind ends with it, and at once: later its number may be another's.
                _kill_group(process)
                await tail.complete.wait()
        except TimeoutError:
            return _undecided(f"the external checker took longer than {seconds:g} seconds", name)
        finally:
            if process.returncode is None:
                _kill_group(process)
                await process.wait()
            transport.close()
    lines = tail.output.decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    if status == 0 and last == "valid":
        return CheckReport(CheckResult.CONFIRMED, "the external checker accepts the proof", name)
    if status == 0 and last == "invalid":
        return CheckReport(CheckResult.REFUTED, "the external checker refuses the proof", name)
    said = " ".join(" ".join(lines).split())[-_TAIL:]
    return _undecided(f"the external checker exits with {status} and says neither valid nor invalid: {said}", name)


def _kill_group(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _undecided(reason: str, checker: str) -> CheckReport:
    return CheckReport(CheckResult.NOT_CHECKABLE, reason, checker)
