"""Facts that are not needed, implications that hold of nothing, and other answers. Real engines."""

from collections.abc import Mapping

import pytest

from app.reasoning.conclude import conclude
from app.reasoning.inference import another_answer, inference_evidence
from app.reasoning.runs import run_all
from app.reasoning.sensitivity import LIMITS
from app.reasoning.types import Formalisation, Kind, Problem, RunName, VerdictKind, World
from solvers import Runtime
from solvers.errors import WorkerCrashedError
from solvers.types import Engine, Job, Language, Program, Run

pytestmark = pytest.mark.anyio

SMT = """(declare-sort Thing 0)
(declare-const bob Thing)
(declare-fun round (Thing) Bool)
(declare-fun old (Thing) Bool)
(declare-fun red (Thing) Bool)
"""


async def runs_of(runtime: Runtime, what: Formalisation, kind: Kind = Kind.ENTAILMENT) -> dict[RunName, Run]:
    async def solve(job: Job) -> Run:
        return await runtime.solve(job, LIMITS)

    runs: dict[RunName, Run] = {}
    await run_all(what, kind, solve, runs.__setitem__)
    return runs


async def found(
    runtime: Runtime, what: Formalisation, verdict: VerdictKind, kind: Kind = Kind.ENTAILMENT, world: World = World.OPEN
) -> Mapping[str, object]:
    async def solve(job: Job) -> Run:
        return await runtime.solve(job, LIMITS)

    runs = await runs_of(runtime, what, kind)
    concluded = conclude(kind, world, what, runs).verdict
    assert concluded is not None
    assert concluded.kind is verdict
    return await inference_evidence(Problem("What follows?"), kind, world, what, runs, concluded, solve)


def smt(assertions: str, query: str) -> Formalisation:
    return Formalisation(Program(Language.SMT, SMT + assertions), query)


def lines(evidence: Mapping[str, object]) -> list[int] | None:
    facts = evidence["not_needed"]
    return None if facts is None else [fact["line"] for fact in facts]  # type: ignore[attr-defined]


RULE = "(assert (forall ((x Thing)) (=> (round x) (old x))))\n"


@pytest.mark.parametrize("named", [False, True])
async def test_assertions_that_the_proof_does_not_need_are_named(runtime: Runtime, named: bool) -> None:
    unused = "(assert (! (red bob) :named bob_is_red))\n" if named else "(assert (red bob))\n"
    evidence = await found(runtime, smt(RULE + unused + "(assert (round bob))", "(old bob)"), VerdictKind.PROVED)
    assert lines(evidence) == [7]
    assert "(red bob)" in str(evidence["not_needed"])


async def test_assertions_that_a_refutation_does_not_need_are_named(runtime: Runtime) -> None:
    assertions = RULE + "(assert (red bob))\n(assert (round bob))"
    assert lines(await found(runtime, smt(assertions, "(not (old bob))"), VerdictKind.REFUTED)) == [7]


async def test_an_answer_does_not_need_a_bound_that_excludes_nothing(runtime: Runtime) -> None:
    program = "(declare-const x Int)\n(assert (= (* 2 x) 14))\n(assert (<= x 100))"
    what = Formalisation(Program(Language.SMT, program), "x")
    assert lines(await found(runtime, what, VerdictKind.ANSWERED, Kind.ARITHMETIC)) == [3]


async def test_an_optimum_needs_what_bounds_it_and_nothing_else(runtime: Runtime) -> None:
    program = "(declare-const x Int)\n(assert (<= x 7))\n(assert (>= x 0))\n(maximize x)"
    what = Formalisation(Program(Language.SMT, program), "x")
    assert lines(await found(runtime, what, VerdictKind.ANSWERED, Kind.OPTIMISATION)) == [3]


async def test_what_does_not_follow_rests_on_every_assertion(runtime: Runtime) -> None:
    evidence = await found(runtime, smt(RULE, "(old bob)"), VerdictKind.UNDETERMINED)
    assert evidence["not_needed"] is None
    assert "undetermined" in str(evidence["inference_notes"])


async def test_facts_that_no_step_of_a_derivation_uses_are_named(runtime: Runtime) -> None:
    program = "eggs(16).\neaten(3).\nhens(4). % nobody asks\nsolve(X) :- eggs(A), eaten(B), X is A - B."
    what = Formalisation(Program(Language.PROLOG, program), "solve(X)")
    evidence = await found(runtime, what, VerdictKind.ANSWERED, Kind.ARITHMETIC)
    assert evidence["not_needed"] == [{"line": 3, "text": "hens(4)"}]


async def test_a_derivation_that_counts_answers_names_no_fact_as_not_needed(runtime: Runtime) -> None:
    program = "egg(a).\negg(b).\nhens(4).\nsolve(X) :- findall(E, egg(E), Es), length(Es, X)."
    what = Formalisation(Program(Language.PROLOG, program), "solve(X)")
    evidence = await found(runtime, what, VerdictKind.ANSWERED, Kind.ARITHMETIC)
    assert evidence["not_needed"] is None
    assert evidence["inference_notes"]


# Vacuous implications


@pytest.mark.parametrize(
    ("assertions", "conclusion", "vacuous"),
    [
        ("(assert (not (round bob)))", "(=> (round bob) (old bob))", True),
        ("(assert (old bob))", "(=> (round bob) (old bob))", False),
        ("(assert (not (round bob)))", "(or (not (round bob)) (old bob))", True),
        ("(assert (not (round bob)))", "(=> (red bob) (round bob) (old bob))", True),
        ("(assert (forall ((x Thing)) (not (round x))))", "(forall ((x Thing)) (=> (round x) (old x)))", True),
        (RULE, "(forall ((x Thing)) (=> (round x) (old x)))", False),
        ("(assert (old bob))", "(old bob)", None),
        ("(assert (old bob))", "(and (old bob) (or (red bob) (old bob)))", None),
    ],
)
async def test_an_implication_whose_condition_cannot_hold_is_vacuous(
    runtime: Runtime, assertions: str, conclusion: str, vacuous: bool | None
) -> None:
    evidence = await found(runtime, smt(assertions, conclusion), VerdictKind.PROVED)
    assert evidence["vacuous"] is vacuous
    defined = smt(f"{assertions}\n(define-fun conclusion () Bool {conclusion})", "conclusion")
    assert (await found(runtime, defined, VerdictKind.PROVED))["vacuous"] is vacuous


# Other answers, and faults


async def test_another_answer_is_shown_where_there_is_one(runtime: Runtime) -> None:
    program = "(declare-const x Int)(assert (= (* x x) 49))"
    what = Formalisation(Program(Language.SMT, program), "x")
    runs = await runs_of(runtime, what, Kind.ARITHMETIC)
    first, second = runs[RunName.QUERY], another_answer(Kind.ARITHMETIC, what, runs)
    assert second is not None
    assert abs(int(second["x"])) == 7
    assert second["x"] != first.ending.outcome.values.get("x", first.ending.outcome.model["x"]).text  # type: ignore[union-attr]
    prolog = Formalisation(Program(Language.PROLOG, "solve(7).\nsolve(-7)."), "solve(X)")
    assert another_answer(Kind.ARITHMETIC, prolog, await runs_of(runtime, prolog, Kind.ARITHMETIC)) == {"X": "-7"}


async def test_an_only_answer_has_no_other(runtime: Runtime) -> None:
    what = Formalisation(Program(Language.SMT, "(declare-const x Int)(assert (= (* 2 x) 14))"), "x")
    assert (await found(runtime, what, VerdictKind.ANSWERED, Kind.ARITHMETIC))["another_answer"] is None


async def test_a_fault_of_ours_leaves_everything_unknown(runtime: Runtime) -> None:
    async def solve(job: Job) -> Run:
        raise WorkerCrashedError(Engine.SMT, "gone")

    what = smt(RULE + "(assert (round bob))", "(=> (red bob) (old bob))")
    runs = await runs_of(runtime, what)
    verdict = conclude(Kind.ENTAILMENT, World.OPEN, what, runs).verdict
    assert verdict is not None
    evidence = await inference_evidence(Problem("?"), Kind.ENTAILMENT, World.OPEN, what, runs, verdict, solve)
    assert evidence["not_needed"] is None
    assert evidence["vacuous"] is None
    assert "the solvers failed" in str(evidence["inference_notes"])
