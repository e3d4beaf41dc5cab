"""A checker of the operator's own, played by small Python scripts."""

import asyncio
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from solvers.certificates import CheckReport, CheckResult
from solvers.external import check_externally
from tests.solvers.scripted import until

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


def nothing_is_left(tmp_path: Path) -> bool:
    """Whether there is no process of the checker in this folder, nor of one that it started with `STARTS`."""
    return not any(str(tmp_path).encode() in line for line in _command_lines())


def _command_lines() -> Iterator[bytes]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it ended meanwhile
            yield file.read_bytes()


STARTS = (
    "import subprocess, sys, time\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', sys.argv[0]])\n"
)


async def test_its_time_is_limited_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    began = time.monotonic()
    report = await check(tmp_path, STARTS + "time.sleep(60)\n", seconds=1)
    assert report.result is CheckResult.NOT_CHECKABLE
    assert time.monotonic() - began < 30
    await until(lambda: nothing_is_left(tmp_path), 30)


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


async def test_what_it_leaves_running_ends_with_it(tmp_path: Path) -> None:
    # What it starts has its output, too: whoever waited for that to end would wait until the limit.
    assert (await check(tmp_path, STARTS + "print('valid')\n", seconds=30)).result is CheckResult.CONFIRMED
    await until(lambda: nothing_is_left(tmp_path), 30)


async def test_what_escapes_it_and_holds_its_output_does_not_delay_beyond_the_limit(tmp_path: Path) -> None:
    source = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(30)'], start_new_session=True)\n"
        "print('valid')\n"
    )
    began = time.monotonic()
    assert (await check(tmp_path, source, seconds=1)).result is CheckResult.NOT_CHECKABLE
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("instead", ["open(folder, 'w')", "os.symlink('/', folder)", "None"])
async def test_what_it_makes_of_its_folder_does_not_matter(
    tmp_path: Path, instead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    source = f"import os, shutil\nfolder = os.getcwd()\nshutil.rmtree(folder)\n{instead}\nprint('valid')\n"
    assert (await check(tmp_path, source)).result is CheckResult.CONFIRMED


async def test_an_endless_flood_ends_at_the_limit(tmp_path: Path) -> None:
    began = time.monotonic()
    report = await check(tmp_path, "while True: print('valid' * 10_000)", seconds=1)
    assert report.result is CheckResult.NOT_CHECKABLE
    assert time.monotonic() - began < 30


async def test_it_is_ended_where_nobody_waits_any_more(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(check(tmp_path, "import time; time.sleep(60)", seconds=60), 0.7)
    await until(lambda: nothing_is_left(tmp_path), 30)
