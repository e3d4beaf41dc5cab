"""Resource limits of a child, in numbers the kernel enforces. Source: getrlimit(2), setitimer(2)."""

import ctypes
import math
import resource
import signal

from solvers.sandbox.kernel import Call, call
from solvers.types import Limits

MIB = 2**20
STACK_BYTES = 64 * MIB
"""C stack of an engine. Terms and formulas nest, and engines recurse over them in C."""

_DESCRIPTORS = 4
"""0 to 2 and the channel to the runtime; with all four taken, nothing can be opened, not even a pipe."""


def calls(limits: Limits, mapped_bytes: int) -> tuple[Call, ...]:
    """What sets every limit of a child.

    Args:
        limits: of the run; `cpu_seconds` may be fractional.
        mapped_bytes: what the engine has mapped before the program is read; `memory_mib` comes on top.
    """
    # The timer is exact, but a program may ignore its signal; one second later the kernel asks nobody.
    whole = math.ceil(limits.cpu_seconds)
    return (
        _set(resource.RLIMIT_AS, mapped_bytes + limits.memory_mib * MIB),
        _set(resource.RLIMIT_FSIZE, 0),
        _set(resource.RLIMIT_CORE, 0),
        _set(resource.RLIMIT_NOFILE, _DESCRIPTORS),
        # Counted per user but set per process: 0 forbids this child to fork and costs nobody else a process.
        _set(resource.RLIMIT_NPROC, 0),
        _set(resource.RLIMIT_MEMLOCK, 0),
        _set(resource.RLIMIT_MSGQUEUE, 0),
        _setrlimit(resource.RLIMIT_CPU, whole, whole + 1),
        call("setitimer", signal.ITIMER_PROF, _timer(limits.cpu_seconds), 0),
    )


def widen_stack() -> None:
    """Give this process the stack that its children will have; an engine measures it when it is loaded."""
    _, hard = resource.getrlimit(resource.RLIMIT_STACK)
    wanted = STACK_BYTES if hard == resource.RLIM_INFINITY else min(STACK_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))


def _set(which: int, value: int) -> Call:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    return _setrlimit(which, value, value)


def _setrlimit(which: int, soft: int, hard: int) -> Call:
    return call("setrlimit", which, (ctypes.c_ulong * 2)(soft, hard))


def _timer(seconds: float) -> ctypes.Array[ctypes.c_long]:
    """`struct itimerval`: no interval, then seconds and microseconds."""
    microseconds = max(1, round(seconds * 1e6))
    return (ctypes.c_long * 4)(0, 0, *divmod(microseconds, 10**6))
