"""An engine whose programs are Python: the strongest attacker there is, since it runs in the locked-in child.

A program sets `outcome`, which becomes the one answer, or `ending`. `tried` says how the kernel took an attempt. What a
program needs of Python is loaded here: later nothing can be.
"""

import ctypes
import encodings.idna
import errno
import mmap
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

from solvers.forkserver import serve
from solvers.types import Answers, Ending, Finished, Job, Language, Limits, Substitution, Value, ValueKind

LOADED = (encodings.idna, mmap, os, resource, signal, socket, sys, threading, time)

libc = ctypes.CDLL(None, use_errno=True)


def tried(attempt: Callable[[], object]) -> str:
    """`done`, or the name of the error."""
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    except (ValueError, LookupError, RuntimeError) as error:
        return type(error).__name__
    return "done"


def system_call(number: int, *arguments: int) -> int:
    """Raises `OSError`."""
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(argument) for argument in arguments))
    if result == -1:
        raise OSError(ctypes.get_errno(), "")
    return result


class ScriptedEngine:
    language = Language.PROLOG

    def load(self) -> str:
        return "scripted 1"

    def run(self, job: Job, limits: Limits, policy: bool) -> Ending:
        names = {**globals(), "limits": limits, "policy": policy, "outcome": None, "ending": None}
        exec(job.program.text, names)
        if names["ending"] is not None:
            return names["ending"]
        value = Value(str(names["outcome"]), ValueKind.OTHER)
        return Finished(Answers((Substitution({"X": value}),), exhausted=True))


if __name__ == "__main__":
    serve(ScriptedEngine())
