"""Loads an engine once and forks a locked-in child for each program. Runs in a process of its own, started by the
runtime.

Covered: the engine is warm in every child, nothing leaks from one program to the next, a child's process group ends
with it, and everything here ends with the runtime. One thread, no timers: it sleeps in poll(2) until a request comes
or a child ends.
"""

import ctypes  # noqa: F401  # loaded here, before any child has to do without files
import gc
import math
import os
import re
import select
import signal
import socket
import sys
import time
import traceback
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn, Protocol

from solvers import control, memory
from solvers.control import Exited, Failed, NotStarted, Ready, RunRequest, Started
from solvers.errors import EngineMissingError
from solvers.sandbox import kernel, privileges, rlimits, selftest
from solvers.sandbox.lockin import CHANNEL, Prepared, Steps, lock_in, prepare, steps
from solvers.types import (
    Answers,
    Diagnostic,
    Ending,
    ErrorClass,
    Finished,
    Job,
    Language,
    Layers,
    LimitName,
    Limits,
    Program,
    Rejected,
    Stopped,
    Substitution,
    Value,
    ValueKind,
)
from solvers.unreadable import unreadable
from solvers.wire import decode_job, encode_ending, encode_job

MIB = 2**20

LOCK_IN_FAILED = 120
"""Exit status of a child that could not lock itself in, and so read no program."""

NO_REPLY = 121
"""Exit status of a child whose channel was gone when it had something to say."""


class Engine(Protocol):
    """A solver as a fork server needs it."""

    @property
    def language(self) -> Language: ...

    def load(self) -> str:
        """Load and warm up everything, and return the engine's version.

        Called once, before any fork. A child can open no file, so a library not loaded here is not there. It may
        leave no thread behind: a fork takes only the thread that forks.
        """
        ...

    def run(self, job: Job, limits: Limits, policy: bool) -> Ending:
        """Run one program, in a locked-in child that ends afterwards. What it prints to descriptors 1 and 2 is the
        program's output.

        An exception other than `MemoryError` and `RecursionError` is a fault of the engine, not of the program.
        """
        ...


def serve(engine: Engine) -> NoReturn:
    """Serve until the runtime goes away. `sys.argv` is what `solvers.engine_process` gave this process."""
    socket_number, layers = int(sys.argv[1]), _layers(sys.argv[2])
    privileges.die_with_parent(os.getppid())
    privileges.adopt_orphans()
    os.chdir("/")
    os.umask(0o077)
    kernel.empty_environment()
    rlimits.widen_stack()
    _be_killed_first()
    while os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC) <= CHANNEL:
        pass  # What a child puts its own descriptors on must not be one that it still needs.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with socket.socket(fileno=socket_number) as runtime:
        server = _start(runtime, engine, layers)
        _warm_up()
        # Objects made so far are never freed: the collector would write to their pages and so copy them, in every
        # child.
        gc.collect()
        gc.freeze()
        gc.disable()
        memory.fill_gaps()
        memory.join_pages()
        server.loop()
    os._exit(0)


def _warm_up() -> None:
    """Have Python specialise what every child runs, and libc bind its symbols, so that no child has to write that
    down.
    """
    job = Job(Program(Language.PROLOG, "p(1)."), "p(X)")
    answer = Answers((Substitution({"X": Value("1", ValueKind.INTEGER)}),), exhausted=True)
    for _ in range(100):
        token, _ = control.read_job_header(control.job_frame(bytes(control.TOKEN_BYTES), b"")[: control.HEADER_BYTES])
        unreadable(decode_job(encode_job(job)))
        control.reply_frame(token, control.ENDING, encode_ending(Finished(answer)))


def _start(runtime: socket.socket, engine: Engine, layers: Layers) -> "_ForkServer":
    try:
        version = engine.load()
        threads = len(os.listdir("/proc/self/task"))
        if threads != 1:
            raise RuntimeError(f"it runs {threads} threads, and a fork would take only one of them")
        prepared = prepare(layers)
        still_open = _self_test(prepared)
    except EngineMissingError as error:
        runtime.send(Failed(error.detail).pack())
        os._exit(1)
    except Exception:  # noqa: BLE001  # whatever it is, the runtime has to hear it from us: nobody else knows
        runtime.send(Failed(traceback.format_exc()).pack())
        os._exit(1)
    server = _ForkServer(runtime, engine, prepared)
    _, resident = server.memory()
    runtime.send(Ready(version, prepared.layers, still_open.words(), resident / MIB).pack())
    return server


@dataclass(frozen=True, slots=True)
class _Child:
    run: int
    pid: int
    pidfd: int
    oom_kills: int | None
    """As `_OomKills.lately` told when it began."""


class _OomKills:
    """How many processes of this machine the kernel has killed for want of memory, in whatever control group.

    It counts one before it sends the signal, so a child that was killed for that is counted when its end is seen.
    Source: `oom_kill` of proc_vmstat(5).
    """

    _COUNT = re.compile(rb"^oom_kill (\d+)$", re.MULTILINE)
    _FRESH_SECONDS = 1.0

    def __init__(self) -> None:
        try:
            self._file: int | None = os.open("/proc/vmstat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._file = None
        self._count: int | None = None
        self._read_at = -math.inf

    def now(self) -> int | None:
        """None: the kernel does not tell."""
        found = None if self._file is None else self._COUNT.search(os.pread(self._file, MIB, 0))
        self._count = None if found is None else int(found[1])
        self._read_at = time.monotonic()
        return self._count

    def lately(self) -> int | None:
        """As it was a second ago at most: to read it takes a hundredth of what a short program does."""
        return self._count if time.monotonic() - self._read_at < self._FRESH_SECONDS else self.now()


class _ForkServer:
    def __init__(self, runtime: socket.socket, engine: Engine, prepared: Prepared) -> None:
        self._runtime = runtime
        self._engine = engine
        self._prepared = prepared
        self._poll = select.poll()
        self._poll.register(runtime, select.POLLIN)
        self._children: dict[int, _Child] = {}
        self._statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        self._page = os.sysconf("SC_PAGE_SIZE")
        self._pid = os.getpid()
        self._code = memory.map_code()
        self._steps: tuple[Limits, int, Steps] | None = None
        self._oom_kills = _OomKills()

    def memory(self) -> tuple[int, int]:
        """Bytes mapped and bytes resident, of this process and so of a child when it starts.

        Source: proc_pid_statm(5).
        """
        mapped, resident = os.pread(self._statm, 128, 0).split()[:2]
        return int(mapped) * self._page, int(resident) * self._page

    def loop(self) -> None:
        """Returns when the runtime is gone."""
        try:
            while True:
                for descriptor, _ in self._poll.poll():
                    if descriptor in self._children:
                        self._reap(self._children.pop(descriptor))
                    else:
                        self._fork_one()
        except (EOFError, ConnectionError):
            self._end_all()

    def _fork_one(self) -> None:
        """Take one request. Raises `EOFError` when there will be no more."""
        message, ancillary, _, _ = self._runtime.recvmsg(control.MAX_MESSAGE, socket.CMSG_SPACE(8))
        if not message:
            raise EOFError
        channel, output = _descriptors(ancillary)
        request = RunRequest.unpack(message)
        made = self._steps_for(request.limits)
        oom_kills = self._oom_kills.lately()
        started = time.monotonic()
        try:
            pid = os.fork()
        except OSError as error:
            self._runtime.send(NotStarted(request.run, error.errno or 0).pack())
            return
        finally:
            if os.getpid() == self._pid:
                os.close(channel)
                os.close(output)
        if pid == 0:
            self._be_the_child(request, made, channel, output)
        pidfd = os.pidfd_open(pid)
        self._children[pidfd] = _Child(request.run, pid, pidfd, oom_kills)
        self._poll.register(pidfd, select.POLLIN)
        socket.send_fds(self._runtime, [Started(request.run, pid, started).pack()], [pidfd])

    def _steps_for(self, limits: Limits) -> Steps:
        """Most runs have the limits of the one before."""
        mapped, _ = self.memory()
        if self._steps is None or self._steps[:2] != (limits, mapped):
            self._steps = limits, mapped, steps(self._prepared, limits, mapped)
        return self._steps[2]

    def _reap(self, child: _Child) -> None:
        """End what the child left behind while its process group still has its name, then report it."""
        self._poll.unregister(child.pidfd)
        _kill_group(child.pid)
        _, status, usage = os.wait4(child.pid, 0)
        ended = time.monotonic()
        os.close(child.pidfd)
        if not self._prepared.layers.seccomp:
            self._end_orphans()
        cpu_seconds, peak_mib = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        perhaps_oom = killed and (child.oom_kills is None or self._oom_kills.now() != child.oom_kills)
        self._runtime.send(Exited(child.run, status, ended, cpu_seconds, peak_mib, perhaps_oom).pack())

    def _end_all(self) -> None:
        for child in self._children.values():
            _kill_group(child.pid)
            os.waitpid(child.pid, 0)
        if not self._prepared.layers.seccomp:
            self._children.clear()
            self._end_orphans()

    def _end_orphans(self) -> None:
        """Kill descendants that left their process group; as their ancestors end they become ours.

        With seccomp there are none.
        """
        known = {child.pid for child in self._children.values()}
        while orphans := [pid for pid in _children_of(self._pid) if pid not in known]:
            for pid in orphans:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def _be_the_child(self, request: RunRequest, made: Steps, channel: int, output: int) -> NoReturn:
        try:
            kernel.perform(self._code)
            os.setsid()
            _place(channel, output)
            lock_in(made, self._pid)
        except BaseException:  # noqa: BLE001  # not locked in: no program may be read, whatever the reason
            os.write(2, traceback.format_exc().encode(errors="replace"))
            os._exit(LOCK_IN_FAILED)
        try:
            _write_all(control.LOCKED)
            _answer(self._engine, request.limits, self._prepared.layers.policy)
            os._exit(0)
        finally:
            os._exit(NO_REPLY)


def _answer(engine: Engine, limits: Limits, policy: bool) -> None:
    """Read the job, run it, write the one reply."""
    token, length = control.read_job_header(_read_exactly(control.HEADER_BYTES))
    # Made before it is needed: when memory is gone there is none to make it from.
    out_of_memory = control.reply_frame(token, control.ENDING, _OUT_OF_MEMORY)
    try:
        job = decode_job(_read_exactly(length))
        ending = unreadable(job) or engine.run(job, limits, policy)
        reply = control.reply_frame(token, control.ENDING, encode_ending(ending))
    except MemoryError:
        reply = out_of_memory
    except RecursionError:
        reply = control.reply_frame(token, control.ENDING, _TOO_DEEP)
    except Exception:  # noqa: BLE001  # a fault of the engine; the runtime raises it
        reply = control.reply_frame(token, control.FAULT, traceback.format_exc().encode(errors="replace"))
    _flush()
    _write_all(reply)


_OUT_OF_MEMORY = encode_ending(Stopped(LimitName.MEMORY_MIB))
_TOO_DEEP = encode_ending(Rejected((Diagnostic(ErrorClass.RESOURCE, "the program nests too deeply to be read"),)))


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, MemoryError):
            continue  # The program closed it, or left no room for what it held back.
    kernel.flush_c_streams()


def _place(channel: int, output: int) -> None:
    """Put the descriptors where the program and `_answer` expect them.

    Inheritable or not makes no difference: there is no exec.
    """
    if min(channel, output) <= CHANNEL:
        raise RuntimeError(f"descriptors {channel} and {output} lie where a child's own belong")
    os.dup2(output, 1, inheritable=False)
    os.dup2(output, 2, inheritable=False)
    os.dup2(channel, CHANNEL, inheritable=False)


def _read_exactly(length: int) -> bytes:
    parts = []
    while length:
        part = os.read(CHANNEL, min(length, MIB))
        if not part:
            os._exit(0)  # The runtime gave this run up.
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _write_all(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(CHANNEL, view) :]


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> tuple[int, int]:
    received = array("i")
    for _, _, data in ancillary:
        received.frombytes(data)
    channel, output = received
    return channel, output


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError):  # It ended before it had a group of its own.
        os.killpg(pid, signal.SIGKILL)


def _children_of(pid: int) -> Iterator[int]:
    """Source: proc_pid_stat(5); the name in parentheses may hold anything, so the fields are counted from its end."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stat:
                    fields = stat.read().rpartition(b")")[2].split()
            except OSError:
                continue  # It ended meanwhile.
            if int(fields[1]) == pid:
                yield int(name)


def _be_killed_first() -> None:
    """When the machine runs out of memory, let it be a program that goes and not the service.

    Source: proc_pid_oom_score_adj(5).
    """
    try:
        with open("/proc/self/oom_score_adj", "w") as score:
            score.write("1000")
    except OSError:
        pass  # No /proc to write to; RLIMIT_AS still stands.


def _self_test(prepared: Prepared) -> selftest.Open:
    """What a locked-in child can still reach. Raises `RuntimeError` when a child cannot lock itself in."""
    own, made = os.getpid(), steps(prepared, Limits(), 2**40)
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            lock_in(made, own)
            os._exit(selftest.find_open())
        except BaseException:  # noqa: BLE001  # the exit status says it
            os._exit(LOCK_IN_FAILED)
    _, status = os.waitpid(pid, 0)
    found = os.waitstatus_to_exitcode(status)
    if not 0 <= found < LOCK_IN_FAILED:
        raise RuntimeError(f"a child cannot lock itself in with {prepared.layers} (exit status {found})")
    return selftest.Open(found)


def _layers(text: str) -> Layers:
    """As `solvers.engine_process` writes them: names of the layers asked for, with commas."""
    names = set(text.split(","))
    return Layers(**{name: name in names for name in Layers.__dataclass_fields__})
