"""After-sales cases: what a buyer wants back or gives back, and what becomes of the money and of the goods."""

from __future__ import annotations

from typing import Any, Self

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersales.choices import (
    OVER,
    VOID,
    CaseKind,
    CaseRefund,
    CaseStatus,
    Liable,
    Reason,
)
from catalog.models import Reservation
from ops_portal.accounts.audit import audited
from ops_portal.accounts.visibility import Viewer, scope_of
from ops_portal.desk.models import Clocked
from ops_portal.lib.money import AmountField
from orders.choices import carrier_label
from orders.models import Order, OrderLine, Shop

VOID_IN_SQL = ", ".join(f"'{status.value}'" for status in sorted(VOID))


class CaseQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the granted shops; for a partner, to cases with at least one line of a granted brand."""
        scope = scope_of(user)
        if scope.all:
            return self
        if scope.partner:
            of_brand = CaseLine.objects.filter(
                case_id=models.OuterRef("pk"), order_line__sku__product__brand__code__in=scope.brands
            )
            return self.filter(models.Exists(of_brand)) if scope.brands else self.none()
        return self.filter(shop__code__in=scope.shops) if scope.shops else self.none()

    def live(self) -> Self:
        """Leave out what was rejected or withdrawn."""
        return self.exclude(status__in=VOID)

    def open(self) -> Self:
        """Narrow to cases that are not over."""
        return self.exclude(status__in=OVER)


class Case(Clocked):
    """What a buyer wants of one order, from the request until money and goods are settled.

    ``status`` is the track of the goods, ``refund_status`` that of the money. ``amount`` is what is asked, its
    lines' and ``freight_amount``; ``refunded_amount`` is what was paid of it. ``source_key`` is the platform's number.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    kind = models.CharField(_("type"), max_length=12, choices=CaseKind)
    status = models.CharField(_("status"), max_length=12, choices=CaseStatus)
    refund_status = models.CharField(_("refund"), max_length=10, choices=CaseRefund, default=CaseRefund.NONE)
    order = models.ForeignKey(Order, verbose_name=_("order"), on_delete=models.PROTECT, related_name="+")
    shop = models.ForeignKey(
        Shop, verbose_name=_("shop"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source_key = models.CharField(_("platform's case number"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    description = models.CharField(_("description"), max_length=500, blank=True)
    liable = models.CharField(_("liable party"), max_length=12, choices=Liable, default=Liable.UNDECIDED)
    liability_note = models.CharField(_("note on responsibility"), max_length=500, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    amount = AmountField(_("amount asked"))
    freight_amount = AmountField(_("of it freight"))
    refunded_amount = AmountField(_("amount refunded"), default=0)
    refunded_at = models.DateTimeField(_("refunded at"), null=True, blank=True)
    payment_reference = models.CharField(_("payment reference"), max_length=80, blank=True)
    carrier = models.CharField(_("carrier"), max_length=40, blank=True)
    waybill_number = models.CharField(_("return waybill"), max_length=60, blank=True)
    requested_at = models.DateTimeField(_("requested at"))
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        triggers = audited(
            ignore=("updated_at", "status", "refund_status", "due_at", "paused_at", "time_left", "owner"),
            events=("update", "delete"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["shop", "source_key"], condition=~models.Q(source_key=""), name="case_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    amount__gte=0,
                    freight_amount__gte=0,
                    freight_amount__lte=models.F("amount"),
                    refunded_amount__gte=0,
                    refunded_amount__lte=models.F("amount"),
                ),
                name="case_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    refund_status=CaseRefund.PAID, refunded_at__isnull=False, refunded_amount__gt=0
                )
                | (
                    ~models.Q(refund_status=CaseRefund.PAID)
                    & models.Q(refunded_at__isnull=True, refunded_amount=0)
                ),
                name="case_paid_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=CaseStatus.CLOSED)
                | models.Q(refund_status__in=(CaseRefund.PAID, CaseRefund.REFUSED))
                | models.Q(refund_status=CaseRefund.NONE, amount=0),
                name="case_closed_is_settled",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=CaseKind.REFUND_ONLY)
                | ~models.Q(status__in=(CaseStatus.IN_TRANSIT, CaseStatus.RECEIVED, CaseStatus.INSPECTED)),
                name="refund_only_brings_no_goods",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=CaseKind.INTERCEPT) | models.Q(amount=0),
                name="intercepted_parcel_asks_no_money",
            ),
        )
        indexes = (
            models.Index(fields=["-requested_at", "-id"], name="case_newest"),
            models.Index(fields=["shop", "-requested_at", "-id"], name="case_of_shop_newest"),
            models.Index(fields=["status", "-requested_at", "-id"], name="case_in_status_newest"),
            models.Index(fields=["updated_at", "id"], name="case_changed"),
            models.Index(
                fields=["status", "id"], name="case_open", condition=~models.Q(status__in=sorted(OVER))
            ),
            models.Index(
                fields=["id"], name="case_refund_due", condition=models.Q(refund_status=CaseRefund.DUE)
            ),
            models.Index(
                fields=["waybill_number"], name="case_waybill", condition=~models.Q(waybill_number="")
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def carrier_label(self) -> str:
        """Return the carrier of the return parcel as people call it."""
        return carrier_label(self.carrier)


class CaseLine(models.Model):
    """So many units of an order's line, and what is asked for them. No units where only money is asked."""

    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.PROTECT, related_name="lines", db_index=False
    )
    order_line = models.ForeignKey(
        OrderLine, verbose_name=_("order line"), on_delete=models.PROTECT, related_name="+"
    )
    units = models.PositiveIntegerField(_("units"))
    amount = AmountField(_("amount asked"))
    refunded_amount = AmountField(_("amount refunded"), default=0)

    class Meta:
        verbose_name = _("case line")
        verbose_name_plural = _("case lines")
        triggers = (
            *audited(events=("update", "delete")),
            pgtrigger.Trigger(
                name="within_order_line",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("units", "amount"),  # type: ignore[no-untyped-call]
                func=f"""
                    IF EXISTS (
                        SELECT FROM aftersales_caseline l
                        JOIN aftersales_case c ON c.id = l.case_id
                        JOIN orders_orderline o ON o.id = l.order_line_id
                        WHERE l.order_line_id = NEW.order_line_id AND c.status NOT IN ({VOID_IN_SQL})
                        GROUP BY o.units, o.amount
                        HAVING coalesce(sum(l.units) FILTER (WHERE c.kind <> 'refund_only'), 0) > o.units
                            OR coalesce(sum(l.units) FILTER (WHERE c.kind <> 'intercept'), 0) > o.units
                            OR coalesce(sum(CASE WHEN c.refund_status IN ('paid', 'refused')
                                THEN l.refunded_amount ELSE l.amount END), 0) > o.amount
                    ) THEN
                        RAISE EXCEPTION 'The cases of order line % claim more than it has', NEW.order_line_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=["case", "order_line"], name="case_line_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gte=0)
                & models.Q(refunded_amount__gte=0)
                & models.Q(refunded_amount__lte=models.F("amount")),
                name="case_line_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(units__gt=0) | models.Q(amount__gt=0), name="case_line_asks_something"
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id}: {self.order_line_id} × {self.units}"


class ReturnedGoods(models.Model):
    """Units of a case line that were received, of one SKU and batch as they had been reserved, and their grades."""

    case_line = models.ForeignKey(
        CaseLine, verbose_name=_("case line"), on_delete=models.PROTECT, related_name="goods", db_index=False
    )
    reservation = models.ForeignKey(
        Reservation, verbose_name=_("reservation"), on_delete=models.PROTECT, related_name="+"
    )
    units = models.PositiveIntegerField(_("units"))
    from_state = models.CharField(_("from"), max_length=12)
    resell = models.PositiveIntegerField(_("A · resell"), default=0)
    rework = models.PositiveIntegerField(_("B · rework"), default=0)
    scrap = models.PositiveIntegerField(_("C · scrap"), default=0)
    missing = models.PositiveIntegerField(_("missing"), default=0)
    is_graded = models.BooleanField(_("inspected"), default=False)
    note = models.CharField(_("finding"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("returned goods")
        verbose_name_plural = _("returned goods")
        triggers = audited(events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(fields=["case_line", "reservation"], name="returned_goods_once"),
            models.CheckConstraint(condition=models.Q(units__gt=0), name="returned_goods_have_units"),
            models.CheckConstraint(
                condition=models.Q(
                    is_graded=True,
                    units=models.F("resell") + models.F("rework") + models.F("scrap") + models.F("missing"),
                )
                | models.Q(is_graded=False, resell=0, rework=0, scrap=0, missing=0),
                name="returned_goods_graded_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_line_id}: {self.units}"
