"""Reading z3's replies: every number exact, every name as the script wrote it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.smt.models import read_core, read_model, read_objectives, read_values, value_of
from solvers.smt.sexpr import read
from solvers.types import Value, ValueKind


def printed(number: Fraction, real: bool) -> str:
    """A number as z3 prints it."""
    sign, size, point = number < 0, abs(number), ".0" if real else ""
    text = f"{size.numerator}{point}"
    if size.denominator != 1:
        text = f"(/ {size.numerator}.0 {size.denominator}.0)"
    return f"(- {text})" if sign else text


@given(st.fractions())
def test_a_rational_is_read_exactly(number):
    value = value_of(read(printed(number, real=True))[0])
    assert Fraction(value.text) == number
    assert value.kind is (ValueKind.INTEGER if number.denominator == 1 else ValueKind.RATIONAL)


@given(st.integers())
def test_an_integer_is_read_exactly(number):
    assert value_of(read(printed(Fraction(number), real=False))[0]) == Value(str(number), ValueKind.INTEGER)


def test_a_numeral_longer_than_python_converts_is_read():
    digits = "7" * 100_000
    assert value_of(read(f"(- {digits})")[0]) == Value(f"-{digits}", ValueKind.INTEGER)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", Value("true", ValueKind.BOOLEAN)),
        ("(- 0.0)", Value("0", ValueKind.INTEGER)),
        ("0.125", Value("1/8", ValueKind.RATIONAL)),
        ('"a""b\\u{e9}"', Value('a"bé', ValueKind.STRING)),
        ('"\\u{d800}"', Value("\\u{d800}", ValueKind.STRING)),
        ("green", Value("green", ValueKind.ATOM)),
        ("|light green|", Value("light green", ValueKind.ATOM)),
        ("#x1f", Value("#x1f", ValueKind.OTHER)),
        ("oo", Value("oo", ValueKind.OTHER)),
        ("(* (- 1) oo)", Value("-oo", ValueKind.OTHER)),
        ("(+ 3.0 epsilon)", Value("(+ 3.0 epsilon)", ValueKind.OTHER)),
        ("(root-obj (+ (^ x 2) (- 2)) 1)", Value("(root-obj (+ (^ x 2) (- 2)) 1)", ValueKind.OTHER)),
        ("(/ 1.0 0.0)", Value("(/ 1.0 0.0)", ValueKind.COMPOUND)),
        ("(cons 1 nil)", Value("(cons 1 nil)", ValueKind.COMPOUND)),
    ],
)
def test_each_kind_of_value(text, value):
    assert value_of(read(text)[0]) == value


def test_a_model_has_constants_functions_and_no_labels():
    reply = """(
      ;; universe for P:
      (declare-fun P!val!0 () P)
      (forall ((x P)) (= x P!val!0))
      (define-fun x () Int (- 5))
      (define-fun label () Bool (> x 3))
      (define-fun f ((x!0 Int)) Int
        (ite (= x!0 3) 1 2))
    )"""
    assert read_model(reply, leave_out={"label"}) == {
        "x": Value("-5", ValueKind.INTEGER),
        "f": Value("(define-fun f ((x!0 Int)) Int (ite (= x!0 3) 1 2))", ValueKind.COMPOUND),
    }


def test_values_objectives_and_cores_carry_the_names_of_the_script():
    assert read_values("(((+ x   y) 3))", ["(+ x y)"]) == {"(+ x y)": Value("3", ValueKind.INTEGER)}
    assert read_objectives("(objectives (x 3) ( 1))", ["x", "assert-soft"]) == {
        "x": Value("3", ValueKind.INTEGER),
        "assert-soft": Value("1", ValueKind.INTEGER),
    }
    assert read_core("(a |b c| (< x 2))") == ("a", "b c", "(< x 2)")


def test_a_model_may_nest_deeper_than_a_program():
    points = "(ite (= x!0 1) 2 " * 5000 + "0" + ")" * 5000
    model = read_model(f"((define-fun f ((x!0 Int)) Int {points}))", ())
    assert model["f"].text.count("ite") == 5000
