"""Statements of a month, their lines, and what a partner disputes of them."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consignment.choices import DisputeStatus, LineKind, StatementStatus
from consignment.models.contracts import Contract, ContractVersion, percent
from consignment.models.partners import NoDraftOfPartner, OfPartner, Partner
from ops_portal.accounts.audit import audited
from ops_portal.lib.money import AmountField
from orders.models import LineComponent, Order, OrderLine, Refund

ZERO = Decimal("0.00")


class StatementLineQuerySet(NoDraftOfPartner):
    partner_path = "statement__partner"
    status_path = "statement__status"


class LineDisputeQuerySet(OfPartner):
    partner_path = "line__statement__partner"


class Statement(models.Model):
    """What a month of a contract comes to. ``month`` is its first day.

    ``net`` is what the agency owes the partner; below zero, the partner owes the agency. Where the agency collects,
    net = sales + refunds − commission − fee + adjustments (refunds stand below zero); where the brand
    collects, net = adjustments − commission − fee.
    A draft is computed anew as often as one likes and has a number of its own; issued, a statement takes the next
    number of a series without gaps and neither it nor its lines change any more, but for its status.
    """

    number = models.CharField(_("number"), max_length=40, unique=True)
    contract = models.ForeignKey(
        Contract, verbose_name=_("contract"), on_delete=models.PROTECT, related_name="statements",
        db_index=False,
    )  # fmt: skip
    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="statements"
    )
    month = models.DateField(_("month"))
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(
        _("status"), max_length=10, choices=StatementStatus, default=StatementStatus.DRAFT
    )
    agency_collects = models.BooleanField(_("the agency collects"))
    line_count = models.PositiveIntegerField(_("lines"), default=0)
    sales = AmountField(_("sales"), default=ZERO)
    refunds = AmountField(_("refunds"), default=ZERO)
    base = AmountField(_("commission base"), default=ZERO)
    commission = AmountField(pgettext_lazy("settlement", "commission"), default=ZERO)
    fee = AmountField(_("monthly fee"), default=ZERO)
    adjustments = AmountField(_("adjustments"), default=ZERO)
    net = AmountField(_("net"), default=ZERO)
    terms = models.JSONField(_("terms"), default=dict)
    digest = models.BinaryField(_("digest"), max_length=32, null=True, editable=False)
    drafted_at = models.DateTimeField(_("drafted at"))
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated at"))

    objects = NoDraftOfPartner.as_manager()

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        triggers = (
            *audited(ignore=("updated_at", "status"), events=("update", "delete")),
            pgtrigger.Trigger(
                name="frozen_once_issued",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'DELETE' THEN
                        IF OLD.status = 'draft' THEN RETURN OLD; END IF;
                    ELSIF OLD.status = 'draft' OR (
                        NEW.status <> 'draft' AND
                        to_jsonb(NEW.*) - ARRAY['status', 'confirmed_at', 'updated_at']
                        = to_jsonb(OLD.*) - ARRAY['status', 'confirmed_at', 'updated_at']
                    ) THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'statement % is issued and stays as it is', OLD.number
                        USING ERRCODE = 'check_violation';
                """,
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=["contract", "month"], name="statement_of_month_once"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="statement_month_is_a_first"),
            models.CheckConstraint(
                condition=models.Q(
                    agency_collects=True,
                    net=models.F("sales")
                    + models.F("refunds")
                    - models.F("commission")
                    - models.F("fee")
                    + models.F("adjustments"),
                )
                | models.Q(
                    agency_collects=False,
                    net=models.F("adjustments") - models.F("commission") - models.F("fee"),
                ),
                name="statement_adds_up",
            ),
            models.CheckConstraint(
                condition=models.Q(status=StatementStatus.DRAFT)
                | models.Q(digest__isnull=False, issued_at__isnull=False),
                name="statement_issued_has_a_digest",
            ),
        )
        indexes = (
            models.Index(fields=["-month", "-id"], name="statement_newest"),
            models.Index(fields=["partner", "-month", "-id"], name="statement_of_partner"),
            models.Index(fields=["updated_at", "id"], name="statement_changed"),
        )

    def __str__(self) -> str:
        return self.number


class StatementLine(models.Model):
    """One sale, refund, reversal, fee or adjustment, with everything that its amounts were computed from.

    ``amount`` is what the seller receives for the sale, or the fee, or the adjustment; refunds stand below zero.
    ``net`` is what the line adds to what the agency owes. See ``consignment.queries.frozen`` for the formula.
    """

    statement = models.ForeignKey(
        Statement, on_delete=models.CASCADE, related_name="lines", verbose_name=_("statement"), db_index=False
    )
    position = models.PositiveIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=12, choices=LineKind)
    occurred_on = models.DateField(pgettext_lazy("settlement", "day"))
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("order"), db_index=False
    )
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("order line"),
        db_index=False,
    )  # fmt: skip
    component = models.ForeignKey(
        LineComponent, on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        verbose_name=_("component of a line"),
    )  # fmt: skip
    refund = models.ForeignKey(
        Refund,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("refund"),
        db_index=False,
    )
    dispute = models.OneToOneField(
        "consignment.LineDispute", on_delete=models.PROTECT, null=True, related_name="+",
        verbose_name=_("dispute"),
    )  # fmt: skip
    terms = models.ForeignKey(
        ContractVersion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        verbose_name=_("version of the contract"),
    )  # fmt: skip
    order_number = models.CharField(_("order number"), max_length=30, blank=True)
    sku_code = models.CharField(_("SKU code"), max_length=120, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    units = models.PositiveIntegerField(_("units"), default=0)
    sold_on = models.DateField(_("sold on"), null=True)
    version = models.PositiveIntegerField(_("version"), null=True)
    rate = models.DecimalField(_("commission rate"), max_digits=7, decimal_places=6, default=ZERO)
    line_amount = AmountField(_("line: amount"), default=ZERO)
    line_paid = AmountField(_("line: paid by the buyer"), default=ZERO)
    line_receivable = AmountField(_("line: received by the seller"), default=ZERO)
    share_from = AmountField(_("share from"), default=ZERO)
    share_to = AmountField(_("share to"), default=ZERO)
    share_of = AmountField(_("share of"), default=ZERO)
    refunded_before = AmountField(_("refunded before"), default=ZERO)
    refunded_after = AmountField(_("refunded after"), default=ZERO)
    amount = AmountField(_("amount"), default=ZERO)
    base = AmountField(_("commission base"), default=ZERO)
    commission = AmountField(pgettext_lazy("settlement", "commission"), default=ZERO)
    net = AmountField(_("net"), default=ZERO)

    objects = StatementLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a statement")
        verbose_name_plural = _("lines of a statement")
        triggers = (
            pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update),
            *(
                pgtrigger.Trigger(
                    name=f"{name}_while_draft",
                    level=pgtrigger.Statement,
                    when=pgtrigger.After,
                    operation=operation,
                    referencing=pgtrigger.Referencing(**{word: "rows"}),  # type: ignore[no-untyped-call]
                    func="""
                        IF EXISTS (
                            SELECT FROM rows r JOIN consignment_statement s ON s.id = r.statement_id
                            WHERE s.status <> 'draft'
                        ) THEN
                            RAISE EXCEPTION 'the lines of an issued statement stay as they are'
                                USING ERRCODE = 'check_violation';
                        END IF;
                        RETURN NULL;
                    """,
                )
                for name, operation, word in (
                    ("added", pgtrigger.Insert, "new"),
                    ("removed", pgtrigger.Delete, "old"),
                )
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=["statement", "position"], name="statement_line_position"),
            models.UniqueConstraint(
                fields=["order_line", "component"],
                condition=models.Q(kind=LineKind.SALE),
                nulls_distinct=False,
                name="sale_settles_once",
            ),
            models.UniqueConstraint(
                fields=["refund", "component"],
                condition=models.Q(kind=LineKind.REFUND),
                nulls_distinct=False,
                name="refund_settles_once",
            ),
            models.UniqueConstraint(
                fields=["order_line", "component"],
                condition=models.Q(kind=LineKind.REVERSAL),
                nulls_distinct=False,
                name="reversal_settles_once",
            ),
            models.UniqueConstraint(
                fields=["statement", "version"],
                condition=models.Q(kind=LineKind.FEE),
                name="fee_of_terms_once",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=LineKind.SALE, order_line__isnull=False)
                | models.Q(kind=LineKind.REFUND, order_line__isnull=False, refund__isnull=False)
                | models.Q(kind=LineKind.REVERSAL, order_line__isnull=False)
                | models.Q(kind=LineKind.FEE, order_line=None, version__isnull=False)
                | models.Q(kind=LineKind.ADJUSTMENT, dispute__isnull=False),
                name="statement_line_has_a_source",
            ),
        )
        indexes = (models.Index(fields=["order_line", "kind"], name="settled_of_order_line"),)

    def __str__(self) -> str:
        return f"{self.position}. {self.order_number}"

    @property
    def percent(self) -> str:
        """Return the rate as people read it."""
        return percent(self.rate)


class LineDispute(models.Model):
    """Why a partner takes a line of an issued statement for wrong, and what was answered.

    ``amount`` is what the answer adds to what the agency owes, as a line of the contract's next draft.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    line = models.ForeignKey(
        StatementLine,
        on_delete=models.PROTECT,
        related_name="disputes",
        verbose_name=_("line of a statement"),
    )
    status = models.CharField(_("status"), max_length=10, choices=DisputeStatus, default=DisputeStatus.OPEN)
    reason = models.CharField(_("reason"), max_length=500)
    opened_by = models.CharField(_("disputed by"), max_length=200)
    opened_at = models.DateTimeField(_("disputed at"))
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    amount = AmountField(_("amount"), default=ZERO)
    answered_by = models.CharField(_("answered by"), max_length=200, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated at"))

    objects = LineDisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        triggers = audited(ignore=("updated_at", "status"), events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(
                fields=["line"], condition=models.Q(status=DisputeStatus.OPEN), name="dispute_open_once"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="dispute_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(status=DisputeStatus.OPEN) | ~models.Q(answer=""),
                name="dispute_answer_says_why",
            ),
            models.CheckConstraint(
                condition=models.Q(status=DisputeStatus.ACCEPTED) | models.Q(amount=0),
                name="dispute_amount_only_accepted",
            ),
        )
        indexes = (models.Index(fields=["status", "opened_at", "id"], name="dispute_in_status"),)

    def __str__(self) -> str:
        return self.number
