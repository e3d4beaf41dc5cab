import logging

import pytest

from app.problem import Kind, Problem
from app.training.execute import (
    Execution,
    ExecutionCacheError,
    Failed,
    Right,
    Wrong,
    execute,
    execute_all,
    execution_of,
)
from app.training.rows import Row, Task
from solvers.types import Language, Limits

TEXT = "Ida has 3 bags of 4 figs. How many figs is that?"
PROBLEM = Problem(TEXT, Kind.ARITHMETIC, Language.PROLOG)


def prolog(*clauses):
    return "\n".join(["```prolog", ":- use_module(library(clpq)).", *clauses, "% query: solve(X).", "```"])


PRODUCT = prolog("bags(3).", "figs(4).", "solve(X) :- bags(B), figs(F), {X = B * F}.")


SMT = "```smt2\n(declare-const x Int)\n(assert ({} x 12))\n; query: x\n```"
SINGS = "```prolog\nsings(ida).\n% query: sings(ida).\n% complement: neg(sings(ida)).\n```"
IN_SMT = Problem(TEXT, Kind.ARITHMETIC, Language.SMT)
CONCLUSION = Problem("Ida sings. Does Ida sing?", Kind.ENTAILMENT, Language.PROLOG)
EXECUTIONS = {
    "right": Execution(PRODUCT, PROBLEM, "12"),
    "wrong": Execution(PRODUCT, PROBLEM, "13"),
    "anything": Execution(PRODUCT, PROBLEM, None),
    "no program": Execution("I cannot do this.", PROBLEM, "12"),
    "at fault": Execution(prolog("solve(X) :- nobody(X)."), PROBLEM, "12"),
    "two answers": Execution(prolog("solve(12).", "solve(13)."), PROBLEM, "12"),
    "not settled": Execution(prolog("solve(X) :- {X > 11}."), PROBLEM, "12"),
    "smt": Execution(SMT.format("="), IN_SMT, "12"),
    "several in smt": Execution(SMT.format(">="), IN_SMT, "12"),
    "proved": Execution(SINGS, CONCLUSION, "proved"),
    "not refuted": Execution(SINGS, CONCLUSION, "refuted"),
}


@pytest.fixture(scope="module")
def found():
    return dict(zip(EXECUTIONS, execute_all(EXECUTIONS.values()), strict=True))


def test_a_program_is_right_or_wrong_by_its_answer(found):
    assert found["right"] == found["anything"] == found["smt"] == Right("12")
    assert found["wrong"] == Wrong("12")


@pytest.mark.parametrize("name", ["no program", "at fault", "two answers", "not settled", "several in smt"])
def test_what_has_no_single_answer_failed_and_says_why(found, name):
    assert isinstance(found[name], Failed)
    assert found[name].reason


def test_a_conclusion_is_held_against_its_verdict(found):
    assert found["proved"] == Right("proved")
    assert found["not refuted"] == Wrong("proved")


def test_a_second_run_takes_from_the_cache_what_the_first_one_found(tmp_path, caplog):
    cache = tmp_path / "executions"
    endless = Execution(prolog("solve(X) :- solve(X)."), PROBLEM, "1")
    executions = [Execution(PRODUCT, PROBLEM, "12"), endless]
    limits = Limits(wall_seconds=10.0, cpu_seconds=0.3, memory_mib=64)
    with caplog.at_level(logging.INFO, "app.training.execute"):
        first = execute_all(executions, cache=cache, limits=limits)
        assert isinstance(first[1], Failed)
        again = execute_all([*executions[:1], Execution(PRODUCT, PROBLEM, "13")], cache=cache)
    assert again == [Right("12"), Wrong("12")]
    assert "2 programs, 0 of them now" in caplog.messages[-1]
    assert len(cache.read_text().splitlines()) == 2, "a time-out may come out otherwise, and is not kept"
    assert [path.name for path in tmp_path.iterdir()] == ["executions"]


def test_a_damaged_cache_is_refused(tmp_path):
    cache = tmp_path / "executions"
    execute_all([Execution(PRODUCT, PROBLEM, "12")], cache=cache)
    whole = cache.read_text()
    for damaged in (
        whole[:-20],
        whole.replace('"12"', '"13"'),
        whole.replace("executions 1", "executions 0"),
        "{}",
        "",
    ):
        cache.write_text(damaged)
        with pytest.raises(ExecutionCacheError, match="delete it"):
            execute_all([], cache=cache)


@pytest.mark.anyio
async def test_programs_are_taken_as_there_is_room(anyio_backend):
    taken = 0

    def many():
        nonlocal taken
        while True:
            taken += 1
            yield Execution(PRODUCT, PROBLEM, "12")

    found = execute(many())
    assert (await anext(found))[1] == Right("12")
    await found.aclose()
    assert taken < 200


def test_a_row_is_run_with_its_own_problem_and_answer():
    row = Row(Task.SOLVE, PROBLEM, PRODUCT, "12", "made", "1")
    assert execution_of(row) == Execution(PRODUCT, PROBLEM, "12")
