"""The strings that the cells of a workbook share."""

from __future__ import annotations

import itertools
import tempfile
from array import array
from collections.abc import Iterator
from typing import IO

from .limits import MIB, Limits
from .markup import CHUNK, Attributes, Depth, feed, local_name, make_parser
from .refusals import FileRefused, gettext_noop
from .values import string_text

_MEMORY = 32 * MIB
_LOOKED_AT = 128 * MIB
_OVERHEAD = 80
"""Bytes of a string object that are not its characters, list slot included."""


def refuse_dense_strings(stream: IO[bytes], limits: Limits) -> None:
    """Refuse a table of far too many short strings by counting its tags, which is much faster than parsing.

    Looks at the first 128 MiB; a table that is less dense is stopped by ``SharedStrings`` when it is read.
    """
    count = looked_at = 0
    while looked_at < _LOOKED_AT and (piece := stream.read(CHUNK)):
        looked_at += len(piece)
        count += piece.count(b"<si") + piece.count(b":si")
        if count > limits.max_shared_strings:
            raise FileRefused("zip_bomb", found=gettext_noop("too many strings"))


class SharedStrings:
    """Gives strings by number, reading the table only as far as it is asked for.

    The first ones are kept in memory (32 MiB), all others in a temporary file, so that a million distinct
    addresses need no memory of their own.
    """

    def __init__(self, stream: IO[bytes] | None, limits: Limits) -> None:
        self._stream = stream
        self._coming = _read_strings(stream, limits) if stream else iter(())
        self._max_strings = limits.max_shared_strings
        self._kept: list[str] = []
        self._room = _MEMORY
        self._spilled: IO[bytes] | None = None
        self._ends = array("Q", [0])

    def get(self, number: int) -> str:
        """Return a string; blank where the table has no such number."""
        if 0 <= number < len(self._kept):
            return self._kept[number]
        while number >= len(self._kept) + len(self._ends) - 1:
            batch = next(self._coming, None)
            if batch is None:
                return ""
            self._add(batch)
        if number < 0:
            return ""
        if number < len(self._kept):
            return self._kept[number]
        return self._fetch(number - len(self._kept))

    def close(self) -> None:
        """Close the table, which keeps the whole workbook open, and remove the temporary file."""
        if self._stream:
            self._stream.close()
        if self._spilled:
            self._spilled.close()

    def _add(self, batch: list[str]) -> None:
        if self._spilled is None:
            for place, text in enumerate(batch):
                self._room -= len(text) * 2 + _OVERHEAD
                if self._room < 0:
                    batch = batch[place:]
                    break
                self._kept.append(text)
            else:
                return
            self._spilled = tempfile.TemporaryFile(prefix="shared-strings-")  # noqa: SIM115 - see close()
        if len(self._ends) + len(batch) > self._max_strings:
            raise FileRefused("zip_bomb", found=gettext_noop("too many strings"))
        encoded = [text.encode() for text in batch]
        self._spilled.seek(self._ends[-1])
        self._spilled.write(b"".join(encoded))
        self._ends.extend(
            itertools.islice(itertools.accumulate(map(len, encoded), initial=self._ends[-1]), 1, None)
        )

    def _fetch(self, place: int) -> str:
        if self._spilled is None:
            return ""
        start = self._ends[place]
        self._spilled.seek(start)
        return self._spilled.read(self._ends[place + 1] - start).decode()


class _StringReader:
    """Collects strings from the parser's events: runs of rich text joined, readings (``rPh``) left out."""

    def __init__(self, limits: Limits) -> None:
        self.ready: list[str] = []
        self._max_chars = limits.max_cell_chars
        self._depth = Depth()
        self._pieces: list[str] = []
        self._chars = 0
        self._phonetic = self._collecting = False

    def start(self, name: str, _: Attributes) -> None:
        self._depth.enter()
        name = local_name(name)
        if name == "si":
            self._pieces.clear()
            self._chars = 0
        elif name == "rPh":
            self._phonetic = True
        elif name == "t":
            self._collecting = not self._phonetic

    def end(self, name: str) -> None:
        self._depth.leave()
        name = local_name(name)
        if name == "t":
            self._collecting = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            self.ready.append(string_text("".join(self._pieces)))

    def data(self, text: str) -> None:
        if self._collecting and self._chars <= self._max_chars:
            self._chars += len(text)
            self._pieces.append(text[: self._max_chars + 1])


def _read_strings(stream: IO[bytes], limits: Limits) -> Iterator[list[str]]:
    """Yield the strings in batches, as far as the table is asked for."""
    reader = _StringReader(limits)
    parser = make_parser(reader.start, reader.end)
    parser.CharacterDataHandler = reader.data
    for _ in feed(parser, stream):
        if reader.ready:
            yield list(reader.ready)
            reader.ready.clear()
    yield reader.ready
