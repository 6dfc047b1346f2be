"""What the operations of material packs lock, for ``test_lock_order``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from catalog.drafts import EntryDraft, PackDraft
from catalog.models import Brand, MaterialPack
from catalog.operations import entering, packs, packs_undoing
from catalog.operations.media import write_media
from ops_portal.intake.kinds import Undone
from ops_portal.lib.principals import acting_as
from tests.factories import ACTOR, NOON, make_shop

PACK = "catalog_materialpack"
DRAFT = PackDraft("PACKED", "Jacket", source_key="S-1")
Scene = tuple[Callable[[Any], Callable[[], object]], list[str]]


def received() -> MaterialPack:
    with acting_as(ACTOR):
        Brand.objects.get_or_create(code="PACKED", defaults={"name": "Packed"})
    return packs.receive_packs([DRAFT], actor=ACTOR, at=NOON).one()


def completing(_house: Any) -> Callable[[], object]:
    received()
    better = replace(DRAFT, name="Better jacket")
    return lambda: packs.receive_packs([better], actor=ACTOR, at=NOON).one()


def aside(operation: Callable[..., Any]) -> Callable[[Any], Callable[[], object]]:
    def prepare(_house: Any) -> Callable[[], object]:
        number = received().number
        return lambda: operation([number], actor=ACTOR, at=NOON, reason="why").one()

    return prepare


def entering_one(_house: Any) -> Callable[[], object]:
    number = received().number
    make_shop("PACKSHOP")
    draft = EntryDraft(number, "", ("PACKSHOP",))
    return lambda: entering.enter_packs([draft], actor=ACTOR, at=NOON).one()


def taking_back(_house: Any) -> Callable[[], object]:
    change = Undone("material_pack", received().pk, "created", None, NOON)
    return lambda: packs_undoing.take_back_packs([change], actor=ACTOR, at=NOON)


def keeping(_house: Any) -> Callable[[], object]:
    brand = received().brand
    row = {
        "sha256": "0" * 64, "brand_id": brand.pk, "name": "a", "kind": "image", "format": "PNG", "size": 1,
        "width": 1, "height": 1, "path": "a", "created_at": NOON,
    }  # fmt: skip
    return lambda: write_media([row], brand=brand, actor=ACTOR)


PACK_SCENES: dict[str, Scene] = {
    "write_media": (keeping, []),
    "receive_packs": (completing, [PACK]),
    "return_packs": (aside(packs.return_packs), [PACK]),
    "drop_packs": (aside(packs.drop_packs), [PACK]),
    "enter_packs": (entering_one, [PACK]),
    "take_back_packs": (taking_back, [PACK]),
}
