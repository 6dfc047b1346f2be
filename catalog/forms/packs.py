"""What the form of a material pack sends, turned into drafts; what can't be read is refused by its field."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from catalog.choices import AttributeKind, BlockKind, MediaRole, PackSource
from catalog.drafts import Block, PackDraft, PackFacts, PackPicture, VariantDraft
from catalog.models import Attribute
from ops_portal.lib.refusals import Refused

AXES: Final = 2
BLOCKS: Final = (BlockKind.DESCRIPTION, BlockKind.MATERIAL, BlockKind.USAGE, BlockKind.CAUTION)
AMOUNTS: Final = ("list_price", "cost")
MEASURES: Final = ("weight_grams", "length_mm", "width_mm", "height_mm", "shelf_life_days")
TEXTS: Final = ("sku_code", "barcode")
VARIANT_COLUMNS: Final = (
    ("sku_code", "SKU"),
    ("barcode", _("Barcode")),
    ("list_price", _("List price")),
    ("cost", _("Cost")),
    ("weight_grams", _("Weight (g)")),
    ("length_mm", _("Length (mm)")),
    ("width_mm", _("Width (mm)")),
    ("height_mm", _("Height (mm)")),
    ("shelf_life_days", _("Shelf life (days)")),
)
MOST: Final = Decimal("999999999999.99")
MOST_VARIANTS: Final = 500
MOST_VALUES: Final = 200


class NotReadable(Refused):
    """A field of the form can't be read."""

    code = "not_readable"


def pack_draft(sent: QueryDict, attributes: Sequence[Attribute], number: str = "") -> PackDraft:
    """Return the pack that the form describes. Refuses NotReadable."""
    axes = axes_of(sent)
    return PackDraft(
        brand_code=sent.get("brand", "")[:40],
        name=sent.get("name", "").strip()[:200],
        category_code=sent.get("category", "")[:40],
        facts=PackFacts(
            product_code=sent.get("product_code", "").strip()[:60],
            selling_points=tuple(lines_of(sent.get("selling_points", ""), 20)),
            blocks=tuple(
                Block(kind.value, text)
                for kind in BLOCKS
                if (text := sent.get(f"block-{kind.value}", "").strip()[:10_000])
            ),
            attributes=attributes_of(sent, attributes),
            axes=axes,
            variants=variants_of(sent, axes),
        ),
        media=pictures_of(sent),
        source=PackSource.FORM.value,
        source_key=sent.get("source_key", "").strip()[:120],
        number=number,
    )


def lines_of(text: str, most: int) -> list[str]:
    """Return the lines of a text that say something."""
    return [line.strip()[:200] for line in text.splitlines() if line.strip()][:most]


def attributes_of(sent: QueryDict, attributes: Sequence[Attribute]) -> dict[str, Any]:
    """Return the values that the form has for the attributes of the category."""
    values: dict[str, Any] = {}
    for attribute in attributes:
        name = f"attribute-{attribute.code}"
        if attribute.kind == AttributeKind.CHOICES:
            given: Any = [value[:200] for value in sent.getlist(name)[:MOST_VALUES] if value]
        else:
            given = sent.get(name, "").strip()[:200]
        if given:
            values[attribute.code] = given
    return values


def axes_of(sent: QueryDict) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what the variants differ by: names with their values, which commas of any kind part."""
    axes = []
    for place in range(AXES):
        name = sent.get(f"axis-{place}", "").strip()[:40]
        values = sent.get(f"values-{place}", "").replace("，", ",").replace("、", ",").replace("\n", ",")
        parts = tuple(dict.fromkeys(part.strip()[:60] for part in values.split(",") if part.strip()))
        if name and parts:
            axes.append((name, parts))
        elif name or parts:
            raise NotReadable(_("What variants differ by needs a name and values: “Colour”: “black, white”."))
    return tuple(axes)


def variants_of(sent: QueryDict, axes: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[VariantDraft, ...]:
    """Return the rows of the table of variants, each with its options. Refuses NotReadable."""
    rows = range(min(len(sent.getlist("variant-options")), MOST_VARIANTS))
    variants = []
    for row in rows:
        options = sent.getlist("variant-options")[row].split("\x1f") if axes else []
        if len(options) != len(axes) or any(
            value not in values for value, (_name, values) in zip(options, axes, strict=True)
        ):
            continue  # the axes were changed and the table not made anew
        given: dict[str, Any] = {name: cell(sent, name, row)[:60] for name in TEXTS}
        given |= {name: amount_of(cell(sent, name, row), row) for name in AMOUNTS}
        given |= {name: measure_of(cell(sent, name, row), row) for name in MEASURES}
        given["barcode"] = given["barcode"][:40]
        named = {name: value for (name, _values), value in zip(axes, options, strict=True)}
        if named or any(given.values()):
            variants.append(VariantDraft(named, **given))
    return tuple(variants)


def named_in(sent: QueryDict) -> PackFacts:
    """Return the variants that the form has so far, by which pictures are named; none it can't read."""
    try:
        axes = axes_of(sent)
        return PackFacts(axes=axes, variants=variants_of(sent, axes))
    except Refused:
        return PackFacts()


def cell(sent: QueryDict, name: str, row: int) -> str:
    """Return a cell of the table of variants."""
    column = sent.getlist(f"variant-{name}")
    return column[row].strip() if row < len(column) else ""


def amount_of(text: str, row: int) -> Decimal | None:
    """Return an amount of money, None for a blank. Refuses NotReadable."""
    if not text:
        return None
    try:
        amount = Decimal(text.replace(",", "").lstrip("¥￥"))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= MOST or amount != round(amount, 2):
        raise NotReadable(
            _("Variant %(row)s: “%(text)s” is no amount of money."), row=row + 1, text=text[:40]
        )
    return amount


def measure_of(text: str, row: int) -> int | None:
    """Return a whole number, None for a blank. Refuses NotReadable."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        raise NotReadable(_("Variant %(row)s: “%(text)s” is no whole number."), row=row + 1, text=text[:40])
    return int(text)


def pictures_of(sent: QueryDict) -> tuple[PackPicture, ...]:
    """Return the pictures in the order in which they stand on the page."""
    shas, roles, variants = (sent.getlist(f"media-{name}") for name in ("sha256", "role", "variant"))
    return tuple(
        PackPicture(
            sha256[:64],
            roles[place] if place < len(roles) and roles[place] in MediaRole.values else MediaRole.MAIN.value,
            variants[place].strip()[:120] if place < len(variants) else "",
        )
        for place, sha256 in enumerate(shas)
    )
