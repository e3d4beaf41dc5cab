"""Gold GSM8K programs and recorded SMT-LIB scripts through the runtime, against one solver process per program.

Both sides run at the same concurrency and in turns, a slice of the programs each, so that a noisy neighbour meets both.
"""

import asyncio
import re
import shutil
import statistics
import sysconfig
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from solvers import (
    Answers,
    Finished,
    Job,
    Language,
    Limits,
    Program,
    Rejected,
    Run,
    Runtime,
    RuntimeConfig,
    Satisfiable,
    SolverError,
    Unsatisfiable,
    Wanted,
)
from tests.benchmarks.data import gold_programs, recorded_scripts

CONCURRENCIES = (2, 4)
"""Programs in flight, on both sides alike: one for each core of a small machine, and enough to keep its cores busy."""

ROUNDS = 6
BASELINE_PER_ROUND = 48
"""Programs that the slow side runs in each round."""
LIMITS = Limits(wall_seconds=10.0, cpu_seconds=10.0)


async def gold() -> dict[str, object]:
    programs = gold_programs()
    jobs = [Job(Program(Language.PROLOG, program.text), "solve(X)", Wanted.NUMBER) for program in programs]
    swipl = _swipl()
    with tempfile.TemporaryDirectory() as folder:
        commands = []
        for number, program in enumerate(programs):
            path = Path(folder) / f"{number}.pl"
            path.write_text(program.text)
            commands.append((swipl, "-q", "-g", "solve(X),print(X),nl", "-t", "halt", str(path)))
        runs, speeds = await _in_turns(jobs, commands)
    endings: Counter[str] = Counter()
    right = 0
    wrong: list[int] = []
    for number, (run, program) in enumerate(zip(runs, programs, strict=True)):
        endings[type(run.ending).__name__ if isinstance(run, Run) else type(run).__name__] += 1
        if isinstance(run, Run) and _answer(run) == program.target:
            right += 1
        else:
            wrong.append(number)
    return {"programs": len(programs), "right": right, "not_right": wrong, "endings": dict(endings), **speeds}


async def smt() -> dict[str, object]:
    scripts = recorded_scripts()
    jobs = [Job(Program(Language.SMT, script.text)) for script in scripts]
    z3 = str(Path(sysconfig.get_path("scripts")) / "z3")
    with tempfile.TemporaryDirectory() as folder:
        commands = []
        for number, script in enumerate(scripts):
            path = Path(folder) / f"{number}.smt2"
            path.write_text(script.text)
            commands.append((z3, str(path)))
        runs, speeds = await _in_turns(jobs, commands)
    same = rejected = 0
    off: list[int] = []
    for number, (run, script) in enumerate(zip(runs, scripts, strict=True)):
        if script.faulty and isinstance(run, Run) and isinstance(run.ending, Rejected):
            rejected += 1
        elif not script.faulty and isinstance(run, Run) and _replies(run) == script.replies:
            same += 1
        else:
            off.append(number)
    return {
        "programs": len(scripts),
        "faulty": sum(script.faulty for script in scripts),
        "same_verdict": same,
        "faulty_rejected": rejected,
        "off": off,
        **speeds,
    }


async def _in_turns(
    jobs: Sequence[Job], commands: Sequence[tuple[str, ...]]
) -> tuple[list[Run | SolverError], dict[str, object]]:
    """Every job once at each concurrency; the runs of the last, and the speeds of each."""
    speeds: dict[str, object] = {}
    runs: list[Run | SolverError] = []
    for concurrency in CONCURRENCIES:
        runs, speeds[f"concurrency_{concurrency}"] = await _at(concurrency, jobs, commands)
    return runs, speeds


async def _at(
    concurrency: int, jobs: Sequence[Job], commands: Sequence[tuple[str, ...]]
) -> tuple[list[Run | SolverError], dict[str, object]]:
    """Every job once, in `ROUNDS` slices, each slice followed by a few of `commands`; speeds in programs a second."""
    runs: list[Run | SolverError] = []
    ours: list[float] = []
    theirs: list[float] = []
    size = -(-len(jobs) // ROUNDS)
    async with Runtime(RuntimeConfig(concurrency=concurrency)) as runtime:
        await runtime.health()  # the fork servers load their engine once, before anything is timed
        for start in range(0, len(jobs), size):
            part = jobs[start : start + size]
            slice_runs: list[Run | SolverError | None] = [None] * len(part)
            began = time.perf_counter()
            async for index, run in runtime.solve_many(part, LIMITS):
                slice_runs[index] = run
            ours.append(len(part) / (time.perf_counter() - began))
            runs += [run for run in slice_runs if run is not None]
            batch = commands[start : start + min(size, BASELINE_PER_ROUND)]
            began = time.perf_counter()
            await _processes(batch, concurrency)
            theirs.append(len(batch) / (time.perf_counter() - began))
    seconds = sorted(run.usage.wall_seconds for run in runs if isinstance(run, Run))
    return runs, {
        "programs_per_second": round(statistics.median(ours), 1),
        "process_each_per_second": round(statistics.median(theirs), 1),
        "times_a_process_each": round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 2),
        "times_by_round": [round(a / b, 2) for a, b in zip(ours, theirs, strict=True)],
        "median_run_ms": round(1000 * seconds[len(seconds) // 2], 2),
        "p99_run_ms": round(1000 * seconds[int(len(seconds) * 0.99)], 2),
    }


async def _processes(commands: Sequence[tuple[str, ...]], concurrency: int) -> None:
    slots = asyncio.Semaphore(concurrency)

    async def one(command: tuple[str, ...]) -> None:
        async with slots:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            await process.communicate()

    await asyncio.gather(*(one(command) for command in commands))


def _swipl() -> str:
    """The SWI-Prolog that the engine itself was built with."""
    built = Path(__file__).resolve().parents[2] / ".swipl" / "bin" / "swipl"
    found = str(built) if built.exists() else shutil.which("swipl")
    if found is None:
        raise FileNotFoundError("no swipl to compare with: run `make setup`")
    return found


def _answer(run: Run) -> Fraction | None:
    if not isinstance(run.ending, Finished) or not isinstance(run.ending.outcome, Answers):
        return None
    text = run.ending.outcome.substitutions[0].bindings["X"].text
    return Fraction(text) if re.fullmatch(r"-?\d+(\.\d+|/\d+)?", text) else None


def _replies(run: Run) -> tuple[str, ...]:
    if not isinstance(run.ending, Finished):
        return ()
    names = {Satisfiable: "sat", Unsatisfiable: "unsat"}
    return tuple(names.get(type(check), "unknown") for check in run.ending.checks)
