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


def test_each_program_is_said_to_be_right_wrong_or_without_an_answer():
    found = execute_all(
        [
            Execution(PRODUCT, PROBLEM, "12"),
            Execution(PRODUCT, PROBLEM, "13"),
            Execution(PRODUCT, PROBLEM, None),
            Execution("I cannot do this.", PROBLEM, "12"),
            Execution(prolog("solve(X) :- nobody(X)."), PROBLEM, "12"),
            Execution(prolog("solve(12).", "solve(13)."), PROBLEM, "12"),
            Execution(prolog("solve(X) :- {X > 11}."), PROBLEM, "12"),
        ]
    )
    assert found[:3] == [Right("12"), Wrong("12"), Right("12")]
    assert all(isinstance(item, Failed) and item.reason for item in found[3:])


def test_an_answer_of_smt_counts_only_if_there_is_no_other():
    problem = Problem(TEXT, Kind.ARITHMETIC, Language.SMT)
    program = "```smt2\n(declare-const x Int)\n(assert ({} x 12))\n; query: x\n```"
    one, several = execute_all([Execution(program.format(sign), problem, "12") for sign in ("=", ">=")])
    assert one == Right("12")
    assert isinstance(several, Failed)


def test_a_conclusion_is_held_against_its_verdict():
    problem = Problem("Ida sings. Does Ida sing?", Kind.ENTAILMENT, Language.PROLOG)
    program = "```prolog\nsings(ida).\n% query: sings(ida).\n% complement: neg(sings(ida)).\n```"
    found = execute_all([Execution(program, problem, verdict) for verdict in ("proved", "refuted")])
    assert found == [Right("proved"), Wrong("proved")]


def test_a_second_run_takes_from_the_cache_what_the_first_one_found(tmp_path, caplog):
    cache = tmp_path / "executions"
    endless = Execution(prolog("solve(X) :- solve(X)."), PROBLEM, "1")
    executions = [Execution(PRODUCT, PROBLEM, "12"), endless]
    limits = Limits(wall_seconds=1.0, cpu_seconds=0.3, memory_mib=64)
    with caplog.at_level(logging.INFO, "app.training.execute"):
        first = execute_all(executions, cache=cache, limits=limits)
        assert isinstance(first[1], Failed)
        again = execute_all([*executions[:1], Execution(PRODUCT, PROBLEM, "13")], cache=cache)
    assert again == [Right("12"), Wrong("12")]
    assert "2 programs, 0 of them now" in caplog.messages[-1]
    assert len(cache.read_text().splitlines()) == 2, "a time-out may come out otherwise, and is not kept"
    assert [path.name for path in tmp_path.iterdir()] == ["executions"]


@pytest.mark.parametrize("damage", [lambda text: text[:-20], lambda text: text.replace("12", "13"), lambda text: "{}"])
def test_a_damaged_cache_is_refused(tmp_path, damage):
    cache = tmp_path / "executions"
    execute_all([Execution(PRODUCT, PROBLEM, "12")], cache=cache)
    cache.write_text(damage(cache.read_text()))
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
