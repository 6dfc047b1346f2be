"""The texts that want a translation: the portal's own, and those that installed packages leave untranslated."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import django.conf
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

from ops_portal.lib.catalogues import catalogue_path

# Packages that people meet, shipped with little Chinese or none: the portal's catalogue speaks for them.
FOREIGN_APPS = ("unfold", "axes", "rest_framework", "django_filters", "django_celery_beat")
# Folders whose texts no user of the portal reads.
UNREAD = {
    "tests",
    "benchmarks",
    "migrations",
    "docs",
    "locale",
    "site-packages",
    "node_modules",
    "__pycache__",
}
TEMPLATES = {".html", ".txt"}

IN_CONTEXT = ((1, "c"), 2)
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), (1,)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), IN_CONTEXT),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (*IN_CONTEXT, 3)),
}
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sdrif]|\{\w*\}")
# What one of the two scripts has and the other has not, told by the old national character sets.
CHARSETS = {"zh_Hans": "gb2312", "zh_Hant": "cp950"}
IDEOGRAPH = re.compile("[\u4e00-\u9fff]")
# Marks of the Latin width beside a Chinese character, where the wide ones belong.
NARROW = re.compile("(?<=[\u4e00-\u9fff])[,;:!?()]|[,;:!?()](?=[\u4e00-\u9fff])")

# These headers change with every run and say nothing that the history doesn't.
CHANGING_HEADER = re.compile(
    rb'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To|Generated-By)'
)
Text = str | tuple[str, ...] | list[str]

NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)


def portal_texts() -> Catalog:
    """Return the texts of the portal, each with the files in which it stands."""
    return _texts_under(Path(settings.BASE_DIR))


@lru_cache(maxsize=1)
def foreign_texts() -> Catalog:
    """Return the texts of the foreign apps as they are installed, each with a comment that says whose it is."""
    foreign = Catalog()
    for label in FOREIGN_APPS:
        for message in messages_of(_texts_under(Path(apps.get_app_config(label).path))):
            foreign.add(message.id, auto_comments=[label], context=message.context)
    return foreign


@lru_cache(maxsize=8)
def shipped_translations(locale: str) -> Catalog:
    """Return what Django and the installed apps themselves translate into ``locale``."""
    places = [Path(django.conf.__file__).parent, *(Path(app.path) for app in apps.get_app_configs())]
    shipped = Catalog(locale)
    for place in places:
        compiled = place / "locale" / locale / "LC_MESSAGES" / "django.mo"
        if compiled.exists():
            with compiled.open("rb") as file:
                for message in messages_of(read_mo(file)):
                    shipped.add(message.id, message.string, context=message.context)
    return shipped


def own_catalogue(locale: str) -> Catalog:
    """Return the portal's catalogue of ``locale``; an empty one where there is none yet."""
    path = catalogue_path(locale)
    if not path.exists():
        return Catalog(locale)
    with path.open("rb") as file:
        return read_po(file, locale, abort_invalid=True)


def collect(locale: str, texts: Catalog, foreign: Catalog) -> Catalog:
    """Return the catalogue of ``locale`` with exactly the texts wanted and the translations that there were.

    A text that nobody wants any more is kept as obsolete: wanted again, it comes back with its translation.
    """
    old = own_catalogue(locale)
    former = {key_of(message): message for message in (*old.obsolete.values(), *messages_of(old))}
    shipped = shipped_translations(locale)
    new = Catalog(locale, project="Ops Portal", version="", header_comment="", fuzzy=False)
    new.creation_date = NO_DATE
    new.revision_date = NO_DATE
    for message in sorted(messages_of(texts), key=key_of):
        places = sorted({place for place, _line in message.locations})
        _add(new, message, former.pop(key_of(message), None), places=places)
    for message in sorted(messages_of(foreign), key=key_of):
        if find(texts, message) or is_translated(find(shipped, message)):
            continue
        _add(new, message, former.pop(key_of(message), None), places=(), notes=message.auto_comments)
    for key in sorted(former):
        if is_translated(former[key]):
            text, context = key
            new.obsolete[(text, context) if context else text] = former[key]
    return new


def write_catalogue(locale: str, catalog: Catalog) -> bool:
    """Write the .po file of ``locale`` where it differs; tell whether it did."""
    buffer = BytesIO()
    write_po(buffer, catalog, width=0, include_lineno=False)
    lines = buffer.getvalue().lstrip(b"\n").splitlines(keepends=True)
    text = b"".join(line for line in lines if not CHANGING_HEADER.match(line))
    path = catalogue_path(locale)
    if path.exists() and path.read_bytes() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    return True


def problems(locale: str, texts: Catalog, foreign: Catalog) -> Iterator[str]:
    """Yield one sentence for each text without a usable translation into ``locale``."""
    own = own_catalogue(locale)
    shipped = shipped_translations(locale)
    for message in messages_of(texts):
        yield from _problems_of(locale, message, find(own, message))
        yield from _narrow_marks(locale, message, find(own, message))
    for message in messages_of(foreign):
        if find(texts, message) is None and not is_translated(find(shipped, message)):
            yield from _problems_of(locale, message, find(own, message))


def _problems_of(locale: str, message: Message, known: Message | None) -> Iterator[str]:
    name = f"{locale}: “{_parts(message.id)[0]}”"
    if known is None:
        place = message.locations[0][0] if message.locations else ""
        yield f"{name} is not in the catalogue ({place})"
        return
    if not is_translated(known):
        yield f"{name} is not translated"
        return
    if known.fuzzy:
        yield f"{name} is fuzzy"
    wanted = _placeholders(_parts(message.id)[-1])
    for part in _parts(known.string):
        if _placeholders(part) != wanted:
            yield f"{name} has other placeholders than “{part}”"
        if strange := [sign for sign in IDEOGRAPH.findall(part) if not _belongs(sign, locale)]:
            yield f"{name} has characters of the other script: {''.join(strange)}"


def _narrow_marks(locale: str, message: Message, known: Message | None) -> Iterator[str]:
    for part in _parts(known.string) if known else ():
        if IDEOGRAPH.search(part) and (narrow := NARROW.search(PLACEHOLDER.sub("字", part))):
            yield f"{locale}: “{_parts(message.id)[0]}” has “{narrow[0]}” where Chinese writes a wide mark"


def is_translated(message: Message | None) -> bool:
    """Tell whether ``message`` has a text for each of its forms."""
    return message is not None and all(_parts(message.string))


def messages_of(catalog: Catalog) -> list[Message]:
    """Return the messages of ``catalog`` without its header."""
    return [message for message in catalog if message.id]


def find(catalog: Catalog, message: Message) -> Message | None:
    """Return what ``catalog`` says of the text of ``message``."""
    return catalog.get(message.id, message.context)


def key_of(message: Message) -> tuple[str, str]:
    """Return what tells a text from all others."""
    return _parts(message.id)[0], message.context or ""


def _add(
    new: Catalog,
    message: Message,
    former: Message | None,
    *,
    places: Iterable[str],
    notes: Iterable[str] = (),
) -> None:
    plural = isinstance(message.id, tuple | list)
    string: Text | None = ("",) * new.num_plurals if plural else ""
    if former is not None and isinstance(former.id, tuple | list) == plural:
        string = former.string
    new.add(
        message.id,
        string,
        locations=[(place, 0) for place in places],
        flags={"fuzzy"} if former is not None and former.fuzzy else (),
        auto_comments=notes,
        user_comments=former.user_comments if former is not None else (),
        context=message.context,
    )


def _parts(text: Text | None) -> tuple[str, ...]:
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def _placeholders(text: str) -> Counter[str] | set[str]:
    found = PLACEHOLDER.findall(text.replace("%%", ""))
    # A named place may be used once or twice; nameless ones are filled in their order.
    return set(found) if all("(" in place or len(place) > 2 for place in found) else Counter(found)


def _belongs(sign: str, locale: str) -> bool:
    try:
        sign.encode(CHARSETS.get(locale, "utf-8"))
    except UnicodeEncodeError:
        return False
    return True


def _texts_under(folder: Path) -> Catalog:
    texts = Catalog()
    for path in _sources(folder):
        source = path.read_text()
        if path.suffix in TEMPLATES:
            # What is no text becomes a row of letters there; its indentation would be none of Python.
            source = "\n".join(line.strip() for line in templatize(source, origin=str(path)).split("\n"))
        place = path.relative_to(folder).as_posix()
        for _line, text, _comments, context in extract("python", BytesIO(source.encode()), KEYWORDS):
            if text and text != ("",):
                texts.add(text, locations=[(place, 0)], context=context)
    return texts


def _sources(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in UNREAD and not name.startswith("."))
        for name in sorted(files):
            path = Path(parent, name)
            if path.suffix == ".py" or (path.suffix in TEMPLATES and "templates" in path.parts):
                yield path
