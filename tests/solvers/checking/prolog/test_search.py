"""The checker's own Prolog interpreter, beside the engine and alone."""

import re

import pytest

from solvers import Answers, Finished, Job, Language, Limits, Program, Rejected, Runtime
from solvers.checking.budget import NotCheckableError
from solvers.checking.prolog.control import engine_names
from solvers.checking.prolog.library import EXPORTED
from solvers.checking.prolog.search import _BUILTIN

from .random_programs import Writer
from .searching import search


def _without_names(text: str) -> str:
    """Variables have other names in the engine's answers."""
    return re.sub(r"\b_\w*|\b[A-Z]\w*", "V", re.sub(r"\s+", "", text))


@pytest.mark.anyio
@pytest.mark.parametrize("first", range(0, 60, 10))
async def test_random_programs_have_the_engines_answers_in_its_order(runtime: Runtime, first: int) -> None:
    for seed in range(first, first + 10):
        program, query = Writer(seed).program(), "findall(A-B, p3(A, B), X)"
        ending = (await runtime.solve(Job(Program(Language.PROLOG, program), query), Limits(wall_seconds=5))).ending
        try:
            found = search(program, query, steps=300_000)
        except NotCheckableError:
            continue
        assert isinstance(ending, Finished), program
        assert isinstance(ending.outcome, Answers), program
        (answer,) = ending.outcome.substitutions
        assert [_without_names(answer.bindings["X"].text)] == [_without_names(text) for text in found], program


def test_most_random_programs_are_searched() -> None:
    """So that the comparison with the engine says something."""
    searched = 0
    for seed in range(60):
        try:
            searched += bool(search(Writer(seed).program(), "p3(_, _)", steps=300_000)) or 1
        except NotCheckableError:
            continue
    assert searched >= 25


@pytest.mark.parametrize(
    ("query", "answers"),
    [
        ("p(X)", ["1", "2", "3"]),
        ("p(X), X > 1", ["2", "3"]),
        ("p(X), !", ["1"]),
        ("p(X), call(!)", ["1", "2", "3"]),
        ("(p(X), X > 1 -> true ; X = none)", ["2"]),
        ("(p(X), X > 9 -> true ; X = none)", ["none"]),
        ("(p(X) *-> true ; X = none)", ["1", "2", "3"]),
        ("(X = 4 *-> fail ; X = none)", []),
        ("p(X), \\+ X = 2", ["1", "3"]),
        ("first(X)", ["1"]),
        ("once(p(X))", ["1"]),
        ("ignore((p(X), X > 1))", ["2"]),
        ("forall(p(Y), Y > 0), X = yes", ["yes"]),
        ("forall(p(Y), Y > 1), X = yes", []),
        ("findall(Y, p(Y), X)", ["[1,2,3]"]),
        ("findall(Y, p(Y), X, [4])", ["[1,2,3,4]"]),
        ("aggregate_all(count, p(_), X)", ["3"]),
        ("aggregate_all(sum(Y), p(Y), X)", ["6"]),
        ("aggregate_all(max(Y), p(Y), X)", ["3"]),
        ("aggregate_all(min(Y), (p(Y), Y > 3), X)", []),
        ("aggregate_all(max(Y, n(Y)), p(Y), X)", ["max(3,n(3))"]),
        ("bagof(Y, q(Y, X), _)", ["a", "b"]),
        ("bagof(Y, Z^q(Y, Z), X)", ["[1,2,3]"]),
        ("setof(Z, Y^q(Y, Z), X)", ["[a,b]"]),
        ("bagof(Y, (p(Y), Y > 3), X)", []),
        ("catch(throw(oops(1)), oops(X), true)", ["1"]),
        ("catch((p(X), throw(oops)), oops, X = 7)", ["7"]),
        ("catch(catch(throw(in), out, X = 1), in, X = 2)", ["2"]),
        ("catch(nothing(X), error(existence_error(procedure, nothing/1), _), fail)", []),
        ("maplist([Y, Z]>>(Z is Y * 2), [1, 2], X)", ["[2,4]"]),
        ("foldl([Y, A, B]>>(B is A + Y), [1, 2, 3], 0, X)", ["6"]),
        ("include([Y]>>(Y > 1), [1, 2, 3], X)", ["[2,3]"]),
        ("user:p(X)", ["1", "2", "3"]),
        ("lists:append(X, [2], [1, 2])", ["[1]"]),
        ("later(X)", []),
        ("append(X, 1)", ["own"]),
        ("subtract([a, b], [b], X)", ["[a]"]),
    ],
)
def test_control(query: str, answers: list[str]) -> None:
    program = """
        :- dynamic later/1.
        p(1). p(2). p(3).
        q(1, a). q(2, b). q(3, a).
        first(X) :- p(X), !.
        first(9).
        append(own, 1).
    """
    assert [text.replace(" ", "") for text in search(program, query)] == answers


def test_a_library_does_not_see_the_programs_own_predicates() -> None:
    program = "memberchk(_, _) :- fail. member_(_, _, _). p(X) :- subtract([a, b], [b], X)."
    assert search(program, "p(X)") == ["[a]"]
    with pytest.raises(NotCheckableError):
        search("p(1).", "nth_any_([], 1, X, 1, 1)")


@pytest.mark.parametrize(
    "query",
    [
        "nothing(X)",
        "catch(nothing(X), _, true)",
        "catch(format_atom(X), error(existence_error(procedure, _), _), X = 1)",
        "catch(nb_setval(a, X), error(existence_error(procedure, _), _), fail)",
        "catch(atom_length(_, X), _, true)",
        "throw(a)",
        "Y = 1, Y",
        "call((fail, 1))",
        "X is foo + 1",
        "X is Y",
        "assertz(p(2))",
        "retract(p(1))",
        "nb_setval(a, 1)",
        "read(X)",
        "consult(a)",
        "X is random(3)",
        "get_time(X)",
        "halt",
        "length(a, X)",
        "atom_length(f(x), X)",
        "sum_list([a], X)",
        "sum_list(X, 3)",
        "msort([_, _], X)",
        "msort([A, b | _], X)",
        "format(\"~d\", [a])",
        "tabled(X)",
        "functor(X, Y, 1)",
        "nth0(a, [b], X)",
        "lists:maplist(p, [X])",
    ],
)  # fmt: skip
def test_what_the_engine_might_answer_with_an_error_is_not_checkable(query: str) -> None:
    with pytest.raises(NotCheckableError):
        search(":- table tabled/1.\ntabled(1).\np(1).", query)


@pytest.mark.parametrize(
    ("program", "query"),
    [
        ("p :- p.", "p"),
        ("p(X) :- p(f(X)).", "p(a)"),
        ("p(N) :- M is N + 1, p(M), q.", "p(0)"),
        ("p.", "repeat, fail"),
        ("p.", "between(1, inf, X), fail"),
        ("p.", "length(X, _), fail"),
        ("p.", "X is 10 ** 10 ** 10"),
        ("p.", "X is 1 << (1 << 60)"),
        ("p(X) :- Y is X * X, p(Y).", "p(3)"),
        ("p.", "numlist(1, 100000000000, X)"),
        ("p.", "length(X, 100000000000)"),
        ("p.", "functor(X, f, 100000000000)"),
        ("p(0, a). p(N, f(X, X)) :- M is N - 1, p(M, X).", "p(100000, T), T = T2, copy_term(T2, X), fail"),
        ("p(0, a). p(N, f(X, X)) :- N > 0, M is N - 1, p(M, X).", "p(60, T), p(60, U), T == U"),
        ("p.", "X = f(X), copy_term(X, Y)"),
        ("p.", "X = [a|X], length(X, N)"),
        ("b(0). b(1).", "findall(A, (b(A), b(B), b(C), b(D), b(E), b(F), b(G), b(H), b(I), b(J), b(K), b(L), b(M), "
                        "b(N), b(O), b(P), b(Q), b(R), b(S), b(T), b(U), b(V), b(W), b(Z)), X)"),
        ("p(X) :- \\+ p(X).", "p(a)"),
        ("p(X) :- catch(p(X), _, true).", "p(a)"),
        ("p(X) :- findall(Y, p(Y), X).", "p(a)"),
        ("p(L) :- maplist(p, [L]).", "p(a)"),
        ("p(G) :- p((G, G)).", "p(true)"),
    ],
)  # fmt: skip
def test_what_does_not_end_ends_with_the_budget(program: str, query: str) -> None:
    with pytest.raises(NotCheckableError):
        search(program, query, seconds=2.0, steps=200_000)


def test_deep_recursion_is_no_trouble() -> None:
    program = "n(0). n(N) :- N > 0, M is N - 1, n(M). l(0, z). l(N, s(T)) :- N > 0, M is N - 1, l(M, T)."
    assert search(program, "n(20000)") == ["true"]
    assert search(program, "l(20000, T), copy_term(T, U), T == U, T = U") == ["true"]


CONSTRAINED = ":- use_module(library(clpfd)).\n"


def test_constraints_are_posted_and_woken() -> None:
    program = CONSTRAINED + "p(X, Y) :- [X, Y] ins 1..3, X #< Y."
    assert search(program, "p(X, Y), Y = 2") == ["1"]
    assert search(program, "p(X, Y), label([X, Y])") == ["1", "1", "2"]
    assert search(program, "p(X, Y), Y = 1") == []
    assert search(":- use_module(library(clpq)).", "{X = 2 * Y, Y = 3}") == ["6"]
    assert search(":- use_module(library(clpq)).", "{(X = 1 ; X = 2, X > 3 ; X = 3)}") == ["1", "3"]
    assert search("", "dif(X, a), member(X, [a, b])") == ["b"]


def test_a_library_that_is_not_loaded_has_no_constraints() -> None:
    for query in ("{X = 1}", "label([X])", "all_different([X])"):
        with pytest.raises(NotCheckableError):
            search("", query)
    with pytest.raises(NotCheckableError):
        search(CONSTRAINED, "{X = 1}")


@pytest.mark.parametrize(
    "query",
    [
        "X in 1..3, Y #= X * X, (Y #= X + 2 -> true ; true)",
        "X in 1..3, var(X)",
        "X #= 1 + 1, X == 2",
        "X in 1..3, findall(X, true, L)",
        "X in 1..3, copy_term(X, Y)",
        "X in 1..2, labeling([ff], [X]), !",
        "X in 1..2, findall(X, labeling([ff], [X]), L)",
        "X in 1..2, labeling([max(X)], [X]), !",
    ],
)
def test_nothing_is_decided_on_constraints_that_the_engine_may_see_otherwise(query: str) -> None:
    with pytest.raises(NotCheckableError):
        search(CONSTRAINED, query)


def test_all_of_the_best_are_kept() -> None:
    query = "X in 0..3, Y in 0..3, X + Y #=< 3, once(labeling([max(X + Y)], [X, Y]))"
    assert search(CONSTRAINED, query) == ["0", "1", "2", "3"]
    assert search(CONSTRAINED, "X in 0..3, once((X #> 1, labeling([min(X)], [X])))") == ["2"]
    assert search(CONSTRAINED, "X in 0..3, once(label([X]))") == ["0"]


@pytest.mark.anyio
async def test_a_program_that_the_engine_rejects_is_not_searched(runtime: Runtime) -> None:
    program = "p(X) :- X is foo."
    run = await runtime.solve(Job(Program(Language.PROLOG, program), "p(X)"))
    assert isinstance(run.ending, Rejected)
    with pytest.raises(NotCheckableError):
        search(program, "p(X)")


def test_a_labelling_that_is_taken_back_decides_nothing() -> None:
    assert search(CONSTRAINED, "X in 1..2, label([X]), X == 2") == ["2"]
    with pytest.raises(NotCheckableError):
        search(CONSTRAINED, "X #= 1 + 1, (Y in 1..2, label([Y]), fail ; X == 2)")


def test_ways_of_a_disjunction_start_alike() -> None:
    program = ":- use_module(library(clpq)). p(X, Y) :- {(X > 3, Y = 1 ; Y = 0)}."
    assert search(program, "p(2, X)") == ["0"]
    assert search(program, "p(4, X)") == ["1", "0"]


def test_the_names_of_the_engine_hold_all_that_is_built_in() -> None:
    assert {name for name, _ in {*_BUILTIN, *EXPORTED} if name.isalpha()} <= engine_names()
