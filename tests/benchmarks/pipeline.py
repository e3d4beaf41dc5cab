"""Recorded completions through the whole pipeline and the store: accuracy, trust, first try, repairs, our own time."""

import asyncio
import json
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from app.errors import LmError
from app.lm.recorded import RecordedLM
from app.lm.types import LanguageModel
from app.reasoning.calibration import wilson
from app.reasoning.events import Event
from app.reasoning.pipeline import solve_problem
from app.reasoning.polarity import polarity_of_statement
from app.reasoning.trust import TRUST_RULE, at_least
from app.reasoning.types import Attempt, Budget, Kind, NotExtracted, OnRepeat, Problem, Trace, Trust, VerdictKind
from app.samples import answer_of, load_samples, same_answer
from app.samples.record import RECORDING
from app.store.session import Database
from app.store.traces import TraceStore
from solvers import Finished, Limits, Rejected, Runtime, RuntimeConfig, Stopped
from tests.benchmarks.data import gpt4_attempts
from tests.benchmarks.logic import Unreadable, logic_problems

LIMITS = Limits(wall_seconds=10.0, cpu_seconds=10.0)


@dataclass(frozen=True, slots=True)
class Posed:
    """A problem, what is right, and how to tell. The target stays here: the pipeline is handed `problem` alone."""

    problem: Problem
    right: Callable[[Trace], bool]
    id: str = ""


async def gpt4() -> dict[str, object]:
    """The first 650 GSM8K test problems with GPT-4's programs; its retries play the repairs."""
    recorded = gpt4_attempts()
    targets = {row.problem: str(row.target) for row in recorded}
    posed = [
        Posed(
            Problem(text, Kind.ARITHMETIC),
            lambda trace, target=target: same_answer(Kind.ARITHMETIC, answer_of(trace.verdict), target),
        )
        for text, target in targets.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "gpt4.jsonl"
        with recording.open("w", encoding="utf-8") as lines:
            for row in recorded:
                # Its authors ran these programs with CLP(R) loaded and asked for problem(X).
                text = f"```prolog\n:- use_module(library(clpr)).\n{row.program}\n% query: problem(X).\n```"
                line = {"problem": row.problem, "attempt": row.attempt, "completion": text}
                lines.write(json.dumps(line) + "\n")
        most = max(row.attempt for row in recorded)
        budget = Budget(attempts=most, seconds=600.0)
        return await measure(posed, RecordedLM(recording), budget, "GSM8K test, 650 problems, CLP(R) by GPT-4")


async def prontoqa() -> dict[str, object]:
    """PrOntoQA twice: with the polarity of the query as GPT-4 wrote it, and as the statement has it."""
    return {
        "polarity_as_written": await _logic("ProntoQA", None),
        "polarity_of_the_statement": await _logic("ProntoQA", _denies),
    }


async def proofwriter() -> dict[str, object]:
    return await _logic("ProofWriter", None)


async def logical_deduction() -> dict[str, object]:
    return await _logic("LogicalDeduction", None)


async def folio() -> dict[str, object]:
    return await _logic("FOLIO", None)


def _denies(statement: str) -> bool | None:
    sign = polarity_of_statement(statement).sign
    return None if sign is None else sign == "negative"


async def _logic(name: str, polarity: Callable[[str], bool | None] | None) -> dict[str, object]:
    """Logic-LM's recorded programs of a set, one attempt each. A question that is asked twice is asked once."""
    posed: dict[str, Posed] = {}
    lines = []
    unreadable = []
    for row in logic_problems(name, polarity=polarity):
        if isinstance(row, Unreadable):
            unreadable.append(f"{row.id}: {row.reason}")
            continue
        # A recording is looked up by the text, and some questions stand in the set twice.
        problem = replace(row.problem, text=f"{row.problem.text}\n\n({row.id})")
        posed[problem.text] = Posed(
            problem, lambda trace, row=row: row.answer(trace) == row.target, id=f"{row.id}, {row.target} is right"
        )
        lines.append(json.dumps({"problem": problem.text, "attempt": 1, "completion": row.completion}) + "\n")
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / f"{name}.jsonl"
        recording.write_text("".join(lines), encoding="utf-8")
        budget = Budget(attempts=1, seconds=60.0)
        found = await measure(list(posed.values()), RecordedLM(recording), budget, f"{name}, Logic-LM's by GPT-4")
    total = len(posed) + len(unreadable)
    outcomes = found["outcomes"]
    assert isinstance(outcomes, dict)
    executable = found["executable"]
    assert isinstance(executable, int)
    return {
        "problems": total,
        "accuracy_of_all": round(outcomes.get("correct", 0) / total, 4),
        "executable_share": round(executable / total, 4),
        "accuracy_of_executable": round(outcomes.get("correct", 0) / executable, 4),
        "unreadable": unreadable,
        **{key: value for key, value in found.items() if key != "problems"},
    }


async def samples() -> dict[str, object]:
    """The sample problems with the completions recorded for the shipped prompts."""
    posed = [
        Posed(
            sample.as_problem(),
            lambda trace, sample=sample: same_answer(sample.kind, answer_of(trace.verdict), sample.answer),
        )
        for sample in load_samples()
    ]
    return await measure(posed, RecordedLM(RECORDING), Budget(), "the samples of Quod", lm_name=RECORDING.name)


async def measure(
    posed: Sequence[Posed], lm: LanguageModel, budget: Budget, of: str = "unnamed", *, lm_name: str = "gpt-4"
) -> dict[str, object]:
    """Every problem through the pipeline. `of` names the set in the calibration table, `lm_name` who wrote for it."""
    outcomes: Counter[str] = Counter()
    by_kind: dict[str, Counter[str]] = {}
    own_ms: list[float] = []
    attempts: Counter[int] = Counter()
    first_ran = 0
    repairs: dict[str, Counter[str]] = {}
    not_right: list[str] = []
    trust: dict[str, Counter[str]] = {name: Counter() for name in ["none", *Trust]}
    rungs: dict[tuple[Kind, Trust], Counter[str]] = {}
    lacking: Counter[str] = Counter()
    executable = 0
    with tempfile.TemporaryDirectory() as folder, Database.open(f"sqlite:///{folder}/bench.db") as database:
        database.upgrade()
        store = TraceStore(database)
        async with Runtime(RuntimeConfig(concurrency=2)) as runtime:
            await runtime.health()
            for one in posed:
                trace = await _solve(one.problem, lm, runtime, store, budget)
                right = one.right(trace)
                outcome = _outcome(trace, right)
                outcomes[outcome] += 1
                by_kind.setdefault(trace.kind.value, Counter())[outcome] += 1
                own_ms.append(1000 * (trace.spent.seconds - trace.spent.lm_seconds))
                attempts[trace.spent.attempts] += 1
                executable += any(_ran(attempt) for attempt in trace.attempts)
                rung = trust[trace.verdict.trust or "none"]
                rung["n"] += 1
                rung["right"] += right
                if trace.verdict.trust is not None:
                    counts = rungs.setdefault((trace.kind, trace.verdict.trust), Counter())
                    counts.update(n=1, right=int(right))
                if trace.verdict.trust is not None and not at_least(trace.verdict.trust, Trust.CERTIFIED):
                    lacking[_why_not_certified(trace)] += 1
                if trace.attempts:
                    first_ran += _ran(trace.attempts[0])
                _count_repair(trace, right, repairs)
                if not right:
                    name = one.id or trace.problem.text[:70]
                    not_right.append(f"{outcome}, {trace.verdict.kind.value} {trace.verdict.answer or ''}: {name}")
    total = len(posed)
    own_ms.sort()
    return {
        "problems": total,
        "accuracy": round(outcomes["correct"] / total, 4),
        "outcomes": dict(outcomes),
        "executable": executable,
        "by_trust": {name: _rung(counts, total - trust["none"]["n"]) for name, counts in trust.items() if counts["n"]},
        "calibration": [
            {
                "set": of,
                "lm": lm_name,
                "kind": kind.value,
                "trust": rung.value,
                "trust_rule": TRUST_RULE,
                "right": counts["right"],
                "n": counts["n"],
            }
            for (kind, rung), counts in rungs.items()
        ],
        "not_certified_because": dict(lacking.most_common()),
        "by_kind": {kind: dict(counts) for kind, counts in by_kind.items()},
        "first_try_execution_rate": round(first_ran / total, 4),
        "attempts_made": {str(number): count for number, count in sorted(attempts.items())},
        "first_fault_by_class": {
            name: {
                "problems": counts["problems"],
                "repaired_to_run": counts["run"],
                "repaired_to_correct": counts["correct"],
            }
            for name, counts in sorted(repairs.items())
        },
        "own_ms_per_problem": {
            "median": round(statistics.median(own_ms), 2),
            "p99": round(own_ms[int(0.99 * (total - 1))], 2),
        },
        "not_right": not_right,
    }


def _rung(counts: Counter[str], concluded: int) -> dict[str, object]:
    """How many verdicts reached exactly this rung, their share of those concluded, and how many were right."""
    low, high = wilson(counts["right"], counts["n"])
    return {
        "n": counts["n"],
        "right": counts["right"],
        "share_of_concluded": round(counts["n"] / concluded, 4) if concluded else None,
        "accuracy": round(counts["right"] / counts["n"], 4),
        "interval_95": [round(low, 4), round(high, 4)],
    }


def _why_not_certified(trace: Trace) -> str:
    """The first reason, with names and numbers taken out, so that equal reasons are counted together."""
    lacks = str(trace.evidence.inference.get("next_rung_lacks"))
    if trace.verdict.trust is Trust.DETERMINATE:
        check = next(a.check for a in trace.attempts if a.number == trace.evidence.execution["attempt"])
        lacks = f"{check.result.value}: {'; '.join(check.assumptions) or check.reason}"
    return re.sub(r"`[^`]*`|\d+", "_", lacks)[:160]


async def _solve(problem: Problem, lm: LanguageModel, runtime: Runtime, store: TraceStore, budget: Budget) -> Trace:
    """The trace as the store has it, so that what is counted is what was kept."""
    begun: list[str] = []

    async def record(event: Event) -> None:
        begun.append(event.trace_id)
        await store.record_in_thread(event)

    # The recording may have no further attempt: then the trace says so, and counts as abstained.
    with suppress(LmError):
        await solve_problem(
            problem,
            lm=lm,
            solver=runtime,
            record=record,
            quod="bench",
            engines={},
            budget=budget,
            limits=LIMITS,
            on_repeat=OnRepeat.RESTART,
        )
    return await asyncio.to_thread(store.get, begun[0])


def _outcome(trace: Trace, right: bool) -> str:
    if right:
        return "correct"
    return "abstained" if trace.verdict.kind is VerdictKind.UNRESOLVED else "wrong"


def _ran(attempt: Attempt) -> bool:
    """Every run of the attempt ended by itself."""
    return bool(attempt.runs) and all(isinstance(run.ending, Finished) for run in attempt.runs.values())


def _fault(attempt: Attempt) -> str:
    """The class of the fault that a repair hears first."""
    if isinstance(attempt.formalisation, NotExtracted):
        return "not_extracted"
    for run in attempt.runs.values():
        match run.ending:
            case Stopped(limit):
                return f"stopped_{limit.value}"
            case Rejected((first, *_)):
                return first.error_class.value
    return attempt.diagnostics[0].error_class.value if attempt.diagnostics else "logical"


def _count_repair(trace: Trace, right: bool, repairs: dict[str, Counter[str]]) -> None:
    concluded_at_once = trace.spent.attempts == 1 and trace.verdict.kind is not VerdictKind.UNRESOLVED
    if not trace.attempts or concluded_at_once:
        return
    counts = repairs.setdefault(_fault(trace.attempts[0]), Counter())
    counts["problems"] += 1
    counts["run"] += any(_ran(attempt) for attempt in trace.attempts[1:])
    counts["correct"] += right
