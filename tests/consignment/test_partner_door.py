"""What a partner's key opens: its own lines, stock and statements, on the addresses of staff, and nothing else."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from consignment.drafts import AnswerDraft, PartnerKeyDraft
from consignment.models import Contract, LineDispute, Statement
from consignment.operations.disputing import answer_disputes
from consignment.operations.partners import create_partner_keys
from ops_portal.accounts.operations.keys import ApiKeyDraft, create_api_keys
from ops_portal.lib.testing import assert_statements
from orders.drafts import LineDraft
from orders.models import Order
from tests.consignment.conftest import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    agency_shop,
    drafted,
    issued,
    make_contract,
    make_partner,
    noon,
    sell,
)
from tests.factories import ACTOR, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db
SECRETS = ("77.77", "张三", "13800000000", "浙江省", "杭州市", "BOLT", "B1", "P-BOLT")


class Door:
    """A script with a key."""

    def __init__(self, key: str) -> None:
        self.client, self.headers = Client(raise_request_exception=False), {"Authorization": f"Bearer {key}"}

    def get(self, path: str, **query: str) -> Any:
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers)

    def post(self, path: str, body: Any = None) -> Any:
        return self.client.post(
            f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json", headers=self.headers
        )


def partner_door(code: str) -> Door:
    return Door(create_partner_keys([PartnerKeyDraft(code)], actor=ACTOR, at=DECEMBER).one().text)


@pytest.fixture
def house(sku, shop):
    """ACME and BOLT sold in one order of October; each has an issued statement of it, and a draft of November."""
    main = make_warehouse("MAIN")
    other = make_sku("B1", brand="BOLT")
    receive(sku, 9, warehouse=main)
    receive(other, 7, warehouse=main)
    make_partner("P-BOLT", "BOLT")
    agency_shop("S1")
    acme, bolt = make_contract(), make_contract("P-BOLT", rate="0.3")
    mixed = sell(
        shop,
        LineDraft("A1", 1, Decimal("10")),
        LineDraft("B1", 1, Decimal("77.77")),
        at=noon("2026-10-05"),
        number="MIXED",
    )
    foreign = sell(shop, LineDraft("B1", 1, Decimal("77.77")), at=noon("2026-10-06"), number="FOREIGN")
    for contract in (acme, bolt):
        issued(drafted(contract, OCTOBER))
        drafted(contract, NOVEMBER)
    return {
        "mixed": mixed,
        "foreign": foreign,
        "mine": Statement.objects.get(contract=acme, month=OCTOBER),
        "theirs": Statement.objects.get(contract=bolt, month=OCTOBER),
        "draft": Statement.objects.get(contract=acme, month=NOVEMBER),
        "door": partner_door("P-ACME"),
    }


def everything(door: Door, path: str, **query: str) -> list[dict[str, Any]]:
    answer = door.get(path, **query)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_a_partner_reads_its_issued_statements_and_no_drafts(house):
    found = everything(house["door"], "statements/")
    assert [(each["number"], each["sales"], each["net"]) for each in found] == [
        (house["mine"].number, "10.00", "8.00")
    ]
    assert found[0]["digest"] == bytes(house["mine"].digest).hex()


def test_the_lines_of_a_statement_name_the_order_that_the_partner_may_read(house):
    door = house["door"]
    (line,) = everything(door, f"statements/{house['mine'].number}/lines/")
    assert (line["order"], line["sku"], line["commission"]) == (house["mixed"].number, "A1", "2.00")
    order = door.get(f"orders/{line['order']}/").json()
    assert [each["sku"] for each in order["lines"]] == ["A1"]


@pytest.mark.parametrize("which", ["theirs", "draft"])
def test_a_strangers_statement_and_a_draft_are_not_there(house, which):
    door, number = house["door"], house[which].number
    assert door.get(f"statements/{number}/").status_code == 404
    assert door.get(f"statements/{number}/lines/").status_code == 404
    assert door.post(f"statements/{number}/confirm/").status_code == 404
    assert door.post(f"statements/{number}/dispute/", {"line": 1, "reason": "mine"}).status_code == 404
    assert Statement.objects.get(pk=house[which].pk).status == house[which].status


def test_contracts_of_others_and_drafts_of_contracts_are_not_there(house):
    door = house["door"]
    (contract,) = everything(door, "contracts/")
    assert (contract["brands"], contract["terms"][0]["rate"]) == (["ACME"], "0.200000")
    other = Contract.objects.get(partner__code="P-BOLT")
    assert door.get(f"contracts/{other.number}/").status_code == 404
    Contract.objects.filter(number=contract["number"]).update(status="draft")
    assert everything(door, "contracts/") == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("statements/", {}),
        ("statements/", {"partner": "P-BOLT"}),
        ("statements/", {"updated_since": "2020-01-01T00:00:00Z"}),
        ("statements/", {"status": "draft"}),
        ("contracts/", {}),
        ("contracts/", {"partner": "P-BOLT"}),
        ("orders/", {}),
        ("orders/", {"platform_number": "FOREIGN"}),
        ("orders/", {"updated_since": "2020-01-01T00:00:00Z"}),
        ("orders/", {"shop": "S1"}),
        ("stock/", {}),
        ("stock/", {"sku": "B1"}),
        ("stock/", {"warehouse": "MAIN"}),
    ],
)
def test_nothing_of_other_brands_totals_or_buyers_is_in_any_list(house, path, query):
    answer = house["door"].get(path, **query)
    assert answer.status_code == 200
    text = json.dumps(answer.json()["results"], ensure_ascii=False)
    assert [secret for secret in SECRETS if secret in text] == []
    for each in answer.json()["results"]:
        assert not {"total", "paid_amount", "buyer", "remark", "freight"} & each.keys()


def test_the_lists_hold_only_what_is_the_partners(house):
    door = house["door"]
    assert [each["number"] for each in everything(door, "orders/")] == [house["mixed"].number]
    assert {each["sku"] for each in everything(door, "stock/")} == {"A1"}
    assert door.get(f"orders/{house['foreign'].number}/").status_code == 404


@pytest.mark.parametrize("path", ["orders/", "stock/", "statements/", "contracts/"])
@pytest.mark.parametrize(
    "name", ["search", "ordering", "expand", "fields", "include", "lines__sku", "order__shop", "partner_id"]
)
def test_parameters_that_nobody_declared_are_refused(house, path, name):
    answer = house["door"].get(path, **{name: "B1"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter")


def test_a_cursor_of_another_partner_shows_nothing_of_his_and_a_forged_one_is_refused(house):
    theirs = partner_door("P-BOLT")
    for month in range(1, 4):
        Statement.objects.create(
            number=f"X{month}", contract=house["theirs"].contract, partner=house["theirs"].partner,
            month=f"2026-0{month}-01", currency="CNY", status="issued", agency_collects=True,
            drafted_at=DECEMBER, updated_at=DECEMBER, issued_at=DECEMBER, digest=b"0" * 32,
        )  # fmt: skip
    page = theirs.get("statements/", page_size="2").json()
    cursor = page["next"].partition("cursor=")[2].partition("&")[0]
    mine = everything(house["door"], "statements/", cursor=cursor)
    assert [each["partner"] for each in mine] == []
    forged = house["door"].get("statements/", cursor=cursor[:-2] + "AA")
    assert (forged.status_code, forged.json()["code"]) == (400, "bad_cursor")


def test_a_partner_confirms_its_statement_once_and_not_while_a_dispute_is_open(house):
    door, number = house["door"], house["mine"].number
    made = door.post(f"statements/{number}/dispute/", {"line": 1, "reason": "the rate is 15 %"})
    assert (made.status_code, made.json()["status"]) == (201, "open")
    assert door.post(f"statements/{number}/confirm/").json()["code"] == "dispute_open"
    (line,) = everything(door, f"statements/{number}/lines/")
    assert [each["reason"] for each in line["disputes"]] == ["the rate is 15 %"]
    answer_disputes(
        [AnswerDraft(LineDispute.objects.get().pk, False, "it is 20 %")], actor=ACTOR, at=DECEMBER
    )
    assert door.post(f"statements/{number}/confirm/").json()["status"] == "confirmed"
    assert door.post(f"statements/{number}/confirm/").json()["code"] == "illegal_move"
    assert door.post(f"statements/{number}/dispute/", {"line": 9, "reason": "x"}).status_code == 404


def test_a_key_that_only_reads_does_not_confirm(house):
    draft = PartnerKeyDraft("P-ACME", scopes=("settlement:read",))
    reader = Door(create_partner_keys([draft], actor=ACTOR, at=DECEMBER).one().text)
    number = house["mine"].number
    assert reader.get(f"statements/{number}/").status_code == 200
    assert reader.post(f"statements/{number}/confirm/").status_code == 403
    assert reader.get("orders/").status_code == 403


def test_a_key_that_was_only_granted_the_brand_sees_no_money(house):
    """Who acts for a partner is said by the partner, not by a grant: a brand may go on to somebody else."""
    draft = ApiKeyDraft(roles=("brand_partner",), brands=("ACME",))
    granted = Door(create_api_keys([draft], actor=ACTOR, at=DECEMBER).one().text)
    assert len(everything(granted, "orders/")) == 1
    assert everything(granted, "statements/") == everything(granted, "contracts/") == []


def test_a_partner_writes_to_nothing_else(house):
    door, order = house["door"], house["mixed"].number
    for verb in ("review", "pick", "pack", "ship", "deliver", "complete", "cancel", "refund"):
        assert door.post(f"orders/{order}/{verb}/").status_code == 403, verb
    assert door.post("orders/", {}).status_code == 403
    assert Order.objects.get(number=order).status == house["mixed"].status


def test_the_list_of_statements_takes_3_statements(house):
    door, contract = house["door"], house["mine"].contract
    months = iter(range(1, 9))

    def add_statement():
        Statement.objects.create(
            number=f"X{len(Statement.objects.all())}", contract=contract, partner=contract.partner,
            month=f"2026-0{next(months)}-01", currency="CNY", status="issued", agency_collects=True,
            drafted_at=DECEMBER, updated_at=DECEMBER, issued_at=DECEMBER, digest=b"0" * 32,
        )  # fmt: skip

    assert_statements(3, lambda: everything(door, "statements/"), add_statement)
