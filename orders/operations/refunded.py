"""The rows that say what was refunded of which line, and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import connection

from ops_portal.lib.principals import Principal
from ops_portal.lib.rows import as_json
from orders.drafts import ZERO

FREIGHT: Final = 0  # stands for the freight where others stand for lines, whose positions begin at 1

Shares = Mapping[int, Decimal]  # what is refunded, by the line's position


@dataclass(frozen=True, slots=True)
class RefundPart:
    """A sum that is newly refunded of one line, or of the freight; one below zero is a correction."""

    order_id: int
    position: int
    amount: Decimal
    refunded_at: datetime


# The day is that of the shop's zone.
INSERT: Final = """
    INSERT INTO orders_refund (order_id, line_id, amount, refunded_at, refunded_on, is_correction, actor)
    SELECT r.order_id, l.id, r.amount, r.refunded_at, (r.refunded_at AT TIME ZONE s.timezone)::date, r.amount < 0, %s
    FROM json_to_recordset(%s) AS r(place int, order_id bigint, "position" int, amount numeric(14, 2),
                                    refunded_at timestamptz)
    JOIN orders_order o ON o.id = r.order_id
    JOIN orders_shop s ON s.id = o.shop_id
    LEFT JOIN orders_orderline l ON l.order_id = r.order_id AND l.position = r.position
    ORDER BY r.place
"""

# All that was noted of these orders is taken back, line by line.
TAKE_BACK: Final = """
    INSERT INTO orders_refund (order_id, line_id, amount, refunded_at, refunded_on, is_correction, actor)
    SELECT r.order_id, r.line_id, -sum(r.amount), %(at)s, (%(at)s AT TIME ZONE s.timezone)::date, true, %(actor)s
    FROM orders_refund r
    JOIN orders_order o ON o.id = r.order_id
    JOIN orders_shop s ON s.id = o.shop_id
    WHERE r.order_id = ANY(%(orders)s)
    GROUP BY r.order_id, r.line_id, s.timezone HAVING sum(r.amount) > 0
    ORDER BY r.order_id, r.line_id
"""


def shares(refund: Decimal, parts: Iterable[tuple[int, Decimal]]) -> Shares:
    """Return what of ``refund`` fell on which line, by position, and what on the freight."""
    by_line = dict(parts)
    return {**by_line, FREIGHT: refund - sum(by_line.values(), ZERO)}


def differences(order_id: int, before: Shares, after: Shares, *, at: datetime) -> Iterator[RefundPart]:
    """Yield what must be noted so that what is refunded becomes ``after``."""
    for position, amount in after.items():
        if amount != before.get(position, ZERO):
            yield RefundPart(order_id, position, amount - before.get(position, ZERO), at)


def write_refunds(parts: Sequence[RefundPart], *, actor: Principal) -> None:
    """Note what was refunded, in one statement; none where nothing was."""
    if not parts:
        return
    rows = [
        {
            "place": place,
            "order_id": part.order_id,
            "position": part.position,
            "amount": part.amount,
            "refunded_at": part.refunded_at,
        }
        for place, part in enumerate(parts)
    ]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [str(actor), as_json(rows)])


def take_back_refunds(order_ids: Sequence[int], *, actor: Principal, at: datetime) -> None:
    """Note that nothing is refunded of these orders after all."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_BACK, {"orders": list(order_ids), "at": at, "actor": str(actor)})
