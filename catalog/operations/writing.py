"""Versions of listings are written, and leave their writer's hands or come back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.choices import EDITABLE, OPEN_VERSIONS, WRITERS, VersionStatus
from catalog.contents import content_json
from catalog.drafts import CommentDraft, VersionDraft
from catalog.models import ListingComment, ListingVersion
from catalog.operations.versions import (
    CHECKS,
    NoSuchVersion,
    hand_to,
    lock_versions,
    move,
    nobody,
    pick,
    refuse_each,
    set_clocks,
)
from catalog.queries.checks import Subject, blocking, check_contents
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import Picked

CLOCKS = ("owner", "due_at", "paused_at", "time_left")
LONGEST_COMMENT = 1000


class ChangedMeanwhile(Refused):
    """Somebody else wrote in the version after this writer read it."""

    code = "changed_meanwhile"


class NotEditable(Refused):
    """The version was submitted; what is submitted stands still."""

    code = "not_editable"


class RoleMayNotWrite(Refused):
    """None of the actor's roles writes listings."""

    code = "role_may_not_write"


class NotReady(Refused):
    """The content has faults that no listing may have; they are named."""

    code = "content_not_ready"
    status_code = 422


class CommentEmpty(Refused):
    """The comment says nothing, or more than comments may."""

    code = "comment_empty"


class VersionClosed(Refused):
    """The version is over; nobody works on it any more."""

    code = "version_closed"


@operation
def write_versions(
    drafts: Sequence[VersionDraft], *, actor: Principal, at: datetime
) -> Outcome[ListingVersion]:
    """Write contents; who writes becomes one of the version's writers. The same content again writes nothing.

    Refuses NoSuchVersion, RoleMayNotWrite, NotEditable, ChangedMeanwhile.
    """
    versions = lock_versions(draft.number for draft in drafts)
    outcome: Outcome[ListingVersion] = Outcome()
    written: dict[int, ListingVersion] = {}
    for index, draft in enumerate(drafts):
        version = versions.get(draft.number)
        refusal = unable_to_write(version, draft, actor)
        if version is None or refusal is not None:
            outcome.refused.append((index, refusal or NoSuchVersion(draft.number)))
            continue
        content = content_json(draft.content)
        if content != version.content:
            version.content, version.updated_at = content, at
            add_writer(version, actor)
            written[version.pk] = version
        outcome.done.append(version)
    ListingVersion.objects.bulk_update(written.values(), ["content", "writers", "updated_at"])
    return outcome


def unable_to_write(version: ListingVersion | None, draft: VersionDraft, actor: Principal) -> Refused | None:
    """Return why ``actor`` can't write the draft into the version, or None."""
    if version is None:
        return NoSuchVersion(draft.number)
    if not actor.may(WRITERS):
        return RoleMayNotWrite(_("Your role doesn't write listings."))
    if version.status not in EDITABLE:
        detail = _("%(number)s is “%(status)s”; only a draft can be changed.")
        return NotEditable(detail, number=version.number, status=str(version.get_status_display()))
    if version.updated_at != draft.seen_updated_at:
        detail = _("%(number)s was changed by somebody else since you opened it; load it anew.")
        return ChangedMeanwhile(detail, number=version.number, updated_at=version.updated_at.isoformat())
    return None


def add_writer(version: ListingVersion, actor: Principal) -> None:
    """Count a person among the version's writers, as the last of them."""
    if actor.user_id is not None:
        version.writers = [*(each for each in version.writers if each != actor.user_id), actor.user_id]


@operation
def submit_versions(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[ListingVersion]:
    """Hand versions in to be checked; whoever does counts among their writers.

    Refuses NoSuchVersion, IllegalMove, RoleMayNotMove, NotReady (naming every fault).
    """
    picked = pick(numbers, VersionStatus.SUBMITTED, actor=actor)
    refuse_unready(picked, at=at)
    versions = picked.documents
    for version in versions:
        add_writer(version, actor)
        version.checker = None
    set_clocks(versions, CHECKS, at=at)
    hand_to(versions, nobody, actor=actor, at=at)
    ListingVersion.objects.bulk_update(versions, ["writers", "checker", *CLOCKS])
    move(versions, VersionStatus.SUBMITTED, actor=actor, at=at)
    return picked.outcome()


def refuse_unready(picked: Picked[ListingVersion], *, at: datetime) -> None:
    """Take out the versions with faults that no listing may have."""
    indexes = list(picked.ready)
    found = check_contents([Subject.of(picked.ready[index]) for index in indexes], at=at)
    refusals: dict[int, Refused] = {}
    for index, findings in zip(indexes, found, strict=True):
        faults = blocking(findings)
        if faults:
            detail = _("%(number)s isn't ready: %(first)s (%(count)d in all)")
            number = picked.ready[index].number
            shown: list[dict[str, Any]] = [
                {"field": fault.field, "code": fault.code, "text": str(fault.text)} for fault in faults
            ]
            refusals[index] = NotReady(
                detail, number=number, first=shown[0]["text"], count=len(shown), findings=shown
            )
    refuse_each(picked, refusals)


@operation
def recall_versions(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[ListingVersion]:
    """Take versions back that nobody has checked yet. Refuses NoSuchVersion, IllegalMove, RoleMayNotMove."""
    picked = pick(numbers, VersionStatus.DRAFT, actor=actor)
    versions = picked.documents
    set_clocks(versions, None, at=at)
    hand_to(versions, lambda version: actor.user_id, actor=actor, at=at)
    ListingVersion.objects.bulk_update(versions, CLOCKS)
    move(versions, VersionStatus.DRAFT, actor=actor, at=at)
    return picked.outcome()


@operation
def discard_versions(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[ListingVersion]:
    """Give drafts up; what is live stays as it is. Refuses NoSuchVersion, IllegalMove, RoleMayNotMove."""
    picked = pick(numbers, VersionStatus.DISCARDED, actor=actor)
    versions = picked.documents
    set_clocks(versions, None, at=at)
    ListingVersion.objects.bulk_update(versions, CLOCKS)
    move(versions, VersionStatus.DISCARDED, actor=actor, at=at)
    return picked.outcome()


@operation
def comment_versions(
    drafts: Sequence[CommentDraft], *, actor: Principal, at: datetime
) -> Outcome[ListingComment]:
    """Write what somebody says of fields of open versions.

    Refuses NoSuchVersion, RoleMayNotWrite, VersionClosed, CommentEmpty.
    """
    versions = lock_versions(draft.number for draft in drafts)
    outcome: Outcome[ListingComment] = Outcome()
    for index, draft in enumerate(drafts):
        version = versions.get(draft.number)
        refusal: Refused | None = None
        if version is None:
            refusal = NoSuchVersion(draft.number)
        elif not actor.may(WRITERS):
            refusal = RoleMayNotWrite(_("Your role doesn't write listings."))
        elif version.status not in OPEN_VERSIONS:
            refusal = VersionClosed(_("%(number)s is over; nobody works on it."), number=version.number)
        else:
            refusal = unable_to_say(draft.text)
        if version is None or refusal is not None:
            outcome.refused.append((index, refusal or NoSuchVersion(draft.number)))
            continue
        outcome.done.append(comment_on(version, draft.field, draft.text, actor=actor, at=at))
    ListingComment.objects.bulk_create(outcome.done)
    return outcome


def unable_to_say(text: str) -> Refused | None:
    """Return why a comment can't be written, or None."""
    if 0 < len(text.strip()) <= LONGEST_COMMENT:
        return None
    return CommentEmpty(_("A comment has 1 to %(longest)d characters."), longest=LONGEST_COMMENT)


def comment_on(
    version: ListingVersion, field: str, text: str, *, actor: Principal, at: datetime
) -> ListingComment:
    """Return a comment that isn't written yet."""
    return ListingComment(
        version=version, field=field[:80], text=text.strip(), author_id=actor.user_id, at=at
    )
