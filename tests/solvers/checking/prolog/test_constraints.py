import pytest

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.constraints import Constraints, branches, holds, is_constraint
from solvers.checking.prolog.terms import Trail
from tests.solvers.checking.prolog.posting import read, solutions, store_after


def goal(text):
    (found,), _ = read(text)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "{7r2 = 3 + 0.5}",
        "{3 >= 2, 1 < 2}",
        "{1 = 2 ; 2 = 2}",
        "{1 =\\= 2}",
        "{10 = max(3, 5) * 2}",
        "3 #= 1 + 2",
        "3 #\\= 4",
        "0 #<==> (3 #= 4)",
        "#\\ (5 // 0 #= 1)",
        "3 in 1..4",
        "[1,2] ins 0..sup",
        "all_different([1,2,3])",
        "all_distinct([1,2,3])",
        "sum([1,2], #=, 3)",
        "scalar_product([2,3], [1,1], #=, 5)",
        "tuples_in([[1,2]], [[1,2],[3,4]])",
        "element(2, [5,6], 6)",
        "global_cardinality([1,1], [1-2,3-0])",
        "circuit([2,1])",
        "chain([1,2,3], #<)",
        "lex_chain([[1,2],[1,3]])",
        "label([1,2])",
        "labeling([ff,down], [1,2])",
        "indomain(3)",
        "dif(a, b)",
        "dif(f(X,a), f(Y,b))",
    ],
)
def test_what_holds(text):
    assert holds(goal(text), Budget())


@pytest.mark.parametrize(
    "text",
    [
        "{7r2 = 3}",
        "{3 = 2.999999}",
        "{3 >= 2, 2 < 2}",
        "{1 = 2 ; 2 = 3}",
        "{1 = 1/0}",
        "3 #= 1 + 3",
        "3 #\\= 3",
        "1 #<==> (3 #= 4)",
        "5 // 0 #= 1",
        "5 in 1..4",
        "[1,-2] ins 0..sup",
        "all_different([1,2,1])",
        "sum([1,2], #=, 4)",
        "tuples_in([[1,4]], [[1,2],[3,4]])",
        "element(3, [5,6], 6)",
        "global_cardinality([1,2], [1-1,3-1])",
        "circuit([2,1,3])",
        "circuit([1,2])",
        "chain([1,3,2], #<)",
        "dif(a, a)",
        "dif(X, X)",
    ],
)
def test_what_does_not_hold(text):
    assert not holds(goal(text), Budget())


@pytest.mark.parametrize(
    "text",
    [
        "{X = 3}",
        "{a = a}",
        "X #= 3",
        "a #= a",
        "1.0 #= 1",
        "{1 = 1.0e-20}",
        "labeling([min(3)], [3])",
        "label([a])",
        "sup(3, 3)",
        "maximize(3)",
        "entailed(3 > 2)",
        "freeze(a, true)",
        "when(a, b)",
        "dif(X, a)",
        "automaton([1], [], [])",
        "foo",
    ],
)
def test_what_cannot_be_checked_alone(text):
    with pytest.raises(NotCheckableError):
        holds(goal(text), Budget())


def test_floats_of_clpr_need_only_be_near():
    near = goal("{0.30000000000000004 = 0.1 + 0.2}")
    assert holds(near, Budget(), reals=True)
    assert not holds(goal("{0.3001 = 0.1 + 0.2}"), Budget(), reals=True)
    assert holds(goal("{0.30000000000000004 >= 0.1 + 0.2}"), Budget(), reals=True)
    for close in ("{0.30000000000000004 > 0.1 + 0.2}", "{0.30000000000000004 =\\= 0.1 + 0.2}"):
        with pytest.raises(NotCheckableError):
            holds(goal(close), Budget(), reals=True)


def test_terms_that_are_to_differ_are_kept_apart():
    assert solutions("dif(X, Y), X = 1, Y = 1") == []
    assert solutions("dif(X, Y), X = Y") == []
    assert solutions("dif(X, Y), X = 1, Y = 2") == [{"X": 1, "Y": 2}]
    assert solutions("dif(f(X,Y), f(1,2)), X = 1, Y in 2..2") == []


def test_a_dif_stays_open_until_it_is_decided():
    constraints = Constraints(Trail(), Budget())
    (first,), names = read("dif(X, 1)")
    assert constraints.post(first)
    assert constraints.open()
    mark = constraints.trail.mark()
    constraints.trail.bind(names["X"], 2)
    assert constraints.wake()
    assert not constraints.open()
    constraints.trail.undo(mark)
    assert constraints.open()
    constraints.trail.bind(names["X"], 1)
    assert not constraints.wake()
    constraints.trail.undo(0)
    assert not constraints.open()


def test_what_one_store_finds_the_other_knows():
    assert solutions("X in 1..9, {X + Y = 5}, {X - Y = 1}") == [{"X": 3, "Y": 2}]
    assert solutions("X in 1..9, {X + Y = 50}, {X - Y = 2}") == []
    assert solutions("dif(X, 3), {X + Y = 5}, {X - Y = 1}") == []


def test_two_stores_on_one_variable_are_undecided_together():
    assert store_after("X in 1..2, {X > 1}")[0].undecided()
    assert not store_after("X in 1..2, {Y > 1}")[0].undecided()


def test_a_disjunction_is_taken_apart():
    assert len(branches(goal("{X = 1 ; X = 2, Y = 3}"), Budget())) == 2
    with pytest.raises(NotCheckableError):
        Constraints(Trail(), Budget()).post(goal("{X = 1 ; X = 2}"))


def test_predicates_of_constraint_solving_are_known():
    assert is_constraint("{}", 1)
    assert is_constraint("#=", 2)
    assert is_constraint("labeling", 2)
    assert is_constraint("freeze", 2)
    assert not is_constraint("append", 3)


def test_a_store_that_is_wide_ends_at_the_budget():
    text = ", ".join(f"{{X{n} + X{(n * 7 + 3) % 40} * {n % 5 + 2} >= X{(n * 11 + 5) % 40}}}" for n in range(40))
    with pytest.raises(NotCheckableError):
        solutions(text, Budget(steps=5_000))
