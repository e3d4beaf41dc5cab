"""The rule by which trust is derived from evidence: one function, to be read whole (decision 9)."""

from dataclasses import dataclass

from app.reasoning.types import Trust, VerdictKind

TRUST_RULE = 3
"""Counts up when `trust_of` changes. Every trace names the rule that it was judged by."""

_RUNGS = tuple(Trust)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is known about a verdict. None: not known, or not asked; it never counts in favour.

    Args:
        unique: the answer is the only one. An entailment has no answer, and needs none.
        consistent: the premises do not contradict themselves.
        computed: the answer comes from quantities of the problem; it was not written down. None for entailments.
        certified: an independent checker confirmed every certificate that the verdict rests on, without assumptions.
        corroborated: a second formalisation, made without sight of the first, says the same.
        doubt: why whoever wrote the formalisation doubts that it says what the problem says; None: it said nothing.
    """

    verdict: VerdictKind
    unique: bool | None
    consistent: bool | None
    computed: bool | None
    certified: bool
    corroborated: bool | None
    doubt: str | None


def trust_of(grounds: Grounds) -> tuple[Trust | None, str]:
    """The trust that a verdict deserves, and in words what the next rung lacks. Each rung needs those below it."""
    match grounds.verdict:
        case VerdictKind.UNRESOLVED:
            return None, "nothing was concluded"
        case VerdictKind.INCONSISTENT:
            return Trust.EXECUTED, "the premises contradict themselves, and from those everything follows"
        case VerdictKind.ANSWERED:
            if grounds.unique is not True:
                return Trust.EXECUTED, "it is not shown that the answer is the only one"
            if grounds.computed is not True:
                return Trust.EXECUTED, "it is not shown that the answer is computed from quantities of the problem"
        case VerdictKind.PROVED | VerdictKind.REFUTED | VerdictKind.UNDETERMINED:
            pass
    if grounds.consistent is not True:
        return Trust.EXECUTED, "it is not shown that the premises are consistent"
    if grounds.doubt is not None:
        # A certificate of what may be another problem would look like more than it is.
        return Trust.DETERMINATE, grounds.doubt
    if not grounds.certified:
        return Trust.DETERMINATE, "no checker has confirmed all the evidence"
    if grounds.corroborated is not True:
        return Trust.CERTIFIED, "no second formalisation that was made without sight of the first agrees"
    return Trust.CORROBORATED, ""


def at_least(trust: Trust | None, wanted: Trust) -> bool:
    """Whether `trust` is the rung that is wanted, or a higher one."""
    return trust is not None and _RUNGS.index(trust) >= _RUNGS.index(wanted)
