"""What other systems' books say of a warehouse, held against ours at the same moment."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import Error, transaction

from catalog.choices import RequestStatus, WarehouseSystem
from catalog.models import StockRequest, StockSnapshot, StockSnapshotLine, Warehouse
from catalog.operations.mirroring import (
    TheirDraft,
    count_missing,
    explain_differences,
    note_their_stock,
    take_over,
)
from catalog.operations.requests import approve_requests
from catalog.queries.audit import audit_stock
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.refusals import Refused
from ops_portal.lib.testing.races import race
from ops_portal.lib.testing.statements import statements_of
from orders.drafts import ShipmentDraft
from orders.operations.moving import pack_orders, pick_orders, review_orders, ship_orders
from orders.operations.placing import place_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LATER = NOON + timedelta(hours=9)


@pytest.fixture
def warehouse():
    place = make_warehouse("CLOUD")
    Warehouse.objects.filter(pk=place.pk).update(system=WarehouseSystem.JUSHUITAN)
    return place


def note(*said, taken_at=NOON + HOUR, key="Z1", at=LATER, **given):
    drafts = [
        TheirDraft("CLOUD", taken_at, key, units, sku.code if hasattr(sku, "code") else "", **given)
        for sku, units in said
    ]
    return note_their_stock(drafts, actor=ACTOR, at=at)


def lines() -> list[tuple]:
    rows = StockSnapshotLine.objects.order_by("sku__code", "batch_code", "pk")
    return list(rows.values_list("sku__code", "batch_code", "theirs", "ours", "difference"))


def test_ours_is_what_our_books_said_then_whatever_moved_since(warehouse):
    sku, shop = make_sku("A"), make_shop("S1")
    receive(sku, 10, warehouse=warehouse, at=NOON)
    placed = place_orders([order_draft(shop, (sku, 4))], actor=ACTOR, at=NOON).one()
    receive(sku, 100, warehouse=warehouse, at=NOON + 2 * HOUR)
    for step in (review_orders, pick_orders, pack_orders):
        step([placed.id], actor=ACTOR, at=NOON + 2 * HOUR)
    ship_orders([ShipmentDraft(placed.id, "SF", "W1")], actor=ACTOR, at=NOON + 2 * HOUR).one()
    note((sku, 9), taken_at=NOON + HOUR)
    note((sku, 110), taken_at=NOON + 3 * HOUR, key="Z2")
    assert lines() == [("A", "", 9, 10, -1), ("A", "", 110, 106, 4)]


def test_a_movement_of_the_very_moment_is_in_ours(warehouse):
    sku = make_sku("A")
    receive(sku, 10, warehouse=warehouse, at=NOON + HOUR)
    note((sku, 10), taken_at=NOON + HOUR)
    note((sku, 10), taken_at=NOON + HOUR - timedelta(microseconds=1), key="Z2")
    assert lines() == [("A", "", 10, 10, 0), ("A", "", 10, 0, 10)]


def test_batches_and_owners_are_held_against_their_own(warehouse):
    sku, plain = make_sku("A", tracks_batches=True), make_sku("B")
    receive(sku, 5, warehouse=warehouse, batch="B1", expires_on=date(2027, 1, 1))
    receive(sku, 7, warehouse=warehouse, batch="B2", expires_on=date(2027, 2, 1))
    receive(plain, 3, warehouse=warehouse, owner="ACME")
    receive(plain, 4, warehouse=warehouse)
    note((sku, 5), batch_code="B1")
    note((sku, 1), batch_code="B2")
    note((sku, 2), batch_code="B9")
    note((sku, 12))
    note((plain, 3), goods_owner="ACME")
    assert lines() == [
        ("A", "", 12, 12, 0),
        ("A", "B1", 5, 5, 0),
        ("A", "B2", 1, 7, -6),
        ("A", "B9", 2, 0, 2),
        ("B", "", 3, 3, 0),
    ]


def test_the_same_lines_again_change_nothing_and_others_are_refused(warehouse):
    sku, other = make_sku("A"), make_sku("B")
    first = note((sku, 5), (other, 6))
    assert [line.pk for line in note((sku, 5), (sku, 5)).done] == [first.done[0].pk] * 2
    assert note((sku, 6)).refused[0][1].code == "said_otherwise"
    assert note((sku, 5), taken_at=NOON).refused[0][1].code == "not_at_that_time"
    note((make_sku("C"), 1), (make_sku("D"), 2))
    assert (StockSnapshot.objects.count(), StockSnapshotLine.objects.count()) == (1, 4)
    assert StockSnapshot.objects.get().number.startswith("SN")


def test_lines_that_say_too_little_are_refused_one_by_one(warehouse):
    sku = make_sku("A")
    make_warehouse("OURS")
    twins = [make_sku("T1"), make_sku("T2")]
    for twin in twins:
        twin.__class__.objects.filter(pk=twin.pk).update(barcode="690")
    sku.__class__.objects.filter(pk=sku.pk).update(barcode="691")
    good = TheirDraft("CLOUD", NOON, "Z1", 5, barcode="691")
    bad = [
        TheirDraft("OURS", NOON, "Z1", 5, "A"),
        TheirDraft("NONE", NOON, "Z1", 5, "A"),
        TheirDraft("CLOUD", LATER + HOUR, "Z9", 5, "A"),
        TheirDraft("CLOUD", NOON, "", 5, "A"),
        TheirDraft("CLOUD", NOON, "Z1", -1, "A"),
        TheirDraft("CLOUD", NOON, "Z1", 5, "NONE"),
        TheirDraft("CLOUD", NOON, "Z1", 5, barcode="690"),
        TheirDraft("CLOUD", NOON, "Z1", 5),
    ]
    outcome = note_their_stock([good, *bad], actor=ACTOR, at=LATER)
    assert [line.sku_id for line in outcome.done] == [sku.pk]
    assert [refusal.code for _i, refusal in outcome.refused] == [
        *["no_mirror"] * 2,
        *["not_at_that_time"] * 3,
        *["unknown_sku"] * 3,
    ]


def test_what_they_do_not_list_is_nought_once_somebody_says_so(warehouse):
    sku, missing, gone = make_sku("A"), make_sku("B"), make_sku("C")
    for each in (sku, missing):
        receive(each, 5, warehouse=warehouse)
    receive(gone, 5, warehouse=warehouse, at=NOON + 2 * HOUR)
    number = note((sku, 5)).done[0].snapshot.number
    assert [count_missing(number, actor=ACTOR, at=LATER) for _twice in range(2)] == [1, 0]
    assert lines() == [("A", "", 5, 5, 0), ("B", "", 0, 5, -5)]


@pytest.fixture
def people():
    with acting_as(ACTOR):
        users = [
            User.objects.create_user(name, roles=[Role.OPERATIONS_MANAGER]) for name in ("asks", "decides")
        ]
    return [Principal("person", user.username, user.pk, frozenset({"operations_manager"})) for user in users]


def test_taking_over_asks_once_and_the_approved_request_makes_the_books_agree(warehouse, people):
    asks, decides = people
    more, fewer = make_sku("A"), make_sku("B")
    for sku in (more, fewer):
        receive(sku, 5, warehouse=warehouse)
    done = note((more, 8), (fewer, 1)).done
    number, ids = done[0].snapshot.number, [line.pk for line in done]
    request = take_over(number, ids, actor=asks, at=LATER, note="count of 11 November")
    assert (request.reason, request.status, request.lines.count()) == ("mirror", RequestStatus.WAITING, 2)
    with pytest.raises(Refused) as again:
        take_over(number, ids, actor=asks, at=LATER)
    assert again.value.code == "nothing_to_settle"
    approve_requests([request.number], actor=decides, at=LATER).one()
    assert [stock_of(sku, warehouse).available for sku in (more, fewer)] == [8, 1]
    assert audit_stock().ok


@pytest.mark.django_db(transaction=True)
def test_two_who_take_over_at_once_ask_once(people):
    place, sku = make_warehouse("CLOUD"), make_sku("A")
    Warehouse.objects.filter(pk=place.pk).update(system=WarehouseSystem.JUSHUITAN)
    line = note((sku, 8)).done[0]
    answers = race([lambda: take_over(line.snapshot.number, [line.pk], actor=people[0], at=LATER)] * 4)
    assert sorted(type(answer).__name__ for answer in answers) == ["NothingToSettle"] * 3 + ["StockRequest"]
    assert StockRequest.objects.count() == 1


def test_an_explained_difference_is_settled_and_needs_words(warehouse):
    sku = make_sku("A")
    line = note((sku, 8)).done[0]
    number = line.snapshot.number
    with pytest.raises(Refused) as wordless:
        explain_differences(number, [line.pk], note=" ", actor=ACTOR, at=LATER)
    assert wordless.value.code == "note_needed"
    assert explain_differences(number, [line.pk], note="on its way", actor=ACTOR, at=LATER) == 1
    with pytest.raises(Refused):
        explain_differences(number, [line.pk], note="again", actor=ACTOR, at=LATER)
    with pytest.raises(Refused):
        take_over(number, [line.pk], actor=ACTOR, at=LATER)


def test_customer_service_brings_takes_over_and_explains_nothing(warehouse):
    sku = make_sku("A")
    line = note((sku, 8)).done[0]
    nobody = Principal("person", "cs", 1, frozenset({"customer_service"}))
    by = {"actor": nobody, "at": LATER}
    draft = TheirDraft("CLOUD", NOON, "Z2", 5, "A")
    assert note_their_stock([draft], **by).refused[0][1].code == "role_may_not_mirror"
    number = line.snapshot.number
    for act in (
        lambda: take_over(number, [line.pk], **by),
        lambda: explain_differences(number, [line.pk], note="x", **by),
        lambda: count_missing(number, **by),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "role_may_not_mirror"


def test_the_table_lets_nobody_change_what_was_said(warehouse):
    line = note((make_sku("A"), 8)).done[0]
    rows = StockSnapshotLine.objects.filter(pk=line.pk)
    for act in (lambda: rows.update(theirs=9, difference=9), lambda: rows.update(ours=1, difference=7)):
        with pytest.raises(Error), transaction.atomic():
            act()


def test_noting_300_lines_takes_the_statements_of_1(warehouse):
    skus = [make_sku() for _n in range(30)]
    one = len(statements_of(lambda: note((skus[0], 1), key="ONE")))
    many = len(statements_of(lambda: note(*[(sku, 1) for sku in skus], key="MANY")))
    assert one == many
