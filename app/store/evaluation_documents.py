"""Datasets, evaluations and results as columns and JSON, both ways. Read again, they are what was written."""

from datetime import datetime

from app.lm.types import LmIdentity, Sampling
from app.problem import Kind, Problem
from app.reasoning.types import Assurance, Budget, Trust, VerdictKind
from app.store.documents import Json, limits_from_json, plain
from app.store.evaluation_types import (
    Answers,
    AttemptEnd,
    AttemptSummary,
    Baseline,
    Counts,
    DatasetSummary,
    Evaluation,
    EvaluationConfig,
    Outcome,
    Result,
    Sample,
    State,
)
from app.store.rows import DatasetRow, EarlierResultRow, EvaluationRow, ResultRow, SampleRow
from solvers.types import ErrorClass, Language


def dataset_summary(row: DatasetRow) -> DatasetSummary:
    return DatasetSummary(row.sha256, row.name, row.source, row.licence, row.samples, row.created_at)


def sample_columns(sample: Sample) -> Json:
    """Without its problem, which has a row of its own."""
    return {
        "sample_id": sample.id,
        "target": sample.target,
        "answers": sample.answers.value,
        "options": plain(sample.options),
    }


def sample_of(row: SampleRow, problem: Problem) -> Sample:
    return Sample(row.sample_id, problem, row.target, Answers(row.answers), tuple(row.options))


def config_to_json(config: EvaluationConfig) -> Json:
    body: Json = plain(config)
    return body


def config_from_json(body: Json) -> EvaluationConfig:
    assurance = body["assurance"]
    parts = {
        "kind": None if body["kind"] is None else Kind(body["kind"]),
        "language": None if body["language"] is None else Language(body["language"]),
        "sampling": Sampling(**body["sampling"]),
        "budget": Budget(**body["budget"]),
        "limits": limits_from_json(body["limits"]),
        "assurance": Assurance(**{**assurance, "min_trust": _trust(assurance["min_trust"])}),
    }
    return EvaluationConfig(**{**body, **parts})


def counts_of(row: EvaluationRow) -> Counts:
    recorded = row.correct + row.wrong + row.abstained + row.errored
    return Counts(row.correct, row.wrong, row.abstained, row.errored, waiting=row.planned - recorded)


def evaluation_lm(row: EvaluationRow) -> LmIdentity | None:
    """None until it was opened."""
    if row.lm_backend is None or row.lm_name is None:
        return None
    return LmIdentity(row.lm_backend, row.lm_name, row.lm_revision, row.lm_base_url)


def evaluation_of(row: EvaluationRow, dataset: DatasetRow) -> Evaluation:
    return Evaluation(
        id=row.id,
        dataset=dataset_summary(dataset),
        config=config_from_json(row.config),
        state=State(row.state),
        reason=row.reason,
        counts=counts_of(row),
        attended=row.attended,
        owned=row.owner is not None,
        lm=evaluation_lm(row),
        versions=row.versions,
        tokens=row.tokens,
        seconds=row.seconds,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def tokens_of(result: Result) -> int:
    """All that it took, its baseline included."""
    baseline = result.baseline
    asked = 0 if baseline is None else baseline.prompt_tokens + baseline.completion_tokens
    return result.prompt_tokens + result.completion_tokens + asked


def result_columns(result: Result, recorded_at: datetime, sequence: int) -> Json:
    return {
        "position": result.position,
        "epoch": result.epoch,
        "sequence": sequence,
        "recorded_at": recorded_at,
        "sample_id": result.sample_id,
        "outcome": result.outcome.value,
        "target": result.target,
        "answer": result.answer,
        "verdict": None if result.verdict is None else result.verdict.value,
        "trust": None if result.trust is None else result.trust.value,
        "kind": None if result.kind is None else result.kind.value,
        "reason": result.reason,
        "trace_id": result.trace_id,
        "error": result.error,
        "error_type": result.error_type,
        "attempts": [plain(attempt) for attempt in result.attempts],
        "prompt_tokens": result.prompt_tokens,
        "completion_tokens": result.completion_tokens,
        "lm_seconds": result.lm_seconds,
        "solver_seconds": result.solver_seconds,
        "seconds": result.seconds,
        "baseline": None if result.baseline is None else plain(result.baseline),
    }


def result_of(row: ResultRow | EarlierResultRow) -> Result:
    return Result(
        sample_id=row.sample_id,
        position=row.position,
        epoch=row.epoch,
        outcome=Outcome(row.outcome),
        target=row.target,
        answer=row.answer,
        verdict=None if row.verdict is None else VerdictKind(row.verdict),
        trust=_trust(row.trust),
        kind=None if row.kind is None else Kind(row.kind),
        reason=row.reason,
        trace_id=row.trace_id,
        error=row.error,
        error_type=row.error_type,
        attempts=tuple(_attempt(body) for body in row.attempts),
        prompt_tokens=row.prompt_tokens,
        completion_tokens=row.completion_tokens,
        lm_seconds=row.lm_seconds,
        solver_seconds=row.solver_seconds,
        seconds=row.seconds,
        baseline=None if row.baseline is None else _baseline(row.baseline),
        recorded_at=row.recorded_at,
        sequence=row.sequence,
    )


def _trust(name: str | None) -> Trust | None:
    return None if name is None else Trust(name)


def _attempt(body: Json) -> AttemptSummary:
    error_class = body["error_class"]
    parts: Json = {
        **body,
        "error_class": None if error_class is None else ErrorClass(error_class),
        "ended": AttemptEnd(body["ended"]),
    }
    return AttemptSummary(**parts)


def _baseline(body: Json) -> Baseline:
    return Baseline(**{**body, "outcome": Outcome(body["outcome"])})
