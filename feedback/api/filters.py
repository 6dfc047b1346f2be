"""What people ask the list of feedback for."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from feedback.choices import Channel, ItemStatus, ItemType, Mark, Priority, Topic
from feedback.models import FeedbackItem
from ops_portal.lib.doors.filters import PortalFilterSet


class FeedbackFilterSet(PortalFilterSet):
    status = filters.MultipleChoiceFilter(choices=ItemStatus.choices, label=_("Status"))
    priority = filters.MultipleChoiceFilter(choices=Priority.choices, label=_("Priority"))
    type = filters.ChoiceFilter(choices=ItemType.choices, label=_("Type"))
    topic = filters.ChoiceFilter(choices=Topic.choices, label=_("Topic"))
    channel = filters.ChoiceFilter(choices=Channel.choices, label=_("Channel"))
    mark = filters.ChoiceFilter(choices=Mark.choices[1:], label=_("Mark"))
    rating = filters.NumberFilter(label=_("Rating"))
    shop = filters.CharFilter(field_name="shop__code", label=_("Shop"))
    brand = filters.CharFilter(field_name="brand__code", label=_("Brand"))
    sku = filters.CharFilter(field_name="sku__code", label="SKU")
    order = filters.CharFilter(field_name="order__number", label=_("Order"))
    number = filters.CharFilter(label=_("Number"))
    received_after = filters.IsoDateTimeFilter(
        field_name="received_at", lookup_expr="gte", label=_("Received at or after")
    )
    received_before = filters.IsoDateTimeFilter(
        field_name="received_at", lookup_expr="lt", label=_("Received before")
    )

    class Meta:
        model = FeedbackItem
        fields = ()
