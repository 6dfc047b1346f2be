"""Write new orders: the rows of a batch, in one statement a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import Model

from catalog.operations.reserving import ReservationItem
from catalog.queries.bundles import Component
from ops_portal.lib.models import StateMove
from ops_portal.lib.money import share_out
from ops_portal.lib.principals import Principal
from ops_portal.lib.rows import as_json, recordset
from ops_portal.lib.sealing import seal
from ops_portal.lib.states import move_record
from orders.choices import ORDER_MOVES, OrderStatus
from orders.drafts import OrderDraft
from orders.models import Customer, LineComponent, LineDiscount, Order, OrderLine
from orders.operations.facts import LINE_CELLS, ORDER_CELLS, Facts, facts_of, hexed, moment

SkuFacts = tuple[int, bool]  # id, is it a bundle?
Identity = tuple[int, str]  # id and number that a new order is to have
# What the cells of a draft don't say.
ORDER_ADDED = (
    "id",
    "number",
    "status",
    "review_by",
    "customer_id",
    "warehouse_id",
    "created_at",
    "updated_at",
)
LINE_ADDED = ("order_id", "sku_id")


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


def write_orders(orders: Sequence[NewOrder], *, actor: Principal, at: datetime) -> None:
    """Write ``orders`` with lines, components, discounts and their birth; raises NumberTaken on a lost race."""
    orders = sorted(orders, key=lambda order: (order.draft.shop.pk, order.draft.platform_number))
    customers = find_or_create_customers(orders, at=at)
    births = [
        move_record(ORDER_MOVES.kind, order.number, "", order.status.value, actor=actor, at=at)
        for order in orders
    ]
    try:
        insert_orders(orders, customers, births, at=at)
    except IntegrityError as error:
        if "order_once" in str(error):
            raise NumberTaken from error
        raise
    write_parts(orders)


def insert_orders(
    orders: Sequence[NewOrder],
    customers: dict[tuple[int, bytes], int],
    births: Sequence[dict[str, Any]],
    *,
    at: datetime,
) -> None:
    """Insert orders, their lines and their births in one statement, put together from cells written before."""
    tables = (
        (Order, (*ORDER_CELLS, *ORDER_ADDED)),
        (OrderLine, (*LINE_CELLS, *LINE_ADDED)),
        (StateMove, tuple(births[0])),
    )
    parts = []
    for index, (model, columns) in enumerate(tables):
        names = ", ".join(f'"{column}"' for column in columns)
        parts.append(
            f't{index} AS (INSERT INTO "{model._meta.db_table}" ({names})'
            f" SELECT {names} FROM {recordset(model, columns)})"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {', '.join(parts)} SELECT 1",
            [orders_json(orders, customers, at=at), lines_json(orders), as_json(births)],
        )


def orders_json(orders: Sequence[NewOrder], customers: dict[tuple[int, bytes], int], *, at: datetime) -> str:
    """Return orders as the parameter of a ``recordset``, with the clock of the review started."""
    rows = []
    for order in orders:
        shop, key = order.draft.shop, order.facts.buyer_key
        is_open = order.draft.fate == "open"
        review_by = moment(at + timedelta(minutes=shop.review_minutes) if is_open else None)
        rows.append(
            f'{{{order.facts.order_cells},"id":{order.id},"number":"{order.number}",'
            f'"status":"{order.status.value}","review_by":{review_by},'
            f'"customer_id":{customers[shop.pk, key] if key else "null"},'
            f'"warehouse_id":{order.warehouse_id or "null"},"created_at":"{at}","updated_at":"{at}"}}'
        )
    return f"[{','.join(rows)}]"


def lines_json(orders: Sequence[NewOrder]) -> str:
    """Return the lines of orders as the parameter of a ``recordset``."""
    return "[{}]".format(
        ",".join(
            f'{{{cells},"order_id":{order.id},"sku_id":{sku_id or "null"}}}'
            for order in orders
            for cells, sku_id in zip(order.facts.line_cells, order.sku_ids, strict=True)
        )
    )


def find_or_create_customers(orders: Sequence[NewOrder], *, at: datetime) -> dict[tuple[int, bytes], int]:
    """Return the id of each buyer by (shop, key), creating those who come for the first time."""
    wanted: dict[tuple[int, bytes], OrderDraft] = {}
    for order in orders:
        key = order.facts.buyer_key
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
