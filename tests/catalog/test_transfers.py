"""Transfers between warehouses: what was sent arrives whole, in parts, or is lost on the way."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from catalog.drafts import ArrivalDraft, ArrivedLineDraft, StockDocumentDraft, StockLineDraft
from catalog.models import StockDocument, StockMovement
from catalog.operations.documents import post_stock_documents
from catalog.operations.transfers import arrive_transfers, receive_transfers
from catalog.queries.audit import audit_stock
from catalog.queries.transfers import goods_of
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive, stock_of

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=2)


@pytest.fixture
def goods():
    sku, dated = make_sku("S1"), make_sku("DATED", tracks_batches=True)
    receive(sku, 10, warehouse=make_warehouse("MAIN"))
    receive(sku, 4, warehouse=make_warehouse("MAIN"), owner="ACME")
    for code in ("B1", "B2"):
        receive(dated, 5, warehouse=make_warehouse("MAIN"), batch=code, expires_on=date(2027, 1, 1))
    return sku, dated


def sent(*lines, to="FAR") -> StockDocument:
    """Send (SKU, units, owner, batch) off."""
    main = make_warehouse("MAIN")
    drafts = tuple(
        StockLineDraft(sku.pk, main.pk, owner, units, "available", "in_transit", batch)
        for sku, units, owner, batch in lines
    )
    paper = StockDocumentDraft("transfer", drafts, to_warehouse_id=make_warehouse(to).pk)
    return post_stock_documents([paper], actor=ACTOR, at=NOON).one()


def arrive(document, *lines, key="K1", ends=False, reason="", at=LATER):
    drafts = tuple(ArrivedLineDraft(*line) for line in lines)
    return arrive_transfers([ArrivalDraft(document.number, drafts, key, ends, reason)], actor=ACTOR, at=at)


def codes(outcome):
    return [refusal.code for _index, refusal in outcome.refused]


def books(sku, owner="own"):
    far, main = make_warehouse("FAR"), stock_of(sku, make_warehouse("MAIN"), owner)
    there = far.stock.filter(sku=sku, owner=owner).first()
    return (main.in_transit, there.available if there else 0, main.lost)


def test_6_of_9_units_come_then_2_and_the_last_is_lost_on_the_way(goods):
    sku, _dated = goods
    transfer = sent((sku, 9, "own", ""))
    arrive(transfer, ("S1", 6)).one()
    assert books(sku) == (3, 6, 0)
    transfer.refresh_from_db()
    assert transfer.arrived_at is None
    arrive(transfer, ("S1", 2), key="K2", ends=True, reason="fell off the lorry").one()
    assert books(sku) == (0, 8, 1)
    transfer.refresh_from_db()
    assert transfer.arrived_at == LATER
    assert StockMovement.objects.get(to_state="lost").reason == "fell off the lorry"
    assert [(each.sent, each.came, each.lost, each.left) for each in goods_of(transfer)] == [(9, 8, 1, 0)]
    assert audit_stock().ok


def test_the_same_arrival_twice_is_booked_once(goods):
    sku, _dated = goods
    transfer = sent((sku, 9, "own", ""))
    for _ in range(2):
        assert arrive(transfer, ("S1", 4)).one() == transfer
    assert books(sku) == (5, 4, 0)
    draft = ArrivalDraft(transfer.number, (ArrivedLineDraft("S1", 1),), "K2")
    assert len(arrive_transfers([draft, draft], actor=ACTOR, at=LATER).done) == 2
    assert books(sku) == (4, 5, 0)


def test_9_arrivals_that_cant_be_are_refused_by_code_and_move_nothing(goods):
    sku, dated = goods
    transfer = sent((sku, 3, "own", ""), (dated, 2, "own", "B1"), (dated, 2, "own", "B2"))
    no_transfer = receive(sku, 1, warehouse=make_warehouse("MAIN"))
    assert codes(arrive(no_transfer, ("S1", 1))) == ["nothing_on_the_way"]
    for lines, ends, code in (
        ([("S1", 4)], False, "more_than_sent"),
        ([("S1", 2), ("S1", 2)], False, "more_than_sent"),
        ([("NONE", 1)], False, "more_than_sent"),
        ([("DATED", 1)], False, "batch_needed"),
        ([("DATED", 1, "B9")], False, "more_than_sent"),
        ([("S1", 0)], False, "no_units"),
        ([], False, "no_units"),
        ([], True, "reason_needed"),
    ):
        assert codes(arrive(transfer, *lines, ends=ends)) == [code]
    assert books(sku) == (3, 0, 0)
    assert arrive(transfer, ("DATED", 2, "B2")).done


def test_a_key_that_is_too_long_is_refused_not_cut_to_anothers(goods):
    sku, _dated = goods
    transfer = sent((sku, 3, "own", ""))
    arrive(transfer, ("S1", 1), key="K" * 60).one()
    assert codes(arrive(transfer, ("S1", 1), key="K" * 61)) == ["key_too_long"]
    assert books(sku) == (2, 1, 0)


def test_consigned_goods_come_first_where_nobody_says_whose(goods):
    sku, _dated = goods
    transfer = sent((sku, 3, "own", ""), (sku, 4, "ACME", ""))
    arrive(transfer, ("S1", 5)).one()
    assert (books(sku, "ACME"), books(sku)) == ((0, 4, 0), (2, 1, 0))
    arrive(transfer, ("S1", 2, "", "own"), key="K2").one()
    assert books(sku) == (0, 3, 0)


def test_what_is_received_whole_after_a_part_came_is_the_rest(goods):
    sku, dated = goods
    transfer = sent((sku, 3, "own", ""), (dated, 2, "own", "B1"))
    arrive(transfer, ("S1", 1)).one()
    for _ in range(2):
        receive_transfers([transfer], actor=ACTOR, at=LATER).one()
    assert (books(sku), books(dated)) == ((0, 3, 0), (0, 2, 0))
    assert audit_stock().ok
    assert codes(arrive(transfer, ("S1", 1), key="K3")) == ["more_than_sent"]


def test_a_transfer_to_where_it_comes_from_is_refused(goods):
    sku, _dated = goods
    line = StockLineDraft(sku.pk, make_warehouse("MAIN").pk, "own", 1, "available", "in_transit")
    draft = StockDocumentDraft("transfer", (line,), to_warehouse_id=make_warehouse("MAIN").pk)
    assert codes(post_stock_documents([draft], actor=ACTOR, at=NOON)) == ["place_needed"]
