"""What whoever calls the runtime relies on: limits, replies, turns, cancellation, repetition, an orderly end."""

import asyncio
import os
import resource
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import replace

import anyio
import pytest

from solvers import (
    EngineFaultError,
    EngineMissingError,
    ErrorClass,
    Finished,
    InvalidLimitsError,
    Job,
    Language,
    LimitName,
    Limits,
    NoAnswer,
    Part,
    Program,
    Rejected,
    Run,
    Runtime,
    RuntimeClosedError,
    RuntimeConfig,
    Stopped,
    UnsupportedLanguageError,
    Wanted,
    WorkerCrashedError,
)
from solvers.engine_process import EngineProcess
from tests.solvers.scripted import (
    BUSY_SECONDS,
    NO_LAYERS,
    SCRIPTED,
    alive,
    answer_of,
    children_of,
    result_of,
    script,
    scripted_runtime,
    server_pid,
    until,
)

pytestmark = pytest.mark.anyio

TRIVIAL = {Language.PROLOG: "tests.solvers.engines.trivial"}


@pytest.fixture(scope="module")
async def scripted() -> AsyncIterator[Runtime]:
    async with scripted_runtime() as runtime:
        yield runtime


# Output


async def test_what_a_program_prints_is_shown(scripted: Runtime) -> None:
    text = """
        print("to stdout")
        os.write(2, b"to stderr\\n")
        libc.puts(b"through libc")
    """
    run = await scripted.solve(script(text))
    assert sorted(run.output.splitlines()) == ["through libc", "to stderr", "to stdout"]


async def test_output_that_is_not_utf_8_is_shown_with_replacements(scripted: Runtime) -> None:
    run = await scripted.solve(script("os.write(1, b'a\\xff\\xc3\\x28b')"))
    assert run.output == "a\ufffd\ufffd(b"


async def test_a_flood_of_output_is_stopped_and_its_beginning_kept(scripted: Runtime) -> None:
    text = "while True: os.write(1, b'0123456789' * 1000)"
    run = await scripted.solve(script(text), Limits(output_bytes=25_000))
    assert run.ending == Stopped(LimitName.OUTPUT_BYTES)
    assert run.output == "0123456789" * 2500


async def test_output_up_to_the_limit_is_fine_and_one_byte_more_is_not(scripted: Runtime) -> None:
    run = await scripted.solve(script("os.write(1, b'x' * 5000)"), Limits(output_bytes=5000))
    assert answer_of(run) == "None"
    run = await scripted.solve(script("os.write(1, b'x' * 5001)"), Limits(output_bytes=5000))
    assert run.ending == Stopped(LimitName.OUTPUT_BYTES)
    assert len(run.output) == 5000


# Replies


async def test_a_large_program_and_a_large_answer_pass(scripted: Runtime) -> None:
    text = f"outcome = len({'x' * 1_500_000!r}) * 'y'"
    assert len(await result_of(scripted, text, Limits(output_bytes=2_000_000))) == 1_500_000


async def test_an_answer_beyond_the_limit_of_output_is_stopped(scripted: Runtime) -> None:
    run = await scripted.solve(script("outcome = 'y' * 2_000_000"), Limits(output_bytes=1_000_000))
    assert run.ending == Stopped(LimitName.OUTPUT_BYTES)


@pytest.mark.parametrize(
    "forgery",
    [
        "os.write(3, b'x')",
        "os.write(3, b'E' * 10_000)",
        "os.write(3, bytes(25)); os._exit(0)",
        "os.write(3, bytes(16) + b'E' + (15).to_bytes(8, 'little') + b'{\"forged\":true}'); os._exit(0)",
        "[os.write(number, bytes(16) + b'E' + bytes(8)) for number in (1, 2, 3)]",
        "os.write(3, b'locked in\\n')",
    ],
    ids=["a byte before", "much before", "a part alone", "a whole without the token", "on every descriptor", "again"],
)
async def test_a_forged_reply_is_no_outcome(scripted: Runtime, forgery: str) -> None:
    run = await scripted.solve(script(forgery))
    assert isinstance(run.ending, Rejected)
    assert run.ending.diagnostics[0].error_class is ErrorClass.PERMISSION


async def test_a_child_that_was_taken_over_cannot_keep_the_service_busy_with_a_number(scripted: Runtime) -> None:
    # It finds the token in its own memory, so its reply is well formed.
    value = "Value('1e999999999', ValueKind.FLOAT)"
    text = f"ending = Finished(Answers((Substitution({{'X': {value}}}), Substitution({{'X': {value}}})), True))"
    began = time.process_time()
    run = await scripted.solve(replace(script(text), wanted=Wanted.NUMBER))
    assert time.process_time() - began < 1.0
    assert isinstance(run.ending, Finished)


async def test_printing_byte_by_byte_costs_the_service_next_to_nothing(scripted: Runtime) -> None:
    for text in ("while True: os.write(1, b'x')", "while True: os.write(3, b'x')"):
        began = time.process_time()
        run = await scripted.solve(script(text), Limits(wall_seconds=0.5, output_bytes=10_000_000))
        assert run.ending == Stopped(LimitName.WALL_SECONDS)
        # Woken for each byte, it would be as busy as the program.
        assert time.process_time() - began < 0.15


async def test_a_program_that_prints_a_little_now_and_then_loses_nothing(scripted: Runtime) -> None:
    text = """
        for number in range(40):
            os.write(1, b"%d\\n" % number)
            time.sleep(0.004)
        outcome = "y" * 300_000
    """
    run = await scripted.solve(script(text))
    assert run.output.split() == [str(number) for number in range(40)]
    assert len(answer_of(run)) == 300_000


async def test_a_huge_forged_reply_is_stopped(scripted: Runtime) -> None:
    run = await scripted.solve(script("while True: os.write(3, b'E' * 100_000)"))
    assert run.ending == Stopped(LimitName.OUTPUT_BYTES)


@pytest.mark.parametrize("status", [0, 1, 120, 121, 255])
async def test_a_program_that_ends_its_process_is_rejected_whatever_its_status(scripted: Runtime, status: int) -> None:
    run = await scripted.solve(script(f"os._exit({status})"))
    assert isinstance(run.ending, Rejected)
    assert run.ending.diagnostics[0].error_class is ErrorClass.PERMISSION


async def test_a_program_that_closes_every_descriptor_is_rejected(scripted: Runtime) -> None:
    run = await scripted.solve(script("[os.close(number) for number in range(4)]"))
    assert isinstance(run.ending, Rejected)


async def test_a_crash_of_the_engine_concludes_nothing(scripted: Runtime) -> None:
    run = await scripted.solve(script("ctypes.string_at(0)"))
    assert isinstance(run.ending, Rejected)
    assert run.ending.diagnostics[0].error_class is ErrorClass.RESOURCE
    assert "SIGSEGV" in run.ending.diagnostics[0].message


async def test_an_exception_of_the_engine_is_our_fault(scripted: Runtime) -> None:
    with pytest.raises(EngineFaultError, match="ZeroDivisionError"):
        await scripted.solve(script("1 / 0"))
    assert await result_of(scripted, "outcome = 1") == "1"


@pytest.mark.parametrize(("text", "line", "column"), [("a\n b\0c", 2, 3), ("\ud800", 1, 1), ("a\udfffb", 1, 2)])
async def test_a_text_that_is_no_text_is_a_syntax_error_with_its_place(
    scripted: Runtime, text: str, line: int, column: int
) -> None:
    run = await scripted.solve(Job(Program(Language.PROLOG, text)))
    assert isinstance(run.ending, Rejected)
    (diagnostic,) = run.ending.diagnostics
    assert (diagnostic.error_class, diagnostic.line, diagnostic.column) == (ErrorClass.SYNTAX, line, column)
    run = await scripted.solve(Job(Program(Language.PROLOG, "outcome = 1"), query=text))
    assert isinstance(run.ending, Rejected)
    assert run.ending.diagnostics[0].part is Part.QUERY


async def test_one_program_finds_nothing_of_another(scripted: Runtime) -> None:
    await scripted.solve(script("sys.left_behind = 1; socket.socket = None; globals()['serve'] = None"))
    assert await result_of(scripted, "outcome = hasattr(sys, 'left_behind') or socket.socket is None") == "False"


# Limits


@pytest.mark.parametrize(
    "limits",
    [
        Limits(wall_seconds=0),
        Limits(wall_seconds=-1),
        Limits(wall_seconds=float("nan")),
        Limits(cpu_seconds=float("inf")),
        Limits(memory_mib=0),
        Limits(memory_mib=1.5),  # type: ignore[arg-type]
        Limits(output_bytes=-5),
        Limits(max_answers=True),
        Limits(wall_seconds="10"),  # type: ignore[arg-type]
        Limits(memory_mib=10**12),
    ],
    ids=repr,
)
async def test_a_limit_that_is_none_is_refused_by_name(scripted: Runtime, limits: Limits) -> None:
    with pytest.raises(InvalidLimitsError) as raised:
        await scripted.solve(script("outcome = 1"), limits)
    assert isinstance(raised.value, ValueError)
    assert raised.value.name in str(raised.value)


async def test_a_program_that_ignores_everything_and_sleeps_is_stopped_in_time(scripted: Runtime) -> None:
    text = """
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        print("before", flush=True)
        while True: time.sleep(60)
    """
    began = time.monotonic()
    run = await scripted.solve(script(text), Limits(wall_seconds=1.5))
    assert time.monotonic() - began < 1.5 + BUSY_SECONDS
    assert run.ending == Stopped(LimitName.WALL_SECONDS)
    assert run.output == "before\n"
    assert 1.5 <= run.usage.wall_seconds < 1.5 + BUSY_SECONDS


async def test_the_wall_clock_does_not_run_while_a_program_waits_for_its_turn() -> None:
    async with scripted_runtime(concurrency=1) as runtime:
        jobs = [runtime.solve(script("time.sleep(0.1); outcome = 1"), Limits(wall_seconds=2.4)) for _ in range(25)]
        assert [answer_of(run) for run in await asyncio.gather(*jobs)] == ["1"] * 25


async def test_a_stalled_service_does_not_stop_programs_that_kept_their_limits(scripted: Runtime) -> None:
    running = asyncio.create_task(scripted.solve(script("time.sleep(0.1); outcome = 1"), Limits(wall_seconds=1)))
    await anyio.sleep(0.05)
    time.sleep(2)  # noqa: ASYNC251  # the whole event loop stands still
    assert answer_of(await running) == "1"


# Turns


async def test_no_more_programs_run_than_the_concurrency_says() -> None:
    async with scripted_runtime(concurrency=2) as runtime:
        server = await server_pid(runtime)
        jobs = [asyncio.create_task(runtime.solve(script("time.sleep(0.1)"))) for _ in range(8)]
        most = 0
        while not all(job.done() for job in jobs):
            most = max(most, len(children_of(server)))
            await anyio.sleep(0.01)
        assert most == 2


async def test_programs_are_served_in_the_order_they_came() -> None:
    async with scripted_runtime(concurrency=1) as runtime:
        ended: list[int] = []

        async def solve(number: int) -> None:
            await runtime.solve(script("outcome = 1"))
            ended.append(number)

        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(solve, number)
        assert ended == list(range(20))


async def test_a_single_program_is_not_starved_by_a_long_list() -> None:
    async with scripted_runtime(concurrency=2) as runtime:
        await server_pid(runtime)
        batch = runtime.solve_many([script("time.sleep(0.1); outcome = 1")] * 300)
        async with aclosing(batch):
            await anext(batch)
            began = time.monotonic()
            assert await result_of(runtime, "outcome = 2") == "2"
            assert time.monotonic() - began < 7, "the whole list takes twice as long"


async def test_a_list_is_answered_whole_and_a_fault_of_ours_spoils_only_its_own_program(scripted: Runtime) -> None:
    texts = [f"outcome = {number}" for number in range(30)]
    texts[7] = "1 / 0"
    texts[8] = "os._exit(1)"
    ended = {index: item async for index, item in scripted.solve_many(script(text) for text in texts)}
    assert sorted(ended) == list(range(30))
    assert isinstance(ended.pop(7), EngineFaultError)
    rejected = ended.pop(8)
    assert isinstance(rejected, Run)
    assert isinstance(rejected.ending, Rejected)
    assert {index: answer_of(run) for index, run in ended.items() if isinstance(run, Run)} == {
        index: str(index) for index in ended
    }


async def test_leaving_a_list_early_ends_what_runs() -> None:
    async with scripted_runtime(concurrency=2) as runtime:
        server = await server_pid(runtime)
        jobs = [script("outcome = 1"), *[script("time.sleep(60)")] * 10]
        async with aclosing(runtime.solve_many(jobs)) as ended:
            await anext(ended)
        await until(lambda: children_of(server) == [])
        assert await result_of(runtime, "outcome = 3") == "3"


async def test_a_list_whose_jobs_cannot_be_read_raises(scripted: Runtime) -> None:
    def jobs():
        yield script("outcome = 1")
        raise OSError("the file ended early")

    with pytest.raises(OSError, match="ended early"):
        async for _ in scripted.solve_many(jobs()):
            pass


# Cancellation


async def test_cancelling_a_running_program_ends_it_and_frees_its_turn_at_once() -> None:
    async with scripted_runtime(concurrency=1) as runtime:
        server = await server_pid(runtime)
        running = asyncio.create_task(runtime.solve(script("time.sleep(60)")))
        await until(lambda: len(children_of(server)) == 1)
        began = time.monotonic()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await result_of(runtime, "outcome = 1") == "1"
        assert time.monotonic() - began < BUSY_SECONDS
        await until(lambda: children_of(server) == [])


async def test_cancelling_a_waiting_program_lets_the_next_one_in() -> None:
    async with scripted_runtime(concurrency=1) as runtime:
        first = asyncio.create_task(runtime.solve(script("time.sleep(0.3)")))
        waiting = asyncio.create_task(runtime.solve(script("time.sleep(60)")))
        last = asyncio.create_task(runtime.solve(script("outcome = 3")))
        await anyio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert answer_of(await last) == "3"
        await first


async def test_cancelling_at_any_moment_leaves_no_process_and_no_turn_taken() -> None:
    async with scripted_runtime(concurrency=2) as runtime:
        server = await server_pid(runtime)
        for step in range(60):
            task = asyncio.create_task(runtime.solve(script("time.sleep(60)")))
            await anyio.sleep(step * 0.0001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await until(lambda: children_of(server) == [])
        assert await result_of(runtime, "outcome = 1") == "1"
        assert await server_pid(runtime) == server


# What is left behind


async def test_a_thousand_runs_leave_no_descriptor_and_no_process() -> None:
    async with Runtime(RuntimeConfig(concurrency=2, engines=TRIVIAL)) as runtime:
        server = await server_pid(runtime)
        ours, theirs = len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{server}/fd"))
        async for _, run in runtime.solve_many([script("")] * 1000):
            assert isinstance(run, Run)
            assert run.ending.outcome == NoAnswer()  # type: ignore[union-attr]
        assert len(os.listdir("/proc/self/fd")) == ours
        assert len(os.listdir(f"/proc/{server}/fd")) == theirs
        assert children_of(server) == []
        assert not [process for process in children_of(os.getpid()) if process.state == "Z"]


async def test_a_run_costs_the_service_little_time_of_its_own() -> None:
    async with Runtime(RuntimeConfig(concurrency=1, engines=TRIVIAL)) as runtime:
        await server_pid(runtime)
        seconds = []
        for _ in range(3):
            began = time.process_time()
            for _ in range(100):
                await runtime.solve(script(""))
            seconds.append((time.process_time() - began) / 100)
        # 0.5 ms on a quiet machine; the rest is for a busy one.
        assert min(seconds) < 0.0015


async def test_closing_ends_what_runs_and_what_waits() -> None:
    async with scripted_runtime(concurrency=1) as runtime:
        server = await server_pid(runtime)
        tasks = [asyncio.create_task(runtime.solve(script("time.sleep(60)"))) for _ in range(3)]
        await until(lambda: len(children_of(server)) == 1)
        child = children_of(server)[0].pid
        await runtime.close()
        for task in tasks:
            with pytest.raises(RuntimeClosedError):
                await task
        assert server not in alive()
        await until(lambda: child not in alive())
        with pytest.raises(RuntimeClosedError):
            await runtime.solve(script("outcome = 1"))
        await runtime.close()


async def test_a_start_that_is_cancelled_in_the_moment_in_which_the_engine_is_loaded_leaves_no_process(
    monkeypatch,
) -> None:
    made: list[EngineProcess] = []
    make = EngineProcess.__init__

    def noted(self: EngineProcess, *arguments: object) -> None:
        make(self, *arguments)
        made.append(self)
        self._ready.add_done_callback(lambda _: starting.cancel())

    monkeypatch.setattr(EngineProcess, "__init__", noted)
    starting = asyncio.create_task(EngineProcess.start("prolog", SCRIPTED[Language.PROLOG], NO_LAYERS, seconds=60.0))
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert made[0].ready is not None
    assert made[0].pid not in alive()


async def test_a_service_without_descriptors_says_so_and_recovers(scripted: Runtime) -> None:
    await server_pid(scripted)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = os.listdir("/proc/self/fd")
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, taken)) + 3, hard))
        filler = []
        with suppress(OSError):
            while True:
                filler.append(os.open(os.devnull, os.O_RDONLY))
        os.close(filler.pop())
        os.close(filler.pop())
        with pytest.raises(WorkerCrashedError, match="cannot open"):
            await scripted.solve(script("outcome = 1"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in filler:
            os.close(descriptor)
    assert len(os.listdir("/proc/self/fd")) == len(taken)
    assert await result_of(scripted, "outcome = 1") == "1"


async def test_closing_while_an_engine_loads_ends_it() -> None:
    before = {process.pid for process in children_of(os.getpid())}
    runtime = Runtime(RuntimeConfig(engines=SCRIPTED))
    solving = asyncio.create_task(runtime.solve(script("outcome = 1")))
    await until(lambda: {process.pid for process in children_of(os.getpid())} != before)
    await runtime.close()
    with pytest.raises(RuntimeClosedError):
        await solving
    assert {process.pid for process in children_of(os.getpid())} == before


# What cannot be run


async def test_a_language_without_an_engine_is_named() -> None:
    async with scripted_runtime() as runtime:
        with pytest.raises(UnsupportedLanguageError, match="smt"):
            await runtime.solve(Job(Program(Language.SMT, "")))


@pytest.mark.parametrize(
    ("module", "detail"),
    [
        ("tests.solvers.engines.nowhere", "No module named"),
        ("tests.solvers.engines.unloadable", "no such library"),
        ("tests.solvers.engines.threaded", "2 threads"),
    ],
)
async def test_an_engine_that_does_not_load_says_why(module: str, detail: str) -> None:
    async with Runtime(RuntimeConfig(engines={Language.PROLOG: module})) as runtime:
        for _ in range(2):
            with pytest.raises(EngineMissingError, match=detail):
                await runtime.solve(script(""))
        health = (await runtime.health())[Language.PROLOG]
        assert detail in (health.error or "")


async def test_an_engine_that_takes_too_long_to_load_is_given_up() -> None:
    config = RuntimeConfig(engines={Language.PROLOG: "tests.solvers.engines.slow"}, fork_server_timeout=0.3)
    async with Runtime(config) as runtime:
        with pytest.raises(EngineMissingError, match=r"within 0\.3 seconds"):
            await runtime.solve(script(""))
        assert [process for process in children_of(os.getpid()) if process.state == "Z"] == []


async def test_a_runtime_needs_room_for_one_program() -> None:
    with pytest.raises(ValueError, match="concurrency"):
        Runtime(RuntimeConfig(concurrency=0))


async def test_layers_that_are_switched_off_are_reported_off() -> None:
    async with scripted_runtime(NO_LAYERS) as runtime:
        run = await runtime.solve(script("outcome = policy"))
        assert answer_of(run) == "False"
        assert run.sandbox == NO_LAYERS
