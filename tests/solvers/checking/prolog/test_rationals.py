from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.constraints import Constraints
from solvers.checking.prolog.rational_terms import decimal
from solvers.checking.prolog.terms import Real, Trail
from tests.solvers.checking.prolog.posting import every, read, shown, solutions, store_after

NAMES = "WXYZ"
values = st.fractions(min_value=-9, max_value=9, max_denominator=6)
coefficients = st.integers(-4, 4)


def number(value):
    return f"({value.numerator})/({value.denominator})"


def weighted(factors):
    return " + ".join(f"({factor})*{name}" for factor, name in zip(factors, NAMES, strict=True))


def rank(rows):
    rows = [list(map(Fraction, row)) for row in rows]
    found = 0
    for column in range(len(NAMES)):
        pivot = next((row for row in rows[found:] if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(found, pivot)
        for row in rows[found + 1 :]:
            factor = row[column] / pivot[column]
            row[:] = [a - factor * b for a, b in zip(row, pivot, strict=True)]
        found += 1
    return found


systems = st.lists(st.lists(coefficients, min_size=4, max_size=4), min_size=1, max_size=6)
solution_of = st.lists(values, min_size=4, max_size=4)


@settings(max_examples=60, deadline=None)
@given(systems, solution_of, st.permutations(range(6)))
def test_a_system_with_one_solution_is_solved_whatever_the_order(rows, point, order):
    rows = [rows[place] for place in order if place < len(rows)]
    goals = []
    for row in rows:
        total = sum((factor * value for factor, value in zip(row, point, strict=True)), Fraction(0))
        goals.append(f"{{{weighted(row)} = {number(total)}}}")
    (found,) = solutions(", ".join(goals))
    if rank(rows) == len(NAMES):
        assert [found[name] for name in NAMES] == point
    for name, value in zip(NAMES, point, strict=True):
        assert found[name] in ("_", value)


@settings(max_examples=60, deadline=None)
@given(systems, solution_of, st.data())
def test_a_system_around_a_point_lets_the_point_pass_and_no_violation(rows, point, data):
    relations = []
    for row in rows:
        total = sum((factor * value for factor, value in zip(row, point, strict=True)), Fraction(0))
        relation = data.draw(st.sampled_from(["=", "=<", ">=", "<", ">", "=\\="]))
        slack = {"<": 1, "=<": 1, ">": -1, ">=": -1, "=": 0, "=\\=": 1}[relation]
        relations.append((row, relation, total + slack))
    goals = [f"{{{weighted(row)} {relation} {number(total)}}}" for row, relation, total in relations]
    fixed = [f"{{{name} = {number(value)}}}" for name, value in zip(NAMES, point, strict=True)]
    assert len(solutions(", ".join([*goals, *fixed]))) == 1
    assert len(solutions(", ".join([*fixed, *goals]))) == 1
    row, _, total = relations[0]
    against = f"{{{weighted(row)} > {number(total + 1)}}}, {{{weighted(row)} < {number(total + 1)}}}"
    assert solutions(", ".join([*goals, against])) == []


@settings(max_examples=40, deadline=None)
@given(systems, solution_of)
def test_posting_undoing_and_posting_again_gives_the_same(rows, point):
    goals = []
    for row, value in zip(rows, [*point, *point], strict=False):
        goals += [f"{{{weighted(row)} >= {number(value)}}}", f"{{{weighted(row)} =\\= 7}}, {{W*X = Y}}"]
    terms, names = read(", ".join(goals))
    constraints = Constraints(Trail(), Budget(seconds=60))

    def state():
        return [[shown(var) for var in names.values()] for _ in every(terms, constraints)]

    first = state()
    assert constraints.trail.mark() == 0
    assert not constraints.open()
    assert state() == first


@pytest.mark.parametrize(
    ("goal", "wanted"),
    [
        ("{X = 3.5}", Fraction(7, 2)),
        ("{X = 0.1 + 0.2}", Fraction(3, 10)),
        ("{X = 1r3}", Fraction(1, 3)),
        ("Y = 3/2, {X = Y + 1}", Fraction(5, 2)),
        ("{X = 4/2}", 2),
        ("{X*Y = 6}, {Y = 4}", Fraction(3, 2)),
        ("{Y = X*Z}, Z = 2, {Y = 5}", Fraction(5, 2)),
        ("{X/Y = 2}, Y = 3", 6),
        ("{X = min(3, Y)}, {Y = 1/2}", Fraction(1, 2)),
        ("{X = max(Y, 3)}, {Y = 4}", 4),
        ("{X = abs(Y)}, {Y = -4}", 4),
        ("{X = 2^3}", 8),
        ("{X = 2^(-1)}", Fraction(1, 2)),
        ("{X >= 3, X =< 3}", 3),
        ("{X + Y =< 0, X >= 0, Y >= 0}", 0),
        ("{X + Y = 10, X - Y = 2}", 6),
        ("{X = Y}, {Y = Z}, Z = 4", 4),
        ("{X = Y + Z}, X = Y, {Y + Z = 8, X = 8}", 8),
        ("{X =< 5}, maximize(X)", 5),
        ("{Y =< 5}, sup(2*Y + 1, X)", 11),
        ("{Y >= 5}, inf(Y, X)", 5),
        ("{X >= 2}, minimize(3*X)", 2),
        ("{Y < 5}, sup(Y, X)", 5),
        ("{2*Y >= 7}, bb_inf([Y], Y, X)", 4),
        ("{3*A + 5*B =< 17, A >= 0, B >= 0}, bb_inf([A,B], -4*A - 7*B, X)", -23),
    ],
)
def test_the_value_of_x(goal, wanted):
    (found,) = solutions(goal)
    assert found["X"] == wanted
    assert type(found["X"]) is type(wanted)


@pytest.mark.parametrize(
    "goal",
    [
        "{X = 7/0}",
        "{X/Y = 2}, Y = 0",
        "{X < Y, Y < X}",
        "{X =\\= 3, X = 3}",
        "{X =\\= Y}, X = Y",
        "{X =\\= 3, X >= 3, X =< 3}",
        "{X >= 3}, X = 2",
        "{X + Y = 3, X + Y = 4}",
        "{X < 5}, maximize(X)",
        "{X >= 0}, sup(X, Y)",
        "{X >= 3}, entailed(X > 4)",
        "{X > Y}, X = Y",
        "{X >= 1; X >= 2}, {X < 1}",
    ],
)
def test_there_is_no_solution(goal):
    assert solutions(goal) == []


@pytest.mark.parametrize(
    "goal",
    [
        "{X}",
        "{X = a}",
        "{X = Y + foo}",
        "{true}",
        '{X = "a"}',
        "{X = 5 mod 2}",
        "{X >= 3}, X = a",
        "{X >= 3}, X = 4.5",
        "{X = 2^(1/2)}",
        "{X = 0^(-1)}",
        "{X = 2^30000}",
        "{X*Y = 1}, sup(X, Z)",
        "{X < 3}, bb_inf([X], -X, Y)",
        "{X = 3.141592653589793}",
        "{X = " + "-(" * 200 + "1" + ")" * 200 + "}",
    ],
)
def test_what_is_beyond_the_check(goal):
    with pytest.raises(NotCheckableError):
        solutions(goal, Budget(seconds=5))


def test_a_disjunction_is_tried_both_ways():
    assert solutions("{X = 1 ; X = 2}") == [{"X": 1}, {"X": 2}]
    assert solutions("{X > 1, (Y = X ; Y = 3), X = 2}") == [{"X": 2, "Y": 2}, {"X": 2, "Y": 3}]


def test_two_unknowns_that_are_equal_stay_two():
    _, names = store_after("{X = Y}")
    assert names["X"].value is None
    assert names["Y"].value is None


def test_what_is_not_linear_stays_undecided():
    constraints, names = store_after("{X*X = 4}")
    assert constraints.undecided()
    assert constraints.constrains(names["X"])
    constraints, _ = store_after("{X >= 4}")
    assert constraints.open()
    assert not constraints.undecided()
    assert not store_after("{X >= 4}, X = 5")[0].open()


def test_what_the_store_entails():
    assert solutions("{X >= 3}, entailed(X > 2)")
    assert solutions("{X >= 3}, entailed(X =\\= 2)")
    assert solutions("{X >= 0, X =\\= 0}, entailed(X > 0)")
    assert solutions("{X = Y + 1, Y = Z}, entailed(X = Z + 1)")


def test_a_value_of_clpr_is_told_apart_from_an_integer():
    (found,) = solutions("{X = 0.5 + 1.5}", reals=True)
    assert found["X"] == 2
    assert type(found["X"]) is Real


def test_floats_of_clpr_are_compared_by_constraints_alone():
    assert solutions("{X = 2}, X = 2", reals=True) == []  # 2.0 is not 2
    assert solutions("{X = 2}, Y = X, {Y = 2.0}", reals=True)
    for goal in ("{X = 2}, X = 2.0", "{X = 2, Y = 2}, X = Y"):
        with pytest.raises(NotCheckableError):
            solutions(goal, reals=True)


@given(st.decimals(min_value=-999, max_value=999, places=4))
def test_a_short_decimal_is_what_is_written(written):
    assert decimal(float(written)) == Fraction(str(written))


def test_a_decimal_that_the_engine_may_read_otherwise_is_not_checkable():
    for value in (0.3333333333333333, 1.0e-20, float("inf"), float("nan")):
        with pytest.raises(NotCheckableError):
            decimal(value)
