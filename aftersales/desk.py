"""Cases as a kind of work: in which queue each stands, and by which clocks."""

from __future__ import annotations

from typing import Final

from django.db.models import Case as When_
from django.db.models import CharField, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from aftersales.choices import (
    ANSWER,
    CASE_MOVES,
    CASE_REFUND_MOVES,
    INSPECT,
    OVER,
    PAY,
    WAITING_FOR_PARCEL,
    CaseRefund,
    CaseStatus,
)
from aftersales.models import Case, CaseLine
from ops_portal.desk.kinds import ModelKind, Queue

REVIEW, PARCEL, INSPECTION, REFUND = "case_review", "case_parcel", "case_inspect", "case_refund"
QUEUES: Final = (
    Queue(REVIEW, _("Cases to decide"), ANSWER),
    Queue(PARCEL, _("Parcels awaited")),
    Queue(INSPECTION, _("Returned goods to inspect"), INSPECT),
    Queue(REFUND, _("Refunds due"), PAY),
)
# Which cases stand in which queue: every open case in one, a case that is over in none.
STANDS_IN: Final = {
    REVIEW: Q(status=CaseStatus.REQUESTED),
    INSPECTION: Q(status=CaseStatus.RECEIVED),
    REFUND: Q(refund_status=CaseRefund.DUE) & ~Q(status__in=OVER),
    PARCEL: Q(status__in=sorted(WAITING_FOR_PARCEL)) & ~Q(refund_status=CaseRefund.DUE),
}
QUEUE_OF_CASE = When_(
    *(When(standing, then=Value(code)) for code, standing in STANDS_IN.items()),
    default=Value(None),
    output_field=CharField(),
)
FIRST_TITLE = Subquery(
    CaseLine.objects.filter(case_id=OuterRef("pk"))
    .order_by("pk")
    .annotate(words=Coalesce(NullIf("order_line__title", Value("")), "order_line__sku_code"))
    .values("words")[:1]
)

CASES: Final = ModelKind(
    code=CASE_MOVES.kind,
    label=_("case"),
    model=Case,
    queues=QUEUES,
    view_permission="aftersales.view_case",
    work_permission="aftersales.close_case",
    queue=QUEUE_OF_CASE,
    is_open=~Q(status__in=sorted(OVER)),
    page=lambda number: reverse("aftersales:case", args=[number]),
    columns={
        "title": FIRST_TITLE,
        "shop_code": F("shop__code"),
        "platform": F("shop__platform"),
        "opened_at": "requested_at",
    },
    moves={CASE_MOVES.kind: "status", CASE_REFUND_MOVES.kind: "refund_status"},
)
