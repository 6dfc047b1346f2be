"""What the operations of bins lock, for ``test_lock_order``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from catalog.choices import OWN, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import Bin, Zone
from catalog.operations.bins import (
    BinTransferDraft,
    PutAwayDraft,
    move_between_bins,
    pick_reserved,
    put_away,
)
from catalog.operations.documents import post_stock_documents
from catalog.operations.promised import ship_reserved
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_for_new
from tests.factories import ACTOR, NOON

STOCK, BATCH, BIN = "catalog_stock", "catalog_batchstock", "catalog_binstock"
Scene = tuple[Callable[[Any], Callable[[], object]], list[str]]


def shelved(house: Any) -> tuple[Any, Any]:
    """Put all goods of the north away; return the warehouse and the goods that are kept by batch."""
    north, _south, skus, _shop = house
    zone = Zone.objects.create(warehouse=north, code="STORE")
    for code in ("A-1", "A-2"):
        Bin.objects.create(zone=zone, warehouse=north, code=code)
    drafts = [PutAwayDraft(north.pk, sku.pk, "A-1", 50, f"put:{sku.pk}") for sku in skus]
    assert not put_away(drafts, actor=ACTOR, at=NOON).refused
    return north, skus[1]


def putting(house: Any) -> Callable[[], object]:
    """More of the same comes into a bin that holds some."""
    north, dated = shelved(house)
    line = StockLineDraft(
        dated.pk, north.pk, OWN, 5, StockState.OUTSIDE, StockState.AVAILABLE, batch_code="B1"
    )
    post_stock_documents([StockDocumentDraft(StockDocumentKind.RECEIPT, (line,))], actor=ACTOR, at=NOON)
    draft = PutAwayDraft(north.pk, dated.pk, "A-1", 5, "more")
    return lambda: put_away([draft], actor=ACTOR, at=NOON).one()


def moving(house: Any) -> Callable[[], object]:
    north, dated = shelved(house)
    draft = BinTransferDraft(north.pk, dated.pk, "A-1", "A-2", 5, "move")
    return lambda: move_between_bins([draft], actor=ACTOR, at=NOON).one()


def held(house: Any) -> None:
    """Promise some of what lies in bins."""
    _north, dated = shelved(house)
    request = ReservationRequest("order", "HELD", (), (ReservationItem(1, dated.pk, 3),))
    reserve_for_new([request], actor=ACTOR, at=NOON).one()


def picking(house: Any) -> Callable[[], object]:
    held(house)
    return lambda: pick_reserved("order", ["HELD"], actor=ACTOR, at=NOON)


def shipping(house: Any) -> Callable[[], object]:
    held(house)
    return lambda: ship_reserved("order", ["HELD"], actor=ACTOR, at=NOON)


def losing(house: Any) -> Callable[[], object]:
    north, dated = shelved(house)
    line = StockLineDraft(
        dated.pk, north.pk, OWN, 5, StockState.AVAILABLE, StockState.LOST, batch_code="B1", bin_code="A-1"
    )
    draft = StockDocumentDraft(StockDocumentKind.ADJUSTMENT, (line,))
    return lambda: post_stock_documents([draft], actor=ACTOR, at=NOON).one()


BIN_SCENES: dict[str, Scene] = {
    "put_away": (putting, [STOCK, BIN]),
    "move_between_bins": (moving, [STOCK, BIN]),
    "pick_reserved": (picking, ["catalog_reservation", STOCK, BIN]),
    "ship_reserved, out of a bin": (shipping, ["catalog_reservation", STOCK, BATCH, BIN]),
    "post_stock_documents, out of a bin": (losing, [STOCK, BATCH, BIN]),
}
