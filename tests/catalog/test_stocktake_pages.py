"""The desk of stocktakes: blind while goods are counted, then differences in units and money, and who decides."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import Count, CountPlan, Sku, Stocktake, Zone
from catalog.operations.documents import post_stock_documents
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_for_new
from catalog.queries.stocktakes import summary_of
from catalog.tasks import open_planned
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing import assert_statements
from orders.models import Order
from orders.operations.moving import review_orders
from orders.operations.placing import place_orders
from tests.catalog.counts import House, lying
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive, stock_of

pytestmark = pytest.mark.django_db
LIST = "/admin/stocktakes/"


def browser(name):
    client = Client()
    user = User.objects.get(username=name)
    if name == "counter":
        with acting_as(ACTOR):
            Grant.objects.get_or_create(user=user, kind=GrantKind.BRAND, code="ACME")
    client.force_login(User.objects.get(username=name), backend="ops_portal.accounts.backends.RoleBackend")
    return client


def text_of(client, address, **query):
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def house():
    house = House()
    with acting_as(ACTOR):
        Sku.objects.filter(code="TEA").update(cost="12.50")
    return house


def test_the_list_shows_tabs_and_progress(house):
    stocktake = house.open()
    house.close(stocktake, house.first)
    text = text_of(browser("opener"), LIST)
    assert stocktake.number in text
    assert "1 / 3" in text
    assert stocktake.number not in text_of(browser("opener"), LIST, status="posted")


def test_the_list_takes_the_same_statements_with_one_and_three(house):
    client = browser("opener")
    bins = iter([("A-01",), ("A-02",)])

    def add():
        scope = {"bins": found} if (found := next(bins, None)) else {"skus": ("SALT",)}
        house.open(**scope)

    assert_statements(8, lambda: client.get(LIST), add)


def test_nobody_sees_the_books_before_the_counts_are_handed_in(house):
    stocktake = house.counted(8, 6, 4)
    text = text_of(browser("opener"), f"{LIST}{stocktake.number}/")
    assert "is shown once all is counted" in text
    assert "12.50" not in text
    assert "Books were right" not in text
    house.recount(stocktake, house.first, house.tea, 8)
    assert "Books were right" in text_of(browser("opener"), f"{LIST}{stocktake.number}/")


def test_differences_are_shown_in_units_and_at_cost_with_both_counts(house):
    stocktake = house.counted(7, 6, 5)
    house.recount(stocktake, house.first, house.tea, 8)
    house.recount(stocktake, None, house.salt, 5)
    summary = summary_of(Count.objects.filter(stocktake=stocktake))
    assert (summary.missing, summary.found, summary.money, summary.without_cost) == (-2, 1, -25, 1)
    assert (summary.right, summary.places, str(summary.accuracy)) == (1, 3, "33.3")
    text = text_of(browser("approver"), f"{LIST}{stocktake.number}/")
    for said in ("<b>7</b> / 10", "<b>8</b> / 10", "counter", "other", "33.3"):
        assert said in text
    assert "A-02" not in text
    assert "A-02" in text_of(browser("approver"), f"{LIST}{stocktake.number}/", lines="all")


def test_an_approver_approves_and_a_worker_does_not(house):
    stocktake = house.counted(8, 6, 4)
    house.recount(stocktake, house.first, house.tea, 8)
    address = f"{LIST}{stocktake.number}/act/"
    assert browser("counter").post(address, {"verb": "approve"}).status_code == 403
    assert browser("approver").post(address, {"verb": "approve"}).status_code == 302
    stocktake.refresh_from_db()
    assert (stocktake.status, lying(house.first)) == ("posted", {"TEA": 8})


def test_orders_to_which_missing_units_are_promised_are_named_and_linked(house):
    stocktake = house.counted(2, 6, 4)
    house.recount(stocktake, house.first, house.tea, 2)
    order = place_orders([order_draft(make_shop("S1"), (house.tea, 12))], actor=ACTOR, at=NOON).one()
    review_orders([order.id], actor=ACTOR, at=NOON)
    number = Order.objects.get(pk=order.id).number
    client = browser("approver")
    answer = client.post(f"{LIST}{stocktake.number}/act/", {"verb": "approve"}, follow=True)
    text = answer.content.decode()
    assert f'href="/admin/order-desk/{number}/"' in text
    assert "-4 not booked yet" in text
    assert stock_of(house.tea, house.warehouse).lost == 4


def test_lines_adjusted_by_hand_since_their_count_are_named_and_ticked(house):
    stocktake = house.counted(8, 6, 4)
    house.recount(stocktake, house.first, house.tea, 8)
    page = f"/admin/stocktakes/{stocktake.number}/"
    client = browser("approver")
    assert " checked" not in client.get(page).content.decode()
    line = StockLineDraft(house.tea.pk, house.warehouse.pk, "own", 2, "available", "lost")
    paper = StockDocumentDraft("adjustment", (line,))
    (paper,) = post_stock_documents([paper], actor=ACTOR, at=timezone.now()).done
    answer = client.get(page)
    assert (answer.context["papers"], answer.content.decode().count(" checked")) == ([paper.number], 1)


def test_documents_without_a_page_are_named(house):
    stocktake = house.counted(2, 6, 4)
    house.recount(stocktake, house.first, house.tea, 2)
    request = ReservationRequest("hold", "HOLD-7", (), (ReservationItem(1, house.tea.pk, 12),))
    reserve_for_new([request], actor=ACTOR, at=NOON).one()
    assert "HOLD-7" in text_of(browser("approver"), f"{LIST}{stocktake.number}/")


def test_lines_that_are_ticked_are_sent_back(house):
    stocktake = house.counted(8, 5, 4)
    house.recount(stocktake, house.first, house.tea, 8)
    house.recount(stocktake, house.second, house.tea, 5)
    one = Count.objects.get(stocktake=stocktake, bin=house.second)
    client = browser("approver")
    client.post(
        f"{LIST}{stocktake.number}/act/", {"verb": "send-back", "count": one.pk, "reason": "look again"}
    )
    waiting = Count.objects.filter(stocktake=stocktake, status="differs")
    assert list(waiting) == [one]


def test_a_stocktake_is_called_off_by_who_counts(house):
    stocktake = house.open()
    browser("counter").post(f"{LIST}{stocktake.number}/act/", {"verb": "cancel", "reason": "wrong zone"})
    stocktake.refresh_from_db()
    assert stocktake.status == "cancelled"
    assert browser("counter").post(f"{LIST}{stocktake.number}/act/", {"verb": "dance"}).status_code == 404


@pytest.mark.parametrize(
    ("form", "scope"),
    [
        ({}, {}),
        ({"bins": "A-01, A-02"}, {"bins": ["A-01", "A-02"]}),
        ({"skus": "SALT\nTEA", "brand": "ACME"}, {"skus": ["SALT", "TEA"], "brands": ["ACME"]}),
        ({"goods": "C"}, {"goods": "C"}),
    ],
)
def test_the_form_opens_a_stocktake(house, form, scope):
    answer = browser("counter").post(f"{LIST}new/", {"warehouse": "NORTH", **form})
    assert answer.status_code == 302
    assert Stocktake.objects.get().scope == scope


def test_the_form_opens_a_stocktake_of_a_zone(house):
    zone = Zone.objects.get(code="STO")
    browser("counter").post(f"{LIST}new/", {"warehouse": "NORTH", "zone": zone.pk})
    assert Stocktake.objects.get().scope == {"zones": ["STO"]}


@pytest.mark.parametrize("form", [{"brand": "BOLT"}, {"brand": "NONE"}, {"zone": "999999"}])
def test_a_choice_that_is_not_there_never_means_the_whole_warehouse(house, form):
    make_sku("FAR", brand="BOLT")
    answer = browser("counter").post(f"{LIST}new/", {"warehouse": "NORTH", **form})
    assert (answer.status_code, Stocktake.objects.count()) == (422, 0)


def test_a_refused_form_is_shown_again_as_it_was(house):
    answer = browser("counter").post(f"{LIST}new/", {"warehouse": "NORTH", "bins": "Z-99", "note": "mine"})
    assert answer.status_code == 422
    assert "There is no Z-99 to count." in answer.content.decode()
    assert "mine" in answer.content.decode()


def test_the_sheet_shows_what_to_count_and_no_units(house):
    receive(house.tea, 777, warehouse=house.warehouse)
    stocktake = house.open()
    text = text_of(browser("counter"), f"{LIST}{stocktake.number}/sheet/")
    assert "A-01" in text
    assert "TEA" in text
    assert "777" not in text


def test_a_reader_of_one_brand_sees_the_lines_of_that_brand(house):
    other = make_sku("FAR", brand="BOLT")
    receive(other, 3, warehouse=house.warehouse)
    stocktake = house.open()
    house.close(stocktake, house.first, house.second, None)
    Stocktake.objects.filter(pk=stocktake.pk).update(status="review")
    operator = User.objects.create_user("operator", roles=[Role.ONSITE_OPERATOR], is_staff=True)
    with acting_as(ACTOR):
        operator.grants.create(kind="brand", code="BOLT")
    text = text_of(browser("operator"), f"{LIST}{stocktake.number}/")
    assert "FAR" in text
    assert "TEA" not in text


def test_the_daily_task_opens_what_a_plan_wants_once():
    house = House("SHELVES")
    CountPlan.objects.create(warehouse=house.warehouse)
    open_planned()
    open_planned()
    assert Stocktake.objects.count() == 1


def test_a_zone_of_another_warehouse_makes_no_plan(house):
    elsewhere = Zone.objects.create(warehouse=make_warehouse("SOUTH"), code="Z")
    form = {"warehouse": house.warehouse.pk, "zone": elsewhere.pk, "every_days": 9, "places_a_day": 3}
    answer = browser("opener").post("/admin/catalog/countplan/add/", form)
    assert "This zone is in another warehouse." in answer.content.decode()
    assert not CountPlan.objects.exists()
