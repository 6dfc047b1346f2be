"""The doors for time."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from analytics.operations import rolling
from ops_portal.lib.principals import job


@shared_task(name="analytics.refresh_stale_days", acks_late=True)
def refresh_stale_days(**_: Any) -> int:
    """Compute the figures of the days that changed since the last time."""
    return rolling.refresh_stale_days(actor=job("analytics.refresh_stale_days"), at=timezone.now())
