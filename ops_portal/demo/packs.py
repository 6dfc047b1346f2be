"""What suppliers send of new goods: one pack is whole, one half, one went back, one was entered."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from catalog.choices import MediaRole
from catalog.drafts import EntryDraft, MediaDraft, PackDraft, PackPicture
from catalog.models import Brand, MediaFile
from catalog.operations.entering import enter_packs
from catalog.operations.media import keep_media
from catalog.operations.packs import receive_packs, return_packs
from ops_portal.demo.calendar import Span
from ops_portal.demo.contents import DETAIL
from ops_portal.demo.pictures import draw_goods
from ops_portal.demo.vocabulary.packs import (
    ENTERED,
    ENTERED_SHOPS,
    HALF,
    PACKS,
    RETURN_REASON,
    SENT_BACK,
    WHOLE,
)
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import raise_first

SHARED = "{brand}-promise-"  # what the pictures are called that all goods of a brand share


def bring_packs(span: Span, operator: Principal) -> None:
    """Take in packs as they came these days, and do with each what was to be done."""
    days, hours = timedelta(days=1), timedelta(hours=1)
    at = {
        code: span.now - ago
        for code, ago in zip(PACKS, (5 * hours, 2 * hours, 4 * days, 3 * days), strict=True)
    }
    numbers = {code: receive(code, actor=operator, at=at[code]) for code in (SENT_BACK, ENTERED, WHOLE, HALF)}
    back = return_packs(
        [numbers[SENT_BACK]], actor=operator, at=at[SENT_BACK] + 5 * hours, reason=RETURN_REASON
    )
    raise_first(back.refused)
    entry = EntryDraft(numbers[ENTERED], channel_codes=ENTERED_SHOPS)
    raise_first(enter_packs([entry], actor=operator, at=at[ENTERED] + 3 * hours).refused)


def receive(code: str, *, actor: Principal, at: datetime) -> str:
    """Take in one pack with its pictures; return its number."""
    brand_code, category, name, source, source_key, views, facts = PACKS[code]
    media = pictures(code, brand_code, category, views, actor=actor, at=at) if views else ()
    draft = PackDraft(brand_code, name, category, facts, media, source, source_key)
    return str(receive_packs([draft], actor=actor, at=at).one().number)


def pictures(
    code: str, brand_code: str, shelf: str, views: tuple[int, ...], *, actor: Principal, at: datetime
) -> tuple[PackPicture, ...]:
    """Draw and keep pictures of a product; with more than one come those that its brand shares."""
    brand = Brand.objects.get(code=brand_code)
    with tempfile.TemporaryDirectory() as made:
        files = [Path(made, f"{code}-{view}.png") for view in views]
        for path, view in zip(files, views, strict=True):
            draw_goods(path, brand=brand_code, shelf=shelf, name=code, view=view)
        kept = keep_media([MediaDraft(path.name, path) for path in files], brand=brand, actor=actor, at=at)
    raise_first(kept.refused)
    own = [
        PackPicture(media.sha256, MediaRole.DETAIL if view == DETAIL else MediaRole.MAIN)
        for media, view in zip(kept.done, views, strict=True)
    ]
    shared = MediaFile.objects.filter(brand=brand, name__startswith=SHARED.format(brand=brand_code))
    promises = [PackPicture(media.sha256, MediaRole.MAIN) for media in shared.order_by("name")]
    return (*own, *(promises if len(views) > 1 else []))
