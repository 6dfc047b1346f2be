"""The papers of one document: whose it is, how its clocks stand, what happened to it and who wrote what about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from ops_portal.accounts.choices import ALL_SEEING, GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.accounts.permissions import roles_with
from ops_portal.desk.kinds import ROW_FIELDS, DeskKind, kind_of
from ops_portal.desk.models import Membership
from ops_portal.desk.queries.clocks import Clock, clock_of
from ops_portal.desk.queries.rows import queue_label, united

MOVED, HANDED, STOPPED, WENT_ON, NOTED = "moved", "handed", "stopped", "went_on", "noted"
LONGEST: Final = 200
COLLEAGUES: Final = 200
TIMELINE: Final = f"""
    SELECT '{MOVED}', id, at, actor, from_status, to_status, reason, document_kind FROM lib_statemove
        WHERE document_kind = ANY(%(kinds)s) AND document_number = %(number)s
    UNION ALL SELECT '{HANDED}', id, at, actor, from_user_id::text, to_user_id::text, reason, document_kind
        FROM desk_handover WHERE document_kind = %(kind)s AND document_number = %(number)s
    UNION ALL SELECT '{STOPPED}', id, since, '', '', '', reason, document_kind FROM desk_pause
        WHERE document_kind = %(kind)s AND document_number = %(number)s
    UNION ALL SELECT '{WENT_ON}', id, until, '', '', '', '', document_kind FROM desk_pause
        WHERE document_kind = %(kind)s AND document_number = %(number)s AND until IS NOT NULL
    UNION ALL SELECT '{NOTED}', id, at, actor, '', '', text, document_kind FROM desk_note
        WHERE document_kind = %(kind)s AND document_number = %(number)s
    ORDER BY 3 DESC, 1, 2 DESC LIMIT {LONGEST}"""
Entry = tuple[str, int, datetime, str, str | None, str | None, str, str]


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of a document's timeline: when, who, what, in words."""

    what: str
    at: datetime
    who: str
    text: str
    reason: str = ""

    @property
    def icon(self) -> str:
        """Return the name of its sign."""
        return {
            MOVED: "trending_flat",
            HANDED: "swap_horiz",
            STOPPED: "pause",
            WENT_ON: "play_arrow",
            NOTED: "chat",
        }[self.what]


@dataclass(frozen=True, slots=True)
class Papers:
    """What the panel of a document shows."""

    kind: DeskKind
    number: str
    owner: User | None
    queue: str
    team_clock: Clock
    platform_clock: Clock
    may_work: bool
    may_be_given: bool  # nobody is asked to take what waits for nobody
    is_mine: bool
    colleagues: list[User] = field(default_factory=list)
    timeline: list[Happening] = field(default_factory=list)

    @property
    def has_clock(self) -> bool:
        """Tell whether there is anything to be late for."""
        return any(clock.due_at or clock.reason for clock in (self.team_clock, self.platform_clock))


def visible_kind(reader: Any, code: str) -> DeskKind | None:
    """Return the kind of this code where ``reader`` may see its documents."""
    kind = kind_of(code)
    return kind if kind is not None and reader.has_perm(kind.view_permission) else None


def visible_document(reader: Any, kind_code: str, number: str) -> tuple[DeskKind, Any] | None:
    """Return the kind and the document where ``reader`` may see it: one statement."""
    kind = visible_kind(reader, kind_code)
    if kind is None:
        return None
    documents: Any = kind.model._default_manager.all()
    document = documents.visible_to(reader).filter(number=number).first()
    return None if document is None else (kind, document)


def papers_of(reader: Any, kind_code: str, number: str, *, at: datetime) -> Papers | None:
    """Return the papers of a document where ``reader`` may see it: four statements at most."""
    kind = visible_kind(reader, kind_code)
    if kind is None:
        return None
    seen: Any = kind.model._default_manager.all()
    cells = united([(kind, seen.visible_to(reader).filter(number=number))]).fetch(
        ", ".join(f'"{name}"' for name in ROW_FIELDS)
    )
    if not cells:
        return None
    row = dict(zip(ROW_FIELDS, cells[0], strict=True))
    entries = timeline_of(kind, number)
    people = people_of(entries, row["owner_id"])
    reason = next((entry[6] for entry in entries if entry[0] == STOPPED), "") if row["paused_at"] else ""
    may_work = reader.has_perm(kind.work_permission)
    is_mine = row["owner_id"] == reader.pk
    may_be_given = bool(may_work and row["queue"]) or is_mine
    clock = {"at": at, "opened_at": row["opened_at"]}
    return Papers(
        kind=kind,
        number=number,
        owner=people.by_id.get(row["owner_id"] or 0),
        queue=queue_label(row["queue"]) if row["queue"] else "",
        team_clock=clock_of(row["due_at"], paused_at=row["paused_at"], reason=reason, **clock),
        platform_clock=clock_of(row["platform_due_at"], **clock),
        may_work=may_work,
        may_be_given=may_be_given,
        is_mine=is_mine,
        colleagues=colleagues(kind, row["queue"] or "", row["shop_code"] or "") if may_be_given else [],
        timeline=in_words(kind, entries, people),
    )


def colleagues(kind: DeskKind, queue_code: str, shop_code: str) -> list[User]:
    """Return to whom a document may be given, those of the queue's teams first: one statement.

    Whoever works on its kind and sees its shop. What else the kind asks of its readers, assigning refuses.
    """
    in_team = Membership.objects.filter(user=OuterRef("pk"), team__queues__contains=[queue_code])
    people = User.objects.filter(is_active=True, is_staff=True).exclude(roles__contains=[Role.BRAND_PARTNER])
    people = people.filter(Q(roles__overlap=sorted(roles_with(kind.work_permission))) | Q(is_superuser=True))
    if shop_code:
        of_shop = Grant.objects.filter(user=OuterRef("pk"), kind=GrantKind.SHOP, code=shop_code)
        of_brands = Grant.objects.filter(user=OuterRef("pk"), kind=GrantKind.BRAND)
        sees_all = Q(roles__overlap=sorted(ALL_SEEING)) | Q(is_superuser=True)
        people = people.filter(sees_all | Exists(of_shop) | Exists(of_brands))
    return list(people.annotate(in_team=Exists(in_team)).order_by("-in_team", "name", "pk")[:COLLEAGUES])


def timeline_of(kind: DeskKind, number: str) -> list[Entry]:
    """Return all that happened to a document, the latest first: one statement."""
    given: dict[str, Any] = {"kinds": list(kind.records), "kind": kind.code, "number": number}
    with connection.cursor() as cursor:
        cursor.execute(TIMELINE, given)
        return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class People:
    """The people whom a document's timeline names, and its owner."""

    by_id: dict[int, User]
    by_username: dict[str, User]

    def called(self, text: str | None) -> str:
        """Return the name of the person of this id; nothing where there is none."""
        return str(self.by_id[int(text)]) if text and int(text) in self.by_id else ""


def people_of(entries: Sequence[Entry], owner_id: int | None) -> People:
    """Return who acted, gave and took, and who owns the document: one statement."""
    usernames = {
        actor.partition(":")[2] for _w, _i, _a, actor, *_rest in entries if actor.startswith("person:")
    }
    ids = {int(pk) for what, _i, _a, _actor, *pair, _r, _k in entries if what == HANDED for pk in pair if pk}
    ids |= {owner_id} if owner_id else set()
    users = list(User.objects.filter(Q(username__in=usernames) | Q(pk__in=ids))) if usernames or ids else []
    return People({user.pk: user for user in users}, {user.username: user for user in users})


def in_words(kind: DeskKind, entries: Sequence[Entry], people: People) -> list[Happening]:
    """Return the entries as people read them, with the names of those who acted."""
    labels = labels_of(kind)
    happenings = []
    for what, _id, at, actor, here, there, reason, record in entries:
        who = name_of(actor, people.by_username)
        if what == MOVED:
            states = labels.get(record, {})
            text = moved_text(states.get(here or "", here or ""), states.get(there or "", there or ""))
        elif what == HANDED:
            text = handed_text(who, people.called(here), people.called(there))
        elif what == NOTED:
            text, reason = reason, ""
        else:
            text = _("The team's clock stopped.") if what == STOPPED else _("The team's clock goes on.")
        # What the portal itself gives as a reason is known to the translations; people's words stay as they are.
        happenings.append(Happening(what, at, who, text, _(reason) if reason else ""))
    return happenings


def labels_of(kind: DeskKind) -> dict[str, dict[str, str]]:
    """Return the names of the states of a kind, by the record that tells of them."""
    labels = {}
    for record, name in kind.records.items():
        states: Any = kind.model._meta.get_field(name)
        labels[record] = {str(code): str(label) for code, label in states.flatchoices}
    return labels


def name_of(actor: str, people: Mapping[str, Any]) -> str:
    """Return who acted, as colleagues call him: people by name, machines by what they are."""
    kind, _colon, code = actor.partition(":")
    if kind == "person":
        return str(people.get(code, code))
    if kind == "key":
        return _("API key %(prefix)s") % {"prefix": code}
    return _("the portal") if actor else ""


def moved_text(here: str, there: str) -> str:
    """Return a move in words."""
    if not here:
        return _("Came in as “%(there)s”.") % {"there": there}
    return _("From “%(here)s” to “%(there)s”.") % {"here": here, "there": there}


def handed_text(who: str, giver: str, taker: str) -> str:
    """Return a handover in words."""
    if not taker:
        return _("Put back into the queue.")
    if taker == who:
        return _("Taken over from %(name)s.") % {"name": giver} if giver else _("Taken.")
    return _("Given to %(name)s.") % {"name": taker}
