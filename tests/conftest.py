"""Fixtures that more than one folder of tests uses."""

import signal
from collections.abc import AsyncIterator

import pytest

from solvers import Language, Runtime

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A job in the background of a shell is started so, and would hand it on to the programs that Ctrl-C is tried on.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """asyncio alone, since the runtime is built on it.

    One loop for the session, so that fixtures of the session can be async.
    """
    return "asyncio"


@pytest.fixture(scope="session")
async def runtime(anyio_backend: str) -> AsyncIterator[Runtime]:
    """The real runtime: both engines, the whole sandbox.

    Its fork servers start with the first program and serve the session.
    """
    async with Runtime() as running:
        yield running


@pytest.fixture(params=list(Language), ids=str)
def language(request: pytest.FixtureRequest) -> Language:
    """Each language in turn, for what every engine must do alike."""
    return request.param
