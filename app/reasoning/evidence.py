"""Puts the four parts of the evidence into words and figures: execution, inference, certificate, translation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.reasoning.certify import NOT_COVERED, Certification
from app.reasoning.conclude import QUESTIONS_OF_OURS, Conclusion
from app.reasoning.inference import another_answer
from app.reasoning.trust import Grounds, trust_of
from app.reasoning.types import Attempt, CheckReport, Evidence, Formalisation, Kind, RunName, VerdictKind
from solvers.types import Finished, Rejected, Run, Stopped


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was found out about a conclusion beyond the runs that gave it.

    Args:
        grounds: what trust is derived from.
        inference: added to what the conclusion says of itself: `computed`, facts without influence, ...
        translation: how the program stands to the text.
    """

    certification: Certification
    grounds: Grounds
    inference: Mapping[str, object] = field(default_factory=dict)
    translation: Mapping[str, object] = field(default_factory=dict)


def evidence_of(attempt: Attempt | None, conclusion: Conclusion, kind: Kind, assessment: Assessment | None) -> Evidence:
    """The evidence of the attempt that concluded, or of the last one made.

    Args:
        assessment: of that attempt; None where it did not conclude.
    """
    if attempt is None:
        nothing = {"status": None, "reason": "no attempt was finished"}
        return Evidence(nothing, {}, _no_certificate("no program was run"), _NOT_ASSESSED)
    runs = attempt.runs
    execution: dict[str, object] = {
        "attempt": attempt.number,
        "status": _status(runs),
        "limit": next((run.ending.limit.value for run in runs.values() if isinstance(run.ending, Stopped)), None),
        "runs": {name.value: _status({name: run}) for name, run in runs.items()},
        "error_classes": sorted({item.error_class.value for item in attempt.diagnostics}),
    }
    inference: dict[str, object] = {
        "kind": kind.value,
        "verdict": conclusion.verdict.kind.value if conclusion.verdict else VerdictKind.UNRESOLVED.value,
        **conclusion.inference,
    }
    if assessment is None:
        if isinstance(attempt.formalisation, Formalisation) and (
            other := another_answer(kind, attempt.formalisation, runs)
        ):
            inference |= {"unique": False, "another_answer": other}
        return Evidence(execution, inference, _no_certificate(attempt.check.reason), _NOT_ASSESSED)
    inference |= assessment.inference
    inference["next_rung_lacks"] = (trust_of(assessment.grounds)[1] or None) if conclusion.verdict else None
    return Evidence(
        execution, inference, _certificate(assessment.certification), {"assessed": True, **assessment.translation}
    )


_NOT_ASSESSED: Mapping[str, object] = {"assessed": False, "reason": "nothing was concluded"}


def _certificate(certification: Certification) -> dict[str, object]:
    whole = certification.whole
    return {
        "emitted": certification.emitted,
        "checked": whole.certified,
        **_report(whole),
        "parts": {
            name.value: {**_report(report), "second_opinion": _agreement(certification, name)}
            for name, report in certification.reports.items()
        },
        "does_not_cover": NOT_COVERED,
    }


def _report(report: CheckReport) -> dict[str, object]:
    return {
        "result": report.result.value,
        "reason": report.reason,
        "checker": report.checker,
        "assumptions": list(report.assumptions),
    }


def _agreement(certification: Certification, name: RunName) -> str | None:
    if name not in certification.agreement:
        return None
    return {True: "agrees", False: "disagrees", None: "undecided"}[certification.agreement[name]]


def _no_certificate(reason: str) -> dict[str, object]:
    return {"emitted": False, "checked": False, "checker": None, "reason": reason, "does_not_cover": NOT_COVERED}


def _status(runs: Mapping[RunName, Run]) -> str | None:
    """`finished` only if every run that the conclusion rests on did."""
    endings = [run.ending for name, run in runs.items() if name not in QUESTIONS_OF_OURS or len(runs) == 1]
    for kind, word in ((Rejected, "rejected"), (Stopped, "stopped"), (Finished, "finished")):
        if any(isinstance(ending, kind) for ending in endings):
            return word
    return None
