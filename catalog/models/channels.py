"""Where goods are offered: the shops as the catalogue knows them, and what each platform asks of a category."""

from __future__ import annotations

from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.choices import AttributeKind, Gravity, KeywordKind, Platform
from catalog.models.goods import Category, SharedQuerySet
from ops_portal.accounts.audit import audited
from ops_portal.accounts.visibility import Viewer, scope_of
from ops_portal.lib.money import AmountField


class ChannelQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the shops granted to ``user``; nothing by default."""
        scope = scope_of(user)
        if scope.all:
            return self
        return self.filter(code__in=scope.shops) if scope.shops else self.none()


class Channel(models.Model):
    """A shop as a place to offer goods in. The floor of the orders names it by the same code.

    ``fee_rate`` is the platform's commission as a share of the price, where its category has none of its own.
    """

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    platform = models.CharField(_("platform"), max_length=20, choices=Platform)
    fee_rate = models.DecimalField(
        _("platform's fee"),
        max_digits=5,
        decimal_places=4,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text=_("As a share of the price: 0.05 is 5 %."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    core_category = models.ForeignKey(
        Category,
        verbose_name=_("core category"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text=_("What the shop stands for, with all below it; a listing of something else is warned of."),
    )
    lowest_price = AmountField(
        _("price band from"),
        null=True,
        blank=True,
        help_text=_("A listing with a price outside the band is warned of."),
    )
    highest_price = AmountField(_("price band to"), null=True, blank=True)
    tone = models.CharField(
        _("tone of the brand"),
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text=_("Who writes a listing reads it beside the form."),
    )

    objects = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = _("sales channel")
        verbose_name_plural = _("sales channels")
        triggers = audited()
        constraints = (
            models.CheckConstraint(
                condition=models.Q(fee_rate__gte=0, fee_rate__lte=1), name="channel_fee_is_a_share"
            ),
            models.CheckConstraint(
                condition=models.Q(lowest_price__gte=0, highest_price__gte=models.F("lowest_price"))
                | models.Q(lowest_price__isnull=True)
                | models.Q(highest_price__isnull=True),
                name="channel_price_band_in_order",
                violation_error_message=_("The band ends below its beginning."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class PlatformCategory(models.Model):
    """A category of a platform, what it asks of a listing, and which of our categories goes there.

    ``title_bytes`` counts as platforms do: a Chinese character is two, a Latin letter one.
    """

    platform = models.CharField(_("platform"), max_length=20, choices=Platform)
    code = models.CharField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=200, help_text=_("The whole path: Beauty > Face > Masks."))
    category = models.ForeignKey(
        Category,
        verbose_name=_("our category"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="platform_categories",
    )
    title_bytes = models.PositiveIntegerField(_("longest title (bytes)"), default=60)
    fewest_images = models.PositiveIntegerField(_("fewest main pictures"), default=6)
    fewest_pixels = models.PositiveIntegerField(_("shortest side of a picture (pixels)"), default=800)
    most_bytes = models.PositiveIntegerField(_("largest picture (bytes)"), default=3_145_728)
    fee_rate = models.DecimalField(
        _("platform's fee"),
        max_digits=5,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text=_("Empty: that of the shop."),
    )

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("platform category")
        verbose_name_plural = _("platform categories")
        triggers = audited()
        constraints = (
            models.UniqueConstraint(fields=["platform", "code"], name="platform_category_once"),
            models.CheckConstraint(
                condition=models.Q(fee_rate__isnull=True) | models.Q(fee_rate__gte=0, fee_rate__lte=1),
                name="platform_category_fee_is_a_share",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Attribute(models.Model):
    """One fact about the goods of a category (and of those below it): material, net content, season.

    ``options`` are the values of a choice. Of a product, values are kept by ``code``.
    """

    category = models.ForeignKey(
        Category, verbose_name=_("category"), on_delete=models.PROTECT, related_name="attributes"
    )
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("type of value"), max_length=10, choices=AttributeKind)
    options = models.JSONField(_("values to choose from"), default=list, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        triggers = audited()
        constraints = (models.UniqueConstraint(fields=["category", "code"], name="attribute_once"),)

    def __str__(self) -> str:
        return self.name


class PlatformAttribute(models.Model):
    """An attribute as a platform's category asks for it, under the platform's own name."""

    platform_category = models.ForeignKey(
        PlatformCategory,
        verbose_name=_("platform category"),
        on_delete=models.PROTECT,
        related_name="attributes",
    )
    attribute = models.ForeignKey(
        Attribute, verbose_name=_("attribute"), on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(_("name on the platform"), max_length=60, blank=True)
    is_required = models.BooleanField(_("required"), default=False)

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("platform attribute")
        verbose_name_plural = _("platform attributes")
        triggers = audited()
        constraints = (
            models.UniqueConstraint(
                fields=["platform_category", "attribute"], name="platform_attribute_once"
            ),
        )

    def __str__(self) -> str:
        return self.name or str(self.attribute)


class Keyword(models.Model):
    """A word by which buyers search, from the platform's own research tools. Empty ``platform``: everywhere."""

    platform = models.CharField(_("platform"), max_length=20, choices=Platform, blank=True)
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    word = models.CharField(_("keyword"), max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=KeywordKind, default=KeywordKind.PRODUCT)
    searches = models.PositiveIntegerField(_("searches a month"), null=True, blank=True)
    competition = models.PositiveIntegerField(_("competing listings"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated at"))

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("keyword")
        verbose_name_plural = _("keywords")
        triggers = audited(ignore=("updated_at",))
        constraints = (
            models.UniqueConstraint(
                fields=["platform", "category", "word"], name="keyword_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return self.word


class ProhibitedWord(models.Model):
    """A word that advertising law or a platform forbids (極限詞). Empty ``platform``: everywhere."""

    platform = models.CharField(_("platform"), max_length=20, choices=Platform, blank=True)
    word = models.CharField(_("prohibited word"), max_length=60)
    gravity = models.CharField(_("gravity"), max_length=10, choices=Gravity, default=Gravity.BLOCKS)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    better = models.CharField(_("say instead"), max_length=60, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("prohibited word")
        verbose_name_plural = _("prohibited words")
        triggers = audited()
        constraints = (
            models.UniqueConstraint(fields=["platform", "word"], name="prohibited_word_once"),
            models.CheckConstraint(condition=~models.Q(word=""), name="prohibited_word_is_a_word"),
        )

    def __str__(self) -> str:
        return self.word
