"""Who owns a document: giving it, taking it, putting it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import F, Func, IntegerField, Model, Value
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.models import User
from ops_portal.desk.drafts import Assignment
from ops_portal.desk.kinds import DeskKind, kind_of
from ops_portal.desk.models import Handover
from ops_portal.desk.operations.documents import Name, lock_documents, no_such_document
from ops_portal.desk.queries.rows import URGENCY, united
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import insert_rows

__all__ = ["Assignment", "assign_documents", "take_documents", "take_next"]

# How many of the most urgent are looked through at once for one that nobody else is taking.
CANDIDATES: Final = 100


class OwnerMayNotWork(Refused):
    """The owner-to-be is no longer active, or works on no documents of this kind."""

    code = "owner_may_not_work"


class OwnerMayNotSee(Refused):
    """The owner-to-be may not see the document."""

    code = "owner_may_not_see"


class DocumentClosed(Refused):
    """The document waits for nobody."""

    code = "document_closed"


class AlreadyOwned(Refused):
    """Somebody else has the document."""

    code = "already_owned"


@operation
def assign_documents(
    drafts: Sequence[Assignment], *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[Model]:
    """Give documents to their new owners, or back to their queues; each change leaves a Handover.

    A document that is its owner's already stays so. Refuses NoSuchDocument, OwnerMayNotWork, OwnerMayNotSee,
    DocumentClosed.
    """
    return hand_over(drafts, actor=actor, at=at, reason=reason)


@operation
def take_documents(drafts: Sequence[Assignment], *, actor: Principal, at: datetime) -> Outcome[Model]:
    """Give documents that nobody owns to their takers. Refuses AlreadyOwned, and as ``assign_documents`` does."""
    return hand_over(drafts, actor=actor, at=at, only_unowned=True)


@operation
def take_next(kind_code: str, queue_code: str, *, user: User, actor: Principal, at: datetime) -> Model | None:
    """Give ``user`` the most urgent document of the queue that nobody owns; None where there is none.

    Two who ask at the same moment get two different documents, and neither waits for the other. Refuses
    OwnerMayNotWork.
    """
    kind = kind_of(kind_code)
    if kind is None:
        return None
    if not may_work(user, kind):
        raise owner_may_not_work(user)
    passed: list[str] = []
    while numbers := unowned_numbers(kind, queue_code, user, but=passed):
        document = lock_first(kind, numbers, user)
        if document is None:
            passed += numbers
            continue
        if stands_in(kind, document, queue_code):
            draft = Assignment(kind_code, document.number, user.pk)
            return hand_over([draft], actor=actor, at=at, only_unowned=True).one()
        passed.append(document.number)
    return None


def unowned_numbers(kind: DeskKind, queue_code: str, user: User, *, but: Sequence[str]) -> list[str]:
    """Return the numbers of the most urgent documents of a queue that nobody owns."""
    rows = united([(kind, kind.open_documents(user).filter(owner=None))])
    found = rows.fetch(
        "number",
        f"WHERE queue = %s AND number <> ALL(%s) ORDER BY {URGENCY} LIMIT %s",
        [queue_code, list(but), CANDIDATES],
    )
    return [number for (number,) in found]


def lock_first(kind: DeskKind, numbers: Sequence[str], user: User) -> Any:
    """Lock and return the first of ``numbers`` that stands unowned and that nobody else has locked."""
    sequence = Func(
        Value(list(numbers)), F("number"), function="array_position", template="%(function)s(%(expressions)s::text)",
        output_field=IntegerField(),
    )  # fmt: skip
    standing = kind.open_documents(user).filter(owner=None, number__in=numbers)
    return standing.order_by(sequence).select_for_update(skip_locked=True, no_key=True, of=("self",)).first()


def stands_in(kind: DeskKind, document: Model, queue_code: str) -> bool:
    """Tell whether a locked document is still in the queue in which it was seen."""
    rows = united([(kind, kind.model._default_manager.filter(pk=document.pk))])
    return rows.fetch("queue") == [(queue_code,)]


def hand_over(
    drafts: Sequence[Assignment],
    *,
    actor: Principal,
    at: datetime,
    reason: str = "",
    only_unowned: bool = False,
) -> Outcome[Model]:
    """Lock, look, write: one statement for the owners of each kind, one for all handovers."""
    documents = lock_documents((draft.document_kind, draft.number) for draft in drafts)
    owners = User.objects.in_bulk({draft.owner_id for draft in drafts if draft.owner_id is not None})
    seen = SeenBy(documents, drafts, owners)
    outcome: Outcome[Model] = Outcome()
    changed: dict[Name, Any] = {}
    handovers: list[dict[str, Any]] = []
    for index, draft in enumerate(drafts):
        name = draft.document_kind, draft.number
        document = documents.get(name)
        refusal = seen.refusal_of(draft, document)
        if refusal is None and only_unowned and owner_of(document) not in (None, draft.owner_id):
            refusal = AlreadyOwned(_("Somebody else has taken %(number)s."), number=draft.number)
        if document is None or refusal is not None:
            outcome.refused.append((index, refusal or no_such_document(draft.number)))
            continue
        if document.owner_id != draft.owner_id:
            handovers.append(
                {
                    "document_kind": draft.document_kind,
                    "document_number": draft.number,
                    "from_user_id": document.owner_id,
                    "to_user_id": draft.owner_id,
                    "reason": reason,
                    "actor": str(actor),
                    "at": at,
                }
            )
            document.owner_id = draft.owner_id
            changed[name] = document
        outcome.done.append(document)
    write_owners(changed, at=at)
    insert_rows(Handover, handovers)
    return outcome


def owner_of(document: Any) -> int | None:
    """Return the id of the owner of a document, None where there is neither."""
    return None if document is None else document.owner_id


def write_owners(changed: dict[Name, Any], *, at: datetime) -> None:
    """Write the owners of locked documents, one statement a kind."""
    by_kind: dict[str, list[Any]] = defaultdict(list)
    for (code, _number), document in changed.items():
        by_kind[code].append(document)
    for documents in by_kind.values():
        model = type(documents[0])
        fields = ["owner"]
        if any(field.name == "updated_at" for field in model._meta.concrete_fields):
            fields.append("updated_at")
            for document in documents:
                document.updated_at = at
        model._default_manager.bulk_update(documents, fields)


class SeenBy:
    """What the owners-to-be may work on and see: one statement for each owner and kind."""

    def __init__(
        self, documents: dict[Name, Any], drafts: Iterable[Assignment], owners: dict[int, User]
    ) -> None:
        self.owners = owners
        asked: dict[tuple[str, int], set[int]] = defaultdict(set)
        for draft in drafts:
            document = documents.get((draft.document_kind, draft.number))
            if document is not None and draft.owner_id in owners:
                asked[draft.document_kind, draft.owner_id].add(document.pk)
        self.open: dict[tuple[str, int], set[int]] = {}
        for (code, owner_id), pks in asked.items():
            kind = kind_of(code)
            if kind is not None:
                seen = kind.open_documents(owners[owner_id]).filter(pk__in=pks)
                self.open[code, owner_id] = set(seen.values_list("pk", flat=True))

    def refusal_of(self, draft: Assignment, document: Any) -> Refused | None:
        """Return why the document can't be given, or None."""
        kind = kind_of(draft.document_kind)
        if kind is None or document is None:
            return no_such_document(draft.number)
        if draft.owner_id is None:
            return None
        owner = self.owners.get(draft.owner_id)
        if owner is None or not may_work(owner, kind):
            return owner_may_not_work(owner)
        if document.pk in self.open.get((draft.document_kind, owner.pk), ()):
            return None
        manager: Any = kind.model._default_manager.all()
        if manager.visible_to(owner).filter(pk=document.pk).exists():
            return DocumentClosed(_("%(number)s waits for nobody any more."), number=draft.number)
        detail = _("%(name)s may not see %(number)s.")
        return OwnerMayNotSee(detail, name=str(owner), number=draft.number)


def may_work(user: User, kind: DeskKind) -> bool:
    """Tell whether ``user`` works on documents of this kind."""
    return user.is_active and user.has_perm(kind.work_permission)


def owner_may_not_work(owner: User | None) -> OwnerMayNotWork:
    """Return the refusal of an owner who can't work on a document."""
    if owner is None:
        return OwnerMayNotWork(_("There is no such colleague."))
    return OwnerMayNotWork(_("%(name)s doesn't work on documents of this kind."), name=str(owner))
