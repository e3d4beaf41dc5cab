"""What is done in the event loop's own thread: only what takes milliseconds, and with what a thread would find."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from app.reasoning.certify import CheckConfig, certify
from app.reasoning.runs import question, run_all
from app.reasoning.translation import is_quick
from app.reasoning.types import CheckResult, Formalisation, Gloss, Kind, Problem, RunName
from solvers import Limits, Runtime
from solvers.certificates import certificate_of
from solvers.checking import check_certificate
from solvers.types import Job, Language, Program, Run

pytestmark = pytest.mark.anyio

EGGS = "How many minutes do 12 eggs take at 3 minutes each?"
SMALL = "solve(X) :- X is 12 * 3."
LARGE = "count(0) :- !.\ncount(N) :- M is N - 1, count(M).\nsolve(36) :- count(20000)."


class Threads:
    """Counts what is handed to a thread."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.used = 0
        hand_over = asyncio.to_thread

        async def counted(work: Callable[..., Any], *args: Any) -> Any:
            self.used += 1
            return await hand_over(work, *args)

        monkeypatch.setattr(asyncio, "to_thread", counted)


@pytest.mark.parametrize(("program", "at_once", "threads"), [(SMALL, 5.0, 0), (LARGE, 0.01, 1)])
async def test_a_check_that_takes_its_time_is_made_in_a_thread_and_says_the_same(
    program: str, at_once: float, threads: int, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.reasoning.certify._AT_ONCE_SECONDS", at_once)
    formalisation = Formalisation(Program(Language.PROLOG, program), "solve(X)")
    runs: dict[RunName, Run] = {}

    async def solve(job: Job) -> Run:
        return await runtime.solve(job, Limits())

    await run_all(formalisation, Kind.ARITHMETIC, solve, runs.__setitem__)
    certificate = certificate_of(question(formalisation, Kind.ARITHMETIC), runs[RunName.QUERY])
    assert certificate is not None
    counted = Threads(monkeypatch)
    found = await certify(formalisation, Kind.ARITHMETIC, runs, solve, CheckConfig())
    assert counted.used == threads
    assert found.whole.result is CheckResult.CONFIRMED
    assert found.reports[RunName.QUERY] == check_certificate(certificate)


def test_a_translation_is_quick_where_the_texts_are_short_and_the_units_one() -> None:
    def formalisation(words: str, text: str = SMALL) -> Formalisation:
        return Formalisation(Program(Language.PROLOG, text), "solve(X)", gloss=(Gloss("solve/1", words),))

    assert is_quick(Problem(EGGS), formalisation("X is how long it takes"))
    assert is_quick(Problem(EGGS), formalisation("minutes that it takes"))
    assert not is_quick(Problem(EGGS), formalisation("hours that it takes"))
    assert not is_quick(Problem(EGGS * 200), formalisation("minutes that it takes"))
    assert not is_quick(Problem(EGGS), formalisation("minutes that it takes", SMALL * 200))
