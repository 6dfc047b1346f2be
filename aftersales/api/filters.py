"""What people ask the list of cases for, in the API."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from aftersales.choices import CaseKind, CaseRefund, CaseStatus, Reason
from aftersales.models import Case
from ops_portal.lib.doors.filters import PortalFilterSet


class CaseFilterSet(PortalFilterSet):
    status = filters.MultipleChoiceFilter(choices=CaseStatus.choices, label=_("Status"))
    refund_status = filters.ChoiceFilter(choices=CaseRefund.choices, label=_("Refund"))
    type = filters.ChoiceFilter(field_name="kind", choices=CaseKind.choices, label=_("Type"))
    reason = filters.ChoiceFilter(choices=Reason.choices, label=_("Reason"))
    shop = filters.CharFilter(field_name="shop__code", label=_("Shop"))
    order = filters.CharFilter(field_name="order__number", label=_("Number of the order"))
    number = filters.CharFilter(label=_("Number"))
    requested_after = filters.IsoDateTimeFilter(
        field_name="requested_at", lookup_expr="gte", label=_("Requested at or after")
    )
    requested_before = filters.IsoDateTimeFilter(
        field_name="requested_at", lookup_expr="lt", label=_("Requested before")
    )

    class Meta:
        model = Case
        fields = ()
