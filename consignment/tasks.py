"""The doors for time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from ops_portal.desk.drafts import WorkDraft
from ops_portal.desk.operations.background import queue_runs
from ops_portal.lib.principals import job


@shared_task(name="consignment.draft_last_month", acks_late=True)
def draft_last_month(**_: Any) -> int:
    """Have the statements of the month that is over drafted; again, the same drafts are computed anew."""
    at = timezone.now()
    last = timezone.localdate(at).replace(day=1) - timedelta(days=1)
    run = WorkDraft("statements", f"{last:%Y-%m}")
    return len(queue_runs([run], actor=job("consignment.draft_last_month"), at=at).done)
