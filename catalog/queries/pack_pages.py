"""What the pages of material packs show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from catalog.choices import MediaKind, MediaRole, PackStatus
from catalog.contents import facts_of
from catalog.drafts import PackFacts
from catalog.inspecting.roles import variant_named
from catalog.models import Brand, MaterialPack, MediaFile, PackMedia
from catalog.queries.completeness import FEWEST_PIXELS, SHARP, Demands, demands_of, named_missing
from ops_portal.accounts.visibility import Viewer

PAGE: Final = 50
FIRST_PICTURE: Final = Subquery(
    PackMedia.objects.filter(pack=OuterRef("pk"), file__kind=MediaKind.IMAGE)
    .order_by("position")
    .values("file__sha256")[:1]
)


@dataclass(frozen=True, slots=True)
class PackPage:
    """A page of packs, newest first, each with its ``first_picture`` and what it is ``lacking`` in words."""

    packs: Sequence[Any]
    counts: Mapping[str, int]
    brands: Sequence[Brand]
    next_after: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A file in its place, and what shops will find wrong with it."""

    file: MediaFile
    role: str
    variant: str = ""
    words: tuple[str, ...] = ()  # of its name, by which the variant was found

    @property
    def is_film(self) -> bool:
        """Tell whether it is a film."""
        return self.file.kind == MediaKind.VIDEO

    @property
    def seconds(self) -> int:
        """Return how long a film is, in whole seconds, the last one counted."""
        return -(-(self.file.duration or 0) // 1000)

    @property
    def faults(self) -> list[str]:
        """Return what is wrong: ``small``, ``oblong``, ``blurred``, ``long``, ``mute``."""
        if self.is_film:
            found = {
                "long": (self.file.duration or 0) > 60_000,
                "small": min(self.file.width, self.file.height) < 720,
                "mute": self.file.has_subtitles is False,
            }
        else:
            main = self.role == MediaRole.MAIN
            found = {
                "small": main and min(self.file.width, self.file.height) < FEWEST_PIXELS,
                "oblong": main and self.file.width != self.file.height,
                "blurred": (self.file.sharpness or 0) < SHARP,
            }
        return [fault for fault, there in found.items() if there]


def list_packs(viewer: Viewer, chosen: Mapping[str, str]) -> PackPage:
    """Return a page of the packs that ``viewer`` may see. Five statements, however many packs."""
    seen: QuerySet[MaterialPack] = MaterialPack.objects.visible_to(viewer)
    counts = {
        row["status"]: row["packs"] for row in seen.order_by().values("status").annotate(packs=Count("pk"))
    }
    rows = seen.select_related("brand", "category", "owner").defer("facts")
    status = chosen.get("status", "")
    if status in PackStatus.values:
        rows = rows.filter(status=status)
    if chosen.get("brand"):
        rows = rows.filter(brand__code=chosen["brand"])
    if words := chosen.get("q", "").strip():
        rows = rows.filter(Q(number=words.upper()) | Q(source_key=words) | Q(name__icontains=words))
    if key := cursor_of(chosen.get("after", "")):
        rows = rows.filter(Q(created_at__lt=key[0]) | Q(created_at=key[0], pk__lt=key[1]))
    rows = rows.annotate(first_picture=FIRST_PICTURE).order_by("-created_at", "-pk")
    found: list[Any] = list(rows[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    demands = demands_of({pack.category_id for pack in found if pack.category_id})
    for pack in found:
        pack.lacking = named_missing(pack.missing, demands.get(pack.category_id or 0, Demands()))
    brands = list(Brand.objects.visible_to(viewer).order_by("name", "pk"))
    after = f"{last.created_at.isoformat()}_{last.pk}" if last else ""
    return PackPage(found[:PAGE], counts, brands, after)


def cursor_of(text: str) -> tuple[datetime, int] | None:
    """Return where the page before ended; None for what is no such place."""
    moment, _sign, pk = text.partition("_")
    try:
        return datetime.fromisoformat(moment), int(pk)
    except ValueError:
        return None


def tiles_of(pack: MaterialPack) -> list[Tile]:
    """Return the files of a pack in their places."""
    media = PackMedia.objects.filter(pack=pack).select_related("file").order_by("position")
    facts = facts_of(pack.facts)
    return [Tile(each.file, each.role, each.variant, words_of(each, facts)) for each in media]


def words_of(media: PackMedia, facts: PackFacts) -> tuple[str, ...]:
    """Return the words of a file's name by which it is its variant's; none where somebody said otherwise."""
    if media.role != MediaRole.SKU or not media.variant:
        return ()
    variant, words = variant_named(media.file.name, facts)
    return words if variant == media.variant else ()
