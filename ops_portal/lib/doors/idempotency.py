"""``Idempotency-Key``: the same key and body is answered as it was the first time, and nothing is done twice.

The key's lock, the operation's writes and the stored answer live in one transaction: a process that is killed
at any moment has either done it and stored the answer, or done nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from ops_portal.lib.doors.problems import Problem
from ops_portal.lib.models import StoredAnswer
from ops_portal.lib.refusals import Refused

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
MAX_LENGTH = 255
KEPT_FOR = timedelta(days=7)
DELETED_AT_ONCE = 5_000
TABLE = StoredAnswer._meta.db_table


class IdempotencyKeyReused(Refused):
    """The key came before, with another body."""

    code = "idempotency_key_reused"


class InFlight(Refused):
    """The same request is being worked on at this moment."""

    code = "in_flight"


class Replayed(Response):
    """An answer that is already bytes: the stored one, as it was."""

    def __init__(self, status_code: int, body: bytes, content_type: str) -> None:
        super().__init__(status=status_code, headers={REPLAYED: "true"}, content_type=content_type)
        self.stored_body = body

    @property
    def rendered_content(self) -> bytes:  # type: ignore[override]
        if self.content_type:
            self["Content-Type"] = self.content_type
        return self.stored_body


class _Undone(Exception):  # noqa: N818 - it ends a transaction and goes no further
    def __init__(self, response: Response) -> None:
        self.response = response


def key_of(request: Request) -> str | None:
    """Return the request's key or None; refuse what is not 1–255 printable ASCII characters."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not (1 <= len(key) <= MAX_LENGTH and key.isascii() and key.isprintable()):
        raise Problem("bad_idempotency_key", _("Idempotency-Key is 1 to 255 printable ASCII characters."))
    return key


def is_kept(status_code: int) -> bool:
    """Tell whether an answer of this status is stored: success, and the refusal of what can never succeed."""
    return 200 <= status_code < 300 or status_code == 422


def answer_once(request: Request, key: str, answer: Callable[[], Response]) -> Response:
    """Return the stored answer of ``key``, or ``answer()``, stored in the transaction of its writes.

    An error undoes that transaction whole. One that is kept wrote nothing, so that it is stored in another.
    Refuses InFlight, IdempotencyKeyReused.
    """
    use = KeyUse.of(request, key)
    try:
        with transaction.atomic():
            if not lock(use):
                raise InFlight(
                    _("A request with this Idempotency-Key is being worked on. Please try again in a moment.")
                )
            if (stored := replay(use)) is not None:
                return stored
            response = answer()
            if response.status_code >= 400:
                raise _Undone(response)
            if is_kept(response.status_code):
                store(use, response)
            return response
    except _Undone as undone:
        response = undone.response
    if is_kept(response.status_code):
        with transaction.atomic():
            if lock(use) and replay(use) is None:
                store(use, response)
    return response


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One use of a key: by whom, for what (method, path and key) and with which body."""

    user_id: int
    digest: bytes
    fingerprint: bytes

    @classmethod
    def of(cls, request: Request, key: str) -> KeyUse:
        """Return the use of ``key`` that ``request`` makes."""
        meant = "\n".join((request.method or "", request._request.get_full_path(), key))
        return cls(
            user_id=cast(int, request.user.pk),
            digest=hashlib.sha256(meant.encode()).digest(),
            fingerprint=hashlib.sha256(request._request.body).digest(),
        )


def lock(use: KeyUse) -> bool:
    """Take the lock of a key until the transaction ends; False at once where another has it."""
    number = int.from_bytes(hashlib.sha256(use.digest + str(use.user_id).encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        (taken,) = cursor.fetchone()
    return bool(taken)


def replay(use: KeyUse) -> Replayed | None:
    """Return the stored answer of this use, None where there is none yet. Refuses IdempotencyKeyReused."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT fingerprint, status_code, body, content_type FROM {TABLE}"
            " WHERE user_id = %s AND key_digest = %s",
            [use.user_id, use.digest],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    fingerprint, status_code, body, content_type = row
    if bytes(fingerprint) != use.fingerprint:
        raise IdempotencyKeyReused(_("This Idempotency-Key was used before, with another body."))
    return Replayed(status_code, bytes(body), content_type)


def store(use: KeyUse, response: Response) -> None:
    """Write the answer, as the bytes that the caller gets."""
    body = response.render().content
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} (user_id, key_digest, fingerprint, status_code, body, content_type, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                use.user_id,
                use.digest,
                use.fingerprint,
                response.status_code,
                body,
                response.headers.get("Content-Type", ""),
                timezone.now(),
            ],
        )


def forget_stored_answers(at: datetime) -> int:
    """Delete what is older than seven days at ``at``, a few thousand at a time; return how many."""
    forgotten = 0
    while True:
        old = StoredAnswer.objects.filter(created_at__lt=at - KEPT_FOR).order_by("created_at", "pk")
        deleted, _by_model = StoredAnswer.objects.filter(pk__in=old.values("pk")[:DELETED_AT_ONCE]).delete()
        forgotten += deleted
        if deleted < DELETED_AT_ONCE:
            return forgotten
