"""The base of the admin: narrowed, never counting, carrying its principal, saying refusals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import clear_url_caches, path

from ops_portal.accounts.models import User
from ops_portal.lib.doors.admin import PortalAdmin, ReadOnlyAdmin
from ops_portal.lib.doors.moves import MoveButton
from ops_portal.lib.models import NumberSeries, StateMove
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from tests.doors import portal
from tests.doors.conftest import make_user

SERIES = "/admin/lib/numberseries/"
MOVES = "/admin/lib/statemove/"
seen: list[str] = []


class NarrowedUsers(portal.Narrowed):
    by = "username"


class Odd(Refused):
    code = "odd"


@operation
def raise_numbers(
    drafts: Sequence[int], *, actor: Principal, at: datetime, reason: str = ""
) -> Outcome[NumberSeries]:
    """Add one to each series; odd ones are refused, and more than 20 at once as a whole."""
    if len(drafts) > 20:
        raise Odd("Too many at once.")
    outcome: Outcome[NumberSeries] = Outcome()
    for index, series in enumerate(NumberSeries.objects.filter(pk__in=drafts).order_by("pk")):
        if series.last % 2:
            outcome.refused.append((index, Odd("It is odd.")))
            continue
        series.last += 1
        series.save()
        outcome.done.append(series)
    seen.append(f"{actor} {reason}".strip())
    return outcome


class SeriesAdmin(PortalAdmin):
    list_display = ("code", "last")
    search_fields = ("code",)
    list_filter = ("last",)
    ordering = ("-pk",)
    moves = (
        MoveButton("raise", "Raise by one", raise_numbers, "lib.add_numberseries", lambda one: one.pk),
        MoveButton(
            "explain", "Raise and say why", raise_numbers, "lib.add_numberseries", lambda one: one.pk, True
        ),
        MoveButton("never", "Never", raise_numbers, "lib.nobody_may", lambda one: one.pk),
    )

    def save_model(self, request: Any, obj: NumberSeries, form: Any, change: bool) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('portal.principal', true)")
            seen.append(cursor.fetchone()[0])
        super().save_model(request, obj, form, change)
        if obj.code == "REFUSED":
            raise Odd("This code is not taken.")


class MoveAdmin(ReadOnlyAdmin):
    list_display = ("document_number", "at")
    list_filter = ("user",)
    ordering = ("-pk",)


@pytest.fixture(autouse=True)
def _small_site(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the admin also show two tables of the floor."""
    ours = {NumberSeries: SeriesAdmin, StateMove: MoveAdmin}
    before = dict(admin.site._registry)
    monkeypatch.setattr(NumberSeries._default_manager, "_queryset_class", portal.Narrowed)
    monkeypatch.setattr(User._default_manager, "_queryset_class", NarrowedUsers)
    for model, made_for in ours.items():
        admin.site._registry.pop(model, None)
        admin.site.register(model, made_for)
    others = [url for url in portal.urlpatterns if getattr(url, "app_name", "") != "admin"]
    monkeypatch.setattr(portal, "urlpatterns", [path("admin/", admin.site.urls), *others])
    clear_url_caches()
    seen.clear()
    yield
    admin.site._registry.clear()
    admin.site._registry.update(before)
    clear_url_caches()


@pytest.fixture
def boss(db: None) -> User:
    return make_user("boss", is_staff=True, is_superuser=True)


@pytest.fixture
def desk(boss: User) -> Client:
    """Sit at the admin as a superuser."""
    browser = Client(raise_request_exception=False)
    browser.force_login(boss, backend="ops_portal.accounts.backends.RoleBackend")
    return browser


@pytest.fixture
def managers_desk(manager: User) -> Client:
    browser = Client(raise_request_exception=False)
    browser.force_login(manager, backend="ops_portal.accounts.backends.RoleBackend")
    return browser


def make_series(count: int, last: int = 0) -> list[NumberSeries]:
    return NumberSeries.objects.bulk_create(
        NumberSeries(code=f"S{last}-{number}", last=last) for number in range(count)
    )


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_a_list_shows_only_what_its_reader_may_see(managers_desk: Client) -> None:
    NumberSeries.objects.bulk_create([NumberSeries(code="OPEN"), NumberSeries(code="SECRET-1")])

    page = managers_desk.get(SERIES).content.decode()

    assert "OPEN" in page
    assert "SECRET-1" not in page


def test_a_page_of_what_its_reader_may_not_see_is_not_there(managers_desk: Client) -> None:
    secret = NumberSeries.objects.create(code="SECRET-1")

    assert managers_desk.get(f"{SERIES}{secret.pk}/change/").status_code == 302


def test_choices_and_filters_offer_only_what_their_reader_may_see(
    managers_desk: Client, manager: User, rf: Any
) -> None:
    make_user("SECRET agent")
    request = rf.get("/")
    request.user = manager
    field = StateMove._meta.get_field("user")

    offered = admin.site.get_model_admin(StateMove).get_field_queryset(None, field, request)

    assert [str(user) for user in offered] == ["lin"]
    page = managers_desk.get(MOVES).content.decode()
    assert "SECRET agent" not in page


@pytest.mark.parametrize("rows", [1, 3, 60])
def test_a_list_costs_the_same_queries_and_never_counts_the_table(desk: Client, rows: int) -> None:
    make_series(rows)

    with CaptureQueriesContext(connection) as queries:
        assert desk.get(SERIES).status_code == 200

    own = [query["sql"] for query in queries if "lib_numberseries" in query["sql"]]
    counts = [sql for sql in own if "COUNT(" in sql]
    assert len(counts) == 1
    assert "LIMIT 10001" in counts[0]
    assert (
        len(queries) == 6
    )  # session, user, the limited count, the page, the values of the filter, saved views


def test_a_list_longer_than_its_pages_says_more_than(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops_portal.lib.doors.pages.MAX_PAGES", 2)
    monkeypatch.setattr("ops_portal.lib.doors.admin.MAX_PAGES", 2)
    make_series(101)

    assert "more than 100 number series" in desk.get(SERIES).content.decode()
    assert desk.get(SERIES + "?p=2").status_code == 200


@pytest.mark.parametrize("asked", ["201", "999999999999"])
def test_a_page_beyond_the_two_hundredth_is_refused_with_advice(desk: Client, asked: str) -> None:
    answer = desk.get(f"{SERIES}?last=1&p={asked}")

    assert (answer.status_code, answer["Location"]) == (302, "?last=1")
    assert said(answer) == ["Lists end after 200 pages. Please narrow the list by a filter or a search."]


@pytest.mark.parametrize("asked", ["0", "-1", "x", "5", "٣"])
def test_a_page_that_is_not_there_is_no_error_of_ours(desk: Client, asked: str) -> None:
    make_series(60)

    assert desk.get(SERIES + f"?p={asked}").status_code in (200, 302)


@pytest.mark.parametrize("query", ["last__exact=%00", "q=%00", "%00=1"])
def test_a_nul_in_the_address_is_400(desk: Client, query: str) -> None:
    assert desk.get(f"{SERIES}?{query}").status_code == 400


def test_what_is_saved_carries_the_principal_of_the_reader(desk: Client) -> None:
    answer = desk.post(SERIES + "add/", {"code": "NEW", "last": "0"})

    assert (answer.status_code, seen) == (302, ["person:boss"])
    assert NumberSeries.objects.filter(code="NEW").exists()


def test_a_refusal_while_saving_is_said_and_nothing_is_written(desk: Client) -> None:
    answer = desk.post(SERIES + "add/", {"code": "REFUSED", "last": "0"})

    assert (answer.status_code, said(answer)) == (302, ["This code is not taken."])
    assert NumberSeries.objects.count() == 0


def test_a_move_of_many_calls_the_operation_once_and_says_what_came_of_it(desk: Client) -> None:
    chosen = [*make_series(2), *make_series(1, last=1)]

    answer = desk.post(SERIES, {"action": "move_raise", "_selected_action": [one.pk for one in chosen]})

    assert said(answer) == ["“Raise by one”: 2 done.", "S1-0: 1: It is odd."]
    assert seen == ["person:boss"]


def test_a_move_that_is_refused_whole_is_said(desk: Client) -> None:
    chosen = make_series(21)

    answer = desk.post(SERIES, {"action": "move_raise", "_selected_action": [one.pk for one in chosen]})

    assert (answer.status_code, said(answer)) == (302, ["Too many at once."])


def test_of_many_refusals_ten_are_shown_and_the_rest_counted(desk: Client) -> None:
    chosen = make_series(13, last=1)

    answer = desk.post(SERIES, {"action": "move_raise", "_selected_action": [one.pk for one in chosen]})

    assert len(said(answer)) == 11
    assert said(answer)[-1] == "3 more were refused."


def test_a_button_asks_first_and_only_a_post_moves(desk: Client) -> None:
    (one,) = make_series(1)
    button = f"{SERIES}{one.pk}/raise/"

    asked = desk.get(button)
    one.refresh_from_db()
    assert (asked.status_code, one.last, seen) == (200, 0, [])

    done = desk.post(button, {"_form_submitted": "on"})
    one.refresh_from_db()
    assert (done.status_code, done["Location"]) == (302, f"{SERIES}{one.pk}/change/")
    assert (one.last, seen, said(done)) == (1, ["person:boss"], ["“Raise by one”: 1 done."])


def test_a_button_that_asks_why_hands_the_reason_on(desk: Client) -> None:
    (one,) = make_series(1)
    button = f"{SERIES}{one.pk}/explain/"

    assert desk.post(button, {"_form_submitted": "on"}).status_code == 200
    assert seen == []
    desk.post(button, {"_form_submitted": "on", "reason": "stocktaking"})

    assert seen == ["person:boss stocktaking"]


def test_buttons_and_actions_are_offered_to_those_who_may(managers_desk: Client) -> None:
    (one,) = make_series(1)

    page = managers_desk.get(SERIES).content.decode()

    assert 'value="move_raise"' in page
    assert 'value="move_never"' not in page
    assert 'value="delete_selected"' not in page
    assert managers_desk.post(f"{SERIES}{one.pk}/never/", {"_form_submitted": "on"}).status_code == 403
    assert managers_desk.post(f"{SERIES}{one.pk}/raise/", {"_form_submitted": "on"}).status_code == 302


def test_a_button_does_not_reach_what_its_reader_may_not_see(managers_desk: Client) -> None:
    secret = NumberSeries.objects.create(code="SECRET-1")

    answer = managers_desk.post(f"{SERIES}{secret.pk}/raise/", {"_form_submitted": "on"})

    assert (said(answer), seen) == (["It is no longer there."], [])


def test_an_append_only_table_can_be_looked_at_and_nothing_else(desk: Client) -> None:
    move = StateMove.objects.create(
        document_kind="order", document_number="O1", to_status="placed", actor="system:test",
        at=datetime(2026, 11, 11, tzinfo=UTC),
    )  # fmt: skip

    assert desk.get(f"{MOVES}{move.pk}/change/").status_code == 200
    assert desk.get(f"{MOVES}add/").status_code == 403
    assert desk.post(f"{MOVES}{move.pk}/change/", {"actor": "x"}).status_code == 403
    assert desk.post(f"{MOVES}{move.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("address", ["", "add/", "?q=S0"])
def test_pages_render_without_a_template_that_is_missing(desk: Client, address: str) -> None:
    make_series(1)

    assert desk.get(SERIES + address).status_code == 200
