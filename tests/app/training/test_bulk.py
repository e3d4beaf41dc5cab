from fractions import Fraction

from app.training.bulk import right_ones
from app.training.rows import ArithmeticProblem
from app.translator.expression import parse


def problem(text, written, answer):
    return ArithmeticProblem(text, parse(written.split()), Fraction(answer), "made", text)


def test_those_with_their_answer_stay_and_one_that_has_no_value_costs_no_other_its_place():
    right = [
        problem("3 apples and 4 pears", "+ n0 n1", 7),
        problem("half of 5 apples", "* n0 n1", "5/2"),
        problem("7.5 apples less 8", "- n0 n1", "-1/2"),
        problem("9 apples of 365 days", "/ n0 n1", "9/365"),
    ]
    wrong = [
        problem("3 apples and 4 plums", "+ n0 n1", 8),
        problem("3 apples and 0 pears", "/ n0 n1", 0),
        problem("3 apples and 3 pears", "/ n0 - n0 n1", 3),
    ]
    assert right_ones([right[0], wrong[0], *right[1:3], *wrong[1:], right[3]]) == right
