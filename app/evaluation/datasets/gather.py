"""Makes samples of rows, and finds everything that is wrong with them on the way."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import BinaryIO

from app.evaluation.datasets.faults import DatasetError, Fault, NotASample, RowFault
from app.evaluation.datasets.rows import Row, Shape, UnreadableError, read_rows
from app.evaluation.datasets.targets import normalised
from app.store.evaluation_types import Sample

MOST_PROBLEM_BYTES = 32_000
"""As `QUOD_MAX_PROBLEM_BYTES` where nothing else is set."""
_LONGEST_ID = 200
_MOST_OPTIONS = 26
_NO_TEXT = re.compile("[\0\ud800-\udfff]")

Reader = Callable[[Row], Iterable[Sample]]
"""Makes samples of a row, with targets as they are written there. Raises `RowFault` or `NotASample`, and `DatasetError`
where the file is another than it reads.
"""


def gather(
    stream: BinaryIO, shape: Shape, read: Reader, source: str, most_problem_bytes: int = MOST_PROBLEM_BYTES
) -> tuple[tuple[Sample, ...], tuple[Fault, ...]]:
    """All samples of a file, their targets normalised, and what `read` left out, as faults that are none.

    Args:
        source: what the file is called in an error.

    Raises:
        DatasetError: with everything that is wrong.
    """
    faults: list[Fault] = []
    left_out: list[Fault] = []
    samples: list[Sample] = []
    lines: dict[str, int] = {}
    try:
        for row in read_rows(stream, shape, faults):
            try:
                for sample in read(row):
                    checked = _checked(sample, most_problem_bytes)
                    if checked.id in lines:
                        raise RowFault(f"the id {checked.id!r} stands in line {lines[checked.id]} already")
                    lines[checked.id] = row.line
                    samples.append(checked)
            except RowFault as fault:
                faults.append(Fault(row.line, str(fault)))
            except NotASample as reason:
                left_out.append(Fault(row.line, str(reason)))
            except DatasetError as error:
                faults += error.faults
                break
    except UnreadableError as error:
        faults.append(Fault(0, str(error)))
    if not samples and not faults:
        faults.append(Fault(0, "it holds no sample"))
    if faults:
        raise DatasetError(source, list({fault.line or fault.message: fault for fault in reversed(faults)}.values()))
    return tuple(samples), tuple(left_out)


def _checked(sample: Sample, most_problem_bytes: int) -> Sample:
    text = sample.problem.text
    if not text.strip():
        raise RowFault("the problem is empty")
    for what, words in (("problem", text), ("id", sample.id), ("target", sample.target), *_named(sample.options)):
        if _NO_TEXT.search(words):
            raise RowFault(f"the {what} holds a NUL character or half of a character: plain text is needed")
    if len(text.encode()) > most_problem_bytes:
        raise RowFault(f"the problem is longer than {most_problem_bytes:,} bytes")
    if not sample.id or len(sample.id) > _LONGEST_ID:
        raise RowFault(f"the id is empty or longer than {_LONGEST_ID} characters")
    if len(sample.options) > _MOST_OPTIONS:
        raise RowFault(f"there are more than {_MOST_OPTIONS} options")
    if not sample.target.strip():
        raise RowFault("the target is missing")
    return replace(sample, target=normalised(sample.target, sample.answers, sample.options))


def _named(options: Iterable[str]) -> Iterable[tuple[str, str]]:
    return (("option", option) for option in options)
