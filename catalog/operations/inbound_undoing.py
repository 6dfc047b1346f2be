"""A file of deliveries is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog.models import InboundDelivery
from catalog.operations.inbound import cancel_deliveries
from ops_portal.intake.kinds import Undone
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Refused, UsedSince

REASON = "the file that brought it was taken back"


@operation
def take_back_deliveries(changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
    """Cancel the deliveries that a file announced. Returns UsedSince for each that was worked on since."""
    deliveries = {
        each.pk: each
        for each in InboundDelivery.objects.filter(pk__in={change.object_id for change in changes})
        .order_by("pk")
        .select_for_update(no_key=True)
    }
    refused: list[Refused] = []
    numbers: list[str] = []
    for change in changes:
        delivery = deliveries[change.object_id]
        if delivery.updated_at in (change.at, *change.restored_at):
            numbers.append(delivery.number)
        else:
            detail = _("The delivery %(number)s was worked on since.")
            refused.append(UsedSince(detail, number=delivery.number))
    outcome = cancel_deliveries(numbers, actor=actor, at=at, reason=REASON)
    detail = _("%(number)s: %(reason)s")
    refused += [
        UsedSince(detail, number=numbers[index], reason=str(refusal)) for index, refusal in outcome.refused
    ]
    return refused
