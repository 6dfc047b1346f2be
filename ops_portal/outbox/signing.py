"""The Standard Webhooks scheme: what is signed, with which secret, and the headers that say so."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from standardwebhooks import Webhook

from ops_portal.lib.sealing import seal, unseal

SECRET_BYTES: Final = 32
PREFIX: Final = "whsec_"


def new_secret() -> str:
    """Return a new signing secret as its receiver keeps it: ``whsec_`` and the Base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def sealed(secret: str) -> bytes:
    """Return a new endpoint's only secret, sealed."""
    return seal({"secret": secret})


def rotated(box: bytes | memoryview, secret: str, *, until: datetime) -> bytes:
    """Return ``box`` with ``secret`` in place of its own, which goes on signing beside it until ``until``."""
    return seal({"secret": secret, "old": unseal(box)["secret"], "until": until.isoformat()})


def secrets_of(box: bytes | memoryview, *, at: datetime) -> tuple[str, ...]:
    """Return the secrets that sign at ``at``, the current one first."""
    opened = unseal(box)
    if "old" in opened and at < datetime.fromisoformat(opened["until"]):
        return opened["secret"], opened["old"]
    return (opened["secret"],)


def body_of(kind: str, occurred_at: datetime, data: Mapping[str, Any]) -> bytes:
    """Return the message's body: the same bytes for the same event, however often it is sent."""
    text = json.dumps(
        {"type": kind, "timestamp": instant(occurred_at), "data": data},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return text.encode()


def headers_of(webhook_id: str, body: bytes, secrets: tuple[str, ...], *, at: datetime) -> dict[str, str]:
    """Return the three headers; there is a signature for each secret."""
    moment = at.astimezone(UTC)
    text = body.decode()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)),
        "webhook-signature": " ".join(Webhook(secret).sign(webhook_id, moment, text) for secret in secrets),
    }


def instant(moment: datetime) -> str:
    """Return a time in UTC, as ISO 8601 with a Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
