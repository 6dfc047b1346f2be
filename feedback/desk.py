"""Tickets as the desk knows them: their queues, their clocks, the money of their orders."""

from __future__ import annotations

from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from feedback.choices import FIRST_ANSWER_WITHIN, ITEM_MOVES, OPEN, ItemStatus, Priority
from feedback.models import FeedbackItem
from ops_portal.desk.kinds import ModelKind, Queue

NEW, ACTING, WAITING = "ticket_new", "ticket_acting", "ticket_waiting"
IN_QUEUE = {
    NEW: Q(status=ItemStatus.NEW, paused_at__isnull=True),
    ACTING: Q(status__in=(ItemStatus.ACTING, ItemStatus.REOPENED), paused_at__isnull=True),
    WAITING: Q(status=ItemStatus.REPLIED) | Q(status__in=OPEN, paused_at__isnull=False),
}


def page_of(number: str) -> str:
    """Return the address of the triage page that shows the ticket."""
    return f"{reverse('feedback:triage')}?item={number}"


TICKETS = ModelKind(
    code=ITEM_MOVES.kind,
    label=_("ticket"),
    model=FeedbackItem,
    queues=(
        Queue(NEW, _("Tickets to triage"), FIRST_ANSWER_WITHIN[Priority.P2]),
        Queue(ACTING, _("Tickets in hand")),
        Queue(WAITING, _("Tickets waiting for the customer")),
    ),
    view_permission="feedback.view_feedbackitem",
    work_permission="feedback.work_feedbackitem",
    queue=Case(*(When(where, then=Value(code)) for code, where in IN_QUEUE.items())),
    is_open=Q(status__in=OPEN, undone_at__isnull=True),
    page=page_of,
    columns={
        "title": Coalesce(NullIf(F("category"), Value("")), F("sku__product__name"), Value("")),
        "shop_code": "shop__code",
        "platform": "shop__platform",
        "amount": "order__total",
        "currency": "order__currency",
        "opened_at": "received_at",
    },
)
