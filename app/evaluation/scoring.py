"""Makes a result of what came of a sample. Fails closed: what cannot be compared is not correct."""

from app.evaluation.answers import Pairs, answer_in, is_right
from app.evaluation.engine import SampleRun
from app.lm.types import Completion, FinishReason
from app.reasoning.conclude import QUESTIONS_OF_OURS, conclude
from app.reasoning.events import AttemptEnded, TraceBegun, VerdictReached
from app.reasoning.premises import faults
from app.reasoning.runs import answer_values
from app.reasoning.types import (
    Attempt,
    CheckResult,
    Formalisation,
    Purpose,
    RunName,
    Spent,
    Verdict,
    VerdictKind,
)
from app.store.evaluation_types import AttemptEnd, AttemptSummary, Baseline, Outcome, Result, Sample
from solvers.types import Answers as Found
from solvers.types import Finished, Rejected, Satisfiable, Stopped

ALARM = "EvidenceAlarm"
"""`error_type` of a result whose evidence spoke against its own claim: an engine, or a checker, is at fault."""
INCOMPLETE = "IncompleteTrace"
"""`error_type` of a run that ended without a failure and without a verdict."""


def score(sample: Sample, run: SampleRun, epoch: int, position: int) -> Result:
    """What `run` earned.

    Args:
        sample: of the dataset, with its target; `position` is its place there, from 0.
        run: its events are those of the trace, in order, as far as they came.
    """
    begun = next((event for event in run.events if isinstance(event, TraceBegun)), None)
    reached = next((event for event in run.events if isinstance(event, VerdictReached)), None)
    made = [event.attempt for event in run.events if isinstance(event, AttemptEnded)]
    attempts = [attempt for attempt in made if attempt.purpose is Purpose.FORMALISATION]
    verdict = reached.verdict if reached is not None else None
    error_type, error = _error(run, verdict, attempts)
    spent = reached.spent if reached is not None else _spent(made, run.seconds)
    outcome = Outcome.ERRORED
    if error_type is None and verdict is not None:
        outcome = _outcome(is_right(sample, verdict, _pairs(attempts, verdict)))
    return Result(
        sample_id=sample.id,
        position=position,
        epoch=epoch,
        outcome=outcome,
        target=sample.target,
        answer=verdict.answer if verdict is not None else None,
        verdict=verdict.kind if verdict is not None else None,
        trust=verdict.trust if verdict is not None else None,
        kind=begun.kind if begun is not None else None,
        reason=verdict.reason if verdict is not None else "",
        trace_id=begun.trace_id if begun is not None else None,
        error=error,
        error_type=error_type,
        attempts=() if begun is None else tuple(_summary(sample, begun, attempt) for attempt in attempts),
        prompt_tokens=spent.prompt_tokens,
        completion_tokens=spent.completion_tokens,
        lm_seconds=spent.lm_seconds,
        solver_seconds=spent.solver_seconds,
        seconds=spent.seconds,
        baseline=None if run.baseline is None else _baseline(sample, run.baseline),
    )


def _error(run: SampleRun, verdict: Verdict | None, attempts: list[Attempt]) -> tuple[str | None, str | None]:
    """Name and sentence of the fault of a part; None where there is none."""
    if run.failure is not None:
        return run.failure.type, run.failure.message
    if verdict is None:
        return INCOMPLETE, "the trace ended without a verdict: a fault of this program, please report it"
    if verdict.kind is VerdictKind.UNRESOLVED and attempts and _is_alarmed(attempts[-1]):
        return ALARM, verdict.reason
    return None, None


def _is_alarmed(attempt: Attempt) -> bool:
    """The checker refuses the engine's evidence, or two engines disagree: then nothing is concluded (`certify`)."""
    return attempt.check.result is CheckResult.REFUTED or any(
        isinstance(run.ending, Finished) and isinstance(run.ending.outcome, Satisfiable)
        for run in attempt.second_opinions.values()
    )


def _outcome(right: bool | None) -> Outcome:
    if right is None:
        return Outcome.ABSTAINED
    return Outcome.CORRECT if right else Outcome.WRONG


def _spent(attempts: list[Attempt], seconds: float) -> Spent:
    """As far as the attempts say, where the trace did not come to its end."""
    usages = [attempt.completion.usage for attempt in attempts if attempt.completion.usage is not None]
    return Spent(
        attempts=len(attempts),
        prompt_tokens=sum(usage.prompt_tokens for usage in usages),
        completion_tokens=sum(usage.completion_tokens for usage in usages),
        lm_seconds=sum(attempt.completion.seconds for attempt in attempts),
        solver_seconds=sum(run.usage.wall_seconds for attempt in attempts for run in attempt.runs.values()),
        seconds=seconds,
    )


# Attempts


def _summary(sample: Sample, begun: TraceBegun, attempt: Attempt) -> AttemptSummary:
    verdict = _alone(begun, attempt)
    return AttemptSummary(
        error_class=attempt.diagnostics[0].error_class if attempt.diagnostics else None,
        ran=_ran(attempt),
        right=None if verdict is None else is_right(sample, verdict, _values(attempt)),
        ended=_ended(begun, attempt, verdict),
    )


def _alone(begun: TraceBegun, attempt: Attempt) -> Verdict | None:
    """What would be concluded if this attempt were the only one, however much it is trusted."""
    if not isinstance(attempt.formalisation, Formalisation) or attempt.diagnostics or _is_alarmed(attempt):
        return None
    return conclude(begun.kind, begun.problem.world, attempt.formalisation, attempt.runs).verdict


def _ran(attempt: Attempt) -> bool:
    """A run about an answer that is there already does not count: a limit on it says nothing against the program."""
    endings = [run.ending for name, run in attempt.runs.items() if name not in QUESTIONS_OF_OURS]
    return bool(endings) and all(isinstance(ending, Finished) for ending in endings)


def _ended(begun: TraceBegun, attempt: Attempt, verdict: Verdict | None) -> AttemptEnd:
    if attempt.completion.finish_reason is FinishReason.ABSTAINED:
        return AttemptEnd.ABSTAINED
    if not isinstance(attempt.formalisation, Formalisation):
        return AttemptEnd.NOT_EXTRACTED
    if verdict is not None:
        return AttemptEnd.ANSWERED
    endings = [run.ending for name, run in attempt.runs.items() if name not in QUESTIONS_OF_OURS]
    if any(isinstance(ending, Rejected) for ending in endings):
        return AttemptEnd.REJECTED
    if any(isinstance(ending, Stopped) for ending in endings):
        return AttemptEnd.STOPPED
    if endings:
        return AttemptEnd.NO_ANSWER
    if faults(attempt.formalisation, begun.kind, begun.problem.world):
        return AttemptEnd.REJECTED
    return AttemptEnd.REPEATED if attempt.diagnostics else AttemptEnd.STOPPED


def _pairs(attempts: list[Attempt], verdict: Verdict) -> Pairs:
    """The values that the verdict's answer is made of: those of the last attempt, which is the one that concludes."""
    return _values(attempts[-1]) if attempts and verdict.kind is VerdictKind.ANSWERED else ()


def _values(attempt: Attempt) -> Pairs:
    """By name, where the program was asked for several; one alone is the answer's text."""
    run = attempt.runs.get(RunName.QUERY)
    if run is None or not isinstance(run.ending, Finished) or not isinstance(attempt.formalisation, Formalisation):
        return ()
    match run.ending.outcome:
        case Found(substitutions=(first, *_)):
            values = first.bindings
        case Satisfiable() as outcome:
            values = answer_values(attempt.formalisation, outcome) or {}
        case _:
            return ()
    return tuple((name, value.text) for name, value in values.items()) if len(values) > 1 else ()


# The same language model without a solver


def _baseline(sample: Sample, completion: Completion) -> Baseline:
    whole = completion.finish_reason is not FinishReason.LENGTH
    answer = answer_in(sample, completion.text, whole=whole)
    right = None if answer is None else is_right(sample, Verdict(VerdictKind.ANSWERED, "", answer))
    usage = completion.usage
    return Baseline(
        outcome=_outcome(right),
        answer=answer,
        reply=completion.text,
        prompt_tokens=usage.prompt_tokens if usage is not None else 0,
        completion_tokens=usage.completion_tokens if usage is not None else 0,
        seconds=completion.seconds,
    )
