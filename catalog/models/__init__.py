from catalog.models.channel_stock import (
    ChannelStock,
    ChannelStockRule,
    ChannelWarehouse,
    StaleStock,
    StockHold,
    StockHoldLine,
)
from catalog.models.channels import (
    Attribute,
    Channel,
    Keyword,
    PlatformAttribute,
    PlatformCategory,
    ProhibitedWord,
)
from catalog.models.counts import (
    Count,
    CountPlan,
    Posting,
    Stocktake,
    Tally,
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
from catalog.models.goods_checks import (
    CheckRule,
    GoodsCheck,
)
from catalog.models.inbound import (
    InboundDelivery,
    InboundLine,
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
from catalog.models.mirrors import (
    StockSnapshot,
    StockSnapshotLine,
)
from catalog.models.places import (
    Bin,
    BinMovement,
    BinStock,
    Zone,
)
from catalog.models.price_changes import (
    PriceChange,
    PriceChangeLine,
)
from catalog.models.prices import (
    Price,
)
from catalog.models.requests import (
    StockRequest,
    StockRequestLine,
)
from catalog.models.rules import (
    ListingRule,
    ListingRuleHit,
    ListingRuling,
)
from catalog.models.stock import (
    BatchStock,
    Reservation,
    Stock,
    StockDocument,
    StockDocumentLine,
    StockMovement,
)
from catalog.models.stock_messages import (
    StockMessage,
    StockSender,
    UnknownStockLine,
)
from catalog.models.supply import (
    CampaignPeriod,
    DailyDemand,
    Replenishment,
    StockAlert,
    StockLimit,
    SupplyTerms,
)

__all__ = [
    "Attribute",
    "Batch",
    "BatchStock",
    "Bin",
    "BinMovement",
    "BinStock",
    "Brand",
    "BundleComponent",
    "BundleVersion",
    "CampaignPeriod",
    "Category",
    "Channel",
    "ChannelSku",
    "ChannelStock",
    "ChannelStockRule",
    "ChannelWarehouse",
    "CheckRule",
    "Count",
    "CountPlan",
    "DailyDemand",
    "GoodsCheck",
    "InboundDelivery",
    "InboundLine",
    "Keyword",
    "Listing",
    "ListingComment",
    "ListingRule",
    "ListingRuleHit",
    "ListingRuling",
    "ListingVersion",
    "MaterialPack",
    "MediaFile",
    "PackMedia",
    "PlatformAttribute",
    "PlatformCategory",
    "Posting",
    "Price",
    "PriceChange",
    "PriceChangeLine",
    "Product",
    "ProhibitedWord",
    "Replenishment",
    "Reservation",
    "Sku",
    "StaleStock",
    "Stock",
    "StockAlert",
    "StockDocument",
    "StockDocumentLine",
    "StockHold",
    "StockHoldLine",
    "StockLimit",
    "StockMessage",
    "StockMovement",
    "StockRequest",
    "StockRequestLine",
    "StockSender",
    "StockSnapshot",
    "StockSnapshotLine",
    "Stocktake",
    "SupplyTerms",
    "Tally",
    "UnknownStockLine",
    "Warehouse",
    "Zone",
]
