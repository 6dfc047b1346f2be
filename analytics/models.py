"""Roll-ups: what the rows of a shop's day add up to, and which days have changed since they were added up.

All of it can be computed again from the rows of the apps below, so nothing here has constraints towards them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from analytics.choices import Dimension, Source
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
