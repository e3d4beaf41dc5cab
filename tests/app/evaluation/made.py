"""Evaluations and results made up for tests of scores, metrics and reports."""

import random
from dataclasses import replace
from datetime import UTC, datetime

from app.lm.types import LmIdentity
from app.problem import Kind
from app.reasoning.types import Trust, VerdictKind
from app.store.evaluation_types import (
    AttemptEnd,
    AttemptSummary,
    Baseline,
    Counts,
    DatasetSummary,
    Evaluation,
    EvaluationConfig,
    Outcome,
    Result,
    State,
)
from solvers.types import ErrorClass

MOMENT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DATASET = DatasetSummary("ab" * 32, "gsm8k", "gsm8k_test.jsonl", "MIT", 650, MOMENT)
PROMPTS = [{"name": "formalise/arithmetic_prolog", "version": 1, "sha256": "cd" * 32}]
VERSIONS = {"quod": "0.1.0", "engines": {"prolog": "9.2.9", "smt": "5.4.0.0"}, "prompts": PROMPTS, "trust_rule": 3}

RIGHT = AttemptSummary(None, True, True, AttemptEnd.ANSWERED)
WRONG = AttemptSummary(None, True, False, AttemptEnd.ANSWERED)
ABSTAINED = AttemptSummary(None, False, None, AttemptEnd.ABSTAINED)
STOPPED = AttemptSummary(None, False, None, AttemptEnd.STOPPED)


def fault(error_class: ErrorClass) -> AttemptSummary:
    """An attempt whose program is rejected; one of class `logical` ran, and nothing followed."""
    ran = error_class is ErrorClass.LOGICAL
    return AttemptSummary(error_class, ran, None, AttemptEnd.NO_ANSWER if ran else AttemptEnd.REJECTED)


def evaluation(recorded=None, **changes) -> Evaluation:
    config = changes.pop("config", EvaluationConfig("http:qwen@http://localhost/v1"))
    made = Evaluation(
        id="evl_01M81HVERK0W0HS0RWSTJS8Z07",
        dataset=DATASET,
        config=config,
        state=State.COMPLETED,
        reason="",
        counts=recorded or Counts(),
        attended=True,
        owned=False,
        lm=LmIdentity("http", "qwen2.5:7b", "r1", "http://localhost/v1"),
        versions=VERSIONS,
        tokens=0,
        seconds=120.0,
        created_at=MOMENT,
        started_at=MOMENT,
        ended_at=MOMENT,
    )
    return replace(made, **changes)


def result(outcome: Outcome, position: int = 0, epoch: int = 1, **changes) -> Result:
    """A result that fits its outcome; what is given replaces what it would have."""
    match outcome:
        case Outcome.CORRECT:
            facts = {"verdict": VerdictKind.ANSWERED, "answer": "18", "trust": Trust.CERTIFIED, "attempts": (RIGHT,)}
        case Outcome.WRONG:
            facts = {"verdict": VerdictKind.ANSWERED, "answer": "17", "trust": Trust.EXECUTED, "attempts": (WRONG,)}
        case Outcome.ABSTAINED:
            facts = {"verdict": VerdictKind.UNRESOLVED, "attempts": (fault(ErrorClass.SYNTAX),)}
        case Outcome.ERRORED:
            facts = {"error": "the server said 500", "error_type": "LmRefusedError"}
    base = {
        "sample_id": f"s{position}",
        "position": position,
        "epoch": epoch,
        "outcome": outcome,
        "target": "18",
        "kind": Kind.ARITHMETIC,
        "trace_id": f"trc_{position:026d}",
    }
    return Result(**{**base, **facts, **changes})


def baseline(outcome: Outcome) -> Baseline:
    return Baseline(outcome, None if outcome is Outcome.ABSTAINED else "18", "#### 18", 40, 10, 0.5)


def drawn(n: int, seed: int = 1, epochs: int = 1, with_baseline: bool = False):
    """So many results as a run of a middling language model might give, one after the other."""
    chance = random.Random(seed)
    classes = [ErrorClass.SYNTAX, ErrorClass.EXISTENCE, ErrorClass.INSTANTIATION, ErrorClass.LOGICAL, ErrorClass.TYPE]
    rungs = [Trust.EXECUTED, Trust.DETERMINATE, Trust.CERTIFIED, Trust.CORROBORATED]
    for epoch in range(1, epochs + 1):
        for position in range(n):
            attempts = [
                fault(chance.choices(classes, [5, 3, 2, 4, 1])[0]) for _ in range(chance.choice([0, 0, 0, 1, 1, 2]))
            ]
            rung = chance.choices(rungs, [2, 2, 8, 3])[0]
            outcome = chance.choices(list(Outcome), [70, 30 - 7 * rungs.index(rung), 8, 1])[0]
            facts = {}
            if outcome in (Outcome.CORRECT, Outcome.WRONG):
                attempts.append(RIGHT if outcome is Outcome.CORRECT else WRONG)
                facts["trust"] = rung
            elif outcome is Outcome.ABSTAINED:
                attempts.append(
                    chance.choice([STOPPED, ABSTAINED, fault(ErrorClass.SYNTAX), fault(ErrorClass.LOGICAL)])
                )
                facts["reason"] = "the program is at fault: the predicate total/1 does not exist"
            seconds = chance.lognormvariate(0.7, 0.8)
            yield result(
                outcome,
                position,
                epoch,
                attempts=tuple(attempts),
                prompt_tokens=900 * max(1, len(attempts)) + chance.randrange(200),
                completion_tokens=chance.randrange(100, 500),
                seconds=seconds,
                lm_seconds=0.9 * seconds,
                solver_seconds=0.05 * seconds,
                baseline=baseline(chance.choices(list(Outcome), [60, 38, 2, 0])[0]) if with_baseline else None,
                **facts,
            )
