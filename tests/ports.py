"""Ports for servers that begin later, or begin again where one was."""

import secrets
import socket
from contextlib import ExitStack, suppress

_FIRST, _LAST = 20_000, 32_767
"""Below those that Linux gives to whoever connects or asks for any: nobody gets one of these by chance."""


def free_port() -> int:
    """A port of the loopback interface on which nothing listens."""
    (port,) = free_ports(1)
    return port


def free_ports(count: int) -> list[int]:
    """So many, all different."""
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            port = _FIRST + secrets.randbelow(_LAST + 1 - _FIRST)
            taken = held.enter_context(socket.socket())
            with suppress(OSError):
                taken.bind(("127.0.0.1", port))
                found.append(port)
    return found
