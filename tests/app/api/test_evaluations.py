"""Evaluations over HTTP, worked on by the service itself: begun, followed, asked, reported, compared."""

import asyncio
import csv
import io
import json
import re
import time

import httpx
import pytest

from app.api import evaluation_results
from app.evaluation.exports import MEDIA_TYPES, Format
from app.store.evaluation_types import ENDED, State
from tests.app.api.conftest import HOPELESS, MORTAL, PENCILS, REPAIRED, assert_problem, opened, settings_for
from tests.app.api.serving import serving

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

ROWS = [
    {"id": "pencils", "problem": PENCILS, "target": "7"},
    {"id": "mortal", "problem": MORTAL, "target": "True", "kind": "entailment"},
    {"id": "marbles", "problem": REPAIRED, "target": "6"},
    {"id": "hopeless", "problem": HOPELESS, "target": "99991"},
    {"id": "unrecorded", "problem": "Dan has 2 kites and buys 3 more. How many kites has Dan?", "target": "5"},
]
NEVER = "evl_01KAMV0G6Q0000000000000000"
UNREACHABLE = "http:m@http://127.0.0.1:9/v1"


async def dataset(client, rows=ROWS):
    content = "\n".join(map(json.dumps, rows))
    reply = await client.post(
        "/v1/datasets", params={"name": "five"}, content=content, headers={"content-type": "application/jsonl"}
    )
    assert reply.status_code in (200, 201), reply.text
    return reply.json()["sha256"]


async def begin(client, rows=ROWS, **asked):
    reply = await client.post("/v1/evaluations", json={"dataset": await dataset(client, rows), **asked})
    assert reply.status_code == 201, reply.text
    return reply.json()["id"]


async def until(client, evaluation_id, states=ENDED, seconds=300):
    deadline = time.monotonic() + seconds
    while (body := (await client.get(f"/v1/evaluations/{evaluation_id}")).json())["state"] not in states:
        assert time.monotonic() < deadline, body
        await asyncio.sleep(0.2)
    return body


@pytest.fixture(scope="module")
async def done(client):
    """The id of an evaluation that has ended."""
    evaluation_id = await begin(client)
    assert (await until(client, evaluation_id))["state"] == "completed"
    return evaluation_id


def events_of(reply):
    """(id, event, data) of each event of a stream."""
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in reply.text.split("\n\n") if block]
    return [(int(block["id"]), block["event"], json.loads(block["data"])) for block in blocks if "id" in block]


# One evaluation


async def test_the_service_works_on_an_evaluation_to_its_end_and_says_what_came_of_it(client, done):
    body = (await client.get(f"/v1/evaluations/{done}")).json()
    assert body["counts"] == {"correct": 2, "wrong": 1, "abstained": 1, "errored": 1, "waiting": 0}
    assert (body["state"], body["reason"], body["owned"], body["attended"]) == ("completed", "", False, False)
    assert body["dataset"]["samples"] == 5
    assert body["config"]["epochs"] == 1
    assert body["lm"]["backend"] == "recorded"
    assert body["versions"]["engines"]["prolog"]
    assert body["seconds_left"] is None
    metrics = body["metrics"]
    assert metrics["results"] == 5
    assert (metrics["accuracy"]["part"], metrics["accuracy"]["of"], metrics["accuracy"]["value"]) == (2, 5, 0.4)
    assert metrics["errors"] == {"NoRecordedCompletionError": 1}


async def test_each_result_has_its_gold_answer_and_its_trace_and_no_prompt_holds_the_gold_answer(client, done):
    page = (await client.get(f"/v1/evaluations/{done}/samples")).json()
    by_id = {sample["sample_id"]: sample for sample in page["data"]}
    assert by_id.keys() == {row["id"] for row in ROWS}
    assert (by_id["marbles"]["outcome"], by_id["marbles"]["answer"], by_id["marbles"]["target"]) == ("wrong", "5", "6")
    assert len(by_id["marbles"]["attempts"]) == 2
    assert by_id["unrecorded"]["error_type"] == "NoRecordedCompletionError"
    hopeless = by_id["hopeless"]
    assert hopeless["trace"] == f"/v1/traces/{hopeless['trace_id']}"
    trace = await client.get(hopeless["trace"])
    assert trace.json()["problem"]["text"] == HOPELESS
    assert trace.json()["attempts"]
    assert hopeless["target"] not in trace.text


async def test_results_are_filtered_and_come_in_pages(client, done):
    async def ids(**wanted):
        page = (await client.get(f"/v1/evaluations/{done}/samples", params=wanted)).json()
        return sorted(sample["sample_id"] for sample in page["data"])

    assert await ids(outcome="correct") == ["mortal", "pencils"]
    assert await ids(outcome="correct", sample_id="mortal") == ["mortal"]
    assert await ids(error_class="existence") == ["marbles"]
    assert await ids(epoch=2) == []
    trust = (await client.get(f"/v1/evaluations/{done}/samples", params={"sample_id": "mortal"})).json()["data"][0]
    assert "mortal" in await ids(trust=trust["trust"])
    found, after, more = [], 0, True
    while more:
        page = (await client.get(f"/v1/evaluations/{done}/samples", params={"limit": 2, "after": after})).json()
        found += [sample["sample_id"] for sample in page["data"]]
        after, more = page["last_id"], page["has_more"]
    assert sorted(found) == await ids()


async def test_an_evaluation_that_has_ended_refuses_what_makes_no_sense_and_says_what_can_be_done(client, done):
    for asked in ("pause", "resume", "cancel"):
        problem = assert_problem(await client.post(f"/v1/evaluations/{done}/{asked}"), 409, "evaluation-state")
        assert "completed" in problem["detail"]
        assert "retry-errored" in problem["detail"]


async def test_what_errored_is_solved_again_when_asked_for(client):
    evaluation_id = await begin(client, limit=5, sample_seed=1)
    await until(client, evaluation_id)
    reply = await client.post(f"/v1/evaluations/{evaluation_id}/retry-errored")
    assert reply.json()["counts"]["waiting"] == 1
    body = await until(client, evaluation_id)
    assert (body["counts"]["errored"], body["counts"]["waiting"]) == (1, 0)
    # Correct, wrong and abstained ones alone are not retried.
    fine = await begin(client, ROWS[:1])
    await until(client, fine)
    assert_problem(await client.post(f"/v1/evaluations/{fine}/retry-errored"), 409, "evaluation-state")


# The stream of events


async def test_a_listener_hears_everything_in_order_and_the_stream_ends_with_the_evaluation(client):
    evaluation_id = await begin(client)
    # While it is worked on: this returns when the stream has ended.
    reply = await client.get(f"/v1/evaluations/{evaluation_id}/events", timeout=300)
    assert reply.headers["content-type"].startswith("text/event-stream")
    heard = events_of(reply)
    assert [number for number, _, _ in heard] == list(range(1, len(heard) + 1))
    assert sorted(data["sample_id"] for _, kind, data in heard if kind == "result") == sorted(r["id"] for r in ROWS)
    states = [data["state"] for _, kind, data in heard if kind == "state"]
    assert states[:2] == ["queued", "in_progress"]
    assert states[-1] == "completed"
    assert heard[-1][1] == "state"


async def test_a_listener_that_comes_again_misses_nothing_and_gets_nothing_twice(client, done):
    path = f"/v1/evaluations/{done}/events"
    every = events_of(await client.get(path))
    for last, _, _ in every[:-1]:
        rest = events_of(await client.get(path, headers={"Last-Event-ID": str(last)}))
        assert rest == [event for event in every if event[0] > last]
    # The browser's EventSource takes 204 as the end of it.
    assert (await client.get(path, headers={"Last-Event-ID": str(every[-1][0])})).status_code == 204


async def test_a_last_event_id_that_is_no_number_is_refused(client, done):
    reply = await client.get(f"/v1/evaluations/{done}/events", headers={"Last-Event-ID": "x"})
    assert_problem(reply, 422, "invalid-request")


async def test_a_stream_without_events_says_every_fifteen_seconds_that_it_lives(tmp_path, monkeypatch):
    assert evaluation_results.COMMENT_SECONDS == 15.0
    monkeypatch.setattr(evaluation_results, "COMMENT_SECONDS", 0.2)
    monkeypatch.setattr(evaluation_results, "LOOK_SECONDS", 0.05)
    settings = settings_for(tmp_path, lm=UNREACHABLE, lm_retries=0, lm_connect_seconds=1.0, lm_seconds=5.0)
    async with opened(settings) as client:
        evaluation_id = await begin(client)
        await client.post(f"/v1/evaluations/{evaluation_id}/pause")
        await until(client, evaluation_id, {"paused"})
        began = time.monotonic()
        listening = asyncio.create_task(client.get(f"/v1/evaluations/{evaluation_id}/events", timeout=300))
        for _ in range(20):  # time in which the machine stands still is in one of them alone
            await asyncio.sleep(0.1)
        await client.post(f"/v1/evaluations/{evaluation_id}/cancel")
        reply = await listening
        seconds = time.monotonic() - began
    heard = events_of(reply)
    assert [number for number, _, _ in heard] == list(range(1, len(heard) + 1))
    assert heard[-1][2]["state"] == "cancelled"
    comments = reply.text.split("\n\n").count(": ping")
    assert 2 <= comments <= seconds / 0.2


# For people, and beside another


async def test_the_report_is_one_page_that_needs_nothing_and_links_each_failure_to_its_trace(client, done):
    page = await client.get(f"/evaluations/{done}/report")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "2 of 5 problems are right" in page.text
    wrong = (await client.get(f"/v1/evaluations/{done}/samples", params={"outcome": "wrong"})).json()["data"][0]
    assert f'href="{wrong["trace"]}"' in page.text
    assert (await client.get(f"/v1/evaluations/{done}/report")).text == page.text


@pytest.mark.parametrize("format", list(Format))
async def test_an_export_is_a_file_with_the_results(client, done, format):
    reply = await client.get(f"/v1/evaluations/{done}/export", params={"format": format})
    assert reply.status_code == 200
    assert reply.headers["content-type"] == MEDIA_TYPES[format]
    assert re.fullmatch(r'attachment; filename="[\w+.-]+\.(jsonl?|csv)"', reply.headers["content-disposition"])
    match format:
        case Format.CSV:
            outcomes = [row["outcome"] for row in csv.DictReader(io.StringIO(reply.text, newline=""))]
        case Format.INSPECT:
            outcomes = [sample["metadata"]["outcome"] for sample in reply.json()["samples"]]
        case Format.LM_EVAL_RESULTS:
            assert reply.json()["results"]["five"]["acc,none"] == 0.4
            return
        case _:
            outcomes = [json.loads(line)["quod"]["outcome"] for line in reply.text.splitlines()]
    assert len(outcomes) == len(ROWS)
    assert outcomes.count("correct") == 2


async def test_an_export_without_a_known_format_is_refused(client, done):
    for query in ("", "?format=xml"):
        assert_problem(await client.get(f"/v1/evaluations/{done}/export{query}"), 422, "invalid-request")


async def test_two_evaluations_of_one_dataset_are_compared_sample_by_sample(client, done):
    other = await begin(client, kind="arithmetic")
    await until(client, other)
    body = (await client.get("/v1/evaluations/compare", params={"a": done, "b": other})).json()
    assert (body["first"], body["second"]) == (done, other)
    assert body["first_accuracy"]["of"] == 5
    assert body["table"]["only_first"] + body["table"]["only_second"] == len(
        [change for change in body["changes"] if "correct" in (change["first"]["outcome"], change["second"]["outcome"])]
    )
    assert {"name": "kind", "first": None, "second": "arithmetic"} in body["settings"]


async def test_evaluations_of_different_datasets_are_not_compared(client, done):
    other = await begin(client, ROWS[:1])
    assert_problem(
        await client.get("/v1/evaluations/compare", params={"a": done, "b": other}), 422, "evaluations-not-comparable"
    )
    await until(client, other)


async def test_an_evaluation_that_is_not_there_is_404_everywhere(client, done):
    for path in ("", "/samples", "/events", "/report", "/export?format=csv"):
        assert_problem(await client.get(f"/v1/evaluations/{NEVER}{path}"), 404, "no-such-evaluation")
    for asked in ("pause", "resume", "cancel", "retry-errored"):
        assert_problem(await client.post(f"/v1/evaluations/{NEVER}/{asked}"), 404, "no-such-evaluation")
    reply = await client.get("/v1/evaluations/compare", params={"a": done, "b": NEVER})
    assert_problem(reply, 404, "no-such-evaluation")


async def test_the_pages_of_a_list_hold_each_evaluation_once_and_can_be_narrowed_to_a_state(client, done):
    every = [each["id"] for each in (await client.get("/v1/evaluations", params={"limit": 200})).json()["data"]]
    assert done in every
    found, after, more = [], None, True
    while more:
        asked = {"limit": 2, "order": "asc", **({"after": after} if after else {})}
        page = (await client.get("/v1/evaluations", params=asked)).json()
        found += [each["id"] for each in page["data"]]
        after, more = page["last_id"], page["has_more"]
    assert found == every[::-1]
    completed = (await client.get("/v1/evaluations", params={"state": "completed", "limit": 200})).json()["data"]
    assert {each["state"] for each in completed} == {"completed"}
    assert (await client.get("/v1/evaluations", params={"state": "failed"})).json()["data"] == []


# Beginning one


async def test_the_same_request_with_the_same_key_begins_one_evaluation(client):
    body = {"dataset": await dataset(client, ROWS[:1])}
    key = {"Idempotency-Key": "evaluation-1"}
    first = await client.post("/v1/evaluations", json=body, headers=key)
    again = await client.post("/v1/evaluations", json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["location"] == first.headers["location"] == f"/v1/evaluations/{first.json()['id']}"
    other = await client.post("/v1/evaluations", json={**body, "epochs": 2}, headers=key)
    assert_problem(other, 422, "idempotency-key-reused")
    assert_problem(
        await client.post("/v1/solve", json={"problem": PENCILS}, headers=key), 422, "idempotency-key-reused"
    )
    await until(client, first.json()["id"])


async def test_an_evaluation_of_a_dataset_that_is_not_there_is_refused(client):
    problem = assert_problem(await client.post("/v1/evaluations", json={"dataset": "0" * 64}), 422, "invalid-request")
    assert problem["errors"][0]["pointer"] == "/dataset"


@pytest.mark.parametrize(
    ("asked", "kind", "pointer"),
    [
        ({"lm": "recorded:/etc/passwd"}, "language-model-not-offered", "/lm"),
        ({"lm": UNREACHABLE}, "language-model-not-offered", "/lm"),
        ({"concurrency": 1_000}, "limit-above-maximum", "/concurrency"),
        ({"budget": {"attempts": 1_000}}, "limit-above-maximum", "/budget/attempts"),
        ({"epochs": 0}, "invalid-request", "/epochs"),
        ({"gold": "7"}, "invalid-request", "/gold"),
    ],
)
async def test_more_than_the_service_offers_is_refused(client, asked, kind, pointer):
    body = {"dataset": await dataset(client), **asked}
    problem = assert_problem(await client.post("/v1/evaluations", json=body), 422, kind)
    assert problem["errors"][0]["pointer"] == pointer


async def test_the_operator_says_which_language_models_may_be_named(tmp_path):
    async with opened(settings_for(tmp_path, evaluation_lms="recorded:, embedded:")) as client:
        sha256 = await dataset(client)
        offered = await client.post("/v1/evaluations", json={"dataset": sha256, "lm": "recorded:", "limit": 1})
        assert offered.json()["config"]["lm"] == "recorded:"
        reply = await client.post("/v1/evaluations", json={"dataset": sha256, "lm": UNREACHABLE})
        problem = assert_problem(reply, 422, "language-model-not-offered")
        assert "recorded:, embedded:" in problem["detail"]
        reply = await client.post("/v1/evaluations", json={"dataset": sha256, "lm": "embedded:", "baseline": True})
        assert assert_problem(reply, 422, "invalid-request")["errors"][0]["pointer"] == "/baseline"
        await until(client, offered.json()["id"])


# What is asked of one that goes on


async def test_an_evaluation_pauses_goes_on_and_is_cancelled_and_outlives_its_service(tmp_path):
    settings = settings_for(tmp_path, lm=UNREACHABLE, lm_retries=0, lm_connect_seconds=1.0, lm_seconds=5.0)
    async with opened(settings) as client:
        evaluation_id = await begin(client)
        body = await until(client, evaluation_id, {"in_progress"})
        assert (body["counts"]["waiting"], body["metrics"]) == (5, None)
        assert_problem(await client.post(f"/v1/evaluations/{evaluation_id}/retry-errored"), 409, "evaluation-state")
        assert (await client.post(f"/v1/evaluations/{evaluation_id}/pause")).status_code == 200
        await until(client, evaluation_id, {"paused"})
        assert (await client.post(f"/v1/evaluations/{evaluation_id}/resume")).status_code == 200
        await until(client, evaluation_id, {"in_progress"})
    # The service gave its lease back, and the next one goes on.
    async with opened(settings) as client:
        store = client.app.state.evaluations.store
        assert store.get(evaluation_id).state in (State.QUEUED, State.IN_PROGRESS)
        await until(client, evaluation_id, {"in_progress"})
        assert (await client.post(f"/v1/evaluations/{evaluation_id}/cancel")).status_code == 200
        body = await until(client, evaluation_id, {"cancelled"})
        assert body["counts"]["waiting"] == 5
        problem = assert_problem(await client.post(f"/v1/evaluations/{evaluation_id}/resume"), 409, "evaluation-state")
        assert "begin a new one" in problem["detail"]


def test_a_listener_goes_on_where_he_was_after_the_service_was_started_again(tmp_path):
    rows = [ROWS[0] | {"id": f"p{number}"} for number in range(16)]
    settings = settings_for(tmp_path)
    served_with = {"QUOD_DATABASE_URL": settings.database_url, "QUOD_LM": settings.lm}
    heard = []

    def hear(lines, enough):
        for line in lines:
            if line.startswith("id: "):
                heard.append(int(line.removeprefix("id: ")))
            if len(heard) >= enough:
                return

    with serving(**served_with) as served, httpx.Client(base_url=served.url, timeout=60) as client:
        content = "\n".join(map(json.dumps, rows))
        sent = client.post(
            "/v1/datasets",
            params={"name": "sixteen"},
            content=content,
            headers={"content-type": "application/jsonl"},
        )
        begun = client.post("/v1/evaluations", json={"dataset": sent.json()["sha256"], "concurrency": 1}).json()
        path = f"/v1/evaluations/{begun['id']}/events"
        with client.stream("GET", path) as stream:
            hear(stream.iter_lines(), 5)
        assert served.stop(seconds=100) == 0
    first = len(heard)
    with serving(**served_with) as served, httpx.Client(base_url=served.url, timeout=300) as client:
        with client.stream("GET", path, headers={"Last-Event-ID": str(heard[-1])}) as stream:
            hear(stream.iter_lines(), 1_000)
        every = events_of(client.get(path))
    assert first == 5
    assert len(every) > first
    assert heard == [number for number, _, _ in every] == list(range(1, len(every) + 1))
    results = [data["sample_id"] for _, kind, data in every if kind == "result"]
    assert sorted(results) == sorted(row["id"] for row in rows)


def test_a_listener_hears_what_happens_as_it_happens_and_does_not_hold_up_the_stop(tmp_path):
    settings = settings_for(tmp_path)
    served_with = {
        "QUOD_DATABASE_URL": settings.database_url,
        "QUOD_LM": UNREACHABLE,
        "QUOD_LM_RETRIES": 0,
        "QUOD_SHUTDOWN_SECONDS": 200,
    }
    with serving(**served_with) as served, httpx.Client(base_url=served.url, timeout=60) as client:
        sent = client.post(
            "/v1/datasets", params={"name": "one"}, json=ROWS[0], headers={"content-type": "application/jsonl"}
        )
        begun = client.post("/v1/evaluations", json={"dataset": sent.json()["sha256"]})
        with client.stream("GET", f"/v1/evaluations/{begun.json()['id']}/events") as stream:
            lines = stream.iter_lines()
            next(line for line in lines if '"in_progress"' in line)
            assert served.stop(seconds=100) == 0
            assert "event: result" not in list(lines)
