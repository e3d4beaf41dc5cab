"""What an outcome lacks, measured against what the job wanted."""

import time
from fractions import Fraction

import pytest

from solvers import (
    Answers,
    ErrorClass,
    Job,
    Language,
    NoAnswer,
    Outcome,
    Program,
    Satisfiable,
    Substitution,
    Unknown,
    Unsatisfiable,
    Value,
    ValueKind,
    Wanted,
)
from solvers.logical import answer_value, judge, number_of


def job(wanted: Wanted, answer: str | None = None, language: Language = Language.PROLOG) -> Job:
    return Job(Program(language, ""), "solve(X)", wanted, answer)


def value(text: str, kind: ValueKind = ValueKind.INTEGER) -> Value:
    return Value(text, kind)


def found(*values: Value, exhausted: bool = True, residual: tuple[str, ...] = ()) -> Answers:
    return Answers(tuple(Substitution({"X": each}, residual) for each in values), exhausted)


def message(wanted: Wanted, outcome: Outcome, answer: str | None = None, language: Language = Language.PROLOG) -> str:
    (diagnostic,) = judge(job(wanted, answer, language), outcome)
    assert diagnostic.error_class is ErrorClass.LOGICAL
    return diagnostic.message


@pytest.mark.parametrize(
    "outcome", [NoAnswer(), Unsatisfiable(), Unknown("incomplete"), found(value("a", ValueKind.ATOM))]
)
def test_who_wants_anything_gets_no_diagnostic(outcome: Outcome) -> None:
    assert judge(job(Wanted.ANY), outcome) == ()


def test_one_answer_is_what_was_wanted() -> None:
    assert judge(job(Wanted.ONE), found(value("a", ValueKind.ATOM))) == ()
    assert judge(job(Wanted.NUMBER), found(value("10/3", ValueKind.RATIONAL))) == ()


def test_no_answer_is_a_fault_where_one_was_wanted() -> None:
    assert "no answer" in message(Wanted.ONE, NoAnswer())


def test_two_answers_that_both_fit_are_shown() -> None:
    text = message(Wanted.ONE, found(value("18"), value("20"), value("22")))
    assert "X = 18" in text
    assert "X = 20" in text


@pytest.mark.parametrize("second", [value("18"), value("18.0", ValueKind.FLOAT), value("36/2", ValueKind.RATIONAL)])
def test_the_same_number_twice_is_one_answer(second: Value) -> None:
    assert judge(job(Wanted.NUMBER), found(value("18"), second)) == ()


def test_the_atom_18_is_not_the_number_18() -> None:
    assert judge(job(Wanted.ONE), found(value("18"), value("18", ValueKind.ATOM))) != ()


def test_answers_that_differ_elsewhere_than_in_the_wanted_variable_are_one() -> None:
    outcome = Answers(
        tuple(Substitution({"X": value("18"), "Who": value(who, ValueKind.ATOM)}) for who in ("ann", "bob")), True
    )
    assert judge(job(Wanted.NUMBER, answer="X"), outcome) == ()
    assert judge(job(Wanted.ONE), outcome) != ()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (value("X", ValueKind.UNBOUND), "has no value"),
        (value("3+4", ValueKind.EXPRESSION), "nobody evaluated"),
        (value("eighteen", ValueKind.ATOM), "the atom"),
        (value("18", ValueKind.STRING), "the text"),
        (value("true", ValueKind.BOOLEAN), "truth value"),
        (value("f(1)", ValueKind.COMPOUND), "not a number"),
        (value("inf", ValueKind.FLOAT), "not a number"),
        (value("oo", ValueKind.OTHER), "not a number"),
    ],
)
def test_what_is_no_number_is_told_apart(wrong: Value, says: str) -> None:
    text = message(Wanted.NUMBER, found(wrong))
    assert says in text
    assert "`X`" in text


def test_what_is_known_of_a_constrained_variable_is_shown() -> None:
    text = message(Wanted.NUMBER, found(value("X", ValueKind.CONSTRAINED), residual=("{X>=3}",)))
    assert "{X>=3}" in text


def test_a_wanted_variable_that_the_query_does_not_have_is_named() -> None:
    assert "`Total`" in message(Wanted.NUMBER, found(value("18")), answer="Total")


def test_of_several_variables_one_must_be_named() -> None:
    outcome = Answers((Substitution({"X": value("1"), "Y": value("2")}),), True)
    assert "`X`, `Y`" in message(Wanted.NUMBER, outcome)


def test_a_query_without_variables_has_no_number() -> None:
    assert "no value for a number" in message(Wanted.NUMBER, Answers((Substitution({}),), True))


def test_a_contradiction_names_the_assertions_in_conflict() -> None:
    text = message(Wanted.ONE, Unsatisfiable(("price", "budget")), language=Language.SMT)
    assert "`price`, `budget`" in text


def test_an_undecided_question_says_why() -> None:
    assert "incomplete quantifiers" in message(Wanted.NUMBER, Unknown("incomplete quantifiers"), language=Language.SMT)


def test_the_value_of_the_wanted_term_decides_for_smt() -> None:
    outcome = Satisfiable(
        model={"a": value("1"), "b": value("true", ValueKind.BOOLEAN)}, values={"(+ a 1)": value("2")}
    )
    assert judge(job(Wanted.NUMBER, "(+ a 1)", Language.SMT), outcome) == ()
    assert answer_value(job(Wanted.NUMBER, "(+ a 1)", Language.SMT), outcome) == value("2")
    assert "no value for `(+ a 2)`" in message(Wanted.NUMBER, outcome, "(+ a 2)", Language.SMT)


def test_without_a_wanted_term_the_only_constant_of_the_model_answers() -> None:
    assert judge(job(Wanted.NUMBER, language=Language.SMT), Satisfiable(model={"total": value("42")})) == ()
    several = Satisfiable(model={"total": value("42"), "rest": value("1")})
    assert "`total`, `rest`" in message(Wanted.NUMBER, several, language=Language.SMT)


def test_a_very_long_number_is_still_a_number() -> None:
    digits = "9" * 100_000
    assert judge(job(Wanted.NUMBER), found(value(digits))) == ()


def test_a_number_is_read_exactly() -> None:
    assert str(number_of(value("10/3", ValueKind.RATIONAL))) == "10/3"
    assert number_of(value("18", ValueKind.ATOM)) is None


@pytest.mark.parametrize(
    "text",
    ["1e999999999", "1E+99999999", "-2.5e-99999999", "1" * 100_000, "1_000", " 1", "1/0", "1.0Inf", "٣", "0x10", ""],
)
@pytest.mark.parametrize("kind", [ValueKind.INTEGER, ValueKind.RATIONAL, ValueKind.FLOAT])
def test_a_text_that_says_it_is_a_number_costs_the_service_nothing(text: str, kind: ValueKind) -> None:
    began = time.process_time()
    assert number_of(value(text, kind)) is None
    judge(job(Wanted.NUMBER), found(value(text, kind), value("2", kind)))
    assert time.process_time() - began < 0.1


def test_the_numbers_that_engines_print_are_read() -> None:
    texts = {
        "-18": -18,
        "10/3": Fraction(10, 3),
        "2.5": Fraction(5, 2),
        "1.0e10": 10**10,
        "5.0e-324": Fraction("5e-324"),
    }
    for text, number in texts.items():
        assert number_of(value(text, ValueKind.FLOAT)) == number
