"""Ports for servers that begin later, or begin again where one was."""

import secrets
import socket

_FIRST, _LAST = 20_000, 32_767
"""Below those that Linux gives to whoever connects or asks for any: nobody gets one of these by chance."""


def free_port() -> int:
    """A port of the loopback interface on which nothing listens."""
    while True:
        port = _FIRST + secrets.randbelow(_LAST + 1 - _FIRST)
        with socket.socket() as taken:
            try:
                taken.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
