"""What can be asked for of a warehouse's stock, and what can't."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalog.choices import RequestKind, RequestReason, StockDocumentKind, StockState
from catalog.drafts import RequestDraft, RequestLineDraft
from catalog.models import Batch, Bin, Sku, StockRequest, StockRequestLine, Warehouse
from catalog.operations.documents import KIND_WAYS, BatchNeeded, BundleHasNoStock, NoUnits, WrongWay
from catalog.queries.standing import Want, shortages, standing_in
from ops_portal.lib.refusals import Refused

MOST_LINES: Final = 500
MOST_UNITS: Final = 1_000_000_000
S = StockState
# What is out of the house is booked by the papers that took it out.
ELSEWHERE: Final = frozenset({S.SHIPPED, S.RETURNING, S.IN_TRANSIT})
REQUEST_WAYS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    RequestKind.ADJUSTMENT: tuple(
        sorted(way for way in KIND_WAYS[StockDocumentKind.ADJUSTMENT] if way[0] not in ELSEWHERE)
    ),
    RequestKind.RETURN_TO_OWNER: tuple(sorted(KIND_WAYS[StockDocumentKind.RETURN_TO_OWNER])),
}


class UnknownPlace(Refused):
    """The request names a warehouse or a bin that does not exist."""

    code = "unknown_place"


class UnknownSku(Refused):
    """A line names a SKU that does not exist."""

    code = "unknown_sku"


class UnknownBatch(Refused):
    """A line names a batch that the SKU does not have."""

    code = "unknown_batch"


class NoLines(Refused):
    """A request needs a line, and has no more of them than one paper holds."""

    code = "no_lines"


class UnknownKind(Refused):
    """There is no such kind of request, or no such reason."""

    code = "unknown_kind"


class NoteNeeded(Refused):
    """The reason alone doesn't say why."""

    code = "note_needed"


class NoLongerFits(Refused):
    """Less is there now than the request takes. ``lines`` names each that is short, with what is there."""

    code = "no_longer_fits"


@dataclass(slots=True)
class Surroundings:
    """What the drafts of a batch name, as it stands."""

    places: dict[str, Warehouse]
    skus: dict[str, Sku]
    batches: dict[tuple[int, str], Batch]
    bins: dict[tuple[int, str], Bin]

    @classmethod
    def of(cls, drafts: Sequence[RequestDraft]) -> Surroundings:
        """Look it up; four statements at most."""
        lines = [line for draft in drafts for line in draft.lines]
        places = Warehouse.objects.filter(code__in={draft.warehouse_code for draft in drafts})
        skus = Sku.objects.filter(code__in={line.sku_code for line in lines})
        by_code = {sku.code: sku for sku in skus}
        batch_codes = {line.batch_code for line in lines if line.batch_code}
        batches = Batch.objects.filter(sku__in=by_code.values(), code__in=batch_codes) if batch_codes else []
        bin_codes = {line.bin_code for line in lines if line.bin_code}
        bins = Bin.objects.filter(code__in=bin_codes, is_active=True) if bin_codes else []
        return cls(
            {place.code: place for place in places},
            by_code,
            {(batch.sku_id, batch.code): batch for batch in batches},
            {(each.warehouse_id, each.code): each for each in bins},
        )

    def check(self, draft: RequestDraft) -> None:
        """Refuse what can't be asked for."""
        if draft.kind not in RequestKind.values or draft.reason not in RequestReason.values:
            raise UnknownKind(_("Choose what is to be done, and why."))
        if draft.reason == RequestReason.OTHER and not draft.note.strip():
            raise NoteNeeded(_("Say in the note why."))
        place = self.places.get(draft.warehouse_code)
        if place is None:
            raise UnknownPlace(_("There is no warehouse “%(code)s”."), code=draft.warehouse_code)
        if not 1 <= len(draft.lines) <= MOST_LINES:
            raise NoLines(_("A request has from 1 to %(most)s lines."), most=MOST_LINES)
        for line in draft.lines:
            self.check_line(draft, place, line)
        wants = [
            Want(self.skus[line.sku_code].pk, line.goods_owner, line.batch_code, line.from_state, line.units)
            for line in draft.lines
        ]
        standing = standing_in(place, {want.sku_id for want in wants})
        if short := shortages(wants, standing):
            raise no_longer_fits(short)

    def check_line(self, draft: RequestDraft, place: Warehouse, line: RequestLineDraft) -> None:
        """Refuse a line that names what isn't there or moves what may not move."""
        sku = self.skus.get(line.sku_code)
        if sku is None:
            raise UnknownSku(_("There is no SKU “%(sku)s”."), sku=line.sku_code)
        if sku.is_bundle:
            raise BundleHasNoStock(_("%(sku)s is a bundle; book its components."), sku=sku.code)
        if not 1 <= line.units <= MOST_UNITS or not line.goods_owner:
            raise NoUnits(_("A line needs at least one unit."))
        if (line.from_state, line.to_state) not in REQUEST_WAYS[draft.kind]:
            detail = _("This kind of document moves nothing from “%(here)s” to “%(there)s”.")
            raise WrongWay(detail, here=line.from_state, there=line.to_state)
        if sku.tracks_batches != bool(line.batch_code):
            detail = (
                _("%(sku)s is kept by batch; name the batch.")
                if sku.tracks_batches
                else _("%(sku)s is not kept by batch; leave the batch empty.")
            )
            raise BatchNeeded(detail, sku=sku.code)
        if line.batch_code and (sku.pk, line.batch_code) not in self.batches:
            raise UnknownBatch(_("%(sku)s has no batch “%(batch)s”."), sku=sku.code, batch=line.batch_code)
        if line.bin_code and (place.pk, line.bin_code) not in self.bins:
            raise UnknownPlace(
                _("There is no bin “%(bin)s” in %(warehouse)s."), bin=line.bin_code, warehouse=place.code
            )

    def lines(self, request: StockRequest, draft: RequestDraft) -> list[StockRequestLine]:
        """Return the lines of a request that may be written."""
        return [
            StockRequestLine(
                request=request,
                position=position,
                sku=self.skus[line.sku_code],
                goods_owner=line.goods_owner,
                batch=self.batches.get((self.skus[line.sku_code].pk, line.batch_code)),
                bin=self.bins.get((request.warehouse_id, line.bin_code)),
                units=line.units,
                from_state=line.from_state,
                to_state=line.to_state,
            )
            for position, line in enumerate(draft.lines, start=1)
        ]


def no_longer_fits(short: Sequence[dict[str, Any]]) -> NoLongerFits:
    """Return the refusal that names what is short, and what is there now."""
    codes = dict(Sku.objects.filter(pk__in={row["sku_id"] for row in short}).values_list("pk", "code"))
    lines = [
        {"sku": codes[row["sku_id"]], **{name: row[name] for name in row if name != "sku_id"}}
        for row in short
    ]
    names = ", ".join(
        " ".join(filter(None, (line["sku"], line["batch"], f"{line['there']} < {line['wanted']}")))
        for line in lines
    )
    return NoLongerFits(_("Less is there now than the request takes: %(names)s."), names=names, lines=lines)
