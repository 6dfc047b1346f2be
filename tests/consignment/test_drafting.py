"""Which sales and refunds are on a statement, and what they come to, to the cent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from catalog.drafts import BundleDraft, ComponentDraft
from catalog.operations.goods import save_bundles
from consignment.choices import CommissionBase, ContractMode
from consignment.drafts import AmendmentDraft, EndDraft, StatementDraft
from consignment.models import StatementLine
from consignment.operations.contracts import amend_contracts, end_contracts
from consignment.operations.drafting import draft_statements
from consignment.queries.audit import audit_statements
from orders.choices import Bearer, Party
from orders.drafts import DiscountDraft, LineDraft
from orders.operations.undoing import undo_orders
from tests.consignment.conftest import (
    CLERK,
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    agency_shop,
    drafted,
    give_back,
    issued,
    make_contract,
    make_partner,
    noon,
    sell,
    totals,
)
from tests.factories import ACTOR, make_sku

pytestmark = pytest.mark.django_db


def line(code: str, price: str, *off: tuple[str, str], units: int = 1, **more) -> LineDraft:
    discounts = tuple(DiscountDraft(Decimal(amount), bearer) for amount, bearer in off)
    return LineDraft(code, units, Decimal(price), discounts, **more)


def test_the_agency_keeps_20_percent_of_100_and_pays_80(sku, shop):
    contract = make_contract()
    sell(shop, line("A1", "100"), at=noon("2026-11-05"))
    assert totals(drafted(contract)) == ("100.00", "0.00", "100.00", "20.00", "0.00", "0.00", "80.00")


def test_the_brand_collects_and_owes_the_fee_of_500_and_20_percent_of_100(sku, shop):
    agency_shop("S1", Party.BRAND)
    contract = make_contract(mode=ContractMode.SERVICE_FEE, fee="500")
    sell(shop, line("A1", "100"), at=noon("2026-11-05"))
    assert totals(drafted(contract)) == ("100.00", "0.00", "100.00", "20.00", "500.00", "0.00", "-520.00")


@pytest.mark.parametrize(
    ("base", "commission", "net"),
    [(CommissionBase.BUYER_PAYMENT, "16.00", "74.00"), (CommissionBase.SELLER_RECEIPT, "18.00", "72.00")],
)
def test_commission_is_on_80_that_the_buyer_paid_or_on_90_that_the_seller_receives(
    sku, shop, base, commission, net
):
    contract = make_contract(base=base)
    sell(shop, line("A1", "100", ("10", Bearer.PLATFORM), ("10", Bearer.SHOP)), at=noon("2026-11-05"))
    statement = drafted(contract)
    assert (statement.sales, str(statement.commission), str(statement.net)) == (90, commission, net)


def test_a_sale_at_23_30_of_the_last_day_in_shanghai_is_of_that_month_though_not_in_utc(sku, shop):
    contract = make_contract()
    sell(shop, line("A1", "1"), at=datetime(2026, 10, 31, 15, 30, tzinfo=UTC))
    sell(shop, line("A1", "2"), at=datetime(2026, 10, 31, 16, 0, tzinfo=UTC))
    assert drafted(contract, OCTOBER).sales == 1
    assert drafted(contract).sales == 2


def test_other_brands_shops_payees_currencies_and_undone_orders_are_left_out(sku, shop):
    make_sku("B1", brand="BOLT")
    contract = make_contract(shops=("S1",))
    other, theirs = agency_shop("S2"), agency_shop("S3", Party.BRAND)
    sell(shop, line("A1", "1"), line("B1", "5"), at=noon("2026-11-05"))
    sell(other, line("A1", "7"), at=noon("2026-11-05"))
    sell(theirs, line("A1", "9"), at=noon("2026-11-05"))
    undone = sell(shop, line("A1", "11"), at=noon("2026-11-05"))
    undo_orders([undone.pk], actor=ACTOR, at=DECEMBER)
    assert [drafted(contract).sales, drafted(contract).line_count] == [1, 1]


def test_a_bundle_of_two_brands_settles_by_component_and_its_parts_sum_to_the_whole(sku, shop):
    make_sku("B1", brand="BOLT")
    make_sku("SET", brand="BOLT")
    make_partner("P-BOLT", "BOLT")
    parts = (ComponentDraft("A1", 1, Decimal("0.333333")), ComponentDraft("B1", 1, Decimal("0.666667")))
    save_bundles([BundleDraft("SET", parts)], actor=ACTOR, at=noon("2026-01-01"))
    acme = make_contract(base=CommissionBase.SELLER_RECEIPT)
    bolt = make_contract("P-BOLT", base=CommissionBase.SELLER_RECEIPT)
    order = sell(shop, line("SET", "100", ("0.05", Bearer.PLATFORM)), at=noon("2026-11-05"))
    assert [drafted(acme).sales, drafted(bolt).sales] == [Decimal("33.34"), Decimal("66.66")]
    give_back(order, "50", at=noon("2026-11-08"))
    give_back(order, "99.95", at=noon("2026-11-09"))
    for contract in (acme, bolt):
        statement = drafted(contract)
        assert (statement.line_count, statement.base, statement.commission, statement.net) == (3, 0, 0, 0)


def test_a_gift_at_nothing_leaves_no_line(sku, shop):
    contract = make_contract()
    sell(shop, line("A1", "10"), line("A1", "0", is_gift=True), at=noon("2026-11-05"))
    assert drafted(contract).line_count == 1


def test_a_refund_in_november_of_a_sale_of_october_is_on_the_statement_of_november(sku, shop):
    contract = make_contract(rate="0.15")
    order = sell(shop, line("A1", "10.01"), at=noon("2026-10-20"))
    october = issued(drafted(contract, OCTOBER))
    give_back(order, "3.33", at=noon("2026-11-02"))
    november = drafted(contract)
    assert totals(october)[:4] == ("10.01", "0.00", "10.01", "1.50")
    assert totals(november)[:4] == ("0.00", "-3.33", "-3.33", "-0.50")


def test_an_order_that_is_undone_after_its_statement_was_issued_is_reversed_on_the_next(sku, shop):
    contract = make_contract()
    order = sell(shop, line("A1", "10"), at=noon("2026-10-20"))
    give_back(order, "3", at=noon("2026-10-25"))
    october = issued(drafted(contract, OCTOBER))
    undo_orders([order.pk], actor=ACTOR, at=noon("2026-11-20"))
    november = drafted(contract)
    assert (october.net, november.net, november.line_count) == (Decimal("5.60"), Decimal("-5.60"), 1)


def test_what_comes_in_after_its_month_was_issued_is_on_the_next_draft_once(sku, shop):
    contract = make_contract()
    issued(drafted(contract, OCTOBER))
    sell(shop, line("A1", "10"), at=noon("2026-10-20"))
    assert [drafted(contract).sales for _twice in range(2)] == [10, 10]
    assert StatementLine.objects.count() == 1


def test_a_month_that_nobody_drafted_keeps_its_sales(sku, shop):
    contract = make_contract()
    sell(shop, line("A1", "10"), at=noon("2026-09-20"))
    assert drafted(contract).line_count == 0
    assert drafted(contract, date(2026, 9, 1)).sales == 10


def test_terms_change_on_the_15th_for_sales_from_then_on_and_not_for_refunds_of_earlier_ones(sku, shop):
    contract = make_contract(rate="0.2")
    early = sell(shop, line("A1", "100"), at=noon("2026-11-14"))
    sell(shop, line("A1", "100"), at=noon("2026-11-15"))
    amend_contracts(
        [AmendmentDraft(contract.pk, date(2026, 11, 15), CommissionBase.BUYER_PAYMENT, Decimal("0.1"))],
        actor=ACTOR,
        at=noon("2026-11-10"),
    ).one()
    assert drafted(contract).commission == 30
    give_back(early, "100", at=noon("2026-11-20"))
    assert drafted(contract).commission == 10


def test_a_fee_of_300_is_150_for_15_of_30_days(sku, shop):
    agency_shop("S1", Party.BRAND)
    contract = make_contract(mode=ContractMode.SERVICE_FEE, fee="300", starts_on=date(2026, 11, 16))
    assert totals(drafted(contract))[4:] == ("150.00", "0.00", "-150.00")


def test_a_fee_of_100_over_3_versions_of_10_days_each_is_100_to_the_cent(sku, shop):
    agency_shop("S1", Party.BRAND)
    contract = make_contract(mode=ContractMode.SERVICE_FEE, fee="100", starts_on=date(2026, 11, 1))
    for day, rate in ((11, "0.21"), (21, "0.22")):
        terms = (CommissionBase.BUYER_PAYMENT, Decimal(rate), Decimal(100))
        amendment = AmendmentDraft(contract.pk, date(2026, 11, day), *terms)
        amend_contracts([amendment], actor=ACTOR, at=noon("2026-10-20")).one()
    statement = drafted(contract)
    fees = StatementLine.objects.filter(statement=statement, kind="fee").order_by("pk")
    assert [str(line.amount) for line in fees] == ["33.33", "33.34", "33.33"]
    assert totals(statement)[4] == "100.00"
    number = issued(statement).number
    assert audit_statements([number]).ok


def test_a_contract_that_ended_settles_later_refunds_and_then_has_nothing(sku, shop):
    contract = make_contract(ends_on=date(2026, 12, 31))
    order = sell(shop, line("A1", "10"), at=noon("2026-10-31"))
    issued(drafted(contract, OCTOBER))
    end_contracts([EndDraft(contract.pk, date(2026, 10, 31))], actor=ACTOR, at=noon("2026-10-31")).one()
    again = draft_statements([StatementDraft(contract.pk, NOVEMBER)], actor=CLERK, at=DECEMBER)
    assert [refused.code for _index, refused in again.refused] == ["nothing_to_settle"]
    give_back(order, "10", at=noon("2026-11-20"))
    assert drafted(contract).net == -8


def test_a_draft_that_is_computed_twice_is_the_same_and_follows_the_orders(sku, shop):
    contract = make_contract()
    sell(shop, line("A1", "10"), at=noon("2026-11-05"))
    first = drafted(contract)
    sell(shop, line("A1", "5"), at=noon("2026-11-06"))
    second = drafted(contract)
    assert (first.pk, first.number, first.sales) == (second.pk, second.number, 10)
    assert (second.sales, second.line_count) == (15, 2)


def test_drafting_an_earlier_month_computes_later_drafts_anew(sku, shop):
    contract = make_contract(rate="0.15")
    order = sell(shop, line("A1", "10"), at=noon("2026-10-20"))
    drafted(contract, OCTOBER)
    give_back(order, "10", at=noon("2026-11-02"))
    november = drafted(contract)
    assert november.commission == Decimal("-1.50")
    give_back_early = sell(shop, line("A1", "7"), at=noon("2026-10-21"))
    give_back(give_back_early, "7", at=noon("2026-11-03"))
    october = drafted(contract, OCTOBER)
    november.refresh_from_db()
    assert (october.net + november.net, november.line_count) == (0, 2)
