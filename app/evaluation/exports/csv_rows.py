"""CSV by RFC 4180 in UTF-8: a header, then a row for each result. Safe to open in a spreadsheet (`text.csv_line`)."""

from collections.abc import Iterator

from app.evaluation.exports.results import facts, results_of
from app.evaluation.exports.text import csv_line
from app.store.evaluation_types import Evaluation, Outcome, Result
from app.store.evaluations import EvaluationStore


def lines(store: EvaluationStore, evaluation: Evaluation) -> Iterator[str]:
    """Every row names the evaluation, its dataset by hash and its language model, so that files can be put together."""
    lm = evaluation.lm
    of_all = {
        "evaluation_id": evaluation.id,
        "dataset": evaluation.dataset.name,
        "dataset_sha256": evaluation.dataset.sha256,
        "lm": lm.name if lm else evaluation.config.lm,
        "lm_revision": lm.revision if lm else None,
    }
    yield csv_line([*of_all, *facts(Result("", 0, 1, Outcome.ABSTAINED, ""))])
    for result in results_of(store, evaluation):
        yield csv_line([*of_all.values(), *facts(result).values()])
