"""Resource limits of a child, in numbers the kernel enforces. Source: getrlimit(2), setitimer(2)."""

import math
import resource
import signal

from solvers.types import Limits

MIB = 2**20
STACK_BYTES = 64 * MIB
"""C stack of an engine. Terms and formulas nest, and engines recurse over them in C."""

_DESCRIPTORS = 4
"""0 to 2 and the channel to the runtime; with all four taken, nothing can be opened, not even a pipe."""


def apply(limits: Limits, mapped_bytes: int) -> None:
    """Set every limit of this process.

    Args:
        limits: of the run; `cpu_seconds` may be fractional.
        mapped_bytes: what the engine has mapped before the program is read; `memory_mib` comes on top.
    """
    memory = mapped_bytes + limits.memory_mib * MIB
    _set(resource.RLIMIT_AS, memory)
    _set(resource.RLIMIT_FSIZE, 0)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_NOFILE, _DESCRIPTORS)
    # Counted per user but set per process: 0 forbids this child to fork and costs nobody else a process.
    _set(resource.RLIMIT_NPROC, 0)
    _set(resource.RLIMIT_MEMLOCK, 0)
    _set(resource.RLIMIT_MSGQUEUE, 0)
    # The timer is exact, but a program may ignore its signal; one second later the kernel asks nobody.
    whole = math.ceil(limits.cpu_seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 1))
    signal.setitimer(signal.ITIMER_PROF, limits.cpu_seconds)


def widen_stack() -> None:
    """Give this process the stack that its children will have; an engine measures it when it is loaded."""
    _, hard = resource.getrlimit(resource.RLIMIT_STACK)
    wanted = STACK_BYTES if hard == resource.RLIM_INFINITY else min(STACK_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))


def _set(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))
