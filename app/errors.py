"""QuodError, and the exceptions of `app` that a repair cannot mend. `app/api/errors.py` makes a status of each."""


class QuodError(Exception):
    """`str(error)` says what happened and what to do.

    `trace_id`: where what was done until then is recorded, if anywhere.
    """

    trace_id: str | None = None


class LmError(QuodError):
    """The language model gave no completion."""


class LmUnavailableError(LmError):
    """It cannot be reached, answers 5xx or 429 for too long, or does not answer in time."""


class LmAwayError(LmUnavailableError):
    """It took no request: nobody listens there, or it answers 429 or 503. No request is the cause of that."""


class LmRefusedError(LmError):
    """It refuses the request: wrong key, unknown model, prompt too long. Trying again does not help."""


class LmReplyError(LmError):
    """What it sent is not a chat completion: HTML, no choices, a body cut off."""


class LmSpecError(LmError):
    """What `--lm` or QUOD_LM names cannot be opened: an unknown form, no such file, a package that is not installed."""


class NoRecordedCompletionError(LmError):
    """A recording has no completion for this problem and attempt."""


class StoreError(QuodError):
    """The database did not take or give what was asked."""


class StoreUnavailableError(StoreError):
    """The disk is full, the database is read-only, locked for too long, or cannot be reached."""


class DatabaseVersionError(StoreError):
    """The database is at another migration than this version of Quod needs."""


class TraceNotFoundError(StoreError):
    def __init__(self, trace_id: str) -> None:
        super().__init__(f"no trace {trace_id!r}: `quod traces` or GET /v1/traces list them")
        self.trace_id = trace_id


class DatasetNotFoundError(StoreError):
    def __init__(self, sha256: str) -> None:
        super().__init__(f"no dataset {sha256!r}: `quod eval datasets` or GET /v1/datasets list them")


class EvaluationNotFoundError(StoreError):
    def __init__(self, evaluation_id: str) -> None:
        super().__init__(f"no evaluation {evaluation_id!r}: `quod eval list` or GET /v1/evaluations list them")


class EvaluationStateError(StoreError):
    """What was asked does not fit the state that the evaluation is in: which it is in, and what can be done."""


class ComparisonError(QuodError):
    """Two evaluations cannot be compared: which, and why."""


class ExportError(QuodError):
    """The file cannot be written. Nothing is left of it, and what was at its place is as it was."""


class LeaseLostError(StoreError):
    """Somebody else works on the evaluation now; nothing of this owner is recorded any more."""


class PromptError(QuodError):
    """A prompt is missing, or its text does not fit its place-holders."""


class NotATraceError(QuodError):
    """What was sent to be checked is neither a trace nor a certificate: what is missing, and where."""


class ProblemError(QuodError):
    """The problem cannot be worked on as given: empty, too long, not text."""
