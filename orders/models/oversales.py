"""Orders that came for more than there was."""

from __future__ import annotations

from typing import Any, Self

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku
from ops_portal.accounts.visibility import Viewer, scope_of
from orders.models.orders import Order


class OversaleQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the orders of granted shops; for a partner, to the goods of a granted brand."""
        scope = scope_of(user)
        if scope.all:
            return self
        if scope.partner:
            return self.filter(sku__product__brand__code__in=scope.brands)
        return self.filter(order__shop__code__in=scope.shops) if scope.shops else self.none()


class Oversale(models.Model):
    """Units of a SKU that an order ``wanted`` when it came in, and no warehouse of its shop had.

    ``available`` is the most that one of them had then, ``shown`` what the shop showed to buyers; empty where the
    portal had told it nothing.
    """

    order = models.ForeignKey(
        Order, verbose_name=_("order"), on_delete=models.PROTECT, related_name="oversales", db_index=False
    )
    sku = models.ForeignKey(
        Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    wanted = models.PositiveBigIntegerField(_("wanted"))
    available = models.PositiveBigIntegerField(_("available then"))
    shown = models.PositiveBigIntegerField(_("shown to buyers"), null=True)
    noted_at = models.DateTimeField(_("came in at"))

    objects = OversaleQuerySet.as_manager()

    class Meta:
        verbose_name = _("oversale")
        verbose_name_plural = _("oversales")
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)
        constraints = (
            models.UniqueConstraint(fields=["order", "sku"], name="oversale_once"),
            models.CheckConstraint(condition=models.Q(wanted__gt=0), name="oversale_wanted_something"),
        )
        indexes = (
            models.Index(fields=["noted_at", "id"], name="oversale_by_time"),
            models.Index(fields=["sku", "id"], name="oversale_of_sku"),
        )

    def __str__(self) -> str:
        return f"{self.order_id}: {self.sku_id} × {self.wanted}"
