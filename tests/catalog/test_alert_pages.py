"""The pages of alerts, limits and the health of stock: who sees what, and what their forms do."""

from __future__ import annotations

import pytest
from django.urls import reverse

from catalog.choices import AlertStatus
from catalog.models import DailyDemand, StockAlert, StockLimit
from catalog.operations.alerting import sweep_alerts
from catalog.operations.limits import LimitDraft, set_limits
from ops_portal.accounts.choices import Role
from ops_portal.lib.testing.statements import statements_of
from tests.accounts.people import person
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make_warehouse("W")


def signed_in(client, *roles, **more):
    client.force_login(person("me", roles=list(roles), is_staff=True, **more))
    return client


def alert_of(code, brand="ACME"):
    make_sku(code, brand=brand)
    set_limits([LimitDraft(code, "W", 5)], actor=ACTOR, at=NOON)
    (number,) = sweep_alerts(actor=ACTOR, at=NOON).opened
    return number


def test_alerts_of_other_brands_are_neither_shown_nor_acknowledged(client, place):
    mine, others = alert_of("MINE", "ACME"), alert_of("THEIRS", "OTHER")
    signed_in(client, Role.ONSITE_OPERATOR, brands=["ACME"])
    page = client.get(reverse("catalog:alerts")).content.decode()
    assert ("MINE" in page, "THEIRS" in page) == (True, False)
    client.post(reverse("catalog:alerts-acknowledge"), {"number": [mine, others], "note": "200 ordered"})
    found = dict(StockAlert.objects.values_list("number", "status"))
    assert found == {mine: AlertStatus.ACKNOWLEDGED, others: AlertStatus.OPEN}
    page = client.get(reverse("catalog:alerts"), {"status": "acknowledged"}).content.decode()
    assert "200 ordered" in page


def test_one_click_acknowledges_one_of_those_that_are_ticked(client, place):
    one, two = alert_of("A"), alert_of("B")
    signed_in(client, Role.OPERATIONS_MANAGER)
    client.post(reverse("catalog:alerts-acknowledge"), {"number": [one, two], "one": two})
    assert StockAlert.objects.get(status=AlertStatus.ACKNOWLEDGED).number == two


def test_a_page_ends_after_fifty_and_the_next_begins_there(client, place):
    for n in range(53):
        make_sku(f"N{n:02d}")
    set_limits([LimitDraft(f"N{n:02d}", "W", 5) for n in range(53)], actor=ACTOR, at=NOON)
    sweep_alerts(actor=ACTOR, at=NOON)
    signed_in(client, Role.OPERATIONS_MANAGER)
    first = client.get(reverse("catalog:alerts"))
    following = first.context["following"]
    second = client.get(reverse("catalog:alerts"), {"after": following})
    codes = [row.alert.sku.code for page in (first, second) for row in page.context["rows"]]
    assert (len(codes), len(set(codes)), second.context["following"]) == (53, 53, "")


def test_filters_narrow_by_kind_brand_warehouse_and_words(client, place):
    alert_of("A1", "ACME")
    alert_of("B1", "OTHER")
    signed_in(client, Role.OPERATIONS_MANAGER)

    def shown(**asked):
        rows = client.get(reverse("catalog:alerts"), asked).context["rows"]
        return sorted(row.alert.sku.code for row in rows)

    assert shown() == ["A1", "B1"]
    assert shown(brand="ACME") == ["A1"]
    assert shown(kind="over") == []
    assert shown(warehouse="ELSEWHERE") == []
    assert shown(q="b1") == ["B1"]
    assert shown(status="closed") == []
    assert shown(after="rubbish~9") == ["A1", "B1"]


@pytest.mark.parametrize("name", ["alerts", "limits", "stock-health"])
def test_partners_and_strangers_see_none_of_the_pages(client, place, name):
    assert client.get(reverse(f"catalog:{name}")).status_code == 302
    client.force_login(person("p", roles=[Role.BRAND_PARTNER], brands=["ACME"], is_staff=True))
    assert client.get(reverse(f"catalog:{name}")).status_code == 403


def statements_of_one_and_three(client, name, add_row):
    """Return how many statements a page takes with one row, and with three."""
    page = reverse(f"catalog:{name}")
    add_row()
    client.get(page)  # what is cached once is not the list's
    with_one = statements_of(lambda: client.get(page))
    add_row()
    add_row()
    return len(with_one), len(statements_of(lambda: client.get(page)))


def test_the_list_of_alerts_takes_as_many_statements_for_one_as_for_three(client, place):
    signed_in(client, Role.OPERATIONS_MANAGER)
    codes = iter("ABC")
    counts = statements_of_one_and_three(client, "alerts", lambda: alert_of(next(codes)))
    assert counts == (11, 11)


def test_the_list_of_limits_takes_as_many_statements_for_one_as_for_three(client, place):
    signed_in(client, Role.OPERATIONS_MANAGER)
    codes = iter("ABC")

    def add():
        set_limits([LimitDraft(make_sku(next(codes)).code, "W", 5, 9)], actor=ACTOR, at=NOON)

    assert statements_of_one_and_three(client, "limits", add) == (6, 6)


def limit_of(code):
    return StockLimit.objects.filter(sku__code=code).values_list("low", "high", "is_computed").first()


def test_pasted_limits_are_set_and_the_refused_lines_stand_there_again(client, place):
    for code in ("A", "B", "C"):
        make_sku(code)
    signed_in(client, Role.OPERATIONS_MANAGER)
    text = "A\tW\t5\t50\nB\t7\t70\nC\tauto\nNOPE\t1\t2\nA2,W,9,3\n"
    answer = client.post(reverse("catalog:limits"), {"verb": "paste", "pasted": text, "warehouse": "W"})
    assert answer.status_code == 422
    assert (limit_of("A"), limit_of("B"), limit_of("C")) == (
        (5, 50, False),
        (7, 70, False),
        (None, None, True),
    )
    assert answer.context["pasted"] == "NOPE\t1\t2\nA2,W,9,3"


def test_what_is_typed_over_is_kept_by_hand_and_the_tick_hands_it_back(client, place):
    make_sku("A")
    limit = set_limits([LimitDraft("A", "W", 5, 50, is_computed=True)], actor=ACTOR, at=NOON).one()
    signed_in(client, Role.OPERATIONS_MANAGER)

    def save(low, high, was, computed=""):
        row = str(limit.pk)
        given = {"verb": "save", "row": row, f"low-{row}": low, f"high-{row}": high, f"was-{row}": was}
        client.post(reverse("catalog:limits"), {**given, **({f"computed-{row}": "1"} if computed else {})})
        return limit_of("A")

    assert save("5", "50", "5~50~1", "1") == (5, 50, True)
    assert save("8", "50", "5~50~1", "1") == (8, 50, False)
    assert save("8", "50", "8~50~", "1") == (8, 50, True)
    assert save("x", "50", "8~50~1") == (8, 50, True)


def test_a_planner_of_one_brand_sets_no_limits_of_another(client, place):
    make_sku("THEIRS", brand="OTHER")
    make_sku("MINE", brand="ACME")
    signed_in(client, Role.ONSITE_OPERATOR, brands=["ACME"])
    client.post(
        reverse("catalog:limits"), {"verb": "paste", "pasted": "THEIRS\tW\t1\nMINE\tW\t2", "warehouse": "W"}
    )
    assert (limit_of("THEIRS"), limit_of("MINE")) == (None, (2, None, False))


def test_the_warehouse_sees_limits_and_sets_none(client, place):
    make_sku("A")
    signed_in(client, Role.WAREHOUSE)
    assert client.get(reverse("catalog:limits")).status_code == 200
    answer = client.post(reverse("catalog:limits"), {"verb": "paste", "pasted": "A\tW\t1", "warehouse": "W"})
    assert (answer.status_code, limit_of("A")) == (403, None)


@pytest.mark.parametrize("part", ["brands", "slow", "oldest", "core", "rubbish"])
def test_each_part_of_the_report_shows_the_readers_brands_only(client, place, part):
    mine, theirs = make_sku("MINE", brand="ACME"), make_sku("THEIRS", brand="OTHER")
    for sku in (mine, theirs):
        receive(sku, 5, warehouse=place)
    DailyDemand.objects.create(sku=mine, warehouse=place, day=NOON.date(), units=1)
    signed_in(client, Role.ONSITE_OPERATOR, brands=["ACME"])
    answer = client.get(reverse("catalog:stock-health"), {"part": part, "brand": "OTHER"})
    assert answer.status_code == 200
    assert "THEIRS" not in answer.content.decode()
    assert client.get(reverse("catalog:stock-health"), {"part": part, "brand": "ACME"}).status_code == 200
