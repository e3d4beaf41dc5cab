"""Answers small Prolog programs in this process, with the interpreter that certificates are checked with.

For the trial runs of `sensitivity`: each answer takes several, and most of a run is the making of a process.
What this interpreter cannot answer as the engine would, or not within a moment, it leaves to the engine. In CLP(R) an
answer may differ from the engine's in its last digits: it is computed exactly here, and rounded once.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.find import Finder
from solvers.checking.prolog.program import make_clause
from solvers.checking.prolog.rationals import Real
from solvers.checking.prolog.reader import Memory, read_program, read_query
from solvers.checking.prolog.terms import NIL, Atom, Term, Text, Var, deref
from solvers.logical import judge
from solvers.types import (
    Answers,
    Finished,
    Job,
    Language,
    Layers,
    NoAnswer,
    Run,
    Substitution,
    Usage,
    Value,
    ValueKind,
)

STEPS = 10_000
"""Of one trial. Recorded programs for word problems take 1,300 at most."""
SECONDS = 0.05
"""Of one trial; the event loop waits for it."""
_ALL_SECONDS = 0.2
_MOST_LEFT_OPEN = 2
_LONGEST = 20_000
"""Characters of a program."""
_NO_LAYERS = Layers(*[False] * len(fields(Layers)))


class Trials:
    """The trials of one program: together they have `_ALL_SECONDS`; it gives up after two that it cannot answer."""

    def __init__(self) -> None:
        self._seconds = _ALL_SECONDS
        self._left_open = 0
        self._memory = Memory()

    def run(self, job: Job, max_answers: int) -> Run | None:
        """What a run of `job` up to `max_answers` comes to; None: the engine must be asked. Raises nothing."""
        if self._seconds <= 0 or self._left_open >= _MOST_LEFT_OPEN or job.program.language is not Language.PROLOG:
            return None
        began = time.monotonic()
        try:
            ending = _ending(job, max_answers, self._memory, Budget(min(SECONDS, self._seconds), STEPS))
            return Run(ending, "", Usage(0.0, 0.0, 0.0), _NO_LAYERS)
        except Exception:  # noqa: BLE001  # mostly NotCheckableError; whatever it is, the engine knows
            self._left_open += 1
            return None
        finally:
            self._seconds -= time.monotonic() - began


def _ending(job: Job, max_answers: int, memory: Memory, budget: Budget) -> Finished:
    query = job.query or "true"
    if len(job.program.text) + len(query) > _LONGEST:
        raise NotCheckableError("the program is too long")
    database = read_program(job.program.text, budget, memory)
    if database.directives or database.tabled or "clpfd" in database.libraries:
        # How far the engine propagates over integers, and so what it leaves unsettled, is its own affair.
        raise NotCheckableError("a program whose answers may not be those of the engine")
    goal, names = read_query(query, database, budget)
    body = make_clause(Atom("query"), goal, 1, budget).body
    shown = {name: variable for name, variable in names.items() if not name.startswith("_")}
    found: list[Substitution] = []
    for _ in Finder(database, budget).answers(body, budget):
        found.append(Substitution(_values(shown, budget)))
        if len(found) == max_answers:
            break
    outcome = Answers(tuple(found), exhausted=len(found) < max_answers) if found else NoAnswer()
    return Finished(outcome, diagnostics=judge(job, outcome))


def _values(variables: Mapping[str, Var], budget: Budget) -> dict[str, Value]:
    return {name: _value(deref(variable), budget) for name, variable in variables.items()}


def _value(term: Term, budget: Budget) -> Value:
    """A constant as the engine writes it."""
    match term:
        case int():
            budget.size(term.bit_length())
            return Value(str(term), ValueKind.INTEGER)
        case Real() | float():
            text = repr(_float(term))
            if "e" not in text:
                return Value(text, ValueKind.FLOAT)
        case Fraction(numerator=above, denominator=below):
            budget.size(max(above.bit_length(), below.bit_length()))
            return Value(f"{above}/{below}", ValueKind.RATIONAL)
        case Atom(name) if term != NIL:
            return Value(name, ValueKind.ATOM)
        case Text(text):
            return Value(text, ValueKind.STRING)
    raise NotCheckableError("an answer that is not settled, or that the engine may write in another way")


def _float(number: Real | float) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise NotCheckableError("a number that is none")
    return value
