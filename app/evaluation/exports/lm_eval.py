"""The two files of lm-evaluation-harness 0.4.13: `results_<time>.json` and `samples_<task>_<time>.jsonl`.

As `lm_eval/loggers/evaluation_tracker.py` writes them, with the keys of `lm_eval/result_schema.py`. The metric `acc` is
our own score, 1 for a correct result and 0 for every other; `answered` is 1 where there was an answer, right or wrong.
A line has `quod` besides, with the facts of the result, and so have the results, with how they were made.

`arguments` holds the problem as it was given. The prompts that were made of it are in the trace, and named by hash in
the results. A text that is not there is empty, not null: the library that the harness reads its lines with wants one
type for a field, from its first line to its last.
"""

import hashlib
import re
from collections.abc import Iterator

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
from app.evaluation.exports.text import json_text, legible
from app.store.documents import Json
from app.store.evaluation_types import Evaluation, Outcome, Result, Sample
from app.store.evaluations import EvaluationStore

_INVALID = "[invalid]"
"""What the harness's filters give where they find no answer."""


class TaskHash:
    """Of all samples together, as the harness computes it."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, line: Json) -> None:
        self._digest.update("".join(line[name] for name in ("doc_hash", "prompt_hash", "target_hash")).encode("ascii"))

    @property
    def value(self) -> str:
        return self._digest.hexdigest()


def sample_lines(store: EvaluationStore, evaluation: Evaluation, task_hash: TaskHash) -> Iterator[str]:
    """The lines of `samples_<task>_<time>.jsonl`; when the last is read, `task_hash` is theirs."""
    for result, sample in samples_of(store, evaluation):
        line = _line(evaluation, result, sample)
        task_hash.add(line)
        yield json_text(line) + "\n"


def results_text(evaluation: Evaluation, task_hash: TaskHash) -> str:
    """`results_<time>.json`."""
    return json_text(_results(evaluation, task_hash.value), indent=2)


def task_name(evaluation: Evaluation) -> str:
    """The dataset's name as part of a file's name."""
    return re.sub(r"\W", "_", evaluation.dataset.name, flags=re.ASCII)[:100] or "dataset"


def model_folder(evaluation: Evaluation) -> str:
    """The language model's name as that of a folder, by the harness's rule; never above the folder it lies in."""
    name = re.sub(r"[\"<>:/|\\?*\[\]]+", "__", legible(model_name(evaluation)))
    return re.sub(r"[\x00-\x1f\x7f]|^\.+", "_", name)[:60] or "model"


def model_name(evaluation: Evaluation) -> str:
    return evaluation.lm.name if evaluation.lm else evaluation.config.lm


def _line(evaluation: Evaluation, result: Result, sample: Sample) -> Json:
    doc = {
        "id": sample.id,
        "question": sample.problem.text,
        "answer": sample.target,
        "answers": sample.answers.value,
        "options": list(sample.options),
    }
    said = prediction(result)
    answered = result.outcome in (Outcome.CORRECT, Outcome.WRONG)
    return {
        "doc_id": result.position,
        "doc": doc,
        "target": sample.target,
        "arguments": {"gen_args_0": {"arg_0": sample.problem.text, "arg_1": _generation(evaluation)}},
        "resps": [[reply(said)]],
        "filtered_resps": [_INVALID if said is None else number_or_text(said)],
        "filter": "none",
        "metrics": ["acc", "answered"],
        "doc_hash": _hash(json_text(doc, indent=2)),
        "prompt_hash": _hash(sample.problem.text),
        "target_hash": _hash(sample.target),
        "acc": float(result.outcome is Outcome.CORRECT),
        "answered": float(answered),
        "quod": {name: "" if value is None else value for name, value in facts(result).items()},
    }


def _generation(evaluation: Evaluation) -> Json:
    sampling = evaluation.config.sampling
    return {
        "do_sample": sampling.temperature > 0,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_gen_toks": sampling.max_tokens,
    }


def _hash(text: str) -> str:
    return hashlib.sha256(legible(text).encode()).hexdigest()


def _results(evaluation: Evaluation, task_hash: str) -> Json:
    task, config, counts = task_name(evaluation), evaluation.config, evaluation.counts
    name = model_name(evaluation)
    begun = evaluation.started_at or evaluation.created_at
    measured: Json = {}
    for metric, (mean, error) in (("acc", accuracy(evaluation)), ("answered", coverage(evaluation))):
        measured |= {f"{metric},none": mean, f"{metric}_stderr,none": "N/A" if error is None else error}
    return {
        "results": {task: {"name": task, "alias": task, "sample_len": counts.recorded, **measured}},
        "group_subtasks": {},
        "configs": {task: _task(evaluation, task)},
        "versions": {task: evaluation.dataset.sha256[:12]},
        "n-shot": {task: 0},
        "higher_is_better": {task: {"acc": True, "answered": True}},
        "n-samples": {task: {"original": evaluation.dataset.samples, "effective": counts.recorded}},
        "config": {
            "model": "quod",
            "model_args": {"lm": config.lm},
            "model_revision": (evaluation.lm.revision if evaluation.lm else None) or "",
            "batch_size": str(config.concurrency),
            "batch_sizes": [],
            "device": None,
            "use_cache": None,
            "limit": config.limit,
            "bootstrap_iters": 0,
            "gen_kwargs": _generation(evaluation),
            "random_seed": config.sample_seed,
            "numpy_seed": None,
            "torch_seed": config.sampling.seed,
            "fewshot_seed": None,
        },
        "git_hash": None,
        "date": begun.timestamp(),
        "task_hashes": {task: task_hash},
        "model_source": "quod",
        "model_name": name,
        "model_name_sanitized": model_folder(evaluation),
        "system_instruction": None,
        "system_instruction_sha": None,
        "fewshot_as_multiturn": None,
        "chat_template": None,
        "chat_template_sha": None,
        "total_evaluation_time_seconds": str(evaluation.seconds),
        "quod": configuration(evaluation),
    }


def _task(evaluation: Evaluation, task: str) -> Json:
    return {
        "task": task,
        "dataset_path": evaluation.dataset.source,
        "dataset_name": evaluation.dataset.name,
        "output_type": "generate_until",
        "num_fewshot": 0,
        "repeats": evaluation.config.epochs,
        "metadata": {"sha256": evaluation.dataset.sha256},
    }
