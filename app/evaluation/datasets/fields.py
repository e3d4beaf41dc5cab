"""What stands in the fields of a row, each as the text or texts that it has to be."""

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from app.evaluation.datasets.faults import RowFault

ABSENT = object()


def lookup(fields: Mapping[str, Any], path: str) -> Any:
    """What stands at `path`: a name, or names and places of lists with dots between them; `ABSENT`: nothing does."""
    if path in fields:
        return fields[path]
    found: Any = fields
    for part in path.split("."):
        if isinstance(found, Mapping) and part in found:
            found = found[part]
        elif isinstance(found, list) and part.isascii() and part.isdigit() and int(part[:9]) < len(found):
            found = found[int(part[:9])]
        else:
            return ABSENT
    return found


def text(fields: Mapping[str, Any], path: str) -> str:
    """The text, or number as it is written, at `path`.

    Raises:
        RowFault: there is none, or it is empty.
    """
    found = as_text(lookup(fields, path), path)
    if found is None:
        raise RowFault(f"{path!r} is missing or empty")
    return found


def as_text(value: Any, path: str) -> str | None:
    """None: nothing, or nothing but blanks."""
    if value is ABSENT or value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise RowFault(f"{path!r} is neither a text nor a number")
    return value if value.strip() else None


def texts(fields: Mapping[str, Any], path: str) -> list[str]:
    """The list of texts at `path`.

    Raises:
        RowFault: there is none.
    """
    found = lookup(fields, path)
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found) or not found:
        raise RowFault(f"{path!r} is no list of texts")
    return found


def near(name: str, known: Collection[str]) -> str:
    """What somebody who wrote `name` may have meant, in words; the rest of a sentence."""
    names = sorted(map(str, known))
    if found := difflib.get_close_matches(name, names, n=3, cutoff=0.5):
        return f"did you mean {' or '.join(map(repr, found))}?"
    return f"there are {', '.join(map(repr, names))}" if names else "there are none"
