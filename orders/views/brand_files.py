"""The list for a brand without a program of its own: what to send to whom, with the columns of the parcel blank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from ops_portal.intake.handing_out import as_csv
from ops_portal.intake.sheets import as_xlsx
from orders.api.brand_shipping import recipient_of
from orders.models import Order, OrderLine

CSV = "csv"
NAME, SHEET = "to-ship", "orders"


def headings() -> list[str]:
    """Return the headings in the reader's language; those that come back are known to ``orders.brand_waybills``."""
    return [
        _("Order number"), _("Platform number"), _("Shop"), _("Warehouse"), _("Goods"), _("Units"), _("Ship by"),
        _("Recipient"), _("Recipient's phone"), _("Province"), _("City"), _("District"), _("Delivery address"),
        _("Carrier"), _("Waybill number"),
    ]  # fmt: skip


def rows_of(orders: Sequence[Order]) -> Iterator[list[str]]:
    """Yield one row an order, without its carrier and waybill."""
    for order in orders:
        to, lines = recipient_of(order), list(order.lines.all())
        goods = "; ".join(map(packed, lines))
        due = order.ship_by.astimezone(order.shop.zone).strftime("%Y-%m-%d %H:%M") if order.ship_by else ""
        yield [
            order.number, order.platform_number, order.shop.name, str(order.warehouse or ""), goods,
            str(sum(line.units for line in lines)), due, to["name"], to["phone"], to["province"], to["city"],
            to["district"], to["address"], "", "",
        ]  # fmt: skip


def packed(line: OrderLine) -> str:
    """Return what of a line goes into the parcel, with what a bundle is made of."""
    parts = ", ".join(f"{part.sku.code} × {part.units}" for part in line.components.all())
    return f"{line.sku_code} × {line.units}" + (f" ({parts})" if parts else "")


def file_of(orders: Sequence[Order], kind: str) -> StreamingHttpResponse:
    """Answer with the list as CSV that Excel opens rightly, or as a workbook; neither does anything when opened."""
    if kind == CSV:
        return as_csv(NAME, headings(), rows_of(orders))
    return as_xlsx(NAME, SHEET, headings(), rows_of(orders))
