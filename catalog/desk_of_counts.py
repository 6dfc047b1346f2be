"""Stocktakes as a kind of work: to count, to count once more, to approve."""

from __future__ import annotations

from typing import Final

from django.db.models import Case, CharField, F, Value, When
from django.db.models import Q as Is
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.choices import DECIDE
from catalog.models import Stocktake
from catalog.operations.stocktaking import APPROVALS, COUNTS, KIND, QUEUE_OF, RECOUNTS
from ops_portal.desk.kinds import ModelKind, Queue

STOCKTAKES: Final = ModelKind(
    code=KIND,
    label=_("stocktake"),
    model=Stocktake,
    queues=(
        Queue(COUNTS, _("Stocktakes to count")),
        Queue(RECOUNTS, _("Stocktakes to count once more")),
        Queue(APPROVALS, _("Stocktakes to approve"), DECIDE),
    ),
    view_permission="catalog.view_stocktake",
    work_permission="catalog.use_floor",
    queue=Case(
        *(When(status=status, then=Value(queue)) for status, queue in QUEUE_OF.items()),
        default=Value(COUNTS),
        output_field=CharField(),
    ),
    is_open=Is(status__in=sorted(QUEUE_OF)),
    page=lambda number: reverse("catalog:stocktake", args=[number]),
    columns={
        "title": F("warehouse__name"),
        "shop_code": Value(""),
        "platform": Value(""),
        "currency": Value(""),
        "opened_at": "created_at",
    },
)
