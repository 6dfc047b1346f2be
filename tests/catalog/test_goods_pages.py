"""The pages of products and their API: what each shows, saves and refuses."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.choices import AttributeKind
from catalog.models import Attribute, Brand, Category, Price, PriceChange, Product, Sku
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.principals import acting_as
from tests.factories import ACTOR, make_shop, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db


def client_of(*roles, brands=(), name="lin"):
    with acting_as(ACTOR):
        user = User.objects.create_user(name, roles=list(roles), is_staff=True)
        Grant.objects.bulk_create(Grant(user=user, kind=GrantKind.BRAND, code=code) for code in brands)
    client = Client()
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


@pytest.fixture
def manager():
    return client_of(Role.PRODUCT_SUPERVISOR, brands=("ACME",))


def form(**changes):
    fields = {
        "code": "SHIRT", "name": "Shirt", "brand": "ACME", "category": "", "axis_name": ["Colour"],
        "axis_values": ["Red\nBlue"], "row": ["0", "1"],
        "v0-options": '{"Colour": "Red"}', "v0-offered": "1", "v0-list_price": "¥1,010.50", "v0-weight_grams": "120",
        "v1-options": '{"Colour": "Blue"}', "v1-offered": "1", "v1-sku_code": "BLUE",
    }  # fmt: skip
    return {**fields, **changes}


def test_a_product_with_2_variants_is_made_on_one_page(manager):
    Brand.objects.create(code="ACME", name="Acme")
    assert manager.post("/admin/goods/new/", form()).status_code == 302
    assert list(Sku.objects.order_by("code").values_list("code", "list_price", "weight_grams")) == [
        ("BLUE", None, None), ("SHIRT-1", Decimal("1010.50"), 120),
    ]  # fmt: skip
    page = manager.get("/admin/goods/SHIRT/").content.decode()
    assert ('value="1010.50"' in page, 'value="BLUE"' in page) == (True, True)


def test_a_variant_that_is_unticked_becomes_inactive_and_one_at_least_stays(manager):
    Brand.objects.create(code="ACME", name="Acme")
    manager.post("/admin/goods/new/", form())
    manager.post("/admin/goods/SHIRT/", form(**{"v0-offered": ""}))
    assert list(Sku.objects.filter(is_active=True).values_list("code", flat=True)) == ["BLUE"]
    answer = manager.post("/admin/goods/SHIRT/", form(**{"v0-offered": "", "v1-offered": ""}))
    assert (answer.status_code, "Offer one variant at least." in answer.content.decode()) == (422, True)


def test_a_cell_that_can_not_be_read_loses_nothing_that_was_typed(manager):
    Brand.objects.create(code="ACME", name="Acme")
    bad = form(**{"v0-list_price": "ninety", "v1-cost": "4.10", "v1-barcode": "69012345"})
    answer = manager.post("/admin/goods/new/", bad)
    page = answer.content.decode()
    assert (answer.status_code, "“ninety” can&#x27;t be read" in page) == (422, True)
    for value in ("ninety", "4.10", "69012345", "BLUE", "Colour"):
        assert f'value="{value}"' in page, value
    assert page.count('class="goods-variant"') == 2
    manager.post("/admin/goods/new/", form())
    page = manager.post("/admin/goods/SHIRT/", bad).content.decode()
    assert ('value="ninety"' in page, 'value="4.10"' in page, "Red\nBlue" in page) == (True, True, True)


def test_a_code_that_is_taken_and_a_grid_without_a_tick_lose_nothing_that_was_typed(manager):
    Brand.objects.create(code="ACME", name="Acme")
    manager.post("/admin/goods/new/", form())
    page = manager.post("/admin/goods/new/", form(**{"v1-sku_code": "BLUE-2"})).content.decode()
    assert "There is a product SHIRT already." in page
    assert ('value="BLUE-2"' in page, 'value="Shirt"' in page, 'value="SHIRT"' in page) == (True, True, True)
    unticked = form(code="COAT", **{"v0-offered": "", "v1-offered": "", "v1-sku_code": "COAT-B"})
    page = manager.post("/admin/goods/new/", unticked).content.decode()
    assert ("Offer one variant at least." in page, 'value="COAT-B"' in page) == (True, True)


def test_a_price_that_is_refused_stays_in_its_fields(manager):
    sku = make_sku("A1")
    Sku.objects.filter(pk=sku.pk).update(floor_price=Decimal("8"))
    asked = {"sku": "*", "amount": "7", "since": "2041-11-11T00:00"}
    answer = manager.post("/admin/goods/P-A1/price/", asked)
    page = answer.content.decode()
    assert (answer.status_code, 'name="amount" value="7"' in page) == (422, True)
    assert 'name="since" value="2041-11-11T00:00"' in page
    assert 'action="/admin/goods/P-A1/" id="goods-form"' in page


def seen_on(client, code="SHIRT"):
    """Return what the form of a product's page says was seen."""
    page = client.get(f"/admin/goods/{code}/").content.decode()
    return re.search(r'name="seen" value="(\w+)"', page)[1]


def test_of_2_who_save_at_once_the_second_is_told_and_loses_nothing(manager):
    Brand.objects.create(code="ACME", name="Acme")
    manager.post("/admin/goods/new/", form())
    other = client_of(Role.PRODUCT_SUPERVISOR, brands=("ACME",), name="other")
    mine, theirs = seen_on(manager), seen_on(other)
    assert other.post("/admin/goods/SHIRT/", form(name="Theirs", seen=theirs)).status_code == 302
    answer = manager.post("/admin/goods/SHIRT/", form(name="Mine", seen=mine, **{"v1-barcode": "69"}))
    text = answer.content.decode()
    assert (answer.status_code, Product.objects.get().name) == (422, "Theirs")
    assert ("Theirs → Mine" in text, 'value="Mine"' in text, 'value="69"' in text) == (True, True, True)
    again = re.search(r'name="seen" value="(\w+)"', text)[1]
    assert manager.post("/admin/goods/SHIRT/", form(name="Mine", seen=again)).status_code == 302
    assert Product.objects.get().name == "Mine"


def test_a_refusal_by_the_form_makes_nobody_overwrite_what_he_has_not_seen(manager):
    Brand.objects.create(code="ACME", name="Acme")
    manager.post("/admin/goods/new/", form())
    mine = seen_on(manager)
    manager.post("/admin/goods/SHIRT/", form(name="Theirs", seen=mine))
    text = manager.post(
        "/admin/goods/SHIRT/", form(name="Mine", seen=mine, **{"v0-list_price": "much"})
    ).content.decode()
    assert f'name="seen" value="{mine}"' in text


@pytest.mark.parametrize(
    "change",
    [
        {"list_price": Decimal(7)}, {"barcode": "69"}, {"is_active": False}, {"cost": Decimal(1)},
        {"weight_grams": 7}, {"tracks_batches": True},
    ],
)  # fmt: skip
def test_whatever_changes_of_a_sku_is_noticed(manager, change):
    Brand.objects.create(code="ACME", name="Acme")
    manager.post("/admin/goods/new/", form())
    mine = seen_on(manager)
    assert seen_on(manager) == mine
    with acting_as(ACTOR):
        Sku.objects.filter(code="BLUE").update(**change)
    assert manager.post("/admin/goods/SHIRT/", form(seen=mine)).status_code == 422


def test_a_variant_that_a_colleague_added_meanwhile_is_shown_unticked(manager):
    Brand.objects.create(code="ACME", name="Acme")
    manager.post("/admin/goods/new/", form())
    mine = seen_on(manager)
    grown = {
        "axis_values": ["Red\nBlue\nGreen"], "row": ["0", "1", "2"],
        "v2-options": '{"Colour": "Green"}', "v2-offered": "1", "v2-sku_code": "GREEN",
    }  # fmt: skip
    manager.post("/admin/goods/SHIRT/", form(seen=mine, **grown))
    answer = manager.post("/admin/goods/SHIRT/", form(seen=mine))
    gone = [row["cells"][0][4] for row in answer.context["gone"]]
    assert (answer.status_code, gone) == (422, ["GREEN"])
    assert "offered → not offered" in answer.content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"v0-list_price": "much"}, "“much” can’t be read"),
        ({"v0-weight_grams": "1.5"}, "“1.5” can’t be read"),
        ({"v0-options": '{"Colour": "Green"}'}, "The product has no Colour “Green”."),
        ({"v0-options": "{"}, "can’t be read"),
        ({"brand": "OTHER"}, "Choose a brand."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_written_stays(manager, wrong, said):
    Brand.objects.create(code="ACME", name="Acme")
    Brand.objects.create(code="OTHER", name="Other")
    answer = manager.post("/admin/goods/new/", form(name="My shirt", **wrong))
    text = answer.content.decode().replace("&#x27;", "’")
    assert (answer.status_code, said.replace("’", "’") in text, Product.objects.count()) == (422, True, 0)


def test_attributes_of_a_category_are_asked_for_by_their_type(manager):
    creams = Category.objects.create(code="creams", name="Creams")
    Attribute.objects.create(
        category=creams, code="net", name="Net content", kind=AttributeKind.NUMBER, unit="g"
    )
    Attribute.objects.create(
        category=creams, code="skin", name="Skin", kind=AttributeKind.CHOICES, options=["dry"]
    )
    Brand.objects.create(code="ACME", name="Acme")
    part = manager.get("/admin/goods/attributes/?category=creams").content.decode()
    assert ("Net content" in part, 'type="checkbox"' in part) == (True, True)
    sent = form(category="creams", **{"attribute-net": "50", "attribute-skin": ["dry"]})
    assert manager.post("/admin/goods/new/", sent).status_code == 302
    assert Product.objects.get().attributes == {"net": "50", "skin": ["dry"]}


def test_the_list_narrows_by_text_brand_and_what_is_missing_in_as_many_statements(manager):
    receive(make_sku("A1"), 7, warehouse=make_warehouse())
    counts = []
    for number in (2, 3):
        with CaptureQueriesContext(connection) as seen:
            page = manager.get("/admin/goods/").content.decode()
        counts.append(len(seen))
        make_sku(f"A{number}")
    assert (counts[0], counts[0] == counts[1], "P-A1" in page) == (counts[1], True, True)
    assert "P-A2" not in manager.get("/admin/goods/?q=A1").content.decode()
    assert "P-A1" in manager.get("/admin/goods/?missing=barcode").content.decode()
    assert "P-A1" not in manager.get("/admin/goods/?missing=price").content.decode()


def test_nobody_sees_or_saves_another_brands_product(manager):
    make_sku("A1", brand="OTHER")
    assert manager.get("/admin/goods/P-A1/").status_code == 404
    assert manager.post("/admin/goods/P-A1/", form(code="P-A1")).status_code == 404
    assert manager.post("/admin/goods/P-A1/price/", {"sku": "*", "amount": "1"}).status_code == 404
    assert "P-A1" not in manager.get("/admin/goods/").content.decode()


def test_a_price_is_set_for_all_skus_and_below_the_floor_it_waits_with_a_reason(manager):
    sku = make_sku("A1")
    Sku.objects.filter(pk=sku.pk).update(floor_price=Decimal("8"))
    for amount, reason in (("7", ""), ("7", "clearance"), ("9", "sale")):
        manager.post("/admin/goods/P-A1/price/", {"sku": "*", "amount": amount, "reason": reason})
    assert list(Price.objects.order_by("pk").values_list("amount", "reason")) == [
        (Decimal("10.00"), ""), (Decimal("9.00"), "sale"),
    ]  # fmt: skip
    assert PriceChange.objects.get(status="waiting").reason == "clearance"
    assert "sale" in manager.get("/admin/goods/P-A1/").content.decode()


def test_products_over_rest_are_whole_and_partners_see_no_costs(manager):
    Brand.objects.create(code="ACME", name="Acme")
    said = {
        "code": "S", "name": "Shirt", "brand": "ACME", "axes": [{"name": "Size", "values": ["M", "L"]}],
        "variants": [{"options": {"Size": "M"}, "cost": "3.00"}, {"options": {"Size": "L"}, "list_price": "9.00"}],
    }  # fmt: skip
    answer = manager.post("/api/v1/products/", json.dumps(said), content_type="application/json")
    assert (answer.status_code, [v["sku"] for v in answer.json()["variants"]]) == (201, ["S-1", "S-2"])
    said["variants"] = said["variants"][:1]
    answer = manager.put("/api/v1/products/S/", json.dumps(said), content_type="application/json")
    assert [v["is_active"] for v in answer.json()["variants"]] == [True, False]
    bad = {**said, "variants": [{"options": {"Size": "XS"}}]}
    answer = manager.put("/api/v1/products/S/", json.dumps(bad), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "unknown_axis_value")
    partner = client_of(Role.BRAND_PARTNER, brands=("ACME",), name="brand")
    [shown] = partner.get("/api/v1/products/").json()["results"]
    assert (shown["code"], {"cost", "floor_price"} & set(shown["variants"][0])) == ("S", set())
    stranger = client_of(Role.BRAND_PARTNER, brands=("OTHER",), name="stranger")
    assert stranger.get("/api/v1/products/").json()["results"] == []


def test_prices_over_rest_are_those_in_force_at_a_moment(manager):
    make_sku("A1")
    make_shop("S1")
    admin = client_of(Role.MANAGEMENT, name="boss")
    prices = [
        {"sku": "A1", "amount": "12.00", "since": "2026-11-01T00:00:00Z"},
        {"sku": "A1", "channel": "S1", "amount": "11.00", "since": "2026-11-05T00:00:00Z"},
        {"sku": "A1", "amount": "13.00", "since": "2026-11-09T00:00:00Z"},
    ]
    answer = admin.post("/api/v1/prices/", json.dumps({"prices": prices}), content_type="application/json")
    assert (answer.status_code, answer.json()["done"]) == (200, 3)
    held = admin.get("/api/v1/prices/?sku=A1&at=2026-11-06T00:00:00Z").json()["results"]
    assert [(price["channel"], price["amount"]) for price in held] == [("S1", "11.00"), ("", "12.00")]
    unseen = {"prices": [{"sku": "A1", "channel": "S1", "amount": "1.00"}]}
    answer = manager.post("/api/v1/prices/", json.dumps(unseen), content_type="application/json")
    assert answer.status_code == 400
