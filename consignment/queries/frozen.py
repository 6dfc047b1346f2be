"""How a line of a statement comes to its cents, from what is frozen in it; and the digest of the whole.

All amounts are in the statement's currency, ``part(w, s, o)`` is w × s / o rounded to the cent, halves up.

- *Kept* of an order line after r was refunded: ``part(worth, line_amount − r, line_amount)``, where worth is what the
  seller receives, or the commission base of the terms. A component's share of it runs from ``share_from`` to
  ``share_to`` of ``share_of``: ``part(kept, share_to, share_of) − part(kept, share_from, share_of)``, so that the
  shares sum to the whole (a line without components has the share 0 to 1 of 1).
- A *sale* is its share of what is kept with nothing refunded. A *refund* is the share of what is kept after it less
  that before it. So the refunds of a line, in whatever parts and months, take back the sale to the cent, and
  nothing else.
- *Commission* of a sale is rate × base, rounded; of a refund, rate × base kept after it less rate × base kept before
  it, each rounded. So the commission of what is bought and fully refunded is zero.
- The *fee* of terms in force from day a to day b of a month of n is ``part(monthly_fee, b, n)`` less
  ``part(monthly_fee, a, n)``, so that versions at one fee sum to it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from consignment.choices import CommissionBase, LineKind
from consignment.models import Statement, StatementLine
from ops_portal.lib.money import as_text, cents

ZERO = Decimal("0.00")
FROZEN = (
    "position",
    "kind",
    "occurred_on",
    "order_number",
    "sku_code",
    "title",
    "units",
    "sold_on",
    "version",
    "rate",
    "line_amount",
    "line_paid",
    "line_receivable",
    "share_from",
    "share_to",
    "share_of",
    "refunded_before",
    "refunded_after",
    "amount",
    "base",
    "commission",
    "net",
)
TOTALS = ("sales", "refunds", "base", "commission", "fee", "adjustments", "net")
TOTAL_OF = {
    LineKind.SALE: "sales",
    LineKind.REFUND: "refunds",
    LineKind.REVERSAL: "refunds",
    LineKind.FEE: "fee",
    LineKind.ADJUSTMENT: "adjustments",
}
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cents:
    """What one line comes to."""

    amount: Decimal
    base: Decimal
    commission: Decimal
    net: Decimal


def part(whole: Decimal, share: Decimal, of: Decimal) -> Decimal:
    """Return ``whole`` × ``share`` / ``of`` to the cent, halves up; the whole where there is nothing to share by."""
    if not of:
        return whole
    above, below = (200 * whole * share + of).as_integer_ratio(), (2 * of).as_integer_ratio()
    return Decimal((above[0] * below[1]) // (above[1] * below[0])).scaleb(-2)


def kept(line: Row, worth: Decimal, refunded: Decimal) -> Decimal:
    """Return the share of ``worth`` that is left of a line after ``refunded``."""
    left = line["line_amount"] - max(ZERO, min(refunded, line["line_amount"]))
    rest = part(worth, left, line["line_amount"])
    return part(rest, line["share_to"], line["share_of"]) - part(rest, line["share_from"], line["share_of"])


def cents_of(line: Row, terms: Mapping[str, Any], *, agency_collects: bool) -> Cents:
    """Compute a line anew from its inputs and the frozen terms of the statement."""
    kind = line["kind"]
    if kind == LineKind.FEE:
        upto, before = (
            part(line["line_amount"], line[share], line["share_of"]) for share in ("share_to", "share_from")
        )
        fee = upto - before
        return Cents(fee, ZERO, ZERO, -fee)
    if kind == LineKind.ADJUSTMENT:
        return Cents(line["line_amount"], ZERO, ZERO, line["line_amount"])
    version = next(each for each in terms["versions"] if each["version"] == line["version"])
    rate = Decimal(version["rate"])
    by_payment = version["base"] == CommissionBase.BUYER_PAYMENT
    worth = line["line_paid"] if by_payment else line["line_receivable"]
    before, after = line["refunded_before"], line["refunded_after"]
    receipt = base = ZERO
    commission = ZERO
    if kind in (LineKind.SALE, LineKind.REFUND):
        receipt += kept(line, line["line_receivable"], after)
        now = kept(line, worth, after)
        base, commission = base + now, commission + cents(rate * now)
    if kind in (LineKind.REFUND, LineKind.REVERSAL):
        receipt -= kept(line, line["line_receivable"], before)
        then = kept(line, worth, before)
        base, commission = base - then, commission - cents(rate * then)
    return Cents(receipt, base, commission, (receipt if agency_collects else ZERO) - commission)


def frozen_lines(statement: Statement) -> Iterator[dict[str, Any]]:
    """Yield what is frozen of each line, in the sequence of the statement, without loading them together."""
    lines = StatementLine.objects.filter(statement=statement).order_by("position").values(*FROZEN)
    return iter(lines.iterator(chunk_size=5000))


def digest_of(statement: Statement, lines: Iterable[Row]) -> bytes:
    """Return the SHA-256 over contract, month, terms, totals and every line of a statement."""
    seal = hashlib.sha256()
    head = {
        "contract": statement.terms["contract"],
        "month": statement.month.isoformat(),
        "currency": statement.currency,
        "agency_collects": statement.agency_collects,
        "terms": statement.terms,
        "totals": {name: as_text(getattr(statement, name)) for name in TOTALS},
    }
    seal.update(_canonical(head))
    for line in lines:
        seal.update(_canonical([_plain(name, line[name]) for name in FROZEN]))
    return seal.digest()


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, Decimal):
        return as_text(value, 6 if name == "rate" else 2)
    return value if value is None or isinstance(value, (int, str)) else value.isoformat()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
