"""Bundles in the browser: the list with what holds each back, one bundle with its versions, new versions, a file."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from itertools import count
from threading import Barrier

import pytest
from django.test import Client
from django.utils import timezone

from catalog.drafts import BundleDraft, ComponentDraft, MatchDraft, NewBundleDraft, ShopCodeDraft
from catalog.models import BundleComponent, BundleVersion, Product, Sku, StaleStock
from catalog.operations import goods as saving
from catalog.operations.bundles import open_bundles
from catalog.operations.goods import save_bundles
from catalog.operations.matching import match_skus, open_shop_codes
from catalog.queries.bundle_desk import AskedBundles, page_of_bundles
from catalog.queries.bundles import available_at
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import AccessRecord
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing import assert_statements, race
from ops_portal.lib.testing.batches import codes_of
from orders.models import LineComponent
from orders.operations.placing import place_orders
from tests.accounts.people import person
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive
from tests.house.agency import person as somebody

pytestmark = pytest.mark.django_db
LIST = "/admin/bundles/"
D = Decimal


def bundle(code, *parts, seen=None):
    """Return a version of (SKU, units) each, without weights."""
    return BundleDraft(code, tuple(ComponentDraft(part, units) for part, units in parts), seen)


def save(*drafts, at=NOON):
    return save_bundles(drafts, actor=ACTOR, at=at)


@pytest.fixture
def boss(client):
    user = person("boss", roles=[Role.OPERATIONS_MANAGER], is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def goods():
    """SET of 2 A and 1 B: 5 A and 9 B in MAIN, 8 A and no B in FAR; DRY of C, of which there is none."""
    main, far = make_warehouse("MAIN"), make_warehouse("FAR")
    for code in ("A", "B", "C", "SET", "DRY"):
        make_sku(code)
    receive(Sku.objects.get(code="A"), 5, warehouse=main)
    receive(Sku.objects.get(code="B"), 9, warehouse=main)
    receive(Sku.objects.get(code="A"), 8, warehouse=far)
    with acting_as(ACTOR):
        Sku.objects.filter(code="A").update(list_price=D(30), cost=D(4))
        Sku.objects.filter(code="B").update(list_price=D(40), cost=D(6))
        Sku.objects.filter(code="SET").update(list_price=D(70))
    save(bundle("SET", ("A", 2), ("B", 1))).one()
    save(bundle("DRY", ("C", 1))).one()
    return main


def page(client, address=LIST, status=200, **query):
    answer = client.get(address, query)
    assert answer.status_code == status
    return answer


def shown(client, **query):
    return [(row.sku.code, row.available) for row in page(client, **query).context["rows"]]


def made_of(code):
    newest = BundleVersion.objects.filter(sku__code=code).latest("version")
    return newest.version, sorted(newest.components.values_list("sku__code", "units"))


# -- what a version is -----------------------------------------------------------------------------------------


def test_without_weights_list_prices_decide_the_shares_and_a_missing_price_leaves_units(goods):
    """2 A at 30 and 1 B at 40: 60 and 40 of a hundred. Without B's price: 2 units and 1."""
    shares = BundleComponent.objects.filter(bundle_version__sku__code="SET").order_by("pk")
    assert list(shares.values_list("price_share", flat=True)) == [D("0.600000"), D("0.400000")]
    with acting_as(ACTOR):
        Sku.objects.filter(code="B").update(list_price=None)
    make_sku("OTHER")
    save(bundle("OTHER", ("A", 2), ("B", 1))).one()
    shares = BundleComponent.objects.filter(bundle_version__sku__code="OTHER").order_by("pk")
    assert list(shares.values_list("price_share", flat=True)) == [D("0.666667"), D("0.333333")]
    mixed = BundleDraft("OTHER", (ComponentDraft("A", 1, D(1)), ComponentDraft("B", 1)))
    assert codes_of(save(mixed)) == ["no_units_or_weight"]


def test_a_version_written_over_another_than_was_seen_is_refused_and_so_is_one_that_changes_nothing(goods):
    assert codes_of(save(bundle("SET", ("A", 2), ("B", 1), seen=1))) == ["same_components"]
    assert codes_of(save(bundle("SET", ("A", 1), seen=0))) == ["bundle_changed"]
    assert save(bundle("SET", ("A", 1), seen=1)).one().version == 2
    assert codes_of(save(bundle("SET", ("B", 1), seen=1))) == ["bundle_changed"]
    assert made_of("SET") == (2, [("A", 1)])


def test_shops_reckon_anew_what_they_show_of_a_bundle_with_a_new_version(goods):
    StaleStock.objects.all().delete()
    save(bundle("SET", ("A", 1))).one()
    assert list(StaleStock.objects.values_list("sku_id", flat=True)) == [Sku.objects.get(code="SET").pk]


def test_an_order_placed_before_the_new_version_keeps_2_a_and_1_b(goods):
    shop = make_shop("S1")
    before = place_orders([order_draft(shop, ("SET", 2))], actor=ACTOR, at=NOON).one()
    save(bundle("SET", ("A", 1)), at=NOON + timedelta(hours=1)).one()
    after = place_orders([order_draft(shop, ("SET", 1))], actor=ACTOR, at=NOON + timedelta(hours=2)).one()
    taken = LineComponent.objects.order_by("pk").values_list("line__order", "sku__code", "units")
    assert list(taken) == [(before.id, "A", 4), (before.id, "B", 2), (after.id, "A", 1)]


def test_a_new_bundle_brings_its_sku_or_takes_one_that_stands_and_is_refused_whole(goods):
    make_sku("LATER")
    parts = (ComponentDraft("A", 1), ComponentDraft("B", 1))

    def opened(*drafts):
        return codes_of_raised(lambda: open_bundles(drafts, actor=ACTOR, at=NOON))

    assert opened(NewBundleDraft("GIFT", parts, "Gift box", "ACME", D(88))) == "done"
    gift = Sku.objects.get(code="GIFT")
    assert (gift.is_bundle, gift.product.name, gift.list_price) == (True, "Gift box", D("88.00"))
    assert opened(NewBundleDraft("LATER", parts)) == "done"
    assert Sku.objects.get(code="LATER").product.name == "Product LATER"
    assert opened(NewBundleDraft("LATER", parts)) == "is_a_bundle"
    assert opened(NewBundleDraft("C", parts, "Another", "ACME")) == "code_taken"
    assert opened(NewBundleDraft("P-A", parts, "Another", "ACME")) == "code_taken"
    assert opened(NewBundleDraft("NEW", parts, "", "ACME")) == "no_name_or_brand"
    assert opened(NewBundleDraft("NEW", parts, "New", "NOBODY")) == "no_name_or_brand"
    assert opened(NewBundleDraft("NEW", (ComponentDraft("SET", 1),), "New", "ACME")) == "unknown_component"
    assert opened(NewBundleDraft("A", (ComponentDraft("B", 1),))) == "has_stock"
    assert not Product.objects.filter(code="NEW").exists()


def codes_of_raised(run):
    try:
        return "".join(codes_of(run()))
    except Exception as refusal:
        return refusal.code


# -- the list --------------------------------------------------------------------------------------------------


def test_the_list_says_how_many_can_be_made_what_holds_them_back_and_what_is_left_of_the_price(
    goods, boss, client
):
    """5 A make 2 in MAIN, where B makes 9; in FAR there is no B. 70 less 2 × 4 and 6 leaves 56, which is 80 %."""
    dry, row = page(client).context["rows"]
    assert (dry.available, row.available, row.short.sku.code, row.short.allows) == (0, 2, "A", 6)
    assert (row.cost, row.worth, row.margin.amount, row.margin.rate) == (D(14), D(100), D("56.00"), D("0.8"))
    assert available_at([row.sku.pk], timezone.now()) == {row.sku.pk: row.available}
    text = page(client).content.decode()
    assert "2 × A" in text
    assert "80.0 %" in text


def test_the_list_is_narrowed_by_brand_by_what_can_not_be_sold_and_by_a_component(goods, boss, client):
    make_sku("BOLT-SET", brand="BOLT")
    save(bundle("BOLT-SET", ("B", 3))).one()
    assert shown(client) == [("BOLT-SET", 3), ("DRY", 0), ("SET", 2)]
    assert shown(client, brand="BOLT") == [("BOLT-SET", 3)]
    assert shown(client, dry="1") == [("DRY", 0)]
    assert shown(client, q="B") == [("BOLT-SET", 3), ("SET", 2)]
    assert shown(client, q="a") == [("SET", 2)]
    assert shown(client, after="DRY") == [("SET", 2)]
    assert shown(client, q="nothing") == []


def test_3_bundles_take_as_many_statements_as_1(goods, boss):
    serial = count(1)

    def add():
        code = f"X{next(serial)}"
        make_sku(code)
        save(bundle(code, ("A", 1), ("C", 2))).one()

    assert_statements(5, lambda: page_of_bundles(AskedBundles(text="X"), user=boss, at=timezone.now()), add)


def test_the_pages_of_the_list_follow_each_other_without_a_gap(goods, boss):
    for code in ("X", "Y", "Z"):
        make_sku(code)
        save(bundle(code, ("A", 1))).one()
    asked, seen = AskedBundles(), []
    while True:
        rows, following = page_of_bundles(asked, user=boss, at=NOON, most=2)
        seen += [row.sku.code for row in rows]
        if not following:
            break
        asked = AskedBundles(after=following)
    assert seen == ["DRY", "SET", "X", "Y", "Z"]


def test_the_file_holds_every_bundle_harmlessly_and_is_recorded(goods, boss, client):
    with acting_as(ACTOR):
        Product.objects.filter(code="P-SET").update(name="=1+1")
    answer = page(client, format="csv")
    lines = b"".join(answer).decode().removeprefix("\ufeff").splitlines()
    assert lines[2] == "SET,'=1+1,ACME,1,2 × A + 1 × B,2,A,70.00,14.00"
    assert len(lines) == 3
    assert AccessRecord.objects.get().document_kind == "bundle"


# -- one bundle ------------------------------------------------------------------------------------------------


def test_the_page_shows_each_warehouse_each_version_by_whom_and_the_shops(goods, boss, client):
    make_shop("S1")
    code = open_shop_codes([ShopCodeDraft("S1", "TM-SET", "Set")], actor=ACTOR, at=NOON).one()
    match_skus([MatchDraft(code.pk, "SET")], actor=ACTOR, at=NOON).one()
    address = LIST + "SET/"
    form = {"do": "save", "seen": "1", "sku": ["A", "C"], "units": ["2", "3"], "weight": ["1", "1"]}
    assert client.post(address + "new-version/", form).url == address
    receive(Sku.objects.get(code="C"), 3, warehouse=goods)
    context = page(client, address).context
    assert [(place.warehouse.code, place.allows, place.units) for place in context["places"]] == [
        ("FAR", (4, 0), 0),
        ("MAIN", (2, 1), 1),
    ]
    second, first = context["versions"]
    assert (second[0].version.version, second[0].until, second[1]) == (2, None, "boss")
    assert (first[0].version.version, first[0].until, first[1]) == (1, second[0].version.since, "the portal")
    assert [(offer.code.code, offer.code.channel.code) for offer in context["offers"]] == [("TM-SET", "S1")]


def test_a_new_version_is_put_together_without_script_and_previewed_before_it_is_saved(goods, boss, client):
    address = LIST + "SET/new-version/"
    first = page(client, address).content.decode()
    assert re.findall(r'name="(?:sku|units|seen)" value="(\w+)"', first) == ["1", "A", "2", "B", "1"]
    form = {"seen": "1", "sku": ["A", "B"], "units": ["2", "1"], "weight": ["", ""]}
    added = client.post(address, form | {"do": "add", "add": "C"}).content.decode()
    assert re.findall(r'name="sku" value="(\w+)"', added) == ["A", "B", "C"]
    twice = client.post(address, form | {"do": "add", "add": "B"}).content.decode()
    assert "B is in it already" in twice
    removed = client.post(address, form | {"without": "0"}).content.decode()
    assert re.findall(r'name="sku" value="(\w+)"', removed) == ["B"]
    form |= {"weight": ["3", "1"]}
    previewed = client.post(address, form | {"do": "preview"}).content.decode()
    assert re.findall(r"<b>([\d.]+ %)</b>", previewed) == ["75.0 %", "25.0 %"]
    assert "¥52.50" in previewed
    assert made_of("SET")[0] == 1
    assert client.post(address, form | {"do": "save"}).status_code == 302
    assert made_of("SET") == (2, [("A", 2), ("B", 1)])
    again = page(client, address).content.decode()
    assert re.findall(r'name="weight" value="([\d.]*)"', again) == ["75", "25"]


def test_the_second_of_two_who_looked_at_version_1_is_told_and_sees_version_2(goods, boss, client):
    address = LIST + "SET/new-version/"
    form = {"do": "save", "seen": "1", "units": ["1"], "weight": [""]}
    client.post(address, form | {"sku": ["A"]})
    answer = client.post(address, form | {"sku": ["B"]})
    text = answer.content.decode()
    assert (answer.status_code, made_of("SET")) == (422, (2, [("A", 1)]))
    assert "SET has version 2 since you looked" in text
    assert "In force now: version 2" in text
    assert 'name="seen" value="2"' in text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"sku": ["NONE"], "units": ["1"], "weight": [""]}, "There is no SKU “NONE”"),
        ({"sku": ["A"], "units": ["0"], "weight": [""]}, "every component has units"),
        ({"sku": ["A"], "units": ["-1"], "weight": [""]}, "every component has units"),
        ({"sku": ["A"], "units": ["1"], "weight": ["NaN"]}, "“NaN” can&#x27;t be read"),
        ({"sku": ["A"], "units": ["1"], "weight": ["1e99"]}, "“1e99” can&#x27;t be read"),
        ({"sku": ["A", "B"], "units": ["1", "1"], "weight": ["1", ""]}, "or none"),
        ({"sku": ["A", "A"], "units": ["1", "1"], "weight": ["", ""]}, "names a component twice"),
        ({"sku": ["SET"], "units": ["1"], "weight": [""]}, "every component must be an existing SKU"),
        ({}, "every component must be an existing SKU"),
    ],
)
def test_what_can_not_be_saved_is_said_and_nothing_is_written(goods, boss, client, sent, said):
    answer = client.post(LIST + "SET/new-version/", {"do": "save", "seen": "1"} | sent)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert made_of("SET")[0] == 1


def test_a_new_bundle_is_made_in_the_browser_and_leads_to_its_page(goods, boss, client):
    parts = {"sku": ["A", "B"], "units": ["1", "2"], "weight": ["", ""]}
    form = {"do": "save", "code": "GIFT", "name": "Gift box", "brand": "ACME", "price": "99"} | parts
    assert client.post(LIST + "new/", form).url == LIST + "GIFT/"
    assert made_of("GIFT") == (1, [("A", 1), ("B", 2)])
    again = client.post(LIST + "new/", form)
    assert (again.status_code, "GIFT is a bundle already" in again.content.decode()) == (422, True)


# -- who sees and may ------------------------------------------------------------------------------------------


def browser(name, *roles, brands=("ACME",)):
    client = Client()
    user = somebody(name, *roles, shops=("S1",), brands=brands)
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


def test_of_another_brands_goods_a_bundle_shows_the_units_alone_and_can_not_be_changed(goods):
    """MIX of ACME has a component of BOLT, which lin may not see; the bundle of BOLT isn't there for her."""
    make_shop("S1")
    make_sku("SECRET", brand="BOLT")
    for code, brand in (("MIX", "ACME"), ("BOLT-SET", "BOLT")):
        make_sku(code, brand=brand)
        save(bundle(code, ("A", 1), ("SECRET", 2))).one()
    lin = browser("lin", Role.ONSITE_OPERATOR)
    for address in (LIST, LIST + "MIX/", LIST + "?format=csv"):
        answer = lin.get(address)
        text = (b"".join(answer) if answer.streaming else answer.content).decode()
        assert ("SECRET" in text, "another brand" in text, "BOLT-SET" in text) == (False, True, False)
    assert lin.get(LIST + "BOLT-SET/").status_code == 404
    for address in ("MIX/new-version/", "BOLT-SET/new-version/"):
        form = {"do": "save", "seen": "1", "sku": ["A"], "units": ["1"], "weight": [""]}
        assert lin.post(LIST + address, form).status_code == 404
    form = {"do": "save", "seen": "1", "units": ["1"], "weight": [""]}
    assert lin.post(LIST + "SET/new-version/", form | {"sku": ["SECRET"]}).status_code == 422
    new = form | {"sku": ["A"], "code": "SECRET"}
    assert "is taken" in lin.post(LIST + "new/", new).content.decode()
    assert lin.post(LIST + "new/", new | {"code": "N", "name": "N", "brand": "BOLT"}).status_code == 404
    assert (made_of("MIX")[0], made_of("SET")[0], Sku.objects.filter(code="N").exists()) == (1, 1, False)


def test_customer_service_looks_and_changes_nothing(goods):
    make_shop("S1")
    amy = browser("amy", Role.CUSTOMER_SERVICE)
    text = amy.get(LIST).content.decode()
    assert ("SET" in text, LIST + "new/" in text) == (True, False)
    form = {"do": "save", "seen": "1", "sku": ["A"], "units": ["1"], "weight": [""]}
    assert amy.post(LIST + "SET/new-version/", form).status_code == 403
    assert amy.post(LIST + "new/", form).status_code == 403


# -- two at once -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("looks", [True, False])
def test_two_save_a_version_of_one_bundle_at_once(monkeypatch, looks):
    """Both looked at version 1. Without the look, one's version is in force for a moment and nobody is told."""
    for code in ("A", "B", "SET"):
        make_sku(code)
    save(bundle("SET", ("A", 2), ("B", 1))).one()
    pair, checked = Barrier(2), saving.lock_for_bundles

    def together(codes):
        pair.wait(20)
        return checked(codes)

    monkeypatch.setattr(saving, "lock_for_bundles", together)
    seen = 1 if looks else None
    answers = race([lambda part=part: save(bundle("SET", (part, 1), seen=seen)) for part in "AB"])
    if looks:
        assert sorted(codes_of(answer) for answer in answers) == [["bundle_changed"], ["done"]]
        assert BundleVersion.objects.count() == 2
    else:
        assert [codes_of(answer) for answer in answers] == [["done"], ["done"]]
        assert BundleVersion.objects.count() == 3
