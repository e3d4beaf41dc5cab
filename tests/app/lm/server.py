"""A real server on the loopback interface that speaks chat completions, badly where a test says so."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Server:
    """Each request gets the next of `behaviours`, and the last one again when they are used up."""

    behaviours: list[Behaviour]
    asked: list[Asked] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    address: str = ""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.asked.append(Asked(first.split()[1], headers, json.loads(body)))
            self.arrived.set()
            behaviour = self.behaviours[min(len(self.asked), len(self.behaviours)) - 1]
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                await behaviour(writer)
            finally:
                self.at_once -= 1
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client gave up, as some tests want it to
        finally:
            writer.close()


@asynccontextmanager
async def running(*behaviours: Behaviour) -> AsyncIterator[Server]:
    server = Server(list(behaviours))
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    server.address = f"http://127.0.0.1:{port}/v1"
    try:
        yield server
    finally:
        listening.close()


def completion(
    content: object = "fact.",
    *,
    finish_reason: object = "stop",
    usage: object = None,
    message: Mapping[str, object] | None = None,
) -> dict[str, object]:
    reply: dict[str, object] = {
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish_reason,
                "message": {"role": "assistant", "content": content, **(message or {})},
            }
        ],
    }
    return reply if usage is None else reply | {"usage": usage}


def replies(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Behaviour:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(_head(status, len(data), headers) + data)

    return behave


def cuts_off(body: bytes, *, announced: int) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(_head(200, announced, None) + body)

    return behave


def hangs(seconds: float = 30.0) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)

    return behave


def hangs_up() -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        pass

    return behave


def replies_late(seconds: float, body: object) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await replies(body)(writer)

    return behave


def never_ends() -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b" " * 65_536)
            await writer.drain()

    return behave


def _head(status: int, length: int, headers: Mapping[str, str] | None) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {length}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode()
