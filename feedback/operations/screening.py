"""Screening at receipt: what is empty or said before is marked, what needs somebody gets its clock."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from catalog.models import Sku
from feedback.choices import FIRST_ANSWER_WITHIN, HISTORY_AFTER, ItemStatus, Mark, Priority
from feedback.drafts import ItemDraft
from feedback.models import FeedbackItem
from feedback.rules import Verdict, classify, reasons
from ops_portal.desk.queries import team_calendar
from ops_portal.lib.clocks import WorkingCalendar, working_deadline
from orders.models import Order

Row = dict[str, Any]
QUEUE = "ticket_new"

# What screening decides of a row; an item that somebody has worked on keeps its own.
SCREENED = (
    "type", "topic", "priority", "why", "mark", "original_id", "text_digest", "waiting_since", "due_at",
)  # fmt: skip


class Links:
    """The orders and SKUs that drafts name: one statement each, and none where nothing is named."""

    def __init__(self, drafts: Sequence[ItemDraft]) -> None:
        self.skus: dict[str, tuple[int, int]] = {}
        self.orders: dict[tuple[int, str], tuple[int, int | None]] = {}
        codes = {draft.sku_code for draft in drafts if draft.sku_code}
        if codes:
            found = Sku.objects.filter(code__in=codes).values_list("code", "pk", "product__brand_id")
            self.skus = {code: (pk, brand_id) for code, pk, brand_id in found}
        numbers = {draft.order_number for draft in drafts if draft.order_number and draft.shop}
        if numbers:
            shops = {draft.shop.pk for draft in drafts if draft.shop}
            standing = Order.objects.filter(shop__in=shops, undone_at__isnull=True)
            fields = ("shop_id", "platform_number", "number", "pk", "customer_id")
            by_platform = standing.filter(platform_number__in=numbers).values_list(*fields)
            by_ours = standing.filter(number__in=numbers).values_list(*fields)
            for shop_id, platform_number, number, pk, customer_id in by_ours.union(by_platform):
                self.orders[shop_id, number] = self.orders[shop_id, platform_number] = (pk, customer_id)

    def add_to(self, row: Row, draft: ItemDraft) -> None:
        """Name in a row the order, its customer and the SKU; a SKU of another brand than the item's is none."""
        row["order_reference"] = draft.order_number
        row["order_id"], customer_id = None, None
        if draft.order_number and draft.shop:
            row["order_id"], customer_id = self.orders.get((draft.shop.pk, draft.order_number), (None, None))
        if row["customer_id"] is None:
            row["customer_id"] = customer_id
        sku_id, brand_id = self.skus.get(draft.sku_code, (None, None))
        if row["brand_id"] is None:
            row["brand_id"] = brand_id
        row["sku_id"] = sku_id if row["brand_id"] == brand_id else None


def verdict_of(row: Row) -> Verdict:
    """Return what the rules say of a row."""
    return classify(row["text"], rating=row["rating"], is_negative=row["is_negative"], channel=row["channel"])


def digest_of(row: Row) -> int | None:
    """Return what two rows share that say the same: words, shop, brand, and where known order and customer."""
    text = row["text"].strip()
    if not text:
        return None
    said = (
        text,
        row["brand_id"],
        row["shop_id"],
        row["order_id"] or row["order_reference"],
        row["customer_id"],
    )
    digest = hashlib.blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def screen(rows: Sequence[Row], drafts: Sequence[ItemDraft], *, at: datetime) -> list[Row]:
    """Classify rows and mark the empty ones and those said before; return the rows that repeat another of them.

    A row that repeats one among ``rows`` gets its ``original_id`` when that one has its number. Two statements at
    most: what was said before, and the calendar of those who answer.
    """
    for row in rows:
        verdict = verdict_of(row)
        row["type"], row["topic"], row["priority"] = verdict.type, verdict.topic, verdict.priority
        row["why"], row["mark"] = list(verdict.why), verdict.mark
        row["original_id"] = None
        row["text_digest"] = None if verdict.mark else digest_of(row)
        row["needs_somebody"] = verdict.needs_somebody
    firsts = said_before(rows)
    repeats: list[Row] = []
    for row in sorted(rows, key=lambda each: (each["received_at"], each["source_key"])):
        digest = row["text_digest"]
        if digest is None:
            continue
        pk, first_key = firsts.setdefault(digest, (None, row["source_key"]))
        if first_key == row["source_key"]:
            continue
        row["mark"], row["original_id"] = Mark.DUPLICATE, pk
        row["why"] = ["duplicate", *row["why"]]
        if pk is None:
            row["repeats"] = first_key
            repeats.append(row)
    start_clocks(rows, drafts, at=at)
    return repeats


def said_before(rows: Sequence[Row]) -> dict[int, tuple[int | None, str]]:
    """Return by digest the standing items, with their keys, that said first what the rows say."""
    digests = [row["text_digest"] for row in rows if row["text_digest"] is not None]
    if not digests:
        return {}
    first = FeedbackItem.objects.standing().filter(text_digest__in=digests, original=None)
    found = first.order_by("-pk").values_list("text_digest", "pk", "source_key")
    return {digest: (pk, key) for digest, pk, key in found}


def start_clocks(rows: Sequence[Row], drafts: Sequence[ItemDraft], *, at: datetime) -> None:
    """Say of each row whether it waits for somebody, and until when."""
    calendar: WorkingCalendar | None = None
    for row, draft in zip(rows, drafts, strict=True):
        old = draft.is_history or at - row["received_at"] > HISTORY_AFTER
        waits = row.pop("needs_somebody") and not row["mark"] and not old
        if old and not row["mark"]:
            row["why"] = ["history", *(code for code in row["why"] if code != "praise")]
        row["status"] = ItemStatus.NEW if waits else ItemStatus.RECORDED
        row["waiting_since"] = row["due_at"] = None
        if waits:
            calendar = calendar or team_calendar(QUEUE)
            row["waiting_since"] = row["received_at"]
            row["due_at"] = working_deadline(
                row["received_at"], FIRST_ANSWER_WITHIN[Priority(row["priority"])], calendar
            )


def classified_by_people(item: FeedbackItem) -> bool:
    """Tell whether somebody has worked on the item, or corrected what the rules had said of it."""
    if item.status not in (ItemStatus.NEW, ItemStatus.RECORDED) or item.owner_id or item.answers_count:
        return True
    said: Mapping[str, str] = {reason.rule.decides: reason.rule.value for reason in reasons(item.why)}
    return any(
        said.get(name, getattr(item, name)) != getattr(item, name) for name in ("type", "topic", "priority")
    )
