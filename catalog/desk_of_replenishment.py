"""Suggestions to get more of something as a kind of work: they wait for a decision, and then for the order."""

from __future__ import annotations

from typing import Final

from django.db.models import Case, CharField, DecimalField, ExpressionWrapper, F, Value, When
from django.db.models import Q as Is
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from catalog.choices import REPLENISHMENT_MOVES, ReplenishmentStatus
from catalog.models import Replenishment
from ops_portal.desk.kinds import ModelKind, Queue

DECIDE, ORDER = "replenish_decide", "replenish_order"


def page_of(number: str) -> str:
    """Return the address of the list that shows one suggestion, opened."""
    return reverse("catalog:replenishment") + "?" + urlencode({"status": "all", "q": number})


REPLENISHMENTS: Final = ModelKind(
    code=REPLENISHMENT_MOVES.kind,
    label=_("replenishment"),
    model=Replenishment,
    queues=(Queue(DECIDE, _("Replenishment to decide")), Queue(ORDER, _("Replenishment to order"))),
    view_permission="catalog.view_replenishment",
    work_permission="catalog.plan_stock",
    queue=Case(
        When(status=ReplenishmentStatus.PROPOSED, then=Value(DECIDE)),
        default=Value(ORDER),
        output_field=CharField(),
    ),
    is_open=Is(status__in=(ReplenishmentStatus.PROPOSED, ReplenishmentStatus.APPROVED)),
    page=page_of,
    columns={
        "title": Concat(F("sku__code"), Value(" @ "), F("warehouse__code"), output_field=CharField()),
        "shop_code": Value(""),
        "platform": Value(""),
        "amount": ExpressionWrapper(F("units") * F("sku__cost"), output_field=DecimalField()),
        "currency": Value("CNY"),
        "opened_at": "created_at",
    },
)
