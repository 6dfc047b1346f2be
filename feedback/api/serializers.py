"""The shape of feedback, coming in and going out."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from feedback.choices import Channel, CloseReason, Delivery, ItemStatus, ItemType, Mark, Priority, Topic
from feedback.drafts import ItemDraft
from feedback.models import FeedbackItem
from ops_portal.lib.doors.serializers import PortalSerializer
from orders.models import Shop


class NewItemSerializer(PortalSerializer):
    """What a customer said, under the number that its sender knows it by."""

    reference = serializers.CharField(max_length=120)
    text = serializers.CharField(max_length=20_000, allow_blank=True)
    channel = serializers.ChoiceField(choices=Channel.choices)
    shop = serializers.CharField(max_length=40)
    brand = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    rating = serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True, default=None)
    category = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    received_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    order = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    sku = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)

    def draft(self, shop: Shop) -> ItemDraft:
        """Return the valid item as the operation's draft."""
        data = self.validated_data
        return ItemDraft(
            source_key=f"api:{shop.code}:{data['reference']}",
            text=data["text"],
            channel=Channel(data["channel"]),
            brand_code=data["brand"],
            shop=shop,
            rating=data["rating"],
            category=data["category"],
            received_at=data["received_at"],
            order_number=data["order"],
            sku_code=data["sku"],
        )


class AnswerSerializer(PortalSerializer):
    text = serializers.CharField(max_length=4000)
    seen = serializers.IntegerField(
        min_value=0,
        required=False,
        allow_null=True,
        default=None,
        help_text=_("How many answers the writer saw; refused where there are more."),
    )
    sent = serializers.BooleanField(
        required=False, default=False, help_text=_("The caller has told the customer already.")
    )


class CloseSerializer(PortalSerializer):
    reason = serializers.ChoiceField(choices=CloseReason.choices, required=False, default=CloseReason.SOLVED)


class AnswerShownSerializer(PortalSerializer):
    text = serializers.CharField()
    at = serializers.DateTimeField()
    delivery = serializers.ChoiceField(choices=Delivery.choices)


class ItemSerializer(PortalSerializer):
    """An item going out. The customer is left out; the words are his own."""

    number = serializers.CharField()
    status = serializers.ChoiceField(choices=ItemStatus.choices)
    type = serializers.ChoiceField(choices=ItemType.choices)
    topic = serializers.ChoiceField(choices=Topic.choices)
    priority = serializers.ChoiceField(choices=Priority.choices)
    why = serializers.ListField(child=serializers.CharField())
    mark = serializers.ChoiceField(choices=Mark.choices)
    channel = serializers.ChoiceField(choices=Channel.choices)
    shop = serializers.CharField(allow_null=True)
    brand = serializers.CharField(allow_null=True)
    sku = serializers.CharField(allow_null=True)
    order = serializers.CharField(allow_null=True)
    original = serializers.CharField(allow_null=True)
    follow_up_of = serializers.CharField(allow_null=True)
    category = serializers.CharField()
    text = serializers.CharField()
    rating = serializers.IntegerField(allow_null=True)
    is_negative = serializers.BooleanField(allow_null=True)
    received_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    first_answered_at = serializers.DateTimeField(allow_null=True)
    close_reason = serializers.CharField()
    answers = AnswerShownSerializer(many=True)

    def to_representation(self, item: FeedbackItem) -> dict[str, Any]:
        zone = item.shop.zone if item.shop else None
        plain = (
            "number", "status", "type", "topic", "priority", "why", "mark", "channel", "category", "text", "rating",
            "is_negative", "close_reason",
        )  # fmt: skip
        moments = ("received_at", "updated_at", "due_at", "first_answered_at")
        return {
            **{name: getattr(item, name) for name in plain},
            **{name: moment(getattr(item, name), zone) for name in moments},
            "shop": item.shop.code if item.shop else None,
            "brand": item.brand.code if item.brand else None,
            "sku": item.sku.code if item.sku else None,
            "order": item.order.number if item.order else None,
            "original": f"F{item.original_id}" if item.original_id else None,
            "follow_up_of": f"F{item.follow_up_of_id}" if item.follow_up_of_id else None,
            "answers": [
                {"text": answer.text, "at": moment(answer.at, zone), "delivery": answer.delivery}
                for answer in item.answers.all()
            ],
        }


def moment(at: Any, zone: Any) -> str | None:
    """Return a moment as it goes out, in the zone of the shop where there is one."""
    return at.astimezone(zone).isoformat() if at else None
