"""One lock order for the house: each operation's locks are recorded and held against the table in the docs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from catalog.choices import OWN, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import StockDocument
from catalog.operations.documents import post_stock_documents, receive_transfers, undo_stock_documents
from ops_portal.lib.numbers import take_gapless
from orders.choices import OrderStatus, RefundStatus
from orders.drafts import RefundDraft, ShipmentDraft
from orders.models import Order
from orders.operations import moving
from orders.operations.placing import place_orders, take_in_orders
from orders.operations.refunding import move_refunds
from orders.operations.undoing import undo_orders
from orders.operations.waiting import serve_waiting_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive

pytestmark = pytest.mark.django_db

NOTED = re.compile(r"^\| (\d+) \| [^|]+ \| `(\w+)` \|$", re.MULTILINE)
LOCK_ORDER = [
    table
    for _rank, table in NOTED.findall((Path(settings.BASE_DIR) / "docs" / "architecture.md").read_text())
]
LOCKS = (
    re.compile(r'\bFROM "?(\w+)"?(?: \w+)?\s.*FOR (?:NO KEY )?UPDATE', re.DOTALL),
    re.compile(r'^UPDATE "?(\w+)"?'),
    re.compile(r'^INSERT INTO "?(\w+)"? .*ON CONFLICT \(\w+\) DO UPDATE', re.DOTALL),
)


def tables_locked(sql: str) -> list[str]:
    """Return the tables of the lock order in which one statement locks rows that stood before it."""
    text = sql.strip()
    if "catalog_post_movements" in text:
        return ["catalog_stock"]
    found = [match.group(1) for pattern in LOCKS if (match := pattern.search(text))]
    return [table for table in found if table in LOCK_ORDER]


def record(act: Callable[[], object]) -> list[str]:
    """Return the tables that ``act`` locks, each at its first lock."""
    taken: list[str] = []

    def watch(execute, sql, params, many, context):
        taken.extend(table for table in tables_locked(sql) if table not in taken)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        act()
    return taken


@pytest.fixture
def house():
    north, south = make_warehouse("NORTH"), make_warehouse("SOUTH")
    skus = [make_sku("A"), make_sku("D", tracks_batches=True)]
    receive(skus[0], 50, warehouse=north)
    receive(skus[1], 50, warehouse=north, batch="B1")
    return north, south, skus, make_shop("S1")


def line(sku, place, way, units=1):
    batch = "B1" if sku.tracks_batches else ""
    return StockLineDraft(sku.pk, place.pk, OWN, units, *way, batch_code=batch)


def placed(house, status: OrderStatus = OrderStatus.CREATED) -> int:
    _north, _south, skus, shop = house
    pk = place_orders([order_draft(shop, (skus[0], 1), (skus[1], 1))], actor=ACTOR, at=NOON).one().id
    course = [
        (OrderStatus.REVIEWED, lambda: moving.review_orders([pk], actor=ACTOR, at=NOON)),
        (OrderStatus.PICKED, lambda: moving.pick_orders([pk], actor=ACTOR, at=NOON)),
        (OrderStatus.PACKED, lambda: moving.pack_orders([pk], actor=ACTOR, at=NOON)),
        (
            OrderStatus.SHIPPED,
            lambda: moving.ship_orders([ShipmentDraft(pk, "SF", f"W{pk}")], actor=ACTOR, at=NOON),
        ),
        (OrderStatus.DELIVERED, lambda: moving.deliver_orders([pk], actor=ACTOR, at=NOON)),
    ]
    for reached, step in course:
        if Order.objects.get(pk=pk).status == status:
            break
        step()
        assert Order.objects.get(pk=pk).status == reached
    return pk


S = OrderStatus
SCENES: dict[str, tuple[Callable, list[str]]] = {
    "place_orders": (lambda h: lambda: placed(h), ["catalog_stock", "catalog_batchstock"]),
    "take_in_orders": (
        lambda h: lambda: take_in_orders([order_draft(h[3], (h[2][1], 99))], actor=ACTOR, at=NOON),
        ["catalog_stock", "catalog_batchstock"],
    ),
    "review_orders": (
        lambda h: (lambda pk: lambda: moving.review_orders([pk], actor=ACTOR, at=NOON))(placed(h)),
        ["orders_order"],
    ),
    "ship_orders": (
        lambda h: (
            lambda pk: lambda: moving.ship_orders([ShipmentDraft(pk, "SF", "W")], actor=ACTOR, at=NOON)
        )(placed(h, S.PACKED)),
        ["orders_order", "catalog_reservation", "catalog_stock"],
    ),
    "complete_orders": (
        lambda h: (lambda pk: lambda: moving.complete_orders([pk], actor=ACTOR, at=NOON))(
            placed(h, S.DELIVERED)
        ),
        ["orders_order", "catalog_reservation", "catalog_stock"],
    ),
    "cancel_orders": (
        lambda h: (lambda pk: lambda: moving.cancel_orders([pk], actor=ACTOR, at=NOON))(placed(h)),
        ["orders_order", "catalog_reservation", "catalog_stock"],
    ),
    "move_refunds": (
        lambda h: (
            lambda pk: (
                lambda: move_refunds(
                    [RefundDraft(pk, RefundStatus.REQUESTED, order_draft(h[3]).freight)], actor=ACTOR, at=NOON
                )
            )
        )(placed(h)),
        ["orders_order"],
    ),
    "undo_orders": (
        lambda h: (lambda pk: lambda: undo_orders([pk], actor=ACTOR, at=NOON))(placed(h)),
        ["orders_order", "catalog_reservation", "catalog_stock"],
    ),
    "serve_waiting_orders": (
        lambda h: (lambda _short, _came: lambda: serve_waiting_orders(actor=ACTOR, at=NOON))(
            take_in_orders([order_draft(h[3], (h[2][1], 99))], actor=ACTOR, at=NOON),
            receive(h[2][1], 99, warehouse=h[0], batch="B1"),
        ),
        ["orders_order", "catalog_stock", "catalog_batchstock"],
    ),
    "post_stock_documents": (
        lambda h: (
            lambda: post_stock_documents(
                [
                    StockDocumentDraft(
                        StockDocumentKind.ADJUSTMENT,
                        (line(h[2][1], h[0], (StockState.AVAILABLE, StockState.DAMAGED)),),
                    )
                ],
                actor=ACTOR,
                at=NOON,
            )
        ),
        ["catalog_stock"],
    ),
    "receive_transfers": (
        lambda h: (lambda sent: lambda: receive_transfers(sent, actor=ACTOR, at=NOON))(
            post_stock_documents(
                [
                    StockDocumentDraft(
                        StockDocumentKind.TRANSFER,
                        (line(h[2][1], h[0], (StockState.AVAILABLE, StockState.IN_TRANSIT)),),
                        to_warehouse_id=h[1].pk,
                    )
                ],
                actor=ACTOR,
                at=NOON,
            ).done
        ),
        ["catalog_stockdocument", "catalog_stock"],
    ),
    "undo_stock_documents": (
        lambda h: (
            lambda: undo_stock_documents(
                list(StockDocument.objects.filter(kind=StockDocumentKind.RECEIPT)), actor=ACTOR, at=NOON
            )
        ),
        ["catalog_stockdocument", "catalog_stock"],
    ),
    "take_gapless": (lambda h: lambda: take_gapless("statement"), ["lib_numberseries"]),
}


@pytest.mark.parametrize("name", SCENES)
def test_an_operation_locks_downwards(name, house):
    prepare, expected = SCENES[name]
    taken = record(prepare(house))
    assert taken == expected
    assert taken == sorted(taken, key=LOCK_ORDER.index)


def test_the_order_names_its_tables():
    assert len(LOCK_ORDER) == len(set(LOCK_ORDER)) >= 6
