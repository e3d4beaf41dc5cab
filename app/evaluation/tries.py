"""One try of a sample: what is put to the engine, and what its answer says of the sample and of all the others."""

import asyncio
import time
from dataclasses import dataclass, replace

from app.errors import (
    LmAwayError,
    LmRefusedError,
    LmReplyError,
    LmSpecError,
    LmUnavailableError,
    StoreUnavailableError,
)
from app.evaluation.engine import Engine, Failure, SampleRun, SampleTask
from app.evaluation.station import deadline_seconds
from app.reasoning.events import AttemptEnded, VerdictReached
from app.reasoning.pipeline import new_trace_id
from app.store.evaluation_types import EvaluationConfig, Sample

_REFUSED = frozenset({LmRefusedError.__name__, LmReplyError.__name__})
"""Of the sample, such as a prompt that is too long, or of all: a wrong key, another model, an address that is none."""
_UNOPENED = LmSpecError.__name__
"""Of all: there is no such language model."""
_BLAMELESS = frozenset(
    {LmAwayError.__name__, StoreUnavailableError.__name__, "SchedulerLostError", "NoWorkerError", "GivenUpError"}
)
"""Failures that may pass of which no sample is the cause."""


@dataclass(slots=True)
class Work:
    """A sample to be solved in one epoch, over all its tries."""

    position: int
    epoch: int
    sample: Sample
    tries: int = 0
    """In vain."""
    failures: int = 0
    """Tries in vain of which it may be the cause."""
    failing_since: float = 0.0
    """When it first failed so, by the monotonic clock."""
    spare: bool = False
    """It is solved only to find out whether anything can be solved, and nothing is recorded of it."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A sample that is not tried again, and its last try."""

    work: Work
    run: SampleRun


def sample_task(evaluation_id: str, work: Work, config: EvaluationConfig) -> SampleTask:
    """What the engine is given, with a new trace."""
    problem, sampling = work.sample.problem, config.sampling
    if sampling.seed is not None or (config.epochs > 1 and sampling.temperature > 0):
        # With one seed, or with none and a cache of completions, every epoch would get those of the first.
        sampling = replace(sampling, seed=(sampling.seed or 0) + work.epoch - 1)
    return SampleTask(
        evaluation_id=evaluation_id,
        key=f"{evaluation_id}-{work.position}-{work.epoch}",
        problem=replace(problem, kind=config.kind or problem.kind, language=config.language or problem.language),
        lm=config.lm,
        trace_id=new_trace_id(),
        baseline=config.baseline,
        sampling=sampling,
        budget=config.budget,
        limits=config.limits,
        assurance=config.assurance,
        uncached=work.spare,
    )


async def solve_once(engine: Engine, task: SampleTask, *, grace_seconds: float, end_seconds: float) -> SampleRun:
    """What the engine makes of it; a failure where it does not come back in time, or raises.

    Args:
        grace_seconds: how long after its deadline it is given up here.
        end_seconds: how long is waited then until it has ended.
    """
    began = time.monotonic()
    try:
        solving = asyncio.ensure_future(engine.submit(task))
    except Exception as refused:  # noqa: BLE001  # whatever it is, the sample is tried again
        return SampleRun((), Failure(type(refused).__name__, str(refused), passing=True), None, 0.0)
    seconds = deadline_seconds(task) + grace_seconds
    try:
        await asyncio.wait({solving}, timeout=seconds)
    finally:
        if not solving.done():
            solving.cancel()
    if not solving.done():
        await asyncio.wait({solving}, timeout=end_seconds)
        failure = Failure("TimeoutError", f"it did not come back within {seconds:.0f} s", passing=True)
    elif solving.cancelled():
        failure = Failure("CancelledError", "it was given up where it was solved", passing=True)
    elif (error := solving.exception()) is not None:
        failure = Failure(type(error).__name__, str(error), passing=True)
    else:
        return solving.result()
    return SampleRun((), failure, None, time.monotonic() - began)


def passing_failure(work: Work, run: SampleRun) -> Failure | None:
    """Why it is tried again; None: it need not be."""
    failure = run.failure
    if failure is not None and failure.passing:
        return failure
    if is_refused(run) or is_unopened(run):
        return None
    if work.spare and not was_asked(run):
        why = failure.message if failure else "no completion came in time"
        return Failure(LmUnavailableError.__name__, f"of a sample that was solved before: {why}", passing=True)
    return None


def is_refused(run: SampleRun) -> bool:
    """Whether the language model's server refused it, and may refuse all the others."""
    return run.failure is not None and run.failure.type in _REFUSED


def is_unopened(run: SampleRun) -> bool:
    """Whether there is no such language model, for any sample."""
    return run.failure is not None and run.failure.type == _UNOPENED


def is_blameless(failure: Failure) -> bool:
    """Whether the sample cannot be the cause of a failure that may pass."""
    return failure.type in _BLAMELESS


def was_asked(run: SampleRun) -> bool:
    """Whether the language model wrote anything for it: what was kept of it tells nothing of how it is now."""
    written = [event.attempt.completion for event in run.events if isinstance(event, AttemptEnded)]
    return any(not each.cached for each in [*written, *([run.baseline] if run.baseline else [])])


def tokens_spent(run: SampleRun) -> int:
    """What a try cost, as far as it came: also one that is tried again is paid for."""
    spent = 0
    for event in run.events:
        if isinstance(event, VerdictReached):
            spent = event.spent.prompt_tokens + event.spent.completion_tokens
        elif isinstance(event, AttemptEnded) and (usage := event.attempt.completion.usage) is not None:
            spent += usage.prompt_tokens + usage.completion_tokens
    if run.baseline is not None and run.baseline.usage is not None:
        spent += run.baseline.usage.prompt_tokens + run.baseline.usage.completion_tokens
    return spent
