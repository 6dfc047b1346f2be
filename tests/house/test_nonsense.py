"""What the database itself refuses, whoever writes it: a copy of a row with one thing wrong in it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.house.agency import Agency
from tests.house.stock_nonsense import STOCK_NONSENSE, TABLES, fill_shelves

# Two copies of the oldest row that fits, each with a number, a position or an id of its own where named.
COPY = """
    INSERT INTO {table}
    SELECT (jsonb_populate_record(
        (SELECT t FROM {table} t WHERE {where} ORDER BY id LIMIT 1), %s::jsonb || jsonb_build_object({own})
    )).*
    FROM generate_series(1, 2) AS n
"""
OWN = {
    "number": "'number', 'X' || n",
    "position": "'position', 9000 + n",
    "version": "'version', 9000 + n",
    "since": "'since', date '2031-01-01' + n",
    "message_id": "'message_id', gen_random_uuid()",
    "product": "'product_id', 9000 + n",
}
GOODS = dict.fromkeys(("resell", "rework", "scrap", "missing"), 0) | {
    "case_line_id": 1, "reservation_id": 1, "units": 2, "from_state": "sold", "is_graded": False, "note": "",
}  # fmt: skip
PAUSE = {
    "document_kind": "order", "document_number": "SO1", "since": "2026-01-02T00:00:00Z", "until": None, "reason": "",
}  # fmt: skip

Nonsense = tuple[str, str, dict[str, Any], str, str]
STATEMENT, LINE, DISPUTE = (f"consignment_{name}" for name in ("statement", "statementline", "linedispute"))
CASE, CASE_LINE, RETURNED = (f"aftersales_{name}" for name in ("case", "caseline", "returnedgoods"))
SALE = "kind = 'sale'"
REFUSED: list[Nonsense] = [
    ("statement_of_month_once", STATEMENT, {}, "number", "true"),
    ("statement_month_is_a_first", STATEMENT, {"month": "2031-01-02"}, "number", "true"),
    ("statement_adds_up", STATEMENT, {"net": "123456.78"}, "number", "true"),
    ("statement_issued_has_a_digest", STATEMENT, {"digest": None, "status": "issued"}, "number", "true"),
    ("statement_line_position", LINE, {"kind": "fee", "order_line_id": None}, "version", SALE),
    ("sale_settles_once", LINE, {}, "position", SALE),
    ("refund_settles_once", LINE, {"kind": "refund", "refund_id": 7}, "position", SALE),
    ("reversal_settles_once", LINE, {"kind": "reversal"}, "position", SALE),
    ("fee_of_terms_once", LINE, {"kind": "fee", "order_line_id": None, "version": 7}, "position", SALE),
    ("statement_line_has_a_source", LINE, {"order_line_id": None}, "position", SALE),
    ("dispute_open_once", DISPUTE, {}, "number", "status = 'open'"),
    ("dispute_has_a_reason", DISPUTE, {"reason": ""}, "number", "true"),
    ("dispute_answer_says_why", DISPUTE, {"status": "rejected", "answer": ""}, "number", "true"),
    ("dispute_amount_only_accepted", DISPUTE, {"amount": 1}, "number", "status = 'open'"),
    ("contract_version_once", "consignment_contractversion", {}, "since", "true"),
    ("contract_version_a_day", "consignment_contractversion", {}, "version", "true"),
    ("contract_terms_in_bounds", "consignment_contractversion", {"rate": "1.1"}, "version since", "true"),
    ("contract_covers_never_overlap", "consignment_contractcover", {}, "", "true"),
    ("refund_is_positive", "orders_refund", {"amount": -1, "is_correction": False}, "", "true"),
    ("case_once", CASE, {"source_key": "P1"}, "number", "true"),
    ("case_amounts", CASE, {"freight_amount": 99999}, "number", "true"),
    ("case_paid_once", CASE, {"refund_status": "paid"}, "number", "true"),
    ("case_closed_is_settled", CASE, {"status": "closed", "refund_status": "due", "amount": 9}, "number", "true"),
    (
        "refund_only_brings_no_goods", CASE, {"kind": "refund_only", "status": "received"}, "number", "true",
    ),
    ("intercepted_parcel_asks_no_money", CASE, {"kind": "intercept", "amount": 9}, "number", "true"),
    ("case_line_once", CASE_LINE, {}, "", "true"),
    ("case_line_amounts", CASE_LINE, {"refunded_amount": 99999}, "", "true"),
    ("case_line_asks_something", CASE_LINE, {"units": 0, "amount": 0, "refunded_amount": 0}, "", "true"),
    ("returned_goods_once", RETURNED, GOODS, "", "true"),
    ("returned_goods_have_units", RETURNED, GOODS | {"units": 0}, "", "true"),
    ("returned_goods_graded_whole", RETURNED, GOODS | {"is_graded": True, "resell": 1}, "", "true"),
    ("stream_of_object_and_brand", "outbox_stream", {}, "", "true"),
    ("event_numbered_once", "outbox_event", {}, "message_id", "true"),
    ("event_has_an_actor", "outbox_event", {"actor": ""}, "message_id", "true"),
    ("delivery_once", "outbox_delivery", {}, "", "true"),
    ("delivery_status_is_known", "outbox_delivery", {"status": "x"}, "", "true"),
    ("endpoint_once_for_its_owner", "outbox_endpoint", {}, "", "true"),
    ("endpoint_off_says_why", "outbox_endpoint", {"is_active": False, "disabled_at": None}, "", "true"),
    ("listing_ruling_once", "catalog_listingruling", {}, "number", "true"),
    (
        "listing_ruling_back_at_a_time", "catalog_listingruling", {"status": "seen", "back_at": None}, "number", "true",
    ),
    ("background_run_once_at_a_time", "desk_backgroundrun", {}, "number", "true"),
    ("background_run_ends_at_a_time", "desk_backgroundrun", {"status": "done"}, "number", "true"),
    (
        "background_run_says_why_it_failed", "desk_backgroundrun",
        {"status": "failed", "ended_at": "2031-01-01T00:00:00Z"}, "number", "true",
    ),
    ("pause_once_at_a_time", "desk_pause", PAUSE, "", "true"),
    ("pause_ends_after_it_began", "desk_pause", PAUSE | {"until": "2026-01-01T00:00:00Z"}, "", "true"),
    ("note_has_text", "desk_note", {"text": ""}, "", "true"),
    ("saved_view_once", "desk_savedview", {}, "", "true"),
    ("pack_once", "catalog_materialpack", {}, "number", "true"),
    ("pack_score_is_a_percentage", "catalog_materialpack", {"score": 101, "source_key": ""}, "number", "true"),
    ("media_once", "catalog_mediafile", {}, "", "true"),
    ("pack_media_position", "catalog_packmedia", {}, "", "true"),
    ("replenishment_once", "catalog_replenishment", {}, "number", "status = 'proposed'"),
    (
        "ordered_replenishment_has_a_delivery",
        "catalog_replenishment", {"status": "ordered"}, "number", "status = 'proposed'",
    ),
    (
        "ordered_replenishment_has_a_delivery",
        "catalog_replenishment", {"status": "dismissed"}, "number", "status = 'ordered'",
    ),
    ("demand_once", "catalog_dailydemand", {}, "", "true"),
    ("supply_terms_once", "catalog_supplyterms", {}, "", "true"),
    ("supply_terms_in_range", "catalog_supplyterms", {"service_level": 1}, "", "true"),
    ("supply_terms_give_units", "catalog_supplyterms", {"pack_units": 0}, "", "true"),
    ("campaign_period_in_sequence", "catalog_campaignperiod", {"ends_on": "2000-01-01"}, "", "true"),
    ("campaign_uplift_not_negative", "catalog_campaignperiod", {"uplift": -1}, "", "true"),
    ("warehouse_of_a_brand_is_the_brands", "catalog_warehouse", {"brand_id": 1, "kind": "own"}, "", "true"),
    ("answer_has_text", "feedback_answer", {"text": ""}, "", "true"),
    *STOCK_NONSENSE,
]  # fmt: skip
# The rest of a field's own kind: a position or a number of days is counted from nought.
OF_THE_FIELD = re.compile(
    r"catalog_\w+_(number|key|item|position|sequence|days|quiet_days|hours|every_days|places_a_day|version)_(check|key)"
)


@pytest.fixture(scope="module", autouse=True)
def shelves(standing_agency: Agency) -> None:
    """Let the agency's warehouse have bins, counts and requests."""
    fill_shelves()


def test_every_rule_of_the_tables_of_stock_is_tried(agency: Agency) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conname FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid"
            " WHERE t.relname = ANY(%s) AND c.contype IN ('c', 'u')"
            " UNION SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid"
            " JOIN pg_class t ON t.oid = x.indrelid"
            " WHERE t.relname = ANY(%s) AND x.indisunique AND NOT x.indisprimary",
            [TABLES, TABLES],
        )
        rules = {name for (name,) in cursor.fetchall() if not OF_THE_FIELD.fullmatch(name)}
    assert rules - {name for name, *_rest in REFUSED} == set()


@pytest.mark.parametrize(
    ("name", "table", "wrong", "own", "where"), REFUSED, ids=[name for name, *_rest in REFUSED]
)
def test_the_database_refuses_nonsense(
    agency: Agency, name: str, table: str, wrong: dict[str, Any], own: str, where: str
) -> None:
    parts = ["'id', 9000000 + n", *(OWN[each] for each in own.split())]
    copy = COPY.format(table=table, where=where, own=", ".join(parts))
    with (
        pytest.raises(IntegrityError, match=name),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(copy, [json.dumps(wrong)])
