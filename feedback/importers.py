"""``feedback.reviews``: one row a review; known again by its content and its occurrence in the file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.models import Brand
from catalog.operations.goods import find_or_create_brands
from catalog.operations.undoing import facts_of
from feedback.choices import Channel
from feedback.drafts import ItemDraft
from feedback.operations.receiving import drop_brands, receive_items, undo_items
from ops_portal.accounts.visibility import Scope
from ops_portal.intake.granted import brand_not_granted, not_granted, scope_of_actor, shop_not_granted
from ops_portal.intake.kinds import (
    Change,
    Column,
    ImportKind,
    Options,
    Record,
    RowRefused,
    Undone,
    Written,
    register,
)
from ops_portal.intake.reading import as_datetime, as_units, heading_key
from ops_portal.intake.tables import TableSource, missing, too_long
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused
from orders.models import Shop

LABEL_HEADINGS = ("label", "情感", "情感倾向", "好差评", "sentiment")
COLUMNS = (
    Column(
        "text",
        ("review", "comment", "content", "评价内容", "评论内容", "评论", "评价", "初评", "評價"),
        required=True,
    ),
    Column("rating", ("score", "stars", "star", "评分", "星级", "打分", "評分")),
    Column("label", LABEL_HEADINGS[1:]),
    Column("category", ("cat", "类目", "商品类目", "分类", "類目")),
    Column("received_at", ("date", "time", "created_at", "评价时间", "评论时间", "評價時間")),
    Column("order_number", ("order", "order_id", "订单编号", "订单号", "订单ID", "訂單編號", "訂單號")),
    Column("sku", ("sku_code", "商家编码", "商品编码", "SKU编码", "规格编码", "商家編碼", "商品編碼")),
    Column("follow_up", ("append", "追评", "追加评论", "追加评价", "追评内容", "追評", "追加評價")),
)
# What a sender who judges without a rating writes.
GOOD = frozenset({"1", "good", "positive", "pos", "好评", "好評", "正面", "true"})
BAD = frozenset({"0", "-1", "bad", "negative", "neg", "差评", "差評", "负面", "負面", "false"})


class UnknownShop(Refused):
    """No shop has the code."""

    code = "unknown_shop"


class BadDate(Refused):
    """``--at`` is no date."""

    code = "bad_date"


class ReviewTable(TableSource):
    """A table of reviews for one brand, or for none."""

    def __init__(self, path: Path, options: Options) -> None:
        self.shop = shop_of(options.shop)
        self.zone = self.shop.zone if self.shop else ZoneInfo(settings.TIME_ZONE)
        super().__init__(path, COLUMNS, options)
        self.received_at = self.moment(options.at)
        rating = self.mapping.places.get("rating")
        labels = {heading_key(heading) for heading in LABEL_HEADINGS}
        self.rating_is_label = rating is not None and heading_key(self.headings[rating]) in labels
        self.seen: dict[int, int] = {}
        self.follow_ups: dict[str, str] = {}

    def moment(self, text: str) -> datetime | None:
        """Return ``--at`` as a time in the zone of the file. Refuses BadDate."""
        try:
            return self.in_zone(as_datetime(text)) if text else None
        except ValueError as error:
            raise BadDate(_("“%(text)s” is not a date or time."), text=text) from error

    def in_zone(self, when: datetime | None) -> datetime | None:
        """Return a time in the zone of the file where it names none."""
        return when.replace(tzinfo=self.zone) if when is not None and when.tzinfo is None else when

    def records(self, after: int) -> Iterator[Record]:
        """Read from the beginning, since occurrences are counted."""
        self.seen.clear()
        return (record for record in super().records(0) if record.last_row > after)

    def read(self, cells: tuple[str, ...], number: int) -> ItemDraft:
        text, rating_text, label_text, category, received, order, sku, follow_up = cells[:8]
        if self.rating_is_label:
            rating_text, label_text = "", rating_text
        rating = as_units(rating_text) if rating_text else None
        if rating is not None and not 1 <= rating <= 5:
            raise RowRefused(
                "rating_out_of_range", _("“%(value)s” is no rating from 1 to 5."), value=rating_text
            )
        is_negative = judged(label_text)
        if not text.strip() and rating is None and is_negative is None:
            raise missing("text")
        if len(category) > 100:
            raise too_long("category", 100)
        draft = ItemDraft(
            source_key="",
            text=text,
            channel=Channel.REVIEW,
            brand_code=self.options.brand,
            shop=self.shop,
            rating=rating,
            is_negative=is_negative,
            category=category.strip(),
            received_at=self.in_zone(as_datetime(received, serials=self.serials)) if received else None,
            order_number=order.strip()[:60],
            sku_code=sku.strip()[:120],
        )
        key = self.key_of(draft)
        if follow_up.strip():
            self.follow_ups[key] = follow_up
        return replace(
            draft,
            source_key=key,
            received_at=draft.received_at or self.received_at,
            is_history=self.options.history or (draft.received_at or self.received_at) is None,
        )

    def key_of(self, draft: ItemDraft) -> str:
        """Return kind, brand, hash of the content, and which of those that are alike in the file it is.

        The shop, where there is one, is part of the content: two shops may be told the same.
        """
        when = draft.received_at.isoformat() if draft.received_at else ""
        said: tuple[Any, ...] = (draft.text, draft.rating, draft.is_negative, draft.category, when)
        if draft.order_number or draft.sku_code:
            said = (*said, draft.order_number, draft.sku_code)
        content = repr((*said, draft.shop.code) if draft.shop else said)
        digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        # Eight bytes tell a million rows apart and take a third of the room.
        short = int.from_bytes(digest[:8])
        nth = self.seen[short] = self.seen.get(short, 0) + 1
        return f"{ReviewKind.code}:{draft.brand_code}:{digest.hex()}:{nth}"

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        written = Written()
        brand = self.options.brand
        is_new = bool(brand) and not Brand.objects.filter(code=brand).exists()
        refusal = self.not_granted(scope_of_actor(actor), is_new=is_new)
        if refusal is not None:
            written.refused = [(index, refusal) for index in range(len(records))]
            return written
        if is_new:
            find_or_create_brands({brand: ""})
            created = Brand.objects.get(code=brand)
            before = {"was": None, "became": facts_of(created)}
            written.changes.append(Change("brand", created.pk, "created", records[0].first_row, before))
        outcome = receive_items([record.draft for record in records], actor=actor, at=at)
        written.refused = outcome.refused
        refused = {index for index, _refusal in outcome.refused}
        taken = [record for index, record in enumerate(records) if index not in refused]
        for record, item in zip(taken, outcome.done, strict=True):
            if item.what == "unchanged":
                written.unchanged += 1
                continue
            if item.what == "created":
                written.created += 1
            else:
                written.updated += 1
            earlier = as_json(item.before) if item.before else None
            written.changes.append(Change("feedback_item", item.id, item.what, record.first_row, earlier))
        self.write_follow_ups(taken, [item.id for item in outcome.done], written, actor=actor, at=at)
        return written

    def write_follow_ups(
        self,
        records: Sequence[Record],
        ids: Sequence[int],
        written: Written,
        *,
        actor: Principal,
        at: datetime,
    ) -> None:
        """Take in what customers added to their reviews (追評), each as an item that names the first."""
        said = [
            (record, replace(record.draft, text=text, source_key=f"{key}:2", rating=None, follow_up_of=pk))
            for record, pk in zip(records, ids, strict=True)
            if (text := self.follow_ups.pop(key := record.draft.source_key, ""))
        ]
        outcome = receive_items([draft for _record, draft in said], actor=actor, at=at)
        refused = dict(outcome.refused)
        taken = (record for index, (record, _draft) in enumerate(said) if index not in refused)
        for record, item in zip(taken, outcome.done, strict=True):
            if item.what != "unchanged":
                before = as_json(item.before) if item.before else None
                change = Change("feedback_item", item.id, item.what, record.first_row, before)
                written.changes.append(change)

    def not_granted(self, scope: Scope, *, is_new: bool) -> Refused | None:
        """Return why those who see ``scope`` may not bring reviews of this shop and brand, or None."""
        shop, brand = self.options.shop, self.options.brand
        if scope.all:
            return None
        if shop and shop not in scope.shops:
            return shop_not_granted(shop)
        if brand and (is_new or brand not in scope.brands):
            return brand_not_granted(brand)
        if not shop and not brand:
            return not_granted(_("Say which of your shops or brands was reviewed."))
        return None


def judged(text: str) -> bool | None:
    """Return whether a judgement is negative; None where there is none. Raises RowRefused."""
    word = text.strip().lower().removesuffix(".0")
    if not word:
        return None
    if word in GOOD or word in BAD:
        return word in BAD
    raise RowRefused("unreadable", _("“%(value)s” is neither good nor bad."), value=text)


def shop_of(code: str) -> Shop | None:
    """Return the shop of this code. Refuses UnknownShop."""
    if not code:
        return None
    shop: Shop | None = Shop.objects.filter(code=code).first()
    if shop is None:
        raise UnknownShop(_("There is no shop %(shop)s; create it first."), shop=code)
    return shop


def as_json(draft: ItemDraft) -> dict[str, Any]:
    """Return what was said of an item before, as plain JSON."""
    return {
        "source_key": draft.source_key,
        "text": draft.text,
        "channel": str(draft.channel),
        "brand_code": draft.brand_code,
        "shop": draft.shop.code if draft.shop else "",
        "rating": draft.rating,
        "is_negative": draft.is_negative,
        "category": draft.category,
        "received_at": draft.received_at.isoformat() if draft.received_at else None,
        "customer_id": draft.customer_id,
        "order_number": draft.order_number,
        "sku_code": draft.sku_code,
        "follow_up_of": draft.follow_up_of,
    }


def from_json(said: Mapping[str, Any]) -> ItemDraft:
    """Return what ``as_json`` was given."""
    return ItemDraft(
        source_key=said["source_key"],
        text=said["text"],
        channel=Channel(said["channel"]),
        brand_code=said["brand_code"],
        shop=shop_of(said["shop"]),
        rating=said["rating"],
        is_negative=said["is_negative"],
        category=said["category"],
        received_at=datetime.fromisoformat(said["received_at"]) if said["received_at"] else None,
        customer_id=said["customer_id"],
        order_number=said.get("order_number", ""),
        sku_code=said.get("sku_code", ""),
        follow_up_of=said.get("follow_up_of"),
    )


class ReviewKind(ImportKind):
    """Reviews of one brand's goods. A brand that does not exist yet is created under its code.

    Old reviews, those that the file gives no date, and with ``--history`` all of them, wait for nobody.
    """

    code = "feedback.reviews"
    label = _("Reviews, one a row")
    columns = COLUMNS
    takes = frozenset({"shop", "brand", "at", "history"})
    permission = "feedback.import_feedback"
    chunk = 4_000

    def open(self, path: Path, options: Options) -> ReviewTable:
        return ReviewTable(path, options)

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        items = [change for change in changes if change.object_kind == "feedback_item"]
        created = [change.object_id for change in items if change.what == "created"]
        earlier = [from_json(change.before) for change in items if change.what == "updated" and change.before]
        # The earliest of several values of one item comes last, and stays.
        refused = receive_items(earlier, actor=actor, at=at).refused
        refused += undo_items(created, actor=actor, at=at).refused
        drop_brands([change for change in changes if change.object_kind == "brand"], actor=actor, at=at)
        return [refusal for _index, refusal in refused]


register(ReviewKind())
