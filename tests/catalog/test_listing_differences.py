"""What a reviewer sees of a change: the words, the places, the prices, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from catalog.drafts import Block, ListingContent, OfferedSku, Picture
from catalog.queries.differences import Part, differences, unmoved, word_parts

BASE = ListingContent(
    platform_category="TEA",
    title="Green tea 100 g",
    selling_points=("Picked by hand", "Spring harvest"),
    blocks=(Block("description", "Fine tea."), Block("usage", "Brew at 80 °C.")),
    attributes={"season": "spring", "notes": ["nut"]},
    pictures=tuple(Picture(name * 64, "main", f"Tin {name}") for name in "abcd"),
    keywords=("tea",),
    skus=(OfferedSku("T1", Decimal("9.90")), OfferedSku("T2", Decimal("19.90"))),
)


def seen(**changes):
    return [
        (each.field, each.what, each.before, each.after)
        for each in differences(BASE, replace(BASE, **changes))
    ]


def test_the_same_content_has_no_differences():
    assert differences(BASE, replace(BASE)) == []


def test_a_changed_title_is_shown_by_its_words():
    (change,) = differences(BASE, replace(BASE, title="Green tea 250 g"))
    assert (change.field, change.what) == ("title", "changed")
    assert change.parts == (
        Part("same", "Green tea "),
        Part("gone", "100"),
        Part("new", "250"),
        Part("same", " g"),
    )


def test_chinese_is_compared_character_by_character():
    assert word_parts("特级绿茶", "一级绿茶") == (
        Part("gone", "特"),
        Part("new", "一"),
        Part("same", "级绿茶"),
    )


def test_a_price_is_shown_by_its_sku_and_9_9_is_9_90():
    skus = (OfferedSku("T2", Decimal("18.00")), OfferedSku("T1", Decimal("9.9")))
    assert seen(skus=skus) == [("skus.0.price", "changed", Decimal("19.90"), Decimal("18.00"))]
    gone, new = BASE.skus[1], OfferedSku("T3", Decimal(5))
    assert seen(skus=(BASE.skus[0], new)) == [
        ("skus.1", "added", None, new),
        ("skus.1", "removed", gone, None),
    ]


def test_a_picture_that_was_put_first_is_one_change_and_the_others_did_not_move():
    a, b, c, d = BASE.pictures
    assert seen(pictures=(d, a, b, c)) == [("pictures.0", "moved", 4, 1)]
    assert seen(pictures=(a, b, d)) == [("pictures.2", "removed", c, None)]
    assert seen(pictures=(a, b, c, replace(d, alt="Lid"))) == [("pictures.3.alt", "changed", "Tin d", "Lid")]
    detail = replace(d, role="detail")
    assert seen(pictures=(a, b, c, detail)) == [
        ("pictures.3", "removed", d, None),
        ("pictures.3", "added", None, detail),
    ]


def test_points_blocks_attributes_and_keywords_are_shown_where_they_stand():
    assert seen(selling_points=("New tin", "Picked by hand", "Spring harvest")) == [
        ("selling_points.0", "added", "", "New tin")
    ]
    story = Block("story", "Long ago")
    assert seen(blocks=(BASE.blocks[0], story, BASE.blocks[1])) == [("blocks.1", "added", None, story)]
    assert seen(attributes={"season": "autumn", "net": "100"}) == [
        ("attributes.season", "changed", "spring", "autumn"),
        ("attributes.net", "added", None, "100"),
        ("attributes.notes", "removed", ["nut"], None),
    ]
    assert seen(keywords=("green",)) == [
        ("keywords.0", "added", None, "green"),
        ("keywords.0", "removed", "tea", None),
    ]


def test_of_a_first_version_everything_is_new():
    whats = {each.what for each in differences(None, BASE)}
    assert whats == {"added"}
    assert len(differences(None, BASE)) == 2 + 2 + 2 + 2 + 4 + 1 + 2


@given(st.text("ab 茶", max_size=30), st.text("ab 茶", max_size=30))
def test_the_parts_of_a_text_add_up_to_both(before, after):
    parts = word_parts(before, after)
    assert "".join(part.text for part in parts if part.op != "new") == before
    assert "".join(part.text for part in parts if part.op != "gone") == after


@given(st.permutations(range(6)))
def test_what_did_not_move_stands_in_both_sequences_alike(after):
    still = unmoved(range(6), after)
    assert [each for each in after if each in still] == sorted(still)
    sorted_ones = [
        len(line) for n in range(7) for line in combinations(after, n) if list(line) == sorted(line)
    ]
    assert len(still) == max(sorted_ones)
