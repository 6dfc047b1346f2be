"""What people ask the lists of contracts and statements for."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from consignment.choices import ContractStatus, StatementStatus
from consignment.models import Contract, Statement
from ops_portal.lib.doors.filters import PortalFilterSet


class ContractFilterSet(PortalFilterSet):
    status = filters.ChoiceFilter(choices=ContractStatus.choices, label=_("Status"))
    partner = filters.CharFilter(field_name="partner__code", label=_("Partner"))

    class Meta:
        model = Contract
        fields = ()


class StatementFilterSet(PortalFilterSet):
    status = filters.ChoiceFilter(choices=StatementStatus.choices, label=_("Status"))
    month = filters.DateFilter(label=_("Month"))
    partner = filters.CharFilter(field_name="partner__code", label=_("Partner"))
    contract = filters.CharFilter(field_name="contract__number", label=_("Contract"))

    class Meta:
        model = Statement
        fields = ()
