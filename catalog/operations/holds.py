"""Units set aside until a moment: for a shop's activity, whose own orders take theirs from them, or for us."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext_lazy as _

from catalog.choices import HOLD_MOVES, HOLDERS, HoldStatus, ReservationStatus
from catalog.models import Channel, Reservation, Sku, StockHold, StockHoldLine, Warehouse
from catalog.operations.ledger import Entry, announce_arrivals, lock_stock, post_movements
from catalog.operations.promised import RELEASE
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_for_new
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import move_all, move_record, record_moves

HOLD_KIND: Final = HOLD_MOVES.kind
LONGEST_REASON: Final = 200
LONGEST: Final = timedelta(days=3 * 366)  # a moment further away than that is a slip of the pen
AT_ONCE: Final = 200  # holds that one sweep lets go in one transaction
HELD: Final = HoldStatus.HELD


class HoldIncomplete(Refused):
    """A hold names no SKU, one twice, no units, no reason, or no moment to come."""

    code = "hold_incomplete"
    status_code = 422


class UnknownPlace(Refused):
    """There is no such warehouse, shop or SKU."""

    code = "unknown_place"
    status_code = 422


class HoldIsOver(Refused):
    """The hold was released, used up or has expired."""

    code = "hold_is_over"


class RoleMayNotHold(Refused):
    """None of the actor's roles sets units aside."""

    code = "role_may_not_hold"


class NoSuchHold(Refused):
    """There is no hold of this number."""

    code = "no_such_hold"
    status_code = 404


@dataclass(frozen=True, slots=True)
class HoldDraft:
    """Units by SKU code to set aside in a warehouse until ``expires_at``; ``channel_code`` empty: for no shop."""

    warehouse_code: str
    lines: tuple[tuple[str, int], ...]
    reason: str
    expires_at: datetime
    channel_code: str = ""


@dataclass(frozen=True, slots=True)
class ExtendDraft:
    """Until when a hold shall stand instead."""

    number: str
    expires_at: datetime


@operation
def place_holds(drafts: Sequence[HoldDraft], *, actor: Principal, at: datetime) -> Outcome[StockHold]:
    """Set units aside, each hold whole or not at all, as orders take them: consigned first, first-expired-first.

    Refuses RoleMayNotHold, HoldIncomplete, UnknownPlace, OutOfStock (naming every SKU that is short).
    """
    outcome: Outcome[StockHold] = Outcome()
    known = Known.of(drafts)
    fit: list[tuple[int, StockHold, list[StockHoldLine]]] = []
    for index, draft in enumerate(drafts):
        try:
            fit.append((index, *known.checked(draft, actor=actor, at=at)))
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    for number, (_index, hold, _lines) in zip(next_numbers("SH", len(fit)), fit, strict=True):
        hold.number = number
    requests = [request_of(hold, lines) for _index, hold, lines in fit]
    short = dict(reserve_for_new(requests, actor=actor, at=at).refused)
    outcome.refused += [(fit[position][0], refusal) for position, refusal in short.items()]
    outcome.refused.sort(key=lambda pair: pair[0])
    kept = [each for position, each in enumerate(fit) if position not in short]
    outcome.done = StockHold.objects.bulk_create([hold for _index, hold, _lines in kept])
    StockHoldLine.objects.bulk_create([line for _index, _hold, lines in kept for line in lines])
    record_moves(
        [move_record(HOLD_KIND, hold.number, "", HELD.value, actor=actor, at=at) for hold in outcome.done]
    )
    return outcome


@dataclass(frozen=True, slots=True)
class Known:
    """What the drafts name, by code."""

    warehouses: dict[str, Warehouse]
    channels: dict[str, Channel]
    skus: dict[str, Sku]

    @classmethod
    def of(cls, drafts: Sequence[HoldDraft]) -> Known:
        """Read it: three statements at most."""
        skus = {code for draft in drafts for code, _units in draft.lines}
        return cls(
            {
                each.code: each
                for each in Warehouse.objects.filter(code__in={draft.warehouse_code for draft in drafts})
            },
            {
                each.code: each
                for each in Channel.objects.filter(code__in={draft.channel_code for draft in drafts} - {""})
            },
            {each.code: each for each in Sku.objects.filter(code__in=skus)},
        )

    def checked(
        self, draft: HoldDraft, *, actor: Principal, at: datetime
    ) -> tuple[StockHold, list[StockHoldLine]]:
        """Return a hold with its lines, yet without a number. Refuses what ``place_holds`` does but OutOfStock."""
        if not actor.may(HOLDERS):
            raise RoleMayNotHold(_("Your role doesn't set stock aside."))
        codes = [code for code, _units in draft.lines]
        if not codes or len(set(codes)) < len(codes) or any(units < 1 for _code, units in draft.lines):
            raise HoldIncomplete(_("A hold names each SKU once, with at least one unit."))
        reason = draft.reason.strip()[:LONGEST_REASON]
        if not reason:
            raise HoldIncomplete(_("Say what the units are held for."))
        check_end(draft.expires_at, at=at)
        if draft.warehouse_code not in self.warehouses:
            raise UnknownPlace(_("There is no warehouse %(code)s."), code=draft.warehouse_code)
        if draft.channel_code and draft.channel_code not in self.channels:
            raise UnknownPlace(_("There is no shop %(code)s."), code=draft.channel_code)
        for code in codes:
            if code not in self.skus:
                raise UnknownPlace(_("There is no SKU %(sku)s."), sku=code)
            if self.skus[code].is_bundle:
                raise UnknownPlace(_("%(sku)s is a bundle; hold its components."), sku=code)
        hold = StockHold(
            warehouse=self.warehouses[draft.warehouse_code],
            channel=self.channels.get(draft.channel_code),
            reason=reason,
            expires_at=draft.expires_at,
            status=HELD,
            created_at=at,
            updated_at=at,
        )
        lines = [
            StockHoldLine(hold=hold, position=position, sku=self.skus[code], units=units)
            for position, (code, units) in enumerate(draft.lines, start=1)
        ]
        return hold, lines


def check_end(moment: datetime, *, at: datetime) -> None:
    """Refuse HoldIncomplete for a moment that was, or that lies years away."""
    if moment <= at:
        raise HoldIncomplete(_("A hold ends at a moment to come."))
    if moment - at > LONGEST:
        raise HoldIncomplete(_("A hold ends within three years."))


def request_of(hold: StockHold, lines: Sequence[StockHoldLine]) -> ReservationRequest:
    """Return what a hold asks of the stock ledger."""
    items = tuple(ReservationItem(line.position, line.sku_id, line.units) for line in lines)
    return ReservationRequest(HOLD_KIND, hold.number, (hold.warehouse_id,), items)


def lock_holds(numbers: Collection[str]) -> dict[str, StockHold]:
    """Lock holds in primary-key order and return them by number."""
    locked = StockHold.objects.filter(number__in=set(numbers)).order_by("pk")
    return {hold.number: hold for hold in locked.select_for_update(no_key=True, of=("self",))}


def settle(
    numbers: Sequence[str],
    to: HoldStatus,
    *,
    is_due: Callable[[StockHold], bool] = lambda hold: True,
    actor: Principal,
    at: datetime,
    reason: str = "",
) -> Outcome[StockHold]:
    """Give back what holds still keep and move them. Refuses NoSuchHold, and what ``move_all`` refuses.

    Locks the holds, their lines (from which orders take), what is reserved for them, then the stock.
    """
    outcome: Outcome[StockHold] = Outcome()
    locked = lock_holds(numbers)
    found: list[tuple[int, StockHold]] = []
    for index, number in enumerate(numbers):
        hold = locked.get(number)
        if hold is None:
            outcome.refused.append((index, NoSuchHold(_("There is no hold %(number)s."), number=number)))
        elif is_due(hold):
            found.append((index, hold))
    moved = move_all(
        [hold for _index, hold in found], to, table=HOLD_MOVES, actor=actor, at=at, reason=reason
    )
    outcome.done = moved.done
    outcome.refused += [(found[position][0], refusal) for position, refusal in moved.refused]
    outcome.refused.sort(key=lambda pair: pair[0])
    give_back(moved.done, actor=actor, at=at)
    return outcome


def give_back(holds: Sequence[StockHold], *, actor: Principal, at: datetime) -> None:
    """Release what locked holds still keep, and say that it arrived."""
    if not holds:
        return
    lines = StockHoldLine.objects.filter(hold__in=holds).order_by("pk")
    list(lines.select_for_update(no_key=True, of=("self",)))
    kept = list(
        Reservation.objects.filter(
            document_kind=HOLD_KIND,
            document_number__in=[hold.number for hold in holds],
            status=ReservationStatus.HELD,
        )
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    lock_stock({each.stock_id for each in kept})
    announce_arrivals(release(kept, actor=actor, at=at), actor=actor, at=at)


def release(kept: Collection[Reservation], *, actor: Principal, at: datetime) -> list[Entry]:
    """Post what was reserved as available again, under the locks of the reservations and of their stock."""
    Reservation.objects.filter(pk__in=[each.pk for each in kept]).update(
        status=ReservationStatus.RELEASED, updated_at=at
    )
    entries = [
        Entry(
            stock_id=each.stock_id,
            batch_id=each.batch_id,
            units=each.units,
            from_state=RELEASE.from_state.value,
            to_state=RELEASE.to_state.value,
            document_kind=each.document_kind,
            document_number=each.document_number,
            key=f"reservation:{each.pk}:{RELEASE.after}",
        )
        for each in kept
    ]
    post_movements(entries, actor=actor, at=at)
    return entries


@operation
def release_holds(
    numbers: Sequence[str], *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[StockHold]:
    """Give back what holds still keep, before their time. Refuses NoSuchHold, IllegalMove, RoleMayNotMove."""
    return settle(numbers, HoldStatus.RELEASED, actor=actor, at=at, reason=reason)


@operation
def extend_holds(drafts: Sequence[ExtendDraft], *, actor: Principal, at: datetime) -> Outcome[StockHold]:
    """Let holds that stand end at another moment to come.

    Refuses RoleMayNotHold, NoSuchHold, HoldIsOver, HoldIncomplete.
    """
    outcome: Outcome[StockHold] = Outcome()
    locked = lock_holds([draft.number for draft in drafts])
    for index, draft in enumerate(drafts):
        hold = locked.get(draft.number)
        try:
            if not actor.may(HOLDERS):
                raise RoleMayNotHold(_("Your role doesn't set stock aside."))
            if hold is None:
                raise NoSuchHold(_("There is no hold %(number)s."), number=draft.number)
            if hold.status != HELD or hold.expires_at <= at:
                raise HoldIsOver(_("%(number)s is over; hold the units anew."), number=hold.number)
            check_end(draft.expires_at, at=at)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
        else:
            hold.expires_at, hold.updated_at = draft.expires_at, at
            outcome.done.append(hold)
    StockHold.objects.bulk_update(outcome.done, ["expires_at", "updated_at"])
    return outcome


@operation
def end_holds(*, actor: Principal, at: datetime) -> int:
    """Let holds go whose time is over, and close those of which nothing is left; return how many that were.

    At most ``AT_ONCE`` of each. Each hold ends once, however many sweeps run at the same time.
    """
    over = StockHold.objects.filter(status=HELD, expires_at__lte=at).order_by("expires_at", "pk")
    numbers = list(over.values_list("number", flat=True)[:AT_ONCE])
    expired = settle(
        numbers, HoldStatus.EXPIRED, is_due=lambda hold: is_over(hold, at), actor=actor, at=at
    ).done
    left = StockHoldLine.objects.filter(hold=OuterRef("pk"), drawn__lt=F("units"))
    empty = StockHold.objects.filter(status=HELD).exclude(Exists(left)).order_by("pk")
    numbers = list(empty.values_list("number", flat=True)[:AT_ONCE])
    used = settle(numbers, HoldStatus.USED, is_due=lambda hold: hold.status == HELD, actor=actor, at=at).done
    return len(expired) + len(used)


def is_over(hold: StockHold, at: datetime) -> bool:
    """Tell whether a hold stands though its time is over."""
    return hold.status == HELD and hold.expires_at <= at
