"""Feedback comes in once, says what changed, and is taken back so that the same content counts as new."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.models import Brand
from feedback.choices import Channel
from feedback.drafts import ItemDraft
from feedback.models import FeedbackItem
from feedback.operations.receiving import (
    NoSuchItem,
    RatingOutOfRange,
    UnfitText,
    UnknownBrand,
    receive_items,
    undo_items,
)
from feedback.signals import items_received
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.principals import acting_as
from tests.factories import ACTOR, NOON, make_shop

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 11, 11, 17, 0, tzinfo=UTC)  # 01:00 of the 12th in Shanghai


@pytest.fixture
def heard():
    days = []

    def listen(sender, **payload):
        days.append(payload["days"])

    items_received.connect(listen)
    yield days
    items_received.disconnect(listen)


def make_brand(code):
    with acting_as(ACTOR):
        return Brand.objects.get_or_create(code=code, defaults={"name": code})[0]


def make_viewer(*grants, roles=(Role.OPERATIONS,)):
    with acting_as(ACTOR):
        user = User.objects.create_user(f"u{User.objects.count()}", roles=list(roles))
        for kind, code in grants:
            Grant.objects.create(user=user, kind=kind, code=code)
    return user


def test_3_items_are_created_once_and_counted_on_the_day_of_the_shop(heard):
    shop = make_shop("S1")
    drafts = [
        ItemDraft("k1", "很好", rating=5, shop=shop, received_at=LATE),
        ItemDraft("k2", "很差", rating=2, received_at=LATE),
        ItemDraft("k3", "漏水", is_negative=True),
    ]
    first = receive_items(drafts, actor=ACTOR, at=NOON)
    again = receive_items(drafts, actor=ACTOR, at=NOON + timedelta(days=9))
    assert [done.what for done in first.done] == ["created"] * 3
    assert [(done.id, done.what) for done in again.done] == [(done.id, "unchanged") for done in first.done]
    assert heard == [{(shop.pk, date(2026, 11, 12)), (None, date(2026, 11, 12)), (None, date(2026, 11, 11))}]
    assert list(FeedbackItem.objects.order_by("pk").values_list("rating", "is_negative")) == [
        (5, False),
        (2, True),
        (None, True),
    ]


def test_a_day_begins_in_the_zone_of_the_shop():
    shop = make_shop("NY")
    shop.timezone = "America/New_York"
    item = receive_items([ItemDraft("k1", "ok", shop=shop, received_at=NOON)], actor=ACTOR, at=NOON).one()
    assert FeedbackItem.objects.get(pk=item.id).received_on == date(2026, 11, 10)


def test_an_item_that_stands_takes_over_what_is_new_and_says_what_was_before(heard):
    make_brand("ACME")
    old = ItemDraft("k1", "还行", rating=3, received_at=NOON, category="水果", channel=Channel.SURVEY)
    receive_items([old], actor=ACTOR, at=NOON)
    new = ItemDraft("k1", "不行", rating=1, received_at=NOON + timedelta(days=1), brand_code="ACME")
    updated = receive_items([new], actor=ACTOR, at=NOON).one()
    item = FeedbackItem.objects.get(pk=updated.id)
    assert (updated.what, item.text, item.is_negative, item.received_on) == (
        "updated",
        "不行",
        True,
        date(2026, 11, 12),
    )
    assert heard[1] == {(None, date(2026, 11, 11)), (None, date(2026, 11, 12))}
    receive_items([updated.before], actor=ACTOR, at=NOON)
    assert (
        FeedbackItem.objects.filter(text="还行", category="水果", brand=None, channel="survey").count() == 1
    )


def test_a_batch_does_what_its_4_drafts_would_have_done_one_by_one():
    drafts = [
        ItemDraft("a", "1"),
        ItemDraft("b", "1", rating=9),
        ItemDraft("a", "2"),
        ItemDraft("c", "1", rating=4),
        ItemDraft("a", "2"),
    ]

    def run(together):
        sid = transaction.savepoint()
        batches = [drafts] if together else [[draft] for draft in drafts]
        outcomes = [receive_items(batch, actor=ACTOR, at=NOON) for batch in batches]
        result = (
            [done.what for outcome in outcomes for done in outcome.done],
            [refusal.code for outcome in outcomes for _i, refusal in outcome.refused],
            sorted(FeedbackItem.objects.values_list("source_key", "text", "rating")),
        )
        transaction.savepoint_rollback(sid)
        return result

    assert run(together=True) == run(together=False)
    assert run(together=True)[0] == ["created", "updated", "created", "unchanged"]


def test_4_kinds_of_unfit_drafts_are_refused_and_the_fifth_goes():
    drafts = [
        ItemDraft("a", "x", brand_code="NOBODY"),
        ItemDraft("b", "x", rating=0),
        ItemDraft("c", "x\0y"),
        ItemDraft("d", "x", category="长" * 101),
        ItemDraft("e", "x"),
        ItemDraft("", "x"),
    ]
    outcome = receive_items(drafts, actor=ACTOR, at=NOON)
    assert [(index, type(refusal)) for index, refusal in outcome.refused] == [
        (0, UnknownBrand),
        (1, RatingOutOfRange),
        (2, UnfitText),
        (3, UnfitText),
        (5, UnfitText),
    ]
    assert [str(refusal) for _i, refusal in outcome.refused][:2] == [
        "There is no brand NOBODY; create it first.",
        "0 is no rating from 1 to 5.",
    ]
    assert FeedbackItem.objects.get().source_key == "e"


def test_what_is_undone_counts_as_new_and_cant_be_undone_twice(heard):
    draft = ItemDraft("k1", "很好", received_at=NOON)
    first = receive_items([draft], actor=ACTOR, at=NOON).one()
    assert undo_items([first.id, first.id], actor=ACTOR, at=NOON).done == [first.id]
    with pytest.raises(NoSuchItem):
        undo_items([first.id], actor=ACTOR, at=NOON).one()
    assert receive_items([draft], actor=ACTOR, at=NOON).one().what == "created"
    assert (FeedbackItem.objects.count(), FeedbackItem.objects.standing().count()) == (2, 1)
    assert heard == [{(None, date(2026, 11, 11))}] * 3


def test_the_database_refuses_6_stars():
    item = receive_items([ItemDraft("k1", "x", rating=5)], actor=ACTOR, at=NOON).one()
    with pytest.raises(IntegrityError), transaction.atomic():
        FeedbackItem.objects.filter(pk=item.id).update(rating=6)


def test_a_viewer_sees_the_granted_shop_or_brand_and_a_partner_the_brand_alone():
    make_brand("ACME")
    receive_items(
        [
            ItemDraft("brand", "x", brand_code="ACME"),
            ItemDraft("shop", "x", shop=make_shop("S1")),
            ItemDraft("neither", "x"),
        ],
        actor=ACTOR,
        at=NOON,
    )
    grants = (GrantKind.BRAND, "ACME"), (GrantKind.SHOP, "S1")

    def seen(user):
        return sorted(FeedbackItem.objects.visible_to(user).values_list("source_key", flat=True))

    assert seen(make_viewer(*grants)) == ["brand", "shop"]
    assert seen(make_viewer(*grants, roles=[Role.BRAND_PARTNER])) == ["brand"]
    assert seen(make_viewer(roles=[Role.MANAGEMENT])) == ["brand", "neither", "shop"]
    assert seen(make_viewer()) == seen(AnonymousUser()) == []


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("rating", "statements"), [(5, 3), (1, 4)])
def test_new_items_take_3_statements_and_those_with_a_clock_4_whatever_their_number(
    count, rating, statements
):
    with CaptureQueriesContext(connection) as queries:
        receive_items(
            [ItemDraft(f"k{n}", f"x{n}", rating=rating) for n in range(count)], actor=ACTOR, at=NOON
        )
    said = [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len([sql for sql in said if "analytics" not in sql]) == statements, said


def test_10_000_items_come_in_once():
    drafts = [
        ItemDraft(f"k{n}", "味道不错,物流很快,下次还买。" * 4, is_negative=n % 3 == 0) for n in range(10_000)
    ]
    assert len(receive_items(drafts, actor=ACTOR, at=NOON).done) == 10_000
    assert {done.what for done in receive_items(drafts, actor=ACTOR, at=NOON).done} == {"unchanged"}


def test_an_item_stays_in_its_shop_whoever_says_it_again():
    first, second = make_shop("S1"), make_shop("S2")
    receive_items([ItemDraft("k1", "好", shop=first)], actor=ACTOR, at=NOON)
    drafts = [ItemDraft("k1", "坏", shop=second), ItemDraft("k2", "好", shop=second), ItemDraft("k1", "坏")]
    outcome = receive_items(drafts, actor=ACTOR, at=NOON)
    assert [(index, refusal.code) for index, refusal in outcome.refused] == [
        (0, "other_shop"),
        (2, "other_shop"),
    ]
    assert [done.what for done in outcome.done] == ["created"]
    assert set(FeedbackItem.objects.values_list("source_key", "text", "shop__code")) == {
        ("k1", "好", "S1"),
        ("k2", "好", "S2"),
    }
