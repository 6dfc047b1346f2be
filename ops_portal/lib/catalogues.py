"""Translations are kept as .po files; what gettext reads is compiled where it is missing or out of date."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from django.conf import settings
from django.utils.translation import to_locale

CANT_WRITE = (errno.EACCES, errno.EPERM, errno.EROFS)


def locales() -> list[str]:
    """Return the locales that need a catalogue, like ``zh_Hans``: all but that of the source language."""
    return [to_locale(code) for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def catalogue_path(locale: str) -> Path:
    """Return where the portal's own .po file of ``locale`` stands."""
    return Path(settings.LOCALE_PATHS[0], locale, "LC_MESSAGES", "django.po")


def compile_if_stale() -> list[Path]:
    """Compile each catalogue whose .mo file doesn't carry the time of its .po file; return those compiled.

    Costs microseconds where there is nothing to do; safe in many processes at once. Where the place can't be
    written, what is there stays. Raises babel's PoFileError where a catalogue can't be read.
    """
    compiled = []
    for locale in locales():
        source = catalogue_path(locale)
        target = source.with_suffix(".mo")
        if not source.exists() or _is_fresh(source, target):
            continue
        try:
            _compile(source, target)
        except OSError as error:
            if error.errno not in CANT_WRITE:
                raise
        else:
            compiled.append(target)
    return compiled


def _is_fresh(source: Path, target: Path) -> bool:
    return target.exists() and target.stat().st_mtime_ns == source.stat().st_mtime_ns


def _compile(source: Path, target: Path) -> None:
    # Imported here: a start that has nothing to compile needs no Babel.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    times = source.stat()
    with source.open("rb") as file:
        catalog = read_po(file, abort_invalid=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".django-", suffix=".mo")
    try:
        with os.fdopen(handle, "wb") as file:
            write_mo(file, catalog)
        Path(draft).chmod(0o644)
        os.utime(draft, ns=(times.st_atime_ns, times.st_mtime_ns))
        Path(draft).replace(target)
    finally:
        Path(draft).unlink(missing_ok=True)
