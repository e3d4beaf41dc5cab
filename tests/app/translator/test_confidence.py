"""The probability that an answer is right, and how it is stored beside the weights."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.problem import Kind, World
from app.settings import EmbeddedAnswers
from app.translator.candidates import Candidate
from app.translator.confidence import FEATURES, Regression, Signs, Thresholds
from app.translator.forms import Form
from app.translator.loading import UNMEASURED, decisions_from_json, decisions_to_json
from app.translator.translate import Reader, arithmetic_candidates, translate
from app.translator.vocabulary import make_vocabulary
from solvers import Language

NOTHING = dict.fromkeys(FEATURES, 0.0)
BY_LOG_ODDS = Regression(0.0, NOTHING | {"log_odds": 1.0})
SIGNS = Signs(support=0.5, rivals=0.25, log_probability=-1.0, tokens=20, unused=0, operations=1)
TEXT = "Ann has 3 apples and gets 4 more. How many apples has she in all?"
VOCABULARY = make_vocabulary("ann has apples and gets more how many she in all".split())
weights = st.floats(-1e6, 1e6)
positive = st.floats(0, 1e6)
shares = st.floats(0, 1)


def wrote(*found):
    candidates = [Candidate(tuple(written.split()), math.log(share)) for written, share in found]
    return lambda form, sources, beams: [candidates for _ in sources]


def translated(needed, *found):
    reader = Reader(VOCABULARY, wrote(*found), needed)
    return translate(TEXT, Kind.ARITHMETIC, Language.PROLOG, World.OPEN, {Form.ARITHMETIC: reader})


# The probability


def test_log_odds_become_a_probability():
    assert BY_LOG_ODDS.probability(SIGNS) == pytest.approx(2 / 3)
    assert Regression(1.5, NOTHING).probability(SIGNS) == pytest.approx(1 / (1 + math.exp(-1.5)))
    assert Regression(0.0, NOTHING).probability(SIGNS) == 0.5


@given(shares, shares, positive, positive, weights)
def test_more_support_never_makes_an_answer_less_likely_right(one, other, log_odds, log_probability, unused):
    by = NOTHING | {"log_odds": log_odds, "log_probability": log_probability, "unused": unused}
    less, more = sorted((one, other))
    found = [Regression(-3.0, by).probability(replace(SIGNS, support=share)) for share in (less, more)]
    assert 0 <= found[0] <= found[1] <= 1


@given(weights, st.fixed_dictionaries({name: positive if name.startswith("log") else weights for name in FEATURES}))
def test_any_weights_and_signs_give_a_probability(intercept, by):
    for signs in (
        Signs(0.0, 0.0, -math.inf, 0, 0, 0),
        Signs(1.0, 0.0, 0.0, 10**6, 24, 23),
        Signs(0.0, 1.0, -1e9, 1, 24, 0),
    ):
        assert 0 <= Regression(intercept, by).probability(signs) <= 1


def test_without_a_regression_the_share_is_the_confidence():
    assert Thresholds(0.5, 0.9).confidence(SIGNS) == 0.5
    assert Thresholds(0.5, 0.9, BY_LOG_ODDS).confidence(SIGNS) == pytest.approx(2 / 3)


def test_who_asks_for_other_answers_keeps_the_regression():
    needed = Thresholds(0.5, 0.9, BY_LOG_ODDS)
    assert all(needed.asked_for(answers).regression is BY_LOG_ODDS for answers in EmbeddedAnswers)


def test_what_is_known_of_an_answer():
    decode = wrote(("+ n0 n1", 0.5), ("* n0 n1", 0.2), ("* n1 n1", 0.1), ("/ n0 n1", 0.2))
    masked, (best, _, worst) = arithmetic_candidates(TEXT, VOCABULARY, decode)
    # A part of an apple is no answer, and so no rival.
    assert best.signs == Signs(
        support=pytest.approx(0.5),
        rivals=pytest.approx(0.3),
        log_probability=pytest.approx(math.log(0.5)),
        tokens=len(masked.tokens),
        unused=0,
        operations=1,
    )
    assert (worst.value, worst.signs.unused) == (16, 1)


# What it does


def test_an_answer_is_given_by_its_probability_and_doubted_in_its_words():
    found = (("+ n0 n1", 0.4), ("* n0 n1", 0.1), ("/ n0 n1", 0.5))
    (sure,), _ = translated(Thresholds(0.5, 0.79, BY_LOG_ODDS), *found)
    assert sure.doubt is None
    (doubted,), _ = translated(Thresholds(0.5, 0.9, BY_LOG_ODDS), *found)
    assert doubted.doubt == (
        "the translator is not sure that it read the problem right: this answer is right with an estimated probability "
        "of 80 %, and 90 % are needed; it has 40 % of the candidates' probability"
    )
    none, abstention = translated(Thresholds(0.85, 0.9, BY_LOG_ODDS), *found)
    assert none == []
    assert abstention.reason == (
        "it is not sure enough what the problem says: the answer best supported is right with an estimated probability "
        "of 80 %, and 85 % is needed; it has 40 % of the candidates' probability"
    )


# The stored form


def stored(regression):
    return json.dumps({"arithmetic": {"answer": 0.5, "sure": 0.9, "regression": regression}}).encode()


def test_what_is_stored_is_read_again():
    regression = Regression(-1.25, {name: place / 7 for place, name in enumerate(FEATURES)})
    decisions = {**UNMEASURED, Form.ARITHMETIC: Thresholds(0.5, 0.875, regression)}
    assert decisions_from_json(decisions_to_json(decisions).encode()) == decisions
    assert "regression" not in decisions_to_json(UNMEASURED)


WHOLE = {"intercept": 0.5, "weights": NOTHING}
WRONG = {
    "a weight is missing": {"intercept": 0.5, "weights": dict.fromkeys(FEATURES[1:], 0.0)},
    "a weight too many": {"intercept": 0.5, "weights": NOTHING | {"luck": 1.0}},
    "no weights": {"intercept": 0.5},
    "weights in a list": {"intercept": 0.5, "weights": [0.0] * len(FEATURES)},
    "no intercept": {"weights": NOTHING},
    "another key": WHOLE | {"slope": 1.0},
    "nan": WHOLE | {"intercept": math.nan},
    "infinite": {"intercept": 0.5, "weights": NOTHING | {"tokens": math.inf}},
    "too large": {"intercept": 0.5, "weights": NOTHING | {"tokens": -2e6}},
    "a text": {"intercept": "0.5", "weights": NOTHING},
    "a boolean": {"intercept": 0.5, "weights": NOTHING | {"unused": True}},
    "support speaks against": {"intercept": 0.5, "weights": NOTHING | {"log_odds": -0.1}},
    "null": None,
    "a number": 0.5,
}


@pytest.mark.parametrize("regression", WRONG.values(), ids=WRONG)
def test_a_regression_that_is_none_is_refused(regression):
    with pytest.raises((ValueError, TypeError)):
        decisions_from_json(stored(regression))


def test_sentences_have_no_regression():
    assert decisions_from_json(stored(WHOLE))[Form.ARITHMETIC].regression == Regression(0.5, NOTHING)
    with pytest.raises(ValueError, match="clause: a regression is for"):
        decisions_from_json(stored(WHOLE).replace(b"arithmetic", b"clause"))
