"""``catalog.standard`` and ``stock.receipt``."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from catalog.models import Batch, Brand, Category, Product, Sku, StockDocument, Warehouse
from catalog.queries.audit import audit_stock
from ops_portal.intake.models import RejectedRow, RunChange
from tests.factories import make_sku, make_warehouse, stock_of
from tests.intake.conftest import counts

pytestmark = pytest.mark.django_db

GOODS = (
    "sku,product,product_name,brand,brand_name,category,name,barcode,list_price,tracks_batches\n"
    "A1,P1,Cream,ACME,Acme,CARE,50 ml,690001,99.00,是\n"
    "A2,P1,,ACME,,CARE,100 ml,690002,159.00,1\n"
    "B1,P2,Soap,ACME,,,,,,no\n"
)


@pytest.fixture
def care():
    return Category.objects.create(code="CARE", name="Care")


def test_3_skus_of_2_products_and_a_brand_are_created(care, take_in, write):
    assert counts(take_in("catalog.standard", write(GOODS))) == (3, 3, 0, 0, 0, 0)
    assert (Brand.objects.get().name, Product.objects.count()) == ("Acme", 2)
    cream = Sku.objects.get(code="A2")
    assert (cream.product.name, cream.list_price, cream.tracks_batches) == ("Cream", Decimal("159.00"), True)
    assert sorted(RunChange.objects.values_list("object_kind", flat=True)) == [
        "brand", "product", "product", "sku", "sku", "sku",
    ]  # fmt: skip


def test_the_same_goods_again_are_unchanged_and_a_new_price_updates_one(care, take_in, write):
    take_in("catalog.standard", write(GOODS))
    assert counts(take_in("catalog.standard", write(GOODS))) == (3, 0, 0, 3, 0, 0)
    assert counts(take_in("catalog.standard", write(GOODS.replace("159.00", "149")))) == (3, 0, 1, 2, 0, 0)
    [change] = RunChange.objects.filter(what="updated")
    assert change.before["was"]["list_price"] == "159.00"


def test_what_a_row_of_goods_is_rejected_for(care, take_in, write):
    text = GOODS + (
        ",P3,Comb,ACME,,,,,,\n"  # no SKU
        "C1,P1,Other name,ACME,,CARE,,,,\n"  # the product is described otherwise above
        "C2,P4,Comb,ACME,,NOWHERE,,,,\n"
        "C3,P5,Comb,ACME,,,,,-1,\n"
        "C4,P6,Comb,ACME,,,,,,maybe\n"
        "合计,,,,,,,,,\n"
    )
    assert counts(take_in("catalog.standard", write(text))) == (9, 3, 0, 0, 6, 0)
    assert list(RejectedRow.objects.order_by("row_number").values_list("code", flat=True)) == [
        "value_missing", "product_differs", "unknown_category", "bad_price", "unreadable", "total_row",
    ]  # fmt: skip


def test_a_sku_that_stands_twice_in_a_file_takes_the_last_price(take_in, write):
    text = "sku,brand,list_price\nA,X,1.00\nA,X,2.00\nA,X,2.00\n"
    assert counts(take_in("catalog.standard", write(text))) == (3, 1, 1, 1, 0, 0)
    assert Sku.objects.get().list_price == Decimal("2.00")


def test_a_file_without_a_brand_column_takes_the_brand_of_the_option(take_in, write):
    path = write("sku,list_price\nA,1.00\n")
    assert counts(take_in("catalog.standard", path, "--brand", "ACME")) == (1, 1, 0, 0, 0, 0)
    assert Sku.objects.get().product.brand.code == "ACME"


RECEIPTS = (
    "receipt_number,sku,warehouse,owner,units,batch,expires_on,state\n"
    "R1,A,MAIN,,10,,,\n"
    "R1,B,MAIN,BRAND,5,LOT1,2027-03-31,quarantine\n"
    "R2,A,MAIN,,7,,,正常\n"
)


@pytest.fixture
def shelf():
    return make_warehouse("MAIN"), make_sku("A"), make_sku("B", tracks_batches=True)


def test_2_receipts_book_17_units_available_and_5_into_quarantine(shelf, take_in, write):
    warehouse, a, b = shelf
    assert counts(take_in("stock.receipt", write(RECEIPTS))) == (3, 2, 0, 0, 0, 0)
    assert stock_of(a, warehouse).available == 17
    assert stock_of(b, warehouse, "BRAND").quarantine == 5
    assert Batch.objects.get().expires_on == date(2027, 3, 31)
    assert audit_stock().ok


def test_the_same_receipts_again_book_nothing(shelf, take_in, write):
    warehouse, a, _b = shelf
    take_in("stock.receipt", write(RECEIPTS))
    assert counts(take_in("stock.receipt", write(RECEIPTS))) == (3, 0, 0, 2, 0, 0)
    assert stock_of(a, warehouse).available == 17


def test_a_receipt_that_came_before_with_other_units_is_rejected(shelf, take_in, write):
    take_in("stock.receipt", write(RECEIPTS))
    assert counts(take_in("stock.receipt", write(RECEIPTS.replace(",7,", ",8,")))) == (3, 0, 0, 1, 1, 0)
    assert RejectedRow.objects.get().code == "document_differs"


def test_an_unknown_warehouse_is_created_and_the_paper_says_so(shelf, take_in, write):
    answer = take_in("stock.receipt", write(RECEIPTS.replace("R2,A,MAIN", "R2,A,NEW")))
    assert counts(answer) == (3, 2, 0, 0, 0, 0)
    assert Warehouse.objects.filter(code="NEW").exists()
    notes = dict(StockDocument.objects.values_list("source_key", "note"))
    assert notes == {"R1": "", "R2": "new warehouse: NEW"}


def test_what_a_receipt_is_rejected_for(shelf, take_in, write):
    text = RECEIPTS + (
        "R3,A,MAIN,,1,,,\nR3,NOPE,MAIN,,1,,,\n"
        "R4,A,MAIN,,1,LOT9,,\n"
        "R5,A,MAIN,,0,,,\n"
        "R6,A,MAIN,,1,,,sold\n"
        "R7,A,,,1,,,\n"
        "R1,A,MAIN,,1,,,\n"
        "总计,,,,18,,,\n"
    )
    assert counts(take_in("stock.receipt", write(text))) == (11, 2, 0, 0, 8, 0)
    assert list(RejectedRow.objects.order_by("row_number").values_list("code", flat=True)) == [
        "unknown_sku", "unknown_sku", "batch_needed", "no_units", "unknown_state", "value_missing",
        "document_differs", "total_row",
    ]  # fmt: skip
    assert audit_stock().ok
