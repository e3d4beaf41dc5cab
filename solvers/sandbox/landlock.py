"""Landlock with every right that the kernel knows taken away, and none given back.

Rights are found by asking, not from a table: a ruleset that names a right the kernel does not know is refused, so the
widest one that it takes covers what newer kernels added too. As of ABI 7: files (1 to 3), TCP (4), devices (5),
signals and abstract UNIX sockets to processes outside (6). What it leaves open at any ABI is metadata (stat, chmod),
UDP and forking: seccomp closes those.

Source: Documentation/userspace-api/landlock.rst; `struct landlock_ruleset_attr` in linux/landlock.h.
"""

import ctypes
import os
from dataclasses import dataclass

from solvers.sandbox.kernel import Call, call, syscall

# The same numbers on every architecture.
_CREATE_RULESET = 444
_RESTRICT_SELF = 446
_CREATE_RULESET_VERSION = 1


class _Attributes(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


@dataclass(frozen=True, slots=True)
class Rights:
    """Bits of `struct landlock_ruleset_attr`, all that this kernel knows."""

    abi: int
    files: int
    network: int
    scopes: int


def offered() -> Rights | None:
    """None: the kernel has no Landlock, or it is not switched on."""
    try:
        abi = syscall(_CREATE_RULESET, 0, 0, _CREATE_RULESET_VERSION)
    except OSError:
        return None
    return Rights(
        abi, files=_widest("handled_access_fs"), network=_widest("handled_access_net"), scopes=_widest("scoped")
    )


def build(rights: Rights) -> int:
    """Descriptor of a ruleset that handles all `rights` and allows nothing; closed on exec. Raises `OSError`."""
    return _create(_Attributes(rights.files, rights.network, rights.scopes))


def restrict(ruleset: int) -> Call:
    """What puts a process and its descendants under `ruleset`, for good. Needs no_new_privs."""
    return call("syscall", _RESTRICT_SELF, ruleset, 0)


def _widest(name: str) -> int:
    """The largest mask of low bits that the kernel takes for one field; rights are numbered without gaps."""
    for bits in range(64, 0, -1):
        mask = (1 << bits) - 1
        attributes = _Attributes(**{name: mask})
        try:
            os.close(_create(attributes))
        except OSError:
            continue
        return mask
    return 0


def _create(attributes: _Attributes) -> int:
    return syscall(_CREATE_RULESET, ctypes.addressof(attributes), ctypes.sizeof(attributes), 0)
