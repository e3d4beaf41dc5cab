"""Answers held against targets as data sets write them."""

import pytest

from app.reasoning.targets import is_target, number_in
from app.reasoning.types import Kind, Trust, Verdict, VerdictKind


def answered(text):
    return Verdict(VerdictKind.ANSWERED, "", text, Trust.EXECUTED)


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("18", "18"), ("18", "18.0"), ("18", "$18.00"), ("1200", "1,200"), ("3/4", "0.75"), ("-5", "-5"),
        ("18", "He has 3 + 15 of them.\n#### 18"), ("7", " 7 apples "), ("15", "15 %"), ("10/3", "3.3333333"),
        ("0.30000000000000004", "0.3"), ("1234567", "1,234,567"), ("5/2", "5 / 2"),
    ],
)  # fmt: skip
def test_a_number_is_the_target_however_it_is_written(answer, target):
    assert is_target(Kind.ARITHMETIC, answered(answer), target)


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("18", "81"), ("18", "-18"), ("18", ""), ("18", "eighteen"), ("18", "17 or 18"), ("1", "1/2"), ("2", "1/2"),
        ("18", "#### "), ("foo", "foo"), ("1/3", "0.33"), ("1", "1/0"), ("X", "18"), ("12", "1,2"), ("18", "1" * 5000),
    ],
)  # fmt: skip
def test_what_is_another_number_or_none_is_not_the_target(answer, target):
    assert not is_target(Kind.ARITHMETIC, answered(answer), target)


@pytest.mark.parametrize(
    ("kind", "target", "wanted"),
    [
        (VerdictKind.PROVED, "True", True), (VerdictKind.PROVED, "yes", True), (VerdictKind.PROVED, "Unknown", False),
        (VerdictKind.REFUTED, "False", True), (VerdictKind.REFUTED, "true", False),
        (VerdictKind.UNDETERMINED, "uncertain.", True), (VerdictKind.INCONSISTENT, "true", False),
    ],
)  # fmt: skip
def test_a_verdict_on_a_conclusion_is_the_target_by_its_meaning(kind, target, wanted):
    assert is_target(Kind.ENTAILMENT, Verdict(kind, ""), target) is wanted


def test_a_name_is_the_target_without_quotes_and_case_but_not_as_a_part():
    assert is_target(Kind.CONSTRAINT, answered("'Ann Lee'"), "ann_lee")
    assert is_target(Kind.CONSTRAINT, answered("4"), "4")
    assert not is_target(Kind.CONSTRAINT, answered("ann"), "anna")
    assert not is_target(Kind.CONSTRAINT, answered("left_of(ann)"), "ann")
    assert not is_target(Kind.CONSTRAINT, answered("''"), "")


@pytest.mark.parametrize("text", ["9" * 100_000, "1/" * 50_000, ",1" * 50_000, "1," * 50_000, "1.1" * 50_000])
def test_a_hostile_answer_is_read_in_no_time(text):
    assert number_in(text[:2_000]) is None
    assert not is_target(Kind.ARITHMETIC, answered(text), "9")
