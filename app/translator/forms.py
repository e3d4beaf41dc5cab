"""What the embedded translator can be asked for: the first token that it reads names it."""

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    ARITHMETIC = "<arithmetic>"
    """A problem; written is a prefix expression over its quantities: `expression`."""
    CLAUSE = "<clause>"
    """One sentence of a deduction, premise or question; written is `clauses` notation."""
    ORDERING = "<ordering>"
    """One sentence of an ordering puzzle; written is `ordering` notation."""
    RULE = "<rule>"
    """A concept in words, with its arguments; written is the expression that computes it. Training only."""
    ALIGN = "<align>"
    """A problem, `<program>` and an expression; written is `yes` or `no`. Training, and for ranking candidates."""


@dataclass(frozen=True, slots=True)
class Example:
    """One pair for the embedded translator, both sides as tokens; `source` does not hold its `form`.

    Args:
        group: where it comes from, such as `mawps` or `generated/elementary`; figures are kept by group.
    """

    form: Form
    source: tuple[str, ...]
    target: tuple[str, ...]
    group: str
