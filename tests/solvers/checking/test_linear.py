from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solvers.checking.budget import Budget, NotCheckableError, RefutedError
from solvers.checking.linear import Constraint, Linear, Relation, check_farkas, quotient, refutes, satisfied, tightened
from solvers.checking.simplex import feasible_point, infeasible, optimum

numbers = st.fractions(min_value=-5, max_value=5, max_denominator=4)
linears = st.builds(Linear, numbers, st.dictionaries(st.sampled_from("xyz"), numbers, max_size=3))
inequalities = st.sampled_from([Relation.AT_LEAST, Relation.ABOVE, Relation.EQUAL])
systems = st.lists(st.builds(Constraint, linears, inequalities), max_size=5)


def at_least(constant, **coefficients):
    return Constraint(Linear(constant, coefficients), Relation.AT_LEAST)


def above(constant, **coefficients):
    return Constraint(Linear(constant, coefficients), Relation.ABOVE)


def equal(constant, **coefficients):
    return Constraint(Linear(constant, coefficients), Relation.EQUAL)


def different(constant, **coefficients):
    return Constraint(Linear(constant, coefficients), Relation.DIFFERENT)


@given(systems)
def test_a_system_has_either_a_solution_or_multipliers_that_refute_it(constraints):
    point, multipliers = feasible_point(constraints, Budget()), infeasible(constraints, Budget())
    assert (point is None) != (multipliers is None)
    if point is not None:
        assert satisfied(constraints, point, Budget())
    else:
        check_farkas(constraints, multipliers, Budget())


@given(st.lists(linears, max_size=7), st.lists(st.integers(-3, 3), min_size=3, max_size=3))
def test_a_system_made_around_a_point_has_a_solution(expressions, values):
    point = dict(zip("xyz", map(Fraction, values), strict=True))
    constraints = []
    for expression in expressions:
        value = expression.at(point, Budget())
        relation = Relation.EQUAL if value == 0 else Relation.ABOVE if value > 0 else Relation.AT_LEAST
        constraints.append(Constraint(expression if value >= 0 else expression.times(-1, Budget()), relation))
    assert feasible_point(constraints, Budget()) is not None


@settings(max_examples=50)
@given(systems, linears)
def test_an_optimum_is_bounded_by_its_multipliers_and_reached_or_approached(constraints, expression):
    assume(feasible_point(constraints, Budget()) is not None)
    found = optimum(expression, constraints, Budget())
    below = 10**6 if found is None else found[0] - Fraction(1, 10**6)
    near = Constraint(expression.plus(Linear(below), -1, Budget()), Relation.ABOVE)
    assert feasible_point([*constraints, near], Budget()) is not None
    if found is not None:
        over = Constraint(expression.plus(Linear(found[0]), -1, Budget()), Relation.ABOVE)
        assert infeasible([*constraints, over], Budget()) is not None


@given(st.data())
def test_multipliers_changed_in_one_place_are_refused_unless_they_refute_as_well(data):
    constraints = data.draw(systems)
    multipliers = infeasible(constraints, Budget())
    assume(multipliers is not None)
    place = data.draw(st.integers(0, len(multipliers) - 1))
    changed = list(multipliers)
    changed[place] += data.draw(numbers.filter(bool))
    # What they say, worked out at two points and from the definition.
    total = Linear()
    for constraint, multiplier in zip(constraints, changed, strict=True):
        total = total.plus(constraint.linear, multiplier, Budget())
    used = [c.relation for c, m in zip(constraints, changed, strict=True) if m]
    turned = any(m < 0 and c.relation is not Relation.EQUAL for c, m in zip(constraints, changed, strict=True))
    constant = total.constant
    false = (constant < 0 and bool(used)) or (constant == 0 and Relation.ABOVE in used)
    false = false or (constant != 0 and set(used) == {Relation.EQUAL})
    assert refutes(constraints, changed, Budget()) == (not total.coefficients and not turned and false)


def test_a_changed_coefficient_is_refused():
    constraints = [at_least(-3, x=1), at_least(2, x=-1)]
    check_farkas(constraints, [Fraction(1), Fraction(1)], Budget())
    for place, multiplier in ((0, 2), (1, 2), (0, -1), (1, 0)):
        multipliers = [Fraction(1), Fraction(1)]
        multipliers[place] = Fraction(multiplier)
        with pytest.raises(RefutedError):
            check_farkas(constraints, multipliers, Budget())


def test_strictness_decides_where_the_sum_is_0():
    assert refutes([above(-3, x=1), at_least(3, x=-1)], [Fraction(1), Fraction(1)], Budget())
    assert not refutes([at_least(-3, x=1), at_least(3, x=-1)], [Fraction(1), Fraction(1)], Budget())
    assert not refutes([above(-3, x=1), at_least(3, x=-1)], [Fraction(0), Fraction(0)], Budget())


def test_a_disequality_is_added_to_equalities_alone():
    assert refutes([different(-3, x=1), equal(-6, x=2)], [Fraction(2), Fraction(-1)], Budget())
    assert not refutes([different(-3, x=1), equal(-8, x=2)], [Fraction(2), Fraction(-1)], Budget())
    assert not refutes([different(-3, x=1), at_least(3, x=-1)], [Fraction(1), Fraction(1)], Budget())
    assert not refutes([different(-3, x=1), different(3, x=-1)], [Fraction(1), Fraction(1)], Budget())


def test_multipliers_that_are_too_few_are_refused():
    assert not refutes([above(0)], [], Budget())
    assert not refutes([], [], Budget())


def test_constraints_are_tightened_for_integers_alone():
    constraints = [at_least(-1, x=2), at_least(1, x=-2)]  # x >= 1/2, x =< 1/2
    assert not refutes(constraints, [Fraction(1), Fraction(1)], Budget())
    assert not refutes(constraints, [Fraction(1), Fraction(1)], Budget(), integers={"y"})
    assert refutes(constraints, [Fraction(1), Fraction(1)], Budget(), integers={"x"})
    assert refutes([equal(-1, x=2, y=4)], [Fraction(1)], Budget(), integers={"x", "y"})


@given(linears, st.sampled_from(Relation), st.lists(st.integers(-6, 6), min_size=3, max_size=3))
def test_a_tightened_constraint_has_the_same_integer_solutions(linear, relation, values):
    point = dict(zip("xyz", map(Fraction, values), strict=True))
    constraint = Constraint(linear, relation)
    tight = tightened(constraint, "xyz", Budget())
    assert satisfied([constraint], point, Budget()) == satisfied([tight], point, Budget())


@given(numbers, numbers.filter(bool))
def test_a_quotient_is_exact(number, divisor):
    assert quotient(number, divisor) == number / divisor


@given(st.integers(-9, 9), st.sampled_from([-3, -2, -1, 1, 2, 3]))
def test_a_quotient_of_whole_numbers_is_never_a_float(number, divisor):
    found = quotient(number, divisor)
    assert found == Fraction(number, divisor)
    assert type(found) is (Fraction if number % divisor else int)


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(-9, 9), inequalities), max_size=4))
def test_whole_numbers_may_be_of_either_type(rows):
    whole = [Constraint(Linear(a, {"x": b, "y": c}), relation) for a, b, c, relation in rows]
    exact = [
        Constraint(Linear(Fraction(a), {"x": Fraction(b), "y": Fraction(c)}), relation) for a, b, c, relation in rows
    ]
    for solution in (feasible_point, infeasible):
        assert solution(whole, Budget()) == solution(exact, Budget())


def test_a_float_gets_nowhere():
    for made in (Linear(0.5), Linear(0, {"x": 0.5})):
        with pytest.raises(AttributeError):
            Linear(1, {"x": 1}).plus(made, 1, Budget())


def test_numbers_that_grow_end_the_check():
    huge = Fraction(2**19_000)
    constraints = [at_least(-1, x=huge, y=-1), at_least(-1, y=huge, z=-1), at_least(1, z=1), at_least(-1, x=-1)]
    with pytest.raises(NotCheckableError):
        feasible_point([*constraints, equal(0, x=1, z=huge)], Budget())


def test_a_large_system_ends_at_the_budget():
    constraints = [at_least(-n, **{f"v{k}": (n * k) % 7 - 3 for k in range(60)}) for n in range(60)]
    with pytest.raises(NotCheckableError):
        feasible_point(constraints, Budget(steps=2_000))
