"""Many prices at once: by a rule or a list, at once above the floor, below it after somebody else's approval."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from catalog.choices import PriceBase, PriceEnding
from catalog.drafts import PriceChangeDraft, PriceDraft
from catalog.models import Price, PriceChange, Sku
from catalog.operations import price_changes
from catalog.operations.price_changes import propose_prices
from catalog.operations.price_deciding import (
    approve_price_changes,
    reject_price_changes,
    withdraw_price_changes,
)
from catalog.operations.prices import set_prices
from catalog.queries.repricing import Rule, reckoned
from ops_portal.accounts.choices import Role
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing.batches import codes_of
from tests.catalog.listings import person
from tests.factories import ACTOR, NOON, make_shop, make_sku
from tests.house.agency import person as somebody

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
D = Decimal


@pytest.fixture
def goods():
    """Two SKUs at 10.00 with a cost of 4 and a floor of 8, and a shop."""
    make_shop("S1")
    skus = [make_sku("A"), make_sku("B")]
    with acting_as(ACTOR):
        Sku.objects.update(cost=D(4), floor_price=D(8), reference_price=D(20))
    return skus


@pytest.fixture
def operator():
    return person("lin", Role.ONSITE_OPERATOR)


@pytest.fixture
def boss():
    return person("mei", Role.OPERATIONS_MANAGER)


def change(*lines, shop="S1", **more):
    return PriceChangeDraft(tuple((code, D(amount)) for code, amount in lines), shop, **more)


def propose(*drafts, actor, at=NOON):
    return propose_prices(drafts, actor=actor, at=at)


def written():
    return [
        *Price.objects.filter(channel__code="S1").order_by("pk").values_list("sku__code", "amount", "reason")
    ]


@pytest.mark.parametrize(
    ("base", "percent", "plus", "ending", "price"),
    [
        ("100", "90", "0", PriceEnding.NONE, "90.00"),
        ("99.99", "33.3", "0", PriceEnding.NONE, "33.30"),
        ("100", "100", "-5.5", PriceEnding.NONE, "94.50"),
        ("100", "90", "0", PriceEnding.NINES, "89.99"),
        ("100", "90.6", "0", PriceEnding.NINES, "90.99"),
        ("101.49", "100", "0", PriceEnding.NINES, "101.99"),
        ("100", "95", "0", PriceEnding.NINE, "94.90"),
        ("100.5", "100", "0", PriceEnding.WHOLE, "101.00"),
        ("133", "100", "0", PriceEnding.NINE_OF_TEN, "129.00"),
        ("134", "100", "0", PriceEnding.NINE_OF_TEN, "139.00"),
        ("2", "100", "0", PriceEnding.NINE_OF_TEN, "9.00"),
        ("2", "100", "-5", PriceEnding.NONE, "0.00"),
    ],
)
def test_a_rule_reckons_to_the_cent_and_ends_on_what_was_asked(base, percent, plus, ending, price):
    assert str(reckoned(D(base), Rule(PriceBase.PRICE, D(percent), D(plus), ending))) == price


def test_a_rule_that_keeps_the_floor_goes_no_lower():
    rule = Rule(percent=D(50), keeps_floor=True)
    assert [reckoned(D(10), rule, floor) for floor in (D("8.00"), D("3.00"), None)] == [
        D("8.00"),
        D("5.00"),
        D("5.00"),
    ]


def test_prices_above_the_floor_hold_at_once_and_one_that_holds_already_is_left_out(goods, operator):
    done = propose(change(("A", "9"), ("B", "10")), actor=operator).one()
    assert (done.status, done.below_floor, done.lines.count()) == ("applied", 0, 1)
    assert written() == [("A", D("9.00"), "")]
    moves = StateMove.objects.filter(document_number=done.number).values_list(
        "from_status", "to_status", "actor"
    )
    assert list(moves) == [("", "applied", "person:lin")]


def test_one_price_below_the_floor_makes_the_whole_change_wait_for_another_person(goods, operator, boss):
    done = propose(change(("A", "7.99"), ("B", "9"), reason="clearance"), actor=operator).one()
    assert (done.status, done.below_floor, written()) == ("waiting", 1, [])
    refused = approve_price_changes([done.number], actor=operator, at=NOON).refused
    assert [refusal.code for _index, refusal in refused] == ["own_change"]
    own = person("lin", Role.OPERATIONS_MANAGER)
    assert codes_of(approve_price_changes([done.number], actor=own, at=NOON)) == ["own_change"]
    approved = approve_price_changes([done.number], actor=boss, at=NOON + HOUR).one()
    assert (approved.status, approved.decider_id) == ("applied", boss.user_id)
    assert written() == [("A", D("7.99"), "clearance"), ("B", D("9.00"), "clearance")]
    assert codes_of(approve_price_changes([done.number], actor=boss, at=NOON)) == ["illegal_move"]


def test_the_database_holds_the_two_people_apart_and_asks_for_a_reason(goods, operator):
    done = propose(change(("A", "7"), reason="clearance"), actor=operator).one()
    row = PriceChange.objects.filter(pk=done.pk)
    for wrong in (
        {"decider": operator.user_id},
        {"status": "applied"},
        {"status": "applied", "decider": person("mei", Role.MANAGEMENT).user_id, "reason": ""},
    ):
        with pytest.raises(IntegrityError), acting_as(ACTOR), transaction.atomic():
            row.update(**wrong)


def test_what_can_not_be_is_refused_by_code(goods, operator):
    service = person("amy", Role.CUSTOMER_SERVICE)
    outcome = propose(
        change(("A", "7")), change(("A", "7"), reason=" "), change(("X", "9")), change(("A", "9"), shop="S9"),
        change(("A", "9"), ("A", "8.5")), change(("A", "-1")), change(("A", "10")), change(),
        change(("A", "9"), since=NOON - HOUR), change(("A", "9"), since=NOON),
        actor=operator,
    )  # fmt: skip
    assert codes_of(outcome) == [
        "below_floor", "below_floor", "unknown_sku", "unknown_channel", "sku_twice", "bad_price",
        "nothing_changes", "nothing_changes", "bad_moment", "bad_moment",
    ]  # fmt: skip
    assert codes_of(propose(change(("A", "9")), actor=service)) == ["role_may_not_move"]
    assert written() == []
    assert not PriceChange.objects.exists()


def test_a_change_of_more_prices_than_can_be_looked_at_is_refused(goods, operator, monkeypatch):
    monkeypatch.setattr(price_changes, "MOST_LINES", 1)
    both = change(("A", "9"), ("B", "9"))
    assert codes_of(propose(both, change(("A", "9")), actor=operator)) == ["too_many_prices", "done"]


def test_a_price_that_moved_meanwhile_is_not_written_over(goods, operator, boss):
    done = propose(change(("A", "7"), ("B", "9"), reason="clearance"), actor=operator).one()
    set_prices([PriceDraft("B", D("9.50"), "S1")], actor=ACTOR, at=NOON + HOUR)
    refused = approve_price_changes([done.number], actor=boss, at=NOON + 2 * HOUR).refused
    assert [(refusal.code, "B" in str(refusal)) for _index, refusal in refused] == [("price_moved", True)]
    assert written() == [("B", D("9.50"), "")]


def test_prices_for_later_count_from_then_and_approved_too_late_from_the_approval(goods, operator, boss):
    later = propose(change(("A", "9"), since=NOON + HOUR), actor=operator).one()
    assert Price.objects.get(channel__code="S1").since == later.since
    late = propose(change(("B", "7"), since=NOON + HOUR, reason="x"), actor=operator).one()
    approve_price_changes([late.number], actor=boss, at=NOON + 3 * HOUR).one()
    assert Price.objects.get(channel__code="S1", sku__code="B").since == NOON + 3 * HOUR


def test_a_change_is_rejected_with_a_reason_or_withdrawn(goods, operator, boss):
    one, two = (propose(change(("A", "7"), reason="x"), actor=operator).one().number for _ in range(2))
    with pytest.raises(Exception, match="Say why"):
        reject_price_changes([one], reason=" ", actor=boss, at=NOON)
    assert reject_price_changes([one], reason="too low", actor=boss, at=NOON).one().status == "rejected"
    assert withdraw_price_changes([two], actor=operator, at=NOON).one().status == "withdrawn"
    assert codes_of(approve_price_changes([one, two, "PC9"], actor=boss, at=NOON)) == [
        "illegal_move", "illegal_move", "no_such_price_change",
    ]  # fmt: skip
    assert written() == []


def browser(name: str, *roles: Role) -> Client:
    client = Client()
    user = somebody(name, *roles, shops=("S1",), brands=("ACME",))
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


NEW = "/admin/price-changes/new/"


def seen_of(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    return found.group(1) if found else ""


def test_a_rule_is_previewed_and_applied_as_it_was_shown(goods):
    lin = browser("lin", Role.ONSITE_OPERATOR)
    form = {"shop": "S1", "brand": "ACME", "base": "reference_price", "percent": "48", "ending": "0.99"}
    page = lin.post(NEW, form | {"do": "preview"}).content.decode()
    assert page.count("¥9.99") == 2
    assert written() == []
    set_prices([PriceDraft("A", D("9.50"), "S1")], actor=ACTOR, at=NOON)
    answer = lin.post(NEW, form | {"do": "apply", "seen": seen_of(page)})
    assert "Prices have changed since you looked" in answer.content.decode()
    answer = lin.post(NEW, form | {"do": "apply", "seen": seen_of(answer.content.decode())})
    assert answer.status_code == 302
    assert [row[:2] for row in written()[1:]] == [("A", D("9.99")), ("B", D("9.99"))]
    assert "reference price × 48 %, .99" in lin.get(answer.url).content.decode()


def test_pasted_prices_below_the_floor_are_asked_for_and_the_manager_approves(goods):
    lin, mei = browser("lin", Role.ONSITE_OPERATOR), browser("mei", Role.OPERATIONS_MANAGER)
    form = {"shop": "S1", "skus": "A\t7.50\nB\t9\n", "reason": "clearance"}
    page = lin.post(NEW, form | {"do": "preview"}).content.decode()
    assert "Ask for approval" in page
    address = lin.post(NEW, form | {"do": "apply", "seen": seen_of(page)}).url
    assert 'value="approve"' not in lin.get(address).content.decode()
    assert 'value="approve"' in mei.get(address).content.decode()
    assert lin.post(address + "act/", {"verb": "approve"}).status_code == 403
    mei.post(address + "act/", {"verb": "approve"})
    assert [row[:2] for row in written()] == [("A", D("7.50")), ("B", D("9.00"))]
    assert PriceChange.objects.get().number in mei.get("/admin/price-changes/?tab=applied").content.decode()


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("A 7.5\nA 8", "twice"),
        ("A\tseven", "is no number"),
        ("A\t9\nB", "without a price"),
        ("Z\t9", "Not found: Z"),
    ],
)
def test_what_can_not_be_read_is_named(goods, pasted, said):
    lin = browser("lin", Role.ONSITE_OPERATOR)
    assert said in lin.post(NEW, {"shop": "S1", "skus": pasted, "do": "preview"}).content.decode()


def test_a_change_of_a_strangers_shop_is_not_there(goods, operator):
    make_shop("S2")
    done = propose(change(("A", "9"), shop="S2"), actor=operator).one()
    lin = browser("lin2", Role.ONSITE_OPERATOR)
    assert lin.get(f"/admin/price-changes/{done.number}/").status_code == 404
    assert done.number not in lin.get("/admin/price-changes/?tab=all").content.decode()
    assert lin.post(NEW, {"shop": "S2", "brand": "ACME", "do": "preview"}).status_code == 404
