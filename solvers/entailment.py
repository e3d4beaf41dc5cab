"""What follows from two questions: does the conclusion follow, and does its negation? Standard library only."""

from dataclasses import dataclass
from enum import StrEnum


class Entailment(StrEnum):
    PROVED = "proved"
    REFUTED = "refuted"
    UNDETERMINED = "undetermined"
    """Decided, both times: neither the conclusion nor its negation follows."""
    INCONSISTENT = "inconsistent"
    """The premises contradict themselves, so that everything follows. Never a proof."""
    UNRESOLVED = "unresolved"
    """One of the two questions was not decided."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A question that got no answer, and why: a time-out, a fault of the program, a solver that gave up."""

    reason: str


@dataclass(frozen=True, slots=True)
class EntailmentResult:
    """What is concluded, and on what that rests or why it is nothing."""

    entailment: Entailment
    reason: str


def decide(follows: bool | Undecided, negation_follows: bool | Undecided) -> EntailmentResult:
    """What two answers say together. A verdict needs both answers; anything else is `UNRESOLVED`."""
    match follows, negation_follows:
        case (Undecided(reason), _) | (_, Undecided(reason)):
            return EntailmentResult(Entailment.UNRESOLVED, reason)
        case True, True:
            return EntailmentResult(Entailment.INCONSISTENT, "the premises contradict themselves")
        case True, False:
            return EntailmentResult(Entailment.PROVED, "the conclusion follows, and its negation does not")
        case False, True:
            return EntailmentResult(Entailment.REFUTED, "the negation of the conclusion follows, and it does not")
        case _:
            return EntailmentResult(Entailment.UNDETERMINED, "neither the conclusion nor its negation follows")
