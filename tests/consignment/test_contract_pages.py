"""The clerks' pages of contracts: draw up, sign, amend, end; what is refused stays filled in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from consignment.models import Contract, ContractVersion
from ops_portal.accounts.choices import Role
from orders.choices import Party
from tests.consignment.conftest import agency_shop, drafted, issued, make_contract, noon, sell
from tests.consignment.test_pages import browser

pytestmark = pytest.mark.django_db
HERE = "/admin/settlement/contracts/"
TERMS = {
    "partner": "P-ACME",
    "mode": "commission",
    "starts_on": "2026-10-01",
    "ends_on": "2027-09-30",
    "currency": "CNY",
    "base": "buyer_payment",
    "percent": "12.5",
    "monthly_fee": "3000",
    "brands": ["ACME"],
    "shops": ["S1"],
}
NEW_TERMS = {
    "since": "2026-11-01",
    "base": "seller_receipt",
    "percent": "8",
    "monthly_fee": "0",
    "reason": "renewed for the peak",
}


def test_a_clerk_draws_a_contract_up_and_a_manager_signs_it(shop):
    clerk, manager = browser(Role.FINANCE), browser(Role.OPERATIONS_MANAGER)
    assert "money reaches the agency" in clerk.get(f"{HERE}new/?partner=P-ACME").content.decode()
    there = clerk.post(f"{HERE}new/", TERMS).headers["Location"]
    contract = Contract.objects.get()
    assert there == f"{HERE}{contract.number}/"
    version = contract.versions.get()
    assert (contract.status, contract.all_shops, contract.ends_on) == ("draft", False, date(2027, 9, 30))
    assert (version.rate, version.monthly_fee) == (Decimal("0.125"), Decimal(3000))
    assert "Waits for the signature" in clerk.get(there).content.decode()
    assert clerk.post(f"{there}sign/").status_code == 403
    assert manager.post(f"{there}sign/").status_code == 302
    contract.refresh_from_db()
    assert contract.status == "in_force"


def test_what_is_refused_says_why_and_stays_filled_in(shop):
    agency_shop("B1", payee=Party.BRAND)
    clerk = browser(Role.FINANCE)
    text = clerk.post(f"{HERE}new/", {**TERMS, "shops": ["B1"]}).content.decode()
    assert "The money of shop B1 does not reach the party that collects in this mode." in text
    assert 'value="12.5"' in text
    assert 'value="2027-09-30"' in text
    text = clerk.post(f"{HERE}new/", {**TERMS, "percent": "101"}).content.decode()
    assert "less than or equal to 100" in text
    assert not Contract.objects.exists()


def test_a_manager_amends_and_ends_and_a_clerk_does_neither(shop):
    contract = make_contract(rate="0.2")
    here = f"{HERE}{contract.number}/"
    clerk, manager = browser(Role.FINANCE), browser(Role.OPERATIONS_MANAGER)
    assert "amend/" not in clerk.get(here).content.decode()
    assert clerk.post(f"{here}amend/", NEW_TERMS).status_code == 403
    assert 'value="20"' in manager.get(here).content.decode()
    assert manager.post(f"{here}amend/", NEW_TERMS).status_code == 302
    newest = ContractVersion.objects.order_by("since").last()
    assert newest is not None
    assert (newest.since, newest.rate, newest.base) == (date(2026, 11, 1), Decimal("0.08"), "seller_receipt")
    assert newest.reason == "renewed for the peak"
    assert clerk.post(f"{here}end/", {"ends_on": "2026-12-31"}).status_code == 403
    assert manager.post(f"{here}end/", {"ends_on": "2026-12-31"}).status_code == 302
    contract.refresh_from_db()
    assert (contract.status, contract.ends_on) == ("ended", date(2026, 12, 31))


def test_an_amendment_of_settled_days_is_refused_on_the_page_and_loses_nothing(sku, shop):
    contract = make_contract()
    sell(shop, (sku, 1), at=noon("2026-11-05"))
    number = issued(drafted(contract)).number
    manager = browser(Role.OPERATIONS_MANAGER)
    text = manager.post(f"{HERE}{contract.number}/amend/", NEW_TERMS).content.decode()
    assert f"Statement {number} holds lines of 2026-11-01 or later and is issued." in text
    assert 'value="renewed for the peak"' in text
    assert contract.versions.count() == 1


@pytest.mark.parametrize("role", [Role.ONSITE_OPERATOR, Role.BRAND_PARTNER, Role.CUSTOMER_SERVICE])
def test_others_are_not_let_in(shop, role):
    contract = make_contract()
    client = browser(role)
    assert client.get(f"{HERE}{contract.number}/").status_code == 403
    assert client.get(f"{HERE}new/").status_code == 403
    for verb in ("sign", "amend", "end"):
        assert client.post(f"{HERE}{contract.number}/{verb}/", NEW_TERMS).status_code == 403


def test_the_list_and_the_page_of_the_admin_lead_there(shop):
    contract = make_contract()
    clerk = browser(Role.FINANCE)
    assert f"{HERE}new/" in clerk.get("/admin/consignment/contract/").content.decode()
    page = clerk.get(f"/admin/consignment/contract/{contract.pk}/change/")
    assert f"{HERE}{contract.number}/" in page.content.decode()
    assert "20 %" in page.content.decode()
    assert f"{HERE}{contract.number}/" in clerk.get("/admin/settlement/partners/P-ACME/").content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_amounts_are_grouped_in_threes_in_every_language(sku, shop, language):
    statement = drafted(make_contract(fee="1234567.5"))
    client = browser(Role.FINANCE)
    client.cookies["portal_language"] = language
    for address in ("", f"{statement.number}/"):
        assert "1,234,567.50" in client.get(f"/admin/settlement/{address}").content.decode()
