"""Some of today's work is in somebody's hands, with notes that colleagues left on it."""

from __future__ import annotations

from datetime import datetime

from aftersales.choices import CaseStatus
from aftersales.models import Case
from feedback.choices import ItemStatus
from feedback.models import FeedbackItem
from ops_portal.accounts.models import User
from ops_portal.demo.vocabulary.voices import NOTES
from ops_portal.desk.drafts import Assignment, NoteDraft
from ops_portal.desk.operations.assigning import assign_documents
from ops_portal.desk.operations.notes import write_notes
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import raise_first
from orders.choices import OrderStatus
from orders.models import Order

OWNED = 5


def hand_out(staff: dict[str, Principal], *, at: datetime) -> None:
    """Give the first of what waits to those who work it, and leave notes on what customer service has in hand."""
    waiting = (
        ("order", "operator", Order.objects.filter(status=OrderStatus.CREATED, paid_at__isnull=False)),
        ("case", "aftersales", Case.objects.filter(status=CaseStatus.REQUESTED)),
    )
    owners = {user.username: user.pk for user in User.objects.filter(username__in=staff)}
    for kind, name, documents in waiting:
        numbers = documents.order_by("created_at", "pk").values_list("number", flat=True)[:OWNED]
        drafts = [Assignment(kind, number, owners[name]) for number in numbers]
        raise_first(assign_documents(drafts, actor=staff["manager"], at=at, reason="今日分派").refused)
    tickets = FeedbackItem.objects.filter(status=ItemStatus.ACTING).order_by("received_at", "source_key")
    numbers = tickets.values_list("number", flat=True)[: len(NOTES)]
    notes = [NoteDraft("ticket", number, text) for number, text in zip(numbers, NOTES, strict=False)]
    raise_first(write_notes(notes, actor=staff["service"], at=at).refused)
