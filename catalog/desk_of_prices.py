"""Price changes as a kind of work: those below the floor wait for somebody's approval."""

from __future__ import annotations

from typing import Final

from django.db.models import F, Value
from django.db.models import Q as Is
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.choices import APPROVE, PRICE_CHANGE_MOVES, PriceChangeStatus
from catalog.models import PriceChange
from catalog.operations.price_changes import QUEUE
from ops_portal.desk.kinds import ModelKind, Queue

PRICES: Final = ModelKind(
    code=PRICE_CHANGE_MOVES.kind,
    label=_("price change"),
    model=PriceChange,
    queues=(Queue(QUEUE, _("Prices to approve"), APPROVE),),
    view_permission="catalog.view_pricechange",
    work_permission="catalog.approve_price",
    queue=Value(QUEUE),
    is_open=Is(status=PriceChangeStatus.WAITING),
    page=lambda number: reverse("catalog:price-change", args=[number]),
    columns={
        "title": F("reason"),
        "shop_code": Coalesce(F("channel__code"), Value("")),
        "platform": Coalesce(F("channel__platform"), Value("")),
        "currency": Value(""),
        "opened_at": "created_at",
    },
)
