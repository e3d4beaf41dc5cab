import asyncio
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.translator.expression import (
    CONSTANTS,
    MAX_LEAVES,
    OPERATORS,
    Constant,
    ExpressionError,
    Operation,
    Slot,
    canonical,
    evaluate,
    infix,
    parse,
    size,
    slots,
    spell,
)
from solvers.types import Answers, Finished, Job, Language, Limits, Program

NAMES = ("A", "B", "C", "D", "E")
LEAVES = st.one_of(st.builds(Slot, st.integers(0, 4)), st.builds(Constant, st.sampled_from([1, 2, 7, 60, 365])))
TREES = st.recursive(LEAVES, lambda inner: st.builds(Operation, st.sampled_from(OPERATORS), inner, inner), max_leaves=8)
NUMBERS = st.builds(Fraction, st.integers(-50, 50), st.integers(1, 9))
VALUES = st.lists(NUMBERS, min_size=5, max_size=5)
FEW = settings(max_examples=60, deadline=None)


def value_of(expression, values):
    try:
        return evaluate(expression, values)
    except ExpressionError:
        return None


@given(TREES)
@FEW
def test_what_is_spelled_is_read_back(tree):
    assert parse(spell(tree)) == tree
    assert len(spell(tree)) == 2 * size(tree) + 1
    assert {f"n{index}" for index in slots(tree)} == {token for token in spell(tree) if token[0] == "n"}


@given(TREES, VALUES)
@FEW
def test_the_canonical_form_has_the_same_value_and_is_its_own(tree, values):
    form = canonical(tree)
    assert canonical(form) == form
    value = value_of(tree, values)
    assume(value is not None)
    assert evaluate(form, values) == value


def swapped(draw, tree):
    """The same sum or product with the sides of some operations exchanged."""
    if not isinstance(tree, Operation):
        return tree
    left, right = swapped(draw, tree.left), swapped(draw, tree.right)
    if tree.operator in "+*" and draw(st.booleans()):
        left, right = right, left
    return Operation(tree.operator, left, right)


@given(st.data(), TREES)
@FEW
def test_terms_in_another_order_have_the_same_canonical_form(data, tree):
    assert canonical(swapped(data.draw, tree)) == canonical(tree)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("- n0 - n1 n2", "- + n2 n0 n1"),
        ("/ n0 / n1 n2", "/ * n0 n2 n1"),
        ("- - n0 n1 n2", "- - n0 n2 n1"),
        ("* + n1 n0 2", "* 2 + n0 n1"),
    ],
)
def test_the_same_said_otherwise_is_the_same(one, other):
    assert canonical(parse(one.split())) == canonical(parse(other.split()))


def test_what_is_not_the_same_stays_different():
    assert canonical(parse("- n0 n1".split())) != canonical(parse("- n1 n0".split()))
    assert canonical(parse("/ n0 n1".split())) != canonical(parse("/ n1 n0".split()))


@given(TREES, VALUES)
@FEW
def test_infix_read_by_python_has_the_same_value(tree, values):
    value = value_of(tree, values)
    assume(value is not None)
    names = dict(zip(NAMES, values, strict=True))
    written = infix(tree, NAMES)
    for constant in ("365", "60", "7", "2", "1"):
        written = " ".join(
            part.replace(constant, f"Fraction({constant})") if part.strip("()") == constant else part
            for part in written.split()
        )
    assert eval(written, {"Fraction": Fraction, **names}) == value


async def test_infix_read_by_prolog_has_the_same_value(runtime):
    found = []

    @given(TREES, VALUES)
    @FEW
    def gather(tree, values):
        value = value_of(tree, values)
        if value is not None:
            found.append((infix(tree, [f"({value})" for value in values]), value))

    await asyncio.to_thread(gather)
    facts = [f"v({index}, X) :- {{X = {written}}}." for index, (written, _) in enumerate(found)]
    program = Program(Language.PROLOG, "\n".join([":- use_module(library(clpq)).", *facts]))
    run = await runtime.solve(Job(program, "v(I, X)"), Limits(max_answers=200))
    assert isinstance(run.ending, Finished), run
    assert isinstance(run.ending.outcome, Answers)
    answers = {int(each.bindings["I"].text): each.bindings["X"].text for each in run.ending.outcome.substitutions}
    assert len(found) > 20
    assert [Fraction(answers[index].replace("r", "/")) for index in range(len(found))] == [value for _, value in found]


def test_infix_has_no_bracket_too_many():
    assert infix(parse("- + n0 * n1 n2 n3".split()), NAMES) == "A + B * C - D"
    assert infix(parse("* + n0 n1 2".split()), NAMES) == "(A + B) * 2"
    assert infix(parse("- n0 - n1 n2".split()), NAMES) == "A - (B - C)"


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ([], "ends before it is whole"),
        (["+", "n0"], "ends before it is whole"),
        (["n0", "n1"], "'n1' follows a whole expression"),
        (["x"], "'x' is no operator"),
        (["n"], "'n' is no operator"),
        (["n01"], "'n01' is no operator"),
        (["n\u0663"], "is no operator"),
        (["11"], "'11' is no operator"),
        (["n" + "9" * 5_000], "is no operator"),
        (["+"] * 100_000, "more than 24 numbers"),
        (["+"] * MAX_LEAVES + ["n0"] * (MAX_LEAVES + 1), "more than 24 numbers"),
    ],
)
def test_what_is_no_expression_is_refused(tokens, message):
    with pytest.raises(ExpressionError, match=message):
        parse(tokens)


def test_the_longest_expression_is_read_and_computed_however_deep_it_is():
    for tokens in (
        ["+"] * (MAX_LEAVES - 1) + ["n0"] * MAX_LEAVES,
        ["+", "n0"] * (MAX_LEAVES - 1) + ["n0"],
    ):
        assert evaluate(canonical(parse(tokens)), [Fraction(2)]) == 2 * MAX_LEAVES


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("/ n0 - n1 n1", "division by zero"),
        ("n2", "no quantity n2"),
        ("* " * 12 + "n0 " * 13, "beyond all bounds"),
        ("/ 1 " * 12 + "n0", None),
        ("/ " * 12 + "1 " + "n0 " * 12, "beyond all bounds"),
    ],
)
def test_what_has_no_value_is_an_error(written, message):
    values = [Fraction(1_000), Fraction(1)]
    if message is None:
        assert evaluate(parse(written.split()), values)
        return
    with pytest.raises(ExpressionError, match=message):
        evaluate(parse(written.split()), values)


def test_every_constant_is_read():
    assert [spell(parse([constant])) for constant in CONSTANTS] == [(constant,) for constant in CONSTANTS]
