"""Where units lie in a warehouse: zones, bins, and what each bin holds."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import ZoneKind
from catalog.models.goods import Batch, OfBrands, SharedQuerySet, Warehouse
from catalog.models.stock import Stock
from ops_portal.accounts.audit import audited
from ops_portal.lib.models import APPEND_ONLY


class Zone(models.Model):
    """A part of a warehouse, for units in one standing: its kind says which."""

    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="zones"
    )
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=100, blank=True)
    kind = models.CharField(
        pgettext_lazy("zone", "kind"), max_length=12, choices=ZoneKind, default=ZoneKind.STORAGE
    )

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("zone")
        verbose_name_plural = _("zones")
        triggers = (
            *audited(),
            pgtrigger.Trigger(
                name="keeps_what_its_bins_hold",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("kind", "warehouse_id"),  # type: ignore[no-untyped-call]
                condition=pgtrigger.Q(old__kind__df=pgtrigger.F("new__kind"))
                | pgtrigger.Q(old__warehouse__df=pgtrigger.F("new__warehouse")),
                func="""
                    IF NEW.warehouse_id <> OLD.warehouse_id
                       AND EXISTS (SELECT FROM catalog_bin WHERE zone_id = NEW.id) THEN
                        RAISE EXCEPTION 'zone % has bins; it stays in its warehouse', NEW.code
                            USING ERRCODE = 'check_violation';
                    END IF;
                    IF EXISTS (SELECT FROM catalog_binstock i JOIN catalog_bin n ON n.id = i.bin_id
                               WHERE n.zone_id = NEW.id AND i.units > 0) THEN
                        RAISE EXCEPTION 'zone % holds units; empty its bins before it becomes another', NEW.code
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=["warehouse", "code"], name="zone_once"),
            models.CheckConstraint(condition=~models.Q(code=""), name="zone_has_a_code"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class Bin(models.Model):
    """A place with a label to scan. Its warehouse is that of its zone, kept here so that no label stands there twice.

    Codes are kept in capitals, as labels and scanners have them.

    ``sequence`` is its place on the way of whoever picks; bins without an own one follow their codes.
    """

    zone = models.ForeignKey(Zone, verbose_name=_("zone"), on_delete=models.PROTECT, related_name="bins")
    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="+", editable=False
    )
    code = models.CharField(_("bin"), max_length=40)
    sequence = models.PositiveIntegerField(_("pick sequence"), default=0, db_default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("bin")
        verbose_name_plural = _("bins")
        triggers = (
            *audited(),
            pgtrigger.Trigger(
                name="stands_in_its_zone",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    SELECT warehouse_id INTO NEW.warehouse_id FROM catalog_zone WHERE id = NEW.zone_id;
                    IF TG_OP = 'UPDATE' AND NEW.zone_id <> OLD.zone_id
                       AND EXISTS (SELECT FROM catalog_binstock WHERE bin_id = NEW.id AND units > 0) THEN
                        RAISE EXCEPTION 'bin % holds units; empty it before it goes to another zone', NEW.code
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=["warehouse", "code"], name="bin_once"),
            models.CheckConstraint(condition=~models.Q(code=""), name="bin_has_a_code"),
            models.CheckConstraint(condition=models.Q(code=Upper("code")), name="bin_code_in_capitals"),
        )
        indexes = (models.Index(fields=["warehouse", "sequence", "code"], name="bin_in_sequence"),)

    def __str__(self) -> str:
        return self.code


class OfStockQuerySet(OfBrands):
    brand_path = "stock__sku__product__brand__code"


class BinStock(models.Model):
    """So many units of a balance (and batch) that lie in a bin. What a balance has beyond its bins isn't put away."""

    bin = models.ForeignKey(Bin, verbose_name=_("bin"), on_delete=models.PROTECT, related_name="contents")
    stock = models.ForeignKey(Stock, verbose_name=_("stock"), on_delete=models.PROTECT, related_name="bins")
    batch = models.ForeignKey(
        Batch, verbose_name=_("batch"), on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    units = models.BigIntegerField(_("units"), default=0, db_default=0)

    objects = OfStockQuerySet.as_manager()

    class Meta:
        verbose_name = _("bin balance")
        verbose_name_plural = _("bin balances")
        constraints = (
            models.UniqueConstraint(
                fields=["stock", "batch", "bin"], name="bin_stock_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=models.Q(units__gte=0), name="bin_stock_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.units} @ {self.bin_id}"


class BinMovement(models.Model):
    """Units that came to a bin, left it, or went from one to another. Append-only; ``key`` makes a repeat a no-op.

    An empty end is no bin: the receiving dock, the packing table, the world.
    """

    stock = models.ForeignKey(Stock, verbose_name=_("stock"), on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(
        Batch, verbose_name=_("batch"), on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    from_bin = models.ForeignKey(
        Bin, verbose_name=_("from"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    to_bin = models.ForeignKey(
        Bin, verbose_name=_("to"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    units = models.BigIntegerField(_("units"))
    document_kind = models.CharField(_("document kind"), max_length=20)
    document_number = models.CharField(_("document number"), max_length=60)
    actor = models.CharField(_("actor"), max_length=160)
    at = models.DateTimeField(_("at"))
    key = models.CharField(max_length=160, unique=True)

    objects = OfStockQuerySet.as_manager()

    class Meta:
        verbose_name = _("bin movement")
        verbose_name_plural = _("bin movements")
        triggers = APPEND_ONLY
        constraints = (
            models.CheckConstraint(condition=models.Q(units__gt=0), name="bin_movement_has_units"),
            models.CheckConstraint(
                condition=(models.Q(from_bin__isnull=False) | models.Q(to_bin__isnull=False))
                & (
                    models.Q(from_bin__isnull=True)
                    | models.Q(to_bin__isnull=True)
                    | ~models.Q(from_bin=models.F("to_bin"))
                ),
                name="bin_movement_leads_somewhere",
            ),
            models.CheckConstraint(condition=~models.Q(actor=""), name="bin_movement_has_an_actor"),
        )

    def __str__(self) -> str:
        return f"{self.units}: {self.from_bin_id} → {self.to_bin_id}"
