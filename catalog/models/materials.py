"""What suppliers send: pictures and films as they really are, and packs of material about one product."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.choices import MediaKind, MediaRole, PackSource, PackStatus
from catalog.models.goods import Brand, Category, OfBrands, Product
from ops_portal.accounts.audit import audited
from ops_portal.desk.models import Owned
from ops_portal.lib.models import APPEND_ONLY


class MediaFile(models.Model):
    """A picture or a film of a brand, known by its content. What is told of it was read from the file itself.

    ``sharpness`` is the variance of the Laplacian of a picture's grey values at 500 pixels; below some 60 it is
    blurred. Lengths in pixels, ``duration`` in milliseconds. ``path`` is its place under the media folder.
    """

    sha256 = models.CharField("SHA-256", max_length=64)
    brand = models.ForeignKey(Brand, verbose_name=_("brand"), on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("file name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=MediaKind)
    format = models.CharField(_("format"), max_length=12)
    size = models.PositiveBigIntegerField(_("size (bytes)"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    sharpness = models.FloatField(_("sharpness"), null=True, blank=True)
    duration = models.PositiveIntegerField(_("duration (ms)"), null=True, blank=True)
    has_subtitles = models.BooleanField(_("subtitles"), null=True, blank=True)
    path = models.CharField(max_length=200)
    created_at = models.DateTimeField(_("created at"))

    objects = OfBrands.as_manager()

    class Meta:
        verbose_name = _("media file")
        verbose_name_plural = _("media files")
        triggers = APPEND_ONLY
        constraints = (models.UniqueConstraint(fields=["sha256", "brand"], name="media_once"),)

    def __str__(self) -> str:
        return self.name


class MaterialPack(Owned):
    """What a supplier sent about one product, as it came. ``facts`` follow ``catalog.drafts.PackFacts``.

    ``score`` (0 to 100) and ``missing`` (codes of what is asked for and not there) are kept beside it.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    brand = models.ForeignKey(Brand, verbose_name=_("brand"), on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    product = models.ForeignKey(
        Product,
        verbose_name=_("product"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="packs",
    )
    name = models.CharField(_("product name"), max_length=200)
    status = models.CharField(_("status"), max_length=12, choices=PackStatus)
    source = models.CharField(_("came by"), max_length=10, choices=PackSource)
    source_key = models.CharField(_("sender's number"), max_length=120, blank=True)
    facts = models.JSONField(_("facts"))
    score = models.PositiveSmallIntegerField(_("completeness"))
    missing = models.JSONField(_("missing"), default=list, blank=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = OfBrands.as_manager()

    class Meta:
        verbose_name = _("material pack")
        verbose_name_plural = _("material packs")
        triggers = audited(ignore=("updated_at", "status", "owner"), events=("update", "delete"))
        constraints = (
            models.UniqueConstraint(
                fields=["brand", "source_key"], condition=~models.Q(source_key=""), name="pack_once"
            ),
            models.CheckConstraint(condition=models.Q(score__lte=100), name="pack_score_is_a_percentage"),
        )
        indexes = (
            models.Index(fields=["-created_at", "-id"], name="pack_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="pack_in_status"),
        )

    def __str__(self) -> str:
        return self.number


class PackMedia(models.Model):
    """A picture or a film of a pack, in its place. ``variant`` is whose it is: a value of an axis, or a SKU code."""

    pack = models.ForeignKey(
        MaterialPack, verbose_name=_("material pack"), on_delete=models.PROTECT, related_name="media"
    )
    file = models.ForeignKey(
        MediaFile, verbose_name=_("media file"), on_delete=models.PROTECT, related_name="+"
    )
    role = models.CharField(_("role"), max_length=10, choices=MediaRole)
    variant = models.CharField(_("variant"), max_length=120, blank=True)
    position = models.PositiveIntegerField(_("position"))

    class Meta:
        verbose_name = _("picture of a pack")
        verbose_name_plural = _("pictures of a pack")
        triggers = audited(events=("update", "delete"))
        constraints = (models.UniqueConstraint(fields=["pack", "position"], name="pack_media_position"),)

    def __str__(self) -> str:
        return f"{self.position}: {self.file_id}"
