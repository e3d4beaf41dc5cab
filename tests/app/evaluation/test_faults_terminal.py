"""Ctrl-C as a terminal gives it: to the command, its engines and their programs at once."""

import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from contextlib import contextmanager

import psutil
import pytest

from tests.app.api.serving import environment
from tests.app.test_cli_eval import (
    COUNTS,
    NUMBER,
    control,
    counts,
    outcomes,
    served,
    settings_of,
    started,
    when_recorded,
    write_dataset,
    write_recording,
)
from tests.app.test_cli_eval import ended as ended_of

pytestmark = pytest.mark.timeout(900)

SECONDS = 300


@pytest.fixture
def home(tmp_path):
    write_dataset(tmp_path / "set.jsonl")
    write_recording(tmp_path / "recording.jsonl")
    return tmp_path


class Terminal:
    """A command in the foreground of a terminal of its own."""

    def __init__(self, process, master):
        self.process, self._master, self.text = process, master, ""

    def ctrl_c(self):
        os.write(self._master, b"\x03")

    def poll(self):
        return self.process.poll()

    def communicate(self):
        return self.text

    def until(self, pattern, seconds=SECONDS):
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline, self.text
            assert self._read(), self.text

    def ended(self):
        """Exit status, once everything was said."""
        while self._read():
            pass
        return self.process.wait(SECONDS)

    def _read(self):
        try:
            data = os.read(self._master, 65_536)
        except OSError:  # nobody has it open any more
            return False
        self.text += data.decode(errors="replace")
        return bool(data)


@contextmanager
def in_terminal(home, *arguments):
    master, slave = pty.openpty()
    attributes = termios.tcgetattr(slave)
    attributes[3] |= termios.ISIG
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "eval", *map(str, arguments)],
        env=environment(**settings_of(home), TERM="xterm", COLUMNS="200"),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        # The terminal becomes that of the new session, and its foreground group gets the signals.
        preexec_fn=_take_terminal,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(master)


def _take_terminal():
    import fcntl

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def family(process):
    """Every process below it."""
    return {child.pid: child.create_time() for child in psutil.Process(process.pid).children(recursive=True)}


def left(family):
    """Those of them that live, once they had some seconds."""
    deadline = time.monotonic() + 30
    while (living := [pid for pid, began in family.items() if _lives(pid, began)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return living


def _lives(pid, began):
    try:
        process = psutil.Process(pid)
        return process.create_time() == began and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_ctrl_c_ends_a_run_within_seconds_and_it_resumes_to_the_same_scores(home):
    with served(home / "recording.jsonl", latency=1.0) as lm:
        with in_terminal(home, "run", home / "set.jsonl", "--lm", lm, "--concurrency", 2) as terminal:
            evaluation = when_recorded(home, 2, terminal)
            below = family(terminal.process)
            assert below, "no engine was begun, so none could be left"
            terminal.ctrl_c()
            pressed = time.monotonic()
            assert terminal.ended() == 130
            assert time.monotonic() - pressed < 60
        assert re.search(rf"quod eval resume {evaluation.id}", terminal.text)
        assert "Traceback" not in terminal.text
        assert not left(below)
        recorded = outcomes(home, evaluation.id)
        assert 2 <= len(recorded) < NUMBER

        control(lm, latency=0.0)
        with started(home, "resume", "--last", "--json") as process:
            resumed = ended_of(process)
        assert (resumed.returncode, counts(resumed.document)) == (0, COUNTS)
        assert not resumed.document["owned"]
        with started(home, "run", home / "set.jsonl", "--lm", lm, "--json") as process:
            whole = ended_of(process).document
        assert outcomes(home, evaluation.id) == outcomes(home, whole["id"])
        assert outcomes(home, evaluation.id).items() >= recorded.items()


def test_a_second_ctrl_c_gives_up_what_is_under_way_at_once(home):
    with served(home / "recording.jsonl", latency=1.0) as lm:
        with in_terminal(home, "run", home / "set.jsonl", "--lm", lm, "--concurrency", 2) as terminal:
            when_recorded(home, 1, terminal)
            control(lm, latency=1_000.0)
            below = family(terminal.process)
            terminal.ctrl_c()
            terminal.until("pausing")
            terminal.ctrl_c()
            pressed = time.monotonic()
            assert terminal.ended() == 130
            assert time.monotonic() - pressed < 60
        assert "quod eval resume" in terminal.text
        assert "Traceback" not in terminal.text
        assert not left(below)
        control(lm, latency=0.0)
        with started(home, "resume", "--last", "--json") as process:
            resumed = ended_of(process)
        assert (resumed.returncode, counts(resumed.document)) == (0, COUNTS)
