"""The evidence that the SMT engine hands over: the model as z3 prints it, or why there is none."""

import pytest

from solvers import Finished, Job, Language, Layers, Limits, Program, Runtime, RuntimeConfig, Satisfiable
from solvers.types import ModelText, NoEvidence

pytestmark = pytest.mark.anyio

QUICK = Limits(wall_seconds=5.0, cpu_seconds=5.0)


@pytest.fixture
def finish(runtime):
    async def finish(text, query=None, evidence=True):
        run = await runtime.solve(Job(Program(Language.SMT, text), query, evidence=evidence), QUICK)
        assert isinstance(run.ending, Finished), run
        return run.ending

    return finish


async def test_a_model_is_the_reply_of_the_engine(finish):
    ending = await finish("(declare-const x Int)(assert (= (* 2 x) (- 10)))(check-sat)")
    assert isinstance(ending.evidence, ModelText)
    assert "(define-fun x () Int\n    (- 5))" in ending.evidence.text


async def test_the_elements_of_declared_sorts_come_with_the_model(finish):
    ending = await finish("(declare-sort S 0)(declare-const a S)(declare-const b S)(assert (distinct a b))(check-sat)")
    assert isinstance(ending.evidence, ModelText)
    assert ";; universe for S:" in ending.evidence.text
    assert ending.evidence.text.count("(declare-fun S!val!") == 2


async def test_a_model_outlives_the_commands_behind_its_check(finish):
    ending = await finish("(declare-const x Int)(assert (= x 7))", "(check-sat)(get-value (x))(push)(assert (= x 8))")
    assert isinstance(ending.evidence, ModelText)
    assert "7" in ending.evidence.text


async def test_a_model_is_that_of_the_optimum(finish):
    text = "(declare-const x Int)(assert (< 3 x 90))(maximize x)(check-sat)(get-objectives)"
    ending = await finish(text)
    assert isinstance(ending.outcome, Satisfiable)
    assert ending.outcome.objectives["x"].text == ending.outcome.model["x"].text == "89"
    assert isinstance(ending.evidence, ModelText)
    assert "89" in ending.evidence.text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(assert false)(check-sat)", "not asked for proofs"),
        ("(check-sat)(check-sat)", "several decisions"),
        ("(set-option :produce-models false)(check-sat)", "switches models off"),
        (
            "(declare-fun f (Int) Int)(declare-const a Int)"
            "(assert (forall ((x Int)) (> (* (f x) (f (+ x a))) (* x x a))))"
            "(assert (= (f (f a)) (* a a a 3)))(set-option :smt.mbqi false)(check-sat)",
            "nothing was decided",
        ),
    ],
)
async def test_where_there_is_no_evidence_it_says_why(finish, text, reason):
    ending = await finish(text)
    assert isinstance(ending.evidence, NoEvidence)
    assert reason in ending.evidence.reason


async def test_evidence_comes_only_where_it_was_asked_for(finish):
    ending = await finish("(declare-const x Int)(check-sat)", evidence=False)
    assert ending.evidence is None


async def test_evidence_comes_without_the_policy_as_well():
    async with Runtime(RuntimeConfig(concurrency=1, layers=Layers(policy=False))) as runtime:
        job = Job(Program(Language.SMT, "(declare-const x Int)(assert (= x 7))(check-sat)"), evidence=True)
        ending = (await runtime.solve(job, QUICK)).ending
    assert isinstance(ending, Finished)
    assert isinstance(ending.evidence, ModelText)
