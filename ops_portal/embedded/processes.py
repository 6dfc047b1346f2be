"""Processes: to start them, to know them again, to end them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops_portal.embedded.home import Account

LAUNCHER = Path(__file__).with_name("launcher.py")
PROC = Path("/proc")


@dataclass(frozen=True)
class ProcessMark:
    """A process id with the time it began: ids are used again, the pair is not."""

    pid: int
    began: str

    def is_alive(self) -> bool:
        return mark_process(self.pid) == self


def mark_process(pid: int) -> ProcessMark | None:
    """Return the mark of ``pid``; None where it is gone, or dead and only waits to be collected."""
    if PROC.joinpath("self").exists():
        try:
            # The name in brackets may hold blanks and brackets itself.
            fields = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in "ZX" else ProcessMark(pid, fields[19])
    answer = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, began = answer.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else ProcessMark(pid, began.strip())


def processes_in(directory: Path) -> list[int]:
    """Return the processes that work in ``directory``, as far as the system tells (Linux does)."""
    place = os.path.realpath(directory)
    found = []
    for entry in numbered_entries():
        try:
            if os.readlink(entry / "cwd") == place:
                found.append(int(entry.name))
        except OSError:
            continue
    return [pid for pid in found if mark_process(pid)]


def processes_with(name: str, value: str) -> list[int]:
    """Return the processes that were started with the environment variable ``name`` set to ``value``."""
    line = f"{name}={value}".encode()
    found = []
    for entry in numbered_entries():
        try:
            if line in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid() and mark_process(pid)]


def numbered_entries() -> list[Path]:
    if not PROC.joinpath("self").exists():
        return []
    return [entry for entry in PROC.iterdir() if entry.name.isdigit()]


def start_detached(
    command: Sequence[str], *, cwd: Path, log: int, account: Account | None, environ: Mapping[str, str]
) -> int:
    """Start ``command`` as a daemon in a session of its own and return its process id."""
    order = {
        "command": list(command),
        "detached": True,
        "account": [account.uid, account.gid] if account else None,
    }
    answer = subprocess.run(  # noqa: S603
        launch(order),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        cwd=cwd,
        env=environ,
        check=False,
    )
    if answer.returncode:
        raise OSError(f"{command[0]} didn't start")
    return int(answer.stdout)


def start_attached(
    command: Sequence[str], *, cwd: Path, log: int, environ: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start ``command`` as the leader of a group of its own; Linux sends it SIGTERM when we die."""
    order = {"command": list(command), "detached": False, "parent": os.getpid()}
    return subprocess.Popen(  # noqa: S603
        launch(order), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=cwd, env=environ
    )


def launch(order: Mapping[str, object]) -> list[str]:
    return [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(order)]


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that has just gone is no error."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def send_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to all that is left of the group of ``leader``."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        return


def wait_gone(marks: Iterable[ProcessMark], seconds: float) -> list[ProcessMark]:
    """Wait until the processes are gone; return those that are still there after ``seconds``."""
    left = [mark for mark in marks if mark.is_alive()]
    deadline = time.monotonic() + seconds
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [mark for mark in left if mark.is_alive()]
    return left


def end_processes(pids: Iterable[int], *steps: tuple[signal.Signals, float]) -> None:
    """End the processes by each signal of ``steps`` with its patience in seconds, at last by SIGKILL."""
    left = [mark for mark in map(mark_process, pids) if mark]
    for number, seconds in (*steps, (signal.SIGKILL, 5.0)):
        for mark in left:
            send(mark.pid, number)
        left = wait_gone(left, seconds)
        if not left:
            return
