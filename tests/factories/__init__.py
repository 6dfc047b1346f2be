"""Dull rows: the least that a test needs, made by the product's own operations where stock or orders are concerned."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from catalog.choices import OWN, Platform, StockDocumentKind, StockState
from catalog.drafts import SkuDraft, StockDocumentDraft, StockLineDraft
from catalog.models import Sku, Stock, StockDocument, Warehouse
from catalog.operations.documents import post_stock_documents
from catalog.operations.goods import save_skus
from ops_portal.lib.principals import Principal, system
from orders.drafts import BuyerDraft, LineDraft, OrderDraft
from orders.models import Shop

NOON = datetime(2026, 11, 11, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
ACTOR: Principal = system("test")
_serial = count(1)


def make_warehouse(code: str = "") -> Warehouse:
    """Return a warehouse, the first of that code."""
    code = code or f"WH{next(_serial)}"
    return Warehouse.objects.get_or_create(code=code, defaults={"name": code})[0]


def make_sku(code: str = "", *, brand: str = "ACME", tracks_batches: bool = False) -> Sku:
    """Return a SKU of a product and brand of its own."""
    code = code or f"SKU{next(_serial)}"
    draft = SkuDraft(
        code=code,
        product_code=f"P-{code}",
        product_name=f"Product {code}",
        brand_code=brand,
        tracks_batches=tracks_batches,
        list_price=Decimal("10.00"),
    )
    return save_skus([draft], actor=ACTOR, at=NOON).one()


def receive(
    sku: Sku,
    units: int,
    *,
    warehouse: Warehouse,
    owner: str = OWN,
    batch: str = "",
    expires_on: date | None = None,
    at: datetime = NOON,
) -> StockDocument:
    """Book ``units`` of ``sku`` in as available."""
    line = StockLineDraft(
        sku_id=sku.pk,
        warehouse_id=warehouse.pk,
        owner=owner,
        units=units,
        from_state=StockState.OUTSIDE,
        to_state=StockState.AVAILABLE,
        batch_code=batch,
        expires_on=expires_on,
    )
    return post_stock_documents(
        [StockDocumentDraft(StockDocumentKind.RECEIPT, (line,))], actor=ACTOR, at=at
    ).one()


def stock_of(sku: Sku, warehouse: Warehouse, owner: str = OWN) -> Stock:
    """Return the balances as they are in the database now."""
    return Stock.objects.get(sku=sku, warehouse=warehouse, owner=owner)


def make_shop(code: str = "", *, platform: str = Platform.TMALL) -> Shop:
    """Return a shop, ready for placing."""
    code = code or f"SHOP{next(_serial)}"
    Shop.objects.get_or_create(code=code, defaults={"name": code, "platform": platform})
    return Shop.objects.for_placing().get(code=code)


def order_draft(
    shop: Shop,
    *lines: tuple[Sku | str, int] | LineDraft,
    number: str = "",
    paid: bool = True,
    placed_at: datetime = NOON,
    buyer: BuyerDraft | None = None,
) -> OrderDraft:
    """Return an open order of the given (SKU, units) at 10.00 each."""
    return OrderDraft(
        shop=shop,
        platform_number=number or f"T{next(_serial):012d}",
        placed_at=placed_at,
        paid_at=placed_at if paid else None,
        buyer=buyer
        or BuyerDraft(platform_id="b1", name="张三", phone="13800000000", province="浙江省", city="杭州市"),
        lines=tuple(
            line
            if isinstance(line, LineDraft)
            else LineDraft(line[0] if isinstance(line[0], str) else line[0].code, line[1], Decimal("10.00"))
            for line in lines
        ),
    )
