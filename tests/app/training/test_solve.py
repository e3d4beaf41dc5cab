import csv
import gzip
import json
from fractions import Fraction

import pytest

from app.numerals import quantities
from app.training.solve import Dropped, SourceError, gsm8k, mathqa, mawps
from app.translator.expression import evaluate, spell


@pytest.fixture
def mawps_file(tmp_path):
    def write(*rows):
        path = tmp_path / "mawps.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Question", "Numbers", "Equation", "Answer"])
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def gsm8k_file(tmp_path):
    def write(*rows):
        path = tmp_path / "gsm8k.jsonl.gz"
        with gzip.open(path, "wt") as file:
            for question, gold, steps in rows:
                steps = [{"expr": expr, "value": value, "clp": clp} for expr, value, clp in steps]
                file.write(json.dumps({"question": question, "gold": gold, "steps": steps}) + "\n")
        return path

    return write


@pytest.fixture
def mathqa_file(tmp_path):
    def write(*rows):
        path = tmp_path / "mathqa.json"
        names = ("Problem", "options", "correct", "linear_formula")
        path.write_text(json.dumps([dict(zip(names, row, strict=True)) for row in rows]))
        return path

    return write


def spelled(problem):
    return " ".join(spell(problem.expression))


def test_a_row_of_mawps_has_its_numbers_in_the_text(mawps_file):
    path = mawps_file(
        ("Ida had number0 figs and ate number1 . How many are left ?", "8.0 2.50", "- number0 number1", "5.5")
    )
    (problem,) = mawps(path)
    assert problem.text == "Ida had 8 figs and ate 2.5 . How many are left ?"
    assert spelled(problem) == "- n0 n1"
    assert (problem.answer, problem.source) == (Fraction(11, 2), "mawps")


def test_a_float_in_mawps_is_the_fraction_it_was_made_from(mawps_file):
    path = mawps_file(
        ("A rope of number0 feet loses number1 foot .", "2.3333333333333335 0.3333333333333333", "- number0 number1", 2)
    )
    (problem,) = mawps(path)
    assert problem.text == "A rope of 2 1/3 feet loses 1/3 foot ."
    assert problem.answer == 2


def test_a_word_between_two_numbers_is_a_quantity_as_well(mawps_file):
    path = mawps_file(("Two girls have number0 figs each and number1 more .", "3 4", "+ * 2.0 number0 number1", "10"))
    (problem,) = mawps(path)
    assert spelled(problem) == "+ * n0 n1 n2"


def test_a_row_whose_equation_is_not_its_answer_is_counted_as_dropped(mawps_file):
    rows = [("Ida had number0 figs and ate number1 .", "8 2", "- number0 number1", answer) for answer in ("6", "7")]
    dropped = Dropped()
    assert len(list(mawps(mawps_file(*rows), dropped))) == 1
    assert (dropped.rows, dropped.used) == (2, 1)
    assert dropped.reasons == {"its value is not the answer": 1}
    assert "1 of 2 rows" in str(dropped)


def test_steps_of_gsm8k_become_one_expression(gsm8k_file):
    text = "Ida sells 30 figs for $2 each and gives 20% of the money away. How much does she keep?"
    path = gsm8k_file(
        (text, "48", [("30*2", "60", "S1 = 30*2"), ("60*0.2", "12", "S2 = S1*(1/5)"), ("60-12", "48", "S3 = S1-S2")])
    )
    (problem,) = gsm8k(path)
    assert problem.text == text
    assert spelled(problem) == "- * n0 n1 / * * n0 n1 n2 100"


def test_every_row_has_the_value_of_its_expression(gsm8k_file):
    text = "Ida has 1,000 figs and eats half."
    (problem,) = gsm8k(gsm8k_file((text, "500", [("1000/2", "500", "S1 = 1000/2")])))
    assert evaluate(problem.expression, [item.value for item in quantities(text)]) == problem.answer == 500


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([], "no steps"),
        ([("17+5", "22", "S1 = 17+5")], "no quantity"),
        ([("5*5", "25", "S1 = 5*5")], "not the answer"),
        ([("2**5", "32", "S1 = 2**5")], "not arithmetic"),
        ([("2+1", "3", "S1 = 2+1")], "uses no quantity"),
    ],
)
def test_what_is_wrong_with_a_row_of_gsm8k_is_said(gsm8k_file, steps, reason):
    dropped = Dropped()
    assert list(gsm8k(gsm8k_file(("Ida has 5 figs.", "3", steps)), dropped)) == []
    ((said, count),) = dropped.reasons.items()
    assert reason in said
    assert count == 1


def test_a_formula_of_mathqa_is_used_where_it_gives_the_marked_option(mathqa_file):
    row = (
        "a van goes 135 km in 3 hours . what is its speed ?",
        "a ) 40 , b ) 45 km / hr , c ) 50",
        "b",
        "divide(n0,n1)|",
    )
    dropped = Dropped()
    wrong = (*row[:2], "c", row[3])
    (problem,) = mathqa(mathqa_file(row, wrong), dropped)
    assert spelled(problem) == "/ n0 n1"
    assert dropped.reasons == {"its value is not the answer": 1}


def test_an_option_says_what_its_digits_say(mathqa_file):
    def used(options):
        return len(list(mathqa(mathqa_file(("share 20 figs among 3 men .", options, "a", "divide(n0,n1)|")))))

    assert used("a ) 6.67 , b ) 7")
    assert used("a ) 20 / 3 , b ) 7")
    assert used("a ) 6 2 / 3 , b ) 7")
    assert not used("a ) 7 , b ) 6")
    assert not used("a ) 6.68 , b ) 7")
    assert not used("a ) 20 : 3 , b ) 7")


def test_a_fraction_in_mathqa_is_one_quantity(mathqa_file):
    text = "a man walks 2 / 9 of 18 miles . how far does he walk ?"
    formula = "divide(n0,n1)|multiply(n2,#0)|"
    (problem,) = mathqa(mathqa_file((text, "a ) 4 , b ) 5", "a", formula)))
    assert spelled(problem) == "* n0 n1"


@pytest.mark.parametrize(
    ("text", "formula", "reason"),
    [
        ("a ball has radius 4 . its size ?", "volume_sphere(n0)|", "more than arithmetic"),
        ("find the side in the figure with area 4 .", "add(n0,n0)|", "no problem by itself"),
        ("a man has 4 figs .", "add(n0,n7)|", "not there"),
        ("a man has 4 figs .", "multiply(n0,const_pi)|", "not ours"),
        ("a man has 4 figs .", "add n0", "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_row_of_mathqa_is_said(mathqa_file, text, formula, reason):
    dropped = Dropped()
    assert list(mathqa(mathqa_file((text, "a ) 8 , b ) 9", "a", formula)), dropped)) == []
    ((said, _),) = dropped.reasons.items()
    assert reason in said


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(SourceError, match="columns"):
        list(mawps(path))
    path.write_text('{"question": "x"}\n')
    with pytest.raises(SourceError, match=r"other\.csv, row 1"):
        list(gsm8k(path))
    path.write_text("{}")
    with pytest.raises(SourceError):
        list(mathqa(path))
