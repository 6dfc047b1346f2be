"""What an order says, worked out of its draft alone: no database is asked, so a thread that reads a file can do it."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from json.encoder import encode_basestring

from django.conf import settings

from ops_portal.lib.sealing import blind_index, plain_phone, seal
from orders.choices import RefundStatus
from orders.drafts import ZERO, BuyerDraft, OrderDraft
from orders.models import Shop
from orders.operations.amounts import OrderAmounts, amounts_of, refund_parts, refund_too_high

PHONE_DIGITS = 7  # the fewest by which a telephone can be told from others

# The columns that ``order_cells`` and ``line_cells`` give.
ORDER_CELLS = (
    "shop_id", "platform_number", "refund_status", "placed_at", "placed_on", "paid_at", "ship_by", "currency",
    "goods_amount", "discount_amount", "freight", "total", "paid_amount", "receivable", "refund_amount",
    "buyer_sealed", "phone_key", "province", "city", "remark", "touches_stock", "content_hash",
)  # fmt: skip
LINE_CELLS = (
    "position", "sku_code", "title", "units", "unit_price", "discount_amount", "amount", "paid_amount",
    "receivable", "refund_amount", "platform_line_number", "is_gift",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What a draft comes to. ``order_cells`` and ``line_cells`` are members of JSON objects, as they are written."""

    content_hash: bytes
    amounts: OrderAmounts
    refunds: tuple[Decimal, ...]  # of each line; empty where nothing is refunded
    placed_on: date
    buyer_key: bytes | None
    order_cells: str
    line_cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadyDraft(OrderDraft):
    """A draft whose facts were worked out ahead."""

    facts: Facts | None = None


def made_ready(draft: OrderDraft) -> ReadyDraft:
    """Return ``draft`` with its facts, for whoever has time before the transaction begins.

    Refuses RefundTooHigh.
    """
    return ReadyDraft(
        draft.shop,
        draft.platform_number,
        draft.placed_at,
        draft.paid_at,
        draft.buyer,
        draft.lines,
        draft.freight,
        draft.goods_amount,
        draft.refund_amount,
        draft.remark,
        draft.fate,
        work_out(draft, content_hash(draft)),
    )


def hash_of(draft: OrderDraft) -> bytes:
    """Return the draft's ``content_hash``, worked out ahead or now."""
    if isinstance(draft, ReadyDraft) and draft.facts is not None:
        return draft.facts.content_hash
    return content_hash(draft)


def facts_of(draft: OrderDraft, digest: bytes) -> Facts:
    """Return the draft's facts, worked out ahead or now."""
    if isinstance(draft, ReadyDraft) and draft.facts is not None:
        return draft.facts
    return work_out(draft, digest)


def content_hash(draft: OrderDraft) -> bytes:
    """Return a keyed hash of all that the sender said, by which the same order is known again."""
    buyer = draft.buyer
    content = (
        draft.placed_at.timestamp(),
        draft.paid_at and draft.paid_at.timestamp(),
        (
            buyer.platform_id,
            buyer.name,
            buyer.phone,
            buyer.province,
            buyer.city,
            buyer.district,
            buyer.address,
        ),
        minor(draft.freight),
        minor(draft.goods_amount),
        minor(draft.refund_amount),
        draft.remark,
        draft.fate,
        [
            (
                line.sku_code,
                line.units,
                minor(line.unit_price),
                minor(line.paid_amount),
                minor(line.refund_amount),
                line.platform_line_number,
                line.is_gift,
                [(minor(part.amount), part.bearer) for part in line.discounts],
            )
            for line in draft.lines
        ],
    )
    key = settings.BLIND_INDEX_KEY.encode()[:64]
    return hashlib.blake2b(repr(content).encode(), digest_size=32, key=key).digest()


def minor(amount: Decimal | None) -> int | None:
    """Return an amount in cents, so that 9.9 and 9.90 are the same."""
    return None if amount is None else int(amount * 100)


def work_out(draft: OrderDraft, digest: bytes) -> Facts:
    """Add up a draft, seal the person, and write what goes into the tables as it is. Refuses RefundTooHigh."""
    shop, buyer = draft.shop, draft.buyer
    amounts = amounts_of(draft)
    placed_on = draft.placed_at.astimezone(shop.zone).date()
    is_open = draft.fate == "open"
    too_high = refund_too_high(draft.platform_number, draft.refund_amount, amounts.total)
    if too_high is not None:
        raise too_high
    refunds = refunds_of(draft, amounts)
    phone_key = phone_key_of(buyer)
    order_cells = (
        f'"shop_id":{shop.pk},"platform_number":{encode_basestring(draft.platform_number)},'
        f'"refund_status":"{refund_status_of(draft, amounts.total).value}",'
        f'"placed_at":"{draft.placed_at}","placed_on":"{placed_on}","paid_at":{moment(draft.paid_at)},'
        f'"ship_by":{moment(ship_by(draft) if is_open else None)},"currency":"{shop.currency}",'
        f'"goods_amount":{amounts.goods},"discount_amount":{amounts.discount},"freight":{draft.freight},'
        f'"total":{amounts.total},"paid_amount":{amounts.paid},"receivable":{amounts.receivable},'
        f'"refund_amount":{draft.refund_amount},"buyer_sealed":{hexadecimal(sealed_buyer(draft))},'
        f'"phone_key":{hexadecimal(phone_key)},"province":{encode_basestring(buyer.province)},'
        f'"city":{encode_basestring(buyer.city)},"remark":{encode_basestring(draft.remark)},'
        f'"touches_stock":{truth(is_open and bool(draft.lines))},"content_hash":{hexadecimal(digest)}'
    )
    line_cells = tuple(
        f'"position":{position},"sku_code":{encode_basestring(line.sku_code)},'
        f'"title":{encode_basestring(line.title)},"units":{line.units},"unit_price":{line.unit_price},'
        f'"discount_amount":{worth.discount},"amount":{worth.amount},"paid_amount":{worth.paid},'
        f'"receivable":{worth.receivable},"refund_amount":{refunds[position - 1] if refunds else ZERO},'
        f'"platform_line_number":{encode_basestring(line.platform_line_number)},"is_gift":{truth(line.is_gift)}'
        for position, (line, worth) in enumerate(zip(draft.lines, amounts.lines, strict=True), start=1)
    )
    return Facts(digest, amounts, refunds, placed_on, buyer_key_of(buyer), order_cells, line_cells)


def refunds_of(draft: OrderDraft, amounts: OrderAmounts) -> tuple[Decimal, ...]:
    """Return what is refunded of each line of a draft; nothing where nothing is refunded."""
    if not draft.refund_amount:
        return ()
    worth = [line.amount for line in amounts.lines]
    said = [line.refund_amount for line in draft.lines]
    return tuple(refund_parts(draft.refund_amount, worth, said, freight=draft.freight))


def phone_key_of(buyer: BuyerDraft) -> bytes | None:
    """Return the blind index of the buyer's telephone; None where it is masked or too short to name anybody."""
    phone = unicodedata.normalize("NFKC", buyer.phone)
    if "*" in phone or len(plain_phone(phone)) < PHONE_DIGITS:
        return None
    return blind_index(phone, "phone")


def buyer_key_of(buyer: BuyerDraft) -> bytes | None:
    """Return by what the buyer is known again in the shop: the platform's id, else the telephone."""
    return blind_index(buyer.platform_id, "buyer") if buyer.platform_id else phone_key_of(buyer)


def refund_status_of(draft: OrderDraft, total: Decimal) -> RefundStatus:
    """Return where on the refund axis an order stands that comes in with ``refund_amount``."""
    if not draft.refund_amount:
        return RefundStatus.NONE
    return RefundStatus.FULLY if draft.refund_amount >= total else RefundStatus.PARTLY


def ship_by(draft: OrderDraft) -> datetime | None:
    """Return when the platform's promise to ship ends: natural hours from payment."""
    return draft.paid_at + timedelta(hours=draft.shop.ship_hours) if draft.paid_at else None


def review_due(shop: Shop, at: datetime) -> datetime:
    """Return when an order is to be reviewed that can be from ``at`` on: paid, and with its units held."""
    return at + timedelta(minutes=shop.review_minutes)


def sealed_buyer(draft: OrderDraft) -> bytes | None:
    """Seal what names or locates the person; province and city stay readable for the figures."""
    buyer = draft.buyer
    if not (buyer.name or buyer.phone or buyer.address or buyer.district):
        return None
    return seal(
        {"name": buyer.name, "phone": buyer.phone, "district": buyer.district, "address": buyer.address}
    )


def hexed(data: bytes | None) -> str | None:
    """Return bytes as PostgreSQL reads them in text."""
    return None if data is None else "\\x" + data.hex()


def hexadecimal(data: bytes | None) -> str:
    """Return bytes as PostgreSQL reads them in JSON."""
    return "null" if data is None else f'"\\\\x{data.hex()}"'


def moment(when: datetime | None) -> str:
    """Return a time as JSON."""
    return "null" if when is None else f'"{when}"'


def truth(value: bool) -> str:
    """Return yes or no as JSON."""
    return "true" if value else "false"
