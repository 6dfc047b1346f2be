"""What every desk needs: teams with their calendars, owners and clocks of documents, notes, saved views."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ops_portal.accounts.audit import audited
from ops_portal.accounts.models import User
from ops_portal.accounts.visibility import Viewer, scope_of
from ops_portal.desk.choices import UNDER_WAY, BackgroundStatus
from ops_portal.lib.models import APPEND_ONLY


class Owned(models.Model):
    """A document that somebody owns, or that stands in a queue until somebody takes it."""

    owner = models.ForeignKey(
        User,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    class Meta:
        abstract = True


class Clocked(Owned):
    """An owned document with both clocks.

    ``due_at`` is the team's: working time, standing still from ``paused_at`` with ``time_left`` to go.
    ``platform_due_at`` is the platform's: natural hours, never standing still.
    """

    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    platform_due_at = models.DateTimeField(_("due on the platform at"), null=True, blank=True)
    paused_at = models.DateTimeField(_("clock stands since"), null=True, blank=True)
    time_left = models.DurationField(_("time left on the clock"), null=True, blank=True)

    class Meta:
        abstract = True


class PapersQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to everything for those who see everything, and to nothing: a name tells no shop.

        Whoever sees a document sees its papers on the document's page.
        """
        return self if scope_of(user).all else self.none()


class TeamQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Show teams to whoever works on anything here, to partners never."""
        scope = scope_of(user)
        return self.none() if scope.partner or scope.empty else self


class Team(models.Model):
    """People who work certain queues, and when they work.

    ``shifts`` gives, by weekday ("0" is Monday), a list of ["09:00", "18:00"]. ``holidays`` is the country whose
    public holidays and make-up days the team keeps, empty for a team that works through.
    """

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    queues = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("queues"))
    timezone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    shifts = models.JSONField(_("shifts"), default=dict)
    holidays = models.CharField(_("holidays"), max_length=2, blank=True, default="CN")
    members: ClassVar[models.ManyToManyField[User, Membership]] = models.ManyToManyField(
        User, through="Membership", related_name="+", verbose_name=_("members")
    )

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        triggers = audited()

    def __str__(self) -> str:
        return self.name or self.code


class Membership(models.Model):
    """A person in a team."""

    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("team")
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name=_("user"))

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = (models.UniqueConstraint(fields=["team", "user"], name="membership_once"),)
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}"


class Handover(models.Model):
    """Who gave a document to whom, when and why. Documents are named by kind and number."""

    document_kind = models.CharField(_("document kind"), max_length=40)
    document_number = models.CharField(_("document number"), max_length=60)
    from_user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("from"), db_index=False
    )
    to_user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("to"), db_index=False
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    actor = models.CharField(_("actor"), max_length=200)
    at = models.DateTimeField(_("at"))

    objects = PapersQuerySet.as_manager()

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        indexes = (
            models.Index(fields=["document_kind", "document_number", "id"], name="handover_of_document"),
        )
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.document_number}: {self.from_user_id} → {self.to_user_id}"


class Note(models.Model):
    """What colleagues tell each other about a document; the customer never sees it."""

    document_kind = models.CharField(_("document kind"), max_length=40)
    document_number = models.CharField(_("document number"), max_length=60)
    text = models.TextField(_("text"))
    author = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("author"), db_index=False
    )
    actor = models.CharField(_("actor"), max_length=200)
    at = models.DateTimeField(_("at"))

    objects = PapersQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints = (models.CheckConstraint(condition=~models.Q(text=""), name="note_has_text"),)
        indexes = (models.Index(fields=["document_kind", "document_number", "id"], name="note_of_document"),)
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return self.text[:40]


class Pause(models.Model):
    """A time in which a document's working clock stood still, and why."""

    document_kind = models.CharField(_("document kind"), max_length=40)
    document_number = models.CharField(_("document number"), max_length=60)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True)
    reason = models.CharField(_("reason"), max_length=200)

    objects = PapersQuerySet.as_manager()

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = (
            models.UniqueConstraint(
                fields=["document_kind", "document_number"],
                condition=models.Q(until=None),
                name="pause_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="pause_ends_after_it_began",
            ),
        )
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.document_number}: {self.reason}"


class BackgroundRunQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Show runs to whoever works on anything here, to partners never: they tell no more than when and how many."""
        scope = scope_of(user)
        return self.none() if scope.partner or scope.empty else self


class BackgroundRun(models.Model):
    """Work that takes long and was left to the workers, of one of the kinds in ``desk.runs``.

    ``key`` says of what, where a kind has several: a month. ``said`` holds the figures of what came of it.
    """

    number = models.CharField(_("number"), max_length=30, unique=True)
    kind = models.CharField(pgettext_lazy("work", "kind"), max_length=40)
    key = models.CharField(_("of what"), max_length=60, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=BackgroundStatus)
    actor = models.CharField(_("actor"), max_length=200)
    asked_by = models.ForeignKey(
        User,
        verbose_name=_("asked by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    asked_at = models.DateTimeField(_("asked at"))
    begun_at = models.DateTimeField(_("begun at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    said = models.JSONField(_("what came of it"), default=dict)
    failure = models.CharField(_("why it failed"), max_length=500, blank=True)
    updated_at = models.DateTimeField(_("updated at"))

    objects = BackgroundRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("background run")
        verbose_name_plural = _("background runs")
        triggers = audited(
            ignore=("status", "begun_at", "ended_at", "attempts", "said", "failure", "updated_at"),
            events=("update", "delete"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=models.Q(status__in=sorted(UNDER_WAY)),
                name="background_run_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=sorted(UNDER_WAY)) | models.Q(ended_at__isnull=False),
                name="background_run_ends_at_a_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=BackgroundStatus.FAILED) | ~models.Q(failure=""),
                name="background_run_says_why_it_failed",
            ),
        )
        indexes = (models.Index(fields=["kind", "-id"], name="background_run_of_kind"),)

    def __str__(self) -> str:
        return self.number


class SavedViewQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to one's own and those that are shared; nothing for strangers."""
        if user is None or not user.is_active:
            return self.none()
        return self.filter(models.Q(owner_id=user.pk) | models.Q(is_shared=True))


class SavedView(models.Model):
    """A list as somebody wants to see it again: the page's path and its filters as they stand in the address."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name=_("owner"))
    name = models.CharField(_("name"), max_length=80)
    path = models.CharField(_("page"), max_length=200)
    query = models.CharField(_("filters"), max_length=2000, blank=True)
    is_shared = models.BooleanField(_("shared with everybody"), default=False)
    created_at = models.DateTimeField(_("created at"))

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = (models.UniqueConstraint(fields=["owner", "path", "name"], name="saved_view_once"),)
        indexes = (models.Index(fields=["path", "is_shared"], name="saved_view_of_page"),)

    def __str__(self) -> str:
        return self.name
