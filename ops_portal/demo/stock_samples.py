"""Files about stock, for trying imports: deliveries, limits, terms of supply, others' books, brands' parcels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from ops_portal.demo.calendar import ZONE
from ops_portal.demo.goods_samples import Row, write_csv
from ops_portal.demo.sample import Sample
from ops_portal.intake.kinds import Options
from orders.choices import GOES_BACK, OrderStatus
from orders.models import Order

DELIVERY_HEADINGS = ("送货单号", "商家编码", "仓库编码", "数量", "预计到货日期", "货主", "供应商", "运单号")
LIMIT_HEADINGS = ("商家编码", "仓库编码", "库存下限", "库存上限")
TERMS_HEADINGS = (
    "品牌编码",
    "商家编码",
    "供应商",
    "供货周期",
    "周期波动",
    "订货间隔",
    "起订量",
    "箱规",
    "现货率",
    "核心商品",
)
WAYBILL_HEADINGS = ("订单号", "物流公司", "运单号")
SNAPSHOT_HEADINGS = ("商家编码", "实际库存数", "仓库", "导出时间", "货主", "批次")


def write_stock_samples(folder: Path, now: datetime) -> Iterable[Sample]:
    """Write a file of each kind about stock into ``folder``."""
    yield write_deliveries(folder, now)
    yield write_limits(folder)
    yield write_terms(folder)
    yield write_snapshot(folder, now)
    yield write_waybills(folder, now)


def write_deliveries(folder: Path, now: datetime) -> Sample:
    """Write a supplier's notices: two deliveries, one of goods that nobody knows."""
    day = now.astimezone(ZONE) + timedelta(days=4)
    number, on = f"SH{day:%Y%m%d}", f"{day:%Y-%m-%d}"
    rows: list[Row] = [
        (f"{number}01", "HXM-MG100", "SH01", 96, on, "HXM", "禾小蔓食品工厂", "SF1492026112201"),
        (f"{number}01", "HXM-JG30", "SH01", 120, "", "", "", ""),
        (f"{number}02", "YSX-WZ06", "FS02", 80, on, "own", "嘉兴砚山针织厂", ""),
        (f"{number}03", "YSX-404", "FS02", 20, on, "own", "嘉兴砚山针织厂", ""),
    ]
    name = "供应商送货通知.csv"
    write_csv(folder / name, DELIVERY_HEADINGS, rows)
    return Sample(name, "stock.deliveries", Options(), 2, 0, 1)


def write_limits(folder: Path) -> Sample:
    """Write a planner's limits: of two SKUs that have some, of one that is new; one is upside down."""
    rows: list[Row] = [
        ("MZC-MM05", "SH01", 240, 2_600), ("MZC-JM120", "SH01", 320, 1_800), ("HXM-XR200", "SH01", 30, 400),
        ("MZC-SFS150", "SH01", 500, 100),
    ]  # fmt: skip
    name = "安全库存表.csv"
    write_csv(folder / name, LIMIT_HEADINGS, rows)
    return Sample(name, "stock.limits", Options(), 1, 2, 1)


def write_terms(folder: Path) -> Sample:
    """Write terms of supply: a brand's anew, those of two SKUs; one promises more than all."""
    rows: list[Row] = [
        ("HXM", "", "禾小蔓食品工厂", 6, "1.5", 7, 48, 24, "96%", "否"),
        ("MZC", "MZC-SFS150", "", 8, 2, 7, 24, 12, "98%", "是"),
        ("YSX", "YSX-WZ06", "", 14, 3, 14, 40, 20, "93%", ""),
        ("MZC", "MZC-JM120", "", 10, 2, 7, 24, 12, "120%", "是"),
    ]
    name = "供货条款.csv"
    write_csv(folder / name, TERMS_HEADINGS, rows)
    return Sample(name, "stock.supply_terms", Options(), 2, 1, 1)


def write_snapshot(folder: Path, now: datetime) -> Sample:
    """Write what the cloud warehouse's own system says of some goods; one number is a formula."""
    at = f"{now.astimezone(ZONE) - timedelta(hours=1):%Y-%m-%d %H:%M:%S}"
    rows: list[Row] = [
        ("YSX-WY01-B-M", 38, "FS02", at, "own", ""), ("YSX-WY01-B-L", 41, "FS02", at, "own", ""),
        ("YSX-WZ06", 17, "FS02", at, "own", ""), ("YSX-CS04-W-M", "=20+9", "FS02", at, "own", ""),
    ]  # fmt: skip
    name = "云仓库存快照.csv"
    write_csv(folder / name, SNAPSHOT_HEADINGS, rows)
    return Sample(name, "stock.snapshot", Options(), 3, 0, 1)


def write_waybills(folder: Path, now: datetime) -> Sample:
    """Write a brand's list of parcels: of the first orders that wait there, one not filled in yet, one unknown."""
    waiting = Order.objects.filter(status=OrderStatus.REVIEWED, warehouse__brand__isnull=False)
    waiting = waiting.exclude(refund_status__in=GOES_BACK).order_by("placed_at", "platform_number")
    numbers = list(waiting.values_list("platform_number", flat=True)[:3])
    rows: list[Row] = [
        (number, "中通快递", f"7839{now:%y%m%d}{place:02d}" if place < 2 else "")
        for place, number in enumerate(numbers)
    ]
    rows.append(("261101-000000000000000", "中通快递", f"7839{now:%y%m%d}09"))
    name = "品牌发货单号.csv"
    write_csv(folder / name, WAYBILL_HEADINGS, rows)
    return Sample(name, "orders.brand_waybills", Options(), len(numbers[:2]), 0, len(rows) - len(numbers[:2]))
