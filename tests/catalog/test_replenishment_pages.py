"""The page of replenishment: decide, order, print; and what-if, which writes nothing before its button."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.choices import ReplenishmentStatus
from catalog.models import DailyDemand, InboundDelivery, InboundLine, Replenishment, Sku, SupplyTerms
from catalog.operations.purchasing import (
    UnitsDraft,
    approve_replenishments,
    change_units,
    dismiss_replenishments,
    order_replenishments,
)
from catalog.operations.replenishing import suggest_replenishment
from catalog.operations.supply import TermsDraft, save_supply_terms
from catalog.queries.days import yesterday
from catalog.queries.reckoning import Terms
from catalog.queries.what_if import Part, Tried, expires, loss, outlook
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.lib.models import StateMove
from tests.catalog.listings import person
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db


def client_of(*roles: Role) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=person("planner", *roles).user_id))
    return client


def suggested(*codes: str, brand: str = "ACME", place: str = "A1", units: int = 10) -> list[Replenishment]:
    """Return suggestions for SKUs that sell ``units`` a day and have one unit left."""
    warehouse = make_warehouse(place)
    for code in codes:
        sku = make_sku(code, brand=brand)
        Sku.objects.filter(pk=sku.pk).update(cost=Decimal("8.50"))
        receive(sku, 1, warehouse=warehouse)
        DailyDemand.objects.bulk_create(
            DailyDemand(sku=sku, warehouse=warehouse, day=yesterday(NOON) - timedelta(n), units=units)
            for n in range(60)
        )
    suggest_replenishment(actor=ACTOR, at=NOON)
    return list(Replenishment.objects.filter(sku__code__in=codes).order_by("pk"))


def numbers(rows) -> list[str]:
    return [row.number for row in rows]


def states() -> list[str]:
    return list(Replenishment.objects.order_by("pk").values_list("status", flat=True))


def test_approved_ones_of_2_suppliers_and_2_places_become_3_deliveries_that_wait_for_a_promise():
    make_sku("X")
    save_supply_terms([TermsDraft("ACME", supplier="工廠", lead_days=9)], actor=ACTOR, at=NOON)
    rows = [*suggested("A", "B"), *suggested("C", brand="OTHER"), *suggested("D", place="B1")]
    approve_replenishments(numbers(rows), actor=ACTOR, at=NOON)
    done = order_replenishments(numbers(rows), actor=ACTOR, at=NOON).done
    orders = InboundDelivery.objects.order_by("brand__code", "warehouse__code")
    assert [
        (each.supplier, each.brand.code, each.warehouse.code, each.status, each.source) for each in orders
    ] == [
        ("工廠", "ACME", "A1", "ordered", "replenishment"),
        ("工廠", "ACME", "B1", "ordered", "replenishment"),
        ("", "OTHER", "A1", "ordered", "replenishment"),
    ]
    assert orders[0].promised_on == date(2026, 11, 20)
    assert len(done) == 3
    lines = InboundLine.objects.filter(delivery=orders[0]).order_by("sku__code")
    assert [(line.sku.code, line.promised) for line in lines] == [("A", rows[0].units), ("B", rows[1].units)]
    assert states() == ["ordered"] * 4
    assert set(Replenishment.objects.values_list("delivery_id", flat=True)) == {each.pk for each in orders}
    again = order_replenishments(numbers(rows), actor=ACTOR, at=NOON)
    assert (again.done, [refusal.code for _index, refusal in again.refused]) == ([], ["illegal_move"] * 4)
    assert InboundDelivery.objects.count() == 3


def test_what_was_not_approved_is_not_ordered_and_the_same_number_twice_once():
    rows = suggested("A", "B")
    approve_replenishments([rows[0].number], actor=ACTOR, at=NOON)
    outcome = order_replenishments(
        [rows[0].number, rows[0].number, rows[1].number, "RP0"], actor=ACTOR, at=NOON
    )
    assert [(index, refusal.code) for index, refusal in outcome.refused] == [
        (1, "illegal_move"),
        (2, "illegal_move"),
        (3, "no_such_replenishment"),
    ]
    assert InboundLine.objects.get().promised == rows[0].units


def test_2_decisions_for_the_same_goods_are_one_line():
    (first,) = suggested("A")
    approve_replenishments([first.number], actor=ACTOR, at=NOON)
    DailyDemand.objects.update(units=20)
    suggest_replenishment(actor=ACTOR, at=NOON)
    second = Replenishment.objects.get(status=ReplenishmentStatus.PROPOSED)
    approve_replenishments([second.number], actor=ACTOR, at=NOON)
    order_replenishments([first.number, second.number], actor=ACTOR, at=NOON).one()
    assert InboundLine.objects.get().promised == first.units + second.units


def test_who_only_plans_may_change_and_dismiss_but_neither_approve_nor_order():
    rows = suggested("A", "B")
    planner = person("planner", Role.OPERATIONS)
    assert change_units([UnitsDraft(rows[0].number, 7)], actor=planner, at=NOON).one().units == 7
    refused = approve_replenishments([rows[0].number], actor=planner, at=NOON).refused
    assert [refusal.code for _index, refusal in refused] == ["role_may_not_move"]
    row = dismiss_replenishments([rows[1].number], actor=planner, at=NOON, reason="season is over").one()
    assert (row.status, row.note, row.decider_id) == ("dismissed", "season is over", planner.user_id)
    approve_replenishments([rows[0].number], actor=ACTOR, at=NOON)
    refused = order_replenishments([rows[0].number], actor=planner, at=NOON).refused
    assert [refusal.code for _index, refusal in refused] == ["role_may_not_move"]
    assert StateMove.objects.filter(document_kind="replenishment", reason="season is over").count() == 1


@pytest.mark.parametrize("units", [0, -1, 10_000_001])
def test_units_go_from_1_to_10_million(units: int):
    (row,) = suggested("A")
    outcome = change_units([UnitsDraft(row.number, units)], actor=ACTOR, at=NOON)
    assert outcome.refused[0][1].code == "bad_units"


def test_units_are_fixed_once_it_is_decided_and_strangers_change_none():
    (row,) = suggested("A")
    clerk = person("clerk", Role.CUSTOMER_SERVICE)
    assert change_units([UnitsDraft(row.number, 5)], actor=clerk, at=NOON).refused
    approve_replenishments([row.number], actor=ACTOR, at=NOON)
    assert (
        change_units([UnitsDraft(row.number, 5)], actor=ACTOR, at=NOON).refused[0][1].code
        == "already_decided"
    )


def test_a_kept_suggestion_keeps_the_units_that_somebody_typed():
    (row,) = suggested("A")
    change_units([UnitsDraft(row.number, 77)], actor=ACTOR, at=NOON)
    suggest_replenishment(actor=ACTOR, at=NOON + timedelta(hours=1))
    row.refresh_from_db()
    assert (row.units, row.status) == (77, "proposed")


def test_the_list_shows_what_runs_out_first_with_its_money_in_as_many_statements_for_1_row_as_for_3():
    client = client_of(Role.OPERATIONS_MANAGER)
    counts = []
    for codes in (("A",), ("B", "C")):
        suggested(*codes)
        client.get(reverse("catalog:replenishment"))
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse("catalog:replenishment"))
        counts.append(len(captured))
    text = page.content.decode()
    assert counts[0] == counts[1]
    total = sum(row.units for row in Replenishment.objects.all()) * Decimal("8.50")
    assert f"¥{total:,.2f}" in text
    assert text.count('name="number"') == 3


def test_pages_of_the_list_follow_each_other_without_a_gap(monkeypatch):
    monkeypatch.setattr("catalog.queries.replenish_desk.PAGE", 2)
    rows = suggested("A", "B", "C")
    Replenishment.objects.filter(pk=rows[0].pk).update(runs_out_on=None)
    client = client_of(Role.OPERATIONS_MANAGER)
    seen, address = [], reverse("catalog:replenishment")
    for _page in range(2):
        text = client.get(address).content.decode()
        seen += re.findall(r'name="number" value="(RP\d+)"', text)
        following = re.search(r'href="(\?[^"]*after=[^"]*)"', text)
        address = reverse("catalog:replenishment") + (
            following.group(1).replace("&amp;", "&") if following else ""
        )
    assert seen == [rows[1].number, rows[2].number, rows[0].number]


def test_units_are_typed_over_approved_and_ordered_on_the_page():
    rows = suggested("A", "B")
    client = client_of(Role.OPERATIONS_MANAGER)
    act = reverse("catalog:replenishment-act")
    form = {
        "shown": [f"{row.number}:{row.units}" for row in rows],
        f"units-{rows[0].number}": "240",
        f"units-{rows[1].number}": str(rows[1].units),
        "number": [rows[0].number],
        "verb": "approve",
    }
    client.post(act, form)
    assert list(Replenishment.objects.order_by("pk").values_list("status", "units")) == [
        ("approved", 240),
        ("proposed", rows[1].units),
    ]
    page = client.post(act, {"number": [rows[0].number], "verb": "order"}, follow=True).content.decode()
    delivery = InboundDelivery.objects.get()
    sheet = reverse("catalog:replenishment-sheet", args=[delivery.number])
    assert sheet in page
    text = client.get(sheet).content.decode()
    assert "¥2,040.00" in text
    client.post(act, {"number": [rows[1].number], "verb": "dismiss", "reason": "no"})
    assert states() == ["ordered", "dismissed"]


def test_what_is_typed_that_is_no_number_is_refused_and_nothing_changes():
    (row,) = suggested("A")
    client = client_of(Role.OPERATIONS_MANAGER)
    form = {"shown": [f"{row.number}:{row.units}"], f"units-{row.number}": "二十", "verb": "save"}
    page = client.post(reverse("catalog:replenishment-act"), form, follow=True)
    assert "units go from 1" in page.content.decode()
    row.refresh_from_db()
    assert row.units == row.suggested


def test_a_suggestion_opens_to_its_sum_in_words_and_a_chart():
    (row,) = suggested("A")
    client = client_of(Role.OPERATIONS_MANAGER)
    address = reverse("catalog:replenishment-one", args=[row.number])
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "about 10 are wanted" in part
    assert "1.645 × √(7 × 3.2² + 10² × 2²)" in part
    assert part.count("rep-taken") == 56
    assert "polyline" in part
    assert "style=" not in part
    assert client.get(address).status_code == 200
    assert client.get(reverse("catalog:replenishment-one", args=["RP0"])).status_code in (302, 404)


def test_staff_of_another_brand_sees_none_and_decides_none():
    (row,) = suggested("A")
    user = User.objects.get(pk=person("theirs", Role.OPERATIONS).user_id)
    client = Client()
    client.force_login(user)
    assert row.number not in client.get(reverse("catalog:replenishment")).content.decode()
    client.post(reverse("catalog:replenishment-act"), {"number": [row.number], "verb": "dismiss"})
    assert states() == ["proposed"]


# What if


def part(**given) -> Part:
    facts = {
        "sku_code": "A",
        "daily": 10.0,
        "spread": 3.0,
        "cost": Decimal("2"),
        "life_days": None,
        "terms": Terms(),
    }
    return Part(**facts | given)


def test_half_an_order_and_the_safety_stock_are_held_and_a_higher_level_misses_less():
    low, high = (outlook([part()], level, Tried()) for level in (0.8, 0.99))
    spread = (7 * 9 + 100 * 4) ** 0.5
    assert high.units == pytest.approx(35 + 2.3263 * spread, abs=0.01)
    assert high.amount == pytest.approx(Decimal(2) * Decimal(high.units))
    assert high.short < low.short
    assert high.days_out == pytest.approx(high.short / 10)
    assert low.short == pytest.approx(spread * loss(0.8416) * 365 / 7, rel=0.001)
    assert loss(0) == pytest.approx(0.3989, abs=0.0001)


def test_a_shorter_lead_time_and_ordering_more_often_tie_up_less():
    now = outlook([part()], 0.95, Tried())
    faster = outlook([part()], 0.95, Tried(lead_days=3, lead_spread=0))
    oftener = outlook([part()], 0.95, Tried(review_days=1))
    assert faster.units < now.units
    assert oftener.units == pytest.approx(now.units - 30)


def test_goods_that_may_be_sold_10_days_expire_where_30_days_are_on_the_shelf():
    assert expires(part(life_days=10), brought=300, kept=0) == pytest.approx(200, abs=0.1)
    assert expires(part(life_days=60), brought=300, kept=0) < 0.01
    assert expires(part(life_days=0, spread=0.0), brought=70, kept=500) == 70


def what_if(client, **given):
    return client.get(reverse("catalog:what-if"), given)


def test_what_if_writes_nothing_before_its_button_and_then_the_level_with_what_was_tried():
    suggested("A", "B")
    client = client_of(Role.OPERATIONS_MANAGER)
    text = what_if(client, brand="ACME", lead_days="3").content.decode()
    assert text.count('name="level"') == 8
    assert text.count(">Use this level</button>") == 8
    assert "99.5 %" in text
    assert SupplyTerms.objects.count() == 0
    form = {"brand": "ACME", "lead_days": "3", "lead_spread": "", "review_days": "", "level": "0.975"}
    client.post(reverse("catalog:what-if"), form)
    terms = SupplyTerms.objects.get()
    assert (terms.service_level, terms.lead_days, terms.review_days, terms.sku) == (
        Decimal("0.9750"),
        3,
        7,
        None,
    )
    client.post(reverse("catalog:what-if"), form | {"skus": "B", "level": "0.8", "lead_days": ""})
    assert list(
        SupplyTerms.objects.order_by("pk").values_list("sku__code", "service_level", "lead_days")
    ) == [
        (None, Decimal("0.9750"), 3),
        ("B", Decimal("0.8000"), 3),
    ]


@pytest.mark.parametrize(
    "given",
    [{"lead_days": "x"}, {"lead_days": "9999"}, {"review_days": "0"}, {"skus": "NONE"}, {"brand": "NONE"}],
)
def test_what_can_not_be_read_is_said_and_reckons_and_writes_nothing(given):
    suggested("A")
    client = client_of(Role.OPERATIONS_MANAGER)
    asked = {"brand": "ACME"} | given
    page = what_if(client, **asked)
    assert page.status_code == 200
    assert 'name="level"' not in page.content.decode()
    client.post(reverse("catalog:what-if"), asked | {"level": "0.95"})
    assert SupplyTerms.objects.count() == 0


def test_what_if_takes_as_many_statements_for_1_sku_as_for_3():
    client = client_of(Role.OPERATIONS_MANAGER)
    counts = []
    for codes in (("A",), ("B", "C")):
        suggested(*codes)
        what_if(client, brand="ACME")
        with CaptureQueriesContext(connection) as captured:
            what_if(client, brand="ACME")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_who_keeps_no_terms_takes_nothing_over():
    suggested("A")
    client = client_of(Role.FINANCE)
    page = client.post(reverse("catalog:what-if"), {"brand": "ACME", "level": "0.95"})
    assert page.status_code == 403
    assert SupplyTerms.objects.count() == 0
