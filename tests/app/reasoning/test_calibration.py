"""How often a rung was right: an interval, and nothing on few samples."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from app.reasoning.calibration import CalibrationTable, Entry, load_calibration, wilson
from app.reasoning.trust import TRUST_RULE
from app.reasoning.types import Kind, Trust
from app.settings import SettingsError


def entry(right, n, *, set="gsm8k", lm="gpt-4", trust=Trust.CERTIFIED, rule=TRUST_RULE):
    return Entry(set, lm, Kind.ARITHMETIC, trust, rule, right, n)


def asked(*entries, lm="gpt-4", trust=Trust.CERTIFIED, kind=Kind.ARITHMETIC):
    return CalibrationTable(entries).of(trust, kind, lm)


def test_ninety_five_of_a_hundred():
    found = asked(entry(95, 100))
    assert (found.p, found.n, found.set) == (0.95, 100, "gsm8k")
    assert (found.low, found.high) == (0.8882, 0.9785)  # computed by hand from Wilson's formula with z = 1.96


def test_below_a_hundred_samples_nothing_is_said():
    assert asked(entry(99, 99)) is None
    assert asked() is None


def test_sets_of_one_kind_and_language_model_are_added_up():
    found = asked(entry(50, 60), entry(40, 60, set="svamp"))
    assert (found.p, found.n, found.set) == (0.75, 120, "gsm8k + svamp")


@pytest.mark.parametrize(
    "other",
    [
        {"lm": "another"},
        {"trust": Trust.EXECUTED},
        {"kind": Kind.CONSTRAINT},
    ],
)
def test_what_was_measured_of_something_else_says_nothing(other):
    assert asked(entry(100, 100), **other) is None


def test_what_was_measured_under_another_rule_says_nothing():
    assert asked(entry(100, 100, rule=TRUST_RULE - 1)) is None


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_within_nothing_and_all(counts):
    right, n = counts
    low, high = wilson(right, n)
    assert 0 <= low <= right / n + 1e-12
    assert right / n - 1e-12 <= high <= 1


@pytest.mark.parametrize(("right", "n"), [(0, 5), (5, 5), (3, 7), (850, 1_000)])
def test_the_interval_is_the_one_of_scipy(right, n):
    exact = binomtest(right, n).proportion_ci(method="wilson")
    assert wilson(right, n) == pytest.approx((exact.low, exact.high))


@pytest.mark.parametrize("n", [1, 6, 49, 601, 1319])
def test_of_all_or_none_the_interval_ends_at_the_share_itself(n):
    assert (wilson(0, n)[0], wilson(n, n)[1]) == (0.0, 1.0)


def test_of_nothing_the_interval_is_everything():
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_table_that_ships_can_be_read():
    load_calibration()


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[1]",
        "not JSON",
        json.dumps([{"set": "a"}]),
        json.dumps(
            [{"set": "a", "lm": "b", "kind": "arithmetic", "trust": "certified", "trust_rule": 3, "right": 3, "n": 2}]
        ),
        json.dumps(
            [{"set": "a", "lm": "b", "kind": "poetry", "trust": "certified", "trust_rule": 3, "right": 1, "n": 2}]
        ),
    ],
)
def test_a_table_that_is_none_says_so(tmp_path, text):
    path = tmp_path / "table.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match="QUOD_CALIBRATION"):
        load_calibration(path)


def test_a_table_that_is_not_there_says_so(tmp_path):
    with pytest.raises(SettingsError, match="QUOD_CALIBRATION"):
        load_calibration(tmp_path / "none.json")
