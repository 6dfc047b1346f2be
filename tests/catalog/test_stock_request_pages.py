"""The pages of stock requests: lines are found, pasted and sent; another person decides, one by one or many at once."""

from __future__ import annotations

from datetime import date

import pytest

from catalog.choices import RequestStatus
from catalog.models import StockRequest, StockRequestLine
from catalog.operations.requests import approve_requests
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.lib.testing import assert_statements
from tests.accounts.people import person as somebody
from tests.catalog.test_stock_requests import ask, damage, named
from tests.factories import NOON, make_sku, make_warehouse, receive, stock_of

pytestmark = pytest.mark.django_db


def person(name, **given):
    """Return somebody who works in the back office."""
    return somebody(name, is_staff=True, **given)


NEW = "/admin/stock-requests/new/"
ACT = "/admin/stock-requests/act/"


@pytest.fixture
def goods():
    sku = make_sku("S1")
    receive(sku, 10, warehouse=make_warehouse("MAIN"))
    receive(sku, 4, warehouse=make_warehouse("MAIN"), owner="ACME")
    dated = make_sku("DATED", tracks_batches=True)
    for code, year in (("B1", 2027), ("B2", 2028)):
        receive(dated, 5, warehouse=make_warehouse("MAIN"), batch=code, expires_on=date(year, 1, 1))
    return sku


@pytest.fixture
def worker(client):
    user = person("worker", roles=[Role.WAREHOUSE], brands=["ACME"])
    client.force_login(user)
    return user


def form(*rows, **given):
    head = {"kind": "adjustment", "reason": "damage", "warehouse": "MAIN", "note": ""}
    columns = {name: [row[name] for row in rows] for name in ("sku", "goods", "way", "units")}
    return {**head, **columns, **given}


def row(sku="S1", goods="own|", way="available>damaged", units="3"):
    return {"sku": sku, "goods": goods, "way": way, "units": units}


def test_a_scanned_barcode_becomes_a_line_with_what_stands_of_it_beside(goods, worker, client):
    goods.barcode = "6901234567892"
    goods.save(update_fields=["barcode"])
    page = client.post(NEW, form(do="add", add="6901234567892"))
    (line,) = page.context["lines"]
    assert (line.row.sku_code, line.row.goods, line.row.way) == ("S1", "own|", "available>damaged")
    assert [(choice.label, choice.standing) for choice in line.choices] == [
        ("our own", [("available", 10)]),
        ("ACME", [("available", 4)]),
    ]


def test_what_is_not_there_is_said_and_the_lines_are_kept(goods, worker, client):
    page = client.post(NEW, form(row(), do="add", add="NONE"))
    assert page.context["troubles"] == ["There is no SKU “NONE”."]
    assert [line.row.units for line in page.context["lines"]] == ["3"]


def test_5_pasted_lines_take_units_batch_and_owner_as_they_are_written(goods, worker, client):
    text = "S1 3\nS1\t2\tACME\nDATED, 4, B2\nDATED 1\n\nNONE 9"
    page = client.post(NEW, form(do="paste", paste=text))
    assert [(line.row.sku_code, line.row.units, line.row.goods) for line in page.context["lines"]] == [
        ("S1", "3", "own|"), ("S1", "2", "ACME|"), ("DATED", "4", "own|B2"), ("DATED", "1", "own|B1"),
    ]  # fmt: skip
    assert page.context["troubles"] == ["Line 5: There is no SKU “NONE”."]
    assert page.context["paste"] == text


def test_a_line_is_removed_and_another_kind_offers_its_own_changes(goods, worker, client):
    page = client.post(NEW, form(row(), row("DATED", "own|B1"), without="0"))
    assert [line.row.sku_code for line in page.context["lines"]] == ["DATED"]
    page = client.post(NEW, form(row(), kind="return_to_owner"))
    assert [line.row.way for line in page.context["lines"]] == ["available>outside"]
    assert [way for way, _label in page.context["way_choices"]] == [
        "available>outside", "damaged>outside", "quarantine>outside",
    ]  # fmt: skip


def test_a_form_that_is_sent_becomes_a_request_and_moves_nothing(goods, worker, client):
    answer = client.post(NEW, form(row(), row("DATED", "own|B2", units="2"), do="send", note="wet"))
    request = StockRequest.objects.get()
    assert answer.url == f"/admin/stock-requests/{request.number}/"
    assert (request.requester, request.note, request.status) == (worker, "wet", "waiting")
    lines = StockRequestLine.objects.order_by("position")
    assert list(lines.values_list("sku__code", "batch__code", "units")) == [
        ("S1", None, 3),
        ("DATED", "B2", 2),
    ]
    assert stock_of(goods, make_warehouse("MAIN")).available == 10


def test_a_form_that_is_sent_twice_asks_once_and_the_next_form_asks_again(goods, worker, client):
    key = client.get(NEW).context["key"]
    answers = [client.post(NEW, form(row(), do="send", key=key)) for _ in range(2)]
    (request,) = StockRequest.objects.all()
    assert {answer.url for answer in answers} == {f"/admin/stock-requests/{request.number}/"}
    assert client.post(NEW, form(do="add", add="S1", key=key)).context["key"] == key
    client.post(NEW, form(row(), do="send", key=client.get(NEW).context["key"]))
    client.force_login(person("other", roles=[Role.WAREHOUSE], brands=["ACME"]))
    client.post(NEW, form(row(), do="send", key=key))
    assert StockRequest.objects.count() == 3


def test_whoever_works_for_one_brand_sees_requests_for_its_goods_alone(goods, client):
    receive(make_sku("THEIRS", brand="OTHER"), 5, warehouse=make_warehouse("MAIN"))
    both = named("both", Role.WAREHOUSE)
    ours = ask(both)
    theirs = ask(both, damage("THEIRS"))
    mixed = ask(both, damage(), damage("THEIRS"))
    client.force_login(person("of-both", roles=[Role.WAREHOUSE], brands=["ACME", "OTHER"]))
    rows = client.get("/admin/stock-requests/").context["rows"]
    assert [row.request for row in rows] == [mixed, theirs, ours]
    client.force_login(person("of-acme", roles=[Role.WAREHOUSE], brands=["ACME"]))
    page = client.get("/admin/stock-requests/")
    assert [row.request for row in page.context["rows"]] == [ours]
    assert page.context["waiting"] == 1
    for number, status in ((ours.number, 200), (theirs.number, 404), (mixed.number, 404)):
        assert client.get(f"/admin/stock-requests/{number}/").status_code == status
    assert b"THEIRS" not in client.get("/api/v1/stock-requests/").content


def test_a_form_that_is_refused_comes_back_as_it_was_filled_in(goods, worker, client):
    page = client.post(NEW, form(row(units="99"), do="send"))
    assert page.status_code == 422
    assert "S1 10 < 99" in page.context["troubles"][0]
    assert page.context["lines"][0].row.units == "99"
    assert not StockRequest.objects.exists()


def test_whoever_works_for_one_brand_asks_for_no_other_brands_goods(client):
    make_sku("THEIRS", brand="OTHER")
    receive(make_sku("S1"), 5, warehouse=make_warehouse("MAIN"))
    client.force_login(person("of-acme", roles=[Role.ONSITE_OPERATOR], brands=["ACME"]))
    assert client.post(NEW, form(do="add", add="THEIRS")).context["lines"] == []
    page = client.post(NEW, form(row("THEIRS"), do="send"))
    assert page.context["troubles"] == ["There is no SKU “THEIRS”."]
    assert not StockRequest.objects.exists()


def test_a_link_fills_the_form_in(goods, worker, client):
    page = client.get(NEW, form(row("DATED", "own|B1", "available>outside", "5"), reason="expired"))
    (line,) = page.context["lines"]
    assert (page.context["reason"], line.row.goods, line.row.units) == ("expired", "own|B1", "5")
    assert client.get(NEW, {"kind": "x", "reason": "y", "warehouse": "z", "sku": ["A"]}).status_code == 200


def test_the_boss_approves_2_of_3_at_once_and_hears_why_the_third_stays(goods, client):
    worker, boss = named("worker", Role.WAREHOUSE), person("boss", roles=[Role.OPERATIONS_MANAGER])
    numbers = [ask(worker, damage(units=units)).number for units in (8, 3, 2)]
    client.force_login(boss)
    page = client.post(
        ACT, {"verb": "approve", "number": numbers, "next": "/admin/stock-requests/"}, follow=True
    )
    said = [str(message) for message in page.context["messages"]]
    assert said[0] == "“Approve and book”: 2 done."
    assert said[1].startswith(f"{numbers[1]}: Less is there now")
    assert [row.request.number for row in page.context["rows"]] == [numbers[1]]
    assert page.context["waiting"] == 1


def test_own_requests_have_no_box_and_no_button(goods, client):
    boss = named("boss", Role.OPERATIONS_MANAGER)
    request = ask(boss)
    client.force_login(person("other", roles=[Role.OPERATIONS_MANAGER]))
    assert b'name="number" value="SR' in client.get("/admin/stock-requests/").content
    User.objects.update(is_staff=True)
    client.force_login(User.objects.get(username="boss"))
    assert b'type="checkbox" name="number"' not in client.get("/admin/stock-requests/").content
    page = client.get(f"/admin/stock-requests/{request.number}/")
    assert (page.context["may_decide"], page.context["may_withdraw"]) == (False, True)
    client.post(ACT, {"verb": "approve", "number": request.number})
    assert StockRequest.objects.get().status == "waiting"


def test_a_rejection_and_a_withdrawal_go_through_their_pages(goods, worker, client):
    actor = named("boss", Role.OPERATIONS_MANAGER)
    mine, theirs = ask(actor), ask(named("second", Role.WAREHOUSE))
    answer = client.post(ACT, {"verb": "approve", "number": theirs.number})
    assert answer.status_code == 403
    client.force_login(person("third", roles=[Role.MANAGEMENT]))
    client.post(ACT, {"verb": "reject", "number": mine.number, "reason": ""})
    assert StockRequest.objects.get(number=mine.number).status == "waiting"
    client.post(ACT, {"verb": "reject", "number": mine.number, "reason": "count again"})
    assert StockRequest.objects.get(number=mine.number).status == "rejected"
    assert client.post(ACT, {"verb": "steal", "number": theirs.number}).status_code == 404


def test_the_page_of_a_request_says_what_is_there_now(goods, client):
    actor = named("worker", Role.WAREHOUSE)
    first, second = ask(actor, damage(units=8)), ask(actor, damage(units=5))
    boss = named("boss", Role.OPERATIONS_MANAGER)
    approve_requests([first.number], actor=boss, at=NOON).one()
    client.force_login(person("reader", roles=[Role.FINANCE]))
    (line,) = client.get(f"/admin/stock-requests/{second.number}/").context["lines"]
    assert (line.there, line.fits) == (2, False)
    assert client.get("/admin/stock-requests/SR0/").status_code == 404


def test_the_list_costs_the_same_with_1_request_and_with_3(goods, client):
    actor = named("worker", Role.WAREHOUSE)
    client.force_login(person("boss", roles=[Role.OPERATIONS_MANAGER], is_superuser=True))
    ask(actor)
    assert_statements(6, lambda: client.get("/admin/stock-requests/"), lambda: ask(actor, damage(units=1)))


def test_a_list_goes_on_after_50_and_every_tab_opens(goods, client):
    actor = named("worker", Role.WAREHOUSE)
    numbers = [ask(actor, damage(units=1)).number for _ in range(52)]
    client.force_login(person("boss", roles=[Role.OPERATIONS_MANAGER]))
    page = client.get("/admin/stock-requests/")
    rest = client.get("/admin/stock-requests/", {"after": page.context["following"]})
    shown = [row.request.number for each in (page, rest) for row in each.context["rows"]]
    assert shown == numbers[::-1]
    for status in (*RequestStatus.values, "all", "nonsense"):
        assert client.get("/admin/stock-requests/", {"status": status, "after": "x_y"}).status_code == 200
    assert len(client.get("/admin/stock-requests/", {"q": "s1"}).context["rows"]) == 50
