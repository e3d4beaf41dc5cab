"""Keeps traces as they come, gives them back exactly, and lists them."""

import asyncio
import itertools
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, assert_never

from sqlalchemy import Column, ColumnElement, Integer, Subquery, bindparam, tuple_, union_all, update
from sqlalchemy import select as select_columns
from sqlalchemy.orm import defer
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlmodel import Session, col, select

from app.errors import StoreError, TraceNotFoundError
from app.lm.types import Completion, FinishReason, Message, Role
from app.prompts import PromptRef
from app.reasoning.events import AttemptEnded, Event, TraceBegun, VerdictReached
from app.reasoning.types import (
    Attempt,
    CheckReport,
    CheckResult,
    Evidence,
    Formalisation,
    Kind,
    NotExtracted,
    Problem,
    Purpose,
    RunName,
    Spent,
    Trace,
    Trust,
    Verdict,
    VerdictKind,
    Versions,
    World,
)
from app.store.backends import insert_if_absent, insert_rows
from app.store.documents import (
    Json,
    diagnostics_from_json,
    diagnostics_to_json,
    gloss_from_json,
    gloss_to_json,
    layers_from_json,
    limits_from_json,
    lm_columns,
    lm_identity,
    plain,
    prompts_from_json,
    prompts_to_json,
    token_columns,
    token_usage,
)
from app.store.rows import (
    AttemptRow,
    MessageRow,
    ProblemRow,
    Row,
    RunRow,
    TextRow,
    TraceErrorRow,
    TraceId,
    TraceRow,
    UTCDateTime,
    VersionsRow,
    sha256_of,
)
from app.store.session import Database
from solvers.types import ErrorClass, Language, Program, Run
from solvers.wire import run_from_json, run_to_json

INTERRUPTED = Verdict(VerdictKind.UNRESOLVED, reason="interrupted before a verdict")
"""What a trace says until its verdict comes. A process that ends early leaves it so."""

HEAD_CHARACTERS = 200
"""How much of a problem a list shows."""

_TRACE_ID = re.compile(r"trc_[0-9A-Za-z]{1,60}")


class Order(StrEnum):
    """By time, and by id where that is the same."""

    OLDEST_FIRST = "asc"
    NEWEST_FIRST = "desc"


@dataclass(frozen=True, slots=True)
class TraceFilter:
    """What a list is narrowed to; None: no matter. All that is given must hold.

    Args:
        trust: exactly this rung.
        error_class: an attempt of the trace has a diagnostic of this class.
        created_from, created_before: with a time zone; the first is included, the second is not.
    """

    verdict: VerdictKind | None = None
    trust: Trust | None = None
    kind: Kind | None = None
    language: Language | None = None
    error_class: ErrorClass | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """A trace in one line. `problem` is the beginning of its text, with an ellipsis where that is not all."""

    id: str
    created_at: datetime
    problem: str
    kind: Kind
    language: Language
    verdict: VerdictKind
    trust: Trust | None
    answer: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Page:
    """`has_more`: the same call with `after` the last id gives at least one more."""

    summaries: tuple[TraceSummary, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Exchange:
    """One attempt as what was asked for and what was replied, without its runs. `failed`: its diagnostics say why."""

    number: int
    purpose: Purpose
    prompt: PromptRef
    completion: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Conversation:
    """A trace without its programs and runs. `attempt`: the number of the one that the verdict rests on, if any."""

    id: str
    problem: Problem
    kind: Kind
    language: Language
    verdict: Verdict
    attempt: int | None
    exchanges: tuple[Exchange, ...]


class TraceStore:
    """Thread-safe. Every method raises `StoreUnavailableError` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, event: Event) -> None:
        """Keep `event`, in a transaction of its own: when this returns, the end of the process does not undo it.

        Raises:
            TraceNotFoundError: an attempt or a verdict for a trace that was never begun.
            StoreError: it was recorded before, or a number in it is beyond what a database holds.
        """
        with self._database.writing() as session:
            record_events(session, [event])

    async def record_in_thread(self, event: Event) -> None:
        """`record`, while the event loop goes on. Cancelled, it still waits for the end of the transaction."""
        recording = asyncio.ensure_future(asyncio.to_thread(self.record, event))
        try:
            await asyncio.shield(recording)
        except asyncio.CancelledError:
            await asyncio.wait([recording])
            raise

    def get(self, trace_id: str) -> Trace:
        """The trace as it was recorded; as far as it came, with `INTERRUPTED` for its verdict, where none was reached.

        Raises:
            TraceNotFoundError: there is none.
            StoreError: its rows cannot be read, because something else wrote them.
        """
        _require_id(trace_id)
        with self._database.reading() as session:
            found = session.exec(
                select(TraceRow, ProblemRow, VersionsRow, TextRow.text)
                .join(ProblemRow, col(ProblemRow.sha256) == col(TraceRow.problem_sha256))
                .join(TextRow, col(TextRow.sha256) == col(ProblemRow.text_sha256))
                .join(VersionsRow, col(VersionsRow.sha256) == col(TraceRow.versions_sha256))
                .where(TraceRow.id == trace_id)
            ).first()
            if found is None:
                raise TraceNotFoundError(trace_id)
            trace, problem, versions, problem_text = found
            with self._database.legible(f"trace {trace_id}"):
                attempts = _read_attempts(session, trace_id)
                return Trace(
                    id=trace.id,
                    problem=problem_of(problem, problem_text),
                    kind=Kind(trace.kind),
                    language=Language(trace.language),
                    attempts=attempts,
                    verdict=_verdict(trace),
                    evidence=Evidence(**trace.evidence),
                    spent=_spent(trace, attempts),
                    versions=_versions(versions),
                    created_at=trace.created_at,
                )

    def list(
        self,
        filter: TraceFilter = TraceFilter(),
        *,
        after: str | None = None,
        limit: int = 50,
        order: Order = Order.NEWEST_FIRST,
    ) -> Page:
        """At most `limit` traces that pass `filter`, beginning behind the id `after` in `order`.

        Raises:
            TraceNotFoundError: `after` is the id of no trace.
        """
        if limit < 1:
            raise ValueError(f"a page has at least one trace, not {limit}")
        with self._database.reading() as session:
            page = _page(session, filter, after, limit + 1, order)
            found = session.exec(
                select(TraceRow, ProblemRow.head)
                .join(page.traces, page.traces.c.id == col(TraceRow.id))
                .join(ProblemRow, col(ProblemRow.sha256) == col(TraceRow.problem_sha256))
                # Long, and not shown in a list. (SQLModel types a column as its value.)
                .options(defer(TraceRow.evidence))  # type: ignore[arg-type]
                .order_by(*_sorted(order, page.traces.c.created_at, page.traces.c.id)),
                params=page.parameters,
            ).all()
            return Page(tuple(self._summary(row, head) for row, head in found[:limit]), has_more=len(found) > limit)

    def conversations(
        self, filter: TraceFilter, *, after: str | None = None, limit: int = 200
    ) -> tuple[Conversation, ...]:
        """The first `limit` traces that pass `filter` behind the id `after`, the oldest first: two queries a page.

        For who reads very many. An unresolved trace may still be under way.

        Raises:
            TraceNotFoundError: `after` is the id of no trace.
            StoreError: rows cannot be read, because something else wrote them.
        """
        with self._database.reading() as session:
            page = _page(session, filter, after, limit, Order.OLDEST_FIRST)
            found = session.exec(
                select(TraceRow, ProblemRow, TextRow.text)
                .join(page.traces, page.traces.c.id == col(TraceRow.id))
                .join(ProblemRow, col(ProblemRow.sha256) == col(TraceRow.problem_sha256))
                .join(TextRow, col(TextRow.sha256) == col(ProblemRow.text_sha256))
                .order_by(page.traces.c.created_at, page.traces.c.id),
                params=page.parameters,
            ).all()
            exchanges = _exchanges(session, [trace.id for trace, _, _ in found])
        return tuple(self._conversation(*row, exchanges.get(row[0].id, ())) for row in found)

    def _conversation(
        self, trace: TraceRow, problem: ProblemRow, text: str, exchanges: Iterable[Exchange]
    ) -> Conversation:
        with self._database.legible(f"trace {trace.id}"):
            attempt = trace.evidence["execution"].get("attempt") if trace.trust is not None else None
            return Conversation(
                id=trace.id,
                problem=problem_of(problem, text),
                kind=Kind(trace.kind),
                language=Language(trace.language),
                verdict=_verdict(trace),
                attempt=attempt if isinstance(attempt, int) else None,
                exchanges=tuple(exchanges),
            )

    def _summary(self, row: TraceRow, head: str) -> TraceSummary:
        with self._database.legible(f"trace {row.id}"):
            return TraceSummary(
                id=row.id,
                created_at=row.created_at,
                problem=head,
                kind=Kind(row.kind),
                language=Language(row.language),
                verdict=VerdictKind(row.verdict),
                trust=None if row.trust is None else Trust(row.trust),
                answer=row.answer,
                attempts=row.attempts,
            )


def _require_id(trace_id: str) -> None:
    if not _TRACE_ID.fullmatch(trace_id):
        raise TraceNotFoundError(trace_id)


_TRACES, _ERRORS = (Row.metadata.tables[name].c for name in ("traces", "trace_errors"))
_Given = Mapping[str, str | None]
"""Values by the names of columns."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """Which way a list is walked, along the rows of `traces` or those of `trace_errors` of one class, and between which
    bounds; their values are parameters.
    """

    error_class: ErrorClass | None
    order: Order
    after: bool
    created_from: bool
    created_before: bool

    def part(self, given: _Given) -> Subquery:
        """`id` and `created_at` of the first traces whose columns have the values given."""
        columns, id, asked = _TRACES, _TRACES.id, given
        if self.error_class is not None:
            columns, id = _ERRORS, _ERRORS.trace_id
            asked = {"error_class": self.error_class.value, **given}
        found = select_columns(id.label("id"), columns.created_at)
        found = found.where(*equal(columns, asked), *self._within(id, columns.created_at))
        # PostgreSQL does not see that a column which is null is constant, and that its index has this order.
        by = [*(columns[name] for name in asked), columns.created_at, id]
        return found.order_by(*_sorted(self.order, *by)).limit(_LIMIT).subquery()

    def _within(self, id: ColumnElement[str], created_at: ColumnElement[datetime]) -> Iterable[ColumnElement[bool]]:
        if self.after:
            here = tuple_(created_at, id)
            there = tuple_(bindparam("after_moment", type_=UTCDateTime()), bindparam("after_id", type_=TraceId))
            yield here < there if self.order is Order.NEWEST_FIRST else here > there
        if self.created_from:
            yield created_at >= bindparam("created_from", type_=UTCDateTime())
        if self.created_before:
            yield created_at < bindparam("created_before", type_=UTCDateTime())


_LIMIT = bindparam("page_limit", type_=Integer())


def _sorted(order: Order, *columns: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
    return [column.desc() if order is Order.NEWEST_FIRST else column.asc() for column in columns]


def equal(
    columns: ReadOnlyColumnCollection[str, Column[Any]], given: Mapping[str, int | str | None]
) -> Iterable[ColumnElement[bool]]:
    """That the columns have these values, by their names."""
    return [columns[name].is_(None) if value is None else columns[name] == value for name, value in given.items()]


@dataclass(frozen=True, slots=True)
class _Page:
    """`traces`: `id` and `created_at` of those of a page, with these `parameters`."""

    traces: Subquery
    parameters: Mapping[str, object]


def _page(session: Session, filter: TraceFilter, after: str | None, limit: int, order: Order) -> _Page:
    """At most `limit` traces, from an index that has them in the order of the list.

    Raises:
        TraceNotFoundError: `after` is the id of no trace.
    """
    parameters: dict[str, object] = {"page_limit": limit}
    if after is not None:
        parameters["after_moment"], parameters["after_id"] = _place(session, after)
    for name, moment in (("created_from", filter.created_from), ("created_before", filter.created_before)):
        if moment is not None:
            parameters[name] = moment
    bounds = (after is not None, filter.created_from is not None, filter.created_before is not None)
    asked = (filter.verdict, filter.trust, filter.kind, filter.language)
    return _Page(_first(_Walk(filter.error_class, order, *bounds), asked), parameters)


@lru_cache(maxsize=64)
def _first(walk: _Walk, asked: tuple[StrEnum | None, ...]) -> Subquery:
    """`id` and `created_at` of the first traces that have what is asked for of verdict, trust, kind and language.

    By two and more of these, that is one index of all four: each combination with what was not asked for has its own
    part of it, and of each part the first are taken. However rare a combination of what is common is, no more than that
    is read. `trace_errors` has the same indexes, each behind the class of error.

    To make a query of thirty parts takes longer than the database does, so it is kept.
    """
    given: dict[str, str | None] = {name: each.value for name, each in zip(_VALUES, asked, strict=True) if each}
    if len(given) < 2:
        return walk.part(given)
    choices = [[given[name]] if name in given else values for name, values in _VALUES.items()]
    parts = [walk.part(dict(zip(_VALUES, values, strict=True))) for values in itertools.product(*choices)]
    every = union_all(*(select_columns(part) for part in parts)).subquery()
    by = _sorted(walk.order, every.c.created_at, every.c.id)
    return select_columns(every.c.id, every.c.created_at).order_by(*by).limit(_LIMIT).subquery()


_VALUES: Mapping[str, Sequence[str | None]] = {
    "verdict": [each.value for each in VerdictKind],
    "trust": [None, *(each.value for each in Trust)],
    "kind": [each.value for each in Kind],
    "language": [each.value for each in Language],
}
"""All there are, in the order of the index."""


def _place(session: Session, trace_id: str) -> tuple[datetime, str]:
    _require_id(trace_id)
    created_at = session.exec(select(TraceRow.created_at).where(TraceRow.id == trace_id)).first()
    if created_at is None:
        raise TraceNotFoundError(trace_id)
    return created_at, trace_id


def record_events(session: Session, events: Sequence[Event]) -> None:
    """Keep `events` in this transaction: of any traces, those of one trace in their order.

    One statement for each table, however many events. Only a trace that was begun in an earlier transaction takes more:
    its row is changed event by event.

    Raises: as `TraceStore.record`.
    """
    begun = [event for event in events if isinstance(event, TraceBegun)]
    ended = [(event.trace_id, event.attempt) for event in events if isinstance(event, AttemptEnded)]
    # What traces share comes first, table by table: two transactions must not wait for each other.
    keep_problems(
        session, [event.problem for event in begun], texts=[text for _, attempt in ended for text in _texts(attempt)]
    )
    versions = {event.trace_id: _versions_columns(event.versions) for event in begun}
    _insert_sorted(session, VersionsRow, versions.values())
    grown = _Grown(session, {trace_id: columns["sha256"] for trace_id, columns in versions.items()})
    for event in events:
        grown.take(event)
    insert_rows(session, TraceRow, grown.begun)
    insert_rows(session, AttemptRow, [_attempt_columns(*each) for each in ended])
    insert_rows(session, MessageRow, [columns for each in ended for columns in _message_columns(*each)])
    insert_rows(session, RunRow, [columns for each in ended for columns in _runs_columns(*each)])
    classes = {(trace_id, name): grown.listed(trace_id) for trace_id, each in ended for name in _error_classes(each)}
    errors = [{"trace_id": trace_id, "error_class": name, **listed} for (trace_id, name), listed in classes.items()]
    insert_if_absent(session, TraceErrorRow, errors)
    grown.conclude_errors()


class _Grown:
    """What events make of rows of `traces`. `begun`: those to insert, as they are after the last event; a trace that
    was there before is changed at once, which locks its row until the transaction ends.
    """

    def __init__(self, session: Session, versions: Mapping[str, str]) -> None:
        """`versions`: what `versions` has those of a trace that begins here under, by its id."""
        self.begun: list[Json] = []
        self._session = session
        self._versions = versions
        self._new: dict[str, Json] = {}
        """Those of `begun`, by id."""
        self._old: dict[str, Json] = {}
        """What `trace_errors` repeats, of the traces that were there before."""
        self._concluded: dict[str, Json] = {}
        """Of these the ones that have their verdict now: its columns there."""

    def take(self, event: Event) -> None:
        row = self._new.get(event.trace_id)
        if row is not None and not isinstance(event, TraceBegun) and row["concluded_at"] is not None:
            raise _concluded(event.trace_id)
        match event:
            case TraceBegun():
                # A second one is a second row, which the database refuses.
                self._new[event.trace_id] = _trace_columns(event, self._versions[event.trace_id])
                self.begun.append(self._new[event.trace_id])
            case AttemptEnded():
                if row is None:
                    self._change(event.trace_id, {"attempts": TraceRow.attempts + 1})
                else:
                    row["attempts"] += 1
            case VerdictReached():
                columns = _verdict_columns(event)
                if row is None:
                    self._change(event.trace_id, columns)
                    self._concluded[event.trace_id] = {name: columns[name] for name in ("verdict", "trust")}
                else:
                    row.update(columns)
            case _:
                assert_never(event)

    def listed(self, trace_id: str) -> Json:
        """What `trace_errors` repeats of the trace."""
        row = self._new.get(trace_id) or self._old[trace_id]
        return {name: row[name] for name in _LISTED}

    def conclude_errors(self) -> None:
        """Write the verdicts to the errors that traces which were there before have by now."""
        for trace_id, columns in self._concluded.items():
            change = update(TraceErrorRow).where(col(TraceErrorRow.trace_id) == trace_id).values(columns)
            self._session.execute(change, execution_options={"synchronize_session": False})

    def _change(self, trace_id: str, columns: Json) -> None:
        change = update(TraceRow).where(col(TraceRow.id) == trace_id, col(TraceRow.concluded_at).is_(None))
        found = self._session.execute(
            change.values(columns).returning(*(_TRACES[name] for name in _LISTED)),
            execution_options={"synchronize_session": False},
        ).first()
        if found is None:
            if self._session.get(TraceRow, trace_id) is None:
                raise TraceNotFoundError(trace_id)
            raise _concluded(trace_id)
        self._old[trace_id] = dict(found._mapping)


_LISTED = ("created_at", "verdict", "trust", "kind", "language")
"""Columns of `traces` that `trace_errors` repeats, so that its lists are found as those of all traces are."""


def _concluded(trace_id: str) -> StoreError:
    return StoreError(f"trace {trace_id} has its verdict already; nothing can be added to it")


def keep_problems(session: Session, problems: Sequence[Problem], *, texts: Sequence[str] = ()) -> None:
    """Each problem, and each of `texts`, is in the database afterwards, once."""
    columns = [{"sha256": sha256_of(text), "text": text} for text in (*(each.text for each in problems), *texts)]
    _insert_sorted(session, TextRow, columns)
    _insert_sorted(session, ProblemRow, [_problem_columns(problem) for problem in problems])


def _insert_sorted(session: Session, row: type[Row], columns: Iterable[Json]) -> None:
    """Insert by SHA-256 what is not there. Sorted, because two transactions must not wait for each other."""
    named = {each["sha256"]: each for each in columns}
    insert_if_absent(session, row, [named[sha256] for sha256 in sorted(named)])


def _trace_columns(event: TraceBegun, versions_sha256: str) -> Json:
    if not _TRACE_ID.fullmatch(event.trace_id):
        raise ValueError(f"{event.trace_id!r} is no id of a trace: `trc_` and a ULID")
    return {
        "id": event.trace_id,
        "problem_sha256": problem_sha256(event.problem),
        "versions_sha256": versions_sha256,
        "kind": event.kind.value,
        "language": event.language.value,
        "created_at": event.created_at,
        "attempts": 0,
        "verdict": INTERRUPTED.kind.value,
        "reason": INTERRUPTED.reason,
        "evidence": plain(Evidence()),
        **dict.fromkeys(_OF_VERDICT),
    }


_OF_VERDICT = (
    *("answer", "trust", "concluded_at", "spent_attempts", "prompt_tokens", "completion_tokens"),
    *("lm_seconds", "solver_seconds", "seconds"),
)
"""Columns of `traces` that are null until the verdict."""


def problem_sha256(problem: Problem) -> str:
    """What `problems` has it under: the hash of all its parts."""
    return _sha256_of_parts(_problem_parts(problem))


def _problem_parts(problem: Problem) -> Json:
    return {
        "text_sha256": sha256_of(problem.text),
        "kind": problem.kind.value if problem.kind else None,
        "language": problem.language.value if problem.language else None,
        "world": problem.world.value,
    }


def _problem_columns(problem: Problem) -> Json:
    parts = _problem_parts(problem)
    cut = len(problem.text) > HEAD_CHARACTERS
    head = problem.text[:HEAD_CHARACTERS] + "…" if cut else problem.text
    return {"sha256": _sha256_of_parts(parts), "head": head, **parts}


def problem_of(row: ProblemRow, text: str) -> Problem:
    return Problem(
        text=text,
        kind=None if row.kind is None else Kind(row.kind),
        language=None if row.language is None else Language(row.language),
        world=World(row.world),
    )


def _versions_columns(versions: Versions) -> Json:
    parts: Json = {
        "quod": versions.quod,
        **lm_columns(versions.lm),
        "engines": plain(versions.engines),
        "prompts": prompts_to_json(versions.prompts),
        "limits": asdict(versions.limits),
        "trust_rule": versions.trust_rule,
    }
    return {"sha256": _sha256_of_parts(parts), **parts}


def _versions(row: VersionsRow) -> Versions:
    return Versions(
        quod=row.quod,
        lm=lm_identity(row),
        engines=row.engines,
        prompts=prompts_from_json(row.prompts),
        limits=limits_from_json(row.limits),
        trust_rule=row.trust_rule,
    )


def _sha256_of_parts(parts: Mapping[str, object]) -> str:
    # Not in ASCII: two lone surrogates would be written like the one character that they are half of each.
    return sha256_of(json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False))


def _attempt_columns(trace_id: str, attempt: Attempt) -> Json:
    completion = attempt.completion
    return {
        "trace_id": trace_id,
        "number": attempt.number,
        "prompt_name": attempt.prompt.name,
        "prompt_version": attempt.prompt.version,
        "prompt_sha256": attempt.prompt.sha256,
        "completion_sha256": sha256_of(completion.text),
        **lm_columns(completion.lm),
        "finish_reason": completion.finish_reason.value,
        "lm_seconds": completion.seconds,
        **token_columns(completion.usage),
        "cached": completion.cached,
        "doubt": completion.doubt,
        **_formalisation_columns(attempt.formalisation),
        "check_result": attempt.check.result.value,
        "check_reason": attempt.check.reason,
        "checker": attempt.check.checker,
        "check_assumptions": list(attempt.check.assumptions),
        "purpose": attempt.purpose.value,
        "second_opinions": {name.value: run_to_json(run) for name, run in attempt.second_opinions.items()},
        "diagnostics": diagnostics_to_json(attempt.diagnostics),
        "started_at": attempt.started_at,
        "seconds": attempt.seconds,
    }


def _message_columns(trace_id: str, attempt: Attempt) -> Iterator[Json]:
    for position, message in enumerate(attempt.messages):
        yield {
            "trace_id": trace_id,
            "number": attempt.number,
            "position": position,
            "role": message.role.value,
            "text_sha256": sha256_of(message.content),
        }


def _runs_columns(trace_id: str, attempt: Attempt) -> Iterator[Json]:
    for position, (name, run) in enumerate(attempt.runs.items()):
        yield {
            "trace_id": trace_id,
            "number": attempt.number,
            "position": position,
            "name": name.value,
            **_run_columns(run),
        }


def _error_classes(attempt: Attempt) -> Iterable[str]:
    return sorted({diagnostic.error_class.value for diagnostic in attempt.diagnostics})


def _texts(attempt: Attempt) -> Iterator[str]:
    """The texts of an attempt that have a row of their own."""
    yield attempt.completion.text
    yield from (message.content for message in attempt.messages)
    yield from (run.output for run in attempt.runs.values())
    if isinstance(attempt.formalisation, Formalisation):
        yield attempt.formalisation.program.text


def _formalisation_columns(formalisation: Formalisation | NotExtracted) -> Json:
    match formalisation:
        case Formalisation(program, query, complement, gloss):
            return {
                "program_language": program.language.value,
                "program_sha256": sha256_of(program.text),
                "query": query,
                "complement": complement,
                "gloss": gloss_to_json(gloss),
                "not_extracted": None,
            }
        case NotExtracted(diagnostics):
            return {
                "program_language": None,
                "program_sha256": None,
                "query": None,
                "complement": None,
                "gloss": None,
                "not_extracted": diagnostics_to_json(diagnostics),
            }


def _run_columns(run: Run) -> Json:
    body = run_to_json(run)
    outcome = body["outcome"]
    return {
        "status": body["status"],
        "limit_name": body["limit"],
        "outcome": None if outcome is None else outcome["kind"],
        "ending": {key: value for key, value in body.items() if key not in _NOT_ENDING},
        "output_sha256": sha256_of(run.output),
        "wall_seconds": run.usage.wall_seconds,
        "cpu_seconds": run.usage.cpu_seconds,
        "peak_memory_mib": run.usage.peak_memory_mib,
        "sandbox": body["sandbox"],
    }


_NOT_ENDING = {"output", "usage", "sandbox"}


def _run(row: RunRow, output: str) -> Run:
    usage = {
        "wall_seconds": row.wall_seconds,
        "cpu_seconds": row.cpu_seconds,
        "peak_memory_mib": row.peak_memory_mib,
    }
    sandbox = asdict(layers_from_json(row.sandbox))
    return run_from_json({**row.ending, "output": output, "usage": usage, "sandbox": sandbox})


def _read_attempts(session: Session, trace_id: str) -> tuple[Attempt, ...]:
    rows = session.exec(
        select(AttemptRow).where(AttemptRow.trace_id == trace_id).order_by(col(AttemptRow.number))
    ).all()
    messages = session.exec(
        select(MessageRow)
        .where(MessageRow.trace_id == trace_id)
        .order_by(col(MessageRow.number), col(MessageRow.position))
    ).all()
    runs = session.exec(
        select(RunRow).where(RunRow.trace_id == trace_id).order_by(col(RunRow.number), col(RunRow.position))
    ).all()
    wanted = {message.text_sha256 for message in messages} | {run.output_sha256 for run in runs}
    for row in rows:
        wanted |= {row.completion_sha256} | ({row.program_sha256} if row.program_sha256 else set())
    texts = {row.sha256: row.text for row in session.exec(select(TextRow).where(col(TextRow.sha256).in_(wanted)))}
    return tuple(
        _attempt(
            row,
            texts,
            tuple(
                Message(Role(message.role), texts[message.text_sha256])
                for message in messages
                if message.number == row.number
            ),
            {RunName(run.name): _run(run, texts[run.output_sha256]) for run in runs if run.number == row.number},
        )
        for row in rows
    )


def _exchanges(session: Session, trace_ids: Collection[str]) -> dict[str, list[Exchange]]:
    rows = session.exec(
        select(AttemptRow, TextRow.text)
        .join(TextRow, col(TextRow.sha256) == col(AttemptRow.completion_sha256))
        .where(col(AttemptRow.trace_id).in_(trace_ids))
        .order_by(col(AttemptRow.trace_id), col(AttemptRow.number))
        # Long, and not asked for. (SQLModel types a column as its value.)
        .options(defer(AttemptRow.second_opinions))  # type: ignore[arg-type]
    )
    found: dict[str, list[Exchange]] = {}
    for row, text in rows:
        prompt = PromptRef(row.prompt_name, row.prompt_version, row.prompt_sha256)
        failed = bool(row.diagnostics) or row.not_extracted is not None
        found.setdefault(row.trace_id, []).append(
            Exchange(row.number, Purpose(row.purpose), prompt, text, failed=failed)
        )
    return found


def _attempt(
    row: AttemptRow, texts: Mapping[str, str], messages: tuple[Message, ...], runs: Mapping[RunName, Run]
) -> Attempt:
    return Attempt(
        number=row.number,
        prompt=PromptRef(row.prompt_name, row.prompt_version, row.prompt_sha256),
        messages=messages,
        completion=Completion(
            text=texts[row.completion_sha256],
            lm=lm_identity(row),
            finish_reason=FinishReason(row.finish_reason),
            seconds=row.lm_seconds,
            usage=token_usage(row),
            cached=row.cached,
            doubt=row.doubt,
        ),
        formalisation=_formalisation(row, texts),
        runs=runs,
        check=CheckReport(CheckResult(row.check_result), row.check_reason, row.checker, tuple(row.check_assumptions)),
        diagnostics=diagnostics_from_json(row.diagnostics),
        started_at=row.started_at,
        seconds=row.seconds,
        purpose=Purpose(row.purpose),
        second_opinions={RunName(name): run_from_json(body) for name, body in row.second_opinions.items()},
    )


def _formalisation(row: AttemptRow, texts: Mapping[str, str]) -> Formalisation | NotExtracted:
    if row.not_extracted is not None:
        return NotExtracted(diagnostics_from_json(row.not_extracted))
    if row.program_language is None or row.program_sha256 is None or row.query is None or row.gloss is None:
        raise ValueError(f"attempt {row.number} has neither a program nor the reason why there is none")
    return Formalisation(
        program=Program(Language(row.program_language), texts[row.program_sha256]),
        query=row.query,
        complement=row.complement,
        gloss=gloss_from_json(row.gloss),
    )


def _verdict_columns(event: VerdictReached) -> Json:
    verdict, spent = event.verdict, event.spent
    return {
        "verdict": verdict.kind.value,
        "reason": verdict.reason,
        "answer": verdict.answer,
        "trust": None if verdict.trust is None else verdict.trust.value,
        "evidence": plain(event.evidence),
        "concluded_at": datetime.now(UTC),
        "spent_attempts": spent.attempts,
        "prompt_tokens": spent.prompt_tokens,
        "completion_tokens": spent.completion_tokens,
        "lm_seconds": spent.lm_seconds,
        "solver_seconds": spent.solver_seconds,
        "seconds": spent.seconds,
    }


def _verdict(row: TraceRow) -> Verdict:
    return Verdict(
        kind=VerdictKind(row.verdict),
        reason=row.reason,
        answer=row.answer,
        trust=None if row.trust is None else Trust(row.trust),
    )


def _spent(row: TraceRow, attempts: tuple[Attempt, ...]) -> Spent:
    """As recorded with the verdict; where there is none, what the recorded attempts add up to."""
    if (
        row.spent_attempts is not None
        and row.prompt_tokens is not None
        and row.completion_tokens is not None
        and row.lm_seconds is not None
        and row.solver_seconds is not None
        and row.seconds is not None
    ):
        return Spent(
            attempts=row.spent_attempts,
            prompt_tokens=row.prompt_tokens,
            completion_tokens=row.completion_tokens,
            lm_seconds=row.lm_seconds,
            solver_seconds=row.solver_seconds,
            seconds=row.seconds,
        )
    counted = [attempt.completion.usage for attempt in attempts if attempt.completion.usage is not None]
    lm_seconds = sum(attempt.completion.seconds for attempt in attempts)
    return Spent(
        attempts=len(attempts),
        prompt_tokens=sum(usage.prompt_tokens for usage in counted),
        completion_tokens=sum(usage.completion_tokens for usage in counted),
        lm_seconds=lm_seconds,
        solver_seconds=sum(run.usage.wall_seconds for attempt in attempts for run in attempt.runs.values()),
        seconds=lm_seconds + sum(attempt.seconds for attempt in attempts),
    )
