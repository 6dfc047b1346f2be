"""Valkey in the house: every write goes to its log on the disk, nothing is thrown out for want of memory."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

from ops_portal.embedded.home import House, Say
from ops_portal.embedded.ports import HOST
from ops_portal.embedded.programs import program_environment, valkey_program

NAME = "valkey"
TITLE = "Valkey"
STOP_STEPS: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 15.0),)

CONFIGURATION = """\
bind {host}
port {port}
protected-mode yes
requirepass {password}
dir {directory}
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


def directory(house: House) -> Path:
    return house.path / NAME


def prepare(house: House, say: Say) -> None:
    house.make_directory(directory(house), of_servers=True)


def command(house: House, port: int, say: Say) -> list[str]:
    """Write the configuration for ``port`` and return the command that starts the server with it."""
    place = directory(house)
    quoted = '"' + str(place).replace("\\", "\\\\").replace('"', '\\"') + '"'
    text = CONFIGURATION.format(host=HOST, port=port, password=house.password(NAME), directory=quoted)
    house.write_private(place / "valkey.conf", text, for_servers=True)
    return [str(valkey_program(house)), str(place / "valkey.conf")]


def environ(house: House, say: Say) -> dict[str, str]:
    return program_environment()


def clear_away(house: House) -> None:
    """Do nothing: Valkey leaves nothing behind that would be in its way."""


def is_ready(house: House, port: int, pid: int) -> bool:
    """Say whether the server answers; it refuses while it still loads its log."""
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection:
            connection.sendall(f"AUTH {house.password(NAME)}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                part = connection.recv(1024)
                if not part:
                    return False
                answer += part
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"


def settle(house: House, port: int) -> None:
    """Do nothing: there is nothing to create."""


def url(house: House, port: int) -> str:
    return f"redis://:{house.password(NAME)}@{HOST}:{port}/0"
