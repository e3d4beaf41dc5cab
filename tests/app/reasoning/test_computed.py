"""Answers that are written down, under disguises, and answers that are computed. Real engines."""

from dataclasses import replace

import pytest

from app.reasoning.alternatives import needed_conditions
from app.reasoning.assigned import assigned
from app.reasoning.computed import Computed, computed
from app.reasoning.conclude import conclude
from app.reasoning.extract import extract
from app.reasoning.kind import decide_language
from app.reasoning.runs import run_all
from app.reasoning.sensitivity import LIMITS, sensitivity
from app.reasoning.types import Formalisation, Kind, Problem, RunName, World
from app.samples import Sample, load_samples
from app.samples.record import load_entries
from solvers import Runtime
from solvers.types import Job, Language, Layers, LimitName, Program, Run, Stopped, Usage
from tests.app.reasoning.scripted import completion

pytestmark = pytest.mark.anyio

EGGS = "Janet's ducks lay 16 eggs. She eats 3 of them and sells the others for 2 dollars each. What does she earn?"
FACTS = "eggs(16).\neaten(3).\nprice(2).\n"
CLPQ = ":- use_module(library(clpq)).\n"
CLPFD = ":- use_module(library(clpfd)).\n"


async def judged(
    runtime: Runtime, problem: Problem, what: Formalisation, kind: Kind = Kind.ARITHMETIC
) -> tuple[str, Computed]:
    """The answer of the program, and whether it was computed."""

    async def solve(job: Job) -> Run:
        return await runtime.solve(job, LIMITS)

    runs: dict[RunName, Run] = {}
    await run_all(what, kind, solve, runs.__setitem__)
    verdict = conclude(kind, World.OPEN, what, runs).verdict
    assert verdict is not None
    assert verdict.answer is not None
    found = await sensitivity(problem, kind, what, verdict.answer, solve)
    return verdict.answer, computed(problem, kind, what, verdict.answer, found)


async def of_program(
    runtime: Runtime,
    program: str,
    text: str = EGGS,
    kind: Kind = Kind.ARITHMETIC,
    language: Language = Language.PROLOG,
) -> Computed:
    query = "solve(X)" if language is Language.PROLOG else "x"
    return (await judged(runtime, Problem(text), Formalisation(Program(language, program), query), kind))[1]


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(CLPQ + "solve(X) :- {X = 26}.", id="a constraint"),
        pytest.param("answer(26).\nsolve(X) :- answer(X).", id="a fact"),
        pytest.param("solve(X) :- a(X).\na(A) :- B = A, b(B).\nb(C) :- D = 26, C = D.", id="a chain of unifications"),
        pytest.param("solve(X) :- X is 19 + 7.", id="arithmetic on numbers that the problem does not give"),
        pytest.param(FACTS + "solve(X) :- eggs(_), eaten(_), price(_), X = 26.", id="quantities loaded, not used"),
        pytest.param(FACTS + "solve(X) :- eggs(A), X is 26 + A - A.", id="a difference that cancels"),
        pytest.param(CLPQ + FACTS + "solve(X) :- eggs(A), {X = 26 * A / A}.", id="a quotient that cancels"),
        pytest.param(FACTS + "solve(X) :- eggs(A), X is 26 + 0 * A.", id="nothing times a quantity"),
        pytest.param(FACTS + "solve(X) :- eggs(A), ( A > 0 -> X = 26 ; X = 0 ).", id="a condition"),
        pytest.param(FACTS + "solve(X) :- eggs(A), A =:= 16, X = 26.", id="a condition that only this quantity meets"),
        pytest.param(FACTS + "solve(X) :- eggs(A), ( A =:= 16 -> X = 26 ; X = 5 ).", id="a choice by a quantity"),
        pytest.param("solve(X) :- nth1(3, [7, 9, 26, 5], X).", id="a list"),
        pytest.param("solve(X) :- atom_number('26', X).", id="quotes"),
        pytest.param("solve(X) :- number_codes(X, [0'2, 0'6]).", id="codes of characters"),
        pytest.param(f"solve(X) :- length([{', '.join('a' * 26)}], X).", id="the length of a list"),
        pytest.param(
            "".join(f"i({c}).\n" for c in "abcdefghijklmnopqrstuvwxyz") + "solve(X) :- aggregate_all(count, i(_), X).",
            id="the number of facts",
        ),
        pytest.param("eggs(16).\nsolve(X) :- eggs(A), X is A + 10 + 0 * 3.", id="a constant that makes up the rest"),
        pytest.param("price(2).\nsolve(X) :- price(P), X is P * 13.", id="a factor that makes up the rest"),
        pytest.param(FACTS + "solve(X) :- eggs(A), atom_number('10', B), X is A + B.", id="the rest in quotes"),
        pytest.param(
            FACTS
            + "work(X) :- eggs(A), eaten(B), price(C), X is (A - B) * C.\nresult(26).\nsolve(X) :- work(_), result(X).",
            id="beside the real computation",
        ),
        pytest.param(
            FACTS + "work(X) :- eggs(A), eaten(B), price(C), X is (A - B) * C.\nsolve(X) :- X = 26, work(X).",
            id="checked against the real computation",
        ),
    ],
)
async def test_an_answer_that_is_written_down_is_flagged(runtime: Runtime, program: str) -> None:
    found = await of_program(runtime, program)
    assert found.result is False
    assert found.reasons


@pytest.mark.parametrize(
    "program",
    [
        "(declare-const x Int)(assert (! (= x 26) :named a))",
        "(declare-const x Int)(assert (= x (+ 19 7)))",
        "(declare-const a Int)(declare-const x Int)(assert (= a 16))(assert (= (- x a) (- 26 a)))",
        "(declare-const a Int)(declare-const x Int)(assert (= a 16))(assert (= x (ite (> a 0) 26 0)))",
    ],
)
async def test_an_answer_that_is_written_down_in_smt_is_flagged(runtime: Runtime, program: str) -> None:
    assert (await of_program(runtime, program, language=Language.SMT)).result is False


async def test_a_quantity_of_the_problem_as_it_stands_is_no_computation(runtime: Runtime) -> None:
    found = await of_program(runtime, FACTS + "solve(X) :- eggs(X), eaten(_).")
    assert found == Computed(False, ("the answer is the 16 of the problem as it stands: nothing is computed",))


async def test_a_computed_answer_is_not_flagged_and_says_on_what_it_depends(runtime: Runtime) -> None:
    found = await of_program(runtime, FACTS + "solve(X) :- eggs(A), eaten(B), price(C), X is (A - B) * C.")
    assert found == Computed(True, ("the answer depends on 16, 3 and 2 of the problem",))


async def test_a_legitimate_constant_is_not_flagged(runtime: Runtime) -> None:
    text = "A shop sells 5 dozen eggs a day, 20 % of them white. How many eggs that are not white does it sell a week?"
    found = await of_program(runtime, "solve(X) :- X is 5 * 12 * (100 - 20) / 100 * 7.", text)
    assert found.result is True
    assert len(found.reasons) == 1


async def test_a_constant_that_nothing_explains_is_named_even_where_most_is_computed(runtime: Runtime) -> None:
    found = await of_program(runtime, FACTS + "solve(X) :- eggs(A), eaten(B), price(C), X is (A - B) * C + 17.")
    assert found.result is True
    assert found.reasons[1] == "nothing in the problem explains 17, on which the answer depends"


async def test_runs_that_were_stopped_decide_nothing() -> None:
    problem = Problem(EGGS)
    what = Formalisation(Program(Language.PROLOG, "solve(X) :- X is 16 * 2."), "solve(X)")

    async def solve(job: Job) -> Run:
        return Run(Stopped(LimitName.WALL_SECONDS), "", Usage(0.0, 0.0, 0.0), Layers())

    found = await sensitivity(problem, Kind.ARITHMETIC, what, "32", solve)
    assert computed(problem, Kind.ARITHMETIC, what, "32", found).result is None
    assert computed(problem, Kind.ARITHMETIC, what, "32", None).result is None


async def test_a_loop_for_every_other_quantity_hides_nothing(runtime: Runtime) -> None:
    program = (
        FACTS + "ok(A) :- A mod 4 =:= 3 -> true ; repeat, fail.\nsolve(X) :- eaten(A), ok(A), price(P), X is P * 13."
    )
    text = "Ann eats 3 of her eggs and sells the others for 2 dollars each. What does she earn?"
    assert (await of_program(runtime, program, text)).result is None


async def test_numbers_that_nothing_explains_hide_nothing_behind_their_number(runtime: Runtime) -> None:
    decoys = "".join(f"decoy({number}).\n" for number in range(501, 520))
    found = await of_program(runtime, decoys + "price(2).\nsolve(X) :- price(P), X is P * 13.")
    assert found.result is None
    assert "too many" in found.reasons[0]


async def test_an_entailment_is_neither_computed_nor_written_down() -> None:
    what = Formalisation(Program(Language.PROLOG, "round(bob)."), "round(bob)")
    assert computed(Problem("Is Bob round?"), Kind.ENTAILMENT, what, None, None).result is None


# Puzzles

WHO = "Emil, Finn and Cem sit in a row. Emil is not on the left, and Finn is not. Who is on the left?"


@pytest.mark.parametrize(
    "program",
    [
        "solve(emil).",
        "solve(X) :- X = emil.",
        "who(emil).\nsolve(X) :- who(Y), X = Y.",
        "person(emil).\nperson(finn).\nsolve(X) :- X = emil, person(finn).",
        CLPFD + "solve(X) :- Y in 0..9, label([Y]), Y #= 3, X #= 7.",
    ],
)
async def test_a_puzzle_whose_answer_is_stated_is_flagged(runtime: Runtime, program: str) -> None:
    found = await of_program(runtime, program, WHO, Kind.CONSTRAINT)
    assert found.result is False
    assert "as it stands" in found.reasons[0]


@pytest.mark.parametrize(
    ("program", "stated"),
    [
        ("(declare-datatypes ((P 0)) (((emil) (finn))))(declare-const x P)(assert (! (= x emil) :named a))", True),
        (
            "(declare-datatypes ((P 0)) (((emil) (finn))))(declare-const x P)(declare-const y P)"
            "(assert (and (= y x) (= emil y)))",
            True,
        ),
        ("(declare-datatypes ((P 0)) (((emil) (finn))))(declare-const x P)(assert (not (= x finn)))", False),
        ("(define-fun x () Int 7)", True),
        ("(declare-const y Int)(define-fun x () Int (* y 2))(assert (= (+ y y) 14))", False),
    ],
)
def test_an_assertion_that_states_the_answer_is_found(program: str, stated: bool) -> None:
    assert (assigned(Formalisation(Program(Language.SMT, program), "x")) is not None) is stated


async def test_a_puzzle_that_needs_no_number_is_computed_where_its_conditions_single_the_answer_out(
    runtime: Runtime,
) -> None:
    program = "p(emil).\np(finn).\np(cem).\nsolve(X) :- p(X), X \\== emil, X \\== finn."
    found = await of_program(runtime, program, "Who of Emil, Finn and Cem is it?", Kind.CONSTRAINT)
    assert found.result is True


async def test_a_condition_on_a_quantity_is_no_condition_that_singles_an_answer_out(runtime: Runtime) -> None:
    text = "3 men sit in a row: Emil, Finn and Cem. Who is on the left?"
    program = "men(3).\nsolve(X) :- men(M), M =:= 3, atom_chars(X, [e, m, i, l])."
    assert (await of_program(runtime, program, text, Kind.CONSTRAINT)).result is None


async def test_an_optimum_that_is_written_down_is_flagged(runtime: Runtime) -> None:
    text = "A letter needs stamps worth 95 cents, of 5, 16 and 23 cents. What is the smallest number of stamps?"
    for body in ("X is 6", "P = 95, postage(P), X is 4 + 2", "postage(P), X is 6 + P - P", "postage(P), P > 6, X = 6"):
        found = await of_program(runtime, f"postage(95).\nsolve(X) :- {body}.", text, Kind.OPTIMISATION)
        assert found.result is False, body


async def test_an_answer_spelt_out_is_singled_out_by_no_condition(runtime: Runtime) -> None:
    what = Formalisation(Program(Language.PROLOG, "solve(X) :- atom_chars(X, [e, m, i, l])."), "solve(X)")

    async def solve(job: Job) -> Run:
        return await runtime.solve(job, LIMITS)

    assert await needed_conditions(Kind.CONSTRAINT, what, "emil", solve) == 0
    assert (await judged(runtime, Problem("Who is it?"), what, Kind.CONSTRAINT))[1].result is None


SAMPLES = [sample for sample in load_samples() if sample.kind is not Kind.ENTAILMENT]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
async def test_the_recorded_completions_of_the_samples_are_not_flagged(runtime: Runtime, sample: Sample) -> None:
    problem = replace(sample.as_problem(), kind=sample.kind)
    language = decide_language(problem, sample.kind)
    texts = [entry.completion for entry in load_entries().values() if entry.problem == sample.problem]
    found_in = (extract(completion(text), language, sample.kind, sample.world) for text in texts)
    what = [formalisation for formalisation in found_in if isinstance(formalisation, Formalisation)][-1]
    answer, found = await judged(runtime, problem, what, sample.kind)
    assert found.result is True, (answer, found.reasons)
