"""cvc5 asked about the recorded SMT-LIB programs that contradict themselves, and how many of its proofs hold."""

import asyncio
import time
from collections import Counter
from statistics import median

from solvers import Finished, Job, Language, Limits, Program, Run, Runtime, Satisfiable, Unsatisfiable
from solvers.certificates import CheckReport, CheckResult, certificate_of
from solvers.checking import check_certificate
from solvers.types import Engine, NoEvidence, Proof
from tests.benchmarks.data import recorded_scripts

_LIMITS = Limits(wall_seconds=10)
_SECONDS = 5.0


async def proofs() -> dict[str, object]:
    """Every recorded program with one check that z3 finds unsatisfiable, asked of cvc5 with evidence, one at a time."""
    texts = [
        script.text
        for script in recorded_scripts()
        if not script.faulty and [reply for reply in script.replies if reply in {"sat", "unsat"}] == ["unsat"]
    ]
    verdicts: Counter[str] = Counter()
    results: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    refuted: list[str] = []
    prove_ms: list[float] = []
    check_ms: list[float] = []
    async with Runtime() as runtime:
        await runtime.solve(Job(Program(Language.SMT, "(check-sat)"), engine=Engine.CVC5))
        for text in texts:
            job = Job(Program(Language.SMT, text), engine=Engine.CVC5, evidence=True)
            run = await runtime.solve(job, _LIMITS)
            verdicts[_verdict(run)] += 1
            if not isinstance(run.ending, Finished) or not isinstance(run.ending.outcome, Unsatisfiable):
                continue
            if isinstance(run.ending.evidence, NoEvidence):
                reasons[run.ending.evidence.reason[:80]] += 1
            if not isinstance(run.ending.evidence, Proof):
                continue
            prove_ms.append(run.usage.wall_seconds * 1000)
            certificate = certificate_of(job, run)
            assert certificate is not None
            began = time.perf_counter()
            report: CheckReport = await asyncio.to_thread(check_certificate, certificate, _SECONDS)
            check_ms.append((time.perf_counter() - began) * 1000)
            results[report.result] += 1
            if report.result is CheckResult.REFUTED:
                refuted.append(report.reason)
            elif report.result is CheckResult.NOT_CHECKABLE:
                reasons[report.reason.split(": ", 1)[-1][:80]] += 1
    return {
        "programs": len(texts),
        "cvc5": dict(verdicts),
        "proofs": len(prove_ms),
        "confirmed": results[CheckResult.CONFIRMED],
        "not_checkable": results[CheckResult.NOT_CHECKABLE],
        "reasons": dict(reasons.most_common()),
        "refuted": refuted,
        "median_ms": {
            "prove": round(median(prove_ms), 1) if prove_ms else None,
            "check": round(median(check_ms), 1) if check_ms else None,
        },
        "slowest_check_ms": round(max(check_ms, default=0.0), 1),
    }


def _verdict(run: Run) -> str:
    match run.ending:
        case Finished(Unsatisfiable()):
            return "agrees"
        case Finished(Satisfiable()):
            return "disagrees"
        case Finished():
            return "unknown"
        case ending:
            return type(ending).__name__.lower()
