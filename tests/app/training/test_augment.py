import random
import re
from fractions import Fraction

import pytest

from app.numerals import quantities
from app.training.augment import augment
from app.training.rewriting import Exchanged, Kept, rewritten
from app.training.rows import ArithmeticProblem
from app.training.variations import VARIATIONS
from app.translator.expression import evaluate, parse, spell


def problem(text, expression, source="made"):
    tree = parse(expression.split())
    return ArithmeticProblem(text, tree, evaluate(tree, [item.value for item in quantities(text)]), source, "1")


PLUMS = problem("Anna picked 24 plums. Then Anna gave 9 plums to Oscar. How many plums does Anna have now?", "- n0 n1")
SHARED = problem(
    "There are 48 pears in the room. The pears are put on 6 plates. How many pears are on a plate?", "/ n0 n1"
)
CHAIRS = problem("There are 12 chairs in the kitchen. How many legs do the chairs have?", "* n0 4")
OTHERS = [CHAIRS]


def varied(name, original, seed=1, others=OTHERS):
    return VARIATIONS[name](original, others, random.Random(seed))


def many(name, original, others=OTHERS):
    return [found for seed in range(30) if (found := varied(name, original, seed, others)) is not None]


def test_every_variation_has_the_value_of_its_expression():
    checked = 0
    for original in (PLUMS, SHARED, CHAIRS):
        for seed in range(40):
            found = augment(original, [PLUMS, SHARED, CHAIRS], random.Random(seed))
            if found is not None:
                values = [item.value for item in quantities(found.text)]
                assert evaluate(found.expression, values) == found.answer
                assert found.text != original.text
                assert found.id.startswith("1~")
                checked += 1
    assert checked > 100


def test_the_same_seed_gives_the_same_variation():
    one, two = (augment(PLUMS, OTHERS, random.Random(7)) for _ in range(2))
    assert one is not None
    assert one == two


def test_only_the_variations_that_are_asked_for_are_made():
    for seed in range(20):
        found = augment(PLUMS, OTHERS, random.Random(seed), ("names",))
        assert found is not None
        assert found.id == "1~names"


def test_a_problem_with_two_questions_is_left_alone():
    asked = problem("Ida has 3 figs and buys 2. How many figs has she, and how many are whole?", "+ n0 n1")
    assert all(augment(asked, OTHERS, random.Random(seed)) is None for seed in range(20))


def test_names_are_exchanged_for_names_throughout():
    for found in many("names", PLUMS):
        assert "Anna" not in found.text
        assert "Oscar" not in found.text
        new = re.match(r"(\w+) picked", found.text)[1]
        assert found.text.count(new) == 3
        assert (found.expression, found.answer) == (PLUMS.expression, PLUMS.answer)


def test_a_thing_is_exchanged_throughout():
    found = many("things", PLUMS)
    assert found
    for item in found:
        new = re.search(r"24 (\w+)\.", item.text)[1]
        assert new != "plums"
        assert item.text == PLUMS.text.replace("plums", new)


def test_a_word_that_may_mean_something_else_is_not_exchanged():
    assert not many(
        "things", problem("Ida has 3 apple trees with 9 apples each. How many apples are there?", "* n0 n1")
    )
    assert not many("things", problem("The Polar Bears walk 9 miles in 3 hours. How fast are they?", "/ n0 n1"))


def test_numbers_change_and_stay_sensible():
    found = many("numbers", SHARED)
    assert len({item.answer for item in found}) > 3
    for item in found:
        total, plates = (quantity.value for quantity in quantities(item.text))
        assert total > plates
        assert item.answer == total / plates
        assert item.answer.denominator == 1
    assert all(item.answer > 0 for item in many("numbers", PLUMS))


def test_what_the_numbers_of_a_text_say_of_each_other_stays_true():
    text = "Of 30 pears 18 are green and 12 are red. Each red one weighs 100 grams. How much do the red ones weigh?"
    found = many("numbers", problem(text, "* n2 n4"))
    assert found
    for item in found:
        total, green, red, *_ = (int(quantity.value) for quantity in quantities(item.text))
        assert total == green + red


@pytest.mark.parametrize(
    "text",
    [
        "Ida sings 7 days a week. How many days is that in one week?",
        "Ida and her 3 friends sing. How many of them sing?",
        "It was built in 1950. When was that?",
        "Ida came on June 16. Which day of the month was it?",
    ],
)
def test_a_number_that_means_more_than_its_size_is_not_changed(text):
    assert not many("numbers", problem(text, "n0"))


def test_money_is_written_as_it_was():
    found = many("numbers", problem("Ida has $1,200 and spends $3.50. How much is left?", "- n0 n1"))
    assert found
    for item in found:
        assert re.fullmatch(r"Ida has \$[\d,]+ and spends \$\d+\.\d\d\. How much is left\?", item.text)
        assert item.answer == quantities(item.text)[0].value - quantities(item.text)[1].value


def test_digits_become_words_and_words_digits():
    assert any("twenty-four plums" in item.text for item in many("spelling", PLUMS))
    words = problem("Ida has seven figs and eats 2. How many are left?", "- n0 n1")
    assert any("7 figs" in item.text for item in many("spelling", words))
    assert all(item.answer == 5 for item in many("spelling", words))


def test_a_sentence_that_does_not_matter_stands_between_the_first_and_the_question():
    found = many("distraction", PLUMS)
    assert found
    for item in found:
        assert "There are 12 chairs in the kitchen. " in item.text
        assert item.text.startswith("Anna picked 24 plums.")
        assert item.text.endswith("How many plums does Anna have now?")
        assert item.answer == PLUMS.answer
        assert spell(item.expression) in [("-", "n0", "n2"), ("-", "n0", "n1")]


def test_a_sentence_that_could_matter_is_not_inserted():
    same_things = problem("There are 5 plums in the kitchen. How many halves is that?", "* n0 2")
    pronoun = problem("They have 5 chairs. How many legs do the chairs have?", "* n0 4")
    assert not many("distraction", PLUMS, [same_things, pronoun])


def test_the_question_comes_first_where_it_can_be_understood_there():
    found = varied(
        "question-first", problem("Anna has 3 bags. Each bag holds 7 figs. How many figs does Anna have?", "* n0 n1")
    )
    assert found.text == "How many figs does Anna have, if Anna has 3 bags and each bag holds 7 figs?"
    assert found.answer == 21
    turned = problem("If Anna has 3 bags of 7 figs , how many figs does Anna have ?", "* n0 n1")
    assert varied("question-first", turned).text == "How many figs does Anna have , if Anna has 3 bags of 7 figs ?"


@pytest.mark.parametrize(
    "text",
    [
        "Anna has 9 figs. Anna eats 2. How many are left?",
        "Anna has 9 figs. Anna eats 2. How many figs does she have?",
        "Anna has 9 figs. If Anna eats 2, how many figs does Anna have?",
        "Anna has 9 figs. Suppose Anna eats 2. How many figs does Anna have?",
    ],
)
def test_a_question_that_leans_on_what_went_before_stays_where_it_is(text):
    assert varied("question-first", problem(text, "- n0 n1")) is None


def test_statements_of_what_is_so_at_the_same_time_change_places():
    text = "Anna has 3 bags. Each bag holds 7 figs. How many figs does Anna have?"
    found = varied("order", problem(text, "* n0 n1"))
    assert found.text == "Each bag holds 7 figs. Anna has 3 bags. How many figs does Anna have?"
    divided = varied("order", problem("A box holds 8 figs. Bo has 40 figs. How many boxes does Bo need?", "/ n1 n0"))
    assert spell(divided.expression) == ("/", "n0", "n1")


@pytest.mark.parametrize(
    "text",
    [
        "Anna has 9 figs. Bo eats 2 figs of them. How many figs does Anna have?",
        "Anna has 9 figs. Bo gave Anna 2 figs. How many figs does Anna have?",
        "Anna has 9 figs. Bo has 2 figs. How many figs has Anna left?",
        "Anna has 9 figs. Bo has 2 more. How many figs does Bo have?",
        "Anna has 9 figs. Bo has 2 figs. How many does she have?",
    ],
)
def test_what_happens_one_after_the_other_stays_in_its_order(text):
    assert varied("order", problem(text, "- n0 n1")) is None


def test_a_text_in_which_a_quantity_is_lost_is_refused():
    first, second = quantities(PLUMS.text)
    assert rewritten(PLUMS, [Kept(0, first.start), "some", Kept(first.end, len(PLUMS.text))]) is None
    assert rewritten(PLUMS, [Kept(0, len(PLUMS.text)), " By 5 o'clock?"]) is None
    pieces = [Kept(0, second.start), Exchanged(1, "10"), Kept(second.end, len(PLUMS.text))]
    assert rewritten(PLUMS, pieces) is None, "nobody said that it changes"
    changed = rewritten(PLUMS, pieces, values={1: Fraction(10)})
    assert changed.answer == 14
