"""Where somebody else's books lead: what they say stands in a warehouse, held against ours at the same moment."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import OWN, SnapshotSource
from catalog.models.goods import OfSkuQuerySet, SharedQuerySet, Sku, Warehouse
from catalog.models.requests import StockRequest
from ops_portal.accounts.audit import audited


class StockSnapshot(models.Model):
    """What the books of a warehouse's system say as of one moment; ``source_key`` is the sender's name for it.

    One that is not ``is_whole`` tells of the SKUs alone that changed.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    taken_at = models.DateTimeField(_("taken at"))
    source = models.CharField(_("came by"), max_length=10, choices=SnapshotSource)
    is_whole = models.BooleanField(_("whole stock"), default=True, db_default=True)
    source_key = models.CharField(_("sender's number"), max_length=120)
    actor = models.CharField(_("actor"), max_length=160)
    created_at = models.DateTimeField(_("created at"))

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock snapshot")
        verbose_name_plural = _("stock snapshots")
        triggers = audited(events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(fields=["warehouse", "source_key"], name="stock_snapshot_once"),
            models.CheckConstraint(condition=~models.Q(source_key=""), name="stock_snapshot_has_a_key"),
        )
        indexes = (models.Index(fields=["warehouse", "-taken_at", "-id"], name="stock_snapshot_newest"),)

    def __str__(self) -> str:
        return self.number


class StockSnapshotLine(models.Model):
    """Good units of one owner's SKU, or of a batch of it, by their books and by ours at the moment of the snapshot.

    ``difference`` is theirs less ours. It is settled by a stock request, or by a note that explains it.
    """

    snapshot = models.ForeignKey(
        StockSnapshot,
        verbose_name=_("stock snapshot"),
        on_delete=models.PROTECT,
        related_name="lines",
        db_index=False,
    )
    sku = models.ForeignKey(Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="+")
    goods_owner = models.CharField(pgettext_lazy("goods", "owner"), max_length=40, default=OWN)
    batch_code = models.CharField(_("batch"), max_length=60, blank=True)
    theirs = models.BigIntegerField(pgettext_lazy("snapshot", "theirs"))
    ours = models.BigIntegerField(pgettext_lazy("snapshot", "ours"))
    difference = models.BigIntegerField(_("difference"))
    is_listed = models.BooleanField(_("in their list"), default=True)
    note = models.CharField(_("explanation"), max_length=300, blank=True)
    request = models.ForeignKey(
        StockRequest, verbose_name=_("stock request"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = OfSkuQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a snapshot")
        verbose_name_plural = _("lines of a snapshot")
        triggers = (
            pgtrigger.Protect(
                name="says_what_it_said",
                operation=pgtrigger.UpdateOf(  # type: ignore[no-untyped-call]
                    "theirs", "ours", "difference", "sku_id", "batch_code", "goods_owner"
                ),
            ),
            *audited(events=("update", "delete")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["snapshot", "sku", "goods_owner", "batch_code"], name="snapshot_line_once"
            ),
            models.CheckConstraint(
                condition=models.Q(difference=models.F("theirs") - models.F("ours")),
                name="snapshot_difference_is_theirs_less_ours",
            ),
            models.CheckConstraint(condition=models.Q(theirs__gte=0), name="snapshot_theirs_not_negative"),
        )
        indexes = (
            models.Index(fields=["snapshot"], name="snapshot_differs", condition=~models.Q(difference=0)),
        )

    def __str__(self) -> str:
        return f"{self.sku_id}: {self.theirs} / {self.ours}"
