"""Write new orders: the rows of a batch, in one statement a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import Model

from catalog.operations.reserving import ReservationItem
from catalog.queries.bundles import Component
from ops_portal.lib.money import share_out
from ops_portal.lib.principals import Principal
from ops_portal.lib.rows import as_json, insert_rows
from ops_portal.lib.sealing import seal
from ops_portal.lib.states import move_record
from orders.choices import ORDER_MOVES, OrderStatus
from orders.drafts import OrderDraft
from orders.models import Customer, LineComponent, LineDiscount
from orders.operations.facts import Facts, facts_of, hexed, moment, review_due
from orders.operations.refunded import RefundPart, differences, shares, write_refunds
from orders.operations.telling import ANYBODY_LISTENS

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
    facts: Facts
    sku_ids: list[int | None]
    bundles: dict[int, list[Component]]
    status: OrderStatus = OrderStatus.CREATED
    warehouse_id: int | None = None
    missing: Sequence[Mapping[str, Any]] = ()  # of a short one: each SKU, how much was wanted and available

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


def prepare(
    index: int,
    draft: OrderDraft,
    identity: Identity,
    digest: bytes,
    skus: dict[str, SkuFacts],
    components: dict[int, list[Component]],
) -> NewOrder:
    """Return a new order with its codes looked up."""
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
        facts=facts_of(draft, digest),
        sku_ids=[known[0] if known else None for known in facts],
        bundles=bundles,
    )


def write_orders(orders: Sequence[NewOrder], *, actor: Principal, at: datetime) -> bool:
    """Write ``orders`` with buyers, lines, components, discounts and births; tell whether anybody listens to events.

    Raises NumberTaken on a lost race.

    The function ``orders_write_orders`` stands in a migration: as text, its statements would cost more to plan than
    to run for a single order.
    """
    births = [
        move_record(ORDER_MOVES.kind, order.number, "", order.status.value, actor=actor, at=at)
        for order in orders
    ]
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT orders_write_orders(%s::json, %s::json, %s::json, %s::json, %s), {ANYBODY_LISTENS}",
                [customers_json(orders), orders_json(orders, at=at), lines_json(orders), as_json(births), at],
            )
            _written, is_heard = cursor.fetchone()
    except IntegrityError as error:
        if "order_once" in str(error):
            raise NumberTaken from error
        raise
    write_parts(orders)
    refunded = [order for order in orders if order.draft.refund_amount]
    write_refunds([part for order in refunded for part in refund_parts_of(order, at=at)], actor=actor)
    return bool(is_heard)


def refund_parts_of(order: NewOrder, *, at: datetime) -> Iterator[RefundPart]:
    """Yield what comes in as refunded. Nobody tells when that was: of an order that is over, when it was paid."""
    draft = order.draft
    when = (draft.paid_at or draft.placed_at) if draft.fate == "recorded" else at
    refunded = shares(draft.refund_amount, enumerate(order.facts.refunds, start=1))
    return differences(order.id, {}, refunded, at=when)


def orders_json(orders: Sequence[NewOrder], *, at: datetime) -> str:
    """Return orders as JSON, with the clock of the review started for those that can be reviewed."""
    rows = []
    for order in orders:
        is_due = order.status == OrderStatus.CREATED and order.draft.paid_at is not None
        review_by = moment(review_due(order.draft.shop, at) if is_due else None)
        rows.append(
            f'{{{order.facts.order_cells},"id":{order.id},"number":"{order.number}",'
            f'"status":"{order.status.value}","review_by":{review_by},'
            f'"warehouse_id":{order.warehouse_id or "null"},"created_at":"{at}","updated_at":"{at}"}}'
        )
    return f"[{','.join(rows)}]"


def customers_json(orders: Sequence[NewOrder]) -> str:
    """Return who bought which order as JSON; orders of which the platform doesn't tell are left out."""
    return as_json(
        [
            {
                "order_id": order.id,
                **customer_row(order.draft.shop.pk, order.facts.buyer_key, order.draft.buyer.name),
            }
            for order in orders
            if order.facts.buyer_key
        ]
    )


def customer_row(shop_id: int, buyer_key: bytes, name: str) -> dict[str, Any]:
    """Return the row of a customer who may come for the first time."""
    return {"shop_id": shop_id, "buyer_key": hexed(buyer_key), "sealed": hexed(seal({"name": name}))}


def write_customers(buyers: Mapping[tuple[int, bytes], str], *, at: datetime) -> dict[tuple[int, bytes], int]:
    """Return the ids of customers, named by (shop, key), with those created who come for the first time."""
    if not buyers:
        return {}
    rows = [
        customer_row(shop_id, key, name) | {"created_at": at}
        for (shop_id, key), name in sorted(buyers.items())
    ]
    insert_rows(Customer, rows, on_conflict="DO NOTHING")
    found = Customer.objects.filter(
        shop_id__in={shop_id for shop_id, _key in buyers}, buyer_key__in=[key for _shop_id, key in buyers]
    )
    return {(shop_id, bytes(key)): pk for pk, shop_id, key in found.values_list("pk", "shop_id", "buyer_key")}


def lines_json(orders: Sequence[NewOrder]) -> str:
    """Return the lines of orders as JSON."""
    return "[{}]".format(
        ",".join(
            f'{{{cells},"order_id":{order.id},"sku_id":{sku_id or "null"}}}'
            for order in orders
            for cells, sku_id in zip(order.facts.line_cells, order.sku_ids, strict=True)
        )
    )


def write_parts(orders: Sequence[NewOrder]) -> None:
    """Write discounts by bearer, and components of bundles with their shares of the line's amount."""
    discounts: list[dict[str, Any]] = []
    components: list[dict[str, Any]] = []
    for order in orders:
        for position, (line, worth) in enumerate(
            zip(order.draft.lines, order.facts.amounts.lines, strict=True), start=1
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
    """Insert rows that hang on lines, which they name by order and position, in their sequence."""
    if not rows:
        return
    types = {field.column: field.db_type(connection) for field in model._meta.concrete_fields}
    given = ", ".join(f"{column} {types[column]}" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} (line_id, {', '.join(columns)})"
            f" SELECT l.id, {', '.join(f'r.{column}' for column in columns)}"
            f" FROM ROWS FROM (json_to_recordset(%s) AS (order_id bigint, position int, {given}))"
            f" WITH ORDINALITY AS r(order_id, position, {', '.join(columns)}, place)"
            " JOIN orders_orderline l ON l.order_id = r.order_id AND l.position = r.position"
            " ORDER BY r.place",
            [as_json(rows)],
        )
