"""A program means here what it means to swipl."""

import pytest

from solvers import ErrorClass, Finished, NoAnswer

from .conftest import Solve, answers, fault, texts

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("program", "query", "expected"),
    [
        (":- use_module(library(clpfd)).\ns(X) :- X #> 2, X #< 5, X mod 2 #= 0, label([X]).", "s(X)", ["4"]),
        (":- use_module(library(clpfd)).\ns(L) :- L ins 1..3, all_different(L), L = [2, 1|_].", "s([_, _, X])", ["3"]),
        (":- table path/2.\ne(a, b).\ne(b, a).\npath(X, Y) :- path(X, Z), e(Z, Y).\npath(X, Y) :- e(X, Y).",
         "findall(Y, path(a, Y), L), sort(L, X)", ["[a, b]"]),
        (':- set_prolog_flag(double_quotes, codes).\ngreet --> "hi ", name.\nname --> "bob".',
         "(atom_codes('hi bob', C), phrase(greet, C) -> X = yes ; X = no)", ["yes"]),
        ("s(X) :- list_to_assoc([a-1], A), get_assoc(a, A, X).", "s(X)", ["1"]),
        ("a(1).\na(2).\ns(X) :- aggregate_all(sum(Y), a(Y), X).", "s(X)", ["3"]),
        ("s(N, X) :- foldl([Y, A0, A]>>(A is A0 + Y * N), [1, 2], 0, X).", "s(3, X)", ["9"]),
        (":- use_module(library(yall)).\ns(N, X) :- maplist([Y, Z]>>(Z is Y * N), [1], [X]).", "s(3, X)", ["3"]),
        ('s(X) :- split_string("a,b", ",", "", [_, S]), string_upper(S, X).', "s(X)", ["B"]),
        (":- op(700, xfx, ===>).\nr(a ===> b).\ns(X) :- r(_ ===> X).", "s(X)", ["b"]),
        (":- op(700, xfx, ===>).\nr(a ===> b).", "r(a ===> X)", ["b"]),
        (":- module(m, [s/1, op(700, xfx, beats)]).\ncat beats dog.\ns(X) :- X beats dog.", "s(X)", ["cat"]),
        (":- dynamic c/1.\nc(0).\ns(X) :- retract(c(N)), X is N + 1, assertz(c(X)).", "s(X)", ["1"]),
        ("p(1).\nq(1).\np(2).", "p(X)", ["1", "2"]),
        (":- if(current_prolog_flag(bounded, false)).\ns(big).\n:- else.\ns(small).\n:- endif.", "s(X)", ["big"]),
        ("s(X), Y = 1 => X = Y.", "s(X)", ["1"]),
        (":- use_module(library(clpb)).\ns(X) :- sat(X * 1).", "s(X)", ["1"]),
        ("s(X) :- limit(2, member(X, [a, b, c])).", "s(X)", ["a", "b"]),
    ],
)  # fmt: skip
async def test_libraries_and_syntax_are_those_of_swipl(
    solve: Solve, program: str, query: str, expected: list[str]
) -> None:
    assert texts(await solve(program, query)) == expected


@pytest.mark.parametrize(
    "program",
    [
        "append(a, b, c).\nsolve(X) :- append(X, b, c).",  # of a library
        "shell(a).\nsolve(X) :- shell(X).",  # of the system, and one that nobody may call
        ":- use_module(library(clpfd)).\nsum(a, b).\nsum(a, b, c).\nsolve(X) :- sum(X, b, c).",  # imported by name
        "main(a).\nsolve(X) :- main(X).",
    ],
)
async def test_a_program_may_use_a_name_that_the_system_knows(solve: Solve, program: str) -> None:
    assert texts(await solve(program)) == ["a"]


async def test_initialization_runs_after_the_program_is_loaded(solve: Solve) -> None:
    run = await solve(':- initialization(main).\nmain :- solve(X), format("~w~n", [X]).\nsolve(7).')
    assert run.output == "7\n"
    assert texts(run) == ["7"]


async def test_a_directive_that_fails_is_shown_and_the_query_is_answered(solve: Solve) -> None:
    run = await solve(":- solve(X), X > 9.\nsolve(7).")
    assert texts(run) == ["7"]
    assert "line 1" in run.output


async def test_a_singleton_variable_is_worth_a_warning_and_no_fault(solve: Solve) -> None:
    run = await solve("solve(1) :- true.\nsolve(Y) :- Yy = 2, Y = 3.")
    assert texts(run) == ["1", "3"]
    assert "Yy" in run.output
    assert "line 2" in run.output


async def test_a_clause_that_cannot_be_read_leaves_the_answers_of_the_others_and_nothing_more(solve: Solve) -> None:
    run = await solve("solve(1).\nsolve(2 :- true.\nother(3).")
    assert texts(run) == ["1"]
    assert not answers(run).exhausted
    assert isinstance(run.ending, Finished)
    left_out = run.ending.diagnostics[0]
    assert (left_out.error_class, left_out.line) == (ErrorClass.LOGICAL, 2)


async def test_a_failure_without_a_clause_that_cannot_be_read_is_not_finite_failure(solve: Solve) -> None:
    broken, whole = "solve(1).\nsolve(2 :- true.\n", "solve(1).\nsolve(2) :- true.\n"
    assert fault(await solve(broken, "solve(3)")).error_class is ErrorClass.SYNTAX
    run = await solve(whole, "solve(3)")
    assert isinstance(run.ending, Finished)
    assert isinstance(run.ending.outcome, NoAnswer)


async def test_a_long_program_is_read_in_time(solve: Solve) -> None:
    facts = "".join(f"fact({number}, foo(bar{number}, [a, b, {{{number}}}])).\n" for number in range(6000))
    assert len(facts) > 200_000
    assert texts(await solve(facts, "fact(5999, foo(X, _))")) == ["bar5999"]
