"""Terms: unification, order, copies, and how they are written."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.program import Database, Operators
from solvers.checking.prolog.reader import DEFAULT_OPERATORS, read_term
from solvers.checking.prolog.terms import (
    NIL,
    Atom,
    Struct,
    Term,
    Text,
    Trail,
    Var,
    compare,
    copy,
    deref,
    indicator,
    list_of,
    make_list,
    same,
    unify,
    variables,
)
from solvers.checking.prolog.writer import text_of

A, B = Atom("a"), Atom("b")


def database(operators: Operators = DEFAULT_OPERATORS) -> Database:
    return Database({}, frozenset(), frozenset(), frozenset(), frozenset(), operators)


def read(text: str, names: dict[str, Var] | None = None) -> Term:
    return read_term(text, database(), Budget(), {} if names is None else names)


def unified(left: str, right: str) -> str | None:
    """The left side, once it is unified with the right one."""
    names: dict[str, Var] = {}
    term = read(left, names)
    return text_of(term) if unify(term, read(right, names), Trail(), Budget()) else None


def test_unification_binds_variables_on_both_sides() -> None:
    assert unified("f(X, b, Z)", "f(a, Y, Y)") == "f(a, b, b)"
    assert unified("[X, Y|Z]", "[1, 2, 3]") == "[1, 2, 3]"


@pytest.mark.parametrize(
    ("left", "right"),
    [("a", "b"), ("1", "1.0"), ("f(X)", "f(a, b)"), ("f(X, X)", "f(a, b)"), ('"a"', "a"), ("0.0", "-0.0")],
)
def test_what_differs_is_not_unified(left: str, right: str) -> None:
    assert unified(left, right) is None


def test_what_unification_bound_is_undone() -> None:
    x, trail = Var("X"), Trail()
    mark = trail.mark()
    assert not unify(Struct("f", (x, A)), Struct("f", (B, B)), trail, Budget())
    trail.undo(mark)
    assert deref(x) is x


def deep(depth: int, inner: Term) -> Term:
    for _ in range(depth):
        inner = Struct("s", (inner,))
    return inner


def test_deep_terms_do_not_recurse() -> None:
    left, right = deep(20_000, Var()), deep(20_000, A)
    budget = Budget()
    assert unify(left, right, Trail(), budget)
    assert same(left, right, budget)
    assert compare(left, right, budget) == 0
    assert same(copy(left, {}, budget), right, budget)
    assert variables(left, budget) == []
    assert text_of(right, budget=budget).startswith("s(s(s(")


def test_a_term_that_contains_itself_ends_in_the_budget_or_is_refused() -> None:
    x, y, trail = Var("X"), Var("Y"), Trail()
    assert unify(x, Struct("f", (x, A)), trail, Budget())
    assert unify(y, Struct("f", (y, A)), trail, Budget())
    for attempt in (
        lambda: unify(x, y, trail, Budget(steps=50_000)),
        lambda: copy(x, {}),
        lambda: text_of(x, budget=Budget(steps=10_000)),
    ):
        with pytest.raises(NotCheckableError):
            attempt()
    assert variables(x) == []
    circle = Var()
    assert unify(circle, make_list([A], circle), trail, Budget())
    with pytest.raises(NotCheckableError):
        list_of(circle)


def test_a_term_that_doubles_ends_in_the_budget() -> None:
    def doubled(inner: Term) -> Term:
        for _ in range(60):
            inner = Struct("f", (inner, inner))
        return inner

    assert variables(copy(doubled(Var()), {})) != []  # what is shared is looked at once
    with pytest.raises(NotCheckableError):
        same(doubled(A), doubled(A), Budget(steps=50_000))


def test_the_standard_order() -> None:
    terms = '_, -1, 1.0, 1, 3r2, 2, "a", [], a, b, f(a), f(b), g(a), [x], a(1, 2)'
    ordered = list_of(read(f"[{terms}]"))
    assert ordered is not None
    for place, left in enumerate(ordered):
        for later, right in enumerate(ordered):
            assert compare(left, right, Budget()) == (place > later) - (place < later)


def test_the_order_of_two_variables_is_not_known() -> None:
    x = Var()
    assert compare(x, x, Budget()) == 0
    with pytest.raises(NotCheckableError):
        compare(x, Var(), Budget())


def test_a_copy_has_fresh_variables_and_shares_what_has_none() -> None:
    x = Var("X")
    ground = Struct("g", (A,))
    renaming: dict[Var, Term] = {}
    copied = copy(Struct("f", (x, x, ground)), renaming)
    assert isinstance(copied, Struct)
    assert copied.args[0] is copied.args[1] is renaming[x] is not x
    assert copied.args[2] is ground


def test_lists_are_told_from_what_only_looks_like_them() -> None:
    assert list_of(NIL) == []
    assert list_of(make_list([A, B])) == [A, B]
    assert list_of(make_list([A], Var())) is None
    assert list_of(A) is None
    assert indicator(make_list([A])) == ("[|]", 2)


CONSTANTS = st.one_of(
    st.sampled_from(
        ["a", "-", "+", "=", ":-", "\\+", "is", "dynamic", ",", "|", "{}", "[]", "X y", "'", "\n", "/*", "."]
    ).map(Atom),
    st.text(max_size=4).filter(lambda name: name not in ("[]", "")).map(Atom),
    st.text(max_size=4).map(Text),
    st.integers(),
    st.fractions().map(lambda exact: exact if exact.denominator != 1 else exact.numerator),
    st.floats(allow_nan=False),
    st.sampled_from([Var("X"), Var("_"), Var("_1"), Var("X"), Var("été")]),
)
NAMES = st.sampled_from(
    [
        "f",
        "-",
        "+",
        "*",
        "^",
        "**",
        "=",
        ":-",
        "\\+",
        "is",
        "mod",
        "dynamic",
        ",",
        "|",
        "{}",
        "[|]",
        "$",
        ";",
        "?-",
        "X y",
    ]
)
TERMS = st.recursive(
    CONSTANTS,
    lambda parts: st.builds(Struct, NAMES, st.lists(parts, min_size=1, max_size=3).map(tuple)),
    max_leaves=12,
)


@given(TERMS)
def test_what_is_written_is_read_back(term: Term) -> None:
    names: dict[str, Var] = {}
    again = read(text_of(term), names)
    trail = Trail()
    assert unify(term, again, trail, Budget()), text_of(term)
    assert all(isinstance(deref(variable), Var) for variable in names.values())
    trail.undo(0)


def test_numbers_keep_their_kind_when_written() -> None:
    for number in (Fraction(-10, 3), -1, -1.5, 1e300, 1e-300, float("inf")):
        assert same(read(text_of(number)), number, Budget())
        assert text_of(read(text_of(Struct("-", (number,))))) == text_of(Struct("-", (number,)))
