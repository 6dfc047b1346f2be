"""Products with their variants as a grid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.choices import AttributeKind
from catalog.drafts import ProductDraft, VariantDraft
from catalog.models import Attribute, Brand, Category, Price, Product, Sku
from catalog.operations.goods import save_bundles
from catalog.operations.variants import save_products
from catalog.queries.attributes import attributes_for
from catalog.queries.prices import price_history
from catalog.signals import skus_created
from ops_portal.lib.testing import assert_batch_does_what_one_by_one_does
from ops_portal.lib.testing.batches import codes_of
from tests.catalog.test_bundles import bundle
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db
AXES = (("Colour", ("Red", "Blue")), ("Size", ("S", "M", "L")))
GRID = tuple(
    VariantDraft({"Colour": colour, "Size": size}) for colour in ("Red", "Blue") for size in ("S", "M", "L")
)
MANY = tuple(str(number) for number in range(1001))
SHIRT = ProductDraft("SHIRT", "Shirt", "ACME", axes=AXES, variants=GRID)


@pytest.fixture(autouse=True)
def brand():
    return Brand.objects.create(code="ACME", name="Acme")


def save(*drafts, at=NOON):
    return save_products(drafts, actor=ACTOR, at=at)


def grid():
    rows = Sku.objects.order_by("code")
    return [(sku.code, sku.name, sku.is_active, str(sku.list_price or "")) for sku in rows]


def look():
    facts = ("code", "name", "brand__code", "category__code", "axes", "attributes")
    return [*Product.objects.order_by("code").values_list(*facts), *grid()]


def test_a_grid_of_2_colours_and_3_sizes_is_6_skus_with_codes_of_their_place():
    product = save(SHIRT).one()
    assert [code for code, *_rest in grid()] == [
        "SHIRT-1-1", "SHIRT-1-2", "SHIRT-1-3", "SHIRT-2-1", "SHIRT-2-2", "SHIRT-2-3",
    ]  # fmt: skip
    assert Sku.objects.get(code="SHIRT-2-3").options == {"Colour": "Blue", "Size": "L"}
    assert Sku.objects.get(code="SHIRT-2-3").name == "Blue / L"
    assert product.axes == [["Colour", ["Red", "Blue"]], ["Size", ["S", "M", "L"]]]


def test_a_cell_that_is_left_out_is_not_made():
    save(replace(SHIRT, variants=GRID[:5]))
    assert Sku.objects.count() == 5


def test_skus_that_fall_out_of_the_grid_stay_and_become_inactive_and_come_back():
    save(SHIRT)
    save(
        replace(
            SHIRT,
            axes=(AXES[0], ("Size", ("M", "L"))),
            variants=tuple(v for v in GRID if v.options["Size"] != "S"),
        )
    )
    assert [(code, active) for code, _n, active, _p in grid() if not active] == [
        ("SHIRT-1-1", False), ("SHIRT-2-1", False),
    ]  # fmt: skip
    save(SHIRT)
    assert Sku.objects.filter(is_active=True).count() == Sku.objects.count() == 6


def test_a_new_value_takes_no_code_that_is_taken():
    save(SHIRT)
    sizes = ("XS", "S", "M", "L")
    grown = tuple(VariantDraft({"Colour": c, "Size": s}) for c in ("Red", "Blue") for s in sizes)
    save(replace(SHIRT, axes=(AXES[0], ("Size", sizes)), variants=grown))
    codes = dict(Sku.objects.filter(options__Colour="Red").values_list("options__Size", "code"))
    assert codes == {"S": "SHIRT-1-1", "M": "SHIRT-1-2", "L": "SHIRT-1-3", "XS": "SHIRT-1-1~2"}


def test_a_product_without_axes_is_one_sku_of_its_code():
    save(ProductDraft("CREAM", "Cream", "ACME", variants=(VariantDraft({}, list_price=Decimal("9")),)))
    assert grid() == [("CREAM", "", True, "9.00")]


def test_without_axes_the_skus_that_stand_are_told_apart_by_their_codes():
    make_sku("A")
    product = Product.objects.get()
    Sku.objects.create(code="B", product=product, name="refill")
    both = (VariantDraft({}, "A", list_price=Decimal("10")), VariantDraft({}, "B"))
    save(ProductDraft(product.code, "Cream", "ACME", variants=both)).one()
    assert grid() == [("A", "", True, "10.00"), ("B", "refill", True, "")]


def test_a_draft_without_variants_leaves_skus_and_axes_as_they_are():
    save(SHIRT)
    save(ProductDraft("SHIRT", "Better shirt", "ACME"))
    assert (Product.objects.get().name, len(Product.objects.get().axes)) == ("Better shirt", 2)
    assert Sku.objects.filter(is_active=True).count() == 6


def test_what_a_product_may_not_say_is_refused_by_code():
    make_sku("TAKEN")
    receive(make_sku("MOVED"), 1, warehouse=make_warehouse())
    moved = Product.objects.get(code="P-MOVED")
    one = GRID[0]
    outcome = save(
        replace(SHIRT, name=" "),
        replace(SHIRT, name="x" * 201),
        replace(SHIRT, brand_code="NOBODY"),
        replace(SHIRT, category_code="NOWHERE"),
        replace(SHIRT, attributes={"material": "silk"}),
        replace(SHIRT, axes=(AXES[0], AXES[0])),
        replace(SHIRT, axes=(("Size", ("S", "S")),), variants=()),
        replace(SHIRT, axes=(("Size", ()),), variants=()),
        replace(SHIRT, variants=(VariantDraft({"Colour": "Green", "Size": "S"}),)),
        replace(SHIRT, variants=(VariantDraft({"Colour": "Red"}),)),
        replace(SHIRT, variants=(one, one)),
        replace(SHIRT, variants=(replace(one, sku_code="X"), replace(GRID[1], sku_code="X"))),
        replace(SHIRT, variants=(replace(one, sku_code="TAKEN"),)),
        replace(SHIRT, variants=(replace(one, cost=Decimal("-1")),)),
        replace(SHIRT, variants=(replace(one, list_price=Decimal("5"), floor_price=Decimal("6")),)),
        replace(SHIRT, variants=(replace(one, weight_grams=-1),)),
        replace(SHIRT, variants=(replace(one, price_role="dear"),)),
        replace(SHIRT, variants=(replace(one, stage="dead"),)),
        ProductDraft(moved.code, "M", "ACME", variants=(VariantDraft({}, "MOVED", tracks_batches=True),)),
        replace(SHIRT, axes=(("N", MANY),), variants=tuple(VariantDraft({"N": number}) for number in MANY)),
    )  # fmt: skip
    assert codes_of(outcome) == [
        "value_missing", "too_long", "unknown_brand", "unknown_category", "unknown_attribute", "bad_axes", "bad_axes",
        "bad_axes", "unknown_axis_value", "option_missing", "variant_twice", "sku_twice", "sku_of_another_product",
        "bad_price", "below_floor", "bad_measure", "unknown_price_role", "unknown_stage", "batches_cant_change",
        "too_many_variants",
    ]  # fmt: skip
    assert Sku.objects.count() == 2


def test_a_bundle_is_not_kept_by_batch():
    make_sku("PART")
    make_sku("SET")
    save_bundles([bundle("SET", "PART")], actor=ACTOR, at=NOON).one()
    draft = ProductDraft("P-SET", "Set", "ACME", variants=(VariantDraft({}, "SET", tracks_batches=True),))
    assert codes_of(save(draft)) == ["batches_cant_change"]


def test_two_drafts_of_a_batch_can_not_share_a_sku_code():
    drafts = [ProductDraft(code, code, "ACME", variants=(VariantDraft({}, "X"),)) for code in ("P1", "P2")]
    assert codes_of(save(*drafts)) == ["done", "sku_of_another_product"]
    assert Product.objects.count() == 1


@pytest.fixture
def creams():
    beauty = Category.objects.create(code="beauty", name="Beauty")
    creams = Category.objects.create(code="creams", name="Creams", parent=beauty)
    Attribute.objects.create(
        category=beauty, code="skin", name="Skin", kind=AttributeKind.CHOICES, options=["dry", "oily"]
    )
    Attribute.objects.create(category=beauty, code="effect", name="Effect", kind=AttributeKind.TEXT)
    Attribute.objects.create(
        category=creams, code="net", name="Net content", kind=AttributeKind.NUMBER, unit="g"
    )
    Attribute.objects.create(
        category=creams, code="effect", name="Effect", kind=AttributeKind.CHOICE, options=["firm"]
    )
    return creams


def test_attributes_of_a_category_are_its_own_and_those_above_the_nearer_wins(
    creams, django_assert_num_queries
):
    with django_assert_num_queries(1):
        found = attributes_for(creams.pk)
    assert [(attribute.code, attribute.kind) for attribute in found] == [
        ("skin", "choices"), ("effect", "choice"), ("net", "number"),
    ]  # fmt: skip
    assert [attribute.code for attribute in attributes_for(creams.parent_id)] == ["skin", "effect"]
    assert attributes_for(None) == []


def test_attributes_of_a_ring_of_categories_come_to_an_end(creams):
    Category.objects.filter(code="beauty").update(parent=creams)
    assert len(attributes_for(creams.pk)) == 3


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            {"skin": ["oily", "dry"], "effect": " firm ", "net": "050.0"},
            {"skin": ["dry", "oily"], "effect": "firm", "net": "50"},
        ),
        ({"skin": "dry", "net": 1.5}, {"skin": ["dry"], "net": "1.5"}),
        ({"skin": [], "effect": "", "net": None}, {}),
        ({"skin": ["old"]}, None),
        ({"skin": {"dry": 1}}, None),
        ({"effect": "soft"}, None),
        ({"net": "much"}, None),
        ({"net": "NaN"}, None),
        ({"net": "1e99"}, None),
        ({"net": True}, None),
    ],
)  # fmt: skip
def test_values_of_attributes_are_kept_by_their_type(creams, given, kept):
    outcome = save(ProductDraft("C", "Cream", "ACME", "creams", attributes=given))
    if kept is None:
        assert codes_of(outcome) == ["bad_attribute"]
    else:
        assert outcome.one().attributes == kept


def test_a_blank_clears_but_a_blank_list_price_keeps_the_one_in_force():
    cell = replace(GRID[0], barcode="690", cost=Decimal("3"), list_price=Decimal("8"), weight_grams=120)
    save(replace(SHIRT, variants=(cell,)))
    save(SHIRT, at=NOON + timedelta(days=1))
    sku = Sku.objects.get(code="SHIRT-1-1")
    assert (sku.barcode, sku.cost, sku.weight_grams, str(sku.list_price)) == ("", None, None, "8.00")


def test_list_prices_of_variants_are_written_down_when_they_change():
    for day, amount in ((0, "8"), (1, "8.00"), (2, "9")):
        save(
            replace(SHIRT, variants=(replace(GRID[0], list_price=Decimal(amount)),)),
            at=NOON + timedelta(days=day),
        )
    sku = Sku.objects.get()
    assert [str(found.amount) for found in price_history(sku.pk, None)] == ["9.00", "8.00"]


def test_a_list_price_below_a_floor_that_rose_stays_until_it_changes():
    save(replace(SHIRT, variants=(replace(GRID[0], list_price=Decimal("8")),)))
    raised = replace(GRID[0], list_price=Decimal("8"), floor_price=Decimal("9"))
    assert codes_of(save(replace(SHIRT, variants=(raised,)))) == ["done"]
    lower = replace(raised, list_price=Decimal("7"))
    assert codes_of(save(replace(SHIRT, variants=(lower,)))) == ["below_floor"]


def test_new_skus_are_told_once_and_the_rest_not():
    heard = []

    def hear(sender, codes, **_):
        heard.append(codes)

    skus_created.connect(hear)
    try:
        save(replace(SHIRT, variants=GRID[:2]))
        save(replace(SHIRT, variants=GRID[:3]))
        save(SHIRT, SHIRT)
    finally:
        skus_created.disconnect(hear)
    assert heard == [["SHIRT-1-1", "SHIRT-1-2"], ["SHIRT-1-3"], ["SHIRT-2-1", "SHIRT-2-2", "SHIRT-2-3"]]


def test_two_skus_may_change_places():
    save(replace(SHIRT, variants=(replace(GRID[0], sku_code="X"), replace(GRID[1], sku_code="Y"))))
    save(replace(SHIRT, variants=(replace(GRID[1], sku_code="X"), replace(GRID[0], sku_code="Y"))))
    assert [(sku.code, sku.name) for sku in Sku.objects.order_by("code")] == [
        ("X", "Red / M"),
        ("Y", "Red / S"),
    ]


def test_a_batch_of_products_does_what_they_would_have_done_one_by_one():
    make_sku("TAKEN")
    drafts = [
        SHIRT,
        replace(SHIRT, variants=GRID[:2]),
        replace(SHIRT, code="COAT", variants=(replace(GRID[0], sku_code="TAKEN"),)),
        replace(SHIRT, code="COAT", variants=(replace(GRID[0], sku_code="SHIRT-1-1"),)),
        replace(SHIRT, code="COAT", variants=(replace(GRID[0], list_price=Decimal("7")), GRID[1])),
        replace(SHIRT, name="Shirts", variants=GRID[1:]),
        ProductDraft("P-TAKEN", "Cream", "ACME", variants=(VariantDraft({}),)),
    ]
    assert_batch_does_what_one_by_one_does(lambda batch: save(*batch), drafts, look)


def test_saving_again_writes_nothing():
    save(SHIRT)
    with CaptureQueriesContext(connection) as seen:
        save(SHIRT)
    written = [
        query["sql"] for query in seen.captured_queries if query["sql"].startswith(("INSERT", "UPDATE"))
    ]
    assert (written, Price.objects.count()) == ([], 0)


def test_50_products_take_as_many_statements_as_one():
    counts = []
    for first, last in ((0, 1), (1, 51)):
        drafts = [
            replace(SHIRT, code=f"S{n}", variants=(replace(GRID[0], list_price=Decimal(9)),))
            for n in range(first, last)
        ]
        with CaptureQueriesContext(connection) as seen:
            save(*drafts)
        counts.append(len([query for query in seen.captured_queries if "SAVEPOINT" not in query["sql"]]))
    assert counts == [9, 9]
