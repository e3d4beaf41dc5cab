import random

import pytest

from app.training.duplicates import NEAR, find_duplicates, normalised

FIGS = "Ida picked 4 figs at the farm and gave 2 of them to Bo. How many figs does Ida have now?"
TRAIN = "A train is 120 meters long and passes a pole in 6 seconds. What is its speed?"


def test_the_same_problem_with_other_numbers_and_names_is_a_duplicate():
    other = "Max picked twenty-five figs at the farm and gave 1,000 of them to Eva. How many figs does Max have now?"
    assert find_duplicates([TRAIN, other], [FIGS]) == ((0, 1, 1.0),)


def test_case_and_punctuation_do_not_hide_a_duplicate():
    (found,) = find_duplicates([FIGS.lower().replace(".", " . ").replace("?", " ?")], [FIGS])
    assert found.similarity == 1.0


def test_a_problem_with_one_noun_exchanged_is_a_near_duplicate():
    text = (
        "There are 7 boys in the class and 56 figs. If the figs are shared among the boys, how many does each boy get?"
    )
    (found,) = find_duplicates([text.replace("56 figs", "81 nuts")], [text])
    assert NEAR <= found.similarity < 1


def test_another_story_with_the_same_question_is_none():
    other = "Bo baked 12 rolls in the morning, sold half of them and ate 1. How many rolls does Bo have now?"
    assert find_duplicates([other, TRAIN], [FIGS]) == ()


def test_every_pair_is_found_that_comparing_all_of_them_finds():
    rng = random.Random(5)
    words = "a b c d e f".split()
    texts = [" ".join(rng.choice(words) for _ in range(rng.randint(1, 9))) for _ in range(150)]

    def grams(text):
        tokens = normalised(text)
        return set(zip(tokens, tokens[1:], tokens[2:], strict=False)) or {tokens}

    for threshold in (0.3, 0.6, 1.0):
        expected = {
            (one, two)
            for one, first in enumerate(texts)
            for two, second in enumerate(texts)
            if len(grams(first) & grams(second)) / len(grams(first) | grams(second)) >= threshold
        }
        found = find_duplicates(texts, texts, threshold=threshold)
        assert {(pair.evaluated, pair.training) for pair in found} == expected


def test_a_name_is_known_by_its_capital_within_a_sentence():
    assert normalised("Ida met Bo.", frozenset({"ida", "bo"})) == ("@", "met", "@")
    pairs = find_duplicates(["Anna helps Rose. Rose thanks Anna."], ["Otto helps Emil. Emil thanks Otto."])
    assert [pair.similarity for pair in pairs] == [1.0]


def test_nothing_is_found_among_nothing():
    assert find_duplicates([], [FIGS]) == find_duplicates([FIGS], []) == ()


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.5])
def test_a_threshold_that_is_none_is_refused(threshold):
    with pytest.raises(ValueError, match="threshold"):
        find_duplicates([], [], threshold=threshold)
