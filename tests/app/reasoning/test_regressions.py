"""What went wrong in other systems that called an answer verified: one test, or a few, for each. What went wrong with
the evidence for it stands in `test_regressions_of_evidence.py`.

Real engines; where an engine must misbehave, a test replaces one run.
"""

from dataclasses import replace

import pytest

from app.reasoning.conclude import conclude
from app.reasoning.events import VerdictReached
from app.reasoning.runs import run_all
from app.reasoning.types import (
    Assurance,
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
from solvers.errors import EngineMissingError, SolverError, WorkerCrashedError
from solvers.types import (
    ErrorClass,
    Finished,
    Job,
    Language,
    LimitName,
    Limits,
    Program,
    Run,
    Satisfiable,
    Stopped,
    Unknown,
    Unsatisfiable,
)
from tests.app.reasoning.cases import FOLLOWS, ONCE, ROLLS, RULE, SIX, THINGS, case, entailed
from tests.app.reasoning.scripted import (
    Before,
    Kept,
    Replacing,
    prolog,
    smt,
    solve,
)

pytestmark = pytest.mark.anyio


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
