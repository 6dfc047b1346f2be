"""Orders that a brand ships from its own warehouse (一件代發): the parcel as the brand tells of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from orders.choices import carrier_code
from orders.drafts import ShipmentDraft
from orders.models import Order, Shipment
from orders.operations.moving import WaybillTaken, as_kept, lock_orders, ship_in_turns


class FloorShips(Refused):
    """The units lie in a warehouse of ours: our floor ships them, no brand."""

    code = "floor_ships"


class AlreadyShipped(Refused):
    """The order left in another parcel. ``carrier`` and ``waybill_number`` are those of the one that stands."""

    code = "already_shipped"


@dataclass(frozen=True, slots=True)
class Shipped:
    """The parcel of an order; ``is_new`` where this call made it."""

    parcel: Shipment
    number: str
    is_new: bool


def on_our_floor(order: Order) -> Refused | None:
    """Refuse to let a brand ship what our floor does."""
    if order.warehouse is None or order.warehouse.brand_id is None:
        detail = _("%(number)s lies in no warehouse of a brand; our floor ships it.")
        return FloorShips(detail, number=order.number)
    return None


@operation
def ship_from_brands(drafts: Sequence[ShipmentDraft], *, actor: Principal, at: datetime) -> Outcome[Shipped]:
    """Ship reviewed orders out of brands' own warehouses, under the waybills that the brands give.

    The same parcel told again is answered as it stands. Refuses NoSuchOrder, FloorShips, AlreadyShipped, IllegalMove,
    NotPaid, RefundUnderWay, WaybillTaken.
    """
    orders = lock_orders(draft.order_id for draft in drafts)
    left = parcels_of(orders)
    kept = [as_kept(draft) for draft in drafts]
    waiting = [index for index, draft in enumerate(kept) if draft.order_id not in left]
    shipped = ship_in_turns([kept[index] for index in waiting], elsewhere=on_our_floor, actor=actor, at=at)
    refused = {waiting[place]: refusal for place, refusal in shipped.refused}
    going = (index for index in waiting if index not in refused)
    new = dict(zip(going, shipped.done, strict=True))
    left |= {parcel.order_id: [parcel] for parcel in shipped.done}
    outcome: Outcome[Shipped] = Outcome()
    for index, draft in enumerate(kept):
        if index in new:
            outcome.done.append(Shipped(new[index], new[index].order.number, is_new=True))
        elif draft.order_id in left and not (index in refused and isinstance(refused[index], WaybillTaken)):
            said = standing(draft, left[draft.order_id], orders[draft.order_id].number)
            if isinstance(said, Shipped):
                outcome.done.append(said)
            else:
                outcome.refused.append((index, said))
        else:
            outcome.refused.append((index, refused[index]))
    return outcome


def parcels_of(order_ids: Collection[int]) -> dict[int, list[Shipment]]:
    """Return the parcels of orders, the first first."""
    found: dict[int, list[Shipment]] = defaultdict(list)
    for parcel in Shipment.objects.filter(order__in=order_ids).order_by("pk"):
        found[parcel.order_id].append(parcel)
    return dict(found)


def standing(draft: ShipmentDraft, parcels: Sequence[Shipment], number: str) -> Shipped | AlreadyShipped:
    """Return the parcel that a draft tells of again, or that it tells of another one than stands."""
    for parcel in parcels:
        if (carrier_code(parcel.carrier), parcel.waybill_number) == (draft.carrier, draft.waybill_number):
            return Shipped(parcel, number, is_new=False)
    first = parcels[0]
    detail = _("%(number)s has left already: %(carrier)s %(waybill_number)s. Ask us to have it corrected.")
    return AlreadyShipped(
        detail, number=number, carrier=first.carrier_label, waybill_number=first.waybill_number
    )
