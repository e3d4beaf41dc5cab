"""What the database keeps of an evaluation: its dataset, how it is run, and one result per sample and epoch.

Here, and not in `app.evaluation`, because imports point down. A gold answer, `Sample.target`, is compared with after
the work is done; what is sent to where a sample is solved (`app.evaluation.engine.SampleTask`) has no place for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.lm.types import LmIdentity, Sampling
from app.problem import Kind, Problem
from app.reasoning.types import Assurance, Budget, Trust, VerdictKind
from solvers.types import ErrorClass, Language, Limits

# The dataset


class Answers(StrEnum):
    """How an answer is compared with a target."""

    NUMBER = "number"
    """The same number, however it is written; the target may be a worked solution that ends in `#### N`."""
    VERDICT = "verdict"
    """True, false or unknown, in the words of any of the public sets."""
    NAME = "name"
    """The same name."""
    OPTION = "option"
    """The target is the letter of one of the options, and the answer is what this option says."""
    GRID = "grid"
    """The target is a JSON object: every cell of a puzzle's solution."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One problem of a dataset with its gold answer.

    Args:
        id: unique in its dataset.
        options: what there is to choose from, in order A, B, C, for `Answers.OPTION`.
    """

    id: str
    problem: Problem
    target: str
    answers: Answers = Answers.NUMBER
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """A dataset without its samples.

    Args:
        sha256: of its samples (`app.evaluation.datasets.content_hash`): the dataset is what this names.
        source: where it comes from, for people: a path's last part, or an address.
        licence: SPDX or words; empty: not known.
        samples: how many.
    """

    sha256: str
    name: str
    source: str
    licence: str
    samples: int
    created_at: datetime


# The run


class State(StrEnum):
    """Where an evaluation stands; the words of OpenAI's batches, and `paused`."""

    VALIDATING = "validating"
    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    FINALIZING = "finalizing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    PAUSED = "paused"


ENDED = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED})
"""Nothing more happens by itself. `resume` and `retry-errored` begin again where that makes sense."""


class Wanted(StrEnum):
    """What somebody asked of whoever works on an evaluation; he looks every second."""

    RUN = "run"
    PAUSE = "pause"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class EvaluationConfig:
    """How an evaluation is run; with the dataset's hash, all that its result depends on.

    Args:
        lm: the language model, as for `--lm`; keys and passwords are never part of it.
        kind, language: what every sample is taken for; None: what the dataset says, or is decided from the text.
        limit: so many samples; None: all.
        sample_seed: which ones, and in which order; None: the first ones in their order.
        epochs: how often each sample is solved, from 1. Where completions are drawn, each epoch has a seed of its own.
        concurrency: samples under way at the same time.
        baseline: the same language model is also asked for the answer without a solver.
        token_cap: the evaluation pauses when prompts and completions together have taken so many; None: no cap.
        patience_seconds: how long the language model, or the cluster, may be unreachable before the run pauses.
    """

    lm: str
    kind: Kind | None = None
    language: Language | None = None
    limit: int | None = None
    sample_seed: int | None = None
    epochs: int = 1
    concurrency: int = 16
    baseline: bool = False
    token_cap: int | None = None
    patience_seconds: float = 600.0
    sampling: Sampling = Sampling()  # noqa: RUF009  # frozen
    budget: Budget = Budget()  # noqa: RUF009  # frozen
    limits: Limits = Limits()  # noqa: RUF009  # frozen
    assurance: Assurance = Assurance()  # noqa: RUF009  # frozen


@dataclass(frozen=True, slots=True)
class Counts:
    """Results so far; together with `waiting` all that there will be."""

    correct: int = 0
    wrong: int = 0
    abstained: int = 0
    errored: int = 0
    waiting: int = 0

    @property
    def recorded(self) -> int:
        return self.correct + self.wrong + self.abstained + self.errored


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation as it stands. `id` is `evl_` and a ULID.

    Args:
        reason: why it paused or failed, in a sentence; empty otherwise.
        attended: a command line waits for it, so no service takes it over; see `Lease`.
        owned: somebody holds its lease.
        lm: the identity of the language model, once it is open.
        versions: of this program, the engines by language, and prompts by name, version and hash, once known.
        tokens: of prompts and completions so far, those of the baseline included.
        seconds: worked on so far, over all its owners.
    """

    id: str
    dataset: DatasetSummary
    config: EvaluationConfig
    state: State
    reason: str
    counts: Counts
    attended: bool
    owned: bool
    lm: LmIdentity | None
    versions: Mapping[str, object]
    tokens: int
    seconds: float
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


STALE_SECONDS = 15.0
"""An owner whose heartbeat stays the same for so long, by the clock of whoever watches, is gone.

Long enough for a database that is busy or restarts. Who takes over too early does no harm but work that is done twice.
"""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on an evaluation and to record its results.

    The owner raises `heartbeat` every second or so. Whoever wants to take over watches: if it stays the same for
    `STALE_SECONDS` of the watcher's own monotonic clock, times left out in which he could not read it, the owner is
    gone. No clock is compared with another, so one that is set does no harm. `generation` counts the owners: what an
    earlier one still tries to record is refused. Heartbeat 0 says that nobody owns it.
    """

    evaluation_id: str
    owner: str
    generation: int


# The results


class Outcome(StrEnum):
    CORRECT = "correct"
    WRONG = "wrong"
    ABSTAINED = "abstained"
    """No verdict, for whatever reason that is not a fault of a part: the translator abstained, the budget was spent."""
    ERRORED = "errored"
    """A part failed: the language model's server, the engines, ours. `retry-errored` solves it again."""


class AttemptEnd(StrEnum):
    """How far an attempt came."""

    ABSTAINED = "abstained"
    """The translator said that it cannot translate the problem."""
    NOT_EXTRACTED = "not_extracted"
    """No program could be read from the completion."""
    REPEATED = "repeated"
    """The program of an earlier attempt; it was not run again."""
    REJECTED = "rejected"
    """The program is at fault, or would make its verdict unsound."""
    STOPPED = "stopped"
    """A limit ended it, or the budget."""
    NO_ANSWER = "no_answer"
    """It ran, and nothing is concluded from it."""
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class AttemptSummary:
    """An attempt at a sample, as the rates need it.

    Args:
        error_class: of its first diagnostic; None: it has none.
        ran: a program was read from the completion and every run of it finished.
        right: it gave the target. None: it gave no answer.
        ended: how far it came.
    """

    error_class: ErrorClass | None
    ran: bool
    right: bool | None
    ended: AttemptEnd


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the language model answered without a solver. `answer` None: none could be read from its reply."""

    outcome: Outcome
    answer: str | None
    reply: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one sample in one epoch; recorded once.

    Args:
        position: of the sample in its dataset, from 0.
        epoch: from 1.
        trace_id: None where nothing was begun.
        error: why it errored, in a sentence; `error_type`, the name of the fault; both None otherwise.
        attempts: those at a formalisation, in order, without the ones for corroboration.
        lm_seconds, solver_seconds, seconds: as of `Spent`, those of an errored sample too as far as known.
    """

    sample_id: str
    position: int
    epoch: int
    outcome: Outcome
    target: str
    answer: str | None = None
    verdict: VerdictKind | None = None
    trust: Trust | None = None
    kind: Kind | None = None
    reason: str = ""
    trace_id: str | None = None
    error: str | None = None
    error_type: str | None = None
    attempts: tuple[AttemptSummary, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    lm_seconds: float = 0.0
    solver_seconds: float = 0.0
    seconds: float = 0.0
    baseline: Baseline | None = None
    recorded_at: datetime | None = field(default=None, compare=False)
    sequence: int = field(default=0, compare=False)
    """Counts up through results and changes of state of one evaluation, from 1; the `id:` of its stream of events."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """An event of an evaluation besides its results."""

    sequence: int
    state: State
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """What a list of results is narrowed to; None: no matter."""

    outcome: Outcome | None = None
    trust: Trust | None = None
    error_class: ErrorClass | None = None
    epoch: int | None = None
    sample_id: str | None = None
