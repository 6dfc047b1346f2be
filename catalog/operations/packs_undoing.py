"""A file of material packs is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog.choices import PACK_MOVES, PackStatus
from catalog.contents import facts_of
from catalog.drafts import PackDraft, PackPicture
from catalog.models import MaterialPack
from catalog.operations.packs import receive_packs
from ops_portal.intake.kinds import Undone
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Refused, UsedSince
from ops_portal.lib.states import move_all

REASON = "the file that brought it was taken back"


@operation
def take_back_packs(changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
    """Drop the packs that a file brought, and give those that it completed back what they said.

    Returns UsedSince for each that was entered, sent back or changed since.
    """
    packs = {
        pack.pk: pack
        for pack in MaterialPack.objects.filter(pk__in={change.object_id for change in changes})
        .select_related("brand")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    }
    refused: list[Refused] = []
    for change in changes:
        pack = packs[change.object_id]
        if pack.status != PackStatus.RECEIVED or pack.updated_at not in (change.at, *change.restored_at):
            detail = _("The material pack %(number)s was worked on since.")
            refused.append(UsedSince(detail, number=pack.number))
        elif change.before is None:
            move_all([pack], PackStatus.DROPPED, table=PACK_MOVES, actor=actor, at=at, reason=REASON)
        else:
            said = change.before
            draft = PackDraft(
                pack.brand.code,
                said["name"],
                said["category"],
                facts_of(said["facts"]),
                tuple(PackPicture(*each) for each in said["media"]),
                number=pack.number,
            )
            receive_packs([draft], actor=actor, at=at).one()
            pack.refresh_from_db()
    return refused
