"""A listing's content and a pack's facts as plain JSON, and back: what goes in comes out equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from catalog.drafts import Block, ListingContent, OfferedSku, PackFacts, Picture, VariantDraft

AMOUNTS = ("list_price", "cost", "floor_price", "reference_price")


def content_json(content: ListingContent) -> dict[str, Any]:
    """Return what ``ListingVersion.content`` keeps; amounts as text."""
    return dict(plain(content))


def content_of(data: Mapping[str, Any]) -> ListingContent:
    """Return the content that ``content_json`` wrote; what is missing is empty."""
    return ListingContent(
        platform_category=data.get("platform_category", ""),
        title=data.get("title", ""),
        subtitle=data.get("subtitle", ""),
        selling_points=tuple(data.get("selling_points", ())),
        blocks=blocks_of(data),
        attributes=dict(data.get("attributes", {})),
        pictures=tuple(Picture(**each) for each in data.get("pictures", ())),
        keywords=tuple(data.get("keywords", ())),
        skus=tuple(OfferedSku(**amounts_of(each, ("price",))) for each in data.get("skus", ())),
    )


def facts_json(facts: PackFacts) -> dict[str, Any]:
    """Return what ``MaterialPack.facts`` keeps; amounts as text."""
    return dict(plain(facts))


def facts_of(data: Mapping[str, Any]) -> PackFacts:
    """Return the facts that ``facts_json`` wrote; what is missing is empty."""
    return PackFacts(
        product_code=data.get("product_code", ""),
        selling_points=tuple(data.get("selling_points", ())),
        blocks=blocks_of(data),
        attributes=dict(data.get("attributes", {})),
        axes=tuple((name, tuple(values)) for name, values in data.get("axes", ())),
        variants=tuple(VariantDraft(**amounts_of(each, AMOUNTS)) for each in data.get("variants", ())),
    )


def plain(value: Any) -> Any:
    """Return a draft as plain JSON: its fields by name, lists for tuples, text for amounts."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, Decimal) else value


def blocks_of(data: Mapping[str, Any]) -> tuple[Block, ...]:
    """Return the blocks of a content or of a pack."""
    return tuple(Block(**each) for each in data.get("blocks", ()))


def amounts_of(data: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return ``data`` with the texts under ``names`` read as amounts."""
    amounts = {name: Decimal(data[name]) for name in names if data.get(name) is not None}
    return {**data, **amounts}
