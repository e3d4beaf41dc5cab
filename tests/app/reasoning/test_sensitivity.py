"""Each number is moved, and the program run again. Real engines, but for what a test scripts."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from app.reasoning.literals import literals, with_literals
from app.reasoning.sensitivity import LIMITS, Effect, Sensitivity, sensitivity
from app.reasoning.types import Formalisation, Kind, Problem
from solvers import Runtime
from solvers.errors import WorkerCrashedError
from solvers.types import Engine, Job, Language, Layers, LimitName, Part, Program, Run, Stopped, Usage

pytestmark = pytest.mark.anyio

EGGS = "Janet's ducks lay 16 eggs. She eats 3 of them and sells the others for 2 dollars each. What does she earn?"


def formalisation(text: str, query: str = "solve(X)", language: Language = Language.PROLOG) -> Formalisation:
    return Formalisation(Program(language, text), query)


def values(text: str, language: Language = Language.PROLOG, query: str = "solve(X)") -> list[str]:
    return [str(literal.value) for literal in literals(formalisation(text, query, language))]


def solving(runtime: Runtime) -> Callable[[Job], Awaitable[Run]]:
    async def solve(job: Job) -> Run:
        return await runtime.solve(job, replace(LIMITS, wall_seconds=60.0))

    return solve


async def moved(
    runtime: Runtime, problem: str, program: str, answer: str, language: Language = Language.PROLOG
) -> Sensitivity:
    what = formalisation(program, "solve(X)" if language is Language.PROLOG else "x", language)
    found = await sensitivity(Problem(problem), Kind.ARITHMETIC, what, answer, solving(runtime))
    assert found is not None
    return found


def texts(found: tuple[object, ...]) -> list[str]:
    return [quantity.text for quantity in found]  # type: ignore[attr-defined]


# Where the numbers stand


def test_numbers_in_comments_directives_and_indexes_are_none_of_the_program() -> None:
    text = "% 5 eggs\n:- dynamic eggs/1.\n/* 6 */ eggs(7).\nsolve(X) :- nth1(3, [4], X), x9(X)."
    assert values(text) == ["7", "4"]


def test_numbers_of_prolog_are_read_as_they_are_meant() -> None:
    assert values("a(1_000, 0x1F, 0'a, 2.5, 1r3, 1.5e1, 12).") == ["1000", "31", "97", "5/2", "1/3", "15", "12"]


def test_a_number_in_quotes_is_marked() -> None:
    found = literals(formalisation("a('42', \"7\", `8`, 'a 9')."))
    assert [literal.value for literal in found] == [42, 7, 8]
    assert all(literal.quoted for literal in found)


def test_two_whole_numbers_with_a_slash_are_a_fraction() -> None:
    first, second = literals(formalisation("a(15 / 10, X / 3 / 4)."))[:2]
    assert first.value == Fraction(3, 2)
    assert [half.value for half in first.halves] == [15, 10]
    assert second.value == 3


def test_numbers_of_smt_stand_in_assertions_and_definitions_and_are_no_indexes() -> None:
    text = (
        "(set-option :timeout 7)(declare-const x Int)(define-fun y () Int 5)"
        "(assert (! (= x (+ 6 (/ 3 4) -2 1.5)) :named a7))(assert (= ((_ extract 7 2) z) z))"
    )
    assert values(text, Language.SMT, "(+ x 8)") == ["5", "6", "3/4", "-2", "3/2", "8"]


def test_other_numbers_are_written_in_the_place_of_those_there_and_nowhere_else() -> None:
    before = formalisation("eggs(16). % 16\nshare(3 / 4, 0.5, '16').", "solve(16, X)")
    found = literals(before)
    after = with_literals(before, {literal: literal.value / 2 for literal in found})
    assert after.program.text == "eggs(8). % 16\nshare(3 / 8, 0.25, '8')."
    assert after.query == "solve(8, X)"
    assert {literal.part for literal in found} == {Part.PROGRAM, Part.QUERY}


async def test_a_negative_number_of_smt_stays_negative_when_it_is_moved() -> None:
    asked: list[str] = []

    async def solve(job: Job) -> Run:
        asked.append(job.program.text)
        raise WorkerCrashedError("smt", "as the test wants it")

    program = formalisation("(declare-const x Int)(assert (= x (+ 10 -3)))", "x", Language.SMT)
    await sensitivity(Problem("It had 10 degrees and fell by 3. What has it?"), Kind.ARITHMETIC, program, "7", solve)
    assert asked == [
        "(declare-const x Int)(assert (= x (+ 11 -3)))",
        "(declare-const x Int)(assert (= x (+ 10 -4)))",
    ]


# What moves the answer


async def test_every_quantity_that_is_computed_with_moves_the_answer(runtime: Runtime) -> None:
    program = "eggs(16).\neaten(3).\nprice(2).\nsolve(X) :- eggs(E), eaten(A), price(P), X is (E - A) * P."
    found = await moved(runtime, EGGS, program, "26")
    assert texts(found.moved) == ["16", "3", "2"]
    assert found.unmoved == found.undecided == found.absent == ()
    assert found.runs == 3


async def test_a_quantity_that_is_loaded_and_not_used_is_named(runtime: Runtime) -> None:
    program = "eggs(16).\neaten(3).\nprice(2).\nsolve(X) :- eggs(E), eaten(_), price(P), X is E * P."
    found = await moved(runtime, EGGS, program, "32")
    assert texts(found.unmoved) == ["3"]


async def test_a_quantity_that_no_number_stands_for_is_named(runtime: Runtime) -> None:
    found = await moved(runtime, EGGS, "solve(X) :- X is 16 * 2.", "32")
    assert texts(found.absent) == ["3"]


async def test_a_quantity_without_which_there_is_no_answer_counts_as_moved(runtime: Runtime) -> None:
    program = "eggs(16).\nsolve(X) :- eggs(16), X = 26."
    found = await moved(runtime, EGGS, program, "26")
    assert found.numbers[0].effect is Effect.SAME  # both places together: the fact goes with the goal
    guarded = await moved(runtime, EGGS, "eggs(16).\nsolve(X) :- eggs(E), E =:= 10 + 6, X = 26.", "26")
    assert guarded.numbers[0].effect is Effect.NONE
    assert texts(guarded.moved) == ["16"]


async def test_a_per_cent_and_a_decimal_are_moved_as_what_they_are(runtime: Runtime) -> None:
    problem = "A bag with 1.5 kg of rice is 20 % cheaper than 3.60 euros. What does it cost?"
    program = ":- use_module(library(clpq)).\nsolve(X) :- {X = 360/100 * (100 - 20) / 100 + 15/10 - 1.5}."
    found = await moved(runtime, problem, program, "72/25")
    assert "20 %" in texts(found.moved)
    assert "3.60" in " ".join(texts(found.moved))


async def test_two_quantities_of_one_size_are_moved_by_themselves_where_they_cancel_together(runtime: Runtime) -> None:
    problem = "Ann has 6 apples and Ben has 6 pears. How many apples are there to a pear?"
    found = await moved(runtime, problem, "a(6).\nb(6).\nsolve(X) :- a(A), b(B), X is A / B.", "1")
    assert texts(found.moved) == ["6", "6"]


async def test_a_program_for_whole_numbers_is_tried_with_more_than_two(runtime: Runtime) -> None:
    problem = "46 coins of 5 and 20 cents are worth 500 cents. How many of them are worth 20?"
    program = (
        "(declare-const x Int)(declare-const y Int)(assert (>= y 0))(assert (>= x 0))"
        "(assert (= (+ x y) 46))(assert (= (+ (* 20 x) (* 5 y)) 500))"
    )
    found = await moved(runtime, problem, program, "18", Language.SMT)
    assert Effect.ANOTHER in {number.effect for number in found.numbers if number.quantities}


async def test_an_unexplained_number_that_is_the_answer_is_known_as_such(runtime: Runtime) -> None:
    found = await moved(runtime, EGGS, "solve(X) :- atom_number('26', X).", "26")
    (number,) = found.numbers
    assert (number.quantities, number.is_answer, number.hidden) == ((), True, True)


async def test_at_most_four_runs_are_made_at_once_and_twelve_quantities_tried() -> None:
    running = most = 0

    async def solve(job: Job) -> Run:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        return Run(Stopped(LimitName.WALL_SECONDS), "", Usage(0.0, 0.0, 0.0), Layers())

    numbers = [str(number) for number in range(211, 231)]
    problem = Problem(f"Add {', '.join(numbers)}.")
    program = formalisation(f"solve(X) :- X is {' + '.join(numbers)}.")
    found = await sensitivity(problem, Kind.ARITHMETIC, program, "4410", solve)
    assert found is not None
    assert most == 4
    assert len(found.numbers) == 12
    assert found.untried == 8
    assert texts(found.undecided) == numbers


async def test_a_fault_of_ours_leaves_a_quantity_undecided() -> None:
    async def solve(job: Job) -> Run:
        raise WorkerCrashedError(Engine.PROLOG, "gone")

    program = formalisation("solve(X) :- X is 16 * 2.")
    found = await sensitivity(Problem(EGGS), Kind.ARITHMETIC, program, "32", solve)
    assert found is not None
    assert texts(found.undecided) == ["16", "2"]
    assert found.moved == ()


async def test_an_entailment_has_no_sensitivity(runtime: Runtime) -> None:
    program = formalisation("round(bob).", "round(bob)")
    assert await sensitivity(Problem("Is Bob round?"), Kind.ENTAILMENT, program, "", solving(runtime)) is None
