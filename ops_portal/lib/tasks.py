"""The floor's own doors for time."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from ops_portal.lib.doors.idempotency import forget_stored_answers as forget


@shared_task(name="lib.forget_stored_answers")
def forget_stored_answers(**_: Any) -> int:
    """Delete the stored answers of idempotent requests that are older than seven days."""
    return forget(timezone.now())
