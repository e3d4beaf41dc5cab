import asyncio
import threading
from dataclasses import replace

import pytest

from app.errors import LmUnavailableError, StoreUnavailableError
from app.lm.cache import CachedLM, completion_key
from app.lm.types import Completion, FinishReason, LmIdentity, LmRequest, Message, Role, Sampling, TokenUsage

pytestmark = pytest.mark.anyio

LM = LmIdentity("http", "m", "r1", "http://a/v1")
REQUEST = LmRequest((Message(Role.SYSTEM, "s"), Message(Role.USER, "u")), problem="p", attempt=1)


class KeptInMemory:
    def __init__(self):
        self.kept = {}
        self.threads = set()

    def get(self, key):
        self.threads.add(threading.get_ident())
        return self.kept.get(key)

    def put(self, key, completion):
        self.threads.add(threading.get_ident())
        self.kept[key] = completion


class Counting:
    """A language model that counts its calls, and fails as often as it is told."""

    def __init__(self, failures=0, seconds=0.0):
        self.identity = LM
        self.calls = 0
        self.cancelled = 0
        self.failures = failures
        self.seconds = seconds
        self.asked = asyncio.Event()

    async def complete(self, request):
        self.calls += 1
        number = self.calls
        self.asked.set()
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if number <= self.failures:
            raise LmUnavailableError("down")
        return Completion(f"completion {number}", LM, FinishReason.STOP, 1.5, TokenUsage(2, 3))

    async def close(self):
        self.identity = None


async def test_the_second_equal_call_is_not_made():
    lm, cache = Counting(), KeptInMemory()
    cached = CachedLM(lm, cache)
    first, second = await cached.complete(REQUEST), await cached.complete(REQUEST)
    assert lm.calls == 1
    assert not first.cached
    assert second == replace(first, cached=True)
    assert cached.identity == LM


async def test_what_is_kept_does_not_say_that_it_was_cached():
    cache = KeptInMemory()
    cached = CachedLM(Counting(), cache)
    await cached.complete(REQUEST)
    await cached.complete(REQUEST)
    (kept,) = cache.kept.values()
    assert not kept.cached


async def test_a_cache_that_forgets_the_server_gives_the_identity_back():
    cache = KeptInMemory()
    cached = CachedLM(Counting(), cache)
    await cached.complete(REQUEST)
    cache.kept = {key: replace(kept, lm=LmIdentity("http", "m")) for key, kept in cache.kept.items()}
    assert (await cached.complete(REQUEST)).lm == LM


async def test_an_error_is_not_kept():
    lm, cache = Counting(failures=1), KeptInMemory()
    cached = CachedLM(lm, cache)
    with pytest.raises(LmUnavailableError):
        await cached.complete(REQUEST)
    assert cache.kept == {}
    assert (await cached.complete(REQUEST)).text == "completion 2"


async def test_equal_calls_at_the_same_time_are_made_once():
    lm = Counting(seconds=0.05)
    cached = CachedLM(lm, KeptInMemory())
    made = await asyncio.gather(*(cached.complete(REQUEST) for _ in range(20)))
    assert lm.calls == 1
    assert {completion.text for completion in made} == {"completion 1"}
    assert [completion.cached for completion in made].count(False) == 1


async def test_an_error_reaches_everyone_who_waits_and_the_next_call_is_made():
    lm = Counting(failures=1, seconds=0.05)
    cached = CachedLM(lm, KeptInMemory())
    outcomes = await asyncio.gather(*(cached.complete(REQUEST) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LmUnavailableError] * 3
    assert (await cached.complete(REQUEST)).text == "completion 2"


async def test_one_who_gives_up_does_not_end_the_call_of_the_others():
    lm = Counting(seconds=0.05)
    cached = CachedLM(lm, KeptInMemory())
    first = asyncio.create_task(cached.complete(REQUEST))
    second = asyncio.create_task(cached.complete(REQUEST))
    await lm.asked.wait()
    first.cancel()
    assert (await second).text == "completion 1"
    assert lm.cancelled == 0


async def test_the_call_ends_when_nobody_waits_and_a_later_one_is_made_anew():
    lm = Counting(seconds=10)
    cached = CachedLM(lm, KeptInMemory())
    waiting = [asyncio.create_task(cached.complete(REQUEST)) for _ in range(2)]
    await lm.asked.wait()
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    lm.seconds = 0
    assert (await cached.complete(REQUEST)).text == "completion 2"
    assert lm.cancelled == 1


async def test_a_cache_that_cannot_be_written_is_said():
    class Full(KeptInMemory):
        def put(self, key, completion):
            raise StoreUnavailableError("the disk is full")

    with pytest.raises(StoreUnavailableError):
        await CachedLM(Counting(), Full()).complete(REQUEST)


async def test_the_event_loop_does_not_wait_for_the_cache():
    cache = KeptInMemory()
    await CachedLM(Counting(), cache).complete(REQUEST)
    assert threading.get_ident() not in cache.threads


DRAWN = replace(REQUEST, sampling=Sampling(temperature=0.8))

DIFFERENT = [
    (replace(LM, backend="transformers"), REQUEST),
    (replace(LM, name="n"), REQUEST),
    (replace(LM, revision="r2"), REQUEST),
    (replace(LM, base_url="http://b/v1"), REQUEST),
    (LM, replace(REQUEST, messages=REQUEST.messages[:1])),
    (LM, replace(REQUEST, messages=REQUEST.messages[::-1])),
    (LM, replace(REQUEST, messages=(Message(Role.SYSTEM, "su"), Message(Role.USER, "")))),
    (LM, replace(REQUEST, messages=(Message(Role.USER, "s"), Message(Role.USER, "u")))),
    (LM, replace(REQUEST, sampling=Sampling(top_p=0.5))),
    (LM, replace(REQUEST, sampling=Sampling(max_tokens=5))),
    (LM, replace(REQUEST, sampling=Sampling(seed=1))),
    (LM, DRAWN),
    (LM, replace(DRAWN, attempt=2)),
    (LM, replace(DRAWN, sampling=Sampling(temperature=0.8, seed=1))),
]


def test_everything_that_matters_makes_another_key():
    keys = [completion_key(lm, request) for lm, request in [(LM, REQUEST), *DIFFERENT]]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 64 for key in keys)


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(temperature=0.8, seed=1), Sampling(seed=1)])
def test_the_attempt_matters_only_where_chance_decides(sampling):
    request = replace(REQUEST, sampling=sampling)
    assert completion_key(LM, request) == completion_key(LM, replace(request, attempt=2, problem="q"))


def test_a_recording_is_asked_by_problem_and_attempt():
    recording = LmIdentity("recorded", "samples.jsonl", "sha256:ab")
    requests = [REQUEST, replace(REQUEST, attempt=2), replace(REQUEST, problem="q")]
    assert len({completion_key(recording, request) for request in requests}) == 3


def test_a_key_does_not_change_from_one_release_to_the_next():
    # If this fails, every kept completion is lost to its users. Say so in the change log, or keep the key.
    assert completion_key(LM, REQUEST) == "0dbded10e0950ab4e88f54a2f6907ebaa633fb8289a9df182e65f87fd5669432"


def test_a_whole_number_and_its_float_are_the_same_temperature():
    whole, decimal = (replace(REQUEST, sampling=Sampling(temperature=t, top_p=t, seed=1)) for t in (1, 1.0))
    assert completion_key(LM, whole) == completion_key(LM, decimal)


def test_a_text_without_utf_8_has_a_key():
    assert completion_key(LM, replace(REQUEST, messages=(Message(Role.USER, "\ud800"),)))
