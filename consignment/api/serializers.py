"""Contracts, statements and their lines going out; disputes coming in."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from consignment.choices import (
    CommissionBase,
    ContractMode,
    ContractStatus,
    DisputeStatus,
    LineKind,
    StatementStatus,
)
from consignment.models import Contract, Statement, StatementLine
from ops_portal.lib.doors.serializers import PortalSerializer


class AmountText(serializers.DecimalField):
    """An amount as text, in the statement's currency."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, **kwargs)


class TermsSerializer(PortalSerializer):
    version = serializers.IntegerField()
    since = serializers.DateField()
    base = serializers.ChoiceField(choices=CommissionBase.choices)
    rate = serializers.DecimalField(max_digits=7, decimal_places=6)
    monthly_fee = AmountText()


class ContractSerializer(PortalSerializer):
    """A contract and its terms, the newest last. ``shops`` is empty where it covers all that fit its mode."""

    number = serializers.CharField()
    partner = serializers.CharField(source="partner.code")
    mode = serializers.ChoiceField(choices=ContractMode.choices)
    status = serializers.ChoiceField(choices=ContractStatus.choices)
    currency = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    brands = serializers.SerializerMethodField()
    shops = serializers.SerializerMethodField()
    terms = TermsSerializer(many=True, source="versions")
    updated_at = serializers.DateTimeField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_brands(self, contract: Contract) -> list[str]:
        return [each.brand.code for each in contract.brands.all()]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_shops(self, contract: Contract) -> list[str]:
        return [each.shop.code for each in contract.shops.all()]


class StatementSerializer(PortalSerializer):
    """A statement. ``net`` is what the agency owes the partner; below zero, the partner owes the agency."""

    number = serializers.CharField()
    contract = serializers.CharField(source="contract.number")
    partner = serializers.CharField(source="partner.code")
    month = serializers.DateField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=StatementStatus.choices)
    agency_collects = serializers.BooleanField()
    line_count = serializers.IntegerField()
    sales = AmountText()
    refunds = AmountText()
    base = AmountText()
    commission = AmountText()
    fee = AmountText()
    adjustments = AmountText()
    net = AmountText()
    digest = serializers.SerializerMethodField()
    issued_at = serializers.DateTimeField(allow_null=True)
    confirmed_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()

    @extend_schema_field(serializers.CharField())
    def get_digest(self, statement: Statement) -> str:
        return bytes(statement.digest).hex() if statement.digest else ""


class DisputeShownSerializer(PortalSerializer):
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=DisputeStatus.choices)
    reason = serializers.CharField()
    answer = serializers.CharField()
    amount = AmountText()
    opened_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)


class StatementLineSerializer(PortalSerializer):
    """A line of a statement; ``order`` is the number under which the order can be read."""

    line = serializers.IntegerField(source="position")
    kind = serializers.ChoiceField(choices=LineKind.choices)
    date = serializers.DateField(source="occurred_on")
    sold_on = serializers.DateField(allow_null=True)
    order = serializers.CharField(source="order_number")
    sku = serializers.CharField(source="sku_code")
    title = serializers.CharField()
    units = serializers.IntegerField()
    terms_version = serializers.IntegerField(source="version", allow_null=True)
    rate = serializers.DecimalField(max_digits=7, decimal_places=6)
    amount = AmountText()
    base = AmountText()
    commission = AmountText()
    net = AmountText()
    disputes = DisputeShownSerializer(many=True)

    class Meta:
        model = StatementLine


class DisputeSerializer(PortalSerializer):
    """What is wrong with which line."""

    line = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=500)
