from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.constraints import Constraints
from solvers.checking.prolog.terms import Trail, Var
from tests.solvers.checking.prolog.posting import every, read, shown, solutions, store_after

LOW, HIGH = -2, 3
NAMES = "XYZ"


def truncated(left, right):
    return int(left / right)


OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": truncated,
    "div": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "rem": lambda a, b: a - b * truncated(a, b),
}
FUNCTIONS = {"min": min, "max": max, "abs": abs}
COMPARISONS = {
    "#=": lambda a, b: a == b,
    "#\\=": lambda a, b: a != b,
    "#<": lambda a, b: a < b,
    "#>": lambda a, b: a > b,
    "#=<": lambda a, b: a <= b,
    "#>=": lambda a, b: a >= b,
}
CONNECTIVES = {
    "#/\\": lambda a, b: a and b,
    "#\\/": lambda a, b: a or b,
    "#\\": lambda a, b: a != b,
    "#<==>": lambda a, b: a == b,
    "#==>": lambda a, b: b or not a,
    "#<==": lambda a, b: a or not b,
}

leaves = st.one_of(st.sampled_from(NAMES), st.integers(-4, 4))
expressions = st.recursive(
    leaves,
    lambda part: st.one_of(
        st.tuples(st.sampled_from([*OPERATIONS, "min", "max"]), part, part), st.tuples(st.just("abs"), part)
    ),
    max_leaves=4,
)
comparisons = st.tuples(st.sampled_from([*COMPARISONS]), expressions, expressions)
formulas = st.recursive(
    comparisons,
    lambda part: st.one_of(st.tuples(st.sampled_from([*CONNECTIVES]), part, part), st.tuples(st.just("not"), part)),
    max_leaves=3,
)


def text(node):
    match node:
        case ("not", part):
            return f"(#\\ {text(part)})"
        case (name, *parts) if name in FUNCTIONS:
            return f"{name}({', '.join(map(text, parts))})"
        case (name, left, right):
            return f"({text(left)} {name} {text(right)})"
        case int():
            return f"({node})"
    return node


def value(node, point):
    match node:
        case int():
            return node
        case str():
            return point[node]
        case ("not", part):
            return not value(part, point)
        case (name, left, right) if name in COMPARISONS:
            try:
                return COMPARISONS[name](value(left, point), value(right, point))
            except ZeroDivisionError:
                return False
        case (name, *parts):
            operation = (OPERATIONS | FUNCTIONS | CONNECTIVES)[name]
            return operation(*[value(part, point) for part in parts])


def points():
    for numbers in product(range(LOW, HIGH + 1), repeat=len(NAMES)):
        yield dict(zip(NAMES, numbers, strict=True))


@settings(max_examples=150, deadline=None)
@given(st.lists(formulas, min_size=1, max_size=3), st.booleans())
def test_labelling_finds_what_brute_force_finds_in_the_same_order(nodes, domains_come_last):
    posted = [text(node) for node in nodes]
    domains = f"[X,Y,Z] ins {LOW}..{HIGH}"
    goals = [*posted, domains] if domains_come_last else [domains, *posted]
    found = solutions(", ".join([*goals, "label([X,Y,Z])"]), Budget(seconds=60))
    expected = [point for point in points() if all(value(node, point) for node in nodes)]
    assert found == [{name: point[name] for name in found[0]} for point in expected] if found else not expected


@settings(max_examples=80, deadline=None)
@given(st.lists(formulas, min_size=1, max_size=2), expressions, st.sampled_from(["min", "max"]))
def test_the_best_solutions_are_those_that_brute_force_finds(nodes, objective, which):
    expected = {}
    for point in points():
        if all(value(node, point) for node in nodes):
            try:
                expected.setdefault(value(objective, point), []).append(point)
            except ZeroDivisionError:
                return
    posted = ", ".join(text(node) for node in nodes)
    goal = f"[X,Y,Z] ins {LOW}..{HIGH}, {posted}, labeling([{which}({text(objective)})], [X,Y,Z])"
    found = solutions(goal, Budget(seconds=60), best_only=True)
    best = expected[{"min": min, "max": max}[which](expected)] if expected else []
    assert [{name: each[name] for name in NAMES} for each in found] == best


small = st.integers(LOW, HIGH)
three = st.permutations(["X", "Y", "Z"])
over_lists = st.one_of(
    three.map(lambda names: (f"all_different([{','.join(names)}])", lambda p: len(set(p.values())) == 3)),
    st.tuples(three, st.lists(small, min_size=1, max_size=4)).map(
        lambda drawn: (
            f"element({drawn[0][0]}, [{drawn[0][2]}|{drawn[1]}], {drawn[0][1]})",
            lambda p: (
                1 <= p[drawn[0][0]] <= len(drawn[1]) + 1
                and [p[drawn[0][2]], *drawn[1]][p[drawn[0][0]] - 1] == p[drawn[0][1]]
            ),
        )
    ),
    st.lists(st.tuples(small, small), max_size=5).map(
        lambda rows: (
            f"tuples_in([[X,Y],[Y,Z]], {[list(row) for row in rows]})",
            lambda p: (p["X"], p["Y"]) in rows and (p["Y"], p["Z"]) in rows,
        )
    ),
    st.lists(small, min_size=2, max_size=4, unique=True).map(
        lambda keys: (
            f"global_cardinality([X,Y,{keys[0]}], ["
            + ",".join([f"({key})-_" for key in keys[1:]])
            + f",({keys[0]})-Z])",
            lambda p: {p["X"], p["Y"]} <= set(keys) and [p["X"], p["Y"], keys[0]].count(keys[0]) == p["Z"],
        )
    ),
    three.map(
        lambda names: (
            f"circuit([{','.join(names)}])",
            lambda p: [p[name] for name in names] in ([2, 3, 1], [3, 1, 2]),
        )
    ),
    st.tuples(small, small, st.sampled_from([*COMPARISONS])).map(
        lambda drawn: (
            f"scalar_product([{drawn[0]},{drawn[1]},1], [X,Y,Z], {drawn[2]}, X)",
            lambda p: COMPARISONS[drawn[2]](drawn[0] * p["X"] + drawn[1] * p["Y"] + p["Z"], p["X"]),
        )
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(over_lists, min_size=1, max_size=2), formulas, st.booleans())
def test_constraints_over_lists_agree_with_brute_force(constraints, node, domains_come_last):
    posted = [goal for goal, _ in constraints] + [text(node)]
    domains = f"[X,Y,Z] ins {LOW}..{HIGH}"
    goals = [*posted, domains] if domains_come_last else [domains, *posted]
    found = solutions(", ".join([*goals, "label([X,Y,Z])"]), Budget(seconds=60))
    expected = [p for p in points() if value(node, p) and all(holds(p) for _, holds in constraints)]
    assert [{name: each[name] for name in NAMES} for each in found] == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(formulas, min_size=1, max_size=3))
def test_posting_undoing_and_posting_again_gives_the_same(nodes):
    goals, names = read(f"[X,Y,Z] ins {LOW}..{HIGH}, " + ", ".join(map(text, nodes)))
    constraints = Constraints(Trail(), Budget(seconds=60))

    def state():
        return [
            [(shown(var), constraints.domain(var) if shown(var) == "_" else None) for var in names.values()]
            for _ in every(goals, constraints)
        ]

    first = state()
    assert constraints.trail.mark() == 0
    assert constraints.domains.is_empty
    assert all(shown(var) == "_" and not constraints.constrains(var) for var in names.values())
    assert state() == first


def test_a_value_is_found_where_one_variable_is_left():
    assert solutions("X + 3*Y #= 10, Y = 2") == [{"X": 4, "Y": 2}]
    assert solutions("2*X #= 9") == []
    assert solutions("X #>= 3, X #=< 3") == [{"X": 3}]
    assert solutions("3*X #= Y, Y #= 12") == [{"X": 4, "Y": 12}]


def test_two_variables_that_are_equal_become_one():
    constraints, names = store_after("X #= Y")
    assert names["X"].value is names["Y"] or names["Y"].value is names["X"]
    assert not constraints.undecided()


@pytest.mark.parametrize(
    ("goal", "wanted"),
    [
        ("L = [A,B,C], L ins 1..3, all_different(L), label(L)", [list(p) for p in permutations([1, 2, 3])]),
        ("L = [A,B,C], L ins 1..3, all_distinct(L), A #= B", []),
        ("L = [A,B,C], L ins 1..2, all_different(L)", []),
        ("L = [A,B,C], circuit(L), label(L)", [[2, 3, 1], [3, 1, 2]]),
        ("L = [A,B], tuples_in([L], [[1,2],[3,4]]), label(L)", [[1, 2], [3, 4]]),
        ("L = [I,V], element(I, [5,7,5], V), label(L)", [[1, 5], [2, 7], [3, 5]]),
        (
            "L = [A,B,C], global_cardinality(L, [1-2,5-1]), label(L)",
            [[1, 1, 5], [1, 5, 1], [5, 1, 1]],
        ),
        ("L = [A,B,C], L ins 0..2, chain(L, #<), label(L)", [[0, 1, 2]]),
        ("L = [A,B], L ins 0..3, sum(L, #=, 5), label(L)", [[2, 3], [3, 2]]),
        ("L = [A,B], L ins 0..3, scalar_product([2,-1], L, #=, 3), label(L)", [[2, 1], [3, 3]]),
        ("L = [A,B], L ins 0..1, lex_chain([L, [0,1]]), label(L)", [[0, 0], [0, 1]]),
        ("L = [A], A in 1..3 \\/ 7, labeling([down], L)", [[7], [3], [2], [1]]),
        ("L = [A], A #= 2 #\\/ A #= 5, label(L)", [[2], [5]]),
        ("L = [A,B], L ins 1..2, labeling([min(A-B)], L)", [[1, 2], [1, 1], [2, 2], [2, 1]]),
    ],
)
def test_constraints_over_lists(goal, wanted):
    assert [solution["L"] for solution in solutions(goal)] == wanted


def test_send_more_money_has_one_solution():
    goal = (
        "L = [S,E,N,D,M,O,R,Y], L ins 0..9, all_different(L), S #\\= 0, M #\\= 0, "
        "1000*S+100*E+10*N+D + 1000*M+100*O+10*R+E #= 10000*M+1000*O+100*N+10*E+Y, label(L)"
    )
    assert [solution["L"] for solution in solutions(goal)] == [[9, 5, 6, 7, 1, 0, 8, 2]]


def test_an_order_of_seven_objects_is_found_in_few_steps():
    budget = Budget()
    goal = (
        "L = [A,B,C,D,E,F,G], L ins 1..7, all_different(L), A #< B, C #= B + 1, D #\\= 4, abs(E - A) #= 1, "
        "F #> D, G #= 7 #\\/ G #= 1, F #< C, label(L)"
    )
    found = [tuple(solution["L"]) for solution in solutions(goal, budget)]
    assert found == [
        (a, b, c, d, e, f, g)
        for a, b, c, d, e, f, g in permutations(range(1, 8))
        if a < b and c == b + 1 and d != 4 and abs(e - a) == 1 and f > d and g in (7, 1) and f < c
    ]
    assert budget.steps > 1_800_000


@pytest.mark.parametrize(
    "goal",
    [
        "label([X])",
        "X #> 3, label([X])",
        "X in 1..3, X = a",
        "X in 1..3, X = 2.0",
        "X #= 1.0",
        "X #= a",
        "X #= 7/2",
        "2 #<==> X",
        "fd_dom(X, D)",
        "freeze(X, true)",
        "X #= 10^30000",
        "X #= 2^(-1)",
        "X in 1..2, labeling([ff,min], [X])",
        "X in 1..2, labeling([nonsense], [X])",
        "X in 1..2, labeling([min(Y)], [X])",
        "X #> Y, Y #> X, X #> 0, label([X])",
        "global_cardinality([X], [1-1,1-1])",
        "sum([X|T], #=, 3)",
    ],
)
def test_what_the_engine_refuses_or_the_checker_does_not_know_is_not_checkable(goal):
    with pytest.raises(NotCheckableError):
        solutions(goal, Budget(seconds=2, steps=200_000))


def test_what_is_left_is_told():
    constraints, names = store_after("X #> 3")
    assert constraints.open()
    assert not constraints.undecided()
    assert constraints.constrains(names["X"])
    constraints, names = store_after("X #> Y, X in 0..5")
    assert constraints.undecided()
    assert not store_after("X #> 3, X = 5")[0].open()


def test_a_deep_expression_is_not_checkable():
    with pytest.raises(NotCheckableError):
        solutions("X #= " + "abs(" * 150 + "Y" + ")" * 150)


def test_solutions_are_the_same_whoever_goes_back_further_in_between():
    goals, names = read("L = [X,Y], L ins 1..2, X #=< Y")
    constraints = Constraints(Trail(), Budget())
    for _ in every(goals, constraints):
        mark = constraints.trail.mark()
        found = []
        for _ in constraints.label([names["X"], names["Y"]]):
            found.append((shown(names["X"]), shown(names["Y"])))
            constraints.trail.undo(mark)
        assert found == [(1, 1), (1, 2), (2, 2)]


def test_a_variable_outside_of_every_constraint_is_let_alone():
    constraints = Constraints(Trail(), Budget())
    constraints.trail.bind(Var(), 2.5)
    assert constraints.wake()
    assert not constraints.open()
