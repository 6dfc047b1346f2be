"""Doors for time."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from celery import shared_task
from django.utils import timezone

from catalog.operations.demand import roll_up_demand, yesterday
from catalog.operations.media import forget_unnamed_media
from catalog.queries.demand import unknown_since
from ops_portal.lib.principals import job

KEPT: Final = timedelta(days=2)  # longer than any import runs


@shared_task(name="catalog.forget_unnamed_media")
def forget_unnamed(**_: object) -> None:
    """Delete pictures and films that trial runs and failed imports laid into the storage, and that no row names."""
    forget_unnamed_media(before=timezone.now() - KEPT)


@shared_task(name="catalog.roll_up_demand", acks_late=True)
def roll_up(**_: object) -> None:
    """Roll up the demand of the days that are over and not known yet; at first all that the ledger tells."""
    at = timezone.now()
    since, until = unknown_since(), yesterday(at)
    if since is not None and since <= until:
        roll_up_demand(since, until, actor=job("catalog.roll_up_demand"), at=at)
