"""A partner ACME with a contract over a shop whose money reaches the agency."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from catalog.models import Brand, Sku
from consignment.choices import CommissionBase, ContractMode
from consignment.drafts import ContractDraft, PartnerDraft, StatementDraft
from consignment.models import Contract, Partner, Statement
from consignment.operations.contracts import draft_contracts, sign_contracts
from consignment.operations.drafting import draft_statements
from consignment.operations.issuing import issue_statements
from consignment.operations.partners import save_partners
from ops_portal.accounts.choices import Role
from ops_portal.lib.principals import Principal
from orders.choices import Party, RefundStatus
from orders.drafts import LineDraft, LineRefundDraft, RefundDraft
from orders.models import Order, OrderLine, Shop
from orders.operations.placing import take_in_orders
from orders.operations.refunding import move_refunds
from tests.factories import ACTOR, make_shop, make_sku, order_draft

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 2, 4, tzinfo=UTC)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
CLERK = Principal("person", "clerk", roles=frozenset({Role.FINANCE}))


def noon(day: str) -> datetime:
    """Return 12:00 in Shanghai of a day."""
    return datetime.fromisoformat(f"{day}T12:00:00+08:00")


def agency_shop(code: str = "S1", payee: str = Party.AGENCY) -> Shop:
    make_shop(code)
    Shop.objects.filter(code=code).update(payee=payee)
    return make_shop(code)


def make_partner(code: str = "P-ACME", *brands: str) -> Partner:
    for brand in brands or ("ACME",):
        Brand.objects.get_or_create(code=brand, defaults={"name": brand})
    return save_partners(
        [PartnerDraft(code, f"Partner {code}", brands or ("ACME",))], actor=ACTOR, at=LONG_AGO
    ).one()


def make_contract(
    partner: str = "P-ACME",
    *,
    mode: str = ContractMode.COMMISSION,
    base: str = CommissionBase.BUYER_PAYMENT,
    rate: str = "0.2",
    fee: str = "0",
    starts_on: date = date(2026, 1, 1),
    ends_on: date | None = None,
    brands: tuple[str, ...] = (),
    shops: tuple[str, ...] = (),
) -> Contract:
    draft = ContractDraft(partner, mode, base, Decimal(rate), starts_on, ends_on, Decimal(fee), brands, shops)
    contract = draft_contracts([draft], actor=ACTOR, at=LONG_AGO).one()
    return sign_contracts([contract.pk], actor=ACTOR, at=LONG_AGO).one()


def sell(shop: Shop, *lines: LineDraft | tuple[Sku, int], at: datetime, number: str = "") -> Order:
    """Take in a paid order."""
    draft = order_draft(shop, *lines, placed_at=at, number=number)
    return Order.objects.get(pk=take_in_orders([draft], actor=ACTOR, at=at).one().id)


def give_back(order: Order, amount: str, *, at: datetime, line: OrderLine | None = None) -> None:
    """Bring the sum refunded so far to ``amount``."""
    order.refresh_from_db()
    total = Decimal(amount)
    status = RefundStatus.FULLY if total == order.total else RefundStatus.PARTLY
    parts = (LineRefundDraft(line.pk, total),) if line else ()
    move_refunds([RefundDraft(order.pk, status, total, parts)], actor=ACTOR, at=at).one()


def drafted(contract: Contract, month: date = NOVEMBER, at: datetime = DECEMBER) -> Statement:
    return draft_statements([StatementDraft(contract.pk, month)], actor=CLERK, at=at).one()


def issued(statement: Statement, at: datetime = DECEMBER) -> Statement:
    issue_statements([statement.pk], actor=CLERK, at=at).one()
    return Statement.objects.get(pk=statement.pk)


def totals(statement: Statement) -> tuple[str, ...]:
    """Return sales, refunds, base, commission, fee, adjustments and net as text."""
    statement.refresh_from_db()
    names = ("sales", "refunds", "base", "commission", "fee", "adjustments", "net")
    return tuple(str(getattr(statement, name)) for name in names)


@pytest.fixture
def sku(db) -> Sku:
    return make_sku("A1", brand="ACME")


@pytest.fixture
def shop(sku) -> Shop:
    make_partner()
    return agency_shop()
