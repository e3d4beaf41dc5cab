"""The probability that an answer is right is fitted on held-out problems."""

import math
import random
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: `make setup` installs it")

from app.training.confidence import LIKELY, for_answers  # noqa: E402  # behind the check for torch
from app.training.regression import brier, cross_fitted, fit  # noqa: E402
from app.translator.confidence import FEATURES, Regression, Signs  # noqa: E402
from app.translator.forms import Form  # noqa: E402
from app.translator.loading import UNMEASURED  # noqa: E402

NOTHING = dict.fromkeys(FEATURES, 0.0)
TRUE = Regression(0.5, NOTHING | {"log_odds": 0.8, "unused": -1.0})


def drawn(count, regression=TRUE, seed=1):
    """Answers whose signs are drawn by chance, and which are right with the probability that the regression says."""
    rng = random.Random(seed)
    judged = []
    for _ in range(count):
        support = rng.uniform(0.02, 0.98)
        signs = Signs(support, 1 - support, -rng.uniform(0, 4), rng.randrange(10, 90), rng.randrange(3), 2)
        judged.append((signs, rng.random() < regression.probability(signs)))
    return judged


def test_the_weights_by_which_answers_were_drawn_are_found_again():
    found = fit(drawn(4_000))
    assert found.intercept == pytest.approx(TRUE.intercept, abs=0.35)
    for name in FEATURES:
        assert found.weights[name] == pytest.approx(TRUE.weights[name], abs=0.12), name


def test_its_probabilities_come_true():
    judged = drawn(4_000, seed=2)
    regression = fit(drawn(4_000))
    for low in (0.2, 0.4, 0.6, 0.8):
        near = [right for signs, right in judged if low <= regression.probability(signs) < low + 0.2]
        assert sum(near) / len(near) == pytest.approx(low + 0.1, abs=0.06)


def test_it_is_fitted_the_same_way_every_time():
    judged = drawn(100)
    assert fit(judged) == fit(judged)
    assert cross_fitted(judged) == cross_fitted(judged)


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("count", [1, 2, 200])
def test_where_all_are_right_or_all_are_wrong_it_is_not_certain(right, count):
    judged = [(signs, right) for signs, _ in drawn(count)]
    probabilities = [fit(judged).probability(signs) for signs, _ in judged]
    assert all((probability > 0.5) is right and 0.001 < probability < 0.999 for probability in probabilities)


def test_the_fewer_there_are_the_less_is_known():
    of_one, of_many = ([(signs, True) for signs, _ in drawn(count)] for count in (1, 200))
    assert fit(of_one).probability(of_one[0][0]) < fit(of_many).probability(of_one[0][0])
    assert fit([]) == Regression(0.0, NOTHING)
    assert cross_fitted([]) == []


def test_support_that_speaks_against_an_answer_counts_nothing():
    misled = [(signs, not right) for signs, right in drawn(500, Regression(0.0, NOTHING | {"log_odds": 2.0}))]
    found = fit(misled)
    assert found.weights["log_odds"] == 0
    assert found.weights["log_probability"] >= 0


def test_signs_that_never_differ_count_nothing():
    assert fit(drawn(300)).weights["operations"] == 0


def test_what_is_judged_has_no_part_in_its_own_probability():
    judged = drawn(40)
    odd = (replace(judged[0][0], support=0.97, rivals=0.03), False)
    before = cross_fitted([*judged, odd])[-1]
    assert before == cross_fitted([*judged, (odd[0], True)])[-1]


def test_the_brier_score_is_0_for_who_knows_and_a_quarter_for_who_does_not():
    assert brier([1.0, 0.0], [True, False]) == 0
    assert brier([0.5, 0.5], [True, False]) == 0.25
    assert brier([], []) == 0


def test_an_answer_needs_to_be_likelier_right_than_wrong_and_a_sure_one_nearly_always_right():
    chosen = for_answers(drawn(1_000, Regression(0.0, NOTHING | {"log_odds": 2.0})))
    assert chosen.answer == LIKELY < chosen.sure < 1
    fresh = drawn(1_000, Regression(0.0, NOTHING | {"log_odds": 2.0}), seed=3)
    surely = [right for signs, right in fresh if chosen.confidence(signs) >= chosen.sure]
    assert len(surely) > 100
    assert sum(surely) / len(surely) > 0.9


def test_of_few_answers_none_is_sure():
    assert for_answers([(signs, True) for signs, _ in drawn(29)]).sure == 1
    assert for_answers([]) == UNMEASURED[Form.ARITHMETIC]


def test_answers_that_are_wrong_however_sure_it_is_are_not_given():
    judged = [(signs, False) for signs, _ in drawn(200)]
    chosen = for_answers(judged)
    assert not any(chosen.confidence(signs) >= chosen.answer for signs, _ in judged)
    assert not math.isnan(chosen.answer)
