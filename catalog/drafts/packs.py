"""What is asked of material packs and their media."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.drafts.goods import VariantDraft
from catalog.drafts.listings import Block


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
