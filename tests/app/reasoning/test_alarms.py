"""What a verdict needs before it is given: the rung that was asked for, evidence that does not speak against it, and
a check that keeps its limit. Real engines, but for the run that a test replaces.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from app.reasoning.certify import CheckConfig
from app.reasoning.events import AttemptEnded, VerdictReached
from app.reasoning.types import Assurance, Budget, CheckResult, Kind, Problem, RunName, Trust, VerdictKind
from solvers import Runtime
from solvers.errors import EngineMissingError, WorkerCrashedError
from solvers.types import (
    Derivation,
    Derivations,
    Engine,
    Finished,
    Job,
    Language,
    LimitName,
    ModelText,
    NoEvidence,
    Proof,
    Rejected,
    Rule,
    Run,
    Satisfiable,
    Step,
    Stopped,
    Unknown,
)
from tests.app.reasoning.scripted import (
    Before,
    Kept,
    Replacing,
    ScriptedLM,
    prolog,
    smt,
    solve,
)

pytestmark = pytest.mark.anyio

PROBLEM = Problem("Two rolls cost 3 euros each. How many euros do they cost together?", Kind.ARITHMETIC)
IN_SMT = replace(PROBLEM, language=Language.SMT)
HEAD = ":- use_module(library(clpq)).\nrolls(2).\nprice(3).\n"
SIX = prolog(HEAD + "solve(X) :- rolls(N), price(P), {X = N * P}.\n% query: solve(X).")
WRITTEN = prolog("solve(6).\n% query: solve(X).")
SMT_SIX = smt(
    "(declare-const rolls Int)\n(declare-const price Int)\n(declare-const x Int)\n"
    "(assert (= rolls 2))\n(assert (= price 3))\n(assert (= x (* rolls price)))\n; answer: x"
)


def evidence_becomes(evidence: object) -> Callable[[Job, Run], Run]:
    def replaced(_: Job, run: Run) -> Run:
        assert isinstance(run.ending, Finished)
        return replace(run, ending=replace(run.ending, evidence=evidence))

    return replaced


def second_opinion_becomes(ending: object) -> Callable[[Job, Run], Run]:
    def replaced(job: Job, run: Run) -> Run:
        return replace(run, ending=ending) if job.engine is Engine.CVC5 else run

    return replaced


def parts(trace_certificate: Mapping[str, object]) -> Mapping[str, Mapping[str, object]]:
    found = trace_certificate["parts"]
    assert isinstance(found, dict)
    return found


# The rung that is asked for


@pytest.mark.parametrize(
    ("reply", "reaches"), [(WRITTEN, Trust.EXECUTED), (SIX, Trust.CERTIFIED)], ids=["written down", "computed"]
)
@pytest.mark.parametrize("wanted", Trust)
async def test_a_verdict_below_the_rung_that_is_asked_for_is_not_given(
    runtime: Runtime, reply: str, reaches: Trust, wanted: Trust
) -> None:
    trace = await solve(PROBLEM, [reply], runtime, assurance=Assurance(wanted))
    if list(Trust).index(wanted) <= list(Trust).index(reaches):
        assert (trace.verdict.kind, trace.verdict.answer, trace.verdict.trust) == (VerdictKind.ANSWERED, "6", reaches)
        return
    assert (trace.verdict.kind, trace.verdict.answer, trace.verdict.trust) == (VerdictKind.UNRESOLVED, None, None)
    assert trace.verdict.reason.startswith(f"{wanted.value} was asked for, and '6' reaches {reaches.value}: ")
    assert trace.evidence.inference["next_rung_lacks"] in trace.verdict.reason


async def test_evidence_that_cannot_be_checked_reaches_determinate_and_no_more(runtime: Runtime) -> None:
    solver = Replacing(runtime, second_opinion_becomes(Finished(Unknown("incomplete"))))
    trace = await solve(IN_SMT, [SMT_SIX], solver, assurance=Assurance(Trust.DETERMINATE))
    assert (trace.verdict.answer, trace.verdict.trust) == ("6", Trust.DETERMINATE)
    trace = await solve(IN_SMT, [SMT_SIX], solver, assurance=Assurance(Trust.CERTIFIED))
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert "no checker has confirmed all the evidence" in trace.verdict.reason


# Alarms


async def test_a_second_engine_that_finds_a_model_is_an_alarm_and_no_fault_of_the_program(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    lm = ScriptedLM(SMT_SIX)
    record = Kept()
    solver = Replacing(runtime, second_opinion_becomes(Finished(Satisfiable())))
    with caplog.at_level(logging.ERROR, logger="app.reasoning"):
        trace = await solve(IN_SMT, [], solver, lm=lm, record=record)
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert "two engines disagree" in trace.verdict.reason
    assert "please report" in trace.verdict.reason
    assert len(lm.requests) == 1
    assert trace.attempts[0].diagnostics == ()
    assert [record.levelname for record in caplog.records if trace.id in record.getMessage()] == ["ERROR"]
    assert parts(trace.evidence.certificate)["uniqueness"]["second_opinion"] == "disagrees"
    assert trace.evidence.certificate["checked"] is False
    assert isinstance(record.events[-1], VerdictReached)


@pytest.mark.parametrize(
    ("problem", "reply", "evidence"),
    [
        (PROBLEM, SIX, Derivations(())),
        (PROBLEM, SIX, Derivations((Derivation((Step("solve(7)", Rule.QUERY),)),))),
        (PROBLEM, SIX, ModelText("((define-fun x () Int 6))")),
        (IN_SMT, SMT_SIX, ModelText("((define-fun rolls () Int 2)(define-fun price () Int 3)(define-fun x () Int 7))")),
        (IN_SMT, SMT_SIX, Derivations(())),
        (IN_SMT, SMT_SIX, Proof("(step t0 (cl) :rule hole)")),
    ],
    ids=["no derivation", "another answer", "a model for Prolog", "a wrong model", "a derivation for SMT", "a proof"],
)
async def test_evidence_that_the_checker_refutes_is_an_alarm(
    runtime: Runtime, caplog: pytest.LogCaptureFixture, problem: Problem, reply: str, evidence: object
) -> None:
    lm = ScriptedLM(reply)
    with caplog.at_level(logging.ERROR, logger="app.reasoning"):
        trace = await solve(problem, [], Replacing(runtime, evidence_becomes(evidence)), lm=lm)
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert "the checker refuses the engine's own evidence" in trace.verdict.reason
    assert trace.attempts[0].check.result is CheckResult.REFUTED
    assert len(lm.requests) == 1
    assert any(trace.id in record.getMessage() for record in caplog.records)
    assert trace.verdict.trust is None


async def test_after_an_alarm_nobody_reads_a_second_time(runtime: Runtime) -> None:
    lm = ScriptedLM(SIX)
    solver = Replacing(runtime, evidence_becomes(ModelText("()")))
    trace = await solve(PROBLEM, [], solver, lm=lm, assurance=Assurance(corroborate=True))
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert len(lm.requests) == 1


# A second engine that is not there


@pytest.mark.parametrize(
    "error",
    [EngineMissingError("cvc5", "it is not installed"), WorkerCrashedError("cvc5", "it ended twice")],
    ids=["missing", "crashed"],
)
async def test_without_a_second_engine_nothing_is_certified_and_nothing_breaks(
    runtime: Runtime, error: Exception
) -> None:
    async def fail(job: Job) -> None:
        if job.engine is Engine.CVC5:
            raise error

    trace = await solve(IN_SMT, [SMT_SIX], Before(runtime, fail))
    assert (trace.verdict.answer, trace.verdict.trust) == ("6", Trust.DETERMINATE)
    assert "no second opinion could be had" in trace.attempts[0].check.reason
    assert parts(trace.evidence.certificate)["uniqueness"]["second_opinion"] is None
    assert trace.attempts[0].second_opinions == {}


@pytest.mark.parametrize(
    ("ending", "why"),
    [
        (Finished(Unknown("incomplete")), "did not decide: incomplete"),
        (Stopped(LimitName.WALL_SECONDS), "did not finish (stopped)"),
        (Rejected(()), "did not finish (rejected)"),
    ],
    ids=["unknown", "stopped", "rejected"],
)
async def test_a_second_engine_that_does_not_decide_neither_agrees_nor_disagrees(
    runtime: Runtime, ending: object, why: str
) -> None:
    trace = await solve(IN_SMT, [SMT_SIX], Replacing(runtime, second_opinion_becomes(ending)))
    assert (trace.verdict.answer, trace.verdict.trust) == ("6", Trust.DETERMINATE)
    assert why in trace.attempts[0].check.reason
    assert parts(trace.evidence.certificate)["uniqueness"]["second_opinion"] == "undecided"


async def test_two_engines_that_agree_without_a_proof_are_weaker_than_one_and_said_to_be(runtime: Runtime) -> None:
    def without_proof(job: Job, run: Run) -> Run:
        if job.engine is Engine.CVC5 and isinstance(run.ending, Finished):
            return replace(run, ending=replace(run.ending, evidence=NoEvidence("proofs are off")))
        return run

    trace = await solve(IN_SMT, [SMT_SIX], Replacing(runtime, without_proof))
    assert trace.verdict.trust is Trust.DETERMINATE
    part = parts(trace.evidence.certificate)["uniqueness"]
    assert part["second_opinion"] == "agrees"
    assert "two engines agree, which is weaker than a checked proof" in str(part["reason"])
    assert "proofs are off" in str(part["reason"])


async def test_a_second_opinion_that_waits_for_its_turn_is_given_up_at_the_deadline(runtime: Runtime) -> None:
    async def wait(job: Job) -> None:
        if job.engine is Engine.CVC5:
            await asyncio.sleep(30)

    await solve(IN_SMT, [SMT_SIX], runtime)  # the engines are warm
    trace = await solve(IN_SMT, [SMT_SIX], Before(runtime, wait), budget=Budget(seconds=4.0))
    assert trace.spent.seconds < 20
    assert (trace.verdict.answer, trace.verdict.trust) == ("6", Trust.DETERMINATE)


async def test_a_second_opinion_is_kept_with_its_attempt(runtime: Runtime) -> None:
    record = Kept()
    trace = await solve(IN_SMT, [SMT_SIX], runtime, record=record)
    assert trace.verdict.trust is Trust.CERTIFIED
    attempt = trace.attempts[0]
    assert set(attempt.second_opinions) == {RunName.UNIQUENESS}
    ending = attempt.second_opinions[RunName.UNIQUENESS].ending
    assert isinstance(ending, Finished)
    assert isinstance(ending.evidence, Proof)
    assert record.events[1] == AttemptEnded(trace.id, attempt)


# The limit of a check

LONG = prolog(
    "count(0) :- !.\ncount(N) :- M is N - 1, count(M).\nrolls(2).\nprice(3).\n"
    "solve(X) :- count(300000), rolls(N), price(P), X is N * P.\n% query: solve(X)."
)
"""Quickly run, and a long search for a checker."""


async def test_a_long_check_keeps_its_limit_and_does_not_hold_up_the_service(runtime: Runtime) -> None:
    limit, late, ended = 3.0, 0.0, False

    async def watch() -> None:
        nonlocal late
        while not ended:
            before = time.thread_time()  # another process that is in the way does not count
            await asyncio.sleep(0.01)
            late = max(late, time.thread_time() - before)

    watching = asyncio.create_task(watch())
    try:
        trace = await solve(PROBLEM, [LONG], runtime, checks=CheckConfig(seconds=limit))
    finally:
        ended = True
        await watching
    assert trace.verdict.kind is VerdictKind.ANSWERED
    assert trace.verdict.trust in (Trust.EXECUTED, Trust.DETERMINATE)
    assert trace.attempts[0].check.result is CheckResult.NOT_CHECKABLE
    assert trace.attempts[0].seconds < 20
    assert late < limit / 2


async def test_a_check_of_next_to_no_time_certifies_nothing(runtime: Runtime) -> None:
    trace = await solve(PROBLEM, [LONG], runtime, checks=CheckConfig(seconds=0.01))
    assert trace.evidence.certificate["checked"] is False
    assert "the check takes longer than it may" in trace.attempts[0].check.reason
