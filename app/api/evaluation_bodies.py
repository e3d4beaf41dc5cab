"""The JSON of datasets and evaluations, in HTTP and on the command line alike.

Figures of a report go out as `app.evaluation.metrics` has them: its dataclasses are their documentation.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Self

from pydantic import Field

from app.api.bodies import (
    AskedKind,
    BudgetCreate,
    BudgetRead,
    Create,
    Integer,
    Json,
    LimitsCreate,
    LimitsRead,
    LmRead,
    Moment,
    Read,
    Seconds,
    Text,
    Whole,
)
from app.evaluation.compare import Change, Comparison, Side
from app.evaluation.metrics import Metrics, Share
from app.evaluation.progress import Progress
from app.evaluation.statistics import Paired
from app.lm.types import Sampling
from app.problem import Kind
from app.reasoning.types import Trust, VerdictKind
from app.settings import without_password
from app.store.evaluation_types import (
    AttemptEnd,
    AttemptSummary,
    Baseline,
    Counts,
    DatasetSummary,
    Evaluation,
    EvaluationConfig,
    Outcome,
    Result,
    State,
    StateChange,
)
from solvers.types import ErrorClass, Language

EVALUATION_ID = r"^evl_[0-9A-Za-z]{1,60}$"
SHA256 = r"^[0-9a-f]{64}$"

Seed = Annotated[Integer, Field(ge=0, le=2**31 - 1)]

# Datasets


class DatasetRead(Read):
    """A dataset without its samples. It is what its hash names; the rest is what its first sender called it."""

    sha256: str
    name: Text
    source: Text
    licence: Text = Field(description="SPDX or words; empty: not known.")
    samples: int
    created_at: Moment

    @classmethod
    def of(cls, dataset: DatasetSummary) -> Self:
        return cls(**asdict(dataset))


class DatasetsRead(Read):
    """A page, the newest first. `after=last_id` gives the next one, while `has_more`; the ids are the hashes."""

    data: list[DatasetRead]
    first_id: str | None
    last_id: str | None
    has_more: bool

    @classmethod
    def of(cls, page: Sequence[DatasetSummary], has_more: bool) -> Self:
        return cls(
            data=[DatasetRead.of(dataset) for dataset in page],
            first_id=page[0].sha256 if page else None,
            last_id=page[-1].sha256 if page else None,
            has_more=has_more,
        )


# Evaluations: what comes in


class SamplingCreate(Create):
    """How the language model writes; what is left out takes the service's default."""

    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False, strict=True)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False, strict=True)] | None = None
    max_tokens: Annotated[Whole, Field(ge=16, le=131_072)] | None = Field(
        default=None, description="Longest completion, in tokens."
    )
    seed: Seed | None = Field(default=None, description="Raised by one from epoch to epoch.")


class EvaluationCreate(Create):
    """An evaluation of a dataset that the service has. It is worked on by the service, or whoever else is there."""

    dataset: str = Field(
        pattern=SHA256,
        description="The hash that `POST /v1/datasets` gave.",
        examples=["d70d3f351cc54fe2a8361a31fc93590366b2a4f4b8936f4699a49bdcce9eb4bb"],
    )
    lm: str | None = Field(
        default=None,
        min_length=1,
        max_length=1_000,
        description="The language model, as for `--lm`. Null: the service's own. Others only as far as the service "
        "offers them (QUOD_EVALUATION_LMS).",
        examples=["http:qwen2.5:7b@http://localhost:11434/v1"],
    )
    kind: AskedKind = Field(
        default=AskedKind.AUTO,
        description="What every problem is taken for; `auto`: what the dataset says, or the text.",
    )
    language: Language | None = Field(default=None, description="Of every program; null: decided problem by problem.")
    limit: Whole | None = Field(default=None, description="So many samples; null: all of them.")
    sample_seed: Seed | None = Field(
        default=None, description="Draws which samples, and in which order; null: the first ones in their order."
    )
    epochs: Annotated[Whole, Field(le=1_000)] = Field(default=1, description="How often each sample is solved.")
    concurrency: Whole | None = Field(
        default=None,
        description="Samples under way at the same time. Null: 16, or as many as the service allows "
        "(QUOD_EVALUATION_CONCURRENCY).",
    )
    baseline: bool = Field(
        default=False, description="Ask the same language model for each answer without a solver, too."
    )
    token_cap: Whole | None = Field(
        default=None, description="Pauses when prompts and completions have taken so many tokens; null: no cap."
    )
    patience_seconds: Seconds = Field(
        default=600.0, description="How long the language model may be unreachable before the evaluation pauses."
    )
    sampling: SamplingCreate | None = None
    budget: BudgetCreate | None = Field(default=None, description="Of each sample.")
    limits: LimitsCreate | None = Field(default=None, description="Of each run.")
    min_trust: Trust | None = Field(
        default=None, description="As for `POST /v1/solve`: below it, a sample counts as abstained."
    )
    corroborate: bool | None = Field(default=None, description="As for `POST /v1/solve`.")


# Evaluations: what goes out


class CountsRead(Read):
    """Results so far; with `waiting` all that there will be."""

    correct: int
    wrong: int
    abstained: int
    errored: int
    waiting: int

    @classmethod
    def of(cls, counts: Counts) -> Self:
        return cls(**asdict(counts))


class SamplingRead(Read):
    temperature: float
    top_p: float
    max_tokens: int
    seed: int | None

    @classmethod
    def of(cls, sampling: Sampling) -> Self:
        return cls(**asdict(sampling))


class EvaluationConfigRead(Read):
    """How it is run; with the dataset's hash, all that its results depend on but for versions."""

    lm: Text
    kind: Kind | None
    language: Language | None
    limit: int | None
    sample_seed: int | None
    epochs: int
    concurrency: int
    baseline: bool
    token_cap: int | None
    patience_seconds: float
    sampling: SamplingRead
    budget: BudgetRead
    limits: LimitsRead
    min_trust: Trust | None
    corroborate: bool

    @classmethod
    def of(cls, config: EvaluationConfig) -> Self:
        return cls(
            lm=without_password(config.lm),
            kind=config.kind,
            language=config.language,
            limit=config.limit,
            sample_seed=config.sample_seed,
            epochs=config.epochs,
            concurrency=config.concurrency,
            baseline=config.baseline,
            token_cap=config.token_cap,
            patience_seconds=config.patience_seconds,
            sampling=SamplingRead.of(config.sampling),
            budget=BudgetRead.of(config.budget),
            limits=LimitsRead.of(config.limits),
            min_trust=config.assurance.min_trust,
            corroborate=config.assurance.corroborate,
        )


class EvaluationSummaryRead(Read):
    """An evaluation as it stands. Its states are those of OpenAI's batches, and `paused`."""

    id: str
    state: State
    reason: Text = Field(description="Why it is paused or failed; empty otherwise.")
    counts: CountsRead
    seconds_left: float | None = Field(description="An estimate while it is worked on; null: none can be given.")
    dataset: DatasetRead
    config: EvaluationConfigRead
    attended: bool = Field(description="A command line waits for it; the service leaves it alone.")
    owned: bool = Field(description="A process has its lease.")
    lm: LmRead | None = Field(description="What it was begun with; null: not opened so far.")
    versions: Json = Field(description="Of Quod, the engines, the prompts and the trust rule, once it was begun.")
    tokens: int
    seconds: float = Field(description="Worked on so far.")
    created_at: Moment
    started_at: Moment | None
    ended_at: Moment | None

    @classmethod
    def fields_of(cls, evaluation: Evaluation, seconds_left: float | None) -> dict[str, Any]:
        return {
            "id": evaluation.id,
            "state": evaluation.state,
            "reason": evaluation.reason,
            "counts": CountsRead.of(evaluation.counts),
            "seconds_left": seconds_left,
            "dataset": DatasetRead.of(evaluation.dataset),
            "config": EvaluationConfigRead.of(evaluation.config),
            "attended": evaluation.attended,
            "owned": evaluation.owned,
            "lm": None if evaluation.lm is None else LmRead.of(evaluation.lm),
            "versions": evaluation.versions,
            "tokens": evaluation.tokens,
            "seconds": evaluation.seconds,
            "created_at": evaluation.created_at,
            "started_at": evaluation.started_at,
            "ended_at": evaluation.ended_at,
        }

    @classmethod
    def of(cls, evaluation: Evaluation, seconds_left: float | None = None) -> Self:
        return cls(**cls.fields_of(evaluation, seconds_left))


class EvaluationRead(EvaluationSummaryRead):
    """The same with the figures of its results. `trouble` says why nothing gets on at the moment."""

    under_way: int | None = Field(description="Samples being solved; null: this process does not work on it.")
    trouble: Text | None = Field(description="Null: none that this process knows of.")
    metrics: Metrics | None = Field(
        description="Of the results so far, `results` of them: while it is worked on, this may be a few fewer than "
        "`counts` says. Null: there are none."
    )

    @classmethod
    def of_run(
        cls, evaluation: Evaluation, seconds_left: float | None, progress: Progress | None, metrics: Metrics | None
    ) -> Self:
        """`progress`: what the process that asks knows of it, if it works on it."""
        return cls(
            **cls.fields_of(evaluation, seconds_left),
            under_way=None if progress is None else progress.under_way,
            trouble=(progress.trouble or None) if progress is not None else None,
            metrics=metrics,
        )


class EvaluationsRead(Read):
    """A page. `after=last_id` with the same filter and order gives the next one, while `has_more`."""

    data: list[EvaluationSummaryRead]
    first_id: str | None
    last_id: str | None
    has_more: bool


class AttemptSummaryRead(Read):
    """An attempt at a formalisation. `right` null: it gave no answer."""

    error_class: ErrorClass | None
    ran: bool
    right: bool | None
    ended: AttemptEnd

    @classmethod
    def of(cls, attempt: AttemptSummary) -> Self:
        return cls(**asdict(attempt))


class BaselineRead(Read):
    """What the language model answered without a solver. `answer` null: none could be read from its reply."""

    outcome: Outcome
    answer: Text | None
    reply: Text
    prompt_tokens: int
    completion_tokens: int
    seconds: float

    @classmethod
    def of(cls, baseline: Baseline) -> Self:
        return cls(**asdict(baseline))


class SampleResultRead(Read):
    """What came of one sample in one epoch. `sequence` counts up through results and changes of state."""

    sequence: int
    sample_id: Text
    position: int = Field(description="In the dataset, from 0.")
    epoch: int = Field(description="From 1.")
    outcome: Outcome
    target: Text = Field(description="The gold answer. No prompt ever holds it.")
    answer: Text | None
    verdict: VerdictKind | None
    trust: Trust | None
    kind: Kind | None
    reason: Text
    trace_id: str | None
    trace: str | None = Field(description="Path of its trace; null where nothing was begun.")
    error: Text | None = Field(description="Why it errored; null otherwise.")
    error_type: Text | None
    attempts: list[AttemptSummaryRead]
    prompt_tokens: int
    completion_tokens: int
    lm_seconds: float
    solver_seconds: float
    seconds: float
    baseline: BaselineRead | None
    recorded_at: Moment | None

    @classmethod
    def of(cls, result: Result) -> Self:
        return cls(
            sequence=result.sequence,
            sample_id=result.sample_id,
            position=result.position,
            epoch=result.epoch,
            outcome=result.outcome,
            target=result.target,
            answer=result.answer,
            verdict=result.verdict,
            trust=result.trust,
            kind=result.kind,
            reason=result.reason,
            trace_id=result.trace_id,
            trace=trace_path(result.trace_id),
            error=result.error,
            error_type=result.error_type,
            attempts=[AttemptSummaryRead.of(attempt) for attempt in result.attempts],
            prompt_tokens=result.prompt_tokens,
            completion_tokens=result.completion_tokens,
            lm_seconds=result.lm_seconds,
            solver_seconds=result.solver_seconds,
            seconds=result.seconds,
            baseline=None if result.baseline is None else BaselineRead.of(result.baseline),
            recorded_at=result.recorded_at,
        )


class SampleResultsRead(Read):
    """A page in the order of recording; the ids are `sequence`s. `after=last_id` gives the next, while `has_more`."""

    data: list[SampleResultRead]
    first_id: int | None
    last_id: int | None
    has_more: bool

    @classmethod
    def of(cls, page: Sequence[Result], has_more: bool) -> Self:
        return cls(
            data=[SampleResultRead.of(result) for result in page],
            first_id=page[0].sequence if page else None,
            last_id=page[-1].sequence if page else None,
            has_more=has_more,
        )


class StateChangeRead(Read):
    """The evaluation came into this state, for this reason."""

    sequence: int
    state: State
    reason: Text
    at: Moment

    @classmethod
    def of(cls, change: StateChange) -> Self:
        return cls(**asdict(change))


class SideRead(Read):
    """What one of two evaluations said of a sample."""

    outcome: Outcome
    answer: Text | None
    trust: Trust | None
    trace: str | None

    @classmethod
    def of(cls, side: Side) -> Self:
        trust = None if side.trust is None else Trust(side.trust)
        return cls(outcome=side.outcome, answer=side.answer, trust=trust, trace=trace_path(side.trace_id))


class ChangeRead(Read):
    """A sample of which the two have different outcomes."""

    sample_id: Text
    position: int
    epoch: int
    target: Text
    first: SideRead
    second: SideRead

    @classmethod
    def of(cls, change: Change) -> Self:
        return cls(
            sample_id=change.sample_id,
            position=change.position,
            epoch=change.epoch,
            target=change.target,
            first=SideRead.of(change.first),
            second=SideRead.of(change.second),
        )


class PairsRead(Read):
    """So many pairs have these two outcomes."""

    first: Outcome
    second: Outcome
    n: int


class DifferenceRead(Read):
    """A setting or version that the two do not share, as JSON; null: one of them has none of this name."""

    name: Text
    first: Any
    second: Any


class ComparisonRead(Read):
    """Two evaluations over the samples and epochs of which both have a result."""

    first: str
    second: str
    first_accuracy: Share
    second_accuracy: Share
    table: Paired
    difference: float = Field(description="Accuracy of the second less that of the first, mean over samples.")
    low: float | None = Field(description="Of its 95 % interval, by the bootstrap over samples; null: there is none.")
    high: float | None
    outcomes: list[PairsRead]
    only_in_first: int
    only_in_second: int
    unfinished_first: int
    unfinished_second: int
    changes: list[ChangeRead] = Field(description="Those where exactly one is correct before the others.")
    changes_in_all: int
    settings: list[DifferenceRead]

    @classmethod
    def of(cls, found: Comparison, most_changes: int) -> Self:
        return cls(
            first=found.first,
            second=found.second,
            first_accuracy=found.first_accuracy,
            second_accuracy=found.second_accuracy,
            table=found.table,
            difference=found.difference,
            low=found.low,
            high=found.high,
            outcomes=[PairsRead(first=first, second=second, n=n) for (first, second), n in found.outcomes.items()],
            only_in_first=found.only_in_first,
            only_in_second=found.only_in_second,
            unfinished_first=found.unfinished_first,
            unfinished_second=found.unfinished_second,
            changes=[ChangeRead.of(change) for change in found.changes[:most_changes]],
            changes_in_all=len(found.changes),
            settings=[
                DifferenceRead(name=each.name, first=_shown(each.first), second=_shown(each.second))
                for each in found.settings
            ],
        )


def trace_path(trace_id: str | None) -> str | None:
    return None if trace_id is None else f"/v1/traces/{trace_id}"


def _shown(value: object) -> object:
    return without_password(value) if isinstance(value, str) else value
