"""The audit finds 50 of 50 corruptions, each one raw INSERT, UPDATE or DELETE."""

from __future__ import annotations

import random
from datetime import date

import pytest
from django.db import connection, transaction

from catalog.queries.audit import audit_stock
from orders.drafts import ShipmentDraft
from orders.operations.moving import (
    cancel_orders,
    complete_orders,
    deliver_orders,
    pack_orders,
    pick_orders,
    review_orders,
    ship_orders,
)
from orders.operations.placing import place_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive

pytestmark = pytest.mark.django_db

SOME = "(SELECT id FROM {} ORDER BY md5(id::text || '{}') LIMIT 1)"
CORRUPTIONS = [
    "UPDATE catalog_stock SET available = available + 1 WHERE id = {stock}",
    "UPDATE catalog_stock SET reserved = reserved + 2 WHERE id = {stock}",
    "DELETE FROM catalog_stock WHERE id = {stock}",
    "INSERT INTO catalog_stock (sku_id, warehouse_id, owner, available)"
    " SELECT sku_id, warehouse_id, 'GHOST', 3 FROM catalog_stock WHERE id = {stock}",
    "UPDATE catalog_batchstock SET available = available + 1 WHERE id = {batchstock}",
    "DELETE FROM catalog_batchstock WHERE id = {batchstock}",
    "UPDATE catalog_stockmovement SET units = units + 1 WHERE id = {stockmovement}",
    "UPDATE catalog_stockmovement SET from_state = 'outside', to_state = 'damaged' WHERE id = {stockmovement}",
    "UPDATE catalog_stockmovement SET document_number = 'NOWHERE' WHERE id = {stockmovement}",
    "DELETE FROM catalog_stockmovement WHERE id = {stockmovement}",
    "INSERT INTO catalog_stockmovement (stock_id, units, from_state, to_state, reason, document_kind,"
    " document_number, actor, at, key) SELECT stock_id, 1, 'outside', 'available', '', document_kind,"
    " document_number, 'x', at, 'forged' FROM catalog_stockmovement WHERE id = {stockmovement}",
    "UPDATE catalog_reservation SET units = units + 1 WHERE id = {held}",
    "UPDATE catalog_reservation SET status = 'released' WHERE id = {held}",
    "DELETE FROM catalog_reservation WHERE id = {held}",
    "INSERT INTO catalog_reservation (document_kind, document_number, item, stock_id, units, status, created_at,"
    " updated_at) SELECT 'order', 'GHOST', 1, id, 1, 'held', now(), now() FROM catalog_stock WHERE id = {stock}",
    "UPDATE orders_orderline SET units = units + 1, amount = amount + unit_price WHERE id = {worked}",
    "DELETE FROM orders_orderline WHERE id = {worked}",
    "UPDATE orders_order SET status = 'cancelled' WHERE id = {held_order}",
    "UPDATE orders_order SET status = 'shipped' WHERE id = {held_order}",
    "UPDATE orders_order SET touches_stock = false WHERE id = {held_order}",
    "DELETE FROM orders_order WHERE id = {held_order}",
    "UPDATE catalog_stockdocumentline SET units = units + 1 WHERE id = {stockdocumentline}",
    "DELETE FROM catalog_stockdocumentline WHERE id = {stockdocumentline}",
    "UPDATE catalog_stockdocumentline SET to_state = 'damaged' WHERE id = {stockdocumentline}",
    "UPDATE catalog_stockdocumentline SET stock_id = {ghost} WHERE id = {stockdocumentline}",
    "UPDATE catalog_stockdocument SET undone_at = now() WHERE id = {stockdocument}",
    "UPDATE catalog_stockdocument SET number = 'SD-OTHER' WHERE id = {stockdocument}",
    "UPDATE catalog_stockdocument SET kind = 'adjustment' WHERE id = {stockdocument}",
    "DELETE FROM catalog_stockdocument WHERE id = {stockdocument}",
    "UPDATE catalog_reservation SET status = 'sold' WHERE id = {shipped}",
    "UPDATE catalog_reservation SET status = 'released' WHERE id = {shipped}",
    "UPDATE catalog_reservation SET status = 'returning' WHERE id = {shipped}",
    "UPDATE catalog_reservation SET status = 'held' WHERE id = {shipped}",
    "UPDATE catalog_reservation SET status = 'vanished' WHERE id = {shipped}",
    "UPDATE catalog_reservation SET units = 999 WHERE id = {shipped}",
    "UPDATE catalog_reservation SET document_number = 'GHOST' WHERE id = {shipped}",
    "UPDATE catalog_reservation SET stock_id = {ghost} WHERE id = {shipped}",
    "UPDATE catalog_reservation SET batch_id = coalesce(batch_id, 0) + 1 WHERE id = {shipped}",
    "DELETE FROM catalog_reservation WHERE id = {shipped}",
    "UPDATE catalog_reservation SET status = 'shipped' WHERE id = {sold}",
    "DELETE FROM catalog_reservation WHERE id = {sold}",
    "UPDATE catalog_reservation SET status = 'held' WHERE id = {released}",
    "UPDATE catalog_reservation SET units = units + 1 WHERE id = {released}",
    "DELETE FROM catalog_reservation WHERE id = {released}",
    "INSERT INTO catalog_reservation (document_kind, document_number, item, stock_id, units, status, created_at,"
    " updated_at) SELECT 'order', 'GHOST', 1, id, 1, 'released', now(), now() FROM catalog_stock"
    " WHERE id = {stock}",
    "UPDATE catalog_stockmovement SET key = 'reservation:0:shipped' WHERE id = {promise}",
    "UPDATE catalog_stockmovement SET key = key || ':again' WHERE id = {promise}",
    "UPDATE catalog_stockmovement SET stock_id = {ghost} WHERE id = {promise}",
    "UPDATE catalog_stockmovement SET batch_id = NULL WHERE id = {dated}",
    "DELETE FROM catalog_stockmovement WHERE id = {promise}",
]
PLACES = {
    **{
        name: f"catalog_{name}"
        for name in ("stock", "batchstock", "stockmovement", "stockdocument", "stockdocumentline")
    },
    **{
        status: f"(SELECT id FROM catalog_reservation WHERE status = '{status}') {status}"
        for status in ("released", "shipped", "sold")
    },
    "promise": "(SELECT id FROM catalog_stockmovement WHERE key LIKE 'reservation:%') p",
    "dated": "(SELECT id FROM catalog_stockmovement WHERE batch_id IS NOT NULL) d",
    "ghost": "(SELECT max(id) + 1 AS id FROM catalog_stock) g",
    "held": "(SELECT id FROM catalog_reservation WHERE status = 'held') h",
    "held_order": "(SELECT id FROM orders_order WHERE status IN ('created', 'reviewed')) o",
    "worked": "(SELECT l.id FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id"
    " WHERE o.status NOT IN ('cancelled')) w",
}


@pytest.fixture
def busy_house():
    """Orders in every state, batches, two warehouses and owners."""
    north, south = make_warehouse("NORTH"), make_warehouse("SOUTH")
    skus = [make_sku(f"A{i}") for i in range(4)]
    dated = make_sku("D", tracks_batches=True)
    for sku in skus:
        receive(sku, 40, warehouse=north)
        receive(sku, 40, warehouse=south, owner="ACME")
    for batch in range(3):
        receive(dated, 20, warehouse=north, batch=f"B{batch}", expires_on=date(2027, 1 + batch, 1))
    shop = make_shop("S1")
    drafts = [order_draft(shop, (skus[i % 4], 2), (dated, 1), (skus[(i + 1) % 4], 1)) for i in range(14)]
    ids = [placed.id for placed in place_orders(drafts, actor=ACTOR, at=NOON).done]
    review_orders(ids[2:], actor=ACTOR, at=NOON)
    pick_orders(ids[5:], actor=ACTOR, at=NOON)
    pack_orders(ids[5:], actor=ACTOR, at=NOON)
    ship_orders([ShipmentDraft(pk, "SF", f"W{pk}") for pk in ids[7:]], actor=ACTOR, at=NOON)
    deliver_orders(ids[10:], actor=ACTOR, at=NOON)
    complete_orders(ids[12:], actor=ACTOR, at=NOON)
    cancel_orders(ids[4:9:4], actor=ACTOR, at=NOON)


def test_the_audit_finds_50_of_50_corruptions(busy_house):
    assert audit_stock().ok
    dice = random.Random(11)
    found = []
    for sql in dict.fromkeys(CORRUPTIONS):
        rows = {name: SOME.format(place, dice.random()) for name, place in PLACES.items()}
        with transaction.atomic(), connection.cursor() as cursor:
            # as a superuser who gets past triggers and foreign keys
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql.format(**rows))
            assert cursor.rowcount == 1, sql
            cursor.execute("SET LOCAL session_replication_role = origin")
            answer = audit_stock()
            found.append(not answer.ok)
            assert not answer.ok, sql
            assert {"document_number", "sku", "missing_stock_row"} & set(answer.first_difference), sql
            transaction.set_rollback(True)
    assert (len(found), all(found)) == (50, True)
    assert audit_stock().ok


def test_a_difference_without_a_document_names_sku_warehouse_and_its_last_movement(busy_house):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_stock SET available = available + 1 WHERE owner = 'ACME' AND sku_id = "
                       "(SELECT id FROM catalog_sku WHERE code = 'A0')")  # fmt: skip
    difference = audit_stock().first_difference
    assert (difference["sku"], difference["warehouse"], difference["owner"]) == ("A0", "SOUTH", "ACME")
    assert difference["balance_says"] - difference["ledger_says"] == 1
    assert difference["last_movement"]["document_number"].startswith("SD")


def test_the_ledger_refuses_to_be_rewritten(busy_house):
    for sql in ("UPDATE catalog_stockmovement SET units = 1", "DELETE FROM catalog_stockmovement"):
        with (
            pytest.raises(Exception, match="append_only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


def test_a_line_that_its_movement_contradicts_is_found_though_their_sums_agree(busy_house):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        # two receipts of 40 units of one SKU, whose lines exchange the balances that they speak of
        cursor.execute(
            "SELECT l.id, l.stock_id FROM catalog_stockdocumentline l JOIN catalog_stock s ON s.id = l.stock_id"
            " JOIN catalog_sku k ON k.id = s.sku_id WHERE k.code = 'A0' ORDER BY l.id"
        )
        (first, north), (second, south) = cursor.fetchall()
        for line, stock in ((first, south), (second, north)):
            cursor.execute("UPDATE catalog_stockdocumentline SET stock_id = %s WHERE id = %s", [stock, line])
        difference = audit_stock().first_difference
        assert (difference["proof"], difference["sku"], difference["warehouse"]) == (
            "lines = movements",
            "A0",
            "SOUTH",
        )
        transaction.set_rollback(True)
    assert audit_stock().ok


def test_units_that_a_document_keeps_reserved_elsewhere_than_its_reservations_are_found(busy_house):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        # one unit is reserved in the south and one less in the north, in the name of one order and with its balances
        cursor.execute(
            "SELECT r.document_number FROM catalog_reservation r JOIN catalog_stock s ON s.id = r.stock_id"
            " JOIN catalog_sku k ON k.id = s.sku_id WHERE r.status = 'held' AND k.code = 'A0' LIMIT 1"
        )
        (number,) = cursor.fetchone()
        for warehouse, here, there in (
            ("NORTH", "reserved", "available"),
            ("SOUTH", "available", "reserved"),
        ):
            cursor.execute(
                f"UPDATE catalog_stock s SET {here} = {here} - 1, {there} = {there} + 1 FROM catalog_sku k,"
                " catalog_warehouse w WHERE k.id = s.sku_id AND w.id = s.warehouse_id AND k.code = 'A0' AND w.code = %s"
                " RETURNING s.id",
                [warehouse],
            )
            (stock_id,) = cursor.fetchone()
            cursor.execute(
                "INSERT INTO catalog_stockmovement (stock_id, units, from_state, to_state, reason, document_kind,"
                " document_number, actor, at, key) VALUES (%s, 1, %s, %s, '', 'order', %s, 'x', now(), %s)",
                [stock_id, here, there, number, f"forged-{warehouse}"],
            )
        difference = audit_stock().first_difference
        assert (difference["proof"], difference["document_number"]) == ("reservations = reserved", number)
        transaction.set_rollback(True)
    assert audit_stock().ok
