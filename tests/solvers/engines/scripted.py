"""An engine whose programs are Python: the strongest attacker there is, for it runs in the locked-in child with all
of Python at hand.

The program runs with `outcome` to be set, and with the modules of this one already loaded, since nothing can be
loaded later.
"""

import ctypes
import errno
import mmap
import os
import resource
import signal
import socket
import sys
import threading
import time

from solvers.forkserver import serve
from solvers.types import (
    Answers,
    Ending,
    Finished,
    Job,
    Language,
    Limits,
    NoAnswer,
    Rejected,
    Stopped,
    Substitution,
    Value,
    ValueKind,
)


class ScriptedEngine:
    language = Language.PROLOG

    def load(self) -> str:
        return "scripted 1"

    def run(self, job: Job, limits: Limits, policy: bool) -> Ending:
        names = {**globals(), "job": job, "limits": limits, "policy": policy, "outcome": None}
        exec(job.program.text, names)
        ending = names.get("ending")
        if ending is not None:
            return ending
        value = Value(str(names["outcome"]), ValueKind.OTHER)
        return Finished(Answers((Substitution({"X": value}),), exhausted=True))


_LOADED = (ctypes, errno, mmap, os, resource, signal, socket, sys, threading, time, NoAnswer, Rejected, Stopped)

if __name__ == "__main__":
    serve(ScriptedEngine())
