"""An evaluation in the files of other tools: lm-evaluation-harness, Inspect, OpenAI's batches, and CSV.

Covered: every recorded result, abstained and errored ones too, none of which counts as correct. Results are read by
pages and written as they are read, so a million take no more memory than a thousand.
Not covered: attempts and programs. They are in the traces, whose ids every format names.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from app.errors import ExportError
from app.evaluation.exports import csv_rows, inspect_log, lm_eval, openai_batch
from app.evaluation.exports.results import configuration
from app.evaluation.exports.text import json_text
from app.new_file import new_file
from app.settings import without_password
from app.store.evaluation_types import Evaluation
from app.store.evaluations import EvaluationStore


class Format(StrEnum):
    LM_EVAL = "lm-eval"
    """As files, results and samples; as one stream, the samples."""
    LM_EVAL_RESULTS = "lm-eval-results"
    """The results alone: what a stream of the samples leaves out."""
    INSPECT = "inspect"
    OPENAI = "openai"
    CSV = "csv"


MEDIA_TYPES: Mapping[Format, str] = {
    Format.LM_EVAL: "application/jsonl",
    Format.LM_EVAL_RESULTS: "application/json",
    Format.INSPECT: "application/json",
    Format.OPENAI: "application/jsonl",
    Format.CSV: "text/csv; charset=utf-8; header=present",
}


def export_lines(store: EvaluationStore, evaluation: Evaluation, format: Format) -> Iterator[str]:
    """One file in pieces, each with its end of line; UTF-8 holds all of it. The store blocks between pages.

    Args:
        evaluation: as `store.get` gives it. What is recorded later is not in.

    Raises:
        ExportError: results changed while they were read, as where errored ones are retried.
        StoreError: the database cannot be used.
    """
    evaluation = _without_passwords(evaluation)
    match format:
        case Format.LM_EVAL:
            return lm_eval.sample_lines(store, evaluation, lm_eval.TaskHash())
        case Format.LM_EVAL_RESULTS:
            return _lm_eval_results(store, evaluation)
        case Format.INSPECT:
            return inspect_log.lines(store, evaluation)
        case Format.OPENAI:
            return openai_batch.lines(store, evaluation)
        case Format.CSV:
            return csv_rows.lines(store, evaluation)


def file_name(evaluation: Evaluation, format: Format) -> str:
    """What a file of this format is called unless somebody says another name. In ASCII, without a folder."""
    match format:
        case Format.LM_EVAL:
            return f"samples_{lm_eval.task_name(evaluation)}_{_moment(evaluation)}.jsonl"
        case Format.LM_EVAL_RESULTS:
            return f"results_{_moment(evaluation)}.json"
        case Format.INSPECT:
            return inspect_log.file_name(evaluation)
        case Format.OPENAI:
            return f"{evaluation.id}.jsonl"
        case Format.CSV:
            return f"{evaluation.id}.csv"


def write_export(
    store: EvaluationStore, evaluation: Evaluation, format: Format, out: Path, *, overwrite: bool = False
) -> list[Path]:
    """Write `evaluation` in this format; a file comes to its place when all of it is there.

    Args:
        out: a file, or a folder in which it gets the name of `file_name`. For `LM_EVAL` a folder, made if need be, and
            in it one named as the language model, where the harness has its files.
        overwrite: whether files that are there are replaced.

    Returns:
        The files. Beside one of `OPENAI` or `CSV`, which say nothing of how it was made, lies `<name>.config.json`.

    Raises:
        ExportError, StoreError: as `export_lines`; or a file is there already, or cannot be written.
    """
    evaluation = _without_passwords(evaluation)
    if format is Format.LM_EVAL:
        return _write_lm_eval(store, evaluation, out, overwrite)
    file = out / file_name(evaluation, format) if out.is_dir() else out
    lines = export_lines(store, evaluation, format)
    if format not in (Format.OPENAI, Format.CSV):
        _write(file, lines, overwrite)
        return [file]
    config = file.with_suffix(".config.json")
    with new_file(config, overwrite) as beside:
        beside.write(json_text(configuration(evaluation), indent=2).encode() + b"\n")
        _write(file, lines, overwrite)
    return [file, config]


def _write_lm_eval(store: EvaluationStore, evaluation: Evaluation, out: Path, overwrite: bool) -> list[Path]:
    folder = out / lm_eval.model_folder(evaluation)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"{folder} cannot be made: {error.strerror or error}; --out names a folder") from error
    results, samples = (folder / file_name(evaluation, format) for format in (Format.LM_EVAL_RESULTS, Format.LM_EVAL))
    task_hash = lm_eval.TaskHash()
    with new_file(results, overwrite) as beside:
        _write(samples, lm_eval.sample_lines(store, evaluation, task_hash), overwrite)
        beside.write(lm_eval.results_text(evaluation, task_hash).encode())
    return [results, samples]


def _write(out: Path, lines: Iterable[str], overwrite: bool) -> None:
    with new_file(out, overwrite) as file:
        for line in lines:
            file.write(line.encode())


def _lm_eval_results(store: EvaluationStore, evaluation: Evaluation) -> Iterator[str]:
    task_hash = lm_eval.TaskHash()
    for _ in lm_eval.sample_lines(store, evaluation, task_hash):
        pass
    yield lm_eval.results_text(evaluation, task_hash)


def _without_passwords(evaluation: Evaluation) -> Evaluation:
    """Files go to strangers. No password belongs into the name of a language model, but somebody may have put one."""
    lm, config = evaluation.lm, evaluation.config
    if lm is not None and lm.base_url is not None:
        lm = replace(lm, base_url=without_password(lm.base_url))
    return replace(evaluation, lm=lm, config=replace(config, lm=without_password(config.lm)))


def _moment(evaluation: Evaluation) -> str:
    """The harness names files by when they are written; the same evaluation keeps its names here."""
    moment = evaluation.ended_at or evaluation.created_at
    return f"{moment:%Y-%m-%dT%H-%M-%S.%f}"
