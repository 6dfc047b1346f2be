"""Partners, their contracts in two modes, and the statements of the months that are over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from consignment.choices import CommissionBase, ContractMode, LineKind
from consignment.drafts import ContractDraft, DisputeDraft, PartnerDraft, PartnerKeyDraft, StatementDraft
from consignment.models import Contract, PartnerUser, Statement, StatementLine
from consignment.operations.contracts import draft_contracts, sign_contracts
from consignment.operations.disputing import dispute_lines
from consignment.operations.drafting import NothingToSettle, draft_statements
from consignment.operations.issuing import confirm_statements, issue_statements
from consignment.operations.partners import create_partner_keys, save_partners
from ops_portal.accounts.choices import SCOPES_OF_ROLE, Role
from ops_portal.accounts.models import ApiKey
from ops_portal.accounts.principals import principal_of
from ops_portal.demo.calendar import DAYS, Span, at_hour
from ops_portal.demo.people import Logins
from ops_portal.demo.vocabulary.goods import BRANDS
from ops_portal.demo.vocabulary.shops import SHIPPED_BY
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import raise_first

COMPANIES = {"MZC": "芷澄（杭州）化妆品", "YSX": "山序（广州）服饰", "HXM": "小蔓（合肥）食品"}
# Partner, mode, what commission is taken on, rate, monthly fee, shops.
CONTRACTS = (
    ("MZC", ContractMode.SERVICE_FEE, CommissionBase.BUYER_PAYMENT, "0.12", "30000", ("TM-MZC",)),
    ("MZC", ContractMode.COMMISSION, CommissionBase.SELLER_RECEIPT, "0.25", "0", ("OWN-SH",)),
    ("HXM", ContractMode.SERVICE_FEE, CommissionBase.SELLER_RECEIPT, "0.08", "12000", ("JD-HXM", "PDD-HXM")),
    (
        "HXM",
        ContractMode.COMMISSION,
        CommissionBase.BUYER_PAYMENT,
        "0.18",
        "0",
        ("PDD-SH", "OWN-SH"),
    ),
    ("YSX", ContractMode.SERVICE_FEE, CommissionBase.BUYER_PAYMENT, "0.15", "20000", ("DY-YSX",)),
)
# What the key of a partner may that ships orders itself.
SHIPS = sorted(SCOPES_OF_ROLE[Role.BRAND_PARTNER] | {"fulfilment:read", "fulfilment:write"})
DISPUTES = (
    "该笔已在次月退款，不应计入本期销售额，请核对退款日期",
    "这单是漏液批次，责任在运输包装，佣金请按实际结算额扣减",
)


def keys_of_partners(*, actor: Principal, at: datetime) -> Logins:
    """Write down the partners, and make a key for each; return the keys."""
    partners = [
        PartnerDraft(
            brand.code, COMPANIES[brand.code], (brand.code,), invoice_title=f"{COMPANIES[brand.code]}有限公司"
        )
        for brand in BRANDS
    ]
    raise_first(save_partners(partners, actor=actor, at=at).refused)
    shipping = set(SHIPPED_BY.values())
    drafts = [
        PartnerKeyDraft(brand.code, f"{brand.name} API", SHIPS if brand.code in shipping else None)
        for brand in BRANDS
    ]
    made = create_partner_keys(drafts, actor=actor, at=at)
    raise_first(made.refused)
    return [
        (f"key-{brand.code}", key.text, f"{COMPANIES[brand.code]}, brand partner, API key")
        for brand, key in zip(BRANDS, made.done, strict=True)
    ]


def sign(span: Span, manager: Principal) -> None:
    """Draw up the contracts and put them in force, from the month in which the agency opened."""
    at = span.opening
    starts_on = (span.today - timedelta(days=DAYS)).replace(day=1)
    drafts = [
        ContractDraft(
            partner, mode, base, Decimal(rate), starts_on, date(starts_on.year + 1, 12, 31), Decimal(fee),
            shop_codes=shops, brand_codes=(partner,),
        )
        for partner, mode, base, rate, fee, shops in CONTRACTS
    ]  # fmt: skip
    drawn = draft_contracts(drafts, actor=manager, at=at)
    raise_first(drawn.refused)
    raise_first(sign_contracts([contract.pk for contract in drawn.done], actor=manager, at=at).refused)


def months_over(span: Span) -> list[date]:
    """Return the first days of the months with orders that are over."""
    month = (span.today - timedelta(days=DAYS)).replace(day=1)
    found = []
    while month < span.today.replace(day=1):
        found.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    return found


def settle(span: Span, staff: dict[str, Principal]) -> None:
    """Settle month by month: all but the last are agreed; of the last, one is disputed and one still a draft."""
    finance = staff["finance"]
    months = months_over(span)
    for month in months:
        after = (month + timedelta(days=32)).replace(day=1)
        at = min(at_hour(after + timedelta(days=2), 11), span.live_from - timedelta(hours=1))
        contracts = Contract.objects.order_by("pk")
        drafted = draft_statements(
            [StatementDraft(each.pk, month) for each in contracts], actor=finance, at=at
        )
        raise_first([pair for pair in drafted.refused if not isinstance(pair[1], NothingToSettle)])
        ids = [statement.pk for statement in drafted.done]
        is_last = month == months[-1]
        going = ids[:-1] if is_last else ids
        raise_first(issue_statements(going, actor=finance, at=at + timedelta(minutes=40)).refused)
        if is_last:
            dispute(going, at=at + timedelta(minutes=50))
            going = going[1:2]
        agree(going, at=at + timedelta(minutes=55))


def partner_of(statement: Statement) -> Principal:
    """Return the partner of a statement as it comes by its key."""
    return by_key(statement.partner.code)


def by_key(partner_code: str) -> Principal:
    """Return a partner as it comes by its key."""
    users = PartnerUser.objects.filter(partner__code=partner_code)
    key = ApiKey.objects.select_related("user").get(user__in=users.values("user"))
    return principal_of(key.user, key)


def agree(statement_ids: Sequence[int], *, at: datetime) -> None:
    """Let partners confirm."""
    for statement in Statement.objects.filter(pk__in=statement_ids).select_related("partner").order_by("pk"):
        raise_first(confirm_statements([statement.pk], actor=partner_of(statement), at=at).refused)


def dispute(statement_ids: Sequence[int], *, at: datetime) -> None:
    """Let the first partner doubt two lines of his statement."""
    statement = Statement.objects.select_related("partner").get(pk=statement_ids[0])
    dearest = StatementLine.objects.filter(statement=statement, kind=LineKind.SALE).order_by(
        "-amount", "position"
    )
    drafts = [
        DisputeDraft(line.pk, reason)
        for line, reason in zip(dearest[: len(DISPUTES)], DISPUTES, strict=False)
    ]
    raise_first(dispute_lines(drafts, actor=partner_of(statement), at=at).refused)
