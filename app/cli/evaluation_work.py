"""Works on one evaluation while somebody waits at a terminal, or ends the work of a process that is gone."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from app.errors import EvaluationStateError, StoreError
from app.evaluation.coordinator import LOOK_SECONDS, Watch, attend, owner_name
from app.evaluation.engine import Engine
from app.evaluation.engines import open_engine
from app.evaluation.progress import Progress
from app.evaluation.runner import Pace
from app.evaluation.slots import Slots
from app.lm.types import LmIdentity
from app.parts import open_lm
from app.settings import Settings
from app.store.completions import SqlCompletionCache
from app.store.evaluation_types import Evaluation, State, Wanted
from app.store.evaluations import EvaluationStore
from app.store.session import Database

PACE = Pace(drain_seconds=10.0, end_seconds=10.0)
"""Somebody waits: what is under way when he pauses it has a few seconds to end."""

_LEFT = {Wanted.RUN: State.QUEUED, Wanted.PAUSE: State.PAUSED, Wanted.CANCEL: State.CANCELLED}


class Shown(Protocol):
    """Who tells the user how far it is."""

    def tell(self, progress: Progress) -> None: ...

    def say(self, sentence: str) -> None:
        """Something that he should know now."""
        ...


@dataclass(frozen=True, slots=True)
class Worked:
    """How an evaluation was left; `interrupted`: by a signal."""

    evaluation: Evaluation
    interrupted: bool


async def lm_identity(settings: Settings, spec: str) -> LmIdentity:
    """Of the language model that `spec` names, which is opened for it.

    Raises:
        LmSpecError: it cannot be.
    """
    lm = open_lm(settings, spec)
    try:
        return lm.identity
    finally:
        await lm.close()


async def work_on(
    evaluation: Evaluation,
    store: EvaluationStore,
    database: Database,
    settings: Settings,
    dask: str | None,
    shown: Shown,
) -> Worked:
    """Solve what is missing, here or on a Dask cluster.

    The first SIGINT or SIGTERM pauses it: what is under way has some seconds to end. The second gives that up, and the
    third ends the process. Nothing that was recorded is lost, and what was not is solved when it is resumed.

    Args:
        dask: the scheduler's address; "": that of the settings, or else a cluster is started on this machine; None:
            that of the settings, or else samples are solved in this process.

    Raises:
        EvaluationStateError: it is being worked on elsewhere, or there is nothing to do.
        LeaseLostError, StoreUnavailableError, LocalClusterError: as their sentences say.
    """
    concurrency = evaluation.config.concurrency
    if "lm_concurrency" not in settings.model_fields_set:
        # A sample that waits for its turn at the language model has its time running.
        settings = settings.model_copy(update={"lm_concurrency": concurrency})
    async with _engine(settings, dask, SqlCompletionCache(database), shown) as engine:
        return await _attend(evaluation.id, store, engine, Slots(concurrency), shown)


@asynccontextmanager
async def _engine(
    settings: Settings, dask: str | None, cache: SqlCompletionCache, shown: Shown
) -> AsyncIterator[Engine]:
    address = dask or settings.dask
    async with AsyncExitStack() as stack:
        if dask == "" and address is None:
            from app.evaluation.local_cluster import local_cluster

            shown.say("starting a Dask cluster on this machine")
            environment = {**os.environ, "QUOD_LM_CONCURRENCY": str(settings.lm_concurrency)}
            address = (await stack.enter_async_context(local_cluster(environment=environment))).address
        engine = open_engine(settings, address, cache)
        stack.push_async_callback(engine.close)
        yield engine


async def _attend(evaluation_id: str, store: EvaluationStore, engine: Engine, slots: Slots, shown: Shown) -> Worked:
    signals, begun = 0, False
    pausing: asyncio.Task[None] | None = None

    def on_progress(progress: Progress) -> None:
        nonlocal begun
        begun = True
        shown.tell(progress)

    async def pause() -> None:
        try:
            await asyncio.to_thread(store.ask, evaluation_id, Wanted.PAUSE)
        except EvaluationStateError:
            pass  # it has come to its end
        except StoreError:
            working.cancel()

    def interrupted() -> None:
        nonlocal signals, pausing
        signals += 1
        if signals == 1 and begun:
            shown.say(f"pausing; what is under way has {PACE.drain_seconds:.0f} s to end. Ctrl-C again gives it up")
            pausing = asyncio.ensure_future(pause())
            return
        shown.say("giving up what is under way" if begun else "ended before anything was begun here")
        working.cancel()
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)

    working = asyncio.ensure_future(
        attend(
            evaluation_id,
            store=store,
            engine=engine,
            slots=slots,
            say=shown.say,
            on_progress=on_progress,
            pace=PACE,
        )
    )
    with _heard(interrupted):
        try:
            return Worked(await working, signals > 0)
        except (asyncio.CancelledError, EvaluationStateError):
            if not signals:
                raise
            return Worked(await asyncio.to_thread(store.get, evaluation_id), True)
        finally:
            if pausing is not None:
                await asyncio.wait({pausing})


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def _heard(hear: Callable[[], None]) -> Iterator[None]:
    """`hear` is called in the event loop at each signal that asks the process to end."""
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, hear)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


def settle(store: EvaluationStore, evaluation_id: str, say: Callable[[str], None]) -> Evaluation:
    """Wait until whoever works on the evaluation has done what was asked of him; do it here if his process is gone."""
    watch, told = Watch(), False
    while (evaluation := store.get(evaluation_id)).owned:
        beat = store.heartbeat(evaluation_id)
        if watch.look({evaluation_id: beat}):
            lease = store.take(evaluation_id, owner_name(), beat)
            if lease is not None:
                return store.release(lease, _LEFT[store.beat(lease)], "the process that worked on it is gone")
        elif not told:
            told = True
            say("it is asked for; waiting until whoever works on the evaluation has done it (Ctrl-C ends the waiting)")
        time.sleep(LOOK_SECONDS)
    return evaluation
