"""What is asked of goods: SKUs, products with variants, bundles, the periodic check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


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
class BrandDraft:
    """A brand by its code; without a name it is called by it."""

    code: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class CategoryDraft:
    """A category by its names from the top down: ("Apparel", "Shirts")."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComponentDraft:
    """So many units of a SKU in one bundle, and the weight of its share of the price.

    Where no component of a bundle has a weight, they weigh what they cost by their list prices.
    """

    sku_code: str
    units: int
    price_weight: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BundleDraft:
    """A new version of what a bundle is made of; ``seen`` is the version that its writer looked at, if any."""

    sku_code: str
    components: tuple[ComponentDraft, ...]
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class NewBundleDraft:
    """A bundle that is to be: of a SKU that stands, or of a new one where a name and a brand are given."""

    sku_code: str
    components: tuple[ComponentDraft, ...]
    name: str = ""
    brand_code: str = ""
    list_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """One variant of a product: a value of each axis, and what is known of it alone. Lengths in mm, weight in g."""

    options: Mapping[str, str]
    sku_code: str = ""
    barcode: str = ""
    list_price: Decimal | None = None
    cost: Decimal | None = None
    floor_price: Decimal | None = None
    reference_price: Decimal | None = None
    price_role: str = ""
    stage: str = ""
    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    packaging: str = ""
    shelf_life_days: int | None = None
    tracks_batches: bool = False


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A product with its variants as a grid. ``axes`` are (name, values); a cell that isn't in ``variants`` isn't made.

    A variant without a SKU code gets one of the product's code and its place in the grid. ``seen`` is the digest of
    what the writer saw (``catalog.queries.products.digest_of``); empty: whatever stands is overwritten. ``is_new``
    where none may stand.
    """

    code: str
    name: str
    brand_code: str
    category_code: str = ""
    axes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    variants: tuple[VariantDraft, ...] = ()
    seen: str = ""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class SettleDraft:
    """What becomes of goods that were looked at (``CheckAction``), and why."""

    number: str
    action: str
    note: str = ""
