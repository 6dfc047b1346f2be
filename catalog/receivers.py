"""What we answer when someone asks the documents of this app."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from catalog.signals import document_claims

STOCK_DOCUMENT_CLAIMS = """
    SELECT d.kind AS document_kind, d.number AS document_number, s.sku_id, w.state, w.units
    FROM catalog_stockdocumentline l
    JOIN catalog_stockdocument d ON d.id = l.document_id
    JOIN catalog_stock s ON s.id = l.stock_id
    CROSS JOIN LATERAL (VALUES (l.to_state, l.units), (l.from_state, -l.units)) AS w(state, units)
    WHERE w.state <> 'outside'
"""


@receiver(document_claims, dispatch_uid="catalog.claim_stock_documents")
def claim_stock_documents(sender: Any, **_: Any) -> str:
    """Say what warehouse papers have brought where."""
    return STOCK_DOCUMENT_CLAIMS


STOCK_HOLD_CLAIMS = """
    SELECT 'stock_hold' AS document_kind, h.number AS document_number, l.sku_id, w.state,
           w.sign * (l.units - l.drawn)::bigint AS units
    FROM catalog_stockhold h JOIN catalog_stockholdline l ON l.hold_id = h.id
    CROSS JOIN LATERAL (VALUES ('reserved', 1), ('available', -1)) AS w(state, sign)
    WHERE h.status = 'held'
"""


@receiver(document_claims, dispatch_uid="catalog.claim_stock_holds")
def claim_stock_holds(sender: Any, **_: Any) -> str:
    """Say what holds still keep."""
    return STOCK_HOLD_CLAIMS
