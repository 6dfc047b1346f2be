"""What a platform says anew of orders that stand: payment, refund, remark, amounts; never other goods."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from ops_portal.lib.money import share_out
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import insert_rows, update_rows
from ops_portal.lib.states import move_record, record_moves
from orders.choices import REFUND_MOVES, OrderStatus
from orders.drafts import ZERO, LineDraft, OrderDraft
from orders.models import LineComponent, LineDiscount, Order, OrderLine
from orders.operations.amounts import LineAmounts, OrderAmounts, amounts_of, refund_parts, refund_too_high
from orders.operations.facts import (
    buyer_key_of,
    hexed,
    phone_key_of,
    refund_status_of,
    review_due,
    sealed_buyer,
    ship_by,
)
from orders.operations.intercepting import follow_refunds
from orders.operations.moving import lock_orders
from orders.operations.refunded import RefundPart, differences, shares, write_refunds
from orders.operations.telling import REFUND_CHANGED, tell_orders
from orders.operations.writing import write_customers
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
    "customer_id",
    "buyer_sealed",
    "phone_key",
    "province",
    "city",
    "remark",
    "content_hash",
)
WORTH = ("discount_amount", "amount", "paid_amount", "receivable")
LINE_CHANGEABLE = (*WORTH, "refund_amount", "platform_line_number", "title", "is_gift")
BYTES = frozenset({"buyer_sealed", "phone_key", "content_hash"})
OVER = frozenset({OrderStatus.RECORDED, OrderStatus.COMPLETED, OrderStatus.CANCELLED})
IMPORT, UNDO = gettext_noop("import"), gettext_noop("undo")  # why a refund moved that nobody moved here


class LinesDiffer(Refused):
    """The order stands with other lines, for which stock is held."""

    code = "lines_differ"


class StandsOpen(Refused):
    """The order is worked here, and the sender says that it is over."""

    code = "stands_open"


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

    A blank takes nothing away: neither the payment, nor the buyer, nor a line's number. A refund is taken over
    where it is more than what stands and the refund table leads there; it then stands in the record.

    Refuses LinesDiffer (units, SKUs and prices of an order's lines don't change under the hands that pick them),
    StandsOpen, RefundTooHigh.
    """
    outcome: Outcome[Changed] = Outcome()
    if not drafts:
        return outcome
    orders = lock_orders(draft.order_id for draft in drafts)
    lines: dict[int, list[OrderLine]] = defaultdict(list)
    found = OrderLine.objects.filter(order__in=orders).order_by("order_id", "position")
    for line in found.prefetch_related("components", "discounts"):
        lines[line.order_id].append(line)
    changes: list[Change] = []
    for index, said in enumerate(drafts):
        change = change_of(orders[said.order_id], lines[said.order_id], said)
        if isinstance(change, Refused):
            outcome.refused.append((index, change))
        else:
            outcome.done.append(Changed(index, earlier(change.order, lines[said.order_id])))
            changes.append(change)
    customers = customers_of(changes, at=at)
    rows = [order_facts(change, customers, at=at) for change in changes]
    line_rows: list[dict[str, Any]] = []
    parts = Parts()
    for change in changes:
        for (line, line_said, worth), refunded in zip(change.lines, change.refunds, strict=True):
            line_rows.append(line_facts(change, line, line_said, worth, refunded))
            parts.replace(line, worth, [(part.amount, part.bearer) for part in line_said.discounts])
    update_rows(Order, (*CHANGEABLE, "review_by", "updated_at"), rows)
    update_rows(OrderLine, LINE_CHANGEABLE, line_rows)
    parts.write()
    record_refunds(
        [(change.order, change.refund_status) for change in changes if change.takes_refund],
        actor=actor,
        at=at,
        reason=IMPORT,
    )
    write_refunds([part for change in changes for part in change.refund_parts(at=at)], actor=actor)
    with_refund = [change.after_refund() for change in changes if change.takes_refund]
    follow_refunds(with_refund, at=at)
    tell_orders([(REFUND_CHANGED, [order.pk for order in with_refund])], actor=actor, at=at)
    days = {
        (change.order.shop_id, day)
        for change, row in zip(changes, rows, strict=True)
        for day in (change.order.placed_on, row["placed_on"])
    }
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
    back = [(orders[pk], str(before["order"]["refund_status"])) for pk, before in earlier_values.items()]
    record_refunds(
        [(order, there) for order, there in back if order.refund_status != there],
        actor=actor,
        at=at,
        reason=UNDO,
    )
    update_rows(
        Order,
        (*CHANGEABLE, "review_by", "updated_at"),
        [
            {
                "id": order_id,
                **before["order"],
                "review_by": text(orders[order_id].review_by) if before["order"]["paid_at"] else None,
                "updated_at": at,
            }
            for order_id, before in earlier_values.items()
        ],
    )
    was = {line["id"]: line for before in earlier_values.values() for line in before["lines"]}
    lines = list(OrderLine.objects.filter(pk__in=was).prefetch_related("components", "discounts"))
    update_rows(
        OrderLine,
        LINE_CHANGEABLE,
        [{"id": pk, **{name: line[name] for name in LINE_CHANGEABLE}} for pk, line in was.items()],
    )
    parts = Parts()
    for line in lines:
        worth = LineAmounts(*(Decimal(was[line.pk][name]) for name in WORTH))
        discounts = [(Decimal(amount), bearer) for amount, bearer in was[line.pk]["discounts"]]
        parts.replace(line, worth, discounts)
    parts.write()
    write_refunds(refunds_back(orders, lines, earlier_values, at=at), actor=actor)
    if days:
        orders_changed.send(Order, days=days, actor=actor, at=at)


def refunds_back(
    orders: Mapping[int, Order],
    lines: Sequence[OrderLine],
    earlier_values: Mapping[int, Mapping[str, Any]],
    *,
    at: datetime,
) -> list[RefundPart]:
    """Return what is to be noted so that the refunds are again as they were."""
    lines_of: dict[int, list[OrderLine]] = defaultdict(list)
    for line in lines:
        lines_of[line.order_id].append(line)
    found: list[RefundPart] = []
    for pk, before in earlier_values.items():
        was = {line["id"]: Decimal(line["refund_amount"]) for line in before["lines"]}
        earlier_refund = Decimal(before["order"]["refund_amount"])
        standing = shares(
            orders[pk].refund_amount, [(line.position, line.refund_amount) for line in lines_of[pk]]
        )
        back = shares(earlier_refund, [(line.position, was[line.pk]) for line in lines_of[pk]])
        found += differences(pk, standing, back, at=at)
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """What an order becomes: each line with what is said of it, and where the refund stands afterwards."""

    order: Order
    said: ChangeDraft
    amounts: OrderAmounts
    lines: list[tuple[OrderLine, LineDraft, LineAmounts]]
    takes_refund: bool
    refund_status: str
    refund_amount: Decimal
    refunds: list[Decimal]  # of each line

    def after_refund(self) -> Order:
        """Return the order with its refund where the change leads it."""
        self.order.refund_status = self.refund_status
        return self.order

    def refund_parts(self, *, at: datetime) -> Iterator[RefundPart]:
        """Yield what is newly refunded, and what turns out not to be."""
        standing = [(line.position, line.refund_amount) for line, _said, _worth in self.lines]
        now = zip((position for position, _amount in standing), self.refunds, strict=True)
        order = self.order
        return differences(
            order.pk, shares(order.refund_amount, standing), shares(self.refund_amount, now), at=at
        )

    @property
    def keeps_payment(self) -> bool:
        """Tell whether the draft leaves blank when an order was paid that is paid."""
        return self.said.draft.paid_at is None and self.order.paid_at is not None


def change_of(order: Order, lines: Sequence[OrderLine], said: ChangeDraft) -> Change | Refused:
    """Return what a draft makes of an order, or why it may not."""
    draft = said.draft
    number = draft.platform_number
    if draft.fate == "recorded" and order.status not in OVER:
        return StandsOpen(_("%(number)s is being worked here; it is not taken as over."), number=number)
    places = places_of(lines, draft.lines)
    if places is None:
        detail = _("%(number)s stands with other lines; cancel it first, then send it under a new number.")
        return LinesDiffer(detail, number=number)
    amounts = amounts_of(draft)
    refund = draft.refund_amount
    status = refund_status_of(draft, amounts.total).value
    legal = status == order.refund_status or REFUND_MOVES.find(order.refund_status, status) is not None
    takes_refund = refund > order.refund_amount and legal
    too_high = refund_too_high(number, max(refund, order.refund_amount), amounts.total)
    if too_high is not None:
        return too_high
    in_place = [
        (line, draft.lines[place], amounts.lines[place]) for line, place in zip(lines, places, strict=True)
    ]
    refunded = refund if takes_refund else order.refund_amount
    return Change(
        order,
        said,
        amounts,
        in_place,
        takes_refund,
        status if takes_refund else order.refund_status,
        refunded,
        refunds_on_lines(order, draft, in_place, refunded, told=takes_refund),
    )


def refunds_on_lines(
    order: Order,
    draft: OrderDraft,
    lines: Sequence[tuple[OrderLine, LineDraft, LineAmounts]],
    refund: Decimal,
    *,
    told: bool,
) -> list[Decimal]:
    """Return what of ``refund`` falls on each line: as the sender tells it, where he does, else as it stood."""
    if not refund:
        return [ZERO] * len(lines)
    standing = [line.refund_amount for line, _said, _worth in lines]
    said = [line_said.refund_amount for _line, line_said, _worth in lines]
    by_sender = told and any(said)
    return refund_parts(
        refund,
        [worth.amount for _line, _said, worth in lines],
        said if by_sender else standing,
        freight=draft.freight,
        on_freight=ZERO if by_sender else order.refund_amount - sum(standing, ZERO),
    )


def places_of(lines: Sequence[OrderLine], said: Sequence[LineDraft]) -> list[int] | None:
    """Return which of the draft's lines each standing line is, or None where they are other goods.

    Lines are known by the platform's number where all have one of their own, else by SKU, units and price.
    """
    numbers = [line.platform_line_number for line in lines]
    place_of = {line.platform_line_number: place for place, line in enumerate(said)}
    by_number = "" not in place_of and len(place_of) == len(said) and sorted(numbers) == sorted(place_of)
    if by_number:
        places = [place_of[number] for number in numbers]
        same = all(goods(line) == goods(said[place]) for line, place in zip(lines, places, strict=True))
        return places if same else None
    waiting: dict[tuple[str, int, Decimal], list[int]] = defaultdict(list)
    for place, line in reversed(list(enumerate(said))):
        waiting[goods(line)].append(place)
    if len(lines) != len(said) or Counter(map(goods, lines)) != Counter(map(goods, said)):
        return None
    return [waiting[goods(line)].pop() for line in lines]


def goods(line: OrderLine | LineDraft) -> tuple[str, int, Decimal]:
    """Return what is bought: its code, how many, at what price."""
    return line.sku_code, line.units, line.unit_price


def customers_of(changes: Sequence[Change], *, at: datetime) -> dict[int, int]:
    """Return the customer of each order of which the sender says who bought it, by the order's id.

    A telephone alone does not take the place of a buyer who is known.
    """
    keys: dict[int, tuple[int, bytes]] = {}
    names: dict[tuple[int, bytes], str] = {}
    for change in changes:
        buyer = change.said.draft.buyer
        key = buyer_key_of(buyer)
        if key is not None and (buyer.platform_id or change.order.customer_id is None):
            keys[change.order.pk] = (change.order.shop_id, key)
            names.setdefault((change.order.shop_id, key), buyer.name)
    ids = write_customers(names, at=at)
    return {order_id: ids[key] for order_id, key in keys.items()}


def order_facts(change: Change, customers: Mapping[int, int], *, at: datetime) -> dict[str, Any]:
    """Return the order's row as the draft has it."""
    order, draft, amounts = change.order, change.said.draft, change.amounts
    buyer = draft.buyer
    promised = order.ship_by
    if draft.paid_at and not promised and order.status != OrderStatus.RECORDED:
        promised = ship_by(draft)
    review_by = order.review_by
    if draft.paid_at and not order.paid_at and order.status == OrderStatus.CREATED:
        review_by = review_due(draft.shop, at)
    return {
        "id": order.pk,
        "paid_at": draft.paid_at or order.paid_at,
        "review_by": review_by,
        "placed_at": draft.placed_at,
        "placed_on": draft.placed_at.astimezone(draft.shop.zone).date(),
        "ship_by": promised,
        "goods_amount": amounts.goods,
        "discount_amount": amounts.discount,
        "freight": draft.freight,
        "total": amounts.total,
        "paid_amount": order.paid_amount if change.keeps_payment else amounts.paid,
        "receivable": amounts.receivable,
        "refund_amount": change.refund_amount,
        "refund_status": change.refund_status,
        "customer_id": customers.get(order.pk, order.customer_id),
        "buyer_sealed": hexed(sealed_buyer(draft) or as_bytes(order.buyer_sealed)),
        "phone_key": hexed(phone_key_of(buyer) or as_bytes(order.phone_key)),
        "province": buyer.province,
        "city": buyer.city,
        "remark": draft.remark,
        "content_hash": hexed(change.said.content_hash),
        "updated_at": at,
    }


def line_facts(
    change: Change, line: OrderLine, said: LineDraft, worth: LineAmounts, refunded: Decimal
) -> dict[str, Any]:
    """Return a line's row as the draft has it."""
    return {
        "id": line.pk,
        "discount_amount": worth.discount,
        "amount": worth.amount,
        "paid_amount": line.paid_amount if change.keeps_payment else worth.paid,
        "receivable": worth.receivable,
        "refund_amount": refunded,
        "platform_line_number": said.platform_line_number or line.platform_line_number,
        "title": said.title or line.title,
        "is_gift": said.is_gift,
    }


def record_refunds(
    moves: Sequence[tuple[Order, str]], *, actor: Principal, at: datetime, reason: str
) -> None:
    """Write which refunds moved, from where the orders stand to where they are led."""
    record_moves(
        [
            move_record(
                REFUND_MOVES.kind, order.number, order.refund_status, there, actor=actor, at=at, reason=reason
            )
            for order, there in moves
        ]
    )


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
