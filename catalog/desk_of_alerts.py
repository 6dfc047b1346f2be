"""Alerts of stock as a kind of work: goods that are short or too many, and batches near their date."""

from __future__ import annotations

from typing import Final

from django.db.models import Case, CharField, F, Value, When
from django.db.models import Q as Is
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from catalog.choices import ALERT_MOVES, AlertKind, AlertStatus
from catalog.models import StockAlert
from ops_portal.desk.kinds import ModelKind, Queue

STOCK, DATES = "alerts_stock", "alerts_dates"
OF_DATES: Final = (AlertKind.NEAR_EXPIRY, AlertKind.STOP_SALE)
QUEUES: Final = (
    Queue(STOCK, _("Goods sold out, too few or too many")),
    Queue(DATES, _("Batches near or past their date")),
)


def page_of(number: str) -> str:
    """Return the address of the list that shows one alert."""
    return reverse("catalog:alerts") + "?" + urlencode({"status": "all", "q": number})


ALERTS: Final = ModelKind(
    code=ALERT_MOVES.kind,
    label=_("stock alert"),
    model=StockAlert,
    queues=QUEUES,
    view_permission="catalog.view_stockalert",
    work_permission="catalog.acknowledge_alert",
    queue=Case(When(kind__in=OF_DATES, then=Value(DATES)), default=Value(STOCK), output_field=CharField()),
    is_open=Is(status=AlertStatus.OPEN),
    page=page_of,
    columns={
        "title": Concat(F("sku__code"), Value(" @ "), F("warehouse__code"), output_field=CharField()),
        "shop_code": Value(""),
        "platform": Value(""),
        "currency": Value(""),
    },
)
