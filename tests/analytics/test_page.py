"""The dashboard: who may open it, what it shows, what it costs."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.choices import Source
from analytics.drafts import FigureDay
from analytics.operations.rolling import leave_stale_days
from ops_portal.accounts.choices import Role
from tests.analytics.houses import line, make_goods, refresh, take_in
from tests.analytics.readers import NOVEMBER, PAGE, card_of, reader, rows_of
from tests.factories import ACTOR, make_shop

pytestmark = pytest.mark.django_db
THE_DAY = {"since": "2026-11-11", "until": "2026-11-11"}


@pytest.fixture
def shop(db):
    make_goods()
    shop = make_shop("S1")
    take_in(shop, line("A1", 120, "10.00"), number="1", buyer="b1")
    take_in(make_shop("S2"), line("A1", 1, "5.00"), number="1", buyer="b2", paid=False)
    refresh()
    return shop


@pytest.fixture
def on(monkeypatch):
    """Return what sets the day on which one looks."""

    def set_day(day):
        monkeypatch.setattr(timezone, "localdate", lambda *_: day)

    set_day(date(2026, 12, 1))
    return set_day


def test_a_manager_sees_13_cards_and_a_row_for_each_of_30_days(shop, on):
    answer = reader(Role.MANAGEMENT).get(PAGE, NOVEMBER)
    codes = re.findall(r'data-metric="(\w+)"', answer.content.decode())
    values = [card_of(answer, code)[0] for code in codes if code != "amount_per_buyer"]
    assert values == [
        "2 orders", "1 orders", "50.00 %", "1,205.00 CNY", "1,200.00 CNY", "0.00 CNY", "1,200.00 CNY", "0.00 %",
        "1,200.00 CNY", "120 units", "0 items", "–",
    ]  # fmt: skip
    assert len(codes) == 13
    assert "count(order where paid_at is set)" in answer.content.decode()
    rows = {row[0]: row[1:] for row in rows_of(answer) if len(row) == 7}
    assert rows["2026-11-11"] == ["2", "1", "1,200.00", "0.00", "1,200.00", "1,200.00"]
    assert rows["2026-11-12"] == ["0", "0", "0.00", "0.00", "0.00", "–"]
    assert len(rows_of(answer)) == (1 + 30) + (1 + 2) + (1 + 1)


def test_the_buyers_are_counted_by_a_card_of_their_own(shop, on):
    client = reader(Role.MANAGEMENT)
    address = re.search(r'hx-get="([^"]*)"', client.get(PAGE, NOVEMBER).content.decode())[1].replace(
        "&amp;", "&"
    )
    take_in(shop, line("A1", 1, "100.00"), number="2", buyer="b1", day=-14)
    refresh()
    answer = client.get(address)
    assert card_of(answer, "amount_per_buyer") == (
        "1,200.00 CNY",
        ["▲ +1,100.0 % , better the 30 days before: 100.00", "same weekdays, 5 weeks before: –"],
    )
    assert b"<html" not in answer.content


def test_a_day_is_held_against_the_day_before_and_the_same_day_last_week(shop, on):
    take_in(shop, line("A1", 1, "1000.00"), number="2", day=-1)
    take_in(shop, line("A1", 1, "1500.00"), number="3", day=-7)
    take_in(shop, line("A1", 1, "500.00"), number="4", day=-7, paid=False)
    refresh()
    answer = reader(Role.MANAGEMENT).get(PAGE, THE_DAY)
    assert card_of(answer, "gmv_paid") == (
        "1,200.00 CNY",
        ["▲ +20.0 % , better the day before: 1,000.00", "▼ −20.0 % , worse same day last week: 1,500.00"],
    )
    assert card_of(answer, "payment_conversion") == (
        "50.00 %",
        ["▼ −50.00 pp , worse the day before: 100.00 %", "= ±0.00 pp same day last week: 50.00 %"],
    )
    assert card_of(answer, "refund_rate")[1] == [
        "= ±0.00 pp the day before: 0.00 %",
        "= ±0.00 pp same day last week: 0.00 %",
    ]
    assert card_of(answer, "feedback_negative_rate")[1] == ["the day before: –", "same day last week: –"]


def test_7_days_are_held_against_the_7_before_once(shop, on):
    take_in(shop, line("A1", 1, "1000.00"), number="2", day=-7)
    refresh()
    answer = reader(Role.MANAGEMENT).get(PAGE, {"since": "2026-11-09", "until": "2026-11-15"})
    assert card_of(answer, "gmv_paid")[1] == ["▲ +20.0 % , better the 7 days before: 1,000.00"]


def test_what_rises_from_nothing_has_an_arrow_and_no_percentage(shop, on):
    answer = reader(Role.MANAGEMENT).get(PAGE, THE_DAY)
    assert card_of(answer, "orders_created")[1][0] == "▲ from 0 , better the day before: 0"


def test_today_is_so_far_and_has_no_arrow(shop, on):
    take_in(shop, line("A1", 1, "1000.00"), number="2", day=-1)
    refresh()
    on(date(2026, 11, 11))
    answer = reader(Role.MANAGEMENT).get(PAGE, {"range": "today"})
    assert card_of(answer, "gmv_paid") == (
        "1,200.00 CNY",
        ["the day before, whole: 1,000.00", "same day last week, whole: 0.00"],
    )
    assert "so far" in answer.content.decode()


def test_a_range_with_today_compares_the_days_that_are_over(shop, on):
    take_in(shop, line("A1", 1, "300.00"), number="2", day=-1)
    take_in(shop, line("A1", 1, "100.00"), number="3", day=-2)
    take_in(shop, line("A1", 1, "200.00"), number="4", day=-3)
    refresh()
    on(date(2026, 11, 11))
    answer = reader(Role.MANAGEMENT).get(PAGE, {"since": "2026-11-10", "until": "2026-11-11"})
    assert card_of(answer, "gmv_paid")[0] == "1,500.00 CNY"
    assert card_of(answer, "gmv_paid")[1][0] == "▲ +200.0 % , better the day before: 100.00"
    assert "changes are those of 2026-11-10." in answer.content.decode()


@pytest.mark.parametrize(
    ("asked", "since", "until"),
    [
        ({}, "2026-10-19", "2026-11-17"),
        ({"range": "today"}, "2026-11-18", "2026-11-18"),
        ({"range": "yesterday"}, "2026-11-17", "2026-11-17"),
        ({"range": "last-7"}, "2026-11-11", "2026-11-17"),
        ({"range": "this-month"}, "2026-11-01", "2026-11-18"),
        ({"range": "last-month"}, "2026-10-01", "2026-10-31"),
    ],
)
def test_ranges_have_names(shop, on, asked, since, until):
    on(date(2026, 11, 18))
    period = reader(Role.MANAGEMENT).get(PAGE, asked).context["form"].period
    assert (str(period.since), str(period.until)) == (since, until)


def test_whoever_has_one_shop_sees_that_shop(shop, on):
    answer = reader(Role.OPERATIONS, shops=["S2"]).get(PAGE, NOVEMBER)
    assert [card_of(answer, code)[0] for code in ("orders_created", "orders_paid")] == [
        "1 orders",
        "0 orders",
    ]
    assert "S1" not in answer.content.decode()


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}buyers/", f"{PAGE}rows/"])
def test_who_lacks_the_right_gets_403_and_a_stranger_the_login(shop, address):
    assert reader(Role.WAREHOUSE, shops=["S1"]).get(address).status_code == 403
    assert Client().get(address).headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}buyers/", f"{PAGE}rows/"])
def test_a_partner_may_not_enter_whatever_other_role_he_was_given(shop, address):
    assert reader(Role.BRAND_PARTNER, Role.MANAGEMENT, brands=["ACME"]).get(address).status_code == 403


def test_a_shop_that_isnt_granted_cant_be_asked_for(shop, on):
    answer = reader(Role.OPERATIONS, shops=["S2"]).get(PAGE, {**NOVEMBER, "shop": "S1"})
    assert "Select a valid choice" in answer.content.decode()
    assert rows_of(answer) == []


def test_figures_are_narrowed_to_a_shop_a_platform_and_a_brand(shop, on):
    other = make_shop("S3", platform="jd")
    take_in(other, line("A1", 1, "10.00"), line("B1", 1, "20.00"), number="1")
    refresh()
    client = reader(Role.MANAGEMENT)
    asked = [{"shop": "S1"}, {"platform": "jd"}, {"brand": "BOLT"}, {"platform": "jd", "shop": "S1"}]
    found = [card_of(client.get(PAGE, {**NOVEMBER, **one}), "gmv_paid")[0] for one in asked]
    assert found == ["1,200.00 CNY", "30.00 CNY", "20.00 CNY", "0.00 CNY"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "2026-11-30", "until": "2026-11-01"}, "This day comes before the first."),
        ({"since": "2020-01-01", "until": "2026-11-01"}, "Ask for a year at most."),
        ({"since": "yesterday", "until": "2026-11-01"}, "Enter a valid date."),
        ({"since": "2026-11-01"}, "Say both days."),
        ({"range": "ever"}, "Select a valid choice."),
        ({"show": "amount_per_buyer"}, "Select a valid choice."),
    ],
)
def test_what_makes_no_sense_is_asked_for_again(shop, asked, said):
    answer = reader(Role.MANAGEMENT).get(PAGE, asked)
    assert said in answer.content.decode()
    assert rows_of(answer) == []


def test_two_currencies_ask_for_a_shop(shop, on):
    type(shop).objects.filter(pk=shop.pk).update(currency="BRL")
    answer = reader(Role.MANAGEMENT).get(PAGE, NOVEMBER)
    assert "BRL, CNY" in answer.content.decode()
    assert "data-metric" not in answer.content.decode()


def test_the_page_says_when_its_oldest_figure_was_computed_and_what_is_being_recomputed(shop, on):
    client = reader(Role.OPERATIONS, shops=["S1"])
    as_of = "As of 2026-11-12 08:00:00 (the oldest figure shown)"
    text = " ".join(client.get(PAGE, NOVEMBER).content.decode().split())
    assert as_of in text
    assert "nothing has changed since" in text
    other = make_shop("S2").pk
    days = [(shop.pk, 11), (shop.pk, 11), (shop.pk, 12), (other, 13)]
    leave_stale_days([FigureDay(Source.ORDER, pk, date(2026, 11, day)) for pk, day in days], actor=ACTOR)
    text = " ".join(client.get(PAGE, NOVEMBER).content.decode().split())
    assert as_of in text
    assert "2 days are being recomputed" in text
    assert "nothing has changed since" not in text


def test_a_chart_by_day_has_a_bar_for_each_day_and_the_line_of_the_week_before(shop, on):
    take_in(shop, line("A1", 1, "600.00"), number="2", day=1)
    refresh()
    chart = (
        reader(Role.MANAGEMENT).get(PAGE, {"since": "2026-11-11", "until": "2026-11-18"}).context["by_day"]
    )
    assert [mark.value for mark in chart.marks] == ["1,200.00", "600.00", *["0.00"] * 6]
    assert [mark.was for mark in chart.marks] == ["0.00"] * 7 + ["1,200.00"]
    assert [mark.bar.height for mark in chart.marks][:3] == ["180.00", "90.00", "0.00"]
    assert [text for text, _y in chart.grid] == ["1,200", "900", "600", "300", "0"]
    assert chart.ghost[0].split()[-1] == "93.75,0.00"


def test_one_day_is_drawn_at_the_end_of_14(shop, on):
    take_in(shop, line("A1", 1, "600.00"), number="2", day=-20)
    refresh()
    marks = reader(Role.MANAGEMENT).get(PAGE, THE_DAY).context["by_day"].marks
    assert (len(marks), marks[0].label, marks[-1].label) == (14, "2026-10-29", "2026-11-11")
    assert [mark.is_asked_for for mark in marks] == [False] * 13 + [True]
    assert (marks[-1].value, marks[0].was) == ("1,200.00", "600.00")


def test_a_year_is_drawn_by_week_and_its_weeks_add_up(shop, on):
    for day in (-300, -14, 0):
        take_in(shop, line("A1", 1, "100.00"), number=f"x{day}", day=day)
    refresh()
    answer = reader(Role.MANAGEMENT).get(
        PAGE, {"since": "2025-12-02", "until": "2026-12-01", "show": "orders_created"}
    )
    chart = answer.context["by_day"]
    assert (chart.title, len(chart.marks), chart.ghost) == ("By week", 53, [])
    assert [(mark.label, mark.value) for mark in chart.marks if mark.value != "0"] == [
        ("2026-01-12 – 2026-01-18", "1"),
        ("2026-10-26 – 2026-11-01", "1"),
        ("2026-11-09 – 2026-11-15", "3"),
    ]
    assert chart.marks[0].label == "2025-12-02 – 2025-12-07"


def test_shops_and_provinces_stand_highest_first_and_the_16th_province_among_others(shop, on):
    for number in range(16):
        take_in(shop, line("A1", 1, f"{number + 1}.00"), number=f"p{number}", province=f"P{number:02}")
    take_in(shop, line("A1", 1, "1.00"), number="none", province="")
    refresh()
    answer = reader(Role.MANAGEMENT).get(PAGE, NOVEMBER)
    assert [(mark.label, mark.value, mark.width) for mark in answer.context["by_shop"].marks] == [
        ("S1", "1,337.00", "100.00%"),
        ("S2", "0.00", "0.00%"),
    ]
    provinces = [(mark.label, mark.value) for mark in answer.context["by_region"].marks]
    assert provinces[:3] == [("浙江", "1,200.00"), ("P15", "16.00"), ("P14", "15.00")]
    assert provinces[-1] == ("3 others", "4.00")
    assert len(provinces) == 16


def test_a_page_without_a_single_order_says_so(on):
    make_shop("S1")
    answer = reader(Role.MANAGEMENT).get(PAGE, NOVEMBER)
    assert "No orders or feedback in these days." in answer.content.decode()
    assert card_of(answer, "average_order_value")[0] == "– CNY"
    assert rows_of(answer) == []


@pytest.mark.parametrize("days", [1, 3])
@pytest.mark.parametrize("role", [Role.MANAGEMENT, Role.OPERATIONS])
def test_the_page_takes_at_most_12_statements_however_many_days(shop, on, days, role):
    for day in range(1, days):
        take_in(shop, line("A1", 1, "10.00"), number=f"{day + 1}", day=day)
    refresh()
    client = reader(role, shops=["S1", "S2"], brands=["ACME"])
    taken = {}
    for name, asked in {
        "orders": {},
        "feedback": {"show": "feedback_items"},
        "brand": {"brand": "ACME"},
    }.items():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PAGE, {**NOVEMBER, **asked}).context["board"]
        taken[name] = len(queries)
    grants = 0 if role == Role.MANAGEMENT else 1
    assert taken == {"orders": 9 + grants, "feedback": 9 + grants, "brand": 9 + grants}


@pytest.mark.parametrize("days", [1, 3])
def test_the_card_of_buyers_takes_7_statements(shop, on, days):
    for day in range(1, days):
        take_in(shop, line("A1", 1, "10.00"), number=f"{day + 1}", buyer="b", day=day)
    refresh()
    client = reader(Role.MANAGEMENT)
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{PAGE}buyers/", NOVEMBER)
    assert len(queries) == 7


def test_the_page_holds_no_script_or_style_of_its_own(shop, on):
    content = reader(Role.MANAGEMENT).get(PAGE, NOVEMBER).content.decode()
    own = content[content.index('<div class="figures">') : content.rindex("</table>")]
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|\sx-", own)
