"""The list of price changes, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count

from catalog.choices import PriceChangeStatus
from catalog.models import PriceChange
from ops_portal.lib.keysets import page_after

PAGE: Final = 50
ALL: Final = "all"
COUNTED: Final = 1000


@dataclass(frozen=True, slots=True)
class AskedChanges:
    """What a page of changes is narrowed to; ``after`` is the number that the page before ended with."""

    tab: str = PriceChangeStatus.WAITING
    shop: str = ""
    after: str = ""


def page_of_changes(asked: AskedChanges, *, user: Any) -> tuple[list[PriceChange], str]:
    """Return 50 changes with their numbers of prices, and the number after which the next page begins."""
    changes = PriceChange.objects.visible_to(user)
    if asked.tab in PriceChangeStatus.values:
        changes = changes.filter(status=asked.tab)
    if asked.shop:
        changes = changes.filter(channel__code=asked.shop)
    whole = changes.select_related("channel", "requester", "decider").annotate(prices=Count("lines"))
    return page_after(whole, asked.after, ("-created_at", "-pk"), size=PAGE)


def waiting_changes(user: Any) -> int:
    """Return how many changes wait for approval, no more than are counted."""
    waiting = PriceChange.objects.visible_to(user).filter(status=PriceChangeStatus.WAITING)
    return int(waiting.order_by()[:COUNTED].count())
