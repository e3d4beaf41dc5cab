"""What the store costs: `python -m tests.benchmarks.store [TRACES]` prints one JSON document.

An attempt recorded, a trace read and a page of many traces, in milliseconds and as a multiple of one bare insert and
commit of SQLite on the same disk in the same run.
"""

import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import insert

from app.reasoning.events import AttemptEnded, TraceBegun
from app.reasoning.types import Kind, Trust, VerdictKind
from app.store.rows import TraceErrorRow, TraceRow
from app.store.session import Database
from app.store.traces import TraceFilter, TraceStore
from solvers.types import ErrorClass, Language
from tests.app.store.examples import attempt, problem, versions

START = datetime(2026, 1, 1, tzinfo=UTC)
FILTERS = {
    "all": TraceFilter(),
    "verdict": TraceFilter(verdict=VerdictKind.ANSWERED),
    "rare_verdict": TraceFilter(verdict=VerdictKind.INCONSISTENT),
    "trust": TraceFilter(trust=Trust.EXECUTED),
    "rare_error_class": TraceFilter(error_class=ErrorClass.EVALUATION),
    "common_error_class": TraceFilter(error_class=ErrorClass.SYNTAX),
    "kind_language_verdict": TraceFilter(
        kind=Kind.CONSTRAINT, language=Language.SMT, verdict=VerdictKind.UNRESOLVED, trust=Trust.CERTIFIED
    ),
    "an_hour_long_ago": TraceFilter(created_from=START + timedelta(hours=1), created_before=START + timedelta(hours=2)),
    "error_class_and_verdict": TraceFilter(error_class=ErrorClass.EVALUATION, verdict=VerdictKind.INCONSISTENT),
}


def store(traces: int = 100_000) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder, Database.open(f"sqlite:///{folder}/quod.db") as database:
        database.upgrade()
        kept = TraceStore(database)
        bare = _bare(Path(folder) / "bare.db")
        recorded = _record(kept)
        read = _times(lambda: kept.get(_id(0)), 200)
        _fill(database, traces)
        pages = {name: median(_times(lambda f=f: kept.list(f, limit=50), 20)) for name, f in FILTERS.items()}
        middle = _id(traces // 2)
        pages["all_from_the_middle"] = median(_times(lambda: kept.list(after=middle, limit=50), 20))
    return {
        "traces": traces,
        "bare_insert_ms": median(bare),
        "record_attempt_ms": {"median": median(recorded), "p99": quantiles(recorded, n=100)[98]},
        "record_attempt_per_bare_insert": median(recorded) / median(bare),
        "get_trace_of_three_attempts_ms": {"median": median(read), "p99": quantiles(read, n=100)[98]},
        "get_trace_per_bare_insert": median(read) / median(bare),
        "list_50_ms": pages,
        "slowest_list_per_bare_insert": max(pages.values()) / median(bare),
    }


def _times(work: Callable[[], object], count: int) -> list[float]:
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
        return _times(lambda: connection.execute("INSERT INTO t (text) VALUES (?)", ("x" * 1000,)), 500)
    finally:
        connection.close()


def _id(number: int) -> str:
    return f"trc_{number:026d}"


def _record(kept: TraceStore) -> list[float]:
    times = []
    for number in range(200):
        kept.record(TraceBegun(_id(number), problem(number), Kind.ARITHMETIC, Language.PROLOG, START, versions()))
        for nth in (1, 2, 3):
            event = AttemptEnded(_id(number), attempt(nth, text=f"attempt {nth} at problem {number}"))
            times += _times(lambda event=event: kept.record(event), 1)
    return times


def _fill(database: Database, traces: int) -> None:
    draw = random.Random(0)
    verdicts = [VerdictKind.ANSWERED] * 80 + [VerdictKind.UNRESOLVED] * 15 + [VerdictKind.PROVED] * 5
    with database.writing() as session:
        first = session.get(TraceRow, _id(0))
        shared = {name: getattr(first, name) for name in ("problem_sha256", "versions_sha256", "reason", "evidence")}
        rows, errors = [], []
        for number in range(1_000, 1_000 + traces):
            verdict = VerdictKind.INCONSISTENT if number % 10_000 == 0 else draw.choice(verdicts)
            rows.append(
                {
                    "id": _id(number),
                    "kind": draw.choice(list(Kind)).value,
                    "language": draw.choice(list(Language)).value,
                    "created_at": START + timedelta(seconds=number),
                    "attempts": 1,
                    "verdict": verdict.value,
                    "trust": None if verdict is VerdictKind.UNRESOLVED else Trust.EXECUTED.value,
                    **shared,
                }
            )
            if number % 3 == 0:
                errors.append({"error_class": "syntax", "trace_id": _id(number)})
            if number % 5_000 == 0:
                errors.append({"error_class": "evaluation", "trace_id": _id(number)})
        session.execute(insert(TraceRow), rows)
        session.execute(insert(TraceErrorRow), errors)


if __name__ == "__main__":
    print(json.dumps(store(*map(int, sys.argv[1:2])), indent=2))
