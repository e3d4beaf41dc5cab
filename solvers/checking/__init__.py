"""Checks a certificate without the engine that made it. Standard library only, so that a stranger can read and run it:

    python -m solvers.checking FILE

What is confirmed is that the outcome follows from the program. Whether the program says what the problem says is no
question for a checker.

Covered: derivations and finite search for Prolog (`prolog`), models and proofs of unsatisfiability for SMT-LIB (`smt`).
What a checker does not know it does not accept. It raises nothing, whatever it is given, and keeps its limit.
"""

from collections.abc import Mapping

from solvers.certificates import Certificate, CheckReport, CheckResult
from solvers.checking.budget import SECONDS, Budget, NotCheckableError, RefutedError
from solvers.smt.sexpr import symbol_text
from solvers.types import (
    Answers,
    Language,
    ModelText,
    NoAnswer,
    NoEvidence,
    Proof,
    Satisfiable,
    Unknown,
    Unsatisfiable,
    Value,
    ValueKind,
)

CHECKER = "quod.checking/1"
"""Who says so. Counts up when what is accepted changes."""

_NOT_COMPARED = frozenset({ValueKind.COMPOUND, ValueKind.OTHER})
_LONGEST = 1_000_000
"""Characters of a program, and of a model or proof."""
_CHARACTERS_A_SECOND = 500_000
"""SMT-LIB is read at once, so it has to be short enough for the limit."""
_LAST_CHARACTER = "\U0002ffff"
"""Of SMT-LIB's. Engines do not agree on how they read one behind it."""


def check_certificate(certificate: Certificate, seconds: float = SECONDS) -> CheckReport:
    """Whether the evidence shows what the certificate claims (`Certificate` says what that is).

    Args:
        seconds: limit of this check; it is kept to within a fraction of a second.
    """
    try:
        words, assumptions = _check(certificate, Budget(seconds), seconds)
    except RefutedError as error:
        return CheckReport(CheckResult.REFUTED, str(error), CHECKER)
    except NotCheckableError as error:
        return CheckReport(CheckResult.NOT_CHECKABLE, str(error), CHECKER)
    except (RecursionError, MemoryError) as error:
        return CheckReport(CheckResult.NOT_CHECKABLE, f"too large for the checker ({type(error).__name__})", CHECKER)
    except Exception as error:  # noqa: BLE001  # a fault of the checker confirms nothing
        reason = f"the checker failed, which is our fault: {type(error).__name__}: {error}"
        return CheckReport(CheckResult.NOT_CHECKABLE, reason[:500], CHECKER)
    return CheckReport(CheckResult.CONFIRMED, words, CHECKER, assumptions)


def _check(certificate: Certificate, budget: Budget, seconds: float) -> tuple[str, tuple[str, ...]]:
    job, outcome, evidence = certificate.job, certificate.outcome, certificate.evidence
    program, query = job.program.text, job.query or ""
    if len(program) + len(query) > _LONGEST:
        raise NotCheckableError("the program is longer than the checker reads")
    match job.program.language, outcome, evidence:
        case _, Unknown(reason), _:
            raise NotCheckableError(f"nothing is claimed: the engine did not decide ({reason})")
        case Language.PROLOG, Answers() | NoAnswer(), _:
            from solvers.checking.prolog.check import check_prolog

            return check_prolog(certificate, budget)
        case Language.SMT, Satisfiable(model, values, objectives), ModelText(text):
            from solvers.checking.smt.model import check_model

            if objectives and any("assert-soft" in part for part in (program, query)):
                raise NotCheckableError("the checker does not add up what soft assertions cost")
            claimed = _claimed(model, values, objectives)
            said = (part for term, value in claimed.items() for part in (term, value.text))
            _is_readable(seconds, program, query, text, *said)
            return check_model(f"{program}\n{query}", text, claimed, budget)
        case Language.SMT, Unsatisfiable(), Proof(text):
            from solvers.checking.smt.proof import check_proof

            _is_readable(seconds, program, query, text)
            return check_proof(f"{program}\n{query}", text, budget)
        case Language.SMT, Satisfiable() | Unsatisfiable(), NoEvidence(reason):
            raise NotCheckableError(f"the certificate holds no evidence: {reason}")
        case Language.SMT, Satisfiable() | Unsatisfiable(), None:
            raise NotCheckableError("the certificate holds no evidence")
        case language, _, _:
            raise RefutedError(
                f"a program in {language.value} has no outcome of kind {type(outcome).__name__} "
                f"with evidence of kind {type(evidence).__name__}"
            )


def _is_readable(seconds: float, program: str, query: str, *evidence: str) -> None:
    length = sum(map(len, evidence))
    if length > _LONGEST:
        raise NotCheckableError("the evidence is longer than the checker reads")
    if len(program) + len(query) + length > seconds * _CHARACTERS_A_SECOND:
        raise NotCheckableError("program and evidence are longer than the checker reads within its limit")
    if any(text and max(text) > _LAST_CHARACTER for text in (program, query, *evidence)):
        raise NotCheckableError("a character is none of SMT-LIB")


def _claimed(
    model: Mapping[str, Value], values: Mapping[str, Value], objectives: Mapping[str, Value]
) -> dict[str, Value]:
    """Every term that the outcome gives a value. A term with two values is refused, not settled."""
    claimed: dict[str, Value] = {}
    for part in (model, values, objectives):
        for term, value in part.items():
            other = claimed.setdefault(term, value)
            if other == value:
                continue
            if {other.kind, value.kind} & _NOT_COMPARED or (symbol_text(term) != term and term in model):
                raise NotCheckableError(f"the outcome gives {term} in two forms, which are not compared")
            raise RefutedError(f"the outcome gives {term} two values, {other.text} and {value.text}")
    return claimed
