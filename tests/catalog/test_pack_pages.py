"""The pages of material packs, and who gets which picture."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalog.contents import facts_of
from catalog.models import Brand, Category, MaterialPack, PackMedia
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing.statements import assert_statements
from tests.factories import ACTOR, make_shop
from tests.factories.media import film, keep, picture
from tests.house.agency import SIGN_IN, new_key, person

pytestmark = pytest.mark.django_db
NEW = "/admin/material-packs/new/"
UPLOAD = "/admin/material-packs/upload/"


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "storage"


@pytest.fixture
def brand():
    with acting_as(ACTOR):
        Brand.objects.create(code="BOLT", name="Bolt")
        Category.objects.create(code="jackets", name="Jackets")
        return Brand.objects.create(code="ACME", name="Acme")


def signed_in(name: str, *roles: str, **grants) -> Client:
    client = Client()
    client.force_login(person(name, *roles, **grants), backend=SIGN_IN)
    return client


@pytest.fixture
def operator(brand):
    make_shop("S1")
    return signed_in("operator", "onsite_operator", shops=("S1",), brands=("ACME",))


@pytest.fixture
def partner(brand):
    return signed_in("partner", "brand_partner", brands=("ACME",))


def zipped(**files: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


FORM = {
    "brand": "ACME",
    "name": "Jacket",
    "category": "jackets",
    "product_code": "J1",
    "selling_points": "warm\n\nlight",
    "block-description": "It keeps the wind out.",
    "axis-0": "尺码",
    "values-0": "S，M",
    "axis-1": "颜色",
    "values-1": "black",
    "variant-options": ["S\x1fblack", "M\x1fblack"],
    "variant-list_price": ["99", "1,099.50"],
    "variant-cost": ["", "40"],
}


def test_what_the_form_sends_stands_in_the_pack_and_in_the_form_again(operator):
    answer = operator.post(NEW, FORM)
    pack = MaterialPack.objects.get()
    assert answer.url == f"/admin/material-packs/{pack.number}/"
    facts = facts_of(pack.facts)
    assert facts.selling_points == ("warm", "light")
    assert [str(variant.list_price) for variant in facts.variants] == ["99", "1099.50"]
    page = operator.get(answer.url)
    said = page.context["said"]
    assert [variant["key"] for variant in said["variants"]] == FORM["variant-options"]
    again = {name: FORM[name] for name in FORM} | {"variant-options": [v["key"] for v in said["variants"]]}
    operator.post(answer.url, again)
    assert facts_of(MaterialPack.objects.get().facts) == facts


def test_a_form_that_can_t_be_read_comes_back_as_it_was_filled_in(operator):
    answer = operator.post(NEW, {**FORM, "variant-list_price": ["free", "1"]})
    assert answer.status_code == 422
    assert "Variant 1: “free” is no amount of money." in answer.content.decode()
    assert answer.context["said"]["variants"][0]["cells"][2][1] == "free"
    assert not MaterialPack.objects.exists()


def test_files_that_are_dropped_become_tiles_with_their_roles_and_bad_ones_are_named(operator):
    files = [
        SimpleUploadedFile("主图1.jpg", picture()),
        SimpleUploadedFile("long.png", picture(300, 900, format="PNG", seed=2)),
        SimpleUploadedFile("film.mp4", film(61)),
        SimpleUploadedFile("half.jpg", picture(seed=3)[:999]),
        SimpleUploadedFile("more.zip", zipped(**{"场景/a.jpg": picture(seed=4)})),
    ]
    answer = operator.post(UPLOAD, {"brand": "ACME", "files": files}).json()
    assert answer["refused"] == ["“half.jpg” is damaged, or came only in part. Send it again."]
    for shown in (
        'value="main" selected',
        'value="detail" selected',
        'value="scene" selected',
        "longer than 60 s",
    ):
        assert shown in answer["tiles"]
    assert answer["tiles"].count("data-tile>") == 4


def test_a_zip_with_a_table_is_taken_in_at_once(operator):
    sheet = "款号,品名,售价\nJ1,Jacket,99\nJ2,,1\n".encode()
    files = [SimpleUploadedFile("a.zip", zipped(**{"a.csv": sheet, "J1/主图/1.jpg": picture()}))]
    answer = operator.post(UPLOAD, {"brand": "ACME", "files": files}).json()
    pack = MaterialPack.objects.get()
    assert answer["location"] == f"/admin/material-packs/{pack.number}/"
    assert (pack.source, pack.name, PackMedia.objects.filter(pack=pack).count()) == ("archive", "Jacket", 1)
    assert len(answer["refused"]) == 1


@pytest.mark.parametrize("brand_code", ["BOLT", "NOBODY", ""])
def test_nobody_uploads_for_a_brand_that_is_not_theirs(operator, brand_code):
    files = [SimpleUploadedFile("a.jpg", picture())]
    assert operator.post(UPLOAD, {"brand": brand_code, "files": files}).status_code == 422
    assert operator.post(NEW, {**FORM, "brand": brand_code}).status_code == 422
    assert not MaterialPack.objects.exists()


def test_a_picture_is_given_to_those_who_see_its_brand_and_to_nobody_else(operator, brand, tmp_path):
    kept = keep(tmp_path, brand, **{"a.jpg": picture(1000, 500)})["a.jpg"]
    address = f"/admin/material-packs/media/{kept.sha256}/"
    whole = operator.get(address)
    assert b"".join(whole.streaming_content) == picture(1000, 500)
    assert (whole["Content-Type"], whole["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    small = operator.get(address + "small/")
    assert small["Content-Type"] == "image/webp"
    assert len(small.content) < kept.size
    other = signed_in("other", "onsite_operator", shops=("S1",), brands=("BOLT",))
    for path in (address, address + "small/"):
        assert other.get(path).status_code in (302, 404)
        assert Client().get(path).status_code == 302


def test_a_part_of_a_film_can_be_asked_for(operator, brand, tmp_path):
    kept = keep(tmp_path, brand, **{"a.mp4": film()})["a.mp4"]
    address = f"/admin/material-packs/media/{kept.sha256}/"
    part = operator.get(address, headers={"Range": "bytes=4-7"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"ftyp")
    assert part["Content-Range"] == f"bytes 4-7/{kept.size}"
    assert operator.get(address, headers={"Range": f"bytes={kept.size}-"}).status_code == 416


def test_partners_have_the_api_and_not_the_pages(partner):
    for path in ("/admin/material-packs/", NEW):
        assert partner.get(path).status_code == 403


def test_a_pack_is_sent_back_and_entered_by_its_buttons(operator):
    operator.post(NEW, FORM)
    number = MaterialPack.objects.get().number
    operator.post(f"/admin/material-packs/{number}/return/", {"reason": "send pictures"})
    assert MaterialPack.objects.get().status == "returned"
    operator.post(f"/admin/material-packs/{number}/enter/", {"channel": ["S1"], "product_code": "J9"})
    pack = MaterialPack.objects.get()
    assert (pack.status, pack.product.code) == ("entered", "J9")
    page = operator.get(f"/admin/material-packs/{number}/").content.decode()
    assert "<fieldset disabled>" in page


def test_the_list_takes_as_many_statements_for_three_packs_as_for_one(operator):
    serial = iter(range(9))
    assert_statements(
        8,
        lambda: operator.get("/admin/material-packs/").content,
        lambda: operator.post(NEW, {**FORM, "source_key": f"S-{next(serial)}"}),
    )


# -- the API -------------------------------------------------------------------------------------------------------
def call(method: str, path: str, key: str, body=None):
    headers = {"Authorization": f"Bearer {key}"}
    extra = {} if body is None else {"data": body, "content_type": "application/json"}
    return getattr(Client(), method)(f"/api/v1/{path}", headers=headers, **extra)


@pytest.fixture
def key(brand):
    return new_key("brand_partner", brands=("ACME",))


def send_picture(key: str, brand: str = "ACME", data: bytes | None = None):
    file = SimpleUploadedFile("a.jpg", picture() if data is None else data)
    headers = {"Authorization": f"Bearer {key}"}
    return Client().post("/api/v1/media/", {"brand": brand, "file": file}, headers=headers)


def test_a_partner_sends_a_picture_and_a_pack_and_reads_what_is_missing(key):
    sent = send_picture(key)
    assert (sent.status_code, sent.json()["width"], sent.json()["format"]) == (201, 800, "JPEG")
    assert send_picture(key).json() == sent.json()
    body = {
        "brand": "ACME", "source_key": "S-1", "name": "Jacket", "category": "jackets",
        "variants": [{"list_price": "99.00", "cost": "40"}],
        "media": [{"sha256": sent.json()["sha256"], "role": "main"}],
    }  # fmt: skip
    answer = call("post", "material-packs/", key, body)
    assert answer.status_code == 201, answer.content
    pack = answer.json()
    assert (pack["status"], pack["source"], pack["media"][0]["role"]) == ("received", "api", "main")
    assert pack["missing"][0]["code"] == "main_pictures"
    assert 0 < pack["completeness"] < 60
    again = call("post", "material-packs/", key, {**body, "selling_points": ["a", "b", "c"]}).json()
    assert (again["number"], again["completeness"] > pack["completeness"]) == (pack["number"], True)
    assert call("get", f"material-packs/{pack['number']}/", key).json() == again
    assert [each["number"] for each in call("get", "material-packs/", key).json()["results"]] == [
        pack["number"]
    ]


def test_a_partner_neither_sends_nor_sees_another_brand_s(key):
    theirs = new_key("brand_partner", brands=("BOLT",))
    pack = call("post", "material-packs/", theirs, {"brand": "BOLT", "source_key": "S-1"}).json()
    assert call("get", f"material-packs/{pack['number']}/", key).status_code == 404
    assert call("get", "material-packs/", key).json()["results"] == []
    assert call("post", "material-packs/", key, {"brand": "BOLT", "source_key": "S-2"}).status_code == 400
    assert send_picture(key, "BOLT").status_code == 400
    assert MaterialPack.objects.count() == 1


def test_a_hostile_upload_is_a_problem_with_a_code(key):
    answer = send_picture(key, data=b"MZ\x90\0")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_media")
    bad = {"brand": "ACME", "source_key": "S", "media": [{"sha256": "0" * 64, "role": "main"}]}
    assert call("post", "material-packs/", key, bad).json()["code"] == "unknown_media"
    worse = {"brand": "ACME", "source_key": "S", "attributes": {"a": {"b": "c"}}}
    assert call("post", "material-packs/", key, worse).status_code == 400


def test_the_api_list_takes_as_many_statements_for_three_packs_as_for_one(key):
    serial = iter(range(9))
    assert_statements(
        4,
        lambda: call("get", "material-packs/", key),
        lambda: call("post", "material-packs/", key, {"brand": "ACME", "source_key": f"S-{next(serial)}"}),
    )
