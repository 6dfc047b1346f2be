"""Ports on the loopback address."""

from __future__ import annotations

import secrets
import socket

HOST = "127.0.0.1"
# Below the range of outgoing connections: what is free stays free over a restart.
FIRST, LAST = 20_000, 31_999


def is_free(port: int) -> bool:
    """Say whether a server could listen on ``port`` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def is_answered(port: int, *, seconds: float = 1.0) -> bool:
    """Say whether somebody takes connections on ``port``."""
    try:
        socket.create_connection((HOST, port), timeout=seconds).close()
    except OSError:
        return False
    return True


def find_free_port(*, first: int | None = None) -> int:
    """Return a free port: the next one from ``first`` where given, else any of our range."""
    for attempt in range(500):
        port = FIRST + secrets.randbelow(LAST - FIRST) if first is None else first + attempt
        if port < 65_536 and is_free(port):
            return port
    raise OSError("no free port found")
