"""What an order and its lines are worth, from what the sender says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from ops_portal.lib.money import cents, share_out
from ops_portal.lib.refusals import Refused
from orders.choices import SELLER_BEARS
from orders.drafts import ZERO, LineDraft, OrderDraft


class RefundTooHigh(Refused):
    """More would be refunded than the order is worth."""

    code = "refund_too_high"


@dataclass(slots=True)
class LineAmounts:
    """Amounts of one line, in the order's currency."""

    discount: Decimal
    amount: Decimal
    paid: Decimal
    receivable: Decimal


@dataclass(slots=True)
class OrderAmounts:
    """Amounts of one order, in its currency; ``total`` = goods − discount + freight."""

    goods: Decimal
    discount: Decimal
    total: Decimal
    paid: Decimal
    receivable: Decimal
    lines: list[LineAmounts]


def amounts_of(draft: OrderDraft) -> OrderAmounts:
    """Add up a draft. Without lines, the draft's own ``goods_amount`` stands for them.

    What the buyer paid is taken from the lines where given, else it is all that is owed once the order is paid.
    The seller receives the list price less the discounts that the shop or the brand bears, and the freight.
    """
    goods = ZERO
    owed = ZERO
    receivable = ZERO
    lines = []
    is_paid = draft.paid_at is not None
    for line in draft.lines:
        worth = line_amounts(line, is_paid=is_paid)
        goods += line.unit_price * line.units
        owed += worth.amount
        receivable += worth.receivable
        lines.append(worth)
    if not draft.lines and draft.goods_amount is not None:
        goods = owed = receivable = draft.goods_amount
    paid_for_goods = sum((line.paid for line in lines), ZERO) if lines else (owed if is_paid else ZERO)
    return OrderAmounts(
        goods=cents(goods),
        discount=cents(goods - owed),
        total=cents(owed + draft.freight),
        paid=cents(paid_for_goods + (draft.freight if is_paid else ZERO)),
        receivable=cents(receivable + draft.freight),
        lines=lines,
    )


def line_amounts(line: LineDraft, *, is_paid: bool) -> LineAmounts:
    """Add up one line of a draft."""
    listed = line.unit_price * line.units
    if line.discounts:
        discount = sum((part.amount for part in line.discounts), ZERO)
        borne = sum((part.amount for part in line.discounts if part.bearer in SELLER_BEARS), ZERO)
    else:
        discount = borne = ZERO
    owed = listed - discount
    paid = line.paid_amount if line.paid_amount is not None else (owed if is_paid else ZERO)
    return LineAmounts(discount=discount, amount=owed, paid=paid, receivable=listed - borne)


def refund_too_high(number: str, amount: Decimal, total: Decimal) -> RefundTooHigh | None:
    """Return why ``amount`` can't be what is refunded of an order worth ``total``, or None."""
    if amount <= total:
        return None
    detail = _("%(amount)s is more than %(number)s is worth (%(total)s).")
    return RefundTooHigh(detail, number=number, amount=str(amount), total=str(total))


def refund_parts(
    refund: Decimal,
    amounts: Sequence[Decimal],
    said: Sequence[Decimal],
    *,
    freight: Decimal,
    on_freight: Decimal = ZERO,
) -> list[Decimal]:
    """Return what of ``refund`` falls on each line worth ``amounts``; what is left of it is the freight's.

    ``said`` is what is known to be refunded of each line, ``on_freight`` of the freight. No line holds more than it
    is worth: what is said beyond that goes to the freight first. What nobody has said is shared over what is left of
    the lines by largest remainder, and comes out of the freight last.
    """
    parts = [min(one, worth) for one, worth in zip(said, amounts, strict=True)]
    placed = sum(parts, ZERO)
    if placed > refund:
        return share_out(refund, parts)
    rest = refund - placed
    rest -= min(rest, max(on_freight, sum(said, ZERO) - placed), freight)
    left = [worth - part for worth, part in zip(amounts, parts, strict=True)]
    shared = min(rest, sum(left, ZERO))
    if not shared:
        return parts
    return [part + more for part, more in zip(parts, share_out(shared, left), strict=True)]
