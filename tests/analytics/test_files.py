"""The figures of a file that was taken in, held against a few lines that say the same of the file itself.

Independent of the product: the csv module, Decimal and sums. The files are made here, in the form of the platforms'
own, with what makes them hard: unpaid rows, refunds, blanks in headings, empty regions, orders without items.
"""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.factories import make_shop

pytestmark = pytest.mark.django_db
FIRST = datetime(2020, 2, 1)  # noqa: DTZ001 - as files have it: in the shop's zone, unsaid
CODES = [
    "orders_created",
    "orders_paid",
    "payment_conversion",
    "gmv_created",
    "gmv_paid",
    "refund_amount",
    "net_sales",
    "refund_rate",
    "average_order_value",
    "amount_per_buyer",
    "units_sold",
]
NO_MONEY = Decimal("0.00")


@pytest.fixture(autouse=True)
def reports_elsewhere(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def write(path: Path, rows: list[dict]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path) -> list[dict]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def last_line(capsys, *words):
    call_command(*words, "--json")
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def said_by_the_portal(capsys, shop, by):
    words = ["kpi", *CODES, "--from", "2020-01-01", "--to", "2020-12-31", "--shop", shop.code]
    found = defaultdict(dict)
    for figure in last_line(capsys, *words, *(["--by", by] if by else []))["figures"]:
        found[figure["key"]][figure["metric"]] = figure["value"]
    return dict(found)


def said_by_the_rows(rows, key):
    """Return the figures of ``rows`` of (day, region, buyer, total, paid, refund, units) by ``key``."""
    groups = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return {name: figures_of(group) for name, group in groups.items()}


def figures_of(rows):
    paid = [row for row in rows if row["paid"]]
    gmv = sum((row["total"] for row in paid), NO_MONEY)
    refunded = sum((row["refund"] for row in paid), NO_MONEY)
    buyers = {row["buyer"] for row in paid if row["buyer"]}
    return {
        "orders_created": len(rows),
        "orders_paid": len(paid),
        "payment_conversion": quotient(len(paid), len(rows), "0.000001"),
        "gmv_created": str(sum((row["total"] for row in rows), NO_MONEY)),
        "gmv_paid": str(gmv),
        "refund_amount": str(refunded),
        "net_sales": str(gmv - refunded),
        "refund_rate": quotient(refunded, gmv, "0.000001"),
        "average_order_value": quotient(gmv, len(paid), "0.01"),
        "amount_per_buyer": quotient(gmv, len(buyers), "0.01"),
        "units_sold": sum(row["units"] for row in paid),
    }


def quotient(above, below, step):
    return str((Decimal(above) / Decimal(below)).quantize(Decimal(step), ROUND_HALF_UP)) if below else None


KEYS = {
    None: lambda row: None,
    "day": lambda row: row["day"],
    "region": lambda row: row["region"] or "unknown",
    "brand": lambda row: "unknown",
    "shop": lambda row: "S1",
}


def tmall_rows(chance):
    for number in range(1, 201):
        created = FIRST + timedelta(minutes=chance.randrange(5 * 1440))
        total = Decimal(chance.randrange(1, 50_000)).scaleb(-2)
        is_paid = chance.random() < 0.85
        refund = (
            chance.choice([NO_MONEY, NO_MONEY, total, (total / 3).quantize(Decimal("0.01"))])
            if is_paid
            else NO_MONEY
        )
        yield {
            "订单编号": number,
            "总金额": total,
            "买家实际支付金额": total - refund if is_paid else NO_MONEY,
            "收货地址 ": chance.choice(["上海", "浙江省", "内蒙古自治区"]),
            "订单创建时间": created,
            "订单付款时间 ": created + timedelta(seconds=90) if is_paid else "",
            "退款金额": refund,
        }


@pytest.mark.parametrize("by", KEYS)
def test_a_tmall_report_of_200_rows_gives_the_figures_of_its_rows(tmp_path, capsys, by):
    path = write(tmp_path / "report.csv", list(tmall_rows(random.Random(11))))
    shop = make_shop("S1")
    last_line(capsys, "import_file", "orders.tmall_report", str(path), "--shop", shop.code, "--history")
    rows = [
        {
            "day": row["订单创建时间"][:10],
            "region": row["收货地址 "],
            "buyer": "",
            "total": Decimal(row["总金额"]),
            "paid": row["订单付款时间 "] != "",
            "refund": Decimal(row["退款金额"]),
            "units": 0,
        }
        for row in read(path)
    ]
    net = sum(Decimal(row["买家实际支付金额"]) for row in read(path) if row["订单付款时间 "])
    assert figures_of(rows)["net_sales"] == str(net)  # what was paid is net of refunds: they come off once
    assert said_by_the_portal(capsys, shop, by) == said_by_the_rows(rows, KEYS[by])


def olist_folder(folder: Path, chance) -> Path:
    orders, items, customers = [], [], []
    for number in range(150):
        bought = FIRST + timedelta(minutes=chance.randrange(9 * 1440))
        orders.append(
            {
                "order_id": f"o{number}",
                "customer_id": f"c{number}",
                "order_status": "delivered",
                "order_purchase_timestamp": bought,
                "order_approved_at": bought + timedelta(minutes=5) if chance.random() < 0.9 else "",
                "order_delivered_carrier_date": "",
                "order_delivered_customer_date": "",
                "order_estimated_delivery_date": bought + timedelta(days=9),
            }
        )
        customers.append(
            {
                "customer_id": f"c{number}",
                "customer_unique_id": f"u{chance.randrange(90)}",
                "customer_zip_code_prefix": "18682",
                "customer_city": "sao paulo",
                "customer_state": chance.choice(["SP", "RJ", "MG"]),
            }
        )
        items += [
            {
                "order_id": f"o{number}",
                "order_item_id": position + 1,
                "product_id": f"p{chance.randrange(20)}",
                "seller_id": "s1",
                "shipping_limit_date": bought,
                "price": Decimal(chance.randrange(100, 30_000)).scaleb(-2),
                "freight_value": Decimal(chance.randrange(0, 3_000)).scaleb(-2),
            }
            for position in range(chance.choice([0, 1, 1, 2, 3]))
        ]
    write(folder / "orders.csv", orders)
    write(folder / "order_items.csv", items)
    write(folder / "customers.csv", customers)
    return folder


@pytest.mark.parametrize("by", KEYS)
def test_an_olist_folder_of_150_orders_gives_the_figures_of_its_rows(tmp_path, capsys, by):
    folder = olist_folder(tmp_path / "olist", random.Random(7))
    shop = make_shop("S1")
    last_line(capsys, "import_file", "orders.olist", str(folder), "--shop", shop.code, "--history")
    items = defaultdict(list)
    for item in read(folder / "order_items.csv"):
        items[item["order_id"]].append(Decimal(item["price"]) + Decimal(item["freight_value"]))
    customers = {row["customer_id"]: row for row in read(folder / "customers.csv")}
    rows = [
        {
            "day": order["order_purchase_timestamp"][:10],
            "region": customers[order["customer_id"]]["customer_state"],
            "buyer": customers[order["customer_id"]]["customer_unique_id"],
            "total": sum(items[order["order_id"]], NO_MONEY),
            "paid": order["order_approved_at"] != "",
            "refund": NO_MONEY,
            "units": len(items[order["order_id"]]),
        }
        for order in read(folder / "orders.csv")
    ]
    assert any(not items[order["order_id"]] for order in read(folder / "orders.csv"))
    assert said_by_the_portal(capsys, shop, by) == said_by_the_rows(rows, KEYS[by])


def test_a_second_load_changes_no_figure(tmp_path, capsys):
    path = write(tmp_path / "report.csv", list(tmall_rows(random.Random(11))))
    shop = make_shop("S1")
    words = ("import_file", "orders.tmall_report", str(path), "--shop", shop.code, "--history")
    assert last_line(capsys, *words)["created"] == 200
    before = said_by_the_portal(capsys, shop, "day")
    assert last_line(capsys, *words)["unchanged"] == 200
    assert said_by_the_portal(capsys, shop, "day") == before
    assert last_line(capsys, "audit_kpis")["ok"]
