"""From which state an evaluation comes to which: all there is, as tables.

Who takes it makes of `queued` `in_progress`, and of what an owner left who was killed the same, but that `cancelling`
stays. What an owner does in between, `validating`, `in_progress` and `finalizing`, he says.
"""

from collections.abc import Mapping

from app.store.evaluation_types import ENDED, State, Wanted

OWNED = frozenset({State.VALIDATING, State.IN_PROGRESS, State.FINALIZING, State.CANCELLING})
"""Somebody works on it, or did until he was killed. In every other state nobody does."""

ASKED: Mapping[tuple[State, Wanted], State] = {
    (State.QUEUED, Wanted.RUN): State.QUEUED,
    (State.QUEUED, Wanted.PAUSE): State.PAUSED,
    (State.QUEUED, Wanted.CANCEL): State.CANCELLED,
    (State.PAUSED, Wanted.RUN): State.QUEUED,
    (State.PAUSED, Wanted.PAUSE): State.PAUSED,
    (State.PAUSED, Wanted.CANCEL): State.CANCELLED,
    (State.FAILED, Wanted.RUN): State.QUEUED,
    # The owner does the rest.
    **{(state, wanted): state for state in OWNED - {State.CANCELLING} for wanted in (Wanted.RUN, Wanted.PAUSE)},
    **{(state, Wanted.CANCEL): State.CANCELLING for state in OWNED},
}
"""Which state `ask` leaves at once; what is not here is refused."""

LEFT: Mapping[tuple[State, Wanted], State] = {
    (State.QUEUED, Wanted.PAUSE): State.PAUSED,
    (State.QUEUED, Wanted.CANCEL): State.CANCELLED,
    (State.PAUSED, Wanted.CANCEL): State.CANCELLED,
    (State.FAILED, Wanted.CANCEL): State.CANCELLED,
    # Asked to pause and then to go on, before the owner had stopped.
    (State.PAUSED, Wanted.RUN): State.QUEUED,
}
"""Where an owner leaves it otherwise than he says, because of what was asked of him since he last listened. One that
came to its end before it could be cancelled is complete."""

RELEASED = frozenset({State.QUEUED, State.PAUSED}) | ENDED
"""What an owner may leave it in."""

RETRIED = frozenset({State.QUEUED, State.PAUSED, State.COMPLETED, State.FAILED})
"""Where what errored can be taken out of the way."""


def refusal(evaluation_id: str, state: State, wanted: Wanted) -> str:
    verb = {Wanted.RUN: "resumed", Wanted.PAUSE: "paused", Wanted.CANCEL: "cancelled"}[wanted]
    hint = {
        State.COMPLETED: "; `retry-errored` solves what errored again",
        State.FAILED: "; it can be resumed",
        State.CANCELLING: "; it is about to stop for good",
        State.CANCELLED: "; begin a new one",
    }.get(state, "")
    return f"evaluation {evaluation_id} is {state} and cannot be {verb}{hint}"
