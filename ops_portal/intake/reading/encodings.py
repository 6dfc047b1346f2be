"""Which encoding a text file is in, decided on its bytes; and decoding that never loses the rest of it."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from .limits import KIB, MIB
from .refusals import FileRefused

BAD_BYTE = "\udc80"
"""Stands where bytes could not be decoded. No well-formed text holds a lone surrogate."""

_MARK, _MARK_PAIR = "ops_portal.mark_bad_byte", "ops_portal.mark_bad_pair"
_SAMPLE = 1 * MIB
_ONLY_PAIRS = re.compile(rb"(?:[\x00-\x7f]|[\xc4-\xdf][\x80-\xbf])*")
_FEW_PAIRS = 8
_IMPLAUSIBLE = re.compile(
    r"[^\t\n\r -~\u00a0-\u024f\u0400-\u04ff\u2010-\u203b\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]+"
)


def _mark_bad_byte(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return BAD_BYTE, error.start + 1  # go on at the very next byte: a line end may follow


def _mark_bad_pair(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return BAD_BYTE, min(error.start + 2, len(error.object))


codecs.register_error(_MARK, _mark_bad_byte)
codecs.register_error(_MARK_PAIR, _mark_bad_pair)


def decode(data: bytes, encoding: str) -> tuple[str, bool]:
    """Return the text and whether all of it was well-formed; where it is not, ``BAD_BYTE`` stands."""
    try:
        return data.decode(encoding), True
    except UnicodeDecodeError:
        return data.decode(encoding, _MARK_PAIR if encoding.startswith("utf-16") else _MARK), False


def detect_encoding(path: Path) -> tuple[str, int]:
    """Return the name of the codec and the length of the byte order mark.

    Looks at the first megabyte that is not plain ASCII. A few bad bytes do not make a UTF-8 file something
    else: the encoding in which most lines can be read wins. Refuses unknown_encoding.
    """
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
        if sample.startswith(codecs.BOM_UTF8):
            return "utf-8", 3
        if sample.startswith(codecs.BOM_UTF16_LE):
            return "utf-16-le", 2
        if sample.startswith(codecs.BOM_UTF16_BE):
            return "utf-16-be", 2
        if wide := unmarked_utf16(sample[: 64 * KIB]):
            return wide, 0
        carry = b""
        while sample.isascii():
            carry = sample[-4 * KIB :]
            sample = file.read(_SAMPLE)
            if not sample:
                return "utf-8", 0
    return _utf8_or_gb18030(_whole_lines(carry + sample)), 0


def unmarked_utf16(sample: bytes) -> str | None:
    """Tell UTF-16 without a byte order mark: read in one order it is text with ASCII in it, in the other not.

    Zeros alone would not do: the Chinese for "one" has a zero where ASCII has none.
    """
    sample = sample[: len(sample) // 2 * 2]
    for encoding, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        if high.count(0) * 500 > len(high):
            text, _ = decode(sample, encoding)
            if len(_IMPLAUSIBLE.sub("", text)) * 20 >= len(text) * 19 and ("\n" in text or "\r" in text):
                return encoding
    return None


def _whole_lines(sample: bytes) -> bytes:
    """Cut the sample at its last line end, so that no character is halved."""
    end = max(sample.rfind(b"\n"), sample.rfind(b"\r"))
    if end > 0 and len(sample) >= _SAMPLE:
        return sample[: end + 1]
    if len(sample) < _SAMPLE:
        return sample
    return sample[: sample.rfind(b",") + 1] or sample


def _utf8_or_gb18030(sample: bytes) -> str:
    if _is_clean(sample, "utf-8"):
        return "gb18030" if _is_short_gbk(sample) else "utf-8"
    if _is_clean(sample, "gb18030") and _share_of_lines(sample, "utf-8") < 0.5:
        return "gb18030"
    shares = {encoding: _share_of_lines(sample, encoding) for encoding in ("utf-8", "gb18030")}
    if shares["utf-8"] >= 0.5:
        return "utf-8"
    if shares["gb18030"] >= 0.5:
        return "gb18030"
    raise FileRefused("unknown_encoding")


def _is_clean(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _share_of_lines(sample: bytes, encoding: str) -> float:
    """Return which share of the lines that are not plain ASCII can be decoded."""
    lines = [line for line in sample.splitlines() if not line.isascii()]
    return sum(_is_clean(line, encoding) for line in lines) / len(lines)


def _is_short_gbk(sample: bytes) -> bool:
    """Tell a few Chinese characters in GBK that happen to be valid UTF-8 of no language near."""
    if not _ONLY_PAIRS.fullmatch(sample[: 16 * KIB]) or len(sample) > 16 * KIB:
        return False
    odd = [char for char in sample.decode("utf-8") if not char.isascii()]
    if len(odd) > _FEW_PAIRS or any(char <= "\u024f" for char in odd) or not _is_clean(sample, "gb18030"):
        return False
    return all("\u4e00" <= char <= "\u9fff" for char in sample.decode("gb18030") if not char.isascii())
