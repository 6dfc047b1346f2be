"""Places with labels are made in rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog.models import Bin, Zone
from catalog.operations.bins import bin_code
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import insert_rows


class BinTaken(Refused):
    """The warehouse has a bin with this code already."""

    code = "bin_taken"


@dataclass(frozen=True, slots=True)
class BinDraft:
    """A new bin of a zone, and its place on the way of whoever picks."""

    zone_id: int
    code: str
    sequence: int = 0


@operation
def make_bins(drafts: Sequence[BinDraft], *, actor: Principal, at: datetime) -> Outcome[Bin]:
    """Make bins, in use and empty. Refuses BinTaken, also where a draft repeats another's code."""
    zones = dict(Zone.objects.filter(pk__in={d.zone_id for d in drafts}).values_list("pk", "warehouse_id"))
    fresh: dict[tuple[int, str], int] = {}
    for index, draft in enumerate(drafts):
        fresh.setdefault((zones[draft.zone_id], bin_code(draft.code)), index)
    rows = [
        {
            "zone_id": drafts[index].zone_id,
            "warehouse_id": warehouse,
            "code": code,
            "sequence": drafts[index].sequence,
            "is_active": True,
        }
        for (warehouse, code), index in sorted(fresh.items())
    ]
    made = insert_rows(
        Bin, rows, on_conflict="(warehouse_id, code) DO NOTHING", returning=("id", "warehouse_id", "code")
    )
    ids = {fresh[warehouse, code]: pk for pk, warehouse, code in made}
    bins = Bin.objects.select_related("zone").in_bulk(ids.values())
    outcome: Outcome[Bin] = Outcome()
    for index, draft in enumerate(drafts):
        if index in ids:
            outcome.done.append(bins[ids[index]])
        else:
            detail = _("This warehouse has a bin %(bin)s already.")
            outcome.refused.append((index, BinTaken(detail, bin=bin_code(draft.code))))
    return outcome
