"""What people ask the lists of messages for, in the API and on the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from ops_portal.lib.doors.filters import PortalFilterSet
from ops_portal.outbox.choices import DeliveryStatus
from ops_portal.outbox.models import Delivery, Endpoint, Event


class EndpointFilterSet(PortalFilterSet):
    updated_since = None
    is_active = filters.BooleanFilter(label=_("Active"))

    class Meta:
        model = Endpoint
        fields = ()


class DeliveryFilterSet(PortalFilterSet):
    updated_since = None
    status = filters.ChoiceFilter(choices=DeliveryStatus.choices, label=_("Status"))

    class Meta:
        model = Delivery
        fields = ()


class EventFilterSet(PortalFilterSet):
    updated_since = None
    object = filters.CharFilter(method="of_object", label=_("Object, for example order/SO00000042"))
    after = filters.NumberFilter(
        field_name="sequence",
        lookup_expr="gt",
        label=_("Sequence greater than"),
        min_value=0,
        max_value=2**62,
    )
    kind = filters.CharFilter(label=_("Kind"))
    brand = filters.CharFilter(label=_("Brand"))

    class Meta:
        model = Event
        fields = ()

    def of_object(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Narrow to the events of one object, named by kind and number."""
        kind, _slash, number = value.partition("/")
        return queryset.filter(object_kind=kind, object_number=number)
