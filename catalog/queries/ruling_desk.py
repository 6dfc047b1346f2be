"""The list of listings that rules moved, the newest first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from catalog.choices import OPEN_RULINGS, RulingStatus
from catalog.models import ListingRuling
from ops_portal.lib.keysets import page_after

PAGE: Final = 50
COUNTED: Final = 1000
WAITING, ALL = "waiting", "all"
TO_SEE: Final = (RulingStatus.OFF, RulingStatus.BACK)


@dataclass(frozen=True, slots=True)
class AskedRulings:
    """What the list is narrowed to; ``after`` is the number that the page before ended with."""

    status: str = WAITING
    shop: str = ""
    cause: str = ""
    text: str = ""
    after: str = ""


def page_of_rulings(asked: AskedRulings, *, user: Any) -> tuple[list[ListingRuling], str]:
    """Return 50 rulings, and the number after which the next page begins."""
    found = ListingRuling.objects.visible_to(user)
    if asked.status == WAITING:
        found = found.filter(status__in=TO_SEE)
    if asked.shop:
        found = found.filter(listing__channel__code=asked.shop)
    if asked.cause:
        found = found.filter(cause=asked.cause)
    if asked.text:
        named = Q(number=asked.text.upper()) | Q(listing__number=asked.text.upper())
        found = found.filter(named | Q(listing__product__name__icontains=asked.text))
    whole = found.select_related("listing__channel", "listing__product__brand", "owner", "acknowledged_by")
    return page_after(whole, asked.after, ("-pk",), size=PAGE)


def rulings_to_see(user: Any) -> int:
    """Return how many wait to be seen, no more than are counted."""
    waiting = ListingRuling.objects.visible_to(user).filter(status__in=TO_SEE)
    return int(waiting.order_by()[:COUNTED].count())


def open_rulings_of(listing_ids: Collection[int]) -> dict[int, ListingRuling]:
    """Return the open ruling of each listing that has one: one statement."""
    found = ListingRuling.objects.filter(listing__in=listing_ids, status__in=sorted(OPEN_RULINGS))
    return {each.listing_id: each for each in found.order_by("pk")}
