"""A fault is named by class, place, symbol and remedy."""

import pytest

from solvers import ErrorClass, Part

from .conftest import Solve, fault, faults

pytestmark = pytest.mark.anyio

CLPQ = ":- use_module(library(clpq)).\n"
CLPFD = ":- use_module(library(clpfd)).\n"


@pytest.mark.parametrize(
    ("program", "error_class", "line", "column", "symbol"),
    [
        ("solve(X) :- foo(X).", ErrorClass.EXISTENCE, 1, 13, "foo/1"),
        ("solve(X) :-\n    p(X),\n    foo(X, Y),\n    q(Y).\np(1).", ErrorClass.EXISTENCE, 3, 5, "foo/2"),
        ("solve(X) :- p(X), q(X).\np(1).\nq(X) :-\n  foo(X).", ErrorClass.EXISTENCE, 4, 3, "foo/1"),
        ("solve(X) :- findall(Y, foo(Y), X).", ErrorClass.EXISTENCE, 1, 24, "foo/1"),
        ("solve(X) :- phrase(s, [a], X).\ns --> [a], rest.", ErrorClass.EXISTENCE, 2, 12, "rest/2"),
        ("solve(X) :- X is Y + 1, Y = 2.", ErrorClass.INSTANTIATION, 1, 13, "Y"),
        ("solve(X) :- p(X, _).\np(X, Z) :- q(Z),\n  X is Z * 2.\nq(_).", ErrorClass.INSTANTIATION, 3, 3, "Z"),
        ("solve(X) :- maplist([Y, Z]>>(Z is Y * Rate), [1], X).", ErrorClass.INSTANTIATION, 1, 30, "Rate"),
        ("solve(X) :- X > 3.", ErrorClass.INSTANTIATION, 1, 13, "X"),
        (CLPFD + "solve(X) :- X #> 1, label([X]).", ErrorClass.INSTANTIATION, 2, 21, "X"),
        ("solve(X) :- Y = six, X is Y + 1.", ErrorClass.TYPE, 1, 22, "six/0"),
        ("area(X, Y) :- Y is X * X.\nsolve(X) :- X is area(3) + 1.", ErrorClass.TYPE, 2, 13, "area/1"),
        ("solve(X) :- atom_length(f(x), X).", ErrorClass.TYPE, 1, 13, "f(x)"),
        (CLPQ + "solve(X) :- {X = ceiling(3.2)}.", ErrorClass.TYPE, 2, 13, "ceiling/1"),
        (CLPFD + "solve(X) :- X #= six + 1.", ErrorClass.DOMAIN, 2, 13, "six"),
        ("solve(X) :- X is 6 / 0.", ErrorClass.EVALUATION, 1, 13, None),
        ("atom_length(a, b).\nsolve(1).", ErrorClass.PERMISSION, 1, 1, "atom_length/2"),
        ("solve(X) :- f(X).\nf(X) :-\n assertz(atom(X)).", ErrorClass.PERMISSION, 3, 2, "atom/1"),
        (f"solve({'(' * 20_000}1{')' * 20_000}).", ErrorClass.RESOURCE, 1, 10_006, None),
        ("solve(X) :- throw(oops(X)).", ErrorClass.LOGICAL, None, None, None),
    ],
)
async def test_a_run_time_error_is_shown_where_the_text_has_it(
    solve: Solve, program: str, error_class: ErrorClass, line: int | None, column: int | None, symbol: str | None
) -> None:
    found = fault(await solve(program))
    assert (found.error_class, found.part) == (error_class, Part.PROGRAM)
    assert (found.line, found.column, found.symbol) == (line, column, symbol)


@pytest.mark.parametrize(
    ("program", "suggestion"),
    [
        ("solve(X) :- {X = 3}.", "Add `:- use_module(library(clpq)).`"),
        ("solve(X) :- X = [1], all_different(X).", "Add `:- use_module(library(clpfd)).`"),
        ("solve(X) :- lenght([a], X).", "Did you mean `length/2`?"),
        ("price(apple, 3).\nsolve(X) :- prize(apple, X).", "Did you mean `price/2`?"),
        ("age(bob, 3).\nsolve(X) :- age(X).", "The program defines `age/2`."),
        ("solve(X) :- nth0(X).", "There is `nth0/3`, `nth0/4`."),
        ("area(X, Y) :- Y is X * X.\nsolve(X) :- X is area(3).", "`area/2` is a predicate: call it before this goal"),
        ("solve(X) :- X is sqr(3).", "Did you mean `sqrt/1`?"),
    ],
)
async def test_a_name_that_does_not_exist_comes_with_one_that_does(solve: Solve, program: str, suggestion: str) -> None:
    given = fault(await solve(program)).suggestion
    assert given is not None
    assert given.startswith(suggestion)


async def test_no_built_in_predicate_is_meant_by_a_name_of_one_letter(solve: Solve) -> None:
    assert fault(await solve("q(1).\nsolve(X) :- p(X).")).suggestion in (None, "Did you mean `q/1`?")
    assert fault(await solve("solve(X) :- p(X).")).suggestion is None


async def test_an_undefined_predicate_that_is_never_called_is_no_fault(solve: Solve) -> None:
    found = await solve("solve(1).\nother(X) :- nowhere(X).")
    assert not found.output
    assert found.ending.outcome.exhausted  # type: ignore[union-attr]


async def test_a_fault_of_the_query_is_placed_in_the_query(solve: Solve) -> None:
    found = fault(await solve("p(1).", "p(X), Y is X + Z"))
    assert (found.part, found.line, found.column, found.symbol) == (Part.QUERY, 1, 7, "Z")
    found = fault(await solve("p(1).", "q(X)"))
    assert (found.part, found.column, found.symbol) == (Part.QUERY, 1, "q/1")


@pytest.mark.parametrize(("query", "column"), [("p(X", 4), ("p(X) q", 5), ("p(X). p(Y)", 6), (" % nothing", 12)])
async def test_a_query_that_is_not_one_goal_is_a_syntax_error(solve: Solve, query: str, column: int) -> None:
    found = fault(await solve("p(1).", query))
    assert (found.error_class, found.part) == (ErrorClass.SYNTAX, Part.QUERY)
    assert found.column == column


@pytest.mark.parametrize(
    ("program", "line", "says"),
    [
        ("a :- b\nc :- d.", 1, "missing here or just before"),
        ("a(1).\nb(X :- c.", 2, "missing here or just before"),
        ("a(1).\nb(2", 2, "ends inside a clause"),
        ('a("open).', 1, "not closed"),
        ("a(1, ).", 1, "argument is missing"),
        ("a(1).\n/* open", None, "comment is not closed"),
        ("The farmer has 3 cows.", 1, "missing here or just before"),
        ("p(1), p(2).", 1, "joined by commas"),
        ("X = 3.", 1, "stands alone"),
    ],
)
async def test_a_syntax_error_says_what_is_missing_and_where(
    solve: Solve, program: str, line: int | None, says: str
) -> None:
    found = faults(await solve(program))[0]
    assert (found.error_class, found.line) == (ErrorClass.SYNTAX, line)
    assert says in found.message


async def test_each_unreadable_clause_is_reported_up_to_ten(solve: Solve) -> None:
    found = faults(await solve("a b.\n" * 20))
    assert [each.line for each in found] == list(range(1, 11))
    assert {each.error_class for each in found} == {ErrorClass.SYNTAX}


async def test_columns_count_characters_and_not_bytes_or_tab_stops(solve: Solve) -> None:
    found = fault(await solve("solve(X) :-\t'日本語' = '日本語',\tfoo(X)."))
    assert found.column == 28


@pytest.mark.parametrize("text", ["solve(\ud800).", "solve(1).\0"])
async def test_what_is_not_text_is_a_syntax_error(solve: Solve, text: str) -> None:
    assert fault(await solve(text)).error_class is ErrorClass.SYNTAX


async def test_a_diagnostic_stays_short_whatever_the_goal(solve: Solve) -> None:
    run = await solve(f"solve(X) :- atom_length(f([{','.join(str(number) for number in range(5000))}]), X).")
    assert len(fault(run).message) < 500
