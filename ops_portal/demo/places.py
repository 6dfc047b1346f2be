"""The agency's shops and the warehouses that serve them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from catalog.models import Brand, Warehouse
from ops_portal.demo.vocabulary.shops import SHOPS, WAREHOUSES
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.refusals import raise_first
from orders.models import Shop, ShopWarehouse
from orders.operations.shops import ShopDraft, create_shops


@dataclass(frozen=True, slots=True)
class Places:
    """Shops ready for placing and warehouses, by code."""

    shops: dict[str, Shop]
    warehouses: dict[str, Warehouse]


def open_places(*, actor: Principal, at: datetime) -> Places:
    """Open warehouses and shops, and say which serves which."""
    drafts = [ShopDraft(shop.code, shop.platform, shop.name) for shop in SHOPS]
    raise_first(create_shops(drafts, actor=actor, at=at).refused)
    with acting_as(actor):
        brands = dict(Brand.objects.values_list("code", "pk"))
        for code, name, kind, brand in WAREHOUSES:
            defaults = {"name": name, "kind": kind, "brand_id": brands.get(brand)}
            Warehouse.objects.get_or_create(code=code, defaults=defaults)
        warehouses = {warehouse.code: warehouse for warehouse in Warehouse.objects.all()}
        for shop in SHOPS:
            Shop.objects.filter(code=shop.code).update(
                legal_holder=shop.holder, payee=shop.holder, ship_hours=shop.ship_hours
            )
        pks = dict(Shop.objects.values_list("code", "pk"))
        ShopWarehouse.objects.bulk_create(
            ShopWarehouse(shop_id=pks[shop.code], warehouse=warehouses[code], rank=rank)
            for shop in SHOPS
            for rank, code in enumerate(shop.warehouses, start=1)
        )
    return Places({shop.code: shop for shop in Shop.objects.for_placing()}, warehouses)
