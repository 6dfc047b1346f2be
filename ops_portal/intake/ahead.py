"""Read a file in a thread while the database is at work on the chunk before.

Two threads of Python share one core. So the reader runs while the writer waits for the database, and stands
still while the writer has work to do itself: a chunk then takes the longer of the two and not their sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Any

from django.db import connection

from ops_portal.intake.claims import BEAT_SECONDS
from ops_portal.intake.kinds import Record, Source

CHUNKS_AHEAD = 2
PATIENCE = 0.2

Beat = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records that are written together, and how far the file had been read with them."""

    records: list[Record]
    progress: float


class Stopped(Exception):  # noqa: N818 - never leaves the thread
    """Nobody wants any more chunks."""


class ReadAhead:
    """The chunks of a file, read ahead. What the reading raises is raised where the chunk is asked for."""

    def __init__(self, source: Source, after: int, size: int, beat: Beat) -> None:
        self._source, self._after, self._size, self._beat = source, after, size, beat
        self._ready: Queue[Chunk | BaseException | None] = Queue(CHUNKS_AHEAD)
        self._may_run = Event()
        self._stop = False
        self._thread = Thread(target=self._read, name="intake-reading", daemon=True)

    def __iter__(self) -> Iterator[Chunk]:
        while True:
            self._may_run.set()
            try:
                item = self._ready.get(timeout=BEAT_SECONDS)
            except Empty:  # tables beside the main one can take minutes
                self._beat()
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item

    def let_run(self) -> None:
        """Let the reader run until the next statement is through: the caller is about to commit."""
        self._may_run.set()

    def _during_statement(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        self._may_run.set()
        try:
            return execute(sql, params, many, context)
        finally:
            self._may_run.clear()

    def _read(self) -> None:
        try:
            for chunk in self._chunks():
                self._put(chunk)
            self._put(None)
        except Stopped:
            return
        except BaseException as error:  # handed to whoever waits for the chunk
            self._put(error)

    def _chunks(self) -> Iterator[Chunk]:
        records: list[Record] = []
        wait = self._may_run.wait
        for record in self._source.records(self._after):
            wait()
            if self._stop:
                raise Stopped
            records.append(record)
            if len(records) == self._size:
                yield Chunk(records, self._source.progress())
                records = []
        if records:
            yield Chunk(records, 1.0)

    def _put(self, item: Chunk | BaseException | None) -> None:
        while not self._stop:
            try:
                self._ready.put(item, timeout=PATIENCE)
            except Full:
                continue
            return

    def _end(self) -> None:
        self._stop = True
        self._may_run.set()
        while True:
            try:
                self._ready.get_nowait()
            except Empty:
                break
        self._thread.join()


def silent() -> None:
    """Say nothing."""


@contextmanager
def read_ahead(source: Source, after: int, size: int, *, beat: Beat = silent) -> Iterator[ReadAhead]:
    """Give the chunks of a file after a row, ``size`` records each; call ``beat`` while a chunk is long in coming."""
    ahead = ReadAhead(source, after, size, beat)
    ahead._thread.start()
    try:
        with connection.execute_wrapper(ahead._during_statement):
            yield ahead
    finally:
        ahead._end()
