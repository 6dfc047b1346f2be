"""Goods as shops offer them: listings, their versions on the way through two approvals, and what was said of them."""

from __future__ import annotations

from typing import Any, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from catalog.choices import EDITABLE, OPEN_VERSIONS, ListingStatus, MatchStatus, VersionStatus
from catalog.models.channels import Channel
from catalog.models.goods import Product, Sku
from ops_portal.accounts.audit import audited
from ops_portal.accounts.models import User
from ops_portal.accounts.visibility import Viewer, scope_of
from ops_portal.desk.models import Clocked
from ops_portal.lib.models import APPEND_ONLY

NOT_ITS_WRITER = RawSQL(
    "(checker_id IS NULL OR checker_id <> ALL (writers)) AND (approver_id IS NULL OR approver_id <> ALL (writers))",
    (),
    output_field=models.BooleanField(),
)
EDITABLE_IN_SQL = ", ".join(f"'{status}'" for status in sorted(EDITABLE))


class OfChannels(models.QuerySet[Any]):
    """Rows of a channel; ``channel_path`` leads from the row to the channel's code. Partners see none."""

    channel_path = "channel__code"

    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the shops granted to ``user``; nothing by default, and nothing for partners."""
        scope = scope_of(user)
        if scope.all:
            return self
        if scope.partner or not scope.shops:
            return self.none()
        return self.filter(**{f"{self.channel_path}__in": scope.shops})


class ListingQuerySet(OfChannels):
    pass


class VersionQuerySet(OfChannels):
    channel_path = "listing__channel__code"


class Listing(models.Model):
    """A product in a shop. ``live`` is the version that buyers see; changes go through a new one."""

    number = models.CharField(_("number"), max_length=30, unique=True)
    channel = models.ForeignKey(
        Channel, verbose_name=_("shop"), on_delete=models.PROTECT, related_name="listings"
    )
    product = models.ForeignKey(
        Product, verbose_name=_("product"), on_delete=models.PROTECT, related_name="listings"
    )
    status = models.CharField(_("status"), max_length=10, choices=ListingStatus)
    platform_item = models.CharField(_("item number on the platform"), max_length=60, blank=True)
    live = models.OneToOneField(
        "ListingVersion",
        verbose_name=_("live version"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = ListingQuerySet.as_manager()

    class Meta:
        verbose_name = _("listing")
        verbose_name_plural = _("listings")
        triggers = audited(ignore=("updated_at", "status"), events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(fields=["channel", "product"], name="listing_once"),
            models.UniqueConstraint(
                fields=["channel", "platform_item"],
                condition=~models.Q(platform_item=""),
                name="platform_item_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=ListingStatus.LIVE) | models.Q(live__isnull=False),
                name="live_listing_has_a_version",
            ),
        )
        indexes = (models.Index(fields=["updated_at", "id"], name="listing_changed"),)

    def __str__(self) -> str:
        return self.number


class ListingVersion(Clocked):
    """One wording of a listing, from its draft over two approvals by two people to the shop.

    ``content`` follows ``catalog.drafts.ListingContent``; it stands still once it is submitted. ``writers`` are all
    who wrote in it: none of them checks or approves it, and who approves is not who checked.
    """

    number = models.CharField(_("number"), max_length=40, unique=True)
    listing = models.ForeignKey(
        Listing, verbose_name=_("listing"), on_delete=models.PROTECT, related_name="versions"
    )
    version = models.PositiveIntegerField(_("version"))
    status = models.CharField(_("status"), max_length=12, choices=VersionStatus)
    content = models.JSONField(_("content"))
    writers = ArrayField(models.BigIntegerField(), verbose_name=_("written by"), default=list)
    checker = models.ForeignKey(
        User, verbose_name=_("checked by"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approver = models.ForeignKey(
        User, verbose_name=_("approved by"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    floor_reason = models.CharField(_("reason for a price below the floor"), max_length=500, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a listing")
        verbose_name_plural = _("versions of listings")
        triggers = (
            *audited(
                ignore=("updated_at", "status", "due_at", "paused_at", "time_left", "owner"),
                events=("update", "delete"),
            ),
            pgtrigger.Trigger(
                name="stands_still",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("content", "writers"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Q(old__content__df=pgtrigger.F("new__content"))
                | pgtrigger.Q(old__writers__df=pgtrigger.F("new__writers")),
                func=f"""
                    IF OLD.status NOT IN ({EDITABLE_IN_SQL}) THEN
                        RAISE EXCEPTION 'version % is %; what was submitted stands still', OLD.number, OLD.status
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=["listing", "version"], name="listing_version_once"),
            models.UniqueConstraint(
                fields=["listing"],
                condition=models.Q(status__in=sorted(OPEN_VERSIONS)),
                name="one_open_version_a_listing",
            ),
            models.CheckConstraint(
                condition=models.Q(checker__isnull=True)
                | models.Q(approver__isnull=True)
                | ~models.Q(checker=models.F("approver")),
                name="two_steps_are_two_people",
            ),
            models.CheckConstraint(condition=NOT_ITS_WRITER, name="nobody_approves_own_work"),
            models.CheckConstraint(
                condition=~models.Q(status=VersionStatus.APPROVED)
                | models.Q(checker__isnull=False, approver__isnull=False, approved_at__isnull=False),
                name="approved_by_two",
            ),
        )
        indexes = (
            models.Index(
                fields=["status", "id"],
                name="version_open",
                condition=models.Q(status__in=sorted(OPEN_VERSIONS)),
            ),
        )

    def __str__(self) -> str:
        return self.number


class ListingComment(models.Model):
    """What a reviewer says of one field of a version. ``field`` is a path in its content, like ``title``."""

    version = models.ForeignKey(
        ListingVersion, verbose_name=_("version"), on_delete=models.PROTECT, related_name="comments"
    )
    field = models.CharField(_("field"), max_length=80, blank=True)
    text = models.CharField(_("comment"), max_length=1000)
    author = models.ForeignKey(
        User, verbose_name=_("author"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("comment on a listing")
        verbose_name_plural = _("comments on listings")
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return self.text[:60]


class ChannelSkuQuerySet(OfChannels):
    pass


class ChannelSku(models.Model):
    """A SKU as a shop names it, and ours that a person said it is.

    ``pending_units`` are those of orders on the platform that were not downloaded yet, as of ``pending_at``.
    """

    channel = models.ForeignKey(Channel, verbose_name=_("shop"), on_delete=models.PROTECT, related_name="+")
    code = models.CharField(_("SKU code of the shop"), max_length=120)
    title = models.CharField(_("title in the shop"), max_length=300, blank=True)
    barcode = models.CharField(_("barcode"), max_length=40, blank=True)
    sku = models.ForeignKey(
        Sku, verbose_name="SKU", on_delete=models.PROTECT, null=True, blank=True, related_name="channel_skus"
    )
    status = models.CharField(_("status"), max_length=10, choices=MatchStatus, default=MatchStatus.OPEN)
    pending_units = models.PositiveBigIntegerField(_("not yet downloaded (units)"), default=0, db_default=0)
    pending_at = models.DateTimeField(_("not yet downloaded: as of"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = ChannelSkuQuerySet.as_manager()

    class Meta:
        verbose_name = _("SKU of a shop")
        verbose_name_plural = _("SKUs of shops")
        triggers = audited(ignore=("updated_at", "pending_units", "pending_at"), events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(fields=["channel", "code"], name="channel_sku_once"),
            models.CheckConstraint(
                condition=models.Q(status=MatchStatus.MATCHED, sku__isnull=False)
                | (~models.Q(status=MatchStatus.MATCHED) & models.Q(sku__isnull=True)),
                name="channel_sku_is_matched_or_not",
            ),
        )
        indexes = (
            models.Index(
                fields=["channel", "id"], name="channel_sku_open", condition=models.Q(status=MatchStatus.OPEN)
            ),
        )

    def __str__(self) -> str:
        return self.code
