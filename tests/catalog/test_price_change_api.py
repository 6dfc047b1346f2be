"""Price changes over REST: drafted and submitted by machines, decided on by people."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from catalog.drafts import PriceChangeDraft
from catalog.models import Price, PriceChange, Sku
from catalog.operations.price_changes import draft_prices
from ops_portal.accounts.choices import Role
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing import assert_statements
from tests.catalog.listings import person
from tests.catalog.test_price_changes import browser
from tests.factories import ACTOR, NOON, make_shop, make_sku
from tests.house.agency import new_key
from tests.house.agency import person as somebody

pytestmark = pytest.mark.django_db
URL = "/api/v1/price-changes/"
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
def keyed(client):
    """Return a caller with a key of the operations manager, which reads and writes."""

    def call(method, path="", body=None, role=Role.OPERATIONS_MANAGER, **more):
        headers = {"Authorization": f"Bearer {keys.setdefault(role, new_key(role))}", **more}
        return getattr(client, method)(
            f"{URL}{path}", body and json.dumps(body), content_type="application/json", headers=headers
        )

    keys: dict = {}
    return call


def wish(*prices, **more):
    rows = [{"sku": sku, "amount": amount} for sku, amount in prices]
    return {"channel": "S1", "prices": rows, **more}


def test_a_change_is_drafted_and_submitted_and_below_the_floor_waits_for_a_person(goods, keyed):
    answer = keyed("post", body=wish(("A", "7.50"), ("B", "10.00"), reason="clearance"))
    assert answer.status_code == 201
    draft = answer.json()
    assert (draft["status"], draft["channel"], draft["below_floor"]) == ("draft", "S1", 1)
    assert draft["lines"] == [
        {"position": 1, "sku": "A", "before": "10.00", "floor": "8.00", "amount": "7.50"}
    ]
    assert not Price.objects.exists()
    submitted = keyed("post", f"{draft['number']}/submit/", {}).json()
    assert (submitted["status"], submitted["lines"]) == ("waiting", draft["lines"])
    assert keyed("post", f"{draft['number']}/approve/", {}).status_code == 404
    assert keyed("post", f"{draft['number']}/submit/", {}).json()["code"] == "illegal_move"
    assert not Price.objects.exists()


def test_above_the_floor_a_submitted_price_holds(goods, keyed):
    number = keyed("post", body=wish(("A", "9"), until="2030-11-12T00:00:00+08:00")).json()["number"]
    assert keyed("post", f"{number}/submit/", {}).json()["status"] == "applied"
    assert list(Price.objects.values_list("amount", "change__number")) == [(D("9.00"), number)]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (wish(("A", "7")), 201, "draft"),
        (wish(("A", "10")), 409, "nothing_changes"),
        (wish(("A", "9"), ("A", "8")), 409, "sku_twice"),
        (wish(("A", "9"), since="2020-01-01T00:00:00Z"), 409, "bad_moment"),
        (wish(("X", "9")), 400, "Unknown: X"),
        (wish(("A", "9"), channel="S9"), 400, "Unknown: S9"),
        (wish(("A", "-1")), 400, "amount"),
        (wish(("A", "1e20")), 400, "amount"),
        (wish(("A", "NaN")), 400, "amount"),
        (wish(), 400, "prices"),
        ({"prices": "A"}, 400, "prices"),
    ],
)
def test_what_can_not_be_drafted_is_refused_by_code(goods, keyed, body, status, said):
    answer = keyed("post", body=body)
    assert (answer.status_code, said in answer.content.decode()) == (status, True), answer.content


def test_below_the_floor_a_reason_is_needed_at_the_latest_with_the_submission(goods, keyed):
    number = keyed("post", body=wish(("A", "7"))).json()["number"]
    assert keyed("post", f"{number}/submit/", {}).json()["code"] == "below_floor"
    assert keyed("post", f"{number}/submit/", {"reason": "clearance"}).json()["reason"] == "clearance"


def test_the_same_key_writes_one_draft(goods, keyed):
    key = {"Idempotency-Key": "wish-1"}
    answers = [keyed("post", body=wish(("A", "9")), **key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert PriceChange.objects.count() == 1
    assert keyed("post", body=wish(("A", "8")), **key).json()["code"] == "idempotency_key_reused"


def test_the_list_is_filtered_and_shows_no_prices(goods, keyed):
    numbers = [
        keyed("post", body=wish((sku, "9"), channel=shop)).json()["number"]
        for sku, shop in (("A", "S1"), ("B", "S1"), ("A", ""))
    ]
    keyed("post", f"{numbers[1]}/submit/", {})

    def found(query=""):
        return [row["number"] for row in keyed("get", query).json()["results"]]

    assert found() == numbers[::-1]
    assert "lines" not in keyed("get").json()["results"][0]
    assert found("?channel=S1") == [numbers[1], numbers[0]]
    assert found("?status=draft") == [numbers[2], numbers[0]]
    assert found("?sku=B") == [numbers[1]]


@pytest.mark.parametrize("role", [Role.BRAND_PARTNER, Role.WAREHOUSE, Role.CUSTOMER_SERVICE, Role.FINANCE])
def test_keys_of_other_roles_neither_read_nor_write(goods, keyed, role):
    assert keyed("get", role=role).status_code == 403
    assert keyed("post", body=wish(("A", "9")), role=role).status_code == 403


def test_a_list_takes_as_many_statements_with_one_row_as_with_three(goods, keyed):
    lin = person("lin", Role.ONSITE_OPERATOR)
    amounts = iter(("9", "9.1", "9.2"))

    def one_more():
        draft = PriceChangeDraft((("A", D(next(amounts))),), "S1")
        draft_prices([draft], actor=lin, at=NOON).one()

    keyed("get")
    assert_statements(5, lambda: keyed("get"), one_more)


def test_an_operator_reads_and_submits_the_changes_of_her_shops_alone(goods):
    boss = person("mei", Role.OPERATIONS_MANAGER)
    drafts = [PriceChangeDraft((("A", D(9)),), shop) for shop in ("S1", "S2", "")]
    mine, theirs, listed = (each.number for each in draft_prices(drafts, actor=boss, at=NOON).done)
    make_sku("Z", brand="OTHER")
    strange = draft_prices([PriceChangeDraft((("Z", D(9)),))], actor=boss, at=NOON).one().number
    lin = browser("lin", Role.ONSITE_OPERATOR)
    assert [row["number"] for row in lin.get(URL).json()["results"]] == [listed, mine]
    assert [lin.get(f"{URL}{number}/").status_code for number in (mine, theirs, strange)] == [200, 404, 404]
    assert lin.post(f"{URL}{theirs}/submit/", {}, content_type="application/json").status_code == 404
    body = {"channel": "S2", "prices": [{"sku": "A", "amount": "9"}]}
    assert lin.post(URL, body, content_type="application/json").status_code == 400
    body = {"channel": "S1", "prices": [{"sku": "Z", "amount": "9"}]}
    assert lin.post(URL, body, content_type="application/json").status_code == 400
    assert PriceChange.objects.count() == 4


def test_what_prices_are_wanted_is_no_partners_to_see(goods):
    boss = person("mei", Role.OPERATIONS_MANAGER)
    draft_prices([PriceChangeDraft((("A", D(9)),))], actor=boss, at=NOON).one()
    partner = somebody("acme", Role.BRAND_PARTNER, brands=("ACME",))
    staff = somebody("tom", Role.ONSITE_OPERATOR, brands=("ACME",))
    assert [PriceChange.objects.visible_to(user).count() for user in (partner, staff)] == [0, 1]
