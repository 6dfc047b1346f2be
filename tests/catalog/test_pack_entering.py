"""A pack becomes a product and listings to write, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from catalog.choices import PackStatus
from catalog.drafts import EntryDraft, PackDraft, PackFacts, VariantDraft
from catalog.models import (
    Attribute,
    Brand,
    Category,
    Channel,
    Listing,
    ListingVersion,
    MaterialPack,
    Product,
    Sku,
)  # fmt: skip
from catalog.operations.entering import enter_packs
from catalog.operations.packs import receive_packs
from ops_portal.lib.principals import Principal, acting_as
from tests.factories import ACTOR, NOON, make_shop

pytestmark = pytest.mark.django_db
AXES = (("Colour", ("black", "white", "red")), ("Size", ("S", "M", "L", "XL")))
GRID = tuple(
    VariantDraft({"Colour": colour, "Size": size}, list_price=Decimal("99.00"), cost=Decimal("40.00"))
    for colour in AXES[0][1]
    for size in AXES[1][1]
)
PACK = PackDraft(
    "ACME", "Jacket", "jackets",
    PackFacts("J1", selling_points=("warm",), attributes={"season": "winter", "odd": "x"}, axes=AXES, variants=GRID),
    source_key="S-1",
)  # fmt: skip


@pytest.fixture(autouse=True)
def house():
    with acting_as(ACTOR):
        for code in ("ACME", "BOLT"):
            Brand.objects.create(code=code, name=code)
        category = Category.objects.create(code="jackets", name="Jackets")
        Attribute.objects.create(category=category, code="season", name="Season", kind="text")
    make_shop("T1")
    make_shop("T2")


def receive(draft: PackDraft = PACK) -> str:
    return receive_packs([draft], actor=ACTOR, at=NOON).one().number


def test_a_pack_of_12_variants_becomes_a_product_with_a_listing_to_write_in_each_of_two_shops():
    number = receive()
    pack = enter_packs([EntryDraft(number, "", ("T1", "T2"))], actor=ACTOR, at=NOON).one()
    product = Product.objects.get(code="J1")
    assert (pack.status, pack.product_id) == ("entered", product.pk)
    assert (product.name, product.category.code, product.attributes) == (
        "Jacket",
        "jackets",
        {"season": "winter"},
    )
    assert Sku.objects.filter(product=product, is_active=True, list_price=Decimal("99.00")).count() == 12
    assert sorted(Listing.objects.values_list("channel__code", flat=True)) == ["T1", "T2"]
    versions = ListingVersion.objects.order_by("pk")
    assert [(version.status, len(version.content["skus"])) for version in versions] == [("draft", 12)] * 2
    assert versions[0].content["selling_points"] == ["warm"]


def test_a_pack_that_can_t_be_entered_leaves_nothing_and_the_others_go():
    bad = receive(replace(PACK, source_key="S-2", facts=replace(PACK.facts, product_code="J2", axes=())))
    good = receive()
    drafts = [EntryDraft(bad), EntryDraft("MP0"), EntryDraft(good), EntryDraft(good)]
    outcome = enter_packs(drafts, actor=ACTOR, at=NOON)
    assert [(index, refused.code) for index, refused in outcome.refused] == [
        (0, "unknown_axis_value"),
        (1, "no_such_pack"),
        (3, "illegal_move"),
    ]
    assert [pack.number for pack in outcome.done] == [good]
    assert list(Product.objects.values_list("code", flat=True)) == ["J1"]
    assert MaterialPack.objects.get(number=bad).status == PackStatus.RECEIVED


def test_where_a_shop_has_an_open_version_the_whole_pack_is_refused():
    enter_packs([EntryDraft(receive(), "", ("T1",))], actor=ACTOR, at=NOON).one()
    again = receive(replace(PACK, source_key="S-2", name="Renamed"))
    outcome = enter_packs([EntryDraft(again, "", ("T2", "T1"))], actor=ACTOR, at=NOON)
    assert [refused.code for _index, refused in outcome.refused] == ["open_version"]
    assert Product.objects.get(code="J1").name == "Jacket"
    assert Listing.objects.count() == 1


def test_what_a_new_pack_doesn_t_tell_of_a_known_product_stays():
    enter_packs([EntryDraft(receive())], actor=ACTOR, at=NOON).one()
    with acting_as(ACTOR):
        Sku.objects.update(barcode="690", weight_grams=300)
    cheaper = tuple(replace(each, cost=None, list_price=Decimal("89.00")) for each in GRID)
    again = receive(
        replace(PACK, source_key="S-2", category_code="", facts=replace(PACK.facts, variants=cheaper))
    )
    enter_packs([EntryDraft(again)], actor=ACTOR, at=NOON).one()
    kept = Sku.objects.values_list("barcode", "weight_grams", "cost", "list_price").distinct()
    assert list(kept) == [("690", 300, Decimal("40.00"), Decimal("89.00"))]
    assert Product.objects.get().category.code == "jackets"


def test_a_product_code_of_another_brand_is_refused():
    enter_packs([EntryDraft(receive())], actor=ACTOR, at=NOON).one()
    theirs = receive(replace(PACK, brand_code="BOLT"))
    outcome = enter_packs([EntryDraft(theirs)], actor=ACTOR, at=NOON)
    assert [refused.code for _index, refused in outcome.refused] == ["product_of_another_brand"]


def test_a_pack_without_variants_becomes_a_product_of_one_and_takes_its_number_for_a_code():
    number = receive(PackDraft("ACME", "Hat"))
    enter_packs([EntryDraft(number)], actor=ACTOR, at=NOON).one()
    assert Sku.objects.filter(product__code=number).count() == 1


def test_only_those_who_write_listings_enter_packs():
    service = Principal("person", "service", 1, frozenset({"customer_service"}))
    outcome = enter_packs([EntryDraft(receive())], actor=service, at=NOON)
    assert [refused.code for _index, refused in outcome.refused] == ["role_may_not_move"]
    assert not Product.objects.exists()
    assert Channel.objects.count() == 2
