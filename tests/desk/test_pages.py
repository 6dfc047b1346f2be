"""The pages of desks: what waits for me, all deadlines, the panel of a document, and the forms on them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone

from feedback.drafts import ItemDraft
from feedback.models import FeedbackItem
from feedback.operations.receiving import receive_items
from ops_portal.accounts.choices import Role
from ops_portal.desk.models import Handover, Note, SavedView
from ops_portal.desk.operations.notes import NoteDraft, write_notes
from ops_portal.desk.operations.pausing import pause_clocks
from ops_portal.desk.queries.cockpit import cockpit
from ops_portal.desk.queries.inbox import inbox
from ops_portal.desk.queries.papers import papers_of
from ops_portal.lib.principals import Principal
from ops_portal.lib.states import move_record, record_moves
from ops_portal.lib.testing import assert_statements
from tests.desk.papers import Paper, paper, person, team
from tests.factories import ACTOR, NOON, make_shop

SIGN_IN = "ops_portal.accounts.backends.RoleBackend"
DESK = "/admin/desk/"
INBOX, COCKPIT = f"{DESK}inbox/", f"{DESK}deadlines/"
HOUR = timedelta(hours=1)


def browser(user) -> Client:
    client = Client()
    client.force_login(user, backend=SIGN_IN)
    return client


def numbers(user, **chosen):
    return [row.number for row in inbox(user, chosen, at=NOON).page.rows]


def counts_of(user, facet, **chosen):
    found = next(each for each in inbox(user, chosen, at=NOON).facets if each.name == facet)
    return {choice.value: choice.count for choice in found.choices}


@pytest.fixture
def mei(kind):
    return person("mei")


# -- the inbox -------------------------------------------------------------------------------------------------


def test_mine_and_what_nobody_owns_wait_for_me_the_most_urgent_first(mei):
    wang = person("wang")
    paper("LAST", due_at=None, platform_due_at=None)
    paper("THIRD", due_at=NOON + 3 * HOUR, platform_due_at=NOON + 9 * HOUR)
    paper("FIRST", due_at=None, platform_due_at=NOON - HOUR, owner=mei)
    paper("SECOND", due_at=NOON + HOUR, platform_due_at=None, status="read")
    paper("WANG", owner=wang)
    paper("DONE", owner=mei, status="done")
    assert numbers(mei) == ["FIRST", "SECOND", "THIRD", "LAST"]


def test_who_is_in_a_team_is_not_offered_what_stands_in_the_queues_of_another(mei):
    paper("READ"), paper("FILE", status="read"), paper("MINE", status="read", owner=mei)
    team("readers", mei, queues=("paper.read",))
    team("filers", queues=("paper.file",))
    assert sorted(numbers(mei)) == ["MINE", "READ"]


def test_a_queue_that_no_team_has_waits_for_everybody_who_may_work_it(mei):
    paper("READ"), paper("FILE", status="read")
    team("readers", mei, queues=("paper.read",))
    assert sorted(numbers(mei)) == ["FILE", "READ"]


def test_who_works_on_no_papers_is_offered_none(kind):
    paper()
    assert numbers(person("packer", Role.WAREHOUSE)) == []


def test_nobody_is_shown_the_papers_of_another_shop(mei):
    paper("S1-1"), paper("S2-1", shop="S2"), paper("S2-2", shop="S2", owner=mei)
    assert numbers(mei) == ["S1-1"]
    assert numbers(mei, shop="S2") == []
    assert counts_of(mei, "shop") == {"S1": 1}
    assert sorted(numbers(person("boss", Role.OPERATIONS_MANAGER, shops=()))) == ["S1-1", "S2-1"]
    assert numbers(person("lonely", shops=())) == []


def test_filters_count_what_they_would_leave_beside_the_others(mei):
    paper("A", platform="tmall", due_at=NOON - HOUR)
    paper("B", platform="jd", due_at=NOON - HOUR, owner=mei)
    paper("C", platform="jd", due_at=NOON + 9 * HOUR, platform_due_at=None, opened_at=NOON, status="read")
    assert numbers(mei, platform="jd") == ["B", "C"]
    assert numbers(mei, platform="jd", state="late") == ["B"]
    assert counts_of(mei, "platform", state="late") == {"jd": 1, "tmall": 1}
    assert counts_of(mei, "state", platform="jd") == {"late": 1, "on_time": 1}
    assert counts_of(mei, "queue", platform="jd", queue="paper.read") == {"paper.file": 1, "paper.read": 1}
    assert counts_of(mei, "whose") == {"mine": 1, "unowned": 2}
    found = inbox(mei, {"platform": "jd"}, at=NOON)
    assert (found.total, found.late) == (2, 1)


@pytest.mark.parametrize(
    ("due", "opened", "paused", "state"),
    [
        (-timedelta(seconds=1), -9 * HOUR, None, "late"),
        (timedelta(0), -9 * HOUR, None, "soon"),
        (timedelta(minutes=30), timedelta(0), None, "soon"),
        (timedelta(minutes=31), timedelta(0), None, "on_time"),
        (2 * HOUR, -8 * HOUR, None, "soon"),
        (2 * HOUR, -7 * HOUR, None, "on_time"),
        (None, -HOUR, -HOUR, "standing"),
        (None, -HOUR, None, "none"),
    ],
)
def test_the_database_and_the_chip_agree_how_a_clock_stands(mei, due, opened, paused, state):
    paper(
        due_at=None if due is None else NOON + due,
        platform_due_at=None,
        opened_at=NOON + opened,
        paused_at=None if paused is None else NOON + paused,
    )
    found = inbox(mei, {}, at=NOON)
    assert found.page.rows[0].team_clock.state == state
    assert counts_of(mei, "state") == {state: 1}


def test_5_rows_in_pages_of_2_come_each_once_though_2_have_no_clock(mei, monkeypatch):
    for index in range(3):
        paper(f"P-{index}", due_at=NOON)
    for index in range(3, 5):
        paper(f"P-{index}", due_at=None, platform_due_at=None)
    from ops_portal.desk.queries.inbox import waiting_rows
    from ops_portal.desk.queries.rows import page_of_rows

    seen, after = [], ""
    for _turn in range(3):
        page = page_of_rows(waiting_rows(mei, at=NOON), at=NOON, after=after, size=2)
        seen.append([row.number for row in page.rows])
        after = page.following
    assert seen == [["P-0", "P-1"], ["P-2", "P-3"], ["P-4"]]
    assert after == ""


@pytest.mark.parametrize(
    "after", ["x", "|||", "2026-11-11|x|paper|1", "2026-11-11T00:00:00|infinity|paper|1", "a|b|c|d"]
)
def test_a_place_that_is_none_leads_to_the_first_page(mei, after):
    paper("P-1")
    assert browser(mei).get(INBOX, {"after": after}).context["page"].rows[0].number == "P-1"


def test_the_inbox_takes_7_statements_however_long_it_is(mei):
    client = browser(mei)
    assert_statements(7, lambda: client.get(INBOX), lambda: paper())


def test_an_empty_inbox_says_so_and_one_without_a_match_leads_back(mei):
    client = browser(mei)
    assert "Nothing waits for you" in client.get(INBOX).content.decode()
    paper()
    assert "Show all that waits" in client.get(INBOX, {"state": "standing"}).content.decode()


def test_taking_from_the_inbox_opens_the_paper(mei):
    paper("P-1")
    form = {"kind": "paper", "number": "P-1", "to": "take", "open": "1"}
    answer = browser(mei).post("/admin/desk/assign/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/papers/P-1/")
    assert Paper.objects.get().owner == mei


def test_the_next_of_a_queue_is_taken_and_opened_until_there_is_none(mei):
    paper("P-1"), paper("P-2", due_at=NOON - HOUR)
    client = browser(mei)
    form = {"queue": "paper.read"}
    places = [client.post("/admin/desk/take/", form)["Location"] for _each in range(3)]
    assert places == ["/admin/papers/P-2/", "/admin/papers/P-1/", INBOX]


# -- the cockpit -----------------------------------------------------------------------------------------------


def matrix_of(user, clock="platform", **chosen):
    found = cockpit(user, clock, chosen, at=NOON)
    tmall = next(line for line in found.lines if line.label == "tmall")
    return {
        line.label: {bucket: (cell.count, cell.money) for bucket, cell in line.cells.items() if cell.count}
        for line in (*found.lines, *tmall.queues)
    }


def test_the_cockpit_counts_and_sums_by_platform_queue_and_time(mei):
    far = NOON + 99 * HOUR
    paper(platform_due_at=NOON - HOUR, due_at=far, amount=Decimal("1000.50"))
    paper(platform_due_at=NOON + HOUR, due_at=far, amount=Decimal("0.50"))
    paper(platform_due_at=NOON + HOUR, due_at=far, amount=Decimal("2.00"), status="read")
    paper(platform_due_at=NOON + 5 * HOUR, due_at=far, platform="jd", owner=person("wang"))
    paper(platform_due_at=None, due_at=far, platform="")
    paper(platform_due_at=NOON, status="done")
    assert matrix_of(mei) == {
        "tmall": {"late": (1, ["¥1,000.50"]), "2h": (2, ["¥2.50"]), "": (3, ["¥1,003.00"])},
        "jd": {"6h": (1, ["¥10.00"]), "": (1, ["¥10.00"])},
        "-": {"none": (1, ["¥10.00"]), "": (1, ["¥10.00"])},
        "Papers to read": {"late": (1, ["¥1,000.50"]), "2h": (1, ["¥0.50"]), "": (2, ["¥1,001.00"])},
        "Papers to file": {"2h": (1, ["¥2.00"]), "": (1, ["¥2.00"])},
    }
    total = cockpit(mei, "platform", {}, at=NOON).total
    assert {bucket: cell.count for bucket, cell in total.cells.items() if cell.count} == {
        "late": 1, "2h": 2, "6h": 1, "none": 1, "": 5,
    }  # fmt: skip
    assert matrix_of(mei, "team")["tmall"] == {"later": (3, ["¥1,003.00"]), "": (3, ["¥1,003.00"])}


def test_queues_stand_in_the_sequence_of_the_work(mei):
    for status in ("read", "new"):
        paper(status=status, platform="tmall")
    (line,) = cockpit(mei, "platform", {}, at=NOON).lines
    assert [queue.label for queue in line.queues] == ["Papers to read", "Papers to file"]
    found = inbox(mei, {}, at=NOON)
    offered = next(facet for facet in found.facets if facet.name == "queue")
    assert [choice.label for choice in offered.choices] == ["Papers to read", "Papers to file"]
    assert [label for _code, label, _count in found.queues] == ["Papers to read", "Papers to file"]


@pytest.mark.parametrize(
    ("left", "bucket"),
    [
        (-timedelta(microseconds=1), "late"),
        (timedelta(0), "2h"),
        (2 * HOUR, "6h"),
        (6 * HOUR, "24h"),
        (24 * HOUR, "later"),
    ],
)
def test_a_deadline_on_a_border_belongs_to_the_later_time(mei, left, bucket):
    paper(platform_due_at=NOON + left)
    assert set(matrix_of(mei)["tmall"]) == {bucket, ""}


def test_every_cell_opens_to_exactly_the_rows_that_it_counts(mei):
    for index, left in enumerate((-HOUR, HOUR, 5 * HOUR, 20 * HOUR, 90 * HOUR, None)):
        for platform in ("tmall", "jd", ""):
            status = ("new", "read")[index % 2]
            due = None if left is None else NOON + left
            paper(platform_due_at=due, platform=platform, status=status)
    whole = cockpit(mei, "platform", {}, at=NOON)
    lines = [whole.total, *whole.lines, *(queue for line in whole.lines for queue in line.queues)]
    cells = [cell for line in lines for cell in line.cells.values()]
    assert len(cells) == 70
    for cell in cells:
        opened = cockpit(mei, "platform", cell.filters, at=NOON).page.rows
        assert len(opened) == cell.count, cell.filters


def test_nobody_is_shown_the_deadlines_of_another_shop(mei):
    paper("S1-1"), paper("S2-1", shop="S2", amount=Decimal("77.00"))
    client = browser(mei)
    text = client.get(COCKPIT).content.decode()
    assert ("S1-1" in text, "S2-1" in text, "77.00" in text) == (True, False, False)
    boss = browser(person("boss", Role.OPERATIONS_MANAGER, shops=())).get(COCKPIT).content.decode()
    assert ("S1-1" in boss, "S2-1" in boss, "87.00" in boss) == (True, True, True)
    assert matrix_of(mei)["tmall"][""] == (1, ["¥10.00"])


def test_the_cockpit_takes_6_statements_however_much_is_open(mei):
    client = browser(mei)
    assert_statements(6, lambda: client.get(COCKPIT, {"clock": "team"}), lambda: paper(owner=mei))


# -- the panel -------------------------------------------------------------------------------------------------


def panel(user, number="P-1"):
    request = RequestFactory().get("/admin/papers/")
    request.user = user
    return Template("{% load desk %}{% desk_panel 'paper' number %}").render(
        Context({"request": request, "number": number})
    )


def test_the_panel_tells_in_the_sequence_of_time_who_did_what(mei):
    document = paper("P-1")
    record_moves(
        [
            move_record("paper", "P-1", "", "new", actor=ACTOR, at=NOON),
            move_record(
                "paper", "P-1", "new", "read", actor=Principal("person", "mei"), at=NOON + HOUR, reason="seen"
            ),
        ]
    )
    Handover.objects.create(
        document_kind="paper", document_number="P-1", to_user=mei, actor="person:mei", at=NOON + 2 * HOUR
    )
    write_notes([NoteDraft("paper", "P-1", "call her")], actor=Principal("key", "abc"), at=NOON + 3 * HOUR)
    pause_clocks([document], kind_code="paper", reason="asked her", actor=ACTOR, at=NOON + 4 * HOUR)
    found = papers_of(mei, "paper", "P-1", at=NOON + 5 * HOUR)
    assert [(each.what, each.who, each.text, each.reason) for each in found.timeline] == [
        ("stopped", "", "The team's clock stopped.", "asked her"),
        ("noted", "API key abc", "call her", ""),
        ("handed", "Mei", "Taken.", ""),
        ("moved", "Mei", "From “new paper” to “read paper”.", "seen"),
        ("moved", "the portal", "Came in as “new paper”.", ""),
    ]
    assert (found.team_clock.state, found.team_clock.reason) == ("standing", "asked her")
    text = panel(mei)
    assert "standing still – asked her" in text
    assert "2026-11-11 12:00" in text  # in Shanghai
    assert "person:mei" not in text


def test_the_panel_of_a_paper_of_another_shop_is_empty(mei):
    paper("P-1", shop="S2")
    assert panel(mei).strip() == panel(mei, "NONE").strip() == ""


def test_the_panel_offers_colleagues_who_may_have_the_paper_those_of_its_team_first(mei):
    paper("P-1")
    helper = person("abe")
    person("far", shops=("S2",)), person("gone", is_active=False), person("packer", Role.WAREHOUSE)
    person("boss", Role.OPERATIONS_MANAGER, shops=())
    team("readers", mei)
    offered = papers_of(helper, "paper", "P-1", at=NOON).colleagues
    assert [user.username for user in offered] == ["mei", "abe", "boss"]


def test_the_panel_takes_4_statements_however_much_happened(mei):
    paper("P-1")

    def happen():
        write_notes([NoteDraft("paper", "P-1", "again")], actor=Principal("person", "mei"), at=NOON)

    assert_statements(4, lambda: panel(mei), happen)


def test_a_paper_is_taken_given_away_and_put_back_on_its_panel(mei):
    paper("P-1")
    wang = person("wang")
    client = browser(mei)
    for to, owner in (("take", mei), (str(wang.pk), wang), ("me", mei), ("nobody", None)):
        answer = client.post(
            "/admin/desk/assign/",
            {"kind": "paper", "number": "P-1", "to": to, "reason": "r"},
            headers={"HX-Request": "1"},
        )
        assert (answer.status_code, 'id="desk-panel"' in answer.content.decode()) == (200, True)
        assert Paper.objects.get().owner == owner
    assert list(Handover.objects.order_by("pk").values_list("actor", "reason")) == [
        ("person:mei", ""),
        *[("person:mei", "r")] * 3,
    ]


def test_a_paper_that_a_colleague_took_first_stays_his_and_the_panel_says_so(mei):
    wang = person("wang")
    paper("P-1", owner=wang)
    form = {"kind": "paper", "number": "P-1", "to": "take"}
    answer = browser(mei).post("/admin/desk/assign/", form, headers={"HX-Request": "1"})
    assert "Somebody else has taken P-1." in answer.content.decode()
    assert Paper.objects.get().owner == wang


def test_a_note_is_written_on_the_panel_and_leads_back_to_the_page(mei):
    paper("P-1")
    form = {"kind": "paper", "number": "P-1", "text": "hello <b>", "next": "/admin/papers/P-1/?x=1"}
    answer = browser(mei).post("/admin/desk/note/", form)
    assert answer["Location"] == "/admin/papers/P-1/?x=1"
    assert Note.objects.get().author == mei
    assert "hello &lt;b&gt;" in panel(mei)


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(mei, place):
    paper("P-1")
    form = {"kind": "paper", "number": "P-1", "text": "hello", "next": place}
    assert browser(mei).post("/admin/desk/note/", form)["Location"] == "/admin/papers/P-1/"


@pytest.mark.parametrize("address", ["/admin/desk/assign/", "/admin/desk/note/"])
def test_a_paper_of_another_shop_is_404_like_one_that_never_was(mei, address):
    paper("P-1", shop="S2")
    client = browser(mei)
    for number in ("P-1", "NONE"):
        form = {"kind": "paper", "number": number, "to": "take", "text": "hello"}
        assert client.post(address, form).status_code == 404
    assert (Paper.objects.get().owner, Note.objects.count()) == (None, 0)


@pytest.mark.parametrize("to", ["", "x", "-1", "9" * 19, "²"])
def test_a_paper_is_given_to_nobody_who_is_none(mei, to):
    paper("P-1")
    form = {"kind": "paper", "number": "P-1", "to": to}
    assert browser(mei).post("/admin/desk/assign/", form).status_code == 404


# -- saved views -----------------------------------------------------------------------------------------------


def keep(client, name, **form):
    return client.post(
        "/admin/desk/views/save/",
        {"name": name, "path": INBOX, "query": "state=late&after=x", "next": INBOX, **form},
    )


def test_a_view_is_kept_without_its_place_and_found_again_by_its_owner_alone(mei):
    client, other = browser(mei), browser(person("wang"))
    keep(client, "Late ones")
    assert SavedView.objects.get().query == "state=late"
    assert 'href="/admin/desk/inbox/?state=late"' in client.get(INBOX).content.decode()
    assert "Late ones" not in other.get(INBOX).content.decode()
    keep(client, "Late ones", is_shared="1", query="state=soon")
    assert SavedView.objects.get().query == "state=soon"
    assert "Late ones" in other.get(INBOX).content.decode()


def test_a_view_is_dropped_by_its_owner_alone(mei):
    keep(browser(mei), "Late ones", is_shared="1")
    form = {"view": SavedView.objects.get().pk, "next": INBOX}
    assert browser(person("wang")).post("/admin/desk/views/drop/", form).status_code == 404
    assert SavedView.objects.count() == 1
    assert browser(mei).post("/admin/desk/views/drop/", form).status_code == 302
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "}, {"name": "x" * 81}, {"path": "https://evil.example/admin/desk/"}, {"path": "//evil.example"},
        {"path": "/api/v1/orders/"}, {"path": "/admin/" + "x" * 300}, {"query": "q=" + "x" * 2001},
    ],
)  # fmt: skip
def test_a_view_without_name_or_page_is_not_kept(mei, wrong):
    client = browser(mei)
    assert keep(client, **{"name": "n", **wrong}).status_code == 302
    assert SavedView.objects.count() == 0


def test_the_101st_view_is_refused(mei):
    SavedView.objects.bulk_create(
        SavedView(owner=mei, name=str(index), path=INBOX, created_at=timezone.now()) for index in range(100)
    )
    client = browser(mei)
    keep(client, "one more")
    keep(client, "7", query="state=soon")
    assert (SavedView.objects.count(), SavedView.objects.get(name="7").query) == (100, "state=soon")


def test_a_partner_has_no_desk(kind):
    partner = browser(person("partner", Role.BRAND_PARTNER))
    for address in (INBOX, COCKPIT):
        assert partner.get(address).status_code == 403
    for address in ("assign/", "take/", "note/", "views/save/", "views/drop/"):
        assert partner.post(DESK + address, {}).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "answer"), [(Role.ONSITE_OPERATOR, 403), (Role.CUSTOMER_SERVICE, 302)])
def test_who_only_reads_tickets_neither_writes_on_them_nor_hands_them_on(role, answer):
    draft = ItemDraft("1", "漏了，还没人理", shop=make_shop("S1"), rating=1, received_at=NOON)
    receive_items([draft], actor=ACTOR, at=NOON)
    reader = person("reader", role)
    client, named = browser(reader), {"kind": "ticket", "number": FeedbackItem.objects.get().number}
    given = [
        ("note/", named | {"text": "x"}),
        ("assign/", named | {"to": "nobody"}),
        ("take/", {"queue": "ticket_new"}),
    ]
    assert [client.post(f"{DESK}{page}", form).status_code for page, form in given] == [answer] * 3
    assert Note.objects.exists() is (answer == 302)
