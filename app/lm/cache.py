"""Keeps completions, so that the same call is not made twice.

A key names everything that a completion depends on; an error is never kept.
"""

import asyncio
import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from app.lm.types import Completion, LanguageModel, LmIdentity, LmRequest


class CompletionCache(Protocol):
    """Where completions are kept by key, 64 hexadecimal digits.

    Both methods block and are called from threads, several at once. What they raise goes to whoever asked for the
    completion: a cache that cannot be written is said, not passed over.
    """

    def get(self, key: str) -> Completion | None:
        """The completion put under `key`, or None."""
        ...

    def put(self, key: str, completion: Completion) -> None:
        """Keep `completion` under `key`. Where there is one already, either may stay."""
        ...


def completion_key(identity: LmIdentity, request: LmRequest) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON of all that the completion depends on.

    The number of the attempt belongs to it where the language model draws at random without a seed, since a repair
    or a second try must not get the first one's completion again, and for a recording, which is looked up by it.
    """
    sampling = request.sampling
    parts: dict[str, object] = {
        "key": 1,
        "lm": asdict(identity),
        "messages": [[message.role.value, message.content] for message in request.messages],
        # 0 and 0.0 are the same temperature, and not the same JSON.
        "sampling": asdict(sampling) | {"temperature": float(sampling.temperature), "top_p": float(sampling.top_p)},
    }
    if sampling.temperature > 0 and sampling.seed is None:
        parts["attempt"] = request.attempt
    if identity.backend == "recorded":
        parts |= {"problem": request.problem, "attempt": request.attempt}
        parts |= {"corroboration": True} if request.corroboration else {}
    # A lone surrogate has no UTF-8 and must have a key all the same. Escapes would give two of them in a row the key of
    # the character that the pair stands for.
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(slots=True)
class _Flight:
    task: asyncio.Task[Completion]
    waiting: int = 0


class CachedLM:
    """A `LanguageModel` in front of another, which it asks only for what `cache` does not hold.

    Equal requests that come while the first is under way wait for its completion; to them it is `cached` too. Usage
    and seconds of a cached completion are those of the call that made it.
    """

    def __init__(self, lm: LanguageModel, cache: CompletionCache) -> None:
        self._lm = lm
        self._cache = cache
        self._flights: dict[str, _Flight] = {}

    @property
    def identity(self) -> LmIdentity:
        return self._lm.identity

    @property
    def uncached(self) -> LanguageModel:
        """The language model itself. Closed with this one."""
        return self._lm

    async def complete(self, request: LmRequest) -> Completion:
        key = completion_key(self._lm.identity, request)
        flight = self._flights.get(key)
        joined = flight is not None
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.create_task(self._fetch(key, request)))
            flight.task.add_done_callback(lambda _: self._forget(key, flight))
        flight.waiting += 1
        try:
            # One who gives up must not end the call under the others.
            completion = await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0 and not flight.task.done():
                self._forget(key, flight)
                flight.task.cancel()
        return replace(completion, cached=True) if joined else completion

    async def close(self) -> None:
        await self._lm.close()

    def _forget(self, key: str, flight: _Flight) -> None:
        # The key may already belong to a later flight.
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def _fetch(self, key: str, request: LmRequest) -> Completion:
        held = await asyncio.to_thread(self._cache.get, key)
        if held is not None:
            # The key holds the identity, so it is this one whatever fields the cache keeps of it.
            return replace(held, lm=self._lm.identity, cached=True)
        completion = await self._lm.complete(request)
        await asyncio.to_thread(self._cache.put, key, completion)
        return completion
