"""What somebody wants done to stock, and somebody else has to allow first."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import RequestKind, RequestReason, RequestStatus, StockState
from catalog.models.goods import Batch, Sku, Warehouse
from catalog.models.places import Bin
from catalog.models.stock import StockDocument
from ops_portal.accounts.audit import audited
from ops_portal.accounts.models import User
from ops_portal.accounts.visibility import Viewer, scope_of
from ops_portal.desk.models import Clocked


class StockRequestQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to requests for goods of granted brands alone; to nothing for partners, and by default."""
        scope = scope_of(user)
        if scope.all:
            return self
        if scope.partner or not scope.brands:
            return self.none()
        strange = StockRequestLine.objects.filter(request=models.OuterRef("pk")).exclude(
            sku__product__brand__code__in=scope.brands
        )
        return self.filter(~models.Exists(strange))


class StockRequest(Clocked):
    """An adjustment or a return to the owner that waits for approval; ``document`` is the paper that carried it out.

    Nobody decides on a request of his own.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    kind = models.CharField(pgettext_lazy("request", "kind"), max_length=20, choices=RequestKind)
    reason = models.CharField(_("reason"), max_length=20, choices=RequestReason)
    note = models.CharField(_("note"), max_length=500, blank=True)
    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField(_("status"), max_length=12, choices=RequestStatus)
    requester = models.ForeignKey(
        User, verbose_name=_("requested by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    decider = models.ForeignKey(
        User, verbose_name=_("decided by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    document = models.ForeignKey(
        StockDocument, verbose_name=_("stock document"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))
    source_key = models.CharField(max_length=60, blank=True, default="", db_default="", editable=False)

    objects = StockRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock request")
        verbose_name_plural = _("stock requests")
        triggers = audited(
            ignore=("updated_at", "status", "owner", "due_at", "paused_at", "time_left", "source_key"),
            events=("update", "delete"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(decider__isnull=True)
                | models.Q(requester__isnull=True)
                | ~models.Q(decider=models.F("requester")),
                name="request_decided_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=(RequestStatus.WAITING, RequestStatus.POSTED), document__isnull=False
                )
                | (~models.Q(status=RequestStatus.POSTED) & models.Q(document__isnull=True)),
                name="posted_request_has_a_document",
            ),
            models.UniqueConstraint(
                fields=["source_key"], condition=~models.Q(source_key=""), name="request_asked_once"
            ),
        )
        indexes = (
            models.Index(fields=["status", "-created_at", "-id"], name="request_in_status"),
            models.Index(fields=["-created_at", "-id"], name="request_newest"),
        )

    def __str__(self) -> str:
        return self.number


class StockRequestLine(models.Model):
    """One change that a request wants: units of a SKU of one owner from one state to another."""

    request = models.ForeignKey(
        StockRequest, verbose_name=_("stock request"), on_delete=models.PROTECT, related_name="lines"
    )
    position = models.PositiveIntegerField(_("position"))
    sku = models.ForeignKey(Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="+")
    goods_owner = models.CharField(pgettext_lazy("goods", "owner"), max_length=40)
    batch = models.ForeignKey(
        Batch, verbose_name=_("batch"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    bin = models.ForeignKey(Bin, verbose_name=_("bin"), on_delete=models.PROTECT, null=True, related_name="+")
    units = models.PositiveBigIntegerField(_("units"))
    from_state = models.CharField(_("from"), max_length=12, choices=StockState)
    to_state = models.CharField(_("to"), max_length=12, choices=StockState)

    class Meta:
        verbose_name = _("line of a request")
        verbose_name_plural = _("lines of a request")
        triggers = audited(events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(fields=["request", "position"], name="request_line_position"),
            models.CheckConstraint(condition=models.Q(units__gt=0), name="request_line_has_units"),
        )

    def __str__(self) -> str:
        return f"{self.position}: {self.units} × {self.sku_id}"
