"""What is sold: brands, categories, products, SKUs, bundles; and where it lies."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import Any, Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.choices import PriceRole, SkuStage, WarehouseKind, WarehouseSystem
from ops_portal.accounts.audit import audited
from ops_portal.accounts.visibility import Viewer, scope_of
from ops_portal.lib.money import AmountField

PRICES_NOT_NEGATIVE = reduce(
    and_,
    (
        models.Q(**{f"{name}__isnull": True}) | models.Q(**{f"{name}__gte": 0})
        for name in ("cost", "floor_price", "reference_price")
    ),
)


class OfBrands(models.QuerySet[Any]):
    """Rows that belong to a brand; ``brand_path`` leads from the row to the brand's code."""

    brand_path = "brand__code"

    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the brands granted to ``user``; nothing by default."""
        scope = scope_of(user)
        if scope.all:
            return self
        return self.filter(**{f"{self.brand_path}__in": scope.brands}) if scope.brands else self.none()


class OfBrandsOrAll(OfBrands):
    """Rows that belong to a brand or, without one, to all; partners see those of their brands alone."""

    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the brands granted to ``user`` and what is for all brands; nothing by default."""
        scope = scope_of(user)
        if scope.all:
            return self
        if scope.empty:
            return self.none()
        own = models.Q(**{f"{self.brand_path}__in": scope.brands})
        return self.filter(own) if scope.partner else self.filter(own | models.Q(brand=None))


class BrandQuerySet(OfBrands):
    brand_path = "code"


class ProductQuerySet(OfBrands):
    pass


class SkuQuerySet(OfBrands):
    brand_path = "product__brand__code"


class OfSkuQuerySet(OfBrands):
    brand_path = "sku__product__brand__code"


class SharedQuerySet(models.QuerySet[Any]):
    """Rows that every member of the house may see, and no partner."""

    def visible_to(self, user: Viewer) -> Self:
        """Narrow to nothing for partners and strangers."""
        scope = scope_of(user)
        return self if scope.all or scope.shops or (scope.brands and not scope.partner) else self.none()


class Brand(models.Model):
    """A brand whose goods the agency sells."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)

    objects = BrandQuerySet.as_manager()

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        triggers = audited()

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A node of the category tree."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
    )

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        triggers = audited()

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What customers know by one name; its variants are SKUs.

    ``axes`` is a list of [name, values]; every SKU has one value of each in its ``options``. ``attributes`` holds
    values by the code of an ``Attribute`` of its category.
    """

    code = models.CharField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    brand = models.ForeignKey(
        Brand, verbose_name=_("brand"), on_delete=models.PROTECT, related_name="products"
    )
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
    )
    axes = models.JSONField(
        _("variant axes"),
        default=list,
        blank=True,
        db_default=models.Value([], models.JSONField()),
        help_text=_("What the variants differ by, each with its values: colour, size."),
    )
    attributes = models.JSONField(
        _("attributes"), default=dict, blank=True, db_default=models.Value({}, models.JSONField())
    )

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        triggers = audited()
        indexes = (GinIndex(fields=["name"], opclasses=["gin_trgm_ops"], name="product_named_alike"),)

    def __str__(self) -> str:
        return self.name


class Sku(models.Model):
    """The unit of stock and sale. A bundle is a SKU without stock of its own: it stands for its components."""

    code = models.CharField("SKU", max_length=60, unique=True)
    product = models.ForeignKey(
        Product, verbose_name=_("product"), on_delete=models.PROTECT, related_name="skus"
    )
    name = models.CharField(_("variant"), max_length=200, blank=True)
    barcode = models.CharField(_("barcode"), max_length=40, blank=True)
    list_price = AmountField(_("list price"), null=True, blank=True)
    is_bundle = models.BooleanField(_("bundle"), default=False)
    tracks_batches = models.BooleanField(
        _("tracks batches"),
        default=False,
        help_text=_("Goods with an expiry date leave first-expired-first."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    options = models.JSONField(
        _("options"), default=dict, blank=True, db_default=models.Value({}, models.JSONField())
    )
    cost = AmountField(_("cost"), null=True, blank=True)
    floor_price = AmountField(
        _("floor price"),
        null=True,
        blank=True,
        help_text=_("Below it a price needs a reason and an approval."),
    )
    reference_price = AmountField(_("reference price"), null=True, blank=True)
    price_role = models.CharField(
        _("role of the price"), max_length=10, choices=PriceRole, blank=True, default="", db_default=""
    )
    stage = models.CharField(
        _("stage of life"),
        max_length=10,
        choices=SkuStage,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "What is being cleared is sold off: it isn't ordered again, and nobody is warned that it runs out."
        ),
    )
    weight_grams = models.PositiveIntegerField(_("weight (g)"), null=True, blank=True)
    length_mm = models.PositiveIntegerField(_("box length (mm)"), null=True, blank=True)
    width_mm = models.PositiveIntegerField(_("box width (mm)"), null=True, blank=True)
    height_mm = models.PositiveIntegerField(_("box height (mm)"), null=True, blank=True)
    packaging = models.CharField(
        _("packaging rule"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("What the packer is told: shock-proof, moisture-proof, which box."),
    )
    shelf_life_days = models.PositiveIntegerField(_("shelf life (days)"), null=True, blank=True)
    receive_days = models.PositiveIntegerField(
        _("fewest days left at receipt"),
        null=True,
        blank=True,
        help_text=_("A delivery with fewer days before its date is not taken in for sale."),
    )
    near_days = models.PositiveIntegerField(
        _("near its date (days)"),
        null=True,
        blank=True,
        help_text=_("From so many days before its date on a batch is near it."),
    )
    ship_days = models.PositiveIntegerField(
        _("fewest days left at shipping"),
        null=True,
        blank=True,
        help_text=_("With fewer days before its date a batch is no longer sold."),
    )

    objects = SkuQuerySet.as_manager()

    class Meta:
        verbose_name = "SKU"
        verbose_name_plural = "SKU"
        triggers = (
            *audited(),
            pgtrigger.Trigger(
                name="settled_by_movements",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("tracks_batches", "is_bundle"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Q(old__tracks_batches__df=pgtrigger.F("new__tracks_batches"))
                | pgtrigger.Q(old__is_bundle=False, new__is_bundle=True),
                func="""
                    IF EXISTS (
                        SELECT FROM catalog_stockmovement m JOIN catalog_stock s ON s.id = m.stock_id
                        WHERE s.sku_id = NEW.id
                    ) THEN
                        RAISE EXCEPTION 'SKU % has movements; neither its batches nor its kind can change', NEW.code
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(is_bundle=True, tracks_batches=True), name="bundle_has_no_batches"
            ),
            models.CheckConstraint(
                condition=models.Q(list_price__isnull=True) | models.Q(list_price__gte=0),
                name="sku_price_not_negative",
            ),
            models.CheckConstraint(condition=PRICES_NOT_NEGATIVE, name="sku_prices_not_negative"),
        )
        indexes = (
            GinIndex(fields=["code"], opclasses=["gin_trgm_ops"], name="sku_coded_alike"),
            models.Index(fields=["barcode"], name="sku_of_barcode", condition=~models.Q(barcode="")),
        )

    def __str__(self) -> str:
        return self.code


class BundleVersion(models.Model):
    """What a bundle was made of from a moment on; the newest version with ``since`` passed is in force."""

    sku = models.ForeignKey(
        Sku, verbose_name=_("bundle"), on_delete=models.PROTECT, related_name="bundle_versions"
    )
    version = models.PositiveIntegerField(_("version"))
    since = models.DateTimeField(_("since"))

    objects = OfSkuQuerySet.as_manager()

    class Meta:
        verbose_name = _("bundle version")
        verbose_name_plural = _("bundle versions")
        triggers = audited()
        constraints = (models.UniqueConstraint(fields=["sku", "version"], name="bundle_version_once"),)

    def __str__(self) -> str:
        return f"{self.sku.code} v{self.version}"


class BundleComponent(models.Model):
    """So many units of a SKU in one bundle, and its share of the bundle's price."""

    bundle_version = models.ForeignKey(
        BundleVersion, verbose_name=_("bundle version"), on_delete=models.PROTECT, related_name="components"
    )
    sku = models.ForeignKey(Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="+")
    units = models.PositiveIntegerField(_("units"))
    price_share = models.DecimalField(_("share of the price"), max_digits=9, decimal_places=6)

    class Meta:
        verbose_name = _("bundle component")
        verbose_name_plural = _("bundle components")
        triggers = audited()
        constraints = (
            models.UniqueConstraint(fields=["bundle_version", "sku"], name="component_once"),
            models.CheckConstraint(condition=models.Q(units__gt=0), name="component_has_units"),
            models.CheckConstraint(
                condition=models.Q(price_share__gte=0) & models.Q(price_share__lte=1), name="component_share"
            ),
        )

    def __str__(self) -> str:
        return f"{self.units} × {self.sku_id}"


class Warehouse(models.Model):
    """A place with books of its own. One that belongs to a ``brand`` is that brand's to ship from (一件代發)."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=WarehouseKind, default=WarehouseKind.OWN)
    system = models.CharField(
        _("whose books lead"),
        max_length=20,
        choices=WarehouseSystem,
        default=WarehouseSystem.NONE,
        db_default=WarehouseSystem.NONE,
    )
    brand = models.ForeignKey(
        Brand, verbose_name=_("shipped by the brand"), on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", db_index=False,
        help_text=_("Of a brand's own warehouse: the brand ships the orders that are reserved there."),
    )  # fmt: skip
    inspects_receipts = models.BooleanField(
        _("inspects what it receives"),
        default=False,
        db_default=False,
        help_text=_("What comes in waits in quarantine until it has passed inspection."),
    )

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")
        triggers = audited()
        constraints = (
            models.CheckConstraint(
                condition=models.Q(brand__isnull=True) | models.Q(kind=WarehouseKind.BRAND),
                name="warehouse_of_a_brand_is_the_brands",
                violation_error_message=_(
                    "Only a warehouse that is the brand's can be shipped from by a brand."
                ),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """Goods of one SKU made together, with the last day on which they may be used."""

    sku = models.ForeignKey(Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="batches")
    code = models.CharField(_("batch"), max_length=60)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)

    objects = OfSkuQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        triggers = audited()
        constraints = (models.UniqueConstraint(fields=["sku", "code"], name="batch_once"),)
        indexes = (
            models.Index(
                fields=["expires_on", "id"],
                name="batch_by_date",
                condition=models.Q(expires_on__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.code
