"""What the doors hand to this app's operations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from orders.models import Shop

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class BuyerDraft:
    """Who buys, as far as the platform tells. ``platform_id`` makes the buyer known again."""

    platform_id: str = ""
    name: str = ""
    phone: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class DiscountDraft:
    """An amount off a whole line, and who bears it."""

    amount: Decimal
    bearer: str


@dataclass(frozen=True, slots=True)
class LineDraft:
    """Units of a SKU at a price each. ``paid_amount`` is what the buyer paid for the line where it is known."""

    sku_code: str
    units: int
    unit_price: Decimal
    discounts: tuple[DiscountDraft, ...] = ()
    paid_amount: Decimal | None = None
    refund_amount: Decimal = ZERO
    platform_line_number: str = ""
    title: str = ""
    is_gift: bool = False


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order as its sender gives it; ``shop`` comes from ``Shop.objects.for_placing()``.

    ``totals`` replaces the sum of the lines where the sender gives no lines. ``fate`` says what is to become of
    it: ``"open"`` orders are reserved and worked; ``"recorded"`` ones are over and touch neither stock nor clock.
    """

    shop: Shop
    platform_number: str
    placed_at: datetime
    paid_at: datetime | None = None
    buyer: BuyerDraft = BuyerDraft()
    lines: tuple[LineDraft, ...] = ()
    freight: Decimal = ZERO
    goods_amount: Decimal | None = None
    refund_amount: Decimal = ZERO
    remark: str = ""
    fate: Literal["open", "recorded"] = "open"


@dataclass(frozen=True, slots=True)
class ShipmentDraft:
    """A packed order and the parcel it leaves in."""

    order_id: int
    carrier: str
    waybill_number: str


@dataclass(frozen=True, slots=True)
class LineRefundDraft:
    """The sum refunded so far of one line."""

    line_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class RefundDraft:
    """A change on the refund axis; ``amount`` is the sum refunded so far.

    ``lines`` say what of it fell on which line; lines that are not named stay where they stand, and what the lines
    leave is the freight's. Without them, what comes newly is shared over what is left of the lines.
    """

    order_id: int
    status: str
    amount: Decimal
    lines: tuple[LineRefundDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class InterceptDraft:
    """What became of the parcel of an order that its carrier was to stop: returned or delivered."""

    order_id: int
    outcome: Literal["returned", "delivered"]
