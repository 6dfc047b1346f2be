"""What the rows of a pack become: categories and attributes by code, pictures kept; and what stood before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from catalog.contents import facts_json
from catalog.drafts import MediaDraft, PackDraft, PackPicture
from catalog.importers.archives import Member, OpenedArchive
from catalog.inspecting.roles import guess_place
from catalog.models import Attribute, Brand, Category, MaterialPack
from catalog.operations.media import keep_media
from catalog.queries.attributes import attributes_of
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused


@dataclass(frozen=True, slots=True)
class SheetPack:
    """A pack as rows tell of it; ``attributes`` by the names that stand there."""

    draft: PackDraft
    attributes: Mapping[str, str]
    pictures: tuple[Member, ...] = ()


def settled(
    packs: Mapping[int, SheetPack], archive: OpenedArchive | None, *, actor: Principal, at: datetime
) -> tuple[dict[int, PackDraft], dict[int, Refused]]:
    """Return drafts whose categories and attributes are known by code and whose pictures are kept."""
    codes = {pack.draft.category_code for pack in packs.values()} - {""}
    named = Category.objects.filter(code__in=codes) | Category.objects.filter(name__in=codes)
    found: dict[str, Category] = {}
    for category in named.order_by("-pk"):
        found |= {category.name: category}
    found |= {category.code: category for category in named.order_by("-pk")}
    offered = attributes_of({category.pk for category in found.values()})
    brands = {
        brand.code: brand
        for brand in Brand.objects.filter(code__in={p.draft.brand_code for p in packs.values()})
    }
    drafts: dict[int, PackDraft] = {}
    refused: dict[int, Refused] = {}
    for index, pack in packs.items():
        here = found.get(pack.draft.category_code)
        known = offered.get(here.pk, []) if here else []
        draft = replace(
            pack.draft,
            category_code=here.code if here else pack.draft.category_code,
            facts=replace(pack.draft.facts, attributes=by_code(pack.attributes, known)),
        )
        brand = brands.get(draft.brand_code)
        if archive is not None and pack.pictures and brand is not None:
            try:
                draft = replace(draft, media=kept(pack, archive, brand, actor=actor, at=at))
            except Refused as refusal:
                refused[index] = refusal
                continue
        drafts[index] = draft
    return drafts, refused


def by_code(given: Mapping[str, str], known: Sequence[Attribute]) -> dict[str, Any]:
    """Return values by the codes of their attributes; what the category doesn't know stays under its own name."""
    codes = {attribute.name: attribute.code for attribute in known}
    return {codes.get(name, name): value for name, value in given.items()}


def kept(
    pack: SheetPack, archive: OpenedArchive, brand: Brand, *, actor: Principal, at: datetime
) -> tuple[PackPicture, ...]:
    """Keep the pictures of a pack; return them in their places. Refuses what the first bad one is refused for."""
    with TemporaryDirectory(prefix="pack-") as folder:
        files: list[MediaDraft] = archive.extract(pack.pictures, Path(folder))
        outcome = keep_media(files, brand=brand, actor=actor, at=at)
    if outcome.refused:
        raise outcome.refused[0][1]
    places: dict[str, PackPicture] = {}
    for member, file in zip(pack.pictures, outcome.done, strict=True):
        role, variant, _words = guess_place(member.path, file, pack.draft.facts)
        places.setdefault(file.sha256, PackPicture(file.sha256, role, variant))
    order = ("main", "sku", "scene", "detail", "video")
    return tuple(sorted(places.values(), key=lambda picture: order.index(picture.role)))


class Standing:
    """The packs of which some drafts speak, as they stood before."""

    def __init__(self, drafts: Iterable[PackDraft]) -> None:
        found = MaterialPack.objects.filter(source_key__in={draft.source_key for draft in drafts})
        self.packs = {
            (pack.brand.code, pack.source_key): pack
            for pack in found.select_related("brand", "category")
            .prefetch_related("media__file")
            .order_by("pk")
        }

    def of(self, draft: PackDraft) -> MaterialPack | None:
        """Return the pack of a draft."""
        return self.packs.get((draft.brand_code, draft.source_key))

    def says(self, draft: PackDraft) -> bool:
        """Tell whether all that a draft says is so already."""
        pack = self.of(draft)
        if pack is None:
            return False
        category = pack.category.code if pack.category else ""
        media = [(each.file.sha256, each.role, each.variant) for each in sorted_media(pack)]
        asked = media if draft.media is None else [(p.sha256, p.role, p.variant) for p in draft.media]
        return (pack.name, category, pack.facts, media) == (
            draft.name, draft.category_code, facts_json(draft.facts), asked,
        )  # fmt: skip

    def facts(self, draft: PackDraft) -> dict[str, Any] | None:
        """Return what a pack said before, None where there was none."""
        pack = self.of(draft)
        return None if pack is None else written_of(pack)


def sorted_media(pack: MaterialPack) -> list[Any]:
    """Return the media of a pack in their places, without asking again."""
    return sorted(pack.media.all(), key=lambda each: each.position)


def written_of(pack: MaterialPack) -> dict[str, Any]:
    """Return what a pack says as plain JSON, from which it can be written again."""
    return {
        "name": pack.name,
        "category": pack.category.code if pack.category else "",
        "facts": pack.facts,
        "status": pack.status,
        "media": [[each.file.sha256, each.role, each.variant] for each in sorted_media(pack)],
    }
