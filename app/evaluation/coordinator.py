"""Decides which evaluations this process works on: all that nobody attends to, or the one of a command line.

Several processes may do so on one database: whoever takes a lease first has it, and an owner whose heartbeat stands
still is followed by another.
"""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

from ulid import ULID

from app.errors import EvaluationStateError, LeaseLostError, StoreError, StoreUnavailableError
from app.evaluation.engine import Engine
from app.evaluation.progress import Progress
from app.evaluation.runner import Pace, run_evaluation
from app.evaluation.slots import Slots
from app.store.evaluation_types import ENDED, STALE_SECONDS, Evaluation, Lease, State
from app.store.evaluations import EvaluationStore

_log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
MOST_RUNS = 16
"""Evaluations that one process works on at the same time; the others wait in their order."""

Beat = tuple[int, int]
"""Generation and heartbeat of a lease."""


def owner_name() -> str:
    """Names this process as an owner, for people; no two are alike."""
    return f"{socket.gethostname()}-{os.getpid()}-{ULID()}"


@dataclass(slots=True)
class _Seen:
    beat: Beat
    seconds: float
    """For which it stood still under the eyes of this process."""


class Watch:
    """Tells heartbeats that stand still from those that move.

    Only time counts in which they were looked at: if this process stood still itself, or could not read the database,
    the owner may not have been able to beat either.
    """

    def __init__(self, stale_seconds: float = STALE_SECONDS, look_seconds: float = LOOK_SECONDS) -> None:
        self._stale_seconds = stale_seconds
        self._most_between_looks = 2 * look_seconds
        self._seen: dict[str, _Seen] = {}
        self._looked: float | None = None

    def look(self, beats: Mapping[str, Beat]) -> list[str]:
        """The evaluations that may be taken now, in the order of `beats`."""
        now = time.monotonic()
        passed = 0.0 if self._looked is None else min(now - self._looked, self._most_between_looks)
        self._looked = now
        self._seen = {name: self._look_at(name, beat, passed) for name, beat in beats.items()}
        return [name for name, seen in self._seen.items() if seen.beat[1] == 0 or seen.seconds >= self._stale_seconds]

    def seconds_left(self, evaluation_id: str) -> float:
        """How long an evaluation must go on standing still before it may be taken."""
        seen = self._seen.get(evaluation_id)
        return self._stale_seconds if seen is None else max(0.0, self._stale_seconds - seen.seconds)

    def blind(self) -> None:
        """Nothing could be read: what stood still is watched from the beginning."""
        self._looked = None
        self._seen.clear()

    def _look_at(self, name: str, beat: Beat, passed: float) -> _Seen:
        before = self._seen.get(name)
        if before is None or before.beat != beat:
            return _Seen(beat, 0.0)
        return _Seen(beat, before.seconds + passed)


class Coordinator:
    """All evaluations of one process that nobody attends to. Use it with `async with`: at the end every lease is given
    back, and what was under way is `queued` for whoever comes next.
    """

    def __init__(
        self,
        store: EvaluationStore,
        engine: Engine,
        slots: Slots,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        owner: str | None = None,
        stale_seconds: float = STALE_SECONDS,
        look_seconds: float = LOOK_SECONDS,
        pace: Pace = Pace(),  # noqa: B008  # frozen
    ) -> None:
        """`on_progress` hears all runs of this process."""
        self._store = store
        self._engine = engine
        self._slots = slots
        self._on_progress = on_progress
        self._owner = owner or owner_name()
        self._watch = Watch(stale_seconds, look_seconds)
        self._look_seconds = look_seconds
        self._pace = pace
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._called = asyncio.Event()

    async def __aenter__(self) -> "Coordinator":
        self._looking = asyncio.create_task(self._look())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # First the one that takes leases: what it took is a run by then, or given back.
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        runs = list(self._runs.values())
        for run in runs:
            run.cancel()
        await asyncio.gather(*runs, return_exceptions=True)

    @property
    def running(self) -> frozenset[str]:
        """The evaluations that this process works on."""
        return frozenset(self._runs)

    def look_now(self) -> None:
        """Look without waiting for the next time: there is something to do."""
        self._called.set()

    async def _look(self) -> None:
        while True:
            self._called.clear()
            try:
                beats = await asyncio.to_thread(self._store.heartbeats)
            except StoreError as error:
                _log.warning("evaluations cannot be looked after: %s", error)
                self._watch.blind()
            else:
                others = {name: beat for name, beat in beats.items() if name not in self._runs}
                for name in self._watch.look(others):
                    if len(self._runs) < MOST_RUNS:
                        await self._take(name, others[name])
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_seconds):
                    await self._called.wait()

    async def _take(self, evaluation_id: str, seen: Beat) -> None:
        try:
            lease = await _take(self._store, evaluation_id, self._owner, seen, State.QUEUED)
        except StoreError as error:
            _log.warning("evaluation %s could not be taken: %s", evaluation_id, error)
            return
        if lease is not None:
            if seen[1]:
                _log.warning("evaluation %s: its owner is gone, and it goes on here", evaluation_id)
            self._begin(lease)

    def _begin(self, lease: Lease) -> None:
        name = lease.evaluation_id
        run = asyncio.create_task(self._run(lease), name=name)
        self._runs[name] = run
        run.add_done_callback(lambda _: self._runs.pop(name, None))

    async def _run(self, lease: Lease) -> None:
        """Its end is in the database; what hinders that is in the log."""
        try:
            ended = await run_evaluation(
                lease,
                store=self._store,
                engine=self._engine,
                slots=self._slots,
                on_progress=self._on_progress,
                pace=self._pace,
            )
        except LeaseLostError:
            pass  # its new owner goes on
        except StoreUnavailableError as error:
            _log.error("evaluation %s stopped: %s", lease.evaluation_id, error)
        except Exception:  # noqa: BLE001  # whatever it is, the others go on
            _log.exception("evaluation %s stopped", lease.evaluation_id)
        else:
            _log.info("evaluation %s: %s %s", ended.id, ended.state, ended.reason)


async def attend(
    evaluation_id: str,
    *,
    store: EvaluationStore,
    engine: Engine,
    slots: Slots,
    say: Callable[[str], None],
    on_progress: Callable[[Progress], None] | None = None,
    when_cancelled: State = State.PAUSED,
    stale_seconds: float = STALE_SECONDS,
    look_seconds: float = LOOK_SECONDS,
    pace: Pace = Pace(),  # noqa: B008  # frozen
) -> Evaluation:
    """Work on one evaluation in the process of whoever waits for it.

    If somebody holds its lease, he is watched: once his heartbeat has stood still for `stale_seconds`, his process is
    gone and this one goes on.

    Args:
        say: is told, in a sentence, why there is a wait.

    Raises:
        EvaluationStateError: it is being worked on elsewhere, or there is nothing to do: it has ended, or was paused.
        Whatever `run_evaluation` raises.
    """
    watch = Watch(stale_seconds, look_seconds)
    lease = await _take_when_free(evaluation_id, store, say, watch, look_seconds, when_cancelled)
    return await run_evaluation(
        lease,
        store=store,
        engine=engine,
        slots=slots,
        on_progress=on_progress,
        when_cancelled=when_cancelled,
        pace=pace,
    )


async def _take(
    store: EvaluationStore, evaluation_id: str, owner: str, seen: Beat, when_cancelled: State
) -> Lease | None:
    """As `EvaluationStore.take`. What is taken at the moment of a cancellation is given back, and left in that state:
    nobody has to wait until its lease is stale.
    """
    taking = asyncio.ensure_future(asyncio.to_thread(store.take, evaluation_id, owner, seen))
    try:
        return await asyncio.shield(taking)
    except asyncio.CancelledError:
        await asyncio.wait({taking})
        if taking.exception() is None and (lease := taking.result()) is not None:
            try:
                await asyncio.to_thread(store.release, lease, when_cancelled)
            except StoreError as error:
                _log.warning("evaluation %s: its lease could not be given back: %s", evaluation_id, error)
        raise


async def _take_when_free(
    evaluation_id: str,
    store: EvaluationStore,
    say: Callable[[str], None],
    watch: Watch,
    look_seconds: float,
    when_cancelled: State,
) -> Lease:
    first: Beat | None = None
    while True:
        evaluation = await asyncio.to_thread(store.get, evaluation_id)
        if evaluation.state in ENDED or evaluation.state is State.PAUSED:
            raise EvaluationStateError(
                f"evaluation {evaluation_id} is {evaluation.state.value}: `quod eval resume` goes on where it can"
            )
        beat = await asyncio.to_thread(store.heartbeat, evaluation_id)
        if watch.look({evaluation_id: beat}):
            lease = await _take(store, evaluation_id, owner_name(), beat, when_cancelled)
            if lease is not None:
                return lease
        elif first is None:
            first = beat
            say(
                f"evaluation {evaluation_id} has an owner: if nothing is heard of him for "
                f"{watch.seconds_left(evaluation_id):.0f} s, his process is gone, and it goes on here"
            )
        elif beat != first:
            raise EvaluationStateError(
                f"evaluation {evaluation_id} is being worked on by another process, which is alive: `quod eval show "
                f"{evaluation_id}` shows how far it is, and `quod eval pause {evaluation_id}` stops it"
            )
        await asyncio.sleep(look_seconds)
