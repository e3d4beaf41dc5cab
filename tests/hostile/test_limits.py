"""Every limit crossed on purpose by both languages with the policy off, so that what stops the program is not words."""

from collections.abc import AsyncIterator

import pytest

from solvers import (
    Answers,
    Finished,
    Job,
    Language,
    Layers,
    LimitName,
    Limits,
    Program,
    Runtime,
    RuntimeConfig,
    Stopped,
)

pytestmark = pytest.mark.anyio

HARD = """
(declare-const a Int) (declare-const b Int)
(assert (= (* a b) 1000000016000000063)) (assert (< 1 a b))
(check-sat)
"""
GROWING = """
(declare-const b (_ BitVec 20000))
(assert (= (bvmul b b b) (bvadd b (_ bv7 20000))))
(check-sat)
"""
FLOOD = '(echo "' + "x" * 2000 + '")\n'

CASES = {
    "prolog-wall": (Language.PROLOG, "p :- sleep(60).", LimitName.WALL_SECONDS),
    "prolog-cpu": (Language.PROLOG, "p :- repeat, fail.", LimitName.CPU_SECONDS),
    "prolog-memory": (Language.PROLOG, "p :- numlist(1, 100000000, L), print(L).", LimitName.MEMORY_MIB),
    "prolog-output": (Language.PROLOG, "p :- repeat, write(flood), fail.", LimitName.OUTPUT_BYTES),
    "smt-wall": (Language.SMT, HARD, LimitName.WALL_SECONDS),
    "smt-cpu": (Language.SMT, HARD, LimitName.CPU_SECONDS),
    "smt-memory": (Language.SMT, GROWING, LimitName.MEMORY_MIB),
    "smt-output": (Language.SMT, FLOOD * 200 + "(check-sat)", LimitName.OUTPUT_BYTES),
}


@pytest.fixture(scope="module")
async def without_policy() -> AsyncIterator[Runtime]:
    async with Runtime(RuntimeConfig(concurrency=1, layers=Layers(policy=False))) as runtime:
        yield runtime


@pytest.mark.parametrize(("language", "text", "limit"), CASES.values(), ids=CASES.keys())
async def test_a_program_without_a_policy_meets_each_limit_by_its_name(
    without_policy: Runtime, language: Language, text: str, limit: LimitName
) -> None:
    limits = Limits(
        wall_seconds=0.4 if limit is LimitName.WALL_SECONDS else 8.0,
        cpu_seconds=0.3 if limit is LimitName.CPU_SECONDS else 8.0,
        memory_mib=64 if limit is LimitName.MEMORY_MIB else 512,
        output_bytes=100_000,
    )
    run = await without_policy.solve(Job(Program(language, text), "p" if language is Language.PROLOG else None), limits)
    assert run.ending == Stopped(limit)
    assert len(run.output) <= limits.output_bytes


async def test_no_more_answers_than_allowed_come_without_a_policy(without_policy: Runtime) -> None:
    job = Job(Program(Language.PROLOG, "p(X) :- repeat, X = 1."), "p(X)")
    run = await without_policy.solve(job, Limits(max_answers=3))
    assert isinstance(run.ending, Finished)
    assert isinstance(run.ending.outcome, Answers)
    assert len(run.ending.outcome.substitutions) == 3
    assert not run.ending.outcome.exhausted
