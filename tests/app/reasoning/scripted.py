"""Language models that replay what a test gives them, the real solver with a run replaced, a recorder of events, and a
short way to run the loop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from app.lm.types import Completion, FinishReason, LmIdentity, LmRequest, TokenUsage
from app.reasoning.events import Event
from app.reasoning.pipeline import solve_problem
from app.reasoning.types import Problem, Trace
from solvers import Runtime
from solvers.types import Job, Limits, Run

IDENTITY = LmIdentity("scripted", "scripted", "1")
USAGE = TokenUsage(100, 20)


def completion(
    text: str, finish_reason: FinishReason = FinishReason.STOP, usage: TokenUsage | None = USAGE
) -> Completion:
    return Completion(text, IDENTITY, finish_reason, 0.0, usage)


class ScriptedLM:
    """Replies one after the other: text, a completion, an exception to raise, or seconds to wait before the next."""

    identity = IDENTITY

    def __init__(self, *replies: str | Completion | BaseException | float) -> None:
        self._replies = list(replies)
        self.requests: list[LmRequest] = []

    async def complete(self, request: LmRequest) -> Completion:
        self.requests.append(request)
        while self._replies:
            reply = self._replies.pop(0)
            if isinstance(reply, float):
                await asyncio.sleep(reply)
                continue
            if isinstance(reply, BaseException):
                raise reply
            return reply if isinstance(reply, Completion) else completion(reply)
        raise AssertionError(f"the test has no reply for attempt {request.attempt}")

    async def close(self) -> None: ...


class TwoReaders:
    """Keeps the replies for the two readings apart, whichever is asked for first."""

    identity = IDENTITY

    def __init__(self, first: list[str | Completion], second: list[str | Completion | Exception]) -> None:
        self.first, self.second = ScriptedLM(*first), ScriptedLM(*second)

    async def complete(self, request: LmRequest) -> Completion:
        return await (self.second if request.corroboration else self.first).complete(request)

    async def close(self) -> None: ...


class Replacing:
    """The real solver; what `replaced` makes of a run takes its place."""

    def __init__(self, runtime: Runtime, replaced: Callable[[Job, Run], Run]) -> None:
        self.runtime, self.replaced = runtime, replaced

    async def solve(self, job: Job, limits: Limits) -> Run:
        return self.replaced(job, await self.runtime.solve(job, limits))


class Before:
    """The real solver, after `first` was awaited; it may raise."""

    def __init__(self, runtime: Runtime, first: Callable[[Job], Awaitable[None]]) -> None:
        self.runtime, self.first = runtime, first

    async def solve(self, job: Job, limits: Limits) -> Run:
        await self.first(job)
        return await self.runtime.solve(job, limits)


class Kept:
    """A `record` that keeps the events; with `failing_at` n the n-th cannot be kept."""

    def __init__(self, failing_at: int | None = None, error: Exception | None = None) -> None:
        self.events: list[Event] = []
        self._failing_at = failing_at
        self._error = error

    async def __call__(self, event: Event) -> None:
        if self._failing_at == len(self.events) + 1:
            assert self._error is not None
            raise self._error
        self.events.append(event)


async def solve(problem: Problem, replies: Sequence[Any], solver: Any, **arguments: Any) -> Trace:
    """Run the loop on scripted replies."""
    arguments.setdefault("record", Kept())
    arguments.setdefault("lm", ScriptedLM(*replies))
    return await solve_problem(problem, solver=solver, quod="0.0", engines={}, **arguments)


def prolog(program: str) -> str:
    return f"```prolog\n{program.strip()}\n```"


def smt(program: str) -> str:
    return f"```smt2\n{program.strip()}\n```"
