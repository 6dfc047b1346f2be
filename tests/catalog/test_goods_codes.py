"""Codes of goods: those whose pages nobody could open are refused, and of two who make one code one is told so."""

from __future__ import annotations

from threading import Barrier

import pytest

from catalog.drafts import ProductDraft, SkuDraft, VariantDraft
from catalog.models import Brand, Product, Sku
from catalog.operations import variants
from catalog.operations.codes import is_unreachable
from catalog.operations.goods import save_skus
from catalog.operations.variants import save_products
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing import race
from tests.catalog.listings import codes
from tests.factories import ACTOR, NOON, make_sku

UNREACHABLE = (
    "new",
    "attributes",
    "x/price",
    "x/new-version",
    "a/../b",
    "../b",
    "a/.",
    "/a",
    "a/",
    "a//b",
    "a\\b",
    "a\nb",
)


@pytest.fixture
def brand():
    with acting_as(ACTOR):
        return Brand.objects.create(code="ACME", name="Acme")


def product(code: str, **more) -> ProductDraft:
    return ProductDraft(code, more.pop("name", "Tea"), "ACME", variants=(VariantDraft({}),), **more)


@pytest.mark.django_db
@pytest.mark.parametrize("code", UNREACHABLE)
def test_a_code_that_no_address_carries_is_refused_by_form_and_by_file(brand, code):
    assert codes(save_products([product(code)], actor=ACTOR, at=NOON)) == ["unreachable_code"]
    own = ProductDraft(code, "Tea", "ACME", variants=(VariantDraft({}, sku_code="S"),))
    assert codes(save_products([own], actor=ACTOR, at=NOON)) == ["unreachable_code"]
    hidden = ProductDraft("P", "Tea", "ACME", variants=(VariantDraft({}, sku_code=code),))
    assert codes(save_products([hidden], actor=ACTOR, at=NOON)) == ["unreachable_code"]
    drafts = [SkuDraft(code, "P", "Tea", "ACME"), SkuDraft("S", code, "Tea", "ACME")]
    assert codes(save_skus(drafts, actor=ACTOR, at=NOON)) == ["unreachable_code"] * 2
    assert (Product.objects.count(), Sku.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_codes_with_a_slash_between_are_good_and_what_stands_may_go_on(brand):
    for code in ("A/B", "price", "newest", "x/new", "西湖/龍井", "a.b", "..a"):
        assert not is_unreachable(code)
        assert not save_products([product(code)], actor=ACTOR, at=NOON).refused
    standing = make_sku("S1")
    with acting_as(ACTOR):
        Product.objects.filter(pk=standing.product_id).update(code="new")
    assert not save_products([product("new", name="Salt")], actor=ACTOR, at=NOON).refused


@pytest.mark.django_db
def test_a_new_product_never_overwrites_one_that_stands(brand):
    save_products([product("P1", is_new=True)], actor=ACTOR, at=NOON).one()
    outcome = save_products([product("P1", name="Salt", is_new=True)], actor=ACTOR, at=NOON)
    assert codes(outcome) == ["product_exists"]
    assert Product.objects.get().name == "Tea"
    both = [product("P2", is_new=True), product("P2", name="Salt", is_new=True)]
    assert codes(save_products(both, actor=ACTOR, at=NOON)) == ["product_exists"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locks", [True, False])
def test_of_two_who_make_one_code_at_once_one_is_told(brand, monkeypatch, locks):
    if not locks:
        pair, written = Barrier(2), variants.write_plans

        def write(plans, **given):
            pair.wait(20)
            written(plans, **given)

        monkeypatch.setattr(variants, "wait_for_makers", lambda codes: list(codes))
        monkeypatch.setattr(variants, "write_plans", write)
    names = ("Tea", "Salt")
    answers = race(
        [
            lambda name=name: save_products([product("P1", name=name, is_new=True)], actor=ACTOR, at=NOON)
            for name in names
        ]
    )
    told = [codes(answer) for answer in answers]
    assert Product.objects.count() == 1
    assert sorted(told) == ([[], ["product_exists"]] if locks else [[], []])
