"""What a file really is: read from it, kept once for each brand, refused in words."""

from __future__ import annotations

import os
import struct
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from catalog.drafts import MediaDraft
from catalog.inspecting import look_at
from catalog.models import Brand, MediaFile
from catalog.operations.media import forget_unnamed_media, keep_media, put_away
from catalog.tasks import forget_unnamed
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing.statements import statements_of
from tests.factories import ACTOR, NOON
from tests.factories.media import film, keep, picture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "storage"


@pytest.fixture
def brand():
    with acting_as(ACTOR):
        return Brand.objects.create(code="ACME", name="Acme")


@pytest.fixture
def look(tmp_path):
    def look(data: bytes, name: str = "a.jpg"):
        (tmp_path / "file").write_bytes(data)
        return look_at(tmp_path / "file", name)

    return look


@pytest.fixture
def refusal(tmp_path, brand):
    def refusal(data: bytes, name: str = "a.jpg"):
        (tmp_path / "file").write_bytes(data)
        drafts = [MediaDraft(name, tmp_path / "file")]
        outcome = keep_media(drafts, brand=brand, actor=ACTOR, at=NOON)
        assert not outcome.done
        return outcome.refused[0][1]

    return refusal


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_known_by_its_bytes_whatever_its_name(look, kind):
    found = look(picture(320, 200, format=kind), "report.xlsx")
    assert (found.kind, found.format, found.width, found.height) == ("image", kind, 320, 200)


def test_a_picture_that_lies_on_its_side_is_measured_upright(look):
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    found = look(picture(300, 200, exif=exif))
    assert (found.width, found.height) == (200, 300)


def test_sharpness_tells_a_blurred_picture_from_a_sharp_one(look):
    assert look(picture()).sharpness > 500
    assert look(picture(blurred=True)).sharpness < 60


def test_sharpness_of_known_pixels_is_the_variance_of_their_laplacian(look):
    """A white point in 5 × 5 black ones: nine inner values -4·255 cut to -255, four of 255, and four of 0."""
    from io import BytesIO

    from PIL import Image

    image = Image.new("L", (5, 5))
    image.putpixel((2, 2), 255)
    out = BytesIO()
    image.save(out, "PNG")
    mean = (4 * 255 - 255) / 9
    assert look(out.getvalue()).sharpness == round(5 * 255**2 / 9 - mean**2, 1)


@pytest.mark.parametrize("subtitles", [True, False])
def test_a_film_tells_its_length_its_size_and_whether_it_has_subtitles(look, subtitles):
    found = look(film(61.5, 1280, 720, subtitles=subtitles), "film.mp4")
    assert (found.kind, found.format, found.width, found.height) == ("video", "MP4", 1280, 720)
    assert (found.duration, found.has_subtitles) == (61_500, subtitles)


def test_a_picture_that_would_unpack_to_900_million_pixels_is_refused_unpacked(refusal):
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
    refused = refusal(bomb, "bomb.png")
    assert refused.code == "too_many_pixels"
    assert str(refused) == "“bomb.png” has 30000 × 30000 pixels; at most 60 million are taken."


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_half_a_picture_is_refused(refusal, share):
    whole = picture(400, 400)
    assert refusal(whole[: int(share * len(whole))]).code == "damaged_media"


@pytest.mark.parametrize("head_first", [True, False])
def test_half_a_film_is_refused_wherever_its_head_stands(refusal, head_first):
    whole = film(head_first=head_first)
    assert refusal(whole[:-2000], "film.mp4").code == "damaged_media"


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"", "empty_media", "is empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "not_media", "is SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "not_media", "is HEIC"),
        (b"8BPS\0\1", "not_media", "is Photoshop"),
        (b"MZ\x90\0", "not_media", "is EXE"),
        (b"PK\3\4", "not_media", "is ZIP"),
        (b"#EXTM3U\nhttp://127.0.0.1/a.ts\n", "not_media", "no picture and no film"),
        (b"<html><script>alert(1)</script>", "not_media", "no picture and no film"),
        (b"\xff\xd8\xff\xe0" + b"rubbish" * 30, "damaged_media", "damaged"),
        (b"\0\0\0\x18ftypisom" + b"rubbish" * 30, "damaged_media", "damaged"),
    ],
)
def test_what_is_no_picture_is_refused_by_what_it_is(refusal, data, code, says):
    refused = refusal(data)
    assert refused.code == code
    assert says in str(refused)


def test_a_picture_of_more_than_30_mib_is_refused_without_reading_it(refusal, tmp_path):
    refused = refusal(b"\xff\xd8\xff" + b"\0" * (30 * 1024 * 1024))
    assert refused.code == "media_too_large"
    assert str(refused) == "“a.jpg” has 31 MiB; at most 30 MiB are taken."


def test_the_same_content_is_kept_once_for_each_brand(brand, tmp_path):
    with acting_as(ACTOR):
        other = Brand.objects.create(code="BOLT", name="Bolt")
    first = keep(tmp_path, brand, **{"a.jpg": picture(), "b.jpg": picture()})
    again = keep(tmp_path, brand, **{"c.jpg": picture()})
    theirs = keep(tmp_path, other, **{"d.jpg": picture()})
    assert {file.pk for file in (*first.values(), *again.values())} == {first["a.jpg"].pk}
    assert theirs["d.jpg"].pk != first["a.jpg"].pk
    assert theirs["d.jpg"].path == first["a.jpg"].path
    assert MediaFile.objects.count() == 2


def test_files_lie_where_nobody_else_on_the_machine_reads_them(brand, tmp_path):
    kept = keep(tmp_path, brand, **{"a.jpg": picture()})["a.jpg"]
    path = Path(default_storage.path(kept.path))
    assert path.read_bytes() == picture()
    assert oct(path.stat().st_mode & 0o777) == "0o600"


def test_a_name_with_folders_loses_them(brand, tmp_path):
    (tmp_path / "file").write_bytes(picture())
    draft = MediaDraft("../../etc/主图.jpg", tmp_path / "file")
    kept = keep_media([draft], brand=brand, actor=ACTOR, at=NOON).one()
    assert kept.name == "主图.jpg"
    assert kept.path == f"media/{kept.sha256[:2]}/{kept.sha256}.jpeg"


def test_a_batch_takes_what_it_can_in_two_statements_and_refuses_the_rest_by_index(brand, tmp_path):
    drafts = []
    for name, data in (
        ("a", picture(seed=1)),
        ("b", b"rubbish"),
        ("c", picture(seed=2)),
        ("d", picture(seed=3)),
    ):
        (tmp_path / name).write_bytes(data)
        drafts.append(MediaDraft(name, tmp_path / name))
    outcomes = []
    statements = statements_of(lambda: outcomes.append(keep_media(drafts, brand=brand, actor=ACTOR, at=NOON)))
    (outcome,) = outcomes
    assert [file.name for file in outcome.done] == ["a", "c", "d"]
    assert [(index, refused.code) for index, refused in outcome.refused] == [(1, "not_media")]
    assert len([text for text in statements if "set_config" not in text]) == 2


def unnamed(tmp_path, data: bytes) -> Path:
    """Lay a picture into the storage as a trial run does, which writes no row; return where it lies."""
    (tmp_path / "file").write_bytes(data)
    found = look_at(tmp_path / "file", "a.jpg")
    return Path(default_storage.path(put_away(tmp_path / "file", found)))


def age(path: Path, *, days: int) -> None:
    moment = (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(path, (moment, moment))


def test_what_no_row_names_is_swept_after_2_days_and_what_one_names_stays(tmp_path, brand):
    old, young = (unnamed(tmp_path, picture(seed=seed)) for seed in (1, 2))
    (tmp_path / "kept").write_bytes(picture(seed=3))
    draft = MediaDraft("kept.jpg", tmp_path / "kept")
    kept = Path(default_storage.path(keep_media([draft], brand=brand, actor=ACTOR, at=NOON).one().path))
    age(old, days=3), age(young, days=1), age(kept, days=30)
    forget_unnamed()
    assert (old.exists(), young.exists(), kept.exists()) == (False, True, True)


def test_what_is_laid_down_again_is_not_swept_before_its_row_is_written(tmp_path):
    path = unnamed(tmp_path, picture())
    age(path, days=3)
    assert unnamed(tmp_path, picture()) == path
    assert (forget_unnamed_media(before=timezone.now() - timedelta(days=2)), path.exists()) == (0, True)


def test_an_empty_storage_is_swept_and_the_sweep_is_a_daily_one(settings):
    assert forget_unnamed_media(before=timezone.now()) == 0
    assert settings.CELERY_BEAT_SCHEDULE["forget-unnamed-media"] == {
        "task": forget_unnamed.name, "schedule": 86400.0,
    }  # fmt: skip
