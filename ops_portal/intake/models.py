"""Files that came in: each run, what it did to which record, and the rows that it could not take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ops_portal.accounts.audit import audited
from ops_portal.accounts.visibility import Viewer, scope_of
from ops_portal.intake.choices import Effect, RunStatus
from ops_portal.lib.refusals import in_words


class ImportRunQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to one's own runs and to those for granted shops and brands; partners see none."""
        scope = scope_of(user)
        if scope.all:
            return self
        if scope.partner or user is None or user.is_anonymous or scope.empty:
            return self.none()
        return self.filter(
            models.Q(user_id=user.pk)
            | models.Q(shop_code__in=scope.shops)
            | models.Q(shop_code="", brand_code__in=scope.brands)
        )


class ImportRun(models.Model):
    """One reading of one file. ``next_row`` is the last row that is committed: a run goes on after it."""

    number = models.CharField(_("number"), max_length=30, unique=True)
    kind = models.CharField(_("kind"), max_length=40)
    file_name = models.CharField(_("file"), max_length=255)
    stored_file = models.CharField(max_length=255)
    sha256 = models.CharField("SHA-256", max_length=64)
    shop_code = models.CharField(_("shop"), max_length=40, blank=True)
    brand_code = models.CharField(_("brand"), max_length=40, blank=True)
    options = models.JSONField(_("options"), default=dict)
    status = models.CharField(_("status"), max_length=10, choices=RunStatus)
    in_background = models.BooleanField(_("by a worker"), default=False)
    rows = models.PositiveBigIntegerField(_("rows"), default=0)
    created = models.PositiveBigIntegerField(_("created"), default=0)
    updated = models.PositiveBigIntegerField(_("updated"), default=0)
    unchanged = models.PositiveBigIntegerField(_("unchanged"), default=0)
    rejected = models.PositiveBigIntegerField(_("rejected"), default=0)
    held = models.PositiveBigIntegerField(pgettext_lazy("orders of an import", "held"), default=0)
    rows_estimate = models.PositiveBigIntegerField(_("rows, estimated"), default=0)
    progress = models.PositiveSmallIntegerField(_("progress in %"), default=0)
    next_row = models.PositiveBigIntegerField(default=0)
    preview = models.JSONField(null=True)
    report = models.CharField(_("report"), max_length=255, blank=True)
    failure = models.TextField(_("why it stopped"), blank=True)
    actor = models.CharField(_("actor"), max_length=160)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    claim = models.CharField(max_length=40, blank=True)
    claimed_by = models.CharField(max_length=200, blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(_("uploaded at"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated at"))

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        triggers = audited(events=("delete",))
        indexes = (
            models.Index(fields=["-created_at", "-id"], name="run_newest"),
            models.Index(fields=["sha256", "kind"], name="run_of_file"),
            models.Index(
                fields=["heartbeat_at"],
                name="run_under_way",
                condition=models.Q(status__in=(RunStatus.QUEUED, RunStatus.RUNNING)),
            ),
        )
        constraints = (models.CheckConstraint(condition=~models.Q(actor=""), name="run_has_an_actor"),)

    def __str__(self) -> str:
        return self.number


class RunChange(models.Model):
    """What a run did to one record; ``before`` holds the values that it replaced, personal data sealed."""

    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="changes", db_index=False)
    object_kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    what = models.CharField(max_length=10, choices=Effect)
    before = models.JSONField(null=True)
    row_number = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("change by an import")
        verbose_name_plural = _("changes by imports")
        indexes = (
            models.Index(fields=["run", "id"], name="change_of_run"),
            models.Index(fields=["object_kind", "object_id"], name="change_of_object"),
        )

    def __str__(self) -> str:
        return f"{self.object_kind} {self.object_id}: {self.what}"


class RejectedRowQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the rows of visible runs."""
        if scope_of(user).all:
            return self
        return self.filter(run__in=ImportRun.objects.visible_to(user))


class RejectedRow(models.Model):
    """A row that was not taken, and why. Personal cells are masked; the file itself has them."""

    run = models.ForeignKey(
        ImportRun,
        verbose_name=_("import"),
        on_delete=models.PROTECT,
        related_name="rejected_rows",
        db_index=False,
    )
    row_number = models.PositiveBigIntegerField(_("row"))
    code = models.CharField(_("code"), max_length=60)
    detail = models.TextField()
    facts = models.JSONField(default=dict)
    cells = models.JSONField(_("cells"))

    objects = RejectedRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        indexes = (models.Index(fields=["run", "row_number", "id"], name="rejected_of_run"),)

    def __str__(self) -> str:
        return f"{RejectedRow.row_number.field.verbose_name} {self.row_number}"

    @property
    def reason(self) -> str:
        """Return the reason in the reader's language."""
        return in_words(self.detail, told(self.facts)) if self.detail else self.code


def told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts with the reasons among them, kept as sentence and facts of their own, in the reader's language."""
    return {
        name: in_words(value["detail"], told(value["facts"])) if is_reason(value) else value
        for name, value in facts.items()
    }


def is_reason(value: Any) -> bool:
    """Tell whether a fact is a reason of its own."""
    return isinstance(value, dict) and value.keys() == {"detail", "facts"}
