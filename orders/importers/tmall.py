"""``orders.tmall_report``: the Tmall report of seven columns; orders with totals only, no lines and no stock."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from ops_portal.intake.kinds import Column, Options, RowRefused
from ops_portal.intake.tables import missing
from orders.drafts import BuyerDraft, OrderDraft
from orders.importers.cells import ZERO, amount_in, order_number_in, time_in
from orders.importers.writing import OrderKind, OrderTable
from orders.operations.facts import made_ready

COLUMNS = (
    Column("platform_number", ("订单编号", "订单号"), required=True),
    Column("total", ("总金额",), required=True),
    Column("net_paid", ("买家实际支付金额", "买家实付金额")),
    Column("address", ("收货地址",), personal=True),
    Column("placed_at", ("订单创建时间",), required=True),
    Column("paid_at", ("订单付款时间",), required=True),
    Column("refund_amount", ("退款金额",), required=True),
)


# The name of a province, a region or a city that is one, as an address begins.
PROVINCE = re.compile(r".{2,8}?(?:省|自治区|特别行政区)|(?:北京|上海|天津|重庆)市?")
LONGEST_NAME = 10


def province_of(address: str) -> str:
    """Return the province with which an address begins; the rest of it is the buyer's and not for reports."""
    text = address.strip()
    if found := PROVINCE.match(text):
        return found.group()
    word = text.partition(" ")[0]
    return word if len(word) <= LONGEST_NAME and not any(character.isdigit() for character in word) else ""


class TmallTable(OrderTable):
    """A report in which what the buyer paid is net of refund: total − refund.

    It is checked in orders that are paid, not counted again; a report without the column is taken as it is.
    """

    def read(self, cells: tuple[str, ...], number: int) -> Any:
        order_number, total_text, net_text, address, placed, paid, refund_text = cells[:7]
        platform_number = order_number_in(order_number)
        total = amount_in(total_text, "total")
        placed_at = time_in(placed, self.zone, serials=self.serials)
        if total is None:
            raise missing("total")
        if placed_at is None:
            raise missing("placed_at")
        paid_at = time_in(paid, self.zone, serials=self.serials)
        refund = amount_in(refund_text, "refund_amount") or ZERO
        net = amount_in(net_text, "net_paid")
        if paid_at is not None and net is not None and net != total - refund:
            detail = _("The buyer paid %(net)s, but total − refund is %(due)s.")
            raise RowRefused("amounts_differ", detail, net=str(net), due=str(total - refund))
        draft = OrderDraft(
            shop=self.shop,
            platform_number=platform_number,
            placed_at=placed_at,
            paid_at=paid_at,
            buyer=BuyerDraft(province=province_of(address)),
            goods_amount=total,
            refund_amount=refund,
            fate="recorded",
        )
        return made_ready(draft)


class TmallReport(OrderKind):
    """Orders of a Tmall shop, as its report of seven columns has them."""

    code = "orders.tmall_report"
    label = _("Tmall order report (7 columns)")
    columns = COLUMNS
    chunk = 4_000

    def open(self, path: Path, options: Options) -> TmallTable:
        return TmallTable(path, COLUMNS, options)
