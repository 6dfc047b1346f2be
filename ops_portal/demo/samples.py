"""Files as platforms and warehouses export them, for trying imports: most rows are good, some are not."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from openpyxl import Workbook

from ops_portal.demo.calendar import ZONE
from ops_portal.demo.goods_samples import write_goods_samples
from ops_portal.demo.numbers import line_number
from ops_portal.demo.planning import Planned, Planner
from ops_portal.demo.sample import Sample
from ops_portal.demo.stock_samples import write_stock_samples
from ops_portal.demo.vocabulary import voices as words
from ops_portal.demo.vocabulary.goods import SOLD_OUT, UNLISTED
from ops_portal.demo.vocabulary.shops import SHOPS
from ops_portal.intake.kinds import Options, kind_of
from ops_portal.intake.running import import_file, prepare
from ops_portal.lib.principals import Principal

SEED = 20_261_212
SHOP = {shop.code: shop for shop in SHOPS}
Row = Sequence[str]

REPORT_HEADINGS = (
    "订单编号", "总金额", "买家实际支付金额", "收货地址 ", "订单创建时间", "订单付款时间 ", "退款金额",
)  # fmt: skip
LINE_HEADINGS = (
    "订单编号", "子订单编号", "商品标题", "商品价格", "购买数量", "商家编码", "优惠金额", "优惠承担方", "买家应付邮费",
    "订单创建时间", "订单付款时间 ", "收货人姓名", "联系手机", "省", "市", "区", "收货地址 ", "订单备注",
)  # fmt: skip
SHEET_HEADINGS = (
    "主订单编号", "子订单编号", "商品名称", "商家编码", "商品数量", "商品单价", "优惠金额", "优惠承担方", "运费",
    "订单提交时间", "支付时间", "买家昵称", "收件人", "省", "市", "区", "详细地址", "商家备注",
)  # fmt: skip
GOODS_HEADINGS = ("商家编码", "货号", "商品名称", "品牌编码", "类目", "规格", "条码", "吊牌价", "效期管理")
RECEIPT_HEADINGS = ("入库单号", "商家编码", "仓库编码", "货主", "入库数量", "批号", "有效期至", "库存状态")
REVIEW_HEADINGS = ("订单编号", "商家编码", "评分", "评价内容", "追评", "评价时间", "商品类目")


def write_samples(folder: Path, now: datetime, *, seed: int = SEED) -> list[Sample]:
    """Write a file of each kind into ``folder`` and say what an import makes of each; the agency must be loaded."""
    folder.mkdir(parents=True, exist_ok=True)
    planner = Planner(Random(seed))  # noqa: S311 - nothing secret is drawn
    return [
        write_lines(folder, planner, now),
        write_sheet(folder, planner, now),
        write_report(folder, planner, now),
        write_goods(folder),
        write_receipts(folder, now),
        write_reviews(folder, planner, now),
        *write_goods_samples(folder, now),
        *write_stock_samples(folder, now),
    ]


def take_in_some(now: datetime, operator: Principal) -> None:
    """Take in what an operator would have taken in some hours ago: files with rows that are rejected."""
    at = now - timedelta(hours=3)
    planner = Planner(Random(SEED + 1))  # noqa: S311 - nothing secret is drawn
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for sample in (write_lines(folder, planner, at), write_reviews(folder, planner, at)):
            draft = prepare(kind_of(sample.kind), folder / sample.name, sample.options)
            import_file(draft, actor=operator, clock=lambda: at)


def orders_of(planner: Planner, shop: str, count: int, now: datetime, hours: int) -> list[Planned]:
    """Return new orders of the last hours, the newest first as in an export."""
    moments = sorted((planner.random.uniform(0.1, hours) for _ in range(count)), reverse=False)
    return [planner.order(now - timedelta(hours=ago), shop=SHOP[shop]) for ago in moments]


def text(at: datetime | None) -> str:
    """Return a time as exports write it."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def discount_of(order: Planned, position: int) -> tuple[str, str]:
    """Return the first discount of a line and who bears it: exports have one column for it."""
    discounts = order.lines[position - 1].discounts
    bearers = {"shop": "店铺", "platform": "平台", "influencer": "达人"}
    return (str(discounts[0][0]), bearers.get(discounts[0][1], "店铺")) if discounts else ("", "")


def line_rows(orders: Iterable[Planned]) -> list[list[str]]:
    """Return one row for each line, in the columns of the export of order lines."""
    rows = []
    for order in orders:
        buyer = order.buyer
        for position, line in enumerate(order.lines, start=1):
            number = line_number(order.shop.platform, order.platform_number, position, len(order.lines))
            rows.append(
                [
                    order.platform_number, number, line.article.title, str(line.price), str(line.units),
                    line.article.code, *discount_of(order, position), str(order.freight) if position == 1 else "",
                    text(order.placed_at), text(order.paid_at), buyer.name, buyer.phone, buyer.province, buyer.city,
                    buyer.district, buyer.address, order.remark,
                ]
            )  # fmt: skip
    return rows


def write_csv(path: Path, headings: Row, rows: Iterable[Row], encoding: str) -> None:
    """Write a table as platforms do, characters that the encoding lacks left out."""
    with path.open("w", newline="", encoding=encoding, errors="ignore") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows(rows)


def write_lines(folder: Path, planner: Planner, now: datetime) -> Sample:
    """Write the export of a Tmall shop's order lines: GBK, numbers dressed as text, a total at the foot."""
    good = orders_of(planner, "TM-MZC", 24, now, 20)
    bad = orders_of(planner, "TM-MZC", 3, now, 3)
    new = planner.order_of(SHOP["TM-MZC"], [UNLISTED], now - timedelta(hours=2))
    rows = line_rows([*good, new])
    for row in rows[::5]:
        row[0] = f"'{row[0]}"
    no_code, formula, too_cheap = (line_rows([order])[:1] for order in bad)
    no_code[0][5] = ""
    formula[0][3] = '=HYPERLINK("http://example.com/coupon","99")'
    too_cheap[0][6] = "9999.00"
    rows += [*no_code, *formula, *too_cheap, ["合计", *[""] * (len(LINE_HEADINGS) - 1)]]
    name = f"ExportOrderDetailList{now.astimezone(ZONE):%Y%m%d}_天猫订单明细.csv"
    write_csv(folder / name, LINE_HEADINGS, rows, "gbk")
    return Sample(name, "orders.standard", Options(shop="TM-MZC"), len(good) + 1, 0, 4)


def write_sheet(folder: Path, planner: Planner, now: datetime) -> Sample:
    """Write the workbook of a Douyin shop: a hand-written note above the headings, a formula among the amounts."""
    good = orders_of(planner, "DY-YSX", 18, now, 20)
    bad = orders_of(planner, "DY-YSX", 1, now, 2)
    book = Workbook()
    sheet = book.active or book.create_sheet()
    sheet.title = "订单导出"
    sheet.append(["抖店后台导出，客服小组已核对前三行", *[None] * (len(SHEET_HEADINGS) - 1)])
    sheet.append(SHEET_HEADINGS)
    for order, rows in [*((order, line_rows([order])) for order in good), (bad[0], line_rows(bad)[:1])]:
        for row in rows:
            (
                number,
                line,
                title,
                price,
                units,
                code,
                off,
                bearer,
                freight,
                placed,
                paid,
                name,
                _phone,
                *place,
            ) = row
            price = "=1+1" if order is bad[0] else price
            sheet.append(
                [number, line, title, code, units, price, off, bearer, freight, placed, paid,
                 order.buyer.platform_id, name, *place]
            )  # fmt: skip
    name = "抖店订单导出.xlsx"
    book.save(folder / name)
    return Sample(name, "orders.standard", Options(shop="DY-YSX"), len(good), 0, 1)


def write_report(folder: Path, planner: Planner, now: datetime) -> Sample:
    """Write the Tmall report of seven columns: orders that are over, some refunded, one that doesn't add up."""
    rows: list[list[str]] = []
    good = orders_of(planner, "TM-MZC", 40, now - timedelta(days=100), 24 * 20)
    for place, order in enumerate(good):
        refund = order.total if place % 9 == 0 and order.paid_at else Decimal("0.00")
        paid = order.total - refund if order.paid_at else Decimal("0.00")
        rows.append(
            [order.platform_number, str(order.total), str(paid), order.buyer.province, text(order.placed_at),
             text(order.paid_at), str(refund)]
        )  # fmt: skip
    odd = planner.order_of(SHOP["TM-MZC"], ["MZC-JM120"], now - timedelta(days=101))
    rows.append(
        [odd.platform_number, "79.00", "12.00", "浙江省", text(odd.placed_at), text(odd.paid_at), "0.00"]
    )
    rows.append(["", "59.00", "59.00", "江苏省", text(odd.placed_at), text(odd.paid_at), "0.00"])
    name = "天猫订单报表.csv"
    write_csv(folder / name, REPORT_HEADINGS, rows, "gbk")
    return Sample(name, "orders.tmall_report", Options(shop="TM-MZC"), len(good), 0, 2)


def write_goods(folder: Path) -> Sample:
    """Write the list of goods: a new colour, a new product, a new price; a row without code, a price in words."""
    rows = [
        [UNLISTED, "YSX-WY01", "重磅纯棉圆领卫衣", "YSX", "apparel", "胭脂红;L", "2900000000011", "159.00", "否"],
        ["YSX-WY01-R-M", "YSX-WY01", "重磅纯棉圆领卫衣", "YSX", "apparel", "胭脂红;M", "2900000000028", "159.00", "否"],
        ["HXM-XR200", "HXM-XR200", "琥珀桃仁", "HXM", "food", "200g罐装", "2900000000035", "49.00", "是"],
        ["HXM-CM60", "HXM-CM60", "冻干草莓脆", "HXM", "food", "60g", "2900000000042", "36.90", "是"],
        ["", "YSX-WY02", "连帽卫衣", "YSX", "apparel", "墨黑;M", "", "189.00", "否"],
        ["YSX-WY02-B-L", "YSX-WY02", "连帽卫衣", "YSX", "apparel", "墨黑;L", "", "面议", "否"],
        ["MZC-NEW01", "MZC-NEW01", "新品试用", "MZC", "skincare-new", "10ml", "", "19.00", "是"],
    ]  # fmt: skip
    name = "商品资料.csv"
    write_csv(folder / name, GOODS_HEADINGS, rows, "utf-8-sig")
    return Sample(name, "catalog.standard", Options(), 3, 1, 3)


def write_receipts(folder: Path, now: datetime) -> Sample:
    """Write receipts: one brings what orders wait for; one has an unknown SKU, one a formula for its units."""
    day = now.astimezone(ZONE)
    prefix = f"CG{day:%Y%m%d}"
    expires = f"{day + timedelta(days=300):%Y-%m-%d}"
    rows = [
        [f"{prefix}001", SOLD_OUT, "FS02", "own", "40", "", "", "正常"],
        [f"{prefix}001", "YSX-KS03-T-M", "FS02", "own", "30", "", "", "正常"],
        [f"{prefix}002", "HXM-JG30", "SH01", "HXM", "120", f"HXM{day:%y%m%d}D", expires, "正常"],
        [f"{prefix}002", "HXM-MG100", "SH01", "HXM", "80", f"HXM{day:%y%m%d}D", expires, "待检"],
        [f"{prefix}003", "HXM-404", "SH01", "HXM", "10", "", "", "正常"],
        [f"{prefix}004", "YSX-WZ06", "FS02", "own", "=50+10", "", "", "正常"],
    ]
    name = "采购入库单.csv"
    write_csv(folder / name, RECEIPT_HEADINGS, rows, "gb18030")
    return Sample(name, "stock.receipt", Options(), 2, 0, 2)


def write_reviews(folder: Path, planner: Planner, now: datetime) -> Sample:
    """Write reviews with stars, follow-ups and an empty one; one has nine stars, one an impossible date."""
    random = planner.random
    said = [
        ("MZC-MM05", 5, random.choice(words.PRAISE["cosmetics"]), "追评：用完一盒又来了"),
        ("MZC-JH30", 1, words.DEFECT[0], "追评：客服说会处理，三天了没动静"),
        ("MZC-JH30", 1, words.DEFECT[5], ""),
        ("MZC-JM120", 4, random.choice(words.PRAISE["cosmetics"]), ""),
        ("MZC-QD-11", 2, words.POOR["cosmetics"][5], ""),
        ("MZC-FS50", 1, words.IRONY[1], ""),
        ("MZC-HS-BC", 5, words.EMPTY[1], ""),
        ("MZC-KH-01", 3, random.choice(words.MIDDLING["cosmetics"]), ""),
        ("MZC-SFS150", 5, "希望出个替换装，瓶子扔了怪可惜的", ""),
        ("MZC-KH-04", 9, "给九星！", ""),
    ]
    rows = []
    for place, (sku, stars, sentence, more) in enumerate(said):
        at = now - timedelta(hours=3 * place + 1)
        number = planner.numbers.order("tmall", at - timedelta(days=8), random.randrange(10_000))
        rows.append([number, sku, str(stars), sentence, more, text(at), "美妆护肤"])
    rows.append(["", "MZC-ST250", "4", "挺滋润的", "", "昨天下午", "美妆护肤"])
    name = "商品评价.csv"
    write_csv(folder / name, REVIEW_HEADINGS, rows, "utf-8-sig")
    return Sample(name, "feedback.reviews", Options(shop="TM-MZC", brand="MZC"), 9, 0, 2)
