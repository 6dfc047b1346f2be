"""The parts of the running house beside the servers: web, worker, beat."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ops_portal.embedded.home import House, Say, project_directory
from ops_portal.embedded.logs import open_log
from ops_portal.embedded.ports import HOST
from ops_portal.embedded.processes import (
    ProcessMark,
    end_processes,
    mark_process,
    processes_with,
    send,
    send_group,
    start_attached,
)

# Stands in the environment of every part, with the house's home: by it we know what a killed supervisor left.
PART_OF = "PORTAL_PART_OF"
NOTE = "parts.json"
WEB_THREADS = 8
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 15.0
STEADY_SECONDS = 30.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Part:
    """A part: the name of its log, and its command."""

    name: str
    command: Sequence[str]


def parts_of_house(house: House, *, port: int, workers: int) -> list[Part]:
    """Return the parts of the house, with the web on ``port`` in ``workers`` processes."""
    python = sys.executable
    web = f"--interface wsgi --host {HOST} --port {port} --workers {workers} --respawn-failed-workers --no-ws"
    # Each thread holds a connection to PostgreSQL; more of them wait for two cores and don't go faster.
    web += f" --blocking-threads {WEB_THREADS} --backlog 2048"
    celery = (python, "-m", "celery", "-A", "ops_portal")
    # No process file: it would be in the way after a crash, and we know for ourselves whether beat runs.
    beat = ("beat", "--loglevel", "INFO", "--pidfile=", "--schedule", str(house.path / "celerybeat-schedule"))
    return [
        Part("web", (python, "-m", "granian", *web.split(), "ops_portal.wsgi:application")),
        Part(
            "worker", (*celery, "worker", "-Q", "urgent,normal", "--loglevel", "INFO", "--concurrency", "2")
        ),
        # Files of an hour must not keep messages and sweeps waiting.
        Part("worker-bulk", (*celery, "worker", "-Q", "bulk", "--loglevel", "INFO", "--concurrency", "1")),
        Part("beat", (*celery, *beat)),
    ]


class RunningPart:
    """One part, kept running: started again after a pause that grows while it dies young."""

    def __init__(self, part: Part, house: House, say: Say) -> None:
        self.part = part
        self.house = house
        self.say = say
        self.process: subprocess.Popen[bytes] | None = None
        self.began = 0.0
        self.due = 0.0
        self.pause = FIRST_PAUSE_SECONDS

    @property
    def mark(self) -> ProcessMark | None:
        return mark_process(self.process.pid) if self.process else None

    def start(self) -> None:
        with open_log(self.house, self.part.name) as log:
            self.process = start_attached(
                self.part.command,
                cwd=project_directory(),
                log=log,
                environ={**os.environ, PART_OF: str(self.house.path)},
            )
        self.began = time.monotonic()

    def look_after(self) -> bool:
        """Start the part where it doesn't run and its pause is over; say whether it was started."""
        now = time.monotonic()
        if self.process is not None and (code := self.process.poll()) is not None:
            # What it started goes with it: a half-dead part would hold its port and its tasks.
            send_group(self.process.pid, signal.SIGKILL)
            self.process = None
            self.pause = FIRST_PAUSE_SECONDS if now - self.began > STEADY_SECONDS else self.pause
            self.due = now + self.pause
            self.say(f"{self.part.name} ended ({describe(code)}), starting it again in {self.pause:g} s.")
            self.pause = min(self.pause * 2, LONGEST_PAUSE_SECONDS)
        if self.process is not None or now < self.due:
            return False
        self.start()
        return True

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            send(self.process.pid, signal.SIGTERM)

    def stop(self, seconds: float) -> None:
        """Wait ``seconds`` for the end that was asked for, then end the part and all that it started."""
        if self.process is None:
            return
        try:
            self.process.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            self.say(f"{self.part.name} doesn't end by itself, killing it.")
        send_group(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


def stop_parts(parts: Sequence[RunningPart], *, seconds: float = STOP_SECONDS) -> None:
    """Stop all parts together: each may end its work within ``seconds``."""
    for part in parts:
        part.ask_to_stop()
    deadline = time.monotonic() + seconds
    for part in parts:
        part.stop(deadline - time.monotonic())


def write_down(house: House, parts: Sequence[RunningPart]) -> None:
    """Note the processes of the parts, for the next supervisor to find where this one is killed."""
    marks = {part.part.name: part.mark for part in parts}
    house.write_note(
        NOTE, {name: {"pid": mark.pid, "began": mark.began} for name, mark in marks.items() if mark}
    )


def end_leftovers(house: House, say: Say) -> None:
    """End the parts that a killed supervisor of the same house has left."""
    left = set(processes_with(PART_OF, str(house.path)))
    for name, note in (house.read_note(NOTE) or {}).items():
        mark = ProcessMark(pid=int(note["pid"]), began=str(note["began"]))
        if mark.is_alive():
            say(f"Ending the {name} that was left running ...")
            left.add(mark.pid)
    end_processes(left, (signal.SIGTERM, STOP_SECONDS))
    Path(house.path / NOTE).unlink(missing_ok=True)


def describe(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name
