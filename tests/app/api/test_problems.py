"""`POST /v1/solve`: the verdict of a problem, in the foreground, in the background, and once per key."""

import asyncio

import pytest

from tests.app.api.conftest import (
    COMPLETIONS,
    HOPELESS,
    MORTAL,
    PENCILS,
    REPAIRED,
    assert_problem,
    opened,
    settings_for,
)
from tests.app.lm.server import completion, hangs, replies, replies_late, running

pytestmark = pytest.mark.anyio

PENCILS_COMPLETION = completion(COMPLETIONS[0][1])


async def finished(client, location, seconds=60.0):
    """The trace at `location` as soon as it does not grow any more."""
    async with asyncio.timeout(seconds):
        # Over HTTP there is nothing to wait on but the trace itself.
        while (trace := (await client.get(location)).json())["status"] == "running":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return trace


async def test_a_problem_is_answered_with_its_evidence_and_every_attempt(client):
    reply = await client.post("/v1/solve", json={"problem": PENCILS})
    assert reply.status_code == 200
    trace = reply.json()
    verdict = {"kind": "answered", "answer": "7", "trust": "certified", "reason": "the only answer"}
    assert trace["verdict"] == {**verdict, "calibration": None}
    assert set(trace["evidence"]) == {"execution", "inference", "certificate", "translation"}
    assert (trace["kind"], trace["language"]) == ("arithmetic", "prolog")
    [attempt] = trace["attempts"]
    assert attempt["number"] == 1
    assert attempt["formalisation"]["query"] == "solve(X)"
    assert attempt["run"]["outcome"]["answers"] == [{"X": "7"}]
    assert attempt["run"]["sandbox"]["seccomp"] is True
    assert attempt["check"]["result"] == "confirmed"
    assert trace["evidence"]["certificate"]["does_not_cover"] == "whether the program says what the problem says"
    assert trace["versions"]["engines"]["prolog"]
    assert trace["usage"]["attempts"] == 1


async def test_what_solve_returns_is_what_the_trace_says_afterwards(client):
    trace = (await client.post("/v1/solve", json={"problem": MORTAL})).json()
    assert trace["verdict"]["kind"] == "proved"
    assert (await client.get(f"/v1/traces/{trace['id']}")).json() == trace


async def test_an_entailment_shows_each_of_its_runs_by_name(client):
    [attempt] = (await client.post("/v1/solve", json={"problem": MORTAL})).json()["attempts"]
    assert attempt["run_name"] == "premises_and_not_conclusion"
    assert attempt["run"]["outcome"]["kind"] == "unsatisfiable"
    assert attempt["further_runs"]["premises_and_conclusion"]["outcome"]["kind"] == "satisfiable"


async def test_a_repair_is_an_attempt_of_the_same_trace(client):
    trace = (await client.post("/v1/solve", json={"problem": REPAIRED})).json()
    first, second = trace["attempts"]
    assert [item["class"] for item in first["diagnostics"]] == ["existence"]
    assert second["run"]["status"] == "finished"
    assert trace["verdict"]["answer"] == "5"


async def test_an_unresolved_problem_is_a_result_and_no_error(client):
    reply = await client.post("/v1/solve", json={"problem": HOPELESS})
    assert reply.status_code == 200
    trace = reply.json()
    assert trace["verdict"]["kind"] == "unresolved"
    assert trace["verdict"]["trust"] is None
    assert trace["verdict"]["reason"]
    assert trace["attempts"][0]["formalisation"] is None
    assert trace["attempts"][0]["run"] is None


async def test_the_wished_kind_language_and_limits_are_used(client):
    body = {
        "problem": PENCILS,
        "kind": "arithmetic",
        "language": "prolog",
        "limits": {"wall_seconds": 20, "memory_mib": 64},
    }
    trace = (await client.post("/v1/solve", json=body)).json()
    assert trace["problem"] == {"text": PENCILS, "kind": "arithmetic", "language": "prolog", "world": "open"}
    assert trace["versions"]["limits"]["wall_seconds"] == 20.0
    assert trace["versions"]["limits"]["memory_mib"] == 64


async def test_the_budget_bounds_the_attempts(client):
    trace = (await client.post("/v1/solve", json={"problem": HOPELESS, "budget": {"attempts": 2}})).json()
    assert len(trace["attempts"]) == 2


async def test_respond_async_answers_at_once_and_the_trace_at_location_comes_to_its_verdict(client):
    reply = await client.post("/v1/solve", json={"problem": PENCILS}, headers={"Prefer": "respond-async"})
    assert reply.status_code == 202
    assert reply.headers["preference-applied"] == "respond-async"
    trace = await finished(client, reply.headers["location"])
    assert trace["id"] == reply.json()["id"]
    assert trace["verdict"]["answer"] == "7"


async def test_respond_async_with_wait_answers_200_if_the_work_ends_in_time(client):
    reply = await client.post("/v1/solve", json={"problem": PENCILS}, headers={"Prefer": "respond-async, wait=20"})
    assert reply.status_code == 200
    assert reply.json()["verdict"]["answer"] == "7"


async def test_background_work_is_bounded_and_one_more_is_refused(tmp_path):
    async with running(hangs()) as lm:
        settings = settings_for(
            tmp_path, lm=f"http:m@{lm.address}", background_concurrency=1, background_queue=1, lm_retries=0
        )
        async with opened(settings) as client:
            prefer = {"Prefer": "respond-async"}
            first = await client.post("/v1/solve", json={"problem": PENCILS}, headers=prefer)
            second = await client.post("/v1/solve", json={"problem": PENCILS}, headers=prefer)
            assert (first.status_code, second.status_code) == (202, 202)
            waiting = (await client.get(second.headers["location"])).json()
            assert waiting["status"] == "running"
            assert waiting["attempts"] == []
            refused = await client.post("/v1/solve", json={"problem": PENCILS}, headers=prefer)
            assert_problem(refused, 503, "too-busy")
            assert refused.headers["retry-after"]
            await asyncio.wait_for(lm.arrived.wait(), 60)
            assert len(lm.asked) == 1


async def test_background_work_that_fails_says_so_in_its_trace(tmp_path):
    async with running(replies(b"<html>gateway</html>")) as lm:
        settings = settings_for(tmp_path, lm=f"http:m@{lm.address}", lm_retries=0)
        async with opened(settings) as client:
            reply = await client.post("/v1/solve", json={"problem": PENCILS}, headers={"Prefer": "respond-async"})
            trace = await finished(client, reply.headers["location"])
            assert trace["verdict"]["kind"] == "unresolved"
            assert "language model" in trace["verdict"]["reason"]


async def test_a_language_model_that_cannot_be_reached_is_a_503_that_names_the_trace(tmp_path):
    settings = settings_for(tmp_path, lm="http:m@http://127.0.0.1:9/v1", lm_retries=0)
    async with opened(settings) as client:
        body = assert_problem(
            await client.post("/v1/solve", json={"problem": PENCILS}), 503, "language-model-unavailable"
        )
        trace = (await client.get(f"/v1/traces/{body['trace_id']}")).json()
        assert trace["verdict"]["kind"] == "unresolved"


async def test_a_language_model_that_returns_html_is_a_502(tmp_path):
    async with (
        running(replies(b"<html>gateway</html>")) as lm,
        opened(settings_for(tmp_path, lm=f"http:m@{lm.address}", lm_retries=0)) as client,
    ):
        assert_problem(await client.post("/v1/solve", json={"problem": PENCILS}), 502, "language-model-reply")


async def test_a_wrong_key_is_a_502_and_shown_nowhere(tmp_path):
    async with running(replies({"error": {"message": "bad key"}}, status=401)) as lm:
        settings = settings_for(tmp_path, lm=f"http:m@{lm.address}", lm_retries=0, lm_api_key="sk-secret")
        async with opened(settings) as client:
            reply = await client.post("/v1/solve", json={"problem": PENCILS})
            assert_problem(reply, 502, "language-model-refused")
            assert "sk-secret" not in reply.text
            assert "sk-secret" not in (await client.get("/v1/info")).text


async def test_without_a_language_model_the_error_says_how_to_choose_one(client, tmp_path):
    body = assert_problem(
        await client.post("/v1/solve", json={"problem": "Nobody recorded this."}), 503, "no-language-model"
    )
    assert "QUOD_LM" in body["detail"]


async def test_the_same_key_with_the_same_body_gives_the_same_trace(client):
    headers = {"Idempotency-Key": "same-1"}
    first = await client.post("/v1/solve", json={"problem": PENCILS}, headers=headers)
    second = await client.post("/v1/solve", json={"problem": PENCILS, "kind": "auto"}, headers=headers)
    assert first.status_code == second.status_code == 200
    assert second.json() == first.json()


async def test_the_same_key_in_the_background_gives_the_same_location(client):
    headers = {"Idempotency-Key": "same-2", "Prefer": "respond-async"}
    first = await client.post("/v1/solve", json={"problem": PENCILS}, headers=headers)
    second = await client.post("/v1/solve", json={"problem": PENCILS}, headers=headers)
    assert first.status_code == second.status_code == 202
    assert second.headers["location"] == first.headers["location"]


async def test_the_same_key_with_another_body_is_refused(client):
    headers = {"Idempotency-Key": "other-body"}
    await client.post("/v1/solve", json={"problem": PENCILS}, headers=headers)
    reply = await client.post("/v1/solve", json={"problem": MORTAL}, headers=headers)
    assert_problem(reply, 422, "idempotency-key-reused")


async def test_the_same_key_while_it_is_worked_on_is_a_409(tmp_path):
    async with (
        running(replies_late(3.0, PENCILS_COMPLETION)) as lm,
        opened(settings_for(tmp_path, lm=f"http:m@{lm.address}")) as client,
    ):
        headers = {"Idempotency-Key": "twice"}
        first = asyncio.create_task(client.post("/v1/solve", json={"problem": PENCILS}, headers=headers))
        await asyncio.wait_for(lm.arrived.wait(), 60)
        second = await client.post("/v1/solve", json={"problem": PENCILS}, headers=headers)
        assert_problem(second, 409, "still-running")
        trace = (await first).json()
        assert second.headers["location"] == f"/v1/traces/{trace['id']}"
        assert len(lm.asked) == 1


async def test_two_requests_with_one_key_at_the_same_time_are_worked_on_once(client):
    headers = {"Idempotency-Key": "race"}
    replies = await asyncio.gather(
        *(client.post("/v1/solve", json={"problem": PENCILS}, headers=headers) for _ in range(5))
    )
    answered = {reply.json()["id"] for reply in replies if reply.status_code == 200}
    assert len(answered) == 1
    assert {reply.status_code for reply in replies} <= {200, 409}


async def test_a_key_whose_request_failed_is_free_again(tmp_path):
    async with (
        running(replies(b"<html>"), replies(PENCILS_COMPLETION)) as lm,
        opened(settings_for(tmp_path, lm=f"http:m@{lm.address}", lm_retries=0)) as client,
    ):
        headers = {"Idempotency-Key": "again"}
        failed = await client.post("/v1/solve", json={"problem": PENCILS}, headers=headers)
        assert failed.status_code == 502
        again = await client.post("/v1/solve", json={"problem": PENCILS}, headers=headers)
        assert again.json()["verdict"]["answer"] == "7"


@pytest.mark.parametrize("key", ["", " ", "with space", "x" * 256, "tab\there"])
async def test_a_key_that_is_none_is_refused(client, key):
    reply = await client.post("/v1/solve", json={"problem": PENCILS}, headers={"Idempotency-Key": key})
    assert_problem(reply, 400, "invalid-header")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/problem"),
        ({"problem": ""}, "/problem"),
        ({"problem": "  \n"}, "/problem"),
        ({"problem": "a\0b"}, "/problem"),
        ({"problem": 3}, "/problem"),
        ({"problem": "x", "kind": "riddle"}, "/kind"),
        ({"problem": "x", "language": "french"}, "/language"),
        ({"problem": "x", "world": "flat"}, "/world"),
        ({"problem": "x", "limits": {"wall_seconds": -1}}, "/limits/wall_seconds"),
        ({"problem": "x", "limits": {"wall_seconds": 0}}, "/limits/wall_seconds"),
        ({"problem": "x", "limits": {"wall_seconds": "10"}}, "/limits/wall_seconds"),
        ({"problem": "x", "limits": {"memory_mib": 1.5}}, "/limits/memory_mib"),
        ({"problem": "x", "limits": {"max_answers": True}}, "/limits/max_answers"),
        ({"problem": "x", "limits": {"wal_seconds": 1}}, "/limits/wal_seconds"),
        ({"problem": "x", "budget": {"attempts": 0}}, "/budget/attempts"),
        ({"problem": "x", "answer": "7"}, "/answer"),
    ],
)
async def test_a_request_that_is_not_as_documented_says_where(client, body, pointer):
    problem = assert_problem(await client.post("/v1/solve", json=body), 422, "invalid-request")
    assert pointer in [fault["pointer"] for fault in problem["errors"]]


@pytest.mark.parametrize(
    ("body", "pointer", "maximum"),
    [
        ({"limits": {"wall_seconds": 61}}, "/limits/wall_seconds", "60"),
        ({"limits": {"memory_mib": 4096}}, "/limits/memory_mib", "2048"),
        ({"budget": {"attempts": 11}}, "/budget/attempts", "10"),
        ({"budget": {"seconds": 601}}, "/budget/seconds", "600"),
    ],
)
async def test_a_limit_above_the_maximum_says_the_maximum(client, body, pointer, maximum):
    problem = assert_problem(await client.post("/v1/solve", json={"problem": "x", **body}), 422, "limit-above-maximum")
    [fault] = problem["errors"]
    assert fault["pointer"] == pointer
    assert maximum in fault["detail"]


async def test_a_problem_of_more_than_32_kilobytes_is_refused_and_one_of_32_is_not(client):
    long = assert_problem(await client.post("/v1/solve", json={"problem": "é" * 16_001}), 422, "text-too-long")
    assert long["errors"][0]["pointer"] == "/problem"
    # It is not recorded either, so it gets as far as the language model.
    fits = await client.post("/v1/solve", json={"problem": "é" * 16_000})
    assert_problem(fits, 503, "no-language-model")


async def test_right_to_left_text_comes_back_as_it_was_sent(client):
    text = "\u202eכמה זה 2 ועוד 2?\u202c 👩‍👩‍👧 \u200f"
    body = (await client.post("/v1/solve", json={"problem": text})).json()
    trace = (await client.get(f"/v1/traces/{body['trace_id']}")).json()
    assert trace["problem"]["text"] == text


async def test_a_client_that_leaves_ends_the_work(tmp_path):
    async with running(hangs()) as lm, opened(settings_for(tmp_path, lm=f"http:m@{lm.address}")) as client:
        left = asyncio.Event()

        parts = [{"type": "http.request", "body": b'{"problem": "x?"}', "more_body": False}]

        async def receive():
            if parts:
                return parts.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        sent = []

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/solve",
            "raw_path": b"/v1/solve",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json"), (b"idempotency-key", b"left")],
            "scheme": "http",
            "server": ("quod", 80),
            "client": ("127.0.0.1", 1),
            "http_version": "1.1",
            "asgi": {"version": "3.0"},
            "root_path": "",
        }
        request = asyncio.create_task(client.app(scope, receive, send))
        await asyncio.wait_for(lm.arrived.wait(), 60)
        left.set()
        await asyncio.wait_for(request, 20)
        [trace] = (await client.get("/v1/traces")).json()["data"]
        assert trace["verdict"]["kind"] == "unresolved"
        # The key is free for another body.
        headers = {"Idempotency-Key": "left", "Prefer": "respond-async"}
        assert (await client.post("/v1/solve", json={"problem": "y?"}, headers=headers)).status_code == 202


async def test_work_in_the_background_survives_the_end_of_its_request_but_not_that_of_the_service(tmp_path):
    async with running(hangs()) as lm:
        settings = settings_for(tmp_path, lm=f"http:m@{lm.address}")
        async with opened(settings) as client:
            reply = await client.post("/v1/solve", json={"problem": "x?"}, headers={"Prefer": "respond-async"})
            await asyncio.wait_for(lm.arrived.wait(), 60)
            assert (await client.get(reply.headers["location"])).json()["status"] == "running"
    async with opened(settings_for(tmp_path)) as client:
        trace = (await client.get(reply.headers["location"])).json()
        assert trace["status"] != "running"
        assert trace["verdict"]["kind"] == "unresolved"


async def test_a_completion_is_asked_for_once_and_then_taken_from_the_cache(tmp_path):
    async with (
        running(replies(PENCILS_COMPLETION)) as lm,
        opened(settings_for(tmp_path, lm=f"http:m@{lm.address}")) as client,
    ):
        first = (await client.post("/v1/solve", json={"problem": PENCILS})).json()
        second = (await client.post("/v1/solve", json={"problem": PENCILS})).json()
    assert len(lm.asked) == 1
    assert [trace["attempts"][0]["completion"]["cached"] for trace in (first, second)] == [False, True]


async def test_a_client_may_choose_the_request_id(client):
    reply = await client.get("/livez", headers={"X-Request-ID": "mine-1"})
    assert reply.headers["x-request-id"] == "mine-1"
    odd = await client.get("/livez", headers={"X-Request-ID": "not an id\x7f"})
    assert odd.headers["x-request-id"].startswith("req_")
