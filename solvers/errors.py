"""SolverError, and the faults of ours or of the machine that are one. Not one of them is a fault of a program."""


class SolverError(Exception):
    """A fault of ours or of the machine. A faulty program is a value, `Rejected`."""


class UnsupportedLanguageError(SolverError):
    def __init__(self, language: str) -> None:
        super().__init__(f"no engine for language {language!r}: use 'prolog' or 'smt'")
        self.language = language


class EngineMissingError(SolverError):
    """The engine cannot be loaded on this machine."""

    def __init__(self, language: str, detail: str) -> None:
        super().__init__(f"the {language} engine cannot be loaded: {detail}. Run `make setup`.")
        self.language = language
        self.detail = detail


class WorkerCrashedError(SolverError):
    """The fork server failed, or the program's process was killed by others, twice on the same run. Report it; do not
    repair the program: it may have been the cause, or not.
    """

    def __init__(self, language: str, detail: str) -> None:
        super().__init__(f"the {language} engine's processes failed twice on one run: {detail}")
        self.language = language
        self.detail = detail


class ProtocolError(SolverError):
    """A reply that is not what a worker sends. Its run has no outcome."""


class SandboxUnavailableError(SolverError):
    """The kernel offers too little to close files, processes and network."""

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"this kernel cannot close {missing} to a program; refusing to run untrusted programs. "
            "Use a kernel with seccomp or Landlock, or set QUOD_ALLOW_OPEN_SANDBOX=true if every program is trusted."
        )
        self.missing = missing


class EngineFaultError(SolverError):
    """The engine's own code failed on a program. Report it with the program; do not repair the program."""

    def __init__(self, language: str, detail: str) -> None:
        super().__init__(f"the {language} engine failed on this program, which is our fault: {detail}")
        self.language = language
        self.detail = detail


class InvalidLimitsError(SolverError, ValueError):
    """A limit that is no positive number, or beyond what a limit can be."""

    def __init__(self, name: str, value: object, wanted: str) -> None:
        super().__init__(f"{name} must be {wanted}, not {value!r}")
        self.name = name
        self.value = value


class RuntimeClosedError(SolverError):
    def __init__(self) -> None:
        super().__init__("the solver runtime is closed")
