"""A real server on a port: what it serves, what it says in its log, and how it ends."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest

from tests.app.api.conftest import PENCILS, write_recording
from tests.app.api.serving import environment, gone, serving

LOOP = {"language": "prolog", "program": "p :- p.", "query": "p", "limits": {"wall_seconds": 30, "cpu_seconds": 30}}


def settings(folder, **more):
    return {
        "QUOD_DATABASE_URL": f"sqlite:///{folder}/quod.db",
        "QUOD_LM": f"recorded:{write_recording(folder / 'recording.jsonl')}",
        "QUOD_LOG_FORMAT": "json",
        **more,
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(**settings(tmp_path_factory.mktemp("server"))) as served:
        yield served


def test_a_problem_is_answered_over_a_real_connection(server):
    reply = httpx.post(f"{server.url}/v1/solve", json={"problem": PENCILS}, timeout=20)
    assert reply.json()["verdict"]["answer"] == "7"
    assert "server" not in reply.headers


def test_ten_megabytes_are_refused_with_a_reply_and_not_with_a_reset(server):
    body = json.dumps({"problem": "x" * 10_000_000})
    reply = httpx.post(f"{server.url}/v1/solve", content=body, headers={"content-type": "application/json"}, timeout=20)
    assert reply.status_code == 413
    assert reply.json()["type"] == "urn:quod:problem:body-too-large"


def test_a_client_that_leaves_ends_its_program_and_frees_its_place(server):
    before = len(server.children())
    with httpx.Client(timeout=0.7) as client, pytest.raises(httpx.ReadTimeout):
        client.post(f"{server.url}/v1/execute", json=[LOOP] * 20)
    # Twenty endless programs of thirty seconds: no place would be free in time.
    run = httpx.post(
        f"{server.url}/v1/execute", json={"language": "prolog", "program": "p.", "query": "p"}, timeout=20
    ).json()
    assert run["status"] == "finished"
    assert until(lambda: len(server.children()) == before)


def test_each_request_is_one_line_of_the_log_without_what_people_wrote(server):
    httpx.post(f"{server.url}/v1/solve", json={"problem": PENCILS}, headers={"X-Request-ID": "log-1"}, timeout=20)
    until(lambda: "log-1" in server.log)
    lines = [json.loads(line) for line in server.lines]
    [line] = [line for line in lines if line.get("request_id") == "log-1"]
    assert (line["method"], line["path"], line["status"]) == ("POST", "/v1/solve", 200)
    assert line["milliseconds"] > 0
    assert "pencils" not in server.log


def test_the_settings_are_logged_at_start_with_secrets_masked(tmp_path):
    lm = "http:m@http://127.0.0.1:9/v1"
    with serving(**settings(tmp_path, QUOD_LM_API_KEY="sk-secret") | {"QUOD_LM": lm}) as served:
        served.stop()
        [start] = [json.loads(line) for line in served.lines if '"starting"' in line]
        assert start["settings"]["limit_wall_seconds"] == 10.0
        assert "sk-secret" not in served.log


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_told_to_stop_leaves_no_process(tmp_path, how):
    with serving(**settings(tmp_path, QUOD_SHUTDOWN_SECONDS=1)) as served:
        busy = threading.Thread(target=post_and_forget, args=(f"{served.url}/v1/execute", [LOOP] * 4))
        busy.start()
        assert until(lambda: len(served.children()) >= 4), "two fork servers and two running programs"
        children = served.children()
        started = time.monotonic()
        status = served.stop(how)
        assert time.monotonic() - started < 15, "the programs run for thirty"
        assert status in (0, -signal.SIGTERM)
        assert gone(children)
        busy.join()
        assert "Traceback" not in served.log


def test_a_server_that_is_killed_leaves_no_process(tmp_path):
    with serving(**settings(tmp_path)) as served:
        busy = threading.Thread(target=post_and_forget, args=(f"{served.url}/v1/execute", [LOOP] * 4))
        busy.start()
        until(lambda: len(served.children()) >= 4)
        children = served.children()
        served.stop(signal.SIGKILL)
        assert gone(children)
        busy.join()


def until(holds, seconds=60):
    """Whether it comes to hold."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def post_and_forget(url, body):
    with contextlib.suppress(httpx.TransportError):
        httpx.post(url, json=body, timeout=30)


def quod(*arguments, **settings):
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_port_in_use_is_a_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = quod("serve", "--port", str(taken.getsockname()[1]), **settings(tmp_path))
    assert ended.returncode == 1
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"QUOD_LM": "nothing:x"}, 2, "http:MODEL@BASE_URL"),
        ({"QUOD_DATABASE_URL": "sqlite:////proc/none/quod.db"}, 1, "QUOD_DATABASE_URL"),
    ],
)
def test_a_part_that_cannot_be_opened_is_a_sentence(tmp_path, given, status, said):
    ended = quod("serve", "--port", "0", **{**settings(tmp_path), **given})
    assert ended.returncode == status
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
