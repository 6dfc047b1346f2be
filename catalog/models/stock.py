"""The stock ledger: what moved, what stands where, what is promised to whom."""

from __future__ import annotations

from functools import reduce
from operator import and_

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from catalog.choices import (
    BALANCES,
    OWN,
    STOCK_WAYS,
    ReservationStatus,
    StockDocumentKind,
    StockState,
)
from catalog.models.goods import Batch, OfBrands, SharedQuerySet, Sku, Warehouse
from ops_portal.accounts.audit import audited

NOT_NEGATIVE = reduce(and_, (models.Q(**{f"{state}__gte": 0}) for state in BALANCES))
# One comparison with a list: PostgreSQL reads a table's checks anew for each statement, so they are kept small.
WAYS = ", ".join(f"'{here}>{there}'" for here, ways in STOCK_WAYS.items() for there in sorted(ways))
IS_A_WAY = RawSQL(f"(from_state || '>' || to_state) IN ({WAYS})", (), output_field=models.BooleanField())  # noqa: S611 - constants


class Balances(models.Model):
    """Units by state, kept by the ledger in the transaction of each movement."""

    available = models.BigIntegerField(_("available"), default=0, db_default=0)
    reserved = models.BigIntegerField(_("reserved"), default=0, db_default=0)
    shipped = models.BigIntegerField(_("shipped"), default=0, db_default=0)
    sold = models.BigIntegerField(_("sold"), default=0, db_default=0)
    returning = models.BigIntegerField(_("returning"), default=0, db_default=0)
    inspecting = models.BigIntegerField(_("inspecting"), default=0, db_default=0)
    quarantine = models.BigIntegerField(_("quarantine"), default=0, db_default=0)
    damaged = models.BigIntegerField(_("damaged"), default=0, db_default=0)
    in_transit = models.BigIntegerField(_("in transit"), default=0, db_default=0)
    lost = models.BigIntegerField(_("lost"), default=0, db_default=0)

    class Meta:
        abstract = True


# Asked by every statement that moves units: shops may have to show another number of these SKUs.
LEAVES_STALE = pgtrigger.Trigger(
    name="leaves_stale",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Update,
    referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),  # type: ignore[no-untyped-call]
    func="""
        INSERT INTO catalog_stalestock (sku_id)
        SELECT DISTINCT n.sku_id FROM new_rows n JOIN old_rows o ON o.id = n.id
        WHERE n.available <> o.available;
        RETURN NULL;
    """,
)


class StockQuerySet(OfBrands):
    brand_path = "sku__product__brand__code"


class Stock(Balances):
    """The balances of one SKU in one warehouse for one owner: ``own``, or the consignor's code."""

    sku = models.ForeignKey(Sku, verbose_name="SKU", on_delete=models.PROTECT, related_name="stock")
    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="stock"
    )
    owner = models.CharField(pgettext_lazy("goods", "owner"), max_length=40)

    objects = StockQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        triggers = (LEAVES_STALE,)
        indexes = (
            models.Index(
                fields=["warehouse", "id"], condition=models.Q(quarantine__gt=0), name="stock_in_quarantine"
            ),
            models.Index(fields=["owner"], name="stock_of_owner"),
            models.Index(
                fields=["sku", "warehouse", "owner"],
                name="stock_is_damaged",
                condition=models.Q(damaged__gt=0),
            ),
            models.Index(
                fields=["sku", "warehouse", "owner"],
                name="stock_on_the_way",
                condition=models.Q(in_transit__gt=0),
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=["sku", "warehouse", "owner"], name="stock_key"),
            models.CheckConstraint(condition=NOT_NEGATIVE, name="stock_not_negative"),
            models.CheckConstraint(condition=~models.Q(owner=""), name="stock_has_an_owner"),
        )

    def __str__(self) -> str:
        return f"{self.sku.code} @ {self.warehouse.code} ({self.owner_label})"

    @property
    def owner_label(self) -> str:
        """Return whose goods they are: ours in words, a consignor's by his code."""
        return gettext("our own") if self.owner == OWN else self.owner


class BatchStock(Balances):
    """The part of a ``Stock`` row that belongs to one batch; the batches of a row add up to it."""

    stock = models.ForeignKey(
        Stock, verbose_name=_("stock"), on_delete=models.PROTECT, related_name="batches"
    )
    batch = models.ForeignKey(Batch, verbose_name=_("batch"), on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("batch balance")
        verbose_name_plural = _("batch balances")
        constraints = (
            models.UniqueConstraint(fields=["stock", "batch"], name="batch_stock_key"),
            models.CheckConstraint(condition=NOT_NEGATIVE, name="batch_stock_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.stock_id} / {self.batch_id}"


class StockMovementQuerySet(OfBrands):
    brand_path = "stock__sku__product__brand__code"


class StockMovement(models.Model):
    """Units that went from one state to another, and why. Append-only; ``key`` makes a repeated call a no-op."""

    stock = models.ForeignKey(
        Stock, verbose_name=_("stock"), on_delete=models.PROTECT, related_name="movements", db_index=False
    )
    batch = models.ForeignKey(
        Batch, verbose_name=_("batch"), on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    units = models.BigIntegerField(_("units"))
    from_state = models.CharField(_("from"), max_length=12, choices=StockState)
    to_state = models.CharField(_("to"), max_length=12, choices=StockState)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    document_kind = models.CharField(_("document kind"), max_length=20)
    document_number = models.CharField(_("document number"), max_length=60)
    actor = models.CharField(_("actor"), max_length=160)
    at = models.DateTimeField(_("at"))
    key = models.CharField(max_length=120, unique=True)

    objects = StockMovementQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        indexes = (
            models.Index(fields=["stock", "-id"], name="movement_of_stock"),
            models.Index(fields=["document_kind", "document_number"], name="movement_of_document"),
            models.Index(
                fields=["-id"],
                name="movement_to_owner",
                condition=models.Q(document_kind=StockDocumentKind.RETURN_TO_OWNER),
            ),
            models.Index(
                fields=["stock", "-at", "-id"],
                name="movement_came_in",
                include=["units"],
                condition=models.Q(from_state=StockState.OUTSIDE),
            ),
            BrinIndex(
                fields=["at"], autosummarize=True, name="movement_by_time"
            ),  # written in sequence of time
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(units__gt=0), name="movement_has_units"),
            models.CheckConstraint(condition=IS_A_WAY, name="movement_is_a_way"),
            models.CheckConstraint(
                condition=~models.Q(document_kind="") & ~models.Q(document_number="") & ~models.Q(actor=""),
                name="movement_has_a_document_and_an_actor",
            ),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        states = f"{self.get_from_state_display()} → {self.get_to_state_display()}"
        return f"{self.units}: {states} ({self.document_number})"


class ReservationQuerySet(OfBrands):
    brand_path = "stock__sku__product__brand__code"


class Reservation(models.Model):
    """Units promised to an item of a document of a higher floor, known here by kind, number and item only.

    ``returned`` are those of them that reached the house again; ``picked`` those that were taken off their shelf
    while the reservation holds them.
    """

    document_kind = models.CharField(_("document kind"), max_length=20)
    document_number = models.CharField(_("document number"), max_length=60)
    item = models.PositiveIntegerField(_("item"))
    stock = models.ForeignKey(
        Stock, verbose_name=_("stock"), on_delete=models.PROTECT, related_name="reservations", db_index=False
    )
    batch = models.ForeignKey(
        Batch, verbose_name=_("batch"), on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    units = models.BigIntegerField(_("units"))
    returned = models.BigIntegerField(_("returned"), default=0, db_default=0)
    picked = models.BigIntegerField(_("picked"), default=0, db_default=0)
    status = models.CharField(
        _("status"), max_length=12, choices=ReservationStatus, default=ReservationStatus.HELD
    )
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = ReservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        triggers = audited(ignore=("updated_at", "status", "returned", "picked"), events=("update", "delete"))
        indexes = (
            models.Index(fields=["document_kind", "document_number"], name="reservation_of_document"),
            models.Index(
                fields=["stock", "id"],
                name="reservation_held",
                condition=models.Q(status=ReservationStatus.HELD),
            ),
            models.Index(
                fields=["stock", "batch"],
                name="reservation_off_the_shelf",
                condition=models.Q(status=ReservationStatus.HELD, picked__gt=0),
            ),
            models.Index(
                fields=["document_kind", "document_number"],
                name="reservation_returning",
                condition=models.Q(status=ReservationStatus.RETURNING, returned=0),
            ),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(units__gt=0), name="reservation_has_units"),
            models.CheckConstraint(
                condition=models.Q(returned__gte=0, returned__lte=models.F("units")),
                name="reservation_returned_within_units",
            ),
            models.CheckConstraint(
                condition=models.Q(picked__gte=0, picked__lte=models.F("units")),
                name="reservation_picked_within_units",
            ),
        )

    def __str__(self) -> str:
        return f"{self.document_number}/{self.item}: {self.units}"


class StockDocument(models.Model):
    """A paper of the warehouse: what came, what was corrected, what went elsewhere. ``source_key`` is the sender's.

    A transfer has ``arrived_at`` as soon as nothing of it is on the way any more.
    """

    number = models.CharField(_("number"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=StockDocumentKind)
    source_key = models.CharField(_("sender's number"), max_length=120, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    to_warehouse = models.ForeignKey(
        Warehouse,
        verbose_name=_("to warehouse"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    delivery_number = models.CharField(
        _("inbound delivery"), max_length=30, blank=True, default="", db_default=""
    )
    actor = models.CharField(_("actor"), max_length=160)
    at = models.DateTimeField(_("at"))
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock document")
        verbose_name_plural = _("stock documents")
        triggers = audited(events=("update", "delete"))
        indexes = (
            models.Index(
                fields=["delivery_number"],
                condition=~models.Q(delivery_number=""),
                name="stock_document_of_delivery",
            ),
            models.Index(
                fields=["-id"],
                name="transfer_newest",
                condition=models.Q(kind=StockDocumentKind.TRANSFER),
            ),
            models.Index(
                fields=["-id"],
                name="transfer_on_the_way",
                condition=models.Q(kind=StockDocumentKind.TRANSFER, arrived_at__isnull=True),
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind=StockDocumentKind.TRANSFER, to_warehouse__isnull=False)
                | (~models.Q(kind=StockDocumentKind.TRANSFER) & models.Q(to_warehouse__isnull=True)),
                name="only_a_transfer_goes_elsewhere",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=StockDocumentKind.TRANSFER) | models.Q(arrived_at__isnull=True),
                name="only_a_transfer_arrives",
            ),
            models.UniqueConstraint(
                fields=["kind", "source_key"],
                name="stock_document_once",
                condition=~models.Q(source_key="") & models.Q(undone_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return self.number


class StockDocumentLine(models.Model):
    """One movement that a stock document orders. By the ``key`` of its first line an arrival is booked once."""

    document = models.ForeignKey(
        StockDocument, verbose_name=_("document"), on_delete=models.PROTECT, related_name="lines"
    )
    position = models.PositiveIntegerField(_("position"))
    stock = models.ForeignKey(Stock, verbose_name=_("stock"), on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(
        Batch, verbose_name=_("batch"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    units = models.BigIntegerField(_("units"))
    from_state = models.CharField(_("from"), max_length=12, choices=StockState)
    to_state = models.CharField(_("to"), max_length=12, choices=StockState)
    key = models.CharField(max_length=60, blank=True, default="", db_default="", editable=False)

    class Meta:
        verbose_name = _("stock document line")
        verbose_name_plural = _("stock document lines")
        triggers = audited(events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(fields=["document", "position"], name="stock_line_position"),
            models.UniqueConstraint(
                fields=["document", "key"], name="stock_line_key_once", condition=~models.Q(key="")
            ),
            models.CheckConstraint(condition=models.Q(units__gt=0), name="stock_line_has_units"),
        )

    def __str__(self) -> str:
        return f"{self.position}: {self.units}"
