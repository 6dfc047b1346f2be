"""A small agency, loaded twice: what the first load gave is kept as a digest, the second stays for the tests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings

from ops_portal.demo.calendar import at_hour
from ops_portal.demo.loading import SMALL_ORDERS, Loaded, load_agency
from ops_portal.demo.people import Logins

NOW = at_hour(date(2026, 11, 22), 15)

# What must be the same in two loads: all that people see, but for numbers of ours, which sequences give.
SAID = (
    "SELECT s.code, o.platform_number, o.status, o.refund_status, o.placed_at, o.paid_at, o.review_by, o.ship_by,"
    " o.total, o.paid_amount, o.receivable, o.refund_amount, o.province, o.city, o.remark, o.created_at, o.updated_at"
    " FROM orders_order o JOIN orders_shop s ON s.id = o.shop_id ORDER BY 1, 2",
    "SELECT o.platform_number, l.position, l.sku_code, l.units, l.amount, l.refund_amount"
    " FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id ORDER BY 1, 2",
    "SELECT o.platform_number, p.carrier, p.waybill_number, p.shipped_at, p.delivered_at"
    " FROM orders_shipment p JOIN orders_order o ON o.id = p.order_id ORDER BY 1, 3",
    "SELECT k.code, w.code, s.owner, s.available, s.reserved, s.shipped, s.sold, s.returning, s.quarantine, s.damaged"
    " FROM catalog_stock s JOIN catalog_sku k ON k.id = s.sku_id JOIN catalog_warehouse w ON w.id = s.warehouse_id"
    " ORDER BY 1, 2, 3",
    "SELECT o.platform_number, c.kind, c.status, c.refund_status, c.reason, c.amount, c.requested_at, c.due_at"
    " FROM aftersales_case c JOIN orders_order o ON o.id = c.order_id ORDER BY 1, 2, 3, 6",
    "SELECT source_key, text, rating, status, priority, type, received_at, due_at"
    " FROM feedback_feedbackitem WHERE source_key NOT LIKE 'feedback.%' ORDER BY 1",
    "SELECT p.code, c.mode, s.month, s.status, s.line_count, s.sales, s.refunds, s.net FROM consignment_statement s"
    " JOIN consignment_contract c ON c.id = s.contract_id JOIN consignment_partner p ON p.id = s.partner_id"
    " ORDER BY 1, 2, 3",
    "SELECT c.code, p.code, l.status, v.version, v.status, v.content, v.due_at, v.updated_at"
    " FROM catalog_listingversion v JOIN catalog_listing l ON l.id = v.listing_id"
    " JOIN catalog_channel c ON c.id = l.channel_id JOIN catalog_product p ON p.id = l.product_id ORDER BY 1, 2, 4",
    "SELECT c.code, k.code, p.amount, p.since, p.reason FROM catalog_price p JOIN catalog_sku k ON k.id = p.sku_id"
    " LEFT JOIN catalog_channel c ON c.id = p.channel_id ORDER BY 1, 2, 4, p.id",
    "SELECT name, status, source_key, score, missing, facts, created_at FROM catalog_materialpack ORDER BY 1",
    "SELECT sha256, name, width, height FROM catalog_mediafile ORDER BY 1",
    "SELECT c.code, s.code, s.title, s.barcode, s.status FROM catalog_channelsku s"
    " JOIN catalog_channel c ON c.id = s.channel_id ORDER BY 1, 2",
)


@dataclass
class Agency:
    """What a load left, and what the load before it had left."""

    loaded: Loaded
    kept: Logins
    digests: tuple[str, str]
    now: datetime


def digest() -> str:
    """Return a digest of what stands in the tables."""
    found = hashlib.sha256()
    with connection.cursor() as cursor:
        for query in SAID:
            cursor.execute(query)
            rows = cursor.fetchall()
            assert rows, query
            found.update(repr(rows).encode())
    return found.hexdigest()


@pytest.fixture(scope="module")
def agency(django_db_setup: Any, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Agency]:
    """Load a small agency twice, each time into an empty house, and leave the second one standing."""
    media: Path = tmp_path_factory.mktemp("media")
    kept: Logins = []
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media):
        with transaction.atomic():
            load_agency(NOW, orders=SMALL_ORDERS)
            first = digest()
            transaction.set_rollback(True)
        with transaction.atomic():
            loaded = load_agency(NOW, orders=SMALL_ORDERS, keep=kept.extend)
            yield Agency(loaded, kept, (first, digest()), NOW)
            transaction.set_rollback(True)


@pytest.fixture
def _django_db_helper(agency: Agency) -> Iterator[None]:
    """Take the place of pytest-django's: each test of the database stands on the loaded agency, and leaves it so."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
