"""Tables and zips of material packs, hostile ones too."""

from __future__ import annotations

import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from catalog.contents import facts_of
from catalog.importers.archives import ArchiveRefused, TwoSheets, is_archive, opened
from catalog.models import Attribute, Brand, Category, MaterialPack, MediaFile, PackMedia
from ops_portal.intake.kinds import Options, kind_of
from ops_portal.intake.models import RejectedRow
from ops_portal.intake.operations.undoing import undo_runs
from ops_portal.intake.running import import_file, prepare, try_out
from ops_portal.lib.principals import acting_as
from ops_portal.lib.refusals import Refused
from tests.factories import ACTOR, NOON
from tests.factories.media import film, picture

pytestmark = pytest.mark.django_db

SHEET = """\
款号,品名,品牌,类目,卖点,描述,属性,颜色,尺码,SKU编码,条码,售价,供货价,重量(g)
J1,Jacket,ACME,jackets,light；warm；dry,It keeps the wind out,Season=winter,black,S,J1-BS,6900000000017,199.00,80,300
,,,,,,,black,M,J1-BM,6900000000024,199.00,80,310
,,,,,,,white,S,J1-WS,6900000000031,"¥1,209.00",80,300
H1,Hat,ACME,,,,,,,H1,,9.9,,
"""


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "storage"


@pytest.fixture(autouse=True)
def jackets():
    with acting_as(ACTOR):
        Brand.objects.create(code="ACME", name="Acme")
        category = Category.objects.create(code="jackets", name="Jackets")
        Attribute.objects.create(category=category, code="season", name="Season", kind="text")
    return category


def zip_of(path: Path, files: dict[str, bytes], **flags: bool) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def run(path: Path, **options: str):
    kind = kind_of("catalog.material_packs")
    draft = prepare(kind, path, Options(**options))
    return import_file(draft, actor=ACTOR, clock=lambda: NOON)


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "packs.csv"
    path.write_text(SHEET)
    return path


def test_a_table_gives_a_pack_a_product_with_its_grid(sheet):
    done = run(sheet)
    assert (done.rows, done.created, done.rejected) == (4, 2, 0)
    jacket, hat = MaterialPack.objects.order_by("pk")
    assert (jacket.source, jacket.source_key, jacket.category.code) == ("file", "J1", "jackets")
    facts = facts_of(jacket.facts)
    assert facts.axes == (("颜色", ("black", "white")), ("尺码", ("S", "M")))
    assert facts.selling_points == ("light", "warm", "dry")
    assert facts.attributes == {"season": "winter"}
    assert [(v.options["颜色"], v.sku_code, v.list_price, v.weight_grams) for v in facts.variants] == [
        ("black", "J1-BS", Decimal("199.00"), 300),
        ("black", "J1-BM", Decimal("199.00"), 310),
        ("white", "J1-WS", Decimal("1209.00"), 300),
    ]
    assert facts_of(hat.facts).variants[0].list_price == Decimal("9.90")


def test_the_same_table_again_changes_nothing_and_taken_back_drops_its_packs(sheet):
    first = run(sheet)
    again = run(sheet)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    outcome = undo_runs([first.pk], actor=ACTOR, at=NOON)
    assert not outcome.refused
    assert set(MaterialPack.objects.values_list("status", flat=True)) == {"dropped"}


def test_taking_back_a_table_gives_a_completed_pack_what_it_said(sheet, tmp_path):
    run(sheet)
    better = tmp_path / "better.csv"
    better.write_text(SHEET.replace("Hat,ACME", "Better hat,ACME").replace("9.9", "8.8"))
    second = run(better)
    assert (second.updated, second.unchanged) == (1, 1)
    assert not undo_runs([second.pk], actor=ACTOR, at=NOON).refused
    hat = MaterialPack.objects.get(source_key="H1")
    assert (hat.name, hat.status, facts_of(hat.facts).variants[0].list_price) == (
        "Hat",
        "received",
        Decimal("9.90"),
    )


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("J2,Jacket,,,,,,,,,,1,,", "value_missing"),
        ("J2,,ACME,,,,,,,,,1,,", "value_missing"),
        ("J2,Jacket,ACME,,,,,,,,,free,,", "unreadable"),
        ("J2,Jacket,ACME,,,,,,,,,-1,,", "bad_price"),
        ("J2,Jacket,ACME,,,,,,,,,1,,1.5", "unreadable"),
        ("J2,Jacket,ACME,nowhere,,,,,,,,1,,", "unknown_category"),
        ("J2,Jacket,NOBODY,,,,,,,,,1,,", "unknown_brand"),
        ("合计,3,,,,,,,,,,1,,", "total_row"),
        ("J2,Jacket,ACME,,,,,,,,,1,,\nJ2,Coat,ACME,,,,,,,,,1,,", "product_differs"),
    ],
)
def test_a_bad_row_rejects_its_pack_with_a_reason_and_no_other(sheet, row, code):
    sheet.write_text(SHEET + row + "\n")
    done = run(sheet)
    assert MaterialPack.objects.count() == 2
    assert {rejected.code for rejected in RejectedRow.objects.filter(run=done)} == {code}


def test_a_zip_brings_a_table_and_pictures_by_the_folders_in_which_they_lie(tmp_path):
    files = {
        "资料/表.csv": SHEET.encode("gb18030"),
        **{f"资料/J1/主图/{n}.jpg": picture(seed=n) for n in (10, 2, 1)},
        "资料/J1/详情/长图.jpg": picture(300, 900, seed=20),
        "资料/J1/SKU/white.png": picture(seed=21, format="PNG"),
        "资料/J1/短片.mp4": film(),
        "资料/H1/a.jpg": picture(seed=30),
        "__MACOSX/._a.jpg": b"rubbish",
        "资料/J1/Thumbs.db": b"rubbish",
    }
    done = run(zip_of(tmp_path / "pack.zip", files))
    assert (done.created, done.rejected) == (2, 0)
    jacket = MaterialPack.objects.get(source_key="J1")
    shown = PackMedia.objects.filter(pack=jacket).select_related("file").order_by("position")
    assert [(each.role, each.file.name, each.variant) for each in shown] == [
        ("main", "1.jpg", ""),
        ("main", "2.jpg", ""),
        ("main", "10.jpg", ""),
        ("sku", "white.png", "white"),
        ("detail", "长图.jpg", ""),
        ("video", "短片.mp4", ""),
    ]
    assert PackMedia.objects.filter(pack__source_key="H1").count() == 1
    assert run(zip_of(tmp_path / "again.zip", files)).unchanged == 2


def test_a_zip_as_chinese_windows_writes_it_keeps_its_names(tmp_path):
    """Names in GBK without the mark of UTF-8, as the compressed folders of Windows are written."""
    data = zip_of(tmp_path / "a.zip", {"XXXX/1.jpg": picture()}).read_bytes()
    path = tmp_path / "gbk.zip"
    path.write_bytes(data.replace(b"XXXX", "主图".encode("gbk")))
    archive = opened(path)
    assert [member.path for member in archive.pictures] == ["主图/1.jpg"]
    archive.archive.close()


@pytest.mark.parametrize("name", ["../up.jpg", "/etc/passwd", "a/../../b.jpg", "..\\up.jpg", "C:\\x.jpg"])
def test_a_zip_that_leads_out_of_itself_is_refused(tmp_path, name):
    path = zip_of(tmp_path / "a.zip", {name: b"x"})
    with pytest.raises(ArchiveRefused, match="leads out"):
        opened(path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"a.jpg": b"\0" * (50 * 1024 * 1024)})
    assert path.stat().st_size < 100_000
    with pytest.raises(ArchiveRefused, match="far more than it should"):
        opened(path)


def test_an_archive_in_an_archive_and_half_of_one_are_refused(tmp_path):
    nested = zip_of(tmp_path / "a.zip", {"b.zip": b"PK\3\4"})
    with pytest.raises(ArchiveRefused, match="another archive"):
        opened(nested)
    whole = zip_of(tmp_path / "b.zip", {"a.jpg": picture()})
    whole.write_bytes(whole.read_bytes()[:-200])
    assert is_archive(whole)
    with pytest.raises(ArchiveRefused, match="only in part"):
        opened(whole)


def test_a_zip_with_two_tables_is_refused_and_names_them(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"a.csv": b"x", "b.xlsx": b"x", "deep/c.csv": b"x"})
    with pytest.raises(TwoSheets, match=r"a\.csv, b\.xlsx\."):
        opened(path)


def test_a_workbook_is_no_archive(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    for line in [*SHEET.splitlines()[:1], "J1,Jacket,ACME" + "," * 11]:
        book.active.append(line.split(","))
    book.save(tmp_path / "a.xlsx")
    assert not is_archive(tmp_path / "a.xlsx")
    assert run(tmp_path / "a.xlsx").created == 1


def test_one_bad_picture_refuses_its_pack_by_name_and_no_other(tmp_path):
    files = {"a.csv": SHEET.encode(), "J1/主图/half.jpg": picture()[:5000], "H1/1.jpg": picture(seed=2)}
    done = run(zip_of(tmp_path / "a.zip", files))
    assert done.created == 1
    rejected = RejectedRow.objects.filter(run=done).first()
    assert (rejected.code, "half.jpg" in rejected.reason) == ("damaged_media", True)
    assert MaterialPack.objects.get().source_key == "H1"


def test_a_zip_without_a_table_is_no_file_of_packs(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"主图/1.jpg": picture()})
    with pytest.raises(Refused, match="holds no table"):
        run(path)


def test_a_dry_run_tells_what_a_run_does_and_writes_nothing(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"a.csv": SHEET.encode(), "J1/主图/1.jpg": picture()})
    kind = kind_of("catalog.material_packs")
    tried = try_out(kind, path, Options(), actor=ACTOR, at=NOON, keep_report=False)
    assert (tried.counts.created, tried.counts.rejected) == (2, 0)
    assert not MaterialPack.objects.exists()
    assert not MediaFile.objects.exists()


def test_an_entry_that_lies_about_its_size_gives_no_more_than_it_says(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"a.jpg": picture()})
    archive = opened(path)
    member = archive.pictures[0]
    member.info.file_size = 100
    with pytest.raises(Refused):
        archive.extract([member], tmp_path / "out")
    assert (tmp_path / "out" / "0").stat().st_size <= 100
    archive.archive.close()
