"""The page of stock differences and the address of snapshots: what they show to whom, and what can be done there."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from catalog.choices import WarehouseSystem
from catalog.models import Sku, StockRequest, StockSnapshot, StockSnapshotLine, Warehouse
from catalog.operations.mirroring import TheirDraft, note_their_stock
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.accounts.operations.keys import ApiKeyDraft, create_api_keys
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing import assert_statements
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db
PAGE, ACT, API = (
    "/admin/stock-differences/",
    "/admin/stock-differences/act/",
    "/api/v1/stock-snapshots/",
)
HOUR = timedelta(hours=1)


def mirrored(code: str) -> Warehouse:
    place = make_warehouse(code)
    Warehouse.objects.filter(pk=place.pk).update(system=WarehouseSystem.WANGDIANTONG)
    return place


@pytest.fixture
def warehouse():
    """A mirrored warehouse with 10 of A (ACME, at 3.00), 10 of B (BOLT, at 100.00) and 2 of C, in our books."""
    place = mirrored("CLOUD")
    for code, brand, cost, units in (
        ("A", "ACME", "3.00", 10),
        ("B", "BOLT", "100.00", 10),
        ("C", "ACME", "1.00", 2),
    ):
        receive(make_sku(code, brand=brand), units, warehouse=place)
        with acting_as(ACTOR):
            Sku.objects.filter(code=code).update(cost=Decimal(cost))
    return place


def said(*units: tuple[str, int], key: str = "Z1", hours: int = 1) -> StockSnapshot:
    """Note what the other system says; return the snapshot."""
    drafts = [TheirDraft("CLOUD", NOON + hours * HOUR, key, count, code) for code, count in units]
    assert not note_their_stock(drafts, actor=ACTOR, at=NOON + 9 * HOUR).refused
    found: StockSnapshot = StockSnapshot.objects.get(source_key=key)
    return found


def signed_in(name: str, *roles: str, brands=("ACME", "BOLT")) -> Client:
    with acting_as(ACTOR):
        user = User.objects.create_user(name, roles=list(roles), is_staff=True)
        Grant.objects.bulk_create(Grant(user=user, kind=GrantKind.BRAND, code=code) for code in brands)
    client = Client()
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


@pytest.fixture
def client(warehouse):
    return signed_in("store", Role.WAREHOUSE)


def shown(client: Client, **query: str) -> list[tuple[str, int]]:
    """Return the lines on the page as (SKU, difference), in their sequence."""
    page = client.get(PAGE, query).context["page"]
    return [(line.sku.code, line.difference) for line in page.object_list] if page else []


def act(client: Client, verb: str, snapshot: StockSnapshot, *codes: str, note: str = "") -> list[str]:
    """Do one thing with the lines of these SKUs; return what the reader is told."""
    lines = StockSnapshotLine.objects.filter(snapshot=snapshot, sku__code__in=codes).values_list(
        "pk", flat=True
    )
    form = {"verb": verb, "snapshot": snapshot.number, "number": list(lines), "note": note}
    answer = client.post(ACT, form, follow=True)
    return [str(message) for message in answer.context["messages"]]


# -- the page ----------------------------------------------------------------------------------------------------


def test_differences_come_the_most_money_first_and_those_that_agree_not_at_all(client):
    said(("A", 13), ("B", 9), ("C", 2))
    assert shown(client) == [("B", -1), ("A", 3)]
    (mirror,) = client.get(PAGE).context["mirrors"]
    assert (mirror.waiting, mirror.more, mirror.fewer, mirror.money) == (2, 3, -1, Decimal("-91.00"))


def test_the_newest_snapshot_is_shown_unless_an_older_one_is_chosen(client):
    old = said(("A", 11))
    said(("A", 12), key="Z2", hours=2)
    assert shown(client) == [("A", 2)]
    assert shown(client, snapshot=old.number) == [("A", 1)]
    assert shown(client, snapshot="SN404", warehouse="NOWHERE") == [("A", 2)]


def test_what_is_taken_over_is_asked_for_once_and_stands_under_what_is_settled(client):
    snapshot = said(("A", 13), ("B", 9))
    (told,) = act(client, "take", snapshot, "A", "B", note="counted twice")
    request = StockRequest.objects.get()
    assert request.number in told
    lines = request.lines.order_by("sku__code").values_list("sku__code", "units", "from_state", "to_state")
    assert list(lines) == [("A", 3, "outside", "available"), ("B", 1, "available", "outside")]
    assert (shown(client), len(shown(client, settled="1"))) == ([], 2)
    act(client, "take", snapshot, "A", "B")
    assert StockRequest.objects.count() == 1


def test_a_difference_is_explained_with_a_note_and_not_without(client):
    snapshot = said(("A", 13), ("B", 9))
    act(client, "explain", snapshot, "A", note=" ")
    assert len(shown(client)) == 2
    assert act(client, "explain", snapshot, "A", note="on its way") == ["1 difference is explained."]
    assert (shown(client), shown(client, settled="1")) == ([("B", -1)], [("A", 3)])


def test_what_their_list_leaves_out_counts_as_nought_once(client):
    snapshot = said(("A", 10))
    assert act(client, "missing", snapshot) == ["2 SKUs of ours are not in their list."]
    assert act(client, "missing", snapshot) == ["0 SKUs of ours are not in their list."]
    assert shown(client) == [("B", -10), ("C", -2)]


def test_whoever_works_for_one_brand_sees_and_settles_its_lines_alone(client):
    snapshot = said(("A", 13), ("B", 9))
    acme = signed_in("acme", Role.WAREHOUSE, brands=("ACME",))
    assert shown(acme) == [("A", 3)]
    act(acme, "take", snapshot, "A", "B")
    assert list(StockRequest.objects.get().lines.values_list("sku__code", flat=True)) == ["A"]
    act(acme, "explain", snapshot, "B", note="not mine")
    assert shown(client) == [("B", -1)]


@pytest.mark.parametrize(
    ("role", "sees", "acts"),
    [(Role.CUSTOMER_SERVICE, 200, 403), (Role.BRAND_PARTNER, 403, 403), (Role.WAREHOUSE, 200, 302)],
)
def test_only_those_who_ask_for_stock_act(warehouse, role, sees, acts):
    snapshot = said(("A", 13))
    client = signed_in("someone", role)
    line = StockSnapshotLine.objects.get()
    form = {"verb": "explain", "snapshot": snapshot.number, "number": line.pk, "note": "seen"}
    assert [client.get(PAGE).status_code, client.post(ACT, form).status_code] == [sees, acts]
    line.refresh_from_db()
    assert line.note == ("seen" if acts == 302 else "")


@pytest.mark.parametrize("form", [{}, {"snapshot": "SN404"}, {"number": ["x", "9" * 30, "-1"]}])
def test_a_form_that_means_nothing_settles_nothing(client, form):
    said(("A", 13))
    assert client.post(ACT, {"verb": "take", **form}).status_code == 302
    assert not StockRequest.objects.exists()


def test_without_a_mirror_or_a_snapshot_the_page_says_what_to_do():
    client = signed_in("store", Role.WAREHOUSE)
    assert "Our books lead in every warehouse" in client.get(PAGE).content.decode()
    mirrored("CLOUD")
    assert "No snapshot yet." in client.get(PAGE).content.decode()


def test_the_page_takes_10_statements_with_1_difference_and_with_3(client):
    codes = iter(("A", "B", "C"))
    assert_statements(10, lambda: client.get(PAGE), lambda: said((next(codes), 99)))


# -- over REST ---------------------------------------------------------------------------------------------------


class Script:
    """A caller with a key."""

    def __init__(self, role: str = Role.WAREHOUSE, **more) -> None:
        draft = ApiKeyDraft((role,), **{"brands": ("ACME", "BOLT"), **more})
        key = create_api_keys([draft], actor=ACTOR, at=timezone.now()).one().text
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, address: str = "", **query):
        return Client().get(API + address, query, headers=self.headers)

    def post(self, body):
        text = body if isinstance(body, str) else json.dumps(body)
        return Client().post(API, text, content_type="application/json", headers=self.headers)


def body_of(*lines: dict, **more) -> dict:
    at = (NOON + HOUR).isoformat()
    return {"warehouse": "CLOUD", "taken_at": at, "source_key": "Z1", "lines": list(lines), **more}


def test_a_snapshot_in_two_requests_is_one_and_told_again_it_changes_nothing(warehouse):
    store = Script()
    first = store.post(body_of({"sku": "A", "units": 13})).json()
    again = store.post(body_of({"sku": "A", "units": 13}, {"sku": "C", "units": 2})).json()
    assert (first["done"], again["done"], again["refused"]) == (1, 2, 0)
    assert first["results"][0]["result"] == again["results"][0]["result"]
    (row,) = store.get().json()["results"]
    assert (row["warehouse"], row["source"], row["source_key"]) == ("CLOUD", "api", "Z1")
    seen = Script(brands=("ACME",)).get(f"{row['number']}/differences/").json()
    assert [(line["sku"], line["theirs"], line["ours"], line["difference"]) for line in seen] == [
        ("A", 13, 10, 3)
    ]
    assert Script(brands=("BOLT",)).get(f"{row['number']}/differences/").json() == []


def test_each_line_that_can_not_be_noted_is_refused_by_itself(warehouse):
    body = body_of(
        {"sku": "NOTHING", "units": 1}, {"sku": "A", "units": 1}, {"sku": "A", "units": 2}, {"units": 3}
    )
    results = Script().post(body).json()["results"]
    assert [result.get("problem", {}).get("code") for result in results] == [
        "unknown_sku", None, "said_otherwise", "unknown_sku",
    ]  # fmt: skip
    assert StockSnapshotLine.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"warehouse": "NOWHERE"}, "no_mirror"),
        ({"warehouse": "MAIN"}, "no_mirror"),
        ({"taken_at": "2099-01-01T00:00:00Z"}, "not_at_that_time"),
    ],
)
def test_a_snapshot_of_no_mirror_or_of_tomorrow_is_refused_line_by_line(warehouse, more, code):
    make_warehouse("MAIN")
    (result,) = Script().post(body_of({"sku": "A", "units": 1}, **more)).json()["results"]
    assert result["problem"]["code"] == code
    assert not StockSnapshot.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        body_of(),
        body_of({"sku": "A", "units": -1}),
        body_of({"sku": "A", "units": 10**12 + 1}),
        body_of({"sku": "A", "units": 10**40}),
        body_of({"sku": "A", "units": 1.5}),
        body_of({"sku": "A", "units": "NaN"}),
        body_of({"sku": "A" * 61, "units": 1}),
        body_of({"sku": "A", "units": 1}, taken_at="yesterday"),
        body_of({"sku": "A", "units": 1}, source_key=""),
        body_of({"sku": "A", "units": 1, "price": 1}),
        body_of(*[{"sku": "A", "units": 1}] * 2001),
        body_of({"sku": "A\x00", "units": 1}),
        '{"warehouse": "CLOUD", "lines": [',
        "[[[[" * 40,
    ],
)
def test_what_is_no_snapshot_is_refused_whole(warehouse, body):
    assert Script().post(body).status_code == 400
    assert not StockSnapshot.objects.exists()


def test_a_partner_and_a_key_without_the_scope_neither_read_nor_send(warehouse):
    snapshot = said(("A", 13))
    callers = (Script(Role.BRAND_PARTNER, brands=("ACME",)), Script(scopes=("stock:read",)))
    assert [caller.get(f"{snapshot.number}/").status_code for caller in callers] == [403, 200]
    line = {"sku": "C", "units": 1}
    assert [caller.post(body_of(line)).status_code for caller in callers] == [403, 403]
    assert StockSnapshotLine.objects.count() == 1
