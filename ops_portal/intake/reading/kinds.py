"""What a file is, told by its bytes and never by its name."""

from __future__ import annotations

from pathlib import Path

from .encodings import unmarked_utf16
from .limits import MIB, Limits
from .refusals import FileRefused, gettext_noop

_OTHER_KINDS = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", gettext_noop("PNG image")),
    (b"\xff\xd8\xff", gettext_noop("JPEG image")),
    (b"GIF8", gettext_noop("GIF image")),
    (b"BM", gettext_noop("BMP image")),
    (b"RIFF", gettext_noop("media file")),
    (b"\x1f\x8b", gettext_noop("gzip archive")),
    (b"BZh", gettext_noop("bzip2 archive")),
    (b"\xfd7zXZ", gettext_noop("xz archive")),
    (b"7z\xbc\xaf", gettext_noop("7-Zip archive")),
    (b"Rar!", gettext_noop("RAR archive")),
    (b"(\xb5/\xfd", gettext_noop("Zstandard archive")),
    (b"\x7fELF", gettext_noop("program")),
    (b"MZ\x90", gettext_noop("program")),
    (b"SQLite format 3", gettext_noop("database")),
    (b"{\\rtf", gettext_noop("RTF document")),
    (b"\xff\xfe\x00\x00", gettext_noop("UTF-32 text")),
    (b"\x00\x00\xfe\xff", gettext_noop("UTF-32 text")),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BIFF = (b"\x09\x08\x08\x00", b"\x09\x08\x10\x00", b"\x09\x04\x06\x00", b"\x09\x02\x06\x00")
_HTML = (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta", b"<body", b"<style", b"<div", b"<script")
_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\r\x0b\x0c\x1a\x1b")
_HEAD = 8192
_STRAY = 16


def is_workbook(path: Path, limits: Limits) -> bool:
    """Return whether the file is a zip (to be read as .xlsx) or else text (to be read as CSV).

    Refuses file_too_large, empty_file, old_excel, encrypted, html_not_excel, not_a_table.
    """
    size = path.stat().st_size
    if size > limits.max_bytes:
        raise FileRefused("file_too_large", max_mib=limits.max_bytes // MIB)
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if not head:
            raise FileRefused("empty_file")
        if head.startswith(_OLE):
            directory = head + file.read(MIB)
            file.seek(max(0, size - MIB))
            if _OLE_ENCRYPTED in directory or _OLE_ENCRYPTED in file.read():
                raise FileRefused("encrypted")
            raise FileRefused("old_excel", found=".xls")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return True
    _refuse_other_kinds(head)
    return False


def _refuse_other_kinds(head: bytes) -> None:
    if head.startswith(_BIFF):
        raise FileRefused("old_excel", found=".xls")
    for magic, name in _OTHER_KINDS:
        # Two letters may begin a text: a bitmap has zero bytes soon after.
        if head.startswith(magic) and (len(magic) > 2 or magic[0] < 32 or b"\0\0" in head[:16]):
            raise FileRefused("not_a_table", found=name)
    letters = head.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe")
    markup = letters.removeprefix(b"\xfe\xff").lstrip().lower()
    if markup.startswith(_HTML) or (markup.startswith((b"<?xml", b"<!--")) and b"<html" in markup):
        raise FileRefused("html_not_excel")
    if markup.startswith(b"<?xml"):
        if b"urn:schemas-microsoft-com:office:spreadsheet" in markup:
            raise FileRefused("old_excel", found="Excel 2003 XML")
        raise FileRefused("not_a_table", found="XML")
    if markup.startswith(b"mime-version:"):
        raise FileRefused("html_not_excel")
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        _refuse_binary(head)


def _refuse_binary(head: bytes) -> None:
    """Refuse what is full of control characters; a few stray ones are for the rows they stand in."""
    controls = len(head) - len(head.translate(None, _CONTROL))
    if controls > max(_STRAY, len(head) // 20) and unmarked_utf16(head) is None:
        raise FileRefused("not_a_table", found=gettext_noop("binary data"))
