"""Stock requests as a kind of work: those that wait for somebody's approval."""

from __future__ import annotations

from typing import Final

from django.db.models import F, Value
from django.db.models import Q as Is
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.choices import DECIDE, REQUEST_MOVES, RequestStatus
from catalog.models import StockRequest
from catalog.operations.requests import APPROVE_QUEUE
from ops_portal.desk.kinds import ModelKind, Queue

REQUESTS: Final = ModelKind(
    code=REQUEST_MOVES.kind,
    label=_("stock request"),
    model=StockRequest,
    queues=(Queue(APPROVE_QUEUE, _("Stock requests to approve"), DECIDE),),
    view_permission="catalog.view_stockrequest",
    work_permission="catalog.approve_stock",
    queue=Value(APPROVE_QUEUE),
    is_open=Is(status=RequestStatus.WAITING),
    page=lambda number: reverse("catalog:stock-request", args=[number]),
    columns={
        "title": F("warehouse__name"),
        "shop_code": Value(""),
        "platform": Value(""),
        "currency": Value(""),
        "opened_at": "created_at",
    },
)
