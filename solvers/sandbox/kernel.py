"""System calls that Python has no function for, through libc, with errno turned into `OSError`.

Everything is resolved at import: a locked-in child can load nothing any more.
"""

import ctypes
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long
_syscall.argtypes = [ctypes.c_long] * 7
_fflush = _libc.fflush
_fflush.argtypes = [ctypes.c_void_p]
_clearenv = _libc.clearenv
_prctl = _libc.prctl
_prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]


@dataclass(frozen=True, slots=True)
class Machine:
    """What differs between processor architectures.

    Source: AUDIT_ARCH_* in linux/audit.h; system call numbers in arch/x86/entry/syscalls/syscall_64.tbl and
    include/uapi/asm-generic/unistd.h.
    """

    audit_arch: int
    seccomp: int
    x32: bool
    """x86-64 takes the numbers of the x32 ABI besides its own, from 0x40000000."""


MACHINES = {
    "x86_64": Machine(audit_arch=0xC000003E, seccomp=317, x32=True),
    "aarch64": Machine(audit_arch=0xC00000B7, seccomp=277, x32=False),
}


def machine() -> Machine | None:
    """None: an architecture whose system calls we do not know, so it has no seccomp layer."""
    return MACHINES.get(os.uname().machine)


def syscall(number: int, *arguments: int) -> int:
    """Raises `OSError` where the kernel says no."""
    padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    result: int = _syscall(number, *padded)
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, f"system call {number}: {os.strerror(error)}")
    return result


def prctl(option: int, *arguments: int) -> int:
    """Raises `OSError` where the kernel says no. Source: prctl(2)."""
    padded = (*arguments, 0, 0, 0, 0)[:4]
    result: int = _prctl(option, *padded)
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, f"prctl {option}: {os.strerror(error)}")
    return result


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a libc function, made ready before the fork: a child that converts numbers and looks names up
    copies pages for it. `may_fail`: what the kernel says does not matter.
    """

    name: str
    function: Any
    arguments: tuple[Any, ...]
    may_fail: bool = False


def call(name: str, *arguments: int | ctypes.Array[Any], may_fail: bool = False) -> Call:
    """Make a call ready; numbers are passed as `long`, arrays as pointers."""
    ready = tuple(ctypes.c_long(each) if isinstance(each, int) else each for each in arguments)
    return Call(name, _libc[name], ready, may_fail)


def perform(calls: Iterable[Call]) -> None:
    """Raises `OSError` for the first that the kernel refuses."""
    for each in calls:
        if each.function(*each.arguments) == -1 and not each.may_fail:
            error = ctypes.get_errno()
            raise OSError(error, f"{each.name}: {os.strerror(error)}")


def flush_c_streams() -> None:
    _fflush(None)


def empty_environment() -> None:
    """Take away what libraries may have put into the environment since the process was started with none."""
    os.environ.clear()
    _clearenv()
