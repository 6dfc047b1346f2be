"""``Idempotency-Key``: the same key and body is answered as it was the first time, and nothing is done twice.

The key's lock, the operation's writes and the stored answer live in one transaction: a process that is killed
at any moment has either done it and stored the answer, or done nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
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


class IdempotencyKeyReused(Refused):
    """The key came before, with another body."""

    code = "idempotency_key_reused"


class InFlight(Refused):
    """The same request is being worked on at this moment."""

    code = "in_flight"


class Replayed(Response):
    """An answer that is already bytes: the stored one, as it was."""

    def __init__(self, stored: StoredAnswer) -> None:
        super().__init__(
            status=stored.status_code, headers={REPLAYED: "true"}, content_type=stored.content_type
        )
        self.stored_body = bytes(stored.body)

    @property
    def rendered_content(self) -> bytes:  # type: ignore[override]
        if self.content_type:
            self["Content-Type"] = self.content_type
        return self.stored_body


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

    An answer that is not kept leaves nothing behind. Refuses InFlight, IdempotencyKeyReused.
    """
    user_id = cast(int, request.user.pk)
    fingerprint = hashlib.sha256(request._request.body).digest()
    digest = key_digest(request, key)
    with transaction.atomic():
        if not lock(user_id, digest):
            raise InFlight(
                _("A request with this Idempotency-Key is being worked on. Please try again in a moment.")
            )
        stored = StoredAnswer.objects.filter(user_id=user_id, key_digest=digest).first()
        if stored is not None:
            if bytes(stored.fingerprint) != fingerprint:
                raise IdempotencyKeyReused(_("This Idempotency-Key was used before, with another body."))
            return Replayed(stored)
        response = undone_unless_successful(answer)
        if is_kept(response.status_code):
            StoredAnswer.objects.create(
                user_id=user_id,
                key_digest=digest,
                fingerprint=fingerprint,
                status_code=response.status_code,
                body=response.render().content,
                content_type=response.headers.get("Content-Type", ""),
                created_at=timezone.now(),
            )
        return response


class _Undo(Exception):  # noqa: N818 - it ends a savepoint and goes no further
    def __init__(self, response: Response) -> None:
        self.response = response


def undone_unless_successful(answer: Callable[[], Response]) -> Response:
    """Return ``answer()``; what it wrote is undone where it is an error."""
    try:
        with transaction.atomic():
            response = answer()
            if response.status_code >= 400:
                raise _Undo(response)
            return response
    except _Undo as undone:
        return undone.response


def key_digest(request: Request, key: str) -> bytes:
    """Return what tells this use of ``key`` from others: method and path belong to it."""
    return hashlib.sha256(
        "\n".join((request.method or "", request._request.get_full_path(), key)).encode()
    ).digest()


def lock(user_id: int, digest: bytes) -> bool:
    """Take the lock of a key until the transaction ends; False at once where another has it."""
    number = int.from_bytes(hashlib.sha256(digest + str(user_id).encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        (taken,) = cursor.fetchone()
    return bool(taken)


def forget_stored_answers(at: datetime) -> int:
    """Delete what is older than seven days at ``at``, a few thousand at a time; return how many."""
    forgotten = 0
    while True:
        old = StoredAnswer.objects.filter(created_at__lt=at - KEPT_FOR).order_by("created_at", "pk")
        deleted, _by_model = StoredAnswer.objects.filter(pk__in=old.values("pk")[:DELETED_AT_ONCE]).delete()
        forgotten += deleted
        if deleted < DELETED_AT_ONCE:
            return forgotten
