"""Bundles begin: of a SKU that stands, or of one that is created with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog.drafts import BundleDraft, NewBundleDraft, SkuDraft
from catalog.models import Brand, BundleVersion, Product, Sku
from catalog.operations.goods import save_bundles, save_skus
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused, raise_first


class IsABundle(Refused):
    """The SKU is a bundle already: what it is made of changes by a new version."""

    code = "is_a_bundle"


class CodeTaken(Refused):
    """A SKU or a product of this code stands, and it is another one."""

    code = "code_taken"


class NoNameOrBrand(Refused):
    """A bundle whose SKU is created with it needs a name and a brand that stands."""

    code = "no_name_or_brand"


@operation
def open_bundles(
    drafts: Sequence[NewBundleDraft], *, actor: Principal, at: datetime
) -> Outcome[BundleVersion]:
    """Make bundles of SKUs that stand, and of new ones with a product of their own; all of them, or none.

    Refuses IsABundle, CodeTaken, NoNameOrBrand, and what ``save_bundles`` refuses.
    """
    codes = {draft.sku_code for draft in drafts}
    locked_products = Product.objects.filter(code__in=codes).order_by("pk").select_for_update(no_key=True)
    products = {product.code for product in locked_products}
    locked = Sku.objects.filter(code__in=codes).order_by("pk").select_for_update(no_key=True, of=("self",))
    standing = {sku.code: sku for sku in locked}
    brands = set(
        Brand.objects.filter(code__in={draft.brand_code for draft in drafts}).values_list("code", flat=True)
    )
    fresh = []
    for draft in drafts:
        sku = standing.get(draft.sku_code)
        if sku is not None:
            check_standing(draft, sku)
            continue
        if draft.sku_code in products:
            raise CodeTaken(_("There is a product %(code)s already."), code=draft.sku_code)
        if not (draft.sku_code and draft.name and draft.brand_code in brands):
            raise NoNameOrBrand(_("A new bundle needs a code, a name and a brand."))
        fresh.append(
            SkuDraft(
                draft.sku_code, draft.sku_code, draft.name, draft.brand_code, list_price=draft.list_price
            )
        )
    raise_first(save_skus(fresh, actor=actor, at=at).refused)
    outcome = save_bundles(
        [BundleDraft(draft.sku_code, draft.components, seen=0) for draft in drafts], actor=actor, at=at
    )
    raise_first(outcome.refused)
    return outcome


def check_standing(draft: NewBundleDraft, sku: Sku) -> None:
    """Refuse to make a bundle of a SKU that is one, and to give one that stands another name."""
    if sku.is_bundle:
        detail = _("%(sku)s is a bundle already; give it a new version.")
        raise IsABundle(detail, sku=sku.code)
    if draft.name or draft.brand_code or draft.list_price is not None:
        detail = _("There is a SKU %(sku)s; to make a bundle of it, leave name, brand and price empty.")
        raise CodeTaken(detail, sku=sku.code)
