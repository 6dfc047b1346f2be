"""Feedback comes in, and is taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from catalog.models import Brand
from catalog.operations.undoing import Taken, take_back_goods
from feedback.choices import ITEM_MOVES, NEGATIVE_RATING, Channel, ItemStatus
from feedback.drafts import ItemDraft
from feedback.models import FeedbackItem
from feedback.operations.screening import SCREENED, Links, Row, classified_by_people, screen
from feedback.signals import items_received
from ops_portal.lib.principals import Principal, acting_as, operation
from ops_portal.lib.refusals import Outcome, Refused, UsedSince
from ops_portal.lib.rows import as_json, insert_rows, recordset
from ops_portal.lib.states import move_all
from orders.models import Shop

# What the sender may say anew of an item that stands; a change of ``received_at`` moves its day too.
CHANGEABLE = (
    "brand_id",
    "customer_id",
    "channel",
    "category",
    "text",
    "rating",
    "is_negative",
    "received_at",
    "order_id",
    "order_reference",
    "sku_id",
    "follow_up_of_id",
)
# What stays where the sender leaves it out: somebody may have looked it up.
LOOKED_UP = ("customer_id", "order_id", "order_reference", "sku_id", "follow_up_of_id")
WRITTEN = (*CHANGEABLE, "received_on", *SCREENED)
LONGEST = {"source_key": 200, "category": 100, "order_number": 60, "sku_code": 120}
# So many rows travel in one statement.
CHUNK = 5_000

Days = set[tuple[int | None, date]]


class UnknownBrand(Refused):
    """The catalogue has no brand of this code."""

    code = "unknown_brand"
    status_code = 422


class RatingOutOfRange(Refused):
    """A rating is a whole number from 1 to 5."""

    code = "rating_out_of_range"
    status_code = 422


class UnfitText(Refused):
    """The database can't hold the text as it is: too long for its place, or with a NUL character."""

    code = "unfit_text"
    status_code = 422


class OtherShop(Refused):
    """An item stands under the key that belongs to another shop."""

    code = "other_shop"


class NoSuchItem(Refused):
    """The feedback item does not exist, or was taken back already."""

    code = "no_such_item"
    status_code = 404


@dataclass(frozen=True, slots=True)
class Received:
    """An item that stands, and what the call did to it; ``before`` is what was said of one that is updated."""

    id: int
    what: Literal["created", "updated", "unchanged"]
    before: ItemDraft | None = None


@operation
def receive_items(drafts: Sequence[ItemDraft], *, actor: Principal, at: datetime) -> Outcome[Received]:
    """Take in feedback; an item that stands under the same key takes over what is new in the draft.

    Each is screened: the empty and the repeated are marked, the rules say type, topic and priority, and what needs
    somebody gets its clock. An item stays in its shop. Refuses UnknownBrand, RatingOutOfRange, UnfitText, OtherShop.
    """
    brands = dict(
        Brand.objects.filter(code__in={draft.brand_code for draft in drafts if draft.brand_code}).values_list(
            "code", "pk"
        )
    )
    outcome: Outcome[Received] = Outcome()
    ready: list[int] = []
    for index, draft in enumerate(drafts):
        refusal = refusal_of(draft, brands)
        if refusal is None:
            ready.append(index)
        else:
            outcome.refused.append((index, refusal))
    done: dict[int, Received | Refused] = {}
    days: Days = set()
    links = Links([drafts[index] for index in ready])
    for indexes in _rounds(drafts, ready):
        rows = {index: row_of(drafts[index], brands, at=at) for index in indexes}
        for index, row in rows.items():
            links.add_to(row, drafts[index])
        repeats = screen(list(rows.values()), [drafts[index] for index in indexes], at=at)
        repeating = {row["source_key"] for row in repeats}
        firsts = {index: row for index, row in rows.items() if row["source_key"] not in repeating}
        done |= _receive(drafts, firsts, days, actor=actor, at=at)
        if repeats:
            later = {index: row for index, row in rows.items() if index not in firsts}
            _name_originals(later, rows, done)
            done |= _receive(drafts, later, days, actor=actor, at=at)
    for index in ready:
        answer = done[index]
        if isinstance(answer, Refused):
            outcome.refused.append((index, answer))
        else:
            outcome.done.append(answer)
    if days:
        items_received.send(FeedbackItem, days=days, actor=actor, at=at)
    return outcome


@operation
def undo_items(item_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[int]:
    """Take back items, so that the same content counts as new; return their ids.

    Refuses NoSuchItem, UsedSince (somebody is working on it, or has answered).
    """
    locked = FeedbackItem.objects.standing().filter(pk__in=item_ids).order_by("pk").select_for_update()
    standing = {item.pk: item for item in locked}
    outcome: Outcome[int] = Outcome()
    for index, item_id in enumerate(item_ids):
        item = standing.get(item_id)
        if item is None:
            outcome.refused.append((index, NoSuchItem(_("There is no such feedback item."))))
        elif item.answers_count or item.owner_id or item.status not in (ItemStatus.NEW, ItemStatus.RECORDED):
            detail = _("%(number)s is being worked on, or was answered; it stays.")
            outcome.refused.append((index, UsedSince(detail, number=item.number)))
        elif item_id not in outcome.done:
            outcome.done.append(item_id)
    if outcome.done:
        FeedbackItem.objects.filter(pk__in=outcome.done).update(undone_at=at, updated_at=at)
        free_duplicates(outcome.done, actor=actor, at=at)
        days = {(standing[pk].shop_id, standing[pk].received_on) for pk in outcome.done}
        items_received.send(FeedbackItem, days=days, actor=actor, at=at)
    return outcome


def free_duplicates(item_ids: Sequence[int], *, actor: Principal, at: datetime) -> None:
    """Let the eldest standing duplicate of each item stand for itself, in place of the one that was taken back."""
    repeated = FeedbackItem.objects.standing().filter(original__in=item_ids).order_by("pk")
    by_original: dict[int, list[FeedbackItem]] = defaultdict(list)
    for item in repeated.select_related("brand", "shop", "sku").select_for_update(no_key=True, of=("self",)):
        by_original[item.original_id].append(item)
    for eldest, *others in by_original.values():
        FeedbackItem.objects.filter(pk__in=[other.pk for other in others]).update(
            original=eldest.pk, updated_at=at
        )
        FeedbackItem.objects.filter(pk=eldest.pk).update(original=None, mark="", updated_at=at)
    heirs = [items[0] for items in by_original.values()]
    if not heirs:
        return
    rows = [
        {name: getattr(item, name) for name in ("id", "source_key", *CHANGEABLE, "shop_id")} for item in heirs
    ]
    screen(rows, [as_draft(item) for item in heirs], at=at)
    raised = [item for item, row in zip(heirs, rows, strict=True) if row["status"] == ItemStatus.NEW]
    move_all(raised, ItemStatus.NEW, table=ITEM_MOVES, actor=actor, at=at)
    _update([{"id": row["id"], **{name: row[name] for name in SCREENED}} for row in rows], SCREENED, at=at)


@operation
def drop_brands(changes: Sequence[Taken], *, actor: Principal, at: datetime) -> None:
    """Delete brands that came in with items which were taken back; one on which anything else builds stays."""
    for change in changes:
        undone = FeedbackItem.objects.filter(brand_id=change.object_id, undone_at__isnull=False)
        with suppress(Refused), acting_as(actor, savepoint=True):
            undone.update(brand=None, updated_at=at)
            for refusal in take_back_goods([change], actor=actor, at=at):
                raise refusal


def refusal_of(draft: ItemDraft, brands: dict[str, int]) -> Refused | None:
    """Return why ``draft`` can't be taken in, or None."""
    if draft.brand_code and draft.brand_code not in brands:
        detail = _("There is no brand %(brand)s; create it first.")
        return UnknownBrand(detail, brand=draft.brand_code)
    if draft.rating is not None and not 1 <= draft.rating <= 5:
        return RatingOutOfRange(_("%(rating)s is no rating from 1 to 5."), rating=draft.rating)
    if not draft.source_key:
        return UnfitText(_("A feedback item needs the key under which its sender knows it."))
    for name, longest in LONGEST.items():
        if len(getattr(draft, name)) > longest:
            detail = _("“%(field)s” holds at most %(longest)d characters.")
            return UnfitText(detail, field=name, longest=longest)
    if "\0" in draft.text or "\0" in draft.category or "\0" in draft.source_key:
        return UnfitText(_("The text holds a NUL character."))
    return None


def row_of(draft: ItemDraft, brands: dict[str, int], *, at: datetime) -> Row:
    """Return a draft as a row; ``said_when`` tells whether its sender knows when it was received."""
    received_at = draft.received_at or at
    is_negative = draft.is_negative
    if is_negative is None and draft.rating is not None:
        is_negative = draft.rating <= NEGATIVE_RATING
    return {
        "source_key": draft.source_key,
        "brand_id": brands[draft.brand_code] if draft.brand_code else None,
        "shop_id": draft.shop.pk if draft.shop else None,
        "customer_id": draft.customer_id,
        "channel": str(draft.channel),
        "category": draft.category,
        "text": draft.text,
        "rating": draft.rating,
        "is_negative": is_negative,
        "received_at": received_at,
        "received_on": received_at.astimezone(zone_of(draft.shop)).date(),
        "follow_up_of_id": draft.follow_up_of,
        "created_at": at,
        "updated_at": at,
    }


def zone_of(shop: Shop | None) -> ZoneInfo:
    """Return the zone in which an item's days begin."""
    return shop.zone if shop else ZoneInfo(settings.TIME_ZONE)


def _rounds(drafts: Sequence[ItemDraft], indexes: Sequence[int]) -> list[list[int]]:
    """Return ``indexes`` in rounds that name no key twice, in key order and none larger than a statement may be."""
    rounds: list[list[int]] = []
    seen: dict[str, int] = defaultdict(int)
    for index in indexes:
        nth = seen[drafts[index].source_key]
        seen[drafts[index].source_key] += 1
        if nth == len(rounds):
            rounds.append([])
        rounds[nth].append(index)
    for whole in rounds:
        # Whoever writes the same keys at the same time waits for us at the first of them, and we never for him.
        whole.sort(key=lambda index: drafts[index].source_key)
    return [whole[start : start + CHUNK] for whole in rounds for start in range(0, len(whole), CHUNK)]


def _name_originals(later: dict[int, Row], rows: dict[int, Row], done: dict[int, Received | Refused]) -> None:
    """Name in rows that repeat others of the batch the numbers that those have now; without one, none repeats it."""
    ids = {
        rows[index]["source_key"]: answer.id
        for index, answer in done.items()
        if isinstance(answer, Received) and index in rows
    }
    for row in later.values():
        row["original_id"] = ids.get(row.pop("repeats"))
        if row["original_id"] is None:
            row["mark"], row["why"] = "", row["why"][1:]


def _receive(
    drafts: Sequence[ItemDraft], rows: dict[int, Row], days: Days, *, actor: Principal, at: datetime
) -> dict[int, Received | Refused]:
    """Insert what is new and hold the rest against what stands; add the days that figures must look at to ``days``."""
    index_of = {row["source_key"]: index for index, row in rows.items()}
    done: dict[int, Received | Refused] = {}
    waiting = dict(rows)
    while waiting:  # again only where an item was taken back between the two looks
        for pk, key in insert_rows(
            FeedbackItem,
            list(waiting.values()),
            on_conflict="(source_key) WHERE undone_at IS NULL DO NOTHING",
            returning=("id", "source_key"),
        ):
            row = waiting.pop(index_of[key])
            done[index_of[key]] = Received(pk, "created")
            days.add((row["shop_id"], row["received_on"]))
        keys = [row["source_key"] for row in waiting.values()]
        changed: list[Row] = []
        raised: list[FeedbackItem] = []
        for standing in _lock_standing(keys):
            index = index_of[standing.source_key]
            row = waiting.pop(index)
            done[index] = _hold_against(standing, drafts[index], row, changed, days)
            if row.pop("raises", False):
                raised.append(standing)
        if raised:
            move_all(raised, ItemStatus.NEW, table=ITEM_MOVES, actor=actor, at=at)
        _update(changed, WRITTEN, at=at)
    return done


def _lock_standing(keys: Sequence[str]) -> Sequence[FeedbackItem]:
    if not keys:
        return []
    found = FeedbackItem.objects.standing().filter(source_key__in=keys).order_by("source_key")
    return list(found.select_related("brand", "shop", "sku").select_for_update(no_key=True, of=("self",)))


def _hold_against(
    standing: FeedbackItem, draft: ItemDraft, row: Row, changed: list[Row], days: Days
) -> Received | Refused:
    """Return what the draft does to the item that stands, or OtherShop; what it changes goes to ``changed``."""
    if row["shop_id"] != standing.shop_id:
        return OtherShop(_("An item with this key belongs to another shop."))
    if draft.received_at is None:
        row["received_at"] = standing.received_at
        row["received_on"] = standing.received_at.astimezone(zone_of(draft.shop)).date()
    for name in LOOKED_UP:
        row[name] = row[name] or getattr(standing, name)
    if all(getattr(standing, name) == row[name] for name in CHANGEABLE):
        return Received(standing.pk, "unchanged")
    if row["mark"] == standing.mark == "duplicate":
        row["original_id"] = standing.original_id
    if classified_by_people(standing):
        row |= {name: getattr(standing, name) for name in SCREENED}
    elif standing.status == ItemStatus.NEW and row["status"] == ItemStatus.RECORDED:
        # What waits already waits on, until somebody has looked at it.
        row |= {name: getattr(standing, name) for name in ("waiting_since", "due_at")}
    else:
        row["raises"] = standing.status == ItemStatus.RECORDED and row["status"] == ItemStatus.NEW
    changed.append({"id": standing.pk, **{name: row[name] for name in WRITTEN}})
    days |= {(standing.shop_id, standing.received_on), (standing.shop_id, row["received_on"])}
    return Received(standing.pk, "updated", before=as_draft(standing))


def as_draft(item: FeedbackItem) -> ItemDraft:
    """Return what was said of an item, so that it can be said again."""
    return ItemDraft(
        source_key=item.source_key,
        text=item.text,
        channel=Channel(item.channel),
        brand_code=item.brand.code if item.brand else "",
        shop=item.shop,
        rating=item.rating,
        is_negative=item.is_negative,
        category=item.category,
        received_at=item.received_at,
        customer_id=item.customer_id,
        order_number=item.order_reference,
        sku_code=item.sku.code if item.sku else "",
        follow_up_of=item.follow_up_of_id,
    )


def _update(changed: Sequence[Row], columns: Sequence[str], *, at: datetime) -> None:
    if not changed:
        return
    sets = ", ".join(f"{name} = r.{name}" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {FeedbackItem._meta.db_table} i SET {sets}, updated_at = %s"
            f" FROM {recordset(FeedbackItem, ('id', *columns))} WHERE i.id = r.id",
            [at, as_json(changed)],
        )
