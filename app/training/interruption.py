"""Ctrl-C during a training: the update under way is finished and kept."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

from app.training.progress import say


@contextlib.contextmanager
def interruption() -> Iterator[threading.Event]:
    """Set by the first Ctrl-C or SIGTERM; a second one ends the process as it always does."""
    wanted = threading.Event()
    before: dict[int, Any] = {}

    def stop(number: int, frame: Any) -> None:
        wanted.set()
        say("ending after this update; again to end at once")
        restore()

    def restore() -> None:
        for each, handler in before.items():
            signal.signal(each, handler)

    if threading.current_thread() is threading.main_thread():
        for each in (signal.SIGINT, signal.SIGTERM):
            before[each] = signal.signal(each, stop)
    try:
        yield wanted
    finally:
        restore()
