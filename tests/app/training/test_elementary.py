import random
from collections import Counter

import pytest

from app.numerals import quantities
from app.training.generators import words
from app.training.generators.elementary import VIGNETTES, elementary
from app.training.generators.elementary_amounts import amounts
from app.training.generators.elementary_change import SETTINGS
from app.training.generators.elementary_telling import Tale, TaleError, tell
from app.training.generators.elementary_vignette import tale_of
from app.translator.expression import evaluate, parse, size, slots, spell

COUNT = 3_000


@pytest.fixture(scope="module")
def problems():
    rng = random.Random(7)
    return [elementary(rng) for _ in range(COUNT)]


def schema(problem):
    return problem.id.rpartition("-")[0]


def test_the_expression_over_the_quantities_of_the_text_gives_the_answer(problems):
    for problem in problems:
        values = [quantity.value for quantity in quantities(problem.text)]
        assert evaluate(problem.expression, values) == problem.answer, problem
        assert slots(problem.expression) <= set(range(len(values)))
        assert parse(spell(problem.expression)) == problem.expression


def test_hardly_a_text_or_an_id_comes_twice(problems):
    assert len({problem.text for problem in problems}) > 0.999 * COUNT
    assert len({problem.id for problem in problems}) > 0.999 * COUNT
    assert {problem.source for problem in problems} == {"generated/elementary"}


def test_every_schema_occurs(problems):
    schemas = {vignette.schema for vignette in VIGNETTES} | {setting.name for setting in SETTINGS}
    assert len(schemas) > 60
    assert schemas - {schema(problem) for problem in problems} == set()


def test_an_answer_is_positive_and_whole_unless_it_is_measured_or_paid(problems):
    assert all(problem.answer > 0 for problem in problems)
    assert sum(problem.answer < 1_000 for problem in problems) > 0.9 * COUNT
    assert sum(problem.answer.denominator == 1 for problem in problems) > 0.9 * COUNT
    parted = {schema(problem) for problem in problems if problem.answer.denominator > 1}
    assert not any(name.startswith(("groups", "share", "combine", "compare", "transfer", "rest")) for name in parted)


def test_many_problems_hold_a_number_that_does_not_matter_and_many_take_more_than_one_step(problems):
    irrelevant = sum(len(quantities(problem.text)) > len(slots(problem.expression)) for problem in problems)
    assert 0.35 < irrelevant / COUNT < 0.6
    steps = Counter(size(problem.expression) for problem in problems)
    assert steps[1] < 0.7 * COUNT
    assert steps[2] > 0.25 * COUNT
    assert max(steps) <= 5


def test_neither_operator_nor_place_gives_the_answer_away(problems):
    operators = Counter(spell(problem.expression)[0] for problem in problems)
    assert min(operators.values()) > 0.1 * COUNT
    forms = {" ".join(spell(problem.expression)) for problem in problems}
    assert {"- n0 n1", "- n1 n0", "- n1 n2", "- n0 n2", "/ n0 n1", "/ n1 n0", "+ n0 n1", "+ n1 n2"} <= forms
    assert len(forms) > 180


def test_a_text_reads_as_sentences(problems):
    for problem in problems:
        text = problem.text
        assert text[0].isupper() or text[0].isdigit() or text[0] == "$", text
        assert text[-1] in "?.", text
        for fault in ("{", "}", "[", "]", "|", "<", ">", "  ", " ,", " .", " ?", "..", "\ue000"):
            assert fault not in text, text


def test_the_same_seed_gives_the_same_problems_and_another_seed_others():
    first, again, other = ([elementary(rng) for _ in range(50)] for rng in map(random.Random, (3, 3, 4)))
    assert first == again
    assert not {problem.text for problem in first} & {problem.text for problem in other}


def test_no_vignette_contradicts_itself():
    rng = random.Random(11)
    for vignette in VIGNETTES:
        for _ in range(25):
            problem = tell(rng, tale_of(rng, vignette), 0)
            assert problem is None or problem.answer > 0


def test_a_tale_whose_formula_is_not_its_answer_is_a_fault_and_not_a_problem():
    tale = Tale("wrong", {}, amounts(a=3, b=4, t=8), ("there were {a} cats and {b} dogs",), "how many", "a + b", "t")
    with pytest.raises(TaleError, match=r"a \+ b is not t = 8"):
        tell(random.Random(0), tale, 0)


def test_a_formula_with_a_number_that_nobody_tells_is_a_fault():
    tale = Tale("untold", {}, amounts(a=3, b=4, t=7), ("there were {a} cats",), "how many", "a + b", "t")
    with pytest.raises(TaleError, match="not told"):
        tell(random.Random(0), tale, 0)


def test_a_quantity_that_nobody_wrote_makes_the_text_worthless():
    tale = Tale("stray", {}, amounts(a=3, t=3), ("there were {a} cats and one dog",), "how many cats", "a", "t")
    assert tell(random.Random(0), tale, 0) is None


def test_no_word_of_a_story_is_read_as_a_quantity():
    nouns = [*words.THINGS, *words.PEOPLE, *words.CONTAINERS, *words.PACKS, *words.HOLDERS, *words.TEAMS, *words.TRADES]
    for text in [*words.WOMEN, *words.MEN, *words.SURNAMES, *words.PLACES, *words.SUBSTANCES, *words.STUFF]:
        assert quantities(f"Here is {text} again.") == (), text
    for noun in nouns:
        assert quantities(f"The {noun.one} and the {noun.many} are here.") == (), noun


@pytest.mark.parametrize(
    ("one", "many"),
    [("box", "boxes"), ("berry", "berries"), ("toy", "toys"), ("shelf", "shelves"), ("bar of soap", "bars of soap")],
)
def test_a_noun_has_its_plural(one, many):
    assert words.noun(one) == words.Noun(one, many)


def test_at_first_is_told_although_it_is_read_as_a_quantity():
    tale = Tale(
        "first", {}, amounts(a=3, b=4, t=7), ("at first, there were {a} cats and {b} dogs",), "how many", "a + b", "t"
    )
    problem = tell(random.Random(0), tale, 0)
    assert problem is not None
    assert spell(problem.expression) == ("+", "n1", "n2")
