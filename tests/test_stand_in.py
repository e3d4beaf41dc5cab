import asyncio
import json
import re
import subprocess
import sys
import time

import httpx
import pytest

from app.errors import LmRefusedError, LmUnavailableError
from app.lm.http import HttpLM
from app.lm.options import LmOptions
from app.lm.types import LmRequest
from app.problem import Kind, Problem
from app.reasoning.formalise import formalise
from app.samples.record import RECORDING, load_entries
from solvers.types import Language
from tests.stand_in import Faults, Script, StandIn

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

ENTRIES = [entry for entry in load_entries().values() if not entry.corroboration and "```prolog" in entry.completion]
OPTIONS = LmOptions(retries=0, total_seconds=60.0, max_in_flight=64)


@pytest.fixture(scope="module")
def script():
    return Script(RECORDING, None)


def request(problem, language=Language.PROLOG):
    rendered = formalise(Problem(problem), Kind.ARITHMETIC, language)
    return LmRequest(rendered.messages, problem, 1)


async def ask(server, problem, options=OPTIONS):
    return (await ask_all(server, [problem], options))[0]


async def ask_all(server, problems, options=OPTIONS):
    """What is written for each, all at the same time; a server that is not there is an exception."""
    lm = HttpLM("stand-in", server.address, options)
    try:
        completions = await asyncio.gather(*(lm.complete(request(problem)) for problem in problems))
        return [completion.text for completion in completions]
    finally:
        await lm.close()


async def outcomes(server, problems):
    """What each problem gets at one try, a fault too."""
    lm = HttpLM("stand-in", server.address, OPTIONS)

    async def outcome(problem):
        try:
            return (await lm.complete(request(problem))).text
        except LmUnavailableError as error:
            return error

    try:
        return [await outcome(problem) for problem in problems]
    finally:
        await lm.close()


def kinds(outcomes):
    """The outcomes, where faults of one kind are alike."""
    return [type(each) if isinstance(each, Exception) else each for each in outcomes]


async def test_a_problem_gets_what_is_recorded_for_it(script):
    async with StandIn(script) as server:
        written = await ask_all(server, [entry.problem for entry in ENTRIES])
        assert written == [entry.completion for entry in ENTRIES]
        assert server.counted()["completions"] == len(ENTRIES)


async def test_a_problem_that_nobody_recorded_is_refused(script):
    async with StandIn(script) as server:
        with pytest.raises(LmRefusedError, match="nothing is recorded"):
            await ask(server, "How much is the fish?")


async def test_a_repair_gets_the_next_attempt(tmp_path):
    lines = [{"problem": "P", "attempt": n, "completion": f"```prolog\nsolve({n}).\n```\n"} for n in (1, 2)]
    file = tmp_path / "two.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    script = Script(file, None)
    first = [{"role": "system", "content": "S"}, {"role": "user", "content": "Translate.\n\nP"}]
    shown = {"role": "assistant", "content": "```prolog\nsolve(1).\n```"}
    last = {"role": "assistant", "content": "```prolog\nsolve(2).\n```"}
    wrong = {"role": "user", "content": "That is wrong."}
    assert "solve(1)" in script.completion("P", first)[0]
    assert "solve(2)" in script.completion("P", [*first, shown, wrong])[0]
    assert "solve(2)" in script.completion("P", [*first, last, wrong])[0]


async def test_with_a_table_of_answers_it_writes_the_program_that_states_them(tmp_path):
    table = tmp_path / "answers.jsonl"
    table.write_text('{"problem": "How many are six times seven?", "answer": 42}\n')
    async with StandIn(Script(None, table)) as server:
        assert "{X = 42}" in await ask(server, "How many are six times seven?")


async def test_two_runs_meet_the_same_faults_and_the_same_problems_get_garbage(script):
    faults = Faults(errors=0.2, resets=0.1, garbage=0.25)
    problems = [entry.problem for entry in ENTRIES[:25]]
    async with StandIn(script, faults, seed=3) as one, StandIn(script, faults, seed=3) as two:
        first, second = await outcomes(one, problems), await outcomes(two, reversed(problems))
        assert kinds(first) == kinds(second)[::-1]
        assert min(one.counts["errors"], one.counts["resets"], one.counts["garbage"]) > 0
        # A fault is another one at the next try; garbage stays.
        again = await outcomes(one, problems)
        assert kinds(again) != kinds(first)
        replied = [pair for pair in zip(first, again, strict=True) if all(isinstance(each, str) for each in pair)]
        assert len(replied) > 5
        assert all(text == other for text, other in replied)
    async with StandIn(script, faults, seed=4) as other:
        assert kinds(await outcomes(other, problems)) != kinds(first)


async def test_above_its_rate_it_asks_to_come_later(script):
    async with StandIn(script, Faults(rate_limit=2.0)) as server, httpx.AsyncClient() as client:
        body = {"messages": [{"role": "user", "content": ENTRIES[0].problem}]}
        replies = [await client.post(f"{server.address}/chat/completions", json=body) for _ in range(12)]
        assert 429 in {reply.status_code for reply in replies}
        assert next(reply for reply in replies if reply.status_code == 429).headers["Retry-After"] == "1"


async def test_it_can_be_put_down_and_up_again_while_it_runs(script):
    async with StandIn(script) as server, httpx.AsyncClient() as client:
        root = server.address.removesuffix("/v1")
        assert (await client.post(f"{root}/control", json={"down": True})).json()["down"] is True
        with pytest.raises(LmUnavailableError):
            await ask(server, ENTRIES[0].problem)
        await client.post(f"{root}/control", json={"down": False})
        assert await ask(server, ENTRIES[0].problem) == ENTRIES[0].completion
        assert (await client.get(f"{root}/counts")).json() | {"at_once": 0} == server.counted()
        assert (await client.post(f"{root}/control", json={"dwon": True})).status_code == 422


async def test_it_goes_down_by_itself_and_comes_back(script):
    async with StandIn(script, Faults(down_after=3, down_for=1.0)) as server:
        for _ in range(3):
            await ask(server, ENTRIES[0].problem)
        began = time.monotonic()
        with pytest.raises(LmUnavailableError):
            await ask(server, ENTRIES[0].problem)
        patient = LmOptions(retries=20, retry_seconds=0.1, max_retry_seconds=0.2, total_seconds=60.0)
        assert await ask(server, ENTRIES[0].problem, patient) == ENTRIES[0].completion
        assert time.monotonic() - began >= 0.9


async def test_a_slow_body_arrives_whole(script):
    async with StandIn(script, Faults(slow_streams=1.0, slow_seconds=0.3)) as server:
        began = time.monotonic()
        assert await ask(server, ENTRIES[0].problem) == ENTRIES[0].completion
        assert time.monotonic() - began >= 0.25


async def test_latency_is_that_of_each_request_and_not_of_all_together(script):
    async with StandIn(script, Faults(latency=1.0, jitter=0.2)) as server:
        began = time.monotonic()
        await ask_all(server, [entry.problem for entry in ENTRIES[:30]])
        assert 0.8 <= time.monotonic() - began < 20
        assert server.most_at_once == 30


def test_as_a_program_it_says_where_it_is_and_ends_when_told():
    command = [sys.executable, "-m", "tests.stand_in", "--completions", str(RECORDING), "--errors", "0.05"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        address = re.fullmatch(r"stand-in: ready at (http://127\.0\.0\.1:\d+/v1)\n", process.stdout.readline())[1]
        assert httpx.get(f"{address}/models").json()["data"][0]["id"] == "stand-in"
        process.terminate()
        assert process.wait(30) == 0
