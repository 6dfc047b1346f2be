"""Who works on a run: one process at a time, known to be gone when it is gone."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

# A chunk takes seconds, and who waits for the next one says so in between; whoever was silent for so long is dead.
SILENCE = timedelta(minutes=2)
BEAT_SECONDS = 20.0


def this_process() -> str:
    """Return what tells this process from every other one: machine, process and when that started."""
    return f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid())}"


def is_alive(claimed_by: str, heartbeat_at: datetime | None, *, at: datetime) -> bool:
    """Tell whether the process that claimed a run may still be at work.

    Whoever is silent for long is not; on this machine it is known at once when the process is gone.
    """
    if not claimed_by or heartbeat_at is None or at - heartbeat_at >= SILENCE:
        return False
    place, _, started = claimed_by.rpartition("/")
    host, _, pid = place.rpartition("/")
    return host != socket.gethostname() or started == _started(int(pid))


def _started(pid: int) -> str:
    """Return when a process started, in the machine's own count; blank where there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return _started_elsewhere(pid)
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else fields[18]


def _started_elsewhere(pid: int) -> str:
    """Stand in for ``/proc`` on systems without it: say only that the process is there."""
    if Path("/proc/self/stat").exists():
        return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "there"
