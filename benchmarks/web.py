"""The web process as ``make run`` starts it, on a free port of the loopback address."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Web:
    """A running web server; ``started_in`` are the seconds until it answered for the first time."""

    port: int
    pid: int
    started_in: float

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)

    def get(self, path: str, headers: dict[str, str] | None = None) -> int:
        """Return the status of ``path``."""
        connection = self.connect()
        try:
            connection.request("GET", path, headers=headers or {})
            return connection.getresponse().status
        finally:
            connection.close()

    def resident(self) -> dict[int, int]:
        """Return the resident bytes of the server's processes, by process id."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return {pid: _resident(pid) for pid in (self.pid, *map(int, children))}


@contextmanager
def web(workers: int) -> Iterator[Web]:
    """Run the server with ``workers`` processes until the block ends."""
    from ops_portal.embedded.home import open_house
    from ops_portal.embedded.parts import parts_of_house

    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    (part,) = (
        each for each in parts_of_house(open_house(), port=port, workers=workers) if each.name == "web"
    )
    with tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(part.command, stdout=log, stderr=log, start_new_session=True)
        try:
            while not _answers(port):
                if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                    log.seek(0)
                    raise RuntimeError(f"The web server does not come up:\n{log.read()[-4000:].decode()}")
                time.sleep(0.01)
            yield Web(port, process.pid, time.perf_counter() - began)
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (kibibytes,) = (line.split()[1] for line in lines if line.startswith("VmRSS"))
    return int(kibibytes) * 1024
