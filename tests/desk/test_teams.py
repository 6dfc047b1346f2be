"""Teams in the back office, and the views of their lists."""

from __future__ import annotations

from typing import Any

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import AuditEntry
from ops_portal.desk.forms import TeamForm
from ops_portal.desk.models import SavedView, Team
from ops_portal.lib.testing import assert_statements
from tests.desk.papers import person, team
from tests.desk.test_pages import browser

TEAMS = "/admin/desk/team/"


def form_of(**changes: Any) -> dict[str, Any]:
    return {
        "code": "readers",
        "name": "Readers",
        "queues": ["paper.read"],
        "timezone": "Asia/Shanghai",
        "holidays": "CN",
        "shifts_0_0_from": "09:00",
        "shifts_0_0_to": "12:00",
        "shifts_0_1_from": "13:30",
        "shifts_0_1_to": "18:00",
        "shifts_6_0_from": "22:00",
        "shifts_6_0_to": "06:00",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
        **changes,
    }


def test_a_team_is_made_day_by_day_with_its_people(kind):
    boss, mei = person("boss", Role.OPERATIONS_MANAGER, shops=()), person("mei")
    members = {"memberships-TOTAL_FORMS": "1", "memberships-0-user": str(mei.pk)}
    answer = browser(boss).post(f"{TEAMS}add/", form_of(**members))
    assert answer.status_code == 302, answer.context["errors"]
    made = Team.objects.get()
    assert made.shifts == {"0": [["09:00", "12:00"], ["13:30", "18:00"]], "6": [["22:00", "06:00"]]}
    assert (made.queues, list(made.members.all())) == (["paper.read"], [mei])
    entries = AuditEntry.objects.filter(table_name__in=("desk_team", "desk_membership"))
    assert set(entries.values_list("principal", flat=True)) == {"person:boss"}
    page = browser(boss).get(f"{TEAMS}{made.pk}/change/").content.decode()
    assert 'name="shifts_0_1_from" value="13:30"' in page


def test_a_team_with_half_a_shift_an_unknown_zone_or_queue_is_not_made(kind):
    for wrong, field in (
        ({"shifts_0_0_to": ""}, "shifts"),
        ({"shifts_0_0_to": "25:00"}, "shifts"),
        ({"timezone": "Asia/Nowhere"}, "timezone"),
        ({"queues": ["leaf.read"]}, "queues"),
        ({"holidays": "XX"}, "holidays"),
    ):
        form = TeamForm(form_of(**wrong))
        assert list(form.errors) == [field]
    assert TeamForm(form_of()).is_valid()


def test_a_queue_that_is_named_no_more_can_stay_and_be_taken_away(kind):
    former = team("old", queues=("gone", "paper.read"))
    kept = TeamForm(form_of(queues=["gone", "paper.read"]), instance=former)
    assert (kept.is_valid(), TeamForm(form_of(queues=["paper.read"]), instance=former).is_valid()) == (
        True,
        True,
    )


def test_every_list_of_the_back_office_keeps_views(kind):
    boss = person("boss", Role.OPERATIONS_MANAGER, shops=())
    team("readers")
    client = browser(boss)
    form = {"name": "My readers", "path": TEAMS, "query": "q=readers&p=2", "next": TEAMS}
    assert client.post("/admin/desk/views/save/", form)["Location"] == TEAMS
    assert SavedView.objects.get().query == "q=readers"
    assert 'href="/admin/desk/team/?q=readers"' in client.get(TEAMS).content.decode()


def test_the_list_of_teams_takes_5_statements_with_its_views(kind):
    client = browser(person("boss", Role.OPERATIONS_MANAGER, shops=()))
    codes = iter("abcdef")
    assert_statements(5, lambda: client.get(TEAMS), lambda: team(next(codes)))
