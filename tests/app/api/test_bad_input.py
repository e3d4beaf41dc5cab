"""Bodies, paths and headers that nobody means: each gets a problem that says what to do."""

import json

import pytest

from tests.app.api.conftest import PENCILS, assert_problem, opened, settings_for

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null}",
        b"\x00\x01\x02\xff",
        b'{"problem": "\xff\xfe"}',
        b'{"problem": "caf\xe9"}',
        '{"problem": "x"}'.encode("utf-16"),
        b'{"problem": NaN}',
        b'{"problem": "x", "limits": {"wall_seconds": Infinity}}',
        b'{"problem": "x", "limits": {"wall_seconds": 1e999}}',
        b'{"problem": "x", "problem": "y"}',
        b'{"problem": "x", "limits": {"wall_seconds": 1, "wall_seconds": 2}}',
        b'{"problem": ' + b"[" * 100 + b"]" * 100 + b"}",
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
        b'{"problem": ' + b"9" * 10_000 + b"}",
        b"{'problem': 'x'}",
        b'{"problem": "a\nb"}',
    ],
)
@pytest.mark.parametrize("path", ["/v1/solve", "/v1/execute"])
async def test_what_is_not_json_is_a_400(client, path, content):
    assert_problem(await client.post(path, content=content, headers=JSON), 400, "invalid-json")


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        (rb'{"problem": "a\ud800b"}', "/problem"),
        (rb'{"problem": "\udc00\ud800"}', "/problem"),
        (rb'{"problem": "x", "\ud800": 1}', ""),
        (rb'{"problem": "a\u0000b"}', "/problem"),
    ],
)
async def test_a_string_that_is_no_text_is_a_422(client, content, pointer):
    problem = assert_problem(await client.post("/v1/solve", content=content, headers=JSON), 422, "invalid-request")
    assert pointer in [fault["pointer"] for fault in problem["errors"]]


async def test_a_pair_of_surrogates_is_the_character_it_stands_for(client):
    content = rb'{"language": "prolog", "program": "p(\"\ud83d\ude00\").", "query": "p(X)"}'
    reply = await client.post("/v1/execute", content=content, headers=JSON)
    assert reply.json()["outcome"]["answers"] == [{"X": "😀"}]


async def test_a_lone_surrogate_in_a_program_is_a_422(client):
    content = rb'{"language": "prolog", "program": "p(\ud800).", "query": "p(X)"}'
    problem = assert_problem(await client.post("/v1/execute", content=content, headers=JSON), 422, "invalid-request")
    assert problem["errors"][0]["pointer"] == "/program"


@pytest.mark.parametrize("path", ["/v1/solve", "/v1/execute"])
async def test_ten_megabytes_are_a_413_that_says_the_maximum(client, path):
    body = json.dumps({"problem": "x" * 10_000_000}).encode()
    problem = assert_problem(await client.post(path, content=body, headers=JSON), 413, "body-too-large")
    assert "8000000" in problem["detail"]


async def test_ten_megabytes_without_a_length_are_a_413_too(client):
    async def parts():
        for _ in range(100):
            yield b"x" * 100_000

    assert_problem(await client.post("/v1/solve", content=parts(), headers=JSON), 413, "body-too-large")


@pytest.mark.parametrize(
    "declared",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
    ],
)
async def test_what_is_not_declared_as_json_is_a_415(client, declared):
    headers = {"content-type": declared} if declared else {}
    content = json.dumps({"problem": PENCILS}).encode()
    request = client.build_request("POST", "/v1/solve", content=content, headers=headers)
    if declared is None:
        request.headers.pop("content-type", None)
    assert_problem(await client.send(request), 415, "unsupported-media-type")


@pytest.mark.parametrize("declared", ["application/json", "Application/JSON; charset=UTF-8", "application/ld+json"])
async def test_json_is_json_however_it_is_spelt(client, declared):
    content = json.dumps({"problem": PENCILS}).encode()
    reply = await client.post("/v1/solve", content=content, headers={"content-type": declared})
    assert reply.status_code == 200


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/solve/", "/v1/nothing", "/docs/../v1/x", "/%00", "/%ff%fe"])
async def test_a_path_with_nothing_at_it_is_a_404(client, path):
    assert_problem(await client.get(path), 404, "not-found")


@pytest.mark.parametrize(
    "trace_id", ["trc_0", "trc_01KAMV0G6Q0000000000000000", "x", "trc_%00", "%F0%9F%98%80", "trc_'--"]
)
@pytest.mark.parametrize("rest", ["", "/replay"])
async def test_a_trace_that_is_not_there_is_a_404(client, trace_id, rest):
    method = client.post if rest else client.get
    assert_problem(await method(f"/v1/traces/{trace_id}{rest}"), 404, "no-such-trace")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/solve", "POST"),
        ("DELETE", "/v1/traces", "GET"),
        ("PUT", "/livez", "GET"),
        ("TRACE", "/v1/info", "GET"),
    ],
)
async def test_a_method_that_a_path_does_not_take_is_a_405_that_says_which_it_takes(client, method, path, allowed):
    reply = await client.request(method, path)
    assert_problem(reply, 405, "method-not-allowed")
    assert allowed in reply.headers["allow"]


async def test_what_nobody_foresaw_is_a_500_without_a_word_of_the_exception(tmp_path, monkeypatch):
    async with opened(settings_for(tmp_path)) as client:

        def fail(*_):
            raise RuntimeError("/secret/path and sk-key")

        monkeypatch.setattr(client.app.state.service.traces, "get", fail)
        reply = await client.get("/v1/traces/trc_1")
        assert_problem(reply, 500, "internal")
        assert "secret" not in reply.text
        assert "Traceback" not in reply.text


async def test_a_database_that_cannot_be_written_is_a_503_that_says_what_to_do(tmp_path):
    async with opened(settings_for(tmp_path)) as client:
        (tmp_path / "quod.db").rename(tmp_path / "elsewhere.db")
        problem = assert_problem(await client.post("/v1/solve", json={"problem": PENCILS}), 503, "database-unavailable")
        assert "quod db upgrade" in problem["detail"]
        assert_problem(await client.get("/v1/traces"), 503, "database-unavailable")
        # A program needs no database.
        run = await client.post("/v1/execute", json={"language": "prolog", "program": "p.", "query": "p"})
        assert run.json()["status"] == "finished"
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["ready"] is False
        assert ready.json()["database"] != "ok"
