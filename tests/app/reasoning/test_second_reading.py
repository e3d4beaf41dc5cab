"""The loop with a second reading of the problem: what is asked, what is compared, and what becomes of the verdict."""

import asyncio
from dataclasses import replace

import pytest

from app.errors import LmUnavailableError
from app.reasoning.events import AttemptEnded, VerdictReached
from app.reasoning.types import (
    Assurance,
    Budget,
    Formalisation,
    Kind,
    NotExtracted,
    Problem,
    Purpose,
    Trace,
    Trust,
    VerdictKind,
)
from solvers import Runtime
from solvers.errors import EngineMissingError
from solvers.types import Job, Language, Limits, Run
from tests.app.reasoning.scripted import (
    USAGE,
    Before,
    Kept,
    ScriptedLM,
    TwoReaders,
    completion,
    prolog,
    smt,
    solve,
)

pytestmark = pytest.mark.anyio

PROBLEM = Problem("Two rolls cost 3 euros each. How many euros do they cost together?", Kind.ARITHMETIC)
HEAD = ":- use_module(library(clpq)).\nrolls_xyzzy(2).\nprice(3).\n"
SIX = prolog(HEAD + "solve(X) :- rolls_xyzzy(N), price(P), {X = N * P}.\n% query: solve(X).")
ANOTHER_SIX = prolog(HEAD + "solve(X) :- price(P), rolls_xyzzy(N), {X = P * N}.\n% query: solve(X).")
FIVE = prolog(HEAD + "solve(X) :- rolls_xyzzy(N), price(P), {X = N + P}.\n% query: solve(X).")
NO_ANSWER = prolog(HEAD + "solve(X) :- price(X), X > 5.\n% query: solve(X).")
CONSTANTS = "(declare-const rolls Int)\n(declare-const price Int)\n(assert (= rolls 2))\n(assert (= price 3))\n"
SMT_SIX = smt(f"{CONSTANTS}(declare-const x Int)\n(assert (= x (* rolls price)))\n; answer: x")
SMT_FIVE = smt(f"{CONSTANTS}(declare-const x Int)\n(assert (= x (+ rolls price)))\n; answer: x")
SMT_OPEN = smt("(declare-const x Int)\n(assert (> x 3))\n; answer: x")
SMT_FAULTY = smt("(declare-const x Int)\n(assert (= x y))\n; answer: x")
TWICE = Assurance(corroborate=True)


def compared(trace: Trace) -> dict[str, object]:
    shown = trace.evidence.translation["corroboration"]
    assert isinstance(shown, dict)
    return shown


# Agreement


async def test_two_readings_that_agree_are_corroborated(runtime: Runtime) -> None:
    record = Kept()
    lm = TwoReaders([SIX], [SMT_SIX])
    trace = await solve(PROBLEM, [], runtime, lm=lm, record=record, assurance=TWICE)
    assert (trace.verdict.answer, trace.verdict.trust) == ("6", Trust.CORROBORATED)
    assert trace.evidence.inference["next_rung_lacks"] is None
    shown = compared(trace)
    assert (shown["agrees"], shown["compared_by"], shown["attempt"]) == (True, "answer", 2)
    assert "different languages (prolog and smt)" in str(shown["independence"])
    assert "neither has seen the other" in str(shown["independence"])
    assert [(attempt.number, attempt.purpose) for attempt in trace.attempts] == [
        (1, Purpose.FORMALISATION),
        (2, Purpose.CORROBORATION),
    ]
    assert [event.attempt for event in record.events if isinstance(event, AttemptEnded)] == list(trace.attempts)
    assert trace.evidence.execution["attempt"] == 1
    assert trace.spent.attempts == 2
    assert trace.spent.completion_tokens == 40


async def test_the_second_reader_sees_the_problem_and_nothing_of_the_first_reading(runtime: Runtime) -> None:
    lm = TwoReaders([SIX], [SMT_SIX])
    trace = await solve(PROBLEM, [], runtime, lm=lm, assurance=TWICE)
    (asked,) = lm.second.requests
    seen = "\n".join(message.content for message in asked.messages)
    assert PROBLEM.text in seen
    assert "xyzzy" not in seen
    assert "```prolog" not in seen
    assert (asked.corroboration, asked.attempt, asked.problem) == (True, 1, PROBLEM.text)
    assert trace.attempts[1].prompt.name == "formalise-smt"
    assert trace.attempts[1].messages == asked.messages
    assert not any(request.corroboration for request in lm.first.requests)


@pytest.mark.parametrize(("language", "other"), [(Language.PROLOG, Language.SMT), (Language.SMT, Language.PROLOG)])
async def test_the_second_reading_is_in_the_other_language(
    runtime: Runtime, language: Language, other: Language
) -> None:
    replies = {Language.PROLOG: SIX, Language.SMT: SMT_SIX}
    lm = TwoReaders([replies[language]], [replies[other]])
    trace = await solve(replace(PROBLEM, language=language), [], runtime, lm=lm, assurance=TWICE)
    second = trace.attempts[1].formalisation
    assert isinstance(second, Formalisation)
    assert (trace.language, second.program.language) == (language, other)
    assert trace.verdict.trust is Trust.CORROBORATED


async def test_agreement_does_not_make_up_for_a_rung_that_is_missing(runtime: Runtime) -> None:
    """Both write the answer down."""
    written = prolog("solve(6).\n% query: solve(X).")
    in_smt = smt("(declare-const x Int)\n(assert (= x 6))\n; answer: x")
    trace = await solve(PROBLEM, [], runtime, lm=TwoReaders([written], [in_smt]), assurance=TWICE)
    assert compared(trace)["agrees"] is True
    assert trace.verdict.trust is Trust.EXECUTED


async def test_a_reading_that_its_writer_doubts_corroborates_nothing_and_is_not_corroborated(runtime: Runtime) -> None:
    doubted = replace(completion(SMT_SIX), doubt="it may be another sum")
    trace = await solve(PROBLEM, [], runtime, lm=TwoReaders([SIX], [doubted]), assurance=TWICE)
    assert (compared(trace)["agrees"], trace.verdict.trust) == (True, Trust.CERTIFIED)
    assert "the second is doubted: it may be another sum" in str(compared(trace)["independence"])
    doubted = replace(completion(SIX), doubt="it may be another sum")
    trace = await solve(PROBLEM, [], runtime, lm=TwoReaders([doubted], [SMT_SIX]), assurance=TWICE)
    assert (compared(trace)["agrees"], trace.verdict.trust) == (True, Trust.DETERMINATE)
    assert trace.evidence.inference["next_rung_lacks"] == "it may be another sum"
    assert trace.evidence.translation["doubt"] == "it may be another sum"


async def test_a_doubted_reading_that_differs_is_heard_all_the_same(runtime: Runtime) -> None:
    doubted = replace(completion(SMT_FIVE), doubt="it may be another sum")
    trace = await solve(
        PROBLEM, [], runtime, lm=TwoReaders([SIX], [doubted]), assurance=TWICE, budget=Budget(attempts=1)
    )
    assert trace.verdict.kind is VerdictKind.UNRESOLVED


async def test_without_being_asked_nobody_reads_a_second_time(runtime: Runtime) -> None:
    lm = TwoReaders([SIX], [])
    trace = await solve(PROBLEM, [], runtime, lm=lm)
    assert lm.second.requests == []
    assert "corroboration" not in trace.evidence.translation
    assert trace.verdict.trust is Trust.CERTIFIED


BOB = Problem("Bob is round. What is round is old. Is Bob old?", Kind.ENTAILMENT, Language.PROLOG)
BOB_IS_OLD = prolog(
    ":- dynamic round/1, old/1, neg/1.\n:- table round/1, old/1, neg/1.\n"
    "round(bob).\nold(X) :- round(X).\nneg(round(X)) :- neg(old(X)).\n"
    "% query: old(bob).\n% complement: neg(old(bob))."
)


def bob_in_smt(premise: str, conclusion: str) -> str:
    return smt(
        "(declare-sort Thing 0)\n(declare-const bob Thing)\n(declare-fun round (Thing) Bool)\n"
        f"(declare-fun old (Thing) Bool)\n(assert (round bob))\n(assert {premise})\n"
        f"(define-fun conclusion () Bool {conclusion})\n; query: conclusion"
    )


ROUND_IS_OLD = "(forall ((x Thing)) (=> (round x) (old x)))"


async def test_entailments_that_say_the_same_are_corroborated_by_solver(runtime: Runtime) -> None:
    lm = TwoReaders([BOB_IS_OLD], [bob_in_smt(ROUND_IS_OLD, "(old bob)")])
    trace = await solve(BOB, [], runtime, lm=lm, assurance=TWICE)
    assert (compared(trace)["agrees"], compared(trace)["compared_by"]) == (True, "equivalence")
    assert (trace.verdict.kind, trace.verdict.trust) == (VerdictKind.PROVED, Trust.CORROBORATED)


async def test_entailments_of_which_one_is_turned_round_disagree(runtime: Runtime) -> None:
    lm = TwoReaders([BOB_IS_OLD], [bob_in_smt(ROUND_IS_OLD, "(not (old bob))")])
    trace = await solve(BOB, [], runtime, lm=lm, assurance=TWICE, budget=Budget(attempts=1))
    assert compared(trace)["agrees"] is False
    assert (trace.verdict.kind, trace.verdict.trust) == (VerdictKind.UNRESOLVED, None)
    assert "one reading gives proved, the other refuted" in trace.verdict.reason


async def test_the_same_verdict_from_other_premises_corroborates_nothing(runtime: Runtime) -> None:
    lm = TwoReaders([BOB_IS_OLD], [bob_in_smt("(old bob)", "(old bob)")])
    trace = await solve(BOB, [], runtime, lm=lm, assurance=TWICE)
    assert compared(trace)["agrees"] is None
    assert "not from the same premises" in str(compared(trace)["reason"])
    assert (trace.verdict.kind, trace.verdict.trust) == (VerdictKind.PROVED, Trust.CERTIFIED)


@pytest.mark.parametrize("error", [EngineMissingError("smt", "it is not installed"), None], ids=["missing", "late"])
async def test_readings_that_no_solver_can_compare_are_compared_by_verdict(
    runtime: Runtime, error: Exception | None
) -> None:
    class Comparing:
        """The real solver, until both readings have been run."""

        async def solve(self, job: Job, limits: Limits) -> Run:
            if lm.second.requests and job.program.text not in bob_in_smt(ROUND_IS_OLD, "(old bob)"):
                if error is not None:
                    raise error
                await asyncio.sleep(30)
            return await runtime.solve(job, limits)

    lm = TwoReaders([BOB_IS_OLD], [bob_in_smt(ROUND_IS_OLD, "(old bob)")])
    trace = await solve(BOB, [], Comparing(), lm=lm, assurance=TWICE, budget=Budget(seconds=6.0))
    assert trace.spent.seconds < 20
    assert trace.verdict.kind is VerdictKind.PROVED
    assert (compared(trace)["agrees"], compared(trace)["compared_by"]) == (True, "verdict")


# Disagreement


async def test_the_repair_hears_what_both_readings_say(runtime: Runtime) -> None:
    lm = TwoReaders([FIVE, SIX], [SMT_SIX])
    await solve(PROBLEM, [], runtime, lm=lm, assurance=TWICE)
    asked = lm.first.requests[1].messages[-1].content
    assert "came to 6" in asked
    assert "one reading gives 5, the other 6" in asked
    assert "N + P" in lm.first.requests[1].messages[2].content
    assert "declare-const" not in asked
    assert lm.first.requests[1].attempt == 2
    assert len(lm.second.requests) == 1


async def test_a_reading_that_was_repaired_to_agree_is_certified_and_not_corroborated(runtime: Runtime) -> None:
    trace = await solve(PROBLEM, [], runtime, lm=TwoReaders([FIVE, SIX], [SMT_SIX]), assurance=TWICE)
    assert (trace.verdict.answer, trace.verdict.trust) == ("6", Trust.CERTIFIED)
    assert compared(trace)["agrees"] is True
    assert "repaired after it was told of the second" in str(compared(trace)["independence"])
    assert "readings" not in compared(trace)
    assert [attempt.purpose for attempt in trace.attempts] == [
        Purpose.FORMALISATION,
        Purpose.CORROBORATION,
        Purpose.FORMALISATION,
    ]
    assert trace.evidence.execution["attempt"] == 3


async def test_readings_that_differ_to_the_end_are_unresolved_and_both_are_shown(runtime: Runtime) -> None:
    record = Kept()
    trace = await solve(
        PROBLEM,
        [],
        runtime,
        lm=TwoReaders([SIX, ANOTHER_SIX], [SMT_FIVE]),
        record=record,
        assurance=TWICE,
        budget=Budget(attempts=2),
    )
    assert (trace.verdict.kind, trace.verdict.answer, trace.verdict.trust) == (VerdictKind.UNRESOLVED, None, None)
    assert trace.verdict.reason == "two readings of the problem differ: one reading gives 6, the other 5"
    assert compared(trace)["agrees"] is False
    readings = compared(trace)["readings"]
    assert isinstance(readings, list)
    assert [(each["attempt"], each["language"], each["answer"]) for each in readings] == [
        (3, "prolog", "6"),
        (2, "smt", "5"),
    ]
    assert "rolls_xyzzy" in readings[0]["program"]
    assert "(+ rolls price)" in readings[1]["program"]
    assert "5" in readings[1]["model"]
    last = record.events[-1]
    assert isinstance(last, VerdictReached)
    assert last.evidence == trace.evidence


async def test_one_attempt_pays_for_one_formalisation_and_the_second_reading_is_not_one(runtime: Runtime) -> None:
    lm = TwoReaders([SIX], [SMT_SIX])
    trace = await solve(PROBLEM, [], runtime, lm=lm, assurance=TWICE, budget=Budget(attempts=1))
    assert trace.verdict.trust is Trust.CORROBORATED
    assert len(trace.attempts) == 2
    lm = TwoReaders([NO_ANSWER, FIVE, SIX], [SMT_SIX])
    trace = await solve(PROBLEM, [], runtime, lm=lm, assurance=TWICE, budget=Budget(attempts=3))
    assert (trace.verdict.answer, len(trace.attempts)) == ("6", 4)
    assert [request.attempt for request in lm.first.requests] == [1, 2, 3]


async def test_a_reader_who_insists_is_told_apart_from_one_who_agrees(runtime: Runtime) -> None:
    trace = await solve(PROBLEM, [], runtime, lm=TwoReaders([SIX, SIX], [SMT_FIVE]), assurance=TWICE)
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert trace.verdict.reason == "two readings of the problem differ: one reading gives 6, the other 5"
    assert compared(trace)["agrees"] is False


# No second reading to be had


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("I cannot help with that.", "no program"),
        (SMT_FAULTY, "y"),
        (SMT_OPEN, "several answers fit"),
        (LmUnavailableError("the server has gone"), "the server has gone"),
    ],
    ids=["no program", "faulty", "several answers", "no language model"],
)
async def test_a_second_reading_that_says_nothing_leaves_the_verdict_with_the_reason(
    runtime: Runtime, second: str | Exception, why: str
) -> None:
    lm = TwoReaders([SIX], [second])
    trace = await solve(PROBLEM, [], runtime, lm=lm, assurance=TWICE)
    assert (trace.verdict.answer, trace.verdict.trust) == ("6", Trust.CERTIFIED)
    assert compared(trace)["agrees"] is None
    assert why in str(compared(trace)["reason"]).lower()
    assert len(trace.attempts) == (1 if isinstance(second, Exception) else 2)
    if len(trace.attempts) == 2:
        assert trace.attempts[1].purpose is Purpose.CORROBORATION
        assert isinstance(trace.attempts[1].formalisation, (Formalisation, NotExtracted))
        assert trace.attempts[1].diagnostics


async def test_a_second_reading_that_the_solvers_fail_on_leaves_the_verdict(runtime: Runtime) -> None:
    record = Kept()

    async def fail(job: Job) -> None:
        if job.program.language is Language.SMT:
            raise EngineMissingError("smt", "it is not installed")

    trace = await solve(
        PROBLEM, [], Before(runtime, fail), lm=TwoReaders([SIX], [SMT_SIX]), record=record, assurance=TWICE
    )
    assert (trace.verdict.answer, trace.verdict.trust) == ("6", Trust.CERTIFIED)
    assert "not installed" in str(compared(trace)["reason"])
    assert [event.attempt.number for event in record.events if isinstance(event, AttemptEnded)] == [1, 2]


async def test_nobody_corroborates_by_silence_what_needs_to_be_corroborated(runtime: Runtime) -> None:
    asked = Assurance(min_trust=Trust.CORROBORATED, corroborate=True)
    trace = await solve(PROBLEM, [], runtime, lm=TwoReaders([SIX], ["No."]), assurance=asked)
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert "'6' reaches certified" in trace.verdict.reason


async def test_the_budget_of_tokens_covers_the_second_reading(runtime: Runtime) -> None:
    each = USAGE.prompt_tokens + USAGE.completion_tokens
    lm = TwoReaders([SIX], [SMT_SIX])
    trace = await solve(PROBLEM, [], runtime, lm=lm, assurance=TWICE, budget=Budget(tokens=each))
    assert lm.second.requests == []
    assert (trace.verdict.answer, trace.verdict.trust) == ("6", Trust.CERTIFIED)
    assert "budget" in str(compared(trace)["reason"])
    lm = TwoReaders([SIX], [SMT_SIX])
    trace = await solve(PROBLEM, [], runtime, lm=lm, assurance=TWICE, budget=Budget(tokens=each + 50))
    assert [request.sampling.max_tokens for request in lm.second.requests] == [50]
    assert trace.verdict.trust is Trust.CORROBORATED


async def test_the_budget_of_seconds_covers_the_second_reading(runtime: Runtime) -> None:
    lm = ScriptedLM(SIX, 30.0, SMT_SIX)
    trace = await solve(PROBLEM, [], runtime, lm=lm, assurance=TWICE, budget=Budget(seconds=4.0))
    assert (trace.verdict.answer, trace.verdict.trust) == ("6", Trust.CERTIFIED)
    assert compared(trace)["agrees"] is None
    assert trace.spent.seconds < 20


async def test_what_both_readings_spent_is_in_the_trace(runtime: Runtime) -> None:
    lm = TwoReaders([completion(SIX, usage=None)], [SMT_SIX])
    trace = await solve(PROBLEM, [], runtime, lm=lm, assurance=TWICE)
    assert (trace.spent.prompt_tokens, trace.spent.completion_tokens) == (USAGE.prompt_tokens, USAGE.completion_tokens)
    assert trace.spent.solver_seconds > 0
