"""Exact evaluation under a model, theory by theory; closed terms of arithmetic and bit vectors against z3."""

import random

import pytest

from solvers import Finished, Job, Language, Program, Satisfiable
from solvers.checking.budget import Budget, NotCheckableError, RefutedError
from solvers.checking.smt.model import check_model
from solvers.types import ModelText

NO_MODEL = "()"


def holds(formula, declarations="", model=NO_MODEL):
    """Whether the formula is true under the model, nothing being assumed."""
    try:
        _, assumptions = check_model(f"{declarations}(assert {formula})(check-sat)", model, {}, Budget())
    except RefutedError:
        return False
    assert not assumptions
    return True


def is_open(formula, declarations="", model=NO_MODEL):
    with pytest.raises(NotCheckableError) as raised:
        holds(formula, declarations, model)
    return str(raised.value)


def decided(*formulas, declarations="", model=NO_MODEL):
    """Each formula is true, and its negation is false."""
    for formula in formulas:
        assert holds(formula, declarations, model), formula
        assert not holds(f"(not {formula})", declarations, model), formula


def test_connectives():
    decided(
        "(and true true)",
        "(or false true)",
        "(xor true true true)",
        "(=> false false false)",
        "(=> true false true)",
        "(not (=> true true false))",
        "(= true (not false) true)",
        "(distinct true false)",
        "(not (distinct true false true))",
        "(ite false false true)",
        "(implies false false)",
        "(iff false false)",
    )


def test_integers_divide_with_a_remainder_that_is_not_negative():
    decided(
        "(= (div 7 2) 3)",
        "(= (div (- 7) 2) (- 4))",
        "(= (div 7 (- 2)) (- 3))",
        "(= (div (- 7) (- 2)) 4)",
        "(= (mod (- 7) 2) 1)",
        "(= (mod (- 7) (- 2)) 1)",
        "(= (abs (- 7)) 7)",
        "(= (- 10 2 3) 5)",
        "((_ divisible 3) (- 9))",
        "(< 1 2 3)",
        "(not (< 1 3 2))",
        "(>= 3 3 2)",
    )


def test_rationals_are_exact():
    decided(
        "(= (+ 0.1 0.2) 0.3)",
        "(= (* 3 (/ 1 3)) 1)",
        "(= (/ 1 2 2) 0.25)",
        "(= (to_int (- 0.5)) (- 1))",
        "(is_int 2.0)",
        "(not (is_int 2.5))",
        "(= (to_real 3) 3.0)",
        "(distinct 0.1 0.10000000000000001)",
    )


def test_division_by_zero_is_what_the_model_says():
    model = """((define-fun /0 ((x Real) (y Real)) Real 7.0)
        (define-fun div0 ((x Int) (y Int)) Int (+ x 1)) (define-fun mod0 ((x Int) (y Int)) Int 5))"""
    decided("(= (/ 1 0) 7)", "(= (div 4 0) 5)", "(= (mod 4 0) 5)", model=model)


def test_division_by_zero_that_the_model_leaves_open_refutes_nothing():
    assert holds("(= (/ 1 0) (/ 1 0))")
    assert "leaves open" in is_open("(= (/ 1 0) 9)")


BITS = """(= (bvsdiv #xf9 #x02) #xfd) (= (bvsrem #xf9 #x02) #xff) (= (bvsmod #xf9 #x02) #x01)
(= (bvsmod #x07 #xfe) #xff) (= (bvudiv #x07 #x00) #xff) (= (bvurem #x07 #x00) #x07)
(= (bvsdiv #x07 #x00) #xff) (= (bvsdiv #xf9 #x00) #x01) (= (bvsdiv #x80 #xff) #x80) (= (bvsmod #xf9 #x00) #xf9)
(= (bvshl #x01 #x09) #x00) (= (bvlshr #x80 #x07) #x01) (= (bvashr #x80 #x07) #xff) (= (bvashr #x80 #xf0) #xff)
(= (concat #b1 #x0) #b10000) (= ((_ extract 7 4) #xa5) #xa) (= ((_ zero_extend 4) #xa) #x0a)
(= ((_ sign_extend 4) #xa) #xfa) (= ((_ repeat 2) #xa) #xaa) (= ((_ rotate_left 1) #b1001) #b0011)
(= ((_ rotate_right 5) #b1000) #b0100) (bvult #x01 #xff) (bvslt #xff #x01) (bvsge #x7f #x80) (bvuge #x80 #x7f)
(= (bvneg #x01) #xff) (= (bvnot #x0f) #xf0) (= (bvadd #xff #x01 #x01) #x01) (= (bvmul #x10 #x10) #x00)
(= (bvsub #x00 #x01) #xff) (= (bvnand #xf #x3) #xc) (= (bvnor #xc #x1) #x2) (= (bvxnor #xc #xa) #x9)
(= (bvcomp #xa #xa) #b1) (= (_ bv10 4) #xa) (= (bv2nat #xff) 255) (= (sbv_to_int #xff) (- 1))
(= ((_ int2bv 4) (- 1)) #xf)"""


def test_bit_vectors():
    decided(*(line for row in BITS.splitlines() for line in _expressions(row)))


def _expressions(row):
    depth, start = 0, 0
    for place, character in enumerate(row):
        depth += (character == "(") - (character == ")")
        if character == "(" and depth == 1:
            start = place
        if character == ")" and depth == 0:
            yield row[start : place + 1]


ARRAYS = """(declare-const a (Array Int Int)) (declare-const b (Array Int Int)) (declare-const p (Array Bool Int))
(define-sort Word () (_ BitVec 8)) (declare-const w (Array Word Bool))"""


def test_arrays_are_equal_when_they_agree_everywhere():
    model = """((define-fun a () (Array Int Int) (store (store ((as const (Array Int Int)) 0) 1 5) 1 0))
        (define-fun b () (Array Int Int) ((as const (Array Int Int)) 0))
        (define-fun p () (Array Bool Int) (store (store ((as const (Array Bool Int)) 9) true 1) false 1))
        (define-fun w () (Array Word Bool) (store ((as const (Array Word Bool)) true) #x03 false)))"""
    decided(
        "(= a b)",
        "(= (select (store a 3 4) 3) 4)",
        "(= (select (store a 3 4) 2) 0)",
        "(distinct a (store b 7 1))",
        "(= (store (store a 1 2) 3 4) (store (store a 3 4) 1 2))",
        "(= p ((as const (Array Bool Int)) 1))",
        "(= w (store (store w #x04 false) #x04 true))",
        "(= (select w #x03) false)",
        declarations=ARRAYS,
        model=model,
    )


def test_an_array_over_a_finite_sort_may_be_given_by_a_function():
    model = """((define-fun k!0 ((x Bool)) Int (ite x 1 2))
        (define-fun p () (Array Bool Int) (_ as-array k!0))
        (define-fun w () (Array Word Bool) (lambda ((x Word)) true)))"""
    decided("(= (select p true) 1)", "(= (select p false) 2)", declarations=ARRAYS, model=model)
    decided("(= w ((as const (Array Word Bool)) true))", declarations=ARRAYS, model=model)
    infinite = "((define-fun a () (Array Int Int) (lambda ((x Int)) x)))"
    assert "beyond the checker" in is_open("(= (select a 3) 3)", ARRAYS, infinite)


LISTS = """(declare-datatype L ((nil) (cons (hd Int) (tl L)))) (declare-const l L)
(declare-datatypes ((Colour 0)) (((red) (green) (blue)))) (declare-const c Colour)"""


def test_datatypes():
    decided(
        "(= (hd l) 1)",
        "((_ is cons) l)",
        "((_ is nil) (tl (tl l)))",
        "(= l (cons 1 (cons 2 nil)))",
        "(distinct l (tl l) nil)",
        "(= 2 (match l ((nil 0) ((cons h t) (hd t)))))",
        "(match c ((red false) (other (= other green))))",
        "(forall ((x Colour)) (or (= x red) (= x green) (= x blue)))",
        "(exists ((x Colour) (y Colour)) (distinct x y c))",
        declarations=LISTS,
        model="((define-fun l () L (cons 1 (cons 2 nil))) (define-fun c () Colour green))",
    )


def test_what_a_selector_gives_of_another_constructor_is_left_open():
    assert "leaves open" in is_open("(= (hd nil) 5)", LISTS)
    assert holds("(= (hd nil) (hd nil))", LISTS)


def test_strings():
    decided(
        '(= (str.++ "a" "b" "") "ab")',
        '(= (str.len "a""b") 3)',
        '(= (str.len "\\u{1F600}") 1)',
        '(= (str.at "abc" 1) "b")',
        '(= (str.at "abc" 3) "")',
        '(= (str.substr "abcde" 1 9) "bcde")',
        '(= (str.indexof "banana" "na" 3) 4)',
        '(= (str.indexof "abc" "" 3) 3)',
        '(= (str.replace "abc" "" "x") "xabc")',
        '(str.prefixof "ab" "abc")',
        '(str.contains "abc" "bc")',
        '(= (str.to_int "012") 12)',
        '(= (str.to_int "-1") (- 1))',
        '(= (str.from_int (- 3)) "")',
        '(str.< "a" "b")',
    )


SORTS = (
    """(declare-sort S 0) (declare-const a S) (declare-const b S) (declare-fun f (S) S) (declare-fun p (S S) Bool)"""
)
ELEMENTS = """((declare-fun S!val!0 () S) (declare-fun S!val!1 () S)
(forall ((x S)) (or (= x S!val!0) (= x S!val!1)))
(define-fun a () S S!val!0) (define-fun b () S S!val!1)
(define-fun f ((x S)) S (ite (= x S!val!0) S!val!1 S!val!0)) (define-fun p ((x S) (y S)) Bool (= x y)))"""


def test_declared_sorts_have_the_elements_of_the_model():
    decided(
        "(distinct a b)",
        "(forall ((x S)) (or (= x a) (= x b)))",
        "(forall ((x S)) (exists ((y S)) (and (= (f y) x) (not (p x y)))))",
        "(not (exists ((x S)) (distinct x a b)))",
        "(forall ((x S)) (= (f (f x)) x))",
        declarations=SORTS,
        model=ELEMENTS,
    )


def test_a_model_that_says_otherwise_of_its_elements_is_refuted():
    with pytest.raises(RefutedError, match="elements"):
        check_model(
            f"{SORTS}(check-sat)",
            ELEMENTS.replace("(or (= x S!val!0) ", "(or (= x a) ", 1).replace("(= x S!val!1)))", "false))", 1),
            {},
            Budget(),
        )


FUNCTIONS = "(declare-fun g (Int) Int) (declare-const n Int)"
GRAPH = "((define-fun g ((x Int)) Int (ite (= x 3) 4 (ite (= x 5) 6 0))) (define-fun n () Int 4))"


def test_integers_between_bounds_are_tried():
    decided(
        "(forall ((i Int)) (=> (and (<= 0 i) (< i n)) (<= (g i) 4)))",
        "(forall ((i Int) (j Int)) (=> (<= 0 i j n) (or (= j 5) (<= (g j) 4))))",
        "(exists ((i Int)) (and (< 0 i 10) (= (g i) 6)))",
        "(not (exists ((i Int)) (and (> 3 i) (>= i (- 3)) (> (g i) 0))))",
        "(forall ((i Int)) (or (not (<= 0 i 2)) (= (g i) 0)))",
        "(forall ((i Int)) (=> (= i 3) (= (g i) 4)))",
        "(forall ((i Int)) (=> (< 5 i 5) false))",
        declarations=FUNCTIONS,
        model=GRAPH,
    )


def test_a_witness_and_an_exception_decide():
    decided("(exists ((i Int)) (= (g i) 0))", "(exists ((i Int)) (> i n))", declarations=FUNCTIONS, model=GRAPH)
    assert not holds("(forall ((i Int)) (= (g (+ i 3)) 4))", FUNCTIONS + "(declare-const k Int)", GRAPH)


def test_what_does_not_depend_on_a_variable_is_decided_without_trying():
    functions = "(declare-fun p (Int) Bool)(declare-fun q (Int Bool) Bool)"
    model = "((define-fun p ((x Int)) Bool true) (define-fun q ((x Int) (y Bool)) Bool (or y (= x 3))))"
    decided(
        "(forall ((i Int) (j Int)) (=> (p (+ i j)) (p (* i j))))",
        "(forall ((i Int)) (q i true))",
        "(not (forall ((i Int)) (q i false)))",
        "(forall ((b Bool) (i Int)) (or b (q i (not b))))",
        "(not (exists ((i Int)) (not (p i))))",
        declarations=functions,
        model=model,
    )


@pytest.mark.parametrize(
    "formula",
    ["(forall ((i Int)) (>= (g i) 0))", "(forall ((r Real)) (< r (+ r 1)))", "(exists ((i Int)) (= (* i i) 49))"],
)
def test_what_cannot_be_tried_is_an_assumption_that_names_it(formula):
    text = f"{FUNCTIONS}(assert {formula})(assert (! (and true {formula}) :named lab))(assert (or true {formula}))"
    words, assumptions = check_model(f"{text}(check-sat)", GRAPH, {}, Budget())
    assert len(assumptions) == 2
    assert formula in assumptions[0]
    assert "`lab`" in assumptions[1]
    assert "decides" in words


def test_an_undecided_part_does_not_hide_a_false_one():
    text = f"{FUNCTIONS}(assert (and (forall ((i Int)) (>= (g i) 0)) (= n 5)))(check-sat)"
    with pytest.raises(RefutedError):
        check_model(text, GRAPH, {}, Budget())


def test_recursive_definitions_are_unfolded_and_assumed_to_mean_something():
    text = """(define-fun-rec fac ((n Int)) Int (ite (<= n 1) 1 (* n (fac (- n 1)))))
        (assert (= (fac 20) 2432902008176640000))(check-sat)"""
    _, assumptions = check_model(text, NO_MODEL, {}, Budget())
    assert "`fac`" in assumptions[0]


@pytest.mark.parametrize(
    ("formula", "declarations", "model"),
    [
        ("(= (f 1) 0)", "(define-fun-rec f ((n Int)) Int (f (+ n 1)))", NO_MODEL),
        ("(= (f 1) 0)", "(define-fun-rec f ((n Int)) Int (f n))", NO_MODEL),
        ("(= c d)", "(declare-const c Int)(declare-const d Int)", "((define-fun c () Int d)(define-fun d () Int c))"),
        ("(= (g 1) 0)", "(declare-fun g (Int) Int)", "((define-fun g ((x Int)) Int (g x)))"),
        ("(= (f 60) 0)", "(define-fun-rec f ((n Int)) Int (ite (= n 0) 3 (* (f (- n 1)) (f (- n 1)))))", NO_MODEL),
        ("(= (bvshl x x) x)", "(declare-const x (_ BitVec 99999))", NO_MODEL),
        ("(forall ((x (_ BitVec 12)) (y (_ BitVec 12))) (= (bvadd x y) (bvadd y x)))", "", NO_MODEL),
    ],
)
def test_what_never_ends_ends_as_not_checkable(formula, declarations, model):
    is_open(formula, declarations, model)


def test_deep_terms_are_evaluated():
    text = "0"
    for _ in range(900):
        text = f"(+ 1 {text})"
    decided(f"(= 900 {text})")


def test_terms_that_share_are_evaluated_once():
    text = "(= 0 "
    for number in range(200):
        before = f"a{number - 1}" if number else "false"
        text += f"(let ((a{number} (and (or {before} {before}) (or {before} true)))) "
    decided(text + "(ite a199 1 0)" + ")" * 200 + ")")


TWO_BITS = """bvand bvor bvxor bvadd bvsub bvmul bvnand bvnor bvxnor bvudiv bvurem bvsdiv bvsrem bvsmod bvshl bvlshr
bvashr""".split()
COMPARE_BITS = "bvult bvule bvugt bvuge bvslt bvsle bvsgt bvsge =".split()
NUMBERS = ["(- 7)", "0", "1", "3", "12", "0.5", "(/ 7 3)", "(- 2.25)"]


def arithmetic(chance, depth):
    """A random closed term, Int or Real, and which."""
    if depth == 0 or chance.random() < 0.2:
        number = chance.choice(NUMBERS)
        return number, "." in number or "/" in number
    (left, real), (right, also) = arithmetic(chance, depth - 1), arithmetic(chance, depth - 1)
    op = chance.choice(["+", "-", "*", "/", "div", "mod", "abs", "ite", "to_int", "neg"])
    match op:
        case "/":
            return f"(/ {left} {right})", True
        case "div" | "mod" if not real and not also:
            return f"({op} {left} {right})", False
        case "abs" if not real:
            return f"(abs {left})", False
        case "to_int" if real:
            return f"(to_int {left})", False
        case "neg":
            return f"(- {left})", real
        case "ite":
            return f"(ite ({chance.choice(['<', '<=', '=', '>'])} {left} {right}) {right} {left})", real or also
    return f"({op if op in '+-*' else '+'} {left} {right})", real or also


def bits(chance, depth, width=6):
    if depth == 0 or chance.random() < 0.15:
        return f"(_ bv{chance.choice([0, 1, 2, 2**width - 1, 2 ** (width - 1), chance.randrange(2**width)])} {width})"
    left, right = bits(chance, depth - 1), bits(chance, depth - 1)
    one = chance.choice(["bvnot", "bvneg", "(_ rotate_left 2)", "(_ rotate_right 3)"])
    two = chance.choice(TWO_BITS)
    compare = chance.choice(COMPARE_BITS)
    low = chance.randrange(width)
    return chance.choice(
        [
            f"({one} {left})",
            f"({two} {left} {right})",
            f"({two} {left} {right})",
            f"((_ extract {width - 1} 0) (concat {left} {right}))",
            f"((_ sign_extend {low}) ((_ extract {width - 1 - low} 0) {left}))",
            f"(ite ({compare} {left} {right}) {left} {right})",
        ]
    )


@pytest.mark.anyio
@pytest.mark.parametrize("theory", ["arithmetic", "bits"])
async def test_random_terms_have_the_value_that_z3_gives_them(runtime, theory):
    chance = random.Random(f"{theory} 1")
    declarations, names = [], []
    for number in range(150):
        if theory == "bits":
            term, sort = bits(chance, 4), "(_ BitVec 6)"
        else:
            term, real = arithmetic(chance, 4)
            sort = "Real" if real else "Int"
        declarations.append(f"(declare-const c{number} {sort})(assert (= c{number} {term}))")
        names.append(f"c{number}")
    text = "".join(declarations)
    job = Job(Program(Language.SMT, text), f"(check-sat)(get-value ({' '.join(names)}))", evidence=True)
    ending = (await runtime.solve(job)).ending
    assert isinstance(ending, Finished), ending
    assert isinstance(ending.outcome, Satisfiable)
    assert isinstance(ending.evidence, ModelText)
    assert len(ending.outcome.values) == len(names)
    script = f"{text}\n{job.query}"
    assert check_model(script, ending.evidence.text, ending.outcome.values, Budget()) == (
        "the model satisfies 150 of 150 assertions",
        (),
    )


def test_a_choice_has_no_value_here():
    for body in ("(> n 2)", "true"):
        with pytest.raises(NotCheckableError, match="choice"):
            check_model(f"(assert (= 3 (choice ((n Int)) {body})))(check-sat)", "()", {}, Budget())
