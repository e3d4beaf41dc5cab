"""Concludes from the runs of an attempt, or says why nothing is concluded. Fails closed: a verdict needs positive
evidence.

An answer is concluded from a run that finished with exactly one answer of the kind that was asked for. An entailment
is concluded from the table of `solvers.entailment`, in both languages. What a program printed is never looked at.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from app.reasoning.extract import prolog_code
from app.reasoning.runs import answer_values, question
from app.reasoning.types import (
    Formalisation,
    Kind,
    RunName,
    Trust,
    Verdict,
    VerdictKind,
    World,
)
from solvers.entailment import Entailment, Undecided, decide
from solvers.logical import distinct, is_number
from solvers.smt.entailment import is_contradiction
from solvers.types import (
    Answers,
    Diagnostic,
    ErrorClass,
    Finished,
    Language,
    NoAnswer,
    Outcome,
    Part,
    Rejected,
    Run,
    Satisfiable,
    Stopped,
    Substitution,
    Unknown,
    Unsatisfiable,
    Value,
    ValueKind,
)

QUESTIONS_OF_OURS = frozenset({RunName.UNIQUENESS, RunName.OPTIMALITY})
"""Runs about an answer that is there already: that they fail says nothing against the program."""

_NOT_A_VALUE = frozenset({ValueKind.UNBOUND, ValueKind.CONSTRAINED})
_MAY_HOLD_VARIABLES = frozenset({ValueKind.COMPOUND, ValueKind.EXPRESSION, ValueKind.OTHER})
_VARIABLE = re.compile(r"(?<!\w)[A-Z_]\w*")
_ATOM = re.compile(r"(?<![\w'])[a-z]\w*(?![\w(])")
_MADE_UP = re.compile(r"![vV]al![0-9]+")
"""How z3 names an element of a sort that the program does not enumerate."""
_NAMING = frozenset({ValueKind.ATOM, ValueKind.COMPOUND})


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What follows from an attempt. `verdict` None: nothing, for `reason`; then `diagnostics` feed the repair."""

    verdict: Verdict | None
    reason: str
    diagnostics: tuple[Diagnostic, ...] = ()
    inference: Mapping[str, object] = field(default_factory=dict)


def conclude(kind: Kind, world: World, formalisation: Formalisation, runs: Mapping[RunName, Run]) -> Conclusion:
    """The conclusion that the runs of one formalisation allow."""
    for name, run in runs.items():
        if name in QUESTIONS_OF_OURS:
            continue
        if isinstance(run.ending, Rejected):
            return Conclusion(
                None, f"the program is at fault: {run.ending.diagnostics[0].message}", run.ending.diagnostics
            )
        if isinstance(run.ending, Stopped):
            return Conclusion(None, f"the run {name.value!r} was stopped at its limit {run.ending.limit.value}")
        if found := _logical(run.ending):
            return Conclusion(None, found[0].message, found)
    if kind is Kind.ENTAILMENT:
        return _entailment(world, formalisation, runs)
    asked = runs.get(RunName.QUERY)
    if asked is None or not isinstance(asked.ending, Finished):
        return Conclusion(None, "the program was not run")
    if formalisation.program.language is Language.PROLOG:
        return _substitution(kind, formalisation, asked.ending)
    return _model(kind, formalisation, asked.ending, runs)


# One answer, Prolog


def _substitution(kind: Kind, formalisation: Formalisation, ending: Finished) -> Conclusion:
    outcome = ending.outcome
    if isinstance(outcome, NoAnswer):
        return _nothing("the query has no answer: the conditions cannot all hold")
    if not isinstance(outcome, Answers) or not outcome.substitutions:
        return _nothing(f"the engine did not decide: {_what(outcome)}")
    different = distinct(question(formalisation, kind), outcome.substitutions)
    if len(different) > 1:
        one, other = (_shown(item.bindings) for item in different[:2])
        return _nothing(f"several answers fit, such as {one} and {other}, and one was asked for")
    first = outcome.substitutions[0]
    if not first.bindings:
        return _nothing("the query has no variable whose value could be the answer")
    if first.residual:
        left = ", ".join(first.residual[:3])
        return _nothing(f"the answer {_shown(first.bindings)} is not settled: {left} is left undecided")
    if any(_is_open(value) for value in first.bindings.values()):
        return _nothing(f"the answer {_shown(first.bindings)} is not settled: it holds a variable without a value")
    if kind is not Kind.CONSTRAINT and any(value.kind is ValueKind.EXPRESSION for value in first.bindings.values()):
        return _nothing(f"the answer {_shown(first.bindings)} was not evaluated")
    if kind is Kind.ARITHMETIC and (fault := _not_one_number(list(first.bindings.values()))):
        return _nothing(fault)
    values = list(first.bindings.values())
    text = values[0].text if len(values) == 1 else _shown(first.bindings)
    unique = True if outcome.exhausted else None
    note = "" if outcome.exhausted else "the search for further answers was not finished"
    return _answered(text, unique, note, _exactness(values))


def _is_open(value: Value) -> bool:
    """Whether the value is, or holds, a variable: the engine writes terms quoted, so it is a word with a capital."""
    if value.kind in _NOT_A_VALUE:
        return True
    return value.kind in _MAY_HOLD_VARIABLES and _VARIABLE.search(prolog_code(value.text)) is not None


def _exactness(values: Sequence[Value]) -> dict[str, object]:
    """Numbers of a floating-point computation are rounded, and two that should be one may come out as two."""
    if not values or not all(is_number(value) for value in values):
        return {}
    return {"exact": all(value.kind is not ValueKind.FLOAT for value in values)}


# One answer, SMT-LIB


def _model(kind: Kind, formalisation: Formalisation, ending: Finished, runs: Mapping[RunName, Run]) -> Conclusion:
    outcome = ending.outcome
    if isinstance(outcome, Unsatisfiable):
        named = f": {', '.join(outcome.core)} are in conflict" if outcome.core else ""
        return _nothing(f"the assertions cannot all hold{named}")
    if not isinstance(outcome, Satisfiable):
        return _nothing(f"the solver did not decide: {_what(outcome)}")
    if unbounded := next((term for term, value in outcome.objectives.items() if value.kind is ValueKind.OTHER), None):
        value = outcome.objectives[unbounded].text
        return _nothing(f"{unbounded} has no best value ({value}): a bound is missing, or a strict one leaves it open")
    values = answer_values(formalisation, outcome)
    if values is None:
        return _nothing(f"the solver gives no value for {formalisation.query}")
    if kind is Kind.ARITHMETIC and (fault := _not_one_number(list(values.values()))):
        return _nothing(fault)
    if nameless := next(
        (value.text for value in values.values() if value.kind in _NAMING and _MADE_UP.search(value.text)), None
    ):
        return _nothing(
            f"the answer {nameless} is no individual of the program: declare the individuals as an enumeration"
        )
    text = ", ".join(value.text for value in values.values())
    optimal: bool | None = None
    if outcome.objectives:
        optimal = _is_optimal(runs.get(RunName.OPTIMALITY))
        if optimal is False:
            return _nothing("the solver's own optimum is not the best value: a second run found a better one")
    unique, why = _is_unique(formalisation, runs.get(RunName.UNIQUENESS))
    if unique is False:
        fault = f"several answers fit, such as {_shown(values)} and {why}, and one was asked for"
        return _nothing(fault)
    further: dict[str, object] = {"consistent": True, **_exactness(list(values.values()))}
    if outcome.objectives:
        further["optimal"] = optimal
    return _answered(text, unique, why, further)


def _is_unique(formalisation: Formalisation, run: Run | None) -> tuple[bool | None, str]:
    """Whether the answer is the only one; if not, another; if nobody knows, why."""
    if run is None:
        return None, "whether the answer is the only one was not asked: no term says it, or no time was left"
    if isinstance(run.ending, Stopped):
        return None, f"whether the answer is the only one was not decided within {run.ending.limit.value}"
    if not isinstance(run.ending, Finished):
        return None, "whether the answer is the only one could not be asked"
    match run.ending.outcome:
        case Unsatisfiable():
            return True, ""
        case Satisfiable() as outcome:
            values = answer_values(formalisation, outcome)
            return False, "another" if values is None else _shown(values)
        case outcome:
            return None, f"whether the answer is the only one was not decided: {_what(outcome)}"


def _is_optimal(run: Run | None) -> bool | None:
    """Whether no better value is possible; None where nobody knows."""
    if run is None or not isinstance(run.ending, Finished):
        return None
    match run.ending.outcome:
        case Unsatisfiable():
            return True
        case Satisfiable():
            return False
        case _:
            return None


# Entailment


def _entailment(world: World, formalisation: Formalisation, runs: Mapping[RunName, Run]) -> Conclusion:
    in_prolog = formalisation.program.language is Language.PROLOG
    asked, opposite = runs.get(RunName.PREMISES_AND_NOT_CONCLUSION), runs.get(RunName.PREMISES_AND_CONCLUSION)
    contradiction: bool | Undecided = False
    if in_prolog:
        premises = runs.get(RunName.PREMISES)
        supposed = _supposed(formalisation) if world is World.OPEN else frozenset()
        follows, contrary = _derivable(asked), _derivable(opposite, supposed)
        contradiction = _derivable(premises, supposed)
        if contradiction is False and isinstance(_outcome(premises), Answers):
            # It hangs on what was only supposed: perhaps nobody is of that sort.
            contradiction = Undecided("the premises contradict what the conclusion supposes")
    else:
        follows, contrary = (_NOT_RUN if run is None else is_contradiction(run) for run in (asked, opposite))
    found = decide(follows, contrary)
    undecided = found.reason if found.entailment is Entailment.UNRESOLVED else None
    if undecided is None and isinstance(contradiction, Undecided):
        undecided = contradiction.reason
    if contradiction is True or found.entailment is Entailment.INCONSISTENT:
        kind, reason = VerdictKind.INCONSISTENT, "the premises contradict themselves"
    elif undecided is not None:
        why = f"the solver did not decide: {undecided}"
        return Conclusion(None, why, (Diagnostic(ErrorClass.LOGICAL, why),))
    elif found.entailment is Entailment.UNDETERMINED and in_prolog and world is World.CLOSED:
        kind, reason = VerdictKind.REFUTED, "the world is closed, and the conclusion fails finitely"
    else:
        kind, reason = VerdictKind(found.entailment.value), _WHY[found.entailment][in_prolog]
    consistent = kind is not VerdictKind.INCONSISTENT
    inference: dict[str, object] = {"world": world.value}
    if in_prolog and world is World.OPEN:
        # Rules do not reason by cases: what is not derived may follow all the same, a contradiction too.
        inference |= {"follows": follows is True or None, "negation_follows": contrary is True or None}
        inference |= {"consistent": None if consistent else False, "contradiction_derivable": not consistent}
        inference["note"] = "what the rules do not derive is not shown not to follow"
    else:
        inference |= {"follows": _known(follows), "negation_follows": _known(contrary), "consistent": consistent}
    return Conclusion(Verdict(kind, reason, None, Trust.EXECUTED), reason, (), inference)


def _known(answer: bool | Undecided) -> bool | None:
    return answer if isinstance(answer, bool) else None


_NOT_RUN = Undecided("a run is missing")
_WHY = {
    Entailment.PROVED: {
        True: "the conclusion is derivable, and its negation is not",
        False: "the premises cannot hold without the conclusion",
    },
    Entailment.REFUTED: {
        True: "the negation of the conclusion is derivable, and the conclusion is not",
        False: "the premises cannot hold together with the conclusion",
    },
    Entailment.UNDETERMINED: {
        True: "neither the conclusion nor its negation is derivable from the rules",
        False: "neither the conclusion nor its negation follows",
    },
}
"""What a verdict rests on, in Prolog (True) and in SMT-LIB."""


def _outcome(run: Run | None) -> Outcome | None:
    return run.ending.outcome if run is not None and isinstance(run.ending, Finished) else None


def _derivable(run: Run | None, supposed: Collection[str] = ()) -> bool | Undecided:
    """Whether a goal has an answer without conditions.

    Answers about the individuals `supposed` do not count.
    """
    match _outcome(run):
        case Answers(substitutions=substitutions) if any(
            not item.residual and not _is_about(item, supposed) for item in substitutions
        ):
            return True
        case Answers(substitutions=substitutions, exhausted=True) if all(
            _is_about(item, supposed) for item in substitutions
        ):
            return False
        case NoAnswer():
            return False
        case outcome:
            return Undecided(_what(outcome))


def _is_about(answer: Substitution, individuals: Collection[str]) -> bool:
    return any(not _atoms(value.text).isdisjoint(individuals) for value in answer.bindings.values())


def _atoms(text: str) -> frozenset[str]:
    return frozenset(_ATOM.findall(prolog_code(text)))


def _supposed(formalisation: Formalisation) -> frozenset[str]:
    """The individuals made up for a conclusion about all: `white(anyone)`, with `(swan(X), neg(white(X)))` against it.

    They stand in the conclusion, and the complement, which looks for somebody, does not know them. What the premises
    say of them is supposed, so nothing that hangs on it speaks against the conclusion.
    """
    complement = formalisation.complement or ""
    if not _VARIABLE.search(prolog_code(complement)):
        return frozenset()
    return _atoms(formalisation.query) - _atoms(complement)


# Words


def _logical(ending: Finished) -> tuple[Diagnostic, ...]:
    return tuple(item for item in ending.diagnostics if item.error_class is ErrorClass.LOGICAL)


def _nothing(message: str) -> Conclusion:
    return Conclusion(None, message, (Diagnostic(ErrorClass.LOGICAL, message, part=Part.QUERY),))


def _answered(text: str, unique: bool | None, note: str, further: Mapping[str, object]) -> Conclusion:
    reason = "the only answer" if unique else f"an answer; {note}" if note else "an answer"
    inference: dict[str, object] = {"unique": unique, **further}
    if note:
        inference["note"] = note
    return Conclusion(Verdict(VerdictKind.ANSWERED, reason, text, Trust.EXECUTED), reason, (), inference)


def _not_one_number(values: Sequence[Value]) -> str | None:
    if len(values) != 1:
        return (
            f"one number was asked for, and the query has {len(values)} unknowns: leave only the one that is asked for"
        )
    value = values[0]
    return None if is_number(value) else f"the answer {value.text} is not a number ({value.kind.value})"


def _shown(values: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} = {value.text}" for name, value in values.items())


def _what(outcome: Outcome | None) -> str:
    match outcome:
        case Unknown(reason=reason):
            return reason
        case Answers():
            return "every answer has conditions left on it"
        case None:
            return "a run is missing"
        case _:
            return type(outcome).__name__
