"""A log of Inspect (inspect-ai 0.3.285, `inspect_ai/log/_log.py`) in its JSON form, version 2.

The score `quod` of a sample is C for correct, I for wrong, and N, no answer, for one that abstained or errored: Inspect
counts N as 0. Where the language model was also asked without a solver, its score is `baseline`. What Inspect has no
place for is in `metadata`. The head stands before the samples, so that Inspect can read it alone.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from app.evaluation.exports.lm_eval import task_name
from app.evaluation.exports.results import (
    accuracy,
    configuration,
    coverage,
    facts,
    number_or_text,
    prediction,
    reply,
    samples_of,
)
from app.evaluation.exports.text import json_text
from app.store.documents import Json
from app.store.evaluation_types import Evaluation, Outcome, Result, Sample, State
from app.store.evaluations import EvaluationStore

_VALUES = {Outcome.CORRECT: "C", Outcome.WRONG: "I", Outcome.ABSTAINED: "N", Outcome.ERRORED: "N"}
_REASONS = {Outcome.ABSTAINED: "abstained", Outcome.ERRORED: "errored"}
_STATUS: Mapping[State, str] = {State.COMPLETED: "success", State.CANCELLED: "cancelled", State.FAILED: "error"}


def lines(store: EvaluationStore, evaluation: Evaluation) -> Iterator[str]:
    """The log in pieces."""
    head = json_text(_head(evaluation), indent=2)
    yield head.removesuffix("\n}") + ',\n  "samples": ['
    between = "\n"
    for result, sample in samples_of(store, evaluation):
        yield between + json_text(_sample(evaluation, result, sample))
        between = ",\n"
    yield "\n  ]\n}\n"


def file_name(evaluation: Evaluation) -> str:
    """By which Inspect knows a log in a folder: it begins with a moment."""
    return f"{_begun(evaluation):%Y-%m-%dT%H-%M-%S}+00-00_{task_name(evaluation)}_{evaluation.id}.json"


def _begun(evaluation: Evaluation) -> datetime:
    return evaluation.started_at or evaluation.created_at


def _model(evaluation: Evaluation) -> str:
    return f"{evaluation.lm.backend}/{evaluation.lm.name}" if evaluation.lm else evaluation.config.lm


def _head(evaluation: Evaluation) -> Json:
    state = evaluation.state
    head: Json = {
        "version": 2,
        "status": _STATUS.get(state, "started"),
        "eval": _spec(evaluation),
        "plan": {"name": "plan", "steps": [{"solver": "quod", "params": {}}]},
        "results": _results(evaluation),
        "stats": {
            "started_at": _begun(evaluation).isoformat(),
            "completed_at": evaluation.ended_at.isoformat() if evaluation.ended_at else "",
        },
    }
    return head | ({"error": _error(evaluation.reason)} if state is State.FAILED else {})


def _spec(evaluation: Evaluation) -> Json:
    config, dataset, task = evaluation.config, evaluation.dataset, task_name(evaluation)
    sampling = config.sampling
    return {
        "eval_id": evaluation.id,
        "run_id": evaluation.id,
        "created": evaluation.created_at.isoformat(),
        "task": task,
        "task_id": evaluation.id,
        "task_version": dataset.sha256[:12],
        "solver": "quod",
        "dataset": {
            "name": dataset.name,
            "location": dataset.source,
            "samples": dataset.samples,
            "shuffled": config.sample_seed is not None,
        },
        "model": _model(evaluation),
        "model_generate_config": {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
            "seed": sampling.seed,
        },
        "model_base_url": evaluation.lm.base_url if evaluation.lm else None,
        "model_args": {"revision": evaluation.lm.revision if evaluation.lm else None},
        "config": {
            "limit": config.limit,
            "sample_shuffle": config.sample_seed,
            "epochs": config.epochs,
            "max_samples": config.concurrency,
        },
        "packages": {"quod": str(evaluation.versions.get("quod", ""))},
        "metadata": configuration(evaluation),
        "scorers": [{"name": "quod"}, *([{"name": "baseline"}] if config.baseline else [])],
    }


def _results(evaluation: Evaluation) -> Json:
    counts = evaluation.counts
    (right, error), (answered, _) = accuracy(evaluation), coverage(evaluation)
    measured = {"accuracy": right, "stderr": error or 0.0, "coverage": answered}
    return {
        "total_samples": counts.recorded + counts.waiting,
        "completed_samples": counts.recorded - counts.errored,
        "scores": [
            {
                "name": "quod",
                "scorer": "quod",
                "scored_samples": counts.recorded,
                "unscored_samples": 0,
                "metrics": {name: {"name": name, "value": value} for name, value in measured.items()},
            }
        ],
    }


def _error(message: str) -> Json:
    return {"message": message, "traceback": "", "traceback_ansi": ""}


def _sample(evaluation: Evaluation, result: Result, sample: Sample) -> Json:
    said = reply(prediction(result))
    question = {"role": "user", "content": sample.problem.text}
    answer = {"role": "assistant", "content": said, "source": "generate", "model": _model(evaluation)}
    usage = _usage(result.prompt_tokens, result.completion_tokens)
    body: Json = {
        "id": sample.id,
        "epoch": result.epoch,
        "input": sample.problem.text,
        "choices": list(sample.options) or None,
        "target": sample.target,
        "messages": [question, answer],
        "output": {
            "model": _model(evaluation),
            "choices": [{"message": answer, "stop_reason": "stop"}],
            "completion": said,
            "usage": usage,
            "time": result.lm_seconds,
        },
        "scores": _scores(result),
        "metadata": facts(result),
        "model_usage": {_model(evaluation): usage},
        "completed_at": result.recorded_at.isoformat() if result.recorded_at else None,
        "total_time": result.seconds,
        "uuid": f"{evaluation.id}_{result.position}_{result.epoch}",
    }
    if result.outcome is Outcome.ERRORED:
        body["error"] = _error(f"{result.error_type}: {result.error}")
    return body


def _usage(prompt_tokens: int, completion_tokens: int) -> Json:
    return {
        "input_tokens": prompt_tokens,
        "output_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def _scores(result: Result) -> Json:
    about = {"trust": result.trust.value if result.trust else None, "trace_id": result.trace_id}
    scores = {"quod": _score(result.outcome, prediction(result), result.error or result.reason) | {"metadata": about}}
    if result.baseline is not None:
        scores["baseline"] = _score(result.baseline.outcome, result.baseline.answer, result.baseline.reply)
    return scores


def _score(outcome: Outcome, said: str | None, explanation: str) -> Json:
    return {
        "value": _VALUES[outcome],
        "answer": None if said is None else number_or_text(said),
        "explanation": explanation,
        "reason": _REASONS.get(outcome),
    }
