"""What the record of sign-ins keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

LONGEST_USERNAME = 150


def attempted_username(request: HttpRequest | None, credentials: Mapping[str, Any] | None) -> str:
    """Return the name that somebody tried to sign in with, cut to what a username can be."""
    given = (credentials or {}).get("username") or (request.POST.get("username", "") if request else "")
    return str(given)[:LONGEST_USERNAME]
