"""The kinds of files that bring goods and stock."""

from typing import Any

from catalog.importers.receipts import StockReceipts
from catalog.importers.skus import StandardCatalog
from catalog.models import Brand
from ops_portal.intake.kinds import offer, register


def brands_of(user: Any) -> list[tuple[str, str]]:
    """Return the brands that ``user`` sees."""
    brands = Brand.objects.visible_to(user).order_by("code").values_list("code", "name")
    return [(code, f"{code} – {name}") for code, name in brands]


register(StandardCatalog(), StockReceipts())
offer("brand", brands_of)
