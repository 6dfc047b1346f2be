"""Whoever takes in a file touches the goods, stock, orders and reviews of his own shops and brands, and no others."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.models import Brand, Sku, StockDocument
from feedback.models import FeedbackItem
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import Grant, User
from ops_portal.intake.granted import scope_of_actor
from ops_portal.intake.kinds import Options, kind_of
from ops_portal.intake.models import ImportRun, RejectedRow
from ops_portal.intake.running import import_file, prepare
from ops_portal.lib.principals import Principal
from orders.models import Order
from tests.factories import make_shop, make_sku, make_warehouse
from tests.intake.conftest import order_file, order_rows

pytestmark = pytest.mark.django_db


def person(*grants: tuple[str, str], role: str = Role.OPERATIONS) -> Principal:
    user = User.objects.create_user(f"u{User.objects.count()}", roles=[role])
    for kind, code in grants:
        Grant.objects.create(user=user, kind=kind, code=code)
    return Principal("person", user.username, user_id=user.pk, roles=frozenset(user.roles))


@pytest.fixture
def bring(write):
    def run(kind: str, text: str, actor: Principal, **options: str) -> ImportRun:
        draft = prepare(kind_of(kind), write(text), Options(**options))
        return import_file(draft, actor=actor)

    return run


def codes() -> list[str]:
    return list(RejectedRow.objects.order_by("row_number").values_list("code", flat=True))


def test_a_file_can_not_seize_the_goods_of_another_brand(bring):
    make_sku("M1", brand="MINE")
    make_sku("Y1", brand="OTHER")
    text = (
        "sku,product,product_name,brand,list_price\n"
        "Y1,P-Y1,Stolen,MINE,1.00\n"  # the product is another's
        "Y1,P-M1,Stolen,MINE,1.00\n"  # so is the SKU, wherever it is to go
        "N1,P-Y1,Stolen,MINE,1.00\n"  # a SKU of one's own under another's product
        "M1,P-M9,Given away,OTHER,1.00\n"
        "M2,P-M2,New,NOBODYS,1.00\n"
        "M3,P-M3,New,MINE,3.00\n"
    )
    run = bring("catalog.standard", text, person(("brand", "MINE"), ("brand", "NOBODYS")), brand="MINE")
    assert (run.created, run.updated, run.rejected, codes()) == (1, 0, 5, ["not_granted"] * 5)
    theirs = Sku.objects.select_related("product__brand").get(code="Y1")
    assert (theirs.product.code, theirs.product.name, theirs.product.brand.code) == (
        "P-Y1", "Product Y1", "OTHER",
    )  # fmt: skip
    assert theirs.list_price != Decimal("1.00")
    assert set(Brand.objects.values_list("code", flat=True)) == {"MINE", "OTHER"}


def test_those_who_see_all_bring_new_brands(bring):
    text = "sku,brand\nN1,NEW\n"
    assert bring("catalog.standard", text, person(role=Role.OPERATIONS_MANAGER)).created == 1


def test_a_partner_brings_nothing_even_for_his_brand(bring):
    make_sku("M1", brand="MINE")
    assert scope_of_actor(person(("brand", "MINE"), role=Role.BRAND_PARTNER)).empty


def test_stock_of_another_brand_is_not_booked(bring):
    make_sku("M1", brand="MINE")
    make_sku("Y1", brand="OTHER")
    make_warehouse("MAIN")
    text = "receipt_number,sku,warehouse,units\nR1,M1,MAIN,1\nR2,M1,MAIN,1\n,Y1,MAIN,9\n"
    run = bring("stock.receipt", text, person(("brand", "MINE"), role=Role.WAREHOUSE))
    assert (run.created, run.rejected, codes()) == (1, 2, ["not_granted"] * 2)
    assert StockDocument.objects.get().source_key == "R1"


def test_orders_of_another_shop_are_not_taken_in(bring):
    make_shop("S1")
    make_shop("S2")
    actor = person(("shop", "S1"), role=Role.ONSITE_OPERATOR)
    assert bring("orders.standard", order_file(*order_rows("T1")), actor, shop="S1").created == 1
    refused = bring("orders.standard", order_file(*order_rows("T2")), actor, shop="S2")
    assert (refused.created, refused.rejected, codes()) == (0, 1, ["not_granted"])
    assert Order.objects.get().platform_number == "T1"


@pytest.mark.parametrize(
    ("options", "created"),
    [
        ({"shop": "S1"}, 1),
        ({"brand": "MINE"}, 1),
        ({"shop": "S1", "brand": "MINE"}, 1),
        ({"shop": "S2", "brand": "MINE"}, 0),
        ({"shop": "S1", "brand": "OTHER"}, 0),
        ({"brand": "NOBODYS"}, 0),
        ({}, 0),
    ],
)
def test_reviews_are_brought_for_ones_own_shops_and_brands(bring, options, created):
    make_shop("S1")
    make_shop("S2")
    make_sku("M1", brand="MINE")
    make_sku("Y1", brand="OTHER")
    actor = person(("shop", "S1"), ("brand", "MINE"), ("brand", "NOBODYS"))
    run = bring("feedback.reviews", "text\n好\n", actor, **options)
    assert (run.created, FeedbackItem.objects.count(), Brand.objects.count()) == (created, created, 2)
    assert codes() == ([] if created else ["not_granted"])


def test_a_grant_that_ended_while_the_run_waited_is_gone(bring, write):
    make_shop("S1")
    actor = person(("shop", "S1"), role=Role.ONSITE_OPERATOR)
    draft = prepare(kind_of("orders.standard"), write(order_file(*order_rows("T1"))), Options(shop="S1"))
    Grant.objects.all().delete()
    assert import_file(draft, actor=actor).rejected == 1


def test_reviews_of_two_shops_with_the_same_words_are_two(bring):
    make_shop("S1")
    make_shop("S2")
    actor = person(role=Role.OPERATIONS_MANAGER)
    runs = [
        bring("feedback.reviews", "text,rating\n好评,5\n", actor, shop=shop) for shop in ("S1", "S2", "S1")
    ]
    assert [(run.created, run.updated, run.unchanged) for run in runs] == [(1, 0, 0), (1, 0, 0), (0, 0, 1)]
    assert sorted(FeedbackItem.objects.values_list("shop__code", flat=True)) == ["S1", "S2"]
