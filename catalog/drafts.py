"""What the doors hand to this app's operations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class SkuDraft:
    """A SKU with its product and brand, as a catalogue file or form gives it. Codes are the identities."""

    code: str
    product_code: str
    product_name: str
    brand_code: str
    brand_name: str = ""
    category_code: str = ""
    name: str = ""
    barcode: str = ""
    list_price: Decimal | None = None
    tracks_batches: bool = False


@dataclass(frozen=True, slots=True)
class ComponentDraft:
    """So many units of a SKU in one bundle, and the weight of its share of the price."""

    sku_code: str
    units: int
    price_weight: Decimal


@dataclass(frozen=True, slots=True)
class BundleDraft:
    """A new version of what a bundle is made of."""

    sku_code: str
    components: tuple[ComponentDraft, ...]


@dataclass(frozen=True, slots=True)
class StockLineDraft:
    """Units that a stock document moves. ``batch_code`` is required where the SKU tracks batches."""

    sku_id: int
    warehouse_id: int
    owner: str
    units: int
    from_state: str
    to_state: str
    batch_code: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class StockDocumentDraft:
    """A paper of the warehouse; ``source_key`` is the sender's own number, empty where there is none.

    A transfer names the warehouse that it goes to.
    """

    kind: str
    lines: tuple[StockLineDraft, ...]
    source_key: str = ""
    note: str = ""
    to_warehouse_id: int | None = None
