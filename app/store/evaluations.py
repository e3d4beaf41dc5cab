"""Keeps datasets, evaluations and their results, and says who may work on an evaluation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.lm.types import LmIdentity
from app.reasoning.events import Event
from app.store.evaluation_types import (
    Counts,
    DatasetSummary,
    Evaluation,
    EvaluationConfig,
    Lease,
    Result,
    ResultFilter,
    Sample,
    State,
    StateChange,
    Wanted,
)
from app.store.session import Database
from app.store.traces import Order


@dataclass(frozen=True, slots=True)
class Standing:
    """What the owner of an evaluation learns at each heartbeat."""

    wanted: Wanted
    tokens: int


class EvaluationStore:
    """Thread-safe; the methods block. Every one raises `StoreUnavailableError` where the database cannot be used, and
    `EvaluationNotFoundError` or `DatasetNotFoundError` where what is named is not there.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # Datasets

    def add_dataset(
        self, name: str, source: str, licence: str, sha256: str, samples: Iterable[Sample]
    ) -> DatasetSummary:
        """Keep a dataset; one with the same hash stays as it is, and is given back. All of it or nothing is kept."""
        raise NotImplementedError

    def dataset(self, sha256: str) -> DatasetSummary: ...

    def datasets(self, limit: int, after: str | None = None) -> tuple[tuple[DatasetSummary, ...], bool]:
        """The newest first, and whether there are more; `after`: the hash of the last one seen."""
        ...

    def samples(self, sha256: str, first: int = 0, count: int | None = None) -> tuple[Sample, ...]:
        """By position."""
        ...

    def samples_at(self, sha256: str, positions: Sequence[int]) -> dict[int, Sample]:
        """Those at some positions, a few hundred at most; a position beyond the end is left out."""
        ...

    # Evaluations

    def create(
        self, evaluation_id: str, dataset_sha256: str, config: EvaluationConfig, *, attended: bool
    ) -> Evaluation:
        """A new evaluation, `queued`. `waiting` of its counts is what there is to do: samples times epochs."""
        ...

    def get(self, evaluation_id: str) -> Evaluation: ...

    def last(self) -> Evaluation | None:
        """The newest one."""
        ...

    def list(
        self, limit: int, after: str | None = None, order: Order = Order.NEWEST_FIRST, state: State | None = None
    ) -> tuple[tuple[Evaluation, ...], bool]:
        """By id, and whether there are more after the last."""
        ...

    def ask(self, evaluation_id: str, wanted: Wanted) -> Evaluation:
        """Pause, resume (`RUN`) or cancel. Where nobody owns it, or it rests, the state changes at once; else the owner
        does that when he has stopped. `RUN` after `PAUSED` or `FAILED` makes it `queued`.

        Raises:
            EvaluationStateError: it has come to its end, or cannot do that.
        """
        ...

    def retry_errored(self, evaluation_id: str) -> Evaluation:
        """Queue it again, with its errored results taken out of the way; they are kept as earlier ones, with their
        traces. Their positions are missing again, and are solved when it is worked on.

        Raises:
            EvaluationStateError: it is being worked on, or nothing of it errored.
        """
        ...

    # Working on one

    def heartbeats(self) -> dict[str, tuple[int, int]]:
        """Of every evaluation that is not attended and has not ended or been paused: generation and heartbeat.

        A watcher calls it every second or so, and takes over what does not move (`Lease`). Where nobody holds the lease,
        because it was never taken or was given back, the heartbeat is 0, and it may be taken at once: (0, 0), (3, 0).
        """
        ...

    def heartbeat(self, evaluation_id: str) -> tuple[int, int]:
        """The same of one evaluation, attended or not, in whatever state: what `take` needs of who waits for it."""
        ...

    def take(self, evaluation_id: str, owner: str, seen: tuple[int, int]) -> Lease | None:
        """Become the owner, if generation and heartbeat still are as `seen`; None: somebody was faster.

        An evaluation that was `queued` is `in_progress` from then on.
        """
        ...

    def beat(self, lease: Lease) -> Standing:
        """Say that the owner lives, and hear what is wanted.

        Raises:
            LeaseLostError
        """
        ...

    def opened(self, lease: Lease, lm: LmIdentity, versions: dict[str, object]) -> None:
        """Keep what it is made with. Another language model than at first is an `EvaluationStateError`: results of two
        are never mixed."""
        ...

    def release(self, lease: Lease, state: State, reason: str = "") -> Evaluation:
        """Give the lease back, and leave the evaluation in this state."""
        ...

    def set_state(self, lease: Lease, state: State, reason: str = "") -> None: ...

    def missing(self, evaluation_id: str) -> Sequence[tuple[int, int]]:
        """(position, epoch) of what has no result yet, in the order of the work: epoch by epoch, positions as chosen."""
        ...

    def record(self, lease: Lease, results: Sequence[tuple[Result, Sequence[Event]]]) -> None:
        """Keep results with the events of their traces, all in one transaction.

        A result that is there already, and its trace, are passed over: recorded once, whoever comes twice.

        Raises:
            LeaseLostError: nothing of it was kept.
        """
        ...

    # Reading results

    def counts(self, evaluation_id: str) -> Counts: ...

    def results(
        self, evaluation_id: str, limit: int, after: int = 0, wanted: ResultFilter | None = None
    ) -> tuple[tuple[Result, ...], bool]:
        """By `sequence`, beginning after it, and whether there are more."""
        ...

    def changes(self, evaluation_id: str, after: int = 0) -> tuple[StateChange, ...]:
        """By `sequence`."""
        ...
