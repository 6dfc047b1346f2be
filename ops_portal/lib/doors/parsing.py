"""A JSON parser for strangers: bounded in size and depth, without what PostgreSQL can't hold."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import JSONParser

from ops_portal.lib.doors.problems import Problem

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 32
# A number this large is a mistake or an attack; it would also cost much to compute with.
MAX_EXPONENT = 60
# What may be a NUL or half of a surrogate pair; only then is every text looked at.
SUSPECT = re.compile(rb"\\u(?:0000|[dD][89abcdefABCDEF])")


class PortalJSONParser(JSONParser):
    """Parse JSON; numbers with a fraction become Decimal, so that money is never a float."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise Problem("too_large", _("The body of the request is too large."), status_code=413)
        return parse_json(raw)


def parse_json(raw: bytes) -> Any:
    """Return the value of ``raw``; raise a Problem: bad_json, too_deep, nul_character."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_float=_decimal, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise _too_deep() from error
    except (ValueError, InvalidOperation) as error:
        raise Problem("bad_json", _("The body is not valid JSON: %(why)s") % {"why": error}) from error
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        _check_depth(value)
    if SUSPECT.search(raw):
        _check_texts(value)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise ValueError(f"the number {text[:20]} is out of range")
    return number


def _too_deep() -> Problem:
    return Problem("too_deep", _("The body is nested deeper than %(depth)d levels.") % {"depth": MAX_DEPTH})


def _inner(values: list[Any]) -> list[Any]:
    """Return what lies one level below ``values``."""
    below: list[Any] = []
    for value in values:
        if isinstance(value, dict):
            below.extend(value.values())
        elif isinstance(value, list):
            below.extend(value)
    return below


def _check_depth(value: Any) -> None:
    level = [value]
    for _depth in range(MAX_DEPTH + 1):
        level = [inner for inner in level if isinstance(inner, (dict, list))]
        if not level:
            return
        level = _inner(level)
    raise _too_deep()


def _check_texts(value: Any) -> None:
    level = [value]
    while level:
        for inner in level:
            texts = inner.keys() if isinstance(inner, dict) else [inner] if isinstance(inner, str) else ()
            for text in texts:
                _check_text(text)
        level = _inner(level)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise Problem("nul_character", _("Texts may not hold the NUL character."))
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Problem("bad_json", _("A text holds half of a surrogate pair.")) from error
