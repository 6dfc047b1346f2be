"""The doors for time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from consignment.operations.drafting import draft_month
from ops_portal.lib.principals import job


@shared_task(name="consignment.draft_last_month", acks_late=True)
def draft_last_month(**_: Any) -> int:
    """Draft the statements of the month that is over; again, it computes the same drafts anew."""
    at = timezone.now()
    last = timezone.localdate(at).replace(day=1) - timedelta(days=1)
    return len(draft_month(last, actor=job("consignment.draft_last_month"), at=at).done)
