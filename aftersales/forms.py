"""What the forms of the after-sales desk send, turned into drafts."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from aftersales.choices import REFUNDS, CaseKind, Liable, Reason
from aftersales.drafts import (
    ZERO,
    CaseDraft,
    CaseLineDraft,
    GradeDraft,
    InspectionDraft,
    LinePaymentDraft,
    PaymentDraft,
    SentBackDraft,
)
from aftersales.models import Case, CaseLine, ReturnedGoods
from aftersales.operations.claims import Claims
from ops_portal.lib.refusals import Refused

MOST = Decimal("999999999999.99")


class NotReadable(Refused):
    """A field of a form can't be read."""

    code = "not_readable"


def units_of(sent: QueryDict, name: str) -> int:
    """Return a number of units; an empty field is none."""
    text = sent.get(name, "").strip()
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        raise NotReadable(_("“%(text)s” is no number of units."), text=text[:40])
    return int(text)


def amount_of(sent: QueryDict, name: str) -> Decimal | None:
    """Return an amount of money, None where the field is empty."""
    text = sent.get(name, "").strip().replace(",", "")
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= MOST or amount != round(amount, 2):
        raise NotReadable(_("“%(text)s” is no amount of money."), text=text[:40])
    return amount


def text_of(sent: QueryDict, name: str, most: int) -> str:
    """Return a text, cut to the length that is kept."""
    return sent.get(name, "").strip()[:most]


def choice_of(sent: QueryDict, name: str, choices: Any, default: str) -> str:
    """Return a choice, or ``default`` where none that is known was made."""
    value = sent.get(name, "")
    return value if value in choices.values else default


def new_case(sent: QueryDict, claims: Claims) -> CaseDraft:
    """Return the case that the form asks for: the lines of which units or money are named."""
    lines = []
    for pk in claims.lines:
        units, amount = units_of(sent, f"units-{pk}"), amount_of(sent, f"amount-{pk}")
        if units or amount:
            lines.append(CaseLineDraft(pk, units, amount))
    kind = choice_of(sent, "kind", CaseKind, CaseKind.RETURN)
    return CaseDraft(
        order_id=claims.order.pk,
        kind=kind if kind in REFUNDS else CaseKind.RETURN,
        reason=choice_of(sent, "reason", Reason, Reason.OTHER),
        lines=tuple(lines),
        freight_amount=amount_of(sent, "freight") or ZERO,
        description=text_of(sent, "description", 500),
        liable=choice_of(sent, "liable", Liable, Liable.UNDECIDED),
        source_key=text_of(sent, "source_key", 60),
    )


def finding(sent: QueryDict, case: Case) -> InspectionDraft:
    """Return what inspection found, row by row."""
    rows = ReturnedGoods.objects.filter(case_line__case=case).order_by("pk")
    grades = tuple(
        GradeDraft(
            row.pk,
            **{name: units_of(sent, f"{name}-{row.pk}") for name in ("resell", "rework", "scrap", "missing")},
            note=text_of(sent, f"note-{row.pk}", 200),
        )
        for row in rows
    )
    liable = choice_of(sent, "liable", Liable, "")
    return InspectionDraft(case.pk, grades, liable, text_of(sent, "liability_note", 500))


def payment(sent: QueryDict, case: Case) -> PaymentDraft:
    """Return the refund that was paid, line by line."""
    lines = tuple(
        LinePaymentDraft(pk, amount_of(sent, f"amount-{pk}") or ZERO)
        for pk in CaseLine.objects.filter(case=case).order_by("pk").values_list("pk", flat=True)
    )
    return PaymentDraft(case.pk, text_of(sent, "reference", 80), lines, amount_of(sent, "freight") or ZERO)


def parcel(sent: QueryDict, case: Case) -> SentBackDraft:
    """Return the parcel in which the goods are under way."""
    return SentBackDraft(case.pk, text_of(sent, "carrier", 40), text_of(sent, "waybill_number", 60))
