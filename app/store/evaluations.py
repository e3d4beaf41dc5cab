"""Keeps evaluations of datasets and their results, and says who may work on an evaluation.

An owner that was killed leaves it owned (`app.store.evaluation_states`). What was asked of him is carried out by
whoever takes it over: a service, which watches `heartbeats`, or a command line, which does the same for one evaluation.
It calls `ask`; where `owned` is still true it reads `heartbeat` for `STALE_SECONDS` of its own monotonic clock. If that
moves, the owner lives and will do it. If not, the command line calls `take` with what it saw, and does itself what
`beat` says is wanted: solve, or `release` as paused or cancelled.
"""

import hashlib
import itertools
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, Integer, Subquery, bindparam, exists, insert, union_all
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, delete, select

from app.errors import EvaluationNotFoundError, EvaluationStateError, LeaseLostError
from app.lm.types import LmIdentity
from app.reasoning.events import Event
from app.reasoning.types import Trust
from app.store.backends import insert_rows
from app.store.datasets import DatasetStore, check_limit, find_dataset
from app.store.documents import Json, lm_columns, plain
from app.store.evaluation_documents import (
    config_from_json,
    config_to_json,
    counts_of,
    dataset_summary,
    evaluation_lm,
    evaluation_of,
    result_columns,
    result_of,
    tokens_of,
)
from app.store.evaluation_states import ASKED, LEFT, OWNED, RELEASED, RETRIED, refusal
from app.store.evaluation_types import (
    ENDED,
    Counts,
    DatasetSummary,
    Evaluation,
    EvaluationConfig,
    Lease,
    Outcome,
    Result,
    ResultFilter,
    State,
    StateChange,
    Wanted,
)
from app.store.rows import (
    DatasetRow,
    EarlierResultRow,
    EvaluationId,
    EvaluationRow,
    ResultErrorRow,
    ResultRow,
    Row,
    SampleRow,
    StateChangeRow,
)
from app.store.traces import Order, equal, record_events
from solvers.types import ErrorClass

_PAGE = 1_000
"""Results that are read together."""
_EVALUATION_ID = re.compile(r"evl_[0-9A-Za-z]{1,60}")


class EvaluationStore(DatasetStore):
    """Evaluations, and the datasets that they are of. Thread-safe; the methods block. Every one raises
    `StoreUnavailableError` where the database cannot be used, and `EvaluationNotFoundError` or `DatasetNotFoundError`
    where what is named is not there.
    """

    # Evaluations

    def create(
        self, evaluation_id: str, dataset_sha256: str, config: EvaluationConfig, *, attended: bool
    ) -> Evaluation:
        """A new evaluation, `queued`. `waiting` of its counts is what there is to do: samples times epochs.

        Raises:
            ValueError: `evaluation_id` is none, or no sample or no epoch is asked for.
            StoreError: there is one with this id.
        """
        if not _EVALUATION_ID.fullmatch(evaluation_id):
            raise ValueError(f"{evaluation_id!r} is no id of an evaluation: `evl_` and a ULID")
        if config.epochs < 1 or (config.limit is not None and config.limit < 1):
            raise ValueError("an evaluation solves at least one sample at least once")
        with self._database.writing() as session:
            dataset = find_dataset(session, dataset_sha256)
            row = EvaluationRow(
                id=evaluation_id,
                dataset_sha256=dataset_sha256,
                config=config_to_json(config),
                planned=len(chosen_positions(dataset_summary(dataset), config)) * config.epochs,
                state=State.VALIDATING.value,
                attended=attended,
                created_at=datetime.now(UTC),
            )
            session.add(row)
            session.flush()
            _move(session, row, State.QUEUED)
            return self._evaluation(row, dataset)

    def get(self, evaluation_id: str) -> Evaluation:
        with self._database.reading() as session:
            row = _find(session, evaluation_id)
            return self._evaluation(row, find_dataset(session, row.dataset_sha256))

    def last(self) -> Evaluation | None:
        """The newest one."""
        found, _ = self.list(1)
        return found[0] if found else None

    def list(
        self, limit: int, after: str | None = None, order: Order = Order.NEWEST_FIRST, state: State | None = None
    ) -> tuple[tuple[Evaluation, ...], bool]:
        """By id, and whether there are more after the last."""
        check_limit(limit)
        key = col(EvaluationRow.id)
        newest_first = order is Order.NEWEST_FIRST
        query = select(EvaluationRow, DatasetRow).join(
            DatasetRow, col(DatasetRow.sha256) == col(EvaluationRow.dataset_sha256)
        )
        if state is not None:
            query = query.where(EvaluationRow.state == state.value)
        if after is not None:
            _check_id(after)
            query = query.where(key < after if newest_first else key > after)
        query = query.order_by(key.desc() if newest_first else key.asc()).limit(limit + 1)
        with self._database.reading() as session:
            found = session.exec(query).all()
            return tuple(self._evaluation(row, dataset) for row, dataset in found[:limit]), len(found) > limit

    def ask(self, evaluation_id: str, wanted: Wanted, *, attended: bool | None = None) -> Evaluation:
        """Pause, resume (`RUN`) or cancel. Where nobody owns it, or it rests, the state changes at once; else the owner
        does that when he has stopped. `RUN` after `PAUSED` or `FAILED` makes it `queued`.

        An owner that was killed does nothing; see the head of this module for who does it then.

        Args:
            attended: who takes care of it from now on: a command line that waits for it, or (False) any service. None:
                as before. A service passes False, or nobody would ever take over what a killed command line left.

        Raises:
            EvaluationStateError: it has come to its end, or cannot do that.
        """
        with self._changing(evaluation_id) as (session, row):
            state = State(row.state)
            left = ASKED.get((state, wanted))
            if left is None:
                raise EvaluationStateError(refusal(evaluation_id, state, wanted))
            # Nothing was asked, and nothing is, where it is to go on and goes on.
            if state in OWNED and not (wanted is Wanted.RUN and row.wanted is None):
                row.wanted = wanted.value
            if attended is not None:
                row.attended = attended
            if left is not state:
                _move(session, row, left)
            return self._evaluation(row, find_dataset(session, row.dataset_sha256))

    def retry_errored(self, evaluation_id: str, *, attended: bool | None = None) -> Evaluation:
        """Queue it again, with its errored results taken out of the way; they are kept as earlier ones, with their
        traces. Their positions are missing again, and are solved when it is worked on.

        Args:
            attended: as for `ask`.

        Raises:
            EvaluationStateError: it is being worked on, was cancelled, or nothing of it errored.
        """
        with self._changing(evaluation_id) as (session, row):
            state = State(row.state)
            if state not in RETRIED:
                hint = "begin a new one" if state is State.CANCELLED else "pause it first"
                raise EvaluationStateError(f"evaluation {evaluation_id} is {state}: {hint}")
            if row.errored == 0:
                raise EvaluationStateError(f"nothing of evaluation {evaluation_id} errored: there is nothing to retry")
            columns = list(EarlierResultRow.metadata.tables["earlier_results"].columns.keys())
            errored = (col(ResultRow.evaluation_id) == evaluation_id, col(ResultRow.outcome) == Outcome.ERRORED.value)
            moved = select(*(getattr(ResultRow, name) for name in columns)).where(*errored)
            session.execute(insert(EarlierResultRow).from_select(columns, moved))
            session.execute(delete(ResultRow).where(*errored))
            row.errored = 0
            if attended is not None:
                row.attended = attended
            if state is not State.QUEUED:
                _move(session, row, State.QUEUED)
            return self._evaluation(row, find_dataset(session, row.dataset_sha256))

    # Working on one

    def heartbeats(self) -> dict[str, tuple[int, int]]:
        """Of every evaluation that is not attended and has not ended or been paused: generation and heartbeat.

        A watcher calls it every second or so, and takes over what does not move (`Lease`). Where nobody holds the
        lease, because it was never taken or was given back, the heartbeat is 0, and it may be taken at once: (0, 0),
        (3, 0).
        """
        states = [state.value for state in (*OWNED, State.QUEUED)]
        query = (
            select(EvaluationRow.id, EvaluationRow.generation, EvaluationRow.heartbeat)
            .where(col(EvaluationRow.state).in_(states), col(EvaluationRow.attended).is_(False))
            .order_by(col(EvaluationRow.id))
        )
        with self._database.reading() as session:
            return {name: (generation, heartbeat) for name, generation, heartbeat in session.exec(query)}

    def heartbeat(self, evaluation_id: str) -> tuple[int, int]:
        """The same of one evaluation, attended or not, in whatever state: what `take` needs of who waits for it."""
        with self._database.reading() as session:
            row = _find(session, evaluation_id)
            return row.generation, row.heartbeat

    def take(self, evaluation_id: str, owner: str, seen: tuple[int, int]) -> Lease | None:
        """Become the owner, if generation and heartbeat still are as `seen`; None: somebody was faster, or it rests.

        It is `in_progress` from then on, unless it is `cancelling`. What was asked of an owner that was killed is still
        wanted: `beat` says it.
        """
        with self._changing(evaluation_id) as (session, row):
            state = State(row.state)
            if (row.generation, row.heartbeat) != seen or state not in OWNED | {State.QUEUED}:
                return None
            row.owner = owner
            row.generation += 1
            row.heartbeat = 1
            row.owner_clock = time.monotonic()
            row.started_at = row.started_at or datetime.now(UTC)
            if state not in (State.IN_PROGRESS, State.CANCELLING):
                _move(session, row, State.IN_PROGRESS)
            return Lease(evaluation_id, owner, row.generation)

    def beat(self, lease: Lease) -> Wanted:
        """Say that the owner lives, and hear what is wanted.

        Raises:
            LeaseLostError
        """
        with self._held(lease) as (_, row):
            row.heartbeat += 1
            _add_seconds(row)
            return Wanted.RUN if row.wanted is None else Wanted(row.wanted)

    def opened(self, lease: Lease, lm: LmIdentity, versions: Mapping[str, object]) -> None:
        """Keep what it is made with. Another language model than at first is an `EvaluationStateError`: results of two
        are never mixed. Other versions than before are kept beside those, which stand under `earlier`.
        """
        with self._held(lease) as (_, row):
            known = evaluation_lm(row)
            if known is not None and known != lm:
                raise EvaluationStateError(
                    f"evaluation {lease.evaluation_id} was begun with {known}, and this is {lm}: "
                    "begin a new evaluation, or bring the first language model back"
                )
            for name, value in lm_columns(lm).items():
                setattr(row, name, value)
            given = plain(versions)
            last = {key: value for key, value in row.versions.items() if key != _EARLIER}
            if last != given:
                earlier = [*row.versions.get(_EARLIER, []), *([last] if last else [])]
                row.versions = {**given, **({_EARLIER: earlier} if earlier else {})}

    def release(self, lease: Lease, state: State, reason: str = "") -> Evaluation:
        """Give the lease back, and leave the evaluation in this state: queued, paused or ended.

        What was asked since the owner last listened is done at once, so the state of what is given back may be another:
        paused or cancelled where it was queued or paused, and queued where it was to pause and then to go on.

        Raises:
            LeaseLostError
            ValueError: in this state somebody would have to work on it.
            EvaluationStateError: it is not complete while results are missing.
        """
        if state not in RELEASED:
            raise ValueError(f"nobody can leave an evaluation as {state}")
        with self._held(lease) as (session, row):
            waiting = counts_of(row).waiting
            if state is State.COMPLETED and waiting:
                raise EvaluationStateError(
                    f"evaluation {row.id} is not complete: {waiting} of {row.planned} results are missing"
                )
            left = state if row.wanted is None else LEFT.get((state, Wanted(row.wanted)), state)
            _add_seconds(row)
            row.owner, row.heartbeat, row.wanted = None, 0, None
            _move(session, row, left, "" if left in (State.QUEUED, State.COMPLETED) else reason)
            return self._evaluation(row, find_dataset(session, row.dataset_sha256))

    def set_state(self, lease: Lease, state: State, reason: str = "") -> None:
        """Say what the owner does. What is `cancelling` stays so.

        Raises:
            LeaseLostError
            ValueError: in this state nobody works on it; that is for `release`.
        """
        if state not in OWNED:
            raise ValueError(f"an evaluation that is worked on is not {state}: release it")
        with self._held(lease) as (session, row):
            if row.state != State.CANCELLING.value and (row.state, row.reason) != (state.value, reason):
                row.wanted = Wanted.CANCEL.value if state is State.CANCELLING else row.wanted
                _move(session, row, state, reason)

    def missing(self, evaluation_id: str) -> Sequence[tuple[int, int]]:
        """(position, epoch) of what has no result yet, in the order of the work: epoch by epoch, positions as chosen by
        `chosen_positions`."""
        query = select(ResultRow.position, ResultRow.epoch).where(ResultRow.evaluation_id == evaluation_id)
        with self._database.reading() as session:
            row = _find(session, evaluation_id)
            with self._database.legible(f"evaluation {evaluation_id}"):
                config = config_from_json(row.config)
            chosen = chosen_positions(dataset_summary(find_dataset(session, row.dataset_sha256)), config)
            recorded = {(position, epoch) for position, epoch in session.exec(query)}
        every = ((position, epoch) for epoch in range(1, config.epochs + 1) for position in chosen)
        return [each for each in every if each not in recorded]

    def record(self, lease: Lease, results: Sequence[tuple[Result, Sequence[Event]]]) -> Sequence[Result]:
        """Keep results with the events of their traces, all in one transaction: a few hundred at most.

        A result that is there already, and its trace, are passed over: recorded once, whoever comes twice.

        Returns:
            Those that were not there.

        Raises:
            LeaseLostError: nothing of it was kept.
            ValueError: a result is of no sample of this evaluation, or the events are of another trace. Nothing kept.
        """
        with self._held(lease) as (session, row):
            fresh = _fresh(session, row, results)
            _check_samples(session, row, [result for result, _ in fresh])
            record_events(session, [event for result, events in fresh for event in _events_of(result, events)])
            now = datetime.now(UTC)
            numbered = [(row.sequence + number, result) for number, (result, _) in enumerate(fresh, 1)]
            key: Json = {"evaluation_id": row.id}
            insert_rows(
                session, ResultRow, [key | result_columns(result, now, sequence) for sequence, result in numbered]
            )
            classes = [
                key | _error_columns(result, sequence, name)
                for sequence, result in numbered
                for name in sorted({each.error_class.value for each in result.attempts if each.error_class})
            ]
            insert_rows(session, ResultErrorRow, classes)
            row.sequence += len(fresh)
            for _, result in numbered:
                _count(row, result)
        return [result for _, result in numbered]

    # Reading results

    def counts(self, evaluation_id: str) -> Counts:
        with self._database.reading() as session:
            return counts_of(_find(session, evaluation_id))

    def results(
        self, evaluation_id: str, limit: int, after: int = 0, wanted: ResultFilter | None = None
    ) -> tuple[tuple[Result, ...], bool]:
        """By `sequence`, beginning after it, and whether there are more."""
        with self._database.reading() as session:
            row = _find(session, evaluation_id)
            return self._results(session, row, limit, after, wanted or ResultFilter())

    def every_result(self, evaluation_id: str) -> Iterator[Result]:
        """All that `results` lists. Read a page at a time, so results that are recorded meanwhile may be among them."""
        after, more = 0, True
        while more:
            page, more = self.results(evaluation_id, _PAGE, after)
            yield from page
            after = page[-1].sequence if page else after

    def earlier(self, evaluation_id: str, limit: int, after: int = 0) -> tuple[tuple[Result, ...], bool]:
        """Results that errored and whose samples were solved again, listed as `results` does."""
        check_limit(limit)
        key = col(EarlierResultRow.sequence)
        query = select(EarlierResultRow).where(EarlierResultRow.evaluation_id == evaluation_id, key > after)
        with self._database.reading() as session:
            _find(session, evaluation_id)
            found = session.exec(query.order_by(key).limit(limit + 1)).all()
            with self._database.legible(f"evaluation {evaluation_id}"):
                return tuple(result_of(row) for row in found[:limit]), len(found) > limit

    def changes(self, evaluation_id: str, after: int = 0) -> tuple[StateChange, ...]:
        """By `sequence`."""
        with self._database.reading() as session:
            _find(session, evaluation_id)
            return self._changes(session, evaluation_id, after)

    def happened(self, evaluation_id: str, limit: int, after: int = 0) -> tuple[Result | StateChange, ...]:
        """What came after a `sequence`, results and changes of state together, the first `limit` of them.

        For a stream of events: with two separate calls a change that comes between them would be lost.
        """
        with self._database.reading() as session:
            results, _ = self._results(session, _find(session, evaluation_id), limit, after, ResultFilter())
            both: list[Result | StateChange] = [*results, *self._changes(session, evaluation_id, after)]
        return tuple(sorted(both, key=lambda each: each.sequence)[:limit])

    def _results(
        self, session: Session, row: EvaluationRow, limit: int, after: int, wanted: ResultFilter
    ) -> tuple[tuple[Result, ...], bool]:
        check_limit(limit)
        query = select(ResultRow).where(ResultRow.evaluation_id == row.id)
        parameters: dict[str, object] = {}
        if wanted.sample_id is None:
            asked = (wanted.outcome, wanted.trust, wanted.error_class)
            page = _sequences(*asked, of_epoch=wanted.epoch is not None)
            query = query.join(page, page.c.sequence == col(ResultRow.sequence))
            parameters = {"evaluation": row.id, "after": after, "page_limit": limit + 1}
            parameters |= {} if wanted.epoch is None else {"epoch": wanted.epoch}
        else:
            query = query.where(col(ResultRow.sequence) > after, *_of_sample(row, wanted.sample_id, wanted))
        found = session.exec(query.order_by(col(ResultRow.sequence)).limit(limit + 1), params=parameters).all()
        with self._database.legible(f"evaluation {row.id}"):
            return tuple(result_of(each) for each in found[:limit]), len(found) > limit

    def _changes(self, session: Session, evaluation_id: str, after: int) -> tuple[StateChange, ...]:
        query = (
            select(StateChangeRow)
            .where(StateChangeRow.evaluation_id == evaluation_id, StateChangeRow.sequence > after)
            .order_by(col(StateChangeRow.sequence))
        )
        with self._database.legible(f"evaluation {evaluation_id}"):
            return tuple(StateChange(row.sequence, State(row.state), row.reason, row.at) for row in session.exec(query))

    def _evaluation(self, row: EvaluationRow, dataset: DatasetRow) -> Evaluation:
        with self._database.legible(f"evaluation {row.id}"):
            return evaluation_of(row, dataset)

    @contextmanager
    def _changing(self, evaluation_id: str) -> Iterator[tuple[Session, EvaluationRow]]:
        """One transaction with the evaluation's row locked: all that changes it, or results of it, wait here."""
        with self._database.writing() as session:
            yield session, _find(session, evaluation_id, lock=True)

    @contextmanager
    def _held(self, lease: Lease) -> Iterator[tuple[Session, EvaluationRow]]:
        """The same for its owner.

        Raises:
            LeaseLostError: this one is the owner no more.
        """
        with self._changing(lease.evaluation_id) as (session, row):
            if (row.owner, row.generation) != (lease.owner, lease.generation):
                whose = "nobody works" if row.owner is None else "another process works"
                raise LeaseLostError(f"{whose} on evaluation {row.id} now; what this one still did is not recorded")
            yield session, row


_EARLIER = "earlier"
"""The key of former versions in `versions`."""


def chosen_positions(dataset: DatasetSummary, config: EvaluationConfig) -> Sequence[int]:
    """The positions of the samples that are solved, in the order of the work.

    Without `sample_seed` the first `limit` ones. With it the first `limit` in the order of the SHA-256 of
    `"{sample_seed}/{dataset.sha256}/{position}"` in ASCII, position by position. That depends on nothing else, no
    version of Python either, and never changes: an evaluation that is resumed years later solves the same samples.
    """
    if config.sample_seed is None:
        positions: Sequence[int] = range(dataset.samples)
    else:
        begin = hashlib.sha256(f"{config.sample_seed}/{dataset.sha256}/".encode("ascii"))

        def place(position: int) -> bytes:
            whole = begin.copy()
            whole.update(str(position).encode("ascii"))
            return whole.digest()

        positions = sorted(range(dataset.samples), key=place)
    return positions[: config.limit]


def _check_id(evaluation_id: str) -> None:
    if not _EVALUATION_ID.fullmatch(evaluation_id):
        raise EvaluationNotFoundError(evaluation_id)


def _find(session: Session, evaluation_id: str, *, lock: bool = False) -> EvaluationRow:
    _check_id(evaluation_id)
    query = select(EvaluationRow).where(EvaluationRow.id == evaluation_id)
    row = session.exec(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise EvaluationNotFoundError(evaluation_id)
    return row


def _move(session: Session, row: EvaluationRow, state: State, reason: str = "") -> None:
    """Into another state, or the same for another reason; an event of the evaluation."""
    now = datetime.now(UTC)
    row.sequence += 1
    row.state, row.reason = state.value, reason
    row.ended_at = now if state in ENDED else None
    change = {"evaluation_id": row.id, "sequence": row.sequence, "state": state.value, "reason": reason, "at": now}
    insert_rows(session, StateChangeRow, [change])


def _add_seconds(row: EvaluationRow) -> None:
    now = time.monotonic()
    row.seconds += now - row.owner_clock
    row.owner_clock = now


def _fresh(
    session: Session, row: EvaluationRow, results: Sequence[tuple[Result, Sequence[Event]]]
) -> Sequence[tuple[Result, Sequence[Event]]]:
    """Those that are not recorded yet, each once."""
    first: dict[tuple[int, int], tuple[Result, Sequence[Event]]] = {}
    for each in results:
        first.setdefault((each[0].position, each[0].epoch), each)
    query = select(ResultRow.position, ResultRow.epoch).where(
        ResultRow.evaluation_id == row.id, col(ResultRow.position).in_({position for position, _ in first})
    )
    known = {(position, epoch) for position, epoch in session.exec(query)}
    return [each for key, each in first.items() if key not in known]


def _check_samples(session: Session, row: EvaluationRow, results: Sequence[Result]) -> None:
    query = select(SampleRow.position, SampleRow.sample_id).where(
        SampleRow.dataset_sha256 == row.dataset_sha256,
        col(SampleRow.position).in_({result.position for result in results}),
    )
    ids = dict(session.exec(query).all())
    epochs = row.config["epochs"]
    for result in results:
        if ids.get(result.position) != result.sample_id or not 1 <= result.epoch <= epochs:
            raise ValueError(
                f"evaluation {row.id} has no sample {result.sample_id!r} at position {result.position} "
                f"in epoch {result.epoch}"
            )
    if len(results) > counts_of(row).waiting:
        raise ValueError(f"evaluation {row.id} has no place for {len(results)} more results: not chosen by its seed")


def _events_of(result: Result, events: Sequence[Event]) -> Sequence[Event]:
    if any(event.trace_id != result.trace_id for event in events):
        raise ValueError(f"the events of sample {result.sample_id!r} are not all of its trace {result.trace_id!r}")
    return events


def _error_columns(result: Result, sequence: int, error_class: str) -> Json:
    trust = None if result.trust is None else result.trust.value
    asked: Json = {"epoch": result.epoch, "outcome": result.outcome.value, "trust": trust}
    return {"error_class": error_class, "sequence": sequence, **asked}


def _count(row: EvaluationRow, result: Result) -> None:
    match result.outcome:
        case Outcome.CORRECT:
            row.correct += 1
        case Outcome.WRONG:
            row.wrong += 1
        case Outcome.ABSTAINED:
            row.abstained += 1
        case Outcome.ERRORED:
            row.errored += 1
    row.tokens += tokens_of(result)


@lru_cache(maxsize=64)
def _sequences(
    outcome: Outcome | None, trust: Trust | None, error_class: ErrorClass | None, *, of_epoch: bool
) -> Subquery:
    """`sequence` of the first results behind another, from an index that has them in this order.

    As in `app.store.traces`: by outcome, trust or epoch that is one index of all that can be asked, where each
    combination with what was not asked for has its own part, and of each part the first are taken. The query is kept,
    and what it is about are parameters.
    """
    table = ResultRow if error_class is None else ResultErrorRow
    columns = Row.metadata.tables[str(table.__tablename__)].c
    asked: dict[str, Sequence[str | None]] = {}
    if outcome or trust or of_epoch:
        asked["outcome"] = [each.value for each in ([outcome] if outcome else Outcome)]
        asked["trust"] = [trust.value] if trust else [None, *(each.value for each in Trust)]
    given = [columns.evaluation_id == bindparam("evaluation", type_=EvaluationId)]
    if error_class is not None:
        given.append(columns.error_class == error_class.value)
    if of_epoch:
        given.append(columns.epoch == bindparam("epoch", type_=Integer()))
    limit = bindparam("page_limit", type_=Integer())

    def part(values: Mapping[str, str | None]) -> Subquery:
        behind = columns.sequence > bindparam("after", type_=Integer())
        found = select_columns(columns.sequence).where(*given, *equal(columns, values), behind)
        # PostgreSQL does not see that a column which is null is constant, and that its index has this order.
        return found.order_by(*(columns[name] for name in values), columns.sequence).limit(limit).subquery()

    parts = [part(dict(zip(asked, values, strict=True))) for values in itertools.product(*asked.values())]
    if len(parts) == 1:
        return parts[0]
    every = union_all(*(select_columns(part.c.sequence) for part in parts)).subquery()
    return select_columns(every.c.sequence).order_by(every.c.sequence).limit(limit).subquery()


def _of_sample(row: EvaluationRow, sample_id: str, wanted: ResultFilter) -> Iterable[ColumnElement[bool]]:
    """The few results of one sample: by its position, which the primary key begins with."""
    position = select(SampleRow.position).where(
        SampleRow.dataset_sha256 == row.dataset_sha256, SampleRow.sample_id == sample_id
    )
    yield col(ResultRow.position) == position.scalar_subquery()
    if wanted.outcome is not None:
        yield col(ResultRow.outcome) == wanted.outcome.value
    if wanted.trust is not None:
        yield col(ResultRow.trust) == wanted.trust.value
    if wanted.epoch is not None:
        yield col(ResultRow.epoch) == wanted.epoch
    if wanted.error_class is not None:
        yield exists().where(
            col(ResultErrorRow.evaluation_id) == row.id,
            col(ResultErrorRow.error_class) == wanted.error_class.value,
            col(ResultErrorRow.sequence) == col(ResultRow.sequence),
        )
