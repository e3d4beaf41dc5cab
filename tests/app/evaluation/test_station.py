import asyncio
import json
import os
import signal

import pytest

from app.errors import LmSpecError
from app.evaluation import station as module
from app.evaluation.baseline import baseline_prompt, baseline_request, require_baseline
from app.evaluation.station import Station
from app.lm.types import Sampling
from app.problem import Kind, Problem, World
from app.reasoning.events import AttemptEnded, TraceBegun, VerdictReached
from app.reasoning.types import VerdictKind
from solvers.errors import WorkerCrashedError
from solvers.runtime import Runtime, RuntimeConfig
from solvers.types import Engine
from tests.app.evaluation.processes import fork_servers, gone, solver_children, until
from tests.app.evaluation.tasks import (
    HOPELESS,
    MORTAL,
    UNKNOWN,
    endless,
    pencils,
    settings,
    task,
    verdict_of,
    write_recording,
)
from tests.app.lm.server import completion, hangs, replies, running

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def lm(tmp_path_factory):
    return write_recording(tmp_path_factory.mktemp("recording") / "recording.jsonl")


@pytest.fixture(scope="module")
async def station(anyio_backend):
    async with Station(settings()) as open_station:
        yield open_station


async def test_a_sample_comes_back_with_every_event_of_its_trace(station, lm):
    asked = task(lm, pencils(3))
    run = await station.solve(asked)
    assert verdict_of(run).answer == "7"
    assert [type(event) for event in run.events] == [TraceBegun, AttemptEnded, VerdictReached]
    assert {event.trace_id for event in run.events} == {asked.trace_id}
    assert set(run.events[0].versions.engines) == {"prolog", "smt", "cvc5"}
    assert run.baseline is None


async def test_an_entailment_is_proved(station, lm):
    assert verdict_of(await station.solve(task(lm, MORTAL))).kind is VerdictKind.PROVED


async def test_no_verdict_is_no_failure(station, lm):
    verdict = verdict_of(await station.solve(task(lm, HOPELESS)))
    assert verdict.kind is VerdictKind.UNRESOLVED


async def test_the_baseline_is_the_reply_of_the_same_language_model(station, lm):
    run = await station.solve(task(lm, pencils(3), baseline=True))
    assert verdict_of(run).answer == "7"
    assert run.baseline.text == "Easy.\n#### 7"


async def test_a_baseline_of_a_translator_fails_before_anything_is_begun(station):
    run = await station.solve(task("embedded:", pencils(3), baseline=True))
    assert (run.events, run.failure.type, run.failure.passing) == ((), "LmSpecError", False)
    assert "--baseline" in run.failure.message


@pytest.mark.parametrize("spec", ["embedded:", "embedded:/a/folder"])
def test_a_translator_has_no_baseline(spec):
    with pytest.raises(LmSpecError, match="leave --baseline out"):
        require_baseline(spec)


@pytest.mark.parametrize(
    ("problem", "asked_for"),
    [
        (Problem("How many are 2 and 3?"), "one number"),
        (Problem("What is the most?", Kind.OPTIMISATION), "one number"),
        (Problem("Is it so?", Kind.ENTAILMENT), "`Unknown` if"),
        (Problem("Is it so?", Kind.ENTAILMENT, world=World.CLOSED), "and `False` if not"),
        (Problem("Who is it?", Kind.CONSTRAINT), "letter of"),
    ],
)
def test_the_prompt_of_the_baseline_asks_for_an_answer_of_its_kind(problem, asked_for):
    request = baseline_request(problem, Sampling())
    system, user = (message.content for message in request.messages)
    assert asked_for in system
    assert system.count("\n- ") == 1
    assert "####" in system
    assert user == problem.text
    assert (request.problem, request.attempt) == (problem.text, 0)
    assert baseline_prompt().name == "baseline"


async def test_a_problem_that_was_not_recorded_fails_for_good(station, lm):
    run = await station.solve(task(lm, UNKNOWN))
    assert (run.failure.type, run.failure.passing) == ("NoRecordedCompletionError", False)
    # What was done until then is there, with an end.
    assert isinstance(run.events[-1], VerdictReached)


@pytest.mark.parametrize("text", ["", "half a character \ud800"])
async def test_a_text_that_is_no_problem_fails_for_good(station, lm, text):
    run = await station.solve(task(lm, text))
    assert (run.events, run.failure.type, run.failure.passing) == ((), "ProblemError", False)


async def test_a_language_model_that_cannot_be_opened_fails_for_good_and_is_opened_once_it_can_be(station, tmp_path):
    file = tmp_path / "later.jsonl"
    run = await station.solve(task(f"recorded:{file}", pencils(3)))
    assert (run.failure.type, run.failure.passing) == ("LmSpecError", False)
    write_recording(file)
    assert verdict_of(await station.solve(task(f"recorded:{file}", pencils(3)))).answer == "7"


async def test_a_server_that_is_not_there_is_a_failure_that_passes(lm):
    async with Station(settings(lm_retries=0)) as own:
        run = await own.solve(task("http:m@http://127.0.0.1:9/v1", pencils(3)))
    assert (run.failure.type, run.failure.passing) == ("LmAwayError", True)


async def test_a_server_that_refuses_or_talks_nonsense_fails_for_good():
    async with (
        running(replies({"error": {"message": "no such key"}}, 401), replies(b"<html>")) as server,
        Station(settings(lm_retries=0)) as own,
    ):
        spec = f"http:m@{server.address}"
        runs = [await own.solve(task(spec, pencils(3))) for _ in range(2)]
    assert [(run.failure.type, run.failure.passing) for run in runs] == [
        ("LmRefusedError", False),
        ("LmReplyError", False),
    ]


async def test_a_language_model_that_never_answers_ends_with_the_budget():
    async with running(hangs(600)) as server, Station(settings()) as own:
        run = await own.solve(task(f"http:m@{server.address}", pencils(3), seconds=1.0))
    verdict = verdict_of(run)
    assert verdict.kind is VerdictKind.UNRESOLVED
    assert "1 seconds" in verdict.reason
    assert run.seconds < 60


async def test_a_baseline_that_never_comes_is_a_failure_that_passes():
    program = "```prolog\nsolve(X) :- X is 3 * 4 - 5.\n% query: solve(X).\n```"  # what it is worth is no matter here
    async with running(replies(completion(program)), hangs(600)) as server, Station(settings()) as own:
        run = await own.solve(task(f"http:m@{server.address}", pencils(3), seconds=20.0, baseline=True))
    assert (run.failure.type, run.failure.passing) == ("LmUnavailableError", True)
    assert isinstance(run.events[-1], VerdictReached)


async def test_a_sample_beyond_its_deadline_is_given_up_and_its_solver_ends(station, lm, monkeypatch):
    monkeypatch.setattr(module, "deadline_seconds", lambda task: 3.0)
    before = solver_children()
    run = await station.solve(endless(lm))
    assert (run.failure.type, run.failure.passing) == ("DeadlineError", False)
    assert run.seconds < 60
    await until(lambda: not solver_children() - before)


async def test_a_fault_of_ours_is_a_failure_with_its_name_and_is_logged(station, lm, monkeypatch, caplog):
    async def broken(*_, **__):
        raise ZeroDivisionError("there")

    monkeypatch.setattr(module, "solve_problem", broken)
    run = await station.solve(task(lm, pencils(3)))
    assert (run.failure.type, run.failure.message, run.failure.passing) == ("ZeroDivisionError", "there", False)
    assert "Traceback" in caplog.text


async def test_a_cancelled_sample_ends_its_solver_and_others_go_on(station, lm):
    before = solver_children()
    solving = asyncio.create_task(station.solve(endless(lm)))
    await until(lambda: solver_children() - before)
    solving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await solving
    await until(lambda: not solver_children() - before)
    assert verdict_of(await station.solve(task(lm, pencils(4)))).answer == "11"


async def test_a_sample_whose_solver_children_are_killed_fails_for_now_and_has_no_verdict(station, lm):
    before = solver_children()
    solving = asyncio.create_task(station.solve(endless(lm)))
    await _kill_twice(lambda: solver_children() - before)
    run = await solving
    assert (run.failure.type, run.failure.passing) == ("WorkerCrashedError", True)


async def test_a_sample_that_lost_a_run_about_its_answer_fails_for_now_and_has_no_weaker_verdict(
    station, lm, monkeypatch
):
    solve = Runtime.solve

    async def cut_short(self, job, limits, turns=None):
        if job.engine is Engine.CVC5:
            raise WorkerCrashedError("cvc5", "somebody killed its process")
        return await solve(self, job, limits, turns)

    monkeypatch.setattr(Runtime, "solve", cut_short)
    run = await station.solve(task(lm, MORTAL))
    assert (run.failure.type, run.failure.passing) == ("WorkerCrashedError", True)


async def _kill_twice(children):
    killed = set()
    for _ in range(2):
        for child in await until(lambda: children() - killed):
            os.kill(child, signal.SIGKILL)
            killed.add(child)


async def test_a_fork_server_that_is_killed_is_replaced_and_the_sample_goes_on(station, lm):
    for server in fork_servers():
        os.kill(server, signal.SIGKILL)
    assert verdict_of(await station.solve(task(lm, pencils(5)))).answer == "15"


async def test_equal_calls_are_made_once_where_there_is_a_cache_and_each_sample_has_its_own_trace(tmp_path):
    kept = {}

    class Cache:
        get = staticmethod(kept.get)
        put = staticmethod(kept.__setitem__)

    program = "```prolog\nsolve(X) :- X is 3 * 4 - 5.\n% query: solve(X).\n```"
    async with running(replies(completion(program))) as server, Station(settings(), Cache()) as own:
        tasks = [task(f"http:m@{server.address}", pencils(3)) for _ in range(3)]
        runs = await asyncio.gather(*(own.solve(each) for each in tasks))
    assert len(server.asked) == 1
    assert {run.events[0].trace_id for run in runs} == {each.trace_id for each in tasks}


async def test_a_closed_station_leaves_no_process(lm):
    before = fork_servers()
    async with Station(settings()) as own:
        await own.solve(task(lm, pencils(3)))
        mine = fork_servers() - before
        assert mine
    assert gone(mine)


async def test_a_station_with_the_engines_of_somebody_else_starts_none_and_leaves_them_with_turns_of_their_own(lm):
    async with Runtime(RuntimeConfig(concurrency=1)) as runtime:
        await runtime.health()
        before = fork_servers()
        async with Station(settings(concurrency=1), runtime=runtime) as own:
            solving = asyncio.create_task(own.solve(endless(lm)))
            await until(solver_children)
            assert fork_servers() == before
            assert all(health.error is None for health in (await runtime.health()).values())
            solving.cancel()
            await asyncio.wait({solving})
        assert all(health.error is None for health in (await runtime.health()).values())
        assert fork_servers() == before


def test_what_is_sent_to_be_solved_has_no_place_for_a_gold_answer(lm):
    words = json.dumps([*task(lm, "p").__dataclass_fields__, *Problem("p").__dataclass_fields__])
    assert not any(word in words for word in ("target", "gold", "answer"))
