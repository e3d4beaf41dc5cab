"""What went wrong in other systems with the evidence for an answer: one test, or a few, for each.

Real engines; where an engine must misbehave, a test replaces one run.
"""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from app.api.bodies import TraceRead
from app.errors import LmUnavailableError
from app.lm.types import Completion, LmRequest
from app.reasoning.recheck import recheck
from app.reasoning.types import (
    Assurance,
    Budget,
    CheckResult,
    Formalisation,
    Kind,
    Problem,
    Trace,
    Trust,
)
from solvers import Runtime
from solvers.certificates import Certificate
from solvers.checking import check_certificate
from solvers.types import (
    Answers,
    Derivation,
    Derivations,
    Engine,
    Evidence,
    Finished,
    Job,
    Language,
    Limits,
    ModelText,
    NoAnswer,
    NoEvidence,
    Program,
    Proof,
    Rule,
    Run,
    Satisfiable,
    Step,
    Substitution,
    Unsatisfiable,
    Value,
    ValueKind,
)
from tests.app.reasoning.cases import CASES, FOLLOWS, ONCE, ROLLS, RULE, SIX, case, entailed
from tests.app.reasoning.scripted import (
    IDENTITY,
    Kept,
    Replacing,
    TwoReaders,
    completion,
    prolog,
    smt,
    solve,
)
from tests.benchmarks.pipeline import Posed, measure

pytestmark = pytest.mark.anyio

# A hash called a proof

HASH = hashlib.sha256(b"proved").hexdigest()
UNSAT = Job(Program(Language.SMT, "(declare-const x Int)\n(assert (< x x))"), "(check-sat)")
SAT = Job(Program(Language.SMT, "(declare-const x Int)\n(assert (= x 3))"), "(check-sat)")
FACT = Job(Program(Language.PROLOG, "solve(6)."), "solve(X)")
HASHED: tuple[Evidence | None, ...] = (
    None,
    NoEvidence(f"sha256:{HASH}"),
    Proof(HASH),
    Proof(f"(proof sha256 {HASH})"),
    Proof(""),
    ModelText(HASH),
    ModelText(f"({HASH})"),
    ModelText(""),
    Derivations(()),
    Derivations((Derivation((Step(f"'{HASH}'", Rule.QUERY),)),)),
    Derivations((Derivation(()),)),
)


def substitution(value: str) -> Answers:
    return Answers((Substitution({"X": Value(value, ValueKind.INTEGER)}),), exhausted=True)


@pytest.mark.parametrize("evidence", HASHED, ids=lambda evidence: str(evidence)[:40])
@pytest.mark.parametrize(
    ("job", "outcome"),
    [
        (UNSAT, Unsatisfiable()),
        (SAT, Satisfiable({"x": Value("3", ValueKind.INTEGER)})),
        (FACT, substitution("42")),
        (FACT, NoAnswer()),
    ],
    ids=["unsat", "sat", "an answer", "no answer"],
)
def test_a_hash_is_no_evidence(job: Job, outcome: object, evidence: Evidence | None) -> None:
    """The claims about SMT are even true. Those about Prolog are not: there the checker can search by itself."""
    report = check_certificate(Certificate(job, outcome, evidence))
    assert report.result is not CheckResult.CONFIRMED


async def test_a_verdict_that_rests_on_a_hash_is_not_certified(runtime: Runtime) -> None:
    def hashed(job: Job, run: Run) -> Run:
        if job.engine is Engine.CVC5 and isinstance(run.ending, Finished):
            return replace(run, ending=replace(run.ending, evidence=Proof(HASH)))
        return run

    trace = await solve(FOLLOWS, [entailed(RULE)], Replacing(runtime, hashed), budget=ONCE)
    assert trace.evidence.certificate["checked"] is False
    assert trace.verdict.trust in (Trust.DETERMINATE, None)


# Failures leaving the denominator


class ByProblem:
    """A language model that fails, refuses or misunderstands, problem by problem."""

    identity = IDENTITY

    def __init__(self, replies: Mapping[str, str | Exception]) -> None:
        self.replies = replies

    async def complete(self, request: LmRequest) -> Completion:
        reply = self.replies[request.problem]
        if isinstance(reply, Exception):
            raise reply
        return completion(reply)

    async def close(self) -> None: ...


async def test_failures_stay_among_those_that_accuracy_is_counted_over() -> None:
    replies: dict[str, str | Exception] = {
        "right": SIX,
        "wrong": SIX.replace("N * P", "N + P"),
        "no program": "I do not know.",
        "no answer": SIX.replace("N * P", "N * P, fail"),
        "faulty": SIX.replace("price(3).", "price(3)"),
        "loops": prolog("solve(X) :- solve(X).\n% query: solve(X)."),
        "no language model": LmUnavailableError("the server refuses connections"),
        "several": prolog("solve(6).\nsolve(7).\n% query: solve(X)."),
    }
    posed = [
        Posed(Problem(f"How many {name}?", Kind.ARITHMETIC), lambda trace: trace.verdict.answer == "6", name)
        for name in replies
    ]
    lm = ByProblem({f"How many {name}?": reply for name, reply in replies.items()})
    found = await measure(posed, lm, Budget(attempts=2, seconds=5.0))
    assert found["problems"] == len(replies)
    assert found["outcomes"] == {"correct": 1, "wrong": 1, "abstained": 6}
    assert found["accuracy"] == round(1 / len(replies), 4)
    by_trust = found["by_trust"]
    assert isinstance(by_trust, dict)
    assert sum(rung["n"] for rung in by_trust.values()) == len(replies)
    assert by_trust["none"]["n"] == 6
    assert isinstance(found["not_right"], list)
    assert len(found["not_right"]) == len(replies) - 1


# An answer attached to another request


async def traces(runtime: Runtime) -> tuple[dict[str, object], dict[str, object]]:
    found = []
    for name in ("a number in prolog", "an optimum in prolog"):
        one = case(name)
        problem = replace(one.problem, kind=Kind.ARITHMETIC)
        trace = await solve(problem, [one.reply], runtime, budget=ONCE)
        assert trace.verdict.trust is Trust.CERTIFIED
        found.append(TraceRead.of(trace).model_dump(mode="json"))
    return found[0], found[1]


@pytest.mark.parametrize("part", ["problem", "attempts", "verdict"])
async def test_a_trace_with_a_part_of_another_is_refused(runtime: Runtime, part: str) -> None:
    one, other = await traces(runtime)
    assert recheck(one).report.result is CheckResult.CONFIRMED
    mixed = recheck({**one, part: other[part]}).report
    assert (mixed.result, bool(mixed.reason)) == (CheckResult.REFUTED, True)


@pytest.mark.parametrize("part", ["formalisation", "run", "messages"])
async def test_an_attempt_with_a_part_of_another_is_refused(runtime: Runtime, part: str) -> None:
    one, other = await traces(runtime)
    attempts = [found["attempts"][0] for found in (one, other)]
    mixed = {**one, "attempts": [{**attempts[0], part: attempts[1][part]}]}
    assert recheck(mixed).report.result is CheckResult.REFUTED


async def test_a_certificate_of_another_program_is_refused(runtime: Runtime) -> None:
    six = Job(Program(Language.PROLOG, "solve(X) :- X is 2 * 3."), "solve(X)", evidence=True)
    seven = Job(Program(Language.PROLOG, "solve(X) :- X is 3 + 4."), "solve(X)", evidence=True)
    ending = (await runtime.solve(six, Limits())).ending
    assert isinstance(ending, Finished)
    assert check_certificate(Certificate(six, ending.outcome, ending.evidence)).certified
    assert check_certificate(Certificate(seven, ending.outcome, ending.evidence)).result is CheckResult.REFUTED


async def test_problems_solved_at_once_keep_their_own_answers(runtime: Runtime) -> None:
    async def one(price: int) -> tuple[int, Trace, Kept]:
        problem = Problem(f"Two rolls cost {price} euros each. How many euros together?", Kind.ARITHMETIC)
        wrong = SIX.replace("X is N * P", "fail").replace("price(3)", f"price({price})")
        right = SIX.replace("price(3)", f"price({price})")
        record = Kept()
        # The later a problem is posed, the sooner its language model replies.
        wait = 0.4 - price / 100
        return price, await solve(problem, [wait, wrong, wait, right], runtime, record=record), record

    for price, trace, record in await asyncio.gather(*(one(price) for price in range(20, 32))):
        assert (trace.verdict.answer, trace.verdict.trust) == (str(2 * price), Trust.CERTIFIED)
        assert {event.trace_id for event in record.events} == {trace.id}
        assert len(trace.attempts) == 2
        for attempt in trace.attempts:
            assert f"cost {price} euros" in "".join(message.content for message in attempt.messages)
            assert f"price({price})" in attempt.completion.text
            assert isinstance(attempt.formalisation, Formalisation)
            assert f"price({price})" in attempt.formalisation.program.text


# An evidence field that is always true

ANY = {True, False, None}
FIELDS = {
    "inference.unique": ANY,
    "inference.consistent": ANY,
    "inference.contradiction_derivable": {True, False},
    "inference.computed": ANY,
    "inference.follows": ANY,
    "inference.negation_follows": ANY,
    "inference.vacuous": ANY,
    "inference.exact": {True, False},
    "inference.optimal": {True, None},  # where it is false there is no answer that it could be said of
    "certificate.emitted": {True, False},
    "certificate.checked": {True, False},
    "translation.assessed": {True, False},
    "translation.uncited_quantities.in_program": {True, False},
    "translation.polarity.agrees": ANY,
    "translation.corroboration.agrees": ANY,
}
"""Every field of the evidence that is true or false, and what it must take over the problems below."""


def flags(found: object, path: str) -> Iterator[tuple[str, bool | None]]:
    """The fields of `FIELDS`, and every other one that is true or false."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield from flags(value, path if path.endswith("parts") else f"{path}.{name}")
    elif isinstance(found, list):
        for value in found:
            yield from flags(value, path)
    elif isinstance(found, bool) or (found is None and path in FIELDS):
        yield path, found


def asked_of_bob(conclusion: str) -> str:
    return entailed(RULE + "(declare-fun red (Thing) Bool)\n(assert (not (red bob)))\n", conclusion)


CLPR = prolog(":- use_module(library(clpr)).\nprice(3.5).\nsolve(X) :- price(P), {X = 2 * P}.\n% query: solve(X).")
ENDLESS = prolog("solve(6).\nsolve(X) :- solve(X).\n% query: solve(X).")
CITING = prolog('rolls(2). % "Two rolls"\nsolve(X) :- rolls(N), X is N * 3.\n% query: solve(X).')
CITING_LESS = CITING.replace("N * 3", "N + 1")
TWO_OBJECTIVES = smt(
    "(declare-const n Int)\n(assert (<= 0 n 7))\n(maximize n)\n(maximize n)\n; answer: n",
)
NOT_OLD = Problem("Is the following statement true or false? Bob is not old.", Kind.ENTAILMENT, Language.SMT)
UNHAPPY = Problem("Is the following statement true or false? Bob is unold.", Kind.ENTAILMENT, Language.SMT)
SMT_SIX = smt("(declare-const x Int)\n(assert (= x (* 2 3)))\n; answer: x")
SMT_FIVE = SMT_SIX.replace("(* 2 3)", "(+ 2 3)")


async def test_no_field_of_the_evidence_says_always_the_same(runtime: Runtime) -> None:
    best = Problem("What is the most, if at most 7 fit?", Kind.OPTIMISATION, Language.SMT)
    posed: list[tuple[Problem, list[object], Assurance]] = [
        *((one.problem, [one.reply], Assurance()) for one in CASES),
        (ROLLS, [prolog("solve(6).\n% query: solve(X).")], Assurance()),
        (ROLLS, [prolog("solve(6).\nsolve(7).\n% query: solve(X).")], Assurance()),
        (ROLLS, ["I do not know."], Assurance()),
        (Problem("Two rolls cost 3.50 euros each. What do they cost?", Kind.ARITHMETIC), [CLPR], Assurance()),
        (ROLLS, [ENDLESS], Assurance()),
        (ROLLS, [CITING], Assurance()),
        (ROLLS, [CITING_LESS], Assurance()),
        (best, [TWO_OBJECTIVES], Assurance()),
        (FOLLOWS, [asked_of_bob("(=> (red bob) (old bob))")], Assurance()),
        (FOLLOWS, [asked_of_bob("(=> (round bob) (old bob))")], Assurance()),
        (NOT_OLD, [entailed(RULE)], Assurance()),
        (NOT_OLD, [entailed(RULE, "(not (old bob))")], Assurance()),
        (UNHAPPY, [entailed(RULE, "(not (old bob))")], Assurance()),
        (ROLLS, [SIX, SMT_SIX], Assurance(corroborate=True)),
        (ROLLS, [SIX, SMT_FIVE], Assurance(corroborate=True)),
        (ROLLS, [SIX, "No."], Assurance(corroborate=True)),
    ]
    seen: dict[str, set[bool | None]] = {name: set() for name in FIELDS}
    for problem, replies, assurance in posed:
        lm = TwoReaders(replies[:1], replies[1:])
        trace = await solve(problem, [], runtime, lm=lm, budget=ONCE, assurance=assurance)
        for part in ("execution", "inference", "certificate", "translation"):
            for path, value in flags(dict(getattr(trace.evidence, part)), part):
                assert path in FIELDS, f"{path} is new: say here which values it takes"
                seen[path].add(value)
    assert seen == FIELDS
