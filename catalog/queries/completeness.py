"""How complete a supplier's material is, by rules that can be read, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.choices import BlockKind, MediaKind, MediaRole
from catalog.drafts import PackFacts, VariantDraft
from catalog.models import Category, PlatformAttribute

FEWEST_MAIN: Final = 6
FEWEST_PIXELS: Final = 800
FEWEST_POINTS: Final = 3
FEWEST_WORDS: Final = 20  # characters of a description
SHARP: Final = 60.0
ATTRIBUTE: Final = "attribute:"
# Words in the code or the name of a category, or of one above it, whose goods spoil.
SPOILS: Final = (
    "food", "snack", "drink", "beauty", "cosmetic", "skincare", "makeup", "health",
    "食品", "零食", "饮料", "飲料", "美妆", "美妝", "化妆", "化妝", "护肤", "護膚", "彩妆", "彩妝", "保健",
    "母婴", "母嬰",
)  # fmt: skip


class Completeness(NamedTuple):
    """A score of 0 to 100, and the codes of what is asked for and not there, the weightiest first."""

    score: int
    missing: tuple[str, ...]


class InPlace(Protocol):
    """A file of a pack in its place: a ``PackMedia`` with its file, or what is about to become one."""

    @property
    def role(self) -> str: ...
    @property
    def file(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Demands:
    """What a category asks of goods: attributes (code, name) that a platform requires, and whether they spoil."""

    attributes: tuple[tuple[str, str], ...] = ()
    spoils: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """All that a supplier sent of one product."""

    name: str
    category: Category | None
    facts: PackFacts
    media: Sequence[InPlace]
    demands: Demands = field(default_factory=Demands)

    def pictures(self, role: str) -> list[Any]:
        """Return the pictures in a role."""
        return [each.file for each in self.media if each.role == role and each.file.kind == MediaKind.IMAGE]

    def variants_with(self, has: Callable[[VariantDraft], bool]) -> float:
        """Return the share of the variants that have something."""
        variants = self.facts.variants
        return sum(map(has, variants)) / len(variants) if variants else 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that is asked for: ``there`` tells which part of it (0 to 1) a supplier sent."""

    code: str
    label: Any
    weight: int
    there: Callable[[Material], float]
    applies: Callable[[Material], bool] = lambda material: True


def described(material: Material) -> float:
    """Tell whether the blocks describe the goods."""
    text = "".join(block.text for block in material.facts.blocks if block.kind != BlockKind.FAQ)
    return min(1.0, len(text.strip()) / FEWEST_WORDS)


def usable_main(file: Any) -> bool:
    """Tell whether shops take a picture as a main one: square, and large enough."""
    return bool(file.width == file.height >= FEWEST_PIXELS)


def sharp(material: Material) -> float:
    """Return the share of main pictures that aren't blurred."""
    pictures = material.pictures(MediaRole.MAIN)
    return sum((each.sharpness or 0.0) >= SHARP for each in pictures) / len(pictures) if pictures else 0.0


def attributes_there(material: Material) -> float:
    """Return the share of the required attributes that have a value."""
    asked = material.demands.attributes
    return 1 - len(attributes_missing(material)) / len(asked) if asked else 1.0


def attributes_missing(material: Material) -> list[str]:
    """Return the codes of required attributes without a value."""
    given = material.facts.attributes
    return [code for code, _name in material.demands.attributes if given.get(code) in (None, "", [])]


def keeps_a_day(material: Material) -> bool:
    """Tell whether the goods spoil, so that their shelf life is asked for."""
    return material.demands.spoils or any(each.tracks_batches for each in material.facts.variants)


RULES: Final = (
    Rule("main_pictures", _("6 main pictures, square, at least 800 pixels"), 20,
         lambda m: min(1.0, sum(map(usable_main, m.pictures(MediaRole.MAIN))) / FEWEST_MAIN)),
    Rule("attributes", _("attributes that platforms require"), 15, attributes_there,
         lambda m: bool(m.demands.attributes)),
    Rule("category", _("category"), 10, lambda m: float(m.category is not None)),
    Rule("description", _("description"), 10, described),
    Rule("selling_points", _("3 selling points"), 8,
         lambda m: min(1.0, sum(map(bool, m.facts.selling_points)) / FEWEST_POINTS)),
    Rule("price", _("price of each variant"), 8, lambda m: m.variants_with(lambda v: v.list_price is not None)),
    Rule("detail_pictures", _("detail pictures"), 7, lambda m: float(bool(m.pictures(MediaRole.DETAIL)))),
    Rule("name", _("product name"), 5, lambda m: float(bool(m.name.strip()))),
    Rule("shelf_life", _("shelf life of each variant"), 5,
         lambda m: m.variants_with(lambda v: v.shelf_life_days is not None), keeps_a_day),
    Rule("sharp_pictures", _("main pictures that are sharp"), 4, sharp),
    Rule("cost", _("cost of each variant"), 4, lambda m: m.variants_with(lambda v: v.cost is not None)),
    Rule("barcode", _("barcode of each variant"), 3, lambda m: m.variants_with(lambda v: bool(v.barcode))),
    Rule("weight", _("weight of each variant"), 3, lambda m: m.variants_with(lambda v: bool(v.weight_grams))),
    Rule("box", _("box size of each variant"), 2,
         lambda m: m.variants_with(lambda v: bool(v.length_mm and v.width_mm and v.height_mm))),
)  # fmt: skip
LABELS: Final = {rule.code: rule.label for rule in RULES}


def completeness_of(
    facts: PackFacts,
    media: Sequence[InPlace],
    category: Category | None,
    *,
    name: str = "",
    demands: Demands | None = None,
) -> Completeness:
    """Weigh what is there of what is asked for. Without ``demands`` the category's are looked up (two statements)."""
    if demands is None:
        demands = demands_of([category.pk])[category.pk] if category else Demands()
    material = Material(name, category, facts, media, demands)
    asked = [rule for rule in RULES if rule.applies(material)]
    there = {rule.code: min(1.0, max(0.0, rule.there(material))) for rule in asked}
    total = sum(rule.weight for rule in asked)
    score = int(100 * sum(rule.weight * there[rule.code] for rule in asked) / total + 1e-9)
    missing: list[str] = []
    for rule in asked:
        if there[rule.code] >= 1:
            continue
        if rule.code == "attributes":
            missing += [f"{ATTRIBUTE}{code}" for code in attributes_missing(material)]
        else:
            missing.append(rule.code)
    return Completeness(score, tuple(missing))


def demands_of(category_ids: Collection[int]) -> dict[int, Demands]:
    """Return what each category asks for, with what those above it ask. Two statements, however many."""
    tree = {each.pk: each for each in Category.objects.only("pk", "code", "name", "parent_id").order_by("pk")}
    lines = {pk: line_of(pk, tree) for pk in category_ids if pk in tree}
    required = PlatformAttribute.objects.filter(
        is_required=True,
        platform_category__category_id__in={each.pk for line in lines.values() for each in line},
    ).values_list("platform_category__category_id", "attribute__code", "attribute__name")
    asked: dict[int, dict[str, str]] = {}
    for category_id, code, name in required.order_by("attribute_id", "pk"):
        asked.setdefault(category_id, {})[code] = name
    return {
        pk: Demands(
            tuple({code: name for each in line for code, name in asked.get(each.pk, {}).items()}.items()),
            any(word in f"{each.code} {each.name}".lower() for each in line for word in SPOILS),
        )
        for pk, line in lines.items()
    }


def line_of(pk: int | None, tree: Mapping[int, Category]) -> list[Category]:
    """Return a category and those above it."""
    line: list[Category] = []
    while pk is not None and pk in tree and tree[pk] not in line:
        line.append(tree[pk])
        pk = tree[pk].parent_id
    return line


def named_missing(codes: Iterable[str], demands: Demands = Demands()) -> list[str]:
    """Return what is missing in the reader's language."""
    names = dict(demands.attributes)
    return [
        gettext("attribute: %(name)s")
        % {"name": names.get(code.removeprefix(ATTRIBUTE), code.removeprefix(ATTRIBUTE))}
        if code.startswith(ATTRIBUTE)
        else str(LABELS.get(code, code))
        for code in codes
    ]
