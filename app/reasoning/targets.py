"""Whether an answer is the one that a target names, however the two are written.

Covered: numbers ("1,200", "$18.00", "3/4", "15 %", "#### 18" of a worked solution), verdicts on a conclusion ("True",
"no", "Unknown"), and names ("left_of(ann)" is not "Ann", but `ann` is).
Not covered: units. "2 hours" is 2, whatever the problem asks for.
"""

import re
from fractions import Fraction

from app.problem import Kind
from app.reasoning.types import Verdict, VerdictKind

_TOLERANCE = Fraction(1, 10**6)
"""Relative. Targets of data sets are rounded, and floating-point answers too."""
# Nothing is tried twice: a completion may hold a million digits.
_NUMBER = re.compile(r"([-+]?)(\d[\d,]*+)(\.\d++)?+(?:[ ]?/[ ]?(\d++))?+")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
_MOST_DIGITS = 300
_LONGEST = 2_000
_VERDICTS = {
    VerdictKind.PROVED: frozenset("proved proven true yes entailed entailment correct".split()),
    VerdictKind.REFUTED: frozenset("refuted false no contradicted contradiction incorrect".split()),
    VerdictKind.UNDETERMINED: frozenset("undetermined unknown uncertain undecided neutral maybe".split()),
    VerdictKind.INCONSISTENT: frozenset("inconsistent inconsistency".split()),
}


def is_target(kind: Kind, verdict: Verdict, target: str) -> bool:
    """Whether `verdict` says what `target` does. False where either cannot be read."""
    if kind is Kind.ENTAILMENT:
        return verdict.kind is verdict_in(target)
    if verdict.kind is not VerdictKind.ANSWERED or verdict.answer is None:
        return False
    if len(verdict.answer) > _LONGEST or len(target) > 50 * _LONGEST:
        return False
    answered, wanted = number_in(verdict.answer), number_in(target)
    if kind is not Kind.CONSTRAINT or (answered is not None and wanted is not None):
        return answered is not None and wanted is not None and _is_near(answered, wanted)
    return bool(_name(verdict.answer)) and _name(verdict.answer) == _name(target)


def verdict_in(target: str) -> VerdictKind | None:
    """The verdict that a target names. None: it names none."""
    word = target.strip().strip(".").casefold()
    return next((kind for kind, words in _VERDICTS.items() if word in words), None)


def number_in(text: str) -> Fraction | None:
    """The one number of a text; behind `####`, where a worked solution has that. None: there is none, or several."""
    found = _NUMBER.findall(text.rpartition("####")[2])
    if len(found) != 1:
        return None
    sign, whole, part, below = found[0]
    whole = whole.rstrip(",")
    if max(len(whole), len(part), len(below)) > _MOST_DIGITS or not _GROUPED.fullmatch(whole):
        return None
    if below and not int(below):
        return None
    return Fraction(sign + whole.replace(",", "") + part) / (int(below) if below else 1)


def _is_near(one: Fraction, other: Fraction) -> bool:
    return abs(one - other) <= _TOLERANCE * max(abs(one), abs(other))


def _name(text: str) -> str:
    """The text without what an engine or a writer puts around a name."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split()) if "(" not in text else text.casefold().strip()
