"""How long a page of traces, and of an evaluation's results, waits for the database, among very many, on SQLite and on
PostgreSQL: what the store takes, without HTTP.

For each filter the first page of 50, one in the middle and the last one, in milliseconds, of twenty calls: the median
and the worst by the clock, and the processor time of a call, that of the database's server included, which is what the
clock would say on a machine that does nothing else. `make bench ARGS="lists --traces 1000000"`.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import Connection

from app.reasoning.events import TraceBegun
from app.reasoning.types import Kind, Trust, VerdictKind
from app.store.evaluation_types import EvaluationConfig, Outcome, ResultFilter, Sample
from app.store.evaluations import EvaluationStore
from app.store.session import Database
from app.store.traces import Order, TraceFilter, TraceStore
from solvers.types import ErrorClass, Language
from tests.app.store.examples import problem, versions
from tests.benchmarks.store import START, numbered, times
from tests.postgresql import NoServerError, Server, running_server

EVALUATION = f"evl_{0:026d}"
PROBLEMS = 1_000
"""So many, each asked over and over."""
CHUNK = 50_000
TIMES = 20
EPOCHS = 10

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
INSERT INTO trace_errors (error_class, created_at, trace_id, verdict, trust, kind, language)
SELECT 'syntax', created_at, id, verdict, trust, kind, language FROM traces WHERE {number} % 3 = 0
UNION ALL
SELECT 'evaluation', created_at, id, verdict, trust, kind, language FROM traces WHERE {number} % 5000 = 0
"""
# Epoch by epoch, as they are recorded. One in 2,000 errored; none of those has any trust.
_RESULTS = """
INSERT INTO results (evaluation_id, position, epoch, sequence, sample_id, outcome, target, trust, reason, attempts,
                     prompt_tokens, completion_tokens, lm_seconds, solver_seconds, seconds, recorded_at)
WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {results} - 1)
SELECT '{evaluation}', n % {samples}, 1 + n / {samples}, n + 1000, 's',
       CASE WHEN n % 2000 = 0 THEN 'errored' WHEN n % 7 < 4 THEN 'correct' WHEN n % 7 < 6 THEN 'wrong'
            ELSE 'abstained' END,
       '18', CASE WHEN n % 2000 = 0 OR n % 7 = 6 THEN NULL WHEN n % 3000 = 1 THEN 'corroborated'
                  WHEN n % 5 < 3 THEN 'certified' ELSE 'executed' END,
       '', '[]', 700, 60, 1.5, 0.01, 1.53, {moment}
FROM numbers
"""
_RESULT_ERRORS = """
INSERT INTO result_errors (evaluation_id, error_class, sequence, epoch, outcome, trust)
SELECT evaluation_id, 'syntax', sequence, epoch, outcome, trust FROM results WHERE sequence % 3 = 0
UNION ALL
SELECT evaluation_id, 'evaluation', sequence, epoch, outcome, trust FROM results WHERE sequence % 5000 = 0
"""
_IN = {
    "sqlite": {
        "id": "'trc_' || substr('0000000000' || n, -10)",
        "id_of_problem": f"'trc_' || substr('{'0' * 26}' || (n % {PROBLEMS}), -26)",
        "created_at": "strftime('%Y-%m-%d %H:%M:%S', '2026-01-01', n || ' seconds') || '.000000'",
        "number": "CAST(substr(id, 5) AS INTEGER)",
        "moment": "'2026-01-01 00:00:00.000000'",
    },
    "postgresql": {
        "id": "'trc_' || lpad(n::text, 10, '0')",
        "id_of_problem": f"'trc_' || lpad((n % {PROBLEMS})::text, 26, '0')",
        "created_at": "timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second'",
        "number": "substr(id, 5)::numeric",
        "moment": "timestamptz '2026-01-01 00:00:00+00'",
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
        began = time.perf_counter()
        fill(database, TraceStore(database), traces)
        _fill_results(database, traces)
        filled = time.perf_counter() - began
        return {"fill_seconds": filled, **measured(database, traces)}


def measured(database: Database, traces: int) -> dict[str, object]:
    """Of a database that holds so many traces, and the evaluation `EVALUATION`."""
    clock = _Clock(database)
    kept, evaluations = TraceStore(database), EvaluationStore(database)
    pages = {name: _pages(kept, clock, narrowed) for name, narrowed in _filters(traces).items()}
    pages |= {f"results: {name}": _of_results(evaluations, clock, each) for name, each in _RESULT_FILTERS.items()}
    every = [(taken, f"{name}, {which}") for name, each in pages.items() for which, taken in each.items()]
    return {
        "median_ms": median(taken["median"] for taken, _ in every),
        "slowest_median_ms": max((taken["median"], name) for taken, name in every),
        "worst_ms": max((taken["worst"], name) for taken, name in every),
        "median_processor_ms": median(taken["processor"] for taken, _ in every),
        "slowest_processor_ms": max((taken["processor"], name) for taken, name in every),
        "pages": pages,
    }


class _Clock:
    """Measures calls of the store, which all use the one connection that its pool has."""

    def __init__(self, database: Database) -> None:
        self._server: Path | None = None
        with database.reading() as session:
            if session.get_bind().dialect.name == "postgresql":
                backend = session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
                self._server = Path(f"/proc/{backend}/schedstat")

    def measure(self, work: Callable[[], object]) -> dict[str, float]:
        work()
        began = self._processor_ms()
        taken = times(work, TIMES)
        ended = self._processor_ms()
        return {"median": median(taken), "worst": max(taken), "processor": (ended - began) / TIMES}

    def _processor_ms(self) -> float:
        """That of this process and of the server's process for its connection."""
        server = 0.0 if self._server is None else int(self._server.read_text().split()[0]) / 1e6
        return time.process_time() * 1000 + server


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


def _fill_results(database: Database, traces: int) -> None:
    """A fifth as many results as traces."""
    sha256, samples = "0" * 64, max(1, traces // 5 // EPOCHS)
    evaluations = EvaluationStore(database)
    evaluations.add_dataset("made up", "here", "CC0-1.0", sha256, [Sample("s", problem(), "18")])
    evaluations.create(EVALUATION, sha256, EvaluationConfig("none", epochs=EPOCHS), attended=True)
    with database.writing() as session:
        connection = session.connection()
        own = _IN[connection.dialect.name]
        filled = {"evaluation": EVALUATION, "samples": samples, "results": samples * EPOCHS}
        _execute(connection, _RESULTS.format(**filled, **own))
        _execute(connection, _RESULT_ERRORS)
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
        "error_class_and_common_verdict": TraceFilter(error_class=ErrorClass.SYNTAX, verdict=VerdictKind.ANSWERED),
        "error_class_and_rare_verdict": TraceFilter(error_class=ErrorClass.SYNTAX, verdict=VerdictKind.INCONSISTENT),
        "error_class_and_trust": TraceFilter(error_class=ErrorClass.SYNTAX, trust=Trust.CERTIFIED),
        "error_class_and_kind": TraceFilter(error_class=ErrorClass.SYNTAX, kind=Kind.ENTAILMENT),
        "error_class_and_language": TraceFilter(error_class=ErrorClass.SYNTAX, language=Language.SMT),
        "rare_error_class_and_verdict": TraceFilter(error_class=ErrorClass.EVALUATION, verdict=VerdictKind.ANSWERED),
        "error_class_and_two_that_never_meet": TraceFilter(
            error_class=ErrorClass.SYNTAX, verdict=VerdictKind.UNRESOLVED, trust=Trust.CERTIFIED
        ),
        "error_class_verdict_and_kind": TraceFilter(
            error_class=ErrorClass.SYNTAX, verdict=VerdictKind.ANSWERED, kind=Kind.CONSTRAINT
        ),
        "verdict_and_trust": TraceFilter(verdict=VerdictKind.ANSWERED, trust=Trust.CERTIFIED),
        "verdict_and_kind": TraceFilter(verdict=VerdictKind.ANSWERED, kind=Kind.ENTAILMENT),
        "trust_and_kind": TraceFilter(trust=Trust.EXECUTED, kind=Kind.ARITHMETIC),
    }


_RESULT_FILTERS = {
    "all": ResultFilter(),
    "common_outcome": ResultFilter(outcome=Outcome.CORRECT),
    "rare_outcome": ResultFilter(outcome=Outcome.ERRORED),
    "common_trust": ResultFilter(trust=Trust.CERTIFIED),
    "rare_trust": ResultFilter(trust=Trust.CORROBORATED),
    "last_epoch": ResultFilter(epoch=EPOCHS),
    "error_class": ResultFilter(error_class=ErrorClass.SYNTAX),
    "rare_error_class": ResultFilter(error_class=ErrorClass.EVALUATION),
    "outcome_and_trust": ResultFilter(outcome=Outcome.WRONG, trust=Trust.CERTIFIED),
    "two_that_never_meet": ResultFilter(outcome=Outcome.ERRORED, trust=Trust.CERTIFIED),
    "outcome_and_last_epoch": ResultFilter(outcome=Outcome.WRONG, epoch=EPOCHS),
    "error_class_and_outcome": ResultFilter(outcome=Outcome.WRONG, error_class=ErrorClass.SYNTAX),
    "error_class_and_rare_outcome": ResultFilter(outcome=Outcome.ERRORED, error_class=ErrorClass.SYNTAX),
    "error_class_and_last_epoch": ResultFilter(error_class=ErrorClass.SYNTAX, epoch=EPOCHS),
    "all_four": ResultFilter(Outcome.WRONG, Trust.CERTIFIED, ErrorClass.SYNTAX, EPOCHS),
}


def _pages(kept: TraceStore, clock: _Clock, narrowed: TraceFilter) -> dict[str, dict[str, float]]:
    """The middle is that by time, the last page the first one from the other end, walked in the order of the list."""
    starts: dict[str, str | None] = {"first": None}
    oldest = kept.list(narrowed, limit=51, order=Order.OLDEST_FIRST).summaries
    newest = kept.list(narrowed, limit=1).summaries
    if len(oldest) == 51:
        starts["last"] = oldest[50].id
        halfway = oldest[0].created_at + (newest[0].created_at - oldest[0].created_at) / 2
        before = TraceFilter(created_from=halfway)
        starts["middle"] = kept.list(before, limit=1, order=Order.OLDEST_FIRST).summaries[0].id
    return {
        which: clock.measure(lambda after=after: kept.list(narrowed, after=after, limit=50))
        for which, after in starts.items()
    }


def _of_results(kept: EvaluationStore, clock: _Clock, narrowed: ResultFilter) -> dict[str, dict[str, float]]:
    """The same of results, which are listed by their numbers."""
    last = kept.get(EVALUATION).counts.waiting + 1000
    return {
        which: clock.measure(lambda after=after: kept.results(EVALUATION, 50, after, narrowed))
        for which, after in (("first", 0), ("middle", last // 2), ("last", last - 100))
    }
