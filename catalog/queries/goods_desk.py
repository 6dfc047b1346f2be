"""The list of goods: a page of products with what is known and what is missing of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Product, Sku
from catalog.queries.bundles import available_at

PAGE: Final = 50
OF_IT: Final = Sku.objects.filter(product=OuterRef("pk"), is_active=True)
MISSING: Final[Mapping[str, tuple[Any, Q]]] = {
    "category": (_("category"), Q(category=None)),
    "variants": (_("variants"), ~Q(Exists(OF_IT))),
    "price": (_("list price"), Q(Exists(OF_IT.filter(list_price=None)))),
    "cost": (_("cost"), Q(Exists(OF_IT.filter(cost=None)))),
    "barcode": (_("barcode"), Q(Exists(OF_IT.filter(barcode="")))),
    "weight": (pgettext_lazy("goods", "weight"), Q(Exists(OF_IT.filter(weight_grams=None)))),
}


@dataclass(frozen=True, slots=True)
class AskedGoods:
    """What a page of goods is narrowed to; ``after`` is the code that the page before ended with."""

    text: str = ""
    brand: str = ""
    category: str = ""
    missing: str = ""
    after: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether anything is asked for."""
        return bool(self.text or self.brand or self.category or self.missing)


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """A product with its active variants, the span of their list prices, and the units that can be sold."""

    product: Product
    variants: int
    least: Decimal | None
    most: Decimal | None
    available: int
    missing: tuple[Any, ...]


def page_of_goods(asked: AskedGoods, *, user: Any) -> tuple[list[GoodsRow], str]:
    """Return 50 products by code and the code after which the next page begins; 3 statements and the scope's."""
    found = narrowed(Product.objects.visible_to(user), asked).select_related("brand", "category")
    products = list(found.order_by("code")[: PAGE + 1])
    following = products[PAGE - 1].code if len(products) > PAGE else ""
    products = products[:PAGE]
    ids = [product.pk for product in products]
    sums = {
        row["product"]: row
        for row in Sku.objects.filter(product__in=ids, is_active=True)
        .values("product")
        .annotate(
            skus=ArrayAgg("pk"),
            variants=Count("pk"),
            least=Min("list_price"),
            most=Max("list_price"),
            price=Count("pk", filter=Q(list_price=None)),
            cost=Count("pk", filter=Q(cost=None)),
            barcode=Count("pk", filter=Q(barcode="")),
            weight=Count("pk", filter=Q(weight_grams=None)),
        )
        .order_by()
    }
    units = available_at([sku for row in sums.values() for sku in row["skus"]], timezone.now())
    return [row_of(product, sums.get(product.pk, {}), units) for product in products], following


def row_of(product: Product, sums: Mapping[str, Any], units: Mapping[int, int]) -> GoodsRow:
    """Return what the list shows of a product; ``units`` are those that can be sold, by SKU."""
    lacks = {"category": product.category_id is None, "variants": not sums.get("variants")}
    lacks |= {name: bool(sums.get(name)) for name in ("price", "cost", "barcode", "weight")}
    return GoodsRow(
        product,
        sums.get("variants", 0),
        sums.get("least"),
        sums.get("most"),
        sum(units.get(sku, 0) for sku in sums.get("skus", ())),
        tuple(MISSING[name][0] for name, lack in lacks.items() if lack),
    )


def narrowed(products: QuerySet[Product], asked: AskedGoods) -> QuerySet[Product]:
    """Return the products that are asked for."""
    if asked.text:
        text = asked.text
        of_code = Sku.objects.filter(Q(code__istartswith=text) | Q(barcode=text)).values("product")
        products = products.filter(Q(code__istartswith=text) | Q(name__icontains=text) | Q(pk__in=of_code))
    if asked.brand:
        products = products.filter(brand__code=asked.brand)
    if asked.category:
        products = products.filter(category__code=asked.category)
    if asked.missing in MISSING:
        products = products.filter(MISSING[asked.missing][1])
    return products.filter(code__gt=asked.after) if asked.after else products
