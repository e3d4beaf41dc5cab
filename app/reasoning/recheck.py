"""Checks a certificate or a whole trace that comes from anywhere, as JSON. No engine, no database, no language model.

Of a trace: that its verdict follows from its runs, that the runs are those of its own program, that each certificate
holds, and that the problem it names is the one its language model was shown. What it is not asked: whether the program
says what the problem says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.errors import NotATraceError
from app.reasoning.certify import certificates_of, together
from app.reasoning.conclude import conclude
from app.reasoning.trust import at_least
from app.reasoning.types import (
    CheckReport,
    CheckResult,
    Formalisation,
    Kind,
    RunName,
    Trust,
    VerdictKind,
    World,
)
from solvers.certificates import FORMAT, certificate_from_json
from solvers.checking import CHECKER, check_certificate
from solvers.checking.budget import SECONDS
from solvers.errors import ProtocolError
from solvers.types import Language, Program, Run
from solvers.wire import run_from_json


@dataclass(frozen=True, slots=True)
class Recheck:
    """What was made of a document: `what` is "certificate" or "trace"; `parts` the runs' certificates of a trace."""

    what: Literal["certificate", "trace"]
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
    if "format" in body or "outcome" in body:
        try:
            certificate = certificate_from_json(body)
        except ProtocolError as error:
            raise NotATraceError(str(error)) from error
        return Recheck("certificate", check_certificate(certificate, seconds))
    return _trace(body, seconds)


def _trace(body: Mapping[str, Any], seconds: float) -> Recheck:
    try:
        problem, verdict = body["problem"], body["verdict"]
        text, kind, world = _text(problem["text"]), Kind(body["kind"]), World(problem["world"])
        concluded = VerdictKind(verdict["kind"])
        trust = None if verdict["trust"] is None else Trust(verdict["trust"])
        attempt = _concluding(body)
        messages = [_text(message["content"]) for message in attempt["messages"]]
        formalisation = _formalisation(attempt["formalisation"])
        runs = {RunName(attempt["run_name"]): _run(attempt["run"])}
        runs |= {RunName(name): _run(run) for name, run in attempt["further_runs"].items()}
        second = {RunName(name): _run(run) for name, run in attempt["second_opinions"].items()}
    except _NoAttempt:
        report = CheckReport(CheckResult.NOT_CHECKABLE, "the trace concludes nothing, so there is nothing to check")
        return Recheck("trace", report)
    except (KeyError, TypeError, ValueError, AttributeError, ProtocolError) as error:
        raise NotATraceError(f"not a trace as GET /v1/traces/ID gives it: {type(error).__name__}: {error}") from error
    if not any(text.strip() in message for message in messages):
        return _refused("the language model was shown another problem than the one that the trace names")
    followed = conclude(kind, world, formalisation, runs).verdict
    if followed is None or (followed.kind, followed.answer) != (concluded, verdict["answer"]):
        what = "nothing" if followed is None else f"{followed.kind.value} {followed.answer or ''}".strip()
        return _refused(f"the verdict does not follow from the runs: from them follows {what}")
    parts = {
        name: check_certificate(certificate, seconds)
        for name, certificate in certificates_of(formalisation, kind, runs, second).items()
    }
    report = together(parts)
    if at_least(trust, Trust.CERTIFIED) and not report.certified and report.result is not CheckResult.REFUTED:
        report = CheckReport(
            CheckResult.REFUTED,
            f"the trace claims to be certified, and its evidence does not bear that out: {report.reason}",
            CHECKER,
        )
    return Recheck("trace", report, parts)


class _NoAttempt(Exception):
    pass


def _concluding(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The attempt that the verdict rests on."""
    if VerdictKind(body["verdict"]["kind"]) is VerdictKind.UNRESOLVED:
        raise _NoAttempt
    number = body["evidence"]["execution"]["attempt"]
    for attempt in body["attempts"]:
        if attempt["number"] == number:
            found: Mapping[str, Any] = attempt
            return found
    raise ValueError(f"there is no attempt {number}")


def _formalisation(body: Mapping[str, Any]) -> Formalisation:
    return Formalisation(
        Program(Language(body["language"]), _text(body["program"])),
        _text(body["query"]),
        None if body["complement"] is None else _text(body["complement"]),
    )


def _run(body: object) -> Run:
    return run_from_json(body)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text is expected, not {type(value).__name__}")
    return value


def _refused(reason: str) -> Recheck:
    return Recheck("trace", CheckReport(CheckResult.REFUTED, reason, CHECKER))
