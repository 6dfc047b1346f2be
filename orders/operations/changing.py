"""What a platform says anew of an order that stands: payment, refund, remark, and of unworked ones the lines."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused
from ops_portal.lib.sealing import blind_index
from orders.choices import OrderStatus
from orders.drafts import OrderDraft
from orders.models import Order, OrderLine
from orders.operations.amounts import amounts_of
from orders.operations.writing import refund_status_of, sealed_buyer
from orders.signals import orders_changed

CHANGEABLE = (
    "paid_at",
    "placed_at",
    "placed_on",
    "ship_by",
    "goods_amount",
    "discount_amount",
    "freight",
    "total",
    "paid_amount",
    "receivable",
    "refund_amount",
    "refund_status",
    "buyer_sealed",
    "phone_key",
    "province",
    "city",
    "remark",
    "content_hash",
    "updated_at",
)


class LinesDiffer(Refused):
    """The order stands with other lines, for which stock is held."""

    code = "lines_differ"


def change_order(order_id: int, draft: OrderDraft, digest: bytes, *, actor: Principal, at: datetime) -> None:
    """Take over what ``draft`` says of a standing order; the caller's transaction carries ``actor``.

    Refuses LinesDiffer: units, SKUs and prices of an order's lines don't change under the hands that pick them.
    """
    order = Order.objects.select_for_update(no_key=True).select_related("shop").get(pk=order_id)
    lines = list(OrderLine.objects.filter(order=order).order_by("position"))
    if [(line.sku_code, line.units, line.unit_price) for line in lines] != [
        (line.sku_code, line.units, line.unit_price) for line in draft.lines
    ]:
        detail = _("%(number)s stands with other lines; cancel it first, then send it under a new number.")
        raise LinesDiffer(detail, number=draft.platform_number)
    day_before = order.placed_on
    amounts = amounts_of(draft)
    order.paid_at = draft.paid_at
    order.placed_at = draft.placed_at
    order.placed_on = draft.placed_at.astimezone(draft.shop.zone).date()
    if draft.paid_at and not order.ship_by and order.status != OrderStatus.RECORDED:
        order.ship_by = ship_by(draft)
    order.goods_amount, order.discount_amount = amounts.goods, amounts.discount
    order.freight, order.total = draft.freight, amounts.total
    order.paid_amount, order.receivable = amounts.paid, amounts.receivable
    order.refund_amount = draft.refund_amount
    order.refund_status = refund_status_of(draft, amounts.total)
    order.buyer_sealed = sealed_buyer(draft) or order.buyer_sealed
    order.phone_key = blind_index(draft.buyer.phone, "phone") if draft.buyer.phone else order.phone_key
    order.province, order.city, order.remark = draft.buyer.province, draft.buyer.city, draft.remark
    order.content_hash, order.updated_at = digest, at
    order.save(update_fields=CHANGEABLE)
    for line, said, worth in zip(lines, draft.lines, amounts.lines, strict=True):
        line.discount_amount, line.amount = worth.discount, worth.amount
        line.paid_amount, line.receivable = worth.paid, worth.receivable
        line.refund_amount = said.refund_amount
    OrderLine.objects.bulk_update(
        lines, ["discount_amount", "amount", "paid_amount", "receivable", "refund_amount"]
    )
    days = {(order.shop_id, day_before), (order.shop_id, order.placed_on)}
    orders_changed.send(Order, days=days, actor=actor, at=at)


def ship_by(draft: OrderDraft) -> datetime | None:
    """Return when the platform's promise to ship ends: natural hours from payment."""
    return draft.paid_at + timedelta(hours=draft.shop.ship_hours) if draft.paid_at else None
