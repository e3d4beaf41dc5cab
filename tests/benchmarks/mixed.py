"""Ten thousand programs, one in fifty hanging, crashing or hungry: nothing lost, nobody left, memory flat."""

import os
import time
from pathlib import Path

from solvers import (
    Answers,
    Finished,
    Job,
    Language,
    Limits,
    Program,
    Run,
    Runtime,
    RuntimeConfig,
    Satisfiable,
    SolverError,
)
from solvers.types import Engine, Layers

PROGRAMS = 10_000
EVERY = 50
LIMITS = Limits(wall_seconds=1.0, cpu_seconds=1.0, memory_mib=128, output_bytes=100_000)

# What a bad program does, in turn.
CUBES = (
    "(declare-const x Int)(declare-const y Int)(declare-const z Int)(assert (= (+ (* x x x) (* y y y) (* z z z)) 114))"
)
BAD = (
    (Language.PROLOG, "solve(X) :- repeat, fail, X = 1.", "solve(X)"),
    (Language.PROLOG, "grow(L) :- grow([L, L|L]).\nsolve(X) :- grow([]), X = 1.", "solve(X)"),
    (Language.PROLOG, "solve(X) :- atom_concat(ha, lt, H), call(H, 3), X = 1.", "solve(X)"),
    (Language.PROLOG, "solve(X) :- repeat, write('flood of output '), X = 1, fail.", "solve(X)"),
    (Language.SMT, f"{CUBES}(check-sat)", None),
    (Language.SMT, "(declare-const x (_ BitVec 2147483647))(assert (= (bvmul x x) x))(check-sat)", None),
)


async def mixed() -> dict[str, object]:
    jobs = [_job(number) for number in range(PROGRAMS)]
    right = lost = bad_answered = 0
    endings: dict[str, int] = {}
    # Without the policy, so that bad programs get as far as the sandbox lets them.
    async with Runtime(RuntimeConfig(concurrency=2, layers=Layers(policy=False))) as runtime:
        await runtime.health()
        memory: list[int] = []
        seen = [False] * PROGRAMS
        began = time.perf_counter()
        async for index, run in runtime.solve_many(jobs, LIMITS):
            lost += seen[index]
            seen[index] = True
            name = _ending(run)
            endings[name] = endings.get(name, 0) + 1
            if index % EVERY == 0:
                bad_answered += name.startswith("Finished")
            else:
                right += _value(run) == str(index)
            if sum(seen) % 1000 == 0:
                memory.append(_resident_kib())
        seconds = time.perf_counter() - began
        left_running = _descendants() - len(Engine)  # the fork servers
    left_closed = _descendants()
    return {
        "programs": PROGRAMS,
        "bad": PROGRAMS // EVERY,
        "answered_right": right,
        "good": PROGRAMS - PROGRAMS // EVERY,
        "lost": lost + seen.count(False),
        "bad_answered": bad_answered,
        "endings": endings,
        "processes_left_while_open": left_running,
        "processes_left_after_close": left_closed,
        "service_memory_mib_each_thousand": [round(kib / 1024, 1) for kib in memory],
        "memory_last_to_first": round(memory[-1] / memory[0], 3),
        "seconds": round(seconds, 1),
    }


def _job(number: int) -> Job:
    if number % EVERY == 0:
        language, text, query = BAD[number // EVERY % len(BAD)]
        return Job(Program(language, text), query)
    if number % 2:
        text = f"half({number // 2}).\nsolve(X) :- half(H), X is H + {number - number // 2}."
        return Job(Program(Language.PROLOG, text), "solve(X)")
    return Job(Program(Language.SMT, f"(declare-const x Int)\n(assert (= (+ x 1) {number + 1}))\n(check-sat)\n"))


def _value(run: Run | SolverError) -> str | None:
    if isinstance(run, Run) and isinstance(run.ending, Finished):
        match run.ending.outcome:
            case Answers(substitutions=(only,)):
                return only.bindings["X"].text
            case Satisfiable(model=model):
                return model["x"].text
    return None


def _ending(run: Run | SolverError) -> str:
    if isinstance(run, SolverError):
        return type(run).__name__
    name = type(run.ending).__name__
    return f"{name}({run.ending.limit})" if name == "Stopped" else name  # type: ignore[union-attr]


def _resident_kib() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise LookupError("no VmRSS in /proc/self/status")


def _descendants() -> int:
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    family = {os.getpid()}
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    return len(family) - 1
