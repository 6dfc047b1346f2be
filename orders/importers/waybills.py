"""``orders.brand_waybills``: under which waybills brands shipped orders from their own warehouses, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.visibility import Scope
from ops_portal.intake.granted import scope_of_actor
from ops_portal.intake.kinds import Change, Column, ImportKind, Options, Record, RowRefused, Undone, Written
from ops_portal.intake.reading import bare_id
from ops_portal.intake.tables import TableSource, missing, too_long
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused, UsedSince
from orders.drafts import ShipmentDraft
from orders.importers.cells import fitting, order_number_in
from orders.models import Order
from orders.operations.brand_shipping import ship_from_brands

# The personal columns are those of our own list, which comes back filled in: they are read by nobody and kept nowhere.
COLUMNS: Final = (
    Column(
        "number",
        ("Order number", "订单号", "系统订单号", "内部订单号", "訂單號", "系統訂單號", "內部訂單號"),
        required=True,
    ),
    Column("carrier", ("物流公司", "快递公司", "承运商", "快遞公司", "承運商"), required=True),
    Column(
        "waybill_number",
        ("Waybill number", "运单号", "快递单号", "物流单号", "運單號", "快遞單號", "物流單號"),
        required=True,
    ),
    Column("recipient", ("收件人", "收货人", "收貨人"), personal=True),
    Column(
        "phone",
        ("Recipient's phone", "收件人电话", "手机", "联系电话", "收件人電話", "手機", "聯絡電話"),
        personal=True,
    ),
    Column("district", ("区县", "區縣"), personal=True),
    Column("address", ("Delivery address", "收货地址", "详细地址", "收貨地址", "詳細地址"), personal=True),
)
SHIPMENT: Final = "shipment"


@dataclass(frozen=True, slots=True)
class Waybill:
    """What a row says: the order by our number, else by the platform's."""

    number: str
    carrier: str
    waybill_number: str


class WaybillTable(TableSource):
    """A table of parcels. Rows that were not filled in yet are left out with that reason."""

    def __init__(self, path: Path, options: Options) -> None:
        super().__init__(path, COLUMNS, options)

    def read(self, cells: tuple[str, ...], number: int) -> Waybill:
        order = order_number_in(cells[0], "number")
        carrier, waybill = fitting(cells[1], "carrier", 40), bare_id(cells[2])
        if not carrier:
            raise missing("carrier")
        if not waybill:
            raise missing("waybill_number")
        if len(waybill) > 60:
            raise too_long("waybill_number", 60)
        return Waybill(order, carrier, waybill)

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        written = Written()
        said: list[Waybill] = [record.draft for record in records]
        ids = ids_of({each.number for each in said}, scope_of_actor(actor))
        known: list[int] = []
        drafts: list[ShipmentDraft] = []
        for index, each in enumerate(said):
            found = ids.get(each.number, no_such_order(each.number))
            if isinstance(found, Refused):
                written.refused.append((index, found))
            else:
                known.append(index)
                drafts.append(ShipmentDraft(found, each.carrier, each.waybill_number))
        outcome = ship_from_brands(drafts, actor=actor, at=at)
        refused = dict(outcome.refused)
        written.refused += [(known[place], refusal) for place, refusal in outcome.refused]
        written.refused.sort(key=lambda pair: pair[0])
        going = (index for place, index in enumerate(known) if place not in refused)
        for index, shipped in zip(going, outcome.done, strict=True):
            if shipped.is_new:
                written.created += 1
                written.changes.append(
                    Change(SHIPMENT, shipped.parcel.pk, "created", records[index].first_row)
                )
            else:
                written.unchanged += 1
        return written


def no_such_order(number: str) -> Refused:
    """Return the refusal of a row whose order nobody knows."""
    return RowRefused("no_such_order", _("There is no order %(number)s."), number=number)


def ids_of(numbers: set[str], scope: Scope) -> dict[str, int | Refused]:
    """Return the ids of one's own orders by the numbers that a file gives, or why one is unclear: one statement."""
    ours = {number.upper(): number for number in numbers}
    orders = Order.objects.filter(undone_at__isnull=True)
    if not scope.all:
        orders = orders.filter(shop__code__in=scope.shops)
    by_ours, by_theirs = orders.filter(number__in=ours), orders.filter(platform_number__in=numbers)
    found: dict[str, int | Refused] = {}
    rows = by_ours.union(by_theirs).values_list("pk", "number", "platform_number")
    for pk, number, platform_number in rows:
        for name in {ours.get(number, ""), platform_number} & numbers:
            if found.setdefault(name, int(pk)) != pk:
                detail = _("Several orders are called %(number)s; name this one by our own number.")
                found[name] = RowRefused("order_unclear", detail, number=name)
    return found


class BrandWaybills(ImportKind):
    """The parcels of orders that brands ship."""

    code = "orders.brand_waybills"
    label = _("Waybills of orders that brands ship from their own warehouses")
    columns = COLUMNS
    permission = "orders.ship_order"

    def open(self, path: Path, options: Options) -> WaybillTable:
        return WaybillTable(path, options)

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        """Take nothing back: what a brand has handed to a carrier is on its way."""
        return [UsedSince(_("The parcel has left; cancel its order instead.")) for _change in changes]
