"""Contracts and statements over REST: the same addresses for staff and partners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from consignment.api.filters import ContractFilterSet, StatementFilterSet
from consignment.api.serializers import (
    ContractSerializer,
    DisputeSerializer,
    DisputeShownSerializer,
    StatementLineSerializer,
    StatementSerializer,
)
from consignment.drafts import DisputeDraft
from consignment.models import (
    Contract,
    ContractBrand,
    ContractShop,
    ContractVersion,
    LineDispute,
    Statement,
    StatementLine,
)
from consignment.operations.disputing import dispute_lines
from consignment.operations.issuing import confirm_statements
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.doors.paging import KeysetPagination


class ByChange(PortalViewSet):
    """Newest first; whoever follows changes gets them in the order in which they were made."""

    lookup_field = "number"
    lookup_value_regex = "[A-Za-z0-9-]+"
    newest_first: Sequence[str] = ("-pk",)

    @property
    def ordering(self) -> Sequence[str]:
        """Return the order of the list."""
        return ("updated_at", "pk") if "updated_since" in self.request.query_params else self.newest_first


class ContractViewSet(ByChange):
    queryset = Contract.objects.select_related("partner").prefetch_related(
        Prefetch("versions", ContractVersion.objects.order_by("since")),
        Prefetch("brands", ContractBrand.objects.select_related("brand").order_by("brand__code")),
        Prefetch("shops", ContractShop.objects.select_related("shop").order_by("shop__code")),
    )
    serializer_class = ContractSerializer
    filterset_class = ContractFilterSet
    required_scopes = {"list": "settlement:read", "retrieve": "settlement:read"}


class LinePages(KeysetPagination):
    """Pages of the lines of one statement, in its own sequence."""

    ordering = ("position", "pk")


class StatementViewSet(ByChange):
    queryset = Statement.objects.select_related("contract", "partner")
    serializer_class = StatementSerializer
    filterset_class = StatementFilterSet
    newest_first = ("-month", "-pk")
    permission_map = {
        "lines": "consignment.view_statementline",
        "confirm": "consignment.confirm_statement",
        "dispute": "consignment.dispute_line",
    }
    required_scopes = {
        "list": "settlement:read",
        "retrieve": "settlement:read",
        "lines": "settlement:read",
        "confirm": "settlement:write",
        "dispute": "settlement:write",
    }
    query_parameters = {"lines": KeysetPagination.parameters}

    def get_queryset(self) -> QuerySet[Statement]:
        queryset: QuerySet[Statement] = super().get_queryset()
        return queryset.defer("terms")

    @extend_schema(responses=StatementLineSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None)
    def lines(self, request: Request, number: str) -> Response:
        """List the lines, in the sequence of the statement, page by page."""
        lines = StatementLine.objects.filter(statement=self.get_object()).prefetch_related(
            Prefetch("disputes", LineDispute.objects.order_by("pk"))
        )
        pages = LinePages()
        page = pages.paginate_queryset(lines, request, view=pages)
        return pages.get_paginated_response(StatementLineSerializer(page, many=True).data)

    @extend_schema(request=None, responses=StatementSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, number: str) -> Response:
        """Agree to the issued statement; refused while a dispute waits for its answer."""
        statement = self.get_object()
        self.run(confirm_statements, [statement.pk]).one()
        return Response(self.get_serializer(self.get_queryset().get(pk=statement.pk)).data)

    @extend_schema(request=DisputeSerializer, responses={201: DisputeShownSerializer})
    @action(detail=True, methods=["post"])
    def dispute(self, request: Request, number: str) -> Response:
        """Say what is wrong with a line of the issued statement."""
        statement = self.get_object()
        given = DisputeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said: dict[str, Any] = given.validated_data
        line = StatementLine.objects.filter(statement=statement, position=said["line"]).first()
        if line is None:
            raise Http404
        made = self.run(dispute_lines, [DisputeDraft(line.pk, said["reason"])]).one()
        return Response(DisputeShownSerializer(made).data, status=201)
