"""Takes from a child every privilege it could use or regain. Source: prctl(2), capabilities(7), credentials(7)."""

import ctypes
import os
import signal

from solvers.sandbox.kernel import capset, prctl

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38

_NOBODY = 65534
_CAPABILITY_VERSION_3 = 0x20080522


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySets(ctypes.Structure):
    """Effective, permitted and inheritable, two words each, all zero."""

    _fields_ = (("words", ctypes.c_uint32 * 6),)


_header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
_none = _CapabilitySets()


def give_up() -> None:
    """No root, no capability, none to be had by exec, and no memory to be read by processes of the same user.

    A service that runs as root has its programs run as nobody, where the user namespace has such a user: RLIMIT_NPROC
    does not bind root, and root may signal everything.
    """
    if os.getuid() == 0:
        try:
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        except OSError:
            # A user namespace with root alone in it. What follows still takes the capabilities.
            pass
    capset(ctypes.addressof(_header), ctypes.addressof(_none))
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    prctl(_PR_SET_DUMPABLE, 0)


def die_with_parent(parent: int) -> None:
    """SIGKILL for this process when the thread of `parent` that started it ends.

    A change of user clears it, so ask after `give_up`.
    """
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise ProcessLookupError(f"process {parent} ended before its child could tie itself to it")


def adopt_orphans() -> None:
    """Descendants whose parent ended become children of this process instead of init's."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
