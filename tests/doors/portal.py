"""A small portal over the floor's own tables: its addresses, view sets and operations, for the tests of doors."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, models
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django_filters import rest_framework as django_filters
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from ops_portal import api as portal_api
from ops_portal import urls as portal_urls
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.doors.filters import PortalFilterSet
from ops_portal.lib.doors.permissions import SIGNED_IN
from ops_portal.lib.doors.serializers import PortalModelSerializer, PortalSerializer
from ops_portal.lib.models import NumberSeries, StateMove
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused


class Narrowed(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Narrowed:
        return self if user.is_superuser else self.exclude(**{f"{self.by}__startswith": "SECRET"})

    by = "code"


class NarrowedMoves(Narrowed):
    by = "document_number"


class SeriesTaken(Refused):
    code = "series_taken"


class NegativeSeries(Refused):
    code = "negative_series"
    status_code = 422


# What a test lets happen inside the next operation; called once each, in turn.
happenings: list[Callable[[], None]] = []
calls: list[str] = []


@operation
def open_series(drafts: Sequence[dict[str, Any]], *, actor: Principal, at: datetime) -> Outcome[NumberSeries]:
    """Open series of numbers. Refuses SeriesTaken by index, NegativeSeries for all."""
    calls.append(str(actor))
    outcome: Outcome[NumberSeries] = Outcome()
    for index, draft in enumerate(drafts):
        if NumberSeries.objects.filter(code=draft["code"]).exists():
            detail = "The series %(series)s exists."
            outcome.refused.append((index, SeriesTaken(detail, series=draft["code"])))
        else:
            outcome.done.append(NumberSeries.objects.create(**draft | {"last": abs(draft.get("last", 0))}))
    if any(draft.get("last", 0) < 0 for draft in drafts):
        raise NegativeSeries("A series does not run below zero.")
    if happenings:
        happenings.pop(0)()
    return outcome


def raise_in_database(code: str, times: int = 1) -> None:
    """Make PostgreSQL raise ``code`` in the next operations."""

    def happen() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'made' USING ERRCODE = '{code}'; END $$")

    happenings.extend([happen] * times)


class NoteSerializer(PortalSerializer):
    text = serializers.CharField(max_length=20)


class SeriesSerializer(PortalModelSerializer):
    notes = NoteSerializer(many=True, required=False)
    last = serializers.IntegerField(required=False)
    code = serializers.CharField(max_length=60)

    class Meta:
        model = NumberSeries
        fields = ("id", "code", "last", "notes")
        read_only_fields = ("id",)

    def to_representation(self, instance: NumberSeries) -> dict[str, Any]:
        return {"id": instance.pk, "code": instance.code, "last": instance.last}


class SeriesFilterSet(PortalFilterSet):
    updated_since = None
    last = django_filters.RangeFilter()

    class Meta:
        model = NumberSeries
        fields = ("code",)


class SeriesViewSet(PortalViewSet):
    queryset = Narrowed(NumberSeries)
    serializer_class = SeriesSerializer
    filterset_class = SeriesFilterSet
    ordering = ("-last", "-pk")
    permission_map = {
        "create": "lib.add_numberseries",
        "bulk": "lib.add_numberseries",
        "slow": "lib.add_numberseries",
        "half": "lib.add_numberseries",
        "broken": SIGNED_IN,
        "lose": SIGNED_IN,
    }
    query_parameters = {"retrieve": ("expand",)}

    def create(self, request: Request) -> Response:
        given = SeriesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        given.validated_data.pop("notes", None)
        made = self.run(open_series, [given.validated_data]).one()
        return Response(self.get_serializer(made).data, status=201)

    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        return self.per_item(self.run(open_series, request.data), lambda made: self.get_serializer(made).data)

    @action(detail=False, methods=["post"])
    def slow(self, request: Request) -> Response:
        """Write without looking, slowly: what the key alone must keep from happening twice."""
        StateMove.objects.create(
            document_kind="slow",
            document_number="S1",
            to_status="made",
            actor="system:test",
            at="2026-11-11T04:00:00Z",
        )
        time.sleep(0.3)
        return Response({"made": True}, status=201)

    @action(detail=False, methods=["post"])
    def half(self, request: Request) -> Response:
        """Call an operation, and answer an error all the same."""
        self.run(open_series, [{"code": request.data["code"]}])
        return Response({"half": True}, status=request.data["status"])

    @action(detail=False, methods=["post"])
    def broken(self, request: Request) -> Response:
        raise RuntimeError("broken")

    @action(detail=False, methods=["post"])
    def undeclared(self, request: Request) -> Response:
        return Response({})

    @action(detail=False, methods=["get"])
    def lose(self, request: Request) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return Response({})


class MoveFilterSet(PortalFilterSet):
    updated_since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")

    class Meta:
        model = StateMove
        fields = ("document_kind",)


class MoveSerializer(PortalModelSerializer):
    class Meta:
        model = StateMove
        fields = ("id", "document_number", "at")


class MoveViewSet(PortalViewSet):
    queryset = NarrowedMoves(StateMove)
    serializer_class = MoveSerializer
    filterset_class = MoveFilterSet
    ordering = ("-at", "-pk")


class UnguardedViewSet(PortalViewSet):
    """Its query set can't tell what a user may see."""

    queryset = NumberSeries.objects.all()
    serializer_class = SeriesSerializer


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken")


def fail_for_now(request: HttpRequest) -> HttpResponse:
    raise_in_database("40P01")
    happenings.pop()()
    raise DatabaseError("not reached")


router = SimpleRouter()
router.register("series", SeriesViewSet, basename="series")
router.register("moves", MoveViewSet, basename="moves")
router.register("unguarded", UnguardedViewSet, basename="unguarded")

urlpatterns = [
    path("api/v1/", include(router.urls)),
    path("api/", include([url for url in portal_api.urlpatterns if str(url.pattern) != "v1/"])),
    path("fail/", fail),
    path("fail-for-now/", fail_for_now),
    path("api/fail/", fail),
    *(url for url in portal_urls.urlpatterns if str(url.pattern) != "api/"),
]
handler400 = portal_urls.handler400
handler403 = portal_urls.handler403
handler404 = portal_urls.handler404
handler500 = portal_urls.handler500
