"""Moves all that one database holds into another, of either kind: everything, or nothing that anybody sees."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, MetaData, Table, Text, cast, func, select
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.errors import StoreError
from app.store.backends import insert_kept, keep_writers_out
from app.store.rows import ExactJson, ExactText, Row
from app.store.session import Database

_ROWS, _CHARACTERS = 1_000, 4_000_000
"""At most so many of each are in memory at once, beside the driver's own hundred rows."""
_FETCHED = 100

Hear = Callable[[str, int, int], None]
"""Is told the table, and of how many of its rows how many are done."""


@dataclass(frozen=True, slots=True)
class MovedTable:
    """`checksum`: of the rows in any order, 64 hexadecimal digits; the same in both databases."""

    name: str
    rows: int
    checksum: str


class NotMovedError(StoreError):
    """Nothing was moved: both databases hold what they held before."""


def move(source: Database, target: Database, hear: Hear = lambda *_: None) -> tuple[MovedTable, ...]:
    """Copy every row of `source` into `target`, in one transaction, and compare what came.

    Nobody can write to either meanwhile. The source stays as it is; what is written to it afterwards is not moved.

    Args:
        target: with nothing in it, or nothing but empty tables of ours; it is brought to the newest migration first.

    Raises:
        DatabaseVersionError: the source is at another migration than this version needs, or the target is not ours.
        NotMovedError: the two are the same, the target holds rows, or did not get what the source holds.
    """
    source.require_newest()
    target.upgrade()
    if source.identity() == target.identity():
        raise NotMovedError(f"source and target are the same: {source.name}")
    with source.writing() as session, target.migrating() as writer:
        reader = session.connection()
        tables = Row.metadata.sorted_tables
        with source.faults():
            keep_writers_out(reader, tables)
        keep_writers_out(writer, tables)
        _require_empty(target, writer, tables)
        return tuple(_move_table(source, reader, writer, table, hear) for table in tables)


def _require_empty(target: Database, writer: Connection, tables: Sequence[Table]) -> None:
    held = [table.name for table in tables if writer.execute(select(table).limit(1)).first() is not None]
    if held:
        raise NotMovedError(
            f"{target.name} holds rows already, in {', '.join(held)}: name a database with nothing in it. "
            "Nothing was moved."
        )


def _move_table(source: Database, reader: Connection, writer: Connection, table: Table, hear: Hear) -> MovedTable:
    with source.faults():
        total = reader.scalar(select(func.count()).select_from(table)) or 0
    hear(table.name, 0, total)
    given, got = _Checksum(), _Checksum()
    kept = _as_kept(table)
    for batch in _batches(source, reader, kept, given):
        insert_kept(writer, kept, batch)
        hear(table.name, given.rows, total)
    for row in _stream(writer, kept):
        got.add(row)
    if (got.rows, got.value) != (given.rows, given.value):
        raise NotMovedError(
            f"table {table.name}: {given.rows} rows went and {got.rows} came, or came otherwise. Nothing was moved. "
            "Please report this."
        )
    return MovedTable(table.name, given.rows, given.value)


class _JsonText(TypeDecorator[str]):
    """JSON as the text that is kept of it."""

    impl = Text
    cache_ok = True

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[str]:
        return cast(column, Text)


def _as_kept(table: Table) -> Table:
    """The table with its texts and JSON as databases keep them, which is the same in both: to make values of them, and
    texts again, would take longer than everything else.
    """

    def kept(type_: TypeEngine[Any]) -> TypeEngine[Any]:
        return _JsonText() if isinstance(type_, ExactJson) else Text() if isinstance(type_, ExactText) else type_

    return Table(
        table.name,
        MetaData(),
        *(Column(column.name, kept(column.type), primary_key=column.primary_key) for column in table.columns),
    )


class _Checksum:
    """The sum of the rows' SHA-256: two databases give rows back in different orders."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    @property
    def value(self) -> str:
        return f"{self._sum:064x}"

    def add(self, row: Mapping[str, Any]) -> int:
        """How many characters the row has."""
        # SQLite keeps a float that is a whole number as an integer, which has no negative zero.
        told = repr([value + 0.0 if isinstance(value, float) else value for value in row.values()])
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(told.encode()).digest())) % 2**256
        self.rows += 1
        return len(told)


def _batches(source: Database, reader: Connection, table: Table, given: _Checksum) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    characters = 0
    # What the source raises is told of the source; the caller is inside the target's transaction.
    with source.faults():
        for row in _stream(reader, table):
            batch.append(row)
            characters += given.add(row)
            if len(batch) == _ROWS or characters > _CHARACTERS:
                yield batch
                batch, characters = [], 0
    if batch:
        yield batch


def _stream(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    for row in connection.execute(select(table), execution_options={"yield_per": _FETCHED}).mappings():
        yield dict(row)
