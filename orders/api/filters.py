"""What people ask the list of orders for, in the API and on the page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from ops_portal.lib.doors.filters import PortalFilterSet
from orders.choices import OrderStatus, RefundStatus
from orders.models import Order


class OrderFilterSet(PortalFilterSet):
    status = filters.MultipleChoiceFilter(choices=OrderStatus.choices, label=_("Status"))
    refund_status = filters.ChoiceFilter(choices=RefundStatus.choices, label=_("Refund"))
    shop = filters.CharFilter(field_name="shop__code", label=_("Shop"))
    placed_after = filters.IsoDateTimeFilter(
        field_name="placed_at", lookup_expr="gte", label=_("Placed at or after")
    )
    placed_before = filters.IsoDateTimeFilter(
        field_name="placed_at", lookup_expr="lt", label=_("Placed before")
    )
    number = filters.CharFilter(label=_("Number"))
    platform_number = filters.CharFilter(label=_("Platform number"))

    class Meta:
        model = Order
        fields = ()
