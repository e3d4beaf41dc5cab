"""Has the runs that a verdict rests on confirmed: a second opinion by another engine, and the checker's word on each.

A run that found a contradiction is put to the second engine, which also writes the proof that is checked. Two engines
that agree are weaker than a checked proof, and are reported as what they are. An engine that disagrees, or evidence
that shows something else, is an alarm: then nothing is concluded.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from app.reasoning.runs import jobs_of
from app.reasoning.types import CheckReport, CheckResult, Formalisation, Kind, RunName, Trace
from solvers.certificates import Certificate, certificate_of
from solvers.checking import CHECKER, check_certificate
from solvers.checking.budget import SECONDS
from solvers.errors import SolverError
from solvers.types import (
    Answers,
    Engine,
    Finished,
    Job,
    Language,
    NoEvidence,
    Proof,
    Run,
    Satisfiable,
    Unsatisfiable,
)

_AT_ONCE_SECONDS = 0.01
"""For a first try that no thread is asked for. On a busy machine to hand over costs more than most checks take."""
_SHORT = 20_000
"""Characters of a program that is read at once."""

NOT_COVERED = "whether the program says what the problem says"


@dataclass(frozen=True, slots=True)
class CheckConfig:
    """How certificates are checked.

    Args:
        seconds: limit of one check.
        external: command of another proof checker, with {problem} and {proof} for the files; None: there is none.
    """

    seconds: float = SECONDS
    external: str | None = None


@dataclass(frozen=True, slots=True)
class Certification:
    """What became of the certificates of one attempt.

    Args:
        second_opinions: runs of the same jobs by another engine.
        emitted: whether an engine gave evidence for any run.
        reports: the check of each run's certificate.
        agreement: of each second opinion, whether it is the same; None where the engine did not decide.
        whole: all of them together: confirmed only where each is.
    """

    second_opinions: Mapping[RunName, Run]
    emitted: bool
    reports: Mapping[RunName, CheckReport]
    agreement: Mapping[RunName, bool | None]
    whole: CheckReport

    @property
    def alarm(self) -> str | None:
        """Why nothing may be concluded: evidence that speaks against its own claim."""
        for name, agrees in self.agreement.items():
            if agrees is False:
                return f"two engines disagree on the run {name.value}: one found a contradiction, the other a model"
        if self.whole.result is CheckResult.REFUTED:
            return f"the checker refuses the engine's own evidence: {self.whole.reason}"
        return None


async def certify(
    formalisation: Formalisation,
    kind: Kind,
    runs: Mapping[RunName, Run],
    solve: Callable[[Job], Awaitable[Run]],
    config: CheckConfig,
) -> Certification:
    """Ask for a second opinion on every contradiction, and check the certificate of each run."""
    second: dict[RunName, Run] = {}
    for name, job in jobs_of(formalisation, kind, runs).items():
        ending = runs[name].ending
        if isinstance(ending, Finished) and isinstance(ending.outcome, Unsatisfiable):
            with suppress(SolverError):  # then there is no second opinion, and the report says so
                second[name] = await solve(replace(job, engine=Engine.CVC5, evidence=True))
    certificates = certificates_of(formalisation, kind, runs, second)
    reports = {name: await _check(certificate, config) for name, certificate in certificates.items()}
    agreement = {name: _agrees(run) for name, run in second.items()}
    for name, report in reports.items():
        if report.result is CheckResult.NOT_CHECKABLE and agreement.get(name):
            why = f"two engines agree, which is weaker than a checked proof: {report.reason}"
            reports[name] = replace(report, reason=why)
    emitted = any(not isinstance(item.evidence, NoEvidence | None) for item in certificates.values())
    return Certification(second, emitted, reports, agreement, together(reports))


def certificates_of(
    formalisation: Formalisation, kind: Kind, runs: Mapping[RunName, Run], second_opinions: Mapping[RunName, Run]
) -> dict[RunName, Certificate]:
    """The certificate of each run that has an outcome; a contradiction has the proof of its second opinion."""
    found: dict[RunName, Certificate] = {}
    for name, job in jobs_of(formalisation, kind, runs).items():
        certificate = certificate_of(job, runs[name])
        if certificate is None:
            continue
        if isinstance(certificate.outcome, Unsatisfiable):
            certificate = replace(certificate, evidence=_proof(second_opinions.get(name)))
        found[name] = _asked(kind, certificate)
    return found


def certificates_of_trace(trace: Trace) -> dict[RunName, Certificate]:
    """Those of the attempt that the verdict rests on; none where nothing was concluded."""
    number = None if trace.verdict.trust is None else trace.evidence.execution.get("attempt")
    for attempt in trace.attempts:
        if attempt.number == number and isinstance(attempt.formalisation, Formalisation):
            return certificates_of(attempt.formalisation, trace.kind, attempt.runs, attempt.second_opinions)
    return {}


def _asked(kind: Kind, certificate: Certificate) -> Certificate:
    """The certificate with no more claimed than the verdict needs: of a goal without variables, that it holds."""
    outcome = certificate.outcome
    if (
        kind is Kind.ENTAILMENT
        and isinstance(outcome, Answers)
        and not any(substitution.bindings for substitution in outcome.substitutions)
    ):
        return replace(certificate, outcome=replace(outcome, exhausted=False))
    return certificate


def _agrees(run: Run) -> bool | None:
    match run.ending:
        case Finished(outcome=Unsatisfiable()):
            return True
        case Finished(outcome=Satisfiable()):
            return False
        case _:
            return None


def _proof(run: Run | None) -> Proof | NoEvidence:
    """The proof of a second opinion, or why there is none."""
    if run is None:
        return NoEvidence("no second opinion could be had")
    match run.ending:
        case Finished(outcome=Unsatisfiable(), evidence=Proof() | NoEvidence() as evidence):
            return evidence
        case Finished(outcome=Unsatisfiable()):
            return NoEvidence("the second engine gave no proof")
        case Finished(outcome=outcome):
            why = getattr(outcome, "reason", type(outcome).__name__)
            return NoEvidence(f"the second engine did not decide: {why}")
        case ending:
            return NoEvidence(f"the second engine did not finish ({type(ending).__name__.lower()})")


async def _check(certificate: Certificate, config: CheckConfig) -> CheckReport:
    if (done := _at_once(certificate, config)) is not None:
        return done
    report = await asyncio.to_thread(check_certificate, certificate, config.seconds)
    if (
        report.result is CheckResult.NOT_CHECKABLE
        and config.external is not None
        and isinstance(certificate.evidence, Proof)
    ):
        from solvers.external import check_externally  # checking without an engine has no use for processes

        script = f"{certificate.job.program.text}\n{certificate.job.query or ''}"
        return await check_externally(config.external, script, certificate.evidence.text, config.seconds)
    return report


def _at_once(certificate: Certificate, config: CheckConfig) -> CheckReport | None:
    """The report, if the program is short and all is confirmed within a moment."""
    job = certificate.job
    if job.program.language is not Language.PROLOG or len(job.program.text) > _SHORT:
        return None
    report = check_certificate(certificate, min(_AT_ONCE_SECONDS, config.seconds))
    return report if report.certified else None


def together(reports: Mapping[RunName, CheckReport]) -> CheckReport:
    """One report of all: confirmed only where each is, refuted where one is."""
    if not reports:
        return CheckReport(CheckResult.NOT_CHECKABLE, "no run has an outcome that could be checked")
    for result in (CheckResult.REFUTED, CheckResult.NOT_CHECKABLE):
        for name, report in reports.items():
            if report.result is result:
                return replace(report, reason=f"{name.value}: {report.reason}")
    reason = "; ".join(f"{name.value}: {report.reason}" for name, report in reports.items())
    assumptions = tuple(dict.fromkeys(item for report in reports.values() for item in report.assumptions))
    checkers = dict.fromkeys(report.checker or CHECKER for report in reports.values())
    return CheckReport(CheckResult.CONFIRMED, reason, " and ".join(checkers), assumptions)
