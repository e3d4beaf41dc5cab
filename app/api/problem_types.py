"""The kinds of errors there are, each with its stable name, and which exception is which."""

from dataclasses import dataclass

from app.api.limits import AboveMaximumError, NotReplayableError, TooBusyError, TooLongError
from app.errors import (
    ComparisonError,
    DatabaseVersionError,
    DatasetNotFoundError,
    EvaluationNotFoundError,
    EvaluationStateError,
    LmError,
    LmRefusedError,
    LmReplyError,
    LmSpecError,
    LmUnavailableError,
    NoRecordedCompletionError,
    NotATraceError,
    ProblemError,
    QuodError,
    StoreUnavailableError,
    TraceNotFoundError,
)
from app.settings import SettingsError
from solvers.errors import EngineMissingError, RuntimeClosedError, SandboxUnavailableError, SolverError

TYPE_PREFIX = "urn:quod:problem:"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One way in which a request can fail; `name` ends its `type`, which never changes its meaning."""

    name: str
    status: int
    title: str

    @property
    def uri(self) -> str:
        return TYPE_PREFIX + self.name


INVALID_JSON = ProblemType("invalid-json", 400, "The body is not JSON")
INVALID_HEADER = ProblemType("invalid-header", 400, "A header cannot be used as given")
NOT_FOUND = ProblemType("not-found", 404, "There is nothing at this path")
NO_SUCH_TRACE = ProblemType("no-such-trace", 404, "There is no such trace")
NO_SUCH_DATASET = ProblemType("no-such-dataset", 404, "There is no such dataset")
NO_SUCH_EVALUATION = ProblemType("no-such-evaluation", 404, "There is no such evaluation")
METHOD_NOT_ALLOWED = ProblemType("method-not-allowed", 405, "This path does not take this method")
STILL_RUNNING = ProblemType("still-running", 409, "This work has not ended yet")
EVALUATION_STATE = ProblemType("evaluation-state", 409, "The state of the evaluation does not allow this")
BODY_TOO_LARGE = ProblemType("body-too-large", 413, "The body is too large")
NOT_JSON = ProblemType("unsupported-media-type", 415, "The body is not of a type that this path takes")
INVALID_REQUEST = ProblemType("invalid-request", 422, "The request is not as documented")
TEXT_TOO_LONG = ProblemType("text-too-long", 422, "A text is too long")
LIMIT_ABOVE_MAXIMUM = ProblemType("limit-above-maximum", 422, "A limit is above what this service allows")
PROBLEM_UNUSABLE = ProblemType("problem-unusable", 422, "The problem cannot be worked on as given")
KEY_REUSED = ProblemType("idempotency-key-reused", 422, "This Idempotency-Key belongs to another request")
NOT_REPLAYABLE = ProblemType("trace-not-replayable", 422, "This trace has nothing to run again")
NOTHING_TO_CHECK = ProblemType("nothing-to-check", 422, "The body is neither a trace nor a certificate")
DATASET_UNUSABLE = ProblemType("dataset-unusable", 422, "The file cannot be used as a dataset")
LM_NOT_OFFERED = ProblemType("language-model-not-offered", 422, "This language model may not be named here")
NOT_COMPARABLE = ProblemType("evaluations-not-comparable", 422, "These evaluations cannot be compared")
INTERNAL = ProblemType("internal", 500, "An error of this service")
SETTINGS = ProblemType("settings", 500, "The settings are not valid")
SOLVER_FAILED = ProblemType("solver-failed", 500, "The solver failed, not the program")
LM_REFUSED = ProblemType("language-model-refused", 502, "The language model refuses the request")
LM_REPLY = ProblemType("language-model-reply", 502, "The language model's reply is not a completion")
LM_UNAVAILABLE = ProblemType("language-model-unavailable", 503, "The language model cannot be reached")
LM_MISSING = ProblemType("no-language-model", 503, "No language model is configured that could work on this problem")
STORE_UNAVAILABLE = ProblemType("database-unavailable", 503, "The database does not take or give data")
DATABASE_VERSION = ProblemType("database-version", 503, "The database is at another migration than this version needs")
SOLVER_UNAVAILABLE = ProblemType("solver-unavailable", 503, "A solver cannot run on this machine")
TOO_BUSY = ProblemType("too-busy", 503, "Too much work is waiting")
SHUTTING_DOWN = ProblemType("shutting-down", 503, "The service is shutting down")

PROBLEM_TYPES = tuple(value for value in list(globals().values()) if isinstance(value, ProblemType))

# The first class that fits decides, so a subclass stands before its base.
EXCEPTIONS: tuple[tuple[type[Exception], ProblemType], ...] = (
    (AboveMaximumError, LIMIT_ABOVE_MAXIMUM),
    (TooLongError, TEXT_TOO_LONG),
    (TooBusyError, TOO_BUSY),
    (NotReplayableError, NOT_REPLAYABLE),
    (NotATraceError, NOTHING_TO_CHECK),
    (SettingsError, SETTINGS),
    (LmSpecError, SETTINGS),
    (LmUnavailableError, LM_UNAVAILABLE),
    (LmRefusedError, LM_REFUSED),
    (LmReplyError, LM_REPLY),
    (NoRecordedCompletionError, LM_MISSING),
    (LmError, LM_UNAVAILABLE),
    (TraceNotFoundError, NO_SUCH_TRACE),
    (DatasetNotFoundError, NO_SUCH_DATASET),
    (EvaluationNotFoundError, NO_SUCH_EVALUATION),
    (EvaluationStateError, EVALUATION_STATE),
    (ComparisonError, NOT_COMPARABLE),
    (DatabaseVersionError, DATABASE_VERSION),
    (StoreUnavailableError, STORE_UNAVAILABLE),
    (ProblemError, PROBLEM_UNUSABLE),
    (RuntimeClosedError, SHUTTING_DOWN),
    (EngineMissingError, SOLVER_UNAVAILABLE),
    (SandboxUnavailableError, SOLVER_UNAVAILABLE),
    (SolverError, SOLVER_FAILED),
    (QuodError, INTERNAL),
)


def problem_of(error: Exception) -> tuple[ProblemType, str]:
    """What kind of problem an exception is, and its sentence; one that was not foreseen keeps its text to itself."""
    for kind, problem in EXCEPTIONS:
        if isinstance(error, kind):
            return problem, str(error)
    return (
        INTERNAL,
        "Something that was not foreseen happened. Nothing recorded is lost; the log has it under the request id.",
    )
