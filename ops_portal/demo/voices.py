"""What buyers say of what arrived, week by week, and what customer service makes of it; some of it waits today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from catalog.models import Reservation
from feedback.choices import Channel, CloseReason, ItemStatus, ItemType
from feedback.drafts import AnswerDraft, ItemDraft
from feedback.models import FeedbackItem
from feedback.operations.receiving import receive_items
from feedback.operations.working import answer_items, close_items, pause_items, take_items
from ops_portal.demo.calendar import DAYS, Span, at_hour
from ops_portal.demo.places import Places
from ops_portal.demo.planning import BACK_AFTER, Planned
from ops_portal.demo.vocabulary import voices as words
from ops_portal.demo.vocabulary.goods import DEFECTIVE
from ops_portal.lib.principals import Principal, system
from ops_portal.lib.refusals import raise_first
from orders.choices import ORDER_MOVES
from orders.models import Shop

SPEAKS, SPEAKS_OF_DEFECT = 0.085, 0.5
FOLLOWS_UP = 0.09
LIVE_ITEMS = 0.0035  # of all orders: what came in since yesterday
MOODS = (("praise", 74, (5, 5, 5, 4)), ("middling", 10, (3, 4)), ("poor", 9, (1, 1, 2)), ("irony", 3, (1, 2, 5)),
         ("empty", 4, (5, 5, 4)))  # fmt: skip
EVERY = timedelta(days=7)


class Voices:
    """Draws what is said from the plan's stream of chance, and lets service work on it."""

    def __init__(
        self, span: Span, places: Places, staff: dict[str, Principal], random: Random, orders: int
    ) -> None:
        self.span = span
        self.shops: dict[str, Shop] = places.shops
        self.staff = staff
        self.random = random
        self.orders = orders
        self.serial = 0

    def speak(self, orders: Sequence[Planned], bad_batch: str) -> None:
        """Let buyers speak of delivered ``orders``; work off the past, and leave what came since yesterday."""
        drafts = self.reviews(orders, self.numbers_of(bad_batch))
        first = self.span.today - timedelta(days=DAYS)
        start = at_hour(first, 0)
        weeks: dict[int, list[ItemDraft]] = defaultdict(list)
        last = self.span.live_from - timedelta(hours=20)
        for draft in drafts:
            if draft.received_at and draft.received_at < last:
                weeks[(draft.received_at - start) // EVERY].append(draft)
        for week in sorted(weeks):
            at = min(start + EVERY * (week + 1) + timedelta(hours=2), last)
            self.receive(weeks[week], at=at)
            self.work_off(at=at)
        self.live([draft for draft in drafts if draft.received_at and draft.received_at >= last], orders)

    def numbers_of(self, batch: str) -> set[str]:
        """Return the numbers of the orders that got goods of a batch."""
        held = Reservation.objects.filter(
            batch__code=batch, stock__sku__code=DEFECTIVE, document_kind=ORDER_MOVES.kind
        )
        return set(held.values_list("document_number", flat=True))

    def reviews(self, orders: Sequence[Planned], bad: set[str]) -> list[ItemDraft]:
        """Return the reviews of delivered orders, and what is added to some of them later."""
        random = self.random
        found: list[ItemDraft] = []
        for order in orders:
            if order.delivered_at is None:
                continue
            is_bad = order.number in bad
            if random.random() >= (SPEAKS_OF_DEFECT if is_bad else SPEAKS):
                continue
            at = order.delivered_at + timedelta(minutes=random.randrange(60, 60 * 24 * 6))
            draft = self.review(order, at, is_bad=is_bad)
            found.append(draft)
            if random.random() < FOLLOWS_UP and draft.text:
                good = (draft.rating or 5) >= 4
                found.append(
                    self.item(
                        order, draft.sku_code, random.choice(words.FOLLOW_UPS[good]), at + timedelta(days=14)
                    )
                )
        return sorted(
            (draft for draft in found if draft.received_at and draft.received_at < self.span.now),
            key=lambda draft: (draft.received_at, draft.source_key),
        )

    def review(self, order: Planned, at: datetime, *, is_bad: bool) -> ItemDraft:
        """Return the review of an order."""
        random = self.random
        line = next(
            (line for line in order.lines if is_bad and line.article.code == DEFECTIVE), order.lines[0]
        )
        if is_bad and random.random() < 0.75:
            return self.item(
                order, line.article.code, random.choice(words.DEFECT), at, random.choice((1, 1, 2))
            )
        moods = MOODS if order.fate != BACK_AFTER else MOODS[1:4]
        mood, _weight, ratings = random.choices(moods, [weight for _mood, weight, _ratings in moods])[0]
        if mood == "praise":
            text = random.choice(words.OPENINGS) + random.choice(words.PRAISE[order.category])
            text += "，" + random.choice(words.CLOSINGS)
        elif mood == "empty":
            text = random.choice(words.EMPTY)
        elif mood == "irony":
            text = random.choice(words.IRONY)
        else:
            text = random.choice((words.MIDDLING if mood == "middling" else words.POOR)[order.category])
        return self.item(order, line.article.code, text.rstrip("，"), at, random.choice(ratings))

    def item(
        self, order: Planned, sku: str, text: str, at: datetime, rating: int | None = None,
        channel: Channel = Channel.REVIEW,
    ) -> ItemDraft:  # fmt: skip
        """Return something that the buyer of an order says."""
        self.serial += 1
        return ItemDraft(
            source_key=f"{order.shop.code}:{at:%y%m%d%H%M}{self.serial:06d}",
            text=text,
            channel=channel,
            shop=self.shops[order.shop.code],
            rating=rating,
            received_at=at,
            order_number=order.platform_number,
            sku_code=sku,
        )

    def receive(self, drafts: Iterable[ItemDraft], *, at: datetime) -> None:
        """Take in what was said."""
        raise_first(receive_items(list(drafts), actor=system(), at=at).refused)

    def waiting(self) -> list[tuple[str, str, str]]:
        """Return number, type and text of what waits for somebody, the oldest first."""
        found = FeedbackItem.objects.filter(status=ItemStatus.NEW).order_by("received_at", "source_key")
        return list(found.values_list("number", "type", "text"))

    def work_off(self, *, at: datetime) -> None:
        """Answer and close all that waits."""
        waiting = self.waiting()
        if not waiting:
            return
        service = self.staff[self.random.choice(("service", "service2"))]
        self.answer(waiting, service, at=at + timedelta(minutes=50))
        numbers = [number for number, _type, _text in waiting]
        closed = close_items(numbers, actor=service, at=at + timedelta(hours=3), reason=CloseReason.SOLVED)
        raise_first(closed.refused)

    def answer(self, items: Sequence[tuple[str, str, str]], service: Principal, *, at: datetime) -> None:
        """Answer items in the words for their type."""
        drafts = []
        for number, kind, _text in items:
            mood = {ItemType.INQUIRY: "inquiry", ItemType.SUGGESTION: "thanks"}.get(ItemType(kind), "sorry")
            drafts.append(AnswerDraft(number, self.random.choice(words.ANSWERS[mood])))
        raise_first(answer_items(drafts, actor=service, at=at).refused)

    def live(self, drafts: Sequence[ItemDraft], orders: Sequence[Planned]) -> None:
        """Take in what came since yesterday in three turns, and work a part of the first."""
        random, now = self.random, self.span.now
        count = max(24, round(self.orders * LIVE_ITEMS))
        delivered = [order for order in orders if order.delivered_at]
        fresh = [self.fresh(random.choice(delivered)) for _ in range(count)]
        minutes = (14, 25, 36, 47, 58)
        for ago, (text, rating, channel) in zip(minutes, words.PRESSING, strict=True):
            said = replace(
                self.fresh(random.choice(delivered)), text=text, rating=rating, channel=Channel(channel)
            )
            fresh.append(replace(said, received_at=now - timedelta(minutes=ago)))
        for text in words.ADVERTISING:
            fresh.append(replace(self.fresh(delivered[-1]), text=text, rating=None))
        coming = sorted([*drafts, *fresh], key=lambda draft: (draft.received_at, draft.source_key))
        turns = [now - timedelta(hours=hours) for hours in (4, 1.2, 0)]
        before = now - timedelta(days=9)
        for turn, at in enumerate(turns):
            part = [draft for draft in coming if draft.received_at and before <= draft.received_at < at]
            before = at
            self.receive(part, at=at)
            if turn == 0:
                self.work_some(at=at + timedelta(minutes=20))

    def fresh(self, order: Planned) -> ItemDraft:
        """Return what a buyer says in these hours: a review, a question, a line in the chat."""
        random = self.random
        at = self.span.now - timedelta(minutes=random.triangular(1, 60 * 12, 60))
        kind = random.random()
        sku = order.lines[0].article.code
        if kind < 0.25:
            text = random.choice(words.QUESTIONS[order.category])
            return replace(self.item(order, sku, text, at, channel=Channel.QUESTION), order_number="")
        if kind < 0.45:
            return self.item(order, sku, random.choice(words.CHATS[order.category]), at, channel=Channel.CHAT)
        if kind < 0.8:
            return self.item(
                order, sku, random.choice(words.POOR[order.category]), at, random.choice((1, 1, 2))
            )
        return self.item(order, sku, random.choice(words.MIDDLING[order.category]), at, 3)

    def work_some(self, *, at: datetime) -> None:
        """Take, answer and pause some of what waits; the advertising is left for whoever comes next."""
        waiting = self.waiting()
        third = max(1, len(waiting) // 5)
        answered, taken, asked = (
            waiting[:third],
            waiting[third : 2 * third],
            waiting[2 * third : 2 * third + 2],
        )
        rubbish = [number for number, _type, text in waiting if text in words.ADVERTISING]
        answered, taken, asked = (
            [item for item in part if item[0] not in rubbish] for part in (answered, taken, asked)
        )
        self.answer(answered, self.staff["service"], at=at)
        for place, name in enumerate(("service", "service2")):
            mine = [number for number, *_rest in taken[place::2]]
            raise_first(take_items(mine, actor=self.staff[name], at=at).refused)
        numbers = [number for number, *_rest in asked]
        raise_first(take_items(numbers, actor=self.staff["service"], at=at).refused)
        paused = pause_items(numbers, actor=self.staff["service"], at=at, reason="等买家补充照片")
        raise_first(paused.refused)
