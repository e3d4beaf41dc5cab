"""A seccomp filter of our own: a short list of system calls, everything else answered with EPERM.

What is missing from the list is the point: nothing opens, connects, starts, signals, traces or maps code. A program
that finds a way to run machine code of its own is left with memory it already has and the descriptors it was given.

Source: Documentation/userspace-api/seccomp_filter.rst; `struct seccomp_data` in linux/seccomp.h; BPF opcodes in
linux/bpf_common.h.
"""

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass

from solvers.sandbox.kernel import MACHINES, Call, call, machine, syscall

# x86-64 and arm64 numbers, from the tables named in `kernel`. None: the architecture does not have it.
_NUMBERS: dict[str, tuple[int, int | None]] = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "readv": (19, 65),
    "writev": (20, 66),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "nanosleep": (35, 101),
    "getpid": (39, 172),
    "exit": (60, 93),
    "gettimeofday": (96, 169),
    "getrusage": (98, 165),
    "times": (100, 153),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "time": (201, None),
    "futex": (202, 98),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "prlimit64": (302, 261),
    "getrandom": (318, 278),
}

_ALLOWED = (
    *("read", "write", "readv", "writev", "close", "fstat", "lseek"),
    *("munmap", "brk", "mremap"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack"),
    *("sched_yield", "restart_syscall", "nanosleep", "clock_nanosleep"),
    *("clock_gettime", "clock_getres", "gettimeofday", "time", "times", "getrusage"),
    *("getpid", "gettid", "getrandom", "exit", "exit_group"),
)

_FUTEX_OPERATIONS = (0, 1, 9, 10, 128, 129, 137, 138, 265, 393)
"""Wait and wake, with and without a bit set, of this process alone and by the wall clock. Not priorities, requeueing or
descriptors: a process of one thread has no use for them, and they have been the way into the kernel before.
"""

_ADVICE = (0, 1, 2, 3, 4, 8, 14, 15, 16, 17, 18, 19, 22, 23, 25)
"""What an allocator says of its own memory. Not what moves pages that others see (`MADV_PAGEOUT`, `MADV_COLD`), and not
merging equal pages, which would tell by the clock what another process holds (`MADV_MERGEABLE`).
"""

_PROT_EXEC = 4
_MAP_ANONYMOUS = 0x20

# BPF: class | size or operation | mode or source
_LOAD_WORD = 0x20
_JUMP_IF_EQUAL = 0x15
_JUMP_IF_AT_LEAST = 0x35
_JUMP_IF_ANY_BIT = 0x45
_RETURN = 0x06

_KILL_PROCESS = 0x80000000
_ERRNO = 0x00050000
_ALLOW = 0x7FFF0000
_EPERM = 1

_NUMBER_AT = 0
_ARCH_AT = 4
_X32_BIT = 0x40000000

_PR_SET_SECCOMP = 22
_SECCOMP_GET_ACTION_AVAIL = 2
_MODE_FILTER = 2


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter in memory, ready to be installed by any number of children."""

    program: _Program
    address: int


def offered() -> bool:
    """Whether this kernel filters system calls and we know the numbers of this machine."""
    known = machine()
    if known is None:
        return False
    try:
        action = ctypes.c_uint32(_KILL_PROCESS)
        syscall(known.seccomp, _SECCOMP_GET_ACTION_AVAIL, 0, ctypes.addressof(action))
    except OSError:
        return False
    return True


def build() -> Filter:
    """The filter for this machine; `offered` says whether there is one."""
    code = instructions(os.uname().machine)
    array = (_Instruction * len(code))(*(_Instruction(*fields) for fields in code))
    program = _Program(len(code), array)
    return Filter(program, ctypes.addressof(program))


def instructions(architecture: str) -> list[tuple[int, int, int, int]]:
    """The filter for `x86_64` or `aarch64`: code, jump if true, jump if false, operand."""
    known = MACHINES[architecture]
    column = 0 if architecture == "x86_64" else 1
    numbers = {name: row[column] for name, row in _NUMBERS.items()}

    code = [
        (_LOAD_WORD, 0, 0, _ARCH_AT),
        (_JUMP_IF_EQUAL, 1, 0, known.audit_arch),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD_WORD, 0, 0, _NUMBER_AT),
    ]
    if known.x32:
        code += [(_JUMP_IF_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL_PROCESS)]
    # Memory, but never code, and never a file.
    code += _when(
        numbers["mmap"],
        [
            (_LOAD_WORD, 0, 0, _argument(2)),
            (_JUMP_IF_ANY_BIT, 3, 0, _PROT_EXEC),
            (_LOAD_WORD, 0, 0, _argument(3)),
            (_JUMP_IF_ANY_BIT, 0, 1, _MAP_ANONYMOUS),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _ERRNO | _EPERM),
        ],
    )
    code += _when(
        numbers["mprotect"],
        [
            (_LOAD_WORD, 0, 0, _argument(2)),
            (_JUMP_IF_ANY_BIT, 0, 1, _PROT_EXEC),
            (_RETURN, 0, 0, _ERRNO | _EPERM),
            (_RETURN, 0, 0, _ALLOW),
        ],
    )
    code += _when(numbers["futex"], _only(1, _FUTEX_OPERATIONS))
    code += _when(numbers["madvise"], _only(2, _ADVICE))
    # getrlimit of one's own, which libc asks for the stack; never a new limit.
    code += _when(
        numbers["prlimit64"],
        [
            (_LOAD_WORD, 0, 0, _argument(0)),
            (_JUMP_IF_EQUAL, 0, 5, 0),
            (_LOAD_WORD, 0, 0, _argument(2)),
            (_JUMP_IF_EQUAL, 0, 3, 0),
            (_LOAD_WORD, 0, 0, _argument(2) + 4),
            (_JUMP_IF_EQUAL, 0, 1, 0),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _ERRNO | _EPERM),
        ],
    )
    allowed = [number for name in _ALLOWED if (number := numbers[name]) is not None]
    for position, number in enumerate(allowed):
        code.append((_JUMP_IF_EQUAL, len(allowed) - position, 0, number))
    code += [(_RETURN, 0, 0, _ERRNO | _EPERM), (_RETURN, 0, 0, _ALLOW)]
    return code


def install(built: Filter) -> Call:
    """After it a process has the calls of the list, for good. Needs no_new_privs."""
    return call("prctl", _PR_SET_SECCOMP, _MODE_FILTER, built.address, 0, 0)


def _when(number: int | None, then: Sequence[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """`then` for the system call `number`; it ends in a return, so what follows is for other numbers."""
    assert number is not None
    return [(_JUMP_IF_EQUAL, 0, len(then), number), *then]


def _only(argument: int, values: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """Allow the call where the low word of an argument is one of `values`; the kernel looks at no more of it."""
    tests = [(_JUMP_IF_EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)]
    return [(_LOAD_WORD, 0, 0, _argument(argument)), *tests, (_RETURN, 0, 0, _ERRNO | _EPERM), (_RETURN, 0, 0, _ALLOW)]


def _argument(index: int) -> int:
    """Where `struct seccomp_data` keeps the low word of an argument; both machines are little-endian."""
    return 16 + 8 * index
