"""A second formalisation, made without sight of the first, and whether the two say the same.

It is asked for in the other language, with that language's own prompt. Two readings that agree are two readings; how
independent they were is said with them.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from app.reasoning.equivalence import Equivalence, equivalence
from app.reasoning.types import Attempt, Formalisation, Kind, Problem, RunName, Verdict, VerdictKind
from solvers.types import Diagnostic, ErrorClass, Finished, Job, Language, ModelText, Run

OTHER = {Language.PROLOG: Language.SMT, Language.SMT: Language.PROLOG}

_TOLERANCE = Fraction(1, 10**9)
_NUMBER = re.compile(r"-?[0-9]{1,300}(?:/[1-9][0-9]{0,299}|\.[0-9]{1,300})?")
_SHOWN = 4_000


@dataclass(frozen=True, slots=True)
class Reading:
    """One formalisation of the problem and what it concludes; `verdict` None: nothing, for `reason`."""

    attempt: Attempt
    verdict: Verdict | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether two readings of a problem say the same.

    Args:
        agrees: None where the second one concludes nothing.
        how: by what they were compared.
        reason: in words, both answers where they differ.
        independence: what the two have in common, and what not.
        independent: neither was made with sight of the other.
        doubted: whoever wrote the second one doubts it.
        difference: what tells the two apart where a solver was asked.
    """

    agrees: bool | None
    how: str
    reason: str
    independence: str
    independent: bool
    doubted: bool = False
    difference: Equivalence | None = None

    @property
    def corroborates(self) -> bool | None:
        """What it counts for: only agreement that is independent and without doubt does, and disagreement always."""
        if self.agrees is False:
            return False
        return True if self.agrees and self.independent and not self.doubted else None


def compare(kind: Kind, first: Reading, second: Reading, *, independent: bool) -> Agreement:
    """Whether two readings agree, by answer or by verdict.

    Args:
        independent: False where the first was repaired after it was told of the second.
    """
    independence = _independence(first.attempt, second.attempt, independent)
    if first.verdict is None or second.verdict is None:
        why = f": {second.reason}" if second.reason else ""
        reason = f"the second formalisation concludes nothing{why}"
        return Agreement(None, "nothing", reason, independence, independent)
    if kind is Kind.ENTAILMENT or first.verdict.kind is not VerdictKind.ANSWERED:
        same = first.verdict.kind is second.verdict.kind
        how, words = "verdict", (first.verdict.kind.value, second.verdict.kind.value)
        if not same and (_is_weak(first) or _is_weak(second)):
            reason = f"one reading says {words[0]}, the other {words[1]}; rules that derive nothing deny nothing"
            return Agreement(None, how, reason, independence, independent)
    else:
        words = (first.verdict.answer or "", second.verdict.answer or "")
        same, how = same_answer(*words), "answer"
    reason = f"both say {words[0]}" if same else f"one reading gives {words[0]}, the other {words[1]}"
    doubted = second.attempt.completion.doubt is not None
    return Agreement(same, how, reason, independence, independent, doubted)


async def compare_closely(
    problem: Problem,
    kind: Kind,
    first: Reading,
    second: Reading,
    solve: Callable[[Job], Awaitable[Run]],
    *,
    independent: bool,
) -> Agreement:
    """As `compare`; entailments whose symbols can be paired also by a solver: the same verdict from premises that say
    something else is agreed on by accident, and corroborates nothing.
    """
    found = compare(kind, first, second, independent=independent)
    formalisations = [reading.attempt.formalisation for reading in (first, second)]
    if kind is not Kind.ENTAILMENT or found.how != "verdict":
        return found
    one, other = formalisations
    if not isinstance(one, Formalisation) or not isinstance(other, Formalisation):
        return found
    asked = await equivalence(one, other, solve, problem.world)
    if asked is None or asked.equivalent is None:
        return found
    if asked.equivalent:
        if found.agrees is False:
            return found
        # Rules that derive nothing have said what the other reading says all the same.
        same = f"{found.reason}; the solver finds that the two formalisations say the same"
        return replace(found, agrees=True, how="equivalence", reason=same)
    if found.agrees:
        reason = f"{found.reason}, and not from the same premises: {asked.differences[0]}"
        return replace(found, agrees=None, how="equivalence", reason=reason, difference=asked)
    return replace(found, difference=asked)


def _is_weak(reading: Reading) -> bool:
    """Rules do not reason by cases: what they do not derive may follow all the same."""
    formalisation, verdict = reading.attempt.formalisation, reading.verdict
    return (
        verdict is not None
        and verdict.kind is VerdictKind.UNDETERMINED
        and isinstance(formalisation, Formalisation)
        and formalisation.program.language is Language.PROLOG
    )


def same_answer(first: str, second: str) -> bool:
    """Equal as numbers, a rounded one within a thousand millionth; else equal as words, whatever joins them."""
    numbers = [Fraction(text) for text in (first, second) if _NUMBER.fullmatch(text)]
    if len(numbers) == 2:
        largest = max(Fraction(1), abs(numbers[0]))
        return abs(numbers[0] - numbers[1]) <= _TOLERANCE * largest
    words = [re.findall(r"[^\W_]+", text.casefold()) for text in (first, second)]
    return bool(words[0]) and words[0] == words[1]


def disagreement(agreement: Agreement, second: Reading) -> Diagnostic:
    """What a repair is told: that another reader understood the problem differently, and how."""
    assert second.verdict is not None, "who concludes nothing does not disagree"
    other = second.verdict.answer or second.verdict.kind.value
    return Diagnostic(
        ErrorClass.LOGICAL,
        f"A second reader, who has not seen this program, formalised the same problem and came to {other}. "
        f"At least one of the two misreads it: {agreement.reason}. Read the problem again, sentence by sentence, and "
        "change the program only where it does not say what the problem says.",
    )


def difference_of(agreement: Agreement) -> dict[str, object] | None:
    """What tells two readings apart: the differences in words, and a state of affairs in which the first one shows."""
    found = agreement.difference
    if found is None:
        return None
    return {
        "differences": list(found.differences),
        "model": None if found.model is None else found.model.text[:_SHOWN],
        "names": [f"{ours} is {theirs}" for ours, theirs in found.names],
    }


def readings_of(first: Reading, second: Reading) -> list[dict[str, object]]:
    """Both readings, to be shown side by side: program, what it concludes, and a model of it where there is one."""
    return [_shown(reading) for reading in (first, second)]


def _shown(reading: Reading) -> dict[str, object]:
    formalisation, verdict = reading.attempt.formalisation, reading.verdict
    program = formalisation.program.text if isinstance(formalisation, Formalisation) else None
    return {
        "attempt": reading.attempt.number,
        "language": formalisation.program.language.value if isinstance(formalisation, Formalisation) else None,
        "program": None if program is None else program[:_SHOWN],
        "verdict": verdict.kind.value if verdict else VerdictKind.UNRESOLVED.value,
        "answer": verdict.answer if verdict else None,
        "model": _model(reading.attempt.runs),
    }


def _model(runs: Mapping[RunName, Run]) -> str | None:
    """A model of one of the runs: a state of affairs that this reading allows."""
    for run in runs.values():
        match run.ending:
            case Finished(evidence=ModelText(text)):
                return text[:_SHOWN]
    return None


def _independence(first: Attempt, second: Attempt, independent: bool) -> str:
    languages = [
        attempt.formalisation.program.language.value
        for attempt in (first, second)
        if isinstance(attempt.formalisation, Formalisation)
    ]
    same_lm = first.completion.lm == second.completion.lm
    parts = [
        f"the same language model ({first.completion.lm.name})" if same_lm else "different language models",
        "the same language" if len(set(languages)) == 1 else f"different languages ({' and '.join(languages)})",
        "different prompts" if first.prompt != second.prompt else "the same prompt",
        "neither has seen the other" if independent else "the first was repaired after it was told of the second",
    ]
    if second.completion.doubt is not None:
        parts.append(f"the second is doubted: {second.completion.doubt}")
    return "; ".join(parts)
