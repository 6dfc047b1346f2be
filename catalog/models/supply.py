"""How much is wanted and how it is got again: demand by day, terms of supply, limits, alerts, replenishment."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import AlertKind, AlertStatus, ReplenishmentStatus
from catalog.models.goods import Batch, Brand, OfBrands, OfBrandsOrAll, OfSkuQuerySet, Sku, Warehouse
from catalog.models.inbound import InboundDelivery
from ops_portal.accounts.audit import audited
from ops_portal.accounts.models import User
from ops_portal.desk.models import Owned


class DailyDemand(models.Model):
    """Units of a SKU that buyers took from a warehouse on one day (Asia/Shanghai), net of what they took back that day.

    ``was_out`` tells that nothing was left at the end of the day: then the units say less than buyers wanted.
    A day without a row had goods and no buyer. Rolled up from the ledger; deleting rows loses nothing.
    """

    sku = models.ForeignKey(
        Sku, verbose_name="SKU", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.DateField(_("day"))
    units = models.PositiveBigIntegerField(_("units"), default=0)
    was_out = models.BooleanField(_("out of stock"), default=False)

    objects = OfSkuQuerySet.as_manager()

    class Meta:
        verbose_name = _("demand of a day")
        verbose_name_plural = _("demand by day")
        constraints = (models.UniqueConstraint(fields=["sku", "warehouse", "day"], name="demand_once"),)
        indexes = (models.Index(fields=["day"], name="demand_of_day"),)

    def __str__(self) -> str:
        return f"{self.sku_id} {self.day}: {self.units}"


class CampaignPeriod(models.Model):
    """Days on which more is sold than the week's rhythm says: set apart in what was, multiplied in what will be."""

    name = models.CharField(_("name"), max_length=100)
    brand = models.ForeignKey(
        Brand, verbose_name=_("brand"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    uplift = models.DecimalField(
        _("times the usual demand"),
        max_digits=6,
        decimal_places=2,
        default=1,
        validators=[MinValueValidator(0), MaxValueValidator(1000)],
    )

    objects = OfBrandsOrAll.as_manager()

    class Meta:
        verbose_name = _("campaign period")
        verbose_name_plural = _("campaign periods")
        triggers = audited()
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="campaign_period_in_sequence"
            ),
            models.CheckConstraint(condition=models.Q(uplift__gte=0), name="campaign_uplift_not_negative"),
        )

    def __str__(self) -> str:
        return self.name


class SupplyTerms(models.Model):
    """How goods are got: of a brand, or of one SKU of it where ``sku`` is given, which goes before the brand's.

    ``lead_days`` from the order to the shelf on average, ``lead_spread`` their standard deviation in days.
    ``service_level`` is the share of replenishment cycles that shall pass without running out.
    """

    brand = models.ForeignKey(Brand, verbose_name=_("brand"), on_delete=models.PROTECT, related_name="+")
    sku = models.ForeignKey(
        Sku, verbose_name="SKU", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    supplier = models.CharField(_("supplier"), max_length=120, blank=True)
    lead_days = models.PositiveIntegerField(_("lead time (days)"), default=7)
    lead_spread = models.DecimalField(
        _("spread of the lead time (days)"), max_digits=6, decimal_places=2, default=2
    )
    review_days = models.PositiveIntegerField(_("ordered every (days)"), default=7)
    minimum_units = models.PositiveIntegerField(_("minimum order (units)"), default=1)
    pack_units = models.PositiveIntegerField(_("units in a carton"), default=1)
    service_level = models.DecimalField(
        _("service level"),
        max_digits=5,
        decimal_places=4,
        default="0.95",
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    is_core = models.BooleanField(_("core goods"), default=False)

    objects = OfBrands.as_manager()

    class Meta:
        verbose_name = _("terms of supply")
        verbose_name_plural = _("terms of supply")
        triggers = audited()
        constraints = (
            models.UniqueConstraint(fields=["brand", "sku"], name="supply_terms_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(service_level__gt=0, service_level__lt=1, lead_spread__gte=0),
                name="supply_terms_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(pack_units__gt=0, minimum_units__gt=0, review_days__gt=0),
                name="supply_terms_give_units",
            ),
        )

    def __str__(self) -> str:
        return f"{self.brand_id}/{self.sku_id or '*'}"


class StockLimit(models.Model):
    """Below ``low`` available units of a SKU in a warehouse there are too few, above ``high`` too many.

    Computed ones follow what is sold, until a person sets one.
    """

    sku = models.ForeignKey(
        Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    low = models.PositiveBigIntegerField(_("warn below"), null=True, blank=True)
    high = models.PositiveBigIntegerField(_("warn above"), null=True, blank=True)
    is_computed = models.BooleanField(_("computed"), default=False)
    updated_at = models.DateTimeField(_("updated at"))

    objects = OfSkuQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock limit")
        verbose_name_plural = _("stock limits")
        triggers = audited(ignore=("updated_at",))
        constraints = (
            models.UniqueConstraint(fields=["sku", "warehouse"], name="limit_once"),
            models.CheckConstraint(
                condition=models.Q(low__isnull=True)
                | models.Q(high__isnull=True)
                | models.Q(high__gt=models.F("low")),
                name="limits_in_sequence",
            ),
        )

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.low}–{self.high}"


class StockAlert(Owned):
    """Stock that somebody has to look at. There is one open alert of a kind for the same goods in the same place.

    ``units`` and ``limit`` are those of the moment at which it opened. ``told_at`` is when the team was told by mail,
    or that there was nobody to tell.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    kind = models.CharField(pgettext_lazy("alert", "kind"), max_length=12, choices=AlertKind)
    sku = models.ForeignKey(Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="+")
    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="+"
    )
    batch = models.ForeignKey(
        Batch, verbose_name=_("batch"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    status = models.CharField(_("status"), max_length=12, choices=AlertStatus, default=AlertStatus.OPEN)
    units = models.BigIntegerField(_("units"))
    limit = models.BigIntegerField(_("limit"), null=True)
    opened_at = models.DateTimeField(_("opened at"))
    acknowledged_by = models.ForeignKey(
        User, verbose_name=_("acknowledged by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    told_at = models.DateTimeField(_("told at"), null=True)
    updated_at = models.DateTimeField(_("updated at"))

    objects = OfSkuQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock alert")
        verbose_name_plural = _("stock alerts")
        triggers = audited(
            ignore=("status", "owner", "units", "closed_at", "told_at", "updated_at"),
            events=("update", "delete"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "sku", "warehouse", "batch"],
                condition=~models.Q(status=AlertStatus.CLOSED),
                name="alert_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=~models.Q(status=AlertStatus.CLOSED) | models.Q(closed_at__isnull=False),
                name="alert_closed_at_a_time",
            ),
        )
        indexes = (
            models.Index(fields=["status", "-opened_at", "-id"], name="alert_in_status"),
            models.Index(fields=["id"], name="alert_to_tell", condition=models.Q(told_at=None)),
        )

    def __str__(self) -> str:
        return self.number


class Replenishment(Owned):
    """So many units of a SKU that should be got for a warehouse and an owner, and why.

    ``suggested`` is what was reckoned, ``units`` what somebody decided. ``reasoning`` follows
    ``catalog.drafts.Reasoning``: each figure of the reckoning. Approved ones become lines of ``delivery``.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    sku = models.ForeignKey(Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="+")
    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="+"
    )
    goods_owner = models.CharField(pgettext_lazy("goods", "owner"), max_length=40)
    status = models.CharField(_("status"), max_length=12, choices=ReplenishmentStatus)
    suggested = models.PositiveBigIntegerField(_("suggested"))
    units = models.PositiveBigIntegerField(_("units"))
    runs_out_on = models.DateField(_("runs out on"), null=True)
    reasoning = models.JSONField(_("reasoning"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    decider = models.ForeignKey(
        User, verbose_name=_("decided by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    delivery = models.ForeignKey(
        InboundDelivery,
        verbose_name=_("inbound delivery"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = OfSkuQuerySet.as_manager()

    class Meta:
        verbose_name = _("replenishment")
        verbose_name_plural = _("replenishments")
        triggers = audited(ignore=("updated_at", "status", "owner", "reasoning"), events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(
                fields=["sku", "warehouse", "goods_owner"],
                condition=models.Q(status=ReplenishmentStatus.PROPOSED),
                name="replenishment_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status=ReplenishmentStatus.ORDERED, delivery__isnull=False)
                | models.Q(status=ReplenishmentStatus.APPROVED)  # the delivery is noted first, then the move
                | (
                    ~models.Q(status__in=(ReplenishmentStatus.APPROVED, ReplenishmentStatus.ORDERED))
                    & models.Q(delivery__isnull=True)
                ),
                name="ordered_replenishment_has_a_delivery",
            ),
        )
        indexes = (
            models.Index(fields=["status", "runs_out_on", "id"], name="replenishment_in_status"),
            models.Index(fields=["-created_at", "-id"], name="replenishment_newest"),
        )

    def __str__(self) -> str:
        return self.number
