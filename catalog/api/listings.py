"""Listings over REST: what shops offer, and what is on its way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.choices import OPEN_VERSIONS, ListingStatus
from catalog.models import Listing, ListingVersion
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.doors.filters import PortalFilterSet
from ops_portal.lib.doors.serializers import PortalModelSerializer, PortalSerializer


class ListingFilterSet(PortalFilterSet):
    shop = filters.CharFilter(field_name="channel__code", label=_("Shop"))
    product = filters.CharFilter(field_name="product__code", label=_("Product"))
    brand = filters.CharFilter(field_name="product__brand__code", label=_("Brand"))
    status = filters.ChoiceFilter(choices=ListingStatus.choices, label=_("Status"))

    class Meta:
        model = Listing
        fields = ()


class BlockSerializer(PortalSerializer):
    kind = serializers.CharField()
    heading = serializers.CharField()
    text = serializers.CharField()


class PictureSerializer(PortalSerializer):
    sha256 = serializers.CharField()
    role = serializers.CharField()
    alt = serializers.CharField()
    sku_code = serializers.CharField()


class OfferedSkuSerializer(PortalSerializer):
    sku_code = serializers.CharField()
    price = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    channel_code = serializers.CharField()


class ContentSerializer(PortalSerializer):
    """All that buyers see of a listing."""

    platform_category = serializers.CharField()
    title = serializers.CharField()
    subtitle = serializers.CharField()
    selling_points = serializers.ListField(child=serializers.CharField())
    blocks = BlockSerializer(many=True)
    attributes = serializers.DictField()
    pictures = PictureSerializer(many=True)
    keywords = serializers.ListField(child=serializers.CharField())
    skus = OfferedSkuSerializer(many=True)


class OpenVersionSerializer(PortalModelSerializer):
    """A version that is on its way."""

    class Meta:
        model = ListingVersion
        fields = ("number", "version", "status", "updated_at")


class ListingSerializer(PortalModelSerializer):
    """A product in a shop: the version that buyers see, and the one that is on its way."""

    shop = serializers.CharField(source="channel.code")
    product = serializers.CharField(source="product.code")
    brand = serializers.CharField(source="product.brand.code")
    live_version = serializers.CharField(source="live.number", allow_null=True, default=None)
    content = serializers.SerializerMethodField()
    open_version = serializers.SerializerMethodField()

    class Meta:
        model = Listing
        fields = (
            "number", "shop", "product", "brand", "status", "platform_item", "live_version", "content",
            "open_version", "created_at", "updated_at",
        )  # fmt: skip

    @extend_schema_field(ContentSerializer(allow_null=True))
    def get_content(self, listing: Listing) -> dict[str, Any] | None:
        return None if listing.live is None else dict(listing.live.content)

    @extend_schema_field(OpenVersionSerializer(allow_null=True))
    def get_open_version(self, listing: Listing) -> dict[str, Any] | None:
        standing: list[ListingVersion] = listing.on_their_way  # type: ignore[attr-defined]
        return dict(OpenVersionSerializer(standing[0]).data) if standing else None


class ListingViewSet(PortalViewSet):
    queryset = Listing.objects.all()
    serializer_class = ListingSerializer
    filterset_class = ListingFilterSet
    lookup_field = "number"
    lookup_value_regex = "[A-Za-z0-9-]+"
    required_scopes = {"list": "catalog:read", "retrieve": "catalog:read"}

    @property
    def ordering(self) -> Sequence[str]:
        """Newest first; whoever follows changes gets them in the order in which they were made."""
        return ("updated_at", "pk") if "updated_since" in self.request.query_params else ("-pk",)

    def get_queryset(self) -> QuerySet[Listing]:
        queryset: QuerySet[Listing] = super().get_queryset()
        standing = ListingVersion.objects.filter(status__in=sorted(OPEN_VERSIONS)).order_by("pk")
        return queryset.select_related("channel", "product__brand", "live").prefetch_related(
            Prefetch("versions", standing, to_attr="on_their_way")
        )
