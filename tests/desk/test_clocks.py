"""The team's clock: its calendar, its deadlines, and what happens while it stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from ops_portal.desk.models import Pause
from ops_portal.desk.operations.pausing import pause_clocks, resume_clocks
from ops_portal.desk.queries import team_calendars, team_deadline
from ops_portal.lib.testing.statements import statements_of
from tests.desk.papers import Paper, paper, team
from tests.factories import ACTOR

ZONE = ZoneInfo("Asia/Shanghai")
SPLIT = {str(weekday): [["09:00", "12:00"], ["13:30", "18:00"]] for weekday in range(5)}
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def pause(document, moment):
    return pause_clocks([document], kind_code="paper", reason="asked the customer", actor=ACTOR, at=moment)


def resume(document, moment):
    return resume_clocks([document], kind_code="paper", actor=ACTOR, at=moment)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        # A split shift: 11:00 to 12:00, then 13:30 to 14:30.
        ("2026-11-11T11:00", 2, "2026-11-11T14:30"),
        # Over the end of a day into the next.
        ("2026-11-11T17:00", 2, "2026-11-12T10:00"),
        # The National Day holidays of 2026 are 1 to 7 October; Saturday the 10th makes up for one of them.
        ("2026-09-30T17:00", 2, "2026-10-08T10:00"),
        ("2026-10-09T17:00", 2, "2026-10-10T10:00"),
        ("2026-10-10T17:00", 2, "2026-10-12T10:00"),
    ],
)
def test_a_deadline_counts_working_time_alone(kind, start, hours, due):
    team("desk", shifts=SPLIT)
    assert team_deadline("paper.read", start=at(start), within=hours * HOUR) == at(due)


def test_a_team_that_works_through_keeps_no_holidays(kind):
    team("desk", shifts={str(day): [["09:00", "18:00"]] for day in range(7)}, holidays="")
    assert team_deadline("paper.read", start=at("2026-10-01T17:00"), within=2 * HOUR) == at(
        "2026-10-02T10:00"
    )


def test_a_queue_without_a_team_is_worked_from_9_to_21_every_day(kind):
    team("others", queues=("paper.file",), shifts=SPLIT)
    assert team_deadline("paper.read", start=at("2026-10-01T20:00"), within=2 * HOUR) == at(
        "2026-10-02T10:00"
    )


def test_a_team_without_shifts_works_from_9_to_21_in_its_zone(kind):
    team("desk", timezone="Europe/Berlin", holidays="")
    due = team_deadline("paper.read", start=at("2026-11-11T10:00"), within=HOUR)
    assert due == datetime(2026, 11, 11, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))


def test_calendars_of_many_queues_are_1_statement_and_the_oldest_team_counts(kind):
    team("first", queues=("paper.read", "paper.file"), shifts=SPLIT)
    team("second", queues=("paper.read",), timezone="Europe/Berlin")
    found = {}
    texts = statements_of(lambda: found.update(team_calendars(["paper.read", "paper.file", "other"])))
    assert len(texts) == 1
    assert str(found["paper.read"].zone) == "Asia/Shanghai"
    assert found["paper.read"] == found["paper.file"] != found["other"]


def test_a_pause_over_a_night_and_lunch_leaves_the_working_time_that_was_left(kind):
    team("desk", shifts=SPLIT)
    document = paper(due_at=at("2026-11-11T14:30"))
    pause(document, at("2026-11-11T11:00")).one()
    document.refresh_from_db()
    assert (document.due_at, document.paused_at) == (None, at("2026-11-11T11:00"))
    assert document.time_left == 2 * HOUR  # 11:00 to 12:00 and 13:30 to 14:30
    resume(document, at("2026-11-12T11:30")).one()
    document.refresh_from_db()
    assert document.due_at == at("2026-11-12T15:00")  # half an hour before lunch, an hour and a half after
    assert (document.paused_at, document.time_left) == (None, None)
    rows = Pause.objects.values_list("document_kind", "document_number", "since", "until", "reason")
    assert list(rows) == [
        ("paper", document.number, at("2026-11-11T11:00"), at("2026-11-12T11:30"), "asked the customer")
    ]


def test_a_pause_of_no_time_changes_no_deadline(kind):
    team("desk", shifts=SPLIT)
    document = paper(due_at=at("2026-11-11T14:30"))
    pause(document, at("2026-11-11T11:00"))
    resume(document, at("2026-11-11T11:00"))
    assert document.due_at == at("2026-11-11T14:30")


def test_what_was_40_minutes_late_is_40_minutes_late_again(kind):
    document = paper(due_at=at("2026-11-11T11:00"))
    pause(document, at("2026-11-11T11:40"))
    resume(document, at("2026-11-13T16:00"))
    assert document.due_at == at("2026-11-13T15:20")


def test_the_platform_s_clock_never_stands(kind):
    document = paper(platform_due_at=at("2026-11-11T12:00"))
    pause(document, at("2026-11-11T11:00"))
    resume(document, at("2026-11-14T11:00"))
    assert Paper.objects.get().platform_due_at == at("2026-11-11T12:00")


def test_a_document_without_a_team_s_clock_has_none_after_its_pause(kind):
    document = paper(due_at=None)
    pause(document, at("2026-11-11T11:00"))
    resume(document, at("2026-11-11T12:00"))
    assert (document.due_at, document.paused_at) == (None, None)


def test_a_clock_that_stands_is_not_stopped_again_and_one_that_runs_not_started(kind):
    document = paper()
    assert [refusal.code for _index, refusal in resume(document, at("2026-11-11T11:00")).refused] == [
        "clock_runs"
    ]
    pause(document, at("2026-11-11T11:00"))
    again = pause(document, at("2026-11-11T12:00"))
    assert [refusal.code for _index, refusal in again.refused] == ["clock_stands"]
    assert Pause.objects.count() == 1


def test_30_clocks_stop_and_go_on_with_as_many_statements_as_1(kind):
    documents = [paper() for _each in range(31)]

    def stop_and_go(some):
        pause_clocks(some, kind_code="paper", reason="r", actor=ACTOR, at=at("2026-11-11T11:00"))
        resume_clocks(some, kind_code="paper", actor=ACTOR, at=at("2026-11-11T11:30"))

    one = len(statements_of(lambda: stop_and_go(documents[:1])))
    assert one == len(statements_of(lambda: stop_and_go(documents[1:]))) == 10


def test_the_database_refuses_a_second_open_pause_and_one_that_ends_before_it_began(kind):
    given = {
        "document_kind": "paper",
        "document_number": "P-1",
        "since": at("2026-11-11T11:00"),
        "reason": "r",
    }
    Pause.objects.create(**given)
    for wrong in (given, given | {"document_number": "P-2", "until": at("2026-11-11T10:59")}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Pause.objects.create(**wrong)
