"""What is in quarantine passes inspection, is found damaged, or is asked to go back; the page that shows it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalog.choices import OWN
from catalog.models import Sku, Stock, StockDocument, StockRequest, Warehouse
from catalog.operations.deliveries import local_day
from catalog.operations.inbound import InboundDraft, announce_deliveries
from catalog.operations.quarantine import InspectionDraft, inspect_quarantine
from catalog.operations.receiving import ReceiptDraft, ReceiptLineDraft, receive_deliveries
from catalog.queries.audit import audit_stock
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.refusals import Refused
from ops_portal.lib.testing import assert_statements
from tests.catalog.inbound import WORKER
from tests.factories import ACTOR, make_sku, make_warehouse
from tests.house.agency import SIGN_IN, person

pytestmark = pytest.mark.django_db
MANAGER = Principal("person", "boss", roles=frozenset({Role.OPERATIONS_MANAGER}))


def quarantined(
    code: str = "A1", units: int = 10, *, batch: str = "", days: int = 0, **fields: object
) -> str:
    """Receive units into quarantine; return the number of their delivery."""
    make_warehouse("MAIN")
    with acting_as(ACTOR):
        Warehouse.objects.filter(code="MAIN").update(inspects_receipts=True)
        sku = make_sku(code, tracks_batches=bool(batch))
        Sku.objects.filter(pk=sku.pk).update(**fields) if fields else None
    at = timezone.now()
    draft = InboundDraft("ACME", "MAIN", OWN, local_day(at), ((code, units),))
    delivery = announce_deliveries([draft], actor=ACTOR, at=at).one()
    expires_on = local_day(at) + timedelta(days=days) if batch else None
    line = ReceiptLineDraft(code, units, 0, batch, expires_on, "to be looked at" if batch else "")
    receive_deliveries([ReceiptDraft(delivery.number, (line,), "K")], actor=WORKER, at=at).one()
    return delivery.number


def inspect(actor: Principal = WORKER, **given: object) -> StockDocument:
    draft = InspectionDraft(
        **{"warehouse_code": "MAIN", "sku_code": "A1", "goods_owner": OWN, "key": "I1", **given}
    )
    return inspect_quarantine([draft], actor=actor, at=timezone.now()).one()


def code_of(act) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code


def standing() -> tuple[int, int, int]:
    stock = Stock.objects.get()
    return stock.quarantine, stock.available, stock.damaged


def test_units_pass_or_are_damaged_and_the_same_key_counts_once():
    quarantined()
    first = inspect(passed=6, damaged=3)
    assert inspect(passed=6, damaged=3) == first
    assert standing() == (1, 6, 3)
    assert audit_stock().ok


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"passed": 11}, "not_enough_units"),
        ({"passed": 6, "damaged": 5}, "not_enough_units"),
        ({}, "nothing_inspected"),
        ({"passed": -1}, "implausible_units"),
        ({"passed": 1, "sku_code": "NOTHING"}, "unknown_sku"),
        ({"passed": 1, "warehouse_code": "NOWHERE"}, "unknown_warehouse"),
        ({"passed": 1, "key": ""}, "key_needed"),
        ({"passed": 1, "batch_code": "LOT"}, "batch_needed"),
    ],
)
def test_inspection_refuses_what_is_not_there(given, code):
    quarantined()
    assert code_of(lambda: inspect(**given)) == code
    assert standing() == (10, 0, 0)


def test_only_those_who_handle_goods_inspect():
    quarantined()
    finance = Principal("person", "li", roles=frozenset({Role.FINANCE}))
    assert code_of(lambda: inspect(finance, passed=1)) == "role_may_not_move"


def test_units_with_too_little_life_pass_only_by_an_approver_with_a_reason_and_never_past_their_date():
    quarantined(batch="LOT", days=50, receive_days=100)
    said = {"passed": 1, "batch_code": "LOT"}
    assert code_of(lambda: inspect(**said, note="please")) == "too_little_life"
    assert code_of(lambda: inspect(MANAGER, **said)) == "too_little_life"
    inspect(MANAGER, **said, note="gift with purchase")
    inspect(damaged=1, batch_code="LOT", key="I2")
    assert standing() == (8, 1, 1)
    later = timezone.now() + timedelta(days=60)
    draft = InspectionDraft("MAIN", "A1", OWN, "I3", passed=1, batch_code="LOT", note="why not")
    assert code_of(lambda: inspect_quarantine([draft], actor=MANAGER, at=later).one()) == "too_little_life"


def signed_in(role: Role = Role.WAREHOUSE, name: str = "wang") -> Client:
    client = Client()
    client.force_login(person(name, role, shops=("S1",), brands=("ACME",)), backend=SIGN_IN)
    return client


def fields_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(stock|batch|key)" value="([^"]*)">', page))


def test_the_queue_names_the_delivery_and_passes_units_once_however_often_it_is_sent():
    number = quarantined()
    client = signed_in()
    page = client.get("/admin/inspection/").content.decode()
    assert number in page
    sent = {**fields_of(page), "units": "10", "damaged": "2", "verb": "pass"}
    for _enter in range(2):
        assert client.post("/admin/inspection/act/", sent).status_code == 302
    assert standing() == (0, 8, 2)
    assert "Nothing waits for inspection." in client.get("/admin/inspection/").content.decode()


def test_a_return_from_the_queue_waits_for_the_approval_of_somebody_else():
    quarantined()
    client = signed_in()
    sent = {
        **fields_of(client.get("/admin/inspection/").content.decode()),
        "units": "4",
        "verb": "return",
        "note": "wet",
    }
    client.post("/admin/inspection/act/", sent)
    request = StockRequest.objects.get()
    assert (request.kind, request.requester, standing()) == (
        "return_to_owner",
        User.objects.get(username="wang"),
        (10, 0, 0),
    )


@pytest.mark.parametrize(
    "sent", [{}, {"stock": "1e9"}, {"stock": "99999999"}, {"stock": "x", "verb": "return"}]
)
def test_rubbish_at_the_queue_books_nothing(sent):
    quarantined()
    signed_in().post("/admin/inspection/act/", sent)
    assert standing() == (10, 0, 0)


def test_the_queue_shows_nothing_of_other_brands_and_takes_7_statements_for_one_and_for_three():
    client = signed_in()
    made = iter(range(9))

    def show() -> str:
        return client.get("/admin/inspection/").content.decode()

    assert_statements(7, show, lambda: quarantined(f"Q{next(made)}"))
    other = Client()
    other.force_login(person("far", Role.WAREHOUSE, brands=("BOLT",)), backend=SIGN_IN)
    assert "Q0" not in other.get("/admin/inspection/").content.decode()
