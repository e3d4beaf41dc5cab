"""Runs programs for scripts without an event loop: one runtime in a thread of its own, ended with the interpreter."""

import asyncio
import atexit
import os
import threading

from solvers.runtime import Runtime
from solvers.types import Job, Limits, Run

_runtimes: dict[int, tuple[asyncio.AbstractEventLoop, Runtime]] = {}
"""By process id: a forked process has neither the thread nor the fork servers of its parent."""

_starting = threading.Lock()


def solve(job: Job, limits: Limits = Limits()) -> Run:  # noqa: B008  # frozen
    """As `Runtime.solve`, but waits. Any number of threads may call it.

    Raises what `Runtime.solve` raises, and `RuntimeError` where an event loop runs: there, await a `Runtime`.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise RuntimeError(
            "an event loop runs in this thread: use `async with Runtime()` and await `runtime.solve(...)`"
        )
    with _starting:
        loop, runtime = _runtimes.get(os.getpid()) or _start()
    return asyncio.run_coroutine_threadsafe(runtime.solve(job, limits), loop).result()


def _start() -> tuple[asyncio.AbstractEventLoop, Runtime]:
    loop, runtime = asyncio.new_event_loop(), Runtime()
    thread = threading.Thread(target=loop.run_forever, name="solvers", daemon=True)
    thread.start()
    _runtimes[os.getpid()] = loop, runtime
    atexit.register(_end, os.getpid(), loop, runtime, thread)
    return loop, runtime


def _end(pid: int, loop: asyncio.AbstractEventLoop, runtime: Runtime, thread: threading.Thread) -> None:
    if os.getpid() != pid:
        return
    asyncio.run_coroutine_threadsafe(runtime.close(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
