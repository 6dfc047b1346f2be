"""Personal data: sealed at rest, found by a blind index without being opened, masked on the screen."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.translation import gettext_lazy as _

from ops_portal.lib.refusals import Refused

NONCE_BYTES = 12
INDEX_BYTES = 16

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode


class NotGenuine(Refused):
    """What was to be opened is damaged, was tampered with, or was sealed with a key that isn't configured."""

    code = "not_genuine"


def seal(data: Mapping[str, str]) -> bytes:
    """Return ``data`` encrypted and authenticated: one byte naming the key, the nonce, AES-256-GCM."""
    key_id, cipher = _sealing_key()
    nonce = os.urandom(NONCE_BYTES)
    return key_id + nonce + cipher.encrypt(nonce, _encode(data).encode(), key_id)


def unseal(sealed: bytes | memoryview) -> dict[str, str]:
    """Return what was sealed with the current key or one of the old ones. Refuses NotGenuine."""
    sealed = bytes(sealed)
    key_id = sealed[:1]
    for cipher in _opening_keys().get(key_id, ()):
        try:
            opened = cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], key_id)
        except (InvalidTag, ValueError):
            continue
        return cast(dict[str, str], _decode(opened.decode()))
    raise NotGenuine(_("These personal data can't be opened. Ask who keeps the portal's keys."))


def is_sealed_by_current_key(sealed: bytes | memoryview) -> bool:
    """Tell whether ``sealed`` needs no new sealing after a change of the key."""
    return bytes(sealed[:1]) == _sealing_key()[0]


def blind_index(text: str, purpose: str) -> bytes:
    """Return the 16 bytes by which ``text`` is found again among values of the same ``purpose``.

    The same for all ways of writing one thing: a ``phone`` counts by its digits without +86 and without the
    zero before an area code, anything else without regard to case, width and blanks.
    """
    plain = plain_phone(text).lstrip("0") if purpose == "phone" else plain_text(text)
    return hmac.digest(_index_key(), f"{purpose}\0{plain}".encode(), "sha256")[:INDEX_BYTES]


def plain_phone(text: str) -> str:
    """Return the digits of a phone number, without China's country code."""
    if not (text.isascii() and text.isdigit()):
        text = unicodedata.normalize("NFKC", text).strip()
        abroad = text.startswith("+") and not text.startswith("+86")
        text = "".join(character for character in text if character in "0123456789")
        if abroad:
            return text
    if text.startswith("0086"):
        return text[4:]
    # A mobile number has 11 digits and begins with 1; with 86 before it, a landline has 12 or 13.
    return text[2:] if text.startswith("86") and len(text) > 11 else text


def plain_text(text: str) -> str:
    """Return ``text`` without regard to case, width and blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def mask_name(name: str) -> str:
    """Return 张** for 张三丰: the first character, and a star for each other."""
    name = name.strip()
    return "*" if len(name) == 1 else name[:1] + "*" * (len(name) - 1)


def mask_phone(phone: str) -> str:
    """Return 138****5678 for 13812345678. A number of which at most 7 digits came stays as it came."""
    digits = plain_phone(phone)
    if "*" in phone and len(digits) <= 7:
        return phone
    if len(digits) >= 11:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-2:]}" if len(digits) > 4 else "*" * len(digits)


def mask_address(address: str) -> str:
    """Return the first 6 characters, at most half of the address, and four stars.

    An address that came masked, with no number left in it, stays as it came.
    """
    address = address.strip()
    if address.endswith("**") and not any(character.isdigit() for character in address):
        return address
    return address and address[: min(6, len(address) // 2)] + "****"


def key_of_setting(name: str, text: object) -> bytes:
    """Return the 32 bytes that the setting ``name`` holds as Base64. Raises ImproperlyConfigured."""
    try:
        key = base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(
            f"{name} must be the Base64 of 32 random bytes, as `openssl rand -base64 32` prints it."
        )
    return key


@lru_cache(maxsize=1)
def _sealing_key() -> tuple[bytes, AESGCM]:
    key = key_of_setting("SEALING_KEY", settings.SEALING_KEY)
    return _key_id(key), AESGCM(key)


@lru_cache(maxsize=1)
def _opening_keys() -> dict[bytes, list[AESGCM]]:
    keys = [key_of_setting("SEALING_KEY", settings.SEALING_KEY)]
    keys += [key_of_setting("SEALING_KEYS_OLD", text) for text in getattr(settings, "SEALING_KEYS_OLD", ())]
    ciphers: dict[bytes, list[AESGCM]] = {}
    for key in keys:
        # Two keys share an id once in 256: then both are tried.
        ciphers.setdefault(_key_id(key), []).append(AESGCM(key))
    return ciphers


@lru_cache(maxsize=1)
def _index_key() -> bytes:
    return key_of_setting("BLIND_INDEX_KEY", settings.BLIND_INDEX_KEY)


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"ops-portal key id" + key).digest()[:1]


def _forget_keys(*, setting: str, **_: Any) -> None:
    if setting in ("SEALING_KEY", "SEALING_KEYS_OLD", "BLIND_INDEX_KEY"):
        for cached in (_sealing_key, _opening_keys, _index_key):
            cached.cache_clear()


# Sent by tests that override settings.
setting_changed.connect(_forget_keys)
