"""A program and a goal through the real runtime."""

from collections.abc import Awaitable, Callable

import pytest

from solvers import Answers, Diagnostic, Finished, Job, Language, Limits, Program, Rejected, Run, Runtime

Solve = Callable[..., Awaitable[Run]]


@pytest.fixture
def solve(runtime: Runtime) -> Solve:
    """`await solve(program, query)`; further keywords are fields of `Limits`."""

    async def solve(program: str, query: str = "solve(X)", **limits: int) -> Run:
        return await runtime.solve(Job(Program(Language.PROLOG, program), query), Limits(**limits))

    return solve


def answers(run: Run) -> Answers:
    assert isinstance(run.ending, Finished), run
    assert isinstance(run.ending.outcome, Answers), run
    return run.ending.outcome


def texts(run: Run, name: str = "X") -> list[str]:
    return [substitution.bindings[name].text for substitution in answers(run).substitutions]


def faults(run: Run) -> tuple[Diagnostic, ...]:
    assert isinstance(run.ending, Rejected), run
    return run.ending.diagnostics


def fault(run: Run) -> Diagnostic:
    found = faults(run)
    assert len(found) == 1, found
    return found[0]
