"""Doors for time."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from celery import shared_task
from django.utils import timezone

from catalog.operations.media import forget_unnamed_media

KEPT: Final = timedelta(days=2)  # longer than any import runs


@shared_task(name="catalog.forget_unnamed_media")
def forget_unnamed(**_: object) -> None:
    """Delete pictures and films that trial runs and failed imports laid into the storage, and that no row names."""
    forget_unnamed_media(before=timezone.now() - KEPT)
