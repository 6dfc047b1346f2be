"""Files of reviews: what they say beside the words, what is marked, what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from feedback.models import FeedbackItem
from ops_portal.intake.kinds import Options, kind_of
from ops_portal.intake.operations.undoing import undo_runs
from ops_portal.intake.running import import_file, prepare
from orders.operations.placing import take_in_orders
from tests.factories import ACTOR, make_shop, make_sku, order_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring(tmp_path):
    def take_in(text, **options):
        path = tmp_path / "reviews.csv"
        path.write_text(text, "utf-8")
        return import_file(prepare(kind_of("feedback.reviews"), path, Options(**options)), actor=ACTOR)

    return take_in


def test_every_row_is_kept_the_empty_and_the_repeated_marked_and_twice_changes_nothing(bring):
    text = "评价内容,评分\n坏了,1\n坏了,1\n,5\n此用户没有填写评价。,5\n很好,5\n"
    first, again = bring(text, at="2026-11-11", brand="ACME"), bring(text, at="2026-11-11", brand="ACME")
    assert (first.created, again.created, again.unchanged) == (5, 0, 5)
    marks = FeedbackItem.objects.values_list("mark", flat=True)
    assert sorted(marks) == ["", "", "duplicate", "empty", "empty"]
    assert FeedbackItem.objects.standing().count() == 5


def test_what_is_fresh_waits_and_what_is_old_undated_or_history_does_not(bring):
    fresh = timezone.localtime() - timedelta(days=1)
    old = fresh - timedelta(days=60)
    rows = f"评价内容,评分,评价时间\n坏了,1,{fresh:%Y-%m-%d %H:%M}\n老早坏了,1,{old:%Y-%m-%d %H:%M}\n何时坏了,1,\n"
    bring(rows)
    bring(f"评价内容,评分,评价时间\n以前坏了,1,{fresh:%Y-%m-%d %H:%M}\n", history=True)
    assert dict(FeedbackItem.objects.values_list("text", "status")) == {
        "坏了": "new",
        "老早坏了": "recorded",
        "何时坏了": "recorded",
        "以前坏了": "recorded",
    }


def test_a_row_names_its_order_and_sku_and_what_the_customer_added_is_an_item_of_its_own(bring):
    shop, sku = make_shop("S1"), make_sku("A1")
    order = order_draft(shop, (sku, 1), number="T1")
    take_in_orders([order], actor=ACTOR, at=timezone.now())
    text = "评价内容,评分,订单编号,商家编码,追评\n不错,5,T1,A1,一个月就坏了\n"
    run = bring(text, shop="S1")
    first, added = FeedbackItem.objects.order_by("pk")
    assert (first.order.platform_number, first.sku.code) == ("T1", "A1")
    assert (added.follow_up_of_id, added.text, added.rating, added.order_id) == (
        first.pk,
        "一个月就坏了",
        None,
        first.order_id,
    )
    assert bring(text, shop="S1").unchanged == 1
    undo_runs([run.pk], actor=ACTOR, at=timezone.now())
    assert FeedbackItem.objects.standing().count() == 0
