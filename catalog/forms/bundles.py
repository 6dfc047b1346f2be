"""The components of a bundle as a form holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.drafts import BundleDraft, ComponentDraft
from catalog.forms.goods import NotReadable
from catalog.forms.stock_lines import number_of, skus_named
from catalog.models import Sku
from catalog.operations.goods import share_of_price, weights_of
from ops_portal.lib.refusals import Refused

MOST_PARTS: Final = 50
HEAVIEST: Final = Decimal(10**9)


@dataclass(frozen=True, slots=True)
class PartRow:
    """A component as it was filled in; ``weight`` may be empty."""

    sku_code: str
    units: str = "1"
    weight: str = ""


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A component as the form shows it: the SKU, and its share of the price where that can be reckoned."""

    row: PartRow
    sku: Sku | None
    share: Decimal | None = None


@dataclass(slots=True)
class Parts:
    """The components of a form, and what was wrong with what was added."""

    rows: list[PartRow] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def drafts(self) -> tuple[ComponentDraft, ...]:
        """Return what the form asks for. Refuses NotReadable."""
        return tuple(
            ComponentDraft(row.sku_code, number_of(row.units), number_sent(row.weight, row.sku_code))
            for row in self.rows
        )


def number_sent(text: str, sku_code: str) -> Decimal | None:
    """Return a number; None for blank. Raises NotReadable."""
    plain = text.strip().lstrip("¥￥").replace(",", "").rstrip("%").strip()
    if not plain:
        return None
    try:
        number = Decimal(plain)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > HEAVIEST:
        detail = gettext_lazy("%(sku)s: “%(value)s” can't be read.")
        raise NotReadable(detail, sku=sku_code, value=text[:40])
    return number


def parts_in(sent: Any) -> Parts:
    """Return the components that a form sent."""
    columns = [sent.getlist(name)[:MOST_PARTS] for name in ("sku", "units", "weight")]
    rows = []
    for place, code in enumerate(columns[0]):
        units, weight = (column[place].strip() if place < len(column) else "" for column in columns[1:])
        rows.append(PartRow(code.strip()[:60], units[:9], weight[:16]))
    return Parts(rows)


def add_part(parts: Parts, text: str, *, user: Any) -> None:
    """Add a component by its code or barcode, once."""
    found = skus_named([text], user).get(text, [])
    if len(found) != 1:
        said = (
            _("There is no SKU “%(sku)s”.") if not found else _("More than one SKU has the barcode %(sku)s.")
        )
        parts.troubles.append(said % {"sku": text})
    elif any(row.sku_code == found[0].code for row in parts.rows):
        parts.troubles.append(_("%(sku)s is in it already; change its units.") % {"sku": found[0].code})
    elif len(parts.rows) >= MOST_PARTS:
        parts.troubles.append(_("There are at most %(most)d lines.") % {"most": MOST_PARTS})
    else:
        parts.rows.append(PartRow(found[0].code))


def shown_parts(parts: Parts, *, user: Any) -> list[ShownPart]:
    """Return components with their SKUs and their shares of the price; two statements."""
    seen = Sku.objects.visible_to(user).filter(code__in={row.sku_code for row in parts.rows})
    skus = {sku.code: sku for sku in seen.select_related("product")} if parts.rows else {}
    shares: Sequence[Decimal | None] = [None] * len(parts.rows)
    if parts.rows and len(skus) == len(parts.rows):
        try:
            weights = weights_of(parts.drafts(), skus)
            shares = share_of_price(weights) if any(weights) and min(weights) >= 0 else shares
        except (Refused, NotReadable):
            pass
    return [
        ShownPart(row, skus.get(row.sku_code), share) for row, share in zip(parts.rows, shares, strict=True)
    ]


def unseen_in(parts: Parts, shown: Sequence[ShownPart]) -> str:
    """Return the first code that the reader doesn't see, or nothing."""
    return next((each.row.sku_code for each in shown if each.sku is None), "")


def draft_in(parts: Parts, code: str, seen: str) -> BundleDraft:
    """Return the new version that the form asks for. Refuses NotReadable."""
    return BundleDraft(code, parts.drafts(), number_of(seen))
