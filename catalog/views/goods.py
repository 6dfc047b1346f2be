"""The pages of products: the list, and one page with facts, attributes, variants, prices and where it is listed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.choices import PriceRole, SkuStage
from catalog.drafts import PriceChangeDraft, ProductDraft, VariantDraft
from catalog.forms.goods import amount_sent, product_sent, product_typed
from catalog.forms.prices import moment_sent
from catalog.models import Attribute, Brand, Category, Channel, Listing, MaterialPack, Price, Product, Sku
from catalog.operations.grids import MOST_VARIANTS
from catalog.operations.price_changes import propose_prices
from catalog.operations.variants import ProductChangedMeanwhile, save_products
from catalog.queries.attributes import attributes_for
from catalog.queries.bundles import available_at
from catalog.queries.goods_desk import MISSING, AskedGoods, page_of_goods
from catalog.queries.prices import prices_at
from catalog.queries.products import VARIANT_FACTS, Unlike, digest_of, draft_of, unlikes, variant_of
from catalog.views.price_changes import say_proposed
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.telling import attempt
from ops_portal.lib.refusals import Refused
from ops_portal.lib.wording import called

VIEW: Final = "catalog.view_product"
WRITE: Final = "catalog.change_product"
HISTORY: Final = 100
MOST_SHOPS: Final = 20
CELLS: Final = (
    ("sku_code", "SKU", "text", 60),
    ("barcode", gettext_lazy("barcode"), "text", 40),
    ("list_price", gettext_lazy("list price"), "decimal", 16),
    ("cost", gettext_lazy("cost"), "decimal", 16),
    ("floor_price", gettext_lazy("floor price"), "decimal", 16),
    ("reference_price", gettext_lazy("reference price"), "decimal", 16),
    ("price_role", gettext_lazy("role of the price"), "role", 0),
    ("stage", gettext_lazy("stage of life"), "stage", 0),
    ("weight_grams", gettext_lazy("weight (g)"), "numeric", 9),
    ("length_mm", pgettext_lazy("box", "length (mm)"), "numeric", 9),
    ("width_mm", pgettext_lazy("box", "width (mm)"), "numeric", 9),
    ("height_mm", pgettext_lazy("box", "height (mm)"), "numeric", 9),
    ("shelf_life_days", gettext_lazy("shelf life (days)"), "numeric", 9),
    ("packaging", gettext_lazy("packaging rule"), "text", 200),
    ("tracks_batches", gettext_lazy("tracks batches"), "tick", 0),
)


def shown_page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Return a page in the admin's dress."""
    return render(request, template, {**admin.site.each_context(request), **context}, status=status)


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponse:
    """Show products by code, with what is missing of each; at most 8 statements."""
    given = request.GET
    asked = AskedGoods(
        text=given.get("q", "").strip()[:60],
        brand=given.get("brand", "")[:40],
        category=given.get("category", "")[:40],
        missing=given.get("missing", "")[:20],
        after=given.get("after", "")[:60],
    )
    rows, following = page_of_goods(asked, user=request.user)
    context = {
        "asked": asked,
        "rows": rows,
        "following": following,
        "brands": Brand.objects.visible_to(request.user).order_by("name", "code"),
        "categories": Category.objects.visible_to(request.user).order_by("name", "code"),
        "missing": [(name, label) for name, (label, _condition) in MISSING.items()],
        "may_write": request.user.has_perm(WRITE),
        "title": _("Products"),
    }
    return shown_page(request, "catalog/goods.html", context)


def visible_product(request: HttpRequest, code: str) -> Product:
    """Return the product of this code; 404 where it may not be seen."""
    seen = Product.objects.visible_to(request.user).select_related("brand", "category")
    product: Product | None = seen.filter(code=code).first()
    if product is None:
        raise Http404
    return product


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(WRITE)
def new_page(request: HttpRequest) -> HttpResponse:
    """Show an empty product, and create the one that is sent."""
    empty = ProductDraft("", "", "", variants=(VariantDraft({}),))
    if request.method != "POST":
        return editor(request, None, empty)
    code = request.POST.get("code", "").strip()
    if Product.objects.filter(code=code).exists():
        messages.error(request, _("There is a product %(code)s already.") % {"code": code})
        return editor(request, None, typed(request, code), sent=True)
    return save(request, None, code)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(VIEW)
def product_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show a product, and save what is sent."""
    product = visible_product(request, code)
    if request.method == "POST":
        if not request.user.has_perm(WRITE):
            raise Http404
        return save(request, product, product.code)
    return editor(request, product, as_it_stands(product))


def as_it_stands(product: Product) -> ProductDraft:
    """Return the draft of a product with the digest of what stands."""
    skus = list(Sku.objects.filter(product=product).order_by("pk"))
    offered = (variant_of(sku) for sku in skus if sku.is_active)
    return replace(draft_of(product, offered), seen=digest_of(product, skus))


def save(request: HttpRequest, product: Product | None, code: str) -> HttpResponse:
    """Save the product that is sent, or show it again with what is wrong."""
    sent = request.POST
    draft: ProductDraft | None = None
    try:
        draft = product_sent(sent, attributes_sent_for(request), code=code, is_new=product is None)
        if not Brand.objects.visible_to(request.user).filter(code=draft.brand_code).exists():
            raise Refused(gettext_lazy("Choose a brand."))
        attempt(request, save_products, [draft]).one()
    except ProductChangedMeanwhile:
        return overtaken(request, code, draft or typed(request, code))
    except Refused as refused:
        messages.error(request, str(refused))
        return editor(request, product, draft or typed(request, code), sent=True)
    messages.success(request, _("%(product)s was saved.") % {"product": draft.name})
    return HttpResponseRedirect(reverse("catalog:product", args=[code]))


def attributes_sent_for(request: HttpRequest) -> list[Attribute]:
    """Return the attributes of the category that is sent."""
    code = request.POST.get("category", "")
    category = Category.objects.visible_to(request.user).filter(code=code).first()
    return attributes_for(category.pk if category else None)


def typed(request: HttpRequest, code: str) -> ProductDraft:
    """Return what was sent as it was typed, to be shown again."""
    return product_typed(request.POST, attributes_sent_for(request), code=code)


def overtaken(request: HttpRequest, code: str, mine: ProductDraft) -> HttpResponse:
    """Show what this writer has, and in what it differs from what somebody else saved meanwhile."""
    product = visible_product(request, code)
    theirs = as_it_stands(product)
    return editor(
        request, product, replace(mine, seen=theirs.seen), sent=True, overtaken_by=unlikes(theirs, mine)
    )


def editor(
    request: HttpRequest,
    product: Product | None,
    draft: ProductDraft,
    *,
    sent: bool = False,
    overtaken_by: Sequence[Unlike] | None = None,
    price_sent: Any = None,
) -> HttpResponse:
    """Show a product as ``draft`` has it; ``price_sent`` is the price that was asked for and refused."""
    user = request.user
    categories = list(Category.objects.visible_to(user).order_by("name", "code"))
    category = next((each for each in categories if each.code == draft.category_code), None)
    axes = [name for name, _values in draft.axes]
    names = dict(Sku.objects.filter(product=product).values_list("code", "name")) if product else {}
    context: dict[str, Any] = {
        "product": product,
        "draft": draft,
        "axes": [(name, "\n".join(values)) for name, values in draft.axes],
        "cells": CELLS,
        "roles": PriceRole.choices,
        "stages": SkuStage.choices,
        "rows": [row_of(place, variant, axes, names) for place, variant in enumerate(draft.variants)],
        "brands": Brand.objects.visible_to(user).order_by("name", "code"),
        "categories": categories,
        "attributes": asked_attributes(category, draft.attributes),
        "may_write": user.has_perm(WRITE),
        "overtaken_by": overtaken_by,
        "price_sent": price_sent,
        "title": product.name if product else _("New product"),
    }
    if product is not None:
        context |= around(product, draft, user, moment_asked(request))
    return shown_page(request, "catalog/product.html", context, 422 if sent else 200)


def row_of(
    place: int, variant: VariantDraft, axes: Sequence[str], names: Mapping[str, str], *, offered: bool = True
) -> dict[str, Any]:
    """Return a row of the table of variants; ``names`` are those of SKUs without options."""
    sequence = [name for name in axes if name in variant.options]
    options = {name: variant.options[name] for name in [*sequence, *sorted(set(variant.options) - set(axes))]}
    values = {"sku_code": variant.sku_code, **{name: getattr(variant, name) for name in VARIANT_FACTS}}
    return {
        "place": place,
        "shown": " / ".join(options.values()) or names.get(variant.sku_code, ""),
        "options": json.dumps(options, ensure_ascii=False),
        "offered": offered,
        "cells": [(name, label, kind, most, values[name]) for name, label, kind, most in CELLS],
    }


def asked_attributes(category: Category | None, values: Any) -> list[dict[str, Any]]:
    """Return the attributes of a category with the values that a product has."""
    return [
        {"attribute": each, "value": values.get(each.code, "")}
        for each in attributes_for(category.pk if category else None)
    ]


def moment_asked(request: HttpRequest) -> datetime | None:
    """Return the moment whose prices are asked for; None for now."""
    try:
        return moment_sent(request.GET.get("at", ""))
    except Refused as refused:
        messages.error(request, str(refused))
        return None


def around(product: Product, draft: ProductDraft, user: Any, asked_at: datetime | None) -> dict[str, Any]:
    """Return what stands around a product as ``draft`` has it.

    That is the SKUs not offered, stock, prices by shop at the moment that is asked for (None: now), their history,
    listings, packs.
    """
    skus = list(Sku.objects.filter(product=product).order_by("pk"))
    ids = [sku.pk for sku in skus]
    axes = [name for name, _values in product.axes]
    active = [sku for sku in skus if sku.is_active]
    now = timezone.now()
    channels = list(Channel.objects.visible_to(user).filter(is_active=True).order_by("name", "code"))
    priced = set(Price.objects.filter(sku__in=ids).values_list("channel", flat=True).distinct())
    shops = [channel for channel in channels if channel.pk in priced]
    at = asked_at or now
    by_shop = [(shop, prices_at(ids, shop.pk, at)) for shop in shops[:MOST_SHOPS]]
    listed = prices_at(ids, None, at)
    history = Price.objects.filter(sku__in=ids).select_related(
        "sku", "channel", "change__requester", "change__decider"
    )
    seen = history.filter(channel=None) | history.filter(channel__in=channels)
    stock = available_at(ids, now)
    return {
        "gone": [
            row_of(MOST_VARIANTS + place, variant_of(sku), axes, {sku.code: sku.name}, offered=False)
            for place, sku in enumerate(sku for sku in skus if not is_offered(sku, draft))
        ],
        "shops": [shop for shop, _prices in by_shop],
        "channels": channels,
        "asked_at": asked_at,
        "now": now,
        "may_see_changes": user.has_perm("catalog.view_pricechange"),
        "priced": [
            (sku, stock.get(sku.pk, 0), listed.get(sku.pk), [prices.get(sku.pk) for _shop, prices in by_shop])
            for sku in active
        ],
        "history": [
            (price, called(price.actor)) for price in changes_of(seen.order_by("-since", "-pk")[:HISTORY])
        ],
        "listings": Listing.objects.visible_to(user)
        .filter(product=product)
        .select_related("channel")
        .order_by("pk"),
        "packs": MaterialPack.objects.visible_to(user).filter(product=product).order_by("-pk")[:20],
    }


def is_offered(sku: Sku, draft: ProductDraft) -> bool:
    """Tell whether one of the draft's variants is this SKU."""
    return any(
        variant.sku_code == sku.code
        or (not variant.sku_code and sku.is_active and dict(variant.options) == sku.options)
        for variant in draft.variants
    )


def changes_of(prices: Iterable[Price]) -> list[Price]:
    """Return the prices, the latest first, without those that only say again what held before."""
    held: dict[tuple[int, int | None], Any] = {}
    changes = []
    for price in reversed(list(prices)):
        if price.until is not None:
            changes.append(price)
            continue
        if held.get((price.sku_id, price.channel_id)) != price.amount:
            changes.append(price)
        held[price.sku_id, price.channel_id] = price.amount
    return changes[::-1]


@require_safe
@staff_only(VIEW)
def attributes_part(request: HttpRequest) -> HttpResponse:
    """Show the attributes of the category that was chosen."""
    category = Category.objects.visible_to(request.user).filter(code=request.GET.get("category", "")).first()
    context = {"attributes": asked_attributes(category, {}), "may_write": True}
    return render(request, "catalog/product_attributes.html", context)


@require_POST
@staff_only(WRITE)
def price_page(request: HttpRequest, code: str) -> HttpResponse:
    """Set one price for the chosen SKUs of a product in a shop, now or from a moment on."""
    product = visible_product(request, code)
    sent = request.POST
    address = HttpResponseRedirect(reverse("catalog:product", args=[code]) + "#prices")
    shop = sent.get("shop", "")
    if shop and not Channel.objects.visible_to(request.user).filter(code=shop).exists():
        raise Http404
    own = set(Sku.objects.filter(product=product).values_list("code", flat=True))
    codes = sorted(own) if sent.get("sku") == "*" else [each for each in sent.getlist("sku") if each in own]
    try:
        amount = amount_sent(sent.get("amount", ""), ", ".join(codes)[:60])
        if amount is None or not codes:
            raise Refused(gettext_lazy("Choose a SKU and write a price."))
        draft = PriceChangeDraft(
            tuple((code, amount) for code in codes),
            shop,
            moment_sent(sent.get("since", "")),
            until=moment_sent(sent.get("until", "")),
            reason=sent.get("reason", "")[:200],
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return editor(request, product, as_it_stands(product), sent=True, price_sent=sent)
    outcome = attempt(request, propose_prices, [draft])
    say_proposed(request, outcome)
    if outcome.done:
        return address
    return editor(request, product, as_it_stands(product), sent=True, price_sent=sent)
