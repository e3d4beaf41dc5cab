"""What the store costs: an attempt recorded and a trace read, in milliseconds and as a multiple of one bare insert and
commit of SQLite on the same disk in the same run. Lists: `tests.benchmarks.lists`.
"""

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from app.reasoning.events import AttemptEnded, TraceBegun
from app.reasoning.types import Kind
from app.store.session import Database
from app.store.traces import TraceStore
from solvers.types import Language
from tests.app.store.examples import attempt, problem, versions

START = datetime(2026, 1, 1, tzinfo=UTC)


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
