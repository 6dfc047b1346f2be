"""Files about goods as suppliers, shops and platforms send them, for trying imports: most rows are good."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from openpyxl import Workbook

from ops_portal.demo.calendar import ZONE
from ops_portal.demo.contents import DETAIL, PROMISES
from ops_portal.demo.pictures import draw_goods, draw_promise
from ops_portal.demo.sample import Sample
from ops_portal.demo.vocabulary import packs as words
from ops_portal.demo.vocabulary.platforms import TOPS
from ops_portal.intake.kinds import Options

Row = Sequence[Any]
PACK_HEADINGS: Final = (
    "商品编码", "商品名称", "资料包编号", "品牌编码", "类目", "卖点", "商品描述", "材质", "使用方法", "注意事项",
    "属性", "颜色", "尺码", "商家编码", "条码", "价格", "成本价", "重量(g)", "长(mm)", "宽(mm)", "高(mm)", "保质期(天)",
)  # fmt: skip
VARIANT_HEADINGS: Final = (
    "商家编码",
    "款号",
    "商品名称",
    "品牌编码",
    "颜色",
    "尺码",
    "条码",
    "吊牌价",
    "成本价",
    "重量(g)",
    "DY-YSX 售价",
)
SHOPIFY_HEADINGS: Final = (
    "Handle", "Title", "Vendor", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Grams", "Variant Price",
    "Variant Barcode", "Cost per item",
)  # fmt: skip
SNAPSHOT_HEADINGS: Final = ("采集时间", "商品ID", "标题", "价格", "店名")
KEYWORD_HEADINGS: Final = ("搜索词", "平台", "类目", "词类", "月搜索量", "在线商品数")
PROHIBITED_HEADINGS: Final = ("违禁词", "平台", "级别", "原因", "建议用词")
PRICE_HEADINGS: Final = ("店铺编码", "商家编码", "新价格", "生效时间", "失效时间", "改价原因")
AS_OF_NOW: Final = (2026, 1, 1, 0, 0, 0)  # when the files in an archive say that they were made


def write_goods_samples(folder: Path, now: datetime) -> list[Sample]:
    """Write a file of each kind about goods, and a supplier's pack as a zip with pictures."""
    return [
        write_archive(folder),
        write_packs(folder),
        write_variants(folder),
        write_shopify(folder),
        write_snapshots(folder, now),
        write_keywords(folder),
        write_prohibited(folder),
        write_prices(folder, now),
    ]


def write_csv(path: Path, headings: Row, rows: Iterable[Row]) -> None:
    """Write a table as spreadsheets do."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows(rows)


def book_of(headings: Row, rows: Iterable[Row]) -> bytes:
    """Return a workbook with one table."""
    book = Workbook()
    sheet = book.active or book.create_sheet()
    sheet.title = "商品资料"
    for row in (headings, *rows):
        sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def jacket_rows() -> list[Row]:
    """Return the twelve variants of a jacket; what is told of the product stands in the first row."""
    rows: list[Row] = []
    for letter, colour in words.JACKET_COLOURS.items():
        for size in words.JACKET_SIZES:
            first = not rows
            told = (words.JACKET_POINTS, *words.JACKET_TEXTS, words.JACKET_ATTRIBUTES) if first else ("",) * 6
            serial = len(rows) + 1
            rows.append(
                (
                    words.JACKET, words.JACKET_NAME, "YSX-W26-060" if first else "", "YSX",
                    TOPS if first else "", *told,
                    colour, size, f"{words.JACKET}-{letter}-{size}", f"69700026070{serial:02d}", "169.00", "58.00",
                    430 + 20 * words.JACKET_SIZES.index(size), 340, 260, 70, "",
                )
            )  # fmt: skip
    return rows


def write_archive(folder: Path) -> Sample:
    """Write a supplier's zip: a workbook, and pictures in the folders that say what they are for."""
    name = f"资料包_{words.JACKET_NAME}.zip"
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_STORED) as archive:

        def put(path: str, content: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(path, AS_OF_NOW), content)

        put("商品资料.xlsx", book_of(PACK_HEADINGS, jacket_rows()))
        with TemporaryDirectory() as made:
            file = Path(made, "drawn.png")
            for view in range(DETAIL):
                draw_goods(file, brand="YSX", shelf=TOPS, name=words.JACKET, view=view)
                put(f"主图/{view + 1}.png", file.read_bytes())
            for kind in range(PROMISES):
                draw_promise(file, brand="YSX", kind=kind)
                put(f"主图/{DETAIL + kind + 1}.png", file.read_bytes())
            for place, view in enumerate((DETAIL, 2), start=1):
                draw_goods(file, brand="YSX", shelf=TOPS, name=f"{words.JACKET} {place}", view=view)
                put(f"详情/{place}.png", file.read_bytes())
            for letter, colour in words.JACKET_COLOURS.items():
                draw_goods(file, brand="YSX", shelf=TOPS, name=f"{words.JACKET}-{letter}", view=0)
                put(f"SKU/{colour}.png", file.read_bytes())
    return Sample(name, "catalog.material_packs", Options(), 1, 0, 0)


def write_packs(folder: Path) -> Sample:
    """Write a supplier's table of packs: two good ones, and one with a price in words."""
    blank = ("",) * 6
    rows: list[Row] = [
        ("HXM-XN20", "香脆夏威夷果", "HXM-2026-1201", "HXM", "坚果炒货", "开口均匀，附开果器；奶香入仁；密封罐装",
         "大颗澳洲夏威夷果，烘到刚好，奶香不盖过果香。", "夏威夷果、白砂糖、食用盐、奶粉", "开袋即食", "含坚果过敏原",
         "净含量=500g；口味=奶香", "", "", "HXM-XN20", "6970001201008", "59.00", "27.00", 600, 130, 130, 160, 300),
        ("MZC-MC30", "樱花护唇精华", "MZC-2026-0310", "MZC", "身体护理", "夜间厚涂，早晨不起皮", "", "", "", "", "",
         "透明", "", "MZC-MC30-T", "", "59.00", "", "", "", "", "", 1095),
        ("MZC-MC30", "樱花护唇精华", "", "MZC", "", *blank, "淡粉", "", "MZC-MC30-F",
         "", "59.00", "", "", "", "", "", 1095),
        ("YSX-PJ01", "羊绒披肩", "YSX-W26-070", "YSX", "配饰", "", "", "", "", "", "", "驼色", "", "", "", "面议",
         "", "", "", "", "", ""),
    ]  # fmt: skip
    name = "供应商资料包.xlsx"
    (folder / name).write_bytes(book_of(PACK_HEADINGS, rows))
    return Sample(name, "catalog.material_packs", Options(), 2, 0, 1)


def write_variants(folder: Path) -> Sample:
    """Write an apparel brand's list: a new skirt in two colours, one row with a broken formula."""
    rows: list[Row] = [
        (
            f"YSX-BQ11-{letter}-{size}",
            "YSX-BQ11",
            "灯芯绒背带裙",
            "YSX",
            colour,
            size,
            "",
            "229.00",
            "79.00",
            520,
            "199.00",
        )
        for letter, colour in (("K", "焦糖"), ("L", "苔绿"))
        for size in ("S", "M")
    ]
    rows.append(
        ("YSX-BQ11-K-L", "YSX-BQ11", "灯芯绒背带裙", "YSX", "焦糖", "L", "", "#REF!", "79.00", 540, "199.00")
    )
    name = "服饰商品明细.csv"
    write_csv(folder / name, VARIANT_HEADINGS, rows)
    return Sample(name, "catalog.variants", Options(), 4, 0, 1)


def write_shopify(folder: Path) -> Sample:
    """Write the product export of a Shopify store: a mug in two colours, a tray with a price in words."""
    rows: list[Row] = [
        ("hxm-mug", "禾小蔓早餐马克杯", "HXM", "Color", "奶白", "HXM-MUG-W", 380, "39.90", "", "12.00"),
        ("hxm-mug", "", "", "", "雾蓝", "HXM-MUG-B", 380, "39.90", "", "12.00"),
        (
            "hxm-tray",
            "禾小蔓零食托盘",
            "HXM",
            "Title",
            "Default Title",
            "HXM-TRAY",
            450,
            "到店询价",
            "",
            "18.00",
        ),
    ]
    name = "products_export.csv"
    write_csv(folder / name, SHOPIFY_HEADINGS, rows)
    return Sample(name, "catalog.shopify", Options(brand="HXM"), 1, 0, 1)


def write_snapshots(folder: Path, now: datetime) -> Sample:
    """Write what a collector saw on three days: two listings, one price in words."""
    rows: list[Row] = []
    for ago, price in ((3, Decimal("129.00")), (2, Decimal("109.00")), (1, Decimal("119.00"))):
        day = (now - timedelta(days=ago)).astimezone(ZONE)
        rows.append((f"{day:%Y-%m-%d}", "674120037711", "沐芷澄限定樱花礼盒", price, "MZC"))
        rows.append((f"{day:%Y-%m-%d}", "674120037728", "沐芷澄便携旅行三件套", price - 40, "MZC"))
    rows.append((rows[-1][0], "674120037735", "沐芷澄会员日福袋", "到店咨询", "MZC"))
    name = "竞品与自营快照.csv"
    write_csv(folder / name, SNAPSHOT_HEADINGS, rows)
    return Sample(name, "catalog.snapshots", Options(brand="MZC"), 2, 4, 1)


def write_keywords(folder: Path) -> Sample:
    """Write the export of a platform's research tool: new words, a new count of a known one, an odd platform."""
    rows: list[Row] = [
        ("抓绒外套女", "抖音", TOPS, "产品词", 64300, 18800), ("立领开衫", "抖音", TOPS, "产品词", 22100, 7400),
        ("早八通勤外套", "抖音", TOPS, "长尾词", 9700, 5100), ("卫衣女", "", TOPS, "产品词", 371000, 143000),
        ("户外软壳", "小红书", TOPS, "产品词", 41000, 9900),
    ]  # fmt: skip
    name = "搜索词榜单.csv"
    write_csv(folder / name, KEYWORD_HEADINGS, rows)
    return Sample(name, "catalog.keywords", Options(), 3, 1, 1)


def write_prohibited(folder: Path) -> Sample:
    """Write a list of words that may not be said: new ones, a known one that is only pointed out, a row without one."""
    rows: list[Row] = [
        ("全网首发", "", "提醒", "需提供首发依据", "新品上市"), ("驰名商标", "", "禁用", "《商标法》第十四条", ""),
        ("爆款", "", "禁用", "平台新规", "人气款"), ("", "抖音", "禁用", "", ""),
    ]  # fmt: skip
    name = "违禁词库.csv"
    write_csv(folder / name, PROHIBITED_HEADINGS, rows)
    return Sample(name, "catalog.prohibited_words", Options(), 2, 1, 1)


def write_prices(folder: Path, now: datetime) -> Sample:
    """Write new prices: of a sale in one shop, a list price; one ends before it begins, one is of an unknown SKU."""
    day = now.astimezone(ZONE)
    since, until = (f"{day + timedelta(days=days):%Y-%m-%d} 00:00" for days in (20, 22))
    reason = "双12活动价"
    rows: list[Row] = [
        ("TM-MZC", "MZC-MM05", "49.90", since, until, reason),
        ("TM-MZC", "MZC-SFS150", "115.00", since, until, reason),
        ("", "HXM-YZ600", "42.00", "", "", "原料涨价，吊牌价上调"),
        ("TM-MZC", "MZC-JM120", "69.00", until, since, reason),
        ("TM-MZC", "MZC-404", "69.00", since, until, reason),
    ]  # fmt: skip
    name = "改价表.csv"
    write_csv(folder / name, PRICE_HEADINGS, rows)
    return Sample(name, "prices.changes", Options(), 3, 0, 2)
