"""What we answer when someone asks the documents of this app."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.dispatch import receiver

from aftersales.operations.axis import refusals_to_withdraw
from catalog.signals import document_claims
from ops_portal.lib.refusals import Refused
from orders.signals import before_refund_withdrawn

CASE_CLAIMS = """
    SELECT 'case' AS document_kind, c.number AS document_number, s.sku_id, g.from_state, w.state AS to_state,
           w.units::bigint AS units
    FROM aftersales_returnedgoods g
    JOIN aftersales_caseline l ON l.id = g.case_line_id
    JOIN aftersales_case c ON c.id = l.case_id
    JOIN catalog_reservation r ON r.id = g.reservation_id
    JOIN catalog_stock s ON s.id = r.stock_id
    CROSS JOIN LATERAL (VALUES
        ('inspecting', g.units - CASE WHEN g.is_graded THEN g.resell + g.rework + g.scrap + g.missing ELSE 0 END),
        ('available', g.resell), ('damaged', g.rework + g.scrap), ('lost', g.missing)
    ) AS w(state, units)
    WHERE w.units <> 0
"""


@receiver(document_claims, dispatch_uid="aftersales.claim_cases")
def claim_cases(sender: Any, **_: Any) -> str:
    """Say what cases have brought back, and into which state."""
    return CASE_CLAIMS


@receiver(before_refund_withdrawn, dispatch_uid="aftersales.keep_refunds_of_cases")
def keep_refunds_of_cases(sender: Any, *, order_ids: Collection[int], **_: Any) -> dict[int, Refused]:
    """Keep the refund of orders of which a case still asks for money."""
    return refusals_to_withdraw(order_ids)
