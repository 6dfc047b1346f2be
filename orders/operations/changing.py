"""What a platform says anew of orders that stand: payment, refund, remark, amounts; never other goods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from ops_portal.lib.money import share_out
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import as_json, insert_rows, recordset
from ops_portal.lib.sealing import blind_index
from orders.choices import OrderStatus
from orders.drafts import OrderDraft
from orders.models import LineComponent, LineDiscount, Order, OrderLine
from orders.operations.amounts import LineAmounts, amounts_of
from orders.operations.facts import hexed, refund_status_of, sealed_buyer, ship_by
from orders.operations.moving import lock_orders
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
)
LINE_CHANGEABLE = ("discount_amount", "amount", "paid_amount", "receivable", "refund_amount")
BYTES = frozenset({"buyer_sealed", "phone_key", "content_hash"})


class LinesDiffer(Refused):
    """The order stands with other lines, for which stock is held."""

    code = "lines_differ"


@dataclass(frozen=True, slots=True)
class ChangeDraft:
    """What is said anew of an order that stands."""

    order_id: int
    draft: OrderDraft
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that was made, by the index of its draft; ``before`` is what ``restore_orders`` takes."""

    index: int
    before: dict[str, Any]


@operation
def change_orders(drafts: Sequence[ChangeDraft], *, actor: Principal, at: datetime) -> Outcome[Changed]:
    """Take over what ``drafts`` say of standing orders, none named twice.

    Refuses LinesDiffer: units, SKUs and prices of an order's lines don't change under the hands that pick them.
    """
    outcome: Outcome[Changed] = Outcome()
    if not drafts:
        return outcome
    orders = lock_orders(draft.order_id for draft in drafts)
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    found = OrderLine.objects.filter(order__in=orders).order_by("order_id", "position")
    for line in found.prefetch_related("components", "discounts"):
        lines[line.order_id].append(line)
    order_rows: list[dict[str, Any]] = []
    line_rows: list[dict[str, Any]] = []
    parts = Parts()
    days = set()
    for index, said in enumerate(drafts):
        order, standing = orders[said.order_id], lines[said.order_id]
        if not same_goods(standing, said.draft):
            detail = _(
                "%(number)s stands with other lines; cancel it first, then send it under a new number."
            )
            outcome.refused.append((index, LinesDiffer(detail, number=said.draft.platform_number)))
            continue
        amounts = amounts_of(said.draft)
        row = order_facts(order, said, at=at)
        outcome.done.append(Changed(index, earlier(order, standing)))
        days |= {(order.shop_id, order.placed_on), (order.shop_id, row["placed_on"])}
        order_rows.append(row)
        for line, line_said, worth in zip(standing, said.draft.lines, amounts.lines, strict=True):
            line_rows.append({"id": line.pk, **line_facts(worth), "refund_amount": line_said.refund_amount})
            parts.replace(line, worth, [(part.amount, part.bearer) for part in line_said.discounts])
    update_rows(Order, (*CHANGEABLE, "updated_at"), order_rows)
    update_rows(OrderLine, LINE_CHANGEABLE, line_rows)
    parts.write()
    if days:
        orders_changed.send(Order, days=days, actor=actor, at=at)
    return outcome


@operation
def restore_orders(
    earlier_values: Mapping[int, Mapping[str, Any]], *, actor: Principal, at: datetime
) -> None:
    """Give orders back, by id, what ``change_orders`` replaced."""
    orders = lock_orders(earlier_values)
    days = set()
    for order_id, before in earlier_values.items():
        days.add((orders[order_id].shop_id, orders[order_id].placed_on))
        days.add((orders[order_id].shop_id, datetime.fromisoformat(before["order"]["placed_on"]).date()))
    update_rows(
        Order,
        (*CHANGEABLE, "updated_at"),
        [
            {"id": order_id, **before["order"], "updated_at": at}
            for order_id, before in earlier_values.items()
        ],
    )
    was = {line["id"]: line for before in earlier_values.values() for line in before["lines"]}
    update_rows(
        OrderLine,
        LINE_CHANGEABLE,
        [{"id": pk, **{name: line[name] for name in LINE_CHANGEABLE}} for pk, line in was.items()],
    )
    parts = Parts()
    for line in OrderLine.objects.filter(pk__in=was).prefetch_related("components", "discounts"):
        worth = LineAmounts(*(Decimal(was[line.pk][name]) for name in LINE_CHANGEABLE[:4]))
        discounts = [(Decimal(amount), bearer) for amount, bearer in was[line.pk]["discounts"]]
        parts.replace(line, worth, discounts)
    parts.write()
    if days:
        orders_changed.send(Order, days=days, actor=actor, at=at)


def same_goods(lines: Sequence[OrderLine], draft: OrderDraft) -> bool:
    """Tell whether the lines that stand are those of the draft."""
    return [(line.sku_code, line.units, line.unit_price) for line in lines] == [
        (line.sku_code, line.units, line.unit_price) for line in draft.lines
    ]


def order_facts(order: Order, said: ChangeDraft, *, at: datetime) -> dict[str, Any]:
    """Return the order's row as the draft has it."""
    draft = said.draft
    amounts = amounts_of(draft)
    buyer = draft.buyer
    promised = order.ship_by
    if draft.paid_at and not promised and order.status != OrderStatus.RECORDED:
        promised = ship_by(draft)
    return {
        "id": order.pk,
        "paid_at": draft.paid_at,
        "placed_at": draft.placed_at,
        "placed_on": draft.placed_at.astimezone(draft.shop.zone).date(),
        "ship_by": promised,
        "goods_amount": amounts.goods,
        "discount_amount": amounts.discount,
        "freight": draft.freight,
        "total": amounts.total,
        "paid_amount": amounts.paid,
        "receivable": amounts.receivable,
        "refund_amount": draft.refund_amount,
        "refund_status": refund_status_of(draft, amounts.total).value,
        "buyer_sealed": hexed(sealed_buyer(draft) or as_bytes(order.buyer_sealed)),
        "phone_key": hexed(blind_index(buyer.phone, "phone") if buyer.phone else as_bytes(order.phone_key)),
        "province": buyer.province,
        "city": buyer.city,
        "remark": draft.remark,
        "content_hash": hexed(said.content_hash),
        "updated_at": at,
    }


def line_facts(worth: LineAmounts) -> dict[str, Any]:
    """Return a line's amounts by column."""
    return {
        "discount_amount": worth.discount,
        "amount": worth.amount,
        "paid_amount": worth.paid,
        "receivable": worth.receivable,
    }


def earlier(order: Order, lines: Sequence[OrderLine]) -> dict[str, Any]:
    """Return what an order and its lines hold, as plain JSON; personal data stay sealed."""
    return {
        "order": {
            name: hexed(as_bytes(getattr(order, name))) if name in BYTES else text(getattr(order, name))
            for name in CHANGEABLE
        },
        "lines": [
            {
                "id": line.pk,
                **{name: text(getattr(line, name)) for name in LINE_CHANGEABLE},
                "discounts": [[str(part.amount), part.bearer] for part in line.discounts.all()],
            }
            for line in lines
        ],
    }


def text(value: Any) -> str | None:
    """Return a value as PostgreSQL reads it."""
    return None if value is None else str(value)


def as_bytes(value: Any) -> bytes | None:
    """Return what a binary column gave as bytes."""
    return None if value is None else bytes(value)


class Parts:
    """What hangs on lines whose amounts change: discounts by bearer, and the shares of bundles' components."""

    def __init__(self) -> None:
        self.gone: list[int] = []
        self.discounts: list[dict[str, Any]] = []
        self.components: list[dict[str, Any]] = []

    def replace(self, line: OrderLine, worth: LineAmounts, discounts: Sequence[tuple[Decimal, str]]) -> None:
        """Give a line these discounts, and its components shares of its amount in the proportion they had."""
        standing = list(line.discounts.all())
        if sorted((part.amount, part.bearer) for part in standing) != sorted(discounts):
            self.gone += [part.pk for part in standing]
            self.discounts += [
                {"line_id": line.pk, "amount": amount, "bearer": bearer} for amount, bearer in discounts
            ]
        components = list(line.components.all())
        if components and sum(part.amount for part in components) != worth.amount:
            shares = share_out(worth.amount, [part.amount for part in components])
            self.components += [
                {"id": part.pk, "amount": share} for part, share in zip(components, shares, strict=True)
            ]

    def write(self) -> None:
        """Write what differs."""
        if self.gone:
            LineDiscount.objects.filter(pk__in=self.gone).delete()
        insert_rows(LineDiscount, self.discounts)
        update_rows(LineComponent, ("amount",), self.components)


def update_rows(model: type[Model], columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Set ``columns`` of the rows with these ids, in one statement."""
    if not rows:
        return
    sets = ", ".join(f'"{column}" = r."{column}"' for column in columns)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{table}" SET {sets} FROM {recordset(model, ("id", *columns))} WHERE "{table}".id = r.id',
            [as_json(rows)],
        )
