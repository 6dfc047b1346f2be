"""A text file in pieces: whole lines, decoded, a few hundred kilobytes at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .encodings import decode
from .limits import KIB, Limits
from .rows import Progress

OVERLONG = "\udfff"
"""Stands at the end of a line of which only the beginning was kept."""

_BLOCK = 256 * KIB
_KEPT_OF_OVERLONG = 200


@dataclass(slots=True)
class Block:
    """Whole lines of text. ``clean`` says that every byte was text and no NUL among them."""

    text: str
    clean: bool


def read_blocks(path: Path, encoding: str, mark: int, limits: Limits, progress: Progress) -> Iterator[Block]:
    """Yield the file after its byte order mark (``mark`` bytes). Lines over ``max_row_bytes`` are cut."""
    wide = encoding.startswith("utf-16")
    with path.open("rb") as file:
        file.seek(mark)
        progress.done = mark
        carry = b""
        while chunk := file.read(_BLOCK):
            progress.done += len(chunk)
            data = carry + chunk
            end = _end_of_lines(data, encoding) if wide else _end_of_byte_lines(data)
            if end:
                text, clean = decode(data[:end], encoding)
                yield Block(text, clean and "\0" not in text)
                carry = data[end:]
            elif len(data) > limits.max_row_bytes:
                yield _beginning(data, encoding)
                carry = _skip_line(file, encoding, progress)
            else:
                carry = data
        if carry:
            text, clean = decode(carry, encoding)
            yield Block(text, clean and "\0" not in text)


def _beginning(data: bytes, encoding: str) -> Block:
    text, _ = decode(data[: 4 * _KEPT_OF_OVERLONG], encoding)
    return Block(text[:_KEPT_OF_OVERLONG].replace('"', "") + OVERLONG + "\n", clean=False)


def _skip_line(file: BinaryIO, encoding: str, progress: Progress) -> bytes:
    """Read past the end of the line under way, in constant memory; return what was read beyond it."""
    wide = encoding.startswith("utf-16")
    while chunk := file.read(_BLOCK):
        progress.done += len(chunk)
        if not wide:
            ends = [place for place in (chunk.find(b"\n"), chunk.find(b"\r")) if place >= 0]
            if ends:
                return chunk[min(ends) + 1 :]
        elif (end := _find_pair(chunk, _line_feed(encoding))) >= 0:
            return chunk[end + 2 :]
    return b""


def _end_of_byte_lines(data: bytes) -> int:
    """Return the place after the last line end, or 0; a CR at the very end may be half a CRLF."""
    end = data.rfind(b"\n") + 1
    return end or data.rfind(b"\r", 0, len(data) - 1) + 1


def _end_of_lines(data: bytes, encoding: str) -> int:
    feed = _line_feed(encoding)
    end = _rfind_pair(data, feed, len(data))
    if end < 0:
        end = _rfind_pair(data, feed.replace(b"\n", b"\r"), len(data) // 2 * 2 - 2)
    return end + 2 if end >= 0 else 0


def _line_feed(encoding: str) -> bytes:
    return "\n".encode(encoding)


def _find_pair(data: bytes, pair: bytes) -> int:
    place = data.find(pair)
    while place % 2 == 1 and place >= 0:
        place = data.find(pair, place + 1)
    return place


def _rfind_pair(data: bytes, pair: bytes, end: int) -> int:
    place = data.rfind(pair, 0, end)
    while place >= 0 and place % 2 == 1:
        place = data.rfind(pair, 0, place + 1)
    return place
