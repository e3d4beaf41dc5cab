"""Decides how a run ended from what the kernel and the child's channel say. Pure: no process, no clock."""

import os
import signal
from dataclasses import dataclass
from types import UnionType

from solvers import control
from solvers.errors import EngineFaultError, ProtocolError
from solvers.types import (
    Answers,
    Diagnostic,
    Ending,
    ErrorClass,
    Finished,
    Language,
    LimitName,
    Limits,
    NoAnswer,
    Outcome,
    Rejected,
    Satisfiable,
    Stopped,
    Unknown,
    Unsatisfiable,
)
from solvers.wire import decode_ending

_NAMED = frozenset(signal.Signals)
_CPU_SIGNALS = (signal.SIGPROF, signal.SIGXCPU)
_FAULT_CHARACTERS = 4000
"""Characters of a fault's traceback that are kept: a program that took over its child could send any number."""

_OUTCOMES: dict[str, type[Outcome] | UnionType] = {
    Language.PROLOG: Answers | NoAnswer | Unknown,
    Language.SMT: Satisfiable | Unsatisfiable | Unknown,
}
_REQUESTS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""To end, of a service manager that stops everything or of a terminal: we send none, and a program may not."""
_CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP)


@dataclass(frozen=True, slots=True)
class Execution:
    """What is known of a child that is gone.

    Args:
        status: as waitpid(2) gives it.
        stopped_by: the limit for which the runtime killed it, if it did.
        reply: all that came on its channel after it had locked itself in; `token` is what a reply of this run carries.
        output: what the program printed, at most `limits.output_bytes`.
        engine_mib: resident before the program was read.
        perhaps_oom: it was killed, and the kernel killed for want of memory meanwhile, or does not tell.
    """

    status: int
    stopped_by: LimitName | None
    reply: bytes
    token: bytes
    output: bytes
    limits: Limits
    wall_seconds: float
    cpu_seconds: float
    peak_memory_mib: float
    engine_mib: float
    perhaps_oom: bool = False


class KilledByOthersError(Exception):
    """Somebody killed the child: neither we at a limit nor the kernel. Its run says nothing of its program."""


def ending_of(language: str, execution: Execution) -> Ending:
    """An outcome needs exactly one well-formed reply and a child that exited by itself with status 0.

    Raises:
        EngineFaultError: the engine raised an exception that is no fault of the program.
        KilledByOthersError: the program may be run again.
        ProtocolError: a reply that cannot be read, or that no program of `language` has.
    """
    if execution.stopped_by is LimitName.OUTPUT_BYTES:
        return Stopped(LimitName.OUTPUT_BYTES)
    if os.WIFSIGNALED(execution.status):
        return _killed(execution, os.WTERMSIG(execution.status))
    status = os.waitstatus_to_exitcode(execution.status)
    if status != 0 or not execution.reply:
        return _rejected(
            ErrorClass.PERMISSION,
            f"the program ended its own process (exit status {status}) before it had answered, as halt/0 does; "
            "a program must not do that",
        )
    reply = control.read_reply(execution.reply, execution.token)
    if reply is None:
        return _rejected(
            ErrorClass.PERMISSION, "the program wrote where only its answer may stand; nothing is concluded"
        )
    kind, body = reply
    if kind == control.FAULT:
        raise EngineFaultError(language, body.decode(errors="replace")[-_FAULT_CHARACTERS:])
    return _possible(language, execution.limits, decode_ending(body))


def _possible(language: str, limits: Limits, ending: Ending) -> Ending:
    """`ending`, if the engine of `language` could have sent it; whoever reads a run relies on that.

    Raises `ProtocolError`.
    """
    if isinstance(ending, Finished):
        outcome = ending.outcome
        if not isinstance(outcome, _OUTCOMES[language]):
            raise ProtocolError(f"no program of language {language} has the outcome {type(outcome).__name__}")
        if isinstance(outcome, Answers) and len(outcome.substitutions) > limits.max_answers:
            raise ProtocolError(f"{len(outcome.substitutions)} answers, where {limits.max_answers} were allowed")
    return ending


def _killed(execution: Execution, by: int) -> Ending:
    if by in _CPU_SIGNALS:
        return Stopped(LimitName.CPU_SECONDS)
    if by == signal.SIGKILL:
        if execution.stopped_by is not None:
            return Stopped(execution.stopped_by)
        # The kernel sends it at the hard CPU limit and where the machine's memory is at its end. The child's own limit
        # of memory is none of these: there an allocation fails, and the child says so or crashes.
        if execution.cpu_seconds >= execution.limits.cpu_seconds:
            return Stopped(LimitName.CPU_SECONDS)
        if execution.perhaps_oom:
            return Stopped(LimitName.MEMORY_MIB)
        raise KilledByOthersError
    if by in _REQUESTS:
        raise KilledByOthersError
    if by == signal.SIGSYS:
        return _rejected(ErrorClass.PERMISSION, "the program made a system call that no program may make")
    if by in _CRASHES and _was_short_of_memory(execution):
        return Stopped(LimitName.MEMORY_MIB)
    # Real-time signals have numbers without a name.
    name = signal.Signals(by).name if by in _NAMED else f"signal {by}"
    return _rejected(ErrorClass.RESOURCE, f"the engine crashed ({name}) on this program; nothing is concluded")


def _was_short_of_memory(execution: Execution) -> bool:
    """C code that gets no memory often crashes.

    A stack doubles as it grows, so half of what was allowed is where that starts.
    """
    used_mib = execution.peak_memory_mib - execution.engine_mib
    return used_mib >= execution.limits.memory_mib / 2


def _rejected(error_class: ErrorClass, message: str) -> Rejected:
    return Rejected((Diagnostic(error_class, message),))
