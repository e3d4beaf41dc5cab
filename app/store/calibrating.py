"""What the completed evaluations of a database say of each rung of trust: entries for a calibration table.

Counted are the answers of the first epoch, as in `app.evaluation.metrics.Metrics.rungs`, by the database itself:
results need not be read. Of several evaluations of one dataset by the same language model under the same trust rule
only the one of the most problems counts, of equals the newest: no problem counts twice, and a small run does not take
the place of a large one.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.problem import Kind
from app.reasoning.calibration import Entry
from app.reasoning.types import Trust
from app.store.evaluation_types import Outcome, State
from app.store.rows import DatasetRow, EvaluationRow, ResultRow
from app.store.session import Database


@dataclass(frozen=True, slots=True)
class _Source:
    """What an evaluation is counted as."""

    set: str
    lm: str
    trust_rule: int


class MeasuredRungs:
    """Thread-safe as long as one thread at a time asks; it blocks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mark: tuple[int, datetime | None] | None = None
        self._entries: tuple[Entry, ...] = ()

    def entries(self) -> tuple[Entry, ...]:
        """Counted again only where an evaluation was completed, or one that was goes on, since the last time.

        Raises:
            StoreError: the database cannot be used, or is not at the newest migration.
        """
        with self._database.reading() as session:
            mark = _mark(session)
            if mark != self._mark:
                sources = _sources(session)
                self._entries = _count(session, sources)
                self._mark = mark
        return self._entries


def _mark(session: Session) -> tuple[int, datetime | None]:
    """Changes whenever what is completed does."""
    completed = EvaluationRow.state == State.COMPLETED.value
    count, last = session.exec(select(func.count(), func.max(EvaluationRow.ended_at)).where(completed)).one()
    return count, last


def _sources(session: Session) -> dict[str, _Source]:
    """The evaluations that count, by their ids."""
    query = (
        select(EvaluationRow, DatasetRow.name)
        .join(DatasetRow, col(DatasetRow.sha256) == col(EvaluationRow.dataset_sha256))
        .where(EvaluationRow.state == State.COMPLETED.value)
    )
    largest: dict[tuple[str, str, int], tuple[int, str, _Source]] = {}
    for row, name in session.exec(query):
        rule = row.versions.get("trust_rule")
        if row.lm_name is not None and isinstance(rule, int):
            source = _Source(name, row.lm_name, rule)
            problems = row.planned // int(row.config["epochs"])
            key = row.dataset_sha256, row.lm_name, rule
            largest[key] = max(largest.get(key, (0, "", source)), (problems, row.id, source), key=lambda each: each[:2])
    return {evaluation_id: source for _, evaluation_id, source in largest.values()}


def _count(session: Session, sources: dict[str, _Source]) -> tuple[Entry, ...]:
    """Right and wrong answers by kind and trust, evaluation by evaluation."""
    entries = []
    for evaluation_id, source in sorted(sources.items()):
        answered = (Outcome.CORRECT.value, Outcome.WRONG.value)
        query = (
            select(ResultRow.kind, ResultRow.trust, ResultRow.outcome, func.count())
            .where(ResultRow.evaluation_id == evaluation_id, ResultRow.epoch == 1)
            .where(col(ResultRow.outcome).in_(answered))
            .group_by(col(ResultRow.kind), col(ResultRow.trust), col(ResultRow.outcome))
        )
        right, n = Counter[tuple[Kind, Trust]](), Counter[tuple[Kind, Trust]]()
        for kind, trust, outcome, counted in session.exec(query):
            if kind is not None and trust is not None:
                key = Kind(kind), Trust(trust)
                n[key] += counted
                right[key] += counted if outcome == Outcome.CORRECT.value else 0
        entries += [
            Entry(source.set, source.lm, kind, trust, source.trust_rule, right[kind, trust], n[kind, trust])
            for kind, trust in sorted(n)
        ]
    return tuple(entries)
