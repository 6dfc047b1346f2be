"""What the database itself refuses of the stock floor, for ``test_nonsense``; and rows of it."""

from __future__ import annotations

from typing import Any

from catalog.choices import OWN
from catalog.drafts import RequestDraft, RequestLineDraft
from catalog.operations.count_approving import approve_stocktakes
from catalog.operations.requests import approve_requests, request_stock
from ops_portal.accounts.choices import Role
from tests.catalog.counts import House
from tests.catalog.listings import person
from tests.factories import NOON
from tests.house.count_scenes import reviewed

Nonsense = tuple[str, str, dict[str, Any], str, str]


def fill_shelves() -> None:
    """Count and approve what lies in two bins; have a request of each status asked for."""
    house = House("SHELVES")
    assert not approve_stocktakes([reviewed(house)], actor=house.approver, at=NOON).refused
    line = RequestLineDraft("TEA", OWN, 1, "available", "damaged")
    drafts = [RequestDraft("adjustment", "damage", "SHELVES", (line,), source_key=key) for key in ("1", "2")]
    asked = request_stock(drafts, actor=house.counter, at=NOON).done
    boss = person("boss", Role.OPERATIONS_MANAGER)
    assert not approve_requests([asked[1].number], actor=boss, at=NOON).refused


def of(table: str, where: str, *lines: tuple[str, dict[str, Any], str]) -> list[Nonsense]:
    return [(name, f"catalog_{table}", wrong, own, where) for name, wrong, own in lines]


def minus(*columns: str) -> list[dict[str, Any]]:
    return [{column: -1} for column in columns]


BALANCES = ("available", "reserved", "shipped", "sold", "returning", "inspecting", "quarantine", "damaged",
            "in_transit", "lost")  # fmt: skip
NUMBERED = "number version"
BY_NOBODY: dict[str, Any] = {"writers": []}
BY_3: dict[str, Any] = {"writers": [3]}
STOCK_NONSENSE: list[Nonsense] = [
    *of(
        "stockhold",
        "true",
        ("hold_has_a_reason", {"reason": ""}, "number"),
        ("hold_ends_after_it_begins", {"expires_at": "2000-01-01T00:00:00Z"}, "number"),
        ("catalog_stockhold_number_key", {}, ""),
    ),
    *of(
        "stockholdline",
        "true",
        ("hold_line_position", {"sku_id": 9}, ""),
        ("hold_line_sku", {}, "position"),
        ("hold_line_has_units", {"units": 0, "drawn": 0}, "position"),
        ("hold_line_drawn_within_units", {"drawn": 99999}, "position"),
        ("catalog_stockholdline_drawn_check", {"drawn": -1}, "position"),
        ("catalog_stockholdline_units_check", {"units": -1, "drawn": 0}, "position"),
    ),
    *of(
        "channelstockrule",
        "true",
        ("channel_stock_rule_once", {"sku_id": None}, ""),
        ("channel_stock_share_is_a_share", {"share": "1.0001"}, ""),
        ("channel_stock_share_is_a_share", {"share": "-0.0001"}, ""),
        ("catalog_channelstockrule_buffer_check", {"buffer": -1}, ""),
        ("catalog_channelstockrule_presale_check", {"presale": -1}, ""),
    ),
    *of(
        "channelstock",
        "true",
        ("catalog_channelstock_channel_sku_id_key", {}, ""),
        ("catalog_channelstock_units_check", {"units": -1}, ""),
    ),
    *of(
        "channelsku",
        "true",
        ("channel_sku_once", {}, ""),
        ("catalog_channelsku_pending_units_check", {"pending_units": -1}, ""),
        ("channel_sku_is_matched_or_not", {"status": "matched", "sku_id": None}, ""),
        ("channel_sku_is_matched_or_not", {"status": "open", "sku_id": 1}, ""),
    ),
    *of(
        "countplan",
        "true",
        ("count_plan_once", {}, ""),
        ("count_plan_counts", {"every_days": 0}, ""),
        ("count_plan_counts", {"places_a_day": 0}, ""),
    ),
    *of(
        "stocktake",
        "opened_by_id IS NOT NULL",
        ("stocktake_posted_by_somebody", {"status": "posted", "approved_by_id": None}, "number"),
        ("catalog_stocktake_number_key", {}, ""),
    ),
    *of(
        "count",
        "is_open",
        ("count_once", {"is_open": False}, ""),
        ("count_in_one_stocktake", {"stocktake_id": 9}, ""),
        ("count_not_negative", {"counted": -1, "booked": 0, "is_open": False}, ""),
        ("count_not_negative", {"counted": 0, "booked": 0, "recounted": -1, "rebooked": 0}, ""),
        ("count_beside_the_books", {"counted": 1, "booked": None}, ""),
        ("count_beside_the_books", {"counted": None, "booked": 1}, ""),
        ("recount_beside_the_books", {"counted": 1, "booked": 1, "recounted": 1, "rebooked": None}, ""),
        ("recount_beside_the_books", {"recounted": 1, "rebooked": 1}, ""),
    ),
    *of(
        "tally",
        "true",
        ("tally_not_negative", {"units": -1}, ""),
        ("catalog_tally_key_key", {}, ""),
    ),
    *of("posting", "true", ("posting_has_units", {"units": 0}, "")),
    *of(
        "inbounddelivery",
        "source_key <> '' AND status <> 'cancelled'",
        ("inbound_once", {}, "number"),
        ("inbound_has_an_owner", {"goods_owner": ""}, "number"),
    ),
    *of(
        "inboundline",
        "true",
        ("inbound_line_position", {"sku_id": 9}, ""),
        ("inbound_line_of_sku", {}, "position"),
        ("inbound_damaged_within_received", {"damaged": 2, "received": 1}, "position"),
        ("catalog_inboundline_promised_check", {"promised": -1}, "position"),
        ("catalog_inboundline_received_check", {"received": -1, "damaged": 0}, "position"),
        ("catalog_inboundline_damaged_check", {"damaged": -1}, "position"),
    ),
    *of(
        "stocksnapshot",
        "true",
        ("stock_snapshot_once", {}, "number"),
        ("stock_snapshot_has_a_key", {"source_key": ""}, "number"),
    ),
    *of(
        "stocksnapshotline",
        "true",
        ("snapshot_line_once", {}, ""),
        ("snapshot_difference_is_theirs_less_ours", {"difference": 123456}, ""),
        ("snapshot_theirs_not_negative", {"theirs": -1, "ours": 0, "difference": -1}, ""),
    ),
    *of(
        "stockmessage",
        "true",
        ("stock_message_once", {"snapshot_id": 9}, ""),
        ("catalog_stockmessage_snapshot_id_key", {"webhook_id": "other"}, ""),
        ("stock_message_has_an_id", {"webhook_id": "", "snapshot_id": 9}, ""),
        ("catalog_stockmessage_noted_check", {"noted": -1, "webhook_id": "other", "snapshot_id": 9}, ""),
        ("catalog_stockmessage_unknown_check", {"unknown": -1, "webhook_id": "other", "snapshot_id": 9}, ""),
        ("catalog_stockmessage_missing_check", {"missing": -1, "webhook_id": "other", "snapshot_id": 9}, ""),
    ),
    *of("stocksender", "true", ("catalog_stocksender_warehouse_id_key", {}, "")),
    *of(
        "unknownstockline",
        "true",
        ("unknown_line_once", {}, ""),
        ("unknown_line_not_negative", {"units": -1, "position": 9}, ""),
        ("catalog_unknownstockline_position_check", {"position": -1}, ""),
    ),
    *of(
        "zone",
        "true",
        ("zone_once", {}, ""),
        ("zone_has_a_code", {"code": ""}, ""),
    ),
    *of(
        "bin",
        "true",
        ("bin_once", {}, ""),
        ("bin_has_a_code", {"code": ""}, ""),
        ("bin_code_in_capitals", {"code": "a-01"}, ""),
    ),
    *of(
        "binstock",
        "true",
        ("bin_stock_once", {}, ""),
        ("bin_stock_not_negative", {"units": -1}, ""),
    ),
    *of(
        "binmovement",
        "true",
        ("bin_movement_has_units", {"units": 0}, ""),
        ("bin_movement_leads_somewhere", {"from_bin_id": None, "to_bin_id": None}, ""),
        ("bin_movement_leads_somewhere", {"from_bin_id": 5, "to_bin_id": 5}, ""),
        ("bin_movement_has_an_actor", {"actor": ""}, ""),
        ("catalog_binmovement_key_key", {}, ""),
    ),
    *of(
        "stockrequest",
        "status = 'posted'",
        ("request_decided_by_another", {"requester_id": 5, "decider_id": 5}, "number"),
        ("posted_request_has_a_document", {"document_id": None}, "number"),
        ("posted_request_has_a_document", {"status": "rejected"}, "number"),
        ("posted_request_has_a_document", {"status": "withdrawn"}, "number"),
        ("request_asked_once", {"source_key": "1"}, "number"),
    ),
    *of(
        "stockrequestline",
        "true",
        ("request_line_position", {}, ""),
        ("request_line_has_units", {"units": 0}, "position"),
        ("catalog_stockrequestline_units_check", {"units": -1}, "position"),
    ),
    *of(
        "listingrule",
        "true",
        ("listing_rule_once", {}, ""),
        ("listing_rule_within_a_year", {"hours": 8761}, ""),
    ),
    *of("listingrulehit", "true", ("listing_rule_hit_once", {}, "")),
    *of(
        "stocklimit",
        "true",
        ("limit_once", {}, ""),
        ("limits_in_sequence", {"low": 5, "high": 5}, ""),
        ("catalog_stocklimit_low_check", {"low": -1, "high": None}, ""),
        ("catalog_stocklimit_high_check", {"low": None, "high": -1}, ""),
    ),
    *of(
        "stockalert",
        "status <> 'closed' AND batch_id IS NULL",
        ("alert_once", {}, "number"),
        ("alert_closed_at_a_time", {"status": "closed", "closed_at": None}, "number"),
    ),
    *of(
        "replenishment",
        "status = 'proposed'",
        ("catalog_replenishment_units_check", {"units": -1}, "number"),
        ("catalog_replenishment_suggested_check", {"suggested": -1}, "number"),
    ),
    *of(
        "goodscheck",
        "status = 'open'",
        ("check_once", {}, "number"),
        ("settled_check_has_an_action", {"status": "settled", "action": ""}, "number"),
    ),
    *of(
        "checkrule",
        "true",
        ("check_rule_once", {}, ""),
        ("check_rule_has_limits", {"limit": -1}, ""),
        ("check_rule_has_limits", {"days": 0}, ""),
    ),
    *of(
        "stock",
        "true",
        ("stock_key", {}, ""),
        ("stock_has_an_owner", {"owner": ""}, ""),
        *(("stock_not_negative", wrong | {"owner": "x"}, "") for wrong in minus(*BALANCES)),
    ),
    *of(
        "batchstock",
        "true",
        ("batch_stock_key", {}, ""),
        *(("batch_stock_not_negative", wrong | {"batch_id": 0}, "") for wrong in minus(*BALANCES)),
    ),
    *of(
        "stockmovement",
        "true",
        ("movement_has_units", {"units": 0}, ""),
        ("movement_is_a_way", {"from_state": "sold", "to_state": "reserved"}, ""),
        ("movement_has_a_document_and_an_actor", {"actor": ""}, ""),
        ("movement_has_a_document_and_an_actor", {"document_number": ""}, ""),
        ("catalog_stockmovement_key_key", {}, ""),
    ),
    *of(
        "reservation",
        "true",
        ("reservation_has_units", {"units": 0, "picked": 0, "returned": 0}, ""),
        ("reservation_picked_within_units", {"picked": 99999}, ""),
        ("reservation_returned_within_units", {"returned": 99999}, ""),
    ),
    *of(
        "stockdocument",
        "kind = 'receipt' AND undone_at IS NULL",
        ("stock_document_once", {"source_key": "TWICE"}, "number"),
        ("only_a_transfer_arrives", {"arrived_at": "2026-01-01T00:00:00Z", "source_key": ""}, "number"),
        ("only_a_transfer_goes_elsewhere", {"to_warehouse_id": 1, "source_key": ""}, "number"),
        ("only_a_transfer_goes_elsewhere", {"kind": "transfer", "source_key": ""}, "number"),
    ),
    *of(
        "stockdocumentline",
        "true",
        ("stock_line_position", {}, ""),
        ("stock_line_has_units", {"units": 0}, "position"),
        ("stock_line_key_once", {"key": "TWICE"}, "position"),
    ),
    *of(
        "listing",
        "true",
        ("listing_once", {"live_id": None, "status": "off", "platform_item": ""}, "number"),
        ("live_listing_has_a_version", {"live_id": None, "status": "live"}, "number"),
        ("catalog_listing_live_id_key", {"live_id": 7, "platform_item": ""}, "number product"),
        ("platform_item_once", {"live_id": None, "status": "off", "platform_item": "T1"}, "number product"),
    ),
    *of(
        "listingversion",
        "true",
        ("one_open_version_a_listing", {"status": "draft", "checker_id": None, "approver_id": None}, NUMBERED),
        ("two_steps_are_two_people", {"status": "replaced", "checker_id": 3, "approver_id": 3} | BY_NOBODY, NUMBERED),
        ("nobody_approves_own_work", {"status": "replaced", "checker_id": 4, "approver_id": 3} | BY_3, NUMBERED),
        ("nobody_approves_own_work", {"status": "replaced", "checker_id": 3, "approver_id": 4} | BY_3, NUMBERED),
        ("approved_by_two", {"status": "approved", "checker_id": None, "approver_id": 4} | BY_NOBODY, NUMBERED),
        ("listing_version_once", {"status": "replaced"}, "number"),
    ),
]  # fmt: skip
TABLES = sorted({table for _name, table, *_rest in STOCK_NONSENSE})
