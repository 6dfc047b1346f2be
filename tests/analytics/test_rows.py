"""The rows behind a figure: every link of the dashboard opens to exactly the rows that its figure counts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.metrics import METRICS, PAYING_BUYERS
from analytics.queries.rows import PAGE as PAGE_SIZE
from feedback.drafts import ItemDraft
from feedback.operations.receiving import receive_items, undo_items
from ops_portal.accounts.choices import Role
from orders.models import Order
from orders.operations.moving import cancel_orders
from orders.operations.undoing import undo_orders
from tests.analytics.houses import line, make_goods, refresh, take_in
from tests.analytics.readers import NOVEMBER, PAGE, reader, row_links, rows_of, text_of
from tests.factories import ACTOR, NOON, make_shop

pytestmark = pytest.mark.django_db
ROWS = f"{PAGE}rows/"


@pytest.fixture
def shops(db):
    """Return two shops with all that is hard to count: unpaid, cancelled, undone, refunded, gifts, two brands."""
    make_goods()
    one, two = make_shop("S1"), make_shop("S2", platform="jd")
    take_in(one, line("A1", 2, "10.00"), number="1", buyer="b1", freight=Decimal("5.00"))
    take_in(one, line("A1", 1, "10.00"), line("B1", 3, "20.00"), number="2", buyer="b1", day=1)
    take_in(one, line("B1", 1, "20.00"), number="3", buyer="b2", paid=False, province="")
    lines = (line("A1", 1, "9.99"), line("B1", 1, "5.00"), line("A2", 1, "0.00", is_gift=True))
    take_in(two, *lines, number="1", refund_amount=Decimal("3.33"), province="上海", buyer="b1")
    take_in(two, line("NEW", 1, "7.00"), number="2", day=-1, refund_amount=Decimal("7.00"), province="")
    take_in(two, number="3", goods_amount=Decimal("50.00"), day=2, province="上海")
    cancelled = take_in(one, line("A1", 1, "10.00"), number="4", buyer="b3")
    cancel_orders([cancelled.pk], actor=ACTOR, at=NOON)
    undone = take_in(one, line("A1", 1, "1000.00"), number="5", buyer="b4")
    undo_orders([undone.pk], actor=ACTOR, at=NOON)
    items = [
        ItemDraft("1", "x", rating=1, shop=one, brand_code="ACME"),
        ItemDraft("2", "x", rating=5, shop=two),
        ItemDraft("3", "x", shop=two, brand_code="BOLT"),
        ItemDraft("4", "x", is_negative=True),
        ItemDraft("5", "x", rating=1, shop=one),
    ]
    done = receive_items(items, actor=ACTOR, at=NOON).done
    undo_items([done[4].id], actor=ACTOR, at=NOON)
    refresh()
    return one, two


def number_of(text):
    return Decimal(text.replace(",", ""))


def opened(client, address):
    """Return (the total on top, the totals of the columns, the columns of the rows), page after page."""
    totals, columns = None, []
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, (address, text_of(answer.content.decode())[:300])
        context = answer.context
        totals = totals or (
            context["value"],
            [total for _name, total in context["columns"]],
            context["count"],
        )
        columns += [(row.document, row.parts) for row in context["rows"]]
        address = context["next"] and ROWS + context["next"]
    return (*totals, columns)


def assert_opens_to_its_rows(client, address, figure):
    """The page says the same figure; its rows add up to the totals, and the figure follows from them."""
    code = address.split("metric=")[1].split("&")[0]
    metric = METRICS[code]
    value, totals, count, rows = opened(client, address)
    assert value == figure, address
    assert count is None or count == len(rows), address
    assert len({document.pk for document, _parts in rows}) == len(rows)
    sums = {}
    for index, name in enumerate(metric.needs):
        parts = [parts[index] for _document, parts in rows]
        if name == PAYING_BUYERS:
            sums[name] = len({part for part in parts if part != "–"})
        else:
            sums[name] = sum((number_of(part) for part in parts), Decimal(0))
        assert sums[name] == number_of(totals[index]), (address, name)
    number = metric.compute(sums)
    said = None if value == "–" else number_of(value.removesuffix(" %")) / (100 if value.endswith("%") else 1)
    assert (None if number is None else round(number, 4 if metric.unit == "ratio" else 2)) == said, address


def figures_and_links(client, **asked):
    """Return {address: figure} of all that is linked on the dashboard, its card of buyers included."""
    answer = client.get(PAGE, {**NOVEMBER, **asked})
    found = {}
    for address, html in row_links(answer):
        if "<title>" in html:  # a bar of the chart by day: "2026-11-11: 12.00 (a week earlier: …)"
            title = text_of(html.split("</title>")[0])
            found[address] = title.split(" (")[0].rpartition(": ")[2]
        elif 'class="figures-number"' in html:
            found[address] = text_of(html.split('figures-number">')[1].split("</span>")[0])
        else:
            assert found.get(address, text_of(html)) == text_of(html)
            found[address] = text_of(html)
    buyers = client.get(answer.context["buyers"])
    for address, html in row_links(buyers):
        found[address] = text_of(html)
    return found


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"shop": "S1"},
        {"platform": "jd", "show": "refund_amount"},
        {"brand": "ACME", "show": "units_sold"},
        {"brand": "BOLT", "show": "refund_rate"},
        {"show": "feedback_items"},
        {"show": "feedback_negative_rate"},
        {"show": "net_sales", "since": "2026-01-01"},
    ],
    ids=str,
)
def test_every_figure_opens_to_its_rows(shops, asked):
    client = reader(Role.MANAGEMENT)
    found = figures_and_links(client, **asked)
    assert len(found) > 13
    of_value = {address: figure for address, figure in found.items() if figure not in ("0", "0.00", "–")}
    for address, figure in of_value.items():
        assert_opens_to_its_rows(client, address, figure)
    empty = [address for address in found if address not in of_value]
    for address in empty[:5]:
        assert_opens_to_its_rows(client, address, found[address])


def test_an_operator_sees_the_rows_of_his_shops_alone(shops):
    client = reader(Role.OPERATIONS, shops=["S2"])
    found = figures_and_links(client)
    for address, figure in found.items():
        if figure not in ("0", "0.00", "–"):
            assert_opens_to_its_rows(client, address, figure)
    query = {"metric": "orders_created", **NOVEMBER}
    *_totals, rows = opened(client, f"{ROWS}?metric=orders_created&since=2026-11-01&until=2026-11-30")
    assert {order.shop.code for order, _parts in rows} == {"S2"}
    assert client.get(ROWS, {**query, "shop": "S1"}).status_code == 400
    *_totals, items = opened(client, f"{ROWS}?metric=feedback_items&since=2026-11-01&until=2026-11-30")
    assert {item.shop.code for item, _parts in items} == {"S2"}


def test_who_holds_a_shop_and_a_brand_sees_the_brands_feedback_in_that_shop_alone(shops):
    client = reader(Role.OPERATIONS, shops=["S2"], brands=["ACME"])
    value, _totals, count, items = opened(
        client, f"{ROWS}?metric=feedback_items&since=2026-11-01&until=2026-11-30"
    )
    assert (value, count, len(items)) == ("2", 2, 2)


def test_a_row_leads_to_the_page_of_its_order_for_those_who_may_open_it(shops):
    answer = reader(Role.MANAGEMENT).get(ROWS, {"metric": "refund_amount", **NOVEMBER})
    order = Order.objects.get(platform_number="1", shop__code="S2")
    assert f'href="/admin/orders/order/{order.pk}/change/"' in answer.content.decode()
    assert sorted(row[-1] for row in rows_of(answer)[2:]) == ["3.33", "7.00"]
    assert rows_of(answer)[1] == ["All rows together", "10.33"]
    assert "10.33 <small>CNY</small>" in answer.content.decode()


def test_the_other_provinces_are_those_that_are_not_named(shops):
    client = reader(Role.MANAGEMENT)
    address = f"{ROWS}?metric=gmv_created&since=2026-11-01&until=2026-11-30&without=浙江&without=unknown"
    value, _totals, count, rows = opened(client, address)
    assert (value, count, {order.province for order, _parts in rows}) == ("64.99", 2, {"上海"})
    assert "all provinces but not told, 浙江" in client.get(address).content.decode()


def test_101_rows_come_on_3_pages_without_a_row_twice(shops):
    shop = shops[0]
    for number in range(101):
        take_in(
            shop, line("A1", 1, "1.00"), number=f"n{number}", day=10, at=NOON + timedelta(seconds=number // 3)
        )
    refresh()
    client = reader(Role.MANAGEMENT)
    address = f"{ROWS}?metric=units_sold&since=2026-11-21&until=2026-11-21"
    assert_opens_to_its_rows(client, address, "101")
    first = client.get(address)
    assert (len(first.context["rows"]), PAGE_SIZE) == (50, 50)
    third = client.get(ROWS + client.get(ROWS + first.context["next"]).context["next"])
    assert (len(third.context["rows"]), third.context["next"]) == (1, "")
    assert len(client.get(ROWS + third.context["first"]).context["rows"]) == 50


def test_orders_of_a_zone_far_away_are_found_on_their_own_day(shops):
    far = make_shop("NZ")
    far.timezone = "Pacific/Auckland"
    take_in(far, line("A1", 1, "1.00"), number="1", at=NOON + timedelta(hours=8))  # 05:00 of the 12th there
    refresh()
    client = reader(Role.MANAGEMENT)
    address = f"{ROWS}?metric=orders_created&since=2026-11-12&until=2026-11-12&shop=NZ"
    assert_opens_to_its_rows(client, address, "1")


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"metric": "gmv"},
        {"metric": "gmv_paid", "shop": "S9"},
        {"metric": "gmv_paid", "after": "x"},
        {"metric": "gmv_paid", "brand": "ACME", "region": "浙江"},
        {"metric": "gmv_paid", "since": "2026-11-30", "until": "2026-11-01"},
        {"metric": "gmv_paid", "since": "2025-01-01", "until": "2026-11-01"},
    ],
    ids=str,
)
def test_rows_that_cant_be_asked_for_are_refused(shops, asked):
    assert reader(Role.MANAGEMENT).get(ROWS, asked).status_code == 400


def test_amounts_in_two_currencies_have_no_rows_together(shops):
    type(shops[0]).objects.filter(code="S1").update(currency="BRL")
    client = reader(Role.MANAGEMENT)
    assert "BRL, CNY" in client.get(ROWS, {"metric": "gmv_paid", **NOVEMBER}).content.decode()
    assert client.get(ROWS, {"metric": "orders_paid", **NOVEMBER}).context["value"] == "6"


@pytest.mark.parametrize("orders", [1, 3])
@pytest.mark.parametrize(
    ("metric", "statements"),
    [("amount_per_buyer", 10), ("gmv_paid", 9), ("orders_paid", 8), ("feedback_items", 7)],
)
def test_rows_take_at_most_12_statements_however_many(orders, metric, statements):
    make_goods()
    shop = make_shop("S1")
    for number in range(orders):
        take_in(shop, line("A1", 1, "1.00"), number=f"{number}")
        receive_items([ItemDraft(f"{number}", "x", shop=shop)], actor=ACTOR, at=NOON)
    refresh()
    client = reader(Role.MANAGEMENT)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(ROWS, {"metric": metric, "since": date(2026, 11, 1), "until": date(2026, 11, 30)})
    assert len(answer.context["rows"]) == orders
    assert len(queries) == statements
