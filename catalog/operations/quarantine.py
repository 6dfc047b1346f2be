"""Goods in quarantine pass inspection and may be sold, or are found damaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog.choices import STOCK_APPROVERS, WAREHOUSE_ROLES, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import Batch, Sku, StockDocument, Warehouse
from catalog.operations.deliveries import UnknownSku, check_units, local_day
from catalog.operations.documents import post_stock_documents
from catalog.operations.inbound import UnknownWarehouse
from catalog.operations.receiving import LONGEST_KEY, KeyNeeded, TooLittleLife, fewest_days
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import RoleMayNotMove


class NothingInspected(Refused):
    """The inspection found no units, neither good nor damaged ones."""

    code = "nothing_inspected"


@dataclass(frozen=True, slots=True)
class InspectionDraft:
    """What inspection found of a SKU (and batch) in quarantine. The same ``key`` again is the same inspection."""

    warehouse_code: str
    sku_code: str
    goods_owner: str
    key: str
    passed: int = 0
    damaged: int = 0
    batch_code: str = ""
    note: str = ""


@operation
def inspect_quarantine(
    drafts: Sequence[InspectionDraft], *, actor: Principal, at: datetime
) -> Outcome[StockDocument]:
    """Book units out of quarantine: passed ones may be sold, damaged ones not.

    Units with fewer days left than are needed at receipt pass only by those who approve stock, with a note. Refuses
    RoleMayNotMove, KeyNeeded, UnknownSku, UnknownWarehouse, NothingInspected, ImplausibleUnits, TooLittleLife,
    BatchNeeded, NotEnoughUnits, DocumentDiffers.
    """
    skus = {each.code: each for each in Sku.objects.filter(code__in={d.sku_code for d in drafts})}
    places = dict(
        Warehouse.objects.filter(code__in={d.warehouse_code for d in drafts}).values_list("code", "pk")
    )
    named = {(draft.sku_code, draft.batch_code) for draft in drafts if draft.batch_code}
    batches = {
        (batch.sku_id, batch.code): batch
        for batch in Batch.objects.filter(
            sku__code__in={sku for sku, _code in named}, code__in={code for _sku, code in named}
        )
    }
    outcome: Outcome[StockDocument] = Outcome()
    papers: dict[int, StockDocumentDraft] = {}
    for index, draft in enumerate(drafts):
        try:
            papers[index] = paper_of(draft, skus, places, batches, actor=actor, at=at)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    posted = post_stock_documents(list(papers.values()), actor=actor, at=at)
    outcome.done = posted.done
    indexes = list(papers)
    outcome.refused += [(indexes[place], refusal) for place, refusal in posted.refused]
    outcome.refused.sort(key=lambda pair: pair[0])
    return outcome


def paper_of(
    draft: InspectionDraft,
    skus: dict[str, Sku],
    places: dict[str, int],
    batches: dict[tuple[int, str], Batch],
    *,
    actor: Principal,
    at: datetime,
) -> StockDocumentDraft:
    """Return the paper of an inspection; refuse what can't be, and what may not be sold any more."""
    if not actor.may(WAREHOUSE_ROLES):
        raise RoleMayNotMove(_("Your role may not inspect goods."))
    if not 1 <= len(draft.key) <= LONGEST_KEY:
        raise KeyNeeded(_("A receipt needs a key of 1 to %(most)s characters."), most=LONGEST_KEY)
    sku = skus.get(draft.sku_code)
    if sku is None:
        raise UnknownSku(_("The catalogue does not know the SKU “%(sku)s”."), sku=draft.sku_code)
    if draft.warehouse_code not in places:
        raise UnknownWarehouse(_("There is no warehouse “%(warehouse)s”."), warehouse=draft.warehouse_code)
    if not draft.passed and not draft.damaged:
        raise NothingInspected(_("Say how many units passed, or how many are damaged."))
    for units in (draft.passed, draft.damaged):
        if units:
            check_units(units, sku.code)
    if draft.passed:
        check_life(draft, sku, batches.get((sku.pk, draft.batch_code)), actor=actor, at=at)
    return StockDocumentDraft(
        StockDocumentKind.RELEASE,
        tuple(
            StockLineDraft(
                sku_id=sku.pk,
                warehouse_id=places[draft.warehouse_code],
                owner=draft.goods_owner,
                units=units,
                from_state=StockState.QUARANTINE,
                to_state=state,
                batch_code=draft.batch_code,
            )
            for units, state in ((draft.passed, StockState.AVAILABLE), (draft.damaged, StockState.DAMAGED))
            if units
        ),
        source_key=f"inspection:{draft.key}",
        note=draft.note.strip()[:500],
    )


def check_life(
    draft: InspectionDraft, sku: Sku, batch: Batch | None, *, actor: Principal, at: datetime
) -> None:
    """Refuse TooLittleLife for units that expire too soon to be sold, unless an approver says why they pass."""
    if batch is None or batch.expires_on is None:
        return
    left, fewest = (batch.expires_on - local_day(at)).days, fewest_days(sku)
    if left >= fewest or (left >= 0 and draft.note.strip() and actor.may(STOCK_APPROVERS)):
        return
    detail = _(
        "Batch %(batch)s of %(sku)s has %(left)s days left, %(fewest)s are needed: it passes only for a reason, by an "
        "operations manager or the management, and never past its date."
    )
    raise TooLittleLife(detail, sku=sku.code, batch=batch.code, left=left, fewest=fewest)
