"""What the operations of holds, channel stock and mirrors lock, for ``test_lock_order``; and rows for the agency."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from catalog.choices import MatchStatus, WarehouseSystem
from catalog.models import (
    Channel,
    ChannelSku,
    Sku,
    StockHold,
    StockMessage,
    StockSnapshot,
    StockSnapshotLine,
    Warehouse,
)
from catalog.operations import channel_stock, mirroring
from catalog.operations.holds import (
    ExtendDraft,
    HoldDraft,
    end_holds,
    extend_holds,
    place_holds,
    release_holds,
)
from catalog.operations.stock_messages import MessageDraft, ToldLine, renew_stock_secret, take_stock_message
from ops_portal.lib.principals import acting_as
from orders.operations.placing import place_orders, take_in_orders
from orders.operations.waiting import serve_waiting_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive

HOLD, LINE, RESERVED, STOCK = (
    "catalog_stockhold",
    "catalog_stockholdline",
    "catalog_reservation",
    "catalog_stock",
)
SNAPSHOT, CODE, RULE, SHOWN = (
    "catalog_stocksnapshot",
    "catalog_channelsku",
    "catalog_channelstockrule",
    "catalog_channelstock",
)
BY: dict[str, Any] = {"actor": ACTOR, "at": NOON}
OVER = NOON + timedelta(hours=1)
SENDER = "catalog_stocksender"
Scene = tuple[Callable[[Any], Callable[[], object]], list[str]]


def draft(units: int = 2, shop: str = "") -> HoldDraft:
    return HoldDraft("NORTH", (("A", units),), "activity", OVER, shop)


def held(units: int = 2, shop: str = "") -> str:
    return str(place_holds([draft(units, shop)], **BY).one().number)


def on_a_hold(act: Callable[[str], object]) -> Callable[[Any], Callable[[], object]]:
    def prepare(_house: Any) -> Callable[[], object]:
        number = held()
        return lambda: act(number)

    return prepare


def drawing(house: Any) -> Callable[[], object]:
    """An order of the shop waits, and only what is held for the shop can serve it."""
    _north, _south, skus, shop = house
    place_orders([order_draft(make_shop("S2"), (skus[0], 50))], **BY).one()
    take_in_orders([order_draft(shop, (skus[0], 1))], **BY).one()
    receive(skus[0], 2, warehouse=_north)
    held(2, "S1")
    return lambda: serve_waiting_orders(**BY)


def offered(sku: Sku, shop: str = "S1") -> ChannelSku:
    """Return a code of a shop that somebody matched with a SKU."""
    channel = Channel.objects.get(code=shop)
    with acting_as(ACTOR):
        return ChannelSku.objects.create(
            channel=channel,
            code=f"{shop}-{sku.code}",
            sku=sku,
            status=MatchStatus.MATCHED,
            created_at=NOON,
            updated_at=NOON,
        )


def on_what_is_shown(act: Callable[[], object]) -> Callable[[Any], Callable[[], object]]:
    def prepare(house: Any) -> Callable[[], object]:
        offered(house[2][0])
        channel_stock.set_rules([channel_stock.RuleDraft("S1")], **BY).one()
        channel_stock.leave_shops_stale()
        channel_stock.show_stock(**BY)
        return act

    return prepare


def showing_less(house: Any) -> Callable[[], object]:
    on_what_is_shown(lambda: None)(house)
    held()
    return lambda: channel_stock.show_stock(**BY)


def their(units: int, key: str = "Z1", sku: str = "MIRRORED") -> mirroring.TheirDraft:
    return mirroring.TheirDraft("MIRROR", NOON, key, units, sku)


def mirrored() -> StockSnapshotLine:
    """Return a line by which another system knows of more than we do."""
    place = make_warehouse("MIRROR")
    with acting_as(ACTOR):
        Warehouse.objects.filter(pk=place.pk).update(system=WarehouseSystem.JUSHUITAN)
    receive(make_sku("MIRRORED"), 5, warehouse=place)
    receive(make_sku("UNLISTED"), 5, warehouse=place)
    return mirroring.note_their_stock([their(8)], **BY).one()


def renew() -> str:
    """Give the mirrored warehouse a new secret."""
    return str(renew_stock_secret(Warehouse.objects.get(code="MIRROR").pk, **BY))


def tell(key: str, *more: ToldLine) -> StockMessage:
    """Let the other system tell the whole stock of the mirrored warehouse."""
    lines = (ToldLine(8, "MIRRORED", "", "own", ""), *more)
    return take_stock_message(MessageDraft("MIRROR", key, "d", "stock.snapshot", NOON, lines), **BY)


def on_a_snapshot(act: Callable[[str, list[int]], object]) -> Callable[[Any], Callable[[], object]]:
    def prepare(_house: Any) -> Callable[[], object]:
        line = mirrored()
        return lambda: act(line.snapshot.number, [line.pk])

    return prepare


def on_a_sender(act: Callable[[], object]) -> Callable[[Any], Callable[[], object]]:
    """Let the warehouse have a secret, and the snapshot of a message be there already."""

    def prepare(_house: Any) -> Callable[[], object]:
        mirrored()
        renew()
        mirroring.note_their_stock([their(8, key="webhook m1")], **BY).one()
        return act

    return prepare


CHANNEL_SCENES: dict[str, Scene] = {
    "place_holds": (lambda house: lambda: place_holds([draft()], **BY).one(), [STOCK]),
    "release_holds": (
        on_a_hold(lambda number: release_holds([number], **BY).one()),
        [HOLD, LINE, RESERVED, STOCK],
    ),
    "extend_holds": (
        on_a_hold(lambda number: extend_holds([ExtendDraft(number, OVER + timedelta(1))], **BY).one()),
        [HOLD],
    ),
    "end_holds": (on_a_hold(lambda number: end_holds(actor=ACTOR, at=OVER)), [HOLD, LINE, RESERVED, STOCK]),
    "serve_waiting_orders, from a hold": (drawing, ["orders_order", LINE, RESERVED, STOCK]),
    "set_rules": (
        on_what_is_shown(
            lambda: channel_stock.set_rules([channel_stock.RuleDraft("S1", "", Decimal("0.5"))], **BY).one()
        ),
        [RULE],
    ),
    "drop_rules": (
        on_what_is_shown(lambda: channel_stock.drop_rules([channel_stock.RuleDraft("S1")], **BY).one()),
        [RULE],
    ),
    "set_pending": (
        on_what_is_shown(
            lambda: channel_stock.set_pending([channel_stock.PendingDraft("S1", "S1-A", 1)], **BY).one()
        ),
        [CODE],
    ),
    "_show_stretch": (showing_less, [SHOWN]),
    "tell_again": (on_what_is_shown(lambda: channel_stock.tell_again(["S1"], **BY).one()), [SHOWN]),
    "note_their_stock": (
        on_a_snapshot(lambda number, ids: mirroring.note_their_stock([their(1, sku="UNLISTED")], **BY).one()),
        [SNAPSHOT],
    ),
    "take_stock_message": (
        on_a_sender(lambda: tell("m1")),
        [SENDER, SNAPSHOT],
    ),
    "renew_stock_secret": (on_a_sender(renew), [SENDER]),
    "take_back_lines": (
        on_a_snapshot(lambda number, ids: mirroring.take_back_lines(ids, **BY)),
        [SNAPSHOT],
    ),
    "count_missing": (on_a_snapshot(lambda number, ids: mirroring.count_missing(number, **BY)), [SNAPSHOT]),
    "take_over": (on_a_snapshot(lambda number, ids: mirroring.take_over(number, ids, **BY)), [SNAPSHOT]),
    "explain_differences": (
        on_a_snapshot(lambda number, ids: mirroring.explain_differences(number, ids, note="late", **BY)),
        [SNAPSHOT],
    ),
}


def show_some(skus: dict[str, Sku]) -> None:
    """Let each shop show goods of a brand, hold some for each, and a mirrored warehouse know other numbers."""
    for shop, code in (("S1", "A1"), ("S2", "B1")):
        offered(skus[code], shop)
        place_holds([HoldDraft("MAIN", ((code, 1),), "activity", OVER, shop)], **BY).one()
    channel_stock.show_stock(**BY)
    place = make_warehouse("MIRROR")
    with acting_as(ACTOR):
        Warehouse.objects.filter(pk=place.pk).update(system=WarehouseSystem.OTHER)
    for code in ("A1", "B1"):
        mirroring.note_their_stock([their(3, sku=code)], **BY).one()
    renew()
    tell("m1", ToldLine(1, "STRANGE", "", "own", ""), ToldLine(1, "A1", "", "own", ""))
    assert (StockHold.objects.count(), StockSnapshot.objects.count()) == (2, 2)
