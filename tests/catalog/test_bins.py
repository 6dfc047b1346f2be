"""Units in bins: put away, moved, picked, shipped, taken back; never more in bins than in the house."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.choices import OWN, StockDocumentKind, StockState, ZoneKind
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import Bin, BinMovement, BinStock, Reservation, Zone
from catalog.operations.bins import (
    BinLacksUnits,
    BinMove,
    BinTransferDraft,
    PutAwayDraft,
    UnknownBin,
    WhichGoods,
    WrongZone,
    move_between_bins,
    move_units,
    pick_reserved,
    put_away,
)
from catalog.operations.documents import post_stock_documents
from catalog.operations.promised import release_reservations, ship_reserved
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_for_new
from catalog.operations.reversing import undo_stock_documents
from catalog.queries.audit import audit_stock, differing_bin, overfull_bins
from catalog.queries.shelves import booked_units
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive, stock_of

pytestmark = pytest.mark.django_db


def make_bin(warehouse, code, *, kind=ZoneKind.STORAGE, sequence=0):
    """Return a bin of a zone for its kind."""
    zone, _new = Zone.objects.get_or_create(warehouse=warehouse, code=kind.upper()[:3], kind=kind)
    return Bin.objects.create(zone=zone, warehouse=warehouse, code=code, sequence=sequence)


def put(sku, place, units, *, key="", **more):
    draft = PutAwayDraft(
        place.warehouse_id, sku.pk, place.code, units, key or f"{place.code}:{units}", **more
    )
    return put_away([draft], actor=ACTOR, at=NOON)


def held(place):
    """Return what lies in a bin, by SKU and batch."""
    return {
        (row.stock.sku.code, row.batch.code if row.batch else ""): row.units
        for row in BinStock.objects.filter(bin=place, units__gt=0).select_related("stock__sku", "batch")
    }


def reserve(sku, units, number="N1"):
    request = ReservationRequest("order", number, (), (ReservationItem(1, sku.pk, units),))
    reserve_for_new([request], actor=ACTOR, at=NOON).one()
    return Reservation.objects.get(document_number=number)


@pytest.fixture
def house():
    warehouse = make_warehouse("NORTH")
    sku = make_sku("A")
    receive(sku, 10, warehouse=warehouse)
    return warehouse, sku, make_bin(warehouse, "A-01"), make_bin(warehouse, "A-02")


def test_put_away_takes_units_from_the_dock_to_a_bin(house):
    warehouse, sku, first, _second = house
    movement = put(sku, first, 6).one()
    stock = stock_of(sku, warehouse)
    assert (movement.units, movement.from_bin, movement.to_bin, movement.actor) == (
        6,
        None,
        first,
        str(ACTOR),
    )
    assert held(first) == {("A", ""): 6}
    assert booked_units([(stock.pk, None, first.pk), (stock.pk, None, None)]) == {
        (stock.pk, None, first.pk): 6,
        (stock.pk, None, None): 4,
    }


def test_put_away_refuses_more_than_the_dock_holds(house):
    _warehouse, sku, first, second = house
    put(sku, first, 6).one()
    with pytest.raises(BinLacksUnits):
        put(sku, second, 5).one()
    assert held(second) == {}


def test_shipping_what_was_not_picked_empties_the_bins_in_pick_sequence(house):
    _warehouse, sku, first, second = house
    put(sku, first, 6).one()
    put(sku, second, 4).one()
    reserve(sku, 8)
    ship_reserved("order", ["N1"], actor=ACTOR, at=NOON)
    assert (held(first), held(second)) == ({}, {("A", ""): 2})


def test_picked_units_leave_their_bin_once(house):
    _warehouse, sku, first, second = house
    put(sku, first, 6).one()
    put(sku, second, 4).one()
    reservation = reserve(sku, 8)
    assert pick_reserved("order", ["N1"], actor=ACTOR, at=NOON) == 8
    assert pick_reserved("order", ["N1"], actor=ACTOR, at=NOON) == 0
    reservation.refresh_from_db()
    assert reservation.picked == 8
    assert (held(first), held(second)) == ({}, {("A", ""): 2})
    ship_reserved("order", ["N1"], actor=ACTOR, at=NOON)
    assert (held(first), held(second)) == ({}, {("A", ""): 2})


def paper(sku, warehouse, units, way, *, kind=StockDocumentKind.ADJUSTMENT, batch="", place=None):
    """Post a paper of one line that may name a bin."""
    line = StockLineDraft(
        sku.pk, warehouse.pk, OWN, units, *way, batch_code=batch, bin_code=place.code if place else ""
    )
    return post_stock_documents([StockDocumentDraft(kind, (line,))], actor=ACTOR, at=NOON)


OUT, AVAILABLE, DAMAGED, QUARANTINE, LOST = (
    StockState.OUTSIDE, StockState.AVAILABLE, StockState.DAMAGED, StockState.QUARANTINE, StockState.LOST,
)  # fmt: skip


def test_a_draft_that_comes_twice_moves_units_once(house):
    _warehouse, sku, first, _second = house
    one = put(sku, first, 6, key="K").one()
    assert put(sku, first, 6, key="K").one() == one
    assert (held(first), BinMovement.objects.count()) == ({("A", ""): 6}, 1)


def test_a_batch_of_drafts_does_what_they_would_do_one_by_one(house):
    warehouse, sku, first, second = house
    said = [("A-01", 6), ("a-02 ", 3), ("A-02", 2), ("A-99", 1), ("A-02", 0)]
    drafts = [
        PutAwayDraft(warehouse.pk, sku.pk, place, units, f"K{number}")
        for number, (place, units) in enumerate(said)
    ]
    outcome = put_away(drafts, actor=ACTOR, at=NOON)
    assert [move.units for move in outcome.done] == [6, 3]
    assert [(index, refusal.code) for index, refusal in outcome.refused] == [
        (2, "bin_lacks_units"), (3, "unknown_bin"), (4, "bin_lacks_units"),
    ]  # fmt: skip
    assert (held(first), held(second)) == ({("A", ""): 6}, {("A", ""): 3})


def test_goods_go_into_bins_for_their_standing_alone(house):
    warehouse, sku, first, _second = house
    cage = make_bin(warehouse, "Q-01", kind=ZoneKind.QUARANTINE)
    paper(sku, warehouse, 4, (AVAILABLE, QUARANTINE)).one()
    with pytest.raises(WrongZone):
        put(sku, cage, 4).one()
    assert put(sku, cage, 4, key="right", zone_kind=ZoneKind.QUARANTINE).one().units == 4
    with pytest.raises(WrongZone):
        move_between_bins(
            [BinTransferDraft(warehouse.pk, sku.pk, "Q-01", first.code, 1, "M")], actor=ACTOR, at=NOON
        ).one()


def test_a_bin_that_is_out_of_use_takes_nothing_in_and_can_be_emptied(house):
    warehouse, sku, first, second = house
    put(sku, first, 6).one()
    Bin.objects.filter(pk=first.pk).update(is_active=False)
    with pytest.raises(UnknownBin):
        put(sku, first, 1).one()
    move_between_bins(
        [BinTransferDraft(warehouse.pk, sku.pk, first.code, second.code, 6, "M")], actor=ACTOR, at=NOON
    ).one()
    assert (held(first), held(second)) == ({}, {("A", ""): 6})


def test_moving_more_than_a_bin_holds_is_refused(house):
    warehouse, sku, first, second = house
    put(sku, first, 6).one()
    draft = BinTransferDraft(warehouse.pk, sku.pk, first.code, second.code, 7, "M")
    outcome = move_between_bins([draft], actor=ACTOR, at=NOON)
    assert [refusal.code for _i, refusal in outcome.refused] == ["bin_lacks_units"]
    assert held(first) == {("A", ""): 6}


def test_where_two_owners_lie_the_draft_says_which(house):
    warehouse, sku, first, _second = house
    receive(sku, 5, warehouse=warehouse, owner="ACME")
    with pytest.raises(WhichGoods):
        put(sku, first, 2).one()
    assert put(sku, first, 2, goods_owner="ACME").one().stock.owner == "ACME"


def test_batches_stay_apart_in_a_bin():
    warehouse = make_warehouse("NORTH")
    dated, place = make_sku("D", tracks_batches=True), make_bin(warehouse, "A-01")
    receive(dated, 5, warehouse=warehouse, batch="B1")
    receive(dated, 5, warehouse=warehouse, batch="B2")
    put(dated, place, 5, key="1", batch_code="B1").one()
    put(dated, place, 3, key="2", batch_code="B2").one()
    paper(dated, warehouse, 3, (AVAILABLE, LOST), batch="B1").one()
    assert held(place) == {("D", "B1"): 2, ("D", "B2"): 3}
    with pytest.raises(BinLacksUnits):
        put(dated, place, 1, key="3", batch_code="B1").one()


def test_what_lies_on_the_dock_goes_before_what_lies_in_bins(house):
    warehouse, sku, first, second = house
    put(sku, first, 4).one()
    put(sku, second, 3).one()
    paper(sku, warehouse, 5, (AVAILABLE, LOST)).one()
    assert (held(first), held(second)) == ({("A", ""): 2}, {("A", ""): 3})


def test_the_pick_sequence_goes_before_the_code(house):
    warehouse, sku, first, second = house
    Bin.objects.filter(pk=first.pk).update(sequence=9)
    put(sku, first, 5).one()
    put(sku, second, 5).one()
    paper(sku, warehouse, 3, (AVAILABLE, LOST)).one()
    assert (held(first), held(second)) == ({("A", ""): 5}, {("A", ""): 2})


def test_each_document_of_a_batch_is_told_what_it_took_from_which_bin(house):
    _warehouse, sku, first, second = house
    put(sku, first, 3).one()
    put(sku, second, 5).one()
    for number in ("N1", "N2"):
        reserve(sku, 4, number)
    ship_reserved("order", ["N1", "N2"], actor=ACTOR, at=NOON)
    took = BinMovement.objects.filter(document_kind="order").order_by("pk")
    # 2 units lay on the dock: N1 took them, and 2 from the first bin
    assert [(move.document_number, move.from_bin.code, move.units) for move in took] == [
        ("N1", "A-01", 2), ("N2", "A-01", 1), ("N2", "A-02", 3),
    ]  # fmt: skip


def test_a_line_that_names_a_bin_takes_from_it_and_a_receipt_goes_into_it(house):
    warehouse, sku, first, second = house
    put(sku, first, 5).one()
    put(sku, second, 5).one()
    paper(sku, warehouse, 2, (AVAILABLE, LOST), place=second).one()
    paper(sku, warehouse, 4, (OUT, AVAILABLE), kind=StockDocumentKind.RECEIPT, place=first).one()
    assert (held(first), held(second)) == ({("A", ""): 9}, {("A", ""): 3})


@pytest.mark.parametrize(
    ("units", "way", "code"),
    [(6, (AVAILABLE, LOST), "bin_lacks_units"), (1, (DAMAGED, OUT), "wrong_zone")],
)
def test_a_line_whose_bin_does_not_hold_it_is_refused(house, units, way, code):
    warehouse, sku, first, _second = house
    paper(sku, warehouse, 1, (AVAILABLE, DAMAGED)).one()
    put(sku, first, 5).one()
    outcome = paper(sku, warehouse, units, way, place=first)
    assert [refusal.code for _i, refusal in outcome.refused] == [code]
    assert held(first) == {("A", ""): 5}


def test_undoing_a_receipt_takes_the_units_out_of_its_bin_again(house):
    warehouse, sku, first, second = house
    put(sku, first, 10).one()
    document = paper(sku, warehouse, 4, (OUT, AVAILABLE), kind=StockDocumentKind.RECEIPT, place=second).one()
    undo_stock_documents([document], actor=ACTOR, at=NOON).one()
    assert (held(first), held(second)) == ({("A", ""): 10}, {})


def test_undoing_a_receipt_whose_units_were_moved_takes_them_where_they_are(house):
    warehouse, sku, first, second = house
    document = paper(sku, warehouse, 4, (OUT, AVAILABLE), kind=StockDocumentKind.RECEIPT, place=second).one()
    put(sku, first, 10).one()
    move_between_bins(
        [BinTransferDraft(warehouse.pk, sku.pk, second.code, first.code, 3, "M")], actor=ACTOR, at=NOON
    ).one()
    undo_stock_documents([document], actor=ACTOR, at=NOON).one()
    assert sum(held(first).values()) + sum(held(second).values()) == 10
    assert audit_stock().ok


def test_undoing_a_loss_puts_the_units_back_into_their_bin(house):
    warehouse, sku, first, second = house
    put(sku, first, 5).one()
    put(sku, second, 5).one()
    lost = paper(sku, warehouse, 2, (AVAILABLE, LOST), place=second).one()
    undo_stock_documents([lost], actor=ACTOR, at=NOON).one()
    assert (held(first), held(second)) == ({("A", ""): 5}, {("A", ""): 5})


def test_released_units_that_were_picked_wait_to_be_put_away(house):
    warehouse, sku, first, second = house
    put(sku, first, 10).one()
    reserve(sku, 4)
    pick_reserved("order", ["N1"], actor=ACTOR, at=NOON)
    stock = stock_of(sku, warehouse)
    assert booked_units([(stock.pk, None, None)]) == {(stock.pk, None, None): 0}
    release_reservations("order", ["N1"], actor=ACTOR, at=NOON)
    assert booked_units([(stock.pk, None, None)]) == {(stock.pk, None, None): 4}
    put(sku, second, 4, key="back").one()
    assert (held(first), held(second)) == ({("A", ""): 6}, {("A", ""): 4})


def test_moves_of_a_caller_go_whole_or_not_at_all(house):
    warehouse, sku, first, second = house
    put(sku, first, 6).one()
    stock = stock_of(sku, warehouse)
    moves = [
        BinMove(stock.pk, None, first.pk, None, 6, "1"),
        BinMove(stock.pk, None, None, second.pk, 11, "2"),
    ]
    with pytest.raises(BinLacksUnits):
        move_units(moves, document_kind="count", document_number="C1", actor=ACTOR, at=NOON)
    assert held(first) == {("A", ""): 6}
    moves[1] = BinMove(stock.pk, None, None, second.pk, 10, "2")
    for new in (2, 0):
        said = move_units(moves, document_kind="count", document_number="C1", actor=ACTOR, at=NOON)
        assert said == new
    assert (held(first), held(second)) == ({}, {("A", ""): 10})


def test_the_database_refuses_a_bin_below_zero_and_codes_in_small_letters(house):
    warehouse, _sku, first, _second = house
    with pytest.raises(IntegrityError), transaction.atomic():
        Bin.objects.create(zone=first.zone, warehouse=warehouse, code="a-03")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT catalog_move_units(%s::json, 'x', now())",
            [f'[{{"stock_id": {stock_of(_sku, warehouse).pk}, "from_bin_id": {first.pk}, "units": 1,'
             ' "document_kind": "x", "document_number": "x", "key": "x"}]'],
        )  # fmt: skip


@pytest.mark.parametrize(
    ("corruption", "proof"),
    [
        ("UPDATE catalog_binstock SET units = units + 1", "bins = their movements"),
        ("DELETE FROM catalog_binstock", "bins = their movements"),
        ("UPDATE catalog_binmovement SET to_bin_id = {second}", "bins = their movements"),
        ("UPDATE catalog_reservation SET picked = 5", "bins within balances"),
        (
            "INSERT INTO catalog_binmovement (stock_id, to_bin_id, units, document_kind, document_number, actor, at,"
            " key) SELECT stock_id, bin_id, 9, '', '', 'x', now(), 'forged' FROM catalog_binstock;"
            "UPDATE catalog_binstock SET units = units + 9",
            "bins within balances",
        ),
    ],
)
def test_the_audit_finds_bins_that_lie(house, corruption, proof):
    _warehouse, sku, first, second = house
    put(sku, first, 6).one()
    reserve(sku, 5)
    assert (differing_bin(), overfull_bins()) == (None, None)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(corruption.format(second=second.pk))
        found = differing_bin() or overfull_bins()
        transaction.set_rollback(True)
    assert (found["proof"], found["sku"]) == (proof, "A")


def test_bins_are_true_when_stock_is_lost_beside_what_was_picked(house):
    warehouse, sku, first, _second = house
    put(sku, first, 10).one()
    reserve(sku, 4)
    pick_reserved("order", ["N1"], actor=ACTOR, at=NOON)
    paper(sku, warehouse, 3, (AVAILABLE, LOST)).one()
    assert (held(first), overfull_bins()) == ({("A", ""): 3}, None)
