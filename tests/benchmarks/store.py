"""What the store costs: an attempt recorded and a trace read, in milliseconds and as a multiple of one bare insert and
commit of SQLite on the same disk in the same run; the samples of an evaluation recorded in batches, on SQLite and on
PostgreSQL, beside the same traces event by event. Lists: `tests.benchmarks.lists`.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from app.reasoning.events import AttemptEnded, Event, TraceBegun, VerdictReached
from app.reasoning.types import Kind
from app.store.evaluation_types import EvaluationConfig, Outcome, Result, Sample
from app.store.evaluations import EvaluationStore
from app.store.session import Database
from app.store.traces import TraceStore
from solvers.types import Language
from tests.app.store.examples import ANSWERED, EVIDENCE, SPENT, attempt, problem, versions
from tests.postgresql import NoServerError, running_server

START = datetime(2026, 1, 1, tzinfo=UTC)
SAMPLES = 20_000
BATCH = 200
"""As in `app.evaluation.recording`."""
SINGLE = 500
"""Traces that are recorded event by event."""


def store() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder, Database.open(f"sqlite:///{folder}/quod.db") as database:
        database.upgrade()
        kept = TraceStore(database)
        bare = _bare(Path(folder) / "bare.db")
        recorded = _record(kept)
        read = times(lambda: kept.get(numbered(0)), 200)
    return {
        "bare_insert_ms": median(bare),
        "record_attempt_ms": {"median": median(recorded), "p99": quantiles(recorded, n=100)[98]},
        "record_attempt_per_bare_insert": median(recorded) / median(bare),
        "get_trace_of_three_attempts_ms": {"median": median(read), "p99": quantiles(read, n=100)[98]},
        "get_trace_per_bare_insert": median(read) / median(bare),
        "samples": {"sqlite": _samples_on_sqlite(), "postgresql": _samples_on_postgresql()},
    }


def times(work: Callable[[], object], count: int) -> list[float]:
    def each() -> Iterator[float]:
        for _ in range(count):
            began = time.perf_counter()
            work()
            yield (time.perf_counter() - began) * 1000

    return list(each())


def _bare(path: Path) -> list[float]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)")
        return times(lambda: connection.execute("INSERT INTO t (text) VALUES (?)", ("x" * 1000,)), 500)
    finally:
        connection.close()


def numbered(number: int) -> str:
    return f"trc_{number:026d}"


def _record(kept: TraceStore) -> list[float]:
    taken: list[float] = []
    for number in range(200):
        kept.record(TraceBegun(numbered(number), problem(number), Kind.ARITHMETIC, Language.PROLOG, START, versions()))
        for nth in (1, 2, 3):
            event = AttemptEnded(numbered(number), attempt(nth, text=f"attempt {nth} at problem {number}"))
            taken += times(lambda event=event: kept.record(event), 1)
    return taken


def _samples_on_sqlite() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        return _samples(f"sqlite:///{folder}/quod.db")


def _samples_on_postgresql() -> dict[str, object]:
    try:
        with running_server() as server:
            return _samples(server.create())
    except NoServerError as error:
        return {"skipped": str(error)}


def _samples(url: str) -> dict[str, object]:
    """Processor time is that of this process, so not that of a server."""
    with Database.open(url) as database:
        database.upgrade()
        single = _one_by_one(TraceStore(database))
        processor, wall, resident = _in_batches(EvaluationStore(database))
    return {
        "processor_ms_a_sample": median(processor),
        "wall_ms_a_sample": median(wall),
        "processor_ms_a_sample_event_by_event": single,
        "event_by_event_per_batch": single / median(processor),
        "resident_mib": {"after a tenth": resident[len(resident) // 10 - 1], "at the end": resident[-1]},
    }


def _one_by_one(kept: TraceStore) -> float:
    events = [event for number in range(SINGLE) for event in _events(SAMPLES + number)]
    began = time.process_time()
    for event in events:
        kept.record(event)
    return (time.process_time() - began) * 1000 / SINGLE


def _in_batches(kept: EvaluationStore) -> tuple[list[float], list[float], list[float]]:
    """Of each batch the milliseconds a sample, of the processor's time and of the clock's, and this process's MiB."""
    sha256, name = "0" * 64, f"evl_{0:026d}"
    kept.add_dataset("made up", "here", "CC0-1.0", sha256, (Sample(f"s{n}", problem(n), "18") for n in range(SAMPLES)))
    kept.create(name, sha256, EvaluationConfig("none"), attended=True)
    lease = kept.take(name, "here", kept.heartbeat(name))
    assert lease is not None
    processor, wall, resident = [], [], []
    for first in range(0, SAMPLES, BATCH):
        batch = [(_result(number), _events(number)) for number in range(first, first + BATCH)]
        began = time.process_time(), time.perf_counter()
        kept.record(lease, batch)
        processor.append((time.process_time() - began[0]) * 1000 / BATCH)
        wall.append((time.perf_counter() - began[1]) * 1000 / BATCH)
        resident.append(_resident_mib())
    return processor, wall, resident


def _result(number: int) -> Result:
    return Result(f"s{number}", number, 1, Outcome.CORRECT, "18", answer="18", trace_id=numbered(number))


def _events(number: int) -> Sequence[Event]:
    name = numbered(number)
    return (
        TraceBegun(name, problem(number), Kind.ARITHMETIC, Language.PROLOG, START, versions()),
        AttemptEnded(name, attempt(text=f"attempt at problem {number}")),
        VerdictReached(name, ANSWERED, EVIDENCE, SPENT),
    )


def _resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4 / 1024
