"""``orders.standard``: one row a line; the rows of one order follow each other."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from ops_portal.intake.kinds import Column, OneRowRefused, Options, Record, RowRefused
from ops_portal.intake.reading import as_units, bare_id
from ops_portal.intake.tables import fault_of, hidden_cell, missing, too_long, unreadable
from ops_portal.lib.refusals import Refused
from orders.choices import Bearer
from orders.drafts import BuyerDraft, DiscountDraft, LineDraft, OrderDraft
from orders.importers.cells import MOST, ZERO, amount_in, fitting, order_number_in, time_in
from orders.importers.writing import OrderKind, OrderTable
from orders.operations.facts import made_ready

COLUMNS = (
    Column("platform_number", ("订单编号", "订单号", "主订单编号", "訂單編號"), required=True),
    Column("placed_at", ("订单创建时间", "下单时间", "订单提交时间", "下單時間"), required=True),
    Column("paid_at", ("订单付款时间", "付款时间", "支付时间", "付款確認時間", "付款時間")),
    Column("buyer_id", ("买家会员名", "买家昵称", "买家ID"), personal=True),
    Column("buyer_name", ("收货人姓名", "收货人", "收件人", "收貨人"), personal=True),
    Column("buyer_phone", ("联系手机", "收货人手机", "手机", "联系电话", "手機"), personal=True),
    Column("province", ("省", "省份")),
    Column("city", ("市", "城市")),
    Column("district", ("区", "区县", "區"), personal=True),
    Column("address", ("收货地址", "详细地址", "收貨地址"), personal=True),
    Column("freight", ("买家应付邮费", "运费", "邮费", "運費")),
    Column("sku", ("商家编码", "SKU编码", "外部系统编号", "商品编码", "商家編碼"), required=True),
    Column("units", ("购买数量", "数量", "商品数量", "數量"), required=True),
    Column("unit_price", ("商品价格", "价格", "单价", "商品单价", "單價"), required=True),
    Column("platform_line_number", ("子订单编号", "子單號")),
    Column("discount", ("优惠金额", "折扣金额", "折扣")),
    Column("discount_bearer", ("优惠承担方",)),
    Column("paid_amount", ("买家实付金额", "实付金额", "买家实际支付金额", "實付金額")),
    Column("refund_amount", ("退款金额", "退款金額")),
    Column("title", ("商品标题", "宝贝标题", "标题", "商品名称", "標題")),
    Column("remark", ("商家备注", "订单备注", "备注", "備註")),
)

BEARERS: dict[str, str] = {
    **{bearer.value: bearer.value for bearer in Bearer},
    "店铺": "shop",
    "商家": "shop",
    "店鋪": "shop",
    "平台": "platform",
    "品牌": "brand",
    "达人": "influencer",
    "達人": "influencer",
    "支付机构": "payment_provider",
    "政府补贴": "subsidy",
}

Cells = tuple[str, ...]


class StandardTable(OrderTable):
    """The portal's own order file."""

    def records(self, after: int) -> Iterator[Record]:
        """Yield one record an order: rows that follow each other and have the same number, or none."""
        pick = self.pick
        order: Record | None = None
        raw = ""
        head: Cells = ()
        lines: list[LineDraft] = []
        for row in self.table.rows(after):
            cells = row.cells
            picked = pick(cells)
            if order is None or (picked[0] and picked[0] != raw and not self.same(picked[0], raw)):
                if order is not None:
                    yield self.finished(order, head, lines)
                order = Record(row.number, [(row.number, cells)])
                raw, head, lines = picked[0], picked, []
            else:
                order.lines.append((row.number, cells))
                order.last_row = row.number
            if order.fault is not None:
                continue
            try:
                if row.error is not None:
                    raise fault_of(row)
                if self.mapping.came_hidden(cells):
                    raise hidden_cell()
                lines.append(self.line(picked))
            except Refused as refusal:
                order.fault = OneRowRefused(row.number, refusal)
            except ValueError as error:
                order.fault = OneRowRefused(row.number, unreadable(error))
        if order is not None:
            yield self.finished(order, head, lines)

    @staticmethod
    def same(number: str, other: str) -> bool:
        """Tell whether two cells dress up the same number."""
        try:
            return bare_id(number) == bare_id(other)
        except ValueError:
            return False

    def finished(self, order: Record, head: Cells, lines: list[LineDraft]) -> Record:
        """Give a record its draft, or the reason why it has none."""
        if order.fault is None:
            try:
                order.draft = made_ready(self.order(head, lines))
            except Refused as refusal:
                order.fault = OneRowRefused(order.first_row, refusal)
            except ValueError as error:
                order.fault = OneRowRefused(order.first_row, unreadable(error))
        return order

    def order(self, head: Cells, lines: list[LineDraft]) -> OrderDraft:
        """Return the draft of an order from its first row and its lines."""
        (
            number, placed, paid, buyer_id, name, phone, province, city, district, address, freight,
        ) = head[:11]  # fmt: skip
        placed_at = time_in(placed, self.zone, serials=self.serials)
        platform_number = order_number_in(number)
        if placed_at is None:
            raise missing("placed_at")
        buyer = BuyerDraft(
            buyer_id.strip(),
            name.strip(),
            bare_id(phone) if phone else "",
            fitting(province, "province", 40),
            fitting(city, "city", 60),
            district.strip(),
            address.strip(),
        )
        refund = ZERO
        for line in lines:
            refund += line.refund_amount
        return OrderDraft(
            shop=self.shop,
            platform_number=platform_number,
            placed_at=placed_at,
            paid_at=time_in(paid, self.zone, serials=self.serials),
            buyer=buyer,
            lines=tuple(lines),
            freight=amount_in(freight, "freight") or ZERO,
            refund_amount=refund,
            remark=fitting(head[20], "remark", 500) if head[20] else "",
            fate="recorded" if self.options.history else "open",
        )

    def line(self, cells: Cells) -> LineDraft:
        """Return the draft of a line."""
        sku, units_text, price_text, line_number, discount, bearer, paid, refund, title = cells[11:20]
        code = bare_id(sku)
        if not code:
            if cells[0]:
                order_number_in(cells[0])  # a total's word is the better reason
            raise missing("sku")
        if len(code) > 120:
            raise too_long("sku", 120)
        units = as_units(units_text)
        price = amount_in(price_text, "unit_price")
        if units is None:
            raise missing("units")
        if units <= 0:
            raise RowRefused("no_units", _("A line needs at least one unit."))
        if price is None:
            raise missing("unit_price")
        listed = price * units
        if listed > MOST:
            raise RowRefused("too_large", _("The line is worth more than the books can hold."))
        return LineDraft(
            code,
            units,
            price,
            self.discounts(discount, bearer, listed) if discount else (),
            amount_in(paid, "paid_amount"),
            (amount_in(refund, "refund_amount") or ZERO) if refund else ZERO,
            fitting(bare_id(line_number), "platform_line_number", 60) if line_number else "",
            fitting(title, "title", 300) if title else "",
        )

    @staticmethod
    def discounts(discount: str, bearer: str, listed: Decimal) -> tuple[DiscountDraft, ...]:
        """Return the discount of a line, borne by the shop unless told."""
        amount = amount_in(discount, "discount")
        if not amount:
            return ()
        code = BEARERS.get(bearer.strip().lower() or "shop")
        if code is None:
            detail = _("“%(value)s” is nobody who bears a discount; write one of: %(known)s.")
            raise RowRefused("unknown_bearer", detail, value=bearer, known=", ".join(Bearer.values))
        if amount > listed:
            raise RowRefused("discount_too_high", _("The discount is more than the line is worth."))
        return (DiscountDraft(amount, code),)


class StandardOrders(OrderKind):
    """Orders with their lines, in the portal's own columns."""

    code = "orders.standard"
    label = _("Orders, one row a line")
    columns = COLUMNS
    chunk = 2_000

    def open(self, path: Path, options: Options) -> StandardTable:
        return StandardTable(path, COLUMNS, options)
