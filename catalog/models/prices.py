"""What goods cost where and since when."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models.channels import Channel
from catalog.models.goods import OfSkuQuerySet, Sku
from catalog.models.price_changes import PriceChange
from ops_portal.lib.models import APPEND_ONLY
from ops_portal.lib.money import AmountField


class Price(models.Model):
    """The price of a SKU in a shop from a moment on, until the next one of the two; no shop: its list price.

    Append-only, so the price of any day stays known. Of two with one moment the later written counts. One with
    ``until`` is a special price: it lies over the others of its shop, for that time or until its change is ended.
    """

    sku = models.ForeignKey(
        Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="prices", db_index=False
    )
    channel = models.ForeignKey(
        Channel, verbose_name=_("shop"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    amount = AmountField(_("price"))
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    change = models.ForeignKey(
        PriceChange,
        verbose_name=_("price change"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.CharField(_("actor"), max_length=160)
    written_at = models.DateTimeField(_("written at"))

    objects = OfSkuQuerySet.as_manager()

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        triggers = APPEND_ONLY
        constraints = (
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="price_not_negative"),
            models.CheckConstraint(condition=~models.Q(actor=""), name="price_has_an_actor"),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True)
                | models.Q(channel__isnull=False, change__isnull=False, until__gt=models.F("since")),
                name="special_price_of_a_change",
            ),
        )
        indexes = (
            models.Index(fields=["sku", "channel", "-since", "-id"], name="price_in_force"),
            models.Index(
                fields=["sku", "channel", "until"],
                condition=models.Q(until__isnull=False),
                name="special_price_in_force",
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount} ({self.since:%Y-%m-%d})"
