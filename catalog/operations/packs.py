"""Material packs come in from suppliers, are completed, sent back, and dropped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalog.choices import PACK_MOVES, MediaRole, PackStatus
from catalog.contents import facts_json
from catalog.drafts import PackDraft, PackPicture
from catalog.models import Brand, Category, MaterialPack, MediaFile, PackMedia
from catalog.queries.completeness import Completeness, Demands, completeness_of, demands_of
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import insert_rows
from ops_portal.lib.states import illegal_move, move_all, move_record, record_moves
from ops_portal.outbox.drafts import EventDraft
from ops_portal.outbox.operations import recording as outbox

MOST_MEDIA: Final = 100
MOST_VARIANTS: Final = 500
OPEN: Final = frozenset({PackStatus.RECEIVED, PackStatus.RETURNED})


class NoSuchPack(Refused):
    """There is no pack of this number."""

    code = "no_such_pack"


class UnknownBrand(Refused):
    """The pack names a brand that does not exist."""

    code = "unknown_brand"


class UnknownCategory(Refused):
    """The pack names a category that does not exist."""

    code = "unknown_category"


class UnknownMedia(Refused):
    """The pack shows a file that its brand has not sent."""

    code = "unknown_media"


class TooMuchMaterial(Refused):
    """The pack has more pictures or variants than one product has."""

    code = "too_much_material"


class PackClosed(Refused):
    """The pack was entered or dropped; what its supplier sends now is a new pack."""

    code = "pack_closed"


class PackTwice(Refused):
    """The pack stands twice in one batch, or came by another way at the same moment."""

    code = "pack_twice"


class NoReason(Refused):
    """A pack goes back to its supplier, or is dropped, for a reason."""

    code = "no_reason"


@dataclass(slots=True)
class Surroundings:
    """What the drafts of a batch speak of, as it stands; the packs locked."""

    brands: dict[str, Brand]
    categories: dict[str, Category]
    files: dict[tuple[int, str], MediaFile]
    by_number: dict[str, MaterialPack]
    by_key: dict[tuple[int, str], MaterialPack]
    media: dict[int, list[PackMedia]]
    demands: dict[int, Demands]

    @classmethod
    def of(cls, drafts: Sequence[PackDraft]) -> Surroundings:
        """Look it up; seven statements."""
        brands = {
            brand.code: brand for brand in Brand.objects.filter(code__in={each.brand_code for each in drafts})
        }
        categories = {
            category.code: category
            for category in Category.objects.filter(code__in={each.category_code for each in drafts})
        }
        shown = {picture.sha256 for each in drafts for picture in each.media or ()}
        files = {
            (file.brand_id, file.sha256): file
            for file in MediaFile.objects.filter(sha256__in=shown, brand__in=brands.values())
        }
        packs = lock_known(drafts, brands)
        media: dict[int, list[PackMedia]] = {pack.pk: [] for pack in packs}
        for each in PackMedia.objects.filter(pack__in=packs).select_related("file").order_by("position"):
            media[each.pack_id].append(each)
        return cls(
            brands,
            categories,
            files,
            {pack.number: pack for pack in packs},
            {(pack.brand_id, pack.source_key): pack for pack in packs if pack.source_key},
            media,
            demands_of({category.pk for category in categories.values()}),
        )

    def known(self, draft: PackDraft) -> MaterialPack | None:
        """Return the pack that a draft completes. Refuses NoSuchPack."""
        if draft.number:
            pack = self.by_number.get(draft.number)
            if pack is None or self.brands[draft.brand_code].pk != pack.brand_id:
                raise no_such_pack(draft.number)
            return pack
        return self.by_key.get((self.brands[draft.brand_code].pk, draft.source_key))


def lock_known(drafts: Sequence[PackDraft], brands: dict[str, Brand]) -> list[MaterialPack]:
    """Lock the packs that drafts name, in primary-key order."""
    numbers = {each.number for each in drafts if each.number}
    keys = {each.source_key for each in drafts if each.source_key and not each.number}
    named = MaterialPack.objects.filter(number__in=numbers) | MaterialPack.objects.filter(
        brand__in=brands.values(), source_key__in=keys
    )
    return list(named.order_by("pk").select_for_update(no_key=True, of=("self",)))


@operation
def receive_packs(drafts: Sequence[PackDraft], *, actor: Principal, at: datetime) -> Outcome[MaterialPack]:
    """Take in what suppliers send. A pack that is known and open is completed; one that was sent back is then received.

    Refuses UnknownBrand, UnknownCategory, UnknownMedia, TooMuchMaterial, NoSuchPack, PackClosed, PackTwice,
    RoleMayNotMove.
    """
    around = Surroundings.of(drafts)
    outcome: Outcome[MaterialPack] = Outcome()
    packs: dict[int, tuple[MaterialPack, tuple[PackPicture, ...] | None]] = {}
    named: set[Any] = set()
    for index, draft in enumerate(drafts):
        try:
            refuse_nonsense(draft, around)
            known = around.known(draft)
            name = known.pk if known else (draft.brand_code, draft.source_key or object())
            if name in named:
                raise pack_twice(draft)
            if known is not None and known.status not in OPEN:
                raise closed(known)
        except Refused as refused:
            outcome.refused.append((index, refused))
            continue
        named.add(name)
        pack = known or MaterialPack(status=PackStatus.RECEIVED, created_at=at)
        fill(pack, draft, around, at=at)
        packs[index] = (pack, draft.media)
    too_late = write_packs(packs, around, actor=actor, at=at)
    outcome.done = [pack for index, (pack, _media) in packs.items() if index not in too_late]
    outcome.refused = sorted([*outcome.refused, *too_late.items()], key=lambda pair: pair[0])
    return outcome


def refuse_nonsense(draft: PackDraft, around: Surroundings) -> None:
    """Refuse a draft that names what is not there, or shows more than one product has."""
    if draft.brand_code not in around.brands:
        raise UnknownBrand(_("There is no brand “%(brand)s”."), brand=draft.brand_code)
    if draft.category_code and draft.category_code not in around.categories:
        raise UnknownCategory(_("There is no category “%(category)s”."), category=draft.category_code)
    if len(draft.media or ()) > MOST_MEDIA or len(draft.facts.variants) > MOST_VARIANTS:
        detail = _("A pack has at most %(media)s pictures and films and %(variants)s variants.")
        raise TooMuchMaterial(detail, media=MOST_MEDIA, variants=MOST_VARIANTS)
    brand = around.brands[draft.brand_code]
    for picture in draft.media or ():
        if (brand.pk, picture.sha256) not in around.files or picture.role not in MediaRole.values:
            detail = _("The brand “%(brand)s” has sent no such picture: %(sha256)s.")
            raise UnknownMedia(detail, brand=draft.brand_code, sha256=picture.sha256[:64])


def fill(pack: MaterialPack, draft: PackDraft, around: Surroundings, *, at: datetime) -> None:
    """Write into a pack what a draft says, and how complete that is."""
    pack.brand = around.brands[draft.brand_code]
    pack.category = around.categories.get(draft.category_code)
    pack.name = draft.name.strip()[:200]
    if not pack.number:
        pack.source, pack.source_key = draft.source, draft.source_key
    pack.facts = facts_json(draft.facts)
    media = around.media.get(pack.pk, []) if draft.media is None else media_rows(pack, draft.media, around)
    demands = around.demands.get(pack.category.pk, Demands()) if pack.category else Demands()
    found: Completeness = completeness_of(draft.facts, media, pack.category, name=pack.name, demands=demands)
    pack.score, pack.missing = found.score, list(found.missing)
    pack.updated_at = at


def media_rows(pack: MaterialPack, media: Iterable[PackPicture], around: Surroundings) -> list[PackMedia]:
    """Return the files of a pack in their places."""
    return [
        PackMedia(
            pack=pack,
            file=around.files[(pack.brand_id, picture.sha256)],
            role=picture.role,
            variant=picture.variant[:120],
            position=position,
        )
        for position, picture in enumerate(media, start=1)
    ]


def write_packs(
    packs: dict[int, tuple[MaterialPack, tuple[PackPicture, ...] | None]],
    around: Surroundings,
    *,
    actor: Principal,
    at: datetime,
) -> dict[int, Refused]:
    """Write packs with their pictures; return the refusals of those that came by another way at this moment."""
    new = {index: pack for index, (pack, _media) in packs.items() if pack.pk is None}
    old = [pack for pack, _media in packs.values() if pack.pk is not None]
    refused: dict[int, Refused] = {}
    for index, pack in insert_new(new, actor=actor, at=at).items():
        refused[index] = pack_twice(pack)
    if old:
        facts = ("category", "name", "facts", "score", "missing", "updated_at")
        MaterialPack.objects.bulk_update(old, facts)
        back = [pack for pack in old if pack.status == PackStatus.RETURNED]
        moved = move_all(back, PackStatus.RECEIVED, table=PACK_MOVES, actor=actor, at=at)
        if moved.refused:
            raise moved.refused[0][1]
    replaced = [pack for pack, media in packs.values() if media is not None and pack in old]
    if replaced:
        PackMedia.objects.filter(pack__in=replaced).delete()
    PackMedia.objects.bulk_create(
        row
        for index, (pack, media) in packs.items()
        if media and index not in refused
        for row in media_rows(pack, media, around)
    )
    return refused


def insert_new(new: dict[int, MaterialPack], *, actor: Principal, at: datetime) -> dict[int, MaterialPack]:
    """Insert packs; return those whose sender's number was taken by another session meanwhile."""
    if not new:
        return {}
    for pack, number in zip(new.values(), next_numbers("MP", len(new)), strict=True):
        pack.number = number
    columns = [field.attname for field in MaterialPack._meta.concrete_fields if field.attname != "id"]
    rows = [{column: getattr(pack, column) for column in columns} for pack in new.values()]
    conflict = "(brand_id, source_key) WHERE NOT source_key = '' DO NOTHING"
    written: dict[str, int] = dict(
        insert_rows(MaterialPack, rows, on_conflict=conflict, returning=("number", "id"))
    )
    for pack in new.values():
        pack.pk = written.get(pack.number)
    record_moves(
        [
            move_record(PACK_MOVES.kind, number, "", PackStatus.RECEIVED.value, actor=actor, at=at)
            for number in written
        ]
    )
    return {index: pack for index, pack in new.items() if pack.pk is None}


@operation
def return_packs(
    numbers: Sequence[str], *, actor: Principal, at: datetime, reason: str
) -> Outcome[MaterialPack]:
    """Send packs back to their suppliers, who hear what is missing and why.

    Refuses NoReason, NoSuchPack, IllegalMove, RoleMayNotMove.
    """
    return put_aside(numbers, PackStatus.RETURNED, "returned", actor=actor, at=at, reason=reason)


@operation
def drop_packs(
    numbers: Sequence[str], *, actor: Principal, at: datetime, reason: str
) -> Outcome[MaterialPack]:
    """Drop packs that come to nothing. Refuses NoReason, NoSuchPack, IllegalMove, RoleMayNotMove."""
    return put_aside(numbers, PackStatus.DROPPED, "dropped", actor=actor, at=at, reason=reason)


def put_aside(
    numbers: Sequence[str], to: PackStatus, word: str, *, actor: Principal, at: datetime, reason: str
) -> Outcome[MaterialPack]:
    """Move packs for a reason and tell their brands."""
    if not reason.strip():
        raise NoReason(_("Say why."))
    packs = lock_packs(numbers)
    unknown: list[tuple[int, Refused]] = [
        (index, no_such_pack(number)) for index, number in enumerate(numbers) if number not in packs
    ]
    places = [index for index, number in enumerate(numbers) if number in packs]
    moved = move_all(
        [packs[numbers[place]] for place in places], to, table=PACK_MOVES, actor=actor, at=at, reason=reason
    )
    announce(moved.done, word, {"reason": reason.strip()}, actor=actor, at=at)
    refused = [*unknown, *((places[place], refusal) for place, refusal in moved.refused)]
    return Outcome(moved.done, sorted(refused, key=lambda pair: pair[0]))


def lock_packs(numbers: Collection[str]) -> dict[str, MaterialPack]:
    """Lock packs in primary-key order; return them by number, each with its brand."""
    packs = MaterialPack.objects.filter(number__in=numbers).select_related("brand", "category").order_by("pk")
    return {pack.number: pack for pack in packs.select_for_update(no_key=True, of=("self",))}


def announce(
    packs: Sequence[MaterialPack], word: str, facts: dict[str, Any], *, actor: Principal, at: datetime
) -> None:
    """Tell the partners of the brands what became of packs."""
    if not packs:
        return
    outbox.record(
        [
            EventDraft(
                kind=f"material_pack.{word}",
                object_kind="material_pack",
                object_number=pack.number,
                brands=frozenset({pack.brand.code}),
                facts={
                    "status": str(pack.status),
                    "source_key": pack.source_key,
                    "completeness": pack.score,
                    "missing": list(pack.missing),
                    **facts,
                },
            )
            for pack in packs
        ],
        actor=actor,
        at=at,
    )


def no_such_pack(number: str) -> NoSuchPack:
    """Return the refusal of a number that no pack has."""
    return NoSuchPack(_("There is no material pack %(number)s."), number=number[:40])


def closed(pack: MaterialPack) -> PackClosed:
    """Return the refusal of a pack that is over."""
    return PackClosed(str(illegal_move(pack, PackStatus.RECEIVED)), number=pack.number)


def pack_twice(pack: PackDraft | MaterialPack) -> PackTwice:
    """Return the refusal of a pack that came twice at once."""
    detail = _("The pack “%(key)s” came twice at once; the first one counts.")
    return PackTwice(detail, key=pack.source_key or pack.number)
