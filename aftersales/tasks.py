"""Doors for time."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from aftersales.operations.intercepting import open_intercepted
from ops_portal.lib.principals import job


@shared_task(name="aftersales.open_intercepted")
def await_intercepted(**_: object) -> None:
    """Open a case for every order that was cancelled on its way, so that somebody waits for its parcel."""
    open_intercepted(actor=job("aftersales.open_intercepted"), at=timezone.now())
