"""What the pages of settlement read: lists of statements with their sums, and the lines of one by group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Sum, Value, When
from django.utils.translation import gettext_lazy as _

from consignment.choices import LineKind
from consignment.models import Statement, StatementLine

ZERO = Decimal("0.00")
GROUPS: Final = {
    "sales": _("Sales"),
    "refunds": _("Refunds of this month's sales"),
    "earlier": _("Refunds of sales of earlier months"),
    "reversals": _("Sales that were undone"),
    "fee": _("Monthly fee"),
    "adjustments": _("Adjustments"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """What the lines of one group of a statement come to."""

    code: str
    label: Any
    lines: int
    amount: Decimal
    base: Decimal
    commission: Decimal
    net: Decimal


def grouped(lines: QuerySet[Any], month: date) -> QuerySet[Any]:
    """Add to each line of a statement the group in which it is shown."""
    found: QuerySet[Any] = lines.annotate(
        group=Case(
            When(kind=LineKind.SALE, then=Value("sales")),
            When(Q(kind=LineKind.REFUND) & Q(sold_on__lt=month), then=Value("earlier")),
            When(kind=LineKind.REFUND, then=Value("refunds")),
            When(kind=LineKind.REVERSAL, then=Value("reversals")),
            When(kind=LineKind.FEE, then=Value("fee")),
            default=Value("adjustments"),
            output_field=CharField(),
        )
    )
    return found


def groups_of(statement: Statement) -> list[Group]:
    """Return what the groups of a statement come to, those without lines left out; they add up to its net."""
    lines = grouped(StatementLine.objects.filter(statement=statement), statement.month)
    sums = lines.values("group").annotate(
        lines=Count("pk"),
        sum_amount=Sum("amount"),
        sum_base=Sum("base"),
        sum_commission=Sum("commission"),
        sum_net=Sum("net"),
    )
    found = {row["group"]: row for row in sums.order_by("group")}
    return [
        Group(
            code,
            label,
            row["lines"],
            row["sum_amount"],
            row["sum_base"],
            row["sum_commission"],
            row["sum_net"],
        )
        for code, label in GROUPS.items()
        if (row := found.get(code))
    ]


def sums_of(statements: QuerySet[Statement]) -> list[dict[str, Any]]:
    """Return, by currency, what the agency owes and what it is owed over all of ``statements``."""
    sums: Any = (
        statements.order_by()
        .values("currency")
        .annotate(
            count=Count("pk"),
            all_sales=Sum("sales"),
            all_refunds=Sum("refunds"),
            all_commission=Sum("commission"),
            all_fees=Sum("fee"),
            we_owe=Sum("net", filter=Q(net__gt=0), default=ZERO),
            they_owe=-Sum("net", filter=Q(net__lt=0), default=ZERO),
            all_net=Sum("net"),
        )
        .order_by(F("currency"))
    )
    return list(sums)
