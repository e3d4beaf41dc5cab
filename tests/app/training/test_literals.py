from fractions import Fraction

import pytest

from app.numerals import quantities
from app.training.literals import Calculation, Number, Tying, UntiedError, Written
from app.translator.expression import canonical, evaluate, spell


def number(value: str, origin: str = "any") -> Number:
    return Number(Fraction(value), origin)


def of(operator: str, left: Written | str, right: Written | str) -> Calculation:
    return Calculation(
        operator,
        number(left) if isinstance(left, str) else left,
        number(right) if isinstance(right, str) else right,
    )


def tied(text: str, written: Written) -> str:
    return " ".join(spell(canonical(Tying(text, quantities(text)).tie(written))))


@pytest.mark.parametrize(
    ("text", "written", "expected"),
    [
        ("Ida has 48 pins, Bo half as many.", of("/", "48", "2"), "* n0 n1"),
        ("Ida has 48 pins, Bo a third of them.", of("/", "48", "3"), "* n0 n1"),
        ("Ida has 48 pins and gives three quarters away.", of("/", of("*", "48", "3"), "4"), "* n0 n1"),
        ("Ida has 48 pins and gives three quarters away.", of("*", "48", of("/", "1", "4")), "* n0 - 1 n1"),
        ("Ida has 48 pins, 25 % of them bent.", of("*", "48", "0.25"), "/ * n0 n1 100"),
        ("A coat costs $40, now 20 % less.", of("*", "40", "0.8"), "/ * n0 - 100 n1 100"),
        ("A coat costs $40, now 20 % more.", of("*", "40", "1.2"), "/ * n0 + n1 100 100"),
        ("Bo buys three dozen eggs at 2 euros.", of("*", of("*", "3", "12"), "2"), "* n0 n1"),
        ("Bo buys 3 pairs of socks at 4 euros a pair.", of("*", "3", "4"), "/ * n0 n1 2"),
        ("Bo types 6 words a minute for 2 hours.", of("*", "6", of("*", "2", "60")), "* * n0 n1 60"),
        ("Bo saves 50 cents a day for 8 days.", of("*", "0.5", "8"), "/ * n0 n1 100"),
        ("Ida has twice as many as Bo, together 30.", of("/", "30", "3"), "/ n1 + n0 1"),
    ],
)
def test_a_number_of_a_solution_is_tied_to_the_words_that_say_it(text, written, expected):
    assert tied(text, written) == expected


def test_a_tied_expression_has_the_value_of_the_solution():
    text = "A coat costs $40, now 20 % less, and Ida pays half."
    found = quantities(text)
    expression = Tying(text, found).tie(of("/", of("*", "40", "0.8"), "2"))
    assert evaluate(canonical(expression), [item.value for item in found]) == 16


def test_of_two_equal_quantities_the_one_not_used_yet_is_taken():
    assert tied("Ida has 5 red and 5 blue pins.", of("+", "5", "5")) == "+ n0 n1"


def test_a_result_that_is_not_used_yet_goes_before_a_quantity_of_the_same_value():
    text = "Ida has 5 boxes of 2 pins, and 10 more pins."
    tying = Tying(text, quantities(text))
    tying.step(Fraction(10), of("*", "5", "2"))
    assert spell(canonical(tying.step(Fraction(20), of("+", "10", "10")))) == ("+", "*", "n0", "n1", "n2")


def test_a_number_that_two_quantities_come_to_is_not_taken_for_a_constant():
    with pytest.raises(UntiedError, match="left out"):
        tied("There are 3 red and 2 green pins among 20.", of("-", "20", "5"))


def test_a_large_constant_needs_its_word_in_the_text():
    assert tied("Ida walks 3 miles a day for a year.", of("*", "3", "365")) == "* n0 365"
    with pytest.raises(UntiedError, match="left out"):
        tied("Ida walks 3 miles.", of("*", "3", "365"))


def test_a_number_that_nobody_knows_is_refused():
    with pytest.raises(UntiedError, match="no quantity"):
        tied("Ida has 3 pins.", of("+", "3", "17"))


def test_a_step_that_only_states_a_new_number_is_refused():
    text = "Ida has 3 pins."
    with pytest.raises(UntiedError, match="states a number"):
        Tying(text, quantities(text)).step(Fraction(4), number("4"))


def test_a_part_of_a_quantity_is_never_a_constant():
    with pytest.raises(UntiedError, match="part of"):
        tied("Ida reads 2 / 9 of 18 pages.", Calculation("*", number("2", "part"), number("18")))
