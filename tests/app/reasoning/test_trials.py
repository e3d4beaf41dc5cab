"""Trials that the checker's interpreter answers in this process, held against the engine."""

import time
from dataclasses import replace

import pytest

from app.reasoning.sensitivity import LIMITS, Effect, sensitivity
from app.reasoning.trials import Trials
from app.reasoning.types import Formalisation, Kind, Problem
from solvers import Runtime
from solvers.types import Answers, Finished, Job, Language, Layers, NoAnswer, Program, Run, Substitution, Wanted

pytestmark = pytest.mark.anyio

QUANTITIES = (
    "Janet's ducks lay 16 eggs. She eats 3 of them and sells the others for 2 dollars each. What does she earn?"
)
EGGS = "eggs(16).\neaten(3).\nprice(2).\nsolve(X) :- eggs(E), eaten(A), price(P), X is (E - A) * P."
CLPR = ":- use_module(library(clpr)).\n"
CLPQ = ":- use_module(library(clpq)).\n"
CLPFD = ":- use_module(library(clpfd)).\n"


def job(text: str, query: str = "solve(X)", wanted: Wanted = Wanted.NUMBER) -> Job:
    return Job(Program(Language.PROLOG, text), query, wanted)


PATIENT = replace(LIMITS, wall_seconds=60.0, cpu_seconds=60.0)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a trial answers in a millisecond, it answers on a busy machine, too."""
    monkeypatch.setattr("app.reasoning.trials.SECONDS", 60.0)
    monkeypatch.setattr("app.reasoning.trials._ALL_SECONDS", 60.0)


def tried(what: Job) -> Run | None:
    return Trials().run(what, LIMITS.max_answers)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (EGGS, Wanted.NUMBER),
        ("solve(X) :- X is 7 / 2.", Wanted.NUMBER),
        ("solve(X) :- X is 2 / 3.", Wanted.NUMBER),
        ("solve(X) :- X is 10 ** -2.", Wanted.NUMBER),
        ("solve(X) :- X is 3 * 0.1.", Wanted.NUMBER),
        ("solve(X) :- X is -0.0.", Wanted.NUMBER),
        (CLPR + "solve(X) :- {Y = 0.2 * 360, X = 360 - Y}.", Wanted.NUMBER),
        (CLPR + "solve(X) :- {X = Y + 1, 4 * Y = 10}.", Wanted.NUMBER),
        (CLPR + "solve(X) :- Y = 4, {X * Y = 10, X > 2}.", Wanted.NUMBER),
        (CLPQ + "solve(X) :- {X = 2 * Y, Y = 10 / 4 - 1 / 3}.", Wanted.NUMBER),
        (CLPQ + "solve(X) :- {X > 3, X < 3}.", Wanted.NUMBER),
        ("p(1).\np(2).\nsolve(X) :- p(X).", Wanted.NUMBER),
        ("p(1).\np(1.0).\nsolve(X) :- p(X).", Wanted.NUMBER),
        ("p(1).\np(2).\np(3).\nsolve(X) :- p(X), X > 1.", Wanted.NUMBER),
        ("p(1).\nsolve(X) :- p(X), X > 1.", Wanted.NUMBER),
        ("p(red).\np('Dark blue').\nsolve(X) :- p(X), X \\== red.", Wanted.ONE),
        ('solve(X) :- X = "some text".', Wanted.ONE),
        ("solve(X) :- X = red.", Wanted.NUMBER),
        ("solve(X) :- findall(Y, member(Y, [1, 2, 3]), Ys), sum_list(Ys, X).", Wanted.NUMBER),
        ("solve(X) :- atom_number('26', X).", Wanted.NUMBER),
        ("solve(X) :- between(1, 100, X), X * X =:= 49, !.", Wanted.NUMBER),
    ],
)
@pytest.mark.usefixtures("unhurried")
async def test_a_trial_ends_as_a_run_of_the_engine_does(text: str, wanted: Wanted, runtime: Runtime) -> None:
    what = job(text, wanted=wanted)
    here, there = tried(what), await runtime.solve(what, PATIENT)
    assert here is not None
    assert isinstance(there.ending, Finished)
    assert isinstance(here.ending, Finished)
    assert _substitutions(here.ending) == _substitutions(there.ending)
    assert here.ending.diagnostics == there.ending.diagnostics


def _substitutions(ending: Finished) -> tuple[Substitution, ...]:
    assert isinstance(ending.outcome, Answers | NoAnswer)
    return ending.outcome.substitutions if isinstance(ending.outcome, Answers) else ()


@pytest.mark.usefixtures("unhurried")
def test_real_numbers_are_exact_and_rounded_once() -> None:
    run = tried(job(CLPR + "solve(X) :- {X = Y + 1, 3 * Y = 10}."))  # the engine has 4.333333333333334
    assert run is not None
    assert isinstance(run.ending, Finished)
    assert [answer.bindings["X"].text for answer in _substitutions(run.ending)] == ["4.333333333333333"]


@pytest.mark.parametrize(
    "text",
    [
        "solve(X) :- X is 1 / 0.",
        "solve(X) :- unknown(X).",
        "solve(X) :- X is foo + 1.",
        "solve(X) :- random(X).",
        "solve(_).",
        "solve(X) :- X = 3 + 4.",
        "solve(X) :- X = [1].",
        "solve(X) :- X is 2 ** 3000 * 1.0.",
        "solve(X) :- X is 10.0 ** 20.",
        "solve(X) :- X is inf.",
        CLPR + "solve(X) :- {X > 3}.",
        CLPR + "solve(X) :- {X * X = 4}.",
        CLPFD + "solve(X) :- X #= 3 + 4.",
        ":- table p/1.\np(1).\nsolve(X) :- p(X).",
        ":- initialization(main).\nsolve(1).",
        "solve(1). p( .",
    ],
)
def test_what_is_not_plain_is_left_to_the_engine(text: str) -> None:
    assert tried(job(text)) is None


def test_a_program_in_smt_is_left_to_the_engine() -> None:
    assert tried(Job(Program(Language.SMT, "(declare-const x Int)"), "(check-sat)")) is None


@pytest.mark.parametrize(
    "text",
    [
        "solve(X) :- solve(X).",
        "solve(X) :- p(0, X).\np(N, X) :- M is N + 1, p(M, X).",
        "solve(X) :- p([], X).\np(L, X) :- p([L|L], X).",
        "solve(X) :- length(L, N), N > 5000000, X = L.",
        "solve(X) :- X is 9 ** 9 ** 9.",
        "solve(X) :- p(3, X).\np(N, X) :- M is N * N, p(M, X).",
        "solve(X) :- between(1, inf, X), X < 0.",
        "solve(X) :- findall(Y, repeat, Y), X = Y.",
        "solve(X) :- X = " + "(" * 9000 + "1" + ")" * 9000 + ".",
        "solve(X) :- X is " + "+".join(["1"] * 9000) + ".",
        "p(1).\n" * 2500 + "solve(X) :- p(A), p(B), p(C), A + B + C > 3, X = A.",
        "solve(" + "9" * 15_000 + ").",
    ],
)
def test_a_program_that_takes_more_than_its_share_is_stopped(text: str) -> None:
    began = time.process_time()
    assert tried(job(text)) is None
    assert time.process_time() - began < 2


def test_the_trials_of_one_program_have_little_time_together() -> None:
    endless = job("solve(X) :- solve(X).")
    trials = Trials()
    began = time.process_time()
    assert all(trials.run(endless, 2) is None for _ in range(100))
    assert time.process_time() - began < 2


@pytest.mark.usefixtures("unhurried")
def test_after_two_trials_that_are_left_open_the_engine_has_the_others() -> None:
    trials = Trials()
    assert trials.run(job("solve(X) :- random(X)."), 2) is None
    assert trials.run(job("solve(1)."), 2) is not None
    assert trials.run(job("solve(X) :- random(X)."), 2) is None
    assert trials.run(job("solve(1)."), 2) is None


@pytest.mark.usefixtures("unhurried")
def test_a_trial_claims_no_sandbox() -> None:
    run = tried(job("solve(1)."))
    assert run is not None
    assert run.sandbox == Layers(False, False, False, False, False, False)


@pytest.mark.parametrize(
    ("program", "answer"),
    [
        (EGGS, "26"),
        ("solve(X) :- X is 16 * 2 - 6.", "26"),
        (CLPR + "solve(X) :- {X = (16 - 3) * 2}.", "26.0"),
        ("eggs(16).\nsolve(X) :- eggs(E), E =:= 10 + 6, X = 26.", "26"),
        ("solve(26) :- 3 > 2.", "26"),
        (CLPFD + "solve(X) :- X #= (16 - 3) * 2.", "26"),
    ],
)
async def test_what_an_answer_depends_on_is_the_same_with_trials(program: str, answer: str, runtime: Runtime) -> None:
    async def solve(what: Job) -> Run:
        return await runtime.solve(what, PATIENT)

    formalisation = Formalisation(Program(Language.PROLOG, program), "solve(X)")
    problem = Problem(QUANTITIES)
    alone = await sensitivity(problem, Kind.ARITHMETIC, formalisation, answer, solve)
    assert alone == await sensitivity(problem, Kind.ARITHMETIC, formalisation, answer, solve, Trials())


@pytest.mark.usefixtures("unhurried")
async def test_what_trials_answer_needs_no_engine() -> None:
    async def solve(what: Job) -> Run:
        raise AssertionError("the engine is asked")

    formalisation = Formalisation(Program(Language.PROLOG, EGGS), "solve(X)")
    found = await sensitivity(Problem(QUANTITIES), Kind.ARITHMETIC, formalisation, "26", solve, Trials())
    assert found is not None
    assert {number.effect for number in found.numbers} == {Effect.ANOTHER}
    assert found.runs == 3
