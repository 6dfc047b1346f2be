"""Goods are counted, and counted once more where they differ; the books are read in the moment of the count.

``booked`` is read under the lock of the balance, so that whatever took or brought units before the count stands in
both, and whatever does so later in neither: orders go on while goods are counted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from catalog.choices import OWN, WAREHOUSE_ROLES, CountStatus, StocktakeStatus, ZoneKind
from catalog.drafts import CountDraft, PlaceDraft, RecountDraft
from catalog.models import Batch, Bin, Count, Sku, Stocktake, Tally
from catalog.operations.bins import UnknownBin
from catalog.operations.ledger import lock_stock, open_stock
from catalog.operations.stocktaking import (
    NoSuchStocktake,
    RoleMayNotCount,
    add_counts,
    add_places,
    day_of,
    enter,
    lock_stocktakes,
    pick,
)
from catalog.queries.count_scopes import Place, is_goods_of, is_place_of, places_sql, scope_of_json
from catalog.queries.counters import first_counters, others_count
from catalog.queries.shelves import booked_units
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import update_rows

MOST_UNITS: Final = 1_000_000  # of one scan: whoever types more has scanned a barcode into the wrong place
FIELDS: Final = ("status", "booked", "counted", "counter_id", "counted_at")


class NotCounting(Refused):
    """The stocktake isn't being counted, or not any more."""

    code = "not_counting"


class PersonNeeded(Refused):
    """Goods are counted by people, not by machines."""

    code = "person_needed"


class NotPartOfIt(Refused):
    """The bin or the goods are no part of the stocktake."""

    code = "not_part_of_it"


class UnknownGoods(Refused):
    """There is no such SKU or batch, or it has no stock of its own."""

    code = "unknown_goods"


class AlreadyCounted(Refused):
    """The place was counted already."""

    code = "already_counted"


class CountedElsewhere(Refused):
    """Another stocktake counts the same goods in the same place."""

    code = "counted_elsewhere"


class WrongUnits(Refused):
    """So many units can't be counted."""

    code = "wrong_units"


class StillToCount(Refused):
    """Places of the stocktake wait to be counted, or differences to be counted once more."""

    code = "still_to_count"


class OwnCount(Refused):
    """Whoever counted first leaves the recount to somebody else."""

    code = "own_count"


@operation
def count_units(drafts: Sequence[CountDraft], *, actor: Principal, at: datetime) -> Outcome[Tally]:
    """Add what was found to the counts of stocktakes, each beside what the books say in this moment.

    Goods that nobody expected there are counted as found there. Refuses NoSuchStocktake, NotCounting,
    RoleMayNotCount, PersonNeeded, UnknownBin, NotPartOfIt, UnknownGoods, WrongUnits, AlreadyCounted,
    CountedElsewhere.
    """
    stocktakes = lock_stocktakes(draft.number for draft in drafts)
    keys = [draft.key for draft in drafts]
    known = {tally.key: tally for tally in Tally.objects.filter(key__in=keys).select_related("count")}
    outcome: Outcome[Tally] = Outcome()
    counts: dict[int, Count] = {}
    done: list[Tally] = []
    for index, draft in enumerate(drafts):
        try:
            stocktake = counting(stocktakes.get(draft.number), draft.number, actor)
            tally = tally_of(stocktake, draft, known.get(draft.key), actor=actor, at=at)
            known[draft.key] = tally
            tally.count = counts.setdefault(tally.count_id, tally.count)
            done.append(tally)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    outcome.done = done
    write_scans(list({tally.key: tally for tally in done}.values()), actor=actor, at=at)
    return outcome


def counting(stocktake: Stocktake | None, number: str, actor: Principal) -> Stocktake:
    """Return the stocktake, if ``actor`` may count for it. Raises the refusal."""
    if stocktake is None:
        raise NoSuchStocktake(number)
    if not actor.may(WAREHOUSE_ROLES):
        raise RoleMayNotCount(_("Your role doesn't count goods."))
    person_of(actor)
    if stocktake.status != StocktakeStatus.COUNTING:
        raise not_counting(stocktake)
    return stocktake


def person_of(actor: Principal) -> int:
    """Return the id of the person who counts. Raises PersonNeeded."""
    if actor.user_id is None:
        raise PersonNeeded(_("Goods are counted by people."))
    return actor.user_id


def not_counting(stocktake: Stocktake) -> NotCounting:
    """Return the refusal to count for a stocktake in another state."""
    detail = _("%(number)s is “%(status)s”; nothing is counted for it.")
    return NotCounting(detail, number=stocktake.number, status=stocktake.get_status_display())


def tally_of(
    stocktake: Stocktake, draft: CountDraft, known: Tally | None, *, actor: Principal, at: datetime
) -> Tally:
    """Return the scan of a draft, not written yet; a known one with the units that it has now. Raises the refusal."""
    if not 0 <= draft.units <= MOST_UNITS:
        raise WrongUnits(_("So many units can't be counted at once; type a smaller number."))
    if known is None:
        count = find_count(stocktake, draft)
        return Tally(count=count, units=draft.units, counter_id=person_of(actor), at=at, key=draft.key)
    if known.count.stocktake_id != stocktake.pk or known.counter_id != actor.user_id:
        raise WrongUnits(_("That scan is somebody else's."))
    if draft.corrects and known.units != draft.units:
        if known.count.status != CountStatus.OPEN:
            raise already_counted()
        known.units = draft.units
    return known


def write_scans(tallies: Sequence[Tally], *, actor: Principal, at: datetime) -> None:
    """Write scans and what they add up to, beside the books, read under the locks of their balances."""
    counts = {tally.count_id: tally.count for tally in tallies if tally.count.status == CountStatus.OPEN}
    lock_stock({count.stock_id for count in counts.values()})
    Tally.objects.bulk_create([tally for tally in tallies if tally.pk is None])
    Tally.objects.bulk_update([tally for tally in tallies if tally.pk is not None], ["units"])
    sums = Tally.objects.filter(count__in=counts, is_recount=False).values_list("count_id")
    units = dict(sums.annotate(all_units=Sum("units")).order_by())
    booked = booked_units([place_of(count) for count in counts.values()])
    for count in counts.values():
        if count.counted != units[count.pk]:
            count.counted, count.booked = units[count.pk], booked[place_of(count)]
            count.counter_id, count.counted_at = actor.user_id, at
    write(list(counts.values()), FIELDS)


def already_counted() -> AlreadyCounted:
    """Return the refusal to count where the stocktake has been through."""
    return AlreadyCounted(_("This place was counted already; what differs is counted once more later."))


def find_count(stocktake: Stocktake, draft: CountDraft) -> Count:
    """Return the count of the goods in the place, a new one where nobody expected them. Raises the refusal."""
    place = find_place(stocktake, draft.bin_code)
    sku = Sku.objects.select_related("product__brand").filter(code=draft.sku_code).first()
    if sku is None or sku.is_bundle:
        raise UnknownGoods(_("%(code)s has no stock that could be counted."), code=draft.sku_code)
    batch = None
    if sku.tracks_batches:
        batch = Batch.objects.filter(sku=sku, code=draft.batch_code).first()
        if batch is None:
            raise UnknownGoods(_("%(sku)s has no such batch; look at the label."), sku=sku.code)
    if not is_goods_of(stocktake, sku):
        detail = _("%(code)s is no part of %(number)s; leave it where it is.")
        raise NotPartOfIt(detail, code=sku.code, number=stocktake.number)
    if Count.objects.filter(stocktake=stocktake, bin=place).exclude(status=CountStatus.OPEN).exists():
        raise already_counted()
    owner = draft.goods_owner or OWN
    (stock_id,) = open_stock([(sku.pk, stocktake.warehouse_id, owner)]).values()
    where = Place(stock_id, batch.pk if batch else None, place.pk if place else None)
    counts = Count.objects.filter(stocktake=stocktake, stock_id=stock_id, batch=batch, bin=place)
    if not counts.exists() and add_places(stocktake, [where]) == 0:
        raise counted_elsewhere(where)
    return counts.get()


def counted_elsewhere(place: Place) -> CountedElsewhere:
    """Return the refusal that names the stocktake that counts the place."""
    other = Count.objects.filter(**place._asdict(), is_open=True).select_related("stocktake").first()
    detail = _("%(number)s counts these goods here; put them aside until it is done.")
    return CountedElsewhere(detail, number=other.stocktake.number if other else "?")


def find_place(stocktake: Stocktake, code: str) -> Bin | None:
    """Return the bin of this code that the stocktake goes through; None for no code. Raises the refusal."""
    place: Bin | None = None
    if code:
        bins = Bin.objects.select_related("zone")
        place = bins.filter(warehouse=stocktake.warehouse_id, code=code, is_active=True).first()
        if place is None:
            raise UnknownBin(_("There is no bin %(code)s here."), code=code)
        if place.zone.kind == ZoneKind.RETURNS:
            detail = _("What lies in %(code)s waits for its inspection, and is counted there.")
            raise NotPartOfIt(detail, code=code)
    if not is_place_of(stocktake, place):
        name = code or str(_("What lies outside the bins"))
        detail = _("%(code)s is no part of %(number)s; leave it as it is.")
        raise NotPartOfIt(detail, code=name, number=stocktake.number)
    return place


@operation
def close_places(drafts: Sequence[PlaceDraft], *, actor: Principal, at: datetime) -> Outcome[PlaceDraft]:
    """Note that stocktakes have been through bins: what is to lie there and wasn't scanned is counted 0.

    A place that was closed before stays so. Refuses NoSuchStocktake, NotCounting, RoleMayNotCount, PersonNeeded,
    UnknownBin, NotPartOfIt.
    """
    stocktakes = lock_stocktakes(draft.number for draft in drafts)
    outcome: Outcome[PlaceDraft] = Outcome()
    counts: dict[int, Count] = {}
    for index, draft in enumerate(drafts):
        try:
            stocktake = counting(stocktakes.get(draft.number), draft.number, actor)
            place = find_place(stocktake, draft.bin_code)
            if place is not None and not is_closed(stocktake, place):
                add_what_came(stocktake, place, at=at)
            there = Count.objects.filter(stocktake=stocktake, bin=place, status=CountStatus.OPEN)
            counts |= there.order_by("pk").in_bulk()
            outcome.done.append(draft)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    settle_first_counts(list(counts.values()), actor=actor, at=at)
    return outcome


def settle_first_counts(counts: Sequence[Count], *, actor: Principal, at: datetime) -> None:
    """Tell the counts that agree with the books from those that don't; what wasn't scanned isn't there."""
    unscanned = [count for count in counts if count.counted is None]
    lock_stock({count.stock_id for count in unscanned})
    booked = booked_units([place_of(count) for count in unscanned])
    for count in unscanned:
        count.counted, count.booked = 0, booked[place_of(count)]
        count.counter_id, count.counted_at = actor.user_id, at
    for count in counts:
        agrees = count.counted == count.booked
        count.status = CountStatus.AGREES if agrees else CountStatus.DIFFERS
    write(counts, FIELDS)


def is_closed(stocktake: Stocktake, place: Bin | None) -> bool:
    """Tell whether the stocktake has been through the bin; None: what lies outside all bins."""
    there = Count.objects.filter(stocktake=stocktake, bin=place)
    return there.exists() and not there.filter(status=CountStatus.OPEN).exists()


def add_what_came(stocktake: Stocktake, place: Bin, *, at: datetime) -> None:
    """Add counts of what lies in a bin by now and didn't when the stocktake was opened."""
    scope = scope_of_json(stocktake.scope)
    places, given = places_sql(stocktake.warehouse_id, scope, on=day_of(at), bin_id=place.pk)
    add_counts(stocktake, f"SELECT stock_id, batch_id, bin_id FROM ({places}) AS p", given)


def place_of(count: Count) -> Place:
    """Return where a count is made."""
    return Place(count.stock_id, count.batch_id, count.bin_id)


def write(counts: Sequence[Count], columns: Sequence[str]) -> None:
    """Write columns of counts in one statement."""
    rows: list[dict[str, Any]] = [
        {"id": count.pk, **{name: getattr(count, name) for name in columns}} for count in counts
    ]
    update_rows(Count, columns, rows)


@operation
def submit_stocktakes(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[Stocktake]:
    """Hand counted stocktakes on: to the recount where something differs, else to the approval.

    Refuses NoSuchStocktake, NotCounting, RoleMayNotCount, StillToCount.
    """
    picked = pick(numbers, StocktakeStatus.REVIEW, unable=lambda stocktake: unready(stocktake, actor))
    differing = set(
        Count.objects.filter(stocktake__in=picked.documents, status=CountStatus.DIFFERS)
        .values_list("stocktake_id", flat=True)
        .distinct()
    )
    for to in (StocktakeStatus.RECOUNTING, StocktakeStatus.REVIEW):
        goes = [
            stocktake
            for stocktake in picked.documents
            if (stocktake.pk in differing) == (to == StocktakeStatus.RECOUNTING)
            and stocktake.status == StocktakeStatus.COUNTING
        ]
        enter(goes, to, actor=actor, at=at)
    return picked.outcome()


def unready(stocktake: Stocktake, actor: Principal) -> Refused | None:
    """Return why a stocktake can't be handed on, or None."""
    if not actor.may(WAREHOUSE_ROLES):
        return RoleMayNotCount(_("Your role doesn't count goods."))
    if stocktake.status != StocktakeStatus.COUNTING:
        return not_counting(stocktake)
    open_counts = Count.objects.filter(stocktake=stocktake, status=CountStatus.OPEN)
    left = open_counts.values("bin").distinct().count()
    if not left:
        return None
    detail = _("Places of %(number)s that are still to count: %(left)s.")
    return StillToCount(detail, number=stocktake.number, left=left)


@operation
def recount_units(drafts: Sequence[RecountDraft], *, actor: Principal, at: datetime) -> Outcome[Count]:
    """Write second counts, each beside what the books say in this moment; they take the place of the first.

    Whoever made the first count doesn't make the second, unless nobody else has counted in that warehouse for
    thirty days. With its last difference recounted, a stocktake goes on to its approval. Refuses NoSuchStocktake,
    NotCounting, RoleMayNotCount, PersonNeeded, WrongUnits, AlreadyCounted, OwnCount.
    """
    wanted = [draft.count_id for draft in drafts]
    numbers = Count.objects.filter(pk__in=wanted).values_list("stocktake__number", flat=True)
    stocktakes = {stocktake.pk: stocktake for stocktake in lock_stocktakes(numbers).values()}
    counts = Count.objects.in_bulk(wanted)
    first = first_counters(wanted)
    keys = [draft.key for draft in drafts]
    repeated = set(Tally.objects.filter(key__in=keys).values_list("key", flat=True))
    outcome: Outcome[Count] = Outcome()
    ready: dict[int, RecountDraft] = {}
    for index, draft in enumerate(drafts):
        count = counts.get(draft.count_id)
        if count is not None and draft.key in repeated:
            outcome.done.append(count)
            continue
        try:
            if count is None:
                raise NoSuchStocktake("?")
            refuse_recount(stocktakes[count.stocktake_id], count, draft, first[count.pk], actor, at)
            if count.pk in ready:
                raise AlreadyCounted(_("This was counted once more already."))
            ready[count.pk] = draft
            outcome.done.append(count)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    write_recounts([counts[pk] for pk in sorted(ready)], ready, actor=actor, at=at)
    touched = {counts[pk].stocktake_id for pk in ready}
    waiting = set(
        Count.objects.filter(stocktake__in=touched, status=CountStatus.DIFFERS)
        .values_list("stocktake_id", flat=True)
        .distinct()
    )
    enter([stocktakes[pk] for pk in sorted(touched - waiting)], StocktakeStatus.REVIEW, actor=actor, at=at)
    return outcome


def write_recounts(
    counts: Sequence[Count], drafts: dict[int, RecountDraft], *, actor: Principal, at: datetime
) -> None:
    """Write second counts beside the books, read under the locks of their balances."""
    lock_stock({count.stock_id for count in counts})
    booked = booked_units([place_of(count) for count in counts])
    for count in counts:
        count.recounted, count.rebooked = drafts[count.pk].units, booked[place_of(count)]
        count.recounter_id, count.recounted_at = actor.user_id, at
        count.status, count.posted = CountStatus.RECOUNTED, 0
    write(counts, ("status", "rebooked", "recounted", "recounter_id", "recounted_at", "posted"))
    Tally.objects.bulk_create(
        Tally(
            count=count,
            units=drafts[count.pk].units,
            counter_id=person_of(actor),
            is_recount=True,
            at=at,
            key=drafts[count.pk].key,
        )
        for count in counts
    )


def refuse_recount(
    stocktake: Stocktake,
    count: Count,
    draft: RecountDraft,
    first: Collection[int],
    actor: Principal,
    at: datetime,
) -> None:
    """Raise why ``actor`` can't count these goods once more."""
    if not actor.may(WAREHOUSE_ROLES):
        raise RoleMayNotCount(_("Your role doesn't count goods."))
    me = person_of(actor)
    if stocktake.status != StocktakeStatus.RECOUNTING:
        raise not_counting(stocktake)
    if not 0 <= draft.units <= MOST_UNITS:
        raise WrongUnits(_("So many units can't be counted at once; type a smaller number."))
    if count.status != CountStatus.DIFFERS:
        raise AlreadyCounted(_("This was counted once more already."))
    if me in first and others_count(stocktake.warehouse_id, apart=me, at=at):
        raise OwnCount(_("You counted this first; somebody else counts it once more."))
