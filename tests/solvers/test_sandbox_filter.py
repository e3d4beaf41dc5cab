"""The filter of each architecture, run by a small interpreter of BPF, so that arm64 is tested on x86-64 too."""

import struct

import pytest

from solvers.sandbox import landlock, seccomp
from solvers.sandbox.kernel import MACHINES
from solvers.sandbox.lockin import prepare
from solvers.types import Layers

ALLOW, EPERM, KILL = 0x7FFF0000, 0x00050001, 0x80000000
ARCHITECTURES = sorted(MACHINES)


def verdict(architecture: str, number: int, *arguments: int, arch: int | None = None) -> int:
    """What the filter returns. Source: linux/bpf_common.h, linux/seccomp.h."""
    padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("<IIQ6Q", number, MACHINES[architecture].audit_arch if arch is None else arch, 0, *padded)
    code = seccomp.instructions(architecture)
    at, accumulator = 0, 0
    while True:
        operation, if_true, if_false, operand = code[at]
        at += 1
        match operation:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, operand)
            case 0x15:
                at += if_true if accumulator == operand else if_false
            case 0x35:
                at += if_true if accumulator >= operand else if_false
            case 0x45:
                at += if_true if accumulator & operand else if_false
            case 0x06:
                return operand
            case _:
                raise AssertionError(f"no operation {operation:#x}")


def number(architecture: str, name: str) -> int:
    found = seccomp._NUMBERS[name][0 if architecture == "x86_64" else 1]
    assert found is not None
    return found


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_listed_calls_pass_and_every_other_is_refused(architecture: str) -> None:
    column = 0 if architecture == "x86_64" else 1
    listed = {seccomp._NUMBERS[name][column] for name in seccomp._ALLOWED} - {None}
    passing = {called for called in range(1000) if verdict(architecture, called) == ALLOW}
    with_arguments = {number(architecture, name) for name in ("mprotect", "prlimit64", "futex", "madvise")}
    assert passing == listed | with_arguments
    assert {verdict(architecture, called) for called in set(range(1000)) - passing} == {EPERM}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_memory_is_anonymous_and_never_code(architecture: str) -> None:
    mmap, mprotect = number(architecture, "mmap"), number(architecture, "mprotect")
    read_write, private_anonymous = 3, 0x22
    assert verdict(architecture, mmap, 0, 4096, read_write, private_anonymous) == ALLOW
    assert verdict(architecture, mmap, 0, 4096, read_write | 4, private_anonymous) == EPERM
    assert verdict(architecture, mmap, 0, 4096, read_write, 0x02) == EPERM
    assert verdict(architecture, mprotect, 0, 4096, read_write) == ALLOW
    assert verdict(architecture, mprotect, 0, 4096, 5) == EPERM


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_futex_waits_and_wakes_and_does_nothing_else(architecture: str) -> None:
    futex = number(architecture, "futex")
    private, realtime = 128, 256
    assert verdict(architecture, futex, 0, 9 | private | realtime) == ALLOW
    assert verdict(architecture, futex, 0, 1 | private) == ALLOW
    for operation in (2, 3, 4, 5, 6, 7, 8, 11, 12, 13):  # FD, REQUEUE, CMP_REQUEUE, WAKE_OP, LOCK_PI and its kin
        assert verdict(architecture, futex, 0, operation) == EPERM
        assert verdict(architecture, futex, 0, operation | private) == EPERM


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_advice_concerns_memory_of_ones_own(architecture: str) -> None:
    madvise = number(architecture, "madvise")
    dontneed, free, huge = 4, 8, 14
    assert {verdict(architecture, madvise, 0, 4096, advice) for advice in (dontneed, free, huge)} == {ALLOW}
    remove, mergeable, cold, pageout, poison = 9, 12, 20, 21, 100
    refused = (remove, mergeable, cold, pageout, poison)
    assert {verdict(architecture, madvise, 0, 4096, advice) for advice in refused} == {EPERM}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_limits_can_be_read_of_oneself_and_never_set(architecture: str) -> None:
    prlimit = number(architecture, "prlimit64")
    assert verdict(architecture, prlimit, 0, 3, 0, 0x7FFF0000) == ALLOW
    assert verdict(architecture, prlimit, 1, 3, 0, 0x7FFF0000) == EPERM
    assert verdict(architecture, prlimit, 0, 3, 0x7FFF0000, 0) == EPERM
    assert verdict(architecture, prlimit, 0, 3, 1 << 32, 0) == EPERM


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_another_architecture_is_death(architecture: str) -> None:
    i386 = 0x40000003
    assert verdict(architecture, number(architecture, "getpid"), arch=i386) == KILL


def test_the_x32_abi_is_death() -> None:
    assert verdict("x86_64", 0x40000000 + number("x86_64", "getpid")) == KILL


def test_a_layer_that_the_kernel_does_not_offer_is_reported_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "offered", lambda: None)
    assert prepare(Layers()).layers == Layers(landlock=False)
    monkeypatch.setattr(seccomp, "offered", lambda: False)
    assert prepare(Layers(no_new_privileges=False)).layers == Layers(
        landlock=False, seccomp=False, no_new_privileges=False
    )
