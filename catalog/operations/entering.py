"""A pack becomes a product with its variants, and listings to be written in some shops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.choices import PACK_MOVES, PackStatus
from catalog.contents import facts_of
from catalog.drafts import EntryDraft, ListingDraft, PackFacts, ProductDraft, VariantDraft
from catalog.models import Listing, MaterialPack, Product, Sku
from catalog.operations.grids import AMOUNTS, MEASURES
from catalog.operations.listings import draft_listings
from catalog.operations.packs import announce, lock_packs, no_such_pack
from catalog.operations.variants import save_products
from catalog.queries.attributes import attributes_of
from ops_portal.lib.principals import Principal, acting_as, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import move_all

KEPT_WHERE_BLANK = ("barcode", "price_role", "stage", "packaging", *AMOUNTS, *MEASURES)


class ProductOfAnotherBrand(Refused):
    """The product code is another brand's."""

    code = "product_of_another_brand"


class _SomeRefused(Exception):  # noqa: N818 - it ends a savepoint and goes no further
    def __init__(self, refused: Mapping[int, Refused]) -> None:
        super().__init__()
        self.refused = refused


@operation
def enter_packs(drafts: Sequence[EntryDraft], *, actor: Principal, at: datetime) -> Outcome[MaterialPack]:
    """Make each pack a product, by its code, and draft its listings; a pack is entered whole or not at all.

    Of a product that is known, what the pack doesn't tell stays. Refuses NoSuchPack, IllegalMove, RoleMayNotMove,
    ProductOfAnotherBrand, and what ``save_products`` and ``draft_listings`` refuse.
    """
    refused: dict[int, Refused] = {}
    while True:
        left = {index: draft for index, draft in enumerate(drafts) if index not in refused}
        try:
            with acting_as(actor, savepoint=True):
                done = enter_whole(left, actor=actor, at=at) if left else []
        except _SomeRefused as some:
            refused |= some.refused
        else:
            return Outcome(done, sorted(refused.items(), key=lambda pair: pair[0]))


def enter_whole(drafts: Mapping[int, EntryDraft], *, actor: Principal, at: datetime) -> list[MaterialPack]:
    """Enter packs; raises _SomeRefused, by index, where one of them can't be."""
    packs = lock_packs({draft.number for draft in drafts.values()})
    check({index: no_such_pack(each.number) for index, each in drafts.items() if each.number not in packs})
    indexes = list(drafts)
    own = [packs[drafts[index].number] for index in indexes]
    moved = move_all(own, PackStatus.ENTERED, table=PACK_MOVES, actor=actor, at=at)
    check({indexes[place]: refusal for place, refusal in moved.refused})
    products = product_drafts(dict(zip(indexes, own, strict=True)), drafts)
    lock_listings(drafts, products)
    saved = save_products([products[index] for index in indexes], actor=actor, at=at)
    check({indexes[place]: refusal for place, refusal in saved.refused})
    for pack, product in zip(own, saved.done, strict=True):
        pack.product = product
    MaterialPack.objects.bulk_update(own, ["product"])
    wanted = [
        (index, ListingDraft(channel, products[index].code))
        for index in indexes
        for channel in dict.fromkeys(drafts[index].channel_codes)
    ]
    listed = draft_listings([draft for _index, draft in wanted], actor=actor, at=at)
    check({wanted[place][0]: refusal for place, refusal in listed.refused})
    announce(own, "entered", {}, actor=actor, at=at)
    return own


def lock_listings(drafts: Mapping[int, EntryDraft], products: Mapping[int, ProductDraft]) -> None:
    """Lock the listings that stand, before the SKUs: as an approval does, which sets their prices."""
    asked = reduce(
        or_,
        (
            Q(product__code=products[index].code, channel__code__in=draft.channel_codes)
            for index, draft in drafts.items()
        ),
        Q(pk__in=()),
    )
    list(Listing.objects.filter(asked).order_by("pk").select_for_update(no_key=True, of=("self",)))


def check(refused: Mapping[int, Refused]) -> None:
    """Take back what was done so far where anything is refused."""
    if refused:
        raise _SomeRefused(refused)


def product_drafts(
    packs: Mapping[int, MaterialPack], drafts: Mapping[int, EntryDraft]
) -> dict[int, ProductDraft]:
    """Return each pack as a product: what it says, over what is known already. Raises _SomeRefused."""
    facts = {index: facts_of(pack.facts) for index, pack in packs.items()}
    codes = {
        index: (drafts[index].product_code or facts[index].product_code).strip() or pack.number
        for index, pack in packs.items()
    }
    known = {
        product.code: product
        for product in Product.objects.filter(code__in=codes.values()).select_related("category")
    }
    skus: dict[int, list[Sku]] = {product.pk: [] for product in known.values()}
    for sku in Sku.objects.filter(product__in=known.values()).order_by("pk"):
        skus[sku.product_id].append(sku)
    attributes = attributes_of({pack.category_id for pack in packs.values() if pack.category_id})
    made: dict[int, ProductDraft] = {}
    refused: dict[int, Refused] = {}
    for index, pack in packs.items():
        product = known.get(codes[index])
        if product is not None and product.brand_id != pack.brand_id:
            detail = _("The product code %(product)s is another brand's.")
            refused[index] = ProductOfAnotherBrand(detail, product=codes[index])
            continue
        offered = {each.code for each in attributes.get(pack.category_id or 0, ())}
        told = {code: value for code, value in facts[index].attributes.items() if code in offered}
        made[index] = ProductDraft(
            code=codes[index],
            name=pack.name,
            brand_code=pack.brand.code,
            category_code=category_of(pack, product),
            axes=facts[index].axes,
            attributes={**(product.attributes if product else {}), **told},
            variants=variants_of(facts[index], skus[product.pk] if product else []),
        )
    check(refused)
    return made


def category_of(pack: MaterialPack, product: Product | None) -> str:
    """Return the category's code: the pack's, else the product's."""
    category = pack.category or (product.category if product else None)
    return category.code if category else ""


def variants_of(facts: PackFacts, skus: Sequence[Sku]) -> tuple[VariantDraft, ...]:
    """Return the variants of a pack; one where it names none and none is known. Blanks are filled from the SKUs."""
    if not facts.variants:
        return () if skus else (VariantDraft({}),)
    by_code = {sku.code: sku for sku in skus}
    by_options = {tuple(sorted(sku.options.items())): sku for sku in skus}
    filled = []
    for variant in facts.variants:
        sku = by_code.get(variant.sku_code) if variant.sku_code else None
        sku = sku or by_options.get(tuple(sorted(variant.options.items())))
        filled.append(variant if sku is None else over(variant, sku))
    return tuple(filled)


def over(variant: VariantDraft, sku: Sku) -> VariantDraft:
    """Return a variant with what is known of its SKU where it says nothing."""
    kept: dict[str, Any] = {
        name: getattr(sku, name) for name in KEPT_WHERE_BLANK if getattr(variant, name) in (None, "")
    }
    return replace(
        variant, **kept, sku_code=sku.code, tracks_batches=variant.tracks_batches or sku.tracks_batches
    )
