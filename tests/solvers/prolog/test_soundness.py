"""What an answer may not claim: goals that still wait, negation that tabling decides by the order of goals."""

import pytest

from solvers import ErrorClass, Finished, Run, Unknown, ValueKind
from tests.solvers.prolog.conftest import Solve, answers, fault, texts

pytestmark = pytest.mark.anyio

FD, Q = ":- use_module(library(clpfd)).\n", ":- use_module(library(clpq)).\n"


@pytest.mark.parametrize(
    "program",
    [
        "solve(7) :- freeze(_, fail).",
        "solve(7) :- when(nonvar(_), fail).",
        FD + "solve(7) :- [X, Y] ins 1..1000000, X * X #= 2 * Y * Y.",
        FD + "solve(7) :- [X, Y] ins 0..10, X + Y #= 7, X - Y #= 2.",
        Q + "solve(7) :- {X * Y = 7, X * Y = 8}.",
    ],
)
async def test_an_answer_says_what_still_waits_on_variables_that_it_does_not_mention(
    solve: Solve, program: str
) -> None:
    (only,) = answers(await solve(program)).substitutions
    assert only.bindings["X"].kind is ValueKind.INTEGER
    assert only.residual
    assert len(set(only.residual)) == len(only.residual)


@pytest.mark.parametrize(
    "program",
    [
        Q + "solve(7) :- {Y >= 3, 2 * Y - Z / 2 =< 12, Z =\\= 4}.",
        Q + "solve(N) :- {Y >= 3, N = 7, N >= Y}.",
        FD + "solve(7) :- X in 1..5, X #\\= 3.",
        FD + "solve(N) :- [X, Y] ins 0..10, X + Y #= 7, X - Y #= 3, label([X, Y]), N #= X + 2.",
        "solve(7) :- dif(_, a).",
    ],
)
async def test_what_is_known_to_have_a_solution_is_no_condition_on_an_answer(solve: Solve, program: str) -> None:
    found = answers(await solve(program))
    assert texts(await solve(program)) == ["7"]
    assert found.substitutions[0].residual == ()
    assert found.exhausted


def reason(run: Run) -> str:
    assert isinstance(run.ending, Finished), run
    assert isinstance(run.ending.outcome, Unknown), run
    return run.ending.outcome.reason


CALM = """
animal(rex).
barks(X) :- animal(X), \\+ calm(X).
calm(X) :- animal(X), \\+ barks(X).
"""


@pytest.mark.parametrize("query", ["calm(rex)", "barks(rex)", "\\+ calm(rex)", "animal(rex)"])
async def test_what_a_tabled_circle_through_negation_says_is_unknown_whatever_is_asked_first(
    solve: Solve, query: str
) -> None:
    run = await solve(":- table animal/1, barks/1, calm/1.\n" + CALM, query)
    assert "depends on its own negation" in reason(run)


@pytest.mark.parametrize(
    "program",
    [
        ":- table p/0, q/0.\np :- \\+ (q, r).\nq :- once(\\+ p).\nr.",
        ":- table p/0, q/0.\np :- ( q -> fail ; true ).\nq :- not(p).",
        ":- table p/0.\n:- dynamic q/0.\n:- assertz((q :- \\+ p)).\np :- forall(q, fail).",
    ],
)
async def test_a_circle_through_negation_is_seen_inside_control_and_calls(solve: Solve, program: str) -> None:
    assert "depends on its own negation" in reason(await solve(program, "p"))


async def test_the_well_founded_negation_is_decided_by_the_engine(solve: Solve) -> None:
    program = ":- table p/0, q/0, r/0.\np :- tnot(q).\nq :- tnot(p).\nr :- tnot(s).\n:- table s/0.\ns :- fail.\n"
    assert "well-founded" in reason(await solve(program, "p"))
    assert answers(await solve(program, "r")).exhausted


async def test_negation_without_a_circle_is_left_alone(solve: Solve) -> None:
    table = ":- dynamic wolf/1, neg/1.\n:- table animal/1, barks/1, calm/1, wolf/1, neg/1.\n"
    program = "animal(rex).\ncalm(X) :- animal(X), \\+ barks(X).\nbarks(X) :- wolf(X).\n"
    # What is denied of one predicate is no negation of another.
    denials = "neg(wolf(X)) :- animal(X), \\+ barks(X).\nsmall(X) :- neg(wolf(X)).\nneg(barks(X)) :- small(X).\n"
    assert answers(await solve(table + program + denials, "calm(rex), small(rex)")).exhausted


async def test_a_circle_without_tabling_is_left_to_the_engine(solve: Solve) -> None:
    program = "move(1, 2).\nmove(2, 3).\nwin(X) :- move(X, Y), \\+ win(Y).\n"
    assert texts(await solve(program, "win(X)")) == ["2"]


@pytest.mark.parametrize(
    "program",
    [
        "solve(X) :- Y = foo(), undefined_here(Y, X).",
        "solve(X) :- X is foo().",
        "solve(X) :- foo().",
        "foo() --> [].\nsolve(X) :- maplist(foo(), [X]).",
    ],
)
async def test_a_compound_without_arguments_is_the_fault_of_a_program_at_most(solve: Solve, program: str) -> None:
    assert fault(await solve(program)).line is not None


ANIMALS = ":- dynamic barks/1.\nanimal(rex).\nanimal(tia).\nbarks(rex).\n"


async def test_a_negation_before_its_variable_has_a_value_is_a_fault(solve: Solve) -> None:
    """It failed, because something barks, and in a closed world that was a refutation."""
    found = fault(await solve(f"{ANIMALS}someone_calm :-\n    \\+ barks(X),\n    animal(X).\n", "someone_calm"))
    assert (found.error_class, found.line, found.column, found.symbol) == (ErrorClass.INSTANTIATION, 6, 5, "X")


@pytest.mark.parametrize(
    "body",
    [
        "animal(X), \\+ barks(X)",
        "\\+ barks(nobody), animal(X)",
        "\\+ ( barks(Y), Y \\== rex ), animal(X), X \\== rex",
        "\\+ \\+ animal(X), animal(X), \\+ barks(X)",
        "\\+ ground(X), animal(X), \\+ barks(X)",
    ],
)
async def test_a_negation_whose_variables_are_its_own_or_bound_is_none(solve: Solve, body: str) -> None:
    assert "tia" in texts(await solve(f"{ANIMALS}solve(X) :- calm(X).\ncalm(X) :- calm_(X).\ncalm_(X) :- {body}.\n"))


@pytest.mark.parametrize("query", ["t", "\\+ t", "\\+ u"])
async def test_what_is_undefined_is_not_negated_as_if_it_were_decided(solve: Solve, query: str) -> None:
    run = await solve(":- table u/0.\nu :- tnot(u).\nt :- \\+ u.\n", query)
    assert "depends on its own negation" in reason(run)


DIRECTIVE = ":- dynamic barks/1.\n:- forall(member(X, [rex, foo + a]), (Y is X, assertz(barks(Y)))).\nanimal(tia).\n"


async def test_what_a_directive_that_raised_an_error_leaves_out_is_no_failure(solve: Solve) -> None:
    """swipl goes on, and so the negation of what should have been set up held."""
    run = await solve(DIRECTIVE + "calm(X) :- animal(X), \\+ barks(X).\n", "calm(X)")
    found = answers(run)
    assert not found.exhausted
    assert isinstance(run.ending, Finished)
    (left_out,) = run.ending.diagnostics
    assert (left_out.error_class, left_out.line) == (ErrorClass.LOGICAL, 2)
    assert "directive" in left_out.message
    assert fault(await solve(DIRECTIVE, "barks(tia)")).error_class is ErrorClass.TYPE


async def test_a_goal_that_is_known_only_at_run_time_is_followed_nowhere(solve: Solve) -> None:
    program = ":- table p/1.\np(G) :- call(G), \\+ q(G), maplist(G, []).\nq(none).\nr.\n"
    assert answers(await solve(program, "G = r, p(G), call(G)")).exhausted
