"""What `solve_problem` hands to `record`, each as it happens, so that a crash loses at most the attempt under way."""

from dataclasses import dataclass
from datetime import datetime

from app.reasoning.types import Attempt, Evidence, Kind, Problem, Spent, Verdict, Versions
from solvers.types import Language


@dataclass(frozen=True, slots=True)
class TraceBegun:
    """First, once. `kind` and `language` are the decided ones; `problem` keeps what was asked for."""

    trace_id: str
    problem: Problem
    kind: Kind
    language: Language
    created_at: datetime
    versions: Versions


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """Once per attempt, in order."""

    trace_id: str
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class VerdictReached:
    """Last, once: `evidence` and `spent` are those of the whole trace."""

    trace_id: str
    verdict: Verdict
    evidence: Evidence
    spent: Spent


Event = TraceBegun | AttemptEnded | VerdictReached
