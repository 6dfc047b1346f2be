"""What other systems' books say of a warehouse, held against ours; differences are taken over or explained.

Compared are good units in the house: available and reserved, before they are shipped. Ours at the moment of a snapshot
are those of now less what moved since, read in one statement. A movement that is entered later with an earlier time
doesn't change a line that stands: send the snapshot anew under another name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from catalog.choices import (
    OWN,
    PLANNERS,
    WAREHOUSE_ROLES,
    RequestKind,
    RequestReason,
    SnapshotSource,
    StockState,
)
from catalog.drafts import RequestDraft, RequestLineDraft
from catalog.models import Sku, StockRequest, StockSnapshot, StockSnapshotLine, Warehouse
from catalog.operations.requests import request_stock
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import as_json, insert_rows

GOOD: Final = "('available', 'reserved')"
NET: Final = f"""
    SELECT coalesce(sum(m.units * ((m.to_state IN {GOOD})::int - (m.from_state IN {GOOD})::int)), 0)
    FROM catalog_stockmovement m WHERE m.stock_id = s.id AND m.at > a.taken_at
"""
OURS: Final = f"""
    SELECT a.i, CASE WHEN s.id IS NULL THEN 0
        WHEN a.batch_code = '' THEN s.available + s.reserved - ({NET})
        WHEN c.id IS NULL THEN 0
        ELSE coalesce(b.available + b.reserved, 0) - ({NET} AND m.batch_id = c.id) END
    FROM json_to_recordset(%s) AS a(i int, warehouse_id bigint, sku_id bigint, goods_owner text, batch_code text,
                                    taken_at timestamptz)
    LEFT JOIN catalog_stock s
        ON s.warehouse_id = a.warehouse_id AND s.sku_id = a.sku_id AND s.owner = a.goods_owner
    LEFT JOIN catalog_batch c ON c.sku_id = a.sku_id AND c.code = a.batch_code
    LEFT JOIN catalog_batchstock b ON b.stock_id = s.id AND b.batch_id = c.id
"""
MISSING: Final = f"""
    INSERT INTO catalog_stocksnapshotline
        (snapshot_id, sku_id, goods_owner, batch_code, theirs, ours, difference, is_listed, note)
    SELECT %(snapshot)s, w.sku_id, w.owner, '', 0, w.ours, -w.ours, false, '' FROM (
        SELECT s.sku_id, s.owner, s.available + s.reserved - ({NET}) AS ours
        FROM catalog_stock s CROSS JOIN (SELECT %(taken_at)s::timestamptz AS taken_at) a
        WHERE s.warehouse_id = %(warehouse)s
          AND NOT EXISTS (SELECT 1 FROM catalog_stocksnapshotline l WHERE l.snapshot_id = %(snapshot)s
                          AND l.sku_id = s.sku_id AND l.goods_owner = s.owner)
    ) w WHERE w.ours > 0 ORDER BY w.sku_id, w.owner
"""
LONGEST_NOTE: Final = 300
MOST_UNITS: Final = 10**12


class RoleMayNotMirror(Refused):
    """None of the actor's roles brings other systems' books, or answers to them."""

    code = "role_may_not_mirror"


class NoMirror(Refused):
    """There is no such warehouse, or its books are ours."""

    code = "no_mirror"
    status_code = 422


class SkuUnclear(Refused):
    """No SKU has this code or barcode, several have the barcode, or it is a bundle."""

    code = "unknown_sku"
    status_code = 422


class NotAtThatTime(Refused):
    """A snapshot is of a moment that was, and under one name of one moment."""

    code = "not_at_that_time"
    status_code = 422


class SaidOtherwise(Refused):
    """The snapshot has this line already, with other units."""

    code = "said_otherwise"


class NoSuchSnapshot(Refused):
    """There is no snapshot of this number."""

    code = "no_such_snapshot"
    status_code = 404


class NothingToSettle(Refused):
    """None of these lines differs and waits to be settled."""

    code = "nothing_to_settle"


class NoteNeeded(Refused):
    """Whoever explains a difference says how."""

    code = "note_needed"


@dataclass(frozen=True, slots=True)
class TheirDraft:
    """Good units of a SKU (by code, else by barcode) that a warehouse's system knows as of a moment."""

    warehouse_code: str
    taken_at: datetime
    source_key: str
    units: int
    sku_code: str = ""
    barcode: str = ""
    goods_owner: str = OWN
    batch_code: str = ""
    source: str = SnapshotSource.API
    is_whole: bool = True


Key = tuple[int, int, str, str]  # snapshot, SKU, owner, batch


@operation
def note_their_stock(
    drafts: Sequence[TheirDraft], *, actor: Principal, at: datetime
) -> Outcome[StockSnapshotLine]:
    """Write what other systems say beside what our books said then; the same again changes nothing.

    Lines of one warehouse and source key make one snapshot, whenever they come. Refuses RoleMayNotMirror, NoMirror,
    NotAtThatTime, SkuUnclear, SaidOtherwise.
    """
    outcome: Outcome[StockSnapshotLine] = Outcome()
    known = Known.of(drafts)
    clear: dict[int, tuple[Warehouse, Sku]] = {}
    for index, draft in enumerate(drafts):
        try:
            clear[index] = known.checked(draft, actor=actor, at=at)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    snapshots = open_snapshots(
        [(clear[index][0], drafts[index]) for index in sorted(clear)], actor=actor, at=at
    )
    keys: dict[int, Key] = {}
    for index, (warehouse, sku) in clear.items():
        draft = drafts[index]
        snapshot = snapshots[warehouse.pk, draft.source_key]
        if snapshot.taken_at != draft.taken_at:
            detail = _("%(key)s is a snapshot of another moment: %(taken_at)s.")
            another = NotAtThatTime(detail, key=draft.source_key, taken_at=snapshot.taken_at.isoformat())
            outcome.refused.append((index, another))
        else:
            keys[index] = (snapshot.pk, sku.pk, draft.goods_owner, draft.batch_code)
    standing = lines_by_key(keys.values())
    fresh: dict[Key, int] = {}
    for index, key in sorted(keys.items()):
        said = standing[key].theirs if key in standing else drafts[fresh[key]].units if key in fresh else None
        if said is None:
            fresh[key] = index
        elif said != drafts[index].units:
            detail = _("%(sku)s stands in this snapshot already, with %(units)s units.")
            refused = SaidOtherwise(detail, sku=clear[index][1].code, units=said)
            outcome.refused.append((index, refused))
            del keys[index]
    write_lines([(key, drafts[index], clear[index][0].pk) for key, index in fresh.items()])
    standing |= lines_by_key(fresh)
    outcome.done = [standing[key] for _index, key in sorted(keys.items())]
    outcome.refused.sort(key=lambda pair: pair[0])
    return outcome


@dataclass(frozen=True, slots=True)
class Known:
    """What the drafts name."""

    warehouses: dict[str, Warehouse]
    by_code: dict[str, Sku]
    by_barcode: dict[str, list[Sku]]

    @classmethod
    def of(cls, drafts: Sequence[TheirDraft]) -> Known:
        """Read it: three statements at most."""
        places = Warehouse.objects.filter(code__in={draft.warehouse_code for draft in drafts})
        codes = Sku.objects.filter(code__in={draft.sku_code for draft in drafts} - {""})
        barcodes: dict[str, list[Sku]] = defaultdict(list)
        wanted = {draft.barcode for draft in drafts if not draft.sku_code} - {""}
        if wanted:
            for sku in Sku.objects.filter(barcode__in=wanted, is_active=True).order_by("pk"):
                barcodes[sku.barcode].append(sku)
        return cls({each.code: each for each in places}, {each.code: each for each in codes}, barcodes)

    def checked(self, draft: TheirDraft, *, actor: Principal, at: datetime) -> tuple[Warehouse, Sku]:
        """Return the warehouse and the SKU of a line; refuses what ``note_their_stock`` refuses."""
        if not actor.may(WAREHOUSE_ROLES):
            raise RoleMayNotMirror(_("Your role doesn't bring other systems' books."))
        warehouse = self.warehouses.get(draft.warehouse_code)
        if warehouse is None or warehouse.system == "none":
            detail = _("%(code)s is no warehouse whose books another system keeps.")
            raise NoMirror(detail, code=draft.warehouse_code)
        if draft.taken_at > at or not draft.source_key or not 0 <= draft.units <= MOST_UNITS:
            raise NotAtThatTime(_("A snapshot has a name, a moment that was, and units from 0."))
        found = [self.by_code[draft.sku_code]] if draft.sku_code in self.by_code else []
        found = found or self.by_barcode.get("" if draft.sku_code else draft.barcode, [])
        name = draft.sku_code or draft.barcode
        if len(found) != 1:
            raise SkuUnclear(_("“%(name)s” is not the code or barcode of one SKU."), name=name)
        if found[0].is_bundle:
            raise SkuUnclear(_("%(sku)s is a bundle; its components have the stock."), sku=found[0].code)
        return warehouse, found[0]


def open_snapshots(
    wanted: Sequence[tuple[Warehouse, TheirDraft]], *, actor: Principal, at: datetime
) -> dict[tuple[int, str], StockSnapshot]:
    """Return each snapshot that is named, locked in primary-key order; new ones are opened."""
    named = {(warehouse.pk, draft.source_key): draft for warehouse, draft in reversed(wanted)}
    if not named:
        return {}
    standing = StockSnapshot.objects.filter(
        warehouse__in={pk for pk, _key in named}, source_key__in={key for _pk, key in named}
    )
    there = set(standing.values_list("warehouse_id", "source_key"))
    new = sorted(named.keys() - there)
    insert_rows(
        StockSnapshot,
        [
            {
                "number": number,
                "warehouse_id": pk,
                "taken_at": named[pk, key].taken_at,
                "source": str(named[pk, key].source),
                "is_whole": named[pk, key].is_whole,
                "source_key": key,
                "actor": str(actor),
                "created_at": at,
            }
            for number, (pk, key) in zip(next_numbers("SN", len(new)) if new else (), new, strict=True)
        ],
        on_conflict="(warehouse_id, source_key) DO NOTHING",
    )
    locked = standing.order_by("pk").select_for_update(no_key=True, of=("self",))
    return {(each.warehouse_id, each.source_key): each for each in locked}


def lines_by_key(keys: Collection[Key]) -> dict[Key, StockSnapshotLine]:
    """Return the lines that stand under these keys."""
    if not keys:
        return {}
    wanted = set(keys)
    found = StockSnapshotLine.objects.filter(
        snapshot__in={key[0] for key in wanted}, sku__in={key[1] for key in wanted}
    )
    by_key = {(each.snapshot_id, each.sku_id, each.goods_owner, each.batch_code): each for each in found}
    return {key: each for key, each in by_key.items() if key in wanted}


def write_lines(fresh: Sequence[tuple[Key, TheirDraft, int]]) -> None:
    """Write lines with what our books said at their moment: two statements."""
    if not fresh:
        return
    asked = [
        {
            "i": place,
            "warehouse_id": warehouse_id,
            "sku_id": key[1],
            "goods_owner": key[2],
            "batch_code": key[3],
            "taken_at": draft.taken_at,
        }
        for place, (key, draft, warehouse_id) in enumerate(fresh)
    ]
    with connection.cursor() as cursor:
        cursor.execute(OURS, [as_json(asked)])
        ours = dict(cursor.fetchall())
    rows: list[dict[str, Any]] = [
        {
            "snapshot_id": key[0],
            "sku_id": key[1],
            "goods_owner": key[2],
            "batch_code": key[3],
            "theirs": draft.units,
            "ours": int(ours[place]),
            "difference": draft.units - int(ours[place]),
            "is_listed": True,
            "note": "",
        }
        for place, (key, draft, _warehouse_id) in enumerate(fresh)
    ]
    insert_rows(StockSnapshotLine, rows)


@operation
def take_back_lines(line_ids: Collection[int], *, actor: Principal, at: datetime) -> set[int]:
    """Take lines back that a file brought, and snapshots of which nothing is left; return those that are gone.

    Lines that were settled stay.
    """
    standing = StockSnapshotLine.objects.filter(pk__in=line_ids)
    snapshots = StockSnapshot.objects.filter(pk__in=standing.values("snapshot")).order_by("pk")
    locked = [each.pk for each in snapshots.select_for_update(no_key=True, of=("self",))]
    gone = standing.filter(request=None, note="")
    ids = set(gone.values_list("pk", flat=True))
    StockSnapshotLine.objects.filter(pk__in=ids).delete()
    left = StockSnapshotLine.objects.filter(snapshot=OuterRef("pk"))
    StockSnapshot.objects.filter(pk__in=locked).exclude(Exists(left)).delete()
    return ids


def lock_snapshot(number: str) -> StockSnapshot:
    """Lock a snapshot and return it. Refuses NoSuchSnapshot."""
    found = StockSnapshot.objects.filter(number=number).select_for_update(no_key=True, of=("self",))
    snapshot: StockSnapshot | None = found.select_related("warehouse").first()
    if snapshot is None:
        raise NoSuchSnapshot(_("There is no snapshot %(number)s."), number=number)
    return snapshot


@operation
def count_missing(number: str, *, actor: Principal, at: datetime) -> int:
    """Take what our books have and a snapshot doesn't list as nought in theirs; return how many lines that are.

    Refuses RoleMayNotMirror, NoSuchSnapshot. Once it is done, it does nothing.
    """
    if not actor.may(WAREHOUSE_ROLES | PLANNERS):
        raise RoleMayNotMirror(_("Your role doesn't answer to other systems' books."))
    snapshot = lock_snapshot(number)
    given: dict[str, Any] = {
        "snapshot": snapshot.pk,
        "warehouse": snapshot.warehouse_id,
        "taken_at": snapshot.taken_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(MISSING, given)
        return int(cursor.rowcount)


def open_lines(snapshot: StockSnapshot, line_ids: Collection[int]) -> list[StockSnapshotLine]:
    """Return which of these lines differ and wait to be settled. Refuses NothingToSettle."""
    lines = StockSnapshotLine.objects.filter(snapshot=snapshot, pk__in=line_ids, request=None, note="")
    found = list(lines.exclude(difference=0).select_related("sku").order_by("pk"))
    if not found:
        raise NothingToSettle(_("Choose differences that are not settled yet."))
    return found


@operation
def take_over(
    number: str, line_ids: Collection[int], *, actor: Principal, at: datetime, note: str = ""
) -> StockRequest:
    """Ask for the adjustments that make our books say what theirs do, in one request that somebody else approves.

    Refuses RoleMayNotMirror, NoSuchSnapshot, NothingToSettle, and what ``request_stock`` refuses.
    """
    if not actor.may(WAREHOUSE_ROLES | PLANNERS):
        raise RoleMayNotMirror(_("Your role doesn't answer to other systems' books."))
    snapshot = lock_snapshot(number)
    lines = open_lines(snapshot, line_ids)
    draft = RequestDraft(
        RequestKind.ADJUSTMENT,
        RequestReason.MIRROR,
        snapshot.warehouse.code,
        tuple(adjustment(line) for line in lines),
        note=f"{snapshot.number} {note}".strip(),
    )
    request = request_stock([draft], actor=actor, at=at).one()
    StockSnapshotLine.objects.filter(pk__in=[line.pk for line in lines]).update(request=request)
    return request


def adjustment(line: StockSnapshotLine) -> RequestLineDraft:
    """Return the change that a difference asks for."""
    more = line.difference > 0
    ways = (StockState.OUTSIDE, StockState.AVAILABLE)
    here, there = ways if more else reversed(ways)
    return RequestLineDraft(
        line.sku.code, line.goods_owner, abs(line.difference), here.value, there.value, line.batch_code
    )


@operation
def explain_differences(
    number: str, line_ids: Collection[int], *, note: str, actor: Principal, at: datetime
) -> int:
    """Say why differences are none to act on; return how many lines that settles.

    Refuses RoleMayNotMirror, NoteNeeded, NoSuchSnapshot, NothingToSettle.
    """
    if not actor.may(WAREHOUSE_ROLES | PLANNERS):
        raise RoleMayNotMirror(_("Your role doesn't answer to other systems' books."))
    if not note.strip():
        raise NoteNeeded(_("Say what explains the difference."))
    lines = open_lines(lock_snapshot(number), line_ids)
    pks = [line.pk for line in lines]
    StockSnapshotLine.objects.filter(pk__in=pks).update(note=note.strip()[:LONGEST_NOTE])
    return len(pks)
