"""What the operations of inbound deliveries lock, for ``test_lock_order``; and deliveries for the agency."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from catalog.choices import OWN
from catalog.models import InboundDelivery, StockDocument
from catalog.operations import inbound, inbound_undoing, quarantine, receiving
from catalog.operations.inbound import InboundDraft
from catalog.operations.quarantine import InspectionDraft
from catalog.operations.receiving import ReceiptDraft, ReceiptLineDraft
from catalog.operations.reversing import undo_stock_documents
from ops_portal.intake.kinds import Undone
from tests.factories import ACTOR, NOON, make_warehouse

DELIVERY, STOCK, BATCH, PAPER = (
    "catalog_inbounddelivery", "catalog_stock", "catalog_batchstock", "catalog_stockdocument",
)  # fmt: skip
Scene = tuple[Callable[[Any], Callable[[], object]], list[str]]


def expect_deliveries() -> None:
    """Announce a delivery of each brand, the older one received in part."""
    made = [announced(brand, sku) for brand, sku in (("ACME", "A1"), ("BOLT", "B1"))]
    received(made[0], "A1")


def announced(brand: str = "ACME", sku: str = "A", warehouse: str = "MAIN") -> InboundDelivery:
    draft = InboundDraft(brand, warehouse, OWN, NOON.date(), ((sku, 9),), source_key=f"{brand}-1")
    return inbound.announce_deliveries([draft], actor=ACTOR, at=NOON).one()


def received(delivery: InboundDelivery, sku: str = "A", *, key: str = "K") -> StockDocument:
    batch = "B1" if sku == "D" else ""
    reason = "to be looked at" if key == "Q" else ""
    line = ReceiptLineDraft(sku, 1, batch_code=batch, quarantine_reason=reason)
    draft = ReceiptDraft(delivery.number, (line,), key, accepts_more=True)
    return receiving.receive_deliveries([draft], actor=ACTOR, at=NOON).one().document


def in_the_house() -> InboundDelivery:
    return announced(warehouse=make_warehouse("NORTH").code)


def receiving_one(_house: Any) -> Callable[[], object]:
    delivery = in_the_house()
    return lambda: received(delivery, "D")


def moving(operation: Callable[..., Any], *, begun: bool, over: bool = False) -> Callable[[Any], Any]:
    def prepare(_house: Any) -> Callable[[], object]:
        delivery = in_the_house()
        if begun:
            received(delivery)
        if over:
            receiving.close_deliveries([delivery.number], actor=ACTOR, at=NOON).one()
        return lambda: operation([delivery.number], actor=ACTOR, at=NOON, reason="why").one()

    return prepare


def promising(_house: Any) -> Callable[[], object]:
    draft = inbound.PromiseDraft(in_the_house().number, NOON.date(), "SF1")
    return lambda: inbound.promise_deliveries([draft], actor=ACTOR, at=NOON).one()


def inspecting(_house: Any) -> Callable[[], object]:
    received(in_the_house(), "D", key="Q")
    draft = InspectionDraft("NORTH", "D", OWN, "I", passed=1, batch_code="B1")
    return lambda: quarantine.inspect_quarantine([draft], actor=ACTOR, at=NOON).one()


def taking_back(_house: Any) -> Callable[[], object]:
    change = Undone("inbound_delivery", in_the_house().pk, "created", None, NOON)
    return lambda: inbound_undoing.take_back_deliveries([change], actor=ACTOR, at=NOON)


def undoing_a_receipt(_house: Any) -> Callable[[], object]:
    paper = received(in_the_house(), "D")
    return lambda: undo_stock_documents([paper], actor=ACTOR, at=NOON).one()


INBOUND_SCENES: dict[str, Scene] = {
    "announce_deliveries": (lambda _house: lambda: announced(warehouse="NORTH"), []),
    "promise_deliveries": (promising, [DELIVERY]),
    "cancel_deliveries": (moving(inbound.cancel_deliveries, begun=False), [DELIVERY]),
    "reopen_deliveries": (moving(inbound.reopen_deliveries, begun=True, over=True), [DELIVERY]),
    "close_deliveries": (moving(receiving.close_deliveries, begun=True), [DELIVERY]),
    "receive_deliveries": (receiving_one, [DELIVERY, STOCK, BATCH]),
    "inspect_quarantine": (inspecting, [STOCK, BATCH]),
    "take_back_deliveries": (taking_back, [DELIVERY]),
    "undo_a_receipt_of_a_delivery": (undoing_a_receipt, [DELIVERY, PAPER, STOCK, BATCH]),
}
