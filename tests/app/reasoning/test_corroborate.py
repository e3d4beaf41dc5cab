"""Whether two readings of a problem say the same."""

from dataclasses import replace

import pytest

from app.lm.types import LmIdentity
from app.reasoning.corroborate import Reading, compare, disagreement, readings_of, same_answer
from app.reasoning.types import Kind, Trust, Verdict, VerdictKind
from tests.app.store.examples import attempt


def answered(text):
    return Verdict(VerdictKind.ANSWERED, "an answer", text, Trust.EXECUTED)


def reading(verdict, number=1):
    return Reading(attempt(number), verdict)


def compared(first, second, kind=Kind.ARITHMETIC, independent=True):
    return compare(kind, reading(first), reading(second, 2), independent=independent)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("18", "18"),
        ("18", "18.0"),
        ("10/3", "3.3333333333333335"),
        ("ida", "Ida"),
        ("[jon, lea]", "jon, lea"),
        ("['mary ann']", "mary_ann"),
    ],
)
def test_answers_that_are_the_same(first, second):
    assert same_answer(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [("18", "19"), ("18", "-18"), ("10/3", "3.33"), ("ida", "jon"), ("[a, b]", "[b, a]"), ("", ""), ("1/0", "1/0.5")],
)
def test_answers_that_are_not(first, second):
    assert not same_answer(first, second)


def test_two_independent_readings_that_agree_corroborate():
    found = compared(answered("18"), answered("18"))
    assert (found.agrees, found.how, found.corroborates) == (True, "answer", True)
    assert "neither has seen the other" in found.independence


def test_a_reading_that_was_told_of_the_other_agrees_and_corroborates_nothing():
    found = compared(answered("18"), answered("18"), independent=False)
    assert found.agrees is True
    assert found.corroborates is None
    assert "repaired after it was told" in found.independence


def test_readings_that_differ_show_both_and_the_repair_hears_of_it():
    found = compared(answered("18"), answered("20"))
    assert found.corroborates is False
    assert "18" in found.reason
    assert "20" in found.reason
    assert "came to 20" in disagreement(found, reading(answered("20"))).message
    shown = readings_of(reading(answered("18")), reading(answered("20"), 2))
    assert [(each["attempt"], each["answer"]) for each in shown] == [(1, "18"), (2, "20")]
    assert all(each["program"] for each in shown)


def test_a_second_reading_that_concludes_nothing_neither_agrees_nor_differs():
    found = compared(answered("18"), None)
    assert (found.agrees, found.corroborates) == (None, None)


def test_entailments_are_compared_by_their_verdict():
    proved, refuted = Verdict(VerdictKind.PROVED, ""), Verdict(VerdictKind.REFUTED, "")
    assert compared(proved, proved, Kind.ENTAILMENT).corroborates is True
    assert compared(proved, refuted, Kind.ENTAILMENT).corroborates is False


def test_what_two_readings_have_in_common_is_said():
    first = reading(answered("1"))
    second = Reading(
        replace(first.attempt, completion=replace(first.attempt.completion, lm=LmIdentity("http", "another"))),
        answered("1"),
    )
    assert "different language models" in compare(Kind.ARITHMETIC, first, second, independent=True).independence
    assert "the same language model (qwen)" in compare(Kind.ARITHMETIC, first, first, independent=True).independence
