"""Checks a certificate or a whole trace that comes from anywhere, as JSON. No engine, no database, no language model.

Of a trace: that its verdict follows from its runs, that the runs are those of its own program, that each certificate
holds, that the problem it names is the one its language model was shown, and that it claims no more trust than all of
this bears out. A second reading must conclude the same, and no certificate of it may be refuted.

What it is not asked: whether the program says what the problem says. That the answer was computed from quantities of
the problem takes runs of a changed program, and is taken from the trace; so is that whoever wrote the program had no
doubt, since only the writer can say so.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from app.errors import NotATraceError
from app.lm.types import Completion, FinishReason, LmIdentity
from app.reasoning.certify import certificates_of, together
from app.reasoning.conclude import Conclusion, conclude
from app.reasoning.corroborate import same_answer
from app.reasoning.extract import extract
from app.reasoning.trust import Grounds, at_least, trust_of
from app.reasoning.types import (
    CheckReport,
    CheckResult,
    Formalisation,
    Kind,
    Purpose,
    RunName,
    Trust,
    VerdictKind,
    World,
)
from solvers.certificates import FORMAT, Certificate, certificate_from_json
from solvers.checking import CHECKER, check_certificate
from solvers.checking.budget import SECONDS
from solvers.errors import ProtocolError
from solvers.types import Language, Program, Run
from solvers.wire import run_from_json

COMPUTED_BY_ITS_WORD = "that the answer is computed from quantities of the problem, as the trace says"
EQUIVALENT_BY_ITS_WORD = "that the two formalisations say the same, as the trace says that a solver found"

_LONGEST = 1_000_000
"""Characters of one attempt's program, query and complement."""


@dataclass(frozen=True, slots=True)
class Recheck:
    """What was made of a document: `what` is "certificate" or "trace"; `parts` the runs' certificates of a trace."""

    what: Literal["certificate", "certificates", "trace"]
    report: CheckReport
    parts: Mapping[RunName, CheckReport] = field(default_factory=dict)


def recheck(body: object, seconds: float = SECONDS) -> Recheck:
    """Check a document that was read from JSON.

    Args:
        seconds: limit of the check of one certificate.

    Raises:
        NotATraceError: it is neither a certificate nor a trace. Whatever else is wrong with it is a report.
    """
    if not isinstance(body, dict):
        raise NotATraceError(f"an object is expected: a trace, or a certificate of the format {FORMAT}")
    if "certificates" in body and isinstance(body["certificates"], dict):
        return _certificates_of_a_trace(body["certificates"], seconds)
    if "format" in body or "outcome" in body:
        try:
            certificate = certificate_from_json(body)
        except ProtocolError as error:
            raise NotATraceError(str(error)) from error
        return Recheck("certificate", check_certificate(certificate, seconds))
    return _trace(body, seconds)


def _certificates_of_a_trace(body: Mapping[str, Any], seconds: float) -> Recheck:
    """The reply of `GET /v1/traces/{id}/certificates`."""
    try:
        found = {RunName(name): certificate_from_json(certificate) for name, certificate in body.items()}
    except (ValueError, ProtocolError) as error:
        raise NotATraceError(f"not the certificates of a trace: {error}") from error
    parts = {name: check_certificate(certificate, seconds) for name, certificate in found.items()}
    return Recheck("certificates", together(parts), parts)


# What a trace says, read from JSON


@dataclass(frozen=True, slots=True)
class _Reading:
    """An attempt of a trace: what its language model was shown, what came of it, and how that ran."""

    number: int
    messages: tuple[str, ...]
    completion: Completion
    formalisation: Formalisation
    runs: Mapping[RunName, Run]
    second_opinions: Mapping[RunName, Run]


@dataclass(frozen=True, slots=True)
class _Claim:
    """A trace: the problem, the verdict, the reading that it rests on, and a second one where there is one."""

    problem: str
    kind: Kind
    world: World
    verdict: VerdictKind
    answer: object
    trust: Trust | None
    inference: Mapping[str, Any]
    reading: _Reading
    second: _Reading | None
    doubt: str | None
    """As the translation evidence shows it."""
    agrees: bool
    compared_by: object


class _NothingConcluded(Exception):
    pass


def _claim(body: Mapping[str, Any]) -> _Claim:
    problem, verdict, evidence = body["problem"], body["verdict"], body["evidence"]
    if VerdictKind(verdict["kind"]) is VerdictKind.UNRESOLVED:
        raise _NothingConcluded
    number = evidence["execution"]["attempt"]
    # What was compared is in the trace, even where the verdict was repaired since.
    corroboration = evidence["translation"].get("corroboration") or {}
    other = corroboration.get("attempt")
    attempts = list(body["attempts"])
    return _Claim(
        problem=_text(problem["text"]).strip(),
        kind=Kind(body["kind"]),
        world=World(problem["world"]),
        verdict=VerdictKind(verdict["kind"]),
        answer=verdict["answer"],
        trust=None if verdict["trust"] is None else Trust(verdict["trust"]),
        inference=dict(evidence["inference"]),
        reading=_reading(attempts, number, Purpose.FORMALISATION),
        second=None if other is None else _reading(attempts, other, Purpose.CORROBORATION),
        doubt=_text_or_none(evidence["translation"].get("doubt")),
        agrees=corroboration.get("agrees") is True,
        compared_by=corroboration.get("compared_by"),
    )


def _reading(attempts: list[Any], number: object, purpose: Purpose) -> _Reading:
    if type(number) is not int:
        raise TypeError("the number of an attempt is a whole number")
    for attempt in attempts:
        if attempt["number"] == number and Purpose(attempt["purpose"]) is purpose:
            runs = {}
            if attempt["run_name"] is not None:
                runs[RunName(attempt["run_name"])] = run_from_json(attempt["run"])
            runs |= {RunName(name): run_from_json(run) for name, run in attempt["further_runs"].items()}
            return _Reading(
                number,
                tuple(_text(message["content"]) for message in attempt["messages"]),
                _completion(attempt["completion"]),
                _formalisation(attempt["formalisation"]),
                runs,
                {RunName(name): run_from_json(run) for name, run in attempt["second_opinions"].items()},
            )
    raise ValueError(f"there is no attempt {number} for {purpose.value}")


def _completion(body: Mapping[str, Any]) -> Completion:
    """What extraction looks at, the text and whether it was cut off, and the doubt: older traces know of none."""
    reason, doubt = FinishReason(body["finish_reason"]), _text_or_none(body.get("doubt"))
    return Completion(_text(body["text"]), LmIdentity("", ""), reason, 0.0, doubt=doubt)


def _formalisation(body: Mapping[str, Any]) -> Formalisation:
    program, query = _text(body["program"]), _text(body["query"])
    return Formalisation(Program(Language(body["language"]), program), query, _text_or_none(body["complement"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text is expected, not {type(value).__name__}")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


# What is checked of it


def _trace(body: Mapping[str, Any], seconds: float) -> Recheck:
    try:
        claim = _claim(body)
    except _NothingConcluded:
        return _report(CheckResult.NOT_CHECKABLE, "the trace concludes nothing, so there is nothing to check")
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, ProtocolError) as error:
        raise NotATraceError(f"not a trace as GET /v1/traces/ID gives it: {type(error).__name__}: {error}") from error
    if any(_length(reading.formalisation) > _LONGEST for reading in (claim.reading, claim.second) if reading):
        return _report(CheckResult.NOT_CHECKABLE, "the program is longer than the checker reads")
    if not _shown(claim.problem, claim.reading):
        return _refuted("the language model was shown another problem than the one that the trace names")
    if claim.doubt != claim.reading.completion.doubt:
        return _refuted("the doubt that the evidence shows is not that of the completion")
    written = [_written(claim, reading) for reading in (claim.reading, claim.second) if reading]
    if False in written:
        return _refuted("the program is not the one that the language model wrote")
    try:
        followed = _followed(claim, claim.reading)
        certificates = _certificates(claim, claim.reading)
        others = _certificates(claim, claim.second) if claim.second else {}
        corroborated = _corroborated(claim)
    except Exception as error:  # noqa: BLE001  # whatever a stranger's program and runs are made of: nothing is confirmed
        reason = f"its program and runs do not go together: {type(error).__name__}: {error}"
        return _report(CheckResult.NOT_CHECKABLE, reason[:500])
    if fault := _beyond(claim, followed):
        return _refuted(fault)
    second = {name: check_certificate(certificate, seconds) for name, certificate in others.items()}
    if found := next((item for item in second.items() if item[1].result is CheckResult.REFUTED), None):
        return _refuted(f"the second reading, {found[0].value}: {found[1].reason}")
    parts = {name: check_certificate(certificate, seconds) for name, certificate in certificates.items()}
    report = _judged(claim, followed, together(parts), corroborated)
    if report.result is CheckResult.CONFIRMED and None in written:
        return _report(CheckResult.NOT_CHECKABLE, "this version takes another query out of the completion")
    if report.result is CheckResult.CONFIRMED:
        report = replace(report, assumptions=(*report.assumptions, *_by_its_word(claim, second)))
    return Recheck("trace", report, parts)


def _by_its_word(claim: _Claim, second: Mapping[RunName, CheckReport]) -> list[str]:
    """What the trust that a trace claims rests on and nobody can check who has the trace alone."""
    taken: list[str] = []
    if claim.verdict is VerdictKind.ANSWERED and at_least(claim.trust, Trust.DETERMINATE):
        taken.append(COMPUTED_BY_ITS_WORD)
    if at_least(claim.trust, Trust.CORROBORATED):
        taken += [EQUIVALENT_BY_ITS_WORD] if _by_equivalence(claim) else []
        taken += [
            f"what the run {name.value} of the second reading found, as the trace says"
            for name, report in second.items()
            if not report.certified
        ]
    return taken


def _length(formalisation: Formalisation) -> int:
    return len(formalisation.program.text) + len(formalisation.query) + len(formalisation.complement or "")


def _shown(problem: str, reading: _Reading) -> bool:
    """Whether the language model was asked about this problem: a prompt is one paragraph, and then the problem."""
    return bool(problem) and any(message.partition("\n\n")[2].strip() == problem for message in reading.messages)


def _written(claim: _Claim, reading: _Reading) -> bool | None:
    """Whether the formalisation is what is taken out of the completion; None where it is read otherwise today, though
    the program stands there line for line.
    """
    now = extract(reading.completion, reading.formalisation.program.language, claim.kind, claim.world)
    if isinstance(now, Formalisation) and replace(now, gloss=()) == reading.formalisation:
        return True
    # White space apart, and what was blanked out of a line.
    lines = reading.formalisation.program.text.splitlines()
    completion = "".join(reading.completion.text.split())
    pieces = {piece for line in lines for piece in re.split(r"\s{2,}", line.strip())}
    return None if all("".join(piece.split()) in completion for piece in pieces) else False


def _followed(claim: _Claim, reading: _Reading) -> Conclusion:
    return conclude(claim.kind, claim.world, reading.formalisation, reading.runs)


def _certificates(claim: _Claim, reading: _Reading) -> dict[RunName, Certificate]:
    return certificates_of(reading.formalisation, claim.kind, reading.runs, reading.second_opinions)


def _corroborated(claim: _Claim) -> bool:
    """Whether a second reading, made after the first and so not the cause of it, says the same of the same problem."""
    second = claim.second
    if second is None or not claim.agrees or second.number < claim.reading.number or not _shown(claim.problem, second):
        return False
    if second.completion.doubt is not None:
        return False
    verdict = _followed(claim, second).verdict
    if verdict is not None and _by_equivalence(claim):
        return True
    if verdict is None or verdict.kind is not claim.verdict:
        return False
    return verdict.answer is None or same_answer(verdict.answer, str(claim.answer))


def _by_equivalence(claim: _Claim) -> bool:
    """Whether a solver compared the two; that takes an engine, and is taken from the trace."""
    return claim.kind is Kind.ENTAILMENT and claim.compared_by == "equivalence"


def _beyond(claim: _Claim, followed: Conclusion) -> str | None:
    """What the trace says that does not follow from its runs."""
    verdict = followed.verdict
    if verdict is None or (verdict.kind, verdict.answer) != (claim.verdict, claim.answer):
        what = "nothing" if verdict is None else f"{verdict.kind.value} {verdict.answer or ''}".strip()
        return f"the verdict does not follow from the runs: from them follows {what}"
    for name, found in followed.inference.items():
        said = claim.inference.get(name)
        if isinstance(said, bool) and said is not found:
            return f"the trace says {name.replace('_', ' ')}: {said}, which does not follow from the runs"
    return None


def _judged(claim: _Claim, followed: Conclusion, report: CheckReport, corroborated: bool) -> CheckReport:
    """The report of the certificates, held against the trust that the trace claims.

    A claim that nothing in the trace bears out is refuted. Of one that only this check falls short of, such as for lack
    of time, it cannot be said whether it is true.
    """
    if report.result is CheckResult.REFUTED or claim.trust is None:
        return report
    most, lacking = trust_of(_grounds(claim, followed, corroborated))
    if not at_least(most, claim.trust):
        reached = "no trust" if most is None else f"{most.value} at most"
        reason = f"the trace claims to be {claim.trust.value}, and what it shows reaches {reached}: {lacking}"
        return CheckReport(CheckResult.REFUTED, reason, CHECKER)
    if at_least(claim.trust, Trust.CERTIFIED) and not report.certified:
        why = "; ".join(report.assumptions) if report.result is CheckResult.CONFIRMED else report.reason
        reason = f"the trace claims to be {claim.trust.value}, and this check does not confirm that: {why}"
        return CheckReport(CheckResult.NOT_CHECKABLE, reason, CHECKER)
    return report


def _grounds(claim: _Claim, followed: Conclusion, corroborated: bool) -> Grounds:
    """What the trace shows, supposed that its certificates hold."""
    inference = followed.inference
    return Grounds(
        verdict=claim.verdict,
        unique=inference.get("unique") is True and inference.get("optimal", True) is True,
        consistent=claim.verdict is not VerdictKind.INCONSISTENT,
        computed=claim.inference.get("computed") is True,
        certified=True,
        corroborated=corroborated,
        doubt=claim.reading.completion.doubt,
    )


def _report(result: CheckResult, reason: str) -> Recheck:
    return Recheck("trace", CheckReport(result, reason))


def _refuted(reason: str) -> Recheck:
    return Recheck("trace", CheckReport(CheckResult.REFUTED, reason, CHECKER))
