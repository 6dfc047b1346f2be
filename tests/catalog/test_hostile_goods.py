"""What is sent to do harm, or by mistake looks so: pictures, packs, products, prices and codes of shops."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from catalog.choices import PackSource
from catalog.drafts import OfferedSku, PackDraft, PackFacts, PriceDraft, ShopCodeDraft, VariantDraft
from catalog.models import Brand, ChannelSku, MaterialPack, Price, Product, Sku
from catalog.operations.matching import open_shop_codes
from catalog.operations.packs import receive_packs
from catalog.operations.prices import set_prices
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.principals import acting_as
from tests.catalog.listings import LATER, Desk
from tests.factories import ACTOR, NOON, make_shop, make_sku

pytestmark = pytest.mark.django_db
PACKS = "/api/v1/material-packs/"


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "storage"


def signed_in(name, role, *, shops=(), brands=()):
    user = User.objects.create_user(name, roles=[role], is_staff=role != Role.BRAND_PARTNER)
    Grant.objects.bulk_create(
        Grant(user=user, kind=kind, code=code)
        for kind, codes in (("shop", shops), ("brand", brands))
        for code in codes
    )
    client = Client()
    client.force_login(user)
    return client


def brand(code="ACME"):
    with acting_as(ACTOR):
        return Brand.objects.create(code=code, name=code.title())


def lame(format, facts):
    """Return a picture of 40 × 20 pixels whose facts about itself are ``facts``."""
    into = io.BytesIO()
    Image.effect_noise((40, 20), 60).convert("RGB").save(into, format, exif=facts)
    return into.getvalue()


@pytest.mark.parametrize("format", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("facts", [b"MM\0*", b"II*\0", b"II+\0", b"MM\0*\0\0"])
def test_a_picture_whose_facts_about_itself_are_cut_off_is_taken_as_it_lies(format, facts):
    brand()
    client = signed_in("acme", Role.BRAND_PARTNER, brands=["ACME"])
    data = lame(format, b"Exif\0\0" + facts if format == "JPEG" else facts)
    file = SimpleUploadedFile("a.png", data)
    answer = client.post("/api/v1/media/", {"brand": "ACME", "file": file})
    assert answer.status_code == 201
    assert (answer.json()["width"], answer.json()["height"]) == (40, 20)
    staff = signed_in("lin", Role.OPERATIONS_MANAGER)
    small = staff.get(f"/admin/material-packs/media/{answer.json()['sha256']}/small/")
    assert small.status_code == 200


def test_an_attribute_of_a_pack_has_200_values_at_most():
    brand()
    client = signed_in("acme", Role.BRAND_PARTNER, brands=["ACME"])

    def sent(values):
        pack = {"brand": "ACME", "source_key": "1", "attributes": {"skin": ["dry"] * values}}
        return client.post(PACKS, pack, content_type="application/json").status_code

    assert (sent(201), sent(200)) == (400, 201)


def test_partners_read_of_a_pack_neither_what_staff_wrote_as_cost_nor_the_floor_price():
    brand()
    variant = VariantDraft({}, sku_code="A", list_price=Decimal(9), cost=Decimal(4), floor_price=Decimal(6))
    draft = PackDraft("ACME", "Tea", facts=PackFacts(variants=(variant,)), source=PackSource.FORM.value)
    pack = receive_packs([draft], actor=ACTOR, at=NOON).one()
    partner = signed_in("acme", Role.BRAND_PARTNER, brands=["ACME"])
    staff = signed_in("lin", Role.OPERATIONS_MANAGER)
    for address in (PACKS, f"{PACKS}{pack.number}/"):
        told = [client.get(address).json() for client in (partner, staff)]
        (theirs,), (ours,) = ((each.get("results") or [each])[0]["facts"]["variants"] for each in told)
        assert not theirs.keys() & {"cost", "floor_price", "price_role"}
        assert (theirs["list_price"], ours["cost"], ours["floor_price"]) == ("9", "4", "6")
    assert MaterialPack.objects.get().facts["variants"][0]["cost"] == "4"


def test_a_new_product_takes_no_code_that_stands_whatever_blanks_are_around_it():
    other, _own = make_sku("TEA-1").product, brand("ZEN")
    client = signed_in("lin", Role.ONSITE_OPERATOR, shops=["S1"], brands=["ZEN"])
    for code in (other.code, f" {other.code}", f"{other.code}\t"):
        said = {"code": code, "name": "Stolen", "brand": "ZEN"}
        answer = client.post("/api/v1/products/", said, content_type="application/json")
        assert answer.status_code == 400, code
    assert Product.objects.get(code=other.code).brand.code == "ACME"


@pytest.mark.parametrize("length", [200, 201, 500])
def test_a_reason_for_a_low_price_of_any_length_that_the_page_takes_is_kept(length):
    desk = Desk()
    Sku.objects.filter(code="TEA-1").update(floor_price=9)
    version = desk.approved(floor_reason="w" * length, skus=(OfferedSku("TEA-1", Decimal("8.00")),))
    assert version.floor_reason == "w" * length
    price = Price.objects.get(channel__code="S1")
    assert (price.amount, price.since, price.reason) == (8, LATER, "w" * 200)


def test_a_code_of_a_shop_is_not_matched_with_goods_that_the_operator_does_not_see():
    make_shop("S1")
    make_sku("TEA-1")
    brand("ZEN")
    open_shop_codes([ShopCodeDraft("S1", "X-1", "Tea", "")], actor=ACTOR, at=NOON)
    client = signed_in("op", Role.ONSITE_OPERATOR, shops=["S1"], brands=["ZEN"])
    said = {"code": ChannelSku.objects.get().pk, "sku": "TEA-1", "other": "TEA-1", "seen": ""}
    client.post("/admin/sku-matching/match/", said)
    assert ChannelSku.objects.get().status == "open"
    seeing = signed_in("op2", Role.ONSITE_OPERATOR, shops=["S1"], brands=["ACME"])
    seeing.post("/admin/sku-matching/match/", said)
    assert ChannelSku.objects.get().sku.code == "TEA-1"


@pytest.mark.parametrize(
    "since", ["0001-01-01T00:00", "1999-12-31T23:00", "2037-01-01T00:00", "9999-12-31T23:59"]
)
def test_a_price_counts_from_a_day_that_every_reader_can_read(since):
    make_sku("TEA-1")
    client = signed_in("lin", Role.ONSITE_OPERATOR, brands=["ACME"])
    page = {"sku": "TEA-1", "amount": "5", "shop": "", "since": since}
    assert client.post("/admin/goods/P-TEA-1/price/", page).status_code == 422
    said = {"prices": [{"sku": "TEA-1", "amount": "5", "since": f"{since}:00Z"}]}
    answer = client.post("/api/v1/prices/", said, content_type="application/json")
    if answer.status_code == 200:
        assert answer.json()["results"][0]["problem"]["code"] == "bad_moment"
    else:
        assert answer.status_code == 400
    assert not Price.objects.exists()
    assert client.get("/admin/goods/P-TEA-1/").status_code == 200


def test_partners_read_prices_from_the_moment_on_from_which_they_count():
    make_sku("TEA-1")
    soon = timezone.now() + timedelta(days=30)
    set_prices([PriceDraft("TEA-1", Decimal(9), since=NOON)], actor=ACTOR, at=NOON)
    set_prices([PriceDraft("TEA-1", Decimal(7), since=soon)], actor=ACTOR, at=NOON)
    partner = signed_in("acme", Role.BRAND_PARTNER, brands=["ACME"])
    staff = signed_in("lin", Role.OPERATIONS_MANAGER)
    told = [
        [row["amount"] for row in client.get("/api/v1/prices/").json()["results"]]
        for client in (partner, staff)
    ]
    assert "7.00" not in told[0]
    assert told[1][0] == "7.00"
    assert "9.00" in told[0]
