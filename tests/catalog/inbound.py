"""What the tests of inbound deliveries share."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from catalog.choices import OWN
from catalog.models import InboundDelivery
from catalog.operations.inbound import InboundDraft, announce_deliveries
from catalog.operations.receiving import ReceiptDraft, ReceiptLineDraft, Received, receive_deliveries
from ops_portal.accounts.choices import Role
from ops_portal.lib.principals import Principal
from tests.factories import ACTOR, NOON, make_sku, make_warehouse

TODAY = NOON.date()
WORKER = Principal("person", "wang", roles=frozenset({Role.WAREHOUSE}))


def announced(*lines: tuple[str, int], warehouse: str = "MAIN", **more: Any) -> InboundDelivery:
    """Return a delivery of ACME's goods that is promised for today."""
    make_warehouse(warehouse)
    for code, _units in lines:
        make_sku(code)
    return announce_deliveries([draft_of(*lines, warehouse=warehouse, **more)], actor=ACTOR, at=NOON).one()


def draft_of(*lines: tuple[str, int], warehouse: str = "MAIN", **more: Any) -> InboundDraft:
    given: dict[str, Any] = {"goods_owner": OWN, "promised_on": TODAY, **more}
    return InboundDraft("ACME", warehouse, lines=lines, **given)


def came(delivery: InboundDelivery, *lines: Any, key: str = "K1", **more: Any) -> ReceiptDraft:
    """Return a receipt of (SKU, units) or drafts of lines."""
    drafts = tuple(ReceiptLineDraft(*each) if isinstance(each, tuple) else each for each in lines)
    return ReceiptDraft(delivery.number, drafts, key, **more)


def receive_one(delivery: InboundDelivery, *lines: Any, at: Any = NOON, **more: Any) -> Received:
    return receive_deliveries([came(delivery, *lines, **more)], actor=WORKER, at=at).one()


def counted(delivery: InboundDelivery) -> dict[str, tuple[int, int, int]]:
    """Return (promised, received, damaged) by SKU, as they are in the database now."""
    lines = delivery.lines.order_by("position")
    return {
        code: (promised, received, damaged)
        for code, promised, received, damaged in lines.values_list(
            "sku__code", "promised", "received", "damaged"
        )
    }


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)
