"""A small agency for the benches to work in: one shop, one warehouse, 2,000 SKUs with plenty of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks import floor

if TYPE_CHECKING:
    from orders.drafts import OrderDraft

SHOP = "bench"
WAREHOUSE = "bench"
UNITS = 1_000_000
ADDRESS = {"province": "上海市", "city": "上海市", "district": "浦东新区"}


def sku_code(sku_id: int) -> str:
    """Return the code that stands for a SKU of the floor."""
    return f"SKU{sku_id:05d}"


def found() -> None:
    """Create shop, warehouse and SKUs, and receive the goods; the planner knows of them and of the floor's."""
    from django.db import connection

    from catalog.models import Warehouse
    from orders.models import Shop, ShopWarehouse

    shop = Shop.objects.create(code=SHOP, name="Bench", platform="tmall")
    warehouse = Warehouse.objects.create(code=WAREHOUSE, name="Bench")
    ShopWarehouse.objects.create(shop=shop, warehouse=warehouse)
    receive({sku_code(sku_id): UNITS for sku_id in range(1, floor.SKUS + 1)})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def receive(units: dict[str, int]) -> None:
    """Create the SKUs that ``units`` names and receive so many units of each."""
    from catalog.drafts import SkuDraft, StockDocumentDraft, StockLineDraft
    from catalog.models import Warehouse
    from catalog.operations.documents import post_stock_documents
    from catalog.operations.goods import save_skus
    from ops_portal.lib.principals import system

    actor, at = system("bench"), datetime.now(UTC)
    drafts = [
        SkuDraft(code, product_code=code, product_name=f"Goods {code}", brand_code="bench") for code in units
    ]
    skus = save_skus(drafts, actor=actor, at=at).done
    warehouse = Warehouse.objects.get(code=WAREHOUSE)
    lines = tuple(
        StockLineDraft(sku.pk, warehouse.pk, "own", units[sku.code], "outside", "available") for sku in skus
    )
    post_stock_documents([StockDocumentDraft("receipt", lines)], actor=actor, at=at).one()


def order_draft(shop: Any, order: floor.Order) -> OrderDraft:
    """Return an order of the floor as the operation takes it; ``shop`` comes from ``for_placing()``."""
    from orders.drafts import BuyerDraft, LineDraft, OrderDraft

    buyer = BuyerDraft(
        platform_id=order.phone, name=order.buyer, phone=order.phone, address=order.address, **ADDRESS
    )
    lines = tuple(LineDraft(sku_code(line.sku_id), line.units, line.unit_price) for line in order.lines)
    return OrderDraft(
        shop, order.number, placed_at=order.placed_at, paid_at=order.placed_at, buyer=buyer, lines=lines
    )


def order_body(order: floor.Order) -> dict[str, Any]:
    """Return an order of the floor as the API takes it."""
    buyer = {"id": order.phone, "name": order.buyer, "phone": order.phone, "address": order.address}
    return {
        "shop": SHOP,
        "platform_number": order.number,
        "placed_at": order.placed_at.isoformat(),
        "paid_at": order.placed_at.isoformat(),
        "buyer": buyer | ADDRESS,
        "freight": "0.00",
        "lines": [
            {"sku": sku_code(line.sku_id), "units": line.units, "unit_price": str(line.unit_price)}
            for line in order.lines
        ],
    }


def api_key(
    role: str = "operations_manager", *, shops: Sequence[str] = (), brands: Sequence[str] = ()
) -> str:
    """Create a key with ``role`` and grants; return its text."""
    from ops_portal.accounts.operations.keys import ApiKeyDraft, create_api_keys
    from ops_portal.lib.principals import system

    draft = ApiKeyDraft(roles=[role], name="bench", shops=shops, brands=brands)
    return create_api_keys([draft], actor=system("bench"), at=datetime.now(UTC)).one().text


def audit_stock() -> str:
    """Add the ledger up again; return the first difference, or nothing where it is equal to the counters."""
    from catalog.queries.audit import audit_stock as audit

    found = audit()
    return "" if found.ok else str(found.first_difference)
