"""What is still left of an order for a case to claim."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from aftersales.choices import BRINGS_GOODS, REFUNDS
from aftersales.drafts import ZERO
from aftersales.models import Case, CaseLine
from aftersales.operations.cases import SETTLED
from ops_portal.lib.money import share_out
from orders.models import Order, OrderLine


@dataclass(slots=True)
class Claims:
    """What live cases have claimed of an order, and what was refunded of it without them."""

    order: Order
    lines: dict[int, OrderLine]
    goods: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    units: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    money: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    freight: Decimal = ZERO

    def left_of(self, line_id: int) -> Decimal:
        """Return what of a line is neither refunded nor asked for."""
        line = self.lines[line_id]
        left: Decimal = line.amount - line.refund_amount - self.money[line_id]
        return max(left, ZERO)

    @property
    def freight_left(self) -> Decimal:
        """Return what of the freight is neither refunded nor asked for."""
        of_lines = sum((line.refund_amount for line in self.lines.values()), ZERO)
        refunded = max(self.order.refund_amount - of_lines, ZERO)
        left: Decimal = self.order.freight - refunded - self.freight
        return max(left, ZERO)

    @property
    def total_left(self) -> Decimal:
        """Return what of the whole order is neither refunded nor asked for."""
        asked = sum(self.money.values(), ZERO) + self.freight
        left: Decimal = self.order.total - self.order.refund_amount - asked
        return max(left, ZERO)

    def unit_share(self, line_id: int, units: int) -> Decimal:
        """Return what ``units`` of a line are worth of what is left of it: by largest remainder, so parts sum up."""
        line, left = self.lines[line_id], self.left_of(line_id)
        open_units = line.units - self.units[line_id]
        if units >= open_units:
            return left
        return sum(share_out(left, [1] * open_units)[:units], ZERO)

    def claim(self, kind: str, line_id: int, units: int, amount: Decimal) -> None:
        """Count what a case claims of a line."""
        if kind in BRINGS_GOODS:
            self.goods[line_id] += units
        if kind in REFUNDS:
            self.units[line_id] += units
        self.money[line_id] += amount


def claims_of(orders: dict[int, Order]) -> dict[int, Claims]:
    """Return what is claimed of locked orders: two statements."""
    claims = {pk: Claims(order, {}) for pk, order in orders.items()}
    for line in OrderLine.objects.filter(order__in=orders).order_by("order_id", "position"):
        claims[line.order_id].lines[line.pk] = line
    found = CaseLine.objects.filter(case__in=Case.objects.live().filter(order__in=orders)).select_related(
        "case"
    )
    for part in found:
        # What was paid stands on the order already.
        asked = ZERO if part.case.refund_status in SETTLED else part.amount
        claims[part.case.order_id].claim(part.case.kind, part.order_line_id, part.units, asked)
    freight = Case.objects.live().filter(order__in=orders).exclude(refund_status__in=sorted(SETTLED))
    for order_id, amount in freight.values_list("order_id", "freight_amount"):
        claims[order_id].freight += amount
    return claims
