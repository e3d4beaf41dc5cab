"""`http:MODEL@BASE_URL`: any server that speaks chat completions (vLLM, Ollama, llama.cpp, a hosted service).

Only this module imports httpx, so that it can be exchanged here. BASE_URL is what `/chat/completions` follows and
usually ends in `/v1`.

A completion is the `content` of the reply's first choice, as it is. What a reasoning model thinks and its server keeps
apart (`reasoning_content`) is left out; what it writes into its content, `<think>` blocks too, stays: to take a program
out of a text is done elsewhere.

Source: `POST /chat/completions`, OpenAI API; `Retry-After`, RFC 9110.
"""

import asyncio
import ipaddress
import json
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import stamina

from app.errors import LmAwayError, LmError, LmRefusedError, LmReplyError, LmSpecError, LmUnavailableError
from app.lm.options import LmOptions
from app.lm.types import Completion, FinishReason, LmIdentity, LmRequest, TokenUsage

_TRY_AGAIN = frozenset({408, 409, 425, 429})
_AWAY = frozenset({429, 503})
_NEVER = frozenset({501, 505})
"""A server that does not know POST, or our HTTP, will not learn it: it is no chat-completions server."""

_EXCERPT_CHARACTERS = 300


class _TryAgainError(Exception):
    """A try failed in a way that another may not.

    `error` is what to raise if there is no other; `wait_seconds` what `Retry-After` asks for.
    """

    def __init__(self, error: LmError, wait_seconds: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_seconds = wait_seconds


class HttpLM:
    """A `LanguageModel` behind a chat-completions server. Belongs to the event loop that first uses it."""

    def __init__(self, name: str, base_url: str, options: LmOptions) -> None:
        """Nothing is sent yet.

        Args:
            name: of the language model, as the server calls it.
            base_url: `http://` or `https://`, without user, query or fragment.

        Raises:
            LmSpecError: the URL or the key cannot be used.
        """
        self._base_url = _checked_base_url(base_url)
        self._url = httpx.URL(f"{self._base_url}/chat/completions")
        self._name = name
        self._options = options
        self._slots = asyncio.Semaphore(options.max_in_flight)
        # OpenAI's reasoning models take another field than everybody else; found out from their refusal.
        self._limit_field = "max_tokens"
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
            "User-Agent": "quod",
        }
        if options.api_key is not None:
            self._headers["Authorization"] = f"Bearer {_checked_key(options.api_key)}"
        # A proxy of the environment is for other machines than this one.
        self._trust_env = not _is_loopback(self._url.host)
        self._verify = httpx.create_ssl_context(trust_env=self._trust_env)
        self._clients: list[httpx.AsyncClient] = []
        self._idle: list[httpx.AsyncClient] = []

    @property
    def identity(self) -> LmIdentity:
        return LmIdentity(backend="http", name=self._name, base_url=self._base_url)

    async def complete(self, request: LmRequest) -> Completion:
        """One completion; tries again on transport errors, 408, 409, 425, 429 and 5xx but 501 and 505.

        `seconds` are those since the request had its place among `max_in_flight`, failed tries included.

        Raises:
            LmUnavailableError: no reply in time, or a status that asks to come later, to the end.
            LmAwayError: in the end it took no request at all.
            LmRefusedError: any other status than 200, and redirects. Not tried again.
            LmReplyError: a reply that is no chat completion. Tried again only if it was cut off.
        """
        async with self._slots:
            began = time.perf_counter()
            deadline = began + self._options.total_seconds
            last: _TryAgainError | None = None

            def pause(error: Exception) -> bool | float:
                nonlocal last
                if not isinstance(error, _TryAgainError):
                    return False
                last = error
                self._options.on_trouble(error.error)
                if error.wait_seconds is None:
                    return True
                return error.wait_seconds if time.perf_counter() + error.wait_seconds < deadline else False

            try:
                async with asyncio.timeout(self._options.total_seconds):
                    async for attempt in stamina.retry_context(
                        on=pause,
                        attempts=self._options.retries + 1,
                        timeout=None,
                        wait_initial=self._options.retry_seconds,
                        wait_max=self._options.max_retry_seconds,
                        wait_jitter=self._options.retry_seconds,
                    ):
                        with attempt:
                            reply = await self._ask(request)
            except _TryAgainError as failed:
                raise self._given_up(failed, attempt.num, deadline) from failed.__cause__
            except TimeoutError as error:
                before = f"; the last try before: {last.error}" if last else ""
                away = last is not None and isinstance(last.error, LmAwayError)
                raise (LmAwayError if away else LmUnavailableError)(
                    f"{self._url} gave no completion within {self._options.total_seconds:g} s: is the server "
                    f"overloaded, or is QUOD_LM_SECONDS too short for it?{before}"
                ) from error
            text, finish_reason, usage = reply
            return Completion(
                text=text,
                lm=self.identity,
                finish_reason=finish_reason,
                seconds=time.perf_counter() - began,
                usage=usage,
            )

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()

    @contextmanager
    def _client(self) -> Iterator[httpx.AsyncClient]:
        """A client that has no other request under way. For every request httpx looks at all connections of its client:
        with 64 in one, that was a seventh of what an evaluation takes of the processor.
        """
        client = self._idle.pop() if self._idle else self._new_client()
        try:
            yield client
        finally:
            self._idle.append(client)

    def _new_client(self) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            headers=self._headers,
            timeout=httpx.Timeout(self._options.read_seconds, connect=self._options.connect_seconds),
            limits=httpx.Limits(max_connections=1),
            # A redirect would carry the key to wherever a reply says.
            follow_redirects=False,
            trust_env=self._trust_env,
            verify=self._verify,
        )
        self._clients.append(client)
        return client

    def _given_up(self, failed: _TryAgainError, tries: int, deadline: float) -> LmError:
        said = f"{failed.error} (tried {'once' if tries == 1 else f'{tries} times'}"
        if failed.wait_seconds is not None and tries <= self._options.retries:
            left = max(0.0, deadline - time.perf_counter())
            said += (
                f"; it asks to wait {failed.wait_seconds:.0f} s, longer than the {left:.0f} s left of QUOD_LM_SECONDS"
            )
        return type(failed.error)(said + ")")

    async def _ask(self, request: LmRequest) -> tuple[str, FinishReason, TokenUsage | None]:
        """One try.

        Raises:
            _TryAgainError: another one may succeed.
            LmError: it will not.
        """
        field = self._limit_field
        status, headers, body, cut_off = await self._post(self._body(request, field))
        if status == 400 and field == "max_tokens" and b"max_completion_tokens" in body:
            self._limit_field = "max_completion_tokens"
            return await self._ask(request)
        if status in _TRY_AGAIN or (status >= 500 and status not in _NEVER):
            why = _LATER.get(status, "the server has a fault of its own; see its log")
            later = LmAwayError if status in _AWAY else LmUnavailableError
            said = f"{self._url} answers {status}: {why}. It says: {self._excerpt(body)}"
            raise _TryAgainError(later(said), _retry_after_seconds(headers))
        if status != 200:
            raise LmRefusedError(
                f"{self._url} answers {status}: {self._what_to_do(status, headers)}. It says: {self._excerpt(body)}"
            )
        if cut_off is not None:
            partial = LmReplyError(
                f"{self._url} cut its reply off after {len(body)} bytes ({_said(cut_off)}): is the server or a proxy "
                f"in front of it restarting? It begins: {self._excerpt(body)}"
            )
            raise _TryAgainError(partial) from cut_off
        if len(body) > self._options.max_reply_bytes:
            raise LmReplyError(
                f"{self._url} sends more than {self._options.max_reply_bytes} bytes: no chat completion is that long. "
                f"It begins: {self._excerpt(body)}"
            )
        try:
            return _read_reply(body)
        except ValueError as error:
            stop = "" if str(error).endswith("?") else "."
            raise LmReplyError(
                f"{self._url} did not send a chat completion: {error}{stop} It begins: {self._excerpt(body)}"
            ) from error

    async def _post(self, content: bytes) -> tuple[int, httpx.Headers, bytes, httpx.TransportError | None]:
        """Status, headers, body (read to one chunk beyond `max_reply_bytes`), and what cut the body off, or None."""
        body = bytearray()
        response: httpx.Response | None = None
        try:
            with self._client() as client:
                async with client.stream("POST", self._url, content=content) as response:
                    async for chunk in response.aiter_bytes():
                        body += chunk
                        if len(body) > self._options.max_reply_bytes:
                            break
        except httpx.TimeoutException as error:
            late = LmAwayError if isinstance(error, httpx.ConnectTimeout) else LmUnavailableError
            raise _TryAgainError(late(self._too_slow(error))) from error
        except httpx.TransportError as error:
            if response is not None:
                return response.status_code, response.headers, bytes(body), error
            refused = LmAwayError if isinstance(error, httpx.ConnectError) else LmUnavailableError
            raise _TryAgainError(
                refused(
                    f"{self._url} cannot be reached ({_said(error)}): is the server running, and are host and port of "
                    "--lm or QUOD_LM right?"
                )
            ) from error
        except httpx.DecodingError as error:
            raise LmReplyError(f"{self._url} sent a body that its Content-Encoding does not fit: {error}") from error
        return response.status_code, response.headers, bytes(body), None

    def _body(self, request: LmRequest, limit_field: str) -> bytes:
        sampling = request.sampling
        body: dict[str, object] = {
            "model": self._name,
            "messages": [{"role": message.role.value, "content": message.content} for message in request.messages],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            limit_field: sampling.max_tokens,
            "stream": False,
        }
        if sampling.seed is not None:
            body["seed"] = sampling.seed
        try:
            return json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8")
        except ValueError as error:  # UnicodeEncodeError is one
            raise LmRefusedError(
                f"the request cannot be sent: {error}. Take out what is not text or no number"
            ) from error

    def _excerpt(self, body: bytes) -> str:
        text = body[: 4 * _EXCERPT_CHARACTERS].decode("utf-8", errors="replace")
        if self._options.api_key:
            # Some servers repeat the key that they refuse.
            text = text.replace(self._options.api_key.strip(), "**********")
        text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        if not text:
            return "(nothing)"
        return text if len(text) <= _EXCERPT_CHARACTERS else text[:_EXCERPT_CHARACTERS] + "\u2026"

    def _too_slow(self, error: httpx.TimeoutException) -> str:
        if isinstance(error, httpx.ConnectTimeout):
            return (
                f"{self._url} took no connection within {self._options.connect_seconds:g} s: is the server running, "
                "are host and port of --lm or QUOD_LM right, and does a firewall stand between?"
            )
        return (
            f"{self._url} was silent for {self._options.read_seconds:g} s: is the server overloaded, or does it need "
            "longer for a completion?"
        )

    def _what_to_do(self, status: int, headers: httpx.Headers) -> str:
        if 300 <= status < 400:
            where = headers.get("Location", "elsewhere")
            return f"it redirects to {where[:_EXCERPT_CHARACTERS]}, and redirects are not followed: correct BASE_URL"
        if status in (401, 403):
            given = "the key in QUOD_LM_API_KEY is not accepted" if self._options.api_key else "set QUOD_LM_API_KEY"
            return given + f", or the key has no right to {self._name!r}" * (status == 403)
        if status in (404, 405, *_NEVER):
            return f"does it serve {self._name!r}, and does BASE_URL end where its API begins, usually in /v1?"
        if status == 413:
            return "the prompt is too long for it"
        return "it does not take this request: too long a prompt, or a sampling it does not offer"


_LATER: Mapping[int, str] = {
    408: "it did not get the request in time",
    409: "it is in conflict with another request",
    425: "it is not ready yet",
    429: "too many requests, or the quota is used up; lower QUOD_LM_CONCURRENCY",
    502: "the proxy in front of it cannot reach it",
    503: "it is overloaded or still loading",
    504: "the proxy in front of it did not wait long enough",
}


def _checked_base_url(base_url: str) -> str:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise LmSpecError(f"BASE_URL is not a URL: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise LmSpecError(f"BASE_URL must begin with http:// or https:// and name a host: {base_url!r}")
    if url.userinfo:
        raise LmSpecError("BASE_URL holds a user or password, which would be logged: give the key in QUOD_LM_API_KEY")
    if url.query or url.fragment:
        raise LmSpecError("BASE_URL has a query or fragment; give it up to where /chat/completions follows")
    return str(url).rstrip("/")


def _checked_key(key: str) -> str:
    stripped = key.strip()
    if not stripped or not (stripped.isascii() and stripped.isprintable()) or " " in stripped:
        raise LmSpecError("QUOD_LM_API_KEY is not a key: it is empty, or holds spaces or characters other than ASCII")
    return stripped


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _retry_after_seconds(headers: httpx.Headers) -> float | None:
    """What `Retry-After` asks for, as seconds from now; None where it is absent or cannot be read."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        when, now = _date(value), _date(headers.get("Date", "")) or datetime.now(UTC)
        if when is None:
            return None
        # Both by the server's clock, which need not be ours.
        seconds = (when - now).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _read_reply(body: bytes) -> tuple[str, FinishReason, TokenUsage | None]:
    """Text, finish reason and usage of a chat completion.

    Raises:
        ValueError: it is none, and why.
    """
    if body.lstrip()[:1] == b"<":
        raise ValueError("it is HTML or XML, not JSON; does BASE_URL end where the API begins, usually in /v1?")
    try:
        reply: Any = json.loads(body)
    except RecursionError as error:
        raise ValueError("its JSON is nested too deep") from error
    except ValueError as error:
        raise ValueError(f"it is not JSON, or cut off ({error})") from error
    if not isinstance(reply, dict):
        raise ValueError("it is not a JSON object")
    choices = reply.get("choices")
    if not isinstance(choices, list) or not choices:
        raise ValueError(
            "its list of choices is empty; look into the server's log for why"
            if choices == []
            else "it has no list of choices"
        )
    choice = choices[0]
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise ValueError("its first choice has no message")
    content = message.get("content")
    if not isinstance(content, str):
        raise ValueError(_why_no_content(content, message))
    try:
        content.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"its content is not text: {error.reason} at character {error.start}") from error
    return content, _finish_reason(choice.get("finish_reason")), _usage(reply.get("usage"))


def _why_no_content(content: object, message: dict[str, Any]) -> str:
    if content is not None:
        return "its content is not a string"
    if isinstance(message.get("refusal"), str):
        return "its content is null, since the language model refused"
    if message.get("reasoning_content") or message.get("reasoning"):
        return "its content is null, and all it has is reasoning: raise QUOD_LM_MAX_TOKENS"
    return "its content is null"


def _finish_reason(value: object) -> FinishReason:
    return {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}.get(str(value), FinishReason.OTHER)


def _usage(usage: object) -> TokenUsage | None:
    if not isinstance(usage, dict):
        return None
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    # True is an int to Python.
    if type(prompt) is not int or type(completion) is not int or prompt < 0 or completion < 0:
        return None
    return TokenUsage(prompt_tokens=prompt, completion_tokens=completion)
