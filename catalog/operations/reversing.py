"""Papers of the warehouse are taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog.choices import StockDocumentKind
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import StockDocument
from catalog.operations.documents import lock_documents, post_stock_documents
from catalog.operations.paper_bins import bins_to_undo
from catalog.operations.received import lock_deliveries_of, uncount
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused


class AlreadyUndone(Refused):
    """The paper has been taken back."""

    code = "already_undone"


@operation
def undo_stock_documents(
    documents: Sequence[StockDocument], *, actor: Principal, at: datetime
) -> Outcome[StockDocument]:
    """Take back what papers brought in, by papers of adjustment; the sender's numbers then count as new.

    Answers the papers of adjustment. Refuses AlreadyUndone, NotEnoughUnits where units have been used since.
    """
    outcome: Outcome[StockDocument] = Outcome()
    deliveries = lock_deliveries_of(documents)
    locked = lock_documents(documents)
    ready: list[int] = []
    for index, given in enumerate(documents):
        if locked[given.pk].undone_at is None and given.pk not in {documents[i].pk for i in ready}:
            ready.append(index)
        else:
            detail = _("%(number)s was undone before.")
            outcome.refused.append((index, AlreadyUndone(detail, number=given.number)))
    undone_papers = [locked[documents[index].pk] for index in ready]
    bins = bins_to_undo(undone_papers)
    posted = post_stock_documents([reversal_of(paper, bins) for paper in undone_papers], actor=actor, at=at)
    outcome.done = posted.done
    outcome.refused += [(ready[position], refusal) for position, refusal in posted.refused]
    refused = {index for index, _refusal in outcome.refused}
    undone = [documents[index].pk for index in ready if index not in refused]
    StockDocument.objects.filter(pk__in=undone).update(undone_at=at)
    uncount([locked[pk] for pk in undone], deliveries, actor=actor, at=at)
    return outcome


def reversal_of(document: StockDocument, bins: Mapping[int, str]) -> StockDocumentDraft:
    """Return the paper of adjustment that takes ``document`` back; ``bins`` names, by line, the bin that is meant."""
    lines = tuple(
        StockLineDraft(
            sku_id=line.stock.sku_id,
            warehouse_id=line.stock.warehouse_id,
            owner=line.stock.owner,
            units=line.units,
            from_state=line.to_state,
            to_state=line.from_state,
            batch_code=line.batch.code if line.batch else "",
            bin_code=bins.get(line.pk, ""),
        )
        for line in sorted(document.lines.all(), key=lambda line: line.position)
    )
    return StockDocumentDraft(StockDocumentKind.ADJUSTMENT, lines, note=f"undo:{document.number}")
