"""By which rules listings go off the shelf and come back without a person."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.choices import OPEN_RULINGS, DelistCause, RulingStatus
from catalog.models.channels import Channel
from catalog.models.goods import SharedQuerySet
from catalog.models.listings import Listing, OfChannels
from ops_portal.accounts.audit import audited
from ops_portal.accounts.models import User
from ops_portal.desk.models import Owned


class OfHits(OfChannels):
    channel_path = "listing__channel__code"


class ListingRule(models.Model):
    """Whether a shop's listings go off the shelf for a cause, and after how long; without a shop: every other shop."""

    channel = models.ForeignKey(
        Channel,
        verbose_name=_("shop"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: every shop that has no rule of its own for the cause."),
    )
    cause = models.CharField(_("cause"), max_length=12, choices=DelistCause)
    is_on = models.BooleanField(_("on"), default=True)
    hours = models.PositiveIntegerField(
        _("after so many hours"),
        default=2,
        validators=[MaxValueValidator(8760)],
        help_text=_("For so long the cause holds before the listing is taken off the shelf."),
    )
    relists = models.BooleanField(
        _("puts back"),
        default=True,
        help_text=_("What the rule took off the shelf it puts back when the cause is over."),
    )

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("delisting rule")
        verbose_name_plural = _("delisting rules")
        triggers = audited()
        constraints = (
            models.UniqueConstraint(
                fields=["channel", "cause"], name="listing_rule_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=models.Q(hours__lte=8760), name="listing_rule_within_a_year"),
        )

    def __str__(self) -> str:
        return f"{self.channel_id or '*'}: {self.get_cause_display()}"


class ListingRuleHit(models.Model):
    """Since when a cause holds of a listing, and whether the rule took it off the shelf for it.

    Kept by the sweep while the cause holds; deleting rows starts the hours anew.
    """

    listing = models.ForeignKey(
        Listing, verbose_name=_("listing"), on_delete=models.CASCADE, related_name="+", db_index=False
    )
    cause = models.CharField(_("cause"), max_length=12, choices=DelistCause)
    since = models.DateTimeField(_("since"))
    delisted_at = models.DateTimeField(_("delisted at"), null=True)

    objects = OfHits.as_manager()

    class Meta:
        verbose_name = _("cause for delisting")
        verbose_name_plural = _("causes for delisting")
        constraints = (models.UniqueConstraint(fields=["listing", "cause"], name="listing_rule_hit_once"),)

    def __str__(self) -> str:
        return f"{self.listing_id}: {self.cause}"


class ListingRuling(Owned):
    """A listing that a rule took off the shelf for ``cause``, and whether it put it back.

    Of a listing one is open at a time; what comes and goes stays the same one. ``told_at`` is when people were told
    by mail how it stands, or that there was nobody to tell.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    listing = models.ForeignKey(
        Listing, verbose_name=_("listing"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    cause = models.CharField(_("cause"), max_length=12, choices=DelistCause)
    hours = models.PositiveIntegerField(_("after so many hours"))
    status = models.CharField(_("status"), max_length=10, choices=RulingStatus)
    opened_at = models.DateTimeField(_("taken off at"))
    back_at = models.DateTimeField(_("put back at"), null=True)
    acknowledged_by = models.ForeignKey(
        User, verbose_name=_("acknowledged by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    told_at = models.DateTimeField(_("told at"), null=True)
    updated_at = models.DateTimeField(_("updated at"))

    objects = OfHits.as_manager()

    class Meta:
        verbose_name = _("listing moved by rule")
        verbose_name_plural = _("listings moved by rule")
        triggers = audited(
            ignore=("status", "owner", "cause", "hours", "opened_at", "back_at", "told_at", "updated_at"),
            events=("update", "delete"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["listing"],
                condition=models.Q(status__in=sorted(OPEN_RULINGS)),
                name="listing_ruling_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=("back", "seen")) | models.Q(back_at__isnull=False),
                name="listing_ruling_back_at_a_time",
            ),
        )
        indexes = (
            models.Index(fields=["status", "-opened_at", "-id"], name="listing_ruling_in_status"),
            models.Index(fields=["id"], name="listing_ruling_to_tell", condition=models.Q(told_at=None)),
        )

    def __str__(self) -> str:
        return self.number
