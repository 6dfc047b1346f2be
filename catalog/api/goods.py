"""Products with their variants, and prices, over REST."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.drafts import PriceDraft, ProductDraft, VariantDraft
from catalog.models import Brand, Channel, Price, Product, Sku
from catalog.operations.prices import set_prices
from catalog.operations.variants import save_products
from catalog.queries.prices import end_of
from ops_portal.accounts.visibility import scope_of
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.doors.filters import PortalFilterSet
from ops_portal.lib.doors.serializers import PortalModelSerializer, PortalSerializer

OURS = ("cost", "floor_price", "price_role")
MEASURES = ("weight_grams", "length_mm", "width_mm", "height_mm", "shelf_life_days")
MOST_PRICES = 1_000


class ProductFilterSet(PortalFilterSet):
    updated_since = None
    brand = filters.CharFilter(field_name="brand__code", label=_("Brand"))
    category = filters.CharFilter(field_name="category__code", label=_("Category"))
    sku = filters.CharFilter(method="of_sku", label="SKU")

    class Meta:
        model = Product
        fields = ()

    def of_sku(self, queryset: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        return queryset.filter(pk__in=Sku.objects.filter(code=value).values("product"))


class VariantSerializer(PortalModelSerializer):
    """A SKU as a variant. What the goods cost the agency and its floor price are for staff only."""

    sku = serializers.CharField(source="code", max_length=60, required=False, allow_blank=True)
    options = serializers.DictField(child=serializers.CharField(max_length=120), required=False)

    class Meta:
        model = Sku
        fields = (
            "sku", "name", "options", "is_active", "barcode", "list_price", "cost", "floor_price", "reference_price",
            "price_role", "stage", *MEASURES, "packaging", "tracks_batches",
        )  # fmt: skip
        read_only_fields = ("name", "is_active")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        request = self.context.get("request")
        if request is not None and scope_of(request.user).partner:
            for name in OURS:
                fields.pop(name)
        return fields


class ProductAxisSerializer(PortalSerializer):
    name = serializers.CharField(max_length=40)
    values = serializers.ListField(child=serializers.CharField(max_length=120), max_length=1_000)


class ProductSerializer(PortalSerializer):
    """A product with all its variants. What is sent says all of it; variants that are left out become inactive."""

    code = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=200)
    brand = serializers.CharField(source="brand.code", max_length=40)
    category = serializers.CharField(
        source="category.code", max_length=40, required=False, allow_blank=True, default=""
    )
    axes = ProductAxisSerializer(many=True, required=False)
    attributes = serializers.DictField(required=False)
    variants = VariantSerializer(source="skus", many=True, required=False)

    def to_representation(self, product: Product) -> dict[str, Any]:
        return {
            "code": product.code,
            "name": product.name,
            "brand": product.brand.code,
            "category": product.category.code if product.category else "",
            "axes": [{"name": name, "values": values} for name, values in product.axes],
            "attributes": product.attributes,
            "variants": VariantSerializer(product.skus.all(), many=True, context=self.context).data,
        }

    def draft(self) -> ProductDraft:
        """Return what was sent."""
        said = self.validated_data
        return ProductDraft(
            code=said["code"],
            name=said["name"],
            brand_code=said["brand"]["code"],
            category_code=said.get("category", {}).get("code", "") if said.get("category") else "",
            axes=tuple((axis["name"], tuple(axis["values"])) for axis in said.get("axes", ())),
            attributes=said.get("attributes", {}),
            variants=tuple(
                VariantDraft(options=each.pop("options", {}), sku_code=each.pop("code", ""), **each)
                for each in map(dict, said.get("skus", ()))
            ),
        )


class ProductViewSet(PortalViewSet):
    queryset = Product.objects.select_related("brand", "category").prefetch_related(
        Prefetch("skus", Sku.objects.order_by("pk"))
    )
    serializer_class = ProductSerializer
    filterset_class = ProductFilterSet
    lookup_field = "code"
    lookup_value_regex = "[^/]+"
    ordering = ("code",)
    permission_map = {"create": "catalog.add_product", "update": "catalog.change_product"}
    required_scopes = {
        "list": "catalog:read",
        "retrieve": "catalog:read",
        "create": "catalog:write",
        "update": "catalog:write",
    }

    def save(self, request: Request, data: Any, status: int) -> Response:
        """Save what was sent, a new product under a code that no other has; the brand is one that the caller sees."""
        given = ProductSerializer(data=data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        draft = given.draft()
        if status == 201 and Product.objects.filter(code=draft.code).exists():
            detail = _("There is a product %(code)s already.") % {"code": draft.code}
            raise serializers.ValidationError({"code": [detail]})
        if not Brand.objects.visible_to(request.user).filter(code=draft.brand_code).exists():
            detail = _("There is no brand %(brand)s.") % {"brand": draft.brand_code}
            raise serializers.ValidationError({"brand": [detail]})
        product = self.run(save_products, [replace(draft, is_new=status == 201)]).one()
        return Response(self.get_serializer(self.get_queryset().get(pk=product.pk)).data, status=status)

    @extend_schema(request=ProductSerializer, responses={201: ProductSerializer})
    def create(self, request: Request) -> Response:
        """Create a product; one that stands is changed under its own address."""
        return self.save(request, request.data, 201)

    @extend_schema(request=ProductSerializer, responses={200: ProductSerializer})
    def update(self, request: Request, code: str) -> Response:
        """Let a product be as what is sent says."""
        product = self.get_object()
        said = request.data if isinstance(request.data, dict) else {}
        if str(said.get("code", product.code)) != product.code:
            raise serializers.ValidationError({"code": [_("The code of a product does not change.")]})
        return self.save(request, {**said, "code": product.code}, 200)


class PriceFilterSet(PortalFilterSet):
    updated_since = None
    sku = filters.CharFilter(field_name="sku__code", label="SKU")
    channel = filters.CharFilter(field_name="channel__code", label=_("Shop"))
    at = filters.IsoDateTimeFilter(method="in_force", label=_("In force at"))

    class Meta:
        model = Price
        fields = ()

    def in_force(self, queryset: QuerySet[Price], name: str, value: Any) -> QuerySet[Price]:
        """Narrow to the prices that hold at a moment, one for each SKU and shop."""
        later = Q(since__gt=OuterRef("since")) | Q(since=OuterRef("since"), pk__gt=OuterRef("pk"))
        goes_on = Q(until__gt=value) & (Q(change__ended_at=None) | Q(change__ended_at__gt=value))
        begun = Price.objects.filter(sku=OuterRef("sku"), since__lte=value)
        others = begun.filter(later, until=None)
        of_shop = Exists(others.filter(channel=OuterRef("channel")))
        of_list = Exists(others.filter(channel=None))
        special = Exists(begun.filter(goes_on, channel=OuterRef("channel")))
        standing = Q(Q(until=None), ~of_shop, ~Q(Q(channel=None) & of_list), ~special)
        return queryset.filter(goes_on | standing, since__lte=value)


class PriceSerializer(PortalSerializer):
    """A price from a moment on; no channel: the list price, which counts where a shop has none.

    One with an end comes before those without. It is brought by a price change.
    """

    sku = serializers.CharField(source="sku.code", max_length=60)
    channel = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=0)
    since = serializers.DateTimeField(required=False, allow_null=True)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def to_representation(self, price: Price) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "sku": price.sku.code,
            "channel": price.channel.code if price.channel else "",
            "amount": f"{price.amount:.2f}",
            "since": price.since.isoformat(),
            "until": ends.isoformat() if (ends := end_of(price)) else None,
        }
        if not scope_of(self.context["request"].user).partner:
            shown |= {"reason": price.reason, "actor": price.actor}
        return shown


class PricesSerializer(PortalSerializer):
    prices = serializers.ListField(child=PriceSerializer(), max_length=MOST_PRICES)


class PriceViewSet(PortalViewSet):
    queryset = Price.objects.select_related("sku", "channel", "change")
    serializer_class = PriceSerializer
    filterset_class = PriceFilterSet
    lookup_value_regex = "[0-9]{1,18}"
    ordering = ("-since", "-pk")
    permission_map = {
        "list": "catalog.view_sku",
        "retrieve": "catalog.view_sku",
        "create": "catalog.change_sku",
    }
    required_scopes = {"list": "catalog:read", "retrieve": "catalog:read", "create": "catalog:write"}

    def get_queryset(self) -> QuerySet[Price]:
        """Return the prices of goods that the caller sees; staff: in the shops that it sees; partners: up to now."""
        prices: QuerySet[Price] = super().get_queryset()
        scope = scope_of(self.request.user)
        if scope.all:
            return prices
        if scope.partner:
            return prices.filter(since__lte=timezone.now())
        return prices.filter(Q(channel=None) | Q(channel__code__in=scope.shops))

    @extend_schema(request=PricesSerializer)
    def create(self, request: Request) -> Response:
        """Set prices; the answer says of each what became of it."""
        given = PricesSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        drafts = [
            PriceDraft(
                each["sku"]["code"], each["amount"], each["channel"], each.get("since"), each["reason"]
            )
            for each in given.validated_data["prices"]
        ]
        self.check_seen(request, drafts)
        outcome = self.run(set_prices, drafts)
        pks = [price.pk for price in outcome.done]
        shown = {
            price.pk: self.get_serializer(price).data
            for price in Price.objects.filter(pk__in=pks).select_related("sku", "channel", "change")
        }
        return self.per_item(outcome, lambda price: shown[price.pk])

    def check_seen(self, request: Request, drafts: Sequence[PriceDraft]) -> None:
        """Answer as for what does not exist where a SKU or a shop is not the caller's to see."""
        skus = {draft.sku_code for draft in drafts}
        channels = {draft.channel_code for draft in drafts if draft.channel_code}
        seen = set(Sku.objects.visible_to(request.user).filter(code__in=skus).values_list("code", flat=True))
        shops = set(
            Channel.objects.visible_to(request.user).filter(code__in=channels).values_list("code", flat=True)
        )
        unseen = sorted((skus - seen) | (channels - shops))
        if unseen:
            detail = _("Unknown: %(codes)s.") % {"codes": ", ".join(unseen[:20])}
            raise serializers.ValidationError({"prices": [detail]})
