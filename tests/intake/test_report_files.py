"""``orders.tmall_report``, ``orders.olist``, ``feedback.reviews``: against a few lines of pandas-like arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Sum

from catalog.models import Brand, StockMovement
from feedback.models import FeedbackItem
from ops_portal.intake.models import RejectedRow
from orders.choices import OrderStatus
from orders.importers.tmall import province_of
from orders.models import Customer, Order, OrderLine
from orders.models import Shop as ShopModel
from tests.factories import make_shop
from tests.intake.conftest import counts

pytestmark = pytest.mark.django_db

TMALL = (
    "订单编号,总金额,买家实际支付金额,收货地址 ,订单创建时间,订单付款时间 ,退款金额\n"
    "1,178.8,0.0,上海,2020-02-21 00:00:00,,0.0\n"
    "2,21.0,21.0,内蒙古自治区,2020-02-20 23:59:54,2020-02-21 00:00:02,0.0\n"
    "3,64.8,0.0,江苏省 南京市 建邺区,2020-02-20 23:57:04,2020-02-20 23:57:11,64.8\n"
    "4,327.7,148.9,浙江省,2020-02-20 23:56:39,2020-02-20 23:56:53,178.8\n"
)


def test_the_tmall_report_counts_refunds_once(take_in, write):
    make_shop("S1")
    answer = take_in("orders.tmall_report", write(TMALL, "gbk"), "--shop", "S1")
    assert counts(answer) == (4, 4, 0, 0, 0, 0)
    paid = Order.objects.filter(paid_at__isnull=False)
    sums = paid.aggregate(total=Sum("total"), refund=Sum("refund_amount"))
    assert sums == {"total": Decimal("413.50"), "refund": Decimal("243.60")}
    assert sums["total"] - sums["refund"] == Decimal("21.00") + Decimal("0.00") + Decimal("148.90")
    assert sorted(Order.objects.values_list("province", flat=True)) == [
        "上海",
        "内蒙古自治区",
        "江苏省",
        "浙江省",
    ]


def test_a_tmall_order_has_no_lines_touches_no_stock_and_keeps_its_time_in_the_shops_zone(take_in, write):
    make_shop("S1")
    take_in("orders.tmall_report", write(TMALL), "--shop", "S1")
    order = Order.objects.get(platform_number="2")
    assert order.placed_at == datetime(2020, 2, 20, 15, 59, 54, tzinfo=UTC)
    assert (order.placed_on.isoformat(), order.status) == ("2020-02-20", OrderStatus.RECORDED)
    assert (OrderLine.objects.count(), StockMovement.objects.count()) == (0, 0)
    assert counts(take_in("orders.tmall_report", write(TMALL, "utf-8-sig"), "--shop", "S1")) == (
        4,
        0,
        0,
        4,
        0,
        0,
    )


OLIST = {
    "orders.csv": (
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date\n"
        "o1,c1,delivered,2017-10-02 22:56:33,2017-10-02 23:07:15,\n"
        "o2,c2,canceled,2017-10-03 10:00:00,,\n"
        "o3,c3,processing,2017-10-04 10:00:00,2017-10-04 10:05:00,\n"
    ),
    "order_items.csv": (
        "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n"
        "o3,1,p9,s,2017-10-09 00:00:00,5.00,1.50\n"
        "o1,1,p1,s,2017-10-09 00:00:00,199.9,18.14\n"
        "o1,2,p1,s,2017-10-09 00:00:00,199.9,18.14\n"
        "o1,3,p2,s,2017-10-09 00:00:00,10.05,1.01\n"
    ),
    "customers.csv": (
        "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\n"
        "c1,u1,18682,lencois paulista,SP\nc2,u1,18682,lencois paulista,SP\nc3,u3,5704,rio,RJ\n"
    ),
    "products.csv": "product_id,product_category_name\np1,perfumaria\n",
}


@pytest.fixture
def olist(tmp_path: Path) -> Path:
    folder = tmp_path / "olist"
    folder.mkdir()
    for name, text in OLIST.items():
        (folder / name).write_text(text)
    make_shop("BR")
    ShopModel.objects.update(timezone="America/Sao_Paulo")
    return folder


def test_an_olist_folder_gives_totals_buyers_and_units(take_in, olist):
    assert counts(take_in("orders.olist", olist, "--shop", "BR", "--history")) == (3, 3, 0, 0, 0, 0)
    order = Order.objects.get(platform_number="o1")
    assert (order.goods_amount, order.freight, order.total) == (
        Decimal("409.85"), Decimal("37.29"), Decimal("447.14"),
    )  # fmt: skip
    assert list(order.lines.order_by("position").values_list("sku_code", "units")) == [("p1", 2), ("p2", 1)]
    assert (order.province, order.placed_on.isoformat()) == ("SP", "2017-10-02")
    empty = Order.objects.get(platform_number="o2")
    assert (empty.total, empty.paid_at, empty.customer_id) == (Decimal("0.00"), None, order.customer_id)
    assert Customer.objects.count() == 2
    assert counts(take_in("orders.olist", olist, "--shop", "BR", "--history")) == (3, 0, 0, 3, 0, 0)


def test_without_history_only_what_is_still_to_be_worked_is_held_for_its_sku(take_in, olist):
    assert counts(take_in("orders.olist", olist, "--shop", "BR")) == (3, 3, 0, 0, 0, 1)
    assert Order.objects.get(platform_number="o3").status == OrderStatus.UNMAPPED


def test_an_olist_folder_without_its_items_is_refused(take_in, olist):
    (olist / "order_items.csv").unlink()
    answer = take_in("orders.olist", olist, "--shop", "BR")
    assert (answer["exit"], answer["error"]["code"]) == (1, "files_missing")


REVIEWS = "cat,label,review\n书籍,1,\ufeff很好\n书籍,0,很差\n书籍,0,很差\n水果,1,\n"


def test_4_reviews_come_in_two_of_them_alike(take_in, write):
    Brand.objects.create(code="ACME", name="Acme")
    answer = take_in("feedback.reviews", write(REVIEWS), "--brand", "ACME", "--at", "2026-11-11")
    assert counts(answer) == (4, 4, 0, 0, 0, 0)
    assert sorted(FeedbackItem.objects.values_list("is_negative", flat=True)) == [False, False, True, True]
    assert set(FeedbackItem.objects.values_list("received_at", flat=True)) == {
        datetime(2026, 11, 10, 16, 0, tzinfo=UTC)
    }
    again = take_in("feedback.reviews", write(REVIEWS, "utf-16"), "--brand", "ACME", "--at", "2026-11-11")
    assert counts(again) == (4, 0, 0, 4, 0, 0)


def test_reviews_without_a_date_keep_the_time_of_their_first_load(take_in, write):
    take_in("feedback.reviews", write(REVIEWS), "--brand", "ACME")
    first = sorted(FeedbackItem.objects.values_list("received_at", flat=True))
    assert counts(take_in("feedback.reviews", write(REVIEWS), "--brand", "ACME")) == (4, 0, 0, 4, 0, 0)
    assert sorted(FeedbackItem.objects.values_list("received_at", flat=True)) == first


def test_the_same_reviews_of_another_brand_are_others(take_in, write):
    take_in("feedback.reviews", write(REVIEWS), "--brand", "ACME")
    assert take_in("feedback.reviews", write(REVIEWS), "--brand", "OTHER")["created"] == 4
    assert set(Brand.objects.values_list("code", flat=True)) == {"ACME", "OTHER"}


@pytest.mark.parametrize("mapping", ["text=words,rating=label", "text=words,label=label"])
def test_a_mapping_names_the_headings_and_a_label_is_no_rating(take_in, write, mapping):
    path = write(REVIEWS.replace("review", "words"))
    assert take_in("feedback.reviews", path, "--map", mapping)["created"] == 4
    assert FeedbackItem.objects.filter(rating__isnull=False).count() == 0


def test_ratings_from_1_to_5_judge_and_others_are_rejected(take_in, write):
    text = "评价内容,评分,评价时间\n好,5,2026-11-01 08:00\n差,1,2026-11-02\n怪,7,\n,,\n空,,昨天\n"
    assert counts(take_in("feedback.reviews", write(text, "gbk"))) == (4, 2, 0, 0, 2, 0)
    assert sorted(FeedbackItem.objects.values_list("rating", "is_negative")) == [(1, True), (5, False)]
    assert list(RejectedRow.objects.order_by("row_number").values_list("code", flat=True)) == [
        "rating_out_of_range", "unreadable",
    ]  # fmt: skip


@pytest.mark.parametrize(("paid", "rejected"), [("2020-02-21 00:00:02", 1), ("", 0)])
def test_a_paid_row_whose_amounts_contradict_each_other_is_rejected(take_in, write, paid, rejected):
    make_shop("S1")
    row = f"5,100,40,上海,2020-02-20 23:59:54,{paid},0\n"
    answer = take_in("orders.tmall_report", write(TMALL + row), "--shop", "S1")
    assert (answer["created"], answer["rejected"]) == (5 - rejected, rejected)
    assert list(RejectedRow.objects.values_list("code", flat=True)) == ["amounts_differ"] * rejected


def test_files_and_reports_are_for_nobody_else_on_the_machine(take_in, write, storage):
    make_shop("S1")
    take_in("orders.tmall_report", write(TMALL + ",1,1,,,,\n"), "--shop", "S1")
    take_in("orders.tmall_report", write(TMALL + ",2,2,,,,\n"), "--shop", "S1", "--dry-run")
    kept = [storage, *storage.rglob("*")]
    assert len([path for path in kept if path.suffix == ".csv"]) == 2
    assert {path.stat().st_mode & 0o777 for path in kept if path.is_dir()} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in kept if path.is_file()} == {0o600}


@pytest.mark.parametrize(
    ("address", "province"),
    [
        ("上海", "上海"),
        ("内蒙古自治区", "内蒙古自治区"),
        ("浙江省 杭州市 西湖区 文三路 1 号", "浙江省"),
        ("广东省深圳市南山区科技园一路88号301室张三丰", "广东省"),
        ("科技园一路88号301室", ""),
    ],
)
def test_only_the_province_of_an_address_is_kept(address, province):
    assert province_of(address) == province
