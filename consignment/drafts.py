"""What the doors hand to this app's operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class PartnerDraft:
    """A partner as it shall stand, with all of its brands and all who act for it; None leaves these as they are."""

    code: str
    name: str = ""
    brand_codes: Sequence[str] | None = None
    user_ids: Sequence[int] | None = None
    invoice_title: str = ""
    contact_email: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class ContractDraft:
    """A contract to be drawn up with its first terms. No ``shop_codes``: all shops that fit the mode."""

    partner_code: str
    mode: str
    base: str
    rate: Decimal
    starts_on: date
    ends_on: date | None = None
    monthly_fee: Decimal = ZERO
    brand_codes: Sequence[str] = ()
    shop_codes: Sequence[str] = ()
    currency: str = "CNY"


@dataclass(frozen=True, slots=True)
class AmendmentDraft:
    """Other terms from the day ``since`` on."""

    contract_id: int
    since: date
    base: str
    rate: Decimal
    monthly_fee: Decimal = ZERO
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EndDraft:
    """The last day of a contract."""

    contract_id: int
    ends_on: date


@dataclass(frozen=True, slots=True)
class StatementDraft:
    """A month of a contract, named by any day of it."""

    contract_id: int
    month: date


@dataclass(frozen=True, slots=True)
class DisputeDraft:
    """What is wrong with a line of an issued statement."""

    line_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """The answer to a dispute; where it is accepted, ``amount`` is added to what the agency owes."""

    dispute_id: int
    accepted: bool
    answer: str
    amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class PartnerKeyDraft:
    """A key for a partner. ``scopes`` None gives it those of a brand partner."""

    partner_code: str
    name: str = ""
    scopes: Sequence[str] | None = None
    expires_days: int | None = None
