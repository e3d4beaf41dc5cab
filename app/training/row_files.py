"""Rows as JSON lines: what a recipe's source `builder = "rows"` reads, and what a run keeps of its own rows.

A line is an object with the fields of `Row`; the problem is its text, with `kind`, `language` and `world` beside it:

    {"task": "solve", "problem": "Ann has ...", "kind": "arithmetic", "language": "prolog", "completion": "...",
     "answer": "7", "source": "mine", "id": "17"}

A line of `quod traces export --format sft` is read as well: `messages` in place of `completion`, of which the last one
is the completion (the prompt is rendered anew), and `trace_id` in place of `id`. Other fields are left alone.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from app.errors import QuodError
from app.problem import Kind, Problem, World
from app.training.rows import Row, Task
from solvers.types import Language

_Name = TypeVar("_Name", bound=StrEnum)


class RowFileError(QuodError):
    """A file of rows cannot be read; `str(error)` names the file, the line and what is wrong with it."""


def to_json(row: Row) -> dict[str, Any]:
    """A row as an object of JSON; `from_json` makes an equal one of it."""
    body: dict[str, Any] = {"task": row.task.value, "problem": row.problem.text}
    if row.problem.kind is not None:
        body["kind"] = row.problem.kind.value
    if row.problem.language is not None:
        body["language"] = row.problem.language.value
    if row.problem.world is not World.OPEN:
        body["world"] = row.problem.world.value
    body |= {"completion": row.completion, "answer": row.answer, "source": row.source, "id": row.id}
    if row.prompt is not None:
        body["prompt"] = row.prompt
    return body


def from_json(body: object) -> Row:
    """The row that a line says.

    Raises:
        ValueError: it says none; the text says why, without file or line.
    """
    if not isinstance(body, dict):
        raise ValueError("it is not an object")
    task = _named(Task, body, "task") or Task.SOLVE
    completion = _text(body, "completion") if "completion" in body else _last_message(body.get("messages"))
    prompt = _text(body, "prompt") if body.get("prompt") is not None else None
    if task is not Task.SOLVE and prompt is None:
        raise ValueError(f"a row of the task {task.value!r} needs its prompt")
    return Row(
        task=task,
        problem=Problem(
            text=_text(body, "problem"),
            kind=_named(Kind, body, "kind"),
            language=_named(Language, body, "language"),
            world=_named(World, body, "world") or World.OPEN,
        ),
        completion=completion,
        answer=_text(body, "answer") if body.get("answer") is not None else None,
        source=_text(body, "source") if "source" in body else "traces",
        id=_text(body, "id" if "id" in body else "trace_id"),
        prompt=prompt,
    )


def write_rows(rows: Iterable[Row]) -> Iterator[str]:
    """Lines of JSON, each with its line break; ASCII, so that no text can break a line or fail to be encoded."""
    for row in rows:
        yield json.dumps(to_json(row)) + "\n"


def read_rows(file: Path) -> Iterator[Row]:
    """The rows of a file of JSON lines, gzipped or not; empty lines are passed over.

    Raises:
        RowFileError: the file cannot be read, or a line is no row.
    """
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    try:
                        yield from_json(json.loads(line))
                    except (ValueError, RecursionError) as error:  # JSON and UTF-8 that are none are ValueErrors
                        raise RowFileError(f"{file}, line {number}: no row: {error}") from error
    except (OSError, EOFError) as error:
        raise RowFileError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def hash_rows(rows: Iterable[Row]) -> str:
    """SHA-256 over the lines of `rows` in their order."""
    digest = hashlib.sha256()
    for line in write_rows(rows):
        digest.update(line.encode())
    return digest.hexdigest()


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or (not value.strip() and key != "answer"):
        raise ValueError(f"{key!r} is {'missing' if key not in body else 'not a text'}")
    return value


def _named(names: type[_Name], body: dict[str, Any], key: str) -> _Name | None:
    value = body.get(key)
    if value is None:
        return None
    if value not in list(names):
        raise ValueError(f"{key!r} is one of {', '.join(names)}, not {value!r}")
    return names(value)


def _last_message(messages: object) -> str:
    if not isinstance(messages, list) or not messages or not isinstance(messages[-1], dict):
        raise ValueError("it has neither 'completion' nor 'messages'")
    if messages[-1].get("role") != "assistant":
        raise ValueError("the last of its 'messages' is not the assistant's")
    return _text(messages[-1], "content")
