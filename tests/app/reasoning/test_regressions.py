"""What went wrong in other systems that called an answer verified: one test, or a few, for each.

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
from app.reasoning.conclude import conclude
from app.reasoning.events import VerdictReached
from app.reasoning.recheck import recheck
from app.reasoning.runs import run_all
from app.reasoning.types import (
    Assurance,
    Budget,
    CheckResult,
    Formalisation,
    Kind,
    Problem,
    RunName,
    Trace,
    Trust,
    VerdictKind,
    World,
)
from solvers import Runtime
from solvers.certificates import Certificate
from solvers.checking import check_certificate
from solvers.errors import EngineMissingError, SolverError, WorkerCrashedError
from solvers.types import (
    Answers,
    Derivation,
    Derivations,
    Engine,
    ErrorClass,
    Evidence,
    Finished,
    Job,
    Language,
    LimitName,
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
    Stopped,
    Substitution,
    Unknown,
    Unsatisfiable,
    Value,
    ValueKind,
)
from tests.app.reasoning.cases import CASES, Case
from tests.app.reasoning.scripted import Kept, ScriptedLM, completion, prolog, smt, solve
from tests.app.reasoning.test_alarms import Before, Replacing
from tests.app.reasoning.test_second_reading import TwoReaders
from tests.benchmarks.pipeline import Posed, measure

pytestmark = pytest.mark.anyio

ONCE = Budget(attempts=1)
ROLLS = Problem("Two rolls cost 3 euros each. How many euros do they cost together?", Kind.ARITHMETIC)
SIX = prolog("rolls(2).\nprice(3).\nsolve(X) :- rolls(N), price(P), X is N * P.\n% query: solve(X).")
FOLLOWS = Problem("Bob is round. What is round is old. Is Bob old?", Kind.ENTAILMENT, Language.SMT)
THINGS = """(declare-sort Thing 0)
(declare-const bob Thing)
(declare-fun round (Thing) Bool)
(declare-fun old (Thing) Bool)
(assert (round bob))
"""
RULE = "(assert (forall ((x Thing)) (=> (round x) (old x))))\n"


def entailed(premises: str, conclusion: str = "(old bob)") -> str:
    return smt(f"{THINGS}{premises}(define-fun conclusion () Bool {conclusion})\n; query: conclusion")


def case(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def nothing_is_claimed(trace: Trace) -> None:
    assert (trace.verdict.kind, trace.verdict.answer, trace.verdict.trust) == (VerdictKind.UNRESOLVED, None, None)


# `sat` taken as true


async def test_sat_is_consistent_and_not_true(runtime: Runtime) -> None:
    """Nothing says whether Bob is old: both runs are sat."""
    trace = await solve(FOLLOWS, [entailed("")], runtime, budget=ONCE)
    outcomes = [run.ending.outcome for run in trace.attempts[0].runs.values() if isinstance(run.ending, Finished)]
    assert [type(outcome) for outcome in outcomes] == [Satisfiable, Satisfiable]
    assert trace.verdict.kind is VerdictKind.UNDETERMINED
    assert trace.evidence.inference["follows"] is False


async def test_one_sat_without_the_other_run_decides_nothing(runtime: Runtime) -> None:
    formalisation = Formalisation(Program(Language.SMT, THINGS + RULE), "(old bob)")
    runs: dict[RunName, Run] = {}
    await run_all(formalisation, Kind.ENTAILMENT, lambda job: runtime.solve(job, Limits()), runs.__setitem__)
    assert len(runs) == 2
    for name, run in runs.items():
        assert conclude(Kind.ENTAILMENT, World.OPEN, formalisation, {name: run}).verdict is None


async def test_a_model_of_a_puzzle_is_no_answer_while_there_may_be_another(runtime: Runtime) -> None:
    reply = smt("(declare-const x Int)\n(assert (> x 3))\n; answer: x")
    problem = Problem("What is more than three?", Kind.CONSTRAINT, Language.SMT)
    nothing_is_claimed(await solve(problem, [reply], runtime, budget=ONCE))


# `unsat` taken as "cannot verify"


async def test_unsat_of_the_premises_with_the_denied_conclusion_is_a_proof(runtime: Runtime) -> None:
    trace = await solve(FOLLOWS, [entailed(RULE)], runtime, budget=ONCE)
    denied = trace.attempts[0].runs[RunName.PREMISES_AND_NOT_CONCLUSION].ending
    assert isinstance(denied, Finished)
    assert isinstance(denied.outcome, Unsatisfiable)
    assert (trace.verdict.kind, trace.verdict.trust) == (VerdictKind.PROVED, Trust.CERTIFIED)


async def test_unsat_of_the_premises_with_the_conclusion_is_a_refutation(runtime: Runtime) -> None:
    trace = await solve(FOLLOWS, [entailed(RULE, "(not (old bob))")], runtime, budget=ONCE)
    assert (trace.verdict.kind, trace.verdict.trust) == (VerdictKind.REFUTED, Trust.CERTIFIED)


# A time-out taken as proof


@pytest.mark.parametrize("name", [RunName.PREMISES_AND_NOT_CONCLUSION, RunName.PREMISES_AND_CONCLUSION])
@pytest.mark.parametrize(
    "ending",
    [
        Stopped(LimitName.WALL_SECONDS),
        Stopped(LimitName.MEMORY_MIB),
        Finished(Unknown("timeout")),
        Finished(Unknown("")),
    ],
    ids=["time", "memory", "unknown", "empty"],
)
async def test_a_run_that_did_not_decide_proves_nothing(runtime: Runtime, name: RunName, ending: object) -> None:
    asked = 0

    def replaced(job: Job, run: Run) -> Run:
        nonlocal asked
        asked += 1
        first = name is RunName.PREMISES_AND_NOT_CONCLUSION
        return replace(run, ending=ending) if (asked == 1) is first else run

    nothing_is_claimed(await solve(FOLLOWS, [entailed(RULE)], Replacing(runtime, replaced), budget=ONCE))
    assert asked


async def test_a_search_that_is_stopped_refutes_nothing_in_a_closed_world(runtime: Runtime) -> None:
    program = "calm(X) :- calm(X).\n% query: calm(rex).\n% complement: \\+ calm(rex)."
    problem = Problem("Is Rex calm?", Kind.ENTAILMENT, Language.PROLOG, World.CLOSED)
    trace = await solve(problem, [prolog(program)], runtime, budget=ONCE, limits=Limits(wall_seconds=0.5))
    nothing_is_claimed(trace)
    assert isinstance(trace.attempts[0].runs[RunName.PREMISES_AND_NOT_CONCLUSION].ending, Stopped)


async def test_a_search_for_other_answers_that_is_stopped_does_not_show_that_there_is_none(runtime: Runtime) -> None:
    def replaced(job: Job, run: Run) -> Run:
        uniqueness = job.query is not None and "(assert (not" in job.query
        return replace(run, ending=Stopped(LimitName.WALL_SECONDS)) if uniqueness else run

    number = case("a number in smt")
    trace = await solve(number.problem, [number.reply], Replacing(runtime, replaced))
    assert (trace.verdict.answer, trace.verdict.trust) == ("19", Trust.EXECUTED)
    assert trace.evidence.inference["unique"] is None


# Contradictory premises that prove anything


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("conclusion", ["blue", "not blue"])
async def test_contradictory_premises_prove_neither_a_conclusion_nor_its_negation(
    runtime: Runtime, language: Language, conclusion: str
) -> None:
    """Bob is round and not round. What has that to do with blue?"""
    denied = conclusion.startswith("not")
    if language is Language.SMT:
        blue = "(declare-fun blue (Thing) Bool)\n(assert (not (round bob)))\n"
        reply = entailed(blue, "(not (blue bob))" if denied else "(blue bob)")
    else:
        goals = ["blue(bob)", "neg(blue(bob))"]
        query, complement = reversed(goals) if denied else goals
        head = ":- dynamic round/1, blue/1, neg/1.\n:- table round/1, blue/1, neg/1.\n"
        reply = prolog(f"{head}round(bob).\nneg(round(bob)).\n% query: {query}.\n% complement: {complement}.")
    problem = replace(FOLLOWS, language=language)
    trace = await solve(problem, [reply], runtime, budget=ONCE)
    assert (trace.verdict.kind, trace.verdict.trust) == (VerdictKind.INCONSISTENT, Trust.EXECUTED)
    assert trace.evidence.inference["consistent"] is False
    asked = Assurance(min_trust=Trust.DETERMINATE)
    nothing_is_claimed(await solve(problem, [reply], runtime, budget=ONCE, assurance=asked))


@pytest.mark.parametrize("language", Language)
async def test_contradictory_equations_have_no_answer(runtime: Runtime, language: Language) -> None:
    in_prolog = ":- use_module(library(clpq)).\nsolve(X) :- {X = 2, X = 3}.\n% query: solve(X)."
    in_smt = "(declare-const x Int)\n(assert (= x 2))\n(assert (= x 3))\n; answer: x"
    reply = prolog(in_prolog) if language is Language.PROLOG else smt(in_smt)
    nothing_is_claimed(await solve(replace(ROLLS, language=language), [reply], runtime, budget=ONCE))


# A verdict read from printed text

PRINTED = ("sat", "unsat", "unknown", "certified", "42", "X = 42.", "true.", '{"outcome": {"kind": "unsatisfiable"}}')


async def test_what_a_program_in_prolog_prints_is_shown_and_never_read(runtime: Runtime) -> None:
    said = ", ".join(f"writeln('{text}')" for text in PRINTED)
    reply = SIX.replace("solve(X) :- ", f"solve(X) :- {said}, ")
    trace = await solve(ROLLS, [reply], runtime, budget=ONCE)
    assert (trace.verdict.kind, trace.verdict.answer) == (VerdictKind.ANSWERED, "6")
    assert "certified" in trace.attempts[0].runs[RunName.QUERY].output
    trace = await solve(ROLLS, [reply.replace("X is N * P", "fail")], runtime, budget=ONCE)
    nothing_is_claimed(trace)
    assert "42" in trace.attempts[0].runs[RunName.QUERY].output


@pytest.mark.parametrize(("rule", "verdict"), [("", VerdictKind.UNDETERMINED), (RULE, VerdictKind.PROVED)])
async def test_what_a_program_in_smt_prints_is_never_read(runtime: Runtime, rule: str, verdict: VerdictKind) -> None:
    """An entailment leaves `echo` out; an answer does not."""
    said = "".join(f'(echo "{text.replace(chr(34), chr(34) * 2)}")\n' for text in PRINTED)
    assert (await solve(FOLLOWS, [entailed(said + rule)], runtime, budget=ONCE)).verdict.kind is verdict
    reply = smt(f"{said}(declare-const x Int)\n(assert (= x (* 2 3)))\n{said}; answer: x")
    problem = replace(ROLLS, language=Language.SMT)
    assert (await solve(problem, [reply], runtime, budget=ONCE)).verdict.answer == "6"
    contradictory = reply.replace("; answer", "(assert false)\n; answer")
    nothing_is_claimed(await solve(problem, [contradictory], runtime, budget=ONCE))


async def test_what_the_language_model_says_of_its_program_is_never_read(runtime: Runtime) -> None:
    words = "The answer is 42. This is verified: unsat, certified, trust: corroborated.\n\n"
    trace = await solve(ROLLS, [f"{words}{SIX}\n\nAnswer: 42"], runtime, budget=ONCE)
    assert trace.verdict.answer == "6"
    nothing_is_claimed(await solve(ROLLS, [words], runtime, budget=ONCE))


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

    identity = ScriptedLM().identity

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
    found = await measure(posed, lm, Budget(attempts=2, seconds=3.0))
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


# A simplification returned as valid


@pytest.mark.parametrize("simplified", ["(old bob)", "(or (old bob) false)", "(= x x)", "true", ""])
async def test_a_formula_that_an_engine_has_only_simplified_is_no_proof(runtime: Runtime, simplified: str) -> None:
    """An engine that hands back a formula has not decided it, were it the word `true`."""

    def replaced(job: Job, run: Run) -> Run:
        assert job.query is not None
        return replace(run, ending=Finished(Unknown(simplified))) if "(not" in job.query else run

    trace = await solve(FOLLOWS, [entailed(RULE)], Replacing(runtime, replaced), budget=ONCE)
    nothing_is_claimed(trace)
    assert trace.evidence.inference["verdict"] == "unresolved"


async def test_a_conclusion_under_conditions_is_not_derived(runtime: Runtime) -> None:
    """CLP(Q) simplifies `2 * X > 6` to `X > 3` and leaves it there."""
    program = (
        ":- use_module(library(clpq)).\n:- dynamic neg/1.\n"
        "dear(X) :- {2 * X > 6}.\nneg(dear(X)) :- {X < 1}.\n% query: dear(Y).\n% complement: neg(dear(0))."
    )
    trace = await solve(replace(FOLLOWS, language=Language.PROLOG), [prolog(program)], runtime, budget=ONCE)
    nothing_is_claimed(trace)
    assert "condition" in trace.verdict.reason


@pytest.mark.parametrize(
    "reply",
    [
        prolog(":- use_module(library(clpq)).\nsolve(X) :- {2 * X > 6}.\n% query: solve(X)."),
        prolog("solve(X) :- X = 2 * 3.\n% query: solve(X)."),
        smt("(declare-const x Real)\n(assert (= (* x x) 2.0))\n(assert (> x 0.0))\n; answer: x"),
    ],
    ids=["a bound", "a product", "a root"],
)
async def test_a_term_that_is_left_to_be_evaluated_is_no_number(runtime: Runtime, reply: str) -> None:
    language = Language.SMT if "smt2" in reply else Language.PROLOG
    nothing_is_claimed(await solve(replace(ROLLS, language=language), [reply], runtime, budget=ONCE))


async def test_simplify_is_no_command_that_decides(runtime: Runtime) -> None:
    trace = await solve(FOLLOWS, [entailed(RULE + "(simplify (or (old bob) true))\n")], runtime, budget=ONCE)
    nothing_is_claimed(trace)
    assert trace.attempts[0].diagnostics[0].error_class is not ErrorClass.LOGICAL


# Fallback values invented after an error


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "0",
        "The answer is 6.",
        prolog("solve(X) :- X is 6 / 0.\n% query: solve(X)."),
        prolog("solve(X) :- rolls(X).\n% query: solve(X)."),
        prolog("solve(6) :- .\n% query: solve(X)."),
        prolog("solve(X) :- shell(X).\n% query: solve(X)."),
        prolog("solve(X) :- X is 6 + _.\n% query: solve(X)."),
        prolog("solve(X) :- solve(X).\n% query: solve(X)."),
        prolog("solve(_) :- fail.\n% query: solve(X)."),
        prolog("solve(_).\n% query: solve(X)."),
        prolog("solve(X) :- length(L, 30), findall(L, (between(1, inf, _)), X).\n% query: solve(X)."),
        prolog("solve(6).\n% query: solve(X"),
        prolog("solve(X) :- catch(throw(6), X, true), fail.\n% query: solve(X)."),
    ],
    ids=lambda reply: reply[10:60],
)
async def test_an_error_anywhere_in_a_program_gives_no_answer_and_no_default(runtime: Runtime, reply: str) -> None:
    limits = Limits(wall_seconds=0.7, memory_mib=64)
    trace = await solve(ROLLS, [reply], runtime, budget=ONCE, limits=limits)
    nothing_is_claimed(trace)
    assert trace.verdict.reason
    assert "computed" not in trace.evidence.inference
    assert trace.evidence.certificate["checked"] is False


@pytest.mark.parametrize(
    "error", [WorkerCrashedError("prolog", "it ended twice"), EngineMissingError("prolog", "it is not installed")]
)
async def test_a_fault_of_the_solvers_gives_no_answer_and_no_default(runtime: Runtime, error: SolverError) -> None:
    async def fail(_: Job) -> None:
        raise error

    record = Kept()
    with pytest.raises(type(error)):
        await solve(ROLLS, [SIX], Before(runtime, fail), record=record)
    reached = record.events[-1]
    assert isinstance(reached, VerdictReached)
    assert (reached.verdict.kind, reached.verdict.answer, reached.verdict.trust) == (VerdictKind.UNRESOLVED, None, None)


async def test_a_fault_while_the_evidence_is_looked_for_invents_no_evidence(runtime: Runtime) -> None:
    """The answer is there; every further run fails."""
    asked = 0

    async def fail(_: Job) -> None:
        nonlocal asked
        asked += 1
        if asked > 2:
            raise WorkerCrashedError("smt", "it ended twice")

    number = case("a number in smt")
    trace = await solve(number.problem, [number.reply], Before(runtime, fail))
    assert asked > 2
    assert (trace.verdict.answer, trace.verdict.trust) == ("19", Trust.EXECUTED)
    assert trace.evidence.inference["unique"] is True
    assert trace.evidence.inference["computed"] is None
    assert trace.evidence.certificate["checked"] is False
    assert trace.attempts[0].second_opinions == {}
