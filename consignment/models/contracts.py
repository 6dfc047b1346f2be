"""Contracts: in which mode, for which brands and shops, and on what terms from which day on."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Brand
from consignment.choices import CommissionBase, ContractMode, ContractStatus
from consignment.models.partners import NoDraftOfPartner, Partner
from ops_portal.accounts.audit import audited
from ops_portal.lib.models import APPEND_ONLY
from ops_portal.lib.money import AmountField, CurrencyField
from orders.models import Shop


def percent(rate: Decimal) -> str:
    """Return a share in hundredths, without idle zeros: 0.125 is 12.5."""
    return f"{rate * 100:.4f}".rstrip("0").rstrip(".")


class Contract(models.Model):
    """An agreement with a partner over some of its brands, from ``starts_on`` to ``ends_on``, both days included.

    It covers every shop whose money reaches the party that collects in its mode; or, where shops are listed, those.
    Freight is not settled: it stays with whoever collects it.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="contracts"
    )
    mode = models.CharField(_("mode"), max_length=20, choices=ContractMode)
    status = models.CharField(
        _("status"), max_length=10, choices=ContractStatus, default=ContractStatus.DRAFT
    )
    currency = CurrencyField(_("currency"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    all_shops = models.BooleanField(_("all shops"), default=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = NoDraftOfPartner.as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        triggers = audited(ignore=("updated_at", "status"))
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="contract_ends_after_it_starts",
            ),
        )
        indexes = (models.Index(fields=["status", "id"], name="contract_in_status"),)

    def __str__(self) -> str:
        return self.number


class ContractBrand(models.Model):
    """A brand of which a contract treats."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="brands")
    brand = models.ForeignKey(Brand, verbose_name=_("brand"), on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("brand of the contract")
        verbose_name_plural = _("brands of the contract")
        triggers = audited()
        constraints = (models.UniqueConstraint(fields=["contract", "brand"], name="contract_brand_once"),)

    def __str__(self) -> str:
        return str(self.brand_id)


class ContractShop(models.Model):
    """A shop that a contract lists."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="shops")
    shop = models.ForeignKey(Shop, verbose_name=_("shop"), on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("shop of the contract")
        verbose_name_plural = _("shops of the contract")
        triggers = audited()
        constraints = (models.UniqueConstraint(fields=["contract", "shop"], name="contract_shop_once"),)

    def __str__(self) -> str:
        return str(self.shop_id)


class ContractCover(models.Model):
    """What a contract in force lays claim to: a brand in a shop, or in all of them, for its period.

    No two contracts cover one brand in one shop on the same day.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", db_index=False)
    shops = BigIntegerRangeField(_("shops"))
    period = DateRangeField(_("period"))

    class Meta:
        verbose_name = _("cover of the contract")
        verbose_name_plural = _("covers of the contract")
        triggers = audited()
        constraints = (
            ExclusionConstraint(
                name="contract_covers_never_overlap",
                expressions=[
                    ("brand", RangeOperators.EQUAL),
                    ("shops", RangeOperators.OVERLAPS),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
        )

    def __str__(self) -> str:
        return f"{self.contract_id}: {self.brand_id}"


class ContractVersion(models.Model):
    """The terms of a contract from the day ``since`` on; a sale keeps the terms of its own day for good.

    ``rate`` is a share (0.2 is 20 %), ``monthly_fee`` what a whole month costs, both in the contract's currency.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField(_("version"))
    since = models.DateField(_("since"))
    base = models.CharField(_("commission on"), max_length=20, choices=CommissionBase)
    rate = models.DecimalField(_("commission rate"), max_digits=7, decimal_places=6)
    monthly_fee = AmountField(_("monthly fee"), default=Decimal(0))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    actor = models.CharField(_("actor"), max_length=200)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("version of the contract")
        verbose_name_plural = _("versions of the contract")
        triggers = APPEND_ONLY
        constraints = (
            models.UniqueConstraint(fields=["contract", "version"], name="contract_version_once"),
            models.UniqueConstraint(fields=["contract", "since"], name="contract_version_a_day"),
            models.CheckConstraint(
                condition=models.Q(rate__gte=0, rate__lte=1, monthly_fee__gte=0),
                name="contract_terms_in_bounds",
            ),
        )

    def __str__(self) -> str:
        return f"v{self.version}"

    @property
    def percent(self) -> str:
        """Return the rate as people read it."""
        return percent(self.rate)
