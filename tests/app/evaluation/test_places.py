import asyncio

import pytest

from app.evaluation.places import Places


async def taken(places, number):
    return [await asyncio.wait_for(places.take(), 60) for _ in range(number)]


async def test_each_sample_goes_where_the_largest_share_is_free_and_none_beyond_the_places(anyio_backend):
    places = Places()
    places.offer({"large": 4, "small": 2})
    found = await taken(places, 6)
    assert (found.count("large"), found.count("small")) == (4, 2)
    assert sorted(found[:2]) == ["large", "small"]
    waiting = asyncio.create_task(places.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    places.give_back("small")
    assert await waiting == "small"


async def test_who_waits_is_served_in_turn_by_a_worker_that_comes(anyio_backend):
    places = Places()
    first, second = asyncio.create_task(places.take()), asyncio.create_task(places.take())
    await asyncio.sleep(0)
    places.offer({"new": 1})
    assert await first == "new"
    assert not second.done()
    places.give_back("new")
    assert await second == "new"


async def test_a_worker_that_is_not_there_gets_nothing_until_it_is_offered_again_and_then_what_it_has_left(
    anyio_backend,
):
    places = Places()
    places.offer({"worker": 2})
    await taken(places, 1)
    places.offer({})
    assert not places
    waiting = [asyncio.create_task(places.take()) for _ in range(2)]
    await asyncio.sleep(0)
    places.offer({"worker": 2})
    assert await waiting[0] == "worker"
    assert not waiting[1].done()
    places.give_back("worker")
    assert await waiting[1] == "worker"


@pytest.mark.parametrize("granted", [False, True])
async def test_cancelled_nobody_keeps_a_place(anyio_backend, granted):
    places = Places()
    waiting = asyncio.create_task(places.take())
    await asyncio.sleep(0)
    if granted:
        places.offer({"worker": 1})
    waiting.cancel()
    await asyncio.wait({waiting})
    assert waiting.cancelled()
    places.offer({"worker": 1})
    assert await taken(places, 1) == ["worker"]
