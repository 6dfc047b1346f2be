"""What `manage.py check` says about the floor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from ops_portal.lib.sealing import key_of_setting


@register(Tags.security)
def check_keys(**_: Any) -> list[CheckMessage]:
    """Report each key for personal data that is missing or not the Base64 of 32 bytes."""
    found: list[CheckMessage] = []
    for name, value in _keys():
        try:
            key_of_setting(name, value)
        except ImproperlyConfigured as error:
            found.append(Error(str(error), id="lib.E001"))
    if not found and settings.SEALING_KEY == settings.BLIND_INDEX_KEY:
        found.append(Error("SEALING_KEY and BLIND_INDEX_KEY must be two different keys.", id="lib.E002"))
    return found


def _keys() -> Iterable[tuple[str, object]]:
    yield "SEALING_KEY", getattr(settings, "SEALING_KEY", None)
    yield "BLIND_INDEX_KEY", getattr(settings, "BLIND_INDEX_KEY", None)
    for value in getattr(settings, "SEALING_KEYS_OLD", ()):
        yield "SEALING_KEYS_OLD", value
