"""A brand with a warehouse of its own, and orders that lie there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.choices import WarehouseKind
from catalog.models import Brand, Sku, Warehouse
from ops_portal.lib.principals import Principal, acting_as
from orders.drafts import BuyerDraft
from orders.models import Order, Shop, ShopWarehouse
from orders.operations.moving import review_orders
from orders.operations.placing import place_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive

BUYER = BuyerDraft("b9", "李四", "13900001111", "江苏省", "苏州市", "姑苏区", "平江路 8 号 2 幢 301")
PARTNER = Principal("key", "acme", roles=frozenset({"brand_partner"}))


@dataclass(frozen=True)
class BrandHouse:
    """ACME's warehouse with 10 units of A, ours with 10 of the same, and a shop that ACME's serves first."""

    theirs: Warehouse
    ours: Warehouse
    sku: Sku
    shop: Shop


def brand_warehouse(code: str, brand: str, **more: Any) -> Warehouse:
    """Return a warehouse from which a brand ships."""
    with acting_as(ACTOR):
        return Warehouse.objects.create(
            code=code, name=code, kind=WarehouseKind.BRAND, brand=Brand.objects.get(code=brand), **more
        )


def open_brand_house() -> BrandHouse:
    """Return a house with goods at the brand's and at ours."""
    sku, ours, shop = make_sku("A"), make_warehouse("MAIN"), make_shop("S1")
    theirs = brand_warehouse("ACME-WH", "ACME")
    receive(sku, 10, warehouse=theirs)
    receive(sku, 10, warehouse=ours)
    with acting_as(ACTOR):
        for rank, place in enumerate((theirs, ours), start=1):
            ShopWarehouse.objects.create(shop=shop, warehouse=place, rank=rank)
    return BrandHouse(theirs, ours, sku, make_shop("S1"))


def at_the_brand(house: BrandHouse, *, units: int = 1, reviewed: bool = True, **more: Any) -> Order:
    """Return an order that lies at the brand's."""
    draft = order_draft(house.shop, (house.sku, units), buyer=BUYER, **more)
    pk = place_orders([draft], actor=ACTOR, at=NOON).one().id
    if reviewed:
        review_orders([pk], actor=ACTOR, at=NOON).one()
    order: Order = Order.objects.select_related("warehouse").get(pk=pk)
    assert order.warehouse == house.theirs
    return order


def on_our_floor(house: BrandHouse, **more: Any) -> Order:
    """Return a reviewed order that lies in our own warehouse, of a shop that only this one serves."""
    with acting_as(ACTOR):
        ShopWarehouse.objects.get_or_create(shop=make_shop("S2"), warehouse=house.ours)
    draft = order_draft(make_shop("S2"), (house.sku, 1), buyer=BUYER, **more)
    pk = place_orders([draft], actor=ACTOR, at=NOON).one().id
    review_orders([pk], actor=ACTOR, at=NOON).one()
    order: Order = Order.objects.select_related("warehouse").get(pk=pk)
    assert order.warehouse == house.ours
    return order
