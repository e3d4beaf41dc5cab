"""What a program may not say, and what it is told instead."""

import pytest

from solvers import ErrorClass, Finished, Part

from .conftest import Solve, fault, faults, texts

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("goal", "symbol", "column"),
    [
        ("shell(ls)", "shell/1", 13),
        ("halt", "halt/0", 13),
        ("open(f, read, _)", "open/3", 13),
        ("read(X)", "read/1", 13),
        ("consult(f)", "consult/1", 13),
        ("thread_create(true, _)", "thread_create/2", 13),
        ("py_call(os:getcwd(), X)", "py_call/2", 13),
        ("process_create(ls, [], [])", "process_create/3", 13),
        ("call_with_time_limit(1, true)", "call_with_time_limit/2", 13),
        ("set_prolog_flag(unknown, fail)", "unknown", 29),
        ("system:shell(ls)", "system:shell/1", 13),
        ("lists:subseq0(X, [], _)", "lists:subseq0/3", 13),
    ],
)
async def test_a_goal_that_reaches_beyond_the_program_is_refused_where_it_stands(
    solve: Solve, goal: str, symbol: str, column: int
) -> None:
    found = fault(await solve(f"solve(X) :- {goal}, X = 1."))
    assert found.error_class is ErrorClass.PERMISSION
    assert (found.symbol, found.line, found.column) == (symbol, 1, column)


@pytest.mark.parametrize(
    "goal",
    [
        "true, halt",
        "(fail ; halt)",
        "(true -> halt ; fail)",
        "\\+ halt",
        "once(halt)",
        "call(halt)",
        "findall(Y, (member(Y, [1]), halt), _)",
        "forall(true, halt)",
        "setof(Y, Z^(member(Y-Z, []), halt), _)",
        "aggregate_all(count, halt, _)",
        "catch(halt, _, true)",
        "maplist(halt, [1])",
        "maplist([Y]>>(halt(Y)), [1])",
        "foldl({X}/[Y, A, A]>>halt(Y), [1], 0, _)",
        "call([]>>halt)",
        "assertz((p :- halt))",
        "phrase(({halt}, []), [])",
        "freeze(X, halt)",
        "user:halt",
        "apply:maplist(halt, [1])",
    ],
)
async def test_a_refused_goal_is_found_wherever_it_is_called(solve: Solve, goal: str) -> None:
    found = fault(await solve(f"solve(X) :- {goal}, X = 1."))
    assert found.error_class is ErrorClass.PERMISSION
    assert found.symbol is not None
    assert found.symbol.startswith("halt/")


@pytest.mark.parametrize(
    ("clause", "symbol"),
    [
        ("p --> {halt}.", "halt/0"),
        ("p(X), halt => true.", "halt/0"),
        (":- initialization(halt).", "halt/0"),
        (":- if(halt).\n:- endif.", "halt/0"),
        (":- use_module(library(process)).", "library(process)"),
        (":- use_module([library(lists), library(socket)]).", "library(socket)"),
        (":- use_module('secret.pl').", "'secret.pl'"),
        (":- [secret].", "secret"),
        (":- include(secret).", "secret"),
        ("term_expansion(a, b).", "term_expansion/2"),
        (":- dynamic user:goal_expansion/2.", "goal_expansion/2"),
        ("p :- assertz(term_expansion(a, b)).", "term_expansion/2"),
        ("lists:append(a, b, c).", "lists:append/3"),
        (":- p, shell(ls).", "shell/1"),
        ("p :- halt.\n:- p.", "halt/0"),
        ("p :- halt.\n:- initialization(p).", "halt/0"),
    ],
)
async def test_directives_and_definitions_have_an_allowlist_too(solve: Solve, clause: str, symbol: str) -> None:
    found = [each for each in faults(await solve(f"{clause}\nsolve(1).")) if each.symbol == symbol]
    assert [each.error_class for each in found] == [ErrorClass.PERMISSION]
    assert found[0].line == 1


async def test_a_refused_directive_does_not_run(solve: Solve) -> None:
    run = await solve(":- write(before), halt.\nsolve(1).")
    assert fault(run).symbol == "halt/0"
    assert run.output == ""


async def test_a_query_is_held_to_the_same_rules(solve: Solve) -> None:
    found = fault(await solve("p(1).", "p(X), shell(ls)"))
    assert (found.error_class, found.part, found.column) == (ErrorClass.PERMISSION, Part.QUERY, 7)


async def test_a_refusal_says_what_to_do_instead(solve: Solve) -> None:
    assert "maplist" in fault(await solve("solve(X) :- thread_create(true, X).")).message
    assert "facts" in fault(await solve("solve(X) :- read(X).")).message
    assert "yall" in fault(await solve(":- use_module(library(lambda)).\nsolve(1).")).message


async def test_refusals_come_in_the_order_of_the_text_and_not_more_than_ten(solve: Solve) -> None:
    found = faults(await solve("".join(f"p{number} :- halt.\n" for number in range(20))))
    assert [each.line for each in found] == list(range(1, 11))


async def test_the_policy_reads_with_the_operators_of_the_program(solve: Solve) -> None:
    run = await solve(":- op(200, fy, halt).\n:- op(700, xfx, then).\nr(halt a then b).\nsolve(X) :- r(halt X then _).")
    assert texts(run) == ["a"]
    assert fault(await solve(":- op(0, xfy, ','), halt.\nsolve(1).")).error_class is ErrorClass.PERMISSION


@pytest.mark.parametrize(
    "program",
    [
        ":- use_module(library(lists)), use_module(library(apply)).",
        ":- use_module(library(clpfd), [(#=)/2, label/1]).",
        ":- ensure_loaded(library(lists)).",
        ":- set_prolog_flag(double_quotes, codes).",
        ":- style_check(-singleton).",
        ":- discontiguous p/1, q/2.",
        ":- dynamic p/1.\n:- table q/1.\nq(1).",
        ":- initialization(format('started~n')).",
        "p :- format('~w ~a~n', [x, y]), nb_setval(k, 1), b_setval(l, 2), assertz(q(1)).",
        ":- use_module(library(tabling)).\n:- encoding(utf8).",
    ],
)
async def test_what_harmless_programs_say_is_allowed(solve: Solve, program: str) -> None:
    run = await solve(f"{program}\nsolve(1).")
    assert isinstance(run.ending, Finished), run
