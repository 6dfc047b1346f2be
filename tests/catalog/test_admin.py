"""What the back office may change of goods, and what the ledger and the orders hold fast."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from catalog.drafts import BundleDraft, ComponentDraft
from catalog.models import Brand, BundleVersion, Price, Sku
from catalog.operations.goods import save_bundles
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.lib.principals import acting_as
from orders.models import Shop
from orders.operations.placing import take_in_orders
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    with acting_as(ACTOR):
        user = User.objects.create_user("lin", roles=[Role.MANAGEMENT], is_staff=True)
    client = Client()
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


def sku_form(sku, **changes):
    return {
        "code": sku.code, "product": sku.product_id, "name": "", "barcode": "", "list_price": "10.00",
        "is_active": "on", **changes,
    }  # fmt: skip


@pytest.mark.parametrize(("moved", "kept"), [(False, ("NEW", True)), (True, ("A", False))])
def test_code_and_batches_of_a_sku_stay_once_it_has_movements(manager, moved, kept):
    sku = make_sku("A")
    if moved:
        receive(sku, 50, warehouse=make_warehouse())
    form = sku_form(sku, code="NEW", name="changed", tracks_batches="on")
    assert manager.post(f"/admin/catalog/sku/{sku.pk}/change/", form).status_code == 302
    sku.refresh_from_db()
    assert (sku.code, sku.tracks_batches, sku.name) == (*kept, "changed")


def test_the_list_price_of_a_sku_is_changed_on_its_products_page_alone(manager):
    sku = make_sku("A")
    address = f"/admin/catalog/sku/{sku.pk}/change/"
    assert manager.post(address, sku_form(sku, name="changed", list_price="99.00")).status_code == 302
    sku.refresh_from_db()
    assert (sku.name, sku.list_price, Price.objects.count()) == ("changed", Decimal("10.00"), 0)
    page = manager.get(address).content.decode()
    assert ('name="list_price"' in page, 'href="/admin/goods/P-A/#prices"' in page) == (False, True)
    assert 'name="list_price"' in manager.get("/admin/catalog/sku/add/").content.decode()


def test_what_stays_is_shown_in_its_place(manager):
    product = make_sku("A", brand="ACME").product
    page = manager.get(f"/admin/catalog/product/{product.pk}/change/").content.decode()
    labels = re.findall(r"<label[^>]*>\s*(Code|Name|Brand|Category)\b", page)
    assert labels == ["Code", "Name", "Brand", "Category"]


def test_goods_and_places_are_named(manager):
    sku, warehouse = make_sku("A"), make_warehouse("SH01")
    receive(sku, 50, warehouse=warehouse)
    page = manager.get("/admin/catalog/stock/").content.decode()
    assert "our own" in page
    assert warehouse.name in manager.get("/admin/catalog/stockmovement/").content.decode()


def test_the_code_of_a_brand_stays_as_it_was_created(manager):
    brand = make_sku("A", brand="ACME").product.brand
    manager.post(f"/admin/catalog/brand/{brand.pk}/change/", {"code": "OTHER", "name": "New name"})
    assert list(Brand.objects.values_list("code", "name")) == [("ACME", "New name")]


@pytest.mark.parametrize(
    ("orders", "kept"), [(0, ("S1", "America/New_York", "USD")), (1, ("S1", "Asia/Shanghai", "CNY"))]
)
def test_zone_and_currency_of_a_shop_stay_once_it_has_orders(manager, orders, kept):
    shop = make_shop("S1")
    take_in_orders([order_draft(shop, (make_sku(), 1)) for _order in range(orders)], actor=ACTOR, at=NOON)
    form = {
        "code": "S2", "name": "S1", "platform": "tmall", "legal_holder": "brand", "payee": "brand",
        "timezone": "America/New_York", "currency": "USD", "review_minutes": 30, "ship_hours": 48,
        "is_active": "on", "warehouses-TOTAL_FORMS": 0, "warehouses-INITIAL_FORMS": 0,
    }  # fmt: skip
    answer = manager.post(f"/admin/orders/shop/{shop.pk}/change/", form)
    assert answer.status_code == 302
    assert Shop.objects.values_list("code", "timezone", "currency").get() == kept


@pytest.mark.parametrize("change", [{"tracks_batches": True}, {"is_bundle": True}])
def test_the_database_keeps_what_the_ledger_builds_on(change):
    free, moved = make_sku("FREE"), make_sku("MOVED")
    receive(moved, 1, warehouse=make_warehouse())
    with acting_as(ACTOR):
        assert Sku.objects.filter(pk=free.pk).update(**change) == 1
        with pytest.raises(DatabaseError, match="has movements"), transaction.atomic():
            Sku.objects.filter(pk=moved.pk).update(**change)


def test_who_moved_goods_and_whose_they_are_is_said_in_the_readers_language(manager):
    receive(make_sku("A"), 50, warehouse=make_warehouse())
    page = manager.get(
        "/admin/catalog/stockmovement/", headers={"accept-language": "zh-hans"}
    ).content.decode()
    assert str(ACTOR) not in page
    assert "系统" in page or ACTOR.code in page
    stock = manager.get("/admin/catalog/stock/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "货主" in stock
    assert "负责人" not in stock


def test_2_components_of_a_bundle_show_their_shares_in_percent(manager):
    for code in ("A", "B", "SET"):
        make_sku(code)
    parts = (ComponentDraft("A", 1, Decimal(3)), ComponentDraft("B", 1, Decimal(1)))
    save_bundles([BundleDraft("SET", parts)], actor=ACTOR, at=NOON).one()
    page = manager.get(f"/admin/catalog/bundleversion/{BundleVersion.objects.get().pk}/change/")
    assert re.findall(r"[\d.]+ %", page.content.decode()) == ["75 %", "25 %"]
