"""What a right formalisation is worth, of every kind and in both languages, and the evidence that it comes with."""

import json
from dataclasses import replace

import pytest

from app.reasoning.certify import NOT_COVERED
from app.reasoning.types import Assurance, Budget, CheckResult, Kind, Problem, RunName, Trust, VerdictKind
from solvers import Runtime
from solvers.types import Language
from tests.app.reasoning.cases import CASES, Case
from tests.app.reasoning.scripted import completion, prolog, smt, solve

pytestmark = pytest.mark.anyio

ROLLS = Problem("Two rolls cost 3 euros each. How many euros do they cost together?", Kind.ARITHMETIC)

EXECUTION = {"attempt", "status", "limit", "runs", "error_classes"}
INFERENCE = {
    "kind",
    "verdict",
    "computed",
    "computed_because",
    "warnings",
    "sensitivity",
    "not_needed",
    "vacuous",
    "another_answer",
    "inference_notes",
    "next_rung_lacks",
}
OF_AN_ANSWER = {"unique"}
OF_AN_ENTAILMENT = {"world", "follows", "negation_follows", "consistent"}
SOMETIMES = {"consistent", "contradiction_derivable", "exact", "optimal", "note"}
CERTIFICATE = {
    "emitted",
    "checked",
    "result",
    "reason",
    "checker",
    "assumptions",
    "parts",
    "does_not_cover",
}
PART = {"result", "reason", "checker", "assumptions", "second_opinion"}
TRANSLATION = {
    "assessed",
    "citations",
    "false_citations",
    "uncited",
    "uncited_quantities",
    "unexplained_numbers",
    "polarity",
    "unit",
    "warnings",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_right_formalisation_is_certified(runtime: Runtime, case: Case) -> None:
    trace = await solve(case.problem, [case.reply], runtime, budget=Budget(attempts=1))
    assert (trace.verdict.kind, trace.verdict.answer, trace.verdict.trust) == (case.verdict, case.answer, case.trust)
    check, certificate = trace.attempts[0].check, trace.evidence.certificate
    assert (check.result, check.assumptions) == (CheckResult.CONFIRMED, ())
    assert check.checker
    assert certificate["does_not_cover"] == NOT_COVERED
    # Every run that the verdict rests on has its part, and the checker confirmed each.
    parts = certificate["parts"]
    assert isinstance(parts, dict)
    assert set(parts) == {name.value for name in trace.attempts[0].runs}
    assert {part["result"] for part in parts.values()} == {"confirmed"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_evidence_has_the_keys_that_are_documented_and_plain_values(runtime: Runtime, case: Case) -> None:
    evidence = (await solve(case.problem, [case.reply], runtime, budget=Budget(attempts=1))).evidence
    assert set(evidence.execution) == EXECUTION
    wanted = INFERENCE | (OF_AN_ENTAILMENT if case.problem.kind is Kind.ENTAILMENT else OF_AN_ANSWER)
    assert wanted <= set(evidence.inference) <= wanted | SOMETIMES
    assert set(evidence.certificate) == CERTIFICATE
    assert all(set(part) == PART for part in evidence.certificate["parts"].values())
    assert set(evidence.translation) == TRANSLATION
    for part in (evidence.execution, evidence.inference, evidence.certificate, evidence.translation):
        assert json.loads(json.dumps(part)) == part


@pytest.mark.parametrize(
    ("what", "further"),
    [
        ("number", {RunName.UNIQUENESS}),
        ("optimum", {RunName.UNIQUENESS, RunName.OPTIMALITY}),
        ("puzzle", {RunName.UNIQUENESS}),
    ],
)
async def test_an_answer_in_smt_rests_on_there_being_no_other_and_no_better_one(
    runtime: Runtime, what: str, further: set[RunName]
) -> None:
    (case,) = (case for case in CASES if case.problem.language is Language.SMT and what in case.name)
    trace = await solve(case.problem, [case.reply], runtime)
    assert set(trace.attempts[0].runs) == {RunName.QUERY, *further}
    assert set(trace.attempts[0].second_opinions) == further
    parts = trace.evidence.certificate["parts"]
    assert isinstance(parts, dict)
    opinions = {name: part["second_opinion"] for name, part in parts.items()}
    assert opinions == {"query": None, **{name.value: "agrees" for name in further}}


async def test_what_a_certificate_assumes_is_said_and_keeps_it_below_certified(runtime: Runtime) -> None:
    """A search that is quick for the engine, and too long for the checker."""
    program = (
        "rolls(2).\nprice(3).\ncount(0) :- !, fail.\ncount(N) :- M is N - 1, count(M).\n"
        "solve(X) :- rolls(N), price(P), X is N * P.\nsolve(_) :- count(400000).\n% query: solve(X)."
    )
    trace = await solve(ROLLS, [prolog(program)], runtime)
    assert (trace.verdict.answer, trace.verdict.trust) == ("6", Trust.DETERMINATE)
    check = trace.attempts[0].check
    assert check.result is CheckResult.CONFIRMED
    assert not check.certified
    (assumed,) = check.assumptions
    assert assumed.startswith("that there is no other answer: ")
    certificate = trace.evidence.certificate
    assert (certificate["checked"], certificate["assumptions"]) == (False, [assumed])
    assert trace.evidence.inference["next_rung_lacks"] == "no checker has confirmed all the evidence"


async def test_of_several_answers_two_are_shown(runtime: Runtime) -> None:
    in_prolog = prolog("solve(3).\nsolve(5).\n% query: solve(X).")
    trace = await solve(ROLLS, [in_prolog], runtime, budget=Budget(attempts=1))
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert (trace.evidence.inference["unique"], trace.evidence.inference["another_answer"]) == (False, {"X": "5"})
    in_smt = smt("(declare-const x Int)\n(assert (< 2 x 5))\n; answer: x")
    problem = Problem(ROLLS.text, Kind.ARITHMETIC, Language.SMT)
    trace = await solve(problem, [in_smt], runtime, budget=Budget(attempts=1))
    assert trace.evidence.inference["unique"] is False
    assert trace.evidence.inference["another_answer"] in ({"x": "3"}, {"x": "4"})


async def test_an_answer_that_is_written_down_is_certified_to_be_just_that(runtime: Runtime) -> None:
    """The checker confirms that the program gives 6. What that is worth is another question."""
    trace = await solve(ROLLS, [prolog("solve(6).\n% query: solve(X).")], runtime)
    assert trace.evidence.certificate["checked"] is True
    assert trace.evidence.inference["computed"] is False
    assert trace.evidence.inference["warnings"]
    assert trace.verdict.trust is Trust.EXECUTED


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_formalisation_that_its_writer_doubts_is_answered_and_not_certified(
    runtime: Runtime, case: Case
) -> None:
    doubt = "one of its sentences may say something else"
    reply = replace(completion(case.reply), doubt=doubt)
    trace = await solve(case.problem, [reply], runtime, budget=Budget(attempts=1))
    assert (trace.verdict.kind, trace.verdict.answer) == (case.verdict, case.answer)
    assert trace.verdict.trust is min(case.trust, Trust.DETERMINATE, key=[*Trust].index)
    if trace.verdict.trust is Trust.DETERMINATE:
        assert trace.evidence.inference["next_rung_lacks"] == doubt
    assert trace.evidence.translation["doubt"] == doubt
    assert set(trace.evidence.translation) == TRANSLATION | {"doubt"}
    assert trace.attempts[0].completion.doubt == doubt
    assert trace.attempts[0].check.result is CheckResult.CONFIRMED


async def test_whoever_asks_for_certified_gets_no_answer_that_is_doubted(runtime: Runtime) -> None:
    certified = Assurance(Trust.CERTIFIED)
    case = next(case for case in CASES if case.answer is not None and case.trust is Trust.CERTIFIED)
    sure = await solve(case.problem, [case.reply], runtime, assurance=certified)
    assert sure.verdict.answer == case.answer
    doubted = await solve(
        case.problem, [replace(completion(case.reply), doubt="it may be a sum")], runtime, assurance=certified
    )
    assert (doubted.verdict.kind, doubted.verdict.answer, doubted.verdict.trust) == (
        VerdictKind.UNRESOLVED,
        None,
        None,
    )
    assert doubted.verdict.reason == (
        f"certified was asked for, and {case.answer!r} reaches determinate: it may be a sum"
    )


async def test_what_a_repair_is_sure_of_is_not_held_back_by_an_earlier_doubt(runtime: Runtime) -> None:
    broken = replace(completion(prolog("solve(X) :- rolls(X).\n% query: solve(X).")), doubt="it may be a sum")
    case = next(case for case in CASES if case.answer is not None and case.trust is Trust.CERTIFIED)
    if case.problem.language is Language.SMT:
        broken = replace(broken, text=smt("(assert (= x 1))\n; answer: x"))
    trace = await solve(case.problem, [broken, case.reply], runtime)
    assert (trace.verdict.trust, len(trace.attempts)) == (Trust.CERTIFIED, 2)
    assert "doubt" not in trace.evidence.translation


async def test_a_problem_that_is_not_resolved_has_no_certificate(runtime: Runtime) -> None:
    trace = await solve(ROLLS, [prolog("solve(X) :- X > 3.\n% query: solve(X).")], runtime, budget=Budget(attempts=1))
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    certificate = trace.evidence.certificate
    assert (certificate["emitted"], certificate["checked"], certificate["checker"]) == (False, False, None)
    assert trace.evidence.translation == {"assessed": False, "reason": "nothing was concluded"}
    assert json.loads(json.dumps(certificate)) == certificate
