"""What the page of a product sends, turned into its draft."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from catalog.choices import AttributeKind
from catalog.drafts import ProductDraft, VariantDraft
from catalog.models import Attribute
from ops_portal.lib.refusals import Refused

MOST_ROWS: Final = 1_000
AMOUNTS: Final = ("list_price", "cost", "floor_price", "reference_price")
MEASURES: Final = ("weight_grams", "length_mm", "width_mm", "height_mm", "shelf_life_days")
TEXTS: Final = ("sku_code", "barcode", "price_role", "stage", "packaging")
BETWEEN: Final = re.compile(r"[,，、;；\n]+")


class NotReadable(Refused):
    """A field of the form can't be read."""

    code = "not_readable"


class NothingOffered(Refused):
    """No variant is ticked."""

    code = "nothing_offered"


def product_sent(
    sent: QueryDict, attributes: Iterable[Attribute], *, code: str, is_new: bool = False
) -> ProductDraft:
    """Return the draft that the form holds. Raises NotReadable, NothingOffered."""
    rows = [place for place in sent.getlist("row")[:MOST_ROWS] if place.isdigit()]
    variants = tuple(variant_sent(sent, place) for place in rows if sent.get(f"v{place}-offered"))
    if rows and not variants:
        raise NothingOffered(_("Offer one variant at least."))
    return ProductDraft(
        code=code,
        name=" ".join(sent.get("name", "").split()),
        brand_code=sent.get("brand", ""),
        category_code=sent.get("category", ""),
        axes=axes_sent(sent),
        attributes=attributes_sent(sent, attributes),
        variants=variants,
        seen=sent.get("seen", ""),
        is_new=is_new,
    )


def product_typed(sent: QueryDict, attributes: Iterable[Attribute], *, code: str) -> ProductDraft:
    """Return what the form holds to be shown again: what can't be read stands in it as it was typed.

    Not to be saved. Where no variant is ticked, all of them are shown.
    """
    rows = [place for place in sent.getlist("row")[:MOST_ROWS] if place.isdigit()]
    offered = [place for place in rows if sent.get(f"v{place}-offered")]
    return ProductDraft(
        code=code[:60],
        name=" ".join(sent.get("name", "").split()),
        brand_code=sent.get("brand", ""),
        category_code=sent.get("category", ""),
        axes=axes_sent(sent),
        attributes=attributes_sent(sent, attributes),
        variants=tuple(variant_typed(sent, place) for place in offered or rows),
        seen=sent.get("seen", ""),
    )


def variant_typed(sent: QueryDict, place: str) -> VariantDraft:
    """Return one row of the table of variants as it was typed."""
    names = (*TEXTS, *AMOUNTS, *MEASURES)
    said: dict[str, Any] = {name: sent.get(f"v{place}-{name}", "").strip()[:60] for name in names}
    said["tracks_batches"] = bool(sent.get(f"v{place}-tracks_batches"))
    try:
        options = options_sent(sent.get(f"v{place}-options", ""), "")
    except NotReadable:
        options = {}
    return VariantDraft(options=options, **said)


def axes_sent(sent: QueryDict) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the axes that have a name or values; values stand between commas or on lines of their own."""
    pairs = zip(sent.getlist("axis_name")[:8], sent.getlist("axis_values")[:8], strict=False)
    axes = (
        (name.strip(), tuple(dict.fromkeys(filter(None, (value.strip() for value in BETWEEN.split(values))))))
        for name, values in pairs
    )
    return tuple((name, values) for name, values in axes if name or values)


def attributes_sent(sent: QueryDict, attributes: Iterable[Attribute]) -> dict[str, Any]:
    """Return the values of the attributes that the form asks for."""
    values: dict[str, Any] = {}
    for attribute in attributes:
        field = f"attribute-{attribute.code}"
        several = attribute.kind == AttributeKind.CHOICES
        values[attribute.code] = sent.getlist(field) if several else sent.get(field, "")
    return values


def variant_sent(sent: QueryDict, place: str) -> VariantDraft:
    """Return one row of the table of variants. Raises NotReadable."""
    said: dict[str, Any] = {name: sent.get(f"v{place}-{name}", "").strip() for name in TEXTS}
    shown = said["sku_code"] or str(int(place) + 1)
    said |= {name: amount_sent(sent.get(f"v{place}-{name}", ""), shown) for name in AMOUNTS}
    said |= {name: whole_sent(sent.get(f"v{place}-{name}", ""), shown) for name in MEASURES}
    said["tracks_batches"] = bool(sent.get(f"v{place}-tracks_batches"))
    return VariantDraft(options=options_sent(sent.get(f"v{place}-options", ""), shown), **said)


def options_sent(text: str, shown: str) -> Mapping[str, str]:
    """Return the options of a row. Raises NotReadable."""
    try:
        options = json.loads(text or "{}")
    except ValueError:
        options = None
    if not isinstance(options, dict) or not all(isinstance(value, str) for value in options.values()):
        raise unreadable(text, shown)
    return options


def amount_sent(text: str, shown: str) -> Decimal | None:
    """Return an amount; None for blank. Raises NotReadable."""
    plain = text.strip().lstrip("¥￥").replace(",", "").strip()
    if not plain:
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        raise unreadable(text, shown) from None


def whole_sent(text: str, shown: str) -> int | None:
    """Return a whole number; None for blank. Raises NotReadable."""
    plain = text.strip()
    if not plain:
        return None
    if not plain.isascii() or not plain.isdigit() or len(plain) > 9:
        raise unreadable(text, shown)
    return int(plain)


def unreadable(text: str, shown: str) -> NotReadable:
    """Return the refusal that quotes the cell and names its row."""
    return NotReadable(_("Variant %(variant)s: “%(value)s” can't be read."), variant=shown, value=text[:40])
