"""The shape of orders, coming in and going out."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from ops_portal.accounts.visibility import scope_of
from ops_portal.lib.doors.serializers import PortalSerializer
from ops_portal.lib.money import as_text
from ops_portal.lib.sealing import mask_address, mask_name, mask_phone, unseal
from orders.choices import Bearer, OrderStatus, RefundStatus
from orders.drafts import BuyerDraft, DiscountDraft, LineDraft, LineRefundDraft, OrderDraft, RefundDraft
from orders.models import Order, OrderLine, Shop

ORDER_AMOUNTS = (
    "goods_amount",
    "discount_amount",
    "freight",
    "total",
    "paid_amount",
    "receivable",
    "refund_amount",
)
MOST = Decimal("999999999999.99")  # the most that a column of money holds
YEARS = range(2000, 2101)
LINE_AMOUNTS = ("unit_price", "discount_amount", "amount", "paid_amount", "receivable", "refund_amount")


class MomentField(serializers.DateTimeField):
    """A moment with its offset; without one it is meant in the shop's zone, which the draft knows."""

    def to_internal_value(self, value: Any) -> datetime:
        at: datetime = super().to_internal_value(value)
        if at.year not in YEARS:
            raise serializers.ValidationError(
                _("The year must lie between %(first)d and %(last)d.")
                % {"first": YEARS[0], "last": YEARS[-1]}
            )
        return at

    def enforce_timezone(self, value: datetime) -> datetime:
        return value


class PriceField(serializers.DecimalField):
    """An amount of money that is not negative."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, min_value=Decimal(0), **options)


class DiscountSerializer(PortalSerializer):
    amount = PriceField()
    bearer = serializers.ChoiceField(choices=Bearer.choices)


class LineSerializer(PortalSerializer):
    sku = serializers.CharField(max_length=60)
    units = serializers.IntegerField(min_value=1, max_value=1_000_000)
    unit_price = PriceField()
    platform_line_number = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    discounts = DiscountSerializer(many=True, required=False, default=list)
    paid_amount = PriceField(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        listed = attrs["unit_price"] * attrs["units"]
        if listed > MOST:
            raise serializers.ValidationError(
                {"unit_price": [_("The line is worth more than the books can hold.")]}
            )
        off = sum((discount["amount"] for discount in attrs["discounts"]), Decimal(0))
        if off > listed:
            raise serializers.ValidationError(
                {"discounts": [_("The discounts are more than the line is worth.")]}
            )
        return attrs


class BuyerSerializer(PortalSerializer):
    id = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    name = serializers.CharField(max_length=80, allow_blank=True)
    phone = serializers.CharField(max_length=30, allow_blank=True)
    province = serializers.CharField(max_length=40, allow_blank=True)
    city = serializers.CharField(max_length=60, allow_blank=True)
    district = serializers.CharField(max_length=60, allow_blank=True)
    address = serializers.CharField(max_length=300, allow_blank=True)


class NewOrderSerializer(PortalSerializer):
    """An order that a shop of ours places with us."""

    shop = serializers.CharField(max_length=40)
    platform_number = serializers.CharField(max_length=60)
    placed_at = MomentField()
    paid_at = MomentField(required=False, allow_null=True, default=None)
    buyer = BuyerSerializer()
    freight = PriceField(required=False, default=Decimal(0))
    lines = LineSerializer(many=True, allow_empty=False, max_length=200)  # type: ignore[call-arg]

    def __init__(self, *args: Any, shops: dict[str, Shop] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shop"] = ShopField(shops or {})

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        worth = (max(line["unit_price"] * line["units"], line["paid_amount"] or 0) for line in attrs["lines"])
        if sum(worth, attrs["freight"]) > MOST:
            raise serializers.ValidationError(
                {"lines": [_("The order is worth more than the books can hold.")]}
            )
        return attrs

    def draft(self) -> OrderDraft:
        """Return the valid order as the operation's draft."""
        data = self.validated_data
        shop: Shop = data["shop"]
        buyer = dict(data["buyer"])
        return OrderDraft(
            shop=shop,
            platform_number=data["platform_number"],
            placed_at=in_zone(data["placed_at"], shop),
            paid_at=in_zone(data["paid_at"], shop) if data["paid_at"] else None,
            buyer=BuyerDraft(platform_id=buyer.pop("id"), **buyer),
            freight=data["freight"],
            lines=tuple(
                LineDraft(
                    sku_code=line["sku"],
                    units=line["units"],
                    unit_price=line["unit_price"],
                    discounts=tuple(
                        DiscountDraft(part["amount"], part["bearer"])
                        for part in line["discounts"]
                        if part["amount"]
                    ),
                    paid_amount=line["paid_amount"],
                    platform_line_number=line["platform_line_number"],
                )
                for line in data["lines"]
            ),
        )


class ShopField(serializers.CharField):
    """The code of a shop that the caller may see; ``shops`` were fetched for the whole request at once."""

    def __init__(self, shops: dict[str, Shop], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shops = shops

    def to_internal_value(self, data: Any) -> Any:
        code = super().to_internal_value(data)
        if code not in self.shops:
            raise serializers.ValidationError(_("There is no shop %(code)s.") % {"code": code})
        return self.shops[code]


def in_zone(moment: datetime, shop: Shop) -> datetime:
    """Return ``moment``; one without an offset is meant in the shop's zone."""
    return moment if moment.tzinfo else moment.replace(tzinfo=shop.zone)


class ShipSerializer(PortalSerializer):
    carrier = serializers.CharField(max_length=40)
    waybill_number = serializers.CharField(max_length=60)


class LineRefundSerializer(PortalSerializer):
    """The sum refunded so far of the line at a position."""

    position = serializers.IntegerField(min_value=1)
    amount = PriceField()


class RefundSerializer(PortalSerializer):
    """Where on the refund axis the order is to stand; ``amount`` is the sum refunded so far.

    Without ``lines``, what is new of it is shared over the lines; with them, what they leave is the freight's.
    """

    status = serializers.ChoiceField(choices=RefundStatus.choices)
    amount = PriceField(required=False, default=Decimal(0))
    lines = LineRefundSerializer(many=True, required=False, default=list)

    def draft(self, order: Order) -> RefundDraft:
        """Return the operation's draft, which refuses a position that the order lacks."""
        given = self.validated_data
        ids = (
            dict(OrderLine.objects.filter(order=order).values_list("position", "pk"))
            if given["lines"]
            else {}
        )
        lines = tuple(
            LineRefundDraft(ids.get(line["position"], 0), line["amount"]) for line in given["lines"]
        )
        return RefundDraft(order.pk, given["status"], given["amount"], lines)


class CancelSerializer(PortalSerializer):
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class PlacedSerializer(PortalSerializer):
    """What is said of an order that was placed; the whole of it is at its own address."""

    number = serializers.CharField()
    platform_number = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)


class LineShownSerializer(PortalSerializer):
    """A line going out. Amounts are text, in the order's currency."""

    position = serializers.IntegerField()
    sku = serializers.CharField()
    title = serializers.CharField()
    units = serializers.IntegerField()
    unit_price = PriceField()
    discount_amount = PriceField()
    amount = PriceField()
    paid_amount = PriceField()
    receivable = PriceField()
    refund_amount = PriceField()
    platform_line_number = serializers.CharField()
    is_gift = serializers.BooleanField()


class OrderSerializer(PortalSerializer):
    """An order going out. A partner sees the lines of its brands, and neither totals nor the buyer."""

    number = serializers.CharField()
    shop = serializers.CharField()
    platform_number = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    refund_status = serializers.ChoiceField(choices=RefundStatus.choices)
    placed_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)
    ship_by = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()
    currency = serializers.CharField()
    goods_amount = PriceField(required=False)
    discount_amount = PriceField(required=False)
    freight = PriceField(required=False)
    total = PriceField(required=False)
    paid_amount = PriceField(required=False)
    receivable = PriceField(required=False)
    refund_amount = PriceField(required=False)
    remark = serializers.CharField(required=False)
    buyer = BuyerSerializer(required=False)
    lines = LineShownSerializer(many=True)

    def to_representation(self, order: Order) -> dict[str, Any]:
        request = self.context["request"]
        zone = order.shop.zone
        partner = scope_of(request.user).partner
        shown: dict[str, Any] = {
            "number": order.number,
            "shop": order.shop.code,
            "platform_number": order.platform_number,
            "status": order.status,
            "refund_status": order.refund_status,
            "placed_at": moment(order.placed_at, zone),
            "paid_at": moment(order.paid_at, zone),
            "ship_by": moment(order.ship_by, zone),
            "updated_at": moment(order.updated_at, zone),
            "currency": order.currency,
            "lines": [line_shown(line) for line in order.lines.all()],
        }
        if not partner:
            shown |= {name: as_text(getattr(order, name)) for name in ORDER_AMOUNTS}
            shown["remark"] = order.remark
            if request.user.has_perm("orders.view_buyer"):
                shown["buyer"] = masked_buyer(order)
        return shown


def moment(at: datetime | None, zone: Any) -> str | None:
    return at.astimezone(zone).isoformat() if at else None


def line_shown(line: OrderLine) -> dict[str, Any]:
    """Return a line of an order as it goes out."""
    return {
        "position": line.position,
        "sku": line.sku_code,
        "title": line.title,
        "units": line.units,
        **{name: as_text(getattr(line, name)) for name in LINE_AMOUNTS},
        "platform_line_number": line.platform_line_number,
        "is_gift": line.is_gift,
    }


def masked_buyer(order: Order) -> dict[str, str]:
    """Return the buyer with what names the person masked."""
    opened = unseal(order.buyer_sealed) if order.buyer_sealed else {}
    return {
        "name": mask_name(opened.get("name", "")),
        "phone": mask_phone(opened.get("phone", "")),
        "province": order.province,
        "city": order.city,
        "district": opened.get("district", ""),
        "address": mask_address(opened.get("address", "")),
    }
