"""Holds an outcome against what the job wanted. Standard library only."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from solvers.types import (
    Answers,
    Diagnostic,
    ErrorClass,
    Job,
    Language,
    NoAnswer,
    Outcome,
    Part,
    Satisfiable,
    Substitution,
    Unknown,
    Unsatisfiable,
    Value,
    ValueKind,
    Wanted,
)

NUMBERS = frozenset({ValueKind.INTEGER, ValueKind.RATIONAL, ValueKind.FLOAT})
SHOWN = 120
"""Characters of a value that a message shows."""

# A child that a program took over says what it likes, and this runs in the service: `1e999999999` would be computed.
_NUMERAL = re.compile(r"-?[0-9]+(?:/[0-9]+|(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?)")


def judge(job: Job, outcome: Outcome) -> tuple[Diagnostic, ...]:
    """Say where `outcome` is not what `job` wanted.

    Returns:
        One `logical` diagnostic, or none: `Wanted.ANY` takes every outcome.
    """
    if job.wanted is Wanted.ANY:
        return ()
    match outcome:
        case NoAnswer():
            return _fault("The query has no answer: some goal in it fails. Check the facts and conditions it needs.")
        case Unsatisfiable(core):
            names = ", ".join(f"`{name}`" for name in core)
            which = f"The assertions {names} cannot all hold" if names else "The assertions cannot all hold"
            return _fault(
                f"{which}, so there is no model. Check them against the problem.", symbol=next(iter(core), None)
            )
        case Unknown(reason):
            return _fault(f"The solver did not decide: {reason}. State the problem in a simpler form.")
        case Answers(substitutions):
            return _judge_answers(job, substitutions)
        case Satisfiable():
            return _judge_value(job, outcome) if job.wanted is Wanted.NUMBER else ()


def answer_value(job: Job, outcome: Outcome) -> Value | None:
    """The value that answers `job`: of the first answer, or in the model. None if none, or several, could be it."""
    return _named_value(job, _values(outcome))


def is_number(value: Value) -> bool:
    return value.kind in NUMBERS


def number_of(value: Value) -> Fraction | None:
    """The exact number a value stands for; None if it is not a number, not a finite one, or too long to read."""
    if not is_number(value) or not _NUMERAL.fullmatch(value.text):
        return None
    try:
        return Fraction(value.text)
    except (ValueError, ZeroDivisionError):
        return None


def distinct(job: Job, substitutions: Sequence[Substitution]) -> tuple[Substitution, ...]:
    """The first of each set of answers that say the same about the wanted variable, or about all of them."""
    if len(substitutions) == 1:
        return tuple(substitutions)
    seen: dict[object, Substitution] = {}
    for substitution in substitutions:
        bindings = substitution.bindings
        if job.answer is not None and job.answer in bindings:
            bindings = {job.answer: bindings[job.answer]}
        key = (tuple((name, _sameness(value)) for name, value in sorted(bindings.items())), substitution.residual)
        seen.setdefault(key, substitution)
    return tuple(seen.values())


def _sameness(value: Value) -> object:
    """18 and 18.0 are one answer."""
    number = number_of(value)
    return (value.kind, value.text) if number is None else number


def _judge_answers(job: Job, substitutions: Sequence[Substitution]) -> tuple[Diagnostic, ...]:
    different = distinct(job, substitutions)
    if len(different) > 1:
        first, second = (_shown(job, each) for each in different[:2])
        return _fault(
            f"The query has several answers where one was asked: both {first} and {second} fit. "
            "Add the conditions of the problem that rule one out, or remove clauses that overlap.",
            symbol=job.answer,
        )
    if job.wanted is Wanted.NUMBER:
        return _judge_value(job, Answers(tuple(substitutions), exhausted=False))
    return ()


def _judge_value(job: Job, outcome: Outcome) -> tuple[Diagnostic, ...]:
    values = _values(outcome)
    name, what = _wanted_name(job, values), "variable" if job.program.language is Language.PROLOG else "term"
    if name is None and not values:
        wish = f"`{job.answer}`" if job.answer else "a number"
        return _fault(f"There is no value for {wish}: the query asks for no {what}.", symbol=job.answer)
    if name is None:
        names = ", ".join(f"`{each}`" for each in values)
        if job.answer is None:
            return _fault(f"It is not clear which {what} holds the answer: there are {names}. Ask for one.")
        return _fault(f"There is no value for `{job.answer}`; there are values for {names}.", symbol=job.answer)
    residual = outcome.substitutions[0].residual if isinstance(outcome, Answers) else ()
    reason = _not_a_number(name, values[name], residual)
    return _fault(reason, symbol=name) if reason else ()


def _not_a_number(name: str, value: Value, residual: Sequence[str]) -> str | None:
    text = _short(value.text)
    match value.kind:
        case ValueKind.INTEGER | ValueKind.RATIONAL:
            return None
        case ValueKind.FLOAT if number_of(value) is not None:
            return None
        case ValueKind.UNBOUND:
            return f"`{name}` has no value: no goal that the query reaches binds it. Compute it and bind it."
        case ValueKind.CONSTRAINED:
            left = ", ".join(f"`{_short(goal)}`" for goal in residual[:3]) or "constraints"
            return f"`{name}` has no single value: {left} is all that is known of it. Add what determines it."
        case ValueKind.EXPRESSION:
            return (
                f"`{name}` is the expression `{text}`, which nobody evaluated. "
                f"Use `is` or a constraint such as `{{{name} = ...}}`, not `=`, to compute it."
            )
        case ValueKind.ATOM:
            return f"`{name}` is the atom `{text}`, not a number."
        case ValueKind.STRING:
            return f'`{name}` is the text "{text}", not a number.'
        case ValueKind.BOOLEAN:
            return f"`{name}` is the truth value `{text}`, not a number."
        case _:
            return f"`{name}` is `{text}`, not a number."


def _values(outcome: Outcome) -> Mapping[str, Value]:
    match outcome:
        case Answers(substitutions) if substitutions:
            return substitutions[0].bindings
        case Satisfiable(model, values, objectives):
            return values or objectives or model
        case _:
            return {}


def _wanted_name(job: Job, values: Mapping[str, Value]) -> str | None:
    if job.answer is not None:
        return job.answer if job.answer in values else None
    return next(iter(values)) if len(values) == 1 else None


def _named_value(job: Job, values: Mapping[str, Value]) -> Value | None:
    name = _wanted_name(job, values)
    return None if name is None else values[name]


def _shown(job: Job, substitution: Substitution) -> str:
    bindings = substitution.bindings
    names = [job.answer] if job.answer is not None and job.answer in bindings else list(bindings)
    return "`" + ", ".join(f"{name} = {_short(bindings[name].text)}" for name in names) + "`"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _fault(message: str, symbol: str | None = None) -> tuple[Diagnostic, ...]:
    return (Diagnostic(ErrorClass.LOGICAL, message, symbol=symbol, part=Part.QUERY),)
