"""What every format says: the results page by page, the facts of each, and how the evaluation was made."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from app.errors import ExportError
from app.reasoning.targets import number_in
from app.reasoning.types import VerdictKind
from app.store.documents import Json
from app.store.evaluation_documents import config_to_json
from app.store.evaluation_types import Evaluation, Outcome, Result, Sample
from app.store.evaluations import EvaluationStore

_PAGE = 500
_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?: ?/ ?\d+)?")

Cell = str | int | float | None


def results_of(store: EvaluationStore, evaluation: Evaluation) -> Iterator[Result]:
    """Those that `evaluation.counts` counts, in the order in which they were recorded; later ones are not in.

    Raises:
        ExportError: they changed while they were read, so that they are not what the counts say.
    """
    counts, seen, after = evaluation.counts, Counter[Outcome](), 0
    left = counts.recorded
    while left:
        page, _ = store.results(evaluation.id, min(_PAGE, left), after)
        if not page:
            break
        seen.update(result.outcome for result in page)
        yield from page
        left, after = left - len(page), page[-1].sequence
    if [seen[outcome] for outcome in Outcome] != [counts.correct, counts.wrong, counts.abstained, counts.errored]:
        raise ExportError(f"the results of evaluation {evaluation.id} changed while they were read: export it again")


def samples_of(store: EvaluationStore, evaluation: Evaluation) -> Iterator[tuple[Result, Sample]]:
    """The same with their samples."""
    page: list[Result] = []
    for result in results_of(store, evaluation):
        page.append(result)
        if len(page) == _PAGE:
            yield from _with_samples(store, evaluation, page)
            page = []
    yield from _with_samples(store, evaluation, page)


def _with_samples(
    store: EvaluationStore, evaluation: Evaluation, page: list[Result]
) -> Iterator[tuple[Result, Sample]]:
    samples = store.samples_at(evaluation.dataset.sha256, sorted({result.position for result in page})) if page else {}
    yield from ((result, samples[result.position]) for result in page)


def prediction(result: Result) -> str | None:
    """The answer, or the verdict on a conclusion. None: there is none."""
    if result.answer is not None or result.verdict is None or result.verdict is VerdictKind.UNRESOLVED:
        return result.answer
    return result.verdict.value


def number_or_text(text: str) -> str:
    """A whole number without commas and decimals, as those who compare texts expect it; else the text in one line."""
    number = number_in(text) if _NUMBER.fullmatch(text.strip()) else None
    return str(number) if number is not None and number.denominator == 1 else " ".join(text.split())


def reply(text: str | None) -> str:
    """An answer as harnesses read one, `#### N`; empty where there is none."""
    return "" if text is None else f"#### {number_or_text(text)}"


def facts(result: Result) -> dict[str, Cell]:
    """Everything of a result in flat fields. What there is none of is None where it is a text, and 0 where a number."""
    baseline = result.baseline
    return {
        "sample_id": result.sample_id,
        "position": result.position,
        "epoch": result.epoch,
        "outcome": result.outcome.value,
        "target": result.target,
        "prediction": prediction(result),
        "verdict": result.verdict.value if result.verdict else None,
        "trust": result.trust.value if result.trust else None,
        "kind": result.kind.value if result.kind else None,
        "reason": result.reason,
        "trace_id": result.trace_id,
        "error_type": result.error_type,
        "error": result.error,
        "attempts": len(result.attempts),
        "prompt_tokens": result.prompt_tokens,
        "completion_tokens": result.completion_tokens,
        "lm_seconds": result.lm_seconds,
        "solver_seconds": result.solver_seconds,
        "seconds": result.seconds,
        "baseline_outcome": baseline.outcome.value if baseline else None,
        "baseline_prediction": baseline.answer if baseline else None,
        "baseline_prompt_tokens": baseline.prompt_tokens if baseline else 0,
        "baseline_completion_tokens": baseline.completion_tokens if baseline else 0,
        "baseline_seconds": baseline.seconds if baseline else 0.0,
        "recorded_at": result.recorded_at.isoformat() if result.recorded_at else None,
    }


def configuration(evaluation: Evaluation) -> Json:
    """How it was made: dataset by hash, language model with revision, prompts by hash, engines, limits, and counts."""
    moments = {
        name: moment.isoformat() if moment else None
        for name, moment in (
            ("created_at", evaluation.created_at),
            ("started_at", evaluation.started_at),
            ("ended_at", evaluation.ended_at),
        )
    }
    dataset = evaluation.dataset
    return {
        "evaluation_id": evaluation.id,
        "state": evaluation.state.value,
        "reason": evaluation.reason,
        "dataset": {
            "sha256": dataset.sha256,
            "name": dataset.name,
            "source": dataset.source,
            "licence": dataset.licence,
            "samples": dataset.samples,
        },
        "lm": asdict(evaluation.lm) if evaluation.lm else None,
        "versions": dict(evaluation.versions),
        "config": config_to_json(evaluation.config),
        "counts": asdict(evaluation.counts),
        "tokens": evaluation.tokens,
        "seconds": evaluation.seconds,
        **moments,
    }


def accuracy(evaluation: Evaluation) -> tuple[float, float | None]:
    """Correct of all that is recorded, with its standard error as harnesses have it: that of a mean, by n - 1.

    Where samples are solved several times it counts samples, since results of one are not independent. None: of one.
    """
    return mean_and_error(evaluation.counts.correct, evaluation)


def coverage(evaluation: Evaluation) -> tuple[float, float | None]:
    """The same of what was answered, right or wrong."""
    return mean_and_error(evaluation.counts.correct + evaluation.counts.wrong, evaluation)


def mean_and_error(part: int, evaluation: Evaluation) -> tuple[float, float | None]:
    recorded = evaluation.counts.recorded
    mean = part / recorded if recorded else 0.0
    independent = recorded / evaluation.config.epochs
    return mean, (mean * (1 - mean) / (independent - 1)) ** 0.5 if independent > 1 else None
