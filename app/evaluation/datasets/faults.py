"""What is wrong with a file of samples, by line: everything that is found, before anything runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.errors import QuodError

SHOWN = 20
"""Faults that `str` of a `DatasetError` shows; it says how many more there are."""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    Args:
        line: of the file, from 1; 0: it concerns the whole file.
    """

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class DatasetError(QuodError):
    """A dataset cannot be used as it is, and nothing of it is. `faults`: one for each faulty line, in their order."""

    def __init__(self, source: str, faults: Sequence[Fault]) -> None:
        self.source = source
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        shown = [f"- {fault}" for fault in self.faults[:SHOWN]]
        if more := len(self.faults) - len(shown):
            shown.append(f"- and {more} more")
        super().__init__(f"{source} cannot be used as a dataset:\n" + "\n".join(shown))


class RowFault(Exception):
    """Ends the reading of one row with what is wrong with it; never leaves this package."""


class NotASample(Exception):
    """Ends the reading of one row that the loader of a public set leaves out, with the reason; never leaves this
    package. `Dataset.left_out` tells of it."""
