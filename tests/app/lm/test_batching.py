import asyncio
import threading
import time

import pytest

from app.lm.batching import BatcherClosedError, MicroBatcher

pytestmark = pytest.mark.anyio


class Work:
    """Doubles numbers, a batch at a time, and remembers its batches. Holds still until `go` is set."""

    def __init__(self):
        self.batches = []
        self.dropped = []
        self.threads = set()
        self.began = threading.Event()
        self.go = threading.Event()
        self.go.set()

    def __call__(self, items, dropped):
        self.threads.add(threading.get_ident())
        self.batches.append(list(items))
        self.began.set()
        assert self.go.wait(60)
        self.dropped.append([dropped(index) for index in range(len(items))])
        return [ValueError("unlucky") if item == 13 else 2 * item for item in items]


def batching(work, *, key=lambda item: 0, size=4, wait_seconds=0.25):
    return MicroBatcher(work, key=key, size=size, wait_seconds=wait_seconds, name="test")


async def until_begun(work):
    assert await asyncio.to_thread(work.began.wait, 60)


async def test_requests_that_come_together_are_worked_on_together():
    work = Work()
    batcher = batching(work)
    assert await asyncio.gather(*(batcher.submit(n) for n in range(10))) == [2 * n for n in range(10)]
    assert work.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert len(work.threads) == 1
    assert threading.get_ident() not in work.threads
    await batcher.close()


async def test_a_full_batch_does_not_wait():
    batcher = batching(Work(), wait_seconds=30)
    assert await asyncio.wait_for(asyncio.gather(*(batcher.submit(n) for n in range(4))), 20) == [0, 2, 4, 6]
    await batcher.close()


async def test_a_lone_request_waits_no_longer_than_agreed():
    batcher = batching(Work(), wait_seconds=0.1)
    began = time.perf_counter()
    assert await batcher.submit(1) == 2
    assert 0.09 < time.perf_counter() - began < 20
    await batcher.close()


async def test_only_equal_keys_share_a_batch_and_the_first_to_come_is_the_first_to_go():
    work = Work()
    batcher = batching(work, key=lambda item: item % 2)
    await asyncio.gather(*(batcher.submit(n) for n in (1, 2, 3, 4, 6, 8, 10)))
    assert work.batches == [[1, 3], [2, 4, 6, 8], [10]]
    await batcher.close()


async def test_one_bad_item_does_not_harm_the_others():
    batcher = batching(Work())
    results = await asyncio.gather(*(batcher.submit(n) for n in (1, 13, 2)), return_exceptions=True)
    assert results[0::2] == [2, 4]
    assert isinstance(results[1], ValueError)
    await batcher.close()


async def test_what_the_work_raises_reaches_its_batch_and_the_next_one_runs():
    def work(items, dropped):
        if items[0] == 1:
            raise RuntimeError("torch fell over")
        return items

    batcher = batching(work)
    results = await asyncio.gather(batcher.submit(1), batcher.submit(2), return_exceptions=True)
    assert [str(result) for result in results] == ["torch fell over"] * 2
    assert await batcher.submit(3) == 3
    await batcher.close()


async def test_a_request_cancelled_while_it_waits_is_never_worked_on():
    work = Work()
    work.go.clear()
    batcher = batching(work)
    first = asyncio.create_task(batcher.submit(1))
    await until_begun(work)
    second, third = asyncio.create_task(batcher.submit(2)), asyncio.create_task(batcher.submit(3))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    work.go.set()
    assert await asyncio.gather(first, third) == [2, 6]
    assert work.batches == [[1], [3]]
    await batcher.close()


async def test_the_work_is_told_whose_request_was_cancelled_under_way():
    work = Work()
    work.go.clear()
    batcher = batching(work)
    tasks = [asyncio.create_task(batcher.submit(n)) for n in (1, 2)]
    await until_begun(work)
    tasks[0].cancel()
    await asyncio.gather(tasks[0], return_exceptions=True)
    work.go.set()
    assert await tasks[1] == 4
    assert work.dropped == [[True, False]]
    await batcher.close()


async def test_close_ends_those_who_wait_and_those_under_way():
    work = Work()
    work.go.clear()
    batcher = batching(work, size=1)
    tasks = [asyncio.create_task(batcher.submit(n)) for n in (1, 2)]
    await until_begun(work)
    asyncio.get_running_loop().call_later(0.05, work.go.set)
    await batcher.close()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [BatcherClosedError] * 2
    assert work.batches == [[1]]
    assert work.dropped == [[True]]
    assert "test" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(BatcherClosedError):
        await batcher.submit(3)


async def test_closing_what_was_never_used_is_fine():
    batcher = batching(Work())
    await batcher.close()
    await batcher.close()
