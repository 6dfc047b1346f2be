"""Deliveries are announced, promised for a day, put off, cancelled, closed and reopened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from catalog.choices import INBOUND_MOVES, InboundSource, InboundStatus
from catalog.models import Brand, InboundDelivery, InboundLine, Sku, Warehouse
from catalog.operations.batches import TakenMeanwhile
from catalog.operations.deliveries import (
    OPEN,
    DeliveryClosed,
    ImplausibleUnits,
    check_units,
    delivered_sku,
    end_of,
    local_day,
    lock_deliveries,
    move_numbers,
    no_such_delivery,
    tell_brands,
)
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import insert_rows
from ops_portal.lib.states import illegal_move, move_all, move_record, record_moves

MOST_LINES: Final = 2_000
LONGEST_OWNER: Final = 40
LONGEST_NUMBER: Final = 120
YEARS: Final = timedelta(days=3 * 366)  # a day further away than that is a slip of the pen


class UnknownBrand(Refused):
    """The delivery is of a brand that does not exist."""

    code = "unknown_brand"


class UnknownWarehouse(Refused):
    """The delivery goes to a warehouse that does not exist."""

    code = "unknown_warehouse"


class ImplausibleDay(Refused):
    """The day lies years away."""

    code = "implausible_day"


class OwnerNeeded(Refused):
    """Somebody owns the goods: we, or a consignor, by a code of at most 40 characters."""

    code = "owner_needed"


class NumberTooLong(Refused):
    """The sender's number has more characters than are kept."""

    code = "number_too_long"


class DeliveryDiffers(Refused):
    """The sender's number came before, with other goods or for another day."""

    code = "delivery_differs"


@dataclass(frozen=True, slots=True)
class InboundDraft:
    """Goods of a brand that are to come to a warehouse. ``lines`` are (SKU code, units).

    The sender's number (``source_key``) again is the same delivery. ``is_order``: it was ordered, and waits for the
    supplier's promise; ``promised_on`` is then the day for which it is wanted.
    """

    brand_code: str
    warehouse_code: str
    goods_owner: str
    promised_on: date
    lines: tuple[tuple[str, int], ...]
    supplier: str = ""
    source: str = InboundSource.FORM.value
    source_key: str = ""
    tracking: str = ""
    note: str = ""
    is_order: bool = False


@dataclass(frozen=True, slots=True)
class PromiseDraft:
    """The day for which a delivery is promised now; an empty waybill leaves the one that is known."""

    number: str
    promised_on: date
    tracking: str = ""


@dataclass(slots=True)
class Surroundings:
    """What drafts speak of, as it stands."""

    brands: dict[str, Brand]
    warehouses: dict[str, Warehouse]
    skus: dict[str, Sku]

    @classmethod
    def of(cls, drafts: Sequence[InboundDraft]) -> Surroundings:
        """Look it up; three statements."""
        codes = {code for each in drafts for code, _units in each.lines}
        return cls(
            {each.code: each for each in Brand.objects.filter(code__in={d.brand_code for d in drafts})},
            {
                each.code: each
                for each in Warehouse.objects.filter(code__in={d.warehouse_code for d in drafts})
            },
            {each.code: each for each in Sku.objects.filter(code__in=codes).select_related("product")},
        )


@operation
def announce_deliveries(
    drafts: Sequence[InboundDraft], *, actor: Principal, at: datetime
) -> Outcome[InboundDelivery]:
    """Write down what is to come in. A sender's number that came before is answered with the delivery that stands.

    Refuses UnknownBrand, UnknownWarehouse, UnknownSku, OtherBrand, BundleIsNotDelivered, ImplausibleUnits,
    ImplausibleDay, OwnerNeeded, NumberTooLong, DeliveryDiffers.
    """
    around = Surroundings.of(drafts)
    refused: dict[int, Refused] = {}
    lines: dict[int, dict[int, int]] = {}
    for index, draft in enumerate(drafts):
        try:
            lines[index] = lines_of(draft, around, at=at)
        except Refused as refusal:
            refused[index] = refusal
    first: dict[tuple[str, str], int] = {}
    for index in lines:
        if drafts[index].source_key:
            first.setdefault((drafts[index].brand_code, drafts[index].source_key), index)
    new = {
        index: delivery_of(drafts[index], around, at=at)
        for index in lines
        if not drafts[index].source_key or first[drafts[index].brand_code, drafts[index].source_key] == index
    }
    insert_new(new, drafts, lines, actor=actor, at=at)
    fresh = {index: delivery for index, delivery in new.items() if delivery.pk is not None}
    standing = find_standing([drafts[index] for index in lines if index not in fresh])
    done: dict[int, InboundDelivery] = dict(fresh)
    for index in lines:
        if index in fresh:
            continue
        delivery, said = standing.get((drafts[index].brand_code, drafts[index].source_key), (None, {}))
        if delivery is None:
            refused[index] = TakenMeanwhile(_("Another session wrote the same delivery. Please try again."))
        elif said == lines[index] and delivery.promised_on == drafts[index].promised_on:
            done[index] = delivery
        else:
            detail = _("%(key)s was announced before as %(number)s, otherwise; change it there.")
            refused[index] = DeliveryDiffers(detail, key=drafts[index].source_key, number=delivery.number)
    return Outcome([done[index] for index in sorted(done)], sorted(refused.items()))


def lines_of(draft: InboundDraft, around: Surroundings, *, at: datetime) -> dict[int, int]:
    """Return the units of a draft by SKU, those of a SKU that it names twice added up; refuse nonsense."""
    if draft.brand_code not in around.brands:
        raise UnknownBrand(_("There is no brand “%(brand)s”."), brand=draft.brand_code)
    if draft.warehouse_code not in around.warehouses:
        raise UnknownWarehouse(_("There is no warehouse “%(warehouse)s”."), warehouse=draft.warehouse_code)
    if not 1 <= len(draft.goods_owner.strip()) <= LONGEST_OWNER:
        raise OwnerNeeded(_("Say whose goods they are."))
    if len(draft.source_key) > LONGEST_NUMBER:
        detail = _("The sender's number has at most %(most)s characters.")
        raise NumberTooLong(detail, most=LONGEST_NUMBER)
    check_day(draft.promised_on, at=at)
    if len(draft.lines) > MOST_LINES or not (draft.lines or draft.source == InboundSource.UNANNOUNCED):
        detail = _("A delivery has 1 to %(most)s lines.")
        raise ImplausibleUnits(detail, most=MOST_LINES)
    found: dict[int, int] = {}
    for code, units in draft.lines:
        sku = delivered_sku(around.skus, code, around.brands[draft.brand_code])
        found[sku.pk] = found.get(sku.pk, 0) + units
        check_units(units, code)
        check_units(found[sku.pk], code)
    return found


def check_day(day: date, *, at: datetime) -> None:
    """Refuse a day that lies years away."""
    if abs(day - local_day(at)) > YEARS:
        raise ImplausibleDay(_("%(day)s lies years away."), day=day.isoformat())


def delivery_of(draft: InboundDraft, around: Surroundings, *, at: datetime) -> InboundDelivery:
    """Return the delivery that a draft announces."""
    return InboundDelivery(
        warehouse=around.warehouses[draft.warehouse_code],
        brand=around.brands[draft.brand_code],
        goods_owner=draft.goods_owner.strip(),
        supplier=draft.supplier.strip()[:120],
        status=InboundStatus.ORDERED if draft.is_order else InboundStatus.EXPECTED,
        source=draft.source,
        source_key=draft.source_key,
        tracking=draft.tracking.strip()[:120],
        note=draft.note.strip()[:500],
        promised_on=draft.promised_on,
        expected_on=draft.promised_on,
        due_at=end_of(draft.promised_on),
        created_at=at,
        updated_at=at,
    )


def insert_new(
    new: dict[int, InboundDelivery],
    drafts: Sequence[InboundDraft],
    lines: dict[int, dict[int, int]],
    *,
    actor: Principal,
    at: datetime,
) -> None:
    """Insert deliveries with their lines; one whose sender's number stands already is left without an id."""
    if not new:
        return
    for delivery, number in zip(new.values(), next_numbers("IN", len(new)), strict=True):
        delivery.number = number
    columns = [field.attname for field in InboundDelivery._meta.concrete_fields if field.attname != "id"]
    # In one sequence whatever the batch, so that two that meet wait for each other in turn.
    in_sequence = sorted(new.values(), key=lambda each: (each.brand.code, each.source_key))
    rows = [{column: getattr(delivery, column) for column in columns} for delivery in in_sequence]
    conflict = "(brand_id, source_key) WHERE NOT source_key = '' AND NOT status = 'cancelled' DO NOTHING"
    written: dict[str, int] = dict(
        insert_rows(InboundDelivery, rows, on_conflict=conflict, returning=("number", "id"))
    )
    for delivery in new.values():
        delivery.pk = written.get(delivery.number)
    fresh = {index: delivery for index, delivery in new.items() if delivery.pk is not None}
    insert_rows(
        InboundLine,
        [
            {"delivery_id": delivery.pk, "position": position, "sku_id": sku_id, "promised": units}
            for index, delivery in fresh.items()
            for position, (sku_id, units) in enumerate(lines[index].items(), start=1)
        ],
    )
    record_moves(
        [
            move_record(INBOUND_MOVES.kind, each.number, "", str(each.status), actor=actor, at=at)
            for each in fresh.values()
        ]
    )
    for word in ("ordered", "expected"):
        tell_brands([each for each in fresh.values() if each.status == word], word, actor=actor, at=at)


def find_standing(
    drafts: Iterable[InboundDraft],
) -> dict[tuple[str, str], tuple[InboundDelivery, dict[int, int]]]:
    """Return, by brand and sender's number, the deliveries that stand, each with what it promised."""
    keys = {draft.source_key for draft in drafts}
    if not keys:
        return {}
    found = (
        InboundDelivery.objects.filter(source_key__in=keys)
        .exclude(status=InboundStatus.CANCELLED)
        .select_related("brand", "warehouse")
        .prefetch_related("lines")
    )
    return {
        (each.brand.code, each.source_key): (
            each,
            {line.sku_id: line.promised for line in each.lines.all() if line.promised},
        )
        for each in found
    }


@operation
def promise_deliveries(
    drafts: Sequence[PromiseDraft], *, actor: Principal, at: datetime
) -> Outcome[InboundDelivery]:
    """Promise deliveries for a day. The first promise stays on record; later ones only move what is expected.

    Refuses NoSuchDelivery, ImplausibleDay, DeliveryClosed, RoleMayNotMove.
    """
    locked = lock_deliveries({draft.number for draft in drafts})
    outcome: Outcome[InboundDelivery] = Outcome()
    changed: dict[int, InboundDelivery] = {}
    for index, draft in enumerate(drafts):
        try:
            delivery = locked.get(draft.number)
            if delivery is None:
                raise no_such_delivery(draft.number)
            if delivery.status not in OPEN:
                raise DeliveryClosed(str(illegal_move(delivery, InboundStatus.EXPECTED)))
            check_day(draft.promised_on, at=at)
            if delivery.status == InboundStatus.ORDERED:
                move_all([delivery], InboundStatus.EXPECTED, table=INBOUND_MOVES, actor=actor, at=at).one()
                delivery.promised_on = draft.promised_on
                changed[delivery.pk] = delivery
            tracking = draft.tracking.strip()[:120] or delivery.tracking
            if (delivery.expected_on, delivery.tracking) != (draft.promised_on, tracking):
                delivery.expected_on, delivery.tracking = draft.promised_on, tracking
                delivery.due_at = end_of(draft.promised_on)
                changed[delivery.pk] = delivery
            outcome.done.append(delivery)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    for delivery in changed.values():
        delivery.updated_at = at
    fields = ("promised_on", "expected_on", "due_at", "tracking", "updated_at")
    InboundDelivery.objects.bulk_update(changed.values(), fields)
    tell_brands(list(changed.values()), "promised", actor=actor, at=at)
    return outcome


@operation
def cancel_deliveries(
    numbers: Sequence[str], *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[InboundDelivery]:
    """Cancel deliveries of which nothing has come. Refuses NoSuchDelivery, IllegalMove, RoleMayNotMove."""
    outcome = move_numbers(numbers, InboundStatus.CANCELLED, actor=actor, at=at, reason=reason)
    tell_brands(outcome.done, "cancelled", actor=actor, at=at)
    return outcome


@operation
def reopen_deliveries(
    numbers: Sequence[str], *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[InboundDelivery]:
    """Open closed deliveries again, since more came. Refuses NoSuchDelivery, IllegalMove, RoleMayNotMove."""
    outcome = move_numbers(
        numbers, InboundStatus.RECEIVING, actor=actor, at=at, reason=reason, only=InboundStatus.RECEIVED
    )
    InboundDelivery.objects.filter(pk__in=[each.pk for each in outcome.done]).update(closed_at=None)
    for delivery in outcome.done:
        delivery.closed_at = None
    tell_brands(outcome.done, "reopened", actor=actor, at=at)
    return outcome
