"""The triage console: what it shows to whom, how it leads from item to item, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from feedback import queries
from feedback.choices import ItemStatus
from feedback.drafts import AnswerDraft, ItemDraft
from feedback.models import Answer, Correction, FeedbackItem
from feedback.operations.receiving import receive_items
from feedback.operations.working import answer_items
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing import assert_statements
from ops_portal.lib.testing.statements import statements_of
from orders.operations.placing import take_in_orders
from tests.factories import ACTOR, make_shop, make_sku, order_draft

pytestmark = pytest.mark.django_db
PAGE = "/admin/triage/"
BAD = "一个月就坏了，非常失望"


@pytest.fixture
def at():
    return timezone.now()


def browser(name="lin", role=Role.CUSTOMER_SERVICE, shops=("S1",)):
    with acting_as(ACTOR):
        user = User.objects.create_user(name, roles=[role], is_staff=True)
        for code in shops:
            Grant.objects.create(user=user, kind=GrantKind.SHOP, code=code)
    client = Client()
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


def say(at, *texts, shop="S1", **known):
    """Let customers speak, a minute apart; return the numbers."""
    drafts = [
        ItemDraft(
            f"{shop}-{text}",
            text,
            **{"shop": make_shop(shop), "rating": 2, "received_at": at + timedelta(minutes=n)} | known,
        )
        for n, text in enumerate(texts, start=-9)
    ]
    done = receive_items(drafts, actor=ACTOR, at=at).done
    numbers = dict(FeedbackItem.objects.values_list("pk", "number"))
    return [numbers[item.id] for item in done]


def act(client, number, verb, *, listed="queue=ticket_new", **more):
    return client.post(
        f"{PAGE}{number}/act/", {"verb": verb, "list": listed, **more}, headers={"HX-Request": "true"}
    )


def test_the_list_takes_6_statements_with_1_item_and_with_3(at):
    client, texts = browser(), iter(range(9))
    make_shop("S1")
    assert_statements(6, lambda: client.get(PAGE), lambda: say(at, f"{BAD}{next(texts)}"))


def test_the_page_with_an_item_its_order_answers_and_relations_takes_11_statements(at):
    client = browser()
    order = order_draft(make_shop("S1"), (make_sku("A1"), 1), (make_sku("A2"), 1), number="T1")
    take_in_orders([order], actor=ACTOR, at=at)
    number, *_others = say(at, *(f"{BAD}{n}" for n in range(4)), order_number="T1", sku_code="A1")
    answer_items([AnswerDraft(number, "好")], actor=ACTOR, at=at)
    client.get(PAGE)
    said = statements_of(lambda: client.get(PAGE, {"item": number, "queue": "ticket_waiting"}))
    assert len(said) == 11, "\n".join(said)


def test_the_urgent_come_first_then_the_oldest_and_pages_leave_none_out(at, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    late = say(at, f"{BAD}1", f"{BAD}2", f"{BAD}3", f"{BAD}4")
    urgent = say(at, "用了过敏")
    user = User.objects.create_superuser("root")
    filters, numbers, start = queries.chosen({}), [], ""
    for _page in range(3):
        page = queries.page_of(user, filters, at=at, start=start)
        numbers += [item.number for item in page.items]
        start = page.more
    assert (numbers, start) == (urgent + late, "")


def test_a_reader_sees_the_items_of_his_shop_and_a_strangers_number_is_404(at):
    [own], [theirs] = say(at, BAD), say(at, "别家的坏了", shop="S2")
    client = browser()
    page = client.get(PAGE, {"item": theirs}).content.decode()
    assert (BAD in page, "别家的坏了" in page, "It is no longer there." in page) == (True, False, True)
    assert client.get(f"{PAGE}{theirs}/record/").status_code == 404
    assert act(client, theirs, "take").status_code == act(client, "F0", "take").status_code == 404
    assert client.get(f"{PAGE}{own}/record/").status_code == 200


def test_readers_look_and_do_not_work_and_others_do_neither(at):
    [number] = say(at, BAD)
    reader, stranger = browser("r", Role.PRODUCT), browser("w", Role.WAREHOUSE)
    page = reader.get(PAGE, {"item": number}).content.decode()
    assert (BAD in page, "/act/" in page) == (True, False)
    assert act(reader, number, "take").status_code == act(stranger, number, "take").status_code == 403
    assert [stranger.get(PAGE + rest).status_code for rest in ("", "rules/", f"{number}/record/")] == [
        403
    ] * 3
    assert FeedbackItem.objects.get().status == "new"


def test_an_answer_leads_to_the_next_item_and_its_address(at):
    first, second, third = say(at, f"{BAD}1", f"{BAD}2", f"{BAD}3")
    client = browser()
    answer = act(client, second, "answer", text="马上处理", seen="0")
    assert answer.headers["HX-Push-Url"] == f"{PAGE}?queue=ticket_new&item={third}"
    assert f'data-number="{third}"' in answer.content.decode()
    assert act(client, third, "close", reason="no_answer_needed").headers["HX-Push-Url"].endswith(first)
    assert (
        act(client, first, "reject", reason="irrelevant").headers["HX-Push-Url"] == f"{PAGE}?queue=ticket_new"
    )
    assert list(FeedbackItem.objects.order_by("pk").values_list("status", flat=True)) == [
        "rejected",
        "replied",
        "closed",
    ]


def test_whoever_answers_what_a_colleague_has_answered_is_told_and_keeps_his_words(at):
    [number] = say(at, BAD)
    client = browser()
    answer_items([AnswerDraft(number, "同事的话")], actor=ACTOR, at=at)
    page = act(client, number, "answer", text="我的话", seen="0").content.decode()
    assert "has answered" in page
    assert "同事的话" in page
    assert ">我的话</textarea>" in page
    assert Answer.objects.count() == 1


@pytest.mark.parametrize("more", [{"seen": "9" * 5000}, {"listed": "queue=all&shop=%00&q=%00"}])
def test_what_a_form_never_sends_hinders_no_answer(at, more):
    [number] = say(at, BAD)
    assert act(browser(), number, "answer", text="sorry", **more).status_code == 200
    assert Answer.objects.count() == 1


def test_a_form_without_htmx_goes_back_to_the_page(at):
    [number] = say(at, BAD)
    client = browser()
    answer = client.post(f"{PAGE}{number}/act/", {"verb": "take", "list": "queue=ticket_new&priority=P2"})
    assert answer["Location"] == f"{PAGE}?queue=ticket_new&priority=P2&item={number}"
    refused = client.post(f"{PAGE}{number}/act/", {"verb": "close", "reason": "x"}, follow=True)
    assert "is no reason" in refused.content.decode()


def test_every_verb_of_the_console_does_its_work(at):
    take_in_orders([order_draft(make_shop("S1"), ("X", 1), number="T1")], actor=ACTOR, at=at)
    [number] = say(at, BAD)
    client = browser()

    def now():
        return FeedbackItem.objects.get()

    act(client, number, "take")
    assert (now().status, now().owner.username) == ("acting", "lin")
    act(client, number, "sort", priority="P1", type="complaint", topic="quality")
    assert (now().priority, now().type, Correction.objects.count()) == ("P1", "complaint", 2)
    act(client, number, "pause", reason="photos")
    assert now().paused_at is not None
    act(client, number, "resume")
    assert now().paused_at is None
    assert "no order T9" in act(client, number, "link", order="T9").content.decode()
    act(client, number, "link", order="T1")
    assert now().order.platform_number == "T1"
    act(client, number, "answer", text="好", seen="0")
    act(client, number, "close", reason="solved")
    assert now().status == "closed"
    act(client, number, "reopen")
    assert now().status == "reopened"
    assert act(client, number, "burn").status_code == 404
    record = client.get(f"{PAGE}{number}/record/").content.decode()
    assert "P2 normal → P1 urgent" in record


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"a", "b"}),
        ({"owner": "me"}, set()),
        ({"owner": "nobody"}, {"a", "b"}),
        ({"priority": "P0"}, {"a"}),
        ({"type": "aftersales"}, {"a", "b"}),
        ({"topic": "logistics"}, set()),
        ({"rating": "2"}, {"a", "b"}),
        ({"shop": "S2"}, set()),
        ({"channel": "chat"}, set()),
        ({"q": "过敏"}, {"a"}),
        ({"q": "100%"}, set()),
        ({"queue": "ticket_acting"}, set()),
        ({"queue": "all"}, {"a", "b", "praise"}),
        ({"status": "recorded"}, {"praise"}),
        ({"mark": "empty"}, set()),
        ({"priority": "P9", "queue": "nowhere", "rating": "many"}, {"a", "b"}),
    ],
)
def test_a_filter_finds_what_it_names_and_what_cant_be_read_is_left_out(at, query, found):
    say(at, "用了过敏 a", "坏了 b")
    say(at, "很好 praise", rating=5)
    page = browser().get(PAGE, query).context["page"]
    assert {item.text.split()[1] for item in page.items} == found


def test_an_item_is_found_by_its_number_in_any_queue(at):
    [number] = say(at, "很好", rating=5)
    page = browser().get(PAGE, {"queue": "all", "q": number.lower()}).context["page"]
    assert [item.number for item in page.items] == [number]


def test_counts_end_where_the_page_shows_no_more(at, monkeypatch):
    monkeypatch.setattr(queries, "MOST_COUNTED", 2)
    say(at, *(f"{BAD}{n}" for n in range(5)))
    client = browser()
    assert "<b>2+</b>" in client.get(PAGE).content.decode()
    nobody = browser("n", shops=())
    assert "<b>0</b>" in nobody.get(PAGE).content.decode()


def test_the_rules_are_shown_with_their_words():
    page = browser().get(f"{PAGE}rules/").content.decode()
    assert "12315" in page
    assert "Somebody may be hurt or ill." in page


def test_the_queue_and_the_search_for_what_was_said_before_read_indexes_of_their_own(at):
    say(at, *(f"{BAD}{n}" for n in range(3)))
    user = User.objects.create_superuser("root")
    queue = queries.narrowed(user, queries.chosen({}), at=at).order_by("priority", "received_at", "pk")[:30]
    before = FeedbackItem.objects.standing().filter(text_digest__in=[1, 2], original=None)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert "feedback_waiting" in queue.explain()
    assert "feedback_said_first" in before.explain()


def test_the_states_that_the_queues_hold_are_the_open_ones():
    assert {status for status in ItemStatus if status in queries.OPEN} == {
        "new",
        "acting",
        "reopened",
        "replied",
    }


def test_texts_that_were_sent_twice_are_offered_those_of_the_topic_first_and_once_said_is_not(at):
    numbers = say(at, *(f"{BAD}{n}" for n in range(3)), *(f"快递太慢，失望{n}" for n in range(2)))
    for number, text in zip(numbers, ["退换", "退换", "只对张先生说", "催件", "催件"], strict=True):
        answer_items([AnswerDraft(number, text)], actor=ACTOR, at=at)
    [asked] = say(at, "快递又慢了，失望")
    client = browser()
    reader = User.objects.get(username="lin")
    assert queries.frequent_texts(reader, FeedbackItem.objects.get(number=asked)) == ["催件", "退换"]
    assert 'data-text="催件"' in client.get(PAGE, {"item": asked}).content.decode()
    stranger = browser("wang", shops=("S2",))
    assert stranger.get(PAGE, {"item": asked}).content.decode().count("data-text") == 0


def test_an_item_that_gets_another_priority_still_leads_to_the_one_that_came_after_it(at):
    first, second, third = say(at, f"{BAD}1", f"{BAD}2", f"{BAD}3")
    client = browser()
    sorted_down = act(client, first, "sort", priority="P3")
    assert f'name="following" value="{second}"' in sorted_down.content.decode()
    answer = act(client, first, "answer", text="好", seen="0", following=second)
    assert answer.headers["HX-Push-Url"].endswith(f"item={second}")
    assert (
        act(client, second, "answer", text="好", seen="0", following="F999")
        .headers["HX-Push-Url"]
        .endswith(third)
    )


def test_what_was_done_with_the_last_item_is_told_beside_the_next(at):
    first, _second = say(at, f"{BAD}1", f"{BAD}2")
    page = act(browser(), first, "close", reason="no_answer_needed").content.decode()
    assert f"{first}: closed" in page
    assert f"item={first}" in page


def test_only_what_leads_to_another_item_is_a_step_back_in_the_browser(at):
    [number] = say(at, BAD)
    taken = act(browser(), number, "take")
    assert "HX-Push-Url" not in taken.headers
    assert taken.headers["HX-Replace-Url"].endswith(f"item={number}")


def in_traditional(client, address):
    """Return a page as it is read in traditional Chinese."""
    client.cookies["portal_language"] = "zh-hant"
    with override(None):
        return client.get(address).content.decode()


def test_the_record_names_people_and_says_why_in_the_readers_language(at):
    [number] = say(at, BAD)
    client = browser()
    User.objects.filter(username="lin").update(name="林一")
    act(client, number, "sort", priority="P1")
    act(client, number, "sort", priority="P2")
    act(client, number, "pause", reason="waiting for the customer")
    act(client, number, "close", reason="no_answer_needed")
    record = in_traditional(client, f"{PAGE}{number}/record/")
    assert "person:lin" not in record
    assert "林一" in record
    for words in ("waiting for the customer", "no_answer_needed", "needs no answer"):
        assert words not in record
    assert "等待客戶回應" in record


def test_a_reader_of_traditional_characters_reads_the_rules_in_them():
    page = in_traditional(browser(), f"{PAGE}rules/")
    assert "頭髮絲" in page
    assert [word for word in ("过敏", "发霉", "头发", "恶劣", "态度") if word in page] == []
