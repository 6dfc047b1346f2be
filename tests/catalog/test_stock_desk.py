"""The stock desk: what lies where for whom, and the page of one SKU."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from catalog.choices import StockDocumentKind, ZoneKind
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import Bin, Sku, StockLimit, StockMovement, Zone
from catalog.operations.documents import post_stock_documents
from catalog.operations.inbound import InboundDraft, announce_deliveries
from catalog.operations.receiving import ReceiptDraft, ReceiptLineDraft, receive_deliveries
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_stock
from catalog.queries.stock_history import available_by_day, stocks_of
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import AccessRecord, User
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.testing import assert_statements
from tests.accounts.people import person
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db

LIST = "/admin/stock-desk/"


@pytest.fixture
def boss(client):
    user = person("boss", roles=[Role.MANAGEMENT], is_staff=True)
    client.force_login(user)
    return user


def shown(client, **query):
    page = client.get(LIST, query)
    assert page.status_code == 200
    return [(row.stock.sku.code, row.stock.warehouse.code, row.stock.owner) for row in page.context["rows"]]


def move(sku, units, here, there, *, kind="adjustment", at=NOON, warehouse="MAIN", to=None):
    line = StockLineDraft(sku.pk, make_warehouse(warehouse).pk, "own", units, here, there)
    draft = StockDocumentDraft(kind, (line,), to_warehouse_id=to.pk if to else None)
    return post_stock_documents([draft], actor=ACTOR, at=at).one()


@pytest.fixture
def goods(boss):
    main, far = make_warehouse("MAIN"), make_warehouse("FAR")
    red, blue, none = make_sku("RED"), make_sku("BLUE", brand="BOLT"), make_sku("NONE")
    receive(red, 10, warehouse=main)
    receive(red, 5, warehouse=main, owner="ACME")
    receive(red, 7, warehouse=far)
    receive(blue, 3, warehouse=main)
    receive(none, 2, warehouse=far)
    move(none, 2, "available", "outside", warehouse="FAR")
    return {"RED": red, "BLUE": blue, "NONE": none}


def test_5_balances_stand_by_sku_and_each_filter_narrows_them(goods, client):
    red = [("RED", "MAIN", "ACME"), ("RED", "MAIN", "own"), ("RED", "FAR", "own")]
    assert shown(client) == [*red, ("BLUE", "MAIN", "own"), ("NONE", "FAR", "own")]
    assert shown(client, q="red") == red
    assert shown(client, q="RED", warehouse="FAR") == red[2:]
    assert shown(client, owner="ACME") == red[:1]
    assert shown(client, brand="BOLT") == [("BLUE", "MAIN", "own")]
    assert shown(client, q="Product BL") == [("BLUE", "MAIN", "own")]
    assert shown(client, q="nothing of the kind") == []
    Sku.objects.filter(code="BLUE").update(barcode="690")
    assert shown(client, q="690") == [("BLUE", "MAIN", "own")]


def test_6_chips_find_what_is_out_low_held_back_damaged_under_way_and_not_put_away(goods, client):
    red, main = goods["RED"], make_warehouse("MAIN")
    assert shown(client, chip="out") == [("NONE", "FAR", "own")]
    with acting_as(ACTOR):
        StockLimit.objects.create(sku=red, warehouse=main, low=16, updated_at=NOON)
        StockLimit.objects.create(sku=goods["BLUE"], warehouse=main, low=3, updated_at=NOON)
    assert shown(client, chip="low") == [("RED", "MAIN", "ACME"), ("RED", "MAIN", "own")]
    move(red, 1, "available", "quarantine")
    move(red, 1, "available", "damaged")
    move(red, 1, "available", "in_transit", kind=StockDocumentKind.TRANSFER, to=make_warehouse("FAR"))
    for chip in ("quarantine", "damaged", "on_the_way"):
        assert shown(client, chip=chip) == [("RED", "MAIN", "own")]
    assert shown(client, chip="put_away") == []
    with acting_as(ACTOR):
        zone = Zone.objects.create(warehouse=make_warehouse("FAR"), code="Z", kind=ZoneKind.STORAGE)
        Bin.objects.create(zone=zone, code="Z-1")
    assert shown(client, chip="put_away") == [("RED", "FAR", "own")]
    assert shown(client, chip="put_away", warehouse="MAIN") == []
    assert shown(client, chip="nonsense", after="1_x") == shown(client)


def test_a_row_says_low_by_what_all_owners_have_together(goods, client):
    with acting_as(ACTOR):
        StockLimit.objects.create(sku=goods["RED"], warehouse=make_warehouse("MAIN"), low=12, updated_at=NOON)
    rows = client.get(LIST, {"q": "RED", "warehouse": "MAIN"}).context["rows"]
    assert [(row.together, row.is_low, row.is_out) for row in rows] == [(15, False, False)] * 2


def test_a_list_of_51_goes_on_where_it_stopped(boss, client):
    for number in range(51):
        receive(make_sku(f"S{number:02}"), 1, warehouse=make_warehouse("MAIN"))
    page = client.get(LIST)
    rest = shown(client, after=page.context["following"])
    codes = [row.stock.sku.code for row in page.context["rows"]] + [code for code, _place, _owner in rest]
    assert codes == [f"S{number:02}" for number in range(51)]


def test_whoever_works_for_one_brand_sees_its_stock_alone(goods, client):
    client.force_login(person("of-bolt", roles=[Role.WAREHOUSE], brands=["BOLT"], is_staff=True))
    assert shown(client) == [("BLUE", "MAIN", "own")]
    assert b"RED" not in client.get(LIST, {"format": "csv"}).getvalue()
    assert client.get(f"{LIST}RED/").status_code == 404
    assert client.get(f"{LIST}BLUE/").status_code == 200


def test_the_file_holds_every_row_and_that_it_was_taken_is_recorded(goods, client, monkeypatch):
    monkeypatch.setattr("catalog.queries.stock_desk.AT_ONCE", 2)
    Sku.objects.filter(code="BLUE").update(code="=BLUE")
    lines = client.get(LIST, {"format": "csv", "q": ""}).getvalue().decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["RED", "RED", "RED", "'=BLUE", "NONE"]
    assert lines[2].split(",")[3:6] == ["MAIN", "own", "10"]
    record = AccessRecord.objects.get()
    assert (record.what, record.document_kind, record.principal) == ("export", "stock", "person:boss")


def test_the_page_of_a_sku_shows_balances_holders_and_movements_newest_first(goods, client):
    red = goods["RED"]
    reserve_stock(
        [ReservationRequest("order", "SO1", (), (ReservationItem(1, red.pk, 4),))], actor=ACTOR, at=NOON
    ).one()
    page = client.get(f"{LIST}RED/")
    context = page.context
    assert [(part.stock.warehouse.code, part.stock.owner, part.balance.available) for part in context["parts"]] == [
        ("FAR", "own", 7), ("MAIN", "ACME", 1), ("MAIN", "own", 10),
    ]  # fmt: skip
    ((holder, label, _page),) = context["holders"]
    assert (holder.units, context["held"], label) == (4, 4, "order")
    assert [(each.units, each.to_state) for each, _label, _page, _by in context["movements"]] == [
        (4, "reserved"), (7, "available"), (5, "available"), (10, "available"),
    ]  # fmt: skip
    assert (context["available"], context["sellable"]) == (18, 18)


def test_the_history_names_people_and_what_is_on_its_way_is_what_is_still_to_come(goods, client):
    make_sku("SKIRT")
    person("li", roles=[Role.WAREHOUSE], brands=["ACME"], is_staff=True)
    User.objects.filter(username="li").update(name="李四")
    li = Principal("person", "li", roles=frozenset([Role.WAREHOUSE]))
    draft = InboundDraft("ACME", "MAIN", "own", NOON.date(), (("RED", 9), ("SKIRT", 5)))
    delivery = announce_deliveries([draft], actor=ACTOR, at=NOON).one()
    lines = (ReceiptLineDraft("RED", 4), ReceiptLineDraft("SKIRT", 7))
    receipt = ReceiptDraft(delivery.number, lines, "K", accepts_more=True)
    receive_deliveries([receipt], actor=li, at=NOON).one()
    context = client.get(f"{LIST}RED/").context
    assert [by for *_rest, by in context["movements"]][:2] == ["李四", "the portal"]
    assert [(each.delivery.number, each.still) for each in context["ahead"].coming] == [(delivery.number, 5)]
    assert list(client.get(f"{LIST}SKIRT/").context["ahead"].coming) == []
    page = client.get(f"/admin/deliveries-in/{delivery.number}/").content.decode()
    assert ("李四" in page, "person:li" in page) == (True, False)


def test_a_history_is_narrowed_by_state_document_and_warehouse(goods, client):
    move(goods["RED"], 2, "available", "damaged")

    def units(**query):
        found = client.get(f"{LIST}RED/", query).context["movements"]
        return [each.units for each, _label, _page, _by in found]

    assert units() == [2, 7, 5, 10]
    assert units(state="damaged") == [2]
    assert units(kind="receipt") == [7, 5, 10]
    assert units(warehouse="FAR") == [7]
    assert units(state="nonsense", after="x") == [2, 7, 5, 10]
    assert units(kind="case") == []


def test_a_history_of_51_movements_over_3_balances_goes_on_without_a_gap(goods, client):
    red = goods["RED"]
    for number in range(48):
        move(red, 1, *(("available", "damaged") if number % 2 else ("available", "quarantine")),
             warehouse="MAIN" if number % 3 and number < 13 else "FAR") if number < 13 else receive(
            red, 1, warehouse=make_warehouse(("MAIN", "FAR")[number % 2])
        )  # fmt: skip
    page = client.get(f"{LIST}RED/")
    rest = client.get(f"{LIST}RED/", {"after": page.context["following"]})
    ids = [each.pk for shown in (page, rest) for each, _label, _page, _by in shown.context["movements"]]
    assert ids == list(
        StockMovement.objects.filter(stock__sku=red).order_by("-pk").values_list("pk", flat=True)
    )
    assert len(ids) == 51


def test_the_chart_reckons_back_from_what_is_there(boss):
    sku = make_sku("RED")
    receive(sku, 10, warehouse=make_warehouse("MAIN"), at=NOON - timedelta(days=100))
    move(sku, 4, "available", "damaged", at=NOON - timedelta(days=3))
    receive(sku, 1, warehouse=make_warehouse("FAR"), at=NOON)
    days = available_by_day(stocks_of(sku), on=date(2026, 11, 11))
    assert len(days) == 90
    assert days[0] == (date(2026, 8, 14), 10)
    assert days[-5:] == [
        (date(2026, 11, 7), 10), (date(2026, 11, 8), 6), (date(2026, 11, 9), 6), (date(2026, 11, 10), 6),
        (date(2026, 11, 11), 7),
    ]  # fmt: skip


def test_batches_stand_apart_with_what_may_still_be_sold(boss, client):
    sku, today = make_sku("CREAM", tracks_batches=True), timezone.localdate()
    Sku.objects.filter(pk=sku.pk).update(ship_days=30)
    for code, days in (("B1", 10), ("B2", 300)):
        receive(sku, 5, warehouse=make_warehouse("MAIN"), batch=code, expires_on=today + timedelta(days=days))
    context = client.get(f"{LIST}CREAM/").context
    assert [(part.batch.code, part.balance.available) for part in context["parts"]] == [("B1", 5), ("B2", 5)]
    assert (context["available"], context["sellable"]) == (10, 5)


def test_both_pages_cost_the_same_with_1_row_and_with_3(boss, client):
    sku = make_sku("RED")
    places = iter(range(100))

    def one_more():
        receive(sku, 1, warehouse=make_warehouse(f"W{next(places)}"))

    assert_statements(10, lambda: client.get(LIST), one_more)
    assert_statements(14, lambda: client.get(f"{LIST}RED/"), one_more)
    chart = client.get(f"{LIST}RED/", {"part": "chart"})
    assert chart.content.count(b"<rect") == 90
    assert_statements(5, lambda: client.get(f"{LIST}RED/", {"part": "chart"}), one_more)
