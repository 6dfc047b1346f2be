"""Labels of goods: what their bars say is what the floor's scanners read."""

from __future__ import annotations

from datetime import date

import pytest

from catalog.bars import bars_of_label, code_of_label, is_gtin
from catalog.gs1 import Label, read_label
from catalog.models import Product, Sku
from catalog.operations.receiving import ReceiptLineDraft
from ops_portal.accounts.choices import Role
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing import assert_statements
from tests.accounts.people import person
from tests.catalog.inbound import announced, receive_one
from tests.factories import ACTOR, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db
PAGE = "/admin/goods-labels/"
EAN, DAY = "6901234567892", date(2028, 12, 31)


@pytest.fixture
def worker(client):
    client.force_login(person("wang", roles=[Role.WAREHOUSE], brands=["ACME"], is_staff=True))
    return client


def batched(code: str = "TEA") -> Sku:
    """Return a SKU with a GTIN, of which two batches lie in the house."""
    sku = make_sku(code, tracks_batches=True)
    with acting_as(ACTOR):
        Sku.objects.filter(pk=sku.pk).update(barcode=EAN)
        Product.objects.filter(pk=sku.product_id).update(name="西湖龍井茶")
    receive(sku, 3, warehouse=make_warehouse("MAIN"), batch="LOT1", expires_on=DAY)
    receive(sku, 2, warehouse=make_warehouse("MAIN"), batch="LOT2", expires_on=date(2029, 1, 31))
    return sku


@pytest.mark.parametrize(
    ("batch", "day", "said", "read"),
    [
        ("LOT1", DAY, "(01)06901234567892(17)281231(10)LOT1", Label("06901234567892", "LOT1", DAY)),
        ("LOT1", None, "(01)06901234567892(10)LOT1", Label("06901234567892", "LOT1")),
        ("批次", DAY, "(01)06901234567892(17)281231", Label("06901234567892", "", DAY)),
        ("A(10)B", DAY, "(01)06901234567892(17)281231", Label("06901234567892", "", DAY)),
        ("", None, EAN, None),
    ],
)
def test_the_bars_say_what_the_floor_reads(batch, day, said, read):
    assert code_of_label("TEA", EAN, batch, day) == said
    assert read_label(said) == read
    plain = said.replace("(01)", "01").replace("(17)", "17").replace("(10)", "10")
    assert read_label(plain) == read
    assert bars_of_label(said) is not None


def test_what_is_no_gtin_is_said_as_it_is():
    assert [is_gtin(text) for text in (EAN, "6901234567891", "12345670", "A", "", "٦٩٠١٢٣٤٥٦٧٨٩٢")] == [
        True, False, True, False, False, False,
    ]  # fmt: skip
    assert code_of_label("TEA", "", "LOT1", DAY) == "TEA"
    assert code_of_label("TEA", "6901234567891", "LOT1", DAY) == "6901234567891"
    assert bars_of_label("茶") is None


def test_a_sku_has_a_label_for_each_batch_in_the_house_with_its_name_and_day(worker):
    batched()
    page = worker.get(PAGE, {"sku": "TEA"}).content.decode()
    assert page.count("<strong>西湖龍井茶</strong>") == 2
    assert [text in page for text in ("LOT1 · Use by 2028-12-31", "LOT2 · Use by 2029-01-31")] == [True, True]
    page = worker.get(PAGE, {"sku": "TEA", "batch": "LOT2", "copies": "5", "columns": "3"}).content.decode()
    assert (page.count("<svg"), "LOT1 ·" in page, "goods-labels-3" in page) == (5, False, True)


@pytest.mark.parametrize(
    ("copies", "labels"), [("", 1), ("0", 1), ("x", 1), ("-3", 1), ("9999", 300), ("99999", 1)]
)
def test_copies_are_never_more_than_a_page(worker, copies, labels):
    make_sku("SALT")
    assert len(worker.get(PAGE, {"sku": "SALT", "copies": copies}).context["labels"]) == labels


def test_a_receipt_has_a_label_for_each_unit_that_came(worker):
    delivery = announced(("SALT", 4), ("TEA", 2))
    receive_one(delivery, ReceiptLineDraft("SALT", 3), ReceiptLineDraft("TEA", 2), key="K1")
    receive_one(delivery, ReceiptLineDraft("SALT", 1), key="K2")
    page = worker.get(f"/admin/deliveries-in/{delivery.number}/").content.decode()
    assert page.count("goods-labels/?delivery=") == 3
    labels = worker.get(PAGE, {"delivery": delivery.number, "copies": "0"}).context["labels"]
    assert sorted(each.sku.code for each in labels) == ["SALT"] * 4 + ["TEA"] * 2
    assert len(worker.get(PAGE, {"delivery": delivery.number}).context["labels"]) == 2


def test_nobody_prints_labels_of_goods_that_are_not_theirs(client):
    make_sku("THEIRS", brand="BOLT")
    delivery = announced(("SALT", 4))
    receive_one(delivery, ReceiptLineDraft("SALT", 3))
    client.force_login(person("bolt", roles=[Role.WAREHOUSE], brands=["BOLT"], is_staff=True))
    assert client.get(PAGE, {"sku": "THEIRS"}).status_code == 200
    for query in ({"sku": "SALT"}, {"delivery": delivery.number}, {}):
        assert client.get(PAGE, query).status_code == 404
    client.force_login(person("partner", roles=[Role.BRAND_PARTNER], brands=["ACME"], is_staff=True))
    assert client.get(PAGE, {"sku": "SALT"}).status_code == 403


def test_a_receipt_of_3_skus_takes_as_many_statements_as_of_one(worker):
    delivery = announced(("A", 1), ("B", 1), ("C", 1))
    codes = iter("ABC")

    def add():
        code = next(codes)
        receive_one(delivery, ReceiptLineDraft(code, 1), key=code)

    assert_statements(8, lambda: worker.get(PAGE, {"delivery": delivery.number}), add)
