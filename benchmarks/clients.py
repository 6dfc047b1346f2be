"""Clients: processes that do one piece of work over and over, all at once, and say how much they got done."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

Step = Callable[[], int]
"""Do one piece of work; return how many orders it was."""


class Pace(NamedTuple):
    """How often, and how many seconds each time, a crew works before its median is taken.

    ``large`` asks for what takes many minutes, too.
    """

    rounds: int
    seconds: float
    large: bool = False


class Crew:
    """``size`` processes; each gets its step from ``prepare(index, *args)`` and repeats it on demand."""

    def __init__(self, size: int, prepare: Callable[..., Step], *args: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self.lines: list[Connection] = []
        self.processes = []
        for index in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, prepare, index, args), daemon=True)
            process.start()
            theirs.close()
            self.lines.append(ours)
            self.processes.append(process)
        for line in self.lines:
            _answer(line)

    def run(self, seconds: float) -> float:
        """Work for ``seconds`` at least, all at once; return orders per second of the whole crew."""
        for line in self.lines:
            line.send(seconds)
        return sum(_answer(line) for line in self.lines)

    def leave(self) -> None:
        """Send the crew home."""
        for line in self.lines:
            line.close()
        for process in self.processes:
            process.join(timeout=10)


def _work(line: Connection, prepare: Callable[..., Step], index: int, args: tuple[Any, ...]) -> None:
    try:
        step = prepare(index, *args)
        line.send(0.0)
        while (seconds := _order(line)) is not None:
            done, began = 0, time.perf_counter()
            while (passed := time.perf_counter() - began) < seconds:
                done += step()
            line.send(done / passed)
    except Exception as error:
        line.send(f"{type(error).__name__}: {error}")


def _order(line: Connection) -> float | None:
    try:
        return float(line.recv())
    except (EOFError, ConnectionResetError):
        return None


def _answer(line: Connection) -> float:
    answer = line.recv()
    if isinstance(answer, str):
        raise RuntimeError(f"A client gave up: {answer}")
    return float(answer)


@contextmanager
def crews(**wanted: tuple[Any, ...]) -> Iterator[dict[str, Crew]]:
    """Start one crew for each ``name=(size, prepare, *args)``; send them all home at the end."""
    with ExitStack() as stack:
        started = {}
        for name, (size, prepare, *args) in wanted.items():
            started[name] = Crew(size, prepare, *args)
            stack.callback(started[name].leave)
        yield started


def take_turns(working: Mapping[str, Crew], pace: Pace) -> dict[str, float]:
    """Return each crew's median orders per second. They take turns (A B A B), so noise hits all."""
    for crew in working.values():
        crew.run(min(pace.seconds, 0.5))
    taken: dict[str, list[float]] = {name: [] for name in working}
    for _ in range(pace.rounds):
        for name, crew in working.items():
            taken[name].append(crew.run(pace.seconds))
    return {name: statistics.median(figures) for name, figures in taken.items()}
