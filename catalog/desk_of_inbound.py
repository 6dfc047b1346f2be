"""Inbound deliveries as a kind of work: what is expected today or late waits to be received, the rest to come."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import Case, CharField, F, TextField, Value, When
from django.db.models import Q as Is
from django.db.models.functions import Concat, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.choices import INBOUND_MOVES, InboundStatus
from catalog.models import InboundDelivery
from ops_portal.desk.kinds import ModelKind, Queue

DUE: Final = "inbound_due"
OPEN: Final = "inbound_open"

# A delivery is due at the end of its day.
INBOUND: Final = ModelKind(
    code=INBOUND_MOVES.kind,
    label=_("inbound delivery"),
    model=InboundDelivery,
    queues=(
        Queue(DUE, _("Deliveries expected today or late")),
        Queue(OPEN, _("Deliveries to come")),
    ),
    view_permission="catalog.view_inbounddelivery",
    work_permission="catalog.use_floor",
    queue=Case(
        When(Is(status=InboundStatus.RECEIVING), then=Value(DUE)),
        When(Is(due_at__lte=Now() + timedelta(days=1)), then=Value(DUE)),
        default=Value(OPEN),
        output_field=CharField(),
    ),
    is_open=Is(status__in=[InboundStatus.ORDERED, InboundStatus.EXPECTED, InboundStatus.RECEIVING]),
    page=lambda number: reverse("catalog:inbound-delivery", args=[number]),
    columns={
        "title": Concat(F("brand__name"), Value(" → "), F("warehouse__name"), output_field=TextField()),
        "shop_code": Value(""),
        "platform": Value(""),
        "currency": Value(""),
        "opened_at": "created_at",
    },
)
