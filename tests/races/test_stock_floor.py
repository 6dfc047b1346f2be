"""Two at once with one request, one transfer, one bin, the last units; each with its control without locks."""

from __future__ import annotations

import time
from datetime import timedelta
from threading import Event

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.choices import OWN, ReservationStatus, StockDocumentKind, StockState
from catalog.drafts import (
    ArrivalDraft,
    ArrivedLineDraft,
    PlaceDraft,
    RequestDraft,
    RequestLineDraft,
    StockDocumentDraft,
    StockLineDraft,
)
from catalog.models import Count, Reservation, StockDocumentLine, StockHold, StockRequest
from catalog.operations import counting
from catalog.operations.bins import BinTransferDraft, PutAwayDraft, move_between_bins, pick_reserved, put_away
from catalog.operations.count_approving import approve_stocktakes
from catalog.operations.counting import close_places
from catalog.operations.documents import NotEnoughUnits, post_stock_documents
from catalog.operations.holds import (
    ExtendDraft,
    HoldDraft,
    end_holds,
    extend_holds,
    place_holds,
    release_holds,
)
from catalog.operations.promised import release_reservations, ship_reserved
from catalog.operations.requests import approve_requests, request_stock, withdraw_requests
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_for_new
from catalog.operations.transfers import arrive_transfers
from catalog.queries.audit import audit_stock, differing_bin, overfull_bins
from ops_portal.accounts.choices import Role
from ops_portal.lib.models import StateMove
from ops_portal.lib.refusals import Outcome
from ops_portal.lib.testing import race
from orders.operations.moving import pick_orders
from tests.catalog.counts import lying, make_bin, put
from tests.catalog.listings import codes, person
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive, stock_of
from tests.races.test_stocktakes import BOOKED, GONE, UNITS, Shelf
from tests.races.unlocked import ROWS, Unlocked

pytestmark = pytest.mark.django_db(transaction=True)
MIDNIGHT = NOON + timedelta(hours=12)


def moves_to(status: str) -> int:
    return StateMove.objects.filter(to_status=status).count()


class Asked:
    """Ten units of tea, of which somebody wants five booked as damaged, and two who may allow it."""

    def __init__(self) -> None:
        self.warehouse, self.sku = make_warehouse("MAIN"), make_sku("TEA")
        receive(self.sku, 10, warehouse=self.warehouse)
        self.asker = person("asker", Role.WAREHOUSE)
        self.boss, self.other = (person(name, Role.OPERATIONS_MANAGER) for name in ("boss", "other"))
        line = RequestLineDraft("TEA", OWN, 5, "available", "damaged")
        draft = RequestDraft("adjustment", "damage", "MAIN", (line,))
        self.number = request_stock([draft], actor=self.asker, at=NOON).one().number

    def approve(self, actor=None):
        return lambda: approve_requests([self.number], actor=actor or self.boss, at=NOON)

    def withdraw(self):
        return withdraw_requests([self.number], actor=self.asker, at=NOON)

    def damaged(self) -> int:
        return stock_of(self.sku, self.warehouse).damaged


@pytest.mark.parametrize("locks", [True, False])
def test_one_request_is_approved_by_two_at_once(locks):
    """Without the lock both are told that they approved it; the paper's own number keeps the units from going twice."""
    asked = Asked()
    runners = [asked.approve(asked.boss), asked.approve(asked.other)]
    if not locks:
        runners = [*map(Unlocked("catalog_stockrequest"), runners)]
    answers = race(runners)
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    assert sorted(codes(answer) for answer in answers) == ([[], ["illegal_move"]] if locks else [[], []])
    assert moves_to("posted") == (1 if locks else 2)
    assert asked.damaged() == 5


@pytest.mark.parametrize("locks", [True, False])
def test_one_request_is_approved_and_withdrawn_at_once(locks):
    """Without the lock one of them runs into the database's own rule: what was booked has a paper."""
    asked = Asked()
    runners = [asked.approve(), asked.withdraw]
    if not locks:
        runners = [*map(Unlocked("catalog_stockrequest"), runners)]
    answers = race(runners)
    status = StockRequest.objects.get().status
    if locks:
        assert sorted(codes(answer) for answer in answers) == [[], ["illegal_move"]]
        assert asked.damaged() == (5 if status == "posted" else 0)
        assert moves_to("posted") + moves_to("withdrawn") == 1
    else:
        assert [type(answer) for answer in answers if not isinstance(answer, Outcome)] == [IntegrityError]


class OnTheWay:
    """Two transfers of five units each to the same place."""

    def __init__(self) -> None:
        self.main, self.far, self.sku = make_warehouse("MAIN"), make_warehouse("FAR"), make_sku("TEA")
        receive(self.sku, 10, warehouse=self.main)
        self.first, self.second = self.send(), self.send()

    def send(self):
        line = StockLineDraft(self.sku.pk, self.main.pk, OWN, 5, StockState.AVAILABLE, StockState.IN_TRANSIT)
        paper = StockDocumentDraft(StockDocumentKind.TRANSFER, (line,), to_warehouse_id=self.far.pk)
        return post_stock_documents([paper], actor=ACTOR, at=NOON).one()

    def arrive(self, key: str):
        draft = ArrivalDraft(self.first.number, (ArrivedLineDraft("TEA", 5),), key)
        return lambda: arrive_transfers([draft], actor=ACTOR, at=NOON)

    def arrived(self) -> int:
        return stock_of(self.sku, self.far).available


@pytest.mark.parametrize("locks", [True, False])
def test_two_take_in_the_same_transfer_at_once(locks):
    """Without the lock of the paper the second takes in what another transfer has on the way."""
    way = OnTheWay()
    runners = [way.arrive("K1"), way.arrive("K2")]
    if not locks:
        runners = [*map(Unlocked(r"AS \"lost\" FROM \"catalog_stockdocumentline\""), runners)]
    answers = race(runners)
    if locks:
        assert sorted(codes(answer) for answer in answers) == [[], ["more_than_sent"]]
        assert way.arrived() == 5
        assert audit_stock().first_difference is None
    else:
        assert ([codes(answer) for answer in answers], way.arrived()) == ([[], []], 10)


def test_a_double_enter_on_an_arrival_counts_once():
    way = OnTheWay()
    answers = race([way.arrive("K1")] * 4)
    assert [codes(answer) for answer in answers] == [[]] * 4
    assert (way.arrived(), StockDocumentLine.objects.filter(key="K1").count()) == (5, 1)


class Binned:
    """Ten units in one bin, promised to an order; five more on the dock; another bin beside."""

    def __init__(self) -> None:
        self.warehouse, self.sku = make_warehouse("MAIN"), make_sku("TEA")
        self.bin, self.other = make_bin(self.warehouse, "A-01"), make_bin(self.warehouse, "A-02")
        receive(self.sku, 10, warehouse=self.warehouse)
        put(self.sku, self.bin, 10)
        request = ReservationRequest("order", "N1", (), (ReservationItem(1, self.sku.pk, 10),))
        reserve_for_new([request], actor=ACTOR, at=NOON).one()

    def pick(self):
        return pick_reserved("order", ["N1"], actor=ACTOR, at=NOON)

    def put_more(self):
        draft = PutAwayDraft(self.warehouse.pk, self.sku.pk, "A-01", 5, "more")
        return put_away([draft], actor=ACTOR, at=NOON)

    def move(self):
        draft = BinTransferDraft(self.warehouse.pk, self.sku.pk, "A-01", "A-02", 10, "move")
        return move_between_bins([draft], actor=ACTOR, at=NOON)


def test_goods_are_put_into_a_bin_from_which_an_order_is_picked_at_once():
    house = Binned()
    receive(house.sku, 5, warehouse=house.warehouse)
    answers = race([house.pick, house.put_more])
    assert answers[0] == 10
    assert codes(answers[1]) == []
    assert (lying(house.bin), differing_bin(), overfull_bins()) == ({"TEA": 5}, None, None)
    assert ship_reserved("order", ["N1"], actor=ACTOR, at=NOON) == 10
    assert (stock_of(house.sku, house.warehouse).available, overfull_bins()) == (5, None)


@pytest.mark.parametrize("locks", [True, False])
def test_goods_are_moved_out_of_a_bin_from_which_an_order_is_picked_at_once(locks):
    """Without the lock both take the same ten units out of the bin, and the database's own rule stops the second."""
    house = Binned()
    runners = [house.pick, house.move]
    if not locks:
        runners = [*map(Unlocked("catalog_stock WHERE id = ANY"), runners)]
    answers = race(runners)
    if locks:
        assert answers[0] == 10
        assert codes(answers[1]) in ([], ["bin_lacks_units"])
        assert Reservation.objects.get(status=ReservationStatus.HELD).picked == 10
        assert (differing_bin(), overfull_bins()) == (None, None)
    else:
        assert any(isinstance(answer, IntegrityError) for answer in answers), answers


@pytest.mark.parametrize("locks", [True, False])
def test_two_hold_six_of_the_last_ten_units_at_once(locks):
    """Without the lock both see ten; the CHECK on the balance lets one of them through."""
    warehouse, sku = make_warehouse("MAIN"), make_sku("TEA")
    receive(sku, 10, warehouse=warehouse)
    draft = HoldDraft("MAIN", (("TEA", 6),), "11.11", MIDNIGHT)
    runners = [lambda: place_holds([draft], actor=ACTOR, at=NOON)] * 2
    if not locks:
        runners = [*map(Unlocked("k.ship_days FROM catalog_stock s"), runners)]
    answers = race(runners)
    if locks:
        assert sorted(codes(answer) for answer in answers) == [[], ["out_of_stock"]]
    else:
        assert [type(answer) for answer in answers if not isinstance(answer, Outcome)] == [IntegrityError]
    assert StockHold.objects.count() == 1
    assert (stock_of(sku, warehouse).available, stock_of(sku, warehouse).reserved) == (4, 6)


@pytest.mark.parametrize("locks", [True, False])
def test_a_hold_ends_while_it_is_extended(locks):
    """Without the lock whoever extends it is told that it stands, and it is gone."""
    warehouse, sku = make_warehouse("MAIN"), make_sku("TEA")
    receive(sku, 10, warehouse=warehouse)
    draft = HoldDraft("MAIN", (("TEA", 6),), "11.11", MIDNIGHT)
    number = place_holds([draft], actor=ACTOR, at=NOON).one().number
    later = ExtendDraft(number, MIDNIGHT + timedelta(days=1))
    runners = [
        lambda: extend_holds([later], actor=ACTOR, at=MIDNIGHT - timedelta(seconds=1)),
        lambda: end_holds(actor=ACTOR, at=MIDNIGHT),
    ]
    if not locks:
        runners = [*map(Unlocked(r'"catalog_stockhold".*FOR NO KEY UPDATE'), runners)]
    extended, ended = race(runners)
    hold = StockHold.objects.get()
    if locks:
        stands = hold.status == "held"
        assert (codes(extended), ended) == (([], 0) if stands else (["hold_is_over"], 1))
    else:
        assert (codes(extended), ended, hold.status) == ([], 1, "expired")


def test_two_give_one_hold_back_at_once():
    warehouse, sku = make_warehouse("MAIN"), make_sku("TEA")
    receive(sku, 10, warehouse=warehouse)
    draft = HoldDraft("MAIN", (("TEA", 6),), "11.11", MIDNIGHT)
    number = place_holds([draft], actor=ACTOR, at=NOON).one().number
    answers = race([lambda: release_holds([number], actor=ACTOR, at=NOON)] * 3)
    assert sorted(codes(answer) for answer in answers) == [[], ["illegal_move"], ["illegal_move"]]
    assert stock_of(sku, warehouse).available == 10


def test_the_books_agree_after_a_stocktake_among_orders_and_somebody_elses_adjustments():
    """Two sellers place, pick and ship, and a third hand books what it breaks, while the count is approved."""
    shelf, over = Shelf(), Event()
    broken = 0

    def sell() -> int:
        sold = 0
        while not over.is_set() or sold < 3:
            pk = shelf.order()
            shelf.pick(pk, linger=0.003)
            sold += 1
            if sold >= 20:
                break
        return sold

    def smash() -> None:
        nonlocal broken
        while not over.is_set() or broken < 3:
            line = StockLineDraft(
                shelf.sku.pk,
                shelf.warehouse.pk,
                OWN,
                1,
                StockState.AVAILABLE,
                StockState.DAMAGED,
                bin_code="A-01",
            )
            paper = StockDocumentDraft(StockDocumentKind.ADJUSTMENT, (line,))
            with shelf.hands:
                post_stock_documents([paper], actor=ACTOR, at=NOON).one()
                shelf.really -= 1
            broken += 1
            time.sleep(0.02)
            if broken >= 30:
                break

    def take_stock() -> None:
        try:
            stocktake = shelf.open()
            shelf.count(stocktake)
            shelf.recount(stocktake)
            shelf.approve(stocktake)
        finally:
            over.set()

    answers = race([take_stock, sell, sell, smash])
    assert not [answer for answer in answers if isinstance(answer, BaseException)], answers
    stock = stock_of(shelf.sku, shelf.warehouse)
    assert (stock.lost, stock.damaged) == (GONE, broken)
    assert shelf.really == shelf.in_bin()
    assert audit_stock().first_difference is None


@pytest.mark.parametrize("locks", [True, False])
def test_a_stocktake_is_approved_while_all_its_units_are_promised(locks):
    """Without the lock of the balance one of the two runs into what the other wrote, and no order is named."""
    shelf = Shelf()
    stocktake = shelf.open()
    shelf.count(stocktake)
    shelf.recount(stocktake)
    whole = ReservationRequest("order", "ALL", (), (ReservationItem(1, shelf.sku.pk, BOOKED),))
    runners = [
        lambda: approve_stocktakes([stocktake.number], actor=shelf.approver, at=NOON),
        lambda: reserve_for_new([whole], actor=ACTOR, at=NOON),
    ]
    if not locks:
        look = r'FROM "catalog_stock" WHERE "catalog_stock"."id" IN|k.ship_days FROM catalog_stock'
        runners = [*map(Unlocked(look), runners)]
    answers = race(runners)
    if locks:
        refused = [codes(answer) for answer in answers]
        assert refused in ([[], ["out_of_stock"]], [["still_promised"], []])
        assert stock_of(shelf.sku, shelf.warehouse).lost == (GONE if refused[1] else 0)
    else:
        assert [type(answer) for answer in answers if not isinstance(answer, Outcome)] in (
            [IntegrityError],
            [NotEnoughUnits],
        )


@pytest.mark.parametrize("locks", [True, False])
def test_an_order_is_cancelled_between_the_look_and_the_grasp_of_its_picker(locks):
    """With the lock the cancellation waits; without it, who grasps looks once more and leaves what he sees alone."""
    house, looked, released = Binned(), Event(), Event()

    def pick() -> int:
        def look(execute, sql, params, many, context):
            answer = execute(sql if locks else ROWS.sub("", sql), params, many, context)
            if 'FROM "catalog_reservation"' in sql:
                looked.set()
                released.wait(0.5 if locks else 20)
            return answer

        with connection.execute_wrapper(look):
            return house.pick()

    def release() -> int:
        looked.wait(20)
        units = release_reservations("order", ["N1"], actor=ACTOR, at=NOON)
        released.set()
        return units

    assert race([pick, release]) == ([10, 10] if locks else [0, 10])
    assert lying(house.bin) == ({} if locks else {"TEA": 10})
    assert (differing_bin(), overfull_bins()) == (None, None)
    assert stock_of(house.sku, house.warehouse).available == 10


def booked_while_a_picker_lingers(shelf: Shelf, step: str) -> int:
    """Close a place, or count it once more, while a pick is done by hand and not yet in the books; return the books."""
    stocktake, pk = shelf.open(), shelf.order()
    if step == "recount":
        shelf.count(stocktake)
    taken = Event()

    def pick() -> None:
        with transaction.atomic():
            with shelf.hands:
                pick_orders([pk], actor=ACTOR, at=NOON).one()
                shelf.really -= UNITS
            taken.set()
            time.sleep(0.5)

    def act() -> None:
        taken.wait(20)
        if step == "recount":
            shelf.recount(stocktake)
        else:
            close_places([PlaceDraft(stocktake.number, "A-01")], actor=shelf.counter, at=NOON).one()

    assert race([pick, act]) == [None, None]
    found = Count.objects.get(stocktake=stocktake, bin=shelf.bin)
    return found.rebooked if step == "recount" else found.booked


@pytest.mark.parametrize("locks", [True, False])
@pytest.mark.parametrize("step", ["close", "recount"])
def test_the_books_are_read_when_the_picker_at_the_shelf_has_written_them(monkeypatch, step, locks):
    """Without the lock of the balance the units in the picker's hand still stand in the books."""
    if not locks:
        monkeypatch.setattr(counting, "lock_stock", lambda stock_ids: None)
    assert booked_while_a_picker_lingers(Shelf(), step) == (BOOKED - UNITS if locks else BOOKED)
