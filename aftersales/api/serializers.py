"""The shape of cases, coming in and going out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from aftersales.choices import REFUNDS, CaseKind, CaseRefund, CaseStatus, Liable, Reason
from aftersales.drafts import (
    ZERO,
    CaseDraft,
    CaseLineDraft,
    GradeDraft,
    InspectionDraft,
    LinePaymentDraft,
    PaymentDraft,
    SentBackDraft,
)
from aftersales.models import Case, CaseLine, ReturnedGoods
from ops_portal.accounts.visibility import scope_of
from ops_portal.lib.doors.serializers import PortalSerializer
from ops_portal.lib.money import as_text
from orders.api.serializers import MomentField, PriceField, in_zone, moment
from orders.models import Order

ASKED = [(kind.value, kind.label) for kind in CaseKind if kind in REFUNDS]
UNITS = {"min_value": 0, "max_value": 1_000_000, "required": False, "default": 0}


class NewCaseLineSerializer(PortalSerializer):
    position = serializers.IntegerField(min_value=1, max_value=1_000_000)
    units = serializers.IntegerField(**UNITS)  # type: ignore[arg-type]
    amount = PriceField(required=False, allow_null=True, default=None)


class NewCaseSerializer(PortalSerializer):
    """What a buyer asks for, of an order that the caller sees."""

    order = serializers.CharField(max_length=30)
    type = serializers.ChoiceField(choices=ASKED)
    reason = serializers.ChoiceField(choices=Reason.choices)
    lines = NewCaseLineSerializer(many=True, required=False, default=list, max_length=200)  # type: ignore[call-arg]
    freight_amount = PriceField(required=False, default=ZERO)
    description = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    liable = serializers.ChoiceField(choices=Liable.choices, required=False, default=Liable.UNDECIDED)
    source_key = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    requested_at = MomentField(required=False, allow_null=True, default=None)
    platform_due_at = MomentField(required=False, allow_null=True, default=None)

    def draft(self, order: Order, line_ids: dict[int, int]) -> CaseDraft:
        """Return the valid case as the operation's draft; a line that the order does not have has no id."""
        data = self.validated_data
        return CaseDraft(
            order_id=order.pk,
            kind=data["type"],
            reason=data["reason"],
            lines=tuple(
                CaseLineDraft(line_ids.get(line["position"], 0), line["units"], line["amount"])
                for line in data["lines"]
            ),
            freight_amount=data["freight_amount"],
            description=data["description"],
            liable=data["liable"],
            source_key=data["source_key"],
            requested_at=in_zone(data["requested_at"], order.shop) if data["requested_at"] else None,
            platform_due_at=in_zone(data["platform_due_at"], order.shop) if data["platform_due_at"] else None,
        )


class CaseReasonSerializer(PortalSerializer):
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class SendBackSerializer(PortalSerializer):
    carrier = serializers.CharField(max_length=40)
    waybill_number = serializers.CharField(max_length=60)

    def draft(self, case: Case) -> SentBackDraft:
        """Return the parcel as the operation's draft."""
        return SentBackDraft(case.pk, **self.validated_data)


class GradeSerializer(PortalSerializer):
    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    resell = serializers.IntegerField(**UNITS)  # type: ignore[arg-type]
    rework = serializers.IntegerField(**UNITS)  # type: ignore[arg-type]
    scrap = serializers.IntegerField(**UNITS)  # type: ignore[arg-type]
    missing = serializers.IntegerField(**UNITS)  # type: ignore[arg-type]
    note = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class InspectSerializer(PortalSerializer):
    """The grades of every row of the case's goods."""

    goods = GradeSerializer(many=True, allow_empty=False, max_length=500)  # type: ignore[call-arg]
    liable = serializers.ChoiceField(choices=Liable.choices, required=False, default="")
    liability_note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)

    def draft(self, case: Case) -> InspectionDraft:
        """Return the finding as the operation's draft."""
        data = self.validated_data
        grades = tuple(GradeDraft(goods_id=row.pop("id"), **row) for row in map(dict, data["goods"]))
        return InspectionDraft(case.pk, grades, data["liable"], data["liability_note"])


class PaidLineSerializer(PortalSerializer):
    position = serializers.IntegerField(min_value=1, max_value=1_000_000)
    amount = PriceField()


class PaySerializer(PortalSerializer):
    """A refund that was paid; without lines, all that is asked."""

    reference = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    lines = PaidLineSerializer(many=True, required=False, allow_null=True, default=None, max_length=200)  # type: ignore[call-arg]
    freight_amount = PriceField(required=False, allow_null=True, default=None)

    def draft(self, case: Case) -> PaymentDraft:
        """Return the payment as the operation's draft; a line that the case does not have has no id."""
        data = self.validated_data
        ids = dict(case.lines.values_list("order_line__position", "pk"))
        lines = data["lines"] and tuple(
            LinePaymentDraft(ids.get(line["position"], 0), line["amount"]) for line in data["lines"]
        )
        return PaymentDraft(case.pk, data["reference"], lines, data["freight_amount"])


class GoodsShownSerializer(PortalSerializer):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    batch = serializers.CharField()
    units = serializers.IntegerField()
    inspected = serializers.BooleanField()
    resell = serializers.IntegerField()
    rework = serializers.IntegerField()
    scrap = serializers.IntegerField()
    missing = serializers.IntegerField()
    note = serializers.CharField()


class CaseLineShownSerializer(PortalSerializer):
    position = serializers.IntegerField()
    sku = serializers.CharField()
    title = serializers.CharField()
    units = serializers.IntegerField()
    amount = PriceField()
    refunded_amount = PriceField()
    goods = GoodsShownSerializer(many=True)


class CaseSerializer(PortalSerializer):
    """A case; for a partner, its own lines, without totals, words, parcels and whatever names the buyer."""

    number = serializers.CharField()
    type = serializers.ChoiceField(choices=CaseKind.choices)
    status = serializers.ChoiceField(choices=CaseStatus.choices)
    refund_status = serializers.ChoiceField(choices=CaseRefund.choices)
    shop = serializers.CharField()
    order = serializers.CharField()
    reason = serializers.ChoiceField(choices=Reason.choices)
    currency = serializers.CharField()
    requested_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    refunded_at = serializers.DateTimeField(allow_null=True)
    source_key = serializers.CharField(required=False)
    description = serializers.CharField(required=False)
    liable = serializers.ChoiceField(choices=Liable.choices, required=False)
    liability_note = serializers.CharField(required=False)
    amount = PriceField(required=False)
    freight_amount = PriceField(required=False)
    refunded_amount = PriceField(required=False)
    payment_reference = serializers.CharField(required=False)
    carrier = serializers.CharField(required=False)
    waybill_number = serializers.CharField(required=False)
    platform_due_at = serializers.DateTimeField(required=False, allow_null=True)
    due_at = serializers.DateTimeField(required=False, allow_null=True)
    lines = CaseLineShownSerializer(many=True)

    def to_representation(self, case: Case) -> dict[str, Any]:
        zone = case.shop.zone

        def local(at: datetime | None) -> str | None:
            return moment(at, zone)

        shown: dict[str, Any] = {
            "number": case.number,
            "type": case.kind,
            "status": case.status,
            "refund_status": case.refund_status,
            "shop": case.shop.code,
            "order": case.order.number,
            "reason": case.reason,
            "currency": case.currency,
            "requested_at": local(case.requested_at),
            "updated_at": local(case.updated_at),
            "refunded_at": local(case.refunded_at),
        }
        if not scope_of(self.context["request"].user).partner:
            shown |= {name: getattr(case, name) for name in STAFF_TEXTS}
            shown |= {name: as_text(getattr(case, name)) for name in STAFF_AMOUNTS}
            shown |= {"platform_due_at": local(case.platform_due_at), "due_at": local(case.due_at)}
        shown["lines"] = [line_shown(line) for line in case.lines.all()]
        return shown


STAFF_TEXTS = (
    "source_key", "description", "liable", "liability_note", "payment_reference", "carrier", "waybill_number",
)  # fmt: skip
STAFF_AMOUNTS = ("amount", "freight_amount", "refunded_amount")
COUNTS = ("units", "resell", "rework", "scrap", "missing", "note")


def line_shown(line: CaseLine) -> dict[str, Any]:
    """Return a line of a case as it goes out."""
    return {
        "position": line.order_line.position,
        "sku": line.order_line.sku_code,
        "title": line.order_line.title,
        "units": line.units,
        "amount": as_text(line.amount),
        "refunded_amount": as_text(line.refunded_amount),
        "goods": [goods_shown(row) for row in line.goods.all()],
    }


def goods_shown(row: ReturnedGoods) -> dict[str, Any]:
    """Return what came back of a line, as it goes out."""
    batch = row.reservation.batch
    return {
        "id": row.pk,
        "sku": row.reservation.stock.sku.code,
        "batch": batch.code if batch else "",
        "inspected": row.is_graded,
        **{name: getattr(row, name) for name in COUNTS},
    }
