"""Certificates made up to deceive the checkers of SMT-LIB: none is confirmed, none escapes, none outlasts its limit."""

import time
import tracemalloc

import pytest

from solvers.certificates import Certificate, CheckReport, CheckResult
from solvers.checking import check_certificate
from solvers.types import Job, Language, ModelText, Program, Proof, Satisfiable, Unsatisfiable, Value, ValueKind


def integer(text: str) -> Value:
    return Value(text, ValueKind.INTEGER)


def definition(text: str) -> Value:
    return Value(text, ValueKind.COMPOUND)


def model(
    script: str,
    text: str = "()",
    symbols: dict[str, Value] | None = None,
    terms: dict[str, Value] | None = None,
    seconds: float = 5.0,
) -> CheckReport:
    job = Job(Program(Language.SMT, script))
    return check_certificate(Certificate(job, Satisfiable(symbols or {}, terms or {}), ModelText(text)), seconds)


def proof(script: str, text: str, seconds: float = 5.0) -> CheckReport:
    job = Job(Program(Language.SMT, script))
    return check_certificate(Certificate(job, Unsatisfiable(), Proof(text)), seconds)


def test_a_let_is_not_captured_by_a_quantifier_inside_of_it() -> None:
    """Two elements satisfy it: y is the outer x. Read as (not (= x x)) it would contradict itself."""
    script = """
        (declare-sort T 0)
        (declare-const c T)
        (assert (forall ((x T)) (let ((y x)) (exists ((x T)) (not (= x y))))))
        (check-sat)
    """
    evidence = """
        (assume a (forall ((x T)) (exists ((x T)) (not (= x x)))))
        (step t1 (cl (not (forall ((x T)) (exists ((x T)) (not (= x x))))) (exists ((x T)) (not (= x x))))
            :rule forall_inst :args (c))
        (step t2 (cl (exists ((x T)) (not (= x x)))) :rule resolution :premises (a t1))
        (step t3 (cl (not (forall ((x T)) (= x x)))) :rule connective_def :premises (t2))
        (anchor :step t4 :args ((x T) (:= (x T) x)))
        (step t4.t1 (cl (= (= x x) true)) :rule eq_simplify)
        (step t4 (cl (= (forall ((x T)) (= x x)) (forall ((x T)) true))) :rule bind)
        (step t5 (cl (= (forall ((x T)) true) true)) :rule qnt_rm_unused)
        (step t6 (cl) :rule resolution :premises (t3 t4 t5))
    """
    assert proof(script, evidence).result is not CheckResult.CONFIRMED
    assert proof(script.replace("= x y", "= x x"), evidence).result is CheckResult.CONFIRMED


def test_the_model_does_not_say_what_a_function_of_the_script_is() -> None:
    script = "(define-fun f ((x Int)) Int (+ x 1))(declare-const a Int)(assert (= a (f 1)))(check-sat)"
    text = "((define-fun a () Int 2)(define-fun f ((x Int)) Int 0))"
    assert model(script, text, {"a": integer("2")}).certified
    claimed = {"f": definition("(define-fun f ((x Int)) Int 0)")}
    assert model(script, text, claimed).result is CheckResult.NOT_CHECKABLE


def test_a_symbol_that_looks_like_a_term_is_not_taken_for_it() -> None:
    script = "(declare-fun f (Int) Int)(declare-const |(f 1)| Int)(assert (= (f 1) 3))(assert (= |(f 1)| 7))(check-sat)"
    text = "((define-fun |(f 1)| () Int 7)(define-fun f ((x Int)) Int 3))"
    assert model(script, text).certified
    assert model(script, text, terms={"(f 1)": integer("7")}).result is CheckResult.NOT_CHECKABLE
    assert model(script, text, terms={"|(f 1)|": integer("7"), "(f 2)": integer("3")}).certified
    script = "(declare-const |5| Int)(declare-const |a b| Int)(check-sat)"
    text = "((define-fun |5| () Int 7)(define-fun |a b| () Int 7))"
    assert model(script, text, terms={"5": integer("7")}).result is CheckResult.NOT_CHECKABLE
    assert model(script, text, {"a b": integer("7")}).certified


def test_a_symbol_that_looks_like_a_term_of_another_value_is_no_alarm() -> None:
    script = "(declare-const |(+ x 1)| Int)(declare-const x Int)(assert (= x 1))(assert (= |(+ x 1)| 7))(check-sat)"
    text = "((define-fun |(+ x 1)| () Int 7)(define-fun x () Int 1))"
    report = model(script, text, {"(+ x 1)": integer("7"), "x": integer("1")}, {"(+ x 1)": integer("2")})
    assert report.result is CheckResult.NOT_CHECKABLE


@pytest.mark.parametrize("cost", ["1", "5"])
def test_the_cost_of_soft_assertions_is_not_taken_for_a_constant_of_that_name(cost: str) -> None:
    script = "(declare-const x Int)(assert (= x 5))(assert-soft (> x 7) :id x)(check-sat)"
    claim = Satisfiable({"x": integer("5")}, objectives={"x": integer(cost)})
    evidence = ModelText("((define-fun x () Int 5))")
    report = check_certificate(Certificate(Job(Program(Language.SMT, script)), claim, evidence))
    assert report.result is CheckResult.NOT_CHECKABLE


def test_a_recursive_definition_is_assumed_to_be_one_even_if_nothing_uses_it() -> None:
    impossible = "(define-fun-rec f ((x Int)) Int (+ 1 (f x)))"
    for rest in ("(check-sat)", "(declare-const a Int)(assert (or (= 1 1) (= (f a) 3)))(check-sat)"):
        report = model(impossible + rest)
        assert report.result is CheckResult.CONFIRMED
        assert not report.certified
    assert model(f"(push){impossible}(pop)(check-sat)").certified


def test_characters_that_engines_read_otherwise_are_not_read() -> None:
    script = '(assert (= (str.len "{}") 1))(check-sat)'
    assert model(script.format("\U0002ffff")).certified
    for character in ("\U00030000", "\U000e0001"):
        assert model(script.format(character)).result is CheckResult.NOT_CHECKABLE


@pytest.mark.parametrize("text", ["( " * 500_000, "(x) " * 250_000, "(assert " + "(a) " * 240_000 + ")"])
def test_long_texts_are_not_even_read_in_a_short_time(text: str) -> None:
    began = time.process_time()
    assert model(text, seconds=0.05).result is CheckResult.NOT_CHECKABLE
    assert proof(text, text, seconds=0.05).result is CheckResult.NOT_CHECKABLE
    assert model("(check-sat)", text, seconds=0.05).result is CheckResult.NOT_CHECKABLE
    report = model("(declare-const x Int)(check-sat)", terms={text: integer("1")}, seconds=0.05)
    assert report.result is CheckResult.NOT_CHECKABLE
    assert time.process_time() - began < 1


def test_a_long_chain_of_stores_takes_no_gigabytes() -> None:
    chain = "".join(f"(define-fun b{i} () (Array Int Int) (store b{i - 1} {i} 1))" for i in range(1, 3000))
    script = f"(define-fun b0 () (Array Int Int) ((as const (Array Int Int)) 0)){chain}(assert (= b2999 b1))(check-sat)"
    assert "more steps" in model(script, seconds=20).reason


@pytest.mark.parametrize("levels", ["9999", "99999999"])
def test_levels_that_nobody_uses_take_no_gigabytes(levels: str) -> None:
    script = f"(push {levels})" * 3_000 + "(check-sat)"
    for check, evidence in ((proof, "(step a (cl) :rule true)"), (model, "()")):
        tracemalloc.start()
        try:
            check(script, evidence, seconds=5.0)  # type: ignore[arg-type]
            assert tracemalloc.get_traced_memory()[1] < 200 * 2**20
        finally:
            tracemalloc.stop()


def test_negations_under_a_quantifier_come_in_pairs() -> None:
    evidence = """
        (assume a (exists ((x T)) (not q)))
        (step t1 (cl (= (exists ((x T)) (not q)) (not (forall ((x T)) (not (not q)))))) :rule connective_def)
        (step t2 (cl (not (forall ((x T)) (not (not q))))) :rule resolution :premises (a t1))
        (assume b (forall ((x T)) q))
        (step t3 (cl) :rule equality_resolution :premises (b t2))
    """
    script = "(declare-sort T 0)(declare-const q Bool)(assert (exists ((x T)) (not q)))(assert {})(check-sat)"
    assert proof(script.format("(forall ((x T)) q)"), evidence).certified
    other = evidence.replace("(forall ((x T)) q)", "(forall ((x T)) (not q))")
    assert proof(script.format("(forall ((x T)) (not q))"), other).result is CheckResult.REFUTED


@pytest.mark.parametrize(("number", "whole"), [("1.0", True), ("(/ 1 2)", False), ("(- 3.0)", True)])
def test_whether_a_number_is_an_integer_is_evaluated(number: str, whole: bool) -> None:
    for said in (True, False):
        evidence = f"""
            (assume a (is_int {number}))
            (step t1 (cl (= (is_int {number}) {str(said).lower()})) :rule evaluate)
            (step t2 (cl) :rule equality_resolution :premises (a t1))
        """
        assert proof(f"(assert (is_int {number}))(check-sat)", evidence).certified is (not whole and not said)


def test_elements_that_are_only_mentioned_are_counted_in_time() -> None:
    elements = " ".join(f"T!val!{number}" for number in range(80_000))
    script = "(declare-sort T 0)(declare-const a T)(check-sat)"
    began = time.process_time()
    model(script, f"((define-fun a () T (f {elements})))", seconds=2.5)
    assert time.process_time() - began < 4
