"""People say what a ticket is about, and to which order and SKU it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from feedback.choices import FIRST_ANSWER_WITHIN, WORKERS, ItemType, Priority, Topic
from feedback.drafts import LinkDraft, TriageDraft
from feedback.models import Correction, FeedbackItem
from feedback.operations.screening import QUEUE
from feedback.operations.working import NotInTheTable, lock_items, no_such_ticket
from ops_portal.desk.queries import team_calendar
from ops_portal.lib.clocks import working_deadline
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import insert_rows
from ops_portal.lib.states import RoleMayNotMove
from orders.models import Order

SORTED_BY: Final = {"type": ItemType, "topic": Topic, "priority": Priority}


class OrderOfOtherShop(Refused):
    """The order belongs to another shop than the item."""

    code = "order_of_other_shop"


@operation
def triage_items(drafts: Sequence[TriageDraft], *, actor: Principal, at: datetime) -> Outcome[FeedbackItem]:
    """Say what type, topic and priority items have; each change is kept as a Correction of what the rules said.

    Another priority gives the running clock another end. Refuses NoSuchTicket, NotInTheTable, RoleMayNotMove.
    """
    items = lock_items(draft.number for draft in drafts)
    outcome: Outcome[FeedbackItem] = Outcome()
    corrections: list[dict[str, Any]] = []
    changed: dict[int, FeedbackItem] = {}
    for index, draft in enumerate(drafts):
        item = items.get(draft.number)
        refusal = no_such_ticket(draft.number) if item is None else unfit(draft, actor)
        if refusal is not None or item is None:
            outcome.refused.append((index, refusal or no_such_ticket(draft.number)))
            continue
        outcome.done.append(item)
        for field in SORTED_BY:
            wanted, was = getattr(draft, field), getattr(item, field)
            if wanted is None or wanted == was:
                continue
            corrections.append(
                {
                    "item_id": item.pk,
                    "field": field,
                    "from_value": was,
                    "to_value": wanted,
                    "why": item.why,
                    "actor": str(actor),
                    "at": at,
                }
            )
            if field == "priority":
                set_clock(item, Priority(was), Priority(wanted))
            setattr(item, field, wanted)
            item.updated_at = at
            changed[item.pk] = item
    if changed:
        FeedbackItem.objects.bulk_update(
            changed.values(), ["type", "topic", "priority", "due_at", "time_left", "updated_at"]
        )
        insert_rows(Correction, corrections)
    return outcome


def unfit(draft: TriageDraft, actor: Principal) -> Refused | None:
    """Return why somebody may not sort so, or None."""
    if not actor.may(WORKERS):
        return RoleMayNotMove(_("Your role may not work on feedback."))
    for field, values in SORTED_BY.items():
        value = getattr(draft, field)
        if value is not None and value not in values.values:
            return NotInTheTable(_("“%(value)s” is no %(field)s."), value=value, field=field)
    return None


def set_clock(item: FeedbackItem, was: Priority, now: Priority) -> None:
    """Give a running clock the end that the new priority asks for, and a standing one the time that is left then."""
    if item.waiting_since is None:
        return
    if item.paused_at is not None and item.time_left is not None:
        item.time_left += FIRST_ANSWER_WITHIN[now] - FIRST_ANSWER_WITHIN[was]
    elif item.due_at is not None:
        item.due_at = working_deadline(item.waiting_since, FIRST_ANSWER_WITHIN[now], team_calendar(QUEUE))


@operation
def link_items(drafts: Sequence[LinkDraft], *, actor: Principal, at: datetime) -> Outcome[FeedbackItem]:
    """Say to which order and SKU items belong. Refuses NoSuchTicket, OrderOfOtherShop, RoleMayNotMove."""
    items = lock_items(draft.number for draft in drafts)
    orders = Order.objects.filter(undone_at__isnull=True).in_bulk(
        {draft.order_id for draft in drafts if draft.order_id}
    )
    outcome: Outcome[FeedbackItem] = Outcome()
    for index, draft in enumerate(drafts):
        item, order = items.get(draft.number), orders.get(draft.order_id)
        refusal: Refused | None = None
        if item is None or (draft.order_id and order is None):
            refusal = no_such_ticket(draft.number)
        elif not actor.may(WORKERS):
            refusal = RoleMayNotMove(_("Your role may not work on feedback."))
        elif order is not None and item.shop_id not in (None, order.shop_id):
            refusal = OrderOfOtherShop(_("%(order)s belongs to another shop."), order=order.number)
        if refusal is not None or item is None:
            outcome.refused.append((index, refusal or no_such_ticket(draft.number)))
            continue
        if order is not None:
            item.order_id, item.customer_id = order.pk, item.customer_id or order.customer_id
        item.sku_id = draft.sku_id or item.sku_id
        item.updated_at = at
        outcome.done.append(item)
    FeedbackItem.objects.bulk_update(outcome.done, ["order", "customer", "sku", "updated_at"])
    return outcome
