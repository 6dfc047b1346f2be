"""What is looked at again and again: rules about goods that are on sale, and what hit them."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import CheckAction, CheckKind, CheckStatus
from catalog.models.channels import Channel
from catalog.models.goods import Brand, OfBrandsOrAll, OfSkuQuerySet, Sku
from ops_portal.accounts.audit import audited
from ops_portal.accounts.models import User
from ops_portal.desk.models import Owned


class CheckRule(models.Model):
    """When goods are to be looked at: of one brand, or of all that have no rule of their own of this kind.

    ``limit`` is a number of units for what doesn't sell (from so many on hand on), a share for margins and returns,
    and a number of faults for contents. ``days`` is how far back is looked, ``quiet_days`` how long what was looked
    at isn't shown again.
    """

    kind = models.CharField(pgettext_lazy("check", "kind"), max_length=10, choices=CheckKind)
    brand = models.ForeignKey(
        Brand, verbose_name=_("brand"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    limit = models.DecimalField(
        _("limit"), max_digits=12, decimal_places=4, default=1, validators=[MinValueValidator(Decimal(0))]
    )
    days = models.PositiveIntegerField(_("over (days)"), default=30, validators=[MinValueValidator(1)])
    quiet_days = models.PositiveIntegerField(_("then quiet for (days)"), default=30)
    is_active = models.BooleanField(_("active"), default=True)

    objects = OfBrandsOrAll.as_manager()

    class Meta:
        verbose_name = _("rule of checks")
        verbose_name_plural = _("rules of checks")
        triggers = audited()
        constraints = (
            models.UniqueConstraint(fields=["kind", "brand"], name="check_rule_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=models.Q(limit__gte=0, days__gt=0), name="check_rule_has_limits"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.limit}"


class GoodsCheck(Owned):
    """A SKU (in a shop, where it is about that) that hit a rule; ``figure`` is what was found.

    ``action`` says what whoever looked at it does; until ``quiet_until`` it isn't shown again.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    kind = models.CharField(pgettext_lazy("check", "kind"), max_length=10, choices=CheckKind)
    sku = models.ForeignKey(Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="+")
    channel = models.ForeignKey(
        Channel, verbose_name=_("shop"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    status = models.CharField(_("status"), max_length=10, choices=CheckStatus, default=CheckStatus.OPEN)
    figure = models.DecimalField(_("figure"), max_digits=16, decimal_places=4)
    limit = models.DecimalField(_("limit"), max_digits=12, decimal_places=4)
    days = models.PositiveIntegerField(_("over (days)"))
    quiet_days = models.PositiveIntegerField(_("then quiet for (days)"))
    action = models.CharField(_("action"), max_length=12, choices=CheckAction, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    decider = models.ForeignKey(
        User, verbose_name=_("decided by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    quiet_until = models.DateTimeField(_("quiet until"), null=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = OfSkuQuerySet.as_manager()

    class Meta:
        verbose_name = _("check of goods")
        verbose_name_plural = _("checks of goods")
        triggers = audited(
            ignore=("updated_at", "status", "owner", "figure", "limit", "days", "quiet_days"),
            events=("update", "delete"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "sku", "channel"],
                condition=models.Q(status=CheckStatus.OPEN),
                name="check_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=~models.Q(status=CheckStatus.SETTLED) | ~models.Q(action=""),
                name="settled_check_has_an_action",
            ),
        )
        indexes = (
            models.Index(fields=["status", "kind", "-created_at", "-id"], name="check_in_status"),
            models.Index(
                fields=["kind", "sku", "channel"],
                name="check_that_is_quiet",
                condition=models.Q(status="settled"),
            ),
        )

    def __str__(self) -> str:
        return self.number
