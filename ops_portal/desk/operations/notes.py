"""What colleagues tell each other about documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from ops_portal.desk.drafts import NoteDraft
from ops_portal.desk.kinds import kind_of
from ops_portal.desk.models import Note
from ops_portal.desk.operations.documents import no_such_document, numbers_by_kind
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused

__all__ = ["NoteDraft", "write_notes"]

LONGEST: Final = 4000


class NoteEmpty(Refused):
    """The note says nothing."""

    code = "note_empty"


class NoteTooLong(Refused):
    """The note is longer than notes may be."""

    code = "note_too_long"


@operation
def write_notes(drafts: Sequence[NoteDraft], *, actor: Principal, at: datetime) -> Outcome[Note]:
    """Write notes under the name of ``actor``. Refuses NoSuchDocument, NoteEmpty, NoteTooLong."""
    known = set()
    for code, numbers in numbers_by_kind((draft.document_kind, draft.number) for draft in drafts).items():
        kind = kind_of(code)
        if kind is not None:
            documents: Any = kind.model._default_manager.filter(number__in=numbers)
            known |= {(code, number) for number in documents.values_list("number", flat=True)}
    outcome: Outcome[Note] = Outcome()
    for index, draft in enumerate(drafts):
        text = draft.text.strip()
        refusal: Refused | None = None
        if (draft.document_kind, draft.number) not in known:
            refusal = no_such_document(draft.number)
        elif not text:
            refusal = NoteEmpty(_("Write what your colleagues should know."))
        elif len(text) > LONGEST:
            refusal = NoteTooLong(_("A note may have %(longest)d characters."), longest=LONGEST)
        if refusal is not None:
            outcome.refused.append((index, refusal))
            continue
        outcome.done.append(
            Note(
                document_kind=draft.document_kind,
                document_number=draft.number,
                text=text,
                author_id=actor.user_id,
                actor=str(actor),
                at=at,
            )
        )
    Note.objects.bulk_create(outcome.done)
    return outcome
