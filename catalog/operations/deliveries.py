"""What the verbs of inbound deliveries share: their locks, moves, and telling the brands what became of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.choices import INBOUND_MOVES, InboundStatus
from catalog.models import Brand, InboundDelivery, InboundLine, Sku
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import illegal_move, move_all
from ops_portal.outbox.drafts import EventDraft
from ops_portal.outbox.operations import recording as outbox

MOST_UNITS: Final = 9_999_999
OPEN: Final = frozenset({InboundStatus.ORDERED, InboundStatus.EXPECTED, InboundStatus.RECEIVING})


class NoSuchDelivery(Refused):
    """There is no delivery of this number."""

    code = "no_such_delivery"
    status_code = 404


class UnknownSku(Refused):
    """The delivery brings what the catalogue does not know."""

    code = "unknown_sku"


class OtherBrand(Refused):
    """The SKU is not one of the brand of the delivery."""

    code = "other_brand"


class BundleIsNotDelivered(Refused):
    """A bundle stands for its components, which are delivered."""

    code = "bundle_is_not_delivered"


class ImplausibleUnits(Refused):
    """A line has no units, or more than anybody delivers; or there are more lines than a delivery has."""

    code = "implausible_units"


class DeliveryClosed(Refused):
    """The delivery is over."""

    code = "delivery_closed"


def local_day(at: datetime) -> date:
    """Return the day that it is in the house."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def end_of(day: date) -> datetime:
    """Return the end of a day in the house: up to then what is expected on it is not late."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(settings.TIME_ZONE))


def lock_deliveries(numbers: Collection[str]) -> dict[str, InboundDelivery]:
    """Lock deliveries in primary-key order; return them by number, each with its brand and warehouse."""
    found = InboundDelivery.objects.filter(number__in=numbers).select_related("brand", "warehouse")
    return {each.number: each for each in found.order_by("pk").select_for_update(no_key=True, of=("self",))}


def no_such_delivery(number: str) -> NoSuchDelivery:
    """Return the refusal of a number that no delivery has."""
    return NoSuchDelivery(_("There is no delivery %(number)s."), number=number[:40])


def delivered_sku(skus: dict[str, Sku], code: str, brand: Brand) -> Sku:
    """Return a SKU that a delivery of the brand may bring."""
    sku = skus.get(code)
    if sku is None:
        raise UnknownSku(_("The catalogue does not know the SKU “%(sku)s”."), sku=code)
    if sku.product.brand_id != brand.pk:
        detail = _("%(sku)s is not a SKU of the brand “%(brand)s”; it comes with a delivery of its own.")
        raise OtherBrand(detail, sku=code, brand=brand.name)
    if sku.is_bundle:
        detail = _("%(sku)s is a bundle; its components are delivered.")
        raise BundleIsNotDelivered(detail, sku=code)
    return sku


def check_units(units: int, code: str) -> None:
    """Refuse units that nobody delivers."""
    if not 1 <= units <= MOST_UNITS:
        detail = _("%(sku)s: a line has 1 to %(most)s units.")
        raise ImplausibleUnits(detail, sku=code, most=MOST_UNITS)


def move_numbers(
    numbers: Sequence[str],
    to: InboundStatus,
    *,
    actor: Principal,
    at: datetime,
    reason: str,
    only: InboundStatus | None = None,
) -> Outcome[InboundDelivery]:
    """Lock deliveries and move them; ``only`` from one state, where the table has several ways to ``to``."""
    locked = lock_deliveries(set(numbers))
    refused: list[tuple[int, Refused]] = []
    places: list[int] = []
    for index, number in enumerate(numbers):
        if number not in locked:
            refused.append((index, no_such_delivery(number)))
        elif only is not None and locked[number].status != only:
            refused.append((index, illegal_move(locked[number], to)))
        else:
            places.append(index)
    moved = move_all(
        [locked[numbers[place]] for place in places],
        to,
        table=INBOUND_MOVES,
        actor=actor,
        at=at,
        reason=reason.strip()[:500],
    )
    refused += [(places[place], refusal) for place, refusal in moved.refused]
    return Outcome(moved.done, sorted(refused, key=lambda pair: pair[0]))


def tell_brands(deliveries: Sequence[InboundDelivery], word: str, *, actor: Principal, at: datetime) -> None:
    """Tell the partners of the brands what became of deliveries: promised against received, SKU by SKU."""
    if not deliveries:
        return
    lines: dict[int, list[dict[str, Any]]] = {each.pk: [] for each in deliveries}
    rows = InboundLine.objects.filter(delivery__in=lines).order_by("delivery", "position")
    for of, sku, promised, received, damaged in rows.values_list(
        "delivery", "sku__code", "promised", "received", "damaged"
    ):
        lines[of].append({"sku": sku, "promised": promised, "received": received, "damaged": damaged})
    outbox.record(
        [
            EventDraft(
                kind=f"inbound.{word}",
                object_kind=INBOUND_MOVES.kind,
                object_number=each.number,
                brands=frozenset({each.brand.code}),
                facts={
                    "status": str(each.status),
                    "source_key": each.source_key,
                    "warehouse": each.warehouse.code,
                    "promised_on": each.promised_on.isoformat(),
                    "expected_on": each.expected_on.isoformat(),
                    "arrived_on": each.arrived_on.isoformat() if each.arrived_on else None,
                    "lines": lines[each.pk],
                },
            )
            for each in deliveries
        ],
        actor=actor,
        at=at,
    )
