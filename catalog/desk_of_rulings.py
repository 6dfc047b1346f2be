"""What rules did with listings as a kind of work: it waits until whoever is responsible has seen it."""

from __future__ import annotations

from typing import Final

from django.db.models import F, Q, Value
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from catalog.choices import RULING_MOVES, RulingStatus
from catalog.models import ListingRuling
from ops_portal.desk.kinds import ModelKind, Queue

QUEUE: Final = "listing_ruled"


def page_of(number: str) -> str:
    """Return the address of the list that shows one."""
    return reverse("catalog:rulings") + "?" + urlencode({"status": "all", "q": number})


RULINGS: Final = ModelKind(
    code=RULING_MOVES.kind,
    label=_("listing moved by rule"),
    model=ListingRuling,
    queues=(Queue(QUEUE, _("Listings moved by rule")),),
    view_permission="catalog.view_listingruling",
    work_permission="catalog.write_listing",
    queue=Value(QUEUE),
    is_open=Q(status__in=(RulingStatus.OFF, RulingStatus.BACK)),
    page=page_of,
    columns={
        "title": F("listing__product__name"),
        "shop_code": F("listing__channel__code"),
        "platform": F("listing__channel__platform"),
        "currency": Value(""),
    },
)
