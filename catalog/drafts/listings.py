"""What is asked of listings: contents, versions, and the codes of shops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


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
