"""What customers say."""

from __future__ import annotations

from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from catalog.models import Brand
from feedback.choices import Channel
from ops_portal.accounts.audit import audited
from ops_portal.accounts.visibility import Viewer, scope_of
from orders.models import Customer, Shop


class FeedbackItemQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the granted brands and shops, a partner to the granted brands alone; nothing by default."""
        scope = scope_of(user)
        if scope.all:
            return self
        if scope.empty:
            return self.none()
        granted = models.Q(brand__code__in=scope.brands)
        if not scope.partner:
            granted |= models.Q(shop__code__in=scope.shops)
        return self.filter(granted)

    def standing(self) -> Self:
        """Leave out what an undone import had brought in."""
        return self.filter(undone_at__isnull=True)


class FeedbackItem(models.Model):
    """One thing that one customer said, identified by ``source_key``.

    ``received_on`` is the day of ``received_at`` in the shop's zone, in the portal's where there is no shop.
    ``is_negative`` is empty where nobody has judged the item.
    """

    source_key = models.CharField(_("sender's key"), max_length=200)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    brand = models.ForeignKey(
        Brand, verbose_name=_("brand"), on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    shop = models.ForeignKey(
        Shop, verbose_name=_("shop"), on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    category = models.CharField(_("category"), max_length=100, blank=True)
    text = models.TextField(_("text"), blank=True)
    rating = models.PositiveSmallIntegerField(
        _("rating"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    is_negative = models.BooleanField(_("negative"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"))
    received_on = models.DateField(_("received on"))
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = FeedbackItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("feedback item")
        verbose_name_plural = _("feedback")
        triggers = audited(ignore=("updated_at",), events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(
                fields=["source_key"], condition=models.Q(undone_at__isnull=True), name="feedback_once"
            ),
            models.CheckConstraint(condition=~models.Q(source_key=""), name="feedback_has_a_key"),
            models.CheckConstraint(
                condition=models.Q(rating__isnull=True)
                | models.Q(rating__gte=1, rating__lte=5, is_negative__isnull=False),
                name="feedback_rating_1_to_5",
            ),
        )
        indexes = (
            models.Index(fields=["-received_at", "-id"], name="feedback_newest"),
            models.Index(fields=["brand", "-received_at", "-id"], name="feedback_of_brand_newest"),
            models.Index(fields=["shop", "received_on"], name="feedback_of_day"),
            models.Index(
                fields=["customer"], name="feedback_of_customer", condition=models.Q(customer__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return Truncator(self.text).chars(40) or self.source_key
