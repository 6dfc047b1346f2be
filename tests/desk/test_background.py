"""Work that is left to the workers: asked for once, done once, by one; and the pages that say how it stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.desk import runs
from ops_portal.desk.drafts import WorkDraft
from ops_portal.desk.models import BackgroundRun
from ops_portal.desk.operations.background import begin_run, queue_runs
from ops_portal.desk.queries.background import unfinished_runs
from ops_portal.desk.working import alone, work_off
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.refusals import Refused
from ops_portal.lib.testing import race
from ops_portal.lib.testing.batches import codes_of
from tests.accounts.people import person
from tests.factories import ACTOR, NOON

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def done(monkeypatch):
    """A kind of work that notes who had it done, and does what ``done.how`` says."""

    class Done(list):
        how = staticmethod(lambda: {"count": 3})

    noted = Done()

    def work(key, actor, at):
        noted.append((key, str(actor), sorted(actor.roles)))
        return noted.how()

    kind = runs.RunKind(
        "test", "Counting", "catalog.view_replenishment", "catalog.plan_stock", work, lambda said: str(said)
    )
    monkeypatch.setitem(runs._kinds, "test", kind)
    return noted


def ask(*keys, actor=ACTOR, at=NOON):
    return queue_runs([WorkDraft("test", key) for key in keys or ("",)], actor=actor, at=at)


def refusing():
    raise Refused("not today")


def breaking():
    raise ZeroDivisionError


def test_the_same_is_asked_for_once_until_it_is_done_and_another_key_is_another_work(done):
    assert codes_of(ask("a", "b", "a")) == ["done", "done", "already_asked"]
    assert codes_of(ask("a")) == ["already_asked"]
    assert codes_of(queue_runs([WorkDraft("nothing")], actor=ACTOR, at=NOON)) == ["no_such_work"]
    for run_id in unfinished_runs():
        work_off(run_id, at=NOON)
    assert [key for key, *_more in done] == ["a", "b"]
    assert codes_of(ask("a")) == ["done"]
    assert BackgroundRun.objects.count() == 3


def test_a_run_is_done_once_whoever_is_told_of_it_and_its_moves_are_recorded(done):
    run = ask().one()
    for _message in range(2):
        work_off(run.pk, at=NOON + HOUR)
    run.refresh_from_db()
    assert (len(done), run.status, run.said, run.attempts) == (1, "done", {"count": 3}, 1)
    moves = StateMove.objects.filter(document_number=run.number).order_by("pk")
    assert list(moves.values_list("to_status", "actor")) == [
        ("queued", "system:test"), ("running", "job:desk.work_off"), ("done", "job:desk.work_off"),
    ]  # fmt: skip


def test_it_is_done_in_the_name_and_with_the_roles_of_whoever_asked(done):
    user = person("lin", roles=[Role.OPERATIONS])
    asker = Principal("person", "lin", user.pk, frozenset({"operations"}))
    run = ask(actor=asker).one()
    with acting_as(ACTOR):
        User.objects.filter(pk=user.pk).update(roles=[Role.FINANCE])
    work_off(run.pk, at=NOON)
    assert done == [("", "person:lin", ["finance"])]
    gone = ask(actor=asker).one()
    with acting_as(ACTOR):
        User.objects.filter(pk=user.pk).update(is_active=False)
    work_off(gone.pk, at=NOON)
    gone.refresh_from_db()
    assert (gone.status, len(done)) == ("failed", 1)
    assert "person:lin" in gone.failure


@pytest.mark.parametrize(("how", "said"), [(refusing, "not today"), (breaking, "log")])
def test_what_is_refused_or_breaks_has_failed_says_why_and_can_be_asked_for_again(done, settings, how, said):
    settings.PORTAL_MAIL_LANGUAGE = "en"
    done.how = how
    run = ask().one()
    work_off(run.pk, at=NOON)
    run.refresh_from_db()
    assert (run.status, said in run.failure) == ("failed", True)
    assert codes_of(ask()) == ["done"]


def test_what_lost_its_worker_is_taken_up_again_but_no_fourth_time(done):
    run = ask().one()
    for attempt in (1, 2, 3):
        assert begin_run(run.pk, actor=ACTOR, at=NOON).attempts == attempt - 1
    assert unfinished_runs() == [run.pk]
    assert begin_run(run.pk, actor=ACTOR, at=NOON) is None
    run.refresh_from_db()
    assert (run.status, unfinished_runs()) == ("failed", [])


@pytest.mark.django_db(transaction=True)
def test_a_second_worker_leaves_alone_what_the_first_is_at(done):
    run = ask().one()
    with alone(run.pk) as is_alone:
        assert is_alone
        race([lambda: work_off(run.pk, at=NOON)])
        assert (len(done), unfinished_runs()) == (0, [run.pk])
    race([lambda: work_off(run.pk, at=NOON)] * 2)
    assert (len(done), unfinished_runs()) == (1, [])


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_at_once_one_gets_it_which_without_the_constraint_both_would(done):
    answers = race([ask, ask])
    assert sorted(codes_of(answer) for answer in answers) == [["already_asked"], ["done"]]
    assert BackgroundRun.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE asked (kind text)")
    try:
        race([look_and_ask, look_and_ask])
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM asked")
            assert cursor.fetchone() == (2,)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE asked")


def look_and_ask():
    """Ask where nobody has, on a table without a constraint: both look before either has written."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM asked")
        if cursor.fetchone() == (0,):
            cursor.execute("SELECT pg_sleep(0.5)")
            cursor.execute("INSERT INTO asked VALUES ('test')")


# -- the pages -------------------------------------------------------------------------------------------------


@pytest.fixture
def boss(client):
    user = person("boss", roles=[Role.OPERATIONS_MANAGER], is_staff=True)
    client.force_login(user)
    return user


@pytest.mark.parametrize(
    ("kind", "page", "button", "said"),
    [
        ("replenishment", "/admin/replenishment/", "Reckon now", "0 new suggestions"),
        ("goods_checks", "/admin/goods-checks/", "Check now", "0 new · 0 over by themselves"),
    ],
)
def test_a_button_leaves_it_to_the_workers_and_the_page_says_so_until_it_is_done(
    boss, client, kind, page, button, said
):
    assert "not done yet" in client.get(page).content.decode()
    ask_it = f"/admin/desk/runs/{kind}/ask/"
    assert client.post(ask_it, {"next": page}).url == page
    waiting = client.get(page).content.decode()
    assert "It is left to the workers" in waiting
    assert ("waiting for a worker" in waiting, button in waiting) == (True, False)
    assert "already" in client.post(ask_it, {"next": page}, follow=True).content.decode()
    part = client.get(f"/admin/desk/runs/{kind}/", headers={"HX-Request": "true"})
    assert ("every 3s" in part.content.decode(), part.headers.get("HX-Refresh")) == (True, None)
    (run_id,) = unfinished_runs()
    work_off(run_id, at=NOON)
    part = client.get(f"/admin/desk/runs/{kind}/", headers={"HX-Request": "true"})
    assert part.headers["HX-Refresh"] == "true"
    after = client.get(page).content.decode()
    assert (said in after, "boss" in after, button in after) == (True, True, True)


def test_the_month_is_drafted_by_the_workers_in_the_name_of_whoever_asked(boss, client):
    drafted = client.post("/admin/settlement/draft/", {"month": "2026-10"})
    assert drafted.status_code == 302
    run = BackgroundRun.objects.get()
    assert (run.kind, run.key, run.actor) == ("statements", "2026-10", "person:boss")
    page = client.get("/admin/settlement/").content.decode()
    assert "Drafting the month 2026-10" in page
    again = client.post("/admin/settlement/draft/", {"month": "2026-10"}, follow=True)
    assert "It is being worked on already" in again.content.decode()
    work_off(run.pk, at=NOON)
    run.refresh_from_db()
    assert (run.status, run.said["drafted"]) == ("done", 0)
    assert "0 statements drafted" in client.get("/admin/settlement/").content.decode()


def test_whoever_may_look_and_not_plan_gets_no_button_and_partners_nothing(client):
    amy = person("amy", roles=[Role.CUSTOMER_SERVICE], is_staff=True)
    client.force_login(amy)
    part = "/admin/desk/runs/replenishment/"
    assert client.get(part).status_code == 200
    assert "Reckon now" not in client.get("/admin/replenishment/").content.decode()
    assert client.post(part + "ask/").status_code == 403
    assert client.get("/admin/desk/runs/statements/").status_code == 403
    assert client.get("/admin/desk/runs/nothing/").status_code == 404
    assert client.post("/admin/desk/runs/nothing/ask/").status_code == 404
    client.force_login(person("guest", roles=[Role.BRAND_PARTNER], is_staff=True))
    assert client.get(part).status_code == 403
    assert not BackgroundRun.objects.exists()
