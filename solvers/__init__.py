"""Runs logic programs that nobody trusts: Prolog and SMT-LIB, under limits, in a sandbox, with exact answers.

    async with Runtime() as runtime:
        run = await runtime.solve(Job(Program(Language.PROLOG, "p(18)."), "p(X)"))

Importing this loads no engine. A script without an event loop uses `solve(job)`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from solvers.errors import (
    EngineFaultError,
    EngineMissingError,
    InvalidLimitsError,
    ProtocolError,
    RuntimeClosedError,
    SandboxUnavailableError,
    SolverError,
    UnsupportedLanguageError,
    WorkerCrashedError,
)
from solvers.types import (
    Answers,
    Decision,
    Derivation,
    Derivations,
    Diagnostic,
    Ending,
    Engine,
    ErrorClass,
    Evidence,
    Finished,
    Job,
    Language,
    Layers,
    LimitName,
    Limits,
    ModelText,
    NoAnswer,
    NoEvidence,
    Outcome,
    Part,
    Program,
    Proof,
    Rejected,
    Rule,
    Run,
    Satisfiable,
    Step,
    Stopped,
    Substitution,
    Unknown,
    Unsatisfiable,
    Usage,
    Value,
    ValueKind,
    Wanted,
)
from solvers.wire import run_from_json, run_to_json

if TYPE_CHECKING:
    from solvers.runtime import EngineHealth, Runtime, RuntimeConfig
    from solvers.sync import solve

_LATE = {
    "EngineHealth": "solvers.runtime",
    "Runtime": "solvers.runtime",
    "RuntimeConfig": "solvers.runtime",
    "solve": "solvers.sync",
}


def __getattr__(name: str) -> Any:
    """Import the runtime when it is first asked for: the engines' processes import this package too and have no use
    for asyncio.

    Every module there is one more thing that each forked child sets in order.
    """
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Answers",
    "Decision",
    "Derivation",
    "Derivations",
    "Diagnostic",
    "Ending",
    "Engine",
    "EngineFaultError",
    "EngineHealth",
    "EngineMissingError",
    "ErrorClass",
    "Evidence",
    "Finished",
    "InvalidLimitsError",
    "Job",
    "Language",
    "Layers",
    "LimitName",
    "Limits",
    "ModelText",
    "NoAnswer",
    "NoEvidence",
    "Outcome",
    "Part",
    "Program",
    "Proof",
    "ProtocolError",
    "Rejected",
    "Rule",
    "Run",
    "Runtime",
    "RuntimeClosedError",
    "RuntimeConfig",
    "SandboxUnavailableError",
    "Satisfiable",
    "SolverError",
    "Step",
    "Stopped",
    "Substitution",
    "Unknown",
    "Unsatisfiable",
    "UnsupportedLanguageError",
    "Usage",
    "Value",
    "ValueKind",
    "Wanted",
    "WorkerCrashedError",
    "run_from_json",
    "run_to_json",
    "solve",
]
