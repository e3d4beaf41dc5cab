"""Finds out on which numbers an answer depends: each number of the program is moved, and the program run again.

A number that a quantity of the problem explains stands for that quantity. Of the others, those that no table of
well-known constants holds are moved as well, because an answer that hangs on them was partly written down.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.reasoning.alternatives import needed_conditions
from app.reasoning.conclude import conclude
from app.reasoning.literals import LONGEST_PROGRAM, Literal, with_literals
from app.reasoning.quantities import Quantity
from app.reasoning.runs import question
from app.reasoning.texts import Texts
from app.reasoning.trials import Trials
from app.reasoning.types import Formalisation, Kind, Problem, RunName, World
from solvers.errors import SolverError
from solvers.types import Finished, Job, Limits, Run, Stopped, Unknown

LIMITS = Limits(wall_seconds=2.0, cpu_seconds=2.0, max_answers=2)
"""Enough for a run with a number moved: what takes longer is undecided, and says nothing against the answer."""

MOST_NUMBERS = 12
"""Numbers moved at most, of those that quantities explain, and again of those that nothing explains."""
_AT_ONCE = 4
_MOST_STOPPED = 4
"""Runs that a limit stopped, after which the others are not begun."""
_ROUNDED = Fraction(1, 10**9)
_NUMERAL = re.compile(r"-?[0-9]{1,300}(?:/0*[1-9][0-9]{0,300}|\.[0-9]{1,300}(?:[eE][+-]?[0-9]{1,3})?)?")


class Effect(StrEnum):
    """What becomes of the answer when a number is moved."""

    ANOTHER = "another"
    """Another answer, under one move at least."""
    NONE = "none"
    """No answer, or several, under each move."""
    SAME = "same"
    UNDECIDED = "undecided"
    """A limit stopped a run, so nothing is known."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the program, moved wherever it stands.

    Args:
        quantities: those of the problem that explain it; none for a number that nothing explains.
        is_answer: the answer is this number and goes wherever it goes.
        hidden: it stands between quotes, or as the code of a character.
    """

    value: Fraction
    places: int
    quantities: tuple[Quantity, ...]
    effect: Effect
    is_answer: bool
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """On what an answer depends.

    Args:
        moved: quantities whose moving changes the answer or leaves none.
        unmoved: quantities in the program on which the answer does not depend.
        undecided: quantities of which it is not known.
        absent: quantities that no number of the program stands for.
        numbers: what was moved, and what came of it.
        untried: numbers that quantities explain, left out because there are too many.
        untried_strange: the same of numbers that nothing explains.
        runs: how many it took, trials among them.
        conditions: of a puzzle in which no other quantity gives another answer: how many conditions single it out, as
            far as they were counted (`alternatives`). Else None.
    """

    moved: tuple[Quantity, ...]
    unmoved: tuple[Quantity, ...]
    undecided: tuple[Quantity, ...]
    absent: tuple[Quantity, ...]
    numbers: tuple[Number, ...]
    untried: int
    untried_strange: int
    runs: int
    conditions: int | None = None


async def sensitivity(
    problem: Problem,
    kind: Kind,
    formalisation: Formalisation,
    answer: str,
    solve: Callable[[Job], Awaitable[Run]],
    trials: Trials | None = None,
    texts: Texts | None = None,
) -> Sensitivity | None:
    """Move each number of a program that gave `answer`, and see what becomes of it.

    Args:
        answer: as the verdict states it.
        solve: runs a job; under `LIMITS`, or what is left of the time if that is less.
        trials: asked first, where there are any: what they answer needs no run of the engine.
        texts: of this problem and formalisation, if they are there already.

    Returns:
        None for an entailment, whose conclusion is no number, and for a program that is too long to examine.
    """
    if kind is Kind.ENTAILMENT or len(formalisation.program.text) + len(formalisation.query) > LONGEST_PROGRAM:
        return None
    texts = texts or Texts(problem, formalisation)
    given, known = texts.quantities, texts.known_numbers
    groups = _groups(texts)
    explained = [group for group in groups if group.quantities]
    strange = [group for group in groups if not group.quantities and not group.is_known(known)]
    chosen = explained[:MOST_NUMBERS] + strange[:MOST_NUMBERS]
    mover = _Mover(kind, formalisation, answer, solve, trials)
    numbers = tuple(await asyncio.gather(*(mover.number(group) for group in chosen)))
    effects: dict[Quantity, list[Effect]] = {}
    for number in numbers:
        for quantity in number.quantities:
            effects.setdefault(quantity, []).append(number.effect)
    left_out = {quantity for group in explained[MOST_NUMBERS:] for quantity in group.quantities} - effects.keys()
    verdicts = {quantity: _together(found) for quantity, found in effects.items()}

    def of(*effects: Effect) -> tuple[Quantity, ...]:
        return tuple(quantity for quantity in given if verdicts.get(quantity) in effects)

    conditions = None
    if kind is Kind.CONSTRAINT and not of(Effect.ANOTHER):
        conditions = await needed_conditions(kind, formalisation, answer, solve)
    return Sensitivity(
        moved=of(Effect.ANOTHER, Effect.NONE),
        unmoved=of(Effect.SAME),
        undecided=tuple(q for q in given if verdicts.get(q) is Effect.UNDECIDED or q in left_out),
        absent=tuple(q for q in given if q not in verdicts and q not in left_out),
        numbers=numbers,
        untried=len(explained[MOST_NUMBERS:]),
        untried_strange=len(strange[MOST_NUMBERS:]),
        runs=mover.runs,
        conditions=conditions,
    )


def _together(effects: Sequence[Effect]) -> Effect:
    """What several moves say together: the one that shows most counts."""
    order = (Effect.ANOTHER, Effect.NONE, Effect.UNDECIDED, Effect.SAME)
    return next(effect for effect in order if effect in effects)


# The numbers of a program


@dataclass(frozen=True, slots=True)
class _Group:
    value: Fraction
    literals: tuple[Literal, ...]
    quantities: tuple[Quantity, ...]

    def is_known(self, known: Collection[Fraction]) -> bool:
        """Whether it is a constant that anybody may use; one in quotes is hidden, and is not."""
        return self.value in known and not self.literals[0].quoted


def _groups(texts: Texts) -> list[_Group]:
    """The numbers of the program by value, in the order in which they first stand, with the quantities behind them.

    A number in quotes is no quantity: a program that reads one hides it.
    """
    by_value: dict[tuple[Fraction, bool], list[Literal]] = {}

    def quantities_of(literal: Literal) -> tuple[Quantity, ...]:
        return () if literal.quoted else tuple(texts.explained.get(abs(literal.value), ()))

    for literal in _as_meant(texts.literals, quantities_of, texts.known_numbers):
        by_value.setdefault((abs(literal.value), literal.quoted), []).append(literal)
    return [_Group(value, tuple(found), quantities_of(found[0])) for (value, _), found in by_value.items()]


def _as_meant(
    found: Sequence[Literal], quantities_of: Callable[[Literal], tuple[Quantity, ...]], known: Collection[Fraction]
) -> Iterator[Literal]:
    """Takes `15 / 10` for the 1.5 of the problem, and `18 / 3` for its 18 and its 3."""
    for literal in found:
        if not literal.halves:
            yield literal
            continue
        both = all(quantities_of(half) or abs(half.value) in known for half in literal.halves)
        if both or not quantities_of(literal):
            yield from literal.halves
        else:
            yield literal


def _moves(literal: Literal) -> Iterator[Fraction]:
    """Other values of the same sort: a whole number stays whole, a part of a whole stays one.

    The first two are tried of every number. The others are for programs in which only some numbers lead to an answer:
    forty-six coins can be worth 5 dollars where forty-seven cannot.
    """
    size, sign = abs(literal.value), 1 if literal.value >= 0 else -1
    if 0 < size < 1:
        yield sign * size / 2
        yield sign * (size + 1) / 2
    else:
        yield sign * (size + 1)
        yield sign * (2 * size + 3)
        for more in (2, 3, 6, size):
            yield sign * (size + more)


# Running


@dataclass(slots=True)
class _Mover:
    kind: Kind
    formalisation: Formalisation
    answer: str
    solve: Callable[[Job], Awaitable[Run]]
    trials: Trials | None
    runs: int = 0
    stopped: int = 0
    slots: asyncio.Semaphore = None  # type: ignore[assignment]  # made in the loop that uses it

    def __post_init__(self) -> None:
        self.slots = asyncio.Semaphore(_AT_ONCE)

    async def number(self, group: _Group) -> Number:
        effect, is_answer = await self._moved(group.literals, persistent=bool(group.quantities))
        if effect is Effect.SAME and len(group.literals) > 1 and len(group.quantities) > 1:
            # Two quantities of the same size: moved together they may cancel, as in a ratio.
            for literal in group.literals[:MOST_NUMBERS]:
                effect, _ = await self._moved((literal,), persistent=False)
                if effect is not Effect.SAME:
                    break
        return Number(group.value, len(group.literals), group.quantities, effect, is_answer, group.literals[0].quoted)

    async def _moved(self, found: Sequence[Literal], *, persistent: bool) -> tuple[Effect, bool]:
        """The effect of moving these together, and whether the answer goes where they go.

        A number that must move to another answer to count, as a quantity must but in a puzzle, gets more tries.
        """
        effects: list[Effect] = []
        goes_along = _is_size(self.answer, found[0].value)
        persistent = self.kind is not Kind.CONSTRAINT and persistent
        for tried, values in enumerate(zip(*(_moves(literal) for literal in found), strict=True)):
            if tried >= 2 and not (persistent and set(effects) == {Effect.NONE}):
                break
            effect, new = await self._effect(dict(zip(found, values, strict=True)))
            effects.append(effect)
            goes_along = goes_along and new is not None and _is_size(new, values[0])
            if effect is Effect.UNDECIDED or (effect is Effect.ANOTHER and not goes_along):
                break
        return _together(effects), goes_along

    async def _effect(self, values: Mapping[Literal, Fraction]) -> tuple[Effect, str | None]:
        try:
            async with self.slots:
                if self.stopped >= _MOST_STOPPED:
                    return Effect.UNDECIDED, None
                formalisation = with_literals(self.formalisation, values)
                self.runs += 1
                run = await self._run(question(formalisation, self.kind))
        except SolverError:
            return Effect.UNDECIDED, None
        if isinstance(run.ending, Stopped) or (
            isinstance(run.ending, Finished) and isinstance(run.ending.outcome, Unknown)
        ):
            self.stopped += 1
            return Effect.UNDECIDED, None
        verdict = conclude(self.kind, World.OPEN, formalisation, {RunName.QUERY: run}).verdict
        if verdict is None or verdict.answer is None:
            return Effect.NONE, None
        return (Effect.SAME if _is_same(verdict.answer, self.answer) else Effect.ANOTHER), verdict.answer

    async def _run(self, job: Job) -> Run:
        if self.trials is not None:
            await asyncio.sleep(0)  # who else waits has a turn between two trials
            if (run := self.trials.run(job, LIMITS.max_answers)) is not None:
                return run
        return await self.solve(job)


def _is_same(one: str, other: str) -> bool:
    """Whether two answers are one; floating-point numbers are rounded."""
    if one == other:
        return True
    left, right = _number(one), _number(other)
    if left is None or right is None:
        return False
    return abs(left - right) <= _ROUNDED * max(abs(left), abs(right)) if "." in one + other else left == right


def _is_size(answer: str, number: Fraction) -> bool:
    """Whether an answer is this number, whatever its sign: a program writes `-5` as the 5 and a minus."""
    value = _number(answer)
    return value is not None and abs(value) == abs(number)


def _number(text: str) -> Fraction | None:
    return Fraction(text) if _NUMERAL.fullmatch(text) else None
