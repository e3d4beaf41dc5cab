"""Models that z3 gives for the recorded SMT-LIB scripts, checked without it."""

import asyncio
import time
from collections import Counter

from solvers import Finished, Job, Language, Limits, Program, Runtime, Satisfiable
from solvers.certificates import certificate_of
from solvers.checking import check_certificate
from tests.benchmarks.data import recorded_scripts

LIMITS = Limits(wall_seconds=10.0, cpu_seconds=10.0)


async def models() -> dict[str, object]:
    """Of those that are satisfiable: how many models are confirmed, which rest on assumptions, and why the others are
    not checkable. None may be refuted.
    """
    jobs = [
        Job(Program(Language.SMT, script.text), evidence=True) for script in recorded_scripts() if not script.faulty
    ]
    async with Runtime() as runtime:
        runs = await asyncio.gather(*(runtime.solve(job, LIMITS) for job in jobs))
    results: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    seconds = 0.0
    for job, run in zip(jobs, runs, strict=True):
        certificate = certificate_of(job, run)
        if certificate is None or not isinstance(certificate.outcome, Satisfiable):
            continue
        assert isinstance(run.ending, Finished)
        began = time.perf_counter()
        report = check_certificate(certificate)
        seconds += time.perf_counter() - began
        results[report.result if not report.assumptions else f"{report.result} with assumptions"] += 1
        if not report.certified:
            reasons[report.reason] += 1
    checked = sum(results.values())
    return {
        "satisfiable": checked,
        "results": dict(results),
        "reasons": dict(reasons.most_common(20)),
        "models_per_second": round(checked / seconds, 1) if seconds else None,
    }
