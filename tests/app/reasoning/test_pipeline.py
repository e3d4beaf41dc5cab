import asyncio
import inspect
import time
import typing
from dataclasses import fields, is_dataclass

import pytest

from app.errors import LmUnavailableError, ProblemError, PromptError, StoreUnavailableError
from app.lm.types import FinishReason, Role
from app.reasoning.events import AttemptEnded, TraceBegun, VerdictReached
from app.reasoning.pipeline import new_trace_id, solve_problem
from app.reasoning.types import Budget, Kind, NotExtracted, OnRepeat, Problem, RunName, Trust, VerdictKind
from solvers import Runtime
from solvers.errors import WorkerCrashedError
from solvers.types import Job, Language, Limits, Program, Run
from tests.app.reasoning.scripted import Kept, ScriptedLM, completion, prolog, smt, solve

PROBLEM = Problem("Two rolls cost 3 euros each. How many euros do they cost together?", Kind.ARITHMETIC)
IN_SMT = Problem(PROBLEM.text, Kind.ARITHMETIC, Language.SMT)
RIGHT = prolog(":- use_module(library(clpq)).\nprice(3).\nsolve(X) :- price(P), {X = 2 * P}.\n% query: solve(X).")
NO_ANSWER = prolog("price(3).\nsolve(X) :- price(X), X > 5.\n% query: solve(X).")
SYNTAX = prolog("price(3)\nsolve(X) :- price(X).\n% query: solve(X).")
LOOP = prolog("solve(X) :- solve(X).\n% query: solve(X).")


async def test_an_answer_has_its_evidence_and_a_trace(runtime: Runtime) -> None:
    record = Kept()
    trace = await solve(PROBLEM, [RIGHT], runtime, record=record)
    assert (trace.verdict.kind, trace.verdict.answer, trace.verdict.trust) == (
        VerdictKind.ANSWERED,
        "6",
        Trust.CERTIFIED,
    )
    assert trace.id.startswith("trc_")
    assert len(trace.id) == 4 + 26
    assert trace.evidence.inference["unique"] is True
    assert trace.evidence.execution["status"] == "finished"
    assert trace.evidence.inference["computed"] is True
    assert trace.evidence.certificate["checked"] is True
    assert trace.evidence.translation["assessed"] is True
    assert (
        trace.evidence.inference["next_rung_lacks"]
        == "no second formalisation that was made without sight of the first agrees"
    )
    assert trace.spent.attempts == 1
    assert (trace.spent.prompt_tokens, trace.spent.completion_tokens) == (100, 20)
    assert [prompt.name for prompt in trace.versions.prompts] == ["formalise-prolog", "repair"]
    begun, ended, reached = record.events
    assert isinstance(begun, TraceBegun)
    assert isinstance(ended, AttemptEnded)
    assert isinstance(reached, VerdictReached)
    assert begun.trace_id == ended.trace_id == reached.trace_id == trace.id
    assert ended.attempt == trace.attempts[0]
    assert reached.verdict == trace.verdict


async def test_a_trace_id_may_be_promised_before(runtime: Runtime) -> None:
    promised = new_trace_id()
    assert (await solve(PROBLEM, [RIGHT], runtime, trace_id=promised)).id == promised


async def test_a_faulty_program_is_repaired_from_the_last_one(runtime: Runtime) -> None:
    lm = ScriptedLM(SYNTAX, NO_ANSWER, RIGHT)
    trace = await solve(PROBLEM, [], runtime, lm=lm)
    assert trace.verdict.answer == "6"
    assert [attempt.prompt.name for attempt in trace.attempts] == ["formalise-prolog", "repair", "repair"]
    assert [request.attempt for request in lm.requests] == [1, 2, 3]
    third = lm.requests[2].messages
    assert [message.role for message in third] == [Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.USER]
    assert "X > 5" in third[2].content
    assert PROBLEM.text in third[1].content
    assert trace.attempts[0].diagnostics
    assert trace.attempts[2].diagnostics == ()


async def test_a_completion_without_a_program_is_asked_for_again(runtime: Runtime) -> None:
    lm = ScriptedLM("The answer is 6.", completion("```prolog\nprice(", FinishReason.LENGTH), RIGHT)
    trace = await solve(PROBLEM, [], runtime, lm=lm)
    assert trace.verdict.answer == "6"
    assert isinstance(trace.attempts[0].formalisation, NotExtracted)
    assert "no program" in lm.requests[1].messages[3].content.lower()
    assert "cut off" in lm.requests[2].messages[3].content
    assert "Keep it short" in lm.requests[2].messages[3].content


# Budgets


async def test_the_budget_of_attempts_ends_the_loop(runtime: Runtime) -> None:
    lm = ScriptedLM(SYNTAX, NO_ANSWER, RIGHT)
    trace = await solve(PROBLEM, [], runtime, lm=lm, budget=Budget(attempts=2))
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert trace.verdict.reason.startswith("2 attempts made, none concluded")
    assert len(lm.requests) == 2


async def test_the_budget_of_tokens_ends_the_loop_and_bounds_each_completion(runtime: Runtime) -> None:
    lm = ScriptedLM(SYNTAX, NO_ANSWER, RIGHT)
    trace = await solve(PROBLEM, [], runtime, lm=lm, budget=Budget(attempts=9, tokens=200))
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert "200 tokens" in trace.verdict.reason
    assert [request.sampling.max_tokens for request in lm.requests] == [200, 80]


async def test_a_language_model_that_does_not_count_still_meets_the_budget_of_tokens(runtime: Runtime) -> None:
    replies = [completion(text, usage=None) for text in (SYNTAX, RIGHT)]
    trace = await solve(PROBLEM, replies, runtime, budget=Budget(attempts=9, tokens=100))
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert (len(trace.attempts), trace.spent.prompt_tokens) == (1, 0)


async def test_a_language_model_is_cut_at_the_deadline(runtime: Runtime) -> None:
    started = time.monotonic()
    record = Kept()
    trace = await solve(PROBLEM, [30.0, RIGHT], runtime, budget=Budget(seconds=0.3), record=record)
    assert time.monotonic() - started < 15
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert "0.3 seconds" in trace.verdict.reason
    assert [type(event) for event in record.events] == [TraceBegun, VerdictReached]


async def test_a_program_is_cut_at_the_deadline(runtime: Runtime) -> None:
    await runtime.solve(Job(Program(Language.PROLOG, "p(1)."), "p(X)"), Limits())  # the engine is warm
    started = time.monotonic()
    trace = await solve(PROBLEM, [LOOP], runtime, budget=Budget(seconds=1.5))
    assert time.monotonic() - started < 8, "its own limit of ten seconds was waited for"
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert "1.5 seconds" in trace.verdict.reason
    assert len(trace.attempts) == 1


async def test_a_run_that_waits_for_its_turn_is_cut_at_the_deadline() -> None:
    class Busy:
        async def solve(self, job: Job, limits: Limits) -> Run:
            await asyncio.sleep(30)
            raise AssertionError

    started = time.monotonic()
    trace = await solve(PROBLEM, [RIGHT], Busy(), budget=Budget(seconds=1.0))
    assert time.monotonic() - started < 15
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert trace.attempts[0].runs == {}


async def test_a_loop_of_a_program_is_stopped_and_repaired(runtime: Runtime) -> None:
    lm = ScriptedLM(LOOP, RIGHT)
    trace = await solve(PROBLEM, [], runtime, lm=lm, limits=Limits(wall_seconds=1.5))
    assert trace.verdict.answer == "6"
    assert "did not end within 1.5 seconds" in lm.requests[1].messages[3].content
    assert trace.attempts[0].diagnostics == ()


# The same program twice


async def test_the_same_program_twice_ends_the_loop(runtime: Runtime) -> None:
    again = NO_ANSWER.replace("% query", "% Now with a comment.\n% query").replace("price(3).", "price(3).\n")
    trace = await solve(PROBLEM, [NO_ANSWER, again], runtime, budget=Budget(attempts=9))
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert "attempt 1 again" in trace.verdict.reason
    assert trace.attempts[1].runs == {}


async def test_the_same_program_twice_restarts_from_the_problem_if_so_configured(runtime: Runtime) -> None:
    lm = ScriptedLM(NO_ANSWER, NO_ANSWER, RIGHT)
    trace = await solve(PROBLEM, [], runtime, lm=lm, on_repeat=OnRepeat.RESTART)
    assert trace.verdict.answer == "6"
    assert lm.requests[2].messages == lm.requests[0].messages
    assert lm.requests[2].sampling.temperature > lm.requests[0].sampling.temperature
    assert lm.requests[2].sampling.seed is not None


async def test_the_same_program_with_another_query_is_another_attempt(runtime: Runtime) -> None:
    first = prolog("p(a).\nq(3).\n% query: p(X).")
    trace = await solve(PROBLEM, [first, first.replace("query: p", "query: q")], runtime)
    assert trace.verdict.answer == "3"


async def test_the_same_words_without_a_program_twice_are_a_repeat(runtime: Runtime) -> None:
    trace = await solve(PROBLEM, ["It is 6.", "It is 6.\n"], runtime, budget=Budget(attempts=9))
    assert len(trace.attempts) == 2
    assert "this is the reply of attempt 1 again, which failed: " in trace.verdict.reason
    assert "no program" in trace.verdict.reason.lower()


async def test_a_reply_cut_off_twice_says_so_in_its_verdict(runtime: Runtime) -> None:
    short = completion("```prolog\nprice(", FinishReason.LENGTH)
    trace = await solve(PROBLEM, [], runtime, lm=ScriptedLM(short, short))
    assert "cut off" in trace.verdict.reason
    assert "QUOD_LM_MAX_TOKENS" in trace.verdict.reason


# Faults of ours


async def test_an_error_of_the_language_model_comes_back_after_what_was_done_is_recorded(runtime: Runtime) -> None:
    record = Kept()
    error = LmUnavailableError("the server at http://127.0.0.1:1/v1 refuses connections: start it")
    with pytest.raises(LmUnavailableError) as caught:
        await solve(PROBLEM, [SYNTAX, error], runtime, record=record)
    assert [type(event) for event in record.events] == [TraceBegun, AttemptEnded, VerdictReached]
    last = record.events[-1]
    assert isinstance(last, VerdictReached)
    assert last.verdict.kind is VerdictKind.UNRESOLVED
    assert "refuses connections" in last.verdict.reason
    assert last.spent.attempts == 1
    assert caught.value.trace_id == last.trace_id


async def test_a_time_out_inside_the_language_model_is_not_taken_for_the_deadline(runtime: Runtime) -> None:
    with pytest.raises(TimeoutError):
        await solve(PROBLEM, [TimeoutError()], runtime)


async def test_a_fault_of_the_solvers_comes_back_after_its_completion_is_recorded() -> None:
    class Broken:
        async def solve(self, job: Job, limits: Limits) -> Run:
            raise WorkerCrashedError("prolog", "it ended twice")

    record = Kept()
    with pytest.raises(WorkerCrashedError):
        await solve(PROBLEM, [RIGHT], Broken(), record=record)
    assert [type(event) for event in record.events] == [TraceBegun, AttemptEnded, VerdictReached]
    assert isinstance(record.events[1], AttemptEnded)
    assert record.events[1].attempt.completion.text == RIGHT


async def test_a_damaged_prompt_comes_back_after_what_was_done_is_recorded(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        raise PromptError("prompt 'repair' v1 is missing")

    monkeypatch.setattr("app.reasoning.pipeline.repair", damaged)
    record = Kept()
    with pytest.raises(PromptError):
        await solve(PROBLEM, [SYNTAX, RIGHT], runtime, record=record)
    assert [type(event) for event in record.events] == [TraceBegun, AttemptEnded, VerdictReached]


@pytest.mark.parametrize("failing_at", [1, 2, 3])
async def test_what_cannot_be_recorded_surfaces_and_is_not_worked_on(runtime: Runtime, failing_at: int) -> None:
    lm = ScriptedLM(SYNTAX if failing_at == 2 else RIGHT)
    record = Kept(failing_at, StoreUnavailableError("the disk is full"))
    with pytest.raises(StoreUnavailableError):
        await solve(PROBLEM, [], runtime, lm=lm, record=record)
    assert len(lm.requests) == (0 if failing_at == 1 else 1)


async def test_a_cancelled_problem_has_an_end_in_its_record(runtime: Runtime) -> None:
    record = Kept()
    task = asyncio.create_task(solve(PROBLEM, [30.0, RIGHT], runtime, record=record))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    last = record.events[-1]
    assert isinstance(last, VerdictReached)
    assert last.verdict.reason == "the request was cancelled"


@pytest.mark.parametrize("text", ["", " \n\t", "How many\0?", "How many \ud83d?"])
async def test_what_is_no_text_is_refused_before_anything_is_recorded(text: str) -> None:
    record = Kept()
    with pytest.raises(ProblemError):
        await solve(Problem(text), [RIGHT], None, record=record)
    assert record.events == []


# Answers


async def test_several_answers_are_not_chosen_between(runtime: Runtime) -> None:
    reply = prolog("solve(3).\nsolve(5).\n% query: solve(X).")
    trace = await solve(PROBLEM, [reply], runtime, budget=Budget(attempts=1))
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert "3" in trace.verdict.reason
    assert "5" in trace.verdict.reason


async def test_smt_asks_whether_another_answer_fits(runtime: Runtime) -> None:
    head = "(declare-const x Int)\n(assert (! (< 2 x 5) :named between))\n"
    open_ended = await solve(IN_SMT, [smt(head + "; answer: x")], runtime, budget=Budget(attempts=1))
    assert open_ended.verdict.kind is VerdictKind.UNRESOLVED
    assert "x = 3" in open_ended.verdict.reason
    assert "x = 4" in open_ended.verdict.reason
    settled = await solve(IN_SMT, [smt(head + "(assert (> x 3))\n; answer: x")], runtime)
    assert settled.verdict.answer == "4"
    assert settled.evidence.inference["unique"] is True
    assert RunName.UNIQUENESS in settled.attempts[0].runs


@pytest.mark.parametrize(
    ("sort", "value", "answer"),
    [("Int", "(- 3)", "-3"), ("Real", "(/ 10 3)", "10/3"), ("Real", "(- (/ 1 4))", "-1/4"), ("Real", "2.5", "5/2")],
)
async def test_smt_numbers_are_exact_and_unique_whatever_their_form(
    runtime: Runtime, sort: str, value: str, answer: str
) -> None:
    reply = smt(f"(declare-const x {sort})\n(assert (= x {value}))\n; answer: x")
    problem = Problem("What is x?", Kind.ARITHMETIC, Language.SMT)
    trace = await solve(problem, [reply], runtime)
    assert trace.verdict.answer == answer
    assert trace.evidence.inference["unique"] is True


async def test_the_answer_to_a_puzzle_may_be_a_name_or_a_list(runtime: Runtime) -> None:
    problem = Problem("Who is first?", Kind.CONSTRAINT, Language.PROLOG)
    trace = await solve(problem, [prolog("solve([jon, 'Lea B']).\n% query: solve(X).")], runtime)
    assert trace.verdict.answer in ("[jon,'Lea B']", "[jon, 'Lea B']")
    smt_problem = Problem("Who is first?", Kind.CONSTRAINT, Language.SMT)
    script = (
        "(declare-datatypes ((P 0)) (((jon) (lea))))\n(declare-const a P)\n(declare-const b P)\n"
        "(assert (= a jon))\n(assert (distinct a b))\n; answer: b a"
    )
    trace = await solve(smt_problem, [smt(script)], runtime)
    assert trace.verdict.answer == "lea, jon"
    assert trace.evidence.inference["unique"] is True


async def test_an_individual_that_the_program_cannot_name_is_no_answer(runtime: Runtime) -> None:
    problem = Problem("Who is first?", Kind.CONSTRAINT, Language.SMT)
    script = "(declare-sort P 0)\n(declare-const a P)\n(declare-const b P)\n(assert (distinct a b))\n; answer: a"
    trace = await solve(problem, [smt(script)], runtime, budget=Budget(attempts=1))
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert "enumeration" in trace.verdict.reason


@pytest.mark.parametrize(
    ("program", "answer"),
    [
        ("(declare-const n Int)\n(assert (<= 0 n 7))\n(maximize n)\n; answer: n", "7"),
        ("(declare-const n Int)\n(assert (<= 0 n 7))\n(minimize (* 2 (- 7 n)))\n; answer: n", "7"),
        ("(declare-const x Real)\n(assert (<= (* 3 x) 10))\n(maximize x)\n; answer: x", "10/3"),
    ],
)
async def test_an_optimum_is_the_only_best_value(runtime: Runtime, program: str, answer: str) -> None:
    problem = Problem("What is the best?", Kind.OPTIMISATION, Language.SMT)
    trace = await solve(problem, [smt(program)], runtime)
    assert trace.verdict.answer == answer
    assert trace.evidence.inference["unique"] is True


@pytest.mark.parametrize("bound", ["(assert (> n 3))", "(assert (< n 3.0))"])
async def test_no_best_value_is_no_answer(runtime: Runtime, bound: str) -> None:
    problem = Problem("What is the best?", Kind.OPTIMISATION, Language.SMT)
    reply = smt(f"(declare-const n Real)\n{bound}\n(maximize n)\n; answer: n")
    trace = await solve(problem, [reply], runtime, budget=Budget(attempts=1))
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert "no best value" in trace.verdict.reason


async def test_a_labelling_that_is_not_committed_is_several_answers(runtime: Runtime) -> None:
    problem = Problem("What is the best?", Kind.OPTIMISATION, Language.PROLOG)
    head = ":- use_module(library(clpfd)).\nsolve(N) :- N in 1..5, "
    several = await solve(
        problem, [prolog(head + "labeling([max(N)], [N]).\n% query: solve(N).")], runtime, budget=Budget(attempts=1)
    )
    assert several.verdict.kind is VerdictKind.UNRESOLVED
    one = await solve(problem, [prolog(head + "once(labeling([max(N)], [N])).\n% query: solve(N).")], runtime)
    assert one.verdict.answer == "5"


@pytest.mark.parametrize(
    "body", ["X = _", "X = 3 + 4", "X = six", "{X > 3}", "X = [1, 2]"], ids=["unbound", "sum", "atom", "open", "list"]
)
async def test_what_is_no_number_answers_no_arithmetic(runtime: Runtime, body: str) -> None:
    reply = prolog(f":- use_module(library(clpq)).\nsolve(X) :- {body}.\n% query: solve(X).")
    trace = await solve(PROBLEM, [reply], runtime, budget=Budget(attempts=1))
    assert trace.verdict.kind is VerdictKind.UNRESOLVED
    assert trace.attempts[0].diagnostics


async def test_an_answer_of_a_puzzle_is_not_open(runtime: Runtime) -> None:
    reply = prolog(":- use_module(library(clpfd)).\nsolve(X) :- X in 1..3.\n% query: solve(X).")
    trace = await solve(
        Problem("Which?", Kind.CONSTRAINT, Language.PROLOG), [reply], runtime, budget=Budget(attempts=1)
    )
    assert trace.verdict.kind is VerdictKind.UNRESOLVED


# Gold answers


def test_no_type_on_the_way_to_a_prompt_has_a_place_for_an_answer() -> None:
    hints = typing.get_type_hints(solve_problem)
    assert hints["problem"] is Problem
    assert {field.name for field in fields(Problem)} == {"text", "kind", "language", "world"}
    allowed = {
        "problem",
        "lm",
        "solver",
        "record",
        "quod",
        "engines",
        "budget",
        "limits",
        "on_repeat",
        "sampling",
        "assurance",
        "checks",
        "trace_id",
    }
    assert set(inspect.signature(solve_problem).parameters) == allowed
    for name in ("budget", "limits", "sampling", "assurance", "checks"):
        assert is_dataclass(hints[name])
        words = {word for field in fields(hints[name]) for word in field.name.split("_")}
        assert not words & {"answer", "gold", "target", "expected", "solution"}
