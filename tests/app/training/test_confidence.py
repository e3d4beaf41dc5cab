"""From which confidence on an answer is given, and from which on without a doubt, by what was held out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.training.confidence import FEWEST, WANTED, likely_from, sure_from, thresholds

judged_problems = st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.4, 0.6, 0.8, 1.0]), st.booleans()), max_size=200)


def problems(confidence, right, wrong):
    return [(confidence, True)] * right + [(confidence, False)] * wrong


CLEAR = [*problems(0.95, 100, 2), *problems(0.7, 40, 20), *problems(0.3, 10, 30), *problems(0.0, 0, 50)]


def test_sure_is_what_is_nearly_always_right_and_likely_what_is_rather_right_than_wrong():
    assert sure_from(CLEAR, WANTED) == 0.95
    assert likely_from(CLEAR) == 0.7
    chosen = thresholds(CLEAR)
    assert (chosen.answer, chosen.sure) == (0.7, 0.95)


def test_many_good_answers_do_not_carry_the_bad_ones_below_them():
    """Of all of them together, far more than half are right; of those at 0.3, one in four is."""
    assert likely_from([*problems(0.95, 1000, 0), *problems(0.3, 10, 30)]) == 0.95


def test_answers_that_are_wrong_however_sure_it_is_are_not_given():
    chosen = thresholds(problems(0.9, 20, 80))
    assert (chosen.answer, chosen.sure) == (1.0, 1.0)


def test_a_few_answers_choose_nothing():
    few = problems(0.6, FEWEST - 1, 0)
    assert (sure_from(few, WANTED), likely_from(few)) == (1.0, 1.0)
    enough = problems(0.6, FEWEST, 0)
    assert (sure_from(enough, WANTED), likely_from(enough)) == (0.6, 0.6)


def test_what_is_sure_is_answered():
    """The last of it is wrong, and there is so much right above that it is sure all the same."""
    chosen = thresholds([*problems(0.9, 100, 0), *problems(0.8, 0, 2)])
    assert (chosen.answer, chosen.sure) == (0.8, 0.8)


@pytest.mark.parametrize("nothing", [[], problems(0.0, 0, 100)])
def test_without_answers_only_what_all_candidates_agree_on_is_given(nothing):
    assert thresholds(nothing).answer == 1.0


@given(judged_problems)
def test_what_is_promised_holds_of_what_was_held_out(judged):
    chosen = thresholds(judged)
    surely = [right for confidence, right in judged if confidence >= chosen.sure]
    if chosen.sure < 1:
        assert len(surely) >= FEWEST
        assert sum(surely) >= WANTED * len(surely)
    doubtfully = [right for confidence, right in judged if chosen.answer <= confidence < chosen.sure]
    assert 2 * sum(doubtfully) >= len(doubtfully)


@given(judged_problems)
def test_the_order_of_the_problems_decides_nothing(judged):
    assert thresholds(judged) == thresholds(judged[::-1])
