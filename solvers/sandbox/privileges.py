"""Takes from a child every privilege it could use or regain. Source: prctl(2), capabilities(7), credentials(7)."""

import ctypes
import os
import signal

from solvers.sandbox.kernel import Call, call, perform, prctl

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38

_NOBODY = 65534
_CAPABILITY_VERSION_3 = 0x20080522


_HEADER = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
"""Version and process, of which 0 is the caller."""
_NO_CAPABILITIES = (ctypes.c_uint32 * 6)()
"""Effective, permitted and inheritable, two words each."""


def calls() -> tuple[Call, ...]:
    """No root, no capability, none to be had by exec, and no memory to be read by processes of the same user.

    A service that runs as root has its programs run as nobody, where the user namespace has such a user: RLIMIT_NPROC
    does not bind root, and root may signal everything.
    """
    nobody: tuple[Call, ...] = ()
    if os.getuid() == 0:
        # Refused in a user namespace with root alone in it. What follows still takes the capabilities.
        nobody = (
            call("setgroups", 0, 0, may_fail=True),
            call("setresgid", _NOBODY, _NOBODY, _NOBODY, may_fail=True),
            call("setresuid", _NOBODY, _NOBODY, _NOBODY, may_fail=True),
        )
    return (
        *nobody,
        call("capset", _HEADER, _NO_CAPABILITIES),
        call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0),
    )


def death_with_parent() -> Call:
    """SIGKILL for this process when the thread that started it ends.

    A change of user clears it, so make it after `calls`; then see whether it was in time with `check_parent`.
    """
    return call("prctl", _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def die_with_parent(parent: int) -> None:
    """`death_with_parent`, at once."""
    perform((death_with_parent(),))
    check_parent(parent)


def check_parent(parent: int) -> None:
    """Raises `ProcessLookupError` when `parent` is no longer this process's."""
    if os.getppid() != parent:
        raise ProcessLookupError(f"process {parent} ended before its child could tie itself to it")


def adopt_orphans() -> None:
    """Descendants whose parent ended become children of this process instead of init's."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
