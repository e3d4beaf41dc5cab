"""A checker of the operator's own, played by small Python scripts."""

import asyncio
import shlex
import sys
import time
from pathlib import Path

import pytest

from solvers.certificates import CheckReport, CheckResult
from solvers.external import check_externally

pytestmark = pytest.mark.anyio

READS = (
    "import sys\n"
    "script, proof = open(sys.argv[1]).read(), open(sys.argv[2]).read()\n"
    "print('looking ...')\n"
    "print('valid' if script == '(check-sat)' and proof == '(step t (cl))' else 'invalid')\n"
)


async def check(tmp_path: Path, source: str, proof: str = "(step t (cl))", seconds: float = 10) -> CheckReport:
    checker = tmp_path / "a checker.py"
    checker.write_text(source)
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(checker))} {{problem}} {{proof}}"
    return await check_externally(command, "(check-sat)", proof, seconds)


async def test_what_it_calls_valid_is_confirmed_in_its_name(tmp_path: Path) -> None:
    report = await check(tmp_path, READS)
    assert report.result is CheckResult.CONFIRMED
    assert report.checker == f"external: {Path(sys.executable).name}"


async def test_what_it_calls_invalid_is_refuted(tmp_path: Path) -> None:
    assert (await check(tmp_path, READS, proof="(step t (cl p))")).result is CheckResult.REFUTED


@pytest.mark.parametrize(
    "source",
    [
        "",
        "print('valid'); raise SystemExit(1)",
        "print('invalid'); raise SystemExit(1)",
        "print('valid'); print('but with holes')",
        "print('is it valid')",
        "print('VALID')",
        "print('x' * 3_000_000)",
        "import os, signal; print('valid', flush=True); os.kill(os.getpid(), signal.SIGKILL)",
        "raise Exception('no such rule')",
    ],
)
async def test_anything_else_is_not_checkable(tmp_path: Path, source: str) -> None:
    report = await check(tmp_path, source)
    assert report.result is CheckResult.NOT_CHECKABLE
    assert len(report.reason) < 500


async def test_its_last_words_are_shown(tmp_path: Path) -> None:
    assert "no such rule" in (await check(tmp_path, "raise Exception('no such rule')")).reason


async def test_its_time_is_limited_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    left = tmp_path / "left"
    source = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(2); open({str(left)!r}, \"w\")'])\n"
        "time.sleep(60)\n"
    )
    began = time.monotonic()
    report = await check(tmp_path, source, seconds=1)
    assert report.result is CheckResult.NOT_CHECKABLE
    assert time.monotonic() - began < 5
    await asyncio.sleep(2)
    assert not left.exists()


@pytest.mark.parametrize("command", ["", "  ", "'unclosed", "/nowhere/checker {proof}", "\0"])
async def test_a_command_that_does_not_run_confirms_nothing(command: str) -> None:
    assert (await check_externally(command, "", "", 1)).result is CheckResult.NOT_CHECKABLE


async def test_no_shell_sees_the_command(tmp_path: Path) -> None:
    target = tmp_path / "touched"
    report = await check_externally(f"echo valid; touch {target}", "", "", 5)
    assert not target.exists()
    assert report.result is CheckResult.NOT_CHECKABLE


async def test_what_the_files_hold_is_no_part_of_the_command(tmp_path: Path) -> None:
    report = await check(tmp_path, READS, proof="{problem} $(touch x) '; echo valid")
    assert report.result is CheckResult.REFUTED
