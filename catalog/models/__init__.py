from catalog.models.goods import (
    Batch,
    Brand,
    BundleComponent,
    BundleVersion,
    Category,
    Product,
    Sku,
    Warehouse,
)
from catalog.models.stock import (
    BatchStock,
    Reservation,
    Stock,
    StockDocument,
    StockDocumentLine,
    StockMovement,
)

__all__ = [
    "Batch",
    "BatchStock",
    "Brand",
    "BundleComponent",
    "BundleVersion",
    "Category",
    "Product",
    "Reservation",
    "Sku",
    "Stock",
    "StockDocument",
    "StockDocumentLine",
    "StockMovement",
    "Warehouse",
]
