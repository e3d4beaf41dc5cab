"""What happens to runs and processes when something dies, stops or slips away: fork server, service, descendants."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from solvers import LimitName, Limits, Runtime, RuntimeClosedError, Stopped, WorkerCrashedError
from tests.solvers.scripted import (
    BUSY_SECONDS,
    NO_LAYERS,
    Process,
    alive,
    answer_of,
    children_of,
    processes,
    result_of,
    script,
    scripted_runtime,
    server_pid,
    until,
)

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def scripted() -> AsyncIterator[Runtime]:
    async with scripted_runtime() as runtime:
        yield runtime


async def running(server: int) -> int:
    """The child of `server`, once it runs and was reported: then `server` sleeps again."""
    found: list[Process] = []

    def one_runs() -> bool:
        # Looked at once: the next moment it may be gone. One that was killed may not be buried yet.
        found[:] = [child for child in children_of(server) if child.state not in "ZX"]
        its = processes().get(server)
        return len(found) == 1 and its is not None and its.state == "S"

    await until(one_runs)
    return found[0].pid


async def test_a_fork_server_killed_in_the_middle_is_replaced_and_the_run_repeated(scripted: Runtime) -> None:
    first = await server_pid(scripted)
    solving = asyncio.create_task(scripted.solve(script("time.sleep(1.5); outcome = 42")))
    child = await running(first)
    os.kill(first, signal.SIGKILL)
    assert answer_of(await solving) == "42"
    assert await server_pid(scripted) != first
    assert child not in alive()


async def test_a_program_whose_process_somebody_kills_is_run_again(scripted: Runtime) -> None:
    server = await server_pid(scripted)
    solving = asyncio.create_task(scripted.solve(script("time.sleep(1.5); outcome = 42")))
    os.kill(await running(server), signal.SIGKILL)
    assert answer_of(await solving) == "42"
    assert await server_pid(scripted) == server


async def test_a_program_whose_process_is_killed_each_time_is_reported_and_never_stopped_at_a_limit(
    scripted: Runtime,
) -> None:
    server = await server_pid(scripted)
    solving = asyncio.create_task(scripted.solve(script("time.sleep(30)")))
    first = await running(server)
    os.kill(first, signal.SIGKILL)
    await until(lambda: first not in alive())
    os.kill(await running(server), signal.SIGKILL)
    with pytest.raises(WorkerCrashedError, match="somebody killed its process; then: somebody killed"):
        await solving
    assert await server_pid(scripted) == server


async def test_a_fork_server_killed_while_it_loads_is_started_again() -> None:
    async with scripted_runtime() as runtime:
        others = {process.pid for process in children_of(os.getpid())}
        solving = asyncio.create_task(runtime.solve(script("outcome = 42")))
        await until(lambda: bool({process.pid for process in children_of(os.getpid())} - others))
        (loading,) = {process.pid for process in children_of(os.getpid())} - others
        os.kill(loading, signal.SIGKILL)
        assert answer_of(await solving) == "42"


async def test_a_fork_server_killed_between_runs_is_replaced(scripted: Runtime) -> None:
    os.kill(await server_pid(scripted), signal.SIGKILL)
    assert await result_of(scripted, "outcome = 42") == "42"


async def test_a_fork_server_stopped_in_the_middle_is_replaced_and_the_run_repeated(scripted: Runtime) -> None:
    first = await server_pid(scripted)
    solving = asyncio.create_task(scripted.solve(script("time.sleep(1.5); outcome = 42")))
    child = await running(first)
    os.kill(first, signal.SIGSTOP)
    assert answer_of(await solving) == "42"
    await until(lambda: not {first, child} & alive())


async def test_a_fork_server_stopped_before_a_run_is_replaced(scripted: Runtime) -> None:
    os.kill(await server_pid(scripted), signal.SIGSTOP)
    began = time.monotonic()
    assert await result_of(scripted, "outcome = 42", Limits(wall_seconds=60)) == "42"
    assert time.monotonic() - began < 30


async def test_every_run_under_way_survives_the_loss_of_its_fork_server() -> None:
    async with scripted_runtime(concurrency=4) as runtime:
        server = await server_pid(runtime)
        jobs = [asyncio.create_task(runtime.solve(script(f"time.sleep(0.5); outcome = {n}"))) for n in range(8)]
        await until(lambda: len(children_of(server)) >= 2)
        os.kill(server, signal.SIGKILL)
        assert [answer_of(run) for run in await asyncio.gather(*jobs)] == [str(n) for n in range(8)]


async def test_a_run_that_loses_its_fork_server_twice_is_reported(scripted: Runtime) -> None:
    first = await server_pid(scripted)
    others = {process.pid for process in children_of(os.getpid())}
    solving = asyncio.create_task(scripted.solve(script("time.sleep(60)"), Limits(wall_seconds=60)))
    await running(first)
    os.kill(first, signal.SIGKILL)
    await until(lambda: bool({process.pid for process in children_of(os.getpid())} - others))
    (second,) = {process.pid for process in children_of(os.getpid())} - others
    child = 0
    while child != (child := await running(second)):  # noqa: ASYNC110
        await anyio.sleep(0.05)  # its first child may be the self-test, which is short
    os.kill(second, signal.SIGKILL)
    with pytest.raises(WorkerCrashedError, match="twice"):
        await solving
    assert await result_of(scripted, "outcome = 1") == "1"


async def test_a_limit_holds_under_a_stopped_fork_server(scripted: Runtime) -> None:
    server = await server_pid(scripted)
    began = time.monotonic()
    solving = asyncio.create_task(scripted.solve(script("while True: pass"), Limits(wall_seconds=1.5)))
    child = await running(server)
    os.kill(server, signal.SIGSTOP)
    run = await solving
    assert time.monotonic() - began < 1.5 + BUSY_SECONDS
    assert run.ending == Stopped(LimitName.WALL_SECONDS)
    assert 0 < run.usage.cpu_seconds < 1.7
    await until(lambda: not {server, child} & alive())


async def test_a_repetition_that_cannot_end_in_time_is_reported_and_not_waited_for(scripted: Runtime) -> None:
    server = await server_pid(scripted)
    solving = asyncio.create_task(scripted.solve(script("time.sleep(3.9); outcome = 1"), Limits(wall_seconds=4)))
    await running(server)
    await anyio.sleep(1.2)  # what is left of the limit and the second after it is less than it takes
    os.kill(server, signal.SIGKILL)
    with pytest.raises(WorkerCrashedError, match="no time left"):
        await solving


async def test_descendants_that_leave_the_process_group_end_with_the_program() -> None:
    # No layer closes forking here; only what ends a run can end them.
    async with scripted_runtime(NO_LAYERS) as runtime:
        text = """
            heard, said = os.pipe()
            def stay():
                os.write(1, b"%d\\n" % os.getpid())
                os.write(said, b".")
                time.sleep(60)
            for _ in range(3):
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0:
                        signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    stay()
            if os.fork() == 0:
                stay()
            there = 0
            while there < 7:
                there += len(os.read(heard, 7))
            outcome = 1
        """
        run = await runtime.solve(script(text))
        assert answer_of(run) == "1"
        left_behind = {int(line) for line in run.output.split()}
        assert len(left_behind) == 7
        assert not left_behind & alive()
        assert children_of(await server_pid(runtime)) == []


async def test_descendants_of_a_stopped_program_end_with_it() -> None:
    async with scripted_runtime(NO_LAYERS) as runtime:
        text = """
            if os.fork() == 0:
                os.setsid()
            os.write(1, b"%d\\n" % os.getpid())
            time.sleep(60)
        """
        run = await runtime.solve(script(text), Limits(wall_seconds=2))
        assert run.ending == Stopped(LimitName.WALL_SECONDS)
        pids = {int(line) for line in run.output.split()}
        assert pids
        assert not pids & alive()


async def test_closing_the_runtime_ends_descendants_too() -> None:
    async with scripted_runtime(NO_LAYERS) as runtime:
        server = await server_pid(runtime)
        text = """
            if os.fork() == 0:
                os.setsid()
                os.fork()
            time.sleep(60)
        """
        solving = asyncio.create_task(runtime.solve(script(text)))

        def descendants() -> set[int]:
            found = {server}
            while grown := {one.pid for one in processes().values() if one.parent in found} - found:
                found |= grown
            return found - {server}

        await until(lambda: len(descendants()) == 3)
        pids = descendants()
        await runtime.close()
        assert not pids & alive()
        with pytest.raises(RuntimeClosedError):
            await solving


async def test_a_killed_service_leaves_no_process() -> None:
    text = """
import anyio
from solvers import Limits
from tests.solvers.scripted import script, scripted_runtime, server_pid

async def main():
    async with scripted_runtime() as runtime:
        print(await server_pid(runtime), flush=True)
        ignoring = "[signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; time.sleep(60)"
        await runtime.solve(script(ignoring), Limits(wall_seconds=60))

anyio.run(main)
"""
    with subprocess.Popen(  # noqa: ASYNC220  # it only starts here
        [sys.executable, "-c", text], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as service:
        assert service.stdout is not None
        server = int(service.stdout.readline())
        child = await running(server)
        service.kill()
    await until(lambda: not {server, child} & alive())


async def test_a_fork_server_does_not_hear_the_terminals_interrupt(scripted: Runtime) -> None:
    server = await server_pid(scripted)
    assert os.getpgid(server) != os.getpgid(0)
    assert os.getsid(server) != os.getsid(0)


async def test_the_kernel_ends_programs_before_the_service_when_memory_runs_out(scripted: Runtime) -> None:
    score = Path(f"/proc/{await server_pid(scripted)}/oom_score_adj")
    assert int(score.read_text()) == 1000  # noqa: ASYNC240
