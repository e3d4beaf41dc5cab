"""Tries to break out of a locked-in process, so that "closed" is a finding and not a belief about the kernel."""

import errno
import os
import socket
from collections.abc import Callable
from enum import IntFlag


class Open(IntFlag):
    """What a program could still reach."""

    FILES = 1
    PROCESSES = 2
    NETWORK = 4

    def words(self) -> str:
        return ", ".join(member.name.lower() for member in Open if member in self and member.name)


def find_open() -> Open:
    """What this process can still reach.

    Run it in a child that has locked itself in, as a program would find itself.
    """
    os.close(0)  # A program can do this too; what the limit on descriptors refuses it could then open.
    found = Open(0)
    if _can(lambda: os.close(os.open("/", os.O_RDONLY))) or _can(lambda: os.close(os.open("/dev/null", os.O_WRONLY))):
        found |= Open.FILES
    if _can(_fork) or _can(lambda: os.kill(os.getppid(), 0)):
        found |= Open.PROCESSES
    # A datagram needs no connection, and a UNIX socket reaches every daemon of the machine.
    if _can(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()) or _can(_connect_over_tcp):
        found |= Open.NETWORK
    if _can(lambda: socket.socket(socket.AF_UNIX).close()):
        found |= Open.NETWORK
    return found


def _can(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError as error:
        # Nothing listens there, but the kernel would have let us talk to it.
        return error.errno == errno.ECONNREFUSED
    return True


def _fork() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _connect_over_tcp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.settimeout(0.2)
        connection.connect(("127.0.0.1", 9))
