"""What the form of a listing sends, turned into its content."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from catalog.choices import AttributeKind, BlockKind, MediaRole
from catalog.drafts import Block, ListingContent, OfferedSku, Picture
from catalog.models import Attribute
from ops_portal.lib.refusals import Refused

MOST_ROWS: Final = 200  # of anything that a form repeats
MOST_PRICE: Final = Decimal("999999999999.99")
SHA256: Final = re.compile(r"[0-9a-f]{64}")
BETWEEN_WORDS: Final = re.compile(r"[,，、;；\n]+")


class NotReadable(Refused):
    """A field of a form can't be read."""

    code = "not_readable"


def content_sent(
    sent: QueryDict,
    attributes: Iterable[Attribute],
    price_of: Callable[[str], Decimal | None] | None = None,
) -> ListingContent:
    """Return the content that the form holds; ``attributes`` are those that it asks for.

    Raises NotReadable where a price is no amount of money, unless ``price_of`` reads it otherwise.
    """
    return ListingContent(
        platform_category=sent.get("platform_category", "")[:60],
        title=line(sent.get("title", ""), 300),
        subtitle=line(sent.get("subtitle", ""), 300),
        selling_points=tuple(
            text for each in sent.getlist("selling_point")[:MOST_ROWS] if (text := line(each, 300))
        ),
        blocks=tuple(blocks_sent(sent)),
        attributes=attributes_sent(sent, attributes),
        pictures=tuple(pictures_sent(sent)),
        keywords=words_of(sent.get("keywords", "")),
        skus=tuple(skus_sent(sent, price_of or amount)),
    )


def line(text: str, most: int) -> str:
    """Return a text on one line."""
    return " ".join(text.split())[:most]


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a list as people write it, each once."""
    words = (line(each, 60) for each in BETWEEN_WORDS.split(text[:6000]))
    return tuple(dict.fromkeys(word for word in words if word))[:MOST_ROWS]


def rows(sent: QueryDict, *names: str) -> Iterable[tuple[str, ...]]:
    """Yield the rows of fields that the form repeats side by side."""
    columns = [sent.getlist(name)[:MOST_ROWS] for name in names]
    longest = max(map(len, columns), default=0)
    filled = [column + [""] * (longest - len(column)) for column in columns]
    return zip(*filled, strict=True)


def blocks_sent(sent: QueryDict) -> Iterable[Block]:
    """Yield the blocks that hold a text or a heading."""
    for kind, heading, text in rows(sent, "block_kind", "block_heading", "block_text"):
        block = Block(
            kind if kind in BlockKind.values else BlockKind.DESCRIPTION,
            text.replace("\r\n", "\n").strip()[:20_000],
            line(heading, 200),
        )
        if block.text or block.heading:
            yield block


def pictures_sent(sent: QueryDict) -> Iterable[Picture]:
    """Yield the pictures that were given a role, in their sequence."""
    for sha256, role, alt, sku in rows(sent, "picture", "picture_role", "picture_alt", "picture_sku"):
        if role in MediaRole.values and SHA256.fullmatch(sha256):
            yield Picture(sha256, role, line(alt, 200), sku[:60] if role == MediaRole.SKU else "")


def attributes_sent(sent: QueryDict, attributes: Iterable[Attribute]) -> Mapping[str, Any]:
    """Return the values by the attribute's code; what is empty is left out, a number is kept as it was written."""
    values: dict[str, Any] = {}
    for attribute in attributes:
        name = f"attribute-{attribute.code}"
        if attribute.kind == AttributeKind.CHOICES:
            some = [value[:200] for value in sent.getlist(name)[:MOST_ROWS] if value]
            if some:
                values[attribute.code] = some
        elif text := line(sent.get(name, ""), 500):
            values[attribute.code] = text
    return values


def skus_sent(sent: QueryDict, price_of: Callable[[str], Decimal | None]) -> Iterable[OfferedSku]:
    """Yield the variants that are ticked, with their prices."""
    offered = set(sent.getlist("offered")[:MOST_ROWS])
    for code, price, channel_code in rows(sent, "sku", "price", "channel_code"):
        if code in offered:
            yield OfferedSku(code[:60], price_of(price), line(channel_code, 120))


def prices_typed(sent: QueryDict) -> dict[str, str]:
    """Return the prices as they were typed, by the SKU's code: what can't be read is shown again."""
    return {code[:60]: price[:40] for code, price in rows(sent, "sku", "price")}


def amount(text: str) -> Decimal | None:
    """Return an amount of money, None where the field is empty; raise NotReadable."""
    plain = text.strip().lstrip("¥￥").replace(",", "").replace("，", "").strip()
    if not plain:
        return None
    try:
        value = Decimal(plain)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or not 0 <= value <= MOST_PRICE or value != round(value, 2):
        raise NotReadable(_("“%(text)s” is no amount of money."), text=text.strip()[:40])
    return round(value, 2)


def readable_amount(text: str) -> Decimal | None:
    """Return an amount of money, None where the field holds none."""
    try:
        return amount(text)
    except NotReadable:
        return None


def moment(text: str) -> datetime:
    """Return the moment that a page carries; raise NotReadable."""
    try:
        at: datetime | None = datetime.fromisoformat(text[:40])
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise NotReadable(_("The page is incomplete; load it anew."))
    return at
