"""Terms of supply: how long goods take, how often and in what packs they are ordered, how surely they are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalog.choices import BUYERS, PLANNERS
from catalog.models import Brand, Sku, SupplyTerms
from catalog.operations.undoing import Taken
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused, UsedSince

KEEPERS: Final = PLANNERS | BUYERS
TERMS: Final = "supply_terms"
# Each with the least and the most that means anything.
NUMBERS: Final[dict[str, tuple[Decimal, Decimal]]] = {
    "lead_days": (Decimal(0), Decimal(730)),
    "lead_spread": (Decimal(0), Decimal(365)),
    "review_days": (Decimal(1), Decimal(365)),
    "minimum_units": (Decimal(1), Decimal(10_000_000)),
    "pack_units": (Decimal(1), Decimal(1_000_000)),
    "service_level": (Decimal("0.5"), Decimal("0.9999")),
}
FACTS: Final = ("supplier", *NUMBERS, "is_core")


class BadTerms(Refused):
    """A figure of the terms means nothing."""

    code = "bad_terms"
    status_code = 422


class UnknownTermsGoods(Refused):
    """There is no such brand, or no such SKU of it."""

    code = "unknown_goods"
    status_code = 422


class RoleMayNotSaveTerms(Refused):
    """None of the actor's roles keeps terms of supply."""

    code = "role_may_not_save"


@dataclass(frozen=True, slots=True)
class TermsDraft:
    """Terms of a brand, or of one SKU of it. ``None`` leaves what stands: else the brand's, else the usual ones.

    ``service_level`` is a share: 0.95.
    """

    brand_code: str
    sku_code: str = ""
    supplier: str | None = None
    lead_days: int | None = None
    lead_spread: Decimal | None = None
    review_days: int | None = None
    minimum_units: int | None = None
    pack_units: int | None = None
    service_level: Decimal | None = None
    is_core: bool | None = None


@operation
def save_supply_terms(
    drafts: Sequence[TermsDraft], *, actor: Principal, at: datetime
) -> Outcome[SupplyTerms]:
    """Write terms of supply, or change those that stand; of two drafts of the same goods the later adds to the first.

    Refuses RoleMayNotSaveTerms, UnknownTermsGoods, BadTerms.
    """
    brands = {
        brand.code: brand for brand in Brand.objects.filter(code__in={draft.brand_code for draft in drafts})
    }
    codes = {draft.sku_code for draft in drafts if draft.sku_code}
    skus = {sku.code: sku for sku in Sku.objects.filter(code__in=codes).select_related("product")}
    outcome: Outcome[SupplyTerms] = Outcome()
    taken: list[tuple[TermsDraft, tuple[int, int | None]]] = []
    for index, draft in enumerate(drafts):
        refusal = unable(draft, brands, skus, actor)
        if refusal is not None:
            outcome.refused.append((index, refusal))
            continue
        sku = skus.get(draft.sku_code)
        taken.append((draft, (brands[draft.brand_code].pk, sku.pk if sku else None)))
    standing = lock_terms({brand for _draft, (brand, _sku) in taken})
    changed: dict[tuple[int, int | None], SupplyTerms] = {}
    for draft, key in taken:
        row = changed.get(key) or standing.get(key) or begun(key, standing)
        for name in FACTS:
            if (value := getattr(draft, name)) is not None:
                setattr(row, name, value)
        changed[key] = row
        outcome.done.append(row)
    SupplyTerms.objects.bulk_create([row for row in changed.values() if row.pk is None])
    SupplyTerms.objects.bulk_update([row for key, row in changed.items() if key in standing], FACTS)
    return outcome


def begun(key: tuple[int, int | None], standing: dict[tuple[int, int | None], SupplyTerms]) -> SupplyTerms:
    """Return new terms: a SKU's begin as its brand's."""
    row = SupplyTerms(brand_id=key[0], sku_id=key[1])
    brand = standing.get((key[0], None))
    for name in FACTS if brand else ():
        setattr(row, name, getattr(brand, name))
    return row


def lock_terms(brand_ids: Iterable[int]) -> dict[tuple[int, int | None], SupplyTerms]:
    """Lock the terms of brands and of their SKUs in primary-key order."""
    locked = (
        SupplyTerms.objects.filter(brand__in=set(brand_ids))
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    return {(row.brand_id, row.sku_id): row for row in locked}


def unable(
    draft: TermsDraft, brands: dict[str, Brand], skus: dict[str, Sku], actor: Principal
) -> Refused | None:
    """Return why a draft can't be written, or None."""
    if not actor.may(KEEPERS):
        return RoleMayNotSaveTerms(_("Your role doesn't keep terms of supply."))
    brand = brands.get(draft.brand_code)
    if brand is None:
        return UnknownTermsGoods(_("There is no brand %(code)s."), code=draft.brand_code[:40])
    sku = skus.get(draft.sku_code)
    if draft.sku_code and (sku is None or sku.product.brand_id != brand.pk or sku.is_bundle):
        detail = _("%(brand)s has no SKU %(sku)s with stock of its own.")
        return UnknownTermsGoods(detail, brand=draft.brand_code, sku=draft.sku_code[:60])
    for name, (least, most) in NUMBERS.items():
        value = getattr(draft, name)
        if value is not None and not least <= value <= most:
            field: Any = SupplyTerms._meta.get_field(name)
            detail = _("“%(label)s” has to be from %(least)s to %(most)s, not %(value)s.")
            return BadTerms(
                detail, label=str(field.verbose_name), least=str(least), most=str(most), value=str(value)[:20]
            )
    return None


def facts_of(terms: SupplyTerms) -> dict[str, Any]:
    """Return what is said of terms, as plain JSON."""
    facts = {name: getattr(terms, name) for name in FACTS}
    return {
        **facts,
        "lead_spread": f"{Decimal(facts['lead_spread']):.2f}",
        "service_level": f"{Decimal(facts['service_level']):.4f}",
    }


@operation
def take_back_terms(changes: Sequence[Taken], *, actor: Principal, at: datetime) -> list[Refused]:
    """Delete the terms that a file brought, and give those that it changed back what they said.

    Returns UsedSince for each that was changed since.
    """
    ids = {change.object_id for change in changes if change.object_kind == TERMS}
    locked = SupplyTerms.objects.filter(pk__in=ids).select_related("brand", "sku").order_by("pk")
    standing = {row.pk: row for row in locked.select_for_update(of=("self",))}
    refused: list[Refused] = []
    restored: list[SupplyTerms] = []
    gone: list[int] = []
    for change in changes:
        row = standing.get(change.object_id)
        if change.object_kind != TERMS or row is None:
            continue  # somebody deleted them already
        if facts_of(row) != change.before["became"]:
            name = row.sku.code if row.sku else row.brand.code
            refused.append(UsedSince(_("The terms of %(name)s were changed since."), name=name))
        elif change.what == "created":
            gone.append(row.pk)
        else:
            was = change.before["was"]
            for name in FACTS:
                setattr(row, name, was[name])
            restored.append(row)
    if restored:
        SupplyTerms.objects.bulk_update(restored, FACTS)
    SupplyTerms.objects.filter(pk__in=gone).delete()
    return refused
