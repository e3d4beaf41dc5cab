"""Holds what a request asks for against what the operator allows."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Literal

from app.api.bodies import BudgetCreate, LimitsCreate
from app.errors import QuodError
from app.reasoning.types import Budget
from app.settings import Settings
from solvers.types import Limits


class AboveMaximumError(QuodError):
    """More was asked than this service allows. `places` are pairs of a JSON pointer and a sentence."""

    def __init__(self, places: Sequence[tuple[str, str]]) -> None:
        super().__init__(" ".join(f"{pointer}: {sentence}" for pointer, sentence in places))
        self.places = tuple(places)


class TooLongError(QuodError):
    """A text, or a list, is longer than this service takes."""

    def __init__(self, pointer: str, sentence: str) -> None:
        super().__init__(f"{pointer or 'the body'}: {sentence}")
        self.places = ((pointer, sentence),)


def choose_limits(asked: LimitsCreate | None, settings: Settings, pointer: str = "/limits") -> Limits:
    """The defaults, with what was asked for in their place.

    Raises:
        AboveMaximumError: with every limit that is too high, and its maximum.
    """
    given = asked.model_dump(exclude_none=True) if asked else {}
    maxima = asdict(settings.max_limits)
    _require_within(given, maxima, pointer, "LIMIT")
    return replace(settings.limits, **given)


def choose_budget(asked: BudgetCreate | None, settings: Settings, pointer: str = "/budget") -> Budget:
    """As `choose_limits`."""
    given = asked.model_dump(exclude_none=True) if asked else {}
    maxima = {
        "attempts": settings.budget_attempts_max,
        "tokens": settings.budget_tokens_max,
        "seconds": settings.budget_seconds_max,
    }
    _require_within(given, maxima, pointer, "BUDGET")
    budget = Budget(settings.budget_attempts, settings.budget_tokens, settings.budget_seconds)
    return replace(budget, **given)


def _require_within(given: dict[str, float], maxima: dict[str, float], pointer: str, group: str) -> None:
    places = [
        (f"{pointer}/{name}", f"{value} is above the maximum of {maxima[name]} (QUOD_{group}_{name.upper()}_MAX).")
        for name, value in given.items()
        if value > maxima[name]
    ]
    if places:
        raise AboveMaximumError(places)


def require_length(
    text: str | None, settings: Settings, name: Literal["max_problem_bytes", "max_program_bytes"], pointer: str
) -> None:
    """Raises TooLongError where `text` has more bytes of UTF-8 than the setting `name` allows."""
    maximum: int = getattr(settings, name)
    if text is not None and len(text) * 4 > maximum:
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > maximum:
            raise TooLongError(
                pointer, f"has {size} bytes; at most {maximum} are taken (QUOD_{name.upper()}). Shorten it."
            )


class TooBusyError(QuodError):
    """More work waits in the background than the operator allows."""

    def __init__(self, waiting: int) -> None:
        super().__init__(
            f"{waiting} problems are waiting already. Try again later, or without `Prefer: respond-async`."
        )


class NotReplayableError(QuodError):
    """A trace without a formalisation has no symbolic part."""

    def __init__(self, trace_id: str) -> None:
        super().__init__(f"no attempt of trace {trace_id} got as far as a program, so there is nothing to run again.")
