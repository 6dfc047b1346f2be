"""Stocktakes: what is to be counted, what was counted, and by how much the books were wrong."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import CountClass, CountStatus, StocktakeKind, StocktakeStatus
from catalog.models.goods import Batch, SharedQuerySet, Warehouse
from catalog.models.places import Bin, Zone
from catalog.models.stock import Stock
from ops_portal.accounts.audit import audited
from ops_portal.accounts.models import User
from ops_portal.desk.models import Clocked
from ops_portal.lib.models import APPEND_ONLY


class CountPlan(models.Model):
    """How often the goods of a warehouse (or of a zone, or of a class by what they sell) are counted.

    Each working day it opens a stocktake of what was counted longest ago, ``places_a_day`` at most.
    """

    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="+"
    )
    zone = models.ForeignKey(
        Zone, verbose_name=_("zone"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    goods = models.CharField(_("goods"), max_length=1, choices=CountClass, blank=True, default="")
    every_days = models.PositiveIntegerField(_("every (days)"), default=90)
    places_a_day = models.PositiveIntegerField(_("places a day"), default=30)
    is_active = models.BooleanField(_("active"), default=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("count plan")
        verbose_name_plural = _("count plans")
        triggers = audited()
        constraints = (
            models.UniqueConstraint(
                fields=["warehouse", "zone", "goods"], name="count_plan_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(every_days__gt=0, places_a_day__gt=0), name="count_plan_counts"
            ),
        )

    def __str__(self) -> str:
        return f"{self.warehouse_id}: {self.every_days}"


class Stocktake(Clocked):
    """A count of some goods of a warehouse, from the first scan to the entries in the ledger.

    ``scope`` says which goods and places are meant, as ``catalog.drafts.ScopeDraft`` gives them; empty: all.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(pgettext_lazy("stocktake", "kind"), max_length=8, choices=StocktakeKind)
    plan = models.ForeignKey(
        CountPlan, verbose_name=_("count plan"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    status = models.CharField(_("status"), max_length=12, choices=StocktakeStatus)
    scope = models.JSONField(_("what is counted"), default=dict)
    note = models.CharField(_("note"), max_length=500, blank=True)
    opened_by = models.ForeignKey(
        User, verbose_name=_("opened by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        User, verbose_name=_("approved by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("stocktake")
        verbose_name_plural = _("stocktakes")
        triggers = (
            *audited(
                ignore=("updated_at", "status", "owner", "due_at", "paused_at", "time_left"),
                events=("update", "delete"),
            ),
            pgtrigger.Trigger(
                name="approved_by_another",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__approved_by__isnull=False),
                func="""
                    IF NEW.approved_by_id = NEW.opened_by_id
                       OR EXISTS (SELECT FROM catalog_count WHERE stocktake_id = NEW.id
                                  AND NEW.approved_by_id IN (counter_id, recounter_id))
                       OR EXISTS (SELECT FROM catalog_tally t JOIN catalog_count c ON c.id = t.count_id
                                  WHERE c.stocktake_id = NEW.id AND t.counter_id = NEW.approved_by_id) THEN
                        RAISE EXCEPTION 'whoever opened or counted % does not approve it', NEW.number
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(status=StocktakeStatus.POSTED) | models.Q(approved_by__isnull=False),
                name="stocktake_posted_by_somebody",
            ),
        )
        indexes = (
            models.Index(fields=["status", "-created_at", "-id"], name="stocktake_in_status"),
            models.Index(fields=["-created_at", "-id"], name="stocktake_newest"),
        )

    def __str__(self) -> str:
        return self.number


class Count(models.Model):
    """One thing to count: units of a balance (and batch) in a bin, or outside all bins where ``bin`` is empty.

    ``booked`` is what the books said in the moment of the count, ``counted`` what was there; ``recounted`` and
    ``rebooked`` the same of the second count. What is posted is the difference of the last count: what goes on
    meanwhile has changed both sides alike. While ``is_open`` no other stocktake counts there: what is missing is
    entered once. ``posted`` are the units of that difference that the ledger has already.
    """

    stocktake = models.ForeignKey(
        Stocktake,
        verbose_name=_("stocktake"),
        on_delete=models.PROTECT,
        related_name="counts",
        db_index=False,
    )
    stock = models.ForeignKey(Stock, verbose_name=_("stock"), on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(
        Batch, verbose_name=_("batch"), on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    bin = models.ForeignKey(Bin, verbose_name=_("bin"), on_delete=models.PROTECT, null=True, related_name="+")
    status = models.CharField(_("status"), max_length=10, choices=CountStatus, default=CountStatus.OPEN)
    is_open = models.BooleanField(_("under way"), default=True)
    booked = models.BigIntegerField(_("by the books"), null=True)
    counted = models.BigIntegerField(_("counted"), null=True)
    counter = models.ForeignKey(
        User, verbose_name=_("counted by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    counted_at = models.DateTimeField(_("counted at"), null=True)
    rebooked = models.BigIntegerField(_("by the books at the recount"), null=True)
    recounted = models.BigIntegerField(_("recounted"), null=True)
    recounter = models.ForeignKey(
        User, verbose_name=_("recounted by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    recounted_at = models.DateTimeField(_("recounted at"), null=True)
    posted = models.BigIntegerField(
        _("entered so far"), default=0, help_text=_("Units of the last count's difference.")
    )

    class Meta:
        verbose_name = _("count")
        verbose_name_plural = _("counts")
        triggers = audited(ignore=("is_open",), events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(
                fields=["stocktake", "stock", "batch", "bin"], name="count_once", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=["stock", "batch", "bin"],
                name="count_in_one_stocktake",
                condition=models.Q(is_open=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=(models.Q(counted__isnull=True) | models.Q(counted__gte=0))
                & (models.Q(recounted__isnull=True) | models.Q(recounted__gte=0)),
                name="count_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(counted__isnull=True, booked__isnull=True)
                | models.Q(counted__isnull=False, booked__isnull=False),
                name="count_beside_the_books",
            ),
            models.CheckConstraint(
                condition=models.Q(recounted__isnull=True, rebooked__isnull=True)
                | models.Q(recounted__isnull=False, rebooked__isnull=False, counted__isnull=False),
                name="recount_beside_the_books",
            ),
        )
        indexes = (
            models.Index(fields=["stock", "bin", "-counted_at"], name="count_of_stock"),
            models.Index(fields=["stocktake", "status", "bin"], name="count_to_do"),
        )

    def __str__(self) -> str:
        return f"{self.stocktake_id}: {self.counted}"


class Tally(models.Model):
    """What one scan counted, or one recount: who, when, how many. ``key`` makes a repeat a no-op."""

    count = models.ForeignKey(
        Count, verbose_name=_("count"), on_delete=models.PROTECT, related_name="tallies"
    )
    units = models.BigIntegerField(_("units"))
    counter = models.ForeignKey(
        User, verbose_name=_("counted by"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    is_recount = models.BooleanField(_("recount"), default=False)
    at = models.DateTimeField(_("at"))
    key = models.CharField(max_length=80, unique=True)

    class Meta:
        verbose_name = _("scan of a count")
        verbose_name_plural = _("scans of a count")
        triggers = audited(events=("update", "delete"))
        constraints = (models.CheckConstraint(condition=models.Q(units__gte=0), name="tally_not_negative"),)
        indexes = (models.Index(fields=["at"], name="tally_by_time"),)

    def __str__(self) -> str:
        return f"{self.count_id}: {self.units}"


class Posting(models.Model):
    """What a stocktake entered into the ledger for one count. Append-only."""

    count = models.ForeignKey(
        Count, verbose_name=_("count"), on_delete=models.PROTECT, related_name="postings"
    )
    units = models.BigIntegerField(_("units"), help_text=_("Below zero: fewer than the books said."))
    document_number = models.CharField(_("document number"), max_length=60)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("entry of a count")
        verbose_name_plural = _("entries of a count")
        triggers = APPEND_ONLY
        constraints = (models.CheckConstraint(condition=~models.Q(units=0), name="posting_has_units"),)

    def __str__(self) -> str:
        return f"{self.document_number}: {self.units}"
