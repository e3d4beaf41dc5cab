import asyncio
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.evaluation.slots import Slots


@given(
    places=st.integers(1, 6),
    most=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    script=st.lists(
        st.tuples(st.sampled_from(["take", "take", "back", "cancel", "yield"]), st.integers(0, 99)), max_size=60
    ),
)
def test_no_place_is_lost_and_none_is_held_twice_whatever_happens(places, most, script):
    async def play():
        slots = Slots(places)
        with ExitStack() as stack:
            shares = [stack.enter_context(slots.share(each)) for each in most]
            takers = [[] for _ in shares]

            def check():
                assert slots.free + sum(share.held for share in shares) == places
                assert all(share.held <= each for share, each in zip(shares, most, strict=True))

            for what, number in script:
                index = number % len(shares)
                share, mine = shares[index], takers[index]
                if what == "take":
                    mine.append(asyncio.ensure_future(share.take()))
                elif what == "yield":
                    await asyncio.sleep(0)
                elif what == "cancel" and mine:
                    # Also one that was granted a moment ago and has not heard of it.
                    mine[number % len(mine)].cancel()
                elif what == "back" and (got := [each for each in mine if each.done() and not each.cancelled()]):
                    mine.remove(got[0])
                    share.give_back()
                check()
            for _ in range(4):
                await asyncio.sleep(0)
            check()
            for share, each, mine in zip(shares, most, takers, strict=True):
                got = sum(taker.done() and not taker.cancelled() for taker in mine)
                assert share.held == got
                waits = any(not taker.done() for taker in mine)
                assert not (waits and slots.free and share.held < each), "a place is free and somebody may have it"
            for taker in (taker for mine in takers for taker in mine):
                taker.cancel()
            await asyncio.sleep(0)
        assert slots.free == places

    asyncio.run(play())


@pytest.mark.anyio
async def test_those_that_wait_take_turns_however_many_places_each_asks_for():
    slots, order = Slots(1), []

    async def work(name, share, times):
        async def once():
            await share.take()
            order.append(name)
            await asyncio.sleep(0)
            share.give_back()

        await asyncio.gather(*(once() for _ in range(times)))

    with slots.share(16) as greedy, slots.share(1) as modest:
        await asyncio.gather(work("greedy", greedy, 20), work("modest", modest, 5))
    assert order[:11].count("modest") == 5
    assert len(order) == 25


@pytest.mark.anyio
async def test_a_run_that_comes_late_gets_its_share_as_soon_as_places_become_free():
    slots = Slots(4)
    with slots.share(4) as first, slots.share(4) as late:
        for _ in range(4):
            await first.take()
        waiting = [
            asyncio.ensure_future(share.take()) for share in (first, first, first, first, late, late, late, late)
        ]
        await asyncio.sleep(0)
        for _ in range(4):
            first.give_back()
            await asyncio.sleep(0)
        assert (first.held, late.held) == (2, 2)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.anyio
async def test_what_a_run_still_holds_at_its_end_goes_to_the_others():
    slots = Slots(1)
    with slots.share(1) as other:
        with slots.share(1) as ended:
            await ended.take()
            waiting = asyncio.ensure_future(other.take())
            await asyncio.sleep(0)
            assert not waiting.done()
        await asyncio.wait_for(waiting, 1)
        assert other.held == 1
    assert slots.free == 1


@pytest.mark.anyio
async def test_a_place_that_is_not_held_cannot_be_given_back():
    with Slots(2).share(2) as share, pytest.raises(RuntimeError, match="not held"):
        share.give_back()
