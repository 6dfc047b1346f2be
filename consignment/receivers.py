"""What we answer when the lower floors ask."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from catalog.signals import listing_licences
from consignment.queries.licences import lapsed_listings


@receiver(listing_licences, dispatch_uid="consignment.name_lapsed_listings")
def name_lapsed_listings(sender: Any, *, at: datetime, **_: Any) -> set[int]:
    """Say which listings no contract covers any more."""
    return lapsed_listings(timezone.localdate(at, timezone.get_default_timezone()))
