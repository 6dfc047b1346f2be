"""``orders.standard``: files as people and programs write them."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from catalog.queries.audit import audit_stock
from ops_portal.intake.models import ImportRun, RejectedRow
from orders.choices import OrderStatus
from orders.models import Customer, LineDiscount, Order, OrderLine
from tests.factories import make_shop, make_sku, make_warehouse, receive, stock_of
from tests.intake.conftest import HEADINGS, counts, order_file, order_rows, workbook

pytestmark = pytest.mark.django_db

THREE = order_file(*order_rows("T1", "T2", "T3"))


@pytest.fixture
def house():
    """A shop, a warehouse and 10 units of the SKU A."""
    make_shop("S1")
    warehouse = make_warehouse("MAIN")
    sku = make_sku("A")
    receive(sku, 10, warehouse=warehouse)
    return warehouse, sku


def test_3_orders_come_in_and_reserve_3_units(house, take_in, write):
    warehouse, sku = house
    assert counts(take_in("orders.standard", write(THREE), "--shop", "S1")) == (3, 3, 0, 0, 0, 0)
    assert stock_of(sku, warehouse).reserved == 3
    order = Order.objects.get(platform_number="T1")
    assert (order.status, order.total, order.province) == (OrderStatus.CREATED, Decimal("10.00"), "浙江省")
    assert order.placed_at.isoformat() == "2026-11-11T04:00:00+00:00"
    assert Customer.objects.count() == 1
    assert audit_stock().ok


def test_the_same_file_twice_changes_nothing_the_second_time(house, take_in, write):
    warehouse, sku = house
    take_in("orders.standard", write(THREE), "--shop", "S1")
    assert counts(take_in("orders.standard", write(THREE), "--shop", "S1")) == (3, 0, 0, 3, 0, 0)
    assert (Order.objects.count(), stock_of(sku, warehouse).reserved) == (3, 3)


def test_the_same_orders_in_another_file_are_unchanged(house, take_in, write):
    take_in("orders.standard", write(THREE), "--shop", "S1")
    rows = [line.split(",") for line in THREE.splitlines()]
    turned = workbook([list(reversed(row)) for row in rows])
    answer = take_in("orders.standard", write(turned, name="again.xlsx"), "--shop", "S1")
    assert counts(answer) == (3, 0, 0, 3, 0, 0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-be"])
def test_the_buyers_province_is_read_in_every_encoding(house, take_in, write, encoding):
    content = THREE.encode(encoding)
    if encoding == "utf-16-be":
        content = b"\xfe\xff" + content
    assert counts(take_in("orders.standard", write(content), "--shop", "S1")) == (3, 3, 0, 0, 0, 0)
    assert set(Order.objects.values_list("province", flat=True)) == {"浙江省"}


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_delimiters_are_found_out(house, take_in, write, delimiter):
    answer = take_in("orders.standard", write(THREE.replace(",", delimiter)), "--shop", "S1")
    assert answer["created"] == 3


def test_a_workbook_with_its_heading_in_row_2_and_formulas_as_text(house, take_in, write):
    rows = [["exported by hand"], [f" {name} " for name in HEADINGS.split(",")]]
    rows += [row.split(",") for row in order_rows("T1")]
    rows[2][4] = "=HYPERLINK(evil)"
    answer = take_in("orders.standard", write(workbook(rows), name="export.xlsx"), "--shop", "S1")
    assert counts(answer) == (1, 1, 0, 0, 0, 0)


def test_chinese_headings_with_blanks_and_dressed_up_numbers(house, take_in, write):
    text = (
        "订单编号 ,订单创建时间 ,订单付款时间 ,商家编码,购买数量,商品价格,退款金额\n"
        '="2611112222333344",2026/11/11 12:00,2026/11/11 12:01,\'A,2.00,¥10.00,无退款申请\n'
    )
    assert take_in("orders.standard", write(text), "--shop", "S1")["created"] == 1
    order = Order.objects.get(platform_number="2611112222333344")
    assert (order.total, order.refund_amount) == (Decimal("20.00"), Decimal("0.00"))


def test_rows_of_one_number_that_follow_each_other_are_one_order(house, take_in, write):
    text = (
        "platform_number,placed_at,paid_at,freight,sku,units,unit_price,discount,discount_bearer,refund_amount\n"
        "T1,2026-11-11 12:00:00,2026-11-11 12:01:00,5.00,A,2,10.00,3.00,platform,\n"
        "T1,,,,A,1,8.00,,,8.00\n"
        ",,,,A,1,1.00,1.00,平台,\n"
    )
    assert counts(take_in("orders.standard", write(text), "--shop", "S1")) == (3, 1, 0, 0, 0, 0)
    order = Order.objects.get()
    assert (order.goods_amount, order.discount_amount, order.freight, order.total) == (
        Decimal("29.00"), Decimal("4.00"), Decimal("5.00"), Decimal("30.00"),
    )  # fmt: skip
    assert (order.receivable, order.refund_amount) == (Decimal("34.00"), Decimal("8.00"))
    assert list(LineDiscount.objects.values_list("bearer", flat=True)) == ["platform", "platform"]


def test_one_bad_row_rejects_its_order_and_no_other(house, take_in, write):
    text = order_file(*order_rows("T1"), *order_rows("T2"), *order_rows("T2", units=0), *order_rows("T3"))
    answer = take_in("orders.standard", write(text), "--shop", "S1")
    assert counts(answer) == (4, 2, 0, 0, 2, 0)
    rows = list(RejectedRow.objects.order_by("row_number"))
    assert [(row.row_number, row.code) for row in rows] == [(3, "no_units"), (4, "no_units")]
    assert [row.reason for row in rows] == [
        "Row 4: A line needs at least one unit.",
        "A line needs at least one unit.",  # beside row 4 itself
    ]
    assert "13800000000" not in str([row.cells for row in rows])
    assert "张三" not in str([row.cells for row in rows])


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("units", "1.5", "unreadable"),
        ("units", "", "value_missing"),
        ("unit_price", "9.999", "fraction_of_a_cent"),
        ("unit_price", "-1", "negative"),
        ("unit_price", "999999999999999", "too_large"),
        ("unit_price", "abc", "unreadable"),
        ("placed_at", "", "value_missing"),
        ("placed_at", "yesterday", "unreadable"),
        ("sku", "", "value_missing"),
        ("sku", "X" * 121, "too_long"),
        ("platform_number", "2.61111E+15", "unreadable"),
        ("province", "P" * 41, "too_long"),
    ],
)
def test_what_a_row_can_be_rejected_for(house, take_in, write, column, value, code):
    cells = order_rows("T1")[0].split(",")
    cells[HEADINGS.split(",").index(column)] = value
    text = order_file(*order_rows("T0"), ",".join(cells))
    assert counts(take_in("orders.standard", write(text), "--shop", "S1")) == (2, 1, 0, 0, 1, 0)
    assert RejectedRow.objects.get().code == code


def test_a_total_row_at_the_foot_is_rejected_and_says_so(house, take_in, write):
    text = order_file(*order_rows("T1"), "合计,,,,,,,,,1,10.00")
    assert counts(take_in("orders.standard", write(text), "--shop", "S1")) == (2, 1, 0, 0, 1, 0)
    assert RejectedRow.objects.get().code == "total_row"


def test_a_nul_and_half_a_row_are_rejected_and_the_rest_comes_in(house, take_in, write):
    nul = order_rows("T2")[0].replace("张三", "张\0三")
    text = order_file(*order_rows("T1"), nul) + "T3,2026-11-11 12:0"
    assert counts(take_in("orders.standard", write(text), "--shop", "S1")) == (3, 1, 0, 0, 2, 0)
    assert sorted(RejectedRow.objects.values_list("code", flat=True)) == ["cut_off", "nul_character"]


def test_what_the_database_refuses_is_rejected_alone(house, take_in, write):
    """Two lines that only together are worth too much get past the reading of single rows."""
    text = (
        "platform_number,placed_at,sku,units,unit_price,paid_amount\n"
        "T1,2026-11-11 12:00:00,A,1,10.00,10.00\n"
        "T2,2026-11-11 12:00:00,A,2147483647,400.00,1.00\n"
        "T2,,B,2147483647,400.00,\n"
        "T3,2026-11-11 12:00:00,A,1,10.00,10.00\n"
    )
    assert counts(take_in("orders.standard", write(text), "--shop", "S1")) == (4, 2, 0, 0, 2, 0)
    assert set(RejectedRow.objects.values_list("code", flat=True)) == {"impossible_values"}
    assert audit_stock().ok


def test_orders_short_of_units_and_of_a_known_sku_are_kept_and_held(house, take_in, write):
    text = order_file(*order_rows("T1", units=9), *order_rows("T2", units=2), *order_rows("T3", sku="NEW"))
    assert counts(take_in("orders.standard", write(text), "--shop", "S1")) == (3, 3, 0, 0, 0, 2)
    statuses = dict(Order.objects.values_list("platform_number", "status"))
    assert statuses == {"T1": "created", "T2": "short", "T3": "unmapped"}


def test_history_touches_no_stock_and_no_clock(house, take_in, write):
    warehouse, sku = house
    answer = take_in("orders.standard", write(THREE), "--shop", "S1", "--history")
    assert counts(answer) == (3, 3, 0, 0, 0, 0)
    assert stock_of(sku, warehouse).reserved == 0
    facts = Order.objects.values_list("status", "ship_by", "review_by", "touches_stock").distinct()
    assert list(facts) == [(OrderStatus.RECORDED, None, None, False)]


def test_a_later_file_updates_payment_and_refund_and_leaves_other_lines_alone(house, take_in, write):
    take_in("orders.standard", write(order_file(*order_rows("T1", "T2", paid=""))), "--shop", "S1")
    text = order_file(*order_rows("T1"), *order_rows("T2", units=2))
    assert counts(take_in("orders.standard", write(text), "--shop", "S1")) == (2, 0, 1, 0, 1, 0)
    assert RejectedRow.objects.get().code == "lines_differ"
    assert Order.objects.get(platform_number="T1").paid_at is not None
    assert Order.objects.get(platform_number="T2").paid_at is None


def test_the_same_order_twice_in_one_file_counts_once(house, take_in, write):
    text = order_file(*order_rows("T1", "T2", "T1"))
    assert counts(take_in("orders.standard", write(text), "--shop", "S1")) == (3, 2, 0, 1, 0, 0)
    assert OrderLine.objects.count() == 2


def test_the_report_names_each_rejected_row_and_does_nothing_when_opened(house, take_in, write):
    bad = order_rows("T2", units=0)[0].replace("杭州市", "=1+1")
    answer = take_in("orders.standard", write(order_file(*order_rows("T1"), bad)), "--shop", "S1")
    with Path(answer["report"]).open(encoding="utf-8-sig", newline="") as file:
        heading, row = list(csv.reader(file))
    assert heading[:4] == ["row", "code", "reason", "platform_number"]
    assert row[:4] == ["3", "no_units", "A line needs at least one unit.", "T2"]
    assert row[heading.index("city")] == "'=1+1"
    assert row[heading.index("buyer_phone")] == "•"


def test_a_run_is_written_down_with_its_counts_and_its_moves(house, take_in, write):
    from ops_portal.lib.models import StateMove

    answer = take_in("orders.standard", write(THREE), "--shop", "S1")
    run = ImportRun.objects.get(number=answer["run"])
    assert (run.status, run.rows, run.created, run.next_row, run.progress) == ("done", 3, 3, 4, 100)
    assert run.actor == "system:manage import_file"
    moves = StateMove.objects.filter(document_number=run.number).order_by("pk")
    assert list(moves.values_list("to_status", flat=True)) == ["new", "running", "done"]
