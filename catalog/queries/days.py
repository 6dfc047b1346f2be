"""Which day it is in the house."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def yesterday(at: datetime) -> date:
    """Return the last day that is over at ``at``, in the house's time zone."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date() - timedelta(days=1)
