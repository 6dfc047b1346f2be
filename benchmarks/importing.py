"""Take in a file of orders by the command that people use: parsed, checked, reserved."""

from __future__ import annotations

import csv
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import agency, floor
from benchmarks.clients import Pace, crews
from benchmarks.house import House
from benchmarks.report import Row

ORDERS = 30_000
LARGE_ORDERS = 333_334  # a million rows
FLOOR_BATCH = 10_000
MOST_ROUNDS, FLOOR_SECONDS = 3, 4.0
HEADINGS = (
    "订单编号", "订单创建时间", "订单付款时间", "买家会员名", "收货人姓名", "联系手机", "省", "市", "区", "收货地址",
    "商家编码", "购买数量", "商品价格",
)  # fmt: skip
PLACE = ("上海市", "上海市", "浦东新区")


@dataclass(frozen=True, slots=True)
class Import:
    """One run of the command: what it answered, how long it took, its largest resident size."""

    answer: dict[str, int]
    seconds: float
    peak_bytes: int

    def is_whole(self, orders: int) -> bool:
        counted = {name: self.answer[name] for name in ("created", "rejected", "held")}
        return counted == {"created": orders, "rejected": 0, "held": 0}


def bench(house: House, pace: Pace) -> Iterator[Row]:
    agency.found()
    taken, floors = [], []
    with tempfile.TemporaryDirectory() as folder:
        with crews(floor=(1, floor.in_bulk, house.url, FLOOR_BATCH)) as working:
            working["floor"].run(0.5)
            for number in range(min(pace.rounds, MOST_ROUNDS)):
                floors.append(working["floor"].run(FLOOR_SECONDS))
                taken.append(import_orders(Path(folder) / f"{number}.csv", ORDERS))
        rate = statistics.median(ORDERS / one.seconds for one in taken)
        yield Row(
            f"{ORDERS:,} orders, {len(HEADINGS)} columns, start of the command included",
            rate, "orders/s", floor=statistics.median(floors), at_least=0.25,
        )  # fmt: skip
        yield from facts(taken[-1], ORDERS)
        if pace.large:
            large = import_orders(Path(folder) / "large.csv", LARGE_ORDERS)
            yield Row(f"{LARGE_ORDERS:,} orders", LARGE_ORDERS / large.seconds, "orders/s")
            yield from facts(large, LARGE_ORDERS)
    yield Row("ledger differs from counters", bool(agency.audit_stock()), at_most=0, promise=True)


def facts(one: Import, orders: int) -> Iterator[Row]:
    """Yield what holds for every run of the command."""
    yield Row(f"peak resident size, {orders * floor.LINES:,} rows", one.peak_bytes / 1e6, "MB", at_most=300)
    yield Row("orders missing, rejected or held", not one.is_whole(orders), at_most=0, promise=True)


def import_orders(path: Path, orders: int) -> Import:
    """Write a file of ``orders`` and take it in."""
    write_file(path, orders)
    command = [sys.executable, "manage.py", "import_file", "orders.standard", str(path)]
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen([*command, "--shop", agency.SHOP, "--json"], stdout=out, stderr=out)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read()
    path.unlink()
    if process.returncode:
        raise RuntimeError(f"import_file ended with {process.returncode}:\n{said[-4000:]}")
    answer = json.loads([line for line in said.splitlines() if line.startswith("{")][-1])
    return Import(answer, seconds, usage.ru_maxrss * 1024)


def write_file(path: Path, orders: int) -> None:
    """Write a file as platforms export it: a row for each line, the order's cells on each."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for order in itertools.islice(floor.orders(), orders):
            at = order.placed_at.strftime("%Y-%m-%d %H:%M:%S")
            order_cells = (order.number, at, at, order.phone, order.buyer, order.phone, *PLACE, order.address)
            for line in order.lines:
                writer.writerow((*order_cells, agency.sku_code(line.sku_id), line.units, line.unit_price))
