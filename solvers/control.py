"""What the runtime and a fork server say to each other on the control socket, and what travels on a child's channel.

Both ends are ours and of one version; no program has either end of the control socket. A child's channel is
different: a program that took over its child could write to it, so `read_reply` believes nothing that does not carry
the token of the run.
"""

import json
import struct
from dataclasses import asdict, dataclass
from typing import Any

from solvers.errors import ProtocolError
from solvers.types import Layers, Limits

MAX_MESSAGE = 65536

# Messages start with one byte that says which they are.
_RUN = struct.Struct("=cQddQQQ")
_STARTED = struct.Struct("=cQid")
_NOT_STARTED = struct.Struct("=cQi")
_EXITED = struct.Struct("=cQiddd?")


@dataclass(frozen=True, slots=True)
class RunRequest:
    """To the fork server, with two descriptors: the child's channel, and the pipe for its output."""

    run: int
    limits: Limits

    def pack(self) -> bytes:
        limits = self.limits
        return _RUN.pack(
            b"r",
            self.run,
            limits.wall_seconds,
            limits.cpu_seconds,
            limits.memory_mib,
            limits.output_bytes,
            limits.max_answers,
        )

    @staticmethod
    def unpack(message: bytes) -> "RunRequest":
        _, run, wall, cpu, memory, output, answers = _RUN.unpack(message)
        return RunRequest(run, Limits(wall, cpu, memory, output, answers))


@dataclass(frozen=True, slots=True)
class Ready:
    """From the fork server, once: the engine is loaded.

    `open`: what a locked-in child can still reach, in words; empty is good.
    """

    version: str
    layers: Layers
    open: str
    resident_mib: float

    def pack(self) -> bytes:
        return b"R" + json.dumps(asdict(self)).encode()


@dataclass(frozen=True, slots=True)
class Failed:
    """From the fork server, once, instead of `Ready`: why the engine cannot be loaded."""

    detail: str

    def pack(self) -> bytes:
        return b"F" + json.dumps(self.detail[-4000:]).encode()


@dataclass(frozen=True, slots=True)
class Started:
    """From the fork server, with a pidfd. `at` is on the monotonic clock, which all processes share."""

    run: int
    pid: int
    at: float

    def pack(self) -> bytes:
        return _STARTED.pack(b"s", self.run, self.pid, self.at)


@dataclass(frozen=True, slots=True)
class NotStarted:
    """From the fork server: the kernel gave no process."""

    run: int
    errno: int

    def pack(self) -> bytes:
        return _NOT_STARTED.pack(b"n", self.run, self.errno)


@dataclass(frozen=True, slots=True)
class Exited:
    """From the fork server: the child and its process group are gone.

    Args:
        status: as waitpid(2) gives it.
        perhaps_oom: it was killed, and the kernel killed for want of memory meanwhile, or does not tell.
    """

    run: int
    status: int
    at: float
    cpu_seconds: float
    peak_memory_mib: float
    perhaps_oom: bool = False

    def pack(self) -> bytes:
        numbers = (self.at, self.cpu_seconds, self.peak_memory_mib)
        return _EXITED.pack(b"x", self.run, self.status, *numbers, self.perhaps_oom)


Report = Ready | Failed | Started | NotStarted | Exited


def unpack_report(message: bytes) -> Report:
    """Raises `ProtocolError`."""
    try:
        match message[:1]:
            case b"s":
                return Started(*_STARTED.unpack(message)[1:])
            case b"x":
                return Exited(*_EXITED.unpack(message)[1:])
            case b"n":
                return NotStarted(*_NOT_STARTED.unpack(message)[1:])
            case b"R":
                body: dict[str, Any] = json.loads(message[1:])
                return Ready(body["version"], Layers(**body["layers"]), body["open"], body["resident_mib"])
            case b"F":
                return Failed(json.loads(message[1:]))
            case _:
                raise ProtocolError(f"no message of a fork server starts with {message[:1]!r}")
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise ProtocolError(f"a message of a fork server cannot be read: {error}") from error


# On a child's channel: down, one job; up, the word that the child is locked in, then one reply, then its end.

TOKEN_BYTES = 16
LOCKED = b"locked in\n"
ENDING = b"E"
FAULT = b"F"

_HEADER = struct.Struct(f"={TOKEN_BYTES}scQ")
HEADER_BYTES = _HEADER.size


def job_frame(token: bytes, job: bytes) -> bytes:
    return _HEADER.pack(token, b"J", len(job)) + job


def read_job_header(header: bytes) -> tuple[bytes, int]:
    """The token that the reply must carry, and the length of the job in bytes."""
    token, _, length = _HEADER.unpack(header)
    return token, length


def reply_frame(token: bytes, kind: bytes, body: bytes) -> bytes:
    return _HEADER.pack(token, kind, len(body)) + body


def read_reply(stream: bytes, token: bytes) -> tuple[bytes, bytes] | None:
    """Kind and body, if `stream` is exactly one reply that carries `token`; None otherwise."""
    if len(stream) < HEADER_BYTES:
        return None
    carried, kind, length = _HEADER.unpack_from(stream)
    if carried != token or kind not in (ENDING, FAULT) or length != len(stream) - HEADER_BYTES:
        return None
    return kind, stream[HEADER_BYTES:]
