"""What comes back for what a query binds."""

import pytest

from solvers import Finished, NoAnswer, Stopped, Unknown, ValueKind

from .conftest import Solve, answers, texts

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("term", "text", "kind"),
    [
        ("18", "18", ValueKind.INTEGER),
        ("-5", "-5", ValueKind.INTEGER),
        ("123456789012345678901234567890", "123456789012345678901234567890", ValueKind.INTEGER),
        ("10r3", "10/3", ValueKind.RATIONAL),
        ("0.1", "0.1", ValueKind.FLOAT),
        ("1.0e10", "10000000000.0", ValueKind.FLOAT),
        ("'two words'", "two words", ValueKind.ATOM),
        ("'日本'", "日本", ValueKind.ATOM),
        ('"18"', "18", ValueKind.STRING),
        ("3+4", "3+4", ValueKind.EXPRESSION),
        ("sqrt(2)*pi", "sqrt(2)*pi", ValueKind.EXPRESSION),
        ("_+4", "_A+4", ValueKind.EXPRESSION),
        ("foo(bar, 'B c')", "foo(bar, 'B c')", ValueKind.COMPOUND),
        ("[1, a]", "[1, a]", ValueKind.COMPOUND),
        ("[]", "[]", ValueKind.COMPOUND),
        ("'$VAR'(1)", "'$VAR'(1)", ValueKind.COMPOUND),
        ("f(A, B, A)", "f(_A, _B, _A)", ValueKind.COMPOUND),
    ],
)
async def test_a_value_is_told_apart_from_what_looks_like_it(
    solve: Solve, term: str, text: str, kind: ValueKind
) -> None:
    value = answers(await solve(f"solve({term}).")).substitutions[0].bindings["X"]
    assert (value.text, value.kind) == (text, kind)


async def test_rational_arithmetic_is_exact(solve: Solve) -> None:
    run = await solve(":- use_module(library(clpq)).\nsolve(X) :- {3 * X = 10}.")
    assert answers(run).substitutions[0].bindings["X"].text == "10/3"
    run = await solve(":- use_module(library(clpr)).\nsolve(X) :- {4 * X = 10}.")
    assert answers(run).substitutions[0].bindings["X"].kind is ValueKind.FLOAT


async def test_an_unbound_variable_is_no_value_and_keeps_its_name(solve: Solve) -> None:
    substitution = answers(await solve("p(X, X, f(X)).", "p(X, Y, Z)")).substitutions[0]
    assert substitution.bindings["X"].kind is ValueKind.UNBOUND
    assert substitution.bindings["X"].text == substitution.bindings["Y"].text
    assert substitution.bindings["Z"].text == f"f({substitution.bindings['X'].text})"


@pytest.mark.parametrize(
    ("program", "goal"),
    [
        (":- use_module(library(clpq)).\nsolve(X) :- {X >= 3}.", "{X>=3}"),
        (":- use_module(library(clpfd)).\nsolve(X) :- X in 1..5.", "X in 1..5"),
        ("solve(X) :- dif(X, a).", "dif(X, a)"),
        ("solve(X) :- freeze(X, true).", "freeze(X, user:true)"),
    ],
)
async def test_constraints_left_on_a_variable_are_shown_as_goals(solve: Solve, program: str, goal: str) -> None:
    substitution = answers(await solve(program)).substitutions[0]
    assert substitution.bindings["X"].kind is ValueKind.CONSTRAINED
    assert goal in substitution.residual


async def test_variables_that_start_with_an_underscore_are_not_reported(solve: Solve) -> None:
    assert list(answers(await solve("p(1, 2).", "p(X, _Y)")).substitutions[0].bindings) == ["X"]


async def test_a_search_that_was_finished_says_so(solve: Solve) -> None:
    run = await solve("solve(1).\nsolve(2).\nsolve(2).")
    assert texts(run) == ["1", "2", "2"]
    assert answers(run).exhausted


async def test_a_search_cut_off_at_the_limit_of_answers_is_not_exhausted(solve: Solve) -> None:
    run = await solve("solve(X) :- between(1, inf, X).", max_answers=3)
    assert texts(run) == ["1", "2", "3"]
    assert not answers(run).exhausted


async def test_finite_failure_is_no_answer(solve: Solve) -> None:
    run = await solve("solve(X) :- member(X, [1, 2]), X > 5.")
    assert isinstance(run.ending, Finished)
    assert isinstance(run.ending.outcome, NoAnswer)


async def test_an_answer_that_is_neither_true_nor_false_is_unknown(solve: Solve) -> None:
    run = await solve(":- table p/0, q/0.\np :- tnot(q).\nq :- tnot(p).", "p")
    assert isinstance(run.ending, Finished)
    assert isinstance(run.ending.outcome, Unknown)


@pytest.mark.parametrize("query", ["p(X)", "?- p(X).", "p(X).", "p(X) % which?", "p(X).\n"])
async def test_a_query_may_be_written_as_at_the_top_level(solve: Solve, query: str) -> None:
    assert texts(await solve("p(18).", query)) == ["18"]


async def test_what_a_program_prints_is_output_and_never_an_answer(solve: Solve) -> None:
    run = await solve('solve(1) :- format("X = 42~n"), print(user_error, [answers, 42]).')
    assert texts(run) == ["1"]
    assert run.output.startswith("X = 42\n")


async def test_a_cyclic_answer_does_not_break_the_reply(solve: Solve) -> None:
    assert answers(await solve("solve(X) :- X = f(X).")).substitutions[0].bindings["X"].kind is ValueKind.OTHER


async def test_a_stream_is_shown_without_its_address(solve: Solve) -> None:
    assert texts(await solve("solve(X) :- current_output(X).")) == ["<stream>"]


@pytest.mark.parametrize(
    "program",
    [
        "solve(X) :- numlist(1, 500000, X).",
        "d(0, a) :- !.\nd(N, f(T, T)) :- M is N - 1, d(M, T).\nsolve(X) :- d(60, X).",
    ],
    ids=["long", "shared"],
)
async def test_an_answer_larger_than_the_output_limit_stops_the_run(solve: Solve, program: str) -> None:
    run = await solve(program)
    assert isinstance(run.ending, Stopped)
    assert run.ending.limit == "output_bytes"


async def test_a_recursion_without_end_is_stopped_for_memory(solve: Solve) -> None:
    run = await solve("solve(X) :- solve(Y), X is Y + 1.", memory_mib=128)
    assert isinstance(run.ending, Stopped)
    assert run.ending.limit == "memory_mib"


async def test_a_directive_that_needs_all_memory_stops_the_run(solve: Solve) -> None:
    run = await solve("grow(L) :- grow([x|L]), true.\n:- grow([]).\nsolve(1).", memory_mib=128)
    assert isinstance(run.ending, Stopped)
    assert run.ending.limit == "memory_mib"
