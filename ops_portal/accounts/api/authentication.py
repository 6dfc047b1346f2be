"""Callers of the API who bring a key: ``Authorization: Bearer opk_…``."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from ops_portal.accounts.key_text import KeyText
from ops_portal.accounts.models import ApiKey, User

USED_AGAIN_AFTER = timedelta(minutes=1)
NO_DIGEST = bytes(32)


class ApiKeyAuthentication(BaseAuthentication):
    """Let a key in as its service user; ``request.auth`` is the key. One query, and once a minute an update.

    A request without ``Bearer`` is left to the next class. A key that is wrong, expired or revoked is always
    answered with the same 401.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        scheme, _space, given = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        at = timezone.now()
        key = find_key(given.decode("latin-1").strip(), at=at)
        if key is None:
            raise AuthenticationFailed(_("This API key is wrong, expired or revoked."))
        if key.last_used_at is None or at - key.last_used_at >= USED_AGAIN_AFTER:
            note_use(key, at=at)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def find_key(given: str, *, at: datetime) -> ApiKey | None:
    """Return the usable key of this text with its user, or None."""
    text = KeyText.parse(given) if given.isascii() and given.isprintable() else None
    if text is None:
        return None
    key = fetch_key(text.prefix)
    proved = text.proves(key.digest if key is not None else NO_DIGEST)
    return key if key is not None and proved and key.is_usable(at) else None


def fetch_key(prefix: str) -> ApiKey | None:
    """Return the key of this prefix with its user. Asked by every request, so its SQL is made once."""
    sql, key_fields, user_fields = _fetch_sql()
    with connection.cursor() as cursor:
        cursor.execute(sql, [prefix])
        row = cursor.fetchone()
    if row is None:
        return None
    key = ApiKey.from_db("default", key_fields, row[: len(key_fields)])
    key.user = User.from_db("default", user_fields, row[len(key_fields) :])
    return key


@lru_cache(maxsize=1)
def _fetch_sql() -> tuple[str, list[str], list[str]]:
    keys, users = ApiKey._meta.concrete_fields, User._meta.concrete_fields
    columns = [f'k."{field.column}"' for field in keys] + [f'u."{field.column}"' for field in users]
    sql = (
        f"SELECT {', '.join(columns)} FROM {ApiKey._meta.db_table} k"
        f" JOIN {User._meta.db_table} u ON u.id = k.user_id WHERE k.prefix = %s"
    )
    return sql, [field.attname for field in keys], [field.attname for field in users]


def note_use(key: ApiKey, *, at: datetime) -> None:
    """Write when the key was last used; where another request holds the row, that one's note will do."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {ApiKey._meta.db_table} SET last_used_at = %(at)s WHERE id IN (
                SELECT id FROM {ApiKey._meta.db_table}
                WHERE id = %(id)s AND (last_used_at IS NULL OR last_used_at <= %(before)s)
                FOR UPDATE SKIP LOCKED
            )
            """,
            {"at": at, "id": key.pk, "before": at - USED_AGAIN_AFTER},
        )
