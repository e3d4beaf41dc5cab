"""Programs that led to a wrong verdict, or to evidence of more than was established. Real engines."""

import pytest

from app.reasoning.conclude import conclude
from app.reasoning.types import Budget, Formalisation, Kind, Problem, RunName, Trace, VerdictKind, World
from solvers import Runtime
from solvers.types import (
    Answers,
    ErrorClass,
    Finished,
    Language,
    Layers,
    NoAnswer,
    Program,
    Run,
    Substitution,
    Usage,
    Value,
    ValueKind,
)
from tests.app.reasoning.scripted import prolog, smt, solve

pytestmark = pytest.mark.anyio


async def ask(
    runtime: Runtime, program: str, language: Language, kind: Kind = Kind.ENTAILMENT, world: World = World.OPEN
) -> Trace:
    reply = smt(program) if language is Language.SMT else prolog(program)
    problem = Problem("What follows?", kind, language, world)
    return await solve(problem, [reply], runtime, budget=Budget(attempts=1))


def refused(trace: Trace, why: str) -> None:
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert why in trace.verdict.reason
    # The repair is told what is wrong.
    assert any(why in item.message and item.error_class is ErrorClass.LOGICAL for item in trace.attempts[0].diagnostics)


# SMT-LIB, entailment

SMT = """(declare-sort Thing 0)
(declare-const bob Thing)
(declare-fun round (Thing) Bool)
(declare-fun old (Thing) Bool)
"""


async def test_a_premise_that_the_engine_passes_over_decides_nothing(runtime: Runtime) -> None:
    """Without the rule neither follows, and that was the verdict."""
    program = SMT + (
        "(forall ((x Thing)) (=> (round x) (old x)))\n(assert (round bob))\n"
        "(define-fun conclusion () Bool (old bob))\n; query: conclusion"
    )
    refused(await ask(runtime, program, Language.SMT), "passed over")


@pytest.mark.parametrize(
    ("commands", "why"),
    [
        ("(push)\n(assert (old bob))\n(pop)", "`pop`"),
        ("(assert (old bob))\n(push 1)\n(assert (round bob))\n(check-sat)\n(pop 1)", "`pop`"),
        ("(assert (old bob))\n(reset-assertions)", "`reset-assertions`"),
        ("(check-sat-assuming ((old bob)))", "`check-sat-assuming`"),
        ("(assert-soft (old bob))", "`assert-soft`"),
    ],
)
async def test_a_premise_that_does_not_count_in_the_end_is_told_apart(
    runtime: Runtime, commands: str, why: str
) -> None:
    """`old bob` is meant as a premise, and the verdict was "undetermined"."""
    program = f"{SMT}(define-fun conclusion () Bool (old bob))\n{commands}\n; query: conclusion"
    refused(await ask(runtime, program, Language.SMT), why)


@pytest.mark.parametrize(
    ("definitions", "query"),
    [
        ("(define-fun denied () Bool (not conclusion))\n(assert denied)", "conclusion"),
        ("(define-fun a () Bool conclusion)\n(define-fun b () Bool (not a))\n(assert (! b :named goal))", "conclusion"),
        ("(assert conclusion)", "(not conclusion)"),
    ],
)
async def test_a_conclusion_asserted_in_a_roundabout_way_does_not_decide_about_itself(
    runtime: Runtime, definitions: str, query: str
) -> None:
    program = f"{SMT}(define-fun conclusion () Bool (old bob))\n{definitions}\n; query: {query}"
    refused(await ask(runtime, program, Language.SMT), "stands in an assertion")


async def test_a_conclusion_that_is_declared_and_not_defined_means_nothing(runtime: Runtime) -> None:
    program = f"{SMT}(assert (old bob))\n(declare-const conclusion Bool)\n; query: conclusion"
    refused(await ask(runtime, program, Language.SMT), "means nothing")


async def test_what_stands_behind_exit_is_no_premise(runtime: Runtime) -> None:
    program = f"{SMT}(define-fun conclusion () Bool (old bob))\n(exit)\n(assert (old bob))\n; query: conclusion"
    assert (await ask(runtime, program, Language.SMT)).verdict.kind is VerdictKind.UNDETERMINED


async def test_a_name_inside_the_conclusion_changes_nothing(runtime: Runtime) -> None:
    program = f"{SMT}(assert (! (old bob) :named is_old))\n; query: (! (round bob) :named is_round)"
    assert (await ask(runtime, program, Language.SMT)).verdict.kind is VerdictKind.UNDETERMINED


# SMT-LIB, answers


@pytest.mark.parametrize("priority", ["box", "pareto"])
async def test_several_best_values_at_once_are_no_answer(runtime: Runtime, priority: str) -> None:
    """`y` was 0 beside an `x` of 10 and 10 by itself, and each was called the only answer."""
    program = (
        f"(set-option :opt.priority {priority})\n(declare-const x Int)\n(declare-const y Int)\n"
        "(assert (and (<= 0 x 10) (<= 0 y 10) (<= (+ x y) 10)))\n(maximize x)\n(maximize y)\n; answer: y"
    )
    refused(await ask(runtime, program, Language.SMT, Kind.OPTIMISATION), priority)


async def test_an_individual_that_the_solver_made_up_is_no_answer_inside_another_term_either(runtime: Runtime) -> None:
    program = (
        "(declare-sort S 0)\n(declare-datatypes ((P 0)) (((pair (first S) (second Int)))))\n"
        "(declare-const z P)\n(assert (= (second z) 1))\n; answer: z"
    )
    refused(await ask(runtime, program, Language.SMT, Kind.CONSTRAINT), "no individual of the program")


async def test_an_individual_may_have_an_exclamation_mark_in_its_name(runtime: Runtime) -> None:
    program = "(declare-datatypes ((R 0)) (((wow!) (ida))))\n(declare-const z R)\n(assert (= z wow!))\n; answer: z"
    trace = await ask(runtime, program, Language.SMT, Kind.CONSTRAINT)
    assert trace.verdict.answer == "wow!"


# Prolog, entailment


@pytest.mark.parametrize(
    "rules",
    [
        "neg(old(X)) :- known(X), !, fail.\nneg(old(_)).\nknown(ann).",
        "old(X) :- individual(X), findall(Y, young(Y), []).",
        "old(X) :- individual(X), '\\\\+'(young(X)).",
        "old(X) :- individual(X), exclude(young, [X], [X]).",
    ],
)
async def test_negation_as_failure_in_disguise_is_refused_in_an_open_world(runtime: Runtime, rules: str) -> None:
    program = f":- dynamic young/1, neg/1.\nindividual(bob).\n{rules}\n% query: old(bob)."
    refused(await ask(runtime, program, Language.PROLOG), "open world")


async def test_a_circle_through_negation_is_no_proof_in_a_closed_world(runtime: Runtime) -> None:
    program = (
        ":- dynamic animal/1, barks/1, calm/1, neg/1.\n:- table animal/1, barks/1, calm/1, neg/1.\nanimal(rex).\n"
        "barks(X) :- animal(X), \\+ calm(X).\ncalm(X) :- animal(X), \\+ barks(X).\n"
    )
    for query in ("calm(rex)", "barks(rex)"):
        trace = await ask(runtime, f"{program}% query: {query}.", Language.PROLOG, world=World.CLOSED)
        refused(trace, "depends on its own negation")


async def test_a_clause_that_could_not_be_read_decides_nothing(runtime: Runtime) -> None:
    program = "old(bob).\nneg(old(bob)).\nyoung( .\n% query: old(bob)."
    refused(await ask(runtime, program, Language.PROLOG), "left out")


async def test_a_predicate_that_a_rule_lacks_is_not_taken_for_consistency(runtime: Runtime) -> None:
    program = ":- dynamic neg/1.\nneg(old(bob)).\nold(X) :- grey(X).\nround(bob).\n% query: round(bob)."
    trace = await ask(runtime, program, Language.PROLOG)
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert trace.attempts[0].diagnostics[0].error_class is ErrorClass.EXISTENCE


async def test_what_is_denied_and_nowhere_mentioned_is_no_contradiction(runtime: Runtime) -> None:
    program = "neg(grey(bob)).\nround(bob).\n% query: round(bob)."
    assert (await ask(runtime, program, Language.PROLOG)).verdict.kind is VerdictKind.PROVED


async def test_a_conclusion_is_not_its_own_complement(runtime: Runtime) -> None:
    program = "old(bob).\n% query: old(bob).\n% complement: old( bob )."
    refused(await ask(runtime, program, Language.PROLOG), "complement")


SWANS = ":- dynamic swan/1, white/1, neg/1.\nneg(white(X)) :- swan(X).\nneg(swan(X)) :- white(X).\nswan(anyone).\n"
EVERY_SWAN_IS_WHITE = "% query: white(anyone).\n% complement: (swan(X), neg(white(X)))."


async def test_nothing_is_refuted_by_an_individual_that_is_only_supposed(runtime: Runtime) -> None:
    """No swan is white. That every swan is white is false only if there is a swan."""
    trace = await ask(runtime, SWANS + EVERY_SWAN_IS_WHITE, Language.PROLOG)
    assert trace.verdict.kind is VerdictKind.UNDETERMINED
    trace = await ask(runtime, f"swan(ida).\n{SWANS}{EVERY_SWAN_IS_WHITE}", Language.PROLOG)
    assert trace.verdict.kind is VerdictKind.REFUTED


async def test_premises_that_contradict_only_what_is_supposed_are_not_called_inconsistent(runtime: Runtime) -> None:
    program = f"{SWANS}neg(swan(_)).\n{EVERY_SWAN_IS_WHITE}"
    refused(await ask(runtime, program, Language.PROLOG), "what the conclusion supposes")


async def test_that_rules_derive_no_contradiction_is_not_called_consistent(runtime: Runtime) -> None:
    """p if not p, not p if p: contradictory, and no rule sees it."""
    program = ":- dynamic p/0, q/0, neg/1.\n:- table p/0, q/0, neg/1.\np :- neg(p).\nneg(p) :- p.\n% query: q."
    trace = await ask(runtime, program, Language.PROLOG)
    assert trace.verdict.kind is VerdictKind.UNDETERMINED
    assert "derivable" in trace.verdict.reason
    inference = trace.evidence.inference
    assert (inference["consistent"], inference["follows"], inference["negation_follows"]) == (None, None, None)


async def test_a_last_clause_without_its_full_stop_does_not_swallow_what_is_appended(runtime: Runtime) -> None:
    trace = await ask(runtime, "round(ann).\nold(bob)\n% query: old(bob).", Language.PROLOG)
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert trace.attempts[0].diagnostics[0].error_class is ErrorClass.SYNTAX


# Prolog, answers


@pytest.mark.parametrize("solution", ["[_, 2]", "ida-Place", "seat(ida, [1 | Others])", "'A'-f(B)"])
async def test_a_term_with_a_hole_in_it_is_no_answer(runtime: Runtime, solution: str) -> None:
    trace = await ask(runtime, f"solve({solution}).\n% query: solve(X).", Language.PROLOG, Kind.CONSTRAINT)
    refused(trace, "without a value")


@pytest.mark.parametrize("solution", ["['Ann', 2]", "ida-'B_c'", '"Ida and Jon"', "f('it''s A', \"B\")"])
async def test_a_capital_letter_in_quotes_is_no_variable(runtime: Runtime, solution: str) -> None:
    trace = await ask(runtime, f"solve({solution}).\n% query: solve(X).", Language.PROLOG, Kind.CONSTRAINT)
    assert trace.verdict.kind is VerdictKind.ANSWERED


async def test_an_answer_with_a_goal_still_to_come_is_none(runtime: Runtime) -> None:
    program = (
        ":- use_module(library(clpfd)).\nsolve(7) :- [X, Y] ins 0..10, X + Y #= 7, X - Y #= 2.\n% query: solve(N)."
    )
    refused(await ask(runtime, program, Language.PROLOG, Kind.ARITHMETIC), "left undecided")


@pytest.mark.parametrize(
    ("program", "exact"),
    [
        (":- use_module(library(clpq)).\nsolve(X) :- {X = 3 * 1/10}.", True),
        (":- use_module(library(clpr)).\nsolve(X) :- {X = 3 * 0.1}.", False),
        ("solve(X) :- X is 0.1 + 0.2.", False),
    ],
)
async def test_evidence_says_whether_a_number_is_exact(runtime: Runtime, program: str, exact: bool) -> None:
    trace = await ask(runtime, f"{program}\n% query: solve(X).", Language.PROLOG, Kind.ARITHMETIC)
    assert trace.verdict.kind is VerdictKind.ANSWERED
    assert trace.evidence.inference["exact"] is exact


def test_answers_about_somebody_supposed_do_not_count_unless_the_search_was_finished() -> None:
    formalisation = Formalisation(Program(Language.PROLOG, "p."), "white(anyone)", "(swan(X), neg(white(X)))")

    def run(outcome: Answers | NoAnswer) -> Run:
        return Run(Finished(outcome), "", Usage(0.0, 0.0, 0.0), Layers())

    about = Answers((Substitution({"X": Value("anyone", ValueKind.ATOM)}),), exhausted=False)
    runs = {
        RunName.PREMISES_AND_NOT_CONCLUSION: run(NoAnswer()),
        RunName.PREMISES_AND_CONCLUSION: run(about),
        RunName.PREMISES: run(NoAnswer()),
    }
    assert conclude(Kind.ENTAILMENT, World.OPEN, formalisation, runs).verdict is None
