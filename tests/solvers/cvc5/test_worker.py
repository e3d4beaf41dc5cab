"""The second SMT engine, through the real runtime with the whole sandbox on."""

from dataclasses import replace

import pytest

from solvers import (
    ErrorClass,
    Finished,
    Job,
    Language,
    Layers,
    LimitName,
    Limits,
    Program,
    Rejected,
    Run,
    Runtime,
    Satisfiable,
    Stopped,
    Unknown,
    Unsatisfiable,
)
from solvers.certificates import certificate_of
from solvers.checking import check_certificate
from solvers.types import Engine, NoEvidence, Proof

pytestmark = pytest.mark.anyio

CONTRADICTION = "(declare-const x Int)\n(assert (> x 3))\n(assert (< x 2))\n(check-sat)"


def job(text: str, query: str | None = None, evidence: bool = False) -> Job:
    return Job(Program(Language.SMT, text), query, engine=Engine.CVC5, evidence=evidence)


def outcome(run: Run) -> object:
    assert isinstance(run.ending, Finished), run
    return run.ending.outcome


async def test_the_whole_sandbox_holds_it(runtime: Runtime) -> None:
    run = await runtime.solve(job(CONTRADICTION))
    assert outcome(run) == Unsatisfiable()
    assert run.sandbox == Layers()


async def test_it_is_asked_for_health_like_the_others(runtime: Runtime) -> None:
    health = (await runtime.health())[Engine.CVC5]
    assert health.error is None
    assert (health.version or "").startswith("1.")


async def test_a_consistent_program_is_satisfiable(runtime: Runtime) -> None:
    assert outcome(await runtime.solve(job("(declare-const x Int)\n(assert (> x 3))\n(check-sat)"))) == Satisfiable()


async def test_the_query_is_run_behind_the_program(runtime: Runtime) -> None:
    run = await runtime.solve(job("(declare-const x Int)\n(assert (> x 3))", "(assert (< x 2))\n(check-sat)"))
    assert outcome(run) == Unsatisfiable()


async def test_a_proof_comes_when_it_is_asked_for_and_not_else(runtime: Runtime) -> None:
    run = await runtime.solve(job(CONTRADICTION))
    assert isinstance(run.ending, Finished)
    assert run.ending.evidence is None
    run = await runtime.solve(job(CONTRADICTION, evidence=True))
    assert isinstance(run.ending, Finished)
    assert isinstance(run.ending.evidence, Proof)
    assert "(step " in run.ending.evidence.text
    assert ":rule hole" not in run.ending.evidence.text


async def test_there_is_no_proof_of_consistency(runtime: Runtime) -> None:
    run = await runtime.solve(job("(check-sat)", evidence=True))
    assert isinstance(run.ending, Finished)
    assert isinstance(run.ending.evidence, NoEvidence)


async def test_a_proof_longer_than_the_output_may_be_is_left_out(runtime: Runtime) -> None:
    run = await runtime.solve(job(CONTRADICTION, evidence=True), Limits(output_bytes=1000))
    assert isinstance(run.ending, Finished)
    assert run.ending.outcome == Unsatisfiable()
    assert isinstance(run.ending.evidence, NoEvidence)
    assert "characters" in run.ending.evidence.reason


@pytest.mark.parametrize(
    "text",
    [
        "(declare-const x Real)\n(declare-const n Int)\n(assert (= (+ x 1) (* 2 n)))\n(check-sat)",
        "(declare-const x Real)\n(assert (= x 3))\n(assert (< (/ x 2) -1))\n(check-sat)",
        "(set-logic QF_LRA)\n(declare-const x Real)\n(assert (forall ((y Real)) (< y x)))\n(check-sat)",
        "(set-option :produce-unsat-cores true)\n(assert (! false :named never))\n(check-sat)\n(get-unsat-core)",
        "(declare-datatypes () ((C red (mix (of C)))))\n(declare-const c C)\n(assert (not (= c red)))\n(check-sat)",
        "(declare-const x Int)\n(maximize x)\n(assert (> 3 x))\n(check-sat)\n(get-model)\n(get-objectives)",
    ],
    ids=["mixed", "integer-for-real", "logic-too-small", "core", "older-datatypes", "objective"],
)
async def test_what_z3_takes_is_taken(runtime: Runtime, text: str) -> None:
    assert not isinstance(outcome(await runtime.solve(job(text))), Unknown)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(assert (foo))\n(check-sat)", "foo"),
        ("(declare-const x Int)\n(assert (iff x x))\n(check-sat)", "iff"),
        ("(check-sat)\n(check-sat)", "2 checks"),
        ("(declare-const p Bool)\n(check-sat-assuming (p))", "1 checks"),
        ("(assert true)", "0 checks"),
        ("(assert false)\n(reset)\n(check-sat)", "reset"),
        ("(check-sat)\n(assert false)", "end with their check"),
    ],
)
async def test_what_it_cannot_decide_is_unknown_and_says_why(runtime: Runtime, text: str, reason: str) -> None:
    found = outcome(await runtime.solve(job(text, evidence=True)))
    assert isinstance(found, Unknown)
    assert reason in found.reason


async def test_the_same_policy_goes_before(runtime: Runtime) -> None:
    run = await runtime.solve(job('(include "/etc/passwd")\n(check-sat)'))
    assert isinstance(run.ending, Rejected)
    assert run.ending.diagnostics[0].error_class is ErrorClass.PERMISSION
    assert run.ending.diagnostics[0].line == 1


async def test_a_timeout_is_no_outcome(runtime: Runtime) -> None:
    pigeons = "\n".join(
        [
            *(f"(declare-const p{i}_{j} Bool)" for i in range(40) for j in range(39)),
            *(f"(assert (or {' '.join(f'p{i}_{j}' for j in range(39))}))" for i in range(40)),
            *(f"(assert (not (and p{i}_{j} p{k}_{j})))" for j in range(39) for i in range(40) for k in range(i)),
            "(check-sat)",
        ]
    )
    run = await runtime.solve(job(pigeons), Limits(wall_seconds=0.5))
    assert run.ending == Stopped(LimitName.WALL_SECONDS)


async def test_a_definition_is_written_out_before_the_proof(runtime: Runtime) -> None:
    text = (
        "(define-fun twice ((n Int)) Int (* 2 n))\n(define-fun four ((n Int)) Int (twice (twice n)))\n"
        "(declare-const x Int)\n(assert (= (four x) 6))\n(check-sat)"
    )
    run = await runtime.solve(job(text, evidence=True))
    assert isinstance(run.ending, Finished)
    assert isinstance(run.ending.evidence, Proof)
    assert "lambda" not in run.ending.evidence.text


async def test_a_program_finds_nothing_of_the_one_before(runtime: Runtime) -> None:
    for _ in range(3):
        run = await runtime.solve(job("(declare-const x Int)\n(push 1)\n(assert false)\n(check-sat)"))
        assert outcome(run) == Unsatisfiable()
        assert outcome(await runtime.solve(job("(declare-const x Bool)\n(assert x)\n(check-sat)"))) == Satisfiable()


@pytest.mark.parametrize(
    "declaration",
    [
        "(declare-datatypes ((C 0)) (((red) (green))))",
        "(declare-datatypes () ((C red green)))",
        "(declare-datatype C ((red) (green)))",
        "(declare-datatypes ((C 0) (D 0)) (((red) (green)) ((one))))",
    ],
)
async def test_an_enumeration_has_a_proof_without_datatypes_and_it_is_checked(
    runtime: Runtime, declaration: str
) -> None:
    text = f"{declaration}\n(declare-const c C)\n(assert (distinct c red green))\n(check-sat)"
    asked = job(text, evidence=True)
    certificate = certificate_of(asked, await runtime.solve(asked))
    assert certificate is not None
    assert check_certificate(certificate).certified
    other = job(text.replace("(distinct c red green)", "(distinct c red)"))
    assert outcome(await runtime.solve(other)) == Satisfiable()
    weaker = replace(certificate, job=other)
    assert not check_certificate(weaker).certified


async def test_other_datatypes_have_a_verdict_and_no_proof(runtime: Runtime) -> None:
    text = (
        "(declare-datatypes ((L 0)) (((nil) (cons (tl L)))))\n(declare-const c L)\n(assert (= c (cons c)))\n(check-sat)"
    )
    run = await runtime.solve(job(text, evidence=True))
    assert isinstance(run.ending, Finished)
    assert run.ending.outcome == Unsatisfiable()
    assert isinstance(run.ending.evidence, NoEvidence)


PROVED = {
    "mixed": "(declare-const n Int)(declare-const r Real)(assert (= (+ r 1) (* 2 n)))(assert (= r 0.5))",
    "divided": "(declare-const n Int)(assert (= (mod n 7) 3))(assert (= n 16))",
    "function": "(define-fun pay ((h Int)) Int (ite (> h 40) (+ (* 40 10) (* (- h 40) 15)) (* h 10)))"
    "(declare-const p Int)(assert (= p (pay 45)))(assert (not (= p 475)))",
    "named": "(declare-const p Bool)(define-fun conclusion () Bool (and p))(assert (! p :named a))"
    "(assert (not conclusion))",
    "levels": "(declare-const p Bool)(push 1)(assert p)(pop 1)(push)(assert (not p))(assert p)",
    "quantified": "(declare-sort S 0)(declare-fun r (S S) Bool)(declare-const a S)"
    "(assert (forall ((x S)) (exists ((y S)) (r x y))))(assert (forall ((y S)) (not (r a y))))",
    "numbers": "(declare-fun f (Int) Int)(assert (forall ((n Int)) (=> (> n 0) (= (f n) (* 2 n)))))"
    "(assert (not (= (f 4) 8)))",
    "quoted": "(declare-const |a b| Bool)(declare-const q Bool)(assert (and |a b| (=> |a b| q)))(assert (not |q|))",
}


@pytest.mark.parametrize("name", PROVED)
async def test_what_the_product_asks_has_a_proof_that_is_confirmed(runtime: Runtime, name: str) -> None:
    asked = job(PROVED[name] + "(check-sat)", evidence=True)
    certificate = certificate_of(asked, await runtime.solve(asked))
    assert certificate is not None
    report = check_certificate(certificate)
    assert report.certified, report
