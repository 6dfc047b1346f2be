"""What customers say."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Cast, Concat
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from catalog.models import Brand, Sku
from feedback.choices import (
    OPEN,
    Channel,
    CloseReason,
    Delivery,
    ItemStatus,
    ItemType,
    Mark,
    Priority,
    RejectReason,
    Topic,
)
from ops_portal.accounts.audit import audited
from ops_portal.accounts.models import User
from ops_portal.accounts.visibility import Viewer, scope_of
from ops_portal.desk.models import Clocked
from ops_portal.lib.models import APPEND_ONLY
from orders.models import Customer, Order, Shop


class FeedbackItemQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the granted brands and shops, a partner to the granted brands alone; nothing by default."""
        scope = scope_of(user)
        if scope.all:
            return self
        if scope.empty:
            return self.none()
        granted = models.Q(brand__code__in=scope.brands)
        if not scope.partner:
            granted |= models.Q(shop__code__in=scope.shops)
        return self.filter(granted)

    def standing(self) -> Self:
        """Leave out what an undone import had brought in."""
        return self.filter(undone_at__isnull=True)

    def open(self) -> Self:
        """Narrow to what waits for us, or for the customer after an answer."""
        return self.filter(status__in=OPEN, undone_at__isnull=True)


class FeedbackItem(Clocked):
    """One thing that one customer said, identified by ``source_key``; a ticket where somebody has to see to it.

    ``received_on`` is the day of ``received_at`` in the shop's zone, in the portal's where there is no shop.
    ``is_negative`` is empty where nobody has judged the item. What is empty or said twice (``mark``, ``original``)
    is kept and counts in the figures like any other, and waits for nobody. ``why`` names the rules that proposed
    type, topic and priority, each with the words that it found: "code:word word". The team's clock runs from
    ``waiting_since``. ``answers_count`` grows by one with each answer.
    """

    number = models.GeneratedField(
        expression=Concat(models.Value("F"), Cast("id", models.CharField())),
        output_field=models.CharField(max_length=21),
        db_persist=True,
        verbose_name=_("number"),
    )

    source_key = models.CharField(_("sender's key"), max_length=200)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    brand = models.ForeignKey(
        Brand, verbose_name=_("brand"), on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    shop = models.ForeignKey(
        Shop, verbose_name=_("shop"), on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    category = models.CharField(_("category"), max_length=100, blank=True)
    text = models.TextField(_("text"), blank=True)
    rating = models.PositiveSmallIntegerField(
        _("rating"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    is_negative = models.BooleanField(_("negative"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"))
    received_on = models.DateField(_("received on"))
    status = models.CharField(
        _("status"),
        max_length=12,
        choices=ItemStatus,
        default=ItemStatus.RECORDED,
        db_default=ItemStatus.RECORDED,
    )
    type = models.CharField(
        _("type"),
        max_length=12,
        choices=ItemType,
        default=ItemType.EXPERIENCE,
        db_default=ItemType.EXPERIENCE,
    )
    topic = models.CharField(
        _("topic"), max_length=12, choices=Topic, default=Topic.OTHER, db_default=Topic.OTHER
    )
    priority = models.CharField(
        _("priority"), max_length=2, choices=Priority, default=Priority.P3, db_default=Priority.P3
    )
    why = ArrayField(models.CharField(max_length=100), default=list, db_default=[], verbose_name=_("why"))
    mark = models.CharField(
        _("mark"), max_length=10, choices=Mark, blank=True, default=Mark.NONE, db_default=Mark.NONE
    )
    text_digest = models.BigIntegerField(null=True)
    original = models.ForeignKey(
        "self", verbose_name=_("said first in"), on_delete=models.PROTECT, null=True, blank=True,
        related_name="duplicates", db_index=False,
    )  # fmt: skip
    follow_up_of = models.ForeignKey(
        "self", verbose_name=_("follow-up of"), on_delete=models.PROTECT, null=True, blank=True,
        related_name="follow_ups", db_index=False,
    )  # fmt: skip
    sku = models.ForeignKey(
        Sku,
        verbose_name="SKU",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    order = models.ForeignKey(
        Order, verbose_name=_("order"), on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    order_reference = models.CharField(
        _("order number as given"), max_length=60, blank=True, default="", db_default=""
    )
    answers_count = models.PositiveIntegerField(_("answers"), default=0, db_default=0)
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    first_answered_at = models.DateTimeField(_("first answered at"), null=True, blank=True)
    close_reason = models.CharField(
        _("reason"),
        max_length=20,
        choices=[*CloseReason.choices, *RejectReason.choices],
        blank=True,
        default="",
        db_default="",
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    objects = FeedbackItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("feedback item")
        verbose_name_plural = _("feedback")
        triggers = audited(
            ignore=("updated_at", "status", "number", "text_digest", "answers_count"),
            events=("update", "delete"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["source_key"], condition=models.Q(undone_at__isnull=True), name="feedback_once"
            ),
            models.CheckConstraint(condition=~models.Q(source_key=""), name="feedback_has_a_key"),
            models.CheckConstraint(
                condition=models.Q(rating__isnull=True)
                | models.Q(rating__gte=1, rating__lte=5, is_negative__isnull=False),
                name="feedback_rating_1_to_5",
            ),
            models.CheckConstraint(
                condition=models.Q(mark=Mark.DUPLICATE, original__isnull=False)
                | (~models.Q(mark=Mark.DUPLICATE) & models.Q(original__isnull=True)),
                name="feedback_duplicate_of_something",
            ),
            models.CheckConstraint(
                condition=~models.Q(original=models.F("id")) & ~models.Q(follow_up_of=models.F("id")),
                name="feedback_not_of_itself",
            ),
            models.CheckConstraint(
                condition=models.Q(answers_count=0, first_answered_at__isnull=True)
                | models.Q(answers_count__gt=0, first_answered_at__isnull=False),
                name="feedback_first_answer",
            ),
            models.CheckConstraint(
                condition=models.Q(due_at__isnull=True) | models.Q(status__in=OPEN),
                name="feedback_clock_while_open",
            ),
        )
        indexes = (
            models.Index(fields=["-received_at", "-id"], name="feedback_newest"),
            models.Index(fields=["updated_at", "id"], name="feedback_changed"),
            models.Index(
                fields=["number"], name="feedback_number"
            ),  # made of the primary key, so it is unique
            models.Index(fields=["brand", "-received_at", "-id"], name="feedback_of_brand_newest"),
            models.Index(fields=["shop", "received_on"], name="feedback_of_day"),
            models.Index(
                fields=["customer"], name="feedback_of_customer", condition=models.Q(customer__isnull=False)
            ),
            models.Index(
                fields=["priority", "received_at", "id"],
                name="feedback_waiting",
                condition=models.Q(status__in=OPEN, undone_at__isnull=True),
            ),
            models.Index(
                fields=["due_at", "id"],
                name="feedback_due",
                condition=models.Q(due_at__isnull=False, undone_at__isnull=True),
            ),
            models.Index(
                fields=["text_digest"],
                name="feedback_said_first",
                condition=models.Q(text_digest__isnull=False, original__isnull=True, undone_at__isnull=True),
            ),
            models.Index(
                fields=["original"], name="feedback_duplicates", condition=models.Q(original__isnull=False)
            ),
            models.Index(
                fields=["follow_up_of"],
                name="feedback_follow_ups",
                condition=models.Q(follow_up_of__isnull=False),
            ),
            models.Index(fields=["order"], name="feedback_of_order", condition=models.Q(order__isnull=False)),
            models.Index(
                fields=["sku", "-received_at"], name="feedback_of_sku", condition=models.Q(sku__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return Truncator(self.text).chars(40) or self.number


class OfItemQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to what belongs to visible items."""
        scope = scope_of(user)
        if scope.all:
            return self
        return self.filter(item__in=FeedbackItem.objects.visible_to(user))


class Answer(models.Model):
    """What we told the customer. ``delivery`` says how it reaches him: nothing here is connected to a platform."""

    item = models.ForeignKey(
        FeedbackItem, verbose_name=_("feedback item"), on_delete=models.PROTECT, related_name="answers"
    )
    text = models.TextField(_("text"))
    delivery = models.CharField(_("delivery"), max_length=12, choices=Delivery, default=Delivery.BY_HAND)
    author = models.ForeignKey(
        User, verbose_name=_("author"), on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    actor = models.CharField(_("actor"), max_length=200)
    at = models.DateTimeField(_("at"))

    objects = OfItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = (models.CheckConstraint(condition=~models.Q(text=""), name="answer_has_text"),)
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return Truncator(self.text).chars(40)


class Correction(models.Model):
    """Where somebody knew better than the rules: which field, from what to what, and what the rules had found."""

    item = models.ForeignKey(
        FeedbackItem, verbose_name=_("feedback item"), on_delete=models.PROTECT, related_name="corrections"
    )
    field = models.CharField(_("field"), max_length=10)
    from_value = models.CharField(_("from"), max_length=12)
    to_value = models.CharField(_("to"), max_length=12)
    why = ArrayField(models.CharField(max_length=100), default=list, verbose_name=_("why"))
    actor = models.CharField(_("actor"), max_length=200)
    at = models.DateTimeField(_("at"))

    objects = OfItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(field__in=("type", "topic", "priority")), name="correction_of_a_field"
            ),
            models.CheckConstraint(
                condition=~models.Q(from_value=models.F("to_value")), name="correction_changes"
            ),
        )
        indexes = (models.Index(fields=["field", "from_value", "to_value"], name="correction_by_value"),)
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.field}: {self.from_value} → {self.to_value}"
