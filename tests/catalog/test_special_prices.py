"""Prices for a time: over what else holds in a shop, once at a time, ended early; drafts that are submitted later."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from catalog.drafts import PriceChangeDraft, PriceDraft
from catalog.models import Channel, Price, PriceChange, Sku
from catalog.operations.price_changes import draft_prices, propose_prices, submit_price_changes
from catalog.operations.price_deciding import (
    approve_price_changes,
    end_price_changes,
    reject_price_changes,
    withdraw_price_changes,
)
from catalog.operations.prices import set_prices
from catalog.queries.prices import prices_at, standing_prices
from ops_portal.accounts.choices import Role
from ops_portal.lib.keysets import page_after
from ops_portal.lib.principals import acting_as, system
from ops_portal.lib.testing.batches import codes_of
from tests.catalog.listings import person
from tests.factories import ACTOR, NOON, make_shop, make_sku
from tests.house.agency import person as somebody

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGINS, ENDS = NOON + 11 * DAY, NOON + 12 * DAY
D = Decimal


@pytest.fixture
def goods():
    """Two SKUs at 10.00 with a floor of 8, and two shops."""
    make_shop("S1")
    make_shop("S2")
    skus = [make_sku("A"), make_sku("B")]
    with acting_as(ACTOR):
        Sku.objects.update(floor_price=D(8))
    return skus


@pytest.fixture
def operator():
    return person("lin", Role.ONSITE_OPERATOR)


@pytest.fixture
def boss():
    return person("mei", Role.OPERATIONS_MANAGER)


def special(amount="9", sku="A", shop="S1", since=BEGINS, until=ENDS, reason=""):
    return PriceChangeDraft(((sku, D(amount)),), shop, since, reason=reason, until=until)


def propose(*drafts, actor, at=NOON):
    return propose_prices(drafts, actor=actor, at=at)


def put(amount, shop="S1", at=NOON, sku="A"):
    return set_prices([PriceDraft(sku, D(amount), shop)], actor=ACTOR, at=at).one()


def cost(at, shop="S1", of=prices_at):
    pk = Sku.objects.get(code="A").pk
    found = of([pk], Channel.objects.get(code=shop).pk if shop else None, at).get(pk)
    return str(found) if found is not None else None


def test_a_special_price_holds_for_its_time_in_its_shop_alone(goods, operator):
    done = propose(special(), actor=operator).one()
    price = Price.objects.get(until__isnull=False)
    assert (price.since, price.until, price.change_id) == (BEGINS, ENDS, done.pk)
    moments = (BEGINS - HOUR, BEGINS, ENDS - HOUR, ENDS)
    assert [cost(at) for at in moments] == ["10.00", "9.00", "9.00", "10.00"]
    assert [cost(at, of=standing_prices) for at in moments] == ["10.00"] * 4
    assert [cost(BEGINS, shop) for shop in ("S2", "")] == ["10.00", "10.00"]


def test_what_lies_under_a_special_price_goes_on_changing(goods, operator):
    propose(special(), actor=operator).one()
    put("12", at=NOON + DAY)
    assert [cost(at) for at in (NOON + DAY, BEGINS, ENDS)] == ["12.00", "9.00", "12.00"]
    put("13", at=BEGINS + HOUR)
    assert [cost(at) for at in (BEGINS + HOUR, ENDS)] == ["9.00", "13.00"]
    put("9", at=BEGINS + 2 * HOUR)
    assert cost(ENDS) == "9.00"


def test_a_sku_has_one_special_price_at_a_time_in_a_shop(goods, operator):
    propose(special(), actor=operator).one()
    inside = [
        special("8.5", since=BEGINS - HOUR, until=BEGINS + HOUR),
        special("8.5", since=ENDS - HOUR, until=ENDS + DAY),
        special("8.5", since=BEGINS - DAY, until=ENDS + DAY),
    ]
    assert codes_of(propose(*inside, actor=operator)) == ["period_taken"] * 3
    assert codes_of(draft_prices(inside[:1], actor=operator, at=NOON)) == ["period_taken"]
    beside = [
        special("8.5", since=BEGINS - HOUR, until=BEGINS),
        special("8.5", since=ENDS, until=ENDS + DAY),
        special("8.5", shop="S2"),
        special("8.5", sku="B"),
    ]
    assert codes_of(propose(*beside, actor=operator)) == ["done"] * 4


def test_two_times_of_one_file_that_overlap_are_refused_together(goods, operator):
    with pytest.raises(Exception, match="A has a special price there from"):
        propose(special(), special("8.5", until=ENDS + DAY), actor=operator)


def test_a_special_price_is_ended_before_its_time_or_before_it_begins(goods, operator, boss):
    begun = propose(special(), actor=operator).one()
    assert end_price_changes([begun.number], actor=boss, at=BEGINS + HOUR).one().status == "ended"
    assert [cost(at) for at in (BEGINS, BEGINS + HOUR)] == ["9.00", "10.00"]
    never = propose(special(since=ENDS, until=ENDS + DAY), actor=operator).one()
    end_price_changes([never.number], actor=operator, at=BEGINS + 2 * HOUR).one()
    assert cost(ENDS) == "10.00"
    again = propose(
        special("8.5", since=BEGINS + 3 * HOUR, until=ENDS + DAY), actor=operator, at=BEGINS + 2 * HOUR
    ).one()
    assert [cost(at) for at in (BEGINS + 3 * HOUR, ENDS + HOUR)] == ["8.50", "8.50"]
    assert codes_of(
        end_price_changes([again.number, again.number, never.number], actor=operator, at=ENDS)
    ) == ["done", "illegal_move", "illegal_move"]


def test_what_has_no_end_to_come_is_not_ended(goods, operator):
    plain = propose(PriceChangeDraft((("A", D(9)),), "S1"), actor=operator).one()
    over = propose(special(sku="B"), actor=operator).one()
    service = person("amy", Role.CUSTOMER_SERVICE)
    assert codes_of(end_price_changes([plain.number, over.number, "PC9"], actor=operator, at=ENDS)) == [
        "nothing_to_end", "nothing_to_end", "no_such_price_change",
    ]  # fmt: skip
    with pytest.raises(Exception, match="Your role may not move"):
        end_price_changes([over.number], actor=service, at=BEGINS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"shop": ""},
        {"since": ENDS, "until": ENDS},
        {"since": None, "until": NOON},
        {"until": NOON + timedelta(days=4000)},
    ],
)
def test_a_time_that_can_not_be_is_refused(goods, operator, wrong):
    assert codes_of(propose(special(**wrong), actor=operator)) == ["bad_moment"]


def test_the_database_lets_only_a_change_bring_a_special_price_and_only_to_a_shop(goods, operator):
    change = propose(special(), actor=operator).one()
    shop = Channel.objects.get(code="S1")
    fields = {"sku": goods[0], "amount": D(9), "since": NOON, "actor": "x", "written_at": NOON}
    for wrong in (
        {"channel": shop, "until": ENDS},
        {"change": change, "until": ENDS},
        {"channel": shop, "change": change, "until": NOON},
    ):
        with pytest.raises(IntegrityError), acting_as(ACTOR), transaction.atomic():
            Price.objects.create(**fields, **wrong)
    rows = PriceChange.objects.filter(pk=change.pk)
    for wrong in (
        {"channel": None},
        {"until": BEGINS},
        {"ended_at": ENDS},
        {"until": None, "ended_at": NOON},
    ):
        with pytest.raises(IntegrityError), acting_as(ACTOR), transaction.atomic():
            rows.update(**wrong)


def test_a_special_price_below_the_floor_waits_and_an_approval_too_late_is_refused(goods, operator, boss):
    low = propose(special("7", reason="11.11"), actor=operator).one()
    late = propose(special("7", sku="B", reason="11.11"), actor=operator).one()
    assert (low.status, cost(BEGINS)) == ("waiting", "10.00")
    approve_price_changes([low.number], actor=boss, at=NOON + DAY).one()
    assert cost(BEGINS) == "7.00"
    assert codes_of(approve_price_changes([late.number], actor=boss, at=ENDS)) == ["bad_moment"]


def test_of_two_that_wait_for_one_time_the_second_is_refused(goods, operator, boss):
    one, two = (propose(special("7", reason="x"), actor=operator).one().number for _ in range(2))
    assert codes_of(approve_price_changes([one], actor=boss, at=NOON)) == ["done"]
    assert codes_of(approve_price_changes([two], actor=boss, at=NOON)) == ["period_taken"]


def test_a_floor_that_was_raised_meanwhile_is_looked_at_anew(goods, operator, boss):
    waits = propose(PriceChangeDraft((("A", D(7)), ("B", D(9))), "S1", reason="x"), actor=operator).one()
    with acting_as(ACTOR):
        Sku.objects.filter(code="B").update(floor_price=D("9.5"))
    refused = approve_price_changes([waits.number], actor=boss, at=NOON).refused
    assert [(refusal.code, refusal.facts["names"]) for _index, refusal in refused] == [("price_moved", "B")]


def test_a_draft_holds_nothing_until_it_is_submitted(goods, operator, boss):
    above = draft_prices([PriceChangeDraft((("A", D(9)),), "S1")], actor=operator, at=NOON).one()
    below = draft_prices([PriceChangeDraft((("B", D(7)),), "S1")], actor=operator, at=NOON).one()
    assert (above.status, below.status, below.below_floor, Price.objects.count()) == ("draft", "draft", 1, 0)
    assert codes_of(approve_price_changes([below.number], actor=boss, at=NOON)) == ["illegal_move"]
    assert codes_of(reject_price_changes([below.number], reason="x", actor=boss, at=NOON)) == ["illegal_move"]
    numbers = [above.number, below.number, above.number, "PC9"]
    assert codes_of(submit_price_changes(numbers, actor=operator, at=NOON + HOUR)) == [
        "done", "below_floor", "illegal_move", "no_such_price_change",
    ]  # fmt: skip
    assert (cost(NOON + HOUR), PriceChange.objects.get(number=above.number).status) == ("9.00", "applied")
    waits = submit_price_changes([below.number], reason="clearance", actor=operator, at=NOON + HOUR).one()
    assert (waits.status, waits.reason, waits.due_at is not None) == ("waiting", "clearance", True)
    assert codes_of(submit_price_changes([below.number], actor=operator, at=NOON)) == ["illegal_move"]
    assert codes_of(approve_price_changes([below.number], actor=boss, at=NOON + 2 * HOUR)) == ["done"]


def test_a_draft_is_submitted_by_who_wrote_it_down_and_a_machines_by_anybody(goods, operator, boss):
    mine = draft_prices([PriceChangeDraft((("A", D(7)),), "S1", reason="x")], actor=operator, at=NOON).one()
    assert codes_of(submit_price_changes([mine.number], actor=boss, at=NOON)) == ["not_yours"]
    files = draft_prices([PriceChangeDraft((("B", D(7)),), "S1", reason="x")], actor=system(), at=NOON).one()
    submitted = submit_price_changes([files.number], actor=boss, at=NOON).one()
    assert (submitted.status, submitted.requester_id) == ("waiting", boss.user_id)
    assert codes_of(approve_price_changes([files.number], actor=boss, at=NOON)) == ["own_change"]
    assert withdraw_price_changes([mine.number], actor=boss, at=NOON).one().status == "withdrawn"


def test_a_draft_whose_prices_moved_meanwhile_is_asked_anew(goods, operator):
    mine = draft_prices([PriceChangeDraft((("A", D(9)),), "S1")], actor=operator, at=NOON).one()
    put("9.50", at=NOON + HOUR)
    assert codes_of(submit_price_changes([mine.number], actor=operator, at=NOON + HOUR)) == ["price_moved"]
    assert cost(NOON + HOUR) == "9.50"


def test_a_machine_decides_on_nothing(goods, operator):
    waits = propose(special("7", reason="x"), actor=operator).one()
    assert codes_of(approve_price_changes([waits.number], actor=system(), at=NOON)) == ["person_needed"]
    assert codes_of(reject_price_changes([waits.number], reason="x", actor=system(), at=NOON)) == [
        "person_needed"
    ]


@pytest.mark.parametrize("ordering", [("-created_at", "-pk"), ("-pk",)])
def test_pages_follow_each_other_by_number_and_leave_nothing_out(goods, operator, ordering):
    drafts = [PriceChangeDraft((("A", D(9) + place),), "S1") for place in (1, 2, 3, 4, 5)]
    del drafts[0]  # 10.00 holds already
    numbers = [each.number for each in draft_prices(drafts, actor=operator, at=NOON).done]
    whole = PriceChange.objects.all()
    first, after = page_after(whole, "", ordering, size=2)
    then, end = page_after(whole, after, ordering, size=2)
    assert [each.number for each in (*first, *then)] == numbers[::-1]
    assert (after, end) == (numbers[2], "")
    assert page_after(whole, "PC-none", ordering, size=2)[0] == first
    assert page_after(whole.filter(pk=0), "", ordering, size=2) == ([], "")


def browser(name, *roles):
    client = Client()
    user = somebody(name, *roles, shops=("S1", "S2"), brands=("ACME",))
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


def prices_shown(page):
    """Return the prices of SKU A as the product's page shows them: list price, then by shop."""
    table = page[page.index("goods-prices") :]
    row = table[table.index(">A<") : table.index("</tr>", table.index(">A<"))]
    return re.findall(r"¥([\d.]+)", row)


def test_an_operator_plans_11_11_sees_it_on_the_day_and_who_allowed_it_and_ends_it(goods):
    lin, mei = browser("lin", Role.ONSITE_OPERATOR), browser("mei", Role.OPERATIONS_MANAGER)
    day = (timezone.localtime() + 11 * DAY).strftime("%Y-%m-%d")
    after = (timezone.localtime() + 12 * DAY).strftime("%Y-%m-%d")
    product = f"/admin/goods/{goods[0].product.code}/"
    form = {"sku": "A", "shop": "S1", "amount": "7", "since": f"{day}T00:00", "until": f"{after}T00:00"}
    lin.post(product + "price/", {**form, "reason": "11.11"})
    change = PriceChange.objects.get()
    mei.post(f"/admin/price-changes/{change.number}/act/", {"verb": "approve"})
    shown = [
        prices_shown(lin.get(product, {"at": moment}).content.decode())
        for moment in (f"{day}T00:00", f"{day}T23:59", f"{after}T00:00")
    ]
    assert shown == [["10.00", "7.00"], ["10.00", "7.00"], ["10.00", "10.00"]]
    page = lin.get(product).content.decode()
    assert f"{day} 00:00 to {after} 00:00" in page
    assert "below the floor allowed by mei" in page
    assert "planned" in page
    overlap = {"shop": "S1", "skus": "A\t8.50", "since": f"{day}T12:00", "until": f"{after}T12:00"}
    seen = lin.post("/admin/price-changes/new/", {**overlap, "do": "preview"}).content.decode()
    assert "¥7.00" in seen.split("Planned besides")[1]
    lin.post(f"/admin/price-changes/{change.number}/act/", {"verb": "end"})
    assert prices_shown(lin.get(product, {"at": f"{day}T12:00"}).content.decode()) == ["10.00", "10.00"]
    assert "ended before" in lin.get(product).content.decode()
    assert "The date can&#x27;t be read" in lin.get(product, {"at": "soon"}).content.decode()


def test_a_price_for_a_moment_to_come_is_said_to_be_planned_and_one_for_now_to_be_changed(goods):
    lin = browser("lin", Role.ONSITE_OPERATOR)
    day = (timezone.localtime() + 11 * DAY).strftime("%Y-%m-%d")

    def said(**form):
        seen = lin.post("/admin/price-changes/new/", {**form, "do": "preview"}).context["seen"]
        answer = lin.post("/admin/price-changes/new/", {**form, "do": "apply", "seen": seen}, follow=True)
        return [str(message) for message in answer.context["messages"]]

    planned = f"1 price is planned; it holds from {day} 00:00."
    assert said(shop="S1", skus="A\t9", since=f"{day}T00:00") == [planned]
    assert said(shop="S1", skus="A\t9.50") == ["1 price changed."]


def test_rest_tells_the_price_of_a_moment_and_until_when(goods, operator):
    put("12", at=NOON + DAY)
    change = propose(special(), actor=operator).one()
    mei = browser("mei", Role.OPERATIONS_MANAGER)

    def told(at):
        rows = mei.get("/api/v1/prices/", {"sku": "A", "channel": "S1", "at": at.isoformat()}).json()[
            "results"
        ]
        return [(row["amount"], row["until"]) for row in rows]

    assert [told(at) for at in (NOON, BEGINS - HOUR, BEGINS, ENDS)] == [
        [], [("12.00", None)], [("9.00", ENDS.isoformat())], [("12.00", None)],
    ]  # fmt: skip
    end_price_changes([change.number], actor=operator, at=BEGINS + HOUR).one()
    assert told(BEGINS + HOUR) == [("12.00", None)]
    assert told(BEGINS) == [("9.00", (BEGINS + HOUR).isoformat())]
