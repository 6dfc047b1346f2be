"""Brands, products and SKUs as catalogue files give them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from catalog.drafts import BrandDraft, BundleDraft, CategoryDraft, ComponentDraft, SkuDraft
from catalog.models import Brand, BundleComponent, BundleVersion, Category, Product, Sku, StockMovement
from catalog.operations.channel_stock import leave_stale
from catalog.operations.codes import unreachable
from catalog.operations.prices import Wanted, record_prices
from catalog.signals import skus_created
from ops_portal.lib.money import share_out
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused

MadeOf = dict[int, tuple[int, Decimal]]  # units and share of the price, by the component's id
SKU_FACTS = ("name", "barcode", "list_price", "tracks_batches")


class BatchesCantChange(Refused):
    """The SKU has movements: whether it is kept by batch is settled."""

    code = "batches_cant_change"


class UnknownComponent(Refused):
    """A bundle names a SKU that does not exist or is a bundle itself."""

    code = "unknown_component"


class ComponentTwice(Refused):
    """A bundle names the same component twice."""

    code = "component_twice"


class NoUnitsOrWeight(Refused):
    """A component has no units, or no component has a share of the price."""

    code = "no_units_or_weight"


class HasStock(Refused):
    """The SKU has stock movements of its own, so it can't become a bundle."""

    code = "has_stock"


class HasBatches(Refused):
    """The SKU is kept by batch, so it can't become a bundle."""

    code = "has_batches"


class IsAComponent(Refused):
    """The SKU is a component of a bundle, so it can't become one."""

    code = "is_a_component"


class BundleChanged(Refused):
    """Somebody saved another version of the bundle since it was looked at."""

    code = "bundle_changed"


class SameComponents(Refused):
    """The bundle is made of just this already."""

    code = "same_components"


class UnknownCategory(Refused):
    """The category code does not exist."""

    code = "unknown_category"


@operation
def save_skus(drafts: Sequence[SkuDraft], *, actor: Principal, at: datetime) -> Outcome[Sku]:
    """Create or change SKUs with their products and brands, by code; the last draft of a code counts.

    Refuses UnknownCategory, BatchesCantChange, UnreachableCode.
    """
    outcome: Outcome[Sku] = Outcome()
    standing = lock_skus(drafts)
    brands = find_or_create_brands({draft.brand_code: draft.brand_name for draft in drafts})
    categories = dict(
        Category.objects.filter(code__in={draft.category_code for draft in drafts}).values_list("code", "pk")
    )
    ready: list[SkuDraft] = []
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
        elif (refusal := unreachable_in(draft, known)) is not None:
            outcome.refused.append((index, refusal))
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
    record_prices(new_list_prices(saved, standing, at=at), actor=actor, at=at)
    created = [code for code in rows if code not in standing]
    if created:
        skus_created.send(Sku, codes=created, actor=actor, at=at)
    return outcome


def unreachable_in(draft: SkuDraft, known: Sku | None) -> Refused | None:
    """Return the refusal of a new SKU, or of a new product, whose page nobody could open."""
    refusal = unreachable(draft.code) if known is None else None
    if refusal is not None:
        return refusal
    refusal = unreachable(draft.product_code)
    is_new = refusal is not None and not Product.objects.filter(code=draft.product_code).exists()
    return refusal if is_new else None


def lock_skus(drafts: Sequence[SkuDraft]) -> dict[str, Sku]:
    """Lock the products that drafts name, then their SKUs; return the SKUs by code."""
    products = Product.objects.filter(code__in={draft.product_code for draft in drafts}).order_by("pk")
    list(products.select_for_update(no_key=True, of=("self",)))
    skus = Sku.objects.filter(code__in={draft.code for draft in drafts}).order_by("pk")
    return {sku.code: sku for sku in skus.select_for_update(no_key=True, of=("self",))}


def new_list_prices(saved: dict[str, Sku], standing: dict[str, Sku], *, at: datetime) -> list[Wanted]:
    """Return the list prices that SKUs have now and did not have before."""
    before = {code: sku.list_price for code, sku in standing.items()}
    return [
        Wanted(sku.pk, None, sku.list_price, at, before=before.get(code), shows=True)
        for code, sku in saved.items()
        if sku.list_price is not None and sku.list_price != before.get(code)
    ]


def facts(draft: SkuDraft) -> dict[str, object]:
    """Return what a draft says of the SKU itself."""
    return {name: getattr(draft, name) for name in SKU_FACTS}


@operation
def save_brands(drafts: Sequence[BrandDraft], *, actor: Principal, at: datetime) -> Outcome[Brand]:
    """Create brands by code; one that stands keeps its name unless the draft gives one."""
    brands = find_or_create_brands({draft.code: draft.name for draft in drafts})
    return Outcome(done=[brands[draft.code] for draft in drafts])


@operation
def save_categories(drafts: Sequence[CategoryDraft], *, actor: Principal, at: datetime) -> Outcome[Category]:
    """Find categories by their names, or by their code where there is one name only; create those that are missing.

    Capitals make no difference. A new category's code is made of its names.
    """
    standing = list(Category.objects.order_by("-pk"))
    by_code = {category.code.casefold(): category for category in standing}
    by_name = {(category.parent_id, category.name.casefold()): category for category in standing}
    anywhere = {category.name.casefold(): category for category in standing}
    outcome: Outcome[Category] = Outcome()
    for draft in drafts:
        found: Category | None = None
        names = [name.strip() for name in draft.path]
        if len(names) == 1:
            found = by_code.get(names[0].casefold()) or anywhere.get(names[0].casefold())
        parent: Category | None = None
        for name in names if found is None else ():
            parent_id = parent.pk if parent else None
            found = by_name.get((parent_id, name.casefold()))
            if found is None:
                stem = f"{parent.name} {name}" if parent is not None else name
                code = free_code(slugify(stem, allow_unicode=True), by_code)
                found = Category.objects.create(code=code, name=name[:120], parent=parent)
                by_code[code] = by_name[parent_id, name.casefold()] = found
                anywhere.setdefault(name.casefold(), found)
            parent = found
        assert found is not None, "A path has a name."  # noqa: S101
        outcome.done.append(found)
    return outcome


def free_code(stem: str, taken: Container[str]) -> str:
    """Return a code of 40 characters at most that is not taken."""
    code, number = stem[:40] or "category", 1
    while code in taken:
        number += 1
        code = f"{stem[:35] or 'category'}-{number}"
    return code


def find_or_create_brands(named: dict[str, str]) -> dict[str, Brand]:
    """Return the brands of the codes; one that stands keeps its name unless another is given."""
    Brand.objects.bulk_create(
        [Brand(code=code, name=name or code) for code, name in sorted(named.items())], ignore_conflicts=True
    )
    brands = {brand.code: brand for brand in Brand.objects.filter(code__in=named)}
    renamed = [brand for code, brand in brands.items() if named[code] and named[code] != brand.name]
    for brand in renamed:
        brand.name = named[brand.code]
    Brand.objects.bulk_update(renamed, ["name"])
    return brands


def save_products(
    drafts: Sequence[SkuDraft], brands: dict[str, Brand], categories: dict[str, int]
) -> dict[str, int]:
    """Create or change products by code and return their ids."""
    rows = {
        draft.product_code: Product(
            code=draft.product_code,
            name=draft.product_name,
            brand=brands[draft.brand_code],
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

    Documents that took a version's components keep them. Refuses UnknownComponent, ComponentTwice, NoUnitsOrWeight,
    HasStock, HasBatches, IsAComponent, BundleChanged, SameComponents.
    """
    outcome: Outcome[BundleVersion] = Outcome()
    codes = {draft.sku_code for draft in drafts} | {c.sku_code for draft in drafts for c in draft.components}
    skus = lock_for_bundles(codes)
    bundles = {skus[draft.sku_code].pk for draft in drafts if draft.sku_code in skus}
    moved = set(
        StockMovement.objects.filter(stock__sku__in=bundles).values_list("stock__sku", flat=True).distinct()
    )
    parts = components_in_force(bundles)
    newest = newest_versions(bundles)
    for index, draft in enumerate(drafts):
        try:
            bundle = check_bundle(draft, skus)
            if bundle.pk in moved:
                raise HasStock(
                    _("%(sku)s has stock movements of its own; a bundle has none."), sku=bundle.code
                )
            if any(bundle.pk in made_of for made_of in parts.values()):
                detail = _("%(sku)s is a component of another bundle; a bundle is made of no bundles.")
                raise IsAComponent(detail, sku=bundle.code)
            check_version(draft, bundle, newest.get(bundle.pk, (0, {})), skus)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
            continue
        number = newest.get(bundle.pk, (0, {}))[0] + 1
        version, made_of = write_bundle(bundle, draft, skus, number, at=at)
        outcome.done.append(version)
        bundle.is_bundle = True
        parts[bundle.pk] = set(made_of)
        newest[bundle.pk] = (number, made_of)
    leave_stale([version.sku_id for version in outcome.done])
    return outcome


def lock_for_bundles(codes: Collection[str]) -> dict[str, Sku]:
    """Lock bundles and components, so that none becomes the other meanwhile; return them by code."""
    locked = Sku.objects.filter(code__in=codes).order_by("pk").select_for_update()
    return {sku.code: sku for sku in locked}


def newest_versions(sku_ids: Collection[int]) -> dict[int, tuple[int, MadeOf]]:
    """Return the number of the newest version of each bundle, and what it is made of."""
    found: dict[int, tuple[int, MadeOf]] = {}
    newest = BundleVersion.objects.filter(sku__in=sku_ids).order_by("sku_id", "-version").distinct("sku_id")
    for version in newest.prefetch_related("components"):
        made_of = {part.sku_id: (part.units, part.price_share) for part in version.components.all()}
        found[version.sku_id] = (version.version, made_of)
    return found


def check_version(draft: BundleDraft, bundle: Sku, newest: tuple[int, MadeOf], skus: dict[str, Sku]) -> None:
    """Refuse what was written over another version than the newest, and what changes nothing."""
    number, made_of = newest
    if draft.seen is not None and draft.seen != number:
        detail = _("%(sku)s has version %(version)s since you looked; look at it and change that.")
        raise BundleChanged(detail, sku=bundle.code, version=number)
    if number and made_of == made_by(draft, skus):
        raise SameComponents(_("%(sku)s is made of just this already."), sku=bundle.code)


def components_in_force(sku_ids: Collection[int]) -> dict[int, set[int]]:
    """Return, by bundle as it was last written, which of ``sku_ids`` are its components."""
    newest = BundleVersion.objects.order_by("sku_id", "-version").distinct("sku_id").values("pk")
    found = BundleComponent.objects.filter(sku__in=sku_ids, bundle_version__in=newest)
    parts: dict[int, set[int]] = defaultdict(set)
    for bundle_id, sku_id in found.values_list("bundle_version__sku", "sku"):
        parts[bundle_id].add(sku_id)
    return parts


def check_bundle(draft: BundleDraft, skus: dict[str, Sku]) -> Sku:
    """Return the SKU of a bundle, refusing what the draft by itself does not allow."""
    bundle = skus.get(draft.sku_code)
    codes = [component.sku_code for component in draft.components]
    parts = [skus.get(code) for code in codes]
    if bundle is None or not parts or any(part is None or part.is_bundle or part == bundle for part in parts):
        detail = _("Bundle %(sku)s: every component must be an existing SKU that is no bundle.")
        raise UnknownComponent(detail, sku=draft.sku_code)
    if len(set(codes)) < len(codes):
        detail = _("Bundle %(sku)s names a component twice; add its units up.")
        raise ComponentTwice(detail, sku=draft.sku_code)
    weights = weights_of(draft.components, skus)
    if min(component.units for component in draft.components) < 1 or min(weights) < 0 or not any(weights):
        detail = _("Bundle %(sku)s: every component has units, and one at least a share of the price.")
        raise NoUnitsOrWeight(detail, sku=draft.sku_code)
    if bundle.tracks_batches:
        raise HasBatches(_("%(sku)s is kept by batch; a bundle has no stock of its own."), sku=bundle.code)
    return bundle


def weights_of(components: Sequence[ComponentDraft], skus: dict[str, Sku]) -> list[Decimal]:
    """Return what each component's share of the price weighs: as given; where none is, its units at list prices.

    Where a list price is missing, or all are nothing, the units alone. Refuses NoUnitsOrWeight where some have a
    weight and others none.
    """
    given = [component.price_weight for component in components if component.price_weight is not None]
    if given and len(given) < len(components):
        detail = _("Give every component a share of the price, or none: then their list prices decide.")
        raise NoUnitsOrWeight(detail)
    if given:
        return given
    prices = [skus[component.sku_code].list_price for component in components]
    known = [price for price in prices if price is not None]
    units = [Decimal(component.units) for component in components]
    if len(known) < len(prices) or not any(known):
        return units
    return [price * count for price, count in zip(known, units, strict=True)]


def made_by(draft: BundleDraft, skus: dict[str, Sku]) -> MadeOf:
    """Return what a draft makes a bundle of."""
    shares = share_of_price(weights_of(draft.components, skus))
    return {
        skus[component.sku_code].pk: (component.units, share)
        for component, share in zip(draft.components, shares, strict=True)
    }


def write_bundle(
    bundle: Sku, draft: BundleDraft, skus: dict[str, Sku], number: int, *, at: datetime
) -> tuple[BundleVersion, MadeOf]:
    """Write a new version of a bundle; return it and what it is made of."""
    Sku.objects.filter(pk=bundle.pk, is_bundle=False).update(is_bundle=True)
    version = BundleVersion.objects.create(sku=bundle, version=number, since=at)
    made_of = made_by(draft, skus)
    BundleComponent.objects.bulk_create(
        BundleComponent(bundle_version=version, sku_id=sku_id, units=units, price_share=share)
        for sku_id, (units, share) in made_of.items()
    )
    return version, made_of


def share_of_price(weights: Sequence[Decimal]) -> list[Decimal]:
    """Return shares of 1 with 6 places that add up to exactly 1, by largest remainder."""
    return [share / 10_000 for share in share_out(Decimal(10_000), weights)]
