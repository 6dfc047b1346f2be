"""The page of what brands ship, its file and its form; and that our floor is no longer offered any of it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import AccessRecord, User
from ops_portal.lib.testing import assert_statements
from orders.drafts import BuyerDraft
from orders.models import Order, Shipment
from orders.queries.desk import tabs
from orders.queries.picking import count_to_pick, warehouses_to_pick, wave_of
from orders.views import brand_files
from tests.orders.brands import BUYER, at_the_brand, on_our_floor, open_brand_house
from tests.orders.test_desk_pages import DESK, shown, signed_in, text_of

pytestmark = pytest.mark.django_db
PAGE = f"{DESK}brands/"


@pytest.fixture
def house():
    return open_brand_house()


@pytest.fixture
def client(house):
    return signed_in("op", Role.ONSITE_OPERATOR, shops=("S1", "S2"), brands=("ACME",))


def numbers_on(client, **query) -> list[str]:
    """Return the orders on the page, in their sequence."""
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return [order.number for order, _goods in answer.context["rows"]]


def late(order: Order, hours: int) -> Order:
    Order.objects.filter(pk=order.pk).update(ship_by=timezone.now() - timedelta(hours=hours))
    return order


def test_the_page_shows_what_waits_where_the_most_urgent_first(house, client):
    soon, most = late(at_the_brand(house), 1), late(at_the_brand(house, units=2), 9)
    later = late(at_the_brand(house), -30)
    on_our_floor(house)
    at_the_brand(house, reviewed=False)
    assert numbers_on(client) == [most.number, soon.number, later.number]
    assert numbers_on(client, late="1") == [most.number, soon.number]
    assert numbers_on(client, brand="ACME", q=soon.number.lower()) == [soon.number]
    assert numbers_on(client, brand="BOLT") == []
    (acme,) = client.get(PAGE).context["brands"]
    assert (acme.brand.code, acme.waiting, acme.late) == ("ACME", 3, 2)
    text = text_of(client.get(PAGE))
    assert not [word for word in (BUYER.name, BUYER.phone, BUYER.address) if word in text]
    assert not AccessRecord.objects.exists()


def test_pages_of_2_lead_through_all_5(house, client, monkeypatch):
    monkeypatch.setattr("orders.queries.brand_shipping.PAGE", 2)
    orders = [late(at_the_brand(house), 9 - n) for n in range(5)]
    seen, after = [], ""
    while True:
        answer = client.get(PAGE, {"after": after})
        seen += [order.number for order, _goods in answer.context["rows"]]
        after = answer.context["following"]
        if not after:
            break
    assert seen == [order.number for order in orders]


def test_staff_of_another_shop_see_nothing_and_partners_are_not_let_in(house):
    order = at_the_brand(house)
    other = signed_in("far", Role.ONSITE_OPERATOR, shops=("S9",))
    assert numbers_on(other) == []
    given = {"brand": "ACME", "format": "csv", "number": order.number, "carrier": "SF", "waybill": "W1"}
    assert other.post(f"{PAGE}file/", given).status_code == 302
    assert other.post(f"{PAGE}ship/", given).status_code == 302
    partner = signed_in("acme", Role.BRAND_PARTNER, brands=("ACME",))
    assert [partner.get(PAGE).status_code, partner.post(f"{PAGE}file/", given).status_code] == [403, 403]
    finance = signed_in("money", Role.FINANCE)  # sees all orders, and no buyer
    assert [finance.get(PAGE).status_code, finance.post(f"{PAGE}file/", given).status_code] == [200, 403]
    assert not AccessRecord.objects.exists()
    assert not Shipment.objects.exists()


def cells_of(answer, kind: str) -> list[list[str]]:
    data = answer.getvalue()
    if kind == "csv":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(data)).active
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_file_of_a_brand_names_2_recipients_and_that_is_recorded_for_each(house, client, kind):
    orders = [late(at_the_brand(house, units=n), 9 - n) for n in (1, 2)]
    on_our_floor(house)
    answer = client.post(f"{PAGE}file/", {"brand": "ACME", "format": kind})
    assert answer["Content-Disposition"].endswith(f'.{kind}"')
    assert "no-store" in answer["Cache-Control"]
    heading, *rows = cells_of(answer, kind)
    assert [row[0] for row in rows] == [order.number for order in orders]
    found = dict(zip(heading, rows[1], strict=True))
    assert (found["Goods"], found["Units"], found["Recipient's phone"]) == ("A × 2", "2", BUYER.phone)
    assert (found["Delivery address"], found["Carrier"], found["Waybill number"]) == (BUYER.address, "", "")
    records = AccessRecord.objects.order_by("pk").values_list("principal", "document_number", "what")
    assert list(records) == [("person:op", order.number, "personal_data") for order in orders]


def test_a_file_is_of_one_brand_and_of_what_is_asked_for(house, client):
    order = late(at_the_brand(house), 1)
    late(at_the_brand(house), -9)
    assert client.post(f"{PAGE}file/", {"format": "csv"}).status_code == 302
    assert not AccessRecord.objects.exists()
    answer = client.post(f"{PAGE}file/", {"brand": "ACME", "late": "1", "format": "csv"})
    assert [row[0] for row in cells_of(answer, "csv")[1:]] == [order.number]
    assert client.get(f"{PAGE}file/", {"brand": "ACME"}).status_code == 405


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_of_the_file_is_run_by_a_spreadsheet_or_breaks_it(house, kind):
    name = '=HYPERLINK("http://example.org")\x0b\n,"'
    order = at_the_brand(house)
    draft = BuyerDraft("b9", name, "+86 139", "", "", "", "-1+1")
    cells = brand_files.rows_of([order])
    assert next(cells)[7] == BUYER.name
    from orders.operations.facts import sealed_buyer
    from tests.factories import order_draft

    Order.objects.filter(pk=order.pk).update(
        buyer_sealed=sealed_buyer(order_draft(house.shop, (house.sku, 1), buyer=draft))
    )
    row = cells_of(brand_files.file_of([Order.objects.get(pk=order.pk)], kind), kind)[1]
    assert row[7].startswith("'=HYPERLINK")
    assert "\x0b" not in row[7]
    assert (row[8], row[12]) == ("'+86 139", "'-1+1")


def test_a_parcel_is_told_by_hand_and_only_of_what_waits_there(house, client):
    order, ours = at_the_brand(house), on_our_floor(house)
    for number in (ours.number, "SO404", ""):
        client.post(f"{PAGE}ship/", {"number": number, "carrier": "SF", "waybill": "SF1001"})
    client.post(f"{PAGE}ship/", {"number": order.number, "carrier": "SF", "waybill": " "})
    assert not Shipment.objects.exists()
    client.post(f"{PAGE}ship/", {"number": order.number, "carrier": "SF", "waybill": "sf 1001"})
    parcel = Shipment.objects.get()
    assert (parcel.order_id, parcel.waybill_number) == (order.pk, "SF1001")
    assert numbers_on(client) == []
    seller = signed_in("seller", Role.SALES, shops=("S1",))
    assert seller.post(f"{PAGE}ship/", {"number": order.number}).status_code == 403


def test_our_floor_is_offered_none_of_it(house, client):
    theirs, ours = at_the_brand(house), on_our_floor(house)
    user = User.objects.get(username="op")
    assert [order.number for order in wave_of(user).orders] == [ours.number]
    assert wave_of(user, ids=[theirs.pk]).orders == []
    assert wave_of(user, warehouse="ACME-WH").orders == []
    assert warehouses_to_pick(user) == [house.ours]
    assert [count_to_pick(user, place.pk, 99) for place in (house.theirs, house.ours)] == [0, 1]
    assert shown(client, f"{DESK}?queue=order_pick") == {ours.number}
    assert {tab.code: tab.count for tab in tabs(user)}["order_pick"] == 1
    client.post(f"{DESK}move/", {"verb": "pick", "order": [theirs.pk, ours.pk]})
    assert Order.objects.get(pk=theirs.pk).status == "reviewed"
    assert Order.objects.get(pk=ours.pk).status == "picked"


def test_the_page_of_an_order_leads_to_the_brand_and_offers_no_picking(house, client):
    theirs, ours = at_the_brand(house), on_our_floor(house)
    pages = [text_of(client.get(f"{DESK}{order.number}/")) for order in (theirs, ours)]
    assert [('value="pick"' in page, "ACME ships it" in page) for page in pages] == [
        (False, True),
        (True, False),
    ]


def test_the_deadlines_of_all_desks_still_know_it_in_a_queue_of_its_own(house, client):
    order = at_the_brand(house)
    page = client.get("/admin/desk/deadlines/", {"queue": "order_brand"})
    assert order.number in text_of(page)
    assert order.number not in text_of(client.get("/admin/desk/deadlines/", {"queue": "order_pick"}))


def test_the_station_says_that_the_brand_ships_it(house, client):
    order = at_the_brand(house)
    page = client.post(f"{DESK}scan/", {"code": order.number, "order": ""})
    assert "shipped by the brand" in text_of(page)
    client.post(f"{DESK}scan/", {"code": "SF10011001", "order": order.number})
    assert not Shipment.objects.exists()


def test_the_page_takes_9_statements_with_1_order_and_with_3(house, client):
    assert_statements(9, lambda: client.get(PAGE), lambda: at_the_brand(house))
