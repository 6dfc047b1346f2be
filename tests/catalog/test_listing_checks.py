"""What is said of contents: every fault by its code and place, and nothing of what is right."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from catalog.choices import AttributeKind, Gravity
from catalog.drafts import Block, OfferedSku, Picture
from catalog.models import (
    Attribute,
    Category,
    ChannelSku,
    Keyword,
    PlatformAttribute,
    ProhibitedWord,
)
from catalog.queries.checks import Subject, check_content, check_contents
from catalog.queries.coverage import keyword_coverage
from catalog.queries.words import find_words, title_bytes
from ops_portal.lib.testing import assert_statements
from tests.catalog.listings import Desk, make_file, make_platform_category
from tests.factories import NOON, make_sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return Desk()


def found(desk, **changes):
    """Return what is said of the desk's content with ``changes``: field, code, gravity."""
    content = desk.content(**changes)
    findings = check_content(content, channel=desk.channel, product=desk.product, at=NOON)
    return [(each.field, each.code, str(each.gravity)) for each in findings]


def test_nothing_is_said_of_a_content_without_a_fault(desk):
    assert found(desk) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"platform_category": ""}, ("platform_category", "category_missing", "blocks")),
        ({"platform_category": "?"}, ("platform_category", "category_unknown", "blocks")),
        ({"title": " "}, ("title", "title_missing", "blocks")),
        ({"title": "茶" * 31}, ("title", "title_too_long", "blocks")),
        ({"selling_points": ("",)}, ("selling_points", "selling_points_missing", "blocks")),
        ({"selling_points": ("One", " ")}, ("selling_points", "selling_points_few", "warns")),
        ({"skus": ()}, ("skus", "skus_missing", "blocks")),
        ({"skus": (OfferedSku("TEA-1", None),)}, ("skus.0.price", "price_missing", "blocks")),
        ({"skus": (OfferedSku("TEA-1", Decimal("0")),)}, ("skus.0.price", "price_value", "blocks")),
        ({"skus": (OfferedSku("TEA-1", Decimal("9.999")),)}, ("skus.0.price", "price_value", "blocks")),
        ({"skus": (OfferedSku("TEA-1", Decimal("NaN")),)}, ("skus.0.price", "price_value", "blocks")),
        ({"attributes": {"colour": "green"}}, ("attributes.colour", "attribute_unknown", "warns")),
        ({"keywords": ("Tea", "ＴＥＡ")}, ("keywords", "keyword_twice", "warns")),
    ],
)
def test_each_fault_is_said_once(desk, changes, expected):
    assert found(desk, **changes) == [expected]


def test_a_store_of_ones_own_needs_no_platform_category(desk):
    desk.channel.platform = "own"
    assert found(desk, platform_category="") == []


def test_a_title_of_60_bytes_is_short_enough_and_the_place_where_it_is_cut_is_marked(desk):
    assert found(desk, title="茶" * 29 + "ab") == []
    content = desk.content(title="茶" * 29 + "abc茶")
    (finding,) = check_content(content, channel=desk.channel, product=desk.product, at=NOON)
    assert (finding.code, finding.span) == ("title_too_long", (31, 33))
    assert "63" in finding.text
    assert (title_bytes("茶a"), title_bytes("")) == (3, 0)


def test_blocks_are_of_a_kind_and_say_something(desk):
    blocks = (Block("description", "Fine tea"), Block("story", " "), Block("poem", "O leaf"))
    assert found(desk, blocks=blocks) == [
        ("blocks", "material_missing", "warns"),
        ("blocks", "usage_missing", "warns"),
        ("blocks", "caution_missing", "warns"),
        ("blocks.1.text", "block_empty", "blocks"),
        ("blocks.2", "block_unknown", "blocks"),
    ]
    assert found(desk, blocks=desk.content().blocks[1:])[0] == ("blocks", "description_missing", "blocks")


def test_the_attributes_are_those_of_the_category_and_of_its_parents_and_required_ones_are_there(desk):
    food = Category.objects.create(code="food", name="Food")
    tea = Category.objects.create(code="tea", name="Tea", parent=food)
    desk.product.category = tea
    desk.product.save()
    make = Attribute.objects.create
    make(category=food, code="grams", name="Net weight", kind=AttributeKind.NUMBER)
    make(category=tea, code="season", name="Season", kind=AttributeKind.CHOICE, options=["spring", "autumn"])
    make(category=tea, code="notes", name="Notes", kind=AttributeKind.CHOICES, options=["nut", "hay"])
    brand = make(category=tea, code="maker", name="Maker", kind=AttributeKind.TEXT)
    PlatformAttribute.objects.create(platform_category=desk.category, attribute=brand, is_required=True)
    good = {"grams": "100.5", "season": "spring", "notes": ["hay"], "maker": "ACME"}
    assert found(desk, attributes=good) == []
    bad = {"grams": "1kg", "season": "winter", "notes": ["hay", "tar"], "maker": " "}
    assert found(desk, attributes=bad) == [
        ("attributes.maker", "attribute_missing", "blocks"),
        ("attributes.grams", "attribute_value", "blocks"),
        ("attributes.season", "attribute_value", "blocks"),
        ("attributes.notes", "attribute_value", "blocks"),
    ]
    for value in ("NaN", True, ["1"]):
        assert ("attributes.grams", "attribute_value", "blocks") in found(
            desk, attributes={**good, "grams": value}
        )


def test_a_platform_category_of_other_goods_is_pointed_out(desk):
    mugs = Category.objects.create(code="mugs", name="Mugs")
    other = make_platform_category(desk.channel.platform, "MUGS")
    other.category = mugs
    other.save()
    assert found(desk, platform_category="MUGS") == [("platform_category", "category_differs", "warns")]
    desk.product.category = mugs
    assert found(desk, platform_category="MUGS") == []


def test_goods_outside_the_shops_core_category_are_pointed_out_and_those_below_it_are_not(desk):
    tea = Category.objects.create(code="tea", name="Tea")
    desk.product.category = Category.objects.create(code="green", name="Green", parent=tea)
    desk.channel.core_category = Category.objects.create(code="mugs", name="Mugs")
    assert found(desk) == [("platform_category", "outside_core_category", "warns")]
    desk.channel.core_category = tea
    assert found(desk) == []


@pytest.mark.parametrize(
    ("low", "high", "is_outside"),
    [
        ("10.00", "10.00", False),
        ("10.01", None, True),
        (None, "9.99", True),
        ("5", None, False),
        (None, None, False),
    ],
)
def test_a_price_outside_the_shops_band_is_pointed_out_and_one_at_its_end_is_not(desk, low, high, is_outside):
    desk.channel.lowest_price, desk.channel.highest_price = (each and Decimal(each) for each in (low, high))
    expected = [("skus.0.price", "outside_price_band", "warns")] if is_outside else []
    assert found(desk) == expected


def picture_findings(desk, place=0, role="main", **facts):
    file = make_file(desk.product.brand, "odd", **facts)
    pictures = list(desk.content().pictures)
    pictures[place] = replace(pictures[place], sha256=file.sha256, role=role)
    return found(desk, pictures=tuple(pictures))


@pytest.mark.parametrize(
    ("facts", "code", "gravity"),
    [
        ({"format": "WEBP"}, "picture_format", "blocks"),
        ({"size": 3_145_729}, "picture_bytes", "blocks"),
        ({"width": 799, "height": 799}, "picture_small", "blocks"),
        ({"width": 800, "height": 820}, "picture_ratio", "blocks"),
        ({"sharpness": 59.9}, "picture_blurred", "warns"),
        ({"kind": "video"}, "picture_role", "blocks"),
    ],
)
def test_a_main_picture_is_one_that_the_platform_takes(desk, facts, code, gravity):
    assert picture_findings(desk, **facts) == [("pictures.0", code, gravity)]


def test_a_main_picture_may_be_one_part_in_a_hundred_from_square(desk):
    assert picture_findings(desk, width=800, height=808) == []


def test_detail_pictures_may_be_narrow_and_long(desk):
    assert picture_findings(desk, place=6, role="detail", width=600, height=2000) == []


def test_six_main_pictures_are_needed_and_a_detail_picture_is_missed(desk):
    pictures = desk.content().pictures
    assert found(desk, pictures=pictures[1:6]) == [
        ("pictures", "pictures_few", "blocks"),
        ("pictures", "detail_missing", "warns"),
    ]


def test_pictures_are_the_brands_own_with_words_for_those_who_cant_see_them(desk):
    pictures = desk.content().pictures
    strange = make_file(make_sku("MUG-1", brand="OTHER").product.brand, "0.jpg")
    assert found(desk, pictures=(replace(pictures[0], sha256=strange.sha256), *pictures[1:])) == [
        ("pictures.0", "picture_unknown", "blocks")
    ]
    assert found(desk, pictures=(replace(pictures[0], alt=""), *pictures[1:])) == [
        ("pictures.0.alt", "alt_missing", "warns")
    ]
    assert found(desk, pictures=(*pictures, pictures[0])) == [("pictures.7", "picture_twice", "warns")]


def test_the_picture_of_a_variant_names_one_of_the_product(desk):
    pictures, sha256 = desk.content().pictures, desk.pictures[0].sha256
    make_sku("MUG-1")

    def of(code):
        return found(desk, pictures=(*pictures, Picture(sha256, "sku", "Tin", code)))

    assert of("TEA-1") == []
    assert of("MUG-1") == [("pictures.7", "sku_unknown", "blocks")]
    assert of("") == [("pictures.7", "picture_of_nothing", "blocks")]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, []),
        ({"duration": 60_001}, [("pictures.7", "video_long", "blocks")]),
        ({"width": 1280, "height": 719}, [("pictures.7", "video_small", "blocks")]),
        ({"has_subtitles": False}, [("pictures.7", "video_subtitles", "warns")]),
    ],
)
def test_a_film_takes_a_minute_at_most_in_high_definition_with_subtitles(desk, facts, expected):
    film = {
        "kind": "video",
        "format": "MP4",
        "width": 1280,
        "height": 720,
        "duration": 60_000,
        "sharpness": None,
    }
    file = make_file(desk.product.brand, "film", **{**film, "has_subtitles": True, **facts})
    assert found(desk, pictures=(*desk.content().pictures, Picture(file.sha256, "video"))) == expected


def test_only_the_products_own_variants_are_offered_each_once(desk):
    make_sku("MUG-1")
    ten = Decimal(10)
    skus = (
        OfferedSku("TEA-1", ten),
        OfferedSku("MUG-1", ten),
        OfferedSku("TEA-1", ten),
        OfferedSku("?", ten),
    )
    assert found(desk, skus=skus) == [
        ("skus.1", "sku_unknown", "blocks"),
        ("skus.2", "sku_twice", "blocks"),
        ("skus.3", "sku_unknown", "blocks"),
    ]
    desk.sku.is_active = False
    desk.sku.save()
    assert found(desk) == [("skus.0", "sku_inactive", "blocks")]


def test_a_variant_that_is_not_offered_is_pointed_out(desk):
    more = make_sku("TEA-2")
    more.product = desk.product
    more.save()
    assert found(desk) == [("skus", "sku_not_offered", "warns")]


def test_a_price_below_the_floor_is_pointed_out_and_one_at_the_floor_is_not(desk):
    desk.sku.floor_price = Decimal("10.01")
    desk.sku.save()
    assert found(desk) == [("skus.0.price", "below_floor", "warns")]
    desk.sku.floor_price = Decimal("10.00")
    desk.sku.save()
    assert found(desk) == []


def test_a_shops_code_means_one_sku(desk):
    more = make_sku("TEA-2")
    more.product = desk.product
    more.save()
    matched = {"channel": desk.channel, "status": "matched", "created_at": NOON, "updated_at": NOON}
    ChannelSku.objects.create(code="T2", sku=more, **matched)
    ten = Decimal(10)

    def offered(first, second):
        skus = (OfferedSku("TEA-1", ten, first), OfferedSku("TEA-2", ten, second))
        return [each[:2] for each in found(desk, skus=skus)]

    assert offered("T1", "T2") == []
    assert offered("T1", "T1") == [("skus.1.channel_code", "code_twice")]
    assert offered("T2", "") == [("skus.0.channel_code", "code_taken")]
    assert offered("TEA-2", "TEA-2") == [
        ("skus.0.channel_code", "code_taken"),
        ("skus.1.channel_code", "code_twice"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("全网最佳绿茶", [("最佳", (2, 4))]),
        ("最 \u200b佳的茶,最好", [("最佳", (0, 4)), ("最", (7, 8))]),
        ("The BEST tea, bestow it", [("best", (4, 8))]),
        ("Ｂｅｓｔ茶", [("best", (0, 4))]),
        ("ﬁrst best", [("best", (5, 9))]),
        ("第一次", []),
        ("the unbest tea", []),
        ("NO.1 tea", [("No.1", (0, 4))]),
        ("", []),
    ],
)
def test_prohibited_words_are_found_however_they_are_written_and_the_longest_counts(text, expected):
    assert list(find_words(text, ("最", "最佳", "best", "No.1"))) == expected


def test_a_word_of_the_platform_counts_before_the_one_for_all_and_those_of_others_do_not(desk):
    make = ProhibitedWord.objects.create
    make(word="最佳", reason="Advertising Law, article 9", better="优选")
    make(word="赠品", gravity=Gravity.BLOCKS, platform="jd")
    make(word="手工", gravity=Gravity.BLOCKS)
    make(word="手工", gravity=Gravity.WARNS, platform="tmall")
    make(word="春茶", is_active=False)
    content = desk.content(subtitle="手工春茶送赠品", keywords=("最佳",))
    findings = check_content(content, channel=desk.channel, product=desk.product, at=NOON)
    assert [(each.field, each.gravity, each.span) for each in findings] == [
        ("subtitle", "warns", (0, 2)),
        ("keywords.0", "blocks", (0, 2)),
    ]
    assert "Advertising Law, article 9" in findings[1].text
    assert "优选" in findings[1].text


def test_coverage_is_the_part_of_the_searches_whose_words_the_listing_says(desk):
    tea = Category.objects.create(code="tea", name="Tea")
    mugs = Category.objects.create(code="mugs", name="Mugs")
    desk.product.category = tea
    make = Keyword.objects.create
    make(word="green tea", searches=600, category=tea, updated_at=NOON)
    make(word="tin", searches=100, updated_at=NOON)
    make(word="oolong", searches=300, platform="tmall", updated_at=NOON)
    make(word="mug", searches=9000, category=mugs, updated_at=NOON)
    make(word="jd tea", searches=9000, platform="jd", updated_at=NOON)
    coverage = keyword_coverage(desk.content(), channel=desk.channel, product=desk.product)
    assert coverage.rate == 0.7
    assert [(each.word, each.parts) for each in coverage.words] == [
        ("green tea", ("title",)),
        ("oolong", ()),
        ("tin", ("selling_points", "alt")),
    ]
    assert found(desk) == []
    assert found(desk, title="Leaves") == [
        ("title", "title_without_keyword", "warns"),
        ("keywords", "coverage_low", "warns"),
    ]


def test_without_keywords_nothing_is_said_of_coverage(desk):
    assert keyword_coverage(desk.content(), channel=desk.channel, product=desk.product).rate is None


def test_contents_are_checked_in_eight_statements_whatever_their_number(desk):
    tea = Category.objects.create(code="tea", name="Tea")
    more = iter([desk, Desk("S2", "TEA-2"), Desk("S3", "TEA-3")])
    desks = []

    def show():
        subjects = [Subject(each.content(), each.channel, each.product) for each in desks]
        assert check_contents(subjects, at=NOON) == [[]] * len(desks)

    def add_desk():
        desks.append(next(more))
        desks[-1].product.category = tea

    assert_statements(8, show, add_desk)
