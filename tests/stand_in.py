"""Stands in for a language model's server, under load and with faults: `python -m tests.stand_in --completions FILE`.

Speaks OpenAI's `POST /v1/chat/completions` and `GET /v1/models` over HTTP/1.1 with connections that are kept. A problem
is found in the request by its text; its completions come from a recording (`app.lm.recorded`), or a program is made
that states its answer (`--answers`, JSON lines `{"problem", "answer"}`). Faults are drawn from the seed, the request's
text and how often it came: two runs meet the same. Garbage is drawn from the seed and the problem alone, so a sample
gets it in every run and at every attempt, or never.

`GET /counts` says what was done so far; `POST /control` with a JSON object changes `Faults` from then on, such as
`{"down": true}`.
"""

import argparse
import asyncio
import hashlib
import json
import re
import signal
import time
from collections import Counter
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from app.lm.recorded import RecordedCompletion, RecordedLM

MODEL = "stand-in"
_GARBAGE = (
    "I am sorry, but as a language model I cannot write programs.",
    "```prolog\nsolve(X :- {X = = 3 +.\n```\n% query: solve(X).\n",
    "The answer is surely 42, since 6 * 7 = 42.",
    "\u00ff\u00fe\u0000".replace("\u0000", "\u2400") * 20,
)
_FENCED = re.compile(r"```(?:prolog|smt2?|smtlib)?\n(.*?)```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Faults:
    """How it behaves; every share is of requests, from 0 to 1.

    Args:
        latency: seconds until a reply; `jitter` of it more or less.
        rate_limit: requests a second, above which it answers 429 with `Retry-After: retry_after`; 0: none.
        refuses: status that every request gets, such as 401; 0: none.
        errors: share answered 500; `resets`: share whose connection is reset; `slow_streams`: share whose body
            takes `slow_seconds`, in pieces.
        garbage: share of problems that get nonsense.
        down: every connection is reset at once.
        down_after: so many requests, after which it is down for `down_for` seconds, once; 0: never.
    """

    latency: float = 0.0
    jitter: float = 0.0
    rate_limit: float = 0.0
    retry_after: int = 1
    refuses: int = 0
    errors: float = 0.0
    resets: float = 0.0
    slow_streams: float = 0.0
    slow_seconds: float = 2.0
    garbage: float = 0.0
    down: bool = False
    down_after: int = 0
    down_for: float = 60.0


class Script:
    """What is replied to a problem."""

    def __init__(self, completions: Path | None, answers: Path | None) -> None:
        self._recorded: dict[str, list[RecordedCompletion]] = {}
        for entry in RecordedLM(completions).entries if completions else ():
            self._recorded.setdefault(entry.problem.strip(), []).append(entry)
        self._answers: dict[str, str] = {}
        for line in answers.read_text("utf-8").split("\n") if answers else ():
            if line.strip():
                row = json.loads(line)
                self._answers[row["problem"].strip()] = str(row["answer"])

    def problem_in(self, text: str) -> str | None:
        """The problem that a user's message holds: what comes last in it, or anywhere."""
        place = -2
        while place != -1:
            rest = text[place + 2 :].strip()
            if rest in self._recorded or rest in self._answers:
                return rest
            place = text.find("\n\n", place + 2)
        known = (*self._recorded, *self._answers)
        return max((problem for problem in known if problem in text), key=len, default=None)

    def completion(self, problem: str, messages: list[dict[str, str]]) -> tuple[str, tuple[int, int] | None]:
        """Text and usage. A repair gets the attempt after the one that it shows, and the last one where no other was
        recorded.
        """
        entries = self._recorded.get(problem)
        if not entries:
            return _stated(self._answers[problem], messages), None
        fence = "```smt" if "SMT-LIB" in messages[-1 if len(messages) < 3 else 1]["content"] else "```prolog"
        fitting = [entry for entry in entries if fence in entry.completion] or entries
        fitting.sort(key=lambda entry: (entry.corroboration, entry.attempt))
        shown = [message["content"] for message in messages if message["role"] == "assistant"]
        chosen = fitting[0]
        if shown:
            program = (found.group(1) if (found := _FENCED.search(shown[-1])) else shown[-1]).strip()
            after = [place for place, entry in enumerate(fitting) if program in entry.completion]
            chosen = fitting[min(after[-1] + 1 if after else 0, len(fitting) - 1)]
        usage = chosen.usage
        return chosen.completion, None if usage is None else (usage.prompt_tokens, usage.completion_tokens)


def _stated(answer: str, messages: list[dict[str, str]]) -> str:
    if any("####" in message["content"] for message in messages):
        return f"#### {answer}"
    return (
        f":- use_module(library(clpq)).\n\nsolve(X) :- {{X = {answer}}}.\n\n"
        "% solve/1: what is asked\n% query: solve(X).\n"
    ).join(("```prolog\n", "```\n"))


class StandIn:
    """The server. `address` is what a client's base URL is, once `serving`."""

    def __init__(self, script: Script, faults: Faults = Faults(), seed: int = 0) -> None:
        self.faults = faults
        self.address = ""
        self.counts: Counter[str] = Counter()
        self.at_once = self.most_at_once = 0
        self._script = script
        self._seed = str(seed)
        self._asked: Counter[bytes] = Counter()
        self._down_until = 0.0
        self._allowance, self._refilled = 0.0, time.monotonic()
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "StandIn":
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> "StandIn":
        self._server = await asyncio.start_server(self._serve, host, port, backlog=1024)
        self.address = f"http://{host}:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def counted(self) -> dict[str, int]:
        """What `GET /counts` says."""
        names = ("requests", "completions", "garbage", "errors", "resets", "rate_limited", "refused", "slow", "down")
        return {name: self.counts[name] for name in (*names, "unknown")} | {
            "at_once": self.at_once,
            "most_at_once": self.most_at_once,
            "distinct": len(self._asked),
        }

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client has gone, or is none
        except asyncio.CancelledError:
            pass  # `close`, and asyncio would log it as a fault
        finally:
            self._connections.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Read and answer one request. False: the connection is not kept."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"\r\ncontent-length:\s*(\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(length.group(1))) if length else b""
        method, path, _ = head.split(" ", 2)
        keeps = "connection: close" not in head.lower()
        match method, path.partition("?")[0]:
            case "POST", "/v1/chat/completions":
                return await self._complete(body, writer) and keeps
            case "GET", "/v1/models":
                _write(writer, 200, {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "tests"}]})
            case "GET", "/counts":
                _write(writer, 200, self.counted())
            case "POST", "/control":
                self._control(body, writer)
            case _:
                _write(writer, 404, _error("no such page"))
        await writer.drain()
        return keeps

    def _control(self, body: bytes, writer: asyncio.StreamWriter) -> None:
        try:
            self.faults = replace(self.faults, **json.loads(body))
        except (ValueError, TypeError) as error:
            _write(writer, 422, _error(f"{error}: it takes {', '.join(each.name for each in fields(Faults))}"))
        else:
            _write(writer, 200, asdict(self.faults))

    async def _complete(self, body: bytes, writer: asyncio.StreamWriter) -> bool:
        self.counts["requests"] += 1
        if self._is_down():
            return self._reset(writer, "down")
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._reply(body, writer)
        finally:
            self.at_once -= 1

    async def _reply(self, body: bytes, writer: asyncio.StreamWriter) -> bool:
        faults, digest = self.faults, hashlib.blake2b(body, digest_size=16).digest()
        self._asked[digest] += 1
        time_asked = str(self._asked[digest])
        if faults.refuses:
            self.counts["refused"] += 1
            _write(writer, faults.refuses, _error("the key is wrong"))
            await writer.drain()
            return True
        if not self._within_rate(faults.rate_limit):
            self.counts["rate_limited"] += 1
            _write(writer, 429, _error("too many requests"), {"Retry-After": str(faults.retry_after)})
            await writer.drain()
            return True
        if faults.latency:
            swing = faults.jitter * (2 * self._draw("latency", digest, time_asked) - 1)
            await asyncio.sleep(faults.latency * (1 + swing))
        if self._is_down():
            return self._reset(writer, "down")
        if self._draw("reset", digest, time_asked) < faults.resets:
            return self._reset(writer, "resets")
        if self._draw("error", digest, time_asked) < faults.errors:
            self.counts["errors"] += 1
            _write(writer, 500, _error("a fault of the server"))
        else:
            await self._completion(body, digest, time_asked, writer)
        await writer.drain()
        return True

    async def _completion(self, body: bytes, digest: bytes, time_asked: str, writer: asyncio.StreamWriter) -> None:
        messages = json.loads(body)["messages"]
        asked = next((message["content"] for message in messages if message["role"] == "user"), "")
        problem = self._script.problem_in(asked)
        if problem is None:
            self.counts["unknown"] += 1
            return _write(writer, 404, _error("nothing is recorded for this problem"))
        nonsense = self._draw("garbage", problem.encode())
        if nonsense < self.faults.garbage:
            self.counts["garbage"] += 1
            text, usage = _GARBAGE[int(nonsense / self.faults.garbage * len(_GARBAGE))], None
        else:
            text, usage = self._script.completion(problem, messages)
        self.counts["completions"] += 1
        reply = _chat_completion(text, usage or (len(body) // 4, len(text) // 4))
        if self._draw("slow", digest, time_asked) < self.faults.slow_streams:
            self.counts["slow"] += 1
            await _write_slowly(writer, reply, self.faults.slow_seconds)
        else:
            _write(writer, 200, reply)
        return None

    def _is_down(self) -> bool:
        faults, now = self.faults, time.monotonic()
        if faults.down_after and not self._down_until and self.counts["requests"] > faults.down_after:
            self._down_until = now + faults.down_for
        return faults.down or now < self._down_until

    def _within_rate(self, rate: float) -> bool:
        """A bucket that holds a second's worth of requests."""
        now = time.monotonic()
        self._allowance = min(max(rate, 1.0), self._allowance + (now - self._refilled) * rate)
        self._refilled = now
        if rate and self._allowance < 1:
            return False
        self._allowance -= 1 if rate else 0
        return True

    def _reset(self, writer: asyncio.StreamWriter, why: str) -> bool:
        self.counts[why] += 1
        writer.transport.abort()
        return False

    def _draw(self, *parts: str | bytes) -> float:
        """From 0 to 1, the same for the same parts and seed."""
        text = b"\0".join(part.encode() if isinstance(part, str) else part for part in (self._seed, *parts))
        return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest(), "big") / 2**56


def _chat_completion(text: str, usage: tuple[int, int]) -> dict[str, object]:
    return {
        "id": "chatcmpl-stand-in",
        "object": "chat.completion",
        "created": 0,
        "model": MODEL,
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)},
    }


def _error(message: str) -> dict[str, object]:
    return {"error": {"message": message, "type": "stand_in"}}


def _bytes(status: int, body: object, headers: dict[str, str] | None = None) -> bytes:
    data = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} OK", "Content-Type: application/json", f"Content-Length: {len(data)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + data


def _write(writer: asyncio.StreamWriter, status: int, body: object, headers: dict[str, str] | None = None) -> None:
    writer.write(_bytes(status, body, headers))


async def _write_slowly(writer: asyncio.StreamWriter, body: object, seconds: float, pieces: int = 10) -> None:
    data = _bytes(200, body)
    size = -(-len(data) // pieces)
    for begin in range(0, len(data), size):
        writer.write(data[begin : begin + size])
        await writer.drain()
        await asyncio.sleep(seconds / pieces)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.stand_in", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--completions", type=Path, help="a recording, plain or gzip")
    parser.add_argument("--answers", type=Path, help="JSON lines with problem and answer")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--seed", type=int, default=0)
    for field in fields(Faults):
        if field.name != "down":
            kind = type(field.default)
            parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=field.default)
    arguments = parser.parse_args()
    if not (arguments.completions or arguments.answers):
        parser.error("give --completions or --answers")
    return arguments


async def _main(arguments: argparse.Namespace) -> None:
    faults = Faults(**{each.name: getattr(arguments, each.name) for each in fields(Faults) if each.name != "down"})
    server = StandIn(Script(arguments.completions, arguments.answers), faults, arguments.seed)
    await server.start(arguments.host, arguments.port)
    print(f"stand-in: ready at {server.address}", flush=True)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await server.close()


if __name__ == "__main__":
    asyncio.run(_main(_arguments()))
