import asyncio
import json
import socket
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from app.errors import LmRefusedError, LmReplyError, LmSpecError, LmUnavailableError
from app.lm.http import HttpLM
from app.lm.options import LmOptions
from app.lm.types import FinishReason, LmIdentity, LmRequest, Message, Role, Sampling, TokenUsage
from tests.app.lm.server import (
    completion,
    cuts_off,
    hangs,
    hangs_up,
    never_ends,
    replies,
    replies_late,
    running,
)

pytestmark = pytest.mark.anyio

KEY = "sk-not-to-be-seen"
REQUEST = LmRequest(
    messages=(Message(Role.SYSTEM, "You write Prolog."), Message(Role.USER, "Is Socrates mortal? \u05d0 \u221e")),
    problem="Is Socrates mortal?",
    attempt=1,
    sampling=Sampling(temperature=0.5, top_p=0.9, max_tokens=77, seed=7),
)
FAST = LmOptions(api_key=KEY, retries=2, retry_seconds=0.01, max_retry_seconds=0.02, total_seconds=10.0)


@asynccontextmanager
async def asking(*behaviours, options=FAST):
    """A language model and the server it asks."""
    async with running(*behaviours) as server:
        lm = HttpLM("qwen2.5:7b", server.address, options)
        try:
            yield lm, server
        finally:
            await lm.close()


async def test_a_completion_is_the_content_as_it_is():
    text = "  <think>hm</think>\n```prolog\nmortal(X) :- man(X).\n```\n\u05d0"
    reply = completion(text, usage={"prompt_tokens": 12, "completion_tokens": 34, "total_tokens": 46})
    async with asking(replies(reply)) as (lm, server):
        made = await lm.complete(REQUEST)
    assert made.text == text
    assert made.usage == TokenUsage(prompt_tokens=12, completion_tokens=34)
    assert made.finish_reason is FinishReason.STOP
    assert made.lm == LmIdentity("http", "qwen2.5:7b", None, server.address)
    assert not made.cached
    assert 0 < made.seconds < 10


async def test_the_server_is_sent_messages_sampling_and_key_and_nothing_of_the_problem():
    async with asking(replies(completion())) as (lm, server):
        await lm.complete(REQUEST)
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["content-type"] == "application/json"
    assert asked.body == {
        "model": "qwen2.5:7b",
        "messages": [
            {"role": "system", "content": "You write Prolog."},
            {"role": "user", "content": "Is Socrates mortal? \u05d0 \u221e"},
        ],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 77,
        "seed": 7,
        "stream": False,
    }


async def test_without_a_key_and_a_seed_none_is_sent():
    async with asking(replies(completion()), options=LmOptions()) as (lm, server):
        await lm.complete(replace(REQUEST, sampling=Sampling()))
    assert "authorization" not in server.asked[0].headers
    assert "seed" not in server.asked[0].body


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("stop", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("content_filter", FinishReason.OTHER),
        (None, FinishReason.OTHER),
    ],
)
async def test_the_finish_reason_is_read(sent, read):
    async with asking(replies(completion(finish_reason=sent))) as (lm, _):
        assert (await lm.complete(REQUEST)).finish_reason is read


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": 1}, {"prompt_tokens": "1", "completion_tokens": 2}, 5])
async def test_usage_that_is_not_told_is_none(usage):
    async with asking(replies(completion(usage=usage))) as (lm, _):
        assert (await lm.complete(REQUEST)).usage is None


async def test_reasoning_beside_the_content_is_left_out():
    async with asking(replies(completion("p.", message={"reasoning_content": "let me see"}))) as (lm, _):
        assert (await lm.complete(REQUEST)).text == "p."


async def test_an_empty_content_is_what_the_language_model_wrote():
    async with asking(replies(completion("", finish_reason="length"))) as (lm, _):
        made = await lm.complete(REQUEST)
    assert (made.text, made.finish_reason) == ("", FinishReason.LENGTH)


# What is no chat completion


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<!DOCTYPE html><title>nginx</title>", "it is HTML or XML, not JSON.*It begins: <!DOCTYPE html><title>nginx"),
        (b'{"choices": [{"message": {"content": "mort', 'not JSON, or cut off .*It begins: {"choices"'),
        (b"", r"not JSON, or cut off .*It begins: \(nothing\)"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b"[]", "not a JSON object"),
        ({"choices": []}, "its list of choices is empty"),
        ({"error": {"message": "quota"}}, "it has no list of choices.*quota"),
        ({"choices": ["x"]}, "its first choice has no message"),
        ({"choices": [{"text": "x"}]}, "its first choice has no message"),
        (completion(None), "its content is null"),
        (completion(None, message={"refusal": "No."}), "the language model refused"),
        (completion(None, message={"reasoning_content": "hm"}), "all it has is reasoning: raise QUOD_LM_MAX_TOKENS"),
        (completion([{"type": "text", "text": "x"}]), "its content is not a string"),
        (b'{"choices": [{"message": {"content": "\\ud800"}}]}', "its content is not text"),
    ],
)
async def test_what_is_no_chat_completion_is_refused_at_once(body, message):
    async with asking(replies(body)) as (lm, server):
        with pytest.raises(LmReplyError, match=message):
            await lm.complete(REQUEST)
    assert len(server.asked) == 1


async def test_a_body_without_end_is_given_up():
    async with asking(never_ends(), options=replace(FAST, max_reply_bytes=1_000_000)) as (lm, _):
        with pytest.raises(LmReplyError, match="more than 1000000 bytes"):
            await lm.complete(REQUEST)


async def test_an_excerpt_is_short_and_cannot_write_to_a_terminal():
    async with asking(replies(b"\x1b[2J\x00 x\n" + b"y" * 10_000)) as (lm, _):
        with pytest.raises(LmReplyError) as caught:
            await lm.complete(REQUEST)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 700


async def test_a_body_cut_off_is_asked_for_again():
    async with asking(cuts_off(b'{"choices": [', announced=500), replies(completion("p."))) as (lm, server):
        assert (await lm.complete(REQUEST)).text == "p."
    assert len(server.asked) == 2


async def test_a_body_always_cut_off_is_not_a_completion():
    async with asking(cuts_off(b'{"choices": [', announced=500)) as (lm, server):
        with pytest.raises(
            LmReplyError, match=r'cut its reply off after 13 bytes .*It begins: {"choices": \[.*3 times'
        ):
            await lm.complete(REQUEST)
    assert len(server.asked) == 3


# What is tried again


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
async def test_a_status_that_passes_is_tried_again(status):
    async with asking(replies({"error": "later"}, status), replies(completion("p."))) as (lm, server):
        assert (await lm.complete(REQUEST)).text == "p."
    assert len(server.asked) == 2
    assert server.asked[0].body == server.asked[1].body


async def test_a_server_that_hangs_up_is_asked_again():
    async with asking(hangs_up(), replies(completion("p."))) as (lm, _):
        assert (await lm.complete(REQUEST)).text == "p."


async def test_tries_end_and_the_last_fault_is_told():
    async with asking(replies({"error": "boom"}, 500), replies({"error": "overloaded"}, 503)) as (lm, server):
        with pytest.raises(LmUnavailableError, match=r"answers 503.*overloaded or still loading.*\(tried 3 times\)"):
            await lm.complete(REQUEST)
    assert len(server.asked) == 3


async def test_no_retries_means_one_try():
    async with asking(replies({}, 500), options=replace(FAST, retries=0)) as (lm, server):
        with pytest.raises(LmUnavailableError, match="tried once"):
            await lm.complete(REQUEST)
    assert len(server.asked) == 1


async def test_retry_after_in_seconds_is_honoured():
    async with asking(replies({}, 429, {"Retry-After": "0.4"}), replies(completion())) as (lm, _):
        began = time.perf_counter()
        made = await lm.complete(REQUEST)
    assert time.perf_counter() - began >= 0.4
    assert made.seconds >= 0.4


async def test_retry_after_as_a_date_is_honoured_by_the_servers_clock():
    now = datetime.now(UTC) - timedelta(hours=5)  # its clock is slow
    headers = {
        "Date": format_datetime(now, usegmt=True),
        "Retry-After": format_datetime(now + timedelta(seconds=1), True),
    }
    async with asking(replies({}, 503, headers), replies(completion())) as (lm, _):
        began = time.perf_counter()
        await lm.complete(REQUEST)
    assert time.perf_counter() - began >= 1


@pytest.mark.parametrize("value", ["soon", "-5", "nan", "inf", "Thu, 99 Foo"])
async def test_a_retry_after_that_means_nothing_is_passed_over(value):
    async with asking(replies({}, 429, {"Retry-After": value}), replies(completion())) as (lm, _):
        began = time.perf_counter()
        await lm.complete(REQUEST)
    assert time.perf_counter() - began < FAST.total_seconds / 2


async def test_a_retry_after_beyond_the_deadline_is_not_waited_for():
    async with asking(replies({"error": "quota"}, 429, {"Retry-After": "3600"})) as (lm, server):
        began = time.perf_counter()
        with pytest.raises(LmUnavailableError, match=r"quota.*asks to wait 3600 s, longer than the \d+ s left"):
            await lm.complete(REQUEST)
    assert time.perf_counter() - began < FAST.total_seconds / 2
    assert len(server.asked) == 1


# What is not


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "does not take this request.*too long a prompt.*context length is 4096"),
        (401, "the key in QUOD_LM_API_KEY is not accepted"),
        (403, "no right to 'qwen2.5:7b'"),
        (404, "does it serve 'qwen2.5:7b', and does BASE_URL end"),
        (413, "prompt is too long"),
        (422, "does not take this request"),
    ],
)
async def test_a_refusal_is_final_and_says_what_to_do(status, message):
    async with asking(replies({"error": {"message": "context length is 4096"}}, status)) as (lm, server):
        with pytest.raises(LmRefusedError, match=message):
            await lm.complete(REQUEST)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [501, 505])
async def test_a_web_server_that_takes_no_post_is_asked_once_and_the_address_is_doubted(status):
    async with asking(replies({"error": "Unsupported method"}, status)) as (lm, server):
        with pytest.raises(LmRefusedError, match=rf"answers {status}: .*BASE_URL"):
            await lm.complete(REQUEST)
    assert len(server.asked) == 1


async def test_without_a_key_a_401_asks_for_one():
    async with asking(replies({}, 401), options=replace(FAST, api_key=None)) as (lm, _):
        with pytest.raises(LmRefusedError, match="set QUOD_LM_API_KEY"):
            await lm.complete(REQUEST)


async def test_a_redirect_is_not_followed_with_the_key():
    async with running(replies(completion())) as elsewhere:
        moved = replies(b"", 307, {"Location": f"{elsewhere.address}/chat/completions"})
        async with asking(moved) as (lm, _):
            with pytest.raises(LmRefusedError, match=f"it redirects to {elsewhere.address}.*correct BASE_URL"):
                await lm.complete(REQUEST)
    assert elsewhere.asked == []


async def test_a_server_that_wants_max_completion_tokens_gets_it():
    refusal = {"error": {"message": "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."}}
    async with asking(replies(refusal, 400), replies(completion("p."))) as (lm, server):
        assert (await lm.complete(REQUEST)).text == "p."
        await lm.complete(REQUEST)
    assert [asked.body.get("max_completion_tokens") for asked in server.asked] == [None, 77, 77]
    assert "max_tokens" not in server.asked[1].body


async def test_a_request_that_is_no_text_is_refused_before_it_is_sent():
    async with asking(replies(completion())) as (lm, server):
        with pytest.raises(LmRefusedError, match="cannot be sent"):
            await lm.complete(replace(REQUEST, messages=(Message(Role.USER, "\ud800"),)))
    assert server.asked == []


# Down, slow, many


async def test_a_server_that_is_down_is_named_with_what_to_check():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port
        lm = HttpLM("m", f"http://127.0.0.1:{taken.getsockname()[1]}/v1", FAST)
        with pytest.raises(
            LmUnavailableError, match=r"http://127.0.0.1:\d+/v1/chat/completions cannot be reached.*running"
        ):
            await lm.complete(REQUEST)
        await lm.close()


async def test_a_slow_server_ends_at_the_deadline():
    async with asking(hangs(), options=replace(FAST, total_seconds=1.0)) as (lm, server):
        began = time.perf_counter()
        with pytest.raises(LmUnavailableError, match=r"no completion within 1 s.*QUOD_LM_SECONDS"):
            await lm.complete(REQUEST)
    assert time.perf_counter() - began < 20
    assert len(server.asked) == 1


async def test_the_deadline_holds_over_all_tries_and_tells_of_the_last():
    options = replace(FAST, total_seconds=1.5, retries=1_000)
    async with asking(replies({"error": "loading"}, 503), options=options) as (lm, _):
        began = time.perf_counter()
        with pytest.raises(LmUnavailableError, match=r"no completion within 1.5 s.*the last try before.*503.*loading"):
            await lm.complete(REQUEST)
    assert time.perf_counter() - began < 10


async def test_a_silence_longer_than_read_seconds_is_tried_again():
    async with asking(hangs(), replies(completion("p.")), options=replace(FAST, read_seconds=0.2)) as (lm, _):
        assert (await lm.complete(REQUEST)).text == "p."


async def test_no_more_requests_are_under_way_than_agreed():
    slow = replies_late(0.05, completion())
    async with asking(slow, options=replace(FAST, max_in_flight=3)) as (lm, server):
        made = await asyncio.gather(*(lm.complete(REQUEST) for _ in range(12)))
    assert len(made) == 12
    assert server.most_at_once == 3


async def test_waiting_for_a_place_does_not_use_up_the_deadline():
    slow = replies_late(0.3, completion())
    async with asking(slow, options=replace(FAST, max_in_flight=1, total_seconds=1.5)) as (lm, server):
        await asyncio.gather(*(lm.complete(REQUEST) for _ in range(6)))
    assert len(server.asked) == 6


async def test_a_cancelled_request_frees_its_place_at_once():
    async with asking(hangs(), replies(completion("p.")), options=replace(FAST, max_in_flight=1)) as (lm, server):
        stuck = asyncio.create_task(lm.complete(REQUEST))
        await asyncio.wait_for(server.arrived.wait(), 20)
        stuck.cancel()
        assert (await asyncio.wait_for(lm.complete(REQUEST), 20)).text == "p."


async def test_requests_one_after_the_other_share_a_connection():
    connections = 0
    reply = json.dumps(completion()).encode()

    async def serve(reader, writer):
        nonlocal connections
        connections += 1
        with suppress(asyncio.IncompleteReadError):
            while head := (await reader.readuntil(b"\r\n\r\n")).decode().lower():
                await reader.readexactly(int(head.partition("content-length:")[2].split()[0]))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(reply), reply))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        lm = HttpLM("m", f"http://127.0.0.1:{port}/v1", FAST)
        for _ in range(3):
            await lm.complete(REQUEST)
        assert connections == 1
        await asyncio.gather(*(lm.complete(REQUEST) for _ in range(4)))
        assert connections == 4
        await lm.close()


# Keys and addresses


@pytest.mark.parametrize("status", [400, 401, 500, 200])
async def test_the_key_is_in_no_message(status, caplog):
    echo = f"Incorrect API key provided: {KEY}"
    async with asking(replies({"error": echo}, status)) as (lm, _):
        with pytest.raises((LmRefusedError, LmUnavailableError, LmReplyError)) as caught:
            await lm.complete(REQUEST)
    assert "Incorrect API key provided: **********" in str(caught.value)
    error = caught.value
    while error is not None:
        assert KEY not in repr(error)
        error = error.__cause__ or error.__context__
    assert KEY not in repr(FAST)
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("base_url", "message"),
    [
        ("ftp://host/v1", "must begin with http"),
        ("http://", "name a host"),
        ("http://user:secret@host/v1", "holds a user or password"),
        ("http://host/v1?key=secret", "query or fragment"),
        ("http://host:port/v1", "not a URL"),
    ],
)
async def test_an_address_that_cannot_be_used_is_refused_without_repeating_a_secret(base_url, message):
    with pytest.raises(LmSpecError, match=message) as caught:
        HttpLM("m", base_url, FAST)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "  ", "two words", "cl\u00e9", "a\nb"])
async def test_a_key_that_is_none_is_refused_without_repeating_it(key):
    with pytest.raises(LmSpecError, match="QUOD_LM_API_KEY is not a key") as caught:
        HttpLM("m", "http://host/v1", LmOptions(api_key=key))
    assert not key.strip() or key not in str(caught.value)


async def test_a_key_from_a_file_may_end_in_a_line_break():
    async with asking(replies(completion()), options=replace(FAST, api_key=f"{KEY}\n")) as (lm, server):
        await lm.complete(REQUEST)
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


async def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    monkeypatch.setenv("ALL_PROXY", "http://proxy.invalid:3128")
    async with asking(replies(completion("p."))) as (lm, _):
        assert (await lm.complete(REQUEST)).text == "p."
