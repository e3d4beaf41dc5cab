"""The runtime's side of one fork server: starts it, hands it runs, watches it, and notices when it is dead or wedged.

One run costs the service two descriptors, a pidfd and a handful of callbacks; while a program runs, nothing here does.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from solvers import control
from solvers.control import Exited, Failed, NotStarted, Ready, RunRequest, Started
from solvers.ending import Execution
from solvers.errors import EngineMissingError, ProtocolError
from solvers.types import Layers, LimitName, Limits

_SUSPICION_SECONDS = 0.25
"""How long we wait for a word of the fork server before we look whether it is stopped."""

_LEAVE_SECONDS = 1.0
"""What a fork server has to end its children and itself, when it is asked to."""

_READ_BYTES = 65536

_LISTEN_SECONDS = 0.01
"""A program that ends sooner leaves all it said in the buffers, and nobody has to wake up for it meanwhile. Nor does
one that prints byte by byte wake us for each: after a little was read, as long again is left to gather more.
"""

_REPLY_OVERHEAD_BYTES = 65536
"""What a reply may have on top of `output_bytes`: names, punctuation, diagnostics."""

_BOOT = (
    "import runpy, sys; root = sys.argv.pop(1); root in sys.path or sys.path.insert(0, root); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__')"
)
"""The engine's process runs the same `solvers` as this one, installed or not."""

_ROOT = str(Path(__file__).resolve().parent.parent)


class RunFailedError(Exception):
    """A run had no result for a reason that is not its program's. `sound`: the fork server is not to blame for it."""

    def __init__(self, detail: str, sound: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.sound = sound


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What to run, and until when.

    Args:
        job: as `solvers.wire.encode_job` writes it.
        deadline: monotonic time after which a fork server that owes a word is given up.
        repeated: it failed once already, and must now end by `deadline` even if that cuts its wall time short.
    """

    job: bytes
    limits: Limits
    deadline: float
    repeated: bool = False


class EngineProcess:
    """One fork server. Made by `start`; not reusable once `lost` is set."""

    def __init__(self, name: str, module: str, layers: Layers) -> None:
        self._name = name
        self._loop = asyncio.get_running_loop()
        self._runs: dict[int, _Run] = {}
        self._next_run = 0
        self._unsent: deque[tuple[bytes, tuple[int, int]]] = deque()
        self._full = False
        self._ready: asyncio.Future[Ready] = self._loop.create_future()
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self.lost: str | None = None
        """Why it takes no more runs; None while it does."""

        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._errors = os.memfd_create("engine-errors")
        names = ",".join(field.name for field in fields(Layers) if getattr(layers, field.name))
        flags = ["-I", "-X", "utf8", "-c", _BOOT]
        with theirs:
            # An empty environment, a session of its own (Ctrl-C is for the service), and nothing inherited but the
            # socket.
            self._process = subprocess.Popen(
                [sys.executable, *flags, _ROOT, module, str(theirs.fileno()), names],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                pass_fds=(theirs.fileno(),),
                env={},
                start_new_session=True,
            )
        self._pidfd = os.pidfd_open(self._process.pid)
        self._socket.setblocking(False)
        self._loop.add_reader(self._pidfd, self._on_end)
        self._loop.add_reader(self._socket.fileno(), self._on_report)

    @staticmethod
    async def start(name: str, module: str, layers: Layers, seconds: float) -> "EngineProcess":
        """Start a fork server and wait until its engine is loaded.

        Raises:
            EngineMissingError: it does not load.
            RunFailedError: it was killed meanwhile.
        """
        process = EngineProcess(name, module, layers)
        try:
            async with asyncio.timeout(seconds):
                await asyncio.shield(process._ready)
        except BaseException as error:
            # Whoever gives up in the moment in which it is loaded leaves nothing behind either.
            await process.close()
            if isinstance(error, TimeoutError):
                raise EngineMissingError(name, f"it did not load within {seconds:g} seconds") from error
            raise
        return process

    @property
    def ready(self) -> Ready:
        return self._ready.result()

    @property
    def pid(self) -> int:
        return self._process.pid

    async def run(self, order: RunOrder) -> Execution:
        """Run one program; cancelling ends it.

        Raises:
            RunFailedError: the fork server or the machine failed; the program may be run again.
        """
        if self.lost is not None:
            raise RunFailedError(self.lost)
        self._next_run += 1
        run = _Run(self, self._next_run, order)
        try:
            self._submit(run)
            return await run.done
        finally:
            run.dispose()

    async def close(self) -> None:
        """End it and all its children, and wait until it is gone."""
        # Once it serves, it notices that we left, ends what descends from it and takes leave. Before that it hears
        # nothing.
        serving = self._ready.done() and self._ready.exception() is None
        self.discard("the runtime closed it", at_once=not serving)
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await asyncio.shield(self._gone)
        except TimeoutError:
            self._process.kill()
            await asyncio.shield(self._gone)

    def discard(self, reason: str, at_once: bool = True, killed: bool = False) -> None:
        """Take no more runs; every run under way fails with `reason`. Killed `at_once`, its children die with it.

        `killed`: somebody killed it, so that it did not load says nothing about the engine.
        """
        if self.lost is not None:
            return
        self.lost = reason
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
        if at_once:
            self._process.kill()
        for _, descriptors in self._unsent:
            _close_all(descriptors)
        self._unsent.clear()
        for run in list(self._runs.values()):
            run.fail(reason)
        self._runs.clear()
        if not self._ready.done():
            said = self._last_words(reason)
            self._ready.set_exception(RunFailedError(said) if killed else EngineMissingError(self._name, said))
            self._ready.exception()

    def is_stopped(self) -> bool:
        """Whether it is stopped or dead, and so will not answer. Source: proc_pid_stat(5)."""
        stat = _stat(self.pid)
        return stat is None or stat[0] in (b"T", b"Z", b"X")

    def _submit(self, run: "_Run") -> None:
        self._runs[run.number] = run
        self._unsent.append((RunRequest(run.number, run.limits).pack(), run.give_descriptors()))
        if len(self._unsent) == 1:
            self._send()

    def _send(self) -> None:
        while self._unsent:
            message, descriptors = self._unsent[0]
            try:
                socket.send_fds(self._socket, [message], descriptors)
            except BlockingIOError:
                self._loop.add_writer(self._socket.fileno(), self._send)
                self._full = True
                return
            except OSError as error:
                self.discard(f"it takes no more runs: {error}")
                return
            _close_all(descriptors)
            self._unsent.popleft()
        if self._full:
            self._full = False
            self._loop.remove_writer(self._socket.fileno())

    def _on_report(self) -> None:
        try:
            message, ancillary, _, _ = self._socket.recvmsg(control.MAX_MESSAGE, socket.CMSG_SPACE(4))
        except BlockingIOError:
            return
        except OSError as error:
            self.discard(f"its socket broke: {error}")
            return
        received = array("i")
        for _, _, data in ancillary:
            received.frombytes(data)
        if not message:
            # It ended, or is about to; `_on_end` says how.
            self._loop.remove_reader(self._socket.fileno())
            self._process.kill()
            return
        try:
            report = control.unpack_report(message)
        except ProtocolError as error:
            _close_all(tuple(received))
            self.discard(str(error))
            return
        match report:
            case Started():
                (pidfd,) = received
                self._runs[report.run].on_started(report, pidfd)
            case Exited():
                self._runs.pop(report.run).on_exited(report)
            case NotStarted():
                self._runs.pop(report.run).fail(f"the kernel gave no process: {os.strerror(report.errno)}", sound=True)
            case Ready():
                self._ready.set_result(report)
            case Failed(detail):
                self._ready.set_exception(EngineMissingError(self._name, detail))
                self._ready.exception()

    def _on_end(self) -> None:
        """The process is gone: reap it."""
        self._loop.remove_reader(self._pidfd)
        status = self._process.wait()
        os.close(self._pidfd)
        self.discard(f"it ended with status {status}", killed=status == -signal.SIGKILL)
        os.close(self._errors)
        self._gone.set_result(None)

    def _last_words(self, reason: str) -> str:
        size = os.fstat(self._errors).st_size
        text = os.pread(self._errors, 4000, max(0, size - 4000)).decode(errors="replace").strip()
        return f"{reason}; it said: {text}" if text else reason


class _Run:
    """One program under way, from its request to the end of its child."""

    def __init__(self, process: EngineProcess, number: int, order: RunOrder) -> None:
        self.number = number
        self.limits = order.limits
        self.done: asyncio.Future[Execution] = process._loop.create_future()
        self._process = process
        self._loop = process._loop
        self._deadline = order.deadline
        self._repeated = order.repeated
        self._token = os.urandom(control.TOKEN_BYTES)
        self._unsent = memoryview(control.job_frame(self._token, order.job))
        self._stream = bytearray()
        self._output = bytearray()
        self._started: Started | None = None
        self._pidfd: int | None = None
        self._stopped_by: LimitName | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._disposed = False
        # Bare numbers from here on: asyncio's selectors describe a socket at every second step, which costs more
        # than the run.
        self._channel, self._their_channel, self._output_end, self._their_output = _two_pairs()
        self._readers: set[int] = set()
        self._silent: set[int] = set()
        self._writing = False
        os.set_blocking(self._channel, False)
        os.set_blocking(self._output_end, False)
        self._listening = self._loop.call_later(_LISTEN_SECONDS, self._listen)
        self._expect_a_word()
        self._send_job()

    def give_descriptors(self) -> tuple[int, int]:
        """The child's ends; whoever takes them closes them."""
        return self._their_channel, self._their_output

    def on_started(self, report: Started, pidfd: int) -> None:
        if self._disposed:
            # Given up before it began.
            _kill(pidfd)
            os.close(pidfd)
            return
        self._started = report
        self._pidfd = pidfd
        if self._stopped_by is not None:
            _kill(pidfd)
            return
        self._heard()
        now, ends = time.monotonic(), report.at + self.limits.wall_seconds
        if self._repeated and self._deadline < ends:
            self._timer = self._loop.call_later(self._deadline - now, self._give_up)
        else:
            self._timer = self._loop.call_later(ends - now, self._stop, LimitName.WALL_SECONDS)

    def on_exited(self, report: Exited) -> None:
        if self.done.done():
            return
        # What it wrote before it ended is in the buffers; its end may not be, where a process it left behind holds
        # the pipe.
        self._drain()
        self._finish(report)

    def fail(self, reason: str, sound: bool = False) -> None:
        if not self.done.done():
            self.done.set_exception(RunFailedError(reason, sound))
            self.done.exception()

    def dispose(self) -> None:
        """Let go of everything; a child that still runs is killed."""
        if self._disposed:
            return
        self._disposed = True
        if not self.done.done():
            self.done.cancel()
        for timer in (self._timer, self._watch, self._listening):
            if timer is not None:
                timer.cancel()
        self._pause()
        if self._writing:
            self._loop.remove_writer(self._channel)
        _close_all((self._channel, self._output_end))
        if self._pidfd is not None:
            _kill(self._pidfd)
            os.close(self._pidfd)

    def _finish(self, report: Exited) -> None:
        assert self._started is not None
        locked = bytes(self._stream[: len(control.LOCKED)]) == control.LOCKED
        if not locked and self._stopped_by is None and not os.WIFSIGNALED(report.status):
            said = self._output.decode(errors="replace").strip()
            self.fail(f"a child could not lock itself in (status {report.status}): {said}", sound=True)
            return
        self.done.set_result(
            Execution(
                status=report.status,
                stopped_by=self._stopped_by,
                reply=bytes(self._stream[len(control.LOCKED) :]),
                token=self._token,
                output=bytes(self._output),
                limits=self.limits,
                wall_seconds=report.at - self._started.at,
                cpu_seconds=report.cpu_seconds,
                peak_memory_mib=report.peak_memory_mib,
                perhaps_oom=report.perhaps_oom,
                engine_mib=self._process.ready.resident_mib,
            )
        )

    def _stop(self, limit: LimitName) -> None:
        """Kill the child at a limit; the fork server ends its process group and reports."""
        if self._stopped_by is None:
            self._stopped_by = limit
            self._expect_a_word()
        if self._pidfd is not None:
            _kill(self._pidfd)

    def _give_up(self) -> None:
        self.fail("its repetition had no time left to end", sound=True)

    def _expect_a_word(self) -> None:
        """From now on the fork server owes us a report."""
        self._heard()
        self._watch = self._loop.call_later(_SUSPICION_SECONDS, self._on_silence)

    def _heard(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _on_silence(self) -> None:
        if self.done.done():
            return
        now = time.monotonic()
        if not self._process.is_stopped() and now < self._deadline:
            self._expect_a_word()
            return
        if self._started is not None and self._stopped_by is not None:
            # The child met its limit and we killed it; for that we need no witness.
            self._drain()
            cpu_seconds, resident = _cpu_seconds(self._started.pid), self._process.ready.resident_mib
            self._finish(Exited(self.number, signal.SIGKILL, now, cpu_seconds, resident))
        self._process.discard("it was stopped or did not answer")

    def _listen(self) -> None:
        for descriptor, read in ((self._channel, self._on_channel), (self._output_end, self._on_output)):
            if descriptor not in self._silent:
                self._readers.add(descriptor)
                self._loop.add_reader(descriptor, self._hear, read)

    def _hear(self, read: Callable[[], bool]) -> None:
        before = len(self._stream) + len(self._output)
        if read() and len(self._stream) + len(self._output) - before < _READ_BYTES:
            self._pause()
            self._listening = self._loop.call_later(_LISTEN_SECONDS, self._listen)

    def _pause(self) -> None:
        for descriptor in self._readers:
            self._loop.remove_reader(descriptor)
        self._readers.clear()

    def _stop_reading(self, descriptor: int) -> None:
        """For good: it has nothing more to say, or nothing that we want to hear."""
        self._silent.add(descriptor)
        if descriptor in self._readers:
            self._readers.remove(descriptor)
            self._loop.remove_reader(descriptor)

    def _send_job(self) -> None:
        try:
            sent = os.write(self._channel, self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            sent = len(self._unsent)  # The child is gone; its end is reported.
        self._unsent = self._unsent[sent:]
        if self._unsent and not self._writing:
            self._writing = True
            self._loop.add_writer(self._channel, self._send_job)
        elif self._writing and not self._unsent:
            self._writing = False
            self._loop.remove_writer(self._channel)

    def _drain(self) -> None:
        while self._on_channel():
            pass
        while self._on_output():
            pass

    def _on_channel(self) -> bool:
        """Read once from the child's channel; whether there may be more."""
        try:
            data = os.read(self._channel, _READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._stop_reading(self._channel)
            if self._started is not None:
                self._expect_a_word()
            return False
        self._stream += data
        if len(self._stream) > self.limits.output_bytes + _REPLY_OVERHEAD_BYTES:
            self._stop_reading(self._channel)
            self._stop(LimitName.OUTPUT_BYTES)
            return False
        return True

    def _on_output(self) -> bool:
        """Read once from the program's output; whether there may be more."""
        try:
            data = os.read(self._output_end, _READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._stop_reading(self._output_end)
            return False
        self._output += data
        if len(self._output) > self.limits.output_bytes:
            del self._output[self.limits.output_bytes :]
            self._stop_reading(self._output_end)
            self._stop(LimitName.OUTPUT_BYTES)
            return False
        return True


def _two_pairs() -> tuple[int, int, int, int]:
    """Two ends of a channel and two of a pipe.

    Raises `RunFailedError` when this process has too many descriptors open.
    """
    try:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            reading, writing = os.pipe()
            return ours.detach(), theirs.detach(), reading, writing
    except OSError as error:
        raise RunFailedError(f"the service cannot open what a run needs: {error}", sound=True) from error


def _kill(pidfd: int) -> None:
    with suppress(ProcessLookupError):  # Gone already.
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)


def _close_all(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _stat(pid: int) -> list[bytes] | None:
    """Fields of /proc/PID/stat from the state on; the name before it may hold anything, so they are counted from
    its end.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None


def _cpu_seconds(pid: int) -> float:
    """CPU time of a process that nobody has reaped. Source: proc_pid_stat(5)."""
    stat = _stat(pid)
    return 0.0 if stat is None else (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
