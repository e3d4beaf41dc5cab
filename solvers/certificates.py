"""Certificates: a job, what its run is said to have found, and evidence for it. Plain data that outlives the worker.

A certificate is complete in itself: whoever has the file needs neither the engine nor our database to check it
(`solvers.checking`). What it says is relative to the program: whether the program says what the problem says is
another question.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from solvers.errors import ProtocolError
from solvers.types import Evidence, Finished, Job, Outcome, Run
from solvers.wire import (
    evidence_from_json,
    evidence_to_json,
    job_from_json,
    job_to_json,
    outcome_from_json,
    outcome_to_json,
)

FORMAT = "quod-certificate/1"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A claim, that running `job` has this `outcome`, and the evidence for it.

    What each outcome claims:

    - `Answers`: every substitution is an answer; with `exhausted`, every answer is one of them.
    - `NoAnswer`: the query has no answer.
    - `Satisfiable`: the model satisfies every assertion, and gives the terms these values. Not: that an objective is
      best.
    - `Unsatisfiable`: the assertions cannot all hold. Not: that those of the core alone cannot.
    """

    job: Job
    outcome: Outcome
    evidence: Evidence | None


class CheckResult(StrEnum):
    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    """The evidence does not show what is claimed. Of a run of ours, an alarm."""
    NOT_CHECKABLE = "not_checkable"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a checker made of the evidence.

    Args:
        reason: what was confirmed and how, what is wrong, or why it cannot be checked.
        checker: who says so; None where none looked at it.
        assumptions: what is taken for granted where the result is `CONFIRMED`, in words; empty: nothing but the
            checker itself.
    """

    result: CheckResult
    reason: str
    checker: str | None = None
    assumptions: tuple[str, ...] = ()

    @property
    def certified(self) -> bool:
        """Confirmed, and nothing is assumed."""
        return self.result is CheckResult.CONFIRMED and not self.assumptions


def certificate_of(job: Job, run: Run) -> Certificate | None:
    """The certificate of a run of `job`; None where the run has no outcome."""
    if not isinstance(run.ending, Finished):
        return None
    return Certificate(job, run.ending.outcome, run.ending.evidence)


def certificate_to_json(certificate: Certificate) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "job": job_to_json(certificate.job),
        "outcome": outcome_to_json(certificate.outcome),
        "evidence": None if certificate.evidence is None else evidence_to_json(certificate.evidence),
    }


def certificate_from_json(body: object) -> Certificate:
    """Raises `ProtocolError` for what `certificate_to_json` would not have written."""
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise ProtocolError(f'not a certificate: an object with "format": {json.dumps(FORMAT)} is expected')
    if body.keys() != {"format", "job", "outcome", "evidence"}:
        raise ProtocolError(f"a certificate has format, job, outcome and evidence, not {sorted(body)[:10]}")
    if not isinstance(body["outcome"], dict):
        raise ProtocolError("an outcome is an object")
    evidence = body["evidence"]
    return Certificate(
        job_from_json(body["job"]),
        outcome_from_json(body["outcome"]),
        None if evidence is None else evidence_from_json(evidence),
    )
