"""The Standard Webhooks scheme: what is signed, with which secret, and the headers that say so."""

from __future__ import annotations

import base64
import hmac
import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from standardwebhooks import Webhook

from ops_portal.lib.sealing import seal, unseal

SECRET_BYTES: Final = 32
PREFIX: Final = "whsec_"
TOLERANCE: Final = timedelta(minutes=5)
MOST_SIGNATURES: Final = 8
ID: Final = re.compile(r"[!-~]{1,100}", re.ASCII)
STAMP: Final = re.compile(r"[0-9]{1,12}", re.ASCII)


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


def is_signed(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], *, at: datetime) -> bool:
    """Tell whether one of ``secrets`` signed this id, time and body, within five minutes of ``at``.

    The library's own ``verify`` reads its own clock and wants the body as text. All signatures are compared with
    all secrets, so that the time taken says nothing.
    """
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not ID.fullmatch(message_id) or not STAMP.fullmatch(stamp):
        return False
    given = headers.get("webhook-signature", "").split(" ")[:MOST_SIGNATURES]
    found = False
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix(PREFIX))
        digest = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, "sha256")
        expected = b"v1," + base64.b64encode(digest)
        for signature in given:
            found |= hmac.compare_digest(expected, signature.encode())
    return found and abs(at.timestamp() - int(stamp)) <= TOLERANCE.total_seconds()
