"""Certificates that somebody made up to be believed, or to keep the checker busy, and what it says of them."""

import time
import tracemalloc

import pytest

from solvers import Job, Language, Program
from solvers.certificates import Certificate, CheckReport, CheckResult
from solvers.checking import check_certificate
from solvers.types import Answers, Derivation, Derivations, NoAnswer, Rule, Step, Substitution, Value, ValueKind

ENDLESS = "q :- q.\nq.\n"
"""A predicate whose search does not end, although it holds."""

SLACK = 1.5
"""Seconds; this machine may be busy."""


def said(
    program: str, query: str, x: int | str | None = None, steps: tuple[Step, ...] = (), seconds: float = 1.0
) -> CheckReport:
    """What is said of the claim that `x` is an answer among others, or of None: that there is no answer."""
    outcome: Answers | NoAnswer = NoAnswer()
    if x is not None:
        value = Value(str(x), ValueKind.INTEGER if isinstance(x, int) else ValueKind.COMPOUND)
        outcome = Answers((Substitution({"X": value}),), exhausted=False)
    evidence = Derivations((Derivation(steps),)) if steps else None
    return check_certificate(Certificate(Job(Program(Language.PROLOG, program), query), outcome, evidence), seconds)


def step(goal: str, rule: Rule, *premises: int, line: int | None = None) -> Step:
    return Step(goal, rule, line, premises)


# A model that was given up


@pytest.mark.parametrize(
    ("program", "query"),
    [
        (":- table n/1.\nn(0).\nn(Y) :- n(X), X < 5, Y is X + 1 + 0 * (1 // (2 - X)).\n", "\\+ n(1)"),
        (":- table d/2.\nd(0, z).\nd(M, f(X)) :- d(N, X), N < 60, M is N + 1.\n", "\\+ d(1, f(z))"),
    ],
)
def test_a_least_model_that_cannot_be_completed_is_no_smaller_when_it_is_made_again(program, query):
    steps = (step(query, Rule.QUERY, 1), step(query, Rule.FAILURE))
    outcome = Answers((Substitution({}),), exhausted=True)
    certificate = Certificate(Job(Program(Language.PROLOG, program), query), outcome, Derivations((Derivation(steps),)))
    report = check_certificate(certificate)
    assert report.result is CheckResult.NOT_CHECKABLE, report


# Claims


@pytest.mark.parametrize(
    "goal",
    [
        "call((member({}, [1, 2]), !))",
        "call((member({}, [1, 2]), ! ; fail))",
        "user:(member({}, [1, 2]), !)",
        "call(call, (member({}, [1, 2]), !))",
    ],
)
def test_a_cut_in_what_is_called_takes_a_search(goal):
    called = goal.format("2")
    steps = [step("p(2), q", Rule.QUERY, 1, 2), step("p(2)", Rule.CLAUSE, 3, line=3), step("q", Rule.CLAUSE, line=2)]
    if goal.startswith("call(call"):
        steps += [step(called, Rule.CALL, 4), step("call((member(2, [1, 2]), !))", Rule.CALL, 5)]
    elif ";" in goal:
        steps += [step(called, Rule.CALL, 4), step("(member(2, [1, 2]), ! ; fail)", Rule.LEFT, 5)]
    else:
        steps += [step(called, Rule.CALL, 4)]
    steps.append(step("member(2, [1, 2])", Rule.BUILTIN))
    report = said(f"{ENDLESS}p(X) :- {goal.format('X')}.\n", "p(X), q", 2, tuple(steps), seconds=0.2)
    assert report.result is CheckResult.NOT_CHECKABLE, report


@pytest.mark.parametrize("goal", ["#=({0}, 3)", "{{{0} = 3}}"])
def test_a_constraint_of_a_library_that_is_not_loaded_shows_nothing(goal):
    steps = step(goal.format(3), Rule.QUERY, 1), step(goal.format(3), Rule.CONSTRAINT)
    assert said("", goal.format("X"), 3, steps).result is CheckResult.NOT_CHECKABLE


@pytest.mark.parametrize(
    "changes",
    [
        "does(retract(r(1))).\nq :- does(G), call(G), fail.",
        "does(1).\nq :- atom_concat(retr, act, A), G =.. [A, r(1)], call(G), fail.",
    ],
)
def test_a_derivation_shows_nothing_where_clauses_are_taken_away(changes):
    program = f"r(1).\n{changes}\nq :- r(1).\n"
    steps = (
        step("q, 5 = 5", Rule.QUERY, 1, 2),
        step("q", Rule.CLAUSE, 3, line=4),
        step("5 = 5", Rule.BUILTIN),
        step("r(1)", Rule.CLAUSE, line=1),
    )
    assert said(program, "q, X = 5", 5, steps).result is CheckResult.NOT_CHECKABLE


@pytest.mark.parametrize(
    "goal", ['split_string("/a/", "/", "/", X)', 'split_string("a, b", ", ", " ", X)', 'split_string(" ", " ", " ", X)']
)
def test_a_separator_that_is_padding_as_well_is_not_checkable(goal):
    assert said("", goal, "[]").result is CheckResult.NOT_CHECKABLE
    assert said("", goal).result is CheckResult.NOT_CHECKABLE


# What takes too much

DOUBLED = "d(0, X, X).\nd(N, A, R) :- N > 0, {}, M is N - 1, d(M, B, R).\n"

GREEDY = {
    "an atom that is doubled": (DOUBLED.format("atom_concat(A, A, B)"), "d(60, aaaa, X)"),
    "a string that is doubled": (DOUBLED.format("string_concat(A, A, B)"), 'd(60, "aaaa", X)'),
    "a list that is joined": (DOUBLED.format("atomic_list_concat([A, A], B)"), "d(60, aaaa, X)"),
    "a list that is joined with a long text between": (
        DOUBLED.format("atomic_list_concat([a, b, c, d, e], A, B)"),
        "d(60, aaaa, X)",
    ),
    "many separators": (f'p(X) :- split_string("abc", "{"abcdefghij" * 60_000}", "", X).\n', "p(X)"),
    "a long text, part by part": (
        f"p(X) :- atom_concat(X, Y, {'a' * 500_000}), X == Y, Y == b.\n",
        "p(X)",
    ),
    "parts of a long text": (f"p(X) :- sub_atom({'a' * 500_000}, _, _, 0, X), X == b.\n", "p(X)"),
    "a long text, case by case": (f"p(X) :- upcase_atom(X, Y), p(Y).\nq(X) :- X = {'a' * 500_000}, p(X).\n", "q(X)"),
    "a term with shared parts in a fact": (
        ":- table p/1.\np(X) :- X0 = a, " + "".join(f"X{i + 1} = f(X{i}, X{i}), " for i in range(35)) + "X = X35.\n",
        "p(X)",
    ),
    "shared parts in bagof/3": (DOUBLED.format("B = f(A, A)") + "q(_, 1).\n", "d(45, Z, T), bagof(X, q(T-Y, X), L)"),
    "a term in itself in bagof/3": ("q(_, 1).\n", "T = f(T), bagof(X, q(T-Z, X), L)"),
    "a long list": ("", "length(X, 1900000)"),
    "a list of numbers": ("", "numlist(1, 1900000, X)"),
    "a wide term": ("", "functor(X, f, 1900000)"),
}


@pytest.mark.parametrize("name", GREEDY)
@pytest.mark.parametrize("seconds", [0.05, 0.5])
def test_the_limit_is_kept(name, seconds):
    program, query = GREEDY[name]
    started = time.process_time()
    said(program, query, "[]", seconds=seconds)
    assert time.process_time() - started < seconds + SLACK


@pytest.mark.parametrize("name", [name for name in GREEDY if "doubled" in name or "list" in name])
def test_memory_is_kept_within_bounds(name):
    program, query = GREEDY[name]
    tracemalloc.start()
    try:
        said(program, query, "[]", seconds=0.5)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("library", "goal", "rule"),
    [
        ("clpb", "sat(X)", Rule.CONSTRAINT),
        ("clpfd", "empty_fdset(X)", Rule.CONSTRAINT),
        ("simplex", "gen_state(X)", Rule.CONSTRAINT),
        ("clpq", "minimize(X)", Rule.BUILTIN),
    ],
)
def test_a_constraint_that_is_unknown_here_is_no_fault_of_the_engine(library, goal, rule):
    goal = goal.replace("X", "1")
    steps = step(f"1 = 1, {goal}", Rule.QUERY, 1, 2), step("1 = 1", Rule.BUILTIN), step(goal, rule)
    report = said(f":- use_module(library({library})).\n", f"X = 1, {goal}", 1, steps)
    assert report.result is not CheckResult.REFUTED


@pytest.mark.parametrize("program", ["p('$VAR'(1)).\n", "p(X) :- X = f(Y), numbervars(X, 0, _).\n"])
def test_numbered_variables_are_not_checkable(program):
    assert said(program, "p(X)", "'$VAR'(1)").result is CheckResult.NOT_CHECKABLE


# Constraints over integers from which the engine does not draw every conclusion

PIGEONS = "[A, B, C] ins 0..1, all_different([A, B, C])"
"""Has no solution, which the engine finds out when the variables are given values."""

COMMITTED = [
    "({0} -> X = 1 ; X = 2)",
    "({0} *-> X = 1 ; X = 2)",
    "(\\+ ({0}) -> X = 2 ; X = 1)",
    "findall(x, ({0}), [])",
    "once(({0} ; X = 2))",
    "({0} ; X = 2), !",
    "one(X)",
    "ignore(({0}, fail)), X = 2",
    "forall(({0}), fail), X = 2",
    "catch(({0}, X is foo + 1), _, X = 1)",
    "([A, B, C] ins 0..1, all_different([A, B, C]), label([A]) -> X = 1 ; X = 2)",
    "([A, B] ins 1..2, element(A, [A, B], B), B #\\= 0), (all_different([A, B]) -> X = 1 ; X = 2)",
]


@pytest.mark.parametrize("goal", COMMITTED)
@pytest.mark.parametrize("claim", [1, 2, None])
def test_what_the_engine_may_not_notice_commits_to_nothing(goal, claim):
    program = f":- use_module(library(clpfd)).\none(1) :- {PIGEONS}, !.\none(2).\n"
    report = said(program + f"p(X) :- {goal.format(PIGEONS)}.\n", "p(X)", claim)
    assert report.result is CheckResult.NOT_CHECKABLE, report


def test_values_that_are_tried_leave_no_doubt():
    program = ":- use_module(library(clpfd)).\np(X) :- (member(X, [1, 2]), X #> 1 -> true ; X = 3).\n"
    assert said(program, "p(X)", 2).result is CheckResult.CONFIRMED
    goals = "findall(Y, (Y in 1..9, Y mod 4 #= 1, label([Y])), Z), sum_list(Z, X)"
    program = f":- use_module(library(clpfd)).\np(X) :- {goals}.\n"
    assert said(program, "p(X)", 15).result is CheckResult.CONFIRMED


TIED = ":- use_module(library(clpfd)).\np(X, Y) :- [X, Y] ins 1..3, X + Y #= 4, once(labeling([max(X * Y)], [X, Y])).\n"


def test_any_of_the_best_labellings_may_be_the_engines():
    tied = TIED.replace("X * Y", "X + Y")
    for claim in (1, 2, 3, None):
        assert said(tied, "p(X, _)", claim).result is CheckResult.NOT_CHECKABLE
    assert said(TIED, "p(X, _)", 2).result is CheckResult.CONFIRMED
    assert said(TIED, "p(X, _)", 1).result is not CheckResult.CONFIRMED


@pytest.mark.parametrize(
    "goal",
    [
        "atomic_list_concat(a, -, b)",
        "atomic_list_concat([f(x), y], -, b)",
        "[1, 2, 3] =.. [1, 2, 3]",
        "nth0(a, [], _)",
    ],
)
def test_errors_of_type_are_no_failures(goal):
    assert said("", goal).result is CheckResult.NOT_CHECKABLE


@pytest.mark.parametrize("best", ["max", "min"])
def test_the_best_of_nothing_is_not_checkable_where_it_is_given(best):
    assert said("", f"aggregate_all({best}(Y), fail, 3)").result is CheckResult.NOT_CHECKABLE
    assert said("", f"aggregate_all({best}(Y), fail, _)").result is CheckResult.CONFIRMED


# Claims of great length


@pytest.mark.parametrize("digits", [4_200, 4_301, 4_999, 2_000_000])
@pytest.mark.parametrize("kind", [ValueKind.INTEGER, ValueKind.RATIONAL, ValueKind.FLOAT])
def test_numbers_of_many_digits_are_not_checkable(digits, kind):
    end = {ValueKind.INTEGER: "", ValueKind.RATIONAL: "/3", ValueKind.FLOAT: ".5"}[kind]
    outcome = Answers((Substitution({"X": Value("1" * digits + end, kind)}),), exhausted=False)
    report = check_certificate(Certificate(Job(Program(Language.PROLOG, "p(1)."), "p(X)"), outcome, None), 0.5)
    assert report.result is not CheckResult.CONFIRMED
    assert "fault" not in report.reason


@pytest.mark.parametrize("text", ["f('" + "\\x41\\" * 2_000_000 + "')", "[" + "a, " * 500_000 + "a]", "f(" * 400_000])
def test_long_claims_keep_the_limit(text):
    started = time.process_time()
    assert said("p(1).", "p(X)", text, seconds=0.05).result is CheckResult.NOT_CHECKABLE
    assert said("p(1).", "p(X)", 1, (step(f"p({text})", Rule.QUERY),), 0.05).result is CheckResult.NOT_CHECKABLE
    assert time.process_time() - started < 0.1 + SLACK


def test_the_reason_is_brief_where_the_variables_are_many():
    query = "p(" + ", ".join(f"X{number}" for number in range(20_000)) + ")"
    assert len(said("p(1).", query, 1).reason) < 1_000
