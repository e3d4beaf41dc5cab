"""Models as certificates: the true one is confirmed, and a changed one is refused unless it still is a model."""

import random
import re

import pytest

from solvers import Finished, Job, Language, Program, Satisfiable, Value, ValueKind
from solvers.certificates import Certificate, CheckResult
from solvers.checking import check_certificate
from solvers.checking.budget import Budget, NotCheckableError, RefutedError
from solvers.checking.smt.model import check_model
from solvers.types import ModelText

SCRIPT = "(declare-const x Int)(declare-const y Real)(assert (! (> x 3) :named large))(assert (= y (/ x 2)))(check-sat)"
MODEL = "((define-fun x () Int 5) (define-fun y () Real (/ 5.0 2.0)))"
VALUES = {"x": Value("5", ValueKind.INTEGER), "y": Value("5/2", ValueKind.RATIONAL)}


def check(script=SCRIPT, model=MODEL, values=VALUES):
    return check_model(script, model, values, Budget())


def refutes(words, **changed):
    with pytest.raises(RefutedError, match=words):
        check(**changed)


def refuses(words, **changed):
    with pytest.raises(NotCheckableError, match=words):
        check(**changed)


def test_a_model_and_its_values_are_confirmed():
    assert check() == ("the model satisfies 2 of 2 assertions", ())


def test_a_false_assertion_is_named():
    refutes("`large` is false", model=MODEL.replace("Int 5", "Int 3"))
    refutes(r"`\(= y \(/ x 2\)\)` is false", model=MODEL.replace("2.0", "3.0"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("x", Value("6", ValueKind.INTEGER)),
        ("x", Value("5.0", ValueKind.INTEGER)),
        ("x", Value("", ValueKind.INTEGER)),
        ("x", Value("5/1x", ValueKind.RATIONAL)),
        ("x", Value("true", ValueKind.BOOLEAN)),
        ("x", Value("5", ValueKind.STRING)),
        ("x", Value("5", ValueKind.FLOAT)),
        ("x", Value("10/2", ValueKind.INTEGER)),
        ("x", Value("5", ValueKind.RATIONAL)),
        ("x", Value("5", ValueKind.ATOM)),
        ("y", Value("2", ValueKind.INTEGER)),
        ("y", Value("2.5", ValueKind.FLOAT)),
        ("y", Value("-5/2", ValueKind.RATIONAL)),
        ("y", Value("5/0", ValueKind.RATIONAL)),
        ("(+ x 1)", Value("7", ValueKind.INTEGER)),
        ("(> x 1)", Value("false", ValueKind.BOOLEAN)),
        ("large", Value("false", ValueKind.BOOLEAN)),
    ],
)
def test_another_value_than_the_models_is_refuted(key, value):
    refutes("the outcome says", values={key: value})


def test_values_of_terms_are_confirmed_as_written():
    check(
        values={
            "(+ x 1)": Value("6", ValueKind.INTEGER),
            "|x|": Value("5", ValueKind.INTEGER),
            "(* y 2)": Value("5", ValueKind.INTEGER),
            "large": Value("true", ValueKind.BOOLEAN),
        }
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("z", Value("6", ValueKind.INTEGER)),
        ("(+ x", Value("6", ValueKind.INTEGER)),
        ("x x", Value("6", ValueKind.INTEGER)),
        ("x", Value("oo", ValueKind.OTHER)),
        ("x", Value("(+ epsilon 3)", ValueKind.OTHER)),
        ("x", Value("(+ 4 1)", ValueKind.COMPOUND)),
        ("x", Value("9" * 5000, ValueKind.INTEGER)),
        ("y", Value("(root-obj (+ (^ x 2) (- 2)) 2)", ValueKind.OTHER)),
    ],
)
def test_a_claim_that_is_no_term_or_no_value_is_not_checkable(key, value):
    refuses(".", values={key: value})


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("", "one list"),
        ("(", "cannot be read"),
        ("() ()", "one list"),
        ("x", "a list"),
        ("(model (define-fun x () Int 5))", "entry"),
        ("((define-fun-rec x () Int 5))", "entry"),
        ("((define-fun x () Real 5.0))", "other sorts"),
        ("((define-fun x ((a Int)) Int 5))", "other sorts"),
        ("((define-fun x () Int 5) (define-fun x () Int 4))", "twice"),
        ("((define-fun x () Int 5.5))", "needed"),
        ("((define-fun x () Int z))", "stands for"),
        ("((define-fun x () Int x))", "refers to itself"),
        ("((define-fun x () Int k!0) (define-fun k!0 () Int x))", "refers to itself"),
        ("((define-fun x () Int 5) (define-fun and () Int 4))", "already"),
        ("((declare-fun x () Int) (define-fun x () Int 4))", "no declared sort"),
        ("((define-fun y () Real (root-obj (+ (^ x 2) (- 2)) 2)) (define-fun x () Int 4))", "does not know"),
    ],
)
def test_a_model_that_is_none_is_not_checkable(model, words):
    refuses(words, model=model)


def test_what_a_model_leaves_open_may_have_any_value():
    text = "(declare-const x Int)(declare-const p Bool)(declare-const s Bool)(assert (or p (not p)))(check-sat)"
    assert check(text, "()", {}) == ("the model satisfies 1 of 1 assertions", ())
    refuses("leaves open", script=text, model="()", values={"x": Value("5", ValueKind.INTEGER)})
    refuses("leaves open", model="((define-fun y () Real 2.5))")


def test_the_scripts_own_definitions_are_not_the_models_to_change():
    text = "(define-fun big () Int 9)(declare-const x Int)(assert (! (< x big) :named lab))(check-sat)"
    refutes("lab", script=text, model="((define-fun x () Int 9) (define-fun big () Int 10))", values={})
    refutes("lab", script=text, model="((define-fun x () Int 9) (define-fun lab () Bool true))", values={})


def test_a_function_is_claimed_as_the_model_defines_it():
    text = "(declare-fun f (Int) Int)(assert (= (f 1) 2))(check-sat)"
    definition = "(define-fun f ((x!0 Int)) Int 2)"
    check(text, f"({definition})", {"f": Value(definition, ValueKind.COMPOUND)})
    changed = Value(definition.replace("2)", "3)"), ValueKind.COMPOUND)
    refutes("otherwise", script=text, model=f"({definition})", values={"f": changed})


def test_a_constant_that_the_model_gives_by_a_formula_is_claimed_as_such():
    text = "(declare-const p Bool)(declare-const q Bool)(assert (= p (not q)))(check-sat)"
    model = "((define-fun p () Bool (not q)) (define-fun q () Bool false))"
    check(text, model, {"p": Value("(not q)", ValueKind.COMPOUND)})


def test_elements_that_are_only_used_need_not_be_listed():
    text = "(declare-sort S 0)(declare-const a S)(declare-const b S)(assert (distinct a b))"
    model = "((define-fun a () S S!val!0) (define-fun b () S S!val!1))"
    check(f"{text}(check-sat)", model, {"a": Value("S!val!0", ValueKind.ATOM)})
    every = f"{text}(assert (forall ((x S)) (= x a)))(check-sat)"
    refuses("leaves open", script=every, model=model, values={})
    refutes("outcome", script=f"{text}(check-sat)", model=model, values={"a": Value("S!val!1", ValueKind.ATOM)})


def test_half_of_a_character_is_no_alarm():
    text = "(declare-const s String)(assert (= (str.len s) 1))(check-sat)"
    model = '((define-fun s () String "\\u{d800}"))'
    refuses("half of a character", script=text, model=model, values={"s": Value("\\u{d800}", ValueKind.STRING)})


@pytest.mark.parametrize("formula", ["(= (/ {} 0) 9)", "(= {} true)", "(= (bv2nat (_ bv{} 15000)) x x)"])
def test_numbers_too_long_for_python_to_write_are_no_fault(formula):
    number = "9" * 3900
    for written in (number, f"(* {number} 9{number})"):
        text = f"(declare-const x Int)(assert {formula.replace('{}', written)})(check-sat)"
        with pytest.raises((NotCheckableError, RefutedError)):
            check(text, "((define-fun x () Int 5))", {})


PROGRAMS = [
    """(declare-sort Person 0)(declare-const ann Person)(declare-const bob Person)
    (declare-fun likes (Person Person) Bool)(declare-fun age (Person) Int)
    (assert (forall ((x Person)) (not (likes x x))))(assert (distinct ann bob))
    (assert (exists ((x Person)) (likes ann x)))(assert (= (age ann) (+ 3 (age bob))))(assert (> (age bob) 17))""",
    """(declare-const x Int)(declare-const y Int)(declare-const r Real)(declare-const p Bool)
    (assert (= (+ (* 2 x) (* 4 y)) 26))(assert (= (- x y) 1))(assert (= (* 3 r) x))(assert (= p (> r 1)))""",
    """(declare-datatypes () ((Colour red green blue)))(declare-const a Colour)(declare-const b Colour)
    (declare-const c Colour)(assert (distinct a b c))(assert (not (= a red)))(assert (= b blue))""",
    """(declare-const v (_ BitVec 8))(declare-const m (Array Int Int))(declare-const s String)
    (assert (= (bvmul v #x03) #x2d))(assert (bvult v #x40))(assert (= (select m 2) 7))(assert (= (select m 3) 8))
    (assert (= (str.++ s "b") "ab"))""",
]


@pytest.fixture
def certify(runtime):
    async def certify(text):
        job = Job(Program(Language.SMT, text), "(check-sat)", evidence=True)
        ending = (await runtime.solve(job)).ending
        assert isinstance(ending, Finished), ending
        return Certificate(job, ending.outcome, ending.evidence)

    return certify


def parts(certificate):
    """Program, model and values, each of which somebody could change."""
    assert isinstance(certificate.outcome, Satisfiable)
    assert isinstance(certificate.evidence, ModelText)
    return certificate.job.program.text, certificate.evidence.text, dict(certificate.outcome.model)


def changed(text, chance):
    """`text` with one word replaced by another word of it, or a number by another number, or something left out."""
    words = list(re.finditer(r"[A-Za-z!_.0-9#=<>+*-]+|\([^()]*\)", text))
    word = chance.choice(words)
    other = chance.choice([chance.choice(words)[0], "0", "1", "17", "-3", "#x10", "true", "false", "", "(not true)"])
    return text[: word.start()] + other + text[word.end() :]


@pytest.mark.anyio
@pytest.mark.parametrize("text", PROGRAMS)
async def test_what_z3_gives_is_certified(certify, text):
    certificate = await certify(text)
    report = check_certificate(certificate)
    assert report.certified, report


@pytest.mark.anyio
async def test_an_optimum_is_certified_as_a_model_that_gives_it(certify):
    text = "(declare-const x Int)(declare-const y Int)(assert (< 0 x y 9))(maximize (+ x y))(minimize y)"
    certificate = await certify(text)
    assert certificate.outcome.objectives["(+ x y)"] == Value("15", ValueKind.INTEGER)
    assert check_certificate(certificate).certified
    unbounded = await certify("(declare-const x Int)(maximize (+ x 1))")
    assert check_certificate(unbounded).result is CheckResult.NOT_CHECKABLE


@pytest.mark.anyio
@pytest.mark.parametrize("text", PROGRAMS)
async def test_every_changed_value_is_refused(certify, text):
    certificate = await certify(text)
    _, _, values = parts(certificate)
    for name in values:
        for other in ("0", "1", "-4", "true", "false", "red", "Person!val!7", "", "(", "#x11", "9/4"):
            for kind in ValueKind:
                value = Value(other, kind)
                if value == values[name]:
                    continue
                report = check_certificate(
                    Certificate(certificate.job, Satisfiable({**values, name: value}), certificate.evidence)
                )
                assert report.result is not CheckResult.CONFIRMED, (name, value, report)


@pytest.mark.anyio
@pytest.mark.parametrize("text", PROGRAMS)
async def test_a_changed_model_or_program_is_refused_or_still_right(certify, runtime, text):
    """What is still confirmed after a change is put to z3, which must find the changed program satisfiable."""
    certificate = await certify(text)
    program, model, values = parts(certificate)
    chance = random.Random(7)
    confirmed = 0
    for _ in range(250):
        in_model = chance.random() < 0.5
        new_program = program if in_model else changed(program, chance)
        new_model = changed(model, chance) if in_model else model
        job = Job(Program(Language.SMT, new_program), "(check-sat)", evidence=True)
        report = check_certificate(Certificate(job, Satisfiable(values), ModelText(new_model)))
        assert "our fault" not in report.reason, report
        if report.result is CheckResult.CONFIRMED and (new_program, new_model) != (program, model):
            confirmed += 1
            ending = (await runtime.solve(job)).ending
            assert isinstance(ending, Finished), (new_program, ending)
            assert isinstance(ending.outcome, Satisfiable), (new_program, ending)
    assert confirmed < 120


@pytest.mark.parametrize("seed", range(3))
def test_noise_raises_nothing_but_a_refusal(seed):
    chance = random.Random(seed)
    characters = "()()() x5 |\";:#_!.-+*/=<>'\\\n" + "\ud800é"
    for _ in range(300):
        noise = "".join(chance.choice(characters) for _ in range(chance.randrange(40)))
        job = Job(Program(Language.SMT, chance.choice([SCRIPT, noise, SCRIPT + noise])))
        place = chance.randrange(len(MODEL))
        model = ModelText(MODEL[:place] + noise + MODEL[place + chance.randrange(5) :])
        report = check_certificate(Certificate(job, Satisfiable({noise: VALUES["x"]}), model))
        assert "our fault" not in report.reason, report
