"""Reads the rows of a file: JSON lines, a list of JSON objects, or a table with a header; each with its line.

Covered: UTF-8 with and without a byte order mark, gzip whatever the file is called, line feeds with and without
carriage returns, quoted cells over several lines. Numbers come as they are written, as texts, so that none is rounded.
Not covered: other encodings; they are faults.
"""

import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from app.evaluation.datasets.faults import Fault

MOST_BYTES = 1_000_000_000
"""Of a file, unpacked."""
MOST_LINE_BYTES = 4_000_000
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_AT_ONCE = 1_000_000
_BLANK = re.compile(r"[ \t\r\n]*")


class Shape(StrEnum):
    JSONL = "jsonl"
    """A JSON object a line."""
    JSON = "json"
    """A list of JSON objects; a file that does not begin with `[` is read as JSON lines."""
    CSV = "csv"
    TSV = "tsv"


@dataclass(frozen=True, slots=True)
class Row:
    """
    Args:
        line: where it begins in its file, from 1.
        number: counts the rows, from 1.
    """

    line: int
    number: int
    fields: Mapping[str, Any]


class UnreadableError(Exception):
    """The file as a whole cannot be read; never leaves this package."""


def shape_of(name: str) -> Shape | None:
    """By the end of a file's name, `.gz` or not; None: another one."""
    suffix = Path(name.lower().removesuffix(".gz")).suffix.removeprefix(".")
    return {"ndjson": Shape.JSONL}.get(suffix) or (Shape(suffix) if suffix in list(Shape) else None)


def read_rows(stream: BinaryIO, shape: Shape, faults: list[Fault]) -> Iterator[Row]:
    """The rows that can be read, in order; what cannot is added to `faults`. Blank lines are passed over.

    Args:
        stream: seekable, at its beginning; not closed.

    Raises:
        UnreadableError: the rest of the file cannot be read: it is damaged, or too long.
    """
    longest = MOST_BYTES if shape is Shape.JSON else MOST_LINE_BYTES
    lines = _lines(_unpacked(stream), longest, faults)
    match shape:
        case Shape.JSONL:
            return _json_lines(lines, faults)
        case Shape.JSON:
            return _json(lines, faults)
        case Shape.CSV | Shape.TSV:
            return _table(lines, "," if shape is Shape.CSV else "\t", faults)


def _unpacked(stream: BinaryIO) -> BinaryIO | gzip.GzipFile:
    packed = stream.read(len(_GZIP)) == _GZIP
    stream.seek(0)
    return gzip.GzipFile(fileobj=stream) if packed else stream


def _lines(stream: BinaryIO | gzip.GzipFile, longest: int, faults: list[Fault]) -> Iterator[tuple[int, str]]:
    """Each line with its number. One that is not UTF-8 is a fault, and comes with what could be read of it."""
    read = number = 0
    try:
        while line := stream.readline(longest + 1):
            number += 1
            if len(line) > longest:
                faults.append(Fault(number, f"it is longer than {longest:,} bytes"))
                while line and not line.endswith(b"\n"):
                    read += len(line)
                    line = stream.readline(longest)
                line = b""
            if (read := read + len(line)) > MOST_BYTES:
                raise UnreadableError(f"it is longer than {MOST_BYTES:,} bytes")
            if number == 1:
                line = line.removeprefix(_BOM)
            try:
                yield number, line.decode("utf-8")
            except UnicodeDecodeError as error:
                faults.append(Fault(number, f"it is not UTF-8: byte {line[error.start]:#04x} at {error.start + 1}"))
                yield number, line.decode("utf-8", errors="replace")
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableError(f"it cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _json_lines(lines: Iterator[tuple[int, str]], faults: list[Fault]) -> Iterator[Row]:
    decoder = _decoder()
    count = 0
    for number, line in lines:
        if line.strip():
            count += 1
            try:
                value = decoder.decode(line)
            except (ValueError, RecursionError) as error:
                faults.append(Fault(number, f"it is not JSON: {error}"))
                continue
            if isinstance(value, dict):
                yield Row(number, count, value)
            else:
                faults.append(Fault(number, "it is not a JSON object"))


def _json(lines: Iterator[tuple[int, str]], faults: list[Fault]) -> Iterator[Row]:
    first = next((line for line in lines if line[1].strip()), None)
    if first is None:
        return iter(())
    whole = chain([first], lines)
    return _json_list(whole, faults) if first[1].lstrip().startswith("[") else _json_lines(whole, faults)


def _json_list(lines: Iterator[tuple[int, str]], faults: list[Fault]) -> Iterator[Row]:
    """Entry by entry: no more of the file is held than the longest entry, or `_AT_ONCE`, or a line."""
    text = _Text(lines)
    text.skip()
    text.take(1)
    decoder = _decoder()
    count = 0
    if text.skip() == "]":
        text.take(1)
    else:
        while True:
            count += 1
            line = text.line
            try:
                value = text.decode(decoder)
            except (ValueError, RecursionError) as error:
                faults.append(Fault(text.line_at(error), f"entry {count} is not JSON: {error}"))
                return
            if isinstance(value, dict):
                yield Row(line, count, value)
            else:
                faults.append(Fault(line, f"entry {count} is not a JSON object"))
            behind = text.skip()
            text.take(1)
            if behind == "]":
                break
            if behind != ",":
                faults.append(
                    Fault(text.line, f"behind entry {count} there is neither a comma nor the end of the list")
                )
                return
            text.skip()
    if text.skip():
        faults.append(Fault(text.line, "there is something behind the end of the list"))


class _Text:
    """What has been read of a file and not been taken yet."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self._held = ""
        self._place = 0
        self.line = 0
        """Where the next character stands."""

    def skip(self) -> str:
        """The next character that is not blank, left where it is; empty at the end."""
        while True:
            rest = _BLANK.match(self._held, self._place)
            assert rest is not None
            self.take(rest.end() - self._place)
            if self._place < len(self._held):
                return self._held[self._place]
            if not self._more():
                return ""

    def take(self, characters: int) -> None:
        self.line += self._held.count("\n", self._place, self._place + characters)
        self._place += characters

    def decode(self, decoder: json.JSONDecoder) -> Any:
        """Take the next value of JSON."""
        while True:
            try:
                value, end = decoder.raw_decode(self._held, self._place)
            except (json.JSONDecodeError, RecursionError):
                if not self._more():
                    raise
                continue
            # A number may go on in what has not been read.
            if end < len(self._held) or not self._more():
                self.take(end - self._place)
                return value

    def line_at(self, error: Exception) -> int:
        """The line of a fault of `decode`."""
        if not isinstance(error, json.JSONDecodeError):
            return self.line
        return self.line + self._held.count("\n", self._place, error.pos)

    def _more(self) -> bool:
        """Read as much again as is held; False: there is no more."""
        pieces = [self._held[self._place :]]
        wanted = max(_AT_ONCE, len(pieces[0]))
        for number, line in self._lines:
            self.line = self.line or number
            pieces.append(line)
            wanted -= len(line)
            if wanted <= 0:
                break
        if len(pieces) == 1:
            return False
        self._held, self._place = "".join(pieces), 0
        return True


def _table(lines: Iterator[tuple[int, str]], delimiter: str, faults: list[Fault]) -> Iterator[Row]:
    table = csv.reader((line for _, line in lines), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    count = 0
    while True:
        began = table.line_num + 1
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error as error:
            faults.append(Fault(began, f"it is no row of a table: {error}"))
            if header is None:
                return
            continue
        if not cells:
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
            if twice := {name for name in header if name and header.count(name) > 1}:
                faults.append(Fault(began, f"the header names {', '.join(map(repr, sorted(twice)))} twice"))
                return
            continue
        count += 1
        if len(cells) == len(header):
            yield Row(began, count, dict(zip(header, cells, strict=True)))
        else:
            faults.append(Fault(began, f"it has {len(cells)} cells, and the header {len(header)}"))


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_float=str, parse_int=str)
