"""What certificates cost and how many there are: gold GSM8K programs, run plainly, run with evidence, and checked."""

import asyncio
import io
import statistics
import time
import tokenize
from collections import Counter
from dataclasses import replace
from pathlib import Path

from solvers import Answers, Finished, Job, Language, Limits, Program, Runtime, RuntimeConfig, Wanted, checking
from solvers.certificates import CheckReport, CheckResult, certificate_of
from solvers.checking import check_certificate
from solvers.types import Derivations, NoEvidence, Run
from tests.benchmarks.data import gold_programs

LIMITS = Limits(wall_seconds=10.0, cpu_seconds=10.0)


def checker_size() -> dict[str, dict[str, int]]:
    """Files and lines of the checkers: all of them, and those that are neither blank nor comment nor docstring."""
    folder = Path(checking.__file__).parent
    sizes: dict[str, dict[str, int]] = {}
    for name, files in (
        ("shared", [*folder.glob("*.py"), folder.parent / "certificates.py"]),
        ("prolog", [*folder.glob("prolog/*.py")]),
        ("smt", [*folder.glob("smt/*.py")]),
    ):
        texts = [file.read_text(encoding="utf-8") for file in files]
        sizes[name] = {
            "files": sum(1 for text in texts if text.strip()),
            "lines": sum(len(text.splitlines()) for text in texts),
            "lines_of_code": sum(map(_lines_of_code, texts)),
        }
    return sizes


def _lines_of_code(text: str) -> int:
    """Lines on which a token of code stands; a string that is a statement by itself is a docstring."""
    lines: set[int] = set()
    begun = True
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            begun = True
        elif token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER):
            if not (begun and token.type == tokenize.STRING):
                lines.update(range(token.start[0], token.end[0] + 1))
            begun = False
    return len(lines)


async def gold() -> dict[str, object]:
    """One program after the other, so that no time is spent waiting for a turn; seconds are wall-clock seconds."""
    plain: list[float] = []
    derived: list[float] = []
    checked: list[float] = []
    results: Counter[str] = Counter()
    derivations = disagreeing = 0
    uncertified: dict[int, str] = {}
    async with Runtime(RuntimeConfig(concurrency=1)) as runtime:
        await runtime.health()  # the engine loads once, before anything is timed
        for number, program in enumerate(gold_programs()):
            job = Job(Program(Language.PROLOG, program.text), "solve(X)", Wanted.NUMBER)
            asking = replace(job, evidence=True)
            run, seconds = await _timed(runtime, job)
            plain.append(seconds)
            with_evidence, seconds = await _timed(runtime, asking)
            derived.append(seconds)
            disagreeing += not _same_outcome(run, with_evidence)
            report, seconds = await asyncio.to_thread(_checked, asking, with_evidence)
            checked.append(seconds)
            results[_name(report)] += 1
            if report is None or not report.certified:
                uncertified[number] = _reason(report, with_evidence)
            derivations += _has_derivation(with_evidence)
    total = sum(derived) + sum(checked)
    return {
        "programs": len(plain),
        "certified": results["certified"],
        "certified_share": round(results["certified"] / len(plain), 4),
        "results": dict(results),
        "with_a_derivation": derivations,
        "outcome_changed_by_evidence": disagreeing,
        "median_plain_run_ms": _ms(plain),
        "median_run_with_derivation_ms": _ms(derived),
        "median_check_ms": _ms(checked),
        "run_with_derivation_and_check_over_plain_run": round(total / sum(plain), 2),
        "certificates_checked_per_second": round(len(checked) / sum(checked), 1),
        "checker_size": checker_size(),
        "uncertified": uncertified,
    }


async def _timed(runtime: Runtime, job: Job) -> tuple[Run, float]:
    began = time.perf_counter()
    run = await runtime.solve(job, LIMITS)
    return run, time.perf_counter() - began


def _checked(job: Job, run: Run) -> tuple[CheckReport | None, float]:
    certificate = certificate_of(job, run)
    began = time.perf_counter()
    report = None if certificate is None else check_certificate(certificate)
    return report, time.perf_counter() - began


def _same_outcome(plain: Run, with_evidence: Run) -> bool:
    one, other = plain.ending, with_evidence.ending
    if isinstance(other, Finished):
        other = replace(other, evidence=None)
    return one == other


def _has_derivation(run: Run) -> bool:
    return isinstance(run.ending, Finished) and isinstance(run.ending.evidence, Derivations)


def _name(report: CheckReport | None) -> str:
    if report is None:
        return "no outcome"
    return "certified" if report.certified else f"{report.result.value}{' with assumptions' * bool(report.assumptions)}"


def _reason(report: CheckReport | None, run: Run) -> str:
    if report is None:
        return f"no outcome: {type(run.ending).__name__}"
    words = report.reason if report.result is not CheckResult.CONFIRMED else "; ".join(report.assumptions)
    ending = run.ending
    if isinstance(ending, Finished) and isinstance(ending.evidence, NoEvidence) and isinstance(ending.outcome, Answers):
        words += f" (no derivation: {ending.evidence.reason})"
    return f"{report.result.value}: {words}"[:300]


def _ms(seconds: list[float]) -> float:
    return round(1000 * statistics.median(seconds), 2)
