"""Roll-ups: what the rows of a shop's day add up to, and which days have changed since; and what optimising did.

Roll-ups can be computed again from the rows of the apps below, so they have no constraints towards them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from analytics.choices import Cause, Dimension, OptimisationStatus, Source, Verdict
from catalog.models import Listing, ListingVersion
from catalog.models.listings import OfChannels
from ops_portal.accounts.audit import audited
from ops_portal.desk.models import Owned
from ops_portal.lib.money import AmountField
from orders.models import Customer, Shop

if TYPE_CHECKING:
    ShopKey = models.ForeignKey[Any, Any]
else:
    ShopKey = models.ForeignKey


def shop_key(*, null: bool = False) -> ShopKey:
    """Return a link to the shop that costs no lock and no index of its own."""
    return models.ForeignKey(
        Shop,
        verbose_name=_("shop"),
        on_delete=models.PROTECT,
        null=null,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )


class OrderFigures(models.Model):
    """What the orders placed in one shop on one day add up to.

    Amounts and units of one dimension add up to the total; numbers of orders by brand don't, because an order
    counts for each brand of which it has a line.
    """

    pk = models.CompositePrimaryKey("dimension", "day", "shop_id", "key")
    dimension = models.CharField(_("dimension"), max_length=8, choices=Dimension)
    day = models.DateField(_("day"))
    shop = shop_key()
    key = models.CharField(_("key"), max_length=60, blank=True)
    orders_created = models.BigIntegerField()
    orders_paid = models.BigIntegerField()
    gmv_created = AmountField(max_digits=18)
    gmv_paid = AmountField(max_digits=18)
    refund_amount = AmountField(max_digits=18)
    units_sold = models.BigIntegerField()
    computed_at = models.DateTimeField(_("computed at"))

    class Meta:
        verbose_name = _("figures of orders")
        verbose_name_plural = _("figures of orders")

    def __str__(self) -> str:
        return f"{self.day} {self.shop_id} {self.dimension} {self.key}"


class BuyerDay(models.Model):
    """A customer who paid for an order placed in this shop on this day: what distinct buyers are counted from."""

    pk = models.CompositePrimaryKey("dimension", "day", "shop_id", "key", "customer_id")
    dimension = models.CharField(_("dimension"), max_length=8, choices=Dimension)
    day = models.DateField(_("day"))
    shop = shop_key()
    key = models.CharField(_("key"), max_length=60, blank=True)
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        verbose_name = _("buyer of a day")
        verbose_name_plural = _("buyers of a day")

    def __str__(self) -> str:
        return f"{self.day} {self.shop_id} {self.dimension} {self.key} #{self.customer_id}"


class FeedbackFigures(models.Model):
    """What the feedback received in one shop, or in none, on one day adds up to."""

    dimension = models.CharField(_("dimension"), max_length=8, choices=Dimension)
    day = models.DateField(_("day"))
    shop = shop_key(null=True)
    key = models.CharField(_("key"), max_length=60, blank=True)
    feedback_items = models.BigIntegerField()
    feedback_rated = models.BigIntegerField()
    feedback_negative = models.BigIntegerField()
    computed_at = models.DateTimeField(_("computed at"))

    class Meta:
        verbose_name = _("figures of feedback")
        verbose_name_plural = _("figures of feedback")
        constraints = (
            models.UniqueConstraint(
                fields=["dimension", "day", "shop", "key"], nulls_distinct=False, name="feedback_figures_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.shop_id} {self.dimension} {self.key}"


class StaleDay(models.Model):
    """A day of a shop whose figures are to be computed again. Appended by whoever changes rows, deleted by the
    sweep; as many rows for one day as there were changes, so that nobody waits for anybody."""

    source = models.CharField(_("source"), max_length=8, choices=Source)
    shop = shop_key(null=True)
    day = models.DateField(_("day"))

    class Meta:
        verbose_name = _("day to compute again")
        verbose_name_plural = _("days to compute again")

    def __str__(self) -> str:
        return f"{self.source} {self.shop_id} {self.day}"


class ChangedGoods(models.Model):
    """A brand, product, SKU or order line that counts for another brand since it was changed, by trigger.

    Which days that makes stale is looked up by the sweep, when the change and all orders before it can be seen.
    """

    kind = models.CharField(_("kind"), max_length=8)
    row_id = models.BigIntegerField(_("row"))

    class Meta:
        verbose_name = _("changed goods")
        verbose_name_plural = _("changed goods")

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"


class OptimisationQuerySet(OfChannels):
    channel_path = "listing__channel__code"


class Optimisation(Owned):
    """A live listing that is worked over, and what that did: its version before and after, and the figures of both.

    ``figures`` follow ``analytics.queries.optimisations.Effect``; they are kept when it is closed, until then they
    are counted anew.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    listing = models.ForeignKey(
        Listing, verbose_name=_("listing"), on_delete=models.PROTECT, related_name="+"
    )
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    note = models.CharField(_("note"), max_length=500, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=OptimisationStatus)
    before = models.ForeignKey(
        ListingVersion, verbose_name=_("version before"), on_delete=models.PROTECT, related_name="+"
    )
    after = models.ForeignKey(
        ListingVersion, verbose_name=_("version after"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict, blank=True)
    conclusion = models.CharField(_("conclusion"), max_length=500, blank=True)
    figures = models.JSONField(_("figures"), null=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = OptimisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("optimisation")
        verbose_name_plural = _("optimisations")
        triggers = audited(ignore=("updated_at", "status", "owner"), events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(
                fields=["listing"],
                condition=models.Q(status=OptimisationStatus.OPEN),
                name="optimisation_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=OptimisationStatus.DONE)
                | (models.Q(after__isnull=False, figures__isnull=False) & ~models.Q(verdict="")),
                name="done_optimisation_keeps_before_and_after",
            ),
        )
        indexes = (models.Index(fields=["status", "-created_at", "-id"], name="optimisation_in_status"),)

    def __str__(self) -> str:
        return self.number
