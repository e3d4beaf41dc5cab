"""Finds out what a conclusion is worth: certificates, what the answer depends on, how the program stands to the text.

Made once an attempt concludes. Nothing here changes an answer; an alarm takes the conclusion back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from app.reasoning.certify import CheckConfig, certify
from app.reasoning.computed import computed
from app.reasoning.conclude import Conclusion
from app.reasoning.evidence import Assessment
from app.reasoning.inference import inference_evidence
from app.reasoning.sensitivity import Sensitivity, sensitivity
from app.reasoning.texts import Texts
from app.reasoning.translation import is_quick, translation_evidence
from app.reasoning.trials import Trials
from app.reasoning.trust import Grounds
from app.reasoning.types import Formalisation, Kind, Problem, RunName, Verdict, VerdictKind
from solvers.types import Job, Run

_SHOWN = 12


async def assess(
    problem: Problem,
    kind: Kind,
    formalisation: Formalisation,
    runs: Mapping[RunName, Run],
    conclusion: Conclusion,
    solve: Callable[[Job], Awaitable[Run]],
    trial: Callable[[Job], Awaitable[Run]],
    config: CheckConfig,
    doubt: str | None = None,
) -> Assessment:
    """What the conclusion of one formalisation is worth.

    Args:
        solve: runs a program within what is left of the budget.
        trial: the same, briefly: for the program with something changed.
        doubt: what whoever wrote the formalisation says against it.
    """
    verdict = conclusion.verdict
    assert verdict is not None, "there is something to assess"
    # What the lower rungs need comes first: a second opinion may take all the time that is left.
    texts = Texts(problem, formalisation)
    moved = None
    if verdict.kind is VerdictKind.ANSWERED and verdict.answer is not None:
        moved = await sensitivity(problem, kind, formalisation, verdict.answer, trial, Trials(), texts)
    written = computed(problem, kind, formalisation, verdict.answer, moved)
    certification = await certify(formalisation, kind, runs, solve, config)
    inference: dict[str, object] = {
        "computed": written.result,
        "computed_because": list(written.reasons),
        "warnings": list(written.reasons) if written.result is False else [],
        "sensitivity": _shown(moved),
        **await inference_evidence(problem, kind, problem.world, formalisation, runs, verdict, solve, texts),
    }
    if is_quick(problem, formalisation):
        translation = translation_evidence(problem, kind, formalisation, texts)
    else:
        translation = await asyncio.to_thread(translation_evidence, problem, kind, formalisation, texts)
    if doubt is not None:
        translation = {"doubt": doubt, **translation}
    grounds = Grounds(
        verdict=verdict.kind,
        unique=_unique(conclusion),
        consistent=_consistent(conclusion, verdict),
        computed=written.result,
        certified=certification.whole.certified,
        corroborated=None,
        doubt=doubt,
    )
    return Assessment(
        certification=certification,
        grounds=grounds,
        inference=inference,
        translation=translation,
    )


def _unique(conclusion: Conclusion) -> bool | None:
    """An optimum that is not shown to be one is not the only answer either."""
    unique = conclusion.inference.get("unique")
    if conclusion.inference.get("optimal", True) is not True:
        return None
    return unique if isinstance(unique, bool) else None


def _consistent(conclusion: Conclusion, verdict: Verdict) -> bool | None:
    """Of an answer: a model, or a derivation, satisfies what it rests on. Of an entailment: the search for a
    contradiction, or the run of the premises with the conclusion, came to its end and found none.
    """
    if verdict.kind is VerdictKind.ANSWERED:
        return True
    return verdict.kind in (VerdictKind.PROVED, VerdictKind.REFUTED, VerdictKind.UNDETERMINED)


def _shown(moved: Sensitivity | None) -> dict[str, object] | None:
    if moved is None:
        return None
    return {
        "moved": [quantity.text for quantity in moved.moved[:_SHOWN]],
        "unmoved": [quantity.text for quantity in moved.unmoved[:_SHOWN]],
        "undecided": [quantity.text for quantity in moved.undecided[:_SHOWN]],
        "not_in_the_program": [quantity.text for quantity in moved.absent[:_SHOWN]],
    }
