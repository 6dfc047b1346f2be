"""Approved listings handed out: a table in the platform's words and the pictures by role, and nothing of drafts."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from dataclasses import replace
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from PIL import Image

from catalog.choices import MediaRole
from catalog.contents import content_of
from catalog.drafts import MediaDraft, OfferedSku, Picture, VersionDraft
from catalog.exporters import listings as exporter
from catalog.models import Channel, Listing, ListingVersion, MediaFile, Product
from catalog.operations.channel_stock import show_stock
from catalog.operations.listings import delist_listings, write_versions
from catalog.operations.media import keep_media
from catalog.queries.listing_export import approved_listings
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import AccessRecord, Grant, User
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing.statements import statements_of
from tests.catalog.listings import LATER, ROLES, Desk
from tests.catalog.test_listing_pages import at_desk
from tests.factories import ACTOR, NOON, make_shop, make_warehouse, receive
from tests.factories.media import picture

pytestmark = pytest.mark.django_db
EXPORT = "/admin/listings/export/"


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "storage"


def with_gps() -> bytes:
    """Return a picture that says where it was taken."""
    exif = Image.Exif()
    exif[0x0110] = "SpyPhone 12"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (31.0, 12.0, 0.0)
    return picture(exif=exif, comment=b"kept by Wen")


def kept(desk: Desk, tmp_path, data: bytes, name: str) -> MediaFile:
    (tmp_path / "sent").write_bytes(data)
    draft = MediaDraft(name, tmp_path / "sent")
    return keep_media([draft], brand=desk.product.brand, actor=ACTOR, at=NOON).one()


@pytest.fixture
def desk(tmp_path):
    desk = Desk()
    desk.pictures = [
        kept(desk, tmp_path, with_gps() if place == 0 else picture(seed=place), f"{place}.jpg")
        for place in range(len(ROLES))
    ]
    return desk


def files_of(answer) -> zipfile.ZipFile:
    assert answer.status_code == 200, answer
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert archive.testzip() is None
    return archive


def sheets_of(archive: zipfile.ZipFile) -> dict[str, list[tuple]]:
    (name,) = [each for each in archive.namelist() if each.endswith(".xlsx")]
    book = load_workbook(io.BytesIO(archive.read(name)))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def boss():
    return at_desk("boss", Role.OPERATIONS_MANAGER)


def test_an_approved_listing_is_handed_out_whole_in_the_platforms_words(desk):
    receive(desk.sku, 9, warehouse=make_warehouse("MAIN"))
    version = desk.approved(title="=1+1 tea")
    show_stock(actor=ACTOR, at=LATER)
    archive = files_of(boss().post(EXPORT, {"shop": "S1"}))
    sheets = sheets_of(archive)
    headings, row = sheets["商品"]
    found = dict(zip(headings, row, strict=True))
    assert (found["货号"], found["宝贝标题"], found["审定版本"]) == (
        desk.product.code, "'=1+1 tea", version.number,
    )  # fmt: skip
    assert found["宝贝类目"] == "Food > TEA"
    assert found["宝贝卖点"] == "Picked by hand\nSpring harvest\nAirtight tin"
    folder = f"{desk.product.code} {desk.listing().number}"
    assert found["主图"].split("\n") == [f"{folder}/主图_{place:02d}.jpg" for place in range(1, 7)]
    headings, row = sheets["SKU"]
    found = dict(zip(headings, row, strict=True))
    assert [found[name] for name in ("一口价", "库存", "商家编码", "系统SKU")] == [
        "10.00",
        9,
        "TEA-1",
        "TEA-1",
    ]
    assert [row[1] for row in sheets["详情文案"][1:]] == ["商品描述", "材质", "使用方法", "注意事项"]
    assert [row[4:] for row in sheets["图片清单"][1:2]] == [(None, "Tin 0", None)]
    names = [each for each in archive.namelist() if not each.endswith(".xlsx")]
    assert names == [
        *(f"S1/{folder}/主图_{place:02d}.jpg" for place in range(1, 7)), f"S1/{folder}/宝贝详情图_01.jpg",
    ]  # fmt: skip
    assert [Image.open(io.BytesIO(archive.read(each))).size for each in names] == [(800, 800)] * 7


def test_what_a_camera_wrote_goes_to_nobody_and_the_original_stays(desk, settings):
    desk.approved()
    archive = files_of(boss().post(EXPORT, {"shop": "S1"}))
    first = next(each for each in archive.namelist() if each.endswith("主图_01.jpg"))
    given, original = archive.read(first), (settings.MEDIA_ROOT / desk.pictures[0].path).read_bytes()
    assert b"SpyPhone" in original
    assert b"kept by Wen" in original
    assert b"SpyPhone" not in given
    assert b"kept by Wen" not in given
    assert not Image.open(io.BytesIO(given)).getexif()
    assert Image.open(io.BytesIO(given)).tobytes() == Image.open(io.BytesIO(original)).tobytes()


def test_a_draft_that_follows_the_approved_version_is_not_handed_out(desk):
    desk.approved()
    draft = desk.draft()
    content = replace(content_of(ListingVersion.objects.get(pk=draft.pk).content), title="NOT YET")
    draft = VersionDraft(draft.number, content, ListingVersion.objects.get(pk=draft.pk).updated_at)
    assert write_versions([draft], actor=desk.writer, at=LATER).done
    text = str(sheets_of(files_of(boss().post(EXPORT, {"shop": "S1"}))))
    assert "NOT YET" not in text
    assert "Green tea TEA-1" in text


def test_where_nothing_is_approved_the_button_is_off_and_the_door_says_why(desk):
    desk.draft()
    client = boss()
    page = client.get("/admin/listings/").content.decode()
    assert "No listing is approved yet." in page
    assert 'class="desk-button" disabled' in page
    answer = client.post(EXPORT, {"of": "chosen"}, follow=True)
    assert "Choose at least one listing first." in answer.content.decode()
    answer = client.post(EXPORT, {}, follow=True)
    assert "No listing is approved yet." in answer.content.decode()
    page = client.get(f"/admin/listings/{desk.listing().number}/").content.decode()
    assert "Only a live listing has an approved version to export." in page
    assert AccessRecord.objects.count() == 0


def test_a_delisted_listing_is_not_handed_out(desk):
    desk.approved()
    assert delist_listings([desk.listing().number], actor=desk.writer, at=LATER, reason="over").done
    assert boss().post(EXPORT, {"of": "chosen", "number": desk.listing().number}).status_code == 302
    assert AccessRecord.objects.count() == 0


def test_each_platform_has_a_folder_and_its_own_words(desk):
    make_shop("P1", platform="pinduoduo")
    desk.approved()
    other = Desk("P1")
    other.pictures = desk.pictures
    other.approved()
    archive = files_of(boss().post(EXPORT, {}))
    tables = [each for each in archive.namelist() if each.endswith(".xlsx")]
    assert tables == ["P1/P1.xlsx", "S1/S1.xlsx"]
    book = load_workbook(io.BytesIO(archive.read("P1/P1.xlsx")))
    assert [cell.value for cell in book["SKU"][1]][:6] == [
        "商家编码-商品维度", "商品标题", "商品规格", "拼单价", "库存", "商家编码-规格维度",
    ]  # fmt: skip
    assert any("轮播图_01" in each for each in archive.namelist())
    record = AccessRecord.objects.get()
    assert (record.what, record.document_kind) == ("export", "listing")


def test_nobody_takes_listings_of_shops_that_are_not_theirs(desk):
    desk.approved()
    number = desk.listing().number
    mine = at_desk("wen", Role.ONSITE_OPERATOR, shops=("S2",))
    for body in ({"of": "chosen", "number": number}, {"shop": "S1"}, {}):
        assert mine.post(EXPORT, body).status_code == 302
    assert AccessRecord.objects.count() == 0
    assert at_desk("lager", Role.WAREHOUSE).post(EXPORT, {}).status_code == 403
    assert boss().get(EXPORT).status_code == 405


def test_pictures_that_the_reader_may_not_have_or_that_are_lost_are_named_and_left_out(desk, settings):
    desk.approved()
    (settings.MEDIA_ROOT / desk.pictures[1].path).unlink()
    User.objects.filter(username="wen").update(roles=[Role.ONSITE_OPERATOR])
    client = at_desk("wen", Role.ONSITE_OPERATOR)
    archive = files_of(client.post(EXPORT, {"of": "chosen", "number": desk.listing().number}))
    rows = sheets_of(archive)["图片清单"][1:]
    assert [row[6] for row in rows][:3] == [None, "文件缺失", None]
    assert len([each for each in archive.namelist() if each.endswith(".jpg")]) == 6
    Grant.objects.filter(user__username="wen", kind="brand").delete()
    archive = files_of(client.post(EXPORT, {"of": "chosen", "number": desk.listing().number}))
    assert {row[6] for row in sheets_of(archive)["图片清单"][1:]} == {"无查看权限"}


def test_names_of_products_lead_nowhere_out_of_the_archive(desk):
    desk.approved()
    with acting_as(ACTOR):
        Product.objects.filter(pk=desk.product.pk).update(code="../../x:y")
    names = files_of(boss().post(EXPORT, {})).namelist()
    assert not any(":" in name or name.startswith("/") for name in names)
    assert not any(part in ("", ".", "..") for name in names for part in name.split("/"))


def test_a_variants_pictures_stand_in_its_row(desk):
    skus = (OfferedSku("TEA-1", Decimal("10.00"), "TM-1"),)
    own = Picture(desk.pictures[6].sha256, MediaRole.SKU.value, "Tin", "TEA-1")
    desk.approved(skus=skus, pictures=(*desk.content().pictures, own))
    archive = files_of(boss().post(EXPORT, {}))
    headings, row = sheets_of(archive)["SKU"]
    found = dict(zip(headings, row, strict=True))
    assert found["商家编码"] == "TM-1"
    assert found["SKU图"].endswith("SKU图_01_TEA-1.jpg")
    assert any(name.endswith("SKU图_01_TEA-1.jpg") for name in archive.namelist())


def test_4_listings_take_as_many_statements_as_one(desk):
    desk.approved()
    at = LATER
    user = User.objects.get(username="zhong")

    def run():
        shops = list(Channel.objects.filter(code="S1"))
        return sum(
            len(piece) for piece in exporter.archive_of(approved_listings(user), shops, user=user, at=at)
        )

    run()
    one = statements_of(run)
    for place in range(2, 5):
        more = Desk(sku=f"TEA-{place}")
        more.pictures = desk.pictures
        assert more.product.pk != desk.product.pk
        more.approved()
    assert Listing.objects.count() == 4
    assert len(statements_of(run)) == len(one) == 12


def test_of_a_hundred_pictures_one_is_held_at_a_time(desk, tmp_path):
    noise = Image.effect_noise((1200, 1200), 90)
    out = io.BytesIO()
    noise.save(out, "PNG")
    big = kept(desk, tmp_path, out.getvalue(), "big.png")
    desk.pictures = [big, *desk.pictures[1:]]
    desk.approved(pictures=tuple(Picture(big.sha256, ROLES[0]) for _place in range(60)))
    user, shops = User.objects.get(username="zhong"), list(Channel.objects.filter(code="S1"))
    tracemalloc.start()
    pieces = exporter.archive_of(approved_listings(user), shops, user=user, at=LATER)
    length = sum(map(len, pieces))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert length > 60 * big.size > 60_000_000
    assert peak < 12_000_000
