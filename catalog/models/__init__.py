from catalog.models.channels import (
    Attribute,
    Channel,
    Keyword,
    PlatformAttribute,
    PlatformCategory,
    ProhibitedWord,
)
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
from catalog.models.listings import (
    ChannelSku,
    Listing,
    ListingComment,
    ListingVersion,
)
from catalog.models.materials import (
    MaterialPack,
    MediaFile,
    PackMedia,
)
from catalog.models.prices import (
    Price,
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
    "Attribute",
    "Batch",
    "BatchStock",
    "Brand",
    "BundleComponent",
    "BundleVersion",
    "Category",
    "Channel",
    "ChannelSku",
    "Keyword",
    "Listing",
    "ListingComment",
    "ListingVersion",
    "MaterialPack",
    "MediaFile",
    "PackMedia",
    "PlatformAttribute",
    "PlatformCategory",
    "Price",
    "Product",
    "ProhibitedWord",
    "Reservation",
    "Sku",
    "Stock",
    "StockDocument",
    "StockDocumentLine",
    "StockMovement",
    "Warehouse",
]
