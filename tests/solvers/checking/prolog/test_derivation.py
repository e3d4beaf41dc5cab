"""A derivation is right if each step follows from the program by its rule, and refused otherwise."""

import pytest

from solvers.checking.budget import Budget, NotCheckableError, RefutedError
from solvers.checking.prolog.derivation import Derived, Query, check_derivation
from solvers.checking.prolog.find import Finder
from solvers.checking.prolog.program import make_clause
from solvers.checking.prolog.reader import read_program, read_query
from solvers.checking.prolog.terms import Atom
from solvers.types import Derivation, Rule, Step

FACTS = "a(1).\na(2).\nb(X) :- a(X), X > 1.\nc(_).\nd(X) :- a(X), !.\n"


def derive(program: str, query: str, *steps: Step) -> Derived:
    budget = Budget()
    database = read_program(program, budget)
    term, names = read_query(query, database, budget)
    whole = Query(term, make_clause(Atom("query"), term, 1, budget).body, names)
    return check_derivation(database, whole, Derivation(steps), Finder(database, budget), budget)


def of(goal: str, *premises: int) -> Step:
    return Step(goal, Rule.QUERY, None, premises)


def by(line: int, goal: str, *premises: int) -> Step:
    return Step(goal, Rule.CLAUSE, line, premises)


def step(rule: Rule, goal: str, *premises: int) -> Step:
    return Step(goal, rule, None, premises)


B2 = (of("b(2)", 1), by(3, "b(2)", 2, 3), by(2, "a(2)"), step(Rule.BUILTIN, "2 > 1"))


def test_a_right_derivation_gives_the_values_of_the_answer() -> None:
    found = derive(FACTS, "b(X)", *B2)
    assert found.values == {"X": 2}
    assert found.steps == 4
    assert not found.operational
    assert not found.left_open


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (of("b(1)", 1), *B2[1:]),  # another query than its premise
        (of("a(2)", 1), by(2, "a(2)")),  # another query than the job's
        (of("b(2)"), *B2[1:]),  # rests on nothing
        (of("b(2)", 1, 1), *B2[1:]),
        (of("b(2)", 0), *B2[1:]),
        (of("b(2)", 9), *B2[1:]),
        (of("b(2)", -1), *B2[1:]),
        (B2[1], *B2[1:]),  # no query
        (B2[0], of("b(2)", 2, 3), *B2[2:]),  # two
        (*B2, by(1, "a(1)")),  # a step for nothing
        (B2[0], by(2, "b(2)", 2, 3), *B2[2:]),  # another line
        (B2[0], by(99, "b(2)", 2, 3), *B2[2:]),
        (B2[0], step(Rule.CLAUSE, "b(2)", 2, 3), *B2[2:]),  # no line
        (Step("b(2)", Rule.QUERY, 3, (1,)), *B2[1:]),
        (B2[0], by(3, "b(2)", 3, 2), *B2[2:]),  # premises in another order
        (B2[0], by(3, "b(2)", 2), by(2, "a(2)")),
        (B2[0], by(3, "b(2)", 2, 3, 3), *B2[2:]),
        (B2[0], by(3, "b(2)", 1, 3), *B2[2:]),  # rests on itself
        (*B2[:2], by(1, "a(2)"), B2[3]),  # the fact of another
        (*B2[:2], by(2, "a(1)"), B2[3]),
        (*B2[:2], step(Rule.BUILTIN, "a(2)"), B2[3]),  # the program's own
        (*B2[:2], step(Rule.CONSTRAINT, "a(2)"), B2[3]),
        (*B2[:3], step(Rule.BUILTIN, "2 > 2")),
        (*B2[:3], step(Rule.CONSTRAINT, "2 > 1")),
        (*B2[:3], by(3, "2 > 1")),
        (*B2[:2], step(Rule.BUILTIN, "a(2)", 3), B2[3]),  # a leaf with a premise
        (of("b(_A)", 1), by(3, "b(_A)", 2, 3), by(2, "a(_A)"), step(Rule.BUILTIN, "_A > 1")),  # a(2) does not say so
    ],
)
def test_a_wrong_derivation_is_refused(steps: tuple[Step, ...]) -> None:
    with pytest.raises(RefutedError):
        derive(FACTS, "b(X)", *steps)


def test_a_general_fact_holds_of_a_variable_and_of_everything() -> None:
    for term in ("_A", "X", "f(_A, _A)", "3"):
        derive(FACTS, "c(X)", of(f"c({term})", 1), by(4, f"c({term})"))


def test_one_variable_of_a_clause_is_one_term_throughout() -> None:
    program = "p(X, Y) :- q(X), q(Y).\nq(_).\n"
    right = (of("p(1, _A)", 1), by(1, "p(1, _A)", 2, 3), by(2, "q(1)"), by(2, "q(_A)"))
    derive(program, "p(X, Y)", *right)
    with pytest.raises(RefutedError):
        derive(program, "p(X, Y)", *right[:3], by(2, "q(_B)"))
    with pytest.raises(RefutedError):
        derive(program, "p(X, X)", *right)


def test_numbers_of_another_kind_are_other_numbers() -> None:
    for value in ("1.0", "3r2", "01.0", '"1"', "'1'"):
        with pytest.raises((RefutedError, NotCheckableError)):
            derive("a(1).", "a(X)", of(f"a({value})", 1), by(1, f"a({value})"))


CONTROL = [
    ("( a(1) ; fail )", Rule.LEFT, True),
    ("( a(1) ; fail )", Rule.RIGHT, False),
    ("( fail ; a(1) )", Rule.RIGHT, True),
    ("( fail ; a(1) )", Rule.LEFT, False),
    ("( a(1) -> true ; fail )", Rule.THEN, True),
    ("( a(1) -> true ; fail )", Rule.LEFT, False),
    ("( a(1) *-> true ; fail )", Rule.THEN, True),
    ("( true -> a(1) ; fail )", Rule.THEN, True),
    ("( fail -> true ; a(1) )", Rule.ELSE, True),
    ("( fail -> true ; a(1) )", Rule.RIGHT, False),
    ("( fail *-> true ; a(1) )", Rule.ELSE, True),
    ("( a(1) -> true )", Rule.THEN, True),
    ("once(a(1))", Rule.CALL, True),
    ("ignore(a(1))", Rule.CALL, True),
    ("call(a, 1)", Rule.CALL, True),
    ("call(a(1))", Rule.CALL, True),
    ("user:a(1)", Rule.CALL, True),
    ("lists:a(1)", Rule.CALL, False),
    ("call(a, 2)", Rule.CALL, False),
    ("once(a(2))", Rule.CALL, False),
    ("\\+ a(1)", Rule.CALL, False),
    ("findall(X, a(X), [1, 2])", Rule.CALL, False),
]


@pytest.mark.parametrize(("goal", "rule", "right"), CONTROL)
def test_a_control_construct_rests_on_the_branch_that_was_taken(goal: str, rule: Rule, right: bool) -> None:
    steps = (of(goal, 1), step(rule, goal, 2), by(1, "a(1)"))
    if right:
        derive(FACTS, goal, *steps)
    else:
        with pytest.raises(RefutedError):
            derive(FACTS, goal, *steps)


LEAVES = [
    (Rule.FAILURE, "\\+ a(3)", True),
    (Rule.FAILURE, "not(a(3))", True),
    (Rule.FAILURE, "a(3)", False),
    (Rule.FAILURE, "c(3)", False),
    (Rule.ALL, "findall(X, a(X), [1, 2])", True),
    (Rule.ALL, "forall(a(X), X > 0)", True),
    (Rule.ALL, "aggregate_all(count, a(_A), 2)", True),
    (Rule.ALL, "member(1, [1])", False),
    (Rule.BUILTIN, "3 is 1 + 2", True),
    (Rule.BUILTIN, "3 is 1 + 1", False),
    (Rule.BUILTIN, "1r3 is 1 rdiv 3", True),
    (Rule.BUILTIN, "length([_A, _B], 2)", True),
    (Rule.BUILTIN, "length([_A, _A], 2)", True),
    (Rule.BUILTIN, "length(_A, 2)", False),
    (Rule.BUILTIN, "member(_A, [1])", False),
    (Rule.BUILTIN, "member(_A, [_A, 1])", True),
    (Rule.BUILTIN, "member(_A, [_B])", False),
    (Rule.BUILTIN, "_A = 1", False),
    (Rule.BUILTIN, "_A = _B", False),
    (Rule.BUILTIN, "f(_A) = f(_A)", True),
    (Rule.CONSTRAINT, "dif(1, 2)", True),
    (Rule.CONSTRAINT, "dif(1, 1)", False),
    (Rule.CONSTRAINT, "member(1, [1])", False),
]


@pytest.mark.parametrize(("rule", "goal", "right"), LEAVES)
def test_a_leaf_is_true_as_it_stands(rule: Rule, goal: str, right: bool) -> None:
    steps = (of(goal, 1), step(rule, goal))
    if right:
        assert not derive(FACTS, goal, *steps).left_open
    else:
        with pytest.raises(RefutedError):
            derive(FACTS, goal, *steps)


@pytest.mark.parametrize(
    ("rule", "goal"),
    [
        (Rule.FAILURE, "\\+ a(1)"),
        (Rule.FAILURE, "\\+ a(_A)"),
        (Rule.ALL, "findall(1, a(1), [1, 2])"),
        (Rule.ALL, "findall(X, a(X), [1])"),
        (Rule.ALL, "findall(X, a(X), _L)"),
        (Rule.ALL, "forall(a(X), X > 1)"),
        (Rule.ALL, "aggregate_all(count, a(_A), 3)"),
        (Rule.BUILTIN, "var(1)"),
        (Rule.BUILTIN, "a \\== a"),
        (Rule.BUILTIN, "fail"),
    ],
)
def test_what_is_false_of_the_final_values_may_have_been_true_before(rule: Rule, goal: str) -> None:
    """`findall(X, a(X), L), X = 1` is shown as `findall(1, a(1), [1, 2])`: the search for the answers decides."""
    found = derive(FACTS, goal, of(goal, 1), step(rule, goal))
    assert found.left_open
    assert found.operational


CONSTRAINTS = [
    ("clpq", "{10r3 = 10 / 3}", True),
    ("clpq", "{7r2 = 10 / 3}", False),
    ("clpr", "{0.3333333333333333 = 1 / 3}", True),
    ("clpr", "{0.3333 = 1 / 3}", False),
    ("clpfd", "3 #= 1 + 2", True),
    ("clpfd", "3 #= 1 + 1", False),
    ("clpfd", "[1, 2] ins 1..2", True),
    ("clpfd", "[1, 3] ins 1..2", False),
    ("clpfd", "all_different([1, 2, 1])", False),
    ("clpfd", "label([1, 2])", True),
]


@pytest.mark.parametrize(("library", "goal", "right"), CONSTRAINTS)
def test_a_constraint_holds_of_the_values(library: str, goal: str, right: bool) -> None:
    program = f":- use_module(library({library})).\n"
    steps = (of(goal, 1), step(Rule.CONSTRAINT, goal))
    if right:
        assert not derive(program, goal, *steps).operational
    else:
        with pytest.raises(RefutedError):
            derive(program, goal, *steps)


@pytest.mark.parametrize(
    ("program", "goal"),
    [
        (":- use_module(library(clpfd)).\n", "_A #> 3"),
        (":- use_module(library(clpq)).\n", "{_A > 3}"),
        (":- use_module(library(clpq)).\n", "sup(_A, 3)"),
        (":- use_module(library(clpq)).\n", "{0.3333333333333333 = 1 / 3}"),
        ("", "dif(_A, b)"),
    ],
)
def test_a_constraint_without_exact_values_is_left_to_the_search(program: str, goal: str) -> None:
    found = derive(program, goal, of(goal, 1), step(Rule.CONSTRAINT, goal))
    assert found.left_open
    assert found.operational


@pytest.mark.parametrize(
    ("query", "steps"),
    [
        ("d(X)", (of("d(2)", 1), by(5, "d(2)", 2), by(2, "a(2)"))),  # the cut leaves d(1) alone
        ("once(a(X))", (of("once(a(2))", 1), step(Rule.CALL, "once(a(2))", 2), by(2, "a(2)"))),
        (
            "( a(X) -> true ; true )",
            (of("( a(2) -> true ; true )", 1), step(Rule.THEN, "( a(2) -> true ; true )", 2), by(2, "a(2)")),
        ),
        ("\\+ a(X), X = 3", (of("\\+ a(3), 3 = 3", 1, 2), step(Rule.FAILURE, "\\+ a(3)"), step(Rule.BUILTIN, "3 = 3"))),
        ("atom(X), X = k", (of("atom(k), k = k", 1, 2), step(Rule.BUILTIN, "atom(k)"), step(Rule.BUILTIN, "k = k"))),
        ("X == k, X = k", (of("k == k, k = k", 1, 2), step(Rule.BUILTIN, "k == k"), step(Rule.BUILTIN, "k = k"))),
        ("a(X), !", (of("a(2), !", 1), by(2, "a(2)"))),
    ],
)
def test_a_step_that_depends_on_its_moment_does_not_make_an_answer(query: str, steps: tuple[Step, ...]) -> None:
    """Each of these is a derivation step by step, and none is an answer."""
    assert derive(FACTS, query, *steps).operational


@pytest.mark.parametrize("goal", ["( true -> true ; a(1) )", "( a(2) -> true ; a(1) )"])
def test_whether_a_condition_failed_then_is_left_to_the_search(goal: str) -> None:
    found = derive(FACTS, goal, of(goal, 1), step(Rule.ELSE, goal, 2), by(1, "a(1)"))
    assert found.left_open
    assert found.operational


def test_a_name_that_the_program_defines_is_never_the_librarys() -> None:
    program = "append(1, 2, 3).\nmember(x, y).\n"
    goal = "append([1], [2], [1, 2])"
    with pytest.raises(RefutedError):
        derive(program, goal, of(goal, 1), step(Rule.BUILTIN, goal))
    derive(program, "member(x, y)", of("member(x, y)", 1), by(2, "member(x, y)"))


def test_a_derivation_of_many_steps_takes_no_recursion() -> None:
    count = 20_000
    program = "p(X) :- q(X).\nq(0).\nq(X) :- p(X).\n"
    lines = [by(1, "p(0)", place + 1) if place % 2 else by(3, "q(0)", place + 1) for place in range(1, count)]
    last = by(2, "q(0)")
    assert derive(program, "p(X)", of("p(0)", 1), *lines, last).steps == count + 1
    deep = "f(" * 5_000 + "0" + ")" * 5_000
    derive("p(_).", "p(X)", of(f"p({deep})", 1), by(1, f"p({deep})"))


def test_text_that_is_no_term_is_not_checkable() -> None:
    for text in ("", "a(1", "a(1). a(2)", "a(1) a", "\x00", "'"):
        with pytest.raises(NotCheckableError):
            derive(FACTS, "a(X)", of(text, 1), by(1, "a(1)"))


def test_a_derivation_keeps_the_limits() -> None:
    program = "l(X) :- l(X).\n"
    goal = "\\+ l(1)"
    assert derive(program, goal, of(goal, 1), step(Rule.FAILURE, goal)).left_open
    with pytest.raises(NotCheckableError):
        derive("a(1).", "a(X)", of("a(" + "9" * 100_000 + ")", 1), by(1, "a(1)"))
