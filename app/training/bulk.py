"""Runs the expressions of many made-up problems through SWI-Prolog, hundreds in one program.

A program of its own for each, as `execute` runs it, takes five milliseconds; this takes half of one. Each expression is
an equation of clpq with the numbers of its problem put in, as in the program that would be written for it.
"""

import asyncio
from collections.abc import Sequence
from fractions import Fraction

from app.numerals import quantities
from app.training.execute import runtime_config
from app.training.rows import ArithmeticProblem
from app.translator.expression import infix
from solvers.runtime import Runtime
from solvers.types import Answers, Finished, Job, Language, Limits, Program

TOGETHER = 500
_LIMITS = Limits(wall_seconds=60.0, cpu_seconds=30.0, memory_mib=512, output_bytes=10_000_000, max_answers=TOGETHER + 1)


def right_ones(problems: Sequence[ArithmeticProblem]) -> list[ArithmeticProblem]:
    """Those whose expression has their answer for its value, as SWI-Prolog computes it, and no other value.

    One that cannot be computed at all, as a division by zero, leaves the others of its program as they are.

    Raises:
        SolverError: this machine cannot run programs.
    """

    async def run() -> list[bool]:
        async with Runtime(runtime_config()) as runtime:
            parts = [problems[start : start + TOGETHER] for start in range(0, len(problems), TOGETHER)]
            found = await asyncio.gather(*(_part(runtime, part) for part in parts))
        return [right for part in found for right in part]

    return [problem for problem, right in zip(problems, asyncio.run(run()), strict=True) if right]


async def _part(runtime: Runtime, problems: Sequence[ArithmeticProblem]) -> list[bool]:
    clauses = [":- use_module(library(clpq))."]
    for index, problem in enumerate(problems):
        numbers = [f"({quantity.value})" for quantity in quantities(problem.text)]
        clauses.append(f"value({index}, X) :- {{X = {infix(problem.expression, numbers)}}}.")
    job = Job(Program(Language.PROLOG, "\n".join(clauses)), "value(I, X)")
    run = await runtime.solve(job, _LIMITS)
    if not isinstance(run.ending, Finished) and len(problems) > 1:
        middle = len(problems) // 2
        return [*await _part(runtime, problems[:middle]), *await _part(runtime, problems[middle:])]
    found: list[list[str]] = [[] for _ in problems]
    if isinstance(run.ending, Finished) and isinstance(run.ending.outcome, Answers):
        for answer in run.ending.outcome.substitutions:
            if not answer.residual:
                found[int(answer.bindings["I"].text)].append(answer.bindings["X"].text)
    return [
        len(values) == 1 and _number(values[0]) == problem.answer
        for values, problem in zip(found, problems, strict=True)
    ]


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(text.replace("r", "/"))
    except (ValueError, ZeroDivisionError):
        return None
