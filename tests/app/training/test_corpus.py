import random
import re
from fractions import Fraction

import pytest

from app.training.corpus import (
    LONGEST_SOURCE,
    Batches,
    Examples,
    Hiding,
    Made,
    PairPool,
    Problems,
    arithmetic_example,
    encode,
    words_of,
)
from app.training.job import TrainingError
from app.training.rows import ArithmeticProblem
from app.translator.expression import parse
from app.translator.forms import Example, Form
from app.translator.vocabulary import make_vocabulary

VOCABULARY = make_vocabulary("has apples and gets more how many she in all".split())


def problem(number, text="has {0} apples and gets {1} more . How many apples has she in all ?", written="+ n0 n1"):
    text = text.replace("more", "more and " * (number % 7), 1)
    return ArithmeticProblem(text.format(number, number + 1), parse(written.split()), Fraction(0), "made", str(number))


PROBLEMS = [problem(number) for number in range(2, 30)]


def example(source, target, form=Form.ARITHMETIC):
    return Example(form, tuple(source.split()), tuple(target.split()), "made")


def batches(seed=1, updates=40, mix=None, **more):
    mix = mix or [(Problems("made", PROBLEMS), 1.0)]
    return Batches(mix, VOCABULARY, updates=updates, tokens=200, seed=seed, **more)


def read_back(batch):
    return [
        (" ".join(VOCABULARY.tokens[index] for index in source), " ".join(VOCABULARY.spell(target)))
        for source, target in zip(batch.sources, batch.targets, strict=True)
    ]


# Batches


def test_a_batch_depends_on_its_number_alone():
    whole = [batches()[update] for update in range(40)]
    resumed = batches()
    assert [resumed[update] for update in (37, 3, 17, 18)] == [whole[update] for update in (37, 3, 17, 18)]
    assert [*map(batches().__getitem__, range(40))] == whole
    assert [*map(batches(seed=2).__getitem__, range(40))] != whole
    assert len(set(whole)) > 20


def test_a_batch_is_about_as_large_as_asked_for_and_holds_what_was_drawn():
    for update in range(32):
        batch = batches()[update]
        assert 100 <= sum(map(len, batch.sources)) <= 300
        for source, target in read_back(batch):
            assert source.startswith("<arithmetic> ")
            assert target == "+ n0 n1"


def test_there_are_as_many_batches_as_updates():
    assert len(batches(updates=5)) == 5
    for number in (-1, 5):
        with pytest.raises(IndexError):
            batches(updates=5)[number]


def test_sources_are_drawn_by_their_shares():
    mix = [(Examples("sum", [example("n0 n1", "+ n0 n1")]), 3), (Examples("product", [example("n0 n1", "* n0 n1")]), 1)]
    targets = [target for update in range(16) for _, target in read_back(batches(mix=mix)[update])]
    assert 0.7 < targets.count("+ n0 n1") / len(targets) < 0.8


def test_a_mix_that_gives_nothing_the_translator_can_hold_ends():
    long = Examples("long", [example("apples " * LONGEST_SOURCE, "n0")])
    with pytest.raises(TrainingError, match="of long the translator can hold no example"):
        batches(mix=[(long, 1)])[0]


# Examples


def test_what_cannot_be_held_is_left_out():
    assert encode(example("n0 apples", "n0"), VOCABULARY) is not None
    assert encode(example("n0 apples", "n1"), VOCABULARY) is None, "a place-holder that is not in the text"
    assert encode(example("n0 apples", "apples"), VOCABULARY) is None, "a token that cannot be written"
    assert encode(example("n0 " * LONGEST_SOURCE, "n0"), VOCABULARY) is None
    assert encode(example("n0", "+ " * 60 + "n0"), VOCABULARY) is None
    assert (
        encode(example("n0 " + " ".join(f"x{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"), "n0"), VOCABULARY)
        is None
    ), "unknown words"
    assert arithmetic_example(problem(1, " and ".join(["{0}"] * 30)), "made", VOCABULARY.known) is None


def test_unknown_words_become_place_holders_and_so_do_words_that_are_hidden():
    source, _ = encode(example("n0 plums and apples and plums", "n0"), VOCABULARY)
    assert [VOCABULARY.tokens[index] for index in source[1:]] == "n0 w0 and apples and w0".split()
    source, _ = encode(example("n0 apples and one apple and how many", "n0"), VOCABULARY, frozenset({"apple"}))
    assert [VOCABULARY.tokens[index] for index in source[1:4]] == "n0 w0 and".split()
    assert VOCABULARY.ids["apples"] not in source
    assert VOCABULARY.ids["many"] in source


def test_as_many_words_are_hidden_as_is_asked_for_and_never_those_that_ask():
    rng, problem = random.Random(1), example("n0 apples and how many apple trees", "n0")
    drawn = [Hiding(0.5, 0.4).draw(problem, rng) for _ in range(2_000)]
    assert 1_150 < sum(not words for words in drawn) < 1_420, "half of them, and 0.6 * 0.6 of the others by chance"
    assert set().union(*drawn) == {"apple", "tree"}
    assert not Hiding().draw(problem, rng)


def test_a_problem_with_too_many_words_to_hide_is_taken_as_it_is():
    words = [f"x{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    pool, vocabulary = Examples("made", [example(f"n0 {' '.join(words)}", "n0")]), make_vocabulary(words)
    source = Batches([(pool, 1.0)], vocabulary, updates=1, tokens=99, seed=1, hiding=Hiding(1, 1))[0].sources[0]
    assert [vocabulary.tokens[index] for index in source[2:]] == words


def test_a_problem_is_varied_where_something_varies_it():
    other = problem(99)
    varied = Problems("made", PROBLEMS, vary=lambda problem, rng: other if rng.random() < 0.5 else None)
    rng = random.Random(1)
    seen = {varied.example(0, rng, VOCABULARY.known).source for _ in range(20)}
    assert len(seen) == 2
    assert varied.example(0, rng, VOCABULARY.known).group == "made"


def test_a_made_example_is_the_same_for_the_same_number_and_seed():
    def make(rng):
        return example(f"n{rng.randrange(20)}", "1")

    one, other = Made("made", make, 50, seed=1), Made("made", make, 50, seed=2)
    drawn = [one.example(number, random.Random(number), VOCABULARY.known) for number in range(50)]
    assert drawn == [one.example(number, random.Random(0), VOCABULARY.known) for number in range(50)]
    assert drawn != [other.example(number, random.Random(0), VOCABULARY.known) for number in range(50)]
    assert {each.group for each in drawn} == {"made"}


def test_pairs_are_true_as_often_as_false():
    pool = PairPool("align", PROBLEMS, lambda *_: (example("n0", "yes"), example("n0", "no")), 200)
    rng = random.Random(1)
    drawn = [pool.example(number, rng, VOCABULARY.known).target for number in range(200)]
    assert 70 < drawn.count(("yes",)) < 130
    assert PairPool("align", PROBLEMS, lambda *_: None, 5).example(0, rng, VOCABULARY.known) is None


def test_the_words_of_the_vocabulary_are_those_that_come_up_often_enough():
    pools = [Problems("made", PROBLEMS), Examples("rare", [example("plums 3 ' n0 w1", "n0")] * 2)]
    words = words_of(pools, 1_000, 3, seed=1)
    assert {"apples", "more", "how"} <= set(words)
    assert "plums" not in words
    assert not any(re.fullmatch(r"[npw]\d+", word) for word in words)
    assert sorted(words_of(pools, 1_000, 2, seed=1)) == sorted([*words, "plums"])
    assert words_of(pools, 5, 3, seed=1) == words_of(pools, 5, 3, seed=1)
