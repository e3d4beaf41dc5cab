"""Quantities of a text, and the numbers of a program that may stand for them."""

import itertools
import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reasoning.quantities import COMMON, explains, known_numbers, quantities, readings


def one(text):
    found = quantities(text)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("She has 12 eggs", 12, None),
        ("for $2 each", 2, "dollar"),
        ("it costs 3.60 euros", Fraction(18, 5), "euro"),
        ("80¢ a piece", 80, "cent"),
        ("80 cents a piece", 80, "cent"),
        ("a house for $80,000", 80_000, "dollar"),
        ("a house for $400 000", 400_000, "dollar"),
        ("20 % off", 20, "percent"),
        ("20 percent off", 20, "percent"),
        ("twenty per cent off", 20, "percent"),
        ("1/4 of it", Fraction(1, 4), None),
        ("three quarters of it", Fraction(3, 4), None),
        ("two-thirds of it", Fraction(2, 3), None),
        ("a third of it", Fraction(1, 3), None),
        ("half of it", Fraction(1, 2), None),
        ("½ of it", Fraction(1, 2), None),
        ("1½ cups", Fraction(3, 2), None),
        ("2 1/2 cups", Fraction(5, 2), None),
        ("two and a half cups", Fraction(5, 2), None),
        ("seven ducks", 7, None),
        ("twenty-five ducks", 25, None),
        ("two hundred and five ducks", 205, None),
        ("twice as many", 2, None),
        ("triple that", 3, None),
        ("a dozen eggs", 12, None),
        ("3 dozen eggs", 36, None),
        ("half a dozen eggs", 6, None),
        ("half a million eggs", 500_000, None),
        ("a pair of shoes", 2, None),
        ("four score ducks", 80, None),
        ("3 million people", 3_000_000, None),
        ("5k steps", 5000, None),
        ("at 9:40 in the morning", 580, "clock"),
        ("at 9:40 pm", 1300, "clock"),
        ("at 5 PM", 1020, "clock"),
        ("at 6 a.m. sharp", 360, "clock"),
        ("half an hour", Fraction(1, 2), "hour"),
        ("4 times", 4, "times"),
    ],
)
def test_a_quantity_has_its_value_and_unit(text, value, unit):
    found = one(text)
    assert (found.value, found.unit) == (value, unit)
    assert text[found.start : found.end] == found.text


@pytest.mark.parametrize("text", ["the score was even", "a gross error", "o my", "the oneness of the seventies", ""])
def test_a_word_that_only_looks_like_a_number_is_none(text):
    assert quantities(text) == ()


def test_an_ordinal_is_marked_as_such():
    assert one("the third person").is_ordinal
    assert not one("a third of the people").is_ordinal


def test_quantities_come_in_order_and_apart():
    text = "In 2 days, three of 4,000 ducks eat 1/2 of 20 % at 9:40, twice."
    found = quantities(text)
    assert [item.text for item in found] == ["2", "three", "4,000", "1/2", "20 %", "9:40", "twice"]
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("20 % off", ["20", "1/5", "6/5", "4/5", "120", "80"]),
        ("half of it", ["1/2", "2", "50"]),
        ("a third more", ["1/3", "3", "4/3", "2/3"]),
        ("$2 each", ["2", "200"]),
        ("80 cents", ["80", "4/5"]),
        ("$0.75 each", ["3/4", "75"]),
        ("at 9:40", ["9", "40", "580"]),
        ("3 dozen", ["36", "3", "12"]),
        ("twice as many", ["2", "1/2", "3"]),
        ("2 hours", ["2", "120"]),
        ("4 feet", ["4", "48"]),
        ("3 friends", ["3", "4"]),
        ("5 degrees below zero, say 5", ["-5"]),
    ],
)
def test_a_quantity_explains_the_numbers_that_may_stand_for_it(text, numbers):
    found = quantities(text)
    assert all(explains(found[0], Fraction(number)) for number in numbers)


@pytest.mark.parametrize(("text", "number"), [("20 %", "21"), ("half", "3"), ("$2", "3"), ("9:40", "41"), ("12", "13")])
def test_a_quantity_explains_no_other_number(text, number):
    assert not explains(one(text), Fraction(number))


def test_a_constant_needs_a_word_that_calls_for_it():
    assert known_numbers("How many weeks is that?")[Fraction(7)] == "days in a week"
    assert Fraction(7) not in known_numbers("How many ducks are there?")
    assert Fraction(18) not in known_numbers("Janet has 16 eggs, eats three and bakes with four. What does she sell?")


def test_what_an_enumeration_names_may_be_counted():
    assert Fraction(3) in known_numbers("Ida, Jon and Kim share it equally.")
    assert Fraction(4) in known_numbers("Ida, Jon, Kim, and Lea share it equally.")
    assert Fraction(4) in known_numbers("He works from Sunday through Wednesday.")


def test_the_hours_from_one_time_to_another_may_be_counted():
    known = known_numbers("He sleeps from 10 p.m. to 6:30 a.m. every night.")
    assert Fraction(17, 2) in known
    assert Fraction(510) in known


def test_every_constant_has_a_reason():
    assert all(constant.reason and constant.numbers for constant in COMMON)


def test_every_word_that_calls_for_a_constant_is_heard_in_any_case_and_only_as_a_whole():
    for constant in COMMON:
        for word in constant.words.split():
            for text in (word, f"7{word.upper()}.", f"({word.title()}-)"):
                assert known_numbers(text).keys() >= {Fraction(number) for number in constant.numbers}
            assert known_numbers(f"x{word}x").keys() == known_numbers("x").keys()


@given(st.text(max_size=300))
def test_no_text_raises(text):
    for item in quantities(text):
        assert text[item.start : item.end] == item.text
        assert all(number >= 0 for number in readings(item))


@pytest.mark.parametrize(
    "text",
    [
        "7 " * 10_000,
        "half " * 6_400,
        "one hundred and " * 2_000,
        "2 and a " * 4_000,
        "kilo" * 8_000,
        "a, " * 10_000,
        "1" * 32_000,
        "-" * 32_000,
        "".join(f"{number}% " for number in range(1_000, 6_300)),
    ],
    ids=lambda text: text[:10],
)
def test_a_long_text_is_read_in_time(text):
    started = time.process_time()
    known_numbers(text)
    assert time.process_time() - started < 1.0  # 0.2 on a machine that does nothing else
