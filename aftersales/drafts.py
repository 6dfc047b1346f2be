"""What the doors hand to this app's operations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from aftersales.choices import Liable

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class CaseLineDraft:
    """Units of an order's line; where ``amount`` is None, their part of what is left of the line is asked."""

    line_id: int
    units: int
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """What a buyer asks for. ``source_key`` is the platform's number of the case, empty where there is none.

    ``platform_due_at`` is the platform's deadline for an answer; where it is not told, the platform's rule gives it.
    """

    order_id: int
    kind: str
    reason: str
    lines: tuple[CaseLineDraft, ...]
    freight_amount: Decimal = ZERO
    description: str = ""
    liable: str = Liable.UNDECIDED
    liability_note: str = ""
    source_key: str = ""
    requested_at: datetime | None = None
    platform_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SentBackDraft:
    """The parcel in which the buyer sends the goods."""

    case_id: int
    carrier: str
    waybill_number: str


@dataclass(frozen=True, slots=True)
class GradeDraft:
    """Units of one row of returned goods by what inspection finds; ``note`` says in what state the rest is."""

    goods_id: int
    resell: int = 0
    rework: int = 0
    scrap: int = 0
    missing: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class InspectionDraft:
    """The finding of a whole case, and who answers for it where that is decided now."""

    case_id: int
    grades: tuple[GradeDraft, ...]
    liable: str = ""
    liability_note: str = ""


@dataclass(frozen=True, slots=True)
class LinePaymentDraft:
    """What is paid of one line of a case."""

    case_line_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    """A refund that was paid, known to the payer as ``reference``. Without lines, all that is asked was paid."""

    case_id: int
    reference: str = ""
    lines: tuple[LinePaymentDraft, ...] | None = None
    freight_amount: Decimal | None = None
