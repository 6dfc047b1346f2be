"""Write new orders: the rows of a batch, in one statement a table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection
from django.db.models import Model

from catalog.operations.reserving import ReservationItem
from catalog.queries.bundles import Component
from ops_portal.lib.models import StateMove
from ops_portal.lib.money import share_out
from ops_portal.lib.principals import Principal
from ops_portal.lib.rows import as_json, insert_all
from ops_portal.lib.sealing import blind_index, seal
from ops_portal.lib.states import move_record
from orders.choices import ORDER_MOVES, OrderStatus, RefundStatus
from orders.drafts import OrderDraft
from orders.models import Customer, LineComponent, LineDiscount, Order, OrderLine
from orders.operations.amounts import OrderAmounts, amounts_of

SkuFacts = tuple[int, bool]  # id, is it a bundle?
Identity = tuple[int, str]  # id and number that a new order is to have


class NumberTaken(Exception):  # noqa: N818 - never leaves the operation
    """Somebody else wrote one of the batch's platform numbers first; look again and start over."""


@dataclass(slots=True)
class NewOrder:
    """A draft on its way to the tables: what it is worth, what its codes mean, and what became of its stock."""

    index: int
    draft: OrderDraft
    id: int
    number: str
    content_hash: bytes
    amounts: OrderAmounts
    sku_ids: list[int | None]
    bundles: dict[int, list[Component]]
    status: OrderStatus = OrderStatus.CREATED
    warehouse_id: int | None = None
    placed_on: date = field(init=False)

    def __post_init__(self) -> None:
        self.placed_on = self.draft.placed_at.astimezone(self.draft.shop.zone).date()

    @property
    def unmapped(self) -> list[str]:
        """Return the codes that the catalogue doesn't know."""
        return [
            line.sku_code
            for line, sku_id in zip(self.draft.lines, self.sku_ids, strict=True)
            if sku_id is None
        ]

    def reservation_items(self) -> tuple[ReservationItem, ...]:
        """Return what the lines take from stock; a bundle's components in its place."""
        items = []
        for position, (line, sku_id) in enumerate(zip(self.draft.lines, self.sku_ids, strict=True), start=1):
            assert sku_id is not None  # noqa: S101 - unmapped orders are not reserved
            if position in self.bundles:
                items += [
                    ReservationItem(position, part.sku_id, part.units * line.units)
                    for part in self.bundles[position]
                ]
            else:
                items.append(ReservationItem(position, sku_id, line.units))
        return tuple(items)


def content_hash(draft: OrderDraft) -> bytes:
    """Return a keyed hash of all that the sender said, by which the same order is known again."""
    buyer = draft.buyer
    content = (
        draft.placed_at.timestamp(),
        draft.paid_at and draft.paid_at.timestamp(),
        (
            buyer.platform_id,
            buyer.name,
            buyer.phone,
            buyer.province,
            buyer.city,
            buyer.district,
            buyer.address,
        ),
        minor(draft.freight),
        minor(draft.goods_amount),
        minor(draft.refund_amount),
        draft.remark,
        draft.fate,
        [
            (
                line.sku_code,
                line.units,
                minor(line.unit_price),
                minor(line.paid_amount),
                minor(line.refund_amount),
                line.platform_line_number,
                line.is_gift,
                [(minor(part.amount), part.bearer) for part in line.discounts],
            )
            for line in draft.lines
        ],
    )
    key = settings.BLIND_INDEX_KEY.encode()[:64]
    return hashlib.blake2b(repr(content).encode(), digest_size=32, key=key).digest()


def minor(amount: Decimal | None) -> int | None:
    """Return an amount in cents, so that 9.9 and 9.90 are the same."""
    return None if amount is None else int(amount * 100)


def prepare(
    index: int,
    draft: OrderDraft,
    identity: Identity,
    digest: bytes,
    skus: dict[str, SkuFacts],
    components: dict[int, list[Component]],
) -> NewOrder:
    """Return a new order with its codes looked up and its amounts added up."""
    facts = [skus.get(line.sku_code) for line in draft.lines]
    bundles = {
        position: components[known[0]]
        for position, known in enumerate(facts, start=1)
        if known and known[1] and known[0] in components
    }
    return NewOrder(
        index=index,
        draft=draft,
        id=identity[0],
        number=identity[1],
        content_hash=digest,
        amounts=amounts_of(draft),
        sku_ids=[known[0] if known else None for known in facts],
        bundles=bundles,
    )


def write_orders(orders: Sequence[NewOrder], *, actor: Principal, at: datetime) -> None:
    """Write ``orders`` with lines, components, discounts and their birth; raises NumberTaken on a lost race."""
    orders = sorted(orders, key=lambda order: (order.draft.shop.pk, order.draft.platform_number))
    customers = find_or_create_customers(orders, at=at)
    births = [
        move_record(ORDER_MOVES.kind, order.number, "", order.status.value, actor=actor, at=at)
        for order in orders
    ]
    try:
        insert_all(
            [
                (Order, [order_row(order, customers, at=at) for order in orders]),
                (OrderLine, line_rows(orders)),
                (StateMove, births),
            ]
        )
    except IntegrityError as error:
        if "order_once" in str(error):
            raise NumberTaken from error
        raise
    write_parts(orders)


def order_row(order: NewOrder, customers: dict[tuple[int, bytes], int], *, at: datetime) -> dict[str, Any]:
    """Return an order as a row, with the platform's clock started where it is to be worked."""
    draft, amounts, shop = order.draft, order.amounts, order.draft.shop
    is_open = draft.fate == "open"
    buyer = draft.buyer
    key = buyer_key(draft)
    return {
        "id": order.id,
        "number": order.number,
        "shop_id": shop.pk,
        "platform_number": draft.platform_number,
        "status": order.status.value,
        "refund_status": refund_status_of(draft, amounts.total).value,
        "placed_at": draft.placed_at,
        "placed_on": order.placed_on,
        "paid_at": draft.paid_at,
        "review_by": at + timedelta(minutes=shop.review_minutes) if is_open else None,
        "ship_by": draft.paid_at + timedelta(hours=shop.ship_hours) if is_open and draft.paid_at else None,
        "currency": shop.currency,
        "goods_amount": amounts.goods,
        "discount_amount": amounts.discount,
        "freight": draft.freight,
        "total": amounts.total,
        "paid_amount": amounts.paid,
        "receivable": amounts.receivable,
        "refund_amount": draft.refund_amount,
        "customer_id": customers[shop.pk, key] if key else None,
        "buyer_sealed": hexed(sealed_buyer(draft)),
        "phone_key": hexed(blind_index(buyer.phone, "phone")) if buyer.phone else None,
        "province": buyer.province,
        "city": buyer.city,
        "remark": draft.remark,
        "warehouse_id": order.warehouse_id,
        "touches_stock": is_open and bool(draft.lines),
        "content_hash": hexed(order.content_hash),
        "created_at": at,
        "updated_at": at,
    }


def refund_status_of(draft: OrderDraft, total: Decimal) -> RefundStatus:
    """Return where on the refund axis an order stands that comes in with ``refund_amount``."""
    if not draft.refund_amount:
        return RefundStatus.NONE
    return RefundStatus.FULLY if draft.refund_amount >= total else RefundStatus.PARTLY


def hexed(data: bytes | None) -> str | None:
    """Return bytes as PostgreSQL reads them in text."""
    return None if data is None else "\\x" + data.hex()


def sealed_buyer(draft: OrderDraft) -> bytes | None:
    """Seal what names or locates the person; province and city stay readable for the figures."""
    buyer = draft.buyer
    if not (buyer.name or buyer.phone or buyer.address or buyer.district):
        return None
    return seal(
        {"name": buyer.name, "phone": buyer.phone, "district": buyer.district, "address": buyer.address}
    )


def buyer_key(draft: OrderDraft) -> bytes | None:
    """Return the blind index by which a buyer is known again: the platform's id, else the phone, else nothing."""
    if draft.buyer.platform_id:
        return blind_index(draft.buyer.platform_id, "buyer")
    return blind_index(draft.buyer.phone, "phone") if draft.buyer.phone else None


def find_or_create_customers(orders: Sequence[NewOrder], *, at: datetime) -> dict[tuple[int, bytes], int]:
    """Return the id of each buyer by (shop, key), creating those who come for the first time."""
    wanted: dict[tuple[int, bytes], OrderDraft] = {}
    for order in orders:
        key = buyer_key(order.draft)
        if key:
            wanted[order.draft.shop.pk, key] = order.draft
    if not wanted:
        return {}
    given = "json_to_recordset(%s) AS r(shop_id bigint, buyer_key bytea, sealed bytea)"
    rows = as_json(
        [
            {"shop_id": shop, "buyer_key": hexed(key), "sealed": hexed(seal({"name": draft.buyer.name}))}
            for (shop, key), draft in sorted(wanted.items(), key=lambda pair: pair[0])
        ]
    )
    table = Customer._meta.db_table
    found: dict[tuple[int, bytes], int] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH r AS MATERIALIZED (SELECT * FROM {given}), born AS ("
            f" INSERT INTO {table} (shop_id, buyer_key, sealed, created_at) SELECT shop_id, buyer_key, sealed, %s"
            " FROM r ON CONFLICT DO NOTHING RETURNING id, shop_id, buyer_key)"
            " SELECT id, shop_id, buyer_key FROM born UNION ALL"
            f" SELECT c.id, c.shop_id, c.buyer_key FROM {table} c JOIN r USING (shop_id, buyer_key)",
            [rows, at],
        )
        for pk, shop_id, key in cursor.fetchall():
            found[shop_id, bytes(key)] = pk
        if len(found) != len(wanted):  # somebody else created one meanwhile; it is visible to a new statement
            cursor.execute(
                f"SELECT c.id, c.shop_id, c.buyer_key FROM {table} c JOIN {given} USING (shop_id, buyer_key)",
                [rows],
            )
            for pk, shop_id, key in cursor.fetchall():
                found[shop_id, bytes(key)] = pk
    return found


def line_rows(orders: Sequence[NewOrder]) -> list[dict[str, Any]]:
    """Return the lines of ``orders`` as rows."""
    return [
        {
            "order_id": order.id,
            "position": position,
            "sku_id": sku_id,
            "sku_code": line.sku_code,
            "title": line.title,
            "units": line.units,
            "unit_price": line.unit_price,
            "discount_amount": worth.discount,
            "amount": worth.amount,
            "paid_amount": worth.paid,
            "receivable": worth.receivable,
            "refund_amount": line.refund_amount,
            "platform_line_number": line.platform_line_number,
            "is_gift": line.is_gift,
        }
        for order in orders
        for position, (line, worth, sku_id) in enumerate(
            zip(order.draft.lines, order.amounts.lines, order.sku_ids, strict=True), start=1
        )
    ]


def write_parts(orders: Sequence[NewOrder]) -> None:
    """Write discounts by bearer, and components of bundles with their shares of the line's amount."""
    discounts: list[dict[str, Any]] = []
    components: list[dict[str, Any]] = []
    for order in orders:
        for position, (line, worth) in enumerate(
            zip(order.draft.lines, order.amounts.lines, strict=True), start=1
        ):
            place = {"order_id": order.id, "position": position}
            discounts += [place | {"amount": part.amount, "bearer": part.bearer} for part in line.discounts]
            parts = order.bundles.get(position, [])
            shares = share_out(worth.amount, [part.price_share for part in parts]) if parts else []
            components += [
                place | {"sku_id": part.sku_id, "units": part.units * line.units, "amount": share}
                for part, share in zip(parts, shares, strict=True)
            ]
    insert_on_lines(LineDiscount, ("amount", "bearer"), discounts)
    insert_on_lines(LineComponent, ("sku_id", "units", "amount"), components)


def insert_on_lines(model: type[Model], columns: tuple[str, ...], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that hang on lines, which they name by order and position."""
    if not rows:
        return
    types = {field.column: field.db_type(connection) for field in model._meta.concrete_fields}
    given = ", ".join(f"{column} {types[column]}" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} (line_id, {', '.join(columns)})"
            f" SELECT l.id, {', '.join(f'r.{column}' for column in columns)}"
            f" FROM json_to_recordset(%s) AS r(order_id bigint, position int, {given})"
            " JOIN orders_orderline l ON l.order_id = r.order_id AND l.position = r.position",
            [as_json(rows)],
        )
