"""Locks a forked child in, layer after layer, before it reads a program.

Covered: files, processes, signals, network, memory, CPU, output to anything but its own descriptors; nothing outlives
the child. Not covered: faults of the kernel itself, side channels between processes, time on the processor up to the
CPU limit.
"""

import os
from dataclasses import dataclass, replace

from solvers.sandbox import landlock, privileges, rlimits, seccomp
from solvers.sandbox.kernel import Call, perform
from solvers.types import Layers, Limits

CHANNEL = 3
"""The child's descriptor for its job and its reply; 1 and 2 are the program's output, 0 is /dev/null."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a fork server makes once and each child puts on. `layers` are those a child will really have."""

    layers: Layers
    system_calls: seccomp.Filter | None
    ruleset: int | None
    descriptors: int
    """One more than the highest descriptor this process could have open; asked before the limit on them is lowered."""


def prepare(asked: Layers) -> Prepared:
    """The layers asked for, as far as this kernel offers them."""
    system_calls = seccomp.build() if asked.seccomp and seccomp.offered() else None
    rights = landlock.offered() if asked.landlock else None
    ruleset = landlock.build(rights) if rights is not None else None
    locked = system_calls is not None or ruleset is not None
    layers = replace(
        asked,
        seccomp=system_calls is not None,
        landlock=ruleset is not None,
        # The kernel takes neither of the two from a process that may still gain privileges.
        no_new_privileges=asked.no_new_privileges or locked,
        empty_environment=True,
    )
    return Prepared(layers, system_calls, ruleset, os.sysconf("SC_OPEN_MAX"))


@dataclass(frozen=True, slots=True)
class Steps:
    """What locks a child in, in order. Made before the fork, by `steps`."""

    before: tuple[Call, ...]
    descriptors: int
    last: tuple[Call, ...]


def steps(prepared: Prepared, limits: Limits, mapped_bytes: int) -> Steps:
    """The layers of `prepared` with the limits of one run, for a process that has mapped `mapped_bytes`."""
    layers = prepared.layers
    return Steps(
        before=(
            *(rlimits.calls(limits, mapped_bytes) if layers.rlimits else ()),
            *(privileges.calls() if layers.no_new_privileges else ()),
            privileges.death_with_parent(),
            *((landlock.restrict(prepared.ruleset),) if prepared.ruleset is not None else ()),
        ),
        descriptors=prepared.descriptors,
        last=(seccomp.install(prepared.system_calls),) if prepared.system_calls is not None else (),
    )


def lock_in(made: Steps, parent: int) -> None:
    """Put every layer on this process. Raises `OSError` when one does not hold: then the program must not be read.

    It dies with the process `parent`. Expects descriptors 0 to `CHANNEL` in place; closes all others.
    """
    perform(made.before)
    privileges.check_parent(parent)
    os.closerange(CHANNEL + 1, made.descriptors)
    perform(made.last)
