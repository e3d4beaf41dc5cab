"""Keeps datasets and their samples, by the hash of what they say."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, tuple_
from sqlmodel import Session, col, select

from app.errors import DatasetNotFoundError
from app.store.backends import insert_if_absent, insert_rows
from app.store.evaluation_documents import dataset_summary, sample_columns, sample_of
from app.store.evaluation_types import DatasetSummary, Sample
from app.store.rows import DatasetRow, ProblemRow, SampleRow, TextRow
from app.store.session import Database
from app.store.traces import keep_problems, problem_of, problem_sha256

MAX_SAMPLE_ID = 256
"""Characters of a sample's id: an index of PostgreSQL holds no long texts."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BATCH = 1000
"""Rows of one insert."""


class DatasetStore:
    """Thread-safe; the methods block. Every one raises `StoreUnavailableError` where the database cannot be used, and
    `DatasetNotFoundError` where what is named is not there.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_dataset(
        self, name: str, source: str, licence: str, sha256: str, samples: Iterable[Sample]
    ) -> DatasetSummary:
        """Keep a dataset; one with the same hash stays as it is, and is given back. All of it or nothing is kept.

        Raises:
            ValueError: no sample, an id twice, an id longer than `MAX_SAMPLE_ID`, or `sha256` is none.
        """
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is no SHA-256: 64 hexadecimal digits in lower case")
        kept = tuple(samples)
        _check_ids(kept)
        columns = {"sha256": sha256, "name": name, "source": source, "licence": licence, "samples": len(kept)}
        with self._database.writing() as session:
            insert_if_absent(session, DatasetRow, [{**columns, "created_at": datetime.now(UTC)}])
            # None is empty, so one without samples was not there before.
            if session.get(SampleRow, (sha256, 0)) is None:
                _insert_samples(session, sha256, kept)
            return dataset_summary(find_dataset(session, sha256))

    def has_dataset(self, sha256: str) -> bool:
        with self._database.reading() as session:
            return session.get(DatasetRow, sha256) is not None

    def dataset(self, sha256: str) -> DatasetSummary:
        with self._database.reading() as session:
            return dataset_summary(find_dataset(session, sha256))

    def datasets(self, limit: int, after: str | None = None) -> tuple[tuple[DatasetSummary, ...], bool]:
        """The newest first, and whether there are more; `after`: the hash of the last one seen."""
        check_limit(limit)
        when, key = col(DatasetRow.created_at), col(DatasetRow.sha256)
        query = select(DatasetRow).order_by(when.desc(), key.desc()).limit(limit + 1)
        with self._database.reading() as session:
            if after is not None:
                last = find_dataset(session, after)
                query = query.where(tuple_(when, key) < tuple_(last.created_at, last.sha256))
            found = session.exec(query).all()
        return tuple(dataset_summary(row) for row in found[:limit]), len(found) > limit

    def samples(self, sha256: str, first: int = 0, count: int | None = None) -> tuple[Sample, ...]:
        """By position."""
        with self._database.reading() as session:
            end = find_dataset(session, sha256).samples if count is None else first + count
            position = col(SampleRow.position)
            return tuple(self._samples(session, sha256, position >= first, position < end).values())

    def samples_at(self, sha256: str, positions: Sequence[int]) -> dict[int, Sample]:
        """Those at some positions, a few hundred at most; a position beyond the end is left out."""
        with self._database.reading() as session:
            find_dataset(session, sha256)
            return self._samples(session, sha256, col(SampleRow.position).in_(positions))

    def _samples(self, session: Session, sha256: str, *which: ColumnElement[bool]) -> dict[int, Sample]:
        query = (
            select(SampleRow, ProblemRow, TextRow.text)
            .join(ProblemRow, col(ProblemRow.sha256) == col(SampleRow.problem_sha256))
            .join(TextRow, col(TextRow.sha256) == col(ProblemRow.text_sha256))
            .where(SampleRow.dataset_sha256 == sha256, *which)
            .order_by(col(SampleRow.position))
        )
        with self._database.legible(f"dataset {sha256}"):
            return {
                row.position: sample_of(row, problem_of(problem, text)) for row, problem, text in session.exec(query)
            }


def find_dataset(session: Session, sha256: str) -> DatasetRow:
    """Its row; none is a `DatasetNotFoundError`."""
    row = session.get(DatasetRow, sha256) if _SHA256.fullmatch(sha256) else None
    if row is None:
        raise DatasetNotFoundError(sha256)
    return row


def check_limit(limit: int) -> None:
    """Refuse a page of a list that is none: a `ValueError`."""
    if limit < 1:
        raise ValueError(f"a page has at least one entry, not {limit}")


def _check_ids(samples: Sequence[Sample]) -> None:
    if not samples:
        raise ValueError("a dataset has at least one sample")
    seen: set[str] = set()
    for sample in samples:
        if len(sample.id) > MAX_SAMPLE_ID:
            raise ValueError(f"the id of a sample has at most {MAX_SAMPLE_ID} characters: {sample.id[:40]!r} has more")
        if sample.id in seen:
            raise ValueError(f"two samples have the id {sample.id!r}")
        seen.add(sample.id)


def _insert_samples(session: Session, sha256: str, samples: Sequence[Sample]) -> None:
    keep_problems(session, [sample.problem for sample in samples])
    for first in range(0, len(samples), _BATCH):
        columns = [
            {
                "dataset_sha256": sha256,
                "position": position,
                "problem_sha256": problem_sha256(sample.problem),
                **sample_columns(sample),
            }
            for position, sample in enumerate(samples[first : first + _BATCH], first)
        ]
        insert_rows(session, SampleRow, columns)
