"""How long `GET /v1/traces` waits for the database, among very many traces, on SQLite and on PostgreSQL.

For each filter the first page of 50, one in the middle and the last one, in milliseconds: the median and the 99th
percentile of what the store takes, without HTTP. `make bench ARGS="lists --traces 1000000"`.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median, quantiles

from sqlalchemy import Connection

from app.reasoning.events import TraceBegun
from app.reasoning.types import Kind, Trust, VerdictKind
from app.store.session import Database
from app.store.traces import Order, TraceFilter, TraceStore
from solvers.types import ErrorClass, Language
from tests.app.store.examples import problem, versions
from tests.benchmarks.store import START, numbered, times
from tests.postgresql import NoServerError, Server, running_server

PROBLEMS = 1_000
"""So many, each asked over and over."""
CHUNK = 50_000
TIMES = 40

# One in 10,000 is inconsistent, 15 in 100 unresolved; one in 5,000 has an error of evaluation, one in 3 of syntax.
_FILL = """
INSERT INTO traces (id, problem_sha256, versions_sha256, kind, language, created_at, attempts, verdict, reason, answer,
                    trust, evidence)
WITH RECURSIVE numbers (n, x) AS (
    SELECT CAST({first} AS BIGINT), CAST({first} AS BIGINT)
    UNION ALL SELECT n + 1, (x * 1103515245 + 12345) % 2147483648 FROM numbers WHERE n < {last}
)
SELECT {id}, problem_sha256, versions_sha256,
       CASE WHEN n % 2000 = 0 THEN 'optimisation' WHEN x / 65536 % 10 < 6 THEN 'arithmetic'
            WHEN x / 65536 % 10 < 8 THEN 'entailment' ELSE 'constraint' END,
       CASE WHEN x / 65536 % 7 < 5 THEN 'prolog' ELSE 'smt' END,
       {created_at}, 1,
       CASE WHEN n % 10000 = 0 THEN 'inconsistent' WHEN x / 65536 % 100 < 15 THEN 'unresolved'
            WHEN x / 65536 % 100 < 20 THEN 'proved' ELSE 'answered' END,
       reason, NULL,
       CASE WHEN n % 10000 = 0 OR x / 65536 % 100 < 15 THEN NULL WHEN n % 3000 = 0 THEN 'corroborated'
            WHEN x / 65536 % 100 < 60 THEN 'certified' ELSE 'executed' END,
       evidence
FROM numbers JOIN traces ON traces.id = {id_of_problem}
"""
_ERRORS = """
INSERT INTO trace_errors (error_class, created_at, trace_id)
SELECT 'syntax', created_at, id FROM traces WHERE {number} % 3 = 0
UNION ALL SELECT 'evaluation', created_at, id FROM traces WHERE {number} % 5000 = 0
"""
_IN = {
    "sqlite": {
        "id": "'trc_' || substr('0000000000' || n, -10)",
        "id_of_problem": f"'trc_' || substr('{'0' * 26}' || (n % {PROBLEMS}), -26)",
        "created_at": "strftime('%Y-%m-%d %H:%M:%S', '2026-01-01', n || ' seconds') || '.000000'",
        "number": "CAST(substr(id, 5) AS INTEGER)",
    },
    "postgresql": {
        "id": "'trc_' || lpad(n::text, 10, '0')",
        "id_of_problem": f"'trc_' || lpad((n % {PROBLEMS})::text, 26, '0')",
        "created_at": "timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second'",
        "number": "substr(id, 5)::numeric",
    },
}


def lists(traces: int = 1_000_000) -> dict[str, object]:
    return {"traces": traces, "sqlite": _on_sqlite(traces), "postgresql": _on_postgresql(traces)}


def _on_sqlite(traces: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        return _measure(f"sqlite:///{folder}/quod.db", traces)


def _on_postgresql(traces: int) -> dict[str, object]:
    try:
        with running_server() as server, _dropped(server) as url:
            return _measure(url, traces)
    except NoServerError as error:
        return {"skipped": str(error)}


@contextmanager
def _dropped(server: Server) -> Iterator[str]:
    url = server.create()
    yield url
    server.drop(url)


def _measure(url: str, traces: int) -> dict[str, object]:
    with Database.open(url) as database:
        database.upgrade()
        kept = TraceStore(database)
        began = time.perf_counter()
        fill(database, kept, traces)
        filled = time.perf_counter() - began
        pages = {name: _pages(kept, narrowed) for name, narrowed in _filters(traces).items()}
    slowest = max((page["p99"], f"{name}, {which}") for name, each in pages.items() for which, page in each.items())
    return {"fill_seconds": filled, "slowest_p99_ms": slowest[0], "slowest": slowest[1], "pages_ms": pages}


def fill(database: Database, kept: TraceStore, traces: int) -> None:
    for number in range(PROBLEMS):
        event = TraceBegun(numbered(number), problem(number), Kind.ARITHMETIC, Language.PROLOG, START, versions())
        kept.record(event)
    with database.writing() as session:
        connection = session.connection()
        own = _IN[connection.dialect.name]
        for first in range(PROBLEMS, PROBLEMS + traces, CHUNK):
            last = min(first + CHUNK, PROBLEMS + traces) - 1
            _execute(connection, _FILL.format(first=first, last=last, **own))
        _execute(connection, _ERRORS.format(**own))
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")


def _execute(connection: Connection, statement: str) -> None:
    # The driver of PostgreSQL would read a per cent sign as a place-holder.
    connection.exec_driver_sql(statement.replace("%", "%%") if connection.dialect.name == "postgresql" else statement)


def _filters(traces: int) -> dict[str, TraceFilter]:
    middle = START + timedelta(seconds=PROBLEMS + traces / 2)
    return {
        "all": TraceFilter(),
        "common_verdict": TraceFilter(verdict=VerdictKind.ANSWERED),
        "rare_verdict": TraceFilter(verdict=VerdictKind.INCONSISTENT),
        "common_trust": TraceFilter(trust=Trust.CERTIFIED),
        "rare_trust": TraceFilter(trust=Trust.CORROBORATED),
        "common_kind": TraceFilter(kind=Kind.ARITHMETIC),
        "rare_kind": TraceFilter(kind=Kind.OPTIMISATION),
        "language": TraceFilter(language=Language.SMT),
        "common_error_class": TraceFilter(error_class=ErrorClass.SYNTAX),
        "rare_error_class": TraceFilter(error_class=ErrorClass.EVALUATION),
        "no_such_error_class": TraceFilter(error_class=ErrorClass.PERMISSION),
        "first_half": TraceFilter(created_before=middle),
        "second_half": TraceFilter(created_from=middle),
        "an_hour": TraceFilter(created_from=middle, created_before=middle + timedelta(hours=1)),
        "two_common": TraceFilter(kind=Kind.CONSTRAINT, language=Language.SMT),
        "two_that_never_meet": TraceFilter(verdict=VerdictKind.UNRESOLVED, trust=Trust.CERTIFIED),
        "four": TraceFilter(VerdictKind.ANSWERED, Trust.EXECUTED, Kind.ENTAILMENT, Language.SMT),
        "common_verdict_in_the_first_half": TraceFilter(verdict=VerdictKind.ANSWERED, created_before=middle),
        "two_in_the_first_half": TraceFilter(kind=Kind.CONSTRAINT, trust=Trust.EXECUTED, created_before=middle),
        "error_class_in_the_first_half": TraceFilter(error_class=ErrorClass.SYNTAX, created_before=middle),
        "error_class_and_rare_verdict": TraceFilter(error_class=ErrorClass.SYNTAX, verdict=VerdictKind.INCONSISTENT),
    }


def _pages(kept: TraceStore, narrowed: TraceFilter) -> dict[str, dict[str, float]]:
    """The middle is that by time, the last page the first one from the other end, walked in the order of the list."""
    starts: dict[str, str | None] = {"first": None}
    oldest = kept.list(narrowed, limit=51, order=Order.OLDEST_FIRST).summaries
    newest = kept.list(narrowed, limit=1).summaries
    if len(oldest) == 51:
        starts["last"] = oldest[50].id
        halfway = oldest[0].created_at + (newest[0].created_at - oldest[0].created_at) / 2
        before = TraceFilter(created_from=halfway)
        starts["middle"] = kept.list(before, limit=1, order=Order.OLDEST_FIRST).summaries[0].id
    return {which: _summed(kept, narrowed, after) for which, after in starts.items()}


def _summed(kept: TraceStore, narrowed: TraceFilter, after: str | None) -> dict[str, float]:
    taken = times(lambda: kept.list(narrowed, after=after, limit=50), TIMES)
    return {"p50": median(taken), "p99": quantiles(taken, n=100)[98]}
