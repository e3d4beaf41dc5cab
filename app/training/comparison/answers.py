"""What becomes of each problem of a test set: the first expression, what refused it, and what the repairs came to.

The first attempt is the likeliest token after another, held to no grammar, so that it can go wrong in every way. It is
refused by the engine, if it has no value, or by the evidence, if its value is none that the problem can have; the right
answer is known to neither. The next attempt is the likeliest candidate of the beam that was not tried yet.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.training.comparison.sets import Asked
from app.training.rows import ArithmeticProblem
from app.translator.expression import Expression, ExpressionError, canonical, evaluate, parse, slots
from app.translator.masking import Masked, TooManyError, mask
from app.translator.sense import is_sensible
from app.translator.vocabulary import Vocabulary

ATTEMPTS = 3
"""The first included, as everywhere in Quod."""
BEAMS = 6
_TOLERANCE = Fraction(1, 10**6)
"""Relative: answers of data sets are rounded."""
_NO_QUANTITY = "n999"
_WORD = re.compile(r"w\d+")


class Outcome(StrEnum):
    """Of an attempt."""

    RIGHT = "right"
    LOGICAL = "logical"
    """It has a value, and that is not the answer."""
    EVALUATION = "evaluation"
    """It has no value: division by zero, or beyond all bounds."""
    EXISTENCE = "existence"
    """It names what is no quantity of the problem."""
    SYNTAX = "syntax"
    """It is no expression."""
    UNREAD = "unread"
    """There is no attempt: the problem has more numbers, names or unknown words than there are place-holders."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a problem.

    Args:
        first: of the first attempt; `refused`: by the engine or the evidence.
        last: of the last attempt, which is the first one if that was not refused; `given`: it was not refused, so that
            it is the answer.
    """

    first: Outcome
    refused: bool
    last: Outcome
    given: bool
    attempts: int

    @property
    def right_at_first(self) -> bool:
        return self.first is Outcome.RIGHT

    @property
    def right_at_last(self) -> bool:
        return self.given and self.last is Outcome.RIGHT


Sources = Sequence[Sequence[str]]
Write = Callable[[Sources], Sequence[Sequence[str]]]
"""The first attempt for each masked text."""
Beam = Callable[[Sources], Sequence[Sequence[Sequence[str]]]]
"""The candidates for each, the likeliest first."""
Confirm = Callable[[Sequence[ArithmeticProblem]], Collection[ArithmeticProblem]]
"""Those whose expression has their answer for its value, as an engine computes it: `app.training.bulk.right_ones`."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    expression: Expression | None
    value: Fraction | None
    fault: Outcome | None


def answer_all(
    problems: Sequence[Asked], vocabulary: Vocabulary, write: Write, beam: Beam, confirm: Confirm
) -> list[Answered]:
    """Each problem with up to `ATTEMPTS` attempts."""
    masked = [_masked(problem.text, vocabulary) for problem in problems]
    readable = {place: each for place, each in enumerate(masked) if each is not None}
    written = write([each.tokens for each in readable.values()])
    attempts = {
        place: [_attempt(tokens, each)] for (place, each), tokens in zip(readable.items(), written, strict=True)
    }
    confirmed = _confirmed(problems, attempts, confirm)
    refused = [place for place in readable if not _is_supported(confirmed[place][0], readable[place])]
    repairs: dict[int, list[_Attempt]] = {}
    for place, candidates in zip(refused, beam([readable[place].tokens for place in refused]), strict=True):
        repairs[place] = _repairs(attempts[place][0], [_attempt(tokens, readable[place]) for tokens in candidates])
    repaired = _confirmed(problems, repairs, confirm)
    answered = []
    for place, problem in enumerate(problems):
        if place not in readable:
            answered.append(Answered(Outcome.UNREAD, True, Outcome.UNREAD, False, 0))
        else:
            tried = [*confirmed[place], *repaired.get(place, ())]
            answered.append(_answered(tried, readable[place], problem.answer))
    return answered


def _masked(text: str, vocabulary: Vocabulary) -> Masked | None:
    try:
        return mask(text, vocabulary.known)
    except TooManyError:
        return None


def _attempt(tokens: Sequence[str], masked: Masked) -> _Attempt:
    try:
        # A word may be written too, by a translator that knows other notations: it stands where a quantity should.
        expression = parse([_NO_QUANTITY if _WORD.fullmatch(token) else token for token in tokens])
    except ExpressionError:
        return _Attempt(None, None, Outcome.SYNTAX)
    values = [quantity.value for quantity in masked.numbers]
    if max(slots(expression), default=-1) >= len(values):
        return _Attempt(expression, None, Outcome.EXISTENCE)
    try:
        return _Attempt(expression, evaluate(expression, values), None)
    except ExpressionError:
        return _Attempt(expression, None, Outcome.EVALUATION)


def _confirmed(
    problems: Sequence[Asked], attempts: dict[int, list[_Attempt]], confirm: Confirm
) -> dict[int, list[_Attempt]]:
    """The attempts, without the values that the engine does not compute as well."""
    claims = {
        (place, number): ArithmeticProblem(
            problems[place].text, attempt.expression, attempt.value, "comparison", f"{place}/{number}"
        )
        for place, made in attempts.items()
        for number, attempt in enumerate(made)
        if attempt.expression is not None and attempt.value is not None
    }
    kept = {claim.id for claim in confirm(list(claims.values()))}
    return {
        place: [
            _Attempt(attempt.expression, None, Outcome.EVALUATION)
            if (place, number) in claims and claims[place, number].id not in kept
            else attempt
            for number, attempt in enumerate(made)
        ]
        for place, made in attempts.items()
    }


def _is_supported(attempt: _Attempt, masked: Masked) -> bool:
    """Whether neither the engine nor the evidence speaks against it: a value, computed from the problem's quantities,
    and of a kind that the problem can have.
    """
    if attempt.expression is None or attempt.value is None:
        return False
    return bool(slots(attempt.expression)) and is_sensible(
        attempt.value, [quantity.value for quantity in masked.numbers]
    )


def _repairs(first: _Attempt, candidates: Sequence[_Attempt]) -> list[_Attempt]:
    """Those that are tried one after another; what computes the same as one before is not tried again."""
    known = {canonical(first.expression)} if first.expression is not None else set()
    chosen: list[_Attempt] = []
    for candidate in candidates:
        if candidate.expression is not None:
            if canonical(candidate.expression) in known:
                continue
            known.add(canonical(candidate.expression))
        chosen.append(candidate)
    return chosen[: ATTEMPTS - 1]


def _answered(tried: Sequence[_Attempt], masked: Masked, wanted: Fraction) -> Answered:
    made = next((number for number, each in enumerate(tried, 1) if _is_supported(each, masked)), None)
    attempts = len(tried) if made is None else made
    return Answered(
        first=_outcome(tried[0], wanted),
        refused=made != 1,
        last=_outcome(tried[attempts - 1], wanted),
        given=made is not None,
        attempts=attempts,
    )


def _outcome(attempt: _Attempt, wanted: Fraction) -> Outcome:
    if attempt.fault is not None or attempt.value is None:
        return attempt.fault or Outcome.EVALUATION
    near = abs(attempt.value - wanted) <= _TOLERANCE * max(abs(attempt.value), abs(wanted))
    return Outcome.RIGHT if near else Outcome.LOGICAL
