"""Pictures of variants are known by their names, and it is said by which words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from catalog.drafts import PackFacts, VariantDraft
from catalog.inspecting.roles import guess_place, variant_named

AXES = (("Colour", ("RED", "红色", "深红色")), ("Size", ("M", "XL")))
FACTS = PackFacts(
    axes=AXES,
    variants=(
        VariantDraft({"Colour": "RED", "Size": "M"}, sku_code="TEE-RED-M"),
        VariantDraft({"Colour": "RED", "Size": "XL"}, sku_code="TEE-RED-XL"),
        VariantDraft({"Colour": "红色", "Size": "M"}),
    ),
)


@pytest.mark.parametrize(
    ("name", "variant", "words"),
    [
        ("RED-M.jpg", "TEE-RED-M", ("RED", "M")),
        ("red_xl.JPG", "TEE-RED-XL", ("RED", "XL")),
        ("pictures/TEE-RED-M (2).jpg", "TEE-RED-M", ("TEE-RED-M",)),
        ("RED.jpg", "RED", ("RED",)),
        ("深红色正面.jpg", "深红色", ("深红色",)),
        ("红色 M.jpg", "红色", ("红色", "M")),
        ("IMG_0001.jpg", "", ()),
        ("INFRARED.jpg", "", ()),
        ("RED/cover.jpg", "", ()),
        ("M.jpg", "M", ("M",)),
        ("", "", ()),
    ],
)
def test_a_name_tells_whose_picture_it_is(name, variant, words):
    assert variant_named(name, FACTS) == (variant, words)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("RED-M.jpg", ("sku", "TEE-RED-M", ("RED", "M"))),
        ("主图/RED-M.jpg", ("main", "", ())),
        ("sku/RED.jpg", ("sku", "RED", ("RED",))),
        ("sku/1.jpg", ("sku", "", ())),
        ("1.jpg", ("main", "", ())),
    ],
)
def test_what_folders_say_goes_before_a_variants_name(name, place):
    assert guess_place(name, SimpleNamespace(kind="image", width=800, height=800), FACTS) == place


def test_a_film_is_no_variants():
    film = SimpleNamespace(kind="video", width=1280, height=720)
    assert guess_place("RED-M.mp4", film, FACTS) == ("video", "", ())
