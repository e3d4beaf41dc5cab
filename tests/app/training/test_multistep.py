"""What a recipe relies on in the multi-step problems: sums that agree, variety, and the same ones for a seed."""

import random
import time
from collections import Counter
from fractions import Fraction

import pytest

from app.numerals import quantities
from app.training.generators.multistep import STRUCTURES, multistep, tell
from app.training.generators.multistep_story import (
    BookkeepingError,
    MisfitError,
    Story,
    Told,
    conclude,
    constant,
    decimal,
    words,
)
from app.training.rows import ArithmeticProblem
from app.translator.expression import evaluate, parse, size, slots, spell

ORDERS = ("Calculate", "Find", "Work out", "Determine")


@pytest.fixture(scope="module")
def problems() -> list[ArithmeticProblem]:
    rng = random.Random(20)
    return [multistep(rng) for _ in range(3_000)]


@pytest.fixture(scope="module")
def read(problems) -> list[list[Fraction]]:
    """The values of the quantities of each text."""
    return [[quantity.value for quantity in quantities(problem.text)] for problem in problems]


def test_the_expression_over_the_quantities_of_the_text_has_the_answer(problems, read):
    for problem, values in zip(problems, read, strict=True):
        assert slots(problem.expression) <= set(range(len(values)))
        assert evaluate(problem.expression, values) == problem.answer
        assert parse(spell(problem.expression)) == problem.expression


def test_texts_and_identities_are_distinct(problems):
    assert len({problem.text for problem in problems}) == len(problems)
    assert len({problem.id for problem in problems}) == len(problems)


def test_every_structure_occurs(problems):
    drawn = Counter(problem.id.rsplit("-", 1)[0] for problem in problems)
    assert set(drawn) == set(STRUCTURES)
    assert {problem.source for problem in problems} == {"generated/multistep"}


def test_there_are_two_to_seven_operations_and_all_these_occur(problems):
    assert {size(problem.expression) for problem in problems} == {2, 3, 4, 5, 6, 7}


def test_answers_are_positive_with_two_decimals_at_most(problems):
    assert all(problem.answer > 0 and (100 * problem.answer).denominator == 1 for problem in problems)


def test_a_text_is_made_of_sentences_and_ends_with_what_is_asked(problems):
    for problem in problems:
        assert problem.text[0].isupper() or problem.text[0].isdigit() or problem.text[0] == "$"
        assert problem.text[-1] == "?" or any(f". {order} " in problem.text for order in ORDERS)
        assert not any(mark in problem.text for mark in ("[", "]", "|", "{", "}", "  ", " ,", " ?", "..", "\ue000"))
        assert all(character < "\ue000" for character in problem.text)


def test_quantities_that_answer_nothing_occur(problems, read):
    idle = sum(len(values) > len(slots(problem.expression)) for problem, values in zip(problems, read, strict=True))
    assert len(problems) * 0.03 < idle < len(problems) * 0.3


def test_the_same_seed_gives_the_same_problems():
    def ten(seed):
        rng = random.Random(seed)
        return [multistep(rng) for _ in range(10)]

    assert ten(1) == ten(1)
    assert ten(1) != ten(2)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_each_structure_varies_its_words_and_expressions(structure):
    rng = random.Random(3)
    told = [tell(rng, structure) for _ in range(25)]
    shapes = {"".join(letter for letter in problem.text if not letter.isdigit()) for problem in told}
    assert len(shapes) > 15
    assert len({problem.expression for problem in told}) > 1


def test_a_thousand_problems_take_about_a_second():
    rng = random.Random(4)
    start = time.process_time()
    for _ in range(200):
        multistep(rng)
    assert time.process_time() - start < 1  # five times what it takes: a busy machine passes


def test_a_quantity_that_was_not_written_spoils_the_text():
    story = Story(random.Random(5))
    first, second = story.number(14), story.number(21)
    answer = (first + second) * 2
    assert conclude(story, Told([f"there are {first} and {second} twins"], answer), "x-1") is None


def test_a_quantity_of_the_answer_that_stands_nowhere_is_a_fault():
    story = Story(random.Random(5))
    first, second = story.number(14), story.number(21)
    with pytest.raises(BookkeepingError):
        conclude(story, Told([f"there are {first} cows"], first + second + 1), "x-1")
    with pytest.raises(BookkeepingError):
        f"{first + second}"
    with pytest.raises(BookkeepingError):
        constant(17)


def test_a_sum_with_another_value_than_its_expression_is_a_fault():
    story = Story(random.Random(5))
    first, second = story.number(14), story.number(21)
    whole = first + second + 1
    wrong = type(whole)(whole.value + 1, whole.tree)
    with pytest.raises(BookkeepingError):
        conclude(story, Told([f"there are {first} cows and {second} pigs"], wrong), "x-1")


def test_numbers_are_written_exactly():
    assert [words(value) for value in (0, 12, 20, 21, 99, 100, 342)] == [
        "zero",
        "twelve",
        "twenty",
        "twenty-one",
        "ninety-nine",
        "one hundred",
        "three hundred forty-two",
    ]
    story = Story(random.Random(6))
    assert decimal(story.number(3).value / 4) == "0.75"
    with pytest.raises(MisfitError):
        decimal(story.number(1).value / 3)
