"""Decides whether an answer was computed from the quantities of the problem, or written down in the program.

It looks at what moving the numbers of the program did (`sensitivity`), and, where a puzzle needs no number, at how the
program comes to the value of its answer. Not covered: a quantity that is used, but for something else than it means.
"""

from dataclasses import dataclass
from fractions import Fraction

from app.reasoning.alternatives import NEEDED
from app.reasoning.assigned import assigned
from app.reasoning.sensitivity import Effect, Number, Sensitivity
from app.reasoning.types import Formalisation, Kind, Problem

_SHOWN = 4
_PUZZLES = frozenset({Kind.CONSTRAINT, Kind.OPTIMISATION})


@dataclass(frozen=True, slots=True)
class Computed:
    """Whether the answer was computed.

    Args:
        result: False: at least in part it was written down, and trust is `executed` at most. None: it cannot be said.
        reasons: what speaks for the result, the weightiest first; then what else a reader should know.
    """

    result: bool | None
    reasons: tuple[str, ...]


def computed(
    problem: Problem, kind: Kind, formalisation: Formalisation, answer: str | None, sensitivity: Sensitivity | None
) -> Computed:
    """Whether the program computes `answer` from quantities of the problem.

    False where the program assigns the answer as it stands (puzzles), holds it as a number that the problem does not
    give, or hides a number in text; where the answer is one quantity of the problem as it stands; where none but 0 and
    1 changes it (arithmetic), or none at all; where as many numbers that nothing explains decide it as
    quantities do (arithmetic). What changes the answer must lead to another one: a condition under which a constant is
    the answer leads to none. True asks for evidence: another quantity with another answer, or, of a puzzle, conditions
    that single its answer out.
    """
    if kind is Kind.ENTAILMENT or answer is None:
        return Computed(
            None, ("a conclusion is asked for, and a verdict on it is not a value that could be written down",)
        )
    if kind in _PUZZLES and (how := assigned(formalisation)):
        return Computed(False, (f"the program states the answer {answer} as it stands: {how}",))
    if sensitivity is None:
        return Computed(None, ("on which numbers the answer depends was not examined",))
    if reasons := _written_down(kind, answer, sensitivity):
        return Computed(False, reasons)
    moving = _with(sensitivity, Effect.ANOTHER, explained=True)
    if moving and kind is Kind.ARITHMETIC and (why := _may_be_written_down(sensitivity, len(moving))):
        return Computed(None, (why,))
    if moving:
        moving += _with(sensitivity, Effect.NONE, explained=True)
        strange = () if kind is Kind.CONSTRAINT else _with(sensitivity, Effect.ANOTHER, explained=False)
        notes = (f"nothing in the problem explains {_values(strange)}, on which the answer depends",) if strange else ()
        return Computed(True, (f"the answer depends on {_values(moving)} of the problem", *notes))
    if sensitivity.conditions is not None and sensitivity.conditions >= NEEDED:
        return Computed(True, ("the conditions of the puzzle single the answer out from among others",))
    if not _is_decided(sensitivity):
        why = "no quantity is known to change the answer, and some runs with one moved were stopped, or left out"
    else:
        why = "no other quantity gives another answer, and no two conditions were found that single this one out"
    return Computed(None, (why,))


def _written_down(kind: Kind, answer: str, found: Sensitivity) -> tuple[str, ...]:
    moving = _with(found, Effect.ANOTHER, explained=True)
    strange = _with(found, Effect.ANOTHER, explained=False)
    if stated := [number for number in strange if number.is_answer]:
        return (f"the program holds the answer {answer}, which the problem does not give", *_further(stated, strange))
    if hidden := tuple(number for number in strange if number.hidden):
        return (f"the program hides {_values(hidden)} in text, and the answer depends on it",)
    telling = tuple(number for number in moving if number.value not in (0, 1))  # the 0 of `42 + 0 * A` tells nothing
    if len(telling) == 1 and telling[0].is_answer and not strange and kind is not Kind.CONSTRAINT:
        return (f"the answer is the {_values(telling)} of the problem as it stands: nothing is computed",)
    if moving and not telling and kind is Kind.ARITHMETIC and _is_decided(found):
        return (f"of the quantities of the problem only {_values(moving)}, which any program may hold, changes it",)
    if not moving and _is_decided(found):
        if kind is Kind.CONSTRAINT:
            return ()
        return _no_quantity(found, strange)
    if strange and len(strange) >= len(moving) and kind is Kind.ARITHMETIC and _is_decided(found):
        few = _values(moving) or "no quantity"
        return (
            f"the answer depends on {_values(strange)}, which nothing in the problem explains, and of its quantities "
            f"on {few} only",
        )
    return ()


def _may_be_written_down(found: Sensitivity, moving: int) -> str | None:
    """Why it is not known whether numbers that nothing explains decide the answer."""
    if found.untried_strange:
        return f"too many numbers of the program are explained by nothing to try {found.untried_strange} of them"
    strange = [number for number in found.numbers if not number.quantities]
    moved = sum(number.effect in (Effect.ANOTHER, Effect.UNDECIDED) for number in strange)
    if moved >= moving:
        return "runs with a number moved were stopped, and numbers that nothing explains may decide the answer"
    return None


def _no_quantity(found: Sensitivity, strange: tuple[Number, ...]) -> tuple[str, ...]:
    if none := _with(found, Effect.NONE, explained=True):
        reason = f"no other {_values(none)} gives another answer, but none at all: they are checked, not computed with"
    elif tried := tuple(number for number in found.numbers if number.quantities):
        reason = f"the answer does not depend on {_values(tried)}: no quantity of the problem changes it"
    elif found.absent:
        reason = "no number of the program stands for a quantity of the problem"
    else:
        reason = "the problem gives no quantity that the answer could depend on"
    if strange:
        reason += f"; it depends on {_values(strange)}, which nothing in the problem explains"
    return (reason,)


def _further(stated: list[Number], strange: tuple[Number, ...]) -> tuple[str, ...]:
    others = tuple(number for number in strange if number not in stated)
    return (f"nor does it explain {_values(others)}",) if others else ()


def _is_decided(found: Sensitivity) -> bool:
    """Whether every quantity in the program was moved, and the runs came to an end."""
    return not found.undecided


def _with(found: Sensitivity, effect: Effect, *, explained: bool) -> tuple[Number, ...]:
    return tuple(number for number in found.numbers if number.effect is effect and bool(number.quantities) is explained)


def _values(numbers: tuple[Number, ...]) -> str:
    """The numbers in words: `16, 3 and 4`."""
    shown = [_shown(number.value) for number in numbers[:_SHOWN]]
    if len(numbers) > _SHOWN:
        shown.append(f"{len(numbers) - _SHOWN} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def _shown(value: Fraction) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
