"""Stocktakes: opened, counted blind beside the books, recounted by another, approved by a third, entered."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from catalog.choices import (
    OWN,
    STOCKTAKE_MOVES,
    CountStatus,
    StockDocumentKind,
    StockState,
    StocktakeStatus,
    ZoneKind,
)
from catalog.drafts import (
    CountDraft,
    PlaceDraft,
    ScopeDraft,
    SendBackDraft,
    StockDocumentDraft,
    StockLineDraft,
    StocktakeDraft,
)
from catalog.models import Count, CountPlan, DailyDemand, Posting, StockDocument, Stocktake, Tally
from catalog.operations.count_approving import send_back_stocktakes
from catalog.operations.counting import close_places, count_units, submit_stocktakes
from catalog.operations.documents import post_stock_documents
from catalog.operations.promised import release_reservations, ship_reserved
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_for_new
from catalog.operations.reversing import undo_stock_documents
from catalog.operations.stocktaking import (
    cancel_stocktakes,
    open_planned_stocktakes,
    open_stocktakes,
)
from catalog.queries.audit import audit_stock, differing_balance, differing_bin
from ops_portal.accounts.choices import Role
from ops_portal.desk.models import Team
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import job
from ops_portal.lib.testing import assert_moves_follow_table
from tests.catalog.counts import House, key, lying, make_bin, put, shown
from tests.catalog.listings import codes, person
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive, stock_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def house():
    return House()


def reserve(sku, units, number):
    request = ReservationRequest("order", number, (), (ReservationItem(1, sku.pk, units),))
    reserve_for_new([request], actor=ACTOR, at=NOON).one()


def difference():
    """Return where balances or bins differ from their movements: here the orders are numbers alone."""
    return differing_balance() or differing_bin()


def test_moves_follow_the_table(house):
    def make(status):
        return Stocktake.objects.create(
            number=f"ST-{status}",
            warehouse=house.warehouse,
            kind="full",
            status=status,
            approved_by_id=house.approver.user_id,
            created_at=NOON,
            updated_at=NOON,
        )

    assert_moves_follow_table(STOCKTAKE_MOVES, StocktakeStatus.values, Role.values, make, at=NOON)


# Opening


def test_a_full_stocktake_counts_what_lies_in_the_bins_and_outside_them(house):
    stocktake = house.open()
    assert (stocktake.kind, stocktake.status) == ("full", "counting")
    assert shown(stocktake) == [
        ("", "SALT", "open", None, None),
        ("A-01", "TEA", "open", None, None),
        ("A-02", "TEA", "open", None, None),
    ]
    assert StateMove.objects.get(document_number=stocktake.number).to_status == "counting"


@pytest.mark.parametrize(
    ("scope", "places"),
    [
        ({"bins": ("A-02",)}, ["A-02"]),
        ({"zones": ("STO",)}, ["A-01", "A-02"]),
        ({"skus": ("SALT",)}, [""]),
        ({"brands": ("ACME",)}, ["", "A-01", "A-02"]),
        ({"goods": "A"}, ["A-01", "A-02"]),
        ({"goods": "C"}, [""]),
    ],
)
def test_a_scope_narrows_what_is_counted(house, scope, places):
    DailyDemand.objects.create(
        sku=house.tea, warehouse=house.warehouse, day=NOON.date() - DAY, units=99, was_out=False
    )
    stocktake = house.open(**scope)
    assert (stocktake.kind, [row[0] for row in shown(stocktake)]) == ("spot", places)


def test_class_b_begins_where_80_of_100_units_are_sold(house):
    for sku, units in ((house.tea, 80), (house.salt, 15), (make_sku("RICE"), 5)):
        DailyDemand.objects.create(sku=sku, warehouse=house.warehouse, day=NOON.date() - DAY, units=units)
    assert [row[1] for row in shown(house.open(goods="B"))] == ["SALT"]


def test_goods_that_wait_for_their_inspection_are_counted_by_nobody(house):
    place = make_bin(house.warehouse, "R-01", ZoneKind.RETURNS)
    stocktake = house.open()
    outcome = house.count(stocktake, place, house.tea, 1)
    assert codes(outcome) == ["not_part_of_it"]


@pytest.mark.parametrize(
    "draft",
    [
        StocktakeDraft("NOWHERE"),
        StocktakeDraft("NORTH", ScopeDraft(bins=("Z-99",))),
        StocktakeDraft("NORTH", ScopeDraft(goods="Z")),
    ],
)
def test_what_does_not_exist_is_not_counted(house, draft):
    assert codes(open_stocktakes([draft], actor=house.opener, at=NOON)) == ["unknown_scope"]


def test_no_second_stocktake_counts_the_same_places(house):
    first = house.open(bins=("A-01",))
    assert [row[0] for row in shown(house.open())] == ["", "A-02"]
    outcome = open_stocktakes([StocktakeDraft("NORTH")], actor=house.opener, at=NOON)
    assert codes(outcome) == ["nothing_to_count"]
    cancel_stocktakes([first.number], actor=house.opener, at=NOON).one()
    assert [row[0] for row in shown(house.open())] == ["A-01"]


def test_a_customer_service_agent_opens_no_stocktake(house):
    agent = person("agent", Role.CUSTOMER_SERVICE)
    assert codes(open_stocktakes([StocktakeDraft("NORTH")], actor=agent, at=NOON)) == ["role_may_not_count"]


# Counting


def test_each_scan_adds_one_and_a_number_sets_the_units_of_the_scan(house):
    stocktake = house.open()
    for _scan in range(2):
        house.count(stocktake, house.first, house.tea, 1).one()
    last = house.count(stocktake, house.first, house.tea, 1).one()
    draft = CountDraft(stocktake.number, "A-01", "TEA", 8, last.key, corrects=True)
    for _repeat in range(2):
        count_units([draft], actor=house.counter, at=NOON).one()
    assert shown(stocktake)[1] == ("A-01", "TEA", "open", 10, 10)
    assert Tally.objects.count() == 3


def test_a_repeated_scan_counts_once(house):
    stocktake = house.open()
    draft = CountDraft(stocktake.number, "A-01", "TEA", 3, "twice")
    for _repeat in range(2):
        count_units([draft], actor=house.counter, at=NOON).one()
    count_units([draft, draft], actor=house.counter, at=NOON)
    assert Count.objects.get(stocktake=stocktake, bin=house.first).counted == 3


def test_the_books_are_read_when_goods_are_counted_not_when_the_stocktake_is_opened(house):
    stocktake = house.open()
    reserve(house.salt, 3, "N1")
    ship_reserved("order", ["N1"], actor=ACTOR, at=NOON)
    house.count(stocktake, None, house.salt, 1)
    house.close(stocktake, None)
    assert shown(stocktake)[0] == ("", "SALT", "agrees", 1, 1)


def test_goods_in_the_wrong_bin_are_counted_where_they_are_found(house):
    stocktake = house.open()
    house.count(stocktake, house.first, house.salt, 2).one()
    house.close(stocktake, house.first)
    assert shown(stocktake)[1:3] == [
        ("A-01", "SALT", "differs", 0, 2),
        ("A-01", "TEA", "differs", 10, 0),
    ]


def test_what_was_put_into_a_bin_after_the_opening_is_expected_there(house):
    stocktake = house.open()
    put(house.salt, house.first, 3)
    house.count(stocktake, house.first, house.tea, 10)
    house.close(stocktake, house.first)
    assert shown(stocktake)[1:3] == [
        ("A-01", "SALT", "differs", 3, 0),
        ("A-01", "TEA", "agrees", 10, 10),
    ]


def test_a_place_is_counted_once(house):
    stocktake = house.open()
    house.count(stocktake, house.first, house.tea, 10)
    house.close(stocktake, house.first)
    house.close(stocktake, house.first)
    assert codes(house.count(stocktake, house.first, house.tea, 1)) == ["already_counted"]
    assert codes(house.count(stocktake, house.first, house.salt, 1)) == ["already_counted"]


@pytest.mark.parametrize(
    ("place", "sku", "units", "code"),
    [
        ("Z-99", "TEA", 1, "unknown_bin"),
        ("A-01", "NOTHING", 1, "unknown_goods"),
        ("A-01", "CREAM", 1, "unknown_goods"),
        ("A-01", "TEA", -1, "wrong_units"),
        ("A-01", "TEA", 10**7, "wrong_units"),
    ],
)
def test_what_cannot_be_counted_is_refused(house, place, sku, units, code):
    make_sku("CREAM", tracks_batches=True)
    stocktake = house.open()
    draft = CountDraft(stocktake.number, place, sku, units, key())
    assert codes(count_units([draft], actor=house.counter, at=NOON)) == [code]
    assert not Tally.objects.exists()


def test_goods_outside_the_scope_stay_where_they_are(house):
    stocktake = house.open(skus=("SALT",))
    assert codes(house.count(stocktake, house.first, house.tea, 1)) == ["not_part_of_it"]
    spot = house.open(bins=("A-01",))
    assert codes(house.count(spot, house.second, house.tea, 1)) == ["not_part_of_it"]
    assert codes(house.count(spot, None, house.tea, 1)) == ["not_part_of_it"]


def test_goods_that_another_stocktake_counts_in_the_place_are_named(house):
    other = house.open(skus=("TEA",))
    stocktake = house.open()
    (refusal,) = [no for _index, no in house.count(stocktake, house.first, house.tea, 1).refused]
    assert (refusal.code, other.number in str(refusal)) == ("counted_elsewhere", True)


def test_machines_and_agents_count_nothing(house):
    stocktake = house.open()
    assert codes(house.count(stocktake, None, house.salt, 1, actor=job("x"))) == ["person_needed"]
    agent = person("agent", Role.CUSTOMER_SERVICE)
    assert codes(house.count(stocktake, None, house.salt, 1, actor=agent)) == ["role_may_not_count"]


def test_batches_and_owners_are_counted_apart(house):
    cream = make_sku("CREAM", tracks_batches=True)
    for batch, owner in (("B1", OWN), ("B2", OWN), ("B1", "LI")):
        receive(cream, 5, warehouse=house.warehouse, owner=owner, batch=batch, expires_on=date(2027, 1, 1))
    stocktake = house.open(skus=("CREAM",))
    house.count(stocktake, None, cream, 5, batch_code="B1")
    house.count(stocktake, None, cream, 4, batch_code="B1", goods_owner="LI")
    house.close(stocktake, None)
    found = Count.objects.filter(stocktake=stocktake).order_by("pk")
    rows = sorted((each.stock.owner, each.batch.code, each.booked, each.counted) for each in found)
    assert rows == [("LI", "B1", 5, 4), (OWN, "B1", 5, 5), (OWN, "B2", 5, 0)]


# Handing on, recounting


def test_a_stocktake_without_a_difference_goes_to_its_approval(house):
    stocktake = house.counted(10, 6, 4)
    assert (stocktake.status, stocktake.due_at > NOON) == ("review", True)
    house.approve(stocktake).one()
    assert (stocktake.status, StockDocument.objects.filter(kind="stocktake").count()) == ("posted", 0)
    assert not Count.objects.filter(is_open=True).exists()


def test_a_stocktake_with_places_to_count_is_not_handed_on(house):
    stocktake = house.open()
    house.close(stocktake, house.first)
    outcome = submit_stocktakes([stocktake.number], actor=house.counter, at=NOON)
    assert (codes(outcome), outcome.refused[0][1].facts["left"]) == (["still_to_count"], 2)


def test_a_difference_is_recounted_by_another_beside_the_books_of_that_moment(house):
    stocktake = house.counted(8, 6, 4)
    assert stocktake.status == "recounting"
    reserve(house.tea, 1, "N1")
    ship_reserved("order", ["N1"], actor=ACTOR, at=NOON)  # takes one out of A-01
    outcome = house.recount(stocktake, house.first, house.tea, 9)
    count = outcome.one()
    count.refresh_from_db()
    assert (count.status, count.rebooked, count.recounted) == ("recounted", 9, 9)
    assert stocktake.status == "review"


def test_the_first_counter_recounts_only_where_nobody_else_counts(house):
    stocktake = house.counted(8, 6, 4)
    house.recount(stocktake, house.first, house.tea, 8, actor=house.counter).one()
    cancel_stocktakes([stocktake.number], actor=house.approver, at=NOON)
    again = house.open()
    house.count(again, house.first, house.tea, 8)
    house.count(again, house.second, house.tea, 6, actor=house.other)
    house.count(again, None, house.salt, 4)
    house.close(again, house.first, house.second, None)
    house.submit(again)
    refused = house.recount(again, house.first, house.tea, 8, actor=house.counter)
    assert codes(refused) == ["own_count"]
    late = house.recount(again, house.first, house.tea, 8, actor=house.counter, at=NOON + 31 * DAY)
    assert not late.refused  # the other one has not counted here for a month


def test_a_recount_is_made_once(house):
    stocktake = house.counted(8, 5, 4)
    assert not house.recount(stocktake, house.first, house.tea, 8).refused
    assert codes(house.recount(stocktake, house.first, house.tea, 9)) == ["already_counted"]
    assert codes(house.recount(stocktake, None, house.salt, 9)) == ["already_counted"]
    assert not house.recount(stocktake, house.second, house.tea, 5).refused
    assert codes(house.recount(stocktake, house.second, house.tea, 5)) == ["not_counting"]


# Approval


def test_an_approval_books_what_is_missing_as_lost_and_takes_it_out_of_its_bin(house):
    stocktake = house.counted(8, 6, 4)
    house.recount(stocktake, house.first, house.tea, 8)
    house.approve(stocktake).one()
    stock = stock_of(house.tea, house.warehouse)
    assert (stocktake.status, stock.available, stock.lost) == ("posted", 14, 2)
    assert (lying(house.first), lying(house.second)) == ({"TEA": 8}, {"TEA": 6})
    assert list(Posting.objects.values_list("units", flat=True)) == [-2]
    document = StockDocument.objects.get(kind="stocktake")
    assert (document.note, Posting.objects.get().document_number) == (stocktake.number, document.number)
    assert audit_stock().first_difference is None


def test_what_is_found_comes_from_what_earlier_counts_lost_then_from_outside(house):
    first = house.counted(8, 6, 4)
    house.recount(first, house.first, house.tea, 8)
    house.approve(first).one()
    second = house.counted(11, 6, 4)
    house.recount(second, house.first, house.tea, 11)
    house.approve(second).one()
    stock = stock_of(house.tea, house.warehouse)
    assert (stock.available, stock.lost) == (17, 0)
    ways = StockDocument.objects.order_by("-pk")[0].lines.values_list("from_state", "units")
    assert sorted(ways) == [("lost", 2), ("outside", 1)]
    assert lying(house.first) == {"TEA": 11}
    assert audit_stock().first_difference is None


def test_what_a_carrier_lost_is_not_what_a_count_finds(house):
    reserve(house.tea, 3, "N1")
    ship_reserved("order", ["N1"], actor=ACTOR, at=NOON)
    line = StockLineDraft(house.tea.pk, house.warehouse.pk, OWN, 3, StockState.SHIPPED, StockState.LOST)
    draft = StockDocumentDraft(StockDocumentKind.ADJUSTMENT, (line,))
    post_stock_documents([draft], actor=ACTOR, at=NOON).one()
    held = lying(house.first)["TEA"]
    stocktake = house.counted(held + 2, 6, 4)
    house.recount(stocktake, house.first, house.tea, held + 2)
    house.approve(stocktake).one()
    assert (stock_of(house.tea, house.warehouse).available, stock_of(house.tea, house.warehouse).lost) == (
        15,
        3,
    )


def test_what_lies_in_another_bin_goes_there_without_a_document(house):
    stocktake = house.counted(7, 9, 4)
    house.recount(stocktake, house.first, house.tea, 7)
    house.recount(stocktake, house.second, house.tea, 9)
    reserve(house.tea, 16, "N1")  # all promised; nothing is missing
    house.approve(stocktake).one()
    assert (lying(house.first), lying(house.second)) == ({"TEA": 7}, {"TEA": 9})
    assert not StockDocument.objects.filter(kind="stocktake").exists()
    assert sorted(Posting.objects.values_list("units", "document_number")) == [
        (-3, stocktake.number),
        (3, stocktake.number),
    ]


def test_missing_units_that_are_promised_wait_and_their_orders_are_named(house):
    stocktake = house.counted(5, 6, 4)
    house.recount(stocktake, house.first, house.tea, 5)
    reserve(house.tea, 10, "N1")
    reserve(house.tea, 4, "N2")
    ((_index, refusal),) = house.approve(stocktake).refused
    assert (refusal.code, refusal.facts["documents"]) == ("still_promised", ["N2", "N1"])
    assert (stocktake.status, stock_of(house.tea, house.warehouse).lost) == ("review", 2)
    assert difference() is None
    release_reservations("order", ["N2"], actor=ACTOR, at=NOON)
    house.approve(stocktake).one()
    stock = stock_of(house.tea, house.warehouse)
    assert (stocktake.status, stock.available, stock.reserved, stock.lost) == ("posted", 1, 10, 5)
    assert sorted(Posting.objects.values_list("units", flat=True)) == [-3, -2]
    assert difference() is None


@pytest.mark.parametrize("kind", [ZoneKind.QUARANTINE, ZoneKind.DAMAGED])
@pytest.mark.parametrize("found", [3, 7])
def test_units_in_other_standings_come_and_go_by_their_state(house, kind, found):
    place = make_bin(house.warehouse, "Q-01", kind)
    line = StockLineDraft(house.tea.pk, house.warehouse.pk, OWN, 5, StockState.OUTSIDE, kind.value)
    post_stock_documents([StockDocumentDraft("receipt", (line,))], actor=ACTOR, at=NOON).one()
    put(house.tea, place, 5, zone_kind=kind)
    stocktake = house.open(bins=("Q-01",))
    house.count(stocktake, place, house.tea, found)
    house.close(stocktake, place)
    house.submit(stocktake)
    house.recount(stocktake, place, house.tea, found)
    house.approve(stocktake).one()
    stock = stock_of(house.tea, house.warehouse)
    assert (getattr(stock, kind.value), stock.available, stock.lost) == (found, 16, 0)
    assert lying(place) == {"TEA": found}
    assert audit_stock().first_difference is None


@pytest.mark.parametrize("who", ["opener", "counter", "other"])
def test_nobody_who_took_part_approves(house, who):
    for name in ("counter", "other"):
        setattr(house, name, person(f"manager-{name}", Role.OPERATIONS_MANAGER))
    stocktake = house.counted(8, 6, 4)
    house.recount(stocktake, house.first, house.tea, 8)
    assert codes(house.approve(stocktake, actor=getattr(house, who))) == ["own_stocktake"]
    assert codes(house.approve(stocktake, actor=job("x"))) == ["person_needed"]
    with pytest.raises(IntegrityError, match="does not approve it"), transaction.atomic():
        Stocktake.objects.filter(pk=stocktake.pk).update(approved_by=getattr(house, who).user_id)


def adjust(sku, units, here, there, *, at):
    line = StockLineDraft(sku.pk, make_warehouse("NORTH").pk, OWN, units, here, there)
    return post_stock_documents([StockDocumentDraft("adjustment", (line,))], actor=ACTOR, at=at).one()


def test_what_was_adjusted_by_hand_after_the_count_is_not_lost_a_second_time(house):
    stocktake = house.counted(8, 6, 4)
    house.recount(stocktake, house.first, house.tea, 8)
    paper = adjust(house.tea, 2, StockState.AVAILABLE, StockState.LOST, at=NOON + DAY)
    outcome = house.approve(stocktake, at=NOON + DAY)
    assert codes(outcome) == ["adjusted_since"]
    assert (paper.number in str(outcome.refused[0][1]), stocktake.status) == (True, "review")
    assert (stock_of(house.tea, house.warehouse).lost, Posting.objects.count()) == (2, 0)
    again = SendBackDraft(stocktake.number, "adjusted since")
    send_back_stocktakes([again], actor=house.approver, at=NOON + DAY).one()
    house.recount(stocktake, house.first, house.tea, 8, at=NOON + 2 * DAY)
    house.approve(stocktake, at=NOON + 2 * DAY).one()
    stock = stock_of(house.tea, house.warehouse)
    assert (stock.lost, stock.available) == (2, 14)


def test_an_adjustment_taken_back_or_between_shelves_or_of_other_goods_holds_no_approval(house):
    stocktake = house.counted(8, 6, 4)
    house.recount(stocktake, house.first, house.tea, 8)
    paper = adjust(house.tea, 2, StockState.AVAILABLE, StockState.LOST, at=NOON + DAY)
    undo_stock_documents([paper], actor=ACTOR, at=NOON + DAY)
    adjust(house.salt, 1, StockState.AVAILABLE, StockState.LOST, at=NOON + DAY)
    adjust(house.tea, 1, StockState.AVAILABLE, StockState.DAMAGED, at=NOON + DAY)
    house.approve(stocktake, at=NOON + 2 * DAY).one()
    assert stock_of(house.tea, house.warehouse).lost == 2


def test_an_adjustment_before_the_count_that_is_taken_back_after_it_holds_the_approval(house):
    paper = adjust(house.tea, 2, StockState.AVAILABLE, StockState.LOST, at=NOON - DAY)
    stocktake = house.counted(10, 6, 4)
    house.recount(stocktake, house.first, house.tea, 10)
    undo_stock_documents([paper], actor=ACTOR, at=NOON + DAY)
    assert codes(house.approve(stocktake, at=NOON + DAY)) == ["adjusted_since"]


def test_nobody_posts_without_a_name(house):
    stocktake = house.open()
    with pytest.raises(IntegrityError, match="stocktake_posted_by_somebody"), transaction.atomic():
        Stocktake.objects.filter(pk=stocktake.pk).update(status="posted")


def test_the_database_lets_no_two_stocktakes_count_one_place(house):
    count = Count.objects.filter(stocktake=house.open(bins=("A-01",))).get()
    other = house.open()
    with pytest.raises(IntegrityError, match="count_in_one_stocktake"), transaction.atomic():
        Count.objects.create(stocktake=other, stock_id=count.stock_id, bin_id=count.bin_id)


def test_a_stocktake_sent_back_is_counted_once_more_and_entered_by_the_last_count(house):
    stocktake = house.counted(5, 6, 4)
    house.recount(stocktake, house.first, house.tea, 5)
    reserve(house.tea, 14, "N1")
    assert codes(house.approve(stocktake)) == ["still_promised"]  # two of the five are entered
    again = SendBackDraft(stocktake.number, "look behind the shelf")
    send_back_stocktakes([again], actor=house.approver, at=NOON).one()
    stocktake.refresh_from_db()
    assert (stocktake.status, stocktake.due_at) == ("recounting", None)
    house.recount(stocktake, house.first, house.tea, 8)
    house.approve(stocktake).one()
    stock = stock_of(house.tea, house.warehouse)
    assert (stock.available + stock.reserved, stock.lost) == (14, 2)
    assert lying(house.first) == {"TEA": 8}


def test_sending_back_needs_a_reason_and_a_difference(house):
    stocktake = house.counted(10, 6, 4)
    draft = SendBackDraft(stocktake.number, " ")
    assert codes(send_back_stocktakes([draft], actor=house.approver, at=NOON)) == ["reason_needed"]
    draft = SendBackDraft(stocktake.number, "sure?")
    assert codes(send_back_stocktakes([draft], actor=house.approver, at=NOON)) == ["nothing_to_recount"]
    one = Count.objects.get(stocktake=stocktake, bin=house.first)
    send_back_stocktakes(
        [SendBackDraft(stocktake.number, "sure?", (one.pk,))], actor=house.approver, at=NOON
    ).one()
    one.refresh_from_db()
    assert one.status == CountStatus.DIFFERS


# Plans


def planned(house, **more):
    return CountPlan.objects.create(warehouse=house.warehouse, **{"places_a_day": 2, **more})


def test_a_plan_opens_what_was_counted_longest_ago(house):
    planned(house)
    done = house.counted(10, 6, 4)
    house.approve(done)
    Count.objects.filter(bin=house.second).update(counted_at=NOON - 300 * DAY)
    Count.objects.filter(bin=None).update(counted_at=NOON - 200 * DAY)
    (stocktake,) = open_planned_stocktakes(actor=ACTOR, at=NOON)
    assert (stocktake.kind, [row[0] for row in shown(stocktake)]) == ("cycle", ["", "A-02"])
    assert open_planned_stocktakes(actor=ACTOR, at=NOON) == []
    assert open_planned_stocktakes(actor=ACTOR, at=NOON + DAY) == []  # it is still being counted


def test_a_plan_leaves_alone_what_was_counted_within_its_days(house):
    planned(house, every_days=90)
    house.approve(house.counted(10, 6, 4))
    assert open_planned_stocktakes(actor=ACTOR, at=NOON + 89 * DAY) == []
    assert len(open_planned_stocktakes(actor=ACTOR, at=NOON + 90 * DAY)) == 1


def test_plans_rest_when_their_team_does(house):
    planned(house)
    shifts = {str(day): [["09:00", "18:00"]] for day in range(5)}
    Team.objects.create(code="W", queues=["stocktake_count"], shifts=shifts)
    sunday = NOON + 4 * DAY
    assert (sunday.weekday(), open_planned_stocktakes(actor=ACTOR, at=sunday)) == (6, [])
    assert len(open_planned_stocktakes(actor=ACTOR, at=sunday + DAY)) == 1


def test_a_planned_stocktake_goes_through_its_places_alone(house):
    planned(house, places_a_day=1)
    (stocktake,) = open_planned_stocktakes(actor=ACTOR, at=NOON)
    assert [row[0] for row in shown(stocktake)] == [""]
    assert codes(house.count(stocktake, house.first, house.tea, 1)) == ["not_part_of_it"]


def test_a_plan_of_an_empty_zone_opens_nothing(house):
    other = make_bin(house.warehouse, "B-01", zone="B")
    planned(house, zone=other.zone)
    assert open_planned_stocktakes(actor=ACTOR, at=NOON) == []


def test_a_warehouse_without_bins_is_counted_as_a_whole():
    place, sku = make_warehouse("SMALL"), make_sku("RICE")
    receive(sku, 7, warehouse=place)
    opener = person("opener", Role.OPERATIONS_MANAGER)
    stocktake = open_stocktakes([StocktakeDraft("SMALL")], actor=opener, at=NOON).one()
    counter = person("counter", Role.WAREHOUSE)
    draft = CountDraft(stocktake.number, "", "RICE", 7, key())
    count_units([draft], actor=counter, at=NOON).one()
    close_places([PlaceDraft(stocktake.number, "")], actor=counter, at=NOON).one()
    assert shown(stocktake) == [("", "RICE", "agrees", 7, 7)]
