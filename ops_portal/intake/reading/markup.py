"""XML in a workbook, parsed as it streams; declarations, depth and giant tags are refused."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any
from xml.parsers import expat

from .limits import KIB, MIB
from .refusals import FileRefused, gettext_noop

CHUNK = 64 * KIB
BROKEN = (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, UnicodeError)
"""What parsing a damaged part raises."""

_MAX_DEPTH = 64
_MAX_NAMES = 5_000
_MAX_TOKEN = 1 * MIB

Attributes = dict[str, str]


class Damaged(Exception):  # noqa: N818 - says what the file is
    """The part is XML, but not what a workbook holds."""


def make_parser(start: Callable[[str, Attributes], None], end: Callable[[str], None]) -> expat.XMLParserType:
    """Return a parser that knows no document types, hence no entities of the file's own."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = CHUNK
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    return parser


def _refuse_doctype(*_: Any) -> None:
    raise FileRefused("unsafe_xml", found=gettext_noop("a document type"))


def feed(parser: expat.XMLParserType, stream: IO[bytes]) -> Iterator[int]:
    """Parse the stream piece by piece, yielding the number of bytes of each; memory stays bounded.

    Raises Damaged and what ``BROKEN`` names where the part is damaged, FileRefused where it is hostile.
    """
    fed = 0
    while piece := stream.read(CHUNK):
        if fed:
            parser.Parse(piece, False)
        else:
            _parse_first(parser, piece)
        fed += len(piece)
        # A tag is kept until its end is seen, each name for good: neither may grow without end.
        if fed - max(0, parser.CurrentByteIndex) > _MAX_TOKEN or len(parser.intern) > _MAX_NAMES:
            raise FileRefused("unsafe_xml", found=gettext_noop("endless tags"))
        yield len(piece)
    parser.Parse(b"", True)


def _parse_first(parser: expat.XMLParserType, piece: bytes) -> None:
    """Parse the piece that declares the encoding. Raises Damaged where no parser knows it."""
    try:
        parser.Parse(piece, False)
    except (LookupError, ValueError) as error:
        raise Damaged("an unknown encoding") from error


def is_digits(text: str) -> bool:
    """Tell whether a text is a number without a sign: ``isdigit`` alone lets ``²`` pass, which is none."""
    return text.isascii() and text.isdecimal()


class Depth:
    """Counts how deep the elements are nested."""

    __slots__ = ("_open",)

    def __init__(self) -> None:
        self._open = 0

    def enter(self) -> None:
        self._open += 1
        if self._open > _MAX_DEPTH:
            raise FileRefused("unsafe_xml", found=gettext_noop("elements nested too deep"))

    def leave(self) -> None:
        self._open -= 1


def local_name(name: str) -> str:
    """Return an element's or attribute's name without its prefix: some writers prefix everything."""
    return name.rpartition(":")[2]


def read_small_part(stream: IO[bytes], visit: Callable[[tuple[str, ...], Attributes], None]) -> None:
    """Parse a part whole; call ``visit`` with each element's path of local names and attributes."""
    path: list[str] = []

    def start(name: str, attributes: Attributes) -> None:
        path.append(local_name(name))
        if len(path) > _MAX_DEPTH:
            raise FileRefused("unsafe_xml", found=gettext_noop("elements nested too deep"))
        visit(tuple(path[-3:]), attributes)

    def end(_: str) -> None:
        path.pop()

    for _ in feed(make_parser(start, end), stream):
        pass
