"""Locks a forked child in, layer after layer, before it reads a program.

Covered: files, processes, signals, network, memory, CPU, output to anything but its own descriptors; nothing outlives
the child. Not covered: faults of the kernel itself, side channels between processes, time on the processor up to the
CPU limit.
"""

import os
from dataclasses import dataclass, replace

from solvers.sandbox import landlock, privileges, rlimits, seccomp
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


def lock_in(prepared: Prepared, limits: Limits, mapped_bytes: int, parent: int) -> None:
    """Put every layer on this process. Raises `OSError` when one does not hold: then the program must not be read.

    It dies with the process `parent`. Expects descriptors 0 to `CHANNEL` in place; closes all others.
    """
    if prepared.layers.rlimits:
        rlimits.apply(limits, mapped_bytes)
    if prepared.layers.no_new_privileges:
        privileges.give_up()
    privileges.die_with_parent(parent)
    if prepared.ruleset is not None:
        landlock.restrict(prepared.ruleset)
    os.closerange(CHANNEL + 1, prepared.descriptors)
    if prepared.system_calls is not None:
        seccomp.install(prepared.system_calls)
