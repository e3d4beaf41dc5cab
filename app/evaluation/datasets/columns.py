"""Samples of any file of JSON lines or table, by saying which column holds what."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, TypeVar

from app.evaluation.datasets.faults import DatasetError, Fault, RowFault
from app.evaluation.datasets.fields import ABSENT, as_text, lookup, near
from app.evaluation.datasets.rows import Row
from app.evaluation.datasets.targets import guessed, lettered, option_texts
from app.problem import Kind, Problem, World
from app.store.evaluation_types import Answers, Sample
from solvers.types import Language

_Name = TypeVar("_Name", bound=StrEnum)
_DEFAULTS = {
    "problem": ("problem", "question", "input"),
    "target": ("target", "answer"),
    "id": ("id",),
    "kind": ("kind",),
    "language": ("language",),
    "world": ("world",),
    "options": ("options",),
    "answers": ("answers",),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what.

    Each is a name, or a path into nested JSON such as `meta.question` or `choices.0.text`; `=entailment` is no column
    but what every row has. None: the first that is there of

    - `problem`, `question`, `input`;
    - `target`, `answer`;
    - the column of the same name; a row without an `id` is called by its line.

    `options` is a list of texts, or a text that is JSON of one, or has `|` between the options; letters such as `A)`
    before all of them are taken off. Options that the text of the problem does not show are put behind it, each with
    its letter. `answers` says how answers are compared (`Answers`); without it: `option` where there are options,
    `verdict` where the kind is an entailment, else `number` where the target is one, `name` where the kind is a
    constraint, `verdict` where the target is one.
    """

    problem: str | None = None
    target: str | None = None
    id: str | None = None
    kind: str | None = None
    language: str | None = None
    world: str | None = None
    options: str | None = None
    answers: str | None = None


def columns_from(given: Mapping[str, str]) -> Columns:
    """A mapping as somebody wrote it, `{"problem": "q", ...}`.

    Raises:
        DatasetError: it maps what no sample has.
    """
    known = [field.name for field in fields(Columns)]
    faults = [Fault(0, f"a sample has no {name!r}: {near(name, known)}") for name in given if name not in known]
    faults += [Fault(0, f"no column is named for {name!r}") for name, column in given.items() if not column.strip("= ")]
    if faults:
        raise DatasetError("the mapping of columns", faults)
    return Columns(**given)


class ColumnReader:
    """Reads the rows of one file; the first one shows whether the columns are there."""

    def __init__(self, columns: Columns, source: str) -> None:
        self._named_columns = {
            name: defaults if (given := getattr(columns, name)) is None else (given,)
            for name, defaults in _DEFAULTS.items()
        }
        self._given = {name for name in _DEFAULTS if getattr(columns, name) is not None}
        self._source = source
        self._looked = False

    def __call__(self, row: Row) -> Iterator[Sample]:
        """
        Raises:
            DatasetError: at the first row, if a column is not there.
            RowFault: what is wrong with a row.
        """
        if not self._looked:
            self._look(row)
        yield self._sample(row)

    def _look(self, row: Row) -> None:
        self._looked = True
        faults = []
        for name, columns in self._named_columns.items():
            if (name in self._given or name in ("problem", "target")) and self._value(row, name) is ABSENT:
                expected = " or ".join(map(repr, columns))
                faults.append(f"there is no column {expected} for the {name}: {near(columns[0], row.fields)}")
        if faults:
            raise DatasetError(self._source, [Fault(row.line, "; ".join(faults))])

    def _sample(self, row: Row) -> Sample:
        options = self._options(row)
        kind = self._named(row, "kind", Kind)
        target = self._needed(row, "target")
        sample = Sample(
            id=self._id(row),
            problem=Problem(
                _with_options(self._needed(row, "problem"), options),
                kind,
                self._named(row, "language", Language),
                self._named(row, "world", World) or World.OPEN,
            ),
            target=target,
            options=options,
        )
        return replace(sample, answers=self._named(row, "answers", Answers) or _compared(kind, target, options))

    def _id(self, row: Row) -> str:
        if "id" not in self._given and self._value(row, "id") is ABSENT:
            return str(row.line)
        return self._needed(row, "id").strip()

    def _value(self, row: Row, name: str) -> Any:
        for column in self._named_columns[name]:
            found = column[1:] if column.startswith("=") else lookup(row.fields, column)
            if found is not ABSENT:
                return found
        return ABSENT

    def _needed(self, row: Row, name: str) -> str:
        value = self._value(row, name)
        if isinstance(value, dict | list) and name == "target":
            value = json.dumps(value, ensure_ascii=False)
        found = as_text(value, name)
        if found is None:
            raise RowFault(f"the {name} is missing or empty")
        return found

    def _named(self, row: Row, name: str, known: type[_Name]) -> _Name | None:
        value = as_text(self._value(row, name), name)
        if value is None:
            return None
        try:
            return known(value.strip().lower())
        except ValueError:
            raise RowFault(f"the {name} is {value.strip()!r}: {near(value.strip(), list(known))}") from None

    def _options(self, row: Row) -> tuple[str, ...]:
        value = self._value(row, "options")
        if isinstance(value, str) and value.strip():
            value = _parsed_options(value.strip())
        elif isinstance(value, str) or value is ABSENT or value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(option, str) and option.strip() for option in value):
            raise RowFault("the options are no list of texts")
        return option_texts(value)


def _parsed_options(written: str) -> Any:
    if not written.startswith("["):
        return written.split("|")
    try:
        return json.loads(written, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise RowFault("the options begin with [ and are no JSON") from None


def _with_options(text: str, options: tuple[str, ...]) -> str:
    return text if all(option in text for option in options) else "\n".join([text, *lettered(options)])


def _compared(kind: Kind | None, target: str, options: tuple[str, ...]) -> Answers:
    if options:
        return Answers.OPTION
    if kind is Kind.ENTAILMENT:
        return Answers.VERDICT
    if kind is not None and kind is not Kind.CONSTRAINT:
        return Answers.NUMBER
    try:
        found = guessed(target)
    except RowFault:
        if kind is Kind.CONSTRAINT:
            return Answers.NAME
        raise
    return Answers.NAME if kind is Kind.CONSTRAINT and found is Answers.VERDICT else found
