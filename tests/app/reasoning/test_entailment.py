"""The table of the design, section 4, with real engines, in both languages."""

import pytest

from app.reasoning.types import Budget, Kind, Problem, RunName, Trace, Trust, VerdictKind, World
from solvers import Runtime
from solvers.types import Language, Limits
from tests.app.reasoning.scripted import prolog, smt, solve

SMT_HEAD = """(declare-sort Thing 0)
(declare-const bob Thing)
(declare-fun square (Thing) Bool)
(declare-fun round (Thing) Bool)
(declare-fun old (Thing) Bool)
(assert (! (forall ((x Thing)) (=> (square x) (not (round x)))) :named no_square_is_round))
(assert (! (square bob) :named bob_is_square))
"""

PROLOG_HEAD = """:- dynamic square/1, round/1, old/1, neg/1.
:- table square/1, round/1, old/1, neg/1.
square(bob).
neg(round(X)) :- square(X).
neg(square(X)) :- round(X).
"""


async def conclude(
    runtime: Runtime, reply: str, language: Language, world: World = World.OPEN, limits: Limits | None = None
) -> Trace:
    problem = Problem("Does it follow?", Kind.ENTAILMENT, language, world)
    return await solve(problem, [reply], runtime, budget=Budget(attempts=1), limits=limits or Limits())


def ask(language: Language, conclusion: str, more: str = "") -> str:
    if language is Language.SMT:
        return smt(f"{SMT_HEAD}{more}\n(define-fun conclusion () Bool {conclusion})\n; query: conclusion")
    return prolog(f"{PROLOG_HEAD}{more}\n% query: {conclusion}.")


@pytest.mark.parametrize(
    ("language", "conclusion", "more", "verdict"),
    [
        (Language.SMT, "(not (round bob))", "", VerdictKind.PROVED),
        (Language.SMT, "(round bob)", "", VerdictKind.REFUTED),
        (Language.SMT, "(old bob)", "", VerdictKind.UNDETERMINED),
        (Language.SMT, "(old bob)", "(assert (! (round bob) :named bob_is_round))", VerdictKind.INCONSISTENT),
        (Language.SMT, "(not (round bob))", "(assert (round bob))", VerdictKind.INCONSISTENT),
        (Language.PROLOG, "neg(round(bob))", "", VerdictKind.PROVED),
        (Language.PROLOG, "round(bob)", "", VerdictKind.REFUTED),
        (Language.PROLOG, "old(bob)", "", VerdictKind.UNDETERMINED),
        (Language.PROLOG, "old(bob)", "round(bob).", VerdictKind.INCONSISTENT),
        (Language.PROLOG, "neg(round(bob))", "round(bob).", VerdictKind.INCONSISTENT),
    ],
)
async def test_the_verdict_is_that_of_the_table(
    runtime: Runtime, language: Language, conclusion: str, more: str, verdict: VerdictKind
) -> None:
    trace = await conclude(runtime, ask(language, conclusion, more), language)
    assert trace.verdict.kind is verdict
    assert (trace.verdict.trust is Trust.EXECUTED) == (verdict is VerdictKind.INCONSISTENT)
    # A model shows that the premises are consistent. That rules derive no contradiction does not.
    shown = True if language is Language.SMT else None
    assert trace.evidence.inference["consistent"] is (shown if verdict is not VerdictKind.INCONSISTENT else False)
    assert RunName.PREMISES_AND_NOT_CONCLUSION in trace.attempts[0].runs
    assert RunName.PREMISES_AND_CONCLUSION in trace.attempts[0].runs
    assert (RunName.PREMISES in trace.attempts[0].runs) is (language is Language.PROLOG)


CLOSED = """:- dynamic animal/1, barks/1, calm/1.
:- table animal/1, barks/1, calm/1.
animal(rex).
animal(tia).
barks(rex).
calm(X) :- animal(X), \\+ barks(X).
"""


@pytest.mark.parametrize(
    ("query", "more", "verdict"),
    [
        ("calm(tia)", "", VerdictKind.PROVED),
        ("calm(rex)", "", VerdictKind.REFUTED),
        ("\\+ calm(rex)", "", VerdictKind.PROVED),
        ("calm(rex)", "neg(barks(rex)).", VerdictKind.INCONSISTENT),
    ],
)
async def test_in_a_closed_world_finite_failure_refutes(
    runtime: Runtime, query: str, more: str, verdict: VerdictKind
) -> None:
    trace = await conclude(runtime, prolog(f"{CLOSED}{more}\n% query: {query}."), Language.PROLOG, World.CLOSED)
    assert trace.verdict.kind is verdict
    assert trace.evidence.inference["world"] == "closed"


async def test_finite_failure_refutes_nothing_in_an_open_world(runtime: Runtime) -> None:
    trace = await conclude(runtime, prolog(":- dynamic calm/1.\n% query: calm(rex)."), Language.PROLOG)
    assert trace.verdict.kind is VerdictKind.UNDETERMINED


async def test_in_a_closed_world_smt_goes_by_the_same_table(runtime: Runtime) -> None:
    """What is not stated has to be stated as false there; where it is not, nothing is refuted."""
    reply = ask(Language.SMT, "(old bob)")
    trace = await conclude(runtime, reply, Language.SMT, World.CLOSED)
    assert trace.verdict.kind is VerdictKind.UNDETERMINED


@pytest.mark.parametrize(
    "rule", ["round(X) :- \\+ square(X).", "round(X) :- not(square(X)).", "round(X) :- (old(X) -> fail ; true)."]
)
async def test_negation_as_failure_is_refused_in_an_open_world(runtime: Runtime, rule: str) -> None:
    trace = await conclude(runtime, ask(Language.PROLOG, "old(bob)", rule), Language.PROLOG)
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert trace.attempts[0].runs == {}
    assert "open world" in trace.attempts[0].diagnostics[0].message
    assert trace.attempts[0].diagnostics[0].line == 6


async def test_the_words_of_a_comment_are_no_negation_as_failure(runtime: Runtime) -> None:
    trace = await conclude(
        runtime, ask(Language.PROLOG, "neg(round(bob))", "% not(this) and \\+ that"), Language.PROLOG
    )
    assert trace.verdict.kind is VerdictKind.PROVED


@pytest.mark.parametrize("assertion", ["(assert (not conclusion))", "(assert (! conclusion :named goal))"])
async def test_an_asserted_conclusion_never_decides_about_itself(runtime: Runtime, assertion: str) -> None:
    """With its negation among the premises an undetermined conclusion would come out as refuted."""
    reply = smt(f"{SMT_HEAD}(define-fun conclusion () Bool (old bob))\n{assertion}\n; query: conclusion")
    trace = await conclude(runtime, reply, Language.SMT)
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert trace.attempts[0].diagnostics[0].symbol == "conclusion"


async def test_checks_that_the_program_makes_itself_do_no_harm(runtime: Runtime) -> None:
    more = "(check-sat)\n(get-model)\n(push 1)\n(check-sat-assuming ())\n(get-value ((old bob)))"
    trace = await conclude(runtime, ask(Language.SMT, "(old bob)", more), Language.SMT)
    assert trace.verdict.kind is VerdictKind.UNDETERMINED


# Twelve pigeons in eleven holes: decided, but not within any time-out of a test.
PIGEONS = "\n".join(
    [f"(declare-const p{n} Int)\n(assert (<= 1 p{n} 11))" for n in range(12)]
    + [f"(assert (distinct {' '.join(f'p{n}' for n in range(12))}))", "(define-fun conclusion () Bool (= p0 1))"]
)


@pytest.mark.parametrize(
    ("language", "reply"),
    [
        (Language.PROLOG, prolog("loop(X) :- loop(X).\n% query: loop(bob).")),
        (Language.SMT, smt(f"{PIGEONS}\n; query: conclusion")),
    ],
    ids=["prolog", "smt"],
)
async def test_a_time_out_is_unresolved_and_never_a_verdict(runtime: Runtime, language: Language, reply: str) -> None:
    trace = await conclude(runtime, reply, language, limits=Limits(wall_seconds=0.6))
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert trace.verdict.trust is None
    assert "wall_seconds" in trace.verdict.reason
    assert trace.evidence.execution["limit"] == "wall_seconds"


async def test_a_memory_limit_is_unresolved(runtime: Runtime) -> None:
    reply = prolog("grow(L) :- grow([L, L | L]).\nround(bob) :- grow([]).\n% query: round(bob).")
    trace = await conclude(runtime, reply, Language.PROLOG, limits=Limits(memory_mib=64))
    assert trace.verdict.kind is VerdictKind.UNRESOLVED


async def test_a_program_at_fault_is_unresolved_and_its_second_run_is_not_made(runtime: Runtime) -> None:
    trace = await conclude(runtime, ask(Language.SMT, "(ould bob)"), Language.SMT)
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert list(trace.attempts[0].runs) == [RunName.PREMISES_AND_NOT_CONCLUSION]


async def test_an_answer_with_conditions_left_on_it_derives_nothing(runtime: Runtime) -> None:
    reply = prolog(":- use_module(library(clpfd)).\nbig(X) :- X #> 3.\n% query: big(X).\n% complement: neg(big(_)).")
    trace = await conclude(runtime, reply, Language.PROLOG)
    assert trace.verdict.kind is VerdictKind.UNRESOLVED


async def test_what_a_program_prints_is_no_verdict(runtime: Runtime) -> None:
    more = '(echo "unsat")\n'
    trace = await conclude(runtime, ask(Language.SMT, "(old bob)", more), Language.SMT)
    assert trace.verdict.kind is VerdictKind.UNDETERMINED
