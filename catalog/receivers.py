"""What we answer when someone asks the documents of this app."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.dispatch import receiver

from catalog.operations.channel_stock import leave_stale
from catalog.signals import document_claims, skus_matched

STOCK_DOCUMENT_CLAIMS = """
    SELECT d.kind AS document_kind, d.number AS document_number, s.sku_id, l.from_state, l.to_state, l.units
    FROM catalog_stockdocumentline l
    JOIN catalog_stockdocument d ON d.id = l.document_id
    JOIN catalog_stock s ON s.id = l.stock_id
"""


@receiver(document_claims, dispatch_uid="catalog.claim_stock_documents")
def claim_stock_documents(sender: Any, **_: Any) -> str:
    """Say what warehouse papers have brought where."""
    return STOCK_DOCUMENT_CLAIMS


STOCK_HOLD_CLAIMS = """
    SELECT 'stock_hold' AS document_kind, h.number AS document_number, l.sku_id,
           'available' AS from_state, 'reserved' AS to_state, (l.units - l.drawn)::bigint AS units
    FROM catalog_stockhold h JOIN catalog_stockholdline l ON l.hold_id = h.id
    WHERE h.status = 'held'
"""


@receiver(document_claims, dispatch_uid="catalog.claim_stock_holds")
def claim_stock_holds(sender: Any, **_: Any) -> str:
    """Say what holds still keep."""
    return STOCK_HOLD_CLAIMS


@receiver(skus_matched, dispatch_uid="catalog.show_matched")
def show_matched(sender: Any, *, sku_ids: Collection[int], **_: Any) -> None:
    """Leave SKUs that shops offer from now on to the next sweep of what they show."""
    leave_stale(sku_ids)
