"""What the operations of stock requests lock, for ``test_lock_order``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from catalog.choices import OWN
from catalog.drafts import (
    ArrivalDraft,
    ArrivedLineDraft,
    RequestDraft,
    RequestLineDraft,
    StockDocumentDraft,
    StockLineDraft,
)
from catalog.operations import requests
from catalog.operations.documents import post_stock_documents
from catalog.operations.transfers import arrive_transfers
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.lib.principals import Principal, acting_as
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

REQUEST, STOCK = "catalog_stockrequest", "catalog_stock"
LINE = RequestLineDraft("PAPER", OWN, 2, "available", "outside")
DRAFT = RequestDraft("return_to_owner", "slow", "PAPERS", (LINE,))
Scene = tuple[Callable[[Any], Callable[[], object]], list[str]]


def boss() -> Principal:
    with acting_as(ACTOR):
        user = User.objects.create_user("boss-of-papers", roles=[Role.MANAGEMENT])
    return Principal("person", user.username, user.pk, frozenset({Role.MANAGEMENT}))


def asked() -> str:
    receive(make_sku("PAPER"), 9, warehouse=make_warehouse("PAPERS"))
    return str(requests.request_stock([DRAFT], actor=ACTOR, at=NOON).one().number)


def asking(_house: Any) -> Callable[[], object]:
    receive(make_sku("PAPER"), 9, warehouse=make_warehouse("PAPERS"))
    return lambda: requests.request_stock([DRAFT], actor=ACTOR, at=NOON).one()


def deciding(operation: Callable[..., Any], **given: str) -> Callable[[Any], Callable[[], object]]:
    def prepare(_house: Any) -> Callable[[], object]:
        number, actor = asked(), boss()
        return lambda: operation([number], actor=actor, at=NOON, **given).one()

    return prepare


def withdrawing(_house: Any) -> Callable[[], object]:
    number = asked()
    return lambda: requests.withdraw_requests([number], actor=ACTOR, at=NOON).one()


def arriving(_house: Any) -> Callable[[], object]:
    sku, main = make_sku("PAPER"), make_warehouse("PAPERS")
    receive(sku, 9, warehouse=main)
    line = StockLineDraft(sku.pk, main.pk, OWN, 3, "available", "in_transit")
    paper = StockDocumentDraft("transfer", (line,), to_warehouse_id=make_warehouse("AWAY").pk)
    number = post_stock_documents([paper], actor=ACTOR, at=NOON).one().number
    draft = ArrivalDraft(number, (ArrivedLineDraft("PAPER", 2),), "K1", ends=True, reason="lost")
    return lambda: arrive_transfers([draft], actor=ACTOR, at=NOON).one()


PAPER_SCENES: dict[str, Scene] = {
    "arrive_transfers": (arriving, ["catalog_stockdocument", STOCK]),
    "request_stock": (asking, []),
    "approve_requests": (deciding(requests.approve_requests), [REQUEST, STOCK]),
    "reject_requests": (deciding(requests.reject_requests, reason="no"), [REQUEST]),
    "withdraw_requests": (withdrawing, [REQUEST]),
}
