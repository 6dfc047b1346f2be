"""``catalog.variants``, ``catalog.shopify`` and ``catalog.snapshots``."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from catalog.models import Category, Price, Product, Sku
from catalog.queries.prices import prices_at
from ops_portal.intake.models import RejectedRow
from tests.factories import make_shop, make_sku
from tests.intake.conftest import counts

pytestmark = pytest.mark.django_db
SHIRTS = (
    "index,SKU Code,Design No.,Stock,Category,Size,Color\n"
    "0,S-RED-M,S,5.0,TOP,M,Red\n1,S-RED-L,S,5.0,TOP,L,Red\n2,S-BLUE-L,S,1.0,TOP,L,Blue\n"
)
WAXES = (
    "Handle,Title,Vendor,Product Category,Type,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,"
    "Variant Grams,Variant Price,Variant Compare At Price,Variant Barcode,Cost per item\n"
    "wax,Wax,Kent,Beauty > Hair,,size,1 oz,hold,soft,W1,28.0,15.99,19.99,'0850064060010,4\n"
    "wax,,,,,,2 oz,,soft,,56,25.99,,,\n"
    "wax,,,,,,,,,,,,,,\n"
    "pot,Pot,Kent,Uncategorized,Outdoor,Title,Default Title,,,,0,9.99,,,\n"
)
DAYS = (
    "update_time,id,title,price,sale_count,comment_count,店名\n"
    "2016/11/14,A1,面霜 新,139,1,2,自然堂\n2016/11/10,A1,面霜,120,1,2,自然堂\n"
    "2016/11/12,A1,面霜,139,,,自然堂\n2016/11/13,A1,面霜,120,,,自然堂\n"
)


def rejected():
    return list(RejectedRow.objects.order_by("row_number").values_list("row_number", "code"))


def test_3_rows_of_a_shirt_are_one_product_with_a_grid(take_in, write):
    assert counts(take_in("catalog.variants", write(SHIRTS), "--brand", "ACME")) == (3, 3, 0, 0, 0, 0)
    assert Product.objects.get().axes == [["Color", ["Red", "Blue"]], ["Size", ["M", "L"]]]
    assert (Category.objects.get().name, Sku.objects.get(code="S-BLUE-L").name) == ("TOP", "Blue / L")
    assert counts(take_in("catalog.variants", write(SHIRTS), "--brand", "ACME")) == (3, 0, 0, 3, 0, 0)


def test_later_rows_of_a_product_add_to_it_and_keep_what_people_wrote(take_in, write):
    take_in("catalog.variants", write(SHIRTS), "--brand", "ACME")
    Sku.objects.filter(code="S-RED-M").update(cost=Decimal("3"), floor_price=Decimal("4"))
    more = SHIRTS.splitlines()[0] + "\n3,S-BLUE-M,S,1,TOP,M,Blue\n4,S-RED-M,S,1,TOP,M,Red\n"
    taken = take_in("catalog.variants", write(more), "--brand", "ACME")
    assert (taken["created"], taken["rejected"], Sku.objects.filter(is_active=True).count()) == (1, 0, 4)
    assert str(Sku.objects.get(code="S-RED-M").cost) == "3.00"


def test_every_bad_row_of_variants_has_its_reason(take_in, write):
    make_sku("TAKEN")
    bad = ",,,,,\n#REF!,S,1,TOP,M,Red\nS-X,,1,TOP,M,Red\nTAKEN,S,1,TOP,XL,Red\nS-RED-M2,S,1,TOP,M,Red\n合计,S,,,,\n"
    text = SHIRTS + "".join(f"9,{line}\n" for line in bad.splitlines())
    taken = take_in("catalog.variants", write(text), "--brand", "ACME")
    assert (taken["created"], taken["rejected"]) == (3, 6)
    assert rejected() == [
        (5, "value_missing"), (6, "broken_formula"), (7, "value_missing"), (8, "sku_of_another_product"),
        (9, "variant_twice"), (10, "total_row"),
    ]  # fmt: skip


def test_prices_of_shops_stand_in_columns_of_their_name(take_in, write, undo):
    make_shop("AMAZON")
    text = (
        "Sku,Style Id,Catalog,Category,Weight,TP,Final MRP Old,Amazon MRP,Paytm MRP\n"
        "Os206_S,Os206,Mix,Kurta,0.3,538,2295,2199,1\nOs206_2XL,Os206,Nill,Nill,Nill,538,2295,Nill,1\n"
    )
    run = take_in("catalog.variants", write(text), "--brand", "OS")
    assert counts(run) == (2, 2, 0, 0, 0, 0)
    small = Sku.objects.get(code="Os206_S")
    assert (small.options, small.weight_grams, str(small.cost)) == ({"Size": "S"}, 300, "538.00")
    assert list(Price.objects.values_list("sku__code", "channel__code", "amount")) == [
        ("Os206_S", "AMAZON", Decimal("2199.00"))
    ]
    assert undo(run["run"])["exit"] == 0
    assert list(Sku.objects.values_list("code", "is_active")) == [("Os206_S", False)]


def test_a_price_below_the_floor_rejects_its_row(take_in, write):
    make_shop("AMAZON")
    take_in("catalog.variants", write(SHIRTS), "--brand", "ACME")
    Sku.objects.filter(code="S-RED-M").update(floor_price=Decimal("4"))
    text = "SKU Code,Design No.,Size,Color,Amazon price\nS-RED-M,S,M,Red,3\nS-RED-L,S,L,Red,3\n"
    assert counts(take_in("catalog.variants", write(text), "--brand", "ACME")) == (2, 0, 1, 0, 1, 0)
    assert rejected() == [(2, "below_floor")]


def test_a_shopify_export_is_one_record_a_product(take_in, write):
    taken = take_in("catalog.shopify", write(WAXES))
    assert (taken["created"], taken["rejected"]) == (2, 0)
    wax = Product.objects.get(code="wax")
    assert wax.axes == [["size", ["1 oz", "2 oz"]], ["hold", ["soft"]]]
    assert (wax.category.name, wax.category.parent.name, wax.brand.code) == ("Hair", "Beauty", "Kent")
    first = Sku.objects.get(code="W1")
    assert (first.barcode, first.weight_grams, str(first.list_price), str(first.reference_price)) == (
        "0850064060010", 28, "15.99", "19.99",
    )  # fmt: skip
    assert list(Sku.objects.order_by("code").values_list("code", flat=True)) == ["W1", "pot", "wax-2-1"]
    again = take_in("catalog.shopify", write(WAXES))
    assert (again["unchanged"], Sku.objects.count(), Category.objects.count()) == (2, 3, 3)


def test_a_sku_code_twice_rejects_the_product_and_names_the_row(take_in, write):
    taken = take_in("catalog.shopify", write(WAXES.replace("soft,,56", "soft,W1,56")))
    assert (taken["created"], taken["rejected"]) == (1, 3)
    assert RejectedRow.objects.filter(row_number=3, code="sku_twice").exists()


def test_snapshots_give_the_price_of_any_day_in_whatever_sequence_they_come(take_in, write, undo):
    run = take_in("catalog.snapshots", write(DAYS))
    assert counts(run) == (4, 1, 3, 0, 0, 0)
    sku = Sku.objects.select_related("product").get()
    assert (sku.product.name, sku.product.brand_id is not None, str(sku.list_price)) == (
        "面霜 新",
        True,
        "139.00",
    )
    noon = [datetime(2016, 11, day, 12, tzinfo=ZoneInfo("Asia/Shanghai")) for day in (10, 11, 12, 13, 14)]
    assert [str(prices_at([sku.pk], None, moment)[sku.pk]) for moment in noon] == [
        "120.00", "120.00", "139.00", "120.00", "139.00",
    ]  # fmt: skip
    assert counts(take_in("catalog.snapshots", write(DAYS))) == (4, 0, 0, 4, 0, 0)
    assert undo(run["run"])["exit"] == 0
    assert Sku.objects.get().is_active is False
