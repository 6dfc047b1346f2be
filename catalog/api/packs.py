"""Material packs and their pictures over REST: partners send those of their own brands, and read what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.choices import BlockKind, MediaRole, PackSource, PackStatus
from catalog.drafts import Block, MediaDraft, PackDraft, PackFacts, PackPicture, VariantDraft
from catalog.models import Brand, MaterialPack, MediaFile, PackMedia
from catalog.operations.media import keep_media
from catalog.operations.packs import MOST_MEDIA, MOST_VARIANTS, receive_packs
from catalog.queries.completeness import named_missing
from ops_portal.accounts.visibility import scope_of
from ops_portal.lib.doors.api import PortalViewSet
from ops_portal.lib.doors.filters import PortalFilterSet
from ops_portal.lib.doors.serializers import PortalModelSerializer, PortalSerializer
from ops_portal.lib.refusals import Outcome

MOST_VALUES = 200  # of attributes, and of each of them
OURS = ("cost", "floor_price", "price_role")
BLANK: dict[str, Any] = {"required": False, "default": "", "allow_blank": True}
NONE: dict[str, Any] = {"required": False, "default": None, "allow_null": True}
AMOUNT: dict[str, Any] = {"max_digits": 14, "decimal_places": 2, "min_value": 0, **NONE}
MEASURE: dict[str, Any] = {"min_value": 0, "max_value": 2_147_483_647, **NONE}


class BlockSerializer(PortalSerializer):
    kind = serializers.ChoiceField(choices=BlockKind.choices)
    heading = serializers.CharField(max_length=200, **BLANK)
    text = serializers.CharField(max_length=10_000)


class PackVariantSerializer(PortalSerializer):
    options = serializers.DictField(child=serializers.CharField(max_length=60), required=False, default=dict)
    sku_code = serializers.CharField(max_length=60, **BLANK)
    barcode = serializers.CharField(max_length=40, **BLANK)
    list_price = serializers.DecimalField(**AMOUNT)
    cost = serializers.DecimalField(**AMOUNT)
    reference_price = serializers.DecimalField(**AMOUNT)
    weight_grams = serializers.IntegerField(**MEASURE)
    length_mm = serializers.IntegerField(**MEASURE)
    width_mm = serializers.IntegerField(**MEASURE)
    height_mm = serializers.IntegerField(**MEASURE)
    shelf_life_days = serializers.IntegerField(**MEASURE)
    packaging = serializers.CharField(max_length=200, **BLANK)
    tracks_batches = serializers.BooleanField(required=False, default=False)


class AxisSerializer(PortalSerializer):
    name = serializers.CharField(max_length=40)
    values = serializers.ListField(child=serializers.CharField(max_length=60), max_length=200, min_length=1)


class PackPictureSerializer(PortalSerializer):
    """A file that was sent to ``/media/``, in its place."""

    sha256 = serializers.RegexField("^[0-9a-f]{64}$")
    role = serializers.ChoiceField(choices=MediaRole.choices)
    variant = serializers.CharField(max_length=120, **BLANK)


class NewPackSerializer(PortalSerializer):
    """What is told of one product. The sender's number again completes the pack that it has."""

    brand = serializers.CharField(max_length=40)
    source_key = serializers.CharField(max_length=120)
    name = serializers.CharField(max_length=200, **BLANK)
    category = serializers.CharField(max_length=40, **BLANK)
    product_code = serializers.CharField(max_length=60, **BLANK)
    selling_points = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=20, required=False, default=list
    )
    blocks = BlockSerializer(many=True, required=False, default=list, max_length=50)  # type: ignore[call-arg]
    attributes = serializers.DictField(required=False, default=dict)
    axes = AxisSerializer(many=True, required=False, default=list, max_length=4)  # type: ignore[call-arg]
    variants = PackVariantSerializer(many=True, required=False, default=list, max_length=MOST_VARIANTS)  # type: ignore[call-arg]
    media = PackPictureSerializer(
        many=True, required=False, allow_null=True, default=None, max_length=MOST_MEDIA
    )  # type: ignore[call-arg]

    def validate_attributes(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take texts, and lists of texts."""
        for name, value in given.items():
            texts = value if isinstance(value, list) else [value]
            if max(len(given), len(texts)) > MOST_VALUES or not all(
                isinstance(text, str) and len(text) <= 200 for text in (name, *texts)
            ):
                raise serializers.ValidationError(_("Attributes are texts, or lists of texts."))
        return given

    def draft(self) -> PackDraft:
        """Return the valid pack as the operation's draft."""
        data = self.validated_data
        media = data["media"]
        return PackDraft(
            brand_code=data["brand"],
            name=data["name"],
            category_code=data["category"],
            facts=PackFacts(
                product_code=data["product_code"],
                selling_points=tuple(data["selling_points"]),
                blocks=tuple(Block(each["kind"], each["text"], each["heading"]) for each in data["blocks"]),
                attributes=data["attributes"],
                axes=tuple((axis["name"], tuple(axis["values"])) for axis in data["axes"]),
                variants=tuple(VariantDraft(**variant) for variant in data["variants"]),
            ),
            media=None if media is None else tuple(PackPicture(**picture) for picture in media),
            source=PackSource.API.value,
            source_key=data["source_key"],
        )


class MissingSerializer(PortalSerializer):
    code = serializers.CharField()
    detail = serializers.CharField()


class PackSerializer(PortalModelSerializer):
    """A pack as it stands: how complete it is, and what is missing, the weightiest first."""

    brand = serializers.CharField(source="brand.code")
    category = serializers.SerializerMethodField()
    product = serializers.SerializerMethodField()
    completeness = serializers.IntegerField(source="score")
    missing = serializers.SerializerMethodField()
    facts = serializers.SerializerMethodField()
    media = serializers.SerializerMethodField()

    class Meta:
        model = MaterialPack
        fields = (
            "number", "brand", "source_key", "name", "category", "status", "source", "product", "completeness",
            "missing", "facts", "media", "created_at", "updated_at",
        )  # fmt: skip

    def get_category(self, pack: MaterialPack) -> str:
        return pack.category.code if pack.category else ""

    def get_product(self, pack: MaterialPack) -> str:
        return pack.product.code if pack.product else ""

    @extend_schema_field(serializers.JSONField())
    def get_facts(self, pack: MaterialPack) -> dict[str, Any]:
        """Return what the pack says; to partners without what goods cost the agency and their floor price."""
        facts: dict[str, Any] = pack.facts
        request = self.context.get("request")
        if request is None or not scope_of(request.user).partner:
            return facts
        told = [
            {name: value for name, value in variant.items() if name not in OURS}
            for variant in facts.get("variants", ())
        ]
        return {**facts, "variants": told}

    @extend_schema_field(MissingSerializer(many=True))
    def get_missing(self, pack: MaterialPack) -> list[dict[str, str]]:
        words = zip(pack.missing, named_missing(pack.missing), strict=True)
        return [{"code": code, "detail": detail} for code, detail in words]

    @extend_schema_field(PackPictureSerializer(many=True))
    def get_media(self, pack: MaterialPack) -> list[dict[str, str]]:
        return [
            {"sha256": each.file.sha256, "role": each.role, "variant": each.variant}
            for each in pack.media.all()
        ]


class PackFilterSet(PortalFilterSet):
    status = filters.MultipleChoiceFilter(choices=PackStatus.choices, label=_("Status"))
    brand = filters.CharFilter(field_name="brand__code", label=_("Brand"))
    source_key = filters.CharFilter(label=_("Sender's number"))

    class Meta:
        model = MaterialPack
        fields = ()


class PackViewSet(PortalViewSet):
    queryset = MaterialPack.objects.select_related("brand", "category", "product")
    serializer_class = PackSerializer
    filterset_class = PackFilterSet
    lookup_field = "number"
    lookup_value_regex = "[A-Za-z0-9-]+"
    permission_map = {"create": "catalog.send_pack"}
    required_scopes = {"list": "catalog:read", "retrieve": "catalog:read", "create": "materials:write"}

    @property
    def ordering(self) -> Sequence[str]:
        """Newest first; whoever follows changes gets them in the order in which they were made."""
        changed = "updated_since" in self.request.query_params
        return ("updated_at", "pk") if changed else ("-created_at", "-pk")

    def get_queryset(self) -> QuerySet[MaterialPack]:
        media = PackMedia.objects.select_related("file").order_by("position")
        queryset: QuerySet[MaterialPack] = super().get_queryset()
        return queryset.prefetch_related(Prefetch("media", media))

    @extend_schema(request=NewPackSerializer, responses={201: PackSerializer})
    def create(self, request: Request) -> Response:
        """Send a pack. The sender's number again completes the one that stands, as long as it is open."""
        given = NewPackSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        own_brand(request, given.validated_data["brand"])
        pack = self.run(receive_packs, [given.draft()]).one()
        return Response(self.get_serializer(self.get_queryset().get(pk=pack.pk)).data, status=201)


class MediaSerializer(PortalModelSerializer):
    """A picture or a film as it was found to be. Lengths in pixels, ``duration`` in milliseconds."""

    brand = serializers.CharField(source="brand.code")

    class Meta:
        model = MediaFile
        fields = (
            "sha256", "brand", "name", "kind", "format", "size", "width", "height", "sharpness", "duration",
            "has_subtitles", "created_at",
        )  # fmt: skip


class NewMediaSerializer(PortalSerializer):
    brand = serializers.CharField(max_length=40)
    file = serializers.FileField()


class MediaFilterSet(PortalFilterSet):
    updated_since = None
    brand = filters.CharFilter(field_name="brand__code", label=_("Brand"))
    sha256 = filters.CharFilter(label="SHA-256")

    class Meta:
        model = MediaFile
        fields = ()


class MediaViewSet(PortalViewSet):
    queryset = MediaFile.objects.select_related("brand")
    serializer_class = MediaSerializer
    filterset_class = MediaFilterSet
    parser_classes = (MultiPartParser,)
    permission_map = {"create": "catalog.send_pack"}
    required_scopes = {"list": "catalog:read", "retrieve": "catalog:read", "create": "materials:write"}

    def answer(self, request: Request) -> Response:
        """Call the handler: a file that comes again is the one that stands, with a key or without."""
        handler: Callable[..., Response] = self.handler_of(request)
        return handler(request, *self.args, **self.kwargs)

    @extend_schema(request={"multipart/form-data": NewMediaSerializer}, responses={201: MediaSerializer})
    def create(self, request: Request) -> Response:
        """Send one picture or film of a brand; its digest then names it in packs."""
        given = NewMediaSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        brand = own_brand(request, given.validated_data["brand"])
        file = given.validated_data["file"]
        with TemporaryDirectory(prefix="media-") as folder:
            path = Path(folder, "file")
            with path.open("wb") as put_aside:
                put_aside.writelines(file.chunks())
            drafts = [MediaDraft(file.name or "file", path)]
            kept: Outcome[MediaFile] = self.run(keep_media, drafts, brand=brand)
        return Response(self.get_serializer(kept.one()).data, status=201)


def own_brand(request: Request, code: str) -> Brand:
    """Return a brand that the caller sees; others are told from those that don't exist by nothing."""
    brand: Brand | None = Brand.objects.visible_to(request.user).filter(code=code).first()
    if brand is None:
        raise serializers.ValidationError({"brand": [_("There is no brand “%(brand)s”.") % {"brand": code}]})
    return brand
