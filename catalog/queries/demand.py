"""What is known of demand by day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

from catalog.models import DailyDemand, StockMovement

AGAIN: Final = timedelta(
    days=3
)  # days that are reckoned again each time: something may have been booked late


def unknown_since() -> date | None:
    """Return the day from which on demand has to be rolled up: the first of the ledger, or the last known days.

    None where nothing ever moved.
    """
    last: date | None = DailyDemand.objects.order_by("-day").values_list("day", flat=True).first()
    if last is not None:
        return last - AGAIN
    first = StockMovement.objects.order_by("pk").values_list("at", flat=True).first()
    return first.astimezone(ZoneInfo(settings.TIME_ZONE)).date() if first else None
