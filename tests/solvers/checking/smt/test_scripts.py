"""The checker's own reading of SMT-LIB scripts."""

import pytest

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.smt.scripts import read_script
from solvers.checking.smt.terms import BOOL, INT, REAL


def script(text, check="(check-sat)"):
    return read_script(text + check, Budget())


def asserted(text):
    """The last assertion, as a term."""
    return script(text).assertions[-1].term


def refuses(text, words):
    with pytest.raises(NotCheckableError, match=words):
        read_script(text, Budget())


def test_equal_terms_are_one_object():
    first, second = script("(declare-const x Int)(assert (< x 3))(assert (< |x| 3))").assertions
    assert first.term is second.term


def test_integers_where_reals_are_wanted_are_reals():
    term = asserted("(declare-const r Real)(declare-const n Int)(assert (< (+ r 1) n 2.5))")
    assert term.args[0].args[1] is not None
    assert [arg.sort for arg in term.args] == [REAL, REAL, REAL]
    assert term.args[1].op == "to_real"
    assert asserted("(declare-const n Int)(assert (= 1 (* n 2)))").args[0].sort is INT
    assert asserted("(declare-const n Int)(assert (= (/ n 2) 1))").args[0].sort is REAL


def test_let_binds_in_parallel():
    text = "(declare-const x Int)(declare-const y Int)(assert {})"
    swapped = asserted(text.format("(let ((x y) (y x)) (< x y))"))
    assert swapped is asserted(text.format("(< y x)")) or repr(swapped) == "(< y x)"


def test_a_term_that_a_let_names_is_not_captured():
    term = asserted("(assert (forall ((x Int)) (let ((y x)) (exists ((x Int)) (< y x)))))")
    (inner,) = term.args
    assert inner.op == "exists"
    left, right = inner.args[0].args
    assert left is term.data[0]
    assert right is inner.data[0]
    assert left is not right
    assert not term.free


def test_a_bound_name_hides_a_constant_and_a_definition():
    text = "(declare-const x Int)(define-fun c () Int 3)(assert (forall ((x Bool) (c Bool)) (or x c)))"
    assert [variable.sort for variable in asserted(text).data] == [BOOL, BOOL]


def test_parameters_hide_constants():
    script("(declare-const x Bool)(define-fun f ((x Int)) Int (+ x 1))(assert (= (f 1) 2))(assert x)")


def test_labels_name_terms_and_assertions():
    read = script("(declare-const p Bool)(assert (! (or p (! (not p) :named np)) :named whole))(assert np)")
    assert [assertion.text for assertion in read.assertions] == ["whole", "np"]
    assert read.assertions[1].term.data.body.op == "not"


def test_datatypes_of_both_forms_are_read():
    asserted(
        """(declare-datatypes ((L 1)) ((par (T) ((nil) (cons (hd T) (tl (L T)))))))
        (declare-datatypes () ((Colour red (mix (one Colour) (other Colour)))))
        (declare-datatype Pair ((pair (first Int) (second Real))))
        (declare-const l (L Int)) (declare-const c Colour)
        (assert (= l (cons 1 (as nil (L Int)))))
        (assert (and ((_ is mix) c) (is-mix c) (= (one c) red)))
        (assert (= (second (pair 1 2)) 2))"""
    )


def test_match_is_ite_over_testers():
    text = """(declare-datatype L ((nil) (cons (hd Int) (tl L)))) (declare-const l L)
        (assert (= 3 (match l ((nil 0) ((cons h t) h)))))"""
    chosen = asserted(text).args[1]
    assert chosen.op == "ite"
    assert chosen.args[2].op == "selector" or chosen.args[1].op == "literal"


def test_a_match_that_leaves_a_case_out_is_not_read():
    refuses(
        "(declare-datatype L ((nil) (cons (hd Int) (tl L))))(declare-const l L)(assert (match l ((nil true))))", "cover"
    )


def test_levels_are_kept_exactly():
    read = script(
        """(declare-const x Int)(assert (< 0 x))(push 1)(declare-const y Int)(assert (< x y))(pop 1)
        (declare-const y Bool)(assert y)"""
    )
    assert [repr(assertion.term) for assertion in read.assertions] == ["(< 0 x)", "y"]


def test_assumptions_of_the_check_are_checked_too():
    read = script("(declare-const p Bool)(assert p)", "(check-sat-assuming ((not p)))")
    assert [assertion.text for assertion in read.assertions] == ["p", "(not p)"]


def test_what_stands_behind_exit_is_not_read():
    assert len(script("", "(check-sat)(exit)(assert false)").assertions) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(assert true)", "makes no check"),
        ("(check-sat)(check-sat)", "behind the check"),
        ("(check-sat)(assert false)", "behind the check"),
        ("(reset)(check-sat)", "does not know"),
        ("(assert true", "cannot be read"),
        ("assert", "command"),
        ("()", "command"),
        ("(forall ((x Int)) true)(check-sat)", "does not know"),
        ("(declare-const x Int)(declare-const x Int)", "already"),
        ("(declare-const x Int)(declare-const |x| Bool)", "already"),
        ("(declare-fun and (Bool) Bool)", "already"),
        ("(declare-const str.len Int)", "already"),
        ("(declare-sort Int 0)", "already"),
        ("(declare-const x Nowhere)", "the sort Nowhere"),
        ("(declare-const x (_ FloatingPoint 8 24))", "sort"),
        ("(declare-const x (Array Int))", "sort"),
        ("(declare-const x (_ BitVec 0))", "at least one bit"),
        ("(assert (= 1 true))", "sort"),
        ("(assert (+ 1 2))", "sort"),
        ("(assert (< 1 2 true))", "sort"),
        ("(declare-const b Bool)(assert (= (+ 1 b) 2))", "sort"),
        ("(declare-fun f (Int) Bool)(assert (f 1 2))", "no operation"),
        ("(declare-fun f (Int) Bool)(assert f)", "stands for"),
        ("(declare-const c Bool)(assert (c))", "empty list"),
        ("(declare-const c Bool)(assert (c true))", "applied"),
        ("(assert (let ((and true)) (and true true)))", "applied"),
        ("(assert (let ((x true) (x false)) x))", "twice"),
        ("(assert (forall ((x Int) (x Bool)) x))", "twice"),
        ("(assert (forall () true))", "no variable"),
        ("(assert (forall ((x Int)) (! (< x 3) :named lab)))", "variables"),
        ("(assert (! true :surprise 1))", "annotation"),
        ("(assert (= #x0 #x00))", "sort"),
        ("(assert (= ((_ extract 9 0) #x00) #x00))", "extract"),
        ("(assert (= (_ bv300 8) #x00))", "fit"),
        ("(assert (= (^ 2 3) 8))", "stands for"),
        ("(assert (select 3 4))", "no operation"),
        ("(define-fun f ((x Int)) Int y)", "stands for"),
        ("(define-fun f ((x Int)) Bool x)", "sort"),
        ("(define-sort L (a) (Array a a))(declare-const x L)", "the sort L"),
        ("(declare-datatype D ((a) (a)))", "already"),
        ("(declare-datatype L ((nil) (cons (hd Int))))(assert (= nil (cons true)))", "sort"),
        ("(declare-datatypes ((L 1)) ((par (T) ((nil) (c (h T))))))(assert (= nil nil))", "not said"),
        ("(pop)", "popped"),
        ("(push 99999999)", "more steps"),
        ("(assert (= 1 " + "9" * 5000 + "))", "does not read"),
        ("(define-sort S () S)(declare-const x S)", "deeper"),
    ],
)
def test_what_is_not_known_to_mean_one_thing_is_not_checkable(text, words):
    refuses(text, words)


@pytest.mark.parametrize("shape", ["(not {})", "(let ((x {})) x)", "(forall ((x Int)) {})", "(and true {})"])
def test_deep_nesting_ends_in_a_script_or_in_a_refusal(shape):
    text = "true"
    for _ in range(600):
        text = shape.replace("{}", text)
    assert script(f"(assert {text})").assertions[0].term.sort is BOOL
    refuses("(assert " + "(not " * 5000 + "true" + ")" * 5001 + "(check-sat)", "nested deeper")


def test_a_let_that_doubles_each_time_costs_no_more_than_it_shows():
    text = "(declare-const x Int)(assert (= 0 "
    for number in range(60):
        text += f"(let ((a{number} (+ {f'a{number - 1}' if number else 'x'} {f'a{number - 1}' if number else 'x'}))) "
    assert script(text + "a59" + ")" * 60 + "))").assertions
