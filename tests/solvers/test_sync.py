"""The runtime for scripts without an event loop."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from solvers import Answers, Finished, InvalidLimitsError, Job, Language, Limits, Program, solve
from tests.solvers.scripted import alive

ROOT = Path(__file__).parents[2]


def double(number: int) -> str:
    run = solve(Job(Program(Language.PROLOG, f"solve(X) :- X is 2 * {number}."), "solve(X)"))
    assert isinstance(run.ending, Finished)
    assert isinstance(run.ending.outcome, Answers)
    return run.ending.outcome.substitutions[0].bindings["X"].text


def test_a_script_solves_from_any_thread() -> None:
    assert double(21) == "42"
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(double, range(8))) == [str(2 * number) for number in range(8)]
    with pytest.raises(InvalidLimitsError):
        solve(Job(Program(Language.PROLOG, ""), "true"), Limits(wall_seconds=0))


def test_inside_an_event_loop_it_says_what_to_use_instead() -> None:
    async def inside() -> None:
        solve(Job(Program(Language.PROLOG, ""), "true"))

    with pytest.raises(RuntimeError, match="await"):
        asyncio.run(inside())


def test_a_script_that_ends_leaves_no_process_and_no_complaint() -> None:
    text = """
import os
from tests.solvers.scripted import children_of
from tests.solvers.test_sync import double
print(double(4), *(process.pid for process in children_of(os.getpid())))
"""
    script = subprocess.run(
        [sys.executable, "-W", "error", "-c", text], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    answer, *servers = (int(word) for word in script.stdout.split())
    assert (answer, script.stderr) == (8, "")
    assert servers
    assert not alive() & set(servers)


def test_importing_solvers_loads_no_engine_and_no_event_loop() -> None:
    text = "import sys, solvers; print([name for name in ('asyncio', 'janus_swi', 'z3') if name in sys.modules])"
    script = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=True)
    assert script.stdout == "[]\n"
