"""The page of the figures: who may open it, what it shows, what it costs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path

from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.principals import acting_as
from ops_portal.urls import handler403  # noqa: F401 - as in the house
from tests.analytics.houses import line, make_goods, refresh, take_in
from tests.factories import ACTOR, make_shop

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
PAGE = "/admin/figures/"
NOVEMBER = {"since": "2026-11-01", "until": "2026-11-30"}

urlpatterns = [
    path("admin/figures/", include("analytics.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]


def reader(*roles, shops=()):
    with acting_as(ACTOR):
        user = User.objects.create_user("lin", roles=list(roles), is_staff=True)
        for code in shops:
            Grant.objects.create(user=user, kind=GrantKind.SHOP, code=code)
    client = Client()
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


@pytest.fixture
def shop(db):
    make_goods()
    shop = make_shop("S1")
    take_in(shop, line("A1", 120, "10.00"), number="1", buyer="b1")
    take_in(make_shop("S2"), line("A1", 1, "5.00"), number="1", buyer="b2", paid=False)
    refresh()
    return shop


def rows_of(answer):
    """Return the text of the cells of each row."""
    rows = re.findall(r"<tr>(.*?)</tr>", answer.content.decode(), re.DOTALL)
    return [
        [
            " ".join(re.sub("<[^>]*>", " ", cell).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]


def test_a_manager_sees_13_metrics_with_their_definitions_and_a_row_for_the_day(shop):
    answer = reader(Role.MANAGEMENT).get(PAGE, NOVEMBER)
    rows = rows_of(answer)
    assert answer.status_code == 200
    assert [row[1] for row in rows[1:14]] == [
        "2", "1", "50.00 %", "1,205.00", "1,200.00", "0.00", "1,200.00", "0.00 %", "1,200.00", "1,200.00", "120",
        "0", "–",
    ]  # fmt: skip
    assert "count(order where paid_at is set)" in rows[2][0]
    assert rows[15] == ["2026-11-11", "2", "1", "1,200.00", "0.00", "1,200.00", "1,200.00"]


def test_a_day_leads_to_its_orders(shop):
    client = reader(Role.OPERATIONS_MANAGER)
    answer = client.get(PAGE, {**NOVEMBER, "shop": "S1"})
    link = re.search(r'href="(/admin/orders/order/\?[^"]*)"', answer.content.decode())[1].replace(
        "&amp;", "&"
    )
    assert link == f"/admin/orders/order/?placed_on__exact=2026-11-11&shop__id__exact={shop.pk}"
    found = client.get(link)
    assert (found.status_code, found.context["cl"].result_count) == (200, 1)


def test_whoever_has_one_shop_sees_that_shop(shop):
    answer = reader(Role.OPERATIONS, shops=["S2"]).get(PAGE, NOVEMBER)
    assert [row[1] for row in rows_of(answer)[1:3]] == ["1", "0"]
    assert "S1" not in re.search(r"<select.*?</select>", answer.content.decode(), re.DOTALL)[0]


def test_a_shop_that_isnt_granted_cant_be_asked_for(shop):
    answer = reader(Role.OPERATIONS, shops=["S2"]).get(PAGE, {**NOVEMBER, "shop": "S1"})
    assert "Select a valid choice" in answer.content.decode()
    assert rows_of(answer) == []


def test_who_lacks_the_right_gets_403_and_a_stranger_the_login(shop):
    assert reader(Role.WAREHOUSE, shops=["S1"]).get(PAGE).status_code == 403
    assert Client().get(PAGE).headers["Location"].startswith("/admin/login/")


def test_the_last_30_days_are_shown_at_first(shop):
    form = reader(Role.MANAGEMENT).get(PAGE).context["form"]
    assert form.last_day - form.first_day == timedelta(days=29)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "2026-11-30", "until": "2026-11-01"}, "This day comes before the first."),
        ({"since": "2020-01-01", "until": "2026-11-01"}, "Ask for a year at most."),
        ({"since": "yesterday", "until": "2026-11-01"}, "Enter a valid date."),
    ],
)
def test_a_range_that_makes_no_sense_is_asked_for_again(shop, asked, said):
    assert said in reader(Role.MANAGEMENT).get(PAGE, asked).content.decode()


def test_two_currencies_ask_for_a_shop(shop):
    type(shop).objects.filter(pk=shop.pk).update(currency="BRL")
    answer = reader(Role.MANAGEMENT).get(PAGE, NOVEMBER)
    assert "BRL, CNY" in answer.content.decode()


@pytest.mark.parametrize("days", [1, 9])
@pytest.mark.parametrize("role", [Role.MANAGEMENT, Role.OPERATIONS])
def test_the_page_takes_at_most_12_statements_however_many_days(shop, days, role):
    for day in range(1, days):
        take_in(shop, line("A1", 1, "10.00"), number=f"{day + 1}", day=day)
    refresh()
    client = reader(role, shops=["S1", "S2"])
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(PAGE, NOVEMBER)
    assert len(rows_of(answer)) == 15 + days
    assert len(queries) == {Role.MANAGEMENT: 9, Role.OPERATIONS: 10}[role]


def test_the_page_holds_no_script_or_style_of_its_own(shop):
    content = reader(Role.MANAGEMENT).get(PAGE, NOVEMBER).content.decode()
    own = content[content.index('class="figures-form"') : content.rindex("</table>")]
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|\sx-", own)
