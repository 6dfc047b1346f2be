"""The kinds of files that bring goods and stock."""

from typing import Any

from catalog.importers.deliveries import StockDeliveries
from catalog.importers.limits import StockLimits
from catalog.importers.mirrors import StockSnapshots
from catalog.importers.packs import MaterialPacks
from catalog.importers.prices import PriceChanges
from catalog.importers.receipts import StockReceipts
from catalog.importers.shopify import ShopifyProducts
from catalog.importers.skus import StandardCatalog
from catalog.importers.snapshots import ListingSnapshots
from catalog.importers.terms import SupplyTermsFile
from catalog.importers.variants import VariantCatalog
from catalog.importers.words import Keywords, ProhibitedWords
from catalog.models import Brand
from ops_portal.intake.kinds import offer, register


def brands_of(user: Any) -> list[tuple[str, str]]:
    """Return the brands that ``user`` sees."""
    brands = Brand.objects.visible_to(user).order_by("code").values_list("code", "name")
    return [(code, f"{code} – {name}") for code, name in brands]


register(
    MaterialPacks(),
    StandardCatalog(),
    VariantCatalog(),
    ShopifyProducts(),
    ListingSnapshots(),
    StockDeliveries(),
    StockReceipts(),
    StockSnapshots(),
    StockLimits(),
    Keywords(),
    ProhibitedWords(),
    SupplyTermsFile(),
    PriceChanges(),
)
offer("brand", brands_of)
