"""The floor's own tables. They name documents by kind and number, and people through the user model."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

# Of tables that are a record: whatever writes past the portal, what stands there stays.
APPEND_ONLY = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)


class StateMove(models.Model):
    """One move of one document: who, from where to where, why and when. Append-only."""

    document_kind = models.CharField(_("document kind"), max_length=40)
    document_number = models.CharField(_("document number"), max_length=60)
    from_status = models.CharField(_("from"), max_length=30, blank=True)
    to_status = models.CharField(_("to"), max_length=30)
    actor = models.CharField(_("actor"), max_length=160)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("move")
        verbose_name_plural = _("record of moves")
        indexes = (models.Index(fields=["document_kind", "document_number", "id"], name="move_of_document"),)
        constraints = (models.CheckConstraint(condition=~models.Q(actor=""), name="move_has_an_actor"),)
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.document_number}: {self.from_status} → {self.to_status}"


class NumberSeries(models.Model):
    """The last number taken of a series without gaps. Whoever takes one holds the row until the transaction ends."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    last = models.BigIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = (models.CheckConstraint(condition=models.Q(last__gte=0), name="series_not_negative"),)

    def __str__(self) -> str:
        return f"{self.code}: {self.last}"


class StoredAnswer(models.Model):
    """The answer once given to an ``Idempotency-Key``, to be given again to the same caller and body."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key_digest = models.BinaryField(max_length=32)
    fingerprint = models.BinaryField(max_length=32)
    status_code = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    content_type = models.CharField(max_length=100)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("stored answer")
        verbose_name_plural = _("stored answers")
        constraints = (models.UniqueConstraint(fields=["user", "key_digest"], name="answer_of_key"),)
        indexes = (models.Index(fields=["created_at"], name="answer_by_age"),)

    def __str__(self) -> str:
        return f"{self.status_code} ({self.created_at:%Y-%m-%d %H:%M})"
