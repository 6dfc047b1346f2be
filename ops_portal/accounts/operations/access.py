"""Record that personal data were opened, or that rows were taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.choices import Access
from ops_portal.accounts.models import AccessRecord
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Refused


class ReasonMissing(Refused):
    """Whoever opens personal data or takes rows out says why."""

    code = "reason_missing"


@dataclass(frozen=True, slots=True)
class AccessDraft:
    """One document that was opened, or rows of one kind that were exported, without a number."""

    what: Access
    document_kind: str
    reason: str
    document_number: str = ""


@operation
def record_access(drafts: Sequence[AccessDraft], *, actor: Principal, at: datetime) -> list[AccessRecord]:
    """Write down who opened or took out what, and why. Raises ReasonMissing and writes nothing.

    All or nothing, unlike other operations: what isn't recorded must not be shown.
    """
    if not all(draft.reason.strip() for draft in drafts):
        raise ReasonMissing(_("Say why you need to see or take out these data."))
    return AccessRecord.objects.bulk_create(
        AccessRecord(
            at=at,
            principal=str(actor),
            what=draft.what,
            document_kind=draft.document_kind,
            document_number=draft.document_number,
            reason=draft.reason.strip(),
        )
        for draft in drafts
    )
