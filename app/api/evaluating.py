"""The evaluations of one service process: its coordinator, how far each run is, and their figures.

One coordinator works on all that nobody attends to, on the engine that QUOD_DASK names. It is stopped by giving its
leases back, so that whoever comes next goes on.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from app.api.meters import MeteredEngine, MeteredStore, Meters
from app.api.service import Service
from app.evaluation.compare import Comparison, compare
from app.evaluation.coordinator import Coordinator
from app.evaluation.engines import open_engine
from app.evaluation.metrics import Metrics, measure
from app.evaluation.progress import Progress
from app.evaluation.report import make_report, report_page
from app.evaluation.runner import Pace
from app.evaluation.slots import Slots
from app.settings import Settings
from app.store.completions import SqlCompletionCache
from app.store.evaluation_states import OWNED
from app.store.evaluation_types import Counts, Evaluation
from app.store.evaluations import EvaluationStore

CALIBRATE_SECONDS = 10.0
"""Between two looks for evaluations that were completed, here or by a command line."""

_PAGE = 1_000
"""Results that are read at once."""
_KEPT = 64
"""Evaluations whose figures are kept in memory."""
_SHARE = 20.0
"""Figures that change while an evaluation runs are made again after so many times what it took to make them."""


@dataclass(frozen=True, slots=True)
class _Kept:
    metrics: Metrics
    of: tuple[Counts, int, float]
    """Counts, tokens and seconds of the evaluation: while they are the same, so are its results."""
    made: float
    took: float


class Evaluations:
    """What the endpoints ask. Made by `open_evaluations`; used from one event loop."""

    def __init__(self, service: Service, meters: Meters) -> None:
        self.store: EvaluationStore = MeteredStore(service.database, meters)
        self.reading = asyncio.Semaphore(1)
        """An uploaded file, or all results of an evaluation, is Python at work in this process: one at a time."""
        self.look_now: Callable[[], None] = lambda: None
        """Has the coordinator of this process look for what there is to do."""
        self._progress: dict[str, Progress] = {}
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def hear(self, progress: Progress) -> None:
        """What a run of this process says of itself."""
        self._progress[progress.evaluation_id] = progress

    def forget(self, running: frozenset[str]) -> None:
        """Runs that are not among these have ended."""
        self._progress = {name: progress for name, progress in self._progress.items() if name in running}

    def progress(self, evaluation: Evaluation) -> Progress | None:
        """Of a run of this process; None: nobody works on it, or another process does."""
        return self._progress.get(evaluation.id) if evaluation.owned else None

    def under_way(self, running: frozenset[str]) -> tuple[int, int]:
        """Samples of these runs that are being solved, and those that wait."""
        told = [progress for name, progress in self._progress.items() if name in running]
        solving = sum(progress.under_way for progress in told)
        return solving, max(0, sum(progress.counts.waiting for progress in told) - solving)

    def seconds_left(self, evaluation: Evaluation) -> float | None:
        """An estimate, while it is worked on: at the pace of late where this process does it, else of all so far."""
        if evaluation.state not in OWNED:
            return None
        progress = self.progress(evaluation)
        if progress is not None and progress.seconds_left is not None:
            return progress.seconds_left
        counts = evaluation.counts
        return evaluation.seconds / counts.recorded * counts.waiting if counts.recorded else None

    async def metrics(self, evaluation: Evaluation) -> Metrics | None:
        """The figures of its results; None: there are none. While it is worked on they may be a little older."""
        if not evaluation.counts.recorded:
            return None
        async with self.reading:
            wanted = (evaluation.counts, evaluation.tokens, evaluation.seconds)
            kept = self._kept.get(evaluation.id)
            if kept is not None and (kept.of == wanted or (evaluation.owned and _is_recent(kept))):
                return kept.metrics
            began = time.monotonic()
            metrics = await asyncio.to_thread(
                lambda: measure(self.store.every_result(evaluation.id), evaluation.config.epochs)
            )
            now = time.monotonic()
            self._kept[evaluation.id] = _Kept(metrics, wanted, now, now - began)
            self._kept.move_to_end(evaluation.id)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return metrics

    async def report(self, evaluation_id: str, trace_url: str) -> str:
        """The page of an evaluation. `trace_url`: what a trace's id is put behind."""
        async with self.reading:
            return await asyncio.to_thread(self._report, evaluation_id, trace_url)

    def _report(self, evaluation_id: str, trace_url: str) -> str:
        evaluation = self.store.get(evaluation_id)
        samples_at = partial(self.store.samples_at, evaluation.dataset.sha256)
        return report_page(make_report(evaluation, self.store.every_result(evaluation_id), samples_at), trace_url)

    async def compare(self, first: str, second: str) -> Comparison:
        """
        Raises:
            ComparisonError: they have no sample in common.
        """
        async with self.reading:
            return await asyncio.to_thread(self._compare, first, second)

    def _compare(self, first: str, second: str) -> Comparison:
        one, other = self.store.get(first), self.store.get(second)
        return compare(one, other, self.store.every_result(first), self.store.every_result(second))


def _is_recent(kept: _Kept) -> bool:
    return time.monotonic() - kept.made < _SHARE * kept.took


@asynccontextmanager
async def open_evaluations(
    settings: Settings, service: Service, meters: Meters, calibrate_seconds: float = CALIBRATE_SECONDS
) -> AsyncIterator[Evaluations]:
    """Work on every evaluation that nobody attends to, until this ends.

    Args:
        meters: are told what comes of them.
        calibrate_seconds: how often the service's table of calibration is brought up to date.
    """
    evaluations = Evaluations(service, meters)
    cache = SqlCompletionCache(service.database)
    engine = MeteredEngine(open_engine(settings, settings.dask, cache, service.runtime), meters)
    try:
        slots = Slots(settings.evaluation_concurrency)
        # What it waits for at its end, it waits for twice.
        pace = Pace(end_seconds=settings.shutdown_seconds / 2)
        async with Coordinator(
            evaluations.store, engine, slots, on_progress=evaluations.hear, pace=pace
        ) as coordinator:
            evaluations.look_now = coordinator.look_now
            _show(meters, evaluations, coordinator)
            looking = asyncio.create_task(_look_after(evaluations, coordinator, service, calibrate_seconds))
            try:
                yield evaluations
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)
    finally:
        await engine.close()


def _show(meters: Meters, evaluations: Evaluations, coordinator: Coordinator) -> None:
    def samples() -> tuple[int, int]:
        return evaluations.under_way(coordinator.running)

    meters.show("evaluations_under_way", "Evaluations that this process works on.", lambda: len(coordinator.running))
    meters.show("evaluation_samples_under_way", "Their samples that are being solved.", lambda: samples()[0])
    meters.show("evaluation_samples_waiting", "Their samples that have not begun.", lambda: samples()[1])


async def _look_after(
    evaluations: Evaluations, coordinator: Coordinator, service: Service, calibrate_seconds: float
) -> None:
    while True:
        await asyncio.sleep(calibrate_seconds)
        evaluations.forget(coordinator.running)
        await service.calibrate()
