import itertools
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from app.errors import StoreUnavailableError
from app.lm.cache import CachedLM, CompletionCache
from app.lm.types import Completion, FinishReason, LmRequest, Message, Role
from app.store.completions import SqlCompletionCache
from app.store.rows import sha256_of
from app.store.session import Database
from tests.app.store.examples import LM
from tests.app.store.strategies import values_of

COMPLETION = Completion("p(1).", LM, FinishReason.STOP, seconds=1.5)
_numbers = itertools.count()


@pytest.fixture
def cache(database) -> CompletionCache:
    return SqlCompletionCache(database)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(completion=values_of(Completion))
def test_a_completion_comes_back_as_it_was_and_says_that_it_is_cached(cache, completion):
    key = sha256_of(str(next(_numbers)))
    assert cache.get(key) is None
    cache.put(key, completion)
    assert cache.get(key) == replace(completion, cached=True)


def test_the_first_completion_of_a_key_stays(cache):
    key = sha256_of("key")
    cache.put(key, COMPLETION)
    cache.put(key, replace(COMPLETION, text="q(2)."))
    assert cache.get(key).text == "p(1)."


def test_a_cached_completion_outlives_the_process(database_url, cache):
    cache.put(sha256_of("key"), COMPLETION)
    with Database.open(database_url) as later:
        assert SqlCompletionCache(later).get(sha256_of("key")) == replace(COMPLETION, cached=True)


def test_a_cache_that_cannot_be_written_is_said(tmp_path):
    with Database.open(f"sqlite:///{tmp_path}/none.db") as database:
        cache = SqlCompletionCache(database)
        for use in (lambda: cache.get("a" * 64), lambda: cache.put("a" * 64, COMPLETION)):
            with pytest.raises(StoreUnavailableError, match="quod db upgrade"):
                use()


class CountingLM:
    """Answers each request with the number of calls so far."""

    identity = LM

    def __init__(self):
        self.calls = 0

    async def complete(self, request):
        self.calls += 1
        return replace(COMPLETION, text=f"p({self.calls}).")

    async def close(self): ...


@pytest.mark.anyio
async def test_a_language_model_is_asked_once_for_equal_requests(cache):
    lm = CountingLM()
    request = LmRequest((Message(Role.USER, "Formalise: \ud800"),), problem="a", attempt=1)
    first = await CachedLM(lm, cache).complete(request)
    second = await CachedLM(lm, cache).complete(request)
    assert (first.text, first.cached) == ("p(1).", False)
    assert (second.text, second.cached) == ("p(1).", True)
    assert lm.calls == 1
