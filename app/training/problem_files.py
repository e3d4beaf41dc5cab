"""Reads files of problems: those of an evaluation, which no training may see, or those whose answers are targets.

By the end of its name a file is JSON lines (`.jsonl`, `.ndjson`), a list of objects (`.json`), a table with a header
(`.csv`, `.tsv`), each also with `.gz` behind it, or else plain text with one problem a line.
"""

import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from app.errors import QuodError

_PROBLEM = ("problem", "question", "text", "body", "input", "squestion")
_BESIDE = {"body": "question"}
"""SVAMP and its like: the story in one column, the question in another."""
_ANSWER = ("target", "answer", "label", "lsolutions", "final_ans", "solution")


class ProblemFileError(QuodError):
    """A file of problems cannot be read; `str(error)` names the file, the line and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A problem of a file, and its answer as it is written there; None: the file gives none."""

    text: str
    answer: str | None


def read_problems(file: Path) -> Iterator[Stated]:
    """The problems of a file, in order. Empty lines are passed over.

    Raises:
        ProblemFileError: it cannot be read, a line is no problem, or there is none at all.
    """
    found = 0
    try:
        opened = gzip.open if file.suffix == ".gz" else open
        with opened(file, "rt", encoding="utf-8-sig", newline="") as lines:
            for problem in _read(file, lines):
                found += 1
                yield problem
    except (OSError, EOFError, zlib.error) as error:
        raise ProblemFileError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    except UnicodeDecodeError as error:
        raise ProblemFileError(f"{file} is not UTF-8 text") from error
    except csv.Error as error:
        raise ProblemFileError(f"{file} is no table: {error}") from error
    if not found:
        raise ProblemFileError(f"{file} holds no problem")


def _read(file: Path, lines: TextIO) -> Iterator[Stated]:
    match (file.with_suffix("") if file.suffix == ".gz" else file).suffix.lower():
        case ".jsonl" | ".ndjson":
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _stated(f"{file}, line {number}", _parsed(f"{file}, line {number}", line))
        case ".json":
            entries = _parsed(str(file), lines.read())
            if not isinstance(entries, list):
                raise ProblemFileError(f"{file} is not a list of objects")
            for number, entry in enumerate(entries, start=1):
                yield _stated(f"{file}, entry {number}", entry)
        case ".csv" | ".tsv" as suffix:
            table = csv.DictReader(lines, delimiter="\t" if suffix == ".tsv" else ",")
            for entry in table:
                yield _stated(f"{file}, line {table.line_num}", entry)
        case _:
            for line in lines:
                if line.strip():
                    yield Stated(line.strip(), None)


def _parsed(where: str, text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProblemFileError(f"{where}: not JSON: {error}") from error


def _stated(where: str, entry: object) -> Stated:
    if isinstance(entry, str):
        return Stated(entry, None)
    if not isinstance(entry, Mapping):
        raise ProblemFileError(f"{where}: not an object")
    fields = {re.sub(r"\W", "", str(name)).casefold(): value for name, value in entry.items()}
    name = next((name for name in _PROBLEM if isinstance(fields.get(name), str) and fields[name].strip()), None)
    if name is None:
        raise ProblemFileError(f"{where}: no problem in it: one of {', '.join(_PROBLEM)} has to be a text")
    parts = [fields[name], fields.get(_BESIDE.get(name, ""))]
    text = " ".join(part.strip() for part in parts if isinstance(part, str))
    return Stated(text, next((found for key in _ANSWER if (found := _answer(fields.get(key))) is not None), None))


def _answer(value: object) -> str | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        return "true" if value is True else "false" if value is False else None
    return str(value)
