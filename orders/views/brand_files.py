"""The list for a brand without a program of its own: what to send to whom, with the columns of the parcel blank."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Final

from django.utils.translation import gettext as _
from openpyxl import Workbook

from ops_portal.intake.reading import harmless
from orders.api.brand_shipping import recipient_of
from orders.models import Order, OrderLine

CSV, XLSX = "csv", "xlsx"
TYPES: Final = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")


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


def file_of(orders: Sequence[Order], kind: str) -> bytes:
    """Return the list as CSV that Excel opens rightly, or as a workbook; neither does anything when it is opened."""
    table = [[harmless(UNPRINTABLE.sub("", cell)) for cell in row] for row in (headings(), *rows_of(orders))]
    if kind == CSV:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(table)
        return ("\ufeff" + text.getvalue()).encode()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("orders")
    sheet.freeze_panes = "A2"
    for row in table:
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()
