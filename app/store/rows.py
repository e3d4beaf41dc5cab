"""The tables. Only `app/store` builds rows, and only from checked values: a table class validates nothing.

Long texts (problem, prompt messages, completion, program, output) stand once in `texts`, by their SHA-256. What lists
are filtered by has a column with an index; what is only shown with its trace is JSON.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Double,
    ForeignKeyConstraint,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class UTCDateTime(TypeDecorator[datetime]):
    """A moment, kept and given back in UTC. SQLite forgets the time zone, so a value without one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


ESCAPE = "\x1a"
_UNSTORABLE = re.compile("[\x00\x1a\ud800-\udfff]")
_ESCAPED = re.compile("\x1a([0-9a-f]{4})")


def escape(text: str) -> str:
    """`text` without what a database refuses: NUL (PostgreSQL), lone surrogates (UTF-8): each is U+001A and 4 digits.

    U+001A, SUBSTITUTE, itself is escaped too, so that `unescape` gives back exactly what went in.
    """
    return _UNSTORABLE.sub(lambda found: f"{ESCAPE}{ord(found[0]):04x}", text)


def unescape(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if ESCAPE in text else text


class ExactText(TypeDecorator[str]):
    """Any Python string, given back exactly, and readable in the database unless it holds what no database takes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else escape(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else unescape(value)


class ExactJson(TypeDecorator[Any]):
    """JSON data, given back exactly. Kept as text on both databases: JSONB would sort keys and make an integer of 1e22.

    Its strings are escaped as those of `ExactText`: JSON reads two lone surrogates in a row as one character.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return _with_strings(value, escape)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return _with_strings(value, unescape)


def _with_strings(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(key): _with_strings(part, change) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_strings(part, change) for part in value]
    return value


def sha256_of(text: str) -> str:
    """SHA-256 of `text` in UTF-8, lone surrogates as they are; 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


Sha256 = String(64)
Word = String(40)
"""A member of one of our enumerations."""
TraceId = String(64).with_variant(String(64, collation="C"), "postgresql")
"""Compared byte by byte on both databases, so that sorting by id is sorting by time."""
EvaluationId = TraceId


class Row(SQLModel):
    """Names of constraints are fixed, so that a migration can name what it changes on either database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class TextRow(Row, table=True):
    __tablename__ = "texts"

    sha256: str = Field(primary_key=True, sa_type=Sha256)
    text: str = Field(sa_type=ExactText)


class ProblemRow(Row, table=True):
    """What was asked, once, however often. `sha256` is that of all its parts; `head`, for lists, begins the text."""

    __tablename__ = "problems"

    sha256: str = Field(primary_key=True, sa_type=Sha256)
    text_sha256: str = Field(foreign_key="texts.sha256", sa_type=Sha256)
    head: str = Field(sa_type=ExactText)
    kind: str | None = Field(sa_type=Word)
    language: str | None = Field(sa_type=Word)
    world: str = Field(sa_type=Word)


class VersionsRow(Row, table=True):
    """What traces were made with, once per combination. `sha256` is that of all its parts."""

    __tablename__ = "versions"

    sha256: str = Field(primary_key=True, sa_type=Sha256)
    quod: str = Field(sa_type=ExactText)
    lm_backend: str = Field(sa_type=ExactText)
    lm_name: str = Field(sa_type=ExactText)
    lm_revision: str | None = Field(sa_type=ExactText)
    lm_base_url: str | None = Field(sa_type=ExactText)
    engines: dict[str, str] = Field(sa_type=ExactJson)
    prompts: list[dict[str, Any]] = Field(sa_type=ExactJson)
    limits: dict[str, Any] = Field(sa_type=ExactJson)
    trust_rule: int


_ASKED = ("verdict", "trust", "kind", "language")
"""What lists of traces are narrowed by, besides a class of error and time."""


class TraceRow(Row, table=True):
    """One trace. It begins `unresolved`, so a process that dies leaves no verdict behind.

    `concluded_at` None: no verdict came; the fields of `Spent` are None then. `attempts` counts the rows there are.
    """

    __tablename__ = "traces"
    __table_args__ = (
        # What is asked for, and then the order of the lists.
        Index(None, "created_at", "id"),
        *(Index(None, column, "created_at", "id") for column in _ASKED),
        Index("ix_traces_asked", *_ASKED, "created_at", "id"),
    )

    id: str = Field(primary_key=True, sa_type=TraceId)
    problem_sha256: str = Field(foreign_key="problems.sha256", sa_type=Sha256)
    versions_sha256: str = Field(foreign_key="versions.sha256", sa_type=Sha256)
    kind: str = Field(sa_type=Word)
    language: str = Field(sa_type=Word)
    created_at: datetime = Field(sa_type=UTCDateTime)
    attempts: int
    verdict: str = Field(sa_type=Word)
    reason: str = Field(sa_type=ExactText)
    answer: str | None = Field(default=None, sa_type=ExactText)
    trust: str | None = Field(default=None, sa_type=Word)
    evidence: dict[str, Any] = Field(sa_type=ExactJson)
    concluded_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    spent_attempts: int | None = None
    prompt_tokens: int | None = Field(default=None, sa_type=BigInteger)
    completion_tokens: int | None = Field(default=None, sa_type=BigInteger)
    lm_seconds: float | None = Field(default=None, sa_type=Double)
    solver_seconds: float | None = Field(default=None, sa_type=Double)
    seconds: float | None = Field(default=None, sa_type=Double)


class TraceErrorRow(Row, table=True):
    """The trace has an attempt with an error of this class. What its lists are narrowed by stands here as in `traces`,
    and the indexes are those of `traces` behind the class.
    """

    __tablename__ = "trace_errors"
    __table_args__ = (
        *(Index(None, "error_class", column, "created_at", "trace_id") for column in _ASKED),
        Index("ix_trace_errors_asked", "error_class", *_ASKED, "created_at", "trace_id"),
    )

    error_class: str = Field(primary_key=True, sa_type=Word)
    created_at: datetime = Field(primary_key=True, sa_type=UTCDateTime)
    trace_id: str = Field(primary_key=True, foreign_key="traces.id", ondelete="CASCADE", index=True, sa_type=TraceId)
    verdict: str = Field(sa_type=Word)
    trust: str | None = Field(sa_type=Word)
    kind: str = Field(sa_type=Word)
    language: str = Field(sa_type=Word)


class AttemptRow(Row, table=True):
    """One attempt. Either `program_language`, `program_sha256` and `query` are there, or `not_extracted` is."""

    __tablename__ = "attempts"

    trace_id: str = Field(primary_key=True, foreign_key="traces.id", ondelete="CASCADE", sa_type=TraceId)
    number: int = Field(primary_key=True)
    prompt_name: str = Field(sa_type=ExactText)
    prompt_version: int
    prompt_sha256: str = Field(sa_type=ExactText)
    completion_sha256: str = Field(foreign_key="texts.sha256", sa_type=Sha256)
    lm_backend: str = Field(sa_type=ExactText)
    lm_name: str = Field(sa_type=ExactText)
    lm_revision: str | None = Field(sa_type=ExactText)
    lm_base_url: str | None = Field(sa_type=ExactText)
    finish_reason: str = Field(sa_type=Word)
    lm_seconds: float = Field(sa_type=Double)
    prompt_tokens: int | None = Field(sa_type=BigInteger)
    completion_tokens: int | None = Field(sa_type=BigInteger)
    cached: bool
    doubt: str | None = Field(sa_type=ExactText)
    program_language: str | None = Field(sa_type=Word)
    program_sha256: str | None = Field(foreign_key="texts.sha256", sa_type=Sha256)
    query: str | None = Field(sa_type=ExactText)
    complement: str | None = Field(sa_type=ExactText)
    gloss: list[dict[str, Any]] | None = Field(sa_type=ExactJson)
    not_extracted: list[dict[str, Any]] | None = Field(sa_type=ExactJson)
    check_result: str = Field(sa_type=Word)
    check_reason: str = Field(sa_type=ExactText)
    checker: str | None = Field(sa_type=ExactText)
    check_assumptions: list[str] = Field(sa_type=ExactJson)
    purpose: str = Field(sa_type=Word)
    second_opinions: dict[str, Any] = Field(sa_type=ExactJson)
    """Runs by another engine, by name, each as `run_to_json` writes it."""
    diagnostics: list[dict[str, Any]] = Field(sa_type=ExactJson)
    started_at: datetime = Field(sa_type=UTCDateTime)
    seconds: float = Field(sa_type=Double)


def _part_of_an_attempt() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["trace_id", "number"], ["attempts.trace_id", "attempts.number"], ondelete="CASCADE")


class MessageRow(Row, table=True):
    """What the language model saw, message by message."""

    __tablename__ = "messages"
    __table_args__ = (_part_of_an_attempt(),)

    trace_id: str = Field(primary_key=True, sa_type=TraceId)
    number: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    role: str = Field(sa_type=Word)
    text_sha256: str = Field(foreign_key="texts.sha256", sa_type=Sha256)


class RunRow(Row, table=True):
    """One run of an attempt. `ending` is the JSON of `solvers.wire`; `status`, `limit_name` and `outcome` repeat it."""

    __tablename__ = "runs"
    __table_args__ = (_part_of_an_attempt(),)

    trace_id: str = Field(primary_key=True, sa_type=TraceId)
    number: int = Field(primary_key=True)
    name: str = Field(primary_key=True, sa_type=Word)
    position: int
    status: str = Field(sa_type=Word)
    limit_name: str | None = Field(sa_type=Word)
    outcome: str | None = Field(sa_type=Word)
    ending: dict[str, Any] = Field(sa_type=ExactJson)
    output_sha256: str = Field(foreign_key="texts.sha256", sa_type=Sha256)
    wall_seconds: float = Field(sa_type=Double)
    cpu_seconds: float = Field(sa_type=Double)
    peak_memory_mib: float = Field(sa_type=Double)
    sandbox: dict[str, Any] = Field(sa_type=ExactJson)


class CompletionRow(Row, table=True):
    """One completion of the cache. `key` stands for everything that matters to it; errors are never kept."""

    __tablename__ = "completions"

    key: str = Field(primary_key=True, sa_type=Sha256)
    created_at: datetime = Field(sa_type=UTCDateTime)
    text_sha256: str = Field(foreign_key="texts.sha256", sa_type=Sha256)
    lm_backend: str = Field(sa_type=ExactText)
    lm_name: str = Field(sa_type=ExactText)
    lm_revision: str | None = Field(sa_type=ExactText)
    lm_base_url: str | None = Field(sa_type=ExactText)
    finish_reason: str = Field(sa_type=Word)
    seconds: float = Field(sa_type=Double)
    prompt_tokens: int | None = Field(sa_type=BigInteger)
    completion_tokens: int | None = Field(sa_type=BigInteger)
    doubt: str | None = Field(sa_type=ExactText)


class IdempotencyRow(Row, table=True):
    """A request's `Idempotency-Key` and the trace it began. `status` None: it is still worked on."""

    __tablename__ = "idempotency_keys"

    key: str = Field(primary_key=True, sa_type=ExactText)
    fingerprint: str = Field(sa_type=Sha256)
    trace_id: str = Field(sa_type=TraceId)
    status: int | None
    expires_at: datetime = Field(index=True, sa_type=UTCDateTime)


class DatasetRow(Row, table=True):
    """A dataset without its samples."""

    __tablename__ = "datasets"
    __table_args__ = (Index(None, "created_at", "sha256"),)

    sha256: str = Field(primary_key=True, sa_type=Sha256)
    name: str = Field(sa_type=ExactText)
    source: str = Field(sa_type=ExactText)
    licence: str = Field(sa_type=ExactText)
    samples: int
    created_at: datetime = Field(sa_type=UTCDateTime)


class SampleRow(Row, table=True):
    """One sample. `target` is a gold answer: it stands here and in results, and in no trace."""

    __tablename__ = "samples"
    __table_args__ = (UniqueConstraint("dataset_sha256", "sample_id"),)

    dataset_sha256: str = Field(primary_key=True, foreign_key="datasets.sha256", ondelete="CASCADE", sa_type=Sha256)
    position: int = Field(primary_key=True)
    sample_id: str = Field(sa_type=ExactText)
    problem_sha256: str = Field(foreign_key="problems.sha256", sa_type=Sha256)
    target: str = Field(sa_type=ExactText)
    answers: str = Field(sa_type=Word)
    options: list[str] = Field(sa_type=ExactJson)


class EvaluationRow(Row, table=True):
    """One evaluation as it stands. Every change of it and of its results locks this row first.

    `planned` is what there is to do, samples times epochs; `correct` to `errored` count the rows of `results`, and
    `tokens` what they and the earlier ones took. `sequence` is the last one given to a result or a change of state.

    The lease: `owner`, and with None `heartbeat` 0, nobody; `generation` counts the owners. `wanted` is what the owner
    was asked for, None nothing. `owner_clock` is the owner's monotonic clock when `seconds` was last added to; nobody
    else reads it.
    """

    __tablename__ = "evaluations"
    __table_args__ = (Index(None, "state", "id"),)

    id: str = Field(primary_key=True, sa_type=EvaluationId)
    dataset_sha256: str = Field(foreign_key="datasets.sha256", sa_type=Sha256)
    config: dict[str, Any] = Field(sa_type=ExactJson)
    planned: int
    state: str = Field(sa_type=Word)
    reason: str = Field(default="", sa_type=ExactText)
    attended: bool
    owner: str | None = Field(default=None, sa_type=ExactText)
    generation: int = 0
    heartbeat: int = 0
    wanted: str | None = Field(default=None, sa_type=Word)
    owner_clock: float = Field(default=0.0, sa_type=Double)
    sequence: int = 0
    correct: int = 0
    wrong: int = 0
    abstained: int = 0
    errored: int = 0
    tokens: int = Field(default=0, sa_type=BigInteger)
    seconds: float = Field(default=0.0, sa_type=Double)
    lm_backend: str | None = Field(default=None, sa_type=ExactText)
    lm_name: str | None = Field(default=None, sa_type=ExactText)
    lm_revision: str | None = Field(default=None, sa_type=ExactText)
    lm_base_url: str | None = Field(default=None, sa_type=ExactText)
    versions: dict[str, Any] = Field(default_factory=dict, sa_type=ExactJson)
    created_at: datetime = Field(sa_type=UTCDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class StateChangeRow(Row, table=True):
    __tablename__ = "state_changes"

    evaluation_id: str = Field(primary_key=True, foreign_key="evaluations.id", ondelete="CASCADE", sa_type=EvaluationId)
    sequence: int = Field(primary_key=True)
    state: str = Field(sa_type=Word)
    reason: str = Field(sa_type=ExactText)
    at: datetime = Field(sa_type=UTCDateTime)


class _ResultColumns(Row):
    """What is kept of a result besides its key."""

    sample_id: str = Field(sa_type=ExactText)
    outcome: str = Field(sa_type=Word)
    target: str = Field(sa_type=ExactText)
    answer: str | None = Field(sa_type=ExactText)
    verdict: str | None = Field(sa_type=Word)
    trust: str | None = Field(sa_type=Word)
    kind: str | None = Field(sa_type=Word)
    reason: str = Field(sa_type=ExactText)
    trace_id: str | None = Field(foreign_key="traces.id", index=True, sa_type=TraceId)
    error: str | None = Field(sa_type=ExactText)
    error_type: str | None = Field(sa_type=ExactText)
    attempts: list[dict[str, Any]] = Field(sa_type=ExactJson)
    prompt_tokens: int = Field(sa_type=BigInteger)
    completion_tokens: int = Field(sa_type=BigInteger)
    lm_seconds: float = Field(sa_type=Double)
    solver_seconds: float = Field(sa_type=Double)
    seconds: float = Field(sa_type=Double)
    baseline: dict[str, Any] | None = Field(sa_type=ExactJson)
    recorded_at: datetime = Field(sa_type=UTCDateTime)


_ASKED_OF_RESULTS = ("outcome", "trust", "sequence")
"""What lists of results are narrowed by, and their order."""


class ResultRow(_ResultColumns, table=True):
    """The result of a sample in an epoch. The indexes are in the order of the lists: what is filtered by, sequence. The
    second one is for lists of an epoch: there may be a thousand, so the first could not be walked epoch by epoch.
    """

    __tablename__ = "results"
    __table_args__ = (
        UniqueConstraint("evaluation_id", "sequence"),
        Index("ix_results_asked", "evaluation_id", *_ASKED_OF_RESULTS),
        Index("ix_results_asked_of_epoch", "evaluation_id", "epoch", *_ASKED_OF_RESULTS),
    )

    evaluation_id: str = Field(primary_key=True, foreign_key="evaluations.id", ondelete="CASCADE", sa_type=EvaluationId)
    position: int = Field(primary_key=True)
    epoch: int = Field(primary_key=True)
    sequence: int


class EarlierResultRow(_ResultColumns, table=True):
    """A result that errored, and whose sample was solved again."""

    __tablename__ = "earlier_results"

    evaluation_id: str = Field(primary_key=True, foreign_key="evaluations.id", ondelete="CASCADE", sa_type=EvaluationId)
    sequence: int = Field(primary_key=True)
    position: int
    epoch: int


class ResultErrorRow(Row, table=True):
    """The result has an attempt with an error of this class. What lists are narrowed by stands here as in `results`,
    and the indexes are those of `results` behind the class.
    """

    __tablename__ = "result_errors"
    __table_args__ = (
        ForeignKeyConstraint(
            ["evaluation_id", "sequence"], ["results.evaluation_id", "results.sequence"], ondelete="CASCADE"
        ),
        Index(None, "evaluation_id", "sequence"),
        Index("ix_result_errors_asked", "evaluation_id", "error_class", "outcome", "trust", "sequence"),
        Index(
            "ix_result_errors_asked_of_epoch", "evaluation_id", "error_class", "epoch", "outcome", "trust", "sequence"
        ),
    )

    evaluation_id: str = Field(primary_key=True, sa_type=EvaluationId)
    error_class: str = Field(primary_key=True, sa_type=Word)
    sequence: int = Field(primary_key=True)
    epoch: int
    outcome: str = Field(sa_type=Word)
    trust: str | None = Field(sa_type=Word)
