"""What the operations of goods and their prices lock, for ``test_lock_order``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from catalog.drafts import (
    BrandDraft,
    BundleDraft,
    ComponentDraft,
    EntryDraft,
    NewBundleDraft,
    PackDraft,
    PriceDraft,
    ProductDraft,
    SkuDraft,
    VariantDraft,
)
from catalog.models import Price, Sku
from catalog.operations.bundles import open_bundles
from catalog.operations.entering import enter_packs
from catalog.operations.goods import save_brands, save_bundles, save_skus
from catalog.operations.packs import receive_packs
from catalog.operations.prices import note_seen_prices, set_prices
from catalog.operations.undoing import facts_of, take_back_goods
from catalog.operations.variants import save_products
from tests.catalog.listings import Desk
from tests.factories import ACTOR, NOON, make_sku

LISTING, PRODUCT, SKU, BRAND = "catalog_listing", "catalog_product", "catalog_sku", "catalog_brand"
Scene = tuple[Callable[[Any], Callable[[], object]], list[str]]


def all_of(sku: Sku) -> Sequence[tuple[str, Any]]:
    """Return a SKU, its product and its brand, in the sequence in which a file tells of them."""
    return [("brand", sku.product.brand), ("sku", sku), ("product", sku.product)]


def taking_back(what: str) -> Callable[[Any], Callable[[], object]]:
    def prepare(_house: Any) -> Callable[[], object]:
        changes = []
        for kind, item in all_of(make_sku("BACK", brand="BACK")):
            before = {"was": {"name": "Before"}, "became": facts_of(item)}
            changes.append(SimpleNamespace(object_kind=kind, object_id=item.pk, what=what, before=before))
        return lambda: take_back_goods(changes, actor=ACTOR, at=NOON)

    return prepare


def taking_back_a_price(_house: Any) -> Callable[[], object]:
    """Take back a price that a file saw."""
    sku = make_sku("BACK")
    price = note_seen_prices([PriceDraft(sku.code, Decimal(7), since=NOON)], actor=ACTOR, at=NOON).one()
    before = {"was": "9.00"}
    change = SimpleNamespace(object_kind="price", object_id=price.pk, what="created", before=before)
    return lambda: (take_back_goods([change], actor=ACTOR, at=NOON), Price.objects.count())


def naming(_house: Any) -> Callable[[], object]:
    """Give the brand, the product and the SKU of a file another name each."""
    sku = make_sku("A1", brand="NAMED")
    draft = SkuDraft(sku.code, sku.product.code, "New", "NAMED", "New", name="New")
    return lambda: save_skus([draft], actor=ACTOR, at=NOON).one()


def bundling(_house: Any) -> Callable[[], object]:
    for code in ("SET", "PART"):
        make_sku(code)
    draft = BundleDraft("SET", (ComponentDraft("PART", 2, Decimal(1)),))
    return lambda: save_bundles([draft], actor=ACTOR, at=NOON).one()


def beginning_a_bundle(_house: Any) -> Callable[[], object]:
    """Make a bundle of a SKU that stands, and one of a new SKU."""
    for code in ("SET", "PART"):
        make_sku(code)
    parts = (ComponentDraft("PART", 2),)
    drafts = [NewBundleDraft("SET", parts), NewBundleDraft("GIFT", parts, "Gift box", "ACME")]
    return lambda: open_bundles(drafts, actor=ACTOR, at=NOON)


def renaming(_house: Any) -> Callable[[], object]:
    make_sku("A1", brand="NAMED")
    return lambda: save_brands([BrandDraft("NAMED", "New")], actor=ACTOR, at=NOON).one()


def saving(_house: Any) -> Callable[[], object]:
    sku = make_sku("A1", brand="NAMED")
    draft = ProductDraft(
        sku.product.code, "New", "NAMED", variants=(VariantDraft({}, sku_code=sku.code, barcode="1"),)
    )
    return lambda: save_products([draft], actor=ACTOR, at=NOON).one()


def pricing(operation: Callable[..., Any]) -> Callable[[Any], Callable[[], object]]:
    def prepare(_house: Any) -> Callable[[], object]:
        draft = PriceDraft(make_sku("A1").code, Decimal(7))
        return lambda: operation([draft], actor=ACTOR, at=NOON).one()

    return prepare


def entering_again(_house: Any) -> Callable[[], object]:
    """Enter a pack of a product that is listed already: its draft is discarded, so that another can be made."""
    desk = Desk()
    desk.approved()
    product = desk.listing().product
    pack = receive_packs(
        [PackDraft(product.brand.code, "Other tea", source_key="S-9")], actor=ACTOR, at=NOON
    ).one()
    draft = EntryDraft(pack.number, product.code, (desk.channel.code,))
    return lambda: enter_packs([draft], actor=ACTOR, at=NOON).one()


GOODS_SCENES: dict[str, Scene] = {
    "take_back_goods, changed": (taking_back("updated"), [PRODUCT, SKU, BRAND]),
    "take_back_goods, created": (taking_back("created"), [PRODUCT, SKU, BRAND]),
    "take_back_goods, a price": (taking_back_a_price, [SKU]),
    "save_skus": (naming, [PRODUCT, SKU, BRAND]),
    "save_bundles": (bundling, [SKU]),
    "open_bundles": (beginning_a_bundle, [SKU]),
    "save_brands": (renaming, [BRAND]),
    "save_products": (saving, [PRODUCT, SKU]),
    "set_prices": (pricing(set_prices), [SKU]),
    "note_seen_prices": (pricing(note_seen_prices), [SKU]),
    "enter_packs, of a product that is listed": (
        entering_again,
        ["catalog_materialpack", LISTING, PRODUCT, SKU],
    ),
}
