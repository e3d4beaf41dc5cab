"""A derivation as a tree, with the words of the problem beside its facts."""

import pytest

from app.reasoning.proof_tree import MOST_NODES, assertions_with_words, cited_words, proof_tree, tree_lines
from solvers.types import Derivation, Language, Program, Rule, Step

TEXT = "Eva has 3 boxes with 4 pencils each."
PROGRAM = Program(
    Language.PROLOG, 'boxes(3).  % "3 boxes"\nper(4).  % "4 pens each"\nall(X) :- boxes(B), per(P), X is B * P.'
)


def step(goal, *premises, rule=Rule.CLAUSE, line=None):
    return Step(goal, rule, line, premises)


DERIVATION = Derivation(
    (
        step("all(12)", 1, rule=Rule.QUERY),
        step("all(12)", 2, 3, 4, line=3),
        step("boxes(3)", line=1),
        step("per(4)", line=2),
        step("12 is 3*4", rule=Rule.BUILTIN),
    )
)


def shown(root):
    return [(depth, node.goal, node.why, node.words) for depth, node, _ in tree_lines(root) if node]


def test_each_goal_says_why_it_holds_and_which_words_it_cites():
    assert shown(proof_tree(DERIVATION, TEXT, PROGRAM)) == [
        (0, "all(12)", "the query", ()),
        (1, "all(12)", "rule, line 3", ()),
        (2, "boxes(3)", "fact, line 1", ("3 boxes",)),
        (2, "per(4)", "fact, line 2", ()),  # the problem does not say "4 pens each"
        (2, "12 is 3*4", "by the engine's own definition", ()),
    ]


@pytest.mark.parametrize("rule", list(Rule))
def test_every_rule_of_a_derivation_has_words(rule):
    node = proof_tree(Derivation((step("p", rule=rule, line=1 if rule is Rule.CLAUSE else None),)), TEXT, PROGRAM)
    assert node.why


def test_a_derivation_without_steps_has_no_tree():
    assert proof_tree(Derivation(()), TEXT, PROGRAM) is None


@pytest.mark.parametrize("premises", [(0,), (1,), (7,), (2**30,)])
def test_a_premise_that_is_not_there_or_stands_before_is_left_out(premises):
    steps = (step("p", 1, rule=Rule.QUERY), step("p", *premises, line=1))
    assert len(shown(proof_tree(Derivation(steps), TEXT, PROGRAM))) == 2


def test_a_goal_that_several_rest_on_is_spelt_out_once():
    steps = (
        step("p", 1, 2, rule=Rule.QUERY),
        step("q", 2, line=1),
        step("r", 3, line=2),
        step("s", line=3),
    )
    goals = [(depth, goal) for depth, goal, _, _ in shown(proof_tree(Derivation(steps), TEXT, PROGRAM))]
    assert goals == [(0, "p"), (1, "q"), (2, "r"), (3, "s"), (1, "r")]


def test_a_tree_that_would_never_end_if_it_were_spelt_out_is_shown_at_once():
    # Each step rests twice on the next: 2 to the power of 200 lines.
    steps = [step(f"p{place}", place + 1, place + 1, line=1) for place in range(200)]
    lines = tree_lines(proof_tree(Derivation((*steps, step("end", line=1))), TEXT, PROGRAM))
    assert len(lines) == MOST_NODES + 1 or len(lines) <= 2 * 201


def test_of_a_long_derivation_the_rest_is_counted():
    count = MOST_NODES + 50
    steps = (step("p", *range(1, count), rule=Rule.QUERY), *(step(f"q{n}", line=1) for n in range(1, count)))
    lines = tree_lines(proof_tree(Derivation(steps), TEXT, PROGRAM))
    assert len(lines) == MOST_NODES + 1
    assert lines[-1] == (0, None, 50)


def test_a_deep_derivation_needs_no_recursion():
    count = 20_000
    steps = tuple(step(f"p{place}", *([place + 1] if place + 1 < count else []), line=1) for place in range(count))
    lines = tree_lines(proof_tree(Derivation(steps), TEXT, PROGRAM))
    assert lines[-1] == (0, None, count - MOST_NODES)
    assert lines[-2][0] == MOST_NODES - 1


def test_words_are_found_by_the_line_of_their_clause():
    assert cited_words(TEXT, PROGRAM) == {1: ("3 boxes",), 2: (), 3: ()}


def test_assertions_stand_with_their_words():
    program = Program(
        Language.SMT,
        '(declare-const n Int)\n(assert (= n (* 3 4))) ; "3 boxes" "4 pencils each"\n(assert (> n 0))\n(check-sat)',
    )
    assert assertions_with_words(TEXT, program) == [
        ("(assert (= n (* 3 4)))", ("3 boxes", "4 pencils each")),
        ("(assert (> n 0))", ()),
    ]
    assert assertions_with_words(TEXT, PROGRAM) == ()
    assert assertions_with_words(TEXT, Program(Language.SMT, "(assert")) == []
