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


async def _run(arguments: list[str], folder: str, seconds: float, name: str) -> CheckReport:
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return _undecided(f"the external checker cannot be started: {error}", name)
    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as both:
            ending = both.create_task(_ended(process))
            output = await _output(process)
            status = await ending
    except TimeoutError:
        return _undecided(f"the external checker took longer than {seconds:g} seconds", name)
    finally:
        await _end(process)
    lines = output.decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    if status == 0 and last == "valid":
        return CheckReport(CheckResult.CONFIRMED, "the external checker accepts the proof", name)
    if status == 0 and last == "invalid":
        return CheckReport(CheckResult.REFUTED, "the external checker refuses the proof", name)
    tail = " ".join(" ".join(lines).split())[-_TAIL:]
    return _undecided(f"the external checker exits with {status} and says neither valid nor invalid: {tail}", name)


async def _output(process: asyncio.subprocess.Process) -> bytes:
    """The end of what it prints."""
    assert process.stdout is not None
    output = b""
    while part := await process.stdout.read(65536):
        output = (output + part)[-_MOST_OUTPUT:]
    return output


async def _ended(process: asyncio.subprocess.Process) -> int:
    """Its exit status. What it leaves behind ends with it, and at once: later its number may be another's."""
    status = await process.wait()
    _kill_group(process)
    return status


async def _end(process: asyncio.subprocess.Process) -> None:
    """End it with its process group, if it has not ended."""
    if process.returncode is None:
        _kill_group(process)
        await process.wait()


def _kill_group(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _undecided(reason: str, checker: str) -> CheckReport:
    return CheckReport(CheckResult.NOT_CHECKABLE, reason, checker)
