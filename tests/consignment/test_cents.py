"""Buy, refund everything in any parts over any months: commission and what is owed come to nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consignment.choices import CommissionBase, ContractMode
from consignment.models import Statement, StatementLine
from consignment.queries.audit import audit_statements
from consignment.queries.frozen import part
from orders.choices import Bearer, Party
from orders.drafts import DiscountDraft, LineDraft
from tests.consignment.conftest import (
    agency_shop,
    drafted,
    give_back,
    issued,
    make_contract,
    make_partner,
    noon,
    sell,
)
from tests.factories import make_sku

CENTS = st.integers(1, 99_999).map(lambda cents: Decimal(cents).scaleb(-2))
MONTHS = [date(2026, month, 1) for month in (8, 9, 10, 11)]


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_part_is_within_half_a_cent_of_the_exact_share(whole, share, of):
    got = part(Decimal(whole).scaleb(-2), Decimal(share).scaleb(-2), Decimal(of).scaleb(-2))
    assert abs(got * 100 * of - whole * share) * 2 <= of
    assert part(Decimal(whole), Decimal(of), Decimal(of)) == whole


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(
    mode=st.sampled_from(ContractMode),
    base=st.sampled_from(CommissionBase),
    rate=st.integers(0, 1_000_000).map(lambda millionths: Decimal(millionths).scaleb(-6)),
    lines=st.lists(st.tuples(CENTS, st.integers(0, 100), st.booleans()), min_size=1, max_size=3),
    cuts=st.lists(st.tuples(st.integers(1, 99), st.integers(0, 3)), max_size=4),
    freeze=st.booleans(),
)
def test_buying_and_refunding_everything_leaves_nothing(mode, base, rate, lines, cuts, freeze):
    with transaction.atomic():
        make_sku("A1", brand="ACME")
        make_partner()
        payee = Party.AGENCY if mode == ContractMode.COMMISSION else Party.BRAND
        shop = agency_shop("S1", payee)
        contract = make_contract(mode=mode, base=base, rate=str(rate))
        bought = []
        for price, off, borne in lines:
            amount = (price * off / 100).quantize(Decimal("0.01"))
            by = Bearer.SHOP if borne else Bearer.PLATFORM
            discounts = (DiscountDraft(amount, by),) if amount and amount < price else ()
            bought.append(LineDraft("A1", 1, price, discounts))
        order = sell(shop, *bought, at=noon("2026-08-05"))
        sums = sorted(
            {(order.total * cut / 100).quantize(Decimal("0.01")) for cut, _ in cuts} - {0, order.total}
        )
        months = sorted(month for _cut, month in cuts[: len(sums)]) + [3] * (
            len(sums) - len(cuts[: len(sums)])
        )
        refunds = [*zip(sums, months, strict=True), (order.total, 3)]
        for place, month in enumerate(MONTHS):
            for total, when in refunds:
                if when == place:
                    give_back(order, str(total), at=noon(f"{month:%Y-%m}-20"))
            statement = drafted(contract, month)
            if freeze:
                issued(statement)
        found = Statement.objects.all()
        assert sum(each.base for each in found) == 0
        assert sum(each.commission for each in found) == 0
        assert sum(each.net for each in found) == 0
        assert sum(each.sales + each.refunds for each in found) == 0
        assert all(
            line.net == 0 or line.amount != 0 or line.base != 0 for line in StatementLine.objects.all()
        )
        assert audit_statements().ok
        transaction.set_rollback(True)
