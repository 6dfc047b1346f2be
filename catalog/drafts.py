"""What the doors hand to this app's operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
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
class StockLineDraft:
    """Units that a stock document moves. ``batch_code`` is required where the SKU tracks batches.

    ``bin_code`` is the bin from which they go or into which they come; empty: wherever they lie, and to the dock.
    """

    sku_id: int
    warehouse_id: int
    owner: str
    units: int
    from_state: str
    to_state: str
    batch_code: str = ""
    expires_on: date | None = None
    bin_code: str = ""


@dataclass(frozen=True, slots=True)
class StockDocumentDraft:
    """A paper of the warehouse; ``source_key`` is the sender's own number, empty where there is none.

    A transfer names the warehouse that it goes to, a receipt the inbound delivery that it is part of, if any.
    """

    kind: str
    lines: tuple[StockLineDraft, ...]
    source_key: str = ""
    note: str = ""
    to_warehouse_id: int | None = None
    delivery_number: str = ""


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
class PriceDraft:
    """The price of a SKU in a shop (empty code: its list price) from a moment on (None: from now).

    ``until`` makes it a special price of that shop and time. ``change_id`` is the price change that brings it.
    """

    sku_code: str
    amount: Decimal
    channel_code: str = ""
    since: datetime | None = None
    reason: str = ""
    until: datetime | None = None
    change_id: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a listing's description: its kind (``BlockKind``), a heading, the text."""

    kind: str
    text: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture or a film in its place. ``alt`` is what is read where it can't be seen; ``sku_code`` of a variant's."""

    sha256: str
    role: str
    alt: str = ""
    sku_code: str = ""


@dataclass(frozen=True, slots=True)
class OfferedSku:
    """A variant as a shop offers it: our code, the shop's code, its price there."""

    sku_code: str
    price: Decimal | None
    channel_code: str = ""


@dataclass(frozen=True, slots=True)
class ListingContent:
    """All that buyers see of a listing. ``attributes`` by the code of an ``Attribute``; ``keywords`` are tags."""

    platform_category: str = ""
    title: str = ""
    subtitle: str = ""
    selling_points: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    keywords: tuple[str, ...] = ()
    skus: tuple[OfferedSku, ...] = ()


@dataclass(frozen=True, slots=True)
class PackFacts:
    """What a supplier tells of one product, as ``MaterialPack.facts`` keeps it."""

    product_code: str = ""
    selling_points: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    axes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    variants: tuple[VariantDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class ListingDraft:
    """A product to be offered in a shop. Without ``content``, one is made of what is known of the product."""

    channel_code: str
    product_code: str
    content: ListingContent | None = None


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """What a version is to say. ``seen_updated_at`` is that of the version as the writer saw it."""

    number: str
    content: ListingContent
    seen_updated_at: datetime


@dataclass(frozen=True, slots=True)
class ReturnDraft:
    """Why a version goes back to its writer; ``comments`` are (field, text), as ``ListingComment`` keeps them."""

    number: str
    reason: str
    comments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CommentDraft:
    """What somebody says of a field of a version; an empty field: of the whole."""

    number: str
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class ApprovalDraft:
    """The final approval of a version; ``floor_reason`` is needed where a price is below its floor."""

    number: str
    floor_reason: str = ""


@dataclass(frozen=True, slots=True)
class MediaDraft:
    """A file to keep, as it lies on this machine, under the name that its sender gave it."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class PackPicture:
    """A kept file in its place in a pack. ``variant`` is whose it is: a value of an axis, or a SKU code."""

    sha256: str
    role: str
    variant: str = ""


@dataclass(frozen=True, slots=True)
class PackDraft:
    """What a supplier sends about one product. ``media`` None leaves the pictures of a known pack as they are.

    A ``number`` completes the pack of that number; else the brand and its ``source_key`` name a pack, if there is one.
    """

    brand_code: str
    name: str
    category_code: str = ""
    facts: PackFacts = field(default_factory=PackFacts)
    media: tuple[PackPicture, ...] | None = None
    source: str = "form"
    source_key: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """A pack to be entered as a product, with listings to be drafted in some shops; no code: that of its facts."""

    number: str
    product_code: str = ""
    channel_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShopCodeDraft:
    """A SKU as a shop names it, of which nobody knows yet which of ours it is."""

    channel_code: str
    code: str
    title: str = ""
    barcode: str = ""


@dataclass(frozen=True, slots=True)
class MatchDraft:
    """Which of our SKUs a shop's code is. ``seen_sku_code`` is what it was to whoever says so; empty: not matched."""

    channel_sku_id: int
    sku_code: str
    seen_sku_code: str = ""


@dataclass(frozen=True, slots=True)
class RequestLineDraft:
    """Units of a SKU that are to go from one state to another; the bin is where they lie or will lie, if known."""

    sku_code: str
    goods_owner: str
    units: int
    from_state: str
    to_state: str
    batch_code: str = ""
    bin_code: str = ""


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """What somebody wants done to the stock of a warehouse (``RequestKind``), and why (``RequestReason``).

    The same ``source_key`` again is the same request.
    """

    kind: str
    reason: str
    warehouse_code: str
    lines: tuple[RequestLineDraft, ...]
    note: str = ""
    source_key: str = ""


@dataclass(frozen=True, slots=True)
class PriceChangeDraft:
    """New prices, each (SKU code, amount), in one shop (empty code: list prices) from a moment on (None: at once).

    With ``until`` they are special prices of that time. ``rule`` says how they were reckoned; below the floor they
    need a ``reason``.
    """

    lines: tuple[tuple[str, Decimal], ...]
    channel_code: str = ""
    since: datetime | None = None
    rule: str = ""
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScopeDraft:
    """Which goods and places of a warehouse are counted; what is empty leaves nothing out.

    ``goods`` is a class by what they sell (``CountClass``). All that is given holds at once.
    """

    zones: tuple[str, ...] = ()
    bins: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    goods: str = ""


@dataclass(frozen=True, slots=True)
class StocktakeDraft:
    """A stocktake to be opened in a warehouse."""

    warehouse_code: str
    scope: ScopeDraft = field(default_factory=ScopeDraft)
    note: str = ""


@dataclass(frozen=True, slots=True)
class CountDraft:
    """Units of goods that somebody found in a bin, or outside all bins where ``bin_code`` is empty.

    ``key`` names the scan: repeated, it does nothing, and with ``corrects`` it sets the units of that scan.
    """

    number: str
    bin_code: str
    sku_code: str
    units: int
    key: str
    goods_owner: str = ""
    batch_code: str = ""
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class PlaceDraft:
    """A bin, or what lies outside all bins where ``bin_code`` is empty, that a stocktake has been through."""

    number: str
    bin_code: str


@dataclass(frozen=True, slots=True)
class RecountDraft:
    """All units that somebody found where a count differs. ``key`` makes a repeat a no-op."""

    count_id: int
    units: int
    key: str


@dataclass(frozen=True, slots=True)
class SendBackDraft:
    """Counts (none: all that differ) of a stocktake that are to be counted once more, and why."""

    number: str
    reason: str
    count_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Each figure of one reckoning of a replenishment, as ``Replenishment.reasoning`` keeps it: plain JSON.

    ``on`` is the last day that was known; ``past`` what was taken on the days up to it, ``past_out`` the places of
    those that ended sold out, ``ahead`` what is expected after it, ``arrivals`` (days after ``on``, units) what comes.
    ``cost`` is what a unit costs, as text; empty where nobody knows.
    """

    on: str
    level: float
    spread: float
    momentum: float
    intermittent: bool
    known_days: int
    left_out: int
    supplier: str
    lead_days: int
    lead_spread: float
    review_days: int
    service_level: float
    z: float
    minimum_units: int
    pack_units: int
    demand: float
    of_campaigns: float
    safety: float
    waiting: int
    available: int
    unsellable: int
    quarantine: int
    on_the_way: int
    approved: int
    needed: float
    reorder_point: float
    sells_before_expiry: float | None
    cost: str
    past: tuple[int, ...] = ()
    past_out: tuple[int, ...] = ()
    ahead: tuple[float, ...] = ()
    arrivals: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SettleDraft:
    """What becomes of goods that were looked at (``CheckAction``), and why."""

    number: str
    action: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ArrivedLineDraft:
    """So many units of a SKU (and batch) that came; without an owner they are taken in the sequence of the paper."""

    sku_code: str
    units: int
    batch_code: str = ""
    goods_owner: str = ""


@dataclass(frozen=True, slots=True)
class ArrivalDraft:
    """What came of a transfer. ``key`` is the caller's own name for this arrival: it is booked once.

    ``ends`` says that no more will come: what is still on the way is booked as lost, for a ``reason``.
    """

    number: str
    lines: tuple[ArrivedLineDraft, ...]
    key: str
    ends: bool = False
    reason: str = ""
