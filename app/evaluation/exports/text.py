"""Texts as other programs can read them. What they cannot is spelt out; everything else is as it was recorded.

Half of a character (a lone surrogate) has no UTF-8, and most readers refuse a whole file for one: it is written as six
characters, `\\ud800`.
"""

import csv
import json
import re
from collections.abc import Iterable
from typing import Any

_HALVES = re.compile("[\ud800-\udfff]")
_FOR_JSON = re.compile("[\ud800-\udfff\x85\u2028\u2029]")
_FOR_CSV = re.compile("[\x00\ud800-\udfff]")
_PLAIN_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?", re.ASCII)
_FORMULA = re.compile("[\t\r\n]|[\\s\x01-\x1f\ufeff\u200b]*['=+\\-@\uff1d\uff0b\uff0d\uff20]")


def legible(text: str) -> str:
    """`text` as UTF-8 can hold it."""
    return _HALVES.sub(_spelt, text)


def json_text(value: Any, indent: int | None = None) -> str:
    """`value` as JSON that every reader takes, in one line unless indented.

    Raises:
        ValueError: a number of it is not finite.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    # Spelt out in JSON a half has one backslash more; the others are ends of a line to some readers of lines.
    return _FOR_JSON.sub(lambda found: ("\\" if _HALVES.match(found[0]) else "") + _spelt(found), text)


class _Line:
    def write(self, text: str) -> str:
        return text


def csv_line(cells: Iterable[str | int | float | None]) -> str:
    """One record as RFC 4180 has it, with its end; texts in quotes, no text empty.

    A NUL is spelt out too. What a spreadsheet would take for a formula begins with an apostrophe, and so does what
    begins with one: who reads the text takes one away.
    """
    texts = ("" if cell is None else safe_cell(cell) if isinstance(cell, str) else cell for cell in cells)
    line: str = csv.writer(_Line(), quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n").writerow(texts)
    return line


def safe_cell(text: str) -> str:
    """`text` as a cell that no spreadsheet computes. A number stays a number, a negative one too."""
    text = _FOR_CSV.sub(_spelt, text)
    return f"'{text}" if _FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text) else text


def _spelt(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
