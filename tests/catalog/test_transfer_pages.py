"""The pages of transfers, and the floor that receives one by scanner alone."""

from __future__ import annotations

import re

import pytest

from catalog.models import StockDocument
from ops_portal.accounts.choices import Role
from ops_portal.lib.testing import assert_statements
from tests.accounts.people import person
from tests.catalog.test_transfers import books, goods, sent  # noqa: F401 - a fixture
from tests.factories import make_sku, make_warehouse

pytestmark = pytest.mark.django_db

FLOOR = "/admin/floor/transfer/"


@pytest.fixture
def worker(client):
    user = person("worker", roles=[Role.WAREHOUSE], brands=["ACME"], is_staff=True)
    client.force_login(user)
    make_warehouse("FAR")
    session = client.session
    session["floor_warehouse"] = "FAR"
    session.save()
    return user


def scan(client, page, code):
    """Type a code and Enter into the form that a page shows."""
    text = page.content.decode()
    form = text[text.index('class="floor-scan"') :]
    form = form[: form.index("</form>")]
    kept = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    kept.pop("csrfmiddlewaretoken", None)
    return client.post(FLOOR, {**kept, "code": code})


def scans(client, *codes):
    page = client.get(FLOOR)
    for code in codes:
        page = scan(client, page, code)
    return page


def test_a_form_sends_goods_off_once_however_often_it_is_sent(goods, worker, client):  # noqa: F811
    form = {
        "warehouse": "MAIN", "to": "FAR", "key": "k1", "do": "send",
        "sku": ["S1", "S1"], "goods": ["own|", "ACME|"], "units": ["3", "2"], "way": ["", ""],
    }  # fmt: skip
    for _ in range(2):
        answer = client.post("/admin/transfers/new/", form)
    transfer = StockDocument.objects.get(kind="transfer")
    assert answer.url == f"/admin/transfers/{transfer.number}/"
    assert (books(goods[0]), books(goods[0], "ACME")) == ((3, 0, 0), (2, 0, 0))
    page = client.post("/admin/transfers/new/", {**form, "key": "k2", "to": ""})
    assert page.context["troubles"] == ["Choose the warehouse that the goods go to."]
    page = client.post("/admin/transfers/new/", {**form, "key": "k2", "units": ["300", "2"]})
    assert page.status_code == 422
    assert [line.row.units for line in page.context["lines"]] == ["300", "2"]


def test_fewer_than_sent_arrive_and_the_rest_is_lost_for_a_reason(goods, worker, client):  # noqa: F811
    transfer = sent((goods[0], 9, "own", ""))
    address = f"/admin/transfers/{transfer.number}/"
    ((each, units),) = client.get(address).context["goods"]
    assert units == "9"
    name = f"units-{each.line.pk}"
    page = client.post(address, {name: "7", "key": "k1", "ends": "1", "reason": ""})
    assert (page.status_code, page.context["trouble"]) == (422, "Say why the rest is lost.")
    for _ in range(2):
        client.post(address, {name: "7", "key": "k1", "ends": "1", "reason": "wet"})
    assert books(goods[0]) == (0, 7, 2)
    assert client.get(address).context["may_move"] is False


def test_3_tabs_hold_what_is_on_the_way_and_what_arrived(goods, worker, client):  # noqa: F811
    one, two = sent((goods[0], 2, "own", "")), sent((goods[0], 3, "own", ""), to="THIRD")
    client.post(f"/admin/transfers/{one.number}/", {"key": "k", "ends": "1", "reason": "all gone"})

    def numbers(**query):
        rows = client.get("/admin/transfers/", query).context["rows"]
        return [(row.document.number, row.left, row.lost, row.standing) for row in rows]

    assert numbers() == [(two.number, 3, 0, "on_the_way")]
    assert numbers(tab="arrived") == [(one.number, 0, 2, "arrived")]
    assert len(numbers(tab="all")) == 2
    assert numbers(tab="all", warehouse="THIRD") == numbers()
    assert len(numbers(tab="all", warehouse="MAIN")) == 2
    assert numbers(tab="all", q=one.number.lower()) == numbers(tab="arrived")
    assert numbers(tab="all", q="none", after="x") == []


def test_a_scanner_alone_receives_5_pieces_of_2_goods(goods, worker, client):  # noqa: F811
    transfer = sent((goods[0], 3, "own", ""), (goods[1], 2, "own", "B1"))
    page = scans(client, transfer.number.lower(), "S1", "S1", "S1", "DATED", "2")
    assert page.context["is_complete"]
    page = scan(client, page, "OK")
    assert (page.context["tone"], page.context["done"]) == ("done", f"{transfer.number}: 5 units are booked.")
    assert (books(goods[0]), books(goods[1])) == ((0, 3, 0), (0, 2, 0))
    assert page.context["coming"] == []


def test_what_lacks_is_asked_about_before_it_is_lost(goods, worker, client):  # noqa: F811
    transfer = sent((goods[0], 9, "own", ""))
    page = scans(client, transfer.number, "S1", "6", "OK")
    assert (page.context["short"], books(goods[0])) == (3, (9, 0, 0))
    assert scan(client, page, "OK").context["tone"] == "done"
    assert books(goods[0]) == (0, 6, 3)


def test_later_leaves_the_rest_under_way(goods, worker, client):  # noqa: F811
    transfer = sent((goods[0], 9, "own", ""))
    scans(client, transfer.number, "S1", "6", "OK", "LATER")
    assert books(goods[0]) == (3, 6, 0)
    page = scans(client, transfer.number, "S1", "3", "OK")
    assert page.context["tone"] == "done"
    assert books(goods[0]) == (0, 9, 0)


def test_back_leaves_a_transfer_of_which_nothing_is_counted_and_no_other(goods, worker, client):  # noqa: F811
    transfer = sent((goods[0], 9, "own", ""))
    assert "coming" in scans(client, transfer.number, "BACK").context
    page = scans(client, transfer.number, "S1", "BACK")
    assert (page.context["tone"], sum(page.context["counted"].values())) == ("stop", 1)
    assert "1 piece is counted and not booked." in page.context["stop"]
    page = scans(client, transfer.number, "S1", "OK", "BACK")
    assert (page.context["tone"], page.context.get("short"), books(goods[0])) == ("ok", None, (9, 0, 0))


def test_the_way_in_leads_to_a_transfer_and_its_page_begins_with_the_number_in_its_address(
    goods,  # noqa: F811
    worker,
    client,
):
    transfer = sent((goods[0], 9, "own", ""))
    address = client.post("/admin/floor/", {"code": transfer.number.lower()}).url
    assert address == f"{FLOOR}?number={transfer.number}"
    assert client.get(address).context["document"] == transfer
    assert client.get(f"{FLOOR}?number=SD0").context["tone"] == "stop"


def test_a_double_enter_books_once(goods, worker, client):  # noqa: F811
    transfer = sent((goods[0], 2, "own", ""), (goods[0], 2, "ACME", ""))
    page = scans(client, transfer.number, "S1", "OK")
    first = scan(client, page, "LATER")
    again = scan(client, page, "LATER")
    assert (first.context["tone"], again.context["tone"]) == ("done", "done")
    assert (books(goods[0]), books(goods[0], "ACME")) == ((1, 1, 0), (2, 0, 0))


@pytest.mark.parametrize(
    ("codes", "says"),
    [
        (["SD0"], "No transfer “SD0” is on the way to FAR."),
        (["{n}", "OTHER"], "“OTHER” is not on this transfer."),
        (["{n}", "S1", "99"], "Only 3 of S1 are on the way"),
        (["{n}", "S1", "S1", "S1", "S1"], "Only 3 of S1 are on the way"),
        (["{n}", "DATED"], "more than one batch"),
    ],
)
def test_a_wrong_code_says_what_it_is_and_keeps_the_count(goods, worker, client, codes, says):  # noqa: F811
    make_sku("OTHER")
    transfer = sent((goods[0], 3, "own", ""), (goods[1], 1, "own", "B1"), (goods[1], 1, "own", "B2"))
    page = scans(client, *[code.format(n=transfer.number) for code in codes])
    assert page.context["tone"] == "stop"
    assert says in page.context["stop"]
    if len(codes) > 1:
        assert sum(page.context["counted"].values()) == min(3, codes.count("S1"))
        assert scan(client, page, "B2").context["tone"] == "ok"


def test_the_list_costs_the_same_with_1_transfer_and_with_3(goods, worker, client):  # noqa: F811
    client.force_login(person("boss", roles=[Role.MANAGEMENT], is_staff=True))
    assert_statements(7, lambda: client.get("/admin/transfers/"), lambda: sent((goods[0], 1, "own", "")))


def test_a_transfer_to_another_warehouse_is_not_received_here(goods, worker, client):  # noqa: F811
    transfer = sent((goods[0], 3, "own", ""), to="THIRD")
    assert scans(client, transfer.number).context["tone"] == "stop"
    assert make_warehouse("THIRD").stock.count() == 0
