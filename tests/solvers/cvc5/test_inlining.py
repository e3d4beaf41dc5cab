"""Definitions that must not be written out, since the script would say something else."""

import pytest

from solvers.cvc5.inlining import inline_definitions
from solvers.smt import sexpr


def inlined(script: str) -> str:
    return " ".join(sexpr.write(command) for command in inline_definitions(list(sexpr.commands(sexpr.tokens(script)))))


def test_a_definition_is_written_out() -> None:
    script = "(define-fun f ((a Int)) Int (+ a 1)) (assert (forall ((x Int)) (let ((y 2)) (= (f x) (f y)))))"
    assert inlined(script) == "(assert (forall ((x Int)) (let ((y 2)) (= (+ x 1) (+ y 1)))))"


@pytest.mark.parametrize(
    "rest",
    [
        "(assert (exists ((g Int)) (let ((f 3)) (= g 5))))",
        "(assert (exists ((g Int)) (let ((h 1) (f 3)) (= g 5))))",
        "(assert (forall ((f Int)) (= f 5)))",
        "(assert (forall ((x Int) (|f| Int)) (= f 5)))",
        "(assert (match l ((nil true) ((cons f t) false))))",
        "(assert (match l ((f true))))",
        "(pop) (declare-fun f (Int) Int) (assert (= (f 0) 2))",
    ],
)
def test_a_name_that_is_bound_again_keeps_its_new_meaning(rest: str) -> None:
    script = f"(push 1) (declare-fun g (Int) Int) (define-fun f ((a Int)) Int (g a)) {rest}"
    assert inlined(script) == script
