"""Runs the symbolic part of a trace again and says what differs; no language model is asked, nothing is recorded."""

from collections.abc import Mapping

from app.api.bodies import (
    ReplayedAttemptRead,
    ReplayedRunRead,
    ReplayRead,
    RunRead,
    VerdictRead,
    VersionDifference,
)
from app.api.limits import NotReplayableError
from app.reasoning.conclude import conclude
from app.reasoning.runs import Solver, run_all
from app.reasoning.types import Attempt, Formalisation, Kind, RunName, Trace, Verdict, VerdictKind, Versions
from solvers.types import Job, Limits, Run

COMPARED = ("status", "limit", "outcome", "diagnostics", "output")
"""What two runs of one program have in common; time and memory they have not."""


async def replay_trace(trace: Trace, solver: Solver, quod: str, engines: Mapping[str, str]) -> ReplayRead:
    """Every recorded run beside the same run under the recorded limits.

    Args:
        quod, engines: versions of what the runs are made with this time.

    Raises:
        NotReplayableError: no attempt has a program.
        SolverError: the solver failed, not a program.
    """
    attempts = [
        await _replay_attempt(attempt, attempt.formalisation, trace, solver)
        for attempt in trace.attempts
        if isinstance(attempt.formalisation, Formalisation)
    ]
    if not attempts:
        raise NotReplayableError(trace.id)
    _, verdict = attempts[-1]
    recorded = VerdictRead.of(trace.verdict)
    same_verdict = (verdict.kind, verdict.answer) == (trace.verdict.kind, trace.verdict.answer)
    return ReplayRead(
        id=trace.id,
        same=same_verdict and all(attempt.same for attempt, _ in attempts),
        recorded_verdict=recorded,
        verdict=VerdictRead.of(verdict),
        attempts=[attempt for attempt, _ in attempts],
        versions=_differences(trace.versions, quod, engines),
    )


async def _replay_attempt(
    attempt: Attempt, formalisation: Formalisation, trace: Trace, solver: Solver
) -> tuple[ReplayedAttemptRead, Verdict]:
    limits = trace.versions.limits
    replayed = await _runs_of(formalisation, trace.kind, solver, limits)
    runs = [_compared(name, attempt.runs.get(name), replayed.get(name)) for name in {**attempt.runs, **replayed}]
    conclusion = conclude(trace.kind, trace.problem.world, formalisation, replayed)
    verdict = conclusion.verdict or Verdict(VerdictKind.UNRESOLVED, conclusion.reason)
    return ReplayedAttemptRead(number=attempt.number, same=all(run.same for run in runs), runs=runs), verdict


async def _runs_of(formalisation: Formalisation, kind: Kind, solver: Solver, limits: Limits) -> Mapping[RunName, Run]:
    runs: dict[RunName, Run] = {}

    async def solve(job: Job) -> Run:
        return await solver.solve(job, limits)

    def done(name: RunName, run: Run) -> None:
        runs[name] = run

    await run_all(formalisation, kind, solve, done)
    return runs


def _compared(name: RunName, recorded: Run | None, replayed: Run | None) -> ReplayedRunRead:
    before = RunRead.of(recorded) if recorded is not None else None
    after = RunRead.of(replayed) if replayed is not None else None
    if before is None or after is None:
        differs = ["made" if before is None else "not made"]
    else:
        differs = [part for part in COMPARED if getattr(before, part) != getattr(after, part)]
    return ReplayedRunRead(name=name, same=not differs, differs=differs, recorded=before, replayed=after)


def _differences(recorded: Versions, quod: str, engines: Mapping[str, str]) -> list[VersionDifference]:
    """Where the versions differ that a run depends on. The language model and its prompts played no part this time."""
    before = {"quod": recorded.quod, **{f"engines.{name}": version for name, version in recorded.engines.items()}}
    now = {"quod": quod, **{f"engines.{name}": version for name, version in engines.items()}}
    return [
        VersionDifference(name=name, recorded=before.get(name), now=now.get(name))
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]
