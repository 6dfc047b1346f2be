"""Brands, products and SKUs as catalogue files give them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from catalog.drafts import BundleDraft, SkuDraft
from catalog.models import Brand, BundleComponent, BundleVersion, Category, Product, Sku, StockMovement
from catalog.signals import skus_created
from ops_portal.lib.money import share_out
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused

SKU_FACTS = ("name", "barcode", "list_price", "tracks_batches")


class BatchesCantChange(Refused):
    """The SKU has movements: whether it is kept by batch is settled."""

    code = "batches_cant_change"


class UnknownComponent(Refused):
    """A bundle names a SKU that does not exist or is a bundle itself."""

    code = "unknown_component"


class UnknownCategory(Refused):
    """The category code does not exist."""

    code = "unknown_category"


@operation
def save_skus(drafts: Sequence[SkuDraft], *, actor: Principal, at: datetime) -> Outcome[Sku]:
    """Create or change SKUs with their products and brands, by code; the last draft of a code counts.

    Refuses UnknownCategory, BatchesCantChange.
    """
    outcome: Outcome[Sku] = Outcome()
    brands = find_or_create_brands(drafts)
    categories = dict(
        Category.objects.filter(code__in={draft.category_code for draft in drafts}).values_list("code", "pk")
    )
    ready: list[SkuDraft] = []
    standing = {sku.code: sku for sku in Sku.objects.filter(code__in={draft.code for draft in drafts})}
    moved = set(
        StockMovement.objects.filter(stock__sku__in=standing.values())
        .values_list("stock__sku__code", flat=True)
        .distinct()
    )
    for index, draft in enumerate(drafts):
        known = standing.get(draft.code)
        if draft.category_code and draft.category_code not in categories:
            detail = _("There is no category %(code)s; create it or leave the column empty.")
            outcome.refused.append((index, UnknownCategory(detail, code=draft.category_code)))
        elif known and known.tracks_batches != draft.tracks_batches and draft.code in moved:
            detail = _("%(sku)s has movements; whether it is kept by batch can't change any more.")
            outcome.refused.append((index, BatchesCantChange(detail, sku=draft.code)))
        else:
            ready.append(draft)
    products = save_products(ready, brands, categories)
    rows = {
        draft.code: Sku(code=draft.code, product_id=products[draft.product_code], **facts(draft))
        for draft in ready
    }
    Sku.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=["code"], update_fields=["product", *SKU_FACTS]
    )
    saved = {sku.code: sku for sku in Sku.objects.filter(code__in=rows)}
    outcome.done = [saved[draft.code] for draft in ready]
    created = [code for code in rows if code not in standing]
    if created:
        skus_created.send(Sku, codes=created, actor=actor, at=at)
    return outcome


def facts(draft: SkuDraft) -> dict[str, object]:
    """Return what a draft says of the SKU itself."""
    return {name: getattr(draft, name) for name in SKU_FACTS}


def find_or_create_brands(drafts: Sequence[SkuDraft]) -> dict[str, int]:
    """Return the id of each brand; an existing brand keeps its name unless the draft gives one."""
    named = {draft.brand_code: draft.brand_name for draft in drafts}
    Brand.objects.bulk_create(
        [Brand(code=code, name=name or code) for code, name in sorted(named.items())], ignore_conflicts=True
    )
    brands = {brand.code: brand for brand in Brand.objects.filter(code__in=named)}
    renamed = [brand for code, brand in brands.items() if named[code] and named[code] != brand.name]
    for brand in renamed:
        brand.name = named[brand.code]
    Brand.objects.bulk_update(renamed, ["name"])
    return {code: brand.pk for code, brand in brands.items()}


def save_products(
    drafts: Sequence[SkuDraft], brands: dict[str, int], categories: dict[str, int]
) -> dict[str, int]:
    """Create or change products by code and return their ids."""
    rows = {
        draft.product_code: Product(
            code=draft.product_code,
            name=draft.product_name,
            brand_id=brands[draft.brand_code],
            category_id=categories.get(draft.category_code),
        )
        for draft in drafts
    }
    Product.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "brand", "category"],
    )
    return dict(Product.objects.filter(code__in=rows).values_list("code", "pk"))


@operation
def save_bundles(drafts: Sequence[BundleDraft], *, actor: Principal, at: datetime) -> Outcome[BundleVersion]:
    """Give bundles a new version, in force from ``at``; their price shares add up to exactly 1.

    Refuses UnknownComponent.
    """
    outcome: Outcome[BundleVersion] = Outcome()
    codes = {draft.sku_code for draft in drafts} | {c.sku_code for draft in drafts for c in draft.components}
    skus = {sku.code: sku for sku in Sku.objects.filter(code__in=codes).order_by("pk").select_for_update()}
    for index, draft in enumerate(drafts):
        bundle = skus.get(draft.sku_code)
        parts = [skus.get(component.sku_code) for component in draft.components]
        if (
            bundle is None
            or not parts
            or any(part is None or part.is_bundle or part == bundle for part in parts)
        ):
            detail = _("Bundle %(sku)s: every component must be an existing SKU that is no bundle.")
            outcome.refused.append((index, UnknownComponent(detail, sku=draft.sku_code)))
            continue
        Sku.objects.filter(pk=bundle.pk).update(is_bundle=True)
        version = BundleVersion.objects.create(
            sku=bundle, version=bundle.bundle_versions.count() + 1, since=at
        )
        shares = share_of_price([component.price_weight for component in draft.components])
        BundleComponent.objects.bulk_create(
            BundleComponent(
                bundle_version=version, sku=skus[component.sku_code], units=component.units, price_share=share
            )
            for component, share in zip(draft.components, shares, strict=True)
        )
        outcome.done.append(version)
    return outcome


def share_of_price(weights: Sequence[Decimal]) -> list[Decimal]:
    """Return shares of 1 with 6 places that add up to exactly 1, by largest remainder."""
    return [share / 10_000 for share in share_out(Decimal(10_000), weights)]
