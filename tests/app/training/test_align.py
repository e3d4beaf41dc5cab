"""Pairs of problem, program and answer: what is called true is, what is called false is not, and both are as many."""

import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest

from app.numerals import quantities
from app.problem import Kind, Problem
from app.training.align import Counts, Falsehood, example_pair, examples, pairs
from app.training.execute import Execution, Failed, Right, Wrong, execute_all
from app.training.mutants import Fault, mutate
from app.training.rows import ArithmeticProblem, Row, Task
from app.translator.expression import canonical, evaluate, parse, slots, spell
from app.translator.forms import Form
from solvers.types import Language


def problem(text: str, written: str, number: int = 0) -> ArithmeticProblem:
    expression = canonical(parse(written.split()))
    answer = evaluate(expression, [quantity.value for quantity in quantities(text)])
    return ArithmeticProblem(text, expression, answer, "ours", str(number))


STORIES = [
    ("Ida has 24 shells and gives 6 of them to Jon. How many shells has she left?", "- n0 n1"),
    ("A crate holds 18 jars of 3 pounds each. How many pounds do the jars weigh?", "* n0 n1"),
    ("A roll of 60 metres is cut into 4 pieces of the same length. How long is each?", "/ n0 n1"),
    ("Kim walks 5 km on each of 7 days and 9 km on the day after. How far does she walk?", "+ * n0 n1 n2"),
    ("In 4 years Lea is 19, and her dog is 8 now. How old is Lea today?", "- n1 n0"),
    ("A film lasts 3 hours and 20 minutes. How many minutes is that?", "+ * n0 60 n1"),
    (
        "Of 40 pupils, 10 are ill and 6 have gone home; the others share 48 pears. How many has each?",
        "/ n3 - - n0 n1 n2",
    ),
    ("A coat of $80 is sold at 25 % off. What does it cost?", "/ * n0 - 100 n1 100"),
    ("Three friends share a bill of $45 and leave $2 each on the table. What does each pay?", "+ / n1 n0 n2"),
    ("Mo reads 12 pages a day of a book of 300. How many pages are left after 9 days?", "- n1 * n0 n2"),
]
PROBLEMS = [problem(*STORIES[number % len(STORIES)], number) for number in range(40)]


def asked(row: Row) -> tuple[str, str]:
    """The program and the claimed answer that a row shows."""
    match = re.search(r"Program:\n(.*?)\n\nClaimed answer: (\S+)\n", row.prompt, re.DOTALL)
    return match[1], match[2]


def test_a_row_says_yes_just_where_the_engine_gives_the_claimed_answer_and_it_is_the_problems():
    counts = Counts()
    rows = list(pairs(PROBLEMS[:20], Random(7), execute_all, counts))
    answers = {each.text: each.answer for each in PROBLEMS}
    found = execute_all([Execution(asked(row)[0], row.problem, asked(row)[1]) for row in rows])

    for row, ran in zip(rows, found, strict=True):
        claimed = Fraction(asked(row)[1])
        is_true = isinstance(ran, Right) and claimed == answers[row.problem.text]
        assert row.completion.startswith("yes\n" if is_true else "no\n"), row.prompt
        assert row.task is Task.ALIGN
        assert row.problem.text in row.prompt
    assert counts.pairs == len(rows) // 2 == 20
    assert counts.falsehoods.keys() == {*Falsehood}
    assert len(counts.faults) >= 4
    assert sum(counts.faults.values()) == sum(counts.falsehoods.values()) == counts.pairs
    assert len({row.id for row in rows}) == len(rows)


def test_true_and_false_stand_side_by_side_in_either_order():
    rows = list(pairs(PROBLEMS, Random(7), evaluated))
    begun = [(rows[i].completion[:2], rows[i + 1].completion[:2]) for i in range(0, len(rows), 2)]
    assert set(begun) == {("ye", "no"), ("no", "ye")}
    for i in range(0, len(rows), 2):
        assert rows[i].problem == rows[i + 1].problem


def evaluated(executions):
    """As the engines, for programs that `write` has written: the right one is first of two, the other gives 1/97."""
    return [Right(each.expected) if place % 2 == 0 else Wrong("1/97") for place, each in enumerate(executions)]


def test_a_false_row_says_what_the_engine_gave():
    told = "".join(row.completion for row in pairs(PROBLEMS, Random(3), evaluated) if row.id.endswith("/false"))
    assert "It gives 1/97, but it " in told
    assert "It gives 1/97: it " in told
    assert "It computes what the problem asks for, which is " in told


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        (Failed("stopped"), Wrong("5"), "the right program gives no answer"),
        (Wrong("4"), Wrong("5"), "the right program gives another answer than the problem has"),
        (Right("18"), Failed("at fault"), "the wrong program gives no answer"),
        (Right("18"), Right("18"), "the wrong program gives the right answer"),
    ],
)
def test_what_the_engines_do_not_bear_out_is_dropped_and_counted(right, wrong, reason):
    counts = Counts()
    rows = list(pairs(PROBLEMS, Random(1), lambda executions: [right, wrong] * (len(executions) // 2), counts))
    assert rows == []
    assert counts == Counts(problems=len(PROBLEMS), dropped=Counter({reason: len(PROBLEMS)}))


def test_the_same_seed_gives_the_same_rows():
    assert list(pairs(PROBLEMS, Random(5), evaluated)) == list(pairs(PROBLEMS, Random(5), evaluated))
    assert list(pairs(PROBLEMS, Random(5), evaluated)) != list(pairs(PROBLEMS, Random(6), evaluated))


def test_more_problems_than_are_run_at_once_are_all_used():
    many = [replace(PROBLEMS[number % 40], id=str(number)) for number in range(1_050)]
    batches = []

    def run(executions):
        batches.append(len(executions))
        return evaluated(executions)

    assert len(list(pairs(many, Random(1), run))) == 2_100
    assert len(batches) == 3
    assert sum(batches) == 2_100


PROGRAM = """```prolog
:- use_module(library(clpq)).

shells(24).  % "24 shells - and more"
given(6).  % "6 of them"

solve(Left) :-
    shells(Shells),
    given(Given),
    {Left = Shells - Given}.

% shells/1: shells at first + later
% given/1: shells given away
% solve/1: shells left
% query: solve(Left).
```"""
ROW = Row(
    task=Task.SOLVE,
    problem=Problem(STORIES[0][0], Kind.ARITHMETIC, Language.PROLOG),
    completion=PROGRAM,
    answer="18",
    source="traces",
    id="one",
)


def test_of_a_row_with_a_program_one_operator_of_its_calculation_is_exchanged():
    shown = set()
    for seed in range(20):
        shown |= {asked(row)[0] for row in pairs([ROW], Random(seed), evaluated)}
    calculations = {f"{{Left = Shells {operator} Given}}" for operator in "+-*/"}
    assert shown == {PROGRAM.replace("{Left = Shells - Given}", each) for each in calculations}


def test_a_program_of_a_row_is_run_as_it_stands():
    true, false = sorted(pairs([ROW], Random(2), execute_all), key=lambda row: row.completion, reverse=True)
    assert true.completion == "yes\nIt gives 18, which is what the problem asks for."
    assert asked(true) == (PROGRAM, "18")
    assert false.completion.startswith("no\n")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (replace(ROW, answer=None), "the row holds no program with its answer"),
        (
            replace(ROW, problem=Problem("x", Kind.ENTAILMENT, Language.PROLOG)),
            "the row is not of arithmetic in Prolog",
        ),
        (replace(ROW, completion=PROGRAM.replace(" - Given", "")), "the program has no operator to exchange"),
    ],
)
def test_a_row_that_cannot_serve_is_counted(row, reason):
    counts = Counts()
    assert list(pairs([row], Random(1), evaluated, counts)) == []
    assert counts.dropped == {reason: 1}


def test_every_fault_comes_up_and_gives_another_value():
    seen = Counter()
    for seed in range(400):
        each = PROBLEMS[seed % len(STORIES)]
        found = quantities(each.text)
        mutant = mutate(each, Random(seed), found)
        assert evaluate(mutant.expression, [quantity.value for quantity in found]) != each.answer
        assert mutant.expression == canonical(mutant.expression)
        seen[mutant.fault] += 1
    assert seen.keys() == {*Fault}


def test_a_quantity_that_plays_no_part_is_one_that_the_right_program_leaves_out():
    each = PROBLEMS[4]
    for seed in range(60):
        mutant = mutate(each, Random(seed), quantities(each.text))
        if mutant.fault is Fault.ADDED:
            assert 2 in slots(mutant.expression)
            assert mutant.reason == 'uses "8", which plays no part'
            break
    else:
        pytest.fail("it never came up")


def test_a_wrong_answer_is_seldom_negative_where_the_right_one_is_not():
    values = []
    for seed in range(300):
        each = PROBLEMS[seed % len(STORIES)]
        found = quantities(each.text)
        values.append(evaluate(mutate(each, Random(seed), found).expression, [quantity.value for quantity in found]))
    assert 0 < sum(value < 0 for value in values) < 60


def test_a_problem_that_no_fault_makes_wrong_gives_no_pair():
    counts = Counts()
    beyond = problem(f"There are 2{'0' * 30} stars. How many stars are there?", "n0")
    assert list(pairs([beyond], Random(1), evaluated, counts)) == []
    assert counts.dropped == {"no fault gives another answer": 1}
    assert example_pair(beyond, Random(1)) is None


def test_examples_of_the_embedded_translator_are_evaluated_and_balanced():
    made = list(examples(PROBLEMS, Random(9)))
    assert Counter(example.target for example in made) == {("yes",): 40, ("no",): 40}
    for number, example in enumerate(made):
        each = PROBLEMS[number // 2]
        at = example.source.index("<program>")
        expression = parse(example.source[at + 1 :])
        values = [quantity.value for quantity in quantities(each.text)]
        assert example.form is Form.ALIGN
        assert (evaluate(expression, values) == each.answer) is (example.target == ("yes",))
        assert spell(canonical(expression)) == example.source[at + 1 :]


def test_a_text_with_too_many_numbers_gives_no_example():
    crowded = problem("He counts " + ", ".join(str(number) for number in range(2, 40)) + ".", "+ n0 n1")
    assert list(examples([crowded], Random(1))) == []
