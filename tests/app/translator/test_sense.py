"""What a reader demands of an answer."""

from fractions import Fraction

import pytest

from app.translator.candidates import Candidate
from app.translator.sense import counts_things, is_sensible
from app.translator.translate import arithmetic_candidates
from app.translator.vocabulary import make_vocabulary

WHOLE = [Fraction(6), Fraction(71)]


@pytest.mark.parametrize(
    "text",
    [
        "Bob has 6 red shirts and 71 green ones. How many shirts has he?",
        "How many more apples has Ann than Bob?",
        "A bus holds 40 people. How many buses are needed for 5 schools with 64 people each?",
        "There are 9 rows. How many chairs are in each of them, and how many people can sit down?",
        "HOW MANY STAMPS did she buy?",
    ],
)
def test_things_are_counted_whole(text):
    assert counts_things(text)
    assert is_sensible(Fraction(77), WHOLE, counted=True)
    assert not is_sensible(Fraction(6, 71), WHOLE, counted=True)


@pytest.mark.parametrize(
    "text",
    [
        "How many miles did they walk?",
        "How many feet is that?",
        "How many more cups of flour does she need?",
        "How many total inches of snow fell?",
        "How many boxes would it fill?",
        "How many loaves were served?",
        "How many times as old is Ann?",
        "How many did she buy?",
        "How many of them?",
        "How much do the shirts cost?",
        "What is the average number of shirts?",
        "How many shirts has he, and how many hours does he iron?",
        "How many ?",
        "",
    ],
)
def test_what_has_parts_or_is_not_named_may_be_a_fraction(text):
    assert not counts_things(text)
    assert is_sensible(Fraction(6, 71), WHOLE, counted=False)


def test_what_is_given_in_parts_may_be_counted_in_parts():
    halves = [Fraction(1, 2), Fraction(3)]
    assert is_sensible(Fraction(7, 2), halves, counted=True)
    assert not is_sensible(Fraction(7, 2), [Fraction(7), Fraction(2)], counted=True)


def test_a_number_is_negative_only_where_one_is_given():
    assert not is_sensible(Fraction(-1), WHOLE)
    assert is_sensible(Fraction(-1), [Fraction(-3), Fraction(2)])
    assert is_sensible(Fraction(0), WHOLE)


def test_no_answer_is_a_fraction_that_nobody_would_write_down():
    assert is_sensible(Fraction(1, 10_000), WHOLE)
    assert not is_sensible(Fraction(1, 10_001), WHOLE)
    assert is_sensible(Fraction(1, 10_001), [Fraction(1, 7)])


def test_a_quotient_does_not_count_shirts_however_likely_the_network_takes_it():
    text = "Bob has 6 red shirts and 71 green shirts. How many shirts has he in all?"
    written = [Candidate(("/", "n0", "n1"), -0.1), Candidate(("+", "n0", "n1"), -3.0)]
    vocabulary = make_vocabulary("bob has red shirts and green how many he in all".split())
    found = arithmetic_candidates(text, vocabulary, lambda form, sources, beams: [written])
    assert [answer.value for answer in found[1]] == [77]
