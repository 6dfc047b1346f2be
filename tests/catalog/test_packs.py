"""What suppliers send: taken in, weighed, completed, sent back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.choices import PackStatus
from catalog.drafts import Block, PackDraft, PackFacts, PackPicture, VariantDraft
from catalog.models import (
    Attribute,
    Brand,
    Category,
    MaterialPack,
    PackMedia,
    PlatformAttribute,
    PlatformCategory,
)
from catalog.operations.packs import MOST_MEDIA, drop_packs, receive_packs, return_packs
from catalog.queries.completeness import RULES, completeness_of, named_missing
from ops_portal.accounts.models import AuditEntry
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.refusals import Refused
from ops_portal.lib.testing.statements import statements_of
from ops_portal.outbox.models import Event
from tests.factories import ACTOR, NOON
from tests.factories.media import keep, picture

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
PARTNER = Principal("person", "partner", 1, frozenset({"brand_partner"}))
SERVICE = Principal("person", "service", 1, frozenset({"customer_service"}))

VARIANT = VariantDraft(
    {}, barcode="6900000000017", list_price=Decimal("99.00"), cost=Decimal("40.00"), weight_grams=300,
    length_mm=100, width_mm=80, height_mm=60,
)  # fmt: skip
FACTS = PackFacts(
    product_code="P1",
    selling_points=("light", "warm", "dry"),
    blocks=(Block("description", "A jacket that keeps the wind out all day."),),
    variants=(VARIANT,),
)

WHOLE = replace(FACTS, attributes={"material": "wool", "season": "winter"})


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "storage"


@pytest.fixture
def brand():
    with acting_as(ACTOR):
        return Brand.objects.create(code="ACME", name="Acme")


@pytest.fixture
def category():
    with acting_as(ACTOR):
        top = Category.objects.create(code="wear", name="Apparel")
        below = Category.objects.create(code="jackets", name="Jackets", parent=top)
        material = Attribute.objects.create(category=top, code="material", name="Material", kind="text")
        season = Attribute.objects.create(category=below, code="season", name="Season", kind="text")
        there = PlatformCategory.objects.create(platform="tmall", code="50", name="Jackets", category=below)
        above = PlatformCategory.objects.create(platform="jd", code="9", name="Apparel", category=top)
        PlatformAttribute.objects.create(platform_category=there, attribute=season, is_required=True)
        PlatformAttribute.objects.create(platform_category=above, attribute=material, is_required=True)
    return below


@pytest.fixture
def shown(brand, tmp_path):
    """Return six main pictures and a detail picture, in their places."""
    names = [f"{number}.jpg" for number in range(1, 8)]
    kept = keep(tmp_path, brand, **{name: picture(seed=seed) for seed, name in enumerate(names)})
    return tuple(PackPicture(kept[name].sha256, "detail" if name == "7.jpg" else "main") for name in names)


def receive_one(draft: PackDraft, actor: Principal = ACTOR, at=NOON) -> MaterialPack:
    return receive_packs([draft], actor=actor, at=at).one()


def complete(shown) -> PackDraft:
    return PackDraft("ACME", "Jacket", "jackets", WHOLE, shown, source_key="S-1")


def test_a_whole_pack_scores_100_and_misses_nothing(category, shown):
    pack = receive_one(complete(shown))
    assert (pack.score, pack.missing, pack.status) == (100, [], "received")
    assert pack.number == MaterialPack.objects.get().number
    assert [each.role for each in pack.media.order_by("position")] == ["main"] * 6 + ["detail"]
    assert StateMove.objects.get(document_number=pack.number).to_status == "received"


def test_an_empty_pack_scores_0_and_names_all_that_is_missing(brand):
    pack = receive_one(PackDraft("ACME", ""))
    asked = [rule.code for rule in RULES if rule.code not in ("attributes", "shelf_life")]
    assert (pack.score, pack.missing) == (0, asked)


@pytest.mark.parametrize(
    ("lost", "code", "weight"),
    [
        ({"facts": replace(WHOLE, selling_points=("light",))}, "selling_points", 8 * 2 / 3),
        ({"facts": replace(FACTS, attributes={"material": "wool"})}, "attribute:season", 15 / 2),
        ({"category_code": ""}, "category", 10),
        ({"name": " "}, "name", 5),
    ],
)  # fmt: skip
def test_what_is_missing_is_named_and_costs_its_weight(category, shown, lost, code, weight):
    pack = receive_one(replace(complete(shown), **lost))
    assert pack.missing == [code]
    total = sum(rule.weight for rule in RULES if rule.code != "shelf_life")
    if "category_code" in lost:
        total -= 15  # without a category nobody asks for attributes
    assert pack.score == int(100 * (total - weight) / total)


def test_main_pictures_count_where_they_are_square_large_and_sharp(brand, tmp_path, shown):
    odd = keep(
        tmp_path, brand, wide=picture(900, 800, seed=20), small=picture(600, 600, seed=21),
        blurred=picture(seed=22, blurred=True),
    )  # fmt: skip
    main = [*shown[:3], *(PackPicture(odd[name].sha256, "main") for name in ("wide", "small", "blurred"))]
    pack = receive_one(PackDraft("ACME", "Jacket", "", FACTS, (*main, shown[6])))
    assert pack.missing == ["main_pictures", "category", "sharp_pictures"]


def test_shelf_life_is_asked_of_what_spoils(brand):
    with acting_as(ACTOR):
        top = Category.objects.create(code="B", name="美妝護膚")
        masks = Category.objects.create(code="M", name="面膜", parent=top)
    assert "shelf_life" in completeness_of(FACTS, (), masks).missing
    kept = replace(FACTS, variants=(replace(VARIANT, shelf_life_days=1095),))
    assert "shelf_life" not in completeness_of(kept, (), masks).missing
    assert "shelf_life" not in completeness_of(FACTS, (), None).missing
    batches = replace(FACTS, variants=(replace(VARIANT, tracks_batches=True),))
    assert "shelf_life" in completeness_of(batches, (), None).missing


def test_what_one_variant_of_four_lacks_costs_a_quarter():
    variants = (*[VARIANT] * 3, replace(VARIANT, list_price=None))
    whole, lacking = (
        completeness_of(replace(FACTS, variants=each), (), None, name="Jacket")
        for each in ([VARIANT] * 4, variants)
    )
    assert set(lacking.missing) - set(whole.missing) == {"price"}
    assert whole.score - lacking.score in (2, 3)  # 8 · ¼ of a total of 84


def test_missing_parts_are_named_in_words():
    assert named_missing(["main_pictures", "attribute:season"]) == [
        "6 main pictures, square, at least 800 pixels",
        "attribute: season",
    ]


def test_the_same_pack_again_completes_the_one_that_stands(category, shown):
    first = receive_one(replace(complete(shown), media=shown[:3], facts=FACTS))
    again = receive_one(complete(shown), at=LATER)
    assert again.pk == first.pk
    assert (MaterialPack.objects.count(), PackMedia.objects.count()) == (1, 7)
    assert (again.score, again.updated_at, again.created_at) == (100, LATER, NOON)


def test_without_pictures_in_the_draft_those_that_stand_stay(category, shown):
    first = receive_one(complete(shown))
    again = receive_one(replace(complete(shown), media=None, number=first.number, source_key=""))
    assert (again.pk, again.score, PackMedia.objects.count()) == (first.pk, 100, 7)
    assert again.source_key == "S-1"
    assert not AuditEntry.objects.filter(table_name="catalog_packmedia").exists()


def test_a_pack_that_was_sent_back_is_received_again_when_its_partner_completes_it(category, shown):
    first = receive_one(replace(complete(shown), media=()))
    return_packs([first.number], actor=ACTOR, at=NOON, reason="no pictures")
    again = receive_one(complete(shown), PARTNER, LATER)
    assert (again.status, again.score) == ("received", 100)
    moves = StateMove.objects.filter(document_number=first.number).order_by("pk")
    assert [(move.from_status, move.to_status) for move in moves] == [
        ("", "received"),
        ("received", "returned"),
        ("returned", "received"),
    ]


def test_a_return_tells_the_partner_what_is_missing_and_why(brand):
    from ops_portal.outbox.drafts import EndpointDraft
    from ops_portal.outbox.operations.endpoints import open_endpoints
    from tests.house.agency import person

    owner = person("told", "brand_partner", brands=("ACME",), is_staff=False)
    open_endpoints([EndpointDraft(owner.pk, "https://partner.example/hook")], actor=ACTOR, at=NOON).one()
    pack = receive_one(PackDraft("ACME", "Jacket", source_key="S-1"))
    outcome = return_packs([pack.number, "MP0"], actor=ACTOR, at=NOON, reason=" no pictures ")
    assert [(index, refused.code) for index, refused in outcome.refused] == [(1, "no_such_pack")]
    event = Event.objects.get(object_number=pack.number)
    assert event.kind == "material_pack.returned"
    assert event.facts["reason"] == "no pictures"
    assert event.facts["missing"][0] == "main_pictures"


def test_return_and_drop_ask_for_a_reason_and_a_role(brand):
    pack = receive_one(PackDraft("ACME", "Jacket"))
    for verb in (return_packs, drop_packs):
        with pytest.raises(Refused, match="Say why"):
            verb([pack.number], actor=ACTOR, at=NOON, reason="  ")
        refused = verb([pack.number], actor=SERVICE, at=NOON, reason="why").refused
        assert [refusal.code for _index, refusal in refused] == ["role_may_not_move"]
    assert drop_packs([pack.number], actor=ACTOR, at=NOON, reason="double").one().status == PackStatus.DROPPED
    with pytest.raises(Refused, match="can't become"):
        return_packs([pack.number], actor=ACTOR, at=NOON, reason="why").one()


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (PackDraft("NOBODY", "Jacket"), "unknown_brand"),
        (PackDraft("ACME", "Jacket", "nowhere"), "unknown_category"),
        (PackDraft("ACME", "Jacket", number="MP99"), "no_such_pack"),
        (PackDraft("ACME", "Jacket", media=(PackPicture("0" * 64, "main"),)), "unknown_media"),
        (PackDraft("ACME", "Jacket", media=(PackPicture("0" * 64, "main"),) * (MOST_MEDIA + 1)), "too_much_material"),
        (PackDraft("ACME", "Jacket", facts=PackFacts(variants=(VARIANT,) * 501)), "too_much_material"),
    ],
)  # fmt: skip
def test_a_draft_that_names_what_is_not_there_is_refused_and_the_others_go(brand, draft, code):
    outcome = receive_packs([draft, PackDraft("ACME", "Hat")], actor=ACTOR, at=NOON)
    assert [(index, refused.code) for index, refused in outcome.refused] == [(0, code)]
    assert [pack.name for pack in outcome.done] == ["Hat"]


def test_another_brand_neither_shows_nor_completes_what_is_not_its_own(brand, shown):
    with acting_as(ACTOR):
        Brand.objects.create(code="BOLT", name="Bolt")
    pack = receive_one(PackDraft("ACME", "Jacket", source_key="S-1"))
    drafts = [
        PackDraft("BOLT", "Jacket", media=shown[:1]),
        PackDraft("BOLT", "Jacket", number=pack.number),
        PackDraft("BOLT", "Jacket", source_key="S-1"),
        PackDraft("ACME", "Jacket", media=shown[:1]),
    ]
    outcome = receive_packs(drafts, actor=ACTOR, at=NOON)
    assert [refused.code for _index, refused in outcome.refused] == ["unknown_media", "no_such_pack"]
    assert outcome.done[0].pk != pack.pk


def test_a_closed_pack_takes_nothing_more(brand):
    pack = receive_one(PackDraft("ACME", "Jacket", source_key="S-1"))
    drop_packs([pack.number], actor=ACTOR, at=NOON, reason="double")
    with pytest.raises(Refused) as refused:
        receive_one(PackDraft("ACME", "Jacket", source_key="S-1"))
    assert refused.value.code == "pack_closed"


def test_a_pack_twice_in_one_batch_counts_once(brand):
    drafts = [PackDraft("ACME", "Jacket", source_key="S-1"), PackDraft("ACME", "Hat", source_key="S-1")]
    outcome = receive_packs(drafts, actor=ACTOR, at=NOON)
    assert [(index, refused.code) for index, refused in outcome.refused] == [(1, "pack_twice")]
    assert [pack.name for pack in outcome.done] == ["Jacket"]


def test_thirty_packs_take_as_many_statements_as_one(category, shown):
    def taken(count: int, word: str) -> int:
        drafts = [replace(complete(shown), source_key=f"{word}-{number}") for number in range(count)]
        return len(statements_of(lambda: receive_packs(drafts, actor=ACTOR, at=NOON)))

    assert taken(1, "one") == taken(30, "many") == 11
