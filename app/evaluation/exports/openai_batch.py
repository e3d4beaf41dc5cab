"""The output file of a batch of OpenAI's API: a line of JSON for each result, `body` being a chat completion.

A sample that errored has `error` and no `response`. One that abstained has a response whose message is a refusal, with
its reason. `quod` holds the facts of a result, the outcome among them, which the format has no place for.
"""

from collections.abc import Iterator

from app.evaluation.exports.results import facts, prediction, reply, results_of
from app.evaluation.exports.text import json_text
from app.store.documents import Json
from app.store.evaluation_types import Evaluation, Outcome, Result
from app.store.evaluations import EvaluationStore


def lines(store: EvaluationStore, evaluation: Evaluation) -> Iterator[str]:
    for result in results_of(store, evaluation):
        yield json_text(_line(evaluation, result)) + "\n"


def _line(evaluation: Evaluation, result: Result) -> Json:
    errored = result.outcome is Outcome.ERRORED
    number = f"{evaluation.id.removeprefix('evl_')}_{result.position}_{result.epoch}"
    error = {"code": result.error_type, "message": result.error}
    return {
        "id": f"batch_req_{number}",
        "custom_id": custom_id(evaluation, result),
        "response": None if errored else _response(evaluation, result, number),
        "error": error if errored else None,
        "quod": facts(result),
    }


def custom_id(evaluation: Evaluation, result: Result) -> str:
    """The sample's id; with the epoch behind the last `#`, where samples are solved more than once."""
    return result.sample_id if evaluation.config.epochs == 1 else f"{result.sample_id}#{result.epoch}"


def _response(evaluation: Evaluation, result: Result, number: str) -> Json:
    return {
        "status_code": 200,
        "request_id": result.trace_id or f"req_{number}",
        "body": _completion(evaluation, result, number),
    }


def _completion(evaluation: Evaluation, result: Result, number: str) -> Json:
    refused = result.outcome is Outcome.ABSTAINED
    message = {
        "role": "assistant",
        "content": None if refused else reply(prediction(result)),
        "refusal": (result.reason or "no verdict") if refused else None,
    }
    moment = result.recorded_at or evaluation.created_at
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": int(moment.timestamp()),
        "model": evaluation.lm.name if evaluation.lm else evaluation.config.lm,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": result.prompt_tokens,
            "completion_tokens": result.completion_tokens,
            "total_tokens": result.prompt_tokens + result.completion_tokens,
        },
        "system_fingerprint": evaluation.lm.revision if evaluation.lm else None,
    }
