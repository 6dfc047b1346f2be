"""The record of who did what: written by triggers and operations, changed by nobody."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Coalesce, Concat, Now, NullIf
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.choices import Access, RecordedOperation
from ops_portal.lib.models import APPEND_ONLY

# What ``lib.principals.acting_as`` set for this transaction; whoever writes past it is named by the database.
CURRENT_PRINCIPAL = Coalesce(
    NullIf(
        Func(
            Value("portal.principal"),
            Value(True),
            function="current_setting",
            output_field=models.CharField(),
        ),
        Value(""),
    ),
    Concat(Value("database:"), Func(template="session_user", output_field=models.CharField())),
)


class AuditEntry(models.Model):
    """One row inserted, changed or deleted: by whom, when, and what was there before.

    ``changes`` holds ``{column: [old, new]}`` for a change, the whole row for the others.
    """

    at = models.DateTimeField(_("at"), db_default=Now())
    principal = models.CharField(_("principal"), max_length=200, db_default=CURRENT_PRINCIPAL)
    table_name = models.CharField(_("table"), max_length=63)
    row_pk = models.CharField(_("row"), max_length=100)
    operation = models.CharField(_("what happened"), max_length=1, choices=RecordedOperation.choices)
    changes = models.JSONField(_("changes"))

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        constraints = (
            models.CheckConstraint(condition=~models.Q(principal=""), name="audit_has_a_principal"),
        )
        indexes = (
            models.Index(fields=["table_name", "row_pk", "id"], name="audit_of_row"),
            BrinIndex(fields=["at"], name="audit_by_time"),
        )
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.get_operation_display()} #{self.pk}"


class AccessRecord(models.Model):
    """Personal data that were opened, or rows that were taken out: by whom, when and why."""

    at = models.DateTimeField(_("at"))
    principal = models.CharField(_("principal"), max_length=200, db_default=CURRENT_PRINCIPAL)
    what = models.CharField(_("what"), max_length=20, choices=Access.choices)
    document_kind = models.CharField(_("document kind"), max_length=40)
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=500)

    class Meta:
        verbose_name = _("access record")
        verbose_name_plural = _("access records")
        constraints = (
            models.CheckConstraint(condition=~models.Q(principal=""), name="access_has_a_principal"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="access_has_a_reason"),
            models.CheckConstraint(condition=models.Q(what__in=Access.values), name="access_kind_is_known"),
        )
        indexes = (
            models.Index(fields=["document_kind", "document_number", "id"], name="access_to_document"),
            BrinIndex(fields=["at"], name="access_by_time"),
        )
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.principal}: {self.get_what_display()} {self.document_number}"
